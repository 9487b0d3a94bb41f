"""The one rule that turns paired differences into a verdict, used wherever two methods are judged.

Page, command line, sweeps, the tuned comparison, Decide and the report all call `judge`. Better,
worse and equal are claims, and every claim needs an interval:

- better or worse: the 95 % interval of the paired difference excludes zero (Davies-Bouldin: lower
  is better; Silhouette and accuracy: higher is better);
- equal, said of accuracy alone: the whole interval lies within `equal_within` of zero, which
  comes before better and worse: a difference that small does not matter;
- otherwise it cannot be told.

Clusters are better when one index is better and the other is not worse; worse the other way round.

| settled | clusters | accuracy | verdict |
| --- | --- | --- | --- |
| any, but a run of the candidate collapsed | any | any | collapsed |
| no, or the baseline collapsed | | | inconclusive |
| yes | better | worse | mismatch |
| yes | worse | better | mismatch |
| yes | better | better | aligned-gain |
| yes | worse | worse | aligned-loss |
| yes | otherwise | | inconclusive |
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from emargin_core.evaluation.metric_table import ACCURACY, DAVIES_BOULDIN, SILHOUETTE
from emargin_core.evaluation.uncertainty import Estimate

EQUAL_WITHIN = 0.02
"""Difference in accuracy that does not matter, unless the user sets another."""

UNSEEN = 0.005
"""A difference below this is shown as none: half a point of accuracy, 0.00 of the indices."""

Kind = Literal["mismatch", "aligned-gain", "aligned-loss", "inconclusive", "collapsed"]
Change = Literal["better", "worse", "equal", "open", "unmeasured"]
Differences = Mapping[str, Estimate | None]


@dataclass(frozen=True)
class Judgement:
    """What may be said of a candidate against its baseline.

    settled: whether there were folds and units enough to claim anything; davies_bouldin,
    silhouette, clusters, accuracy: what changed, 'open' where it cannot be told, and 'unmeasured'
    where a side has no such number; toward: the direction in which the means of clusters and
    accuracy point, +1 better, -1 worse, 0 neither or by less than is shown, which claims nothing.
    """

    kind: Kind
    settled: bool
    davies_bouldin: Change
    silhouette: Change
    clusters: Change
    accuracy: Change
    toward: tuple[int, int]
    equal_within: float

    @property
    def better_on_both(self) -> bool:
        """Better on both cluster indices, and accuracy better or equal within the margin."""
        return (
            self.settled
            and self.kind != "collapsed"
            and self.davies_bouldin == self.silhouette == self.clusters == "better"
            and self.accuracy in ("better", "equal")
        )


def judge(
    differences: Differences,
    *,
    settled: bool,
    baseline_collapsed: bool = False,
    candidate_collapsed: bool = False,
    equal_within: float = EQUAL_WITHIN,
) -> Judgement:
    """Apply the rule of this module to candidate-minus-baseline differences.

    equal_within: difference in accuracy that does not matter, as a share (0.02 = 2 points).
    """
    overlap = _change(differences.get(DAVIES_BOULDIN), lower_is_better=True)
    separation = _change(differences.get(SILHOUETTE))
    accuracy = _change(differences.get(ACCURACY), equal_within=equal_within)
    clusters = _clusters(overlap, separation)
    kind: Kind = "inconclusive"
    if candidate_collapsed:
        kind = "collapsed"
    elif settled and not baseline_collapsed:
        kind = _kind(clusters, accuracy)
    return Judgement(
        kind=kind,
        settled=settled,
        davies_bouldin=overlap,
        silhouette=separation,
        clusters="open" if baseline_collapsed and clusters != "unmeasured" else clusters,
        accuracy=accuracy,
        toward=(
            0
            if baseline_collapsed
            else _common(
                -_direction(differences.get(DAVIES_BOULDIN)),
                _direction(differences.get(SILHOUETTE)),
            ),
            _direction(differences.get(ACCURACY)),
        ),
        equal_within=equal_within,
    )


def _change(
    difference: Estimate | None, *, lower_is_better: bool = False, equal_within: float | None = None
) -> Change:
    if difference is None:
        return "unmeasured"
    if equal_within is not None and difference.within(equal_within):
        return "equal"
    sign = -difference.sign if lower_is_better else difference.sign
    return "better" if sign > 0 else "worse" if sign < 0 else "open"


def _clusters(overlap: Change, separation: Change) -> Change:
    found = {overlap, separation}
    if found == {"unmeasured"}:
        return "unmeasured"
    if {"better", "worse"} <= found:
        return "open"
    return "better" if "better" in found else "worse" if "worse" in found else "open"


def _kind(clusters: Change, accuracy: Change) -> Kind:
    claims = ("better", "worse")
    if clusters not in claims or accuracy not in claims:
        return "inconclusive"
    if clusters != accuracy:
        return "mismatch"
    return "aligned-gain" if accuracy == "better" else "aligned-loss"


def _direction(difference: Estimate | None) -> int:
    if difference is None or abs(difference.mean) < UNSEEN:
        return 0
    return 1 if difference.mean > 0 else -1


def _common(one: int, other: int) -> int:
    """The direction of both; 0 where they disagree."""
    return one or other if one * other >= 0 else 0
