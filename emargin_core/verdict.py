"""The one rule that turns intervals into a verdict, and the words that say it.

Cases (DBI lower is better, Silhouette and accuracy higher; "clear" = the interval of the paired
difference excludes zero):

| clusters | accuracy | verdict |
| --- | --- | --- |
| any, but a run of the candidate collapsed | any | collapsed |
| clearly better | clearly worse | mismatch |
| clearly worse | clearly better | mismatch |
| clearly better | clearly better | aligned-gain |
| clearly worse | clearly worse | aligned-loss |
| otherwise, or the baseline collapsed | | inconclusive |

Clusters are clearly better when one index is clearly better and the other is not clearly worse;
clearly worse the other way round.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from emargin_core.evaluation.uncertainty import Estimate

NO_LABELS = "There are no labels of two or more classes to tell how good decisions are."
_CLUSTER_WORDS = {1: "Tidier clusters", -1: "Untidier clusters", 0: "Clusters about the same"}

Kind = Literal["mismatch", "aligned-gain", "aligned-loss", "inconclusive", "collapsed"]

DAVIES_BOULDIN = "clustering.davies_bouldin"
SILHOUETTE = "clustering.silhouette"
ACCURACY = "probe.accuracy"


@dataclass(frozen=True)
class Verdict:
    """What happened, in plain words: a headline, what it means, and what to do about it."""

    kind: Kind
    headline: str
    meaning: str
    advice: str


def judge(
    differences: Mapping[str, Estimate | None],
    *,
    baseline_collapsed: bool,
    candidate_collapsed: bool,
) -> Kind:
    """Apply the rule of this module to candidate-minus-baseline differences."""
    if candidate_collapsed:
        return "collapsed"
    if baseline_collapsed:
        return "inconclusive"
    clusters, accuracy = cluster_change(differences), _sign(differences, ACCURACY)
    if clusters == 0 or accuracy == 0:
        return "inconclusive"
    if clusters != accuracy:
        return "mismatch"
    return "aligned-gain" if clusters > 0 else "aligned-loss"


def cluster_change(differences: Mapping[str, Estimate | None]) -> int:
    """+1 where the clusters are clearly better, -1 clearly worse, 0 neither."""
    signs = {-_sign(differences, DAVIES_BOULDIN), _sign(differences, SILHOUETTE)} - {0}
    return signs.pop() if len(signs) == 1 else 0


def _sign(differences: Mapping[str, Estimate | None], metric: str) -> int:
    difference = differences.get(metric)
    return 0 if difference is None else difference.sign


def word(
    kind: Kind,
    differences: Mapping[str, Estimate | None],
    *,
    baseline_accuracy: float | None,
    candidate_accuracy: float | None,
    collapse_reason: str | None,
    n_seeds: int,
    n_recordings: int,
) -> Verdict:
    """Put a verdict into words; every number in it comes from the arguments."""
    rates = _rates(baseline_accuracy, candidate_accuracy)
    chance = _chance(differences, n_seeds, n_recordings)
    clusters = cluster_change(differences)
    if kind == "collapsed":
        return Verdict(
            kind,
            "The embedding collapsed.",
            f"Its cluster scores mean nothing here: {collapse_reason}. {rates}",
            "Do not adopt it. Give it some spread (the repair), or a weaker margin.",
        )
    if kind == "mismatch" and clusters > 0:
        return Verdict(
            kind,
            "Prettier clusters, worse decisions.",
            f"The groups look tidier, but {_lower_first(rates)}",
            f"Do not adopt it on cluster scores alone. {chance}",
        )
    if kind == "mismatch":
        return Verdict(
            kind,
            "Untidier clusters, better decisions.",
            f"The groups look worse, yet {_lower_first(rates)}",
            f"Cluster scores alone would have turned down the better method. {chance}",
        )
    if kind == "aligned-gain":
        return Verdict(
            kind,
            "Better clusters and better decisions.",
            f"Here both kinds of score agree: {_lower_first(rates)}",
            f"Worth a pilot on your own data. {chance}",
        )
    if kind == "aligned-loss":
        return Verdict(
            kind,
            "Worse on both counts.",
            f"The groups are less tidy, and {_lower_first(rates)}",
            f"Keep the baseline. {chance}",
        )
    return _inconclusive(differences, clusters, rates, chance)


def _inconclusive(
    differences: Mapping[str, Estimate | None], clusters: int, rates: str, chance: str
) -> Verdict:
    accuracy = _sign(differences, ACCURACY)
    if rates == NO_LABELS:
        return Verdict(
            "inconclusive",
            f"{_CLUSTER_WORDS[clusters]}; decisions unknown.",
            rates,
            "Label a part of the data, some minutes of every class: without labels nobody can say "
            "whether tidier clusters are better ones.",
        )
    if differences.get(ACCURACY) is None:
        headline = "No verdict: the two cannot be compared."
    elif clusters > 0:
        headline = "Tidier clusters, decisions about the same."
    elif clusters < 0:
        headline = "Untidier clusters, decisions about the same."
    elif accuracy != 0:
        headline = f"{'Better' if accuracy > 0 else 'Worse'} decisions, clusters about the same."
    else:
        headline = "No clear difference."
    advice = "More seeds would narrow the uncertainty." if chance else ""
    return Verdict("inconclusive", headline, rates, f"{chance} {advice}".strip())


def _rates(baseline: float | None, candidate: float | None) -> str:
    if baseline is None or candidate is None:
        return NO_LABELS
    start = f"A classifier on top is right {_percent(candidate)} of the time"
    if _percent(candidate) == _percent(baseline):
        return f"{start}, as with the baseline."
    return f"{start} instead of {_percent(baseline)}."


def _chance(differences: Mapping[str, Estimate | None], n_seeds: int, n_recordings: int) -> str:
    difference = differences.get(ACCURACY)
    if difference is None or difference.low is None or difference.high is None:
        return ""
    over = (
        f"{n_recordings} recordings and {n_seeds} seeds"
        if n_seeds > 1
        else (f"{n_recordings} recordings, one seed")
    )
    low, high = 100 * difference.low, 100 * difference.high
    if difference.sign == 0:
        return (
            f"The difference in accuracy may be chance ({_signed(low)} to {_signed(high)} points "
            f"over {over})."
        )
    small, large = sorted((abs(low), abs(high)))
    return (
        f"The difference is larger than chance: {small:.0f} to {large:.0f} points "
        f"{'more' if difference.sign > 0 else 'less'} over {over}."
    )


def _signed(points: float) -> str:
    return f"{points:+.0f}".replace("-", "−")


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"


def _lower_first(sentence: str) -> str:
    return sentence[:1].lower() + sentence[1:]
