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
from emargin_core.language import mark, retell, say, sentences

NO_LABELS = mark("There are no labels of two or more classes to tell how good decisions are.")
_UNKNOWN = {
    1: mark("Tidier clusters; decisions unknown."),
    -1: mark("Untidier clusters; decisions unknown."),
    0: mark("Clusters about the same; decisions unknown."),
}

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
    before, after = baseline_accuracy, candidate_accuracy
    chance = _chance(differences, n_seeds, n_recordings)
    if kind == "collapsed":
        return Verdict(
            kind,
            say("The embedding collapsed."),
            sentences(
                say(
                    "Its cluster scores mean nothing here: {reason}.",
                    reason=retell(collapse_reason or ""),
                ),
                _rates(before, after),
            ),
            say("Do not adopt it. Give it some spread (the repair), or a weaker margin."),
        )
    if kind == "inconclusive":
        return _inconclusive(differences, _rates(before, after), before, after, chance)
    tidier = cluster_change(differences) > 0
    rates = {"candidate": _percent(after), "baseline": _percent(before)}
    if kind == "mismatch" and tidier:
        return Verdict(
            kind,
            say("Prettier clusters, worse decisions."),
            say(
                "The groups look tidier, but a classifier on top is right {candidate} of the time "
                "instead of {baseline}.",
                **rates,
            ),
            sentences(say("Do not adopt it on cluster scores alone."), chance),
        )
    if kind == "mismatch":
        return Verdict(
            kind,
            say("Untidier clusters, better decisions."),
            say(
                "The groups look worse, yet a classifier on top is right {candidate} of the time "
                "instead of {baseline}.",
                **rates,
            ),
            sentences(
                say("Cluster scores alone would have turned down the better method."), chance
            ),
        )
    if kind == "aligned-gain":
        return Verdict(
            kind,
            say("Better clusters and better decisions."),
            say(
                "Here both kinds of score agree: a classifier on top is right {candidate} of the "
                "time instead of {baseline}.",
                **rates,
            ),
            sentences(say("Worth a pilot on your own data."), chance),
        )
    return Verdict(
        kind,
        say("Worse on both counts."),
        say(
            "The groups are less tidy, and a classifier on top is right {candidate} of the time "
            "instead of {baseline}.",
            **rates,
        ),
        sentences(say("Keep the baseline."), chance),
    )


def _inconclusive(
    differences: Mapping[str, Estimate | None],
    rates: str,
    before: float | None,
    after: float | None,
    chance: str,
) -> Verdict:
    clusters, accuracy = cluster_change(differences), _sign(differences, ACCURACY)
    if before is None or after is None:
        return Verdict(
            "inconclusive",
            say(_UNKNOWN[clusters]),
            rates,
            say(
                "Label a part of the data, some minutes of every class: without labels nobody can "
                "say whether tidier clusters are better ones."
            ),
        )
    if differences.get(ACCURACY) is None:
        headline = say("No verdict: the two cannot be compared.")
    elif clusters > 0:
        headline = say("Tidier clusters, decisions about the same.")
    elif clusters < 0:
        headline = say("Untidier clusters, decisions about the same.")
    elif accuracy > 0:
        headline = say("Better decisions, clusters about the same.")
    elif accuracy < 0:
        headline = say("Worse decisions, clusters about the same.")
    else:
        headline = say("No clear difference.")
    advice = say("More seeds would narrow the uncertainty.") if chance else ""
    return Verdict("inconclusive", headline, rates, sentences(chance, advice))


def _rates(baseline: float | None, candidate: float | None) -> str:
    if baseline is None or candidate is None:
        return say(NO_LABELS)
    if _percent(candidate) == _percent(baseline):
        return say(
            "A classifier on top is right {candidate} of the time, as with the baseline.",
            candidate=_percent(candidate),
        )
    return say(
        "A classifier on top is right {candidate} of the time instead of {baseline}.",
        candidate=_percent(candidate),
        baseline=_percent(baseline),
    )


def _chance(differences: Mapping[str, Estimate | None], n_seeds: int, n_recordings: int) -> str:
    difference = differences.get(ACCURACY)
    if difference is None or difference.low is None or difference.high is None:
        return ""
    over = (
        say("{recordings} recordings and {seeds} seeds", recordings=n_recordings, seeds=n_seeds)
        if n_seeds > 1
        else say("{recordings} recordings, one seed", recordings=n_recordings)
    )
    low, high = 100 * difference.low, 100 * difference.high
    if difference.sign == 0:
        return say(
            "The difference in accuracy may be chance ({low} to {high} points over {over}).",
            low=_signed(low),
            high=_signed(high),
            over=over,
        )
    small, large = sorted((abs(low), abs(high)))
    return say(
        "The difference is larger than chance: {small:.0f} to {large:.0f} points more over {over}."
        if difference.sign > 0
        else "The difference is larger than chance: {small:.0f} to {large:.0f} points less over "
        "{over}.",
        small=small,
        large=large,
        over=over,
    )


def _signed(points: float) -> str:
    return f"{points:+.0f}".replace("-", "−")


def _percent(share: float | None) -> str:
    return "n/a" if share is None else f"{100 * share:.0f} %"
