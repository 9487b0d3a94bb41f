"""A fair contest: two methods tuned alike, the choice made without the test recordings.

Both methods are searched with the same number of trials on the validation split, one setting of
each is chosen by the same rule, and those two are trained with several seeds and compared on the
test recordings. The rule was fixed before the first contest was run.
"""

import shlex
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

import pandas as pd

from emargin_core.comparison import Comparison
from emargin_core.config import RESULT_VERSION, ExperimentConfig, make_config
from emargin_core.errors import InputError
from emargin_core.result import current_versions
from emargin_core.sweep_space import VARIABLE, SweepSpec, make_search, searchable
from emargin_core.verdict import ACCURACY, DAVIES_BOULDIN, SILHOUETTE

TRIALS = 30
SEEDS = (0, 1, 2, 3, 4)
SLACK = 0.02
"""How much accuracy on the validation split a choice may cost: two points."""
FORMAT = 1
SETTINGS = tuple(name for name in VARIABLE if name not in ("method", "seed"))
SCORES = {ACCURACY: "accuracy", DAVIES_BOULDIN: "davies_bouldin", SILHOUETTE: "silhouette"}


@dataclass(frozen=True)
class Chosen:
    """One method's setting, and what it scored on the validation split."""

    config: ExperimentConfig
    accuracy: float
    davies_bouldin: float
    silhouette: float


@dataclass(frozen=True)
class Outcome:
    """What a contest came to.

    clusters_better: both indices better, each interval clear of zero; accuracy_kept: the interval
    of the accuracy's difference is not wholly below zero; holds: both; sentence: the same in words.
    """

    clusters_better: bool
    accuracy_kept: bool
    sentence: str

    @property
    def holds(self) -> bool:
        """Whether the candidate gives better clusters at no loss of accuracy."""
        return self.clusters_better and self.accuracy_kept


@dataclass(frozen=True, eq=False)
class Contest:
    """A finished contest; tried: the trials of each side, as `trials_table` has them."""

    baseline: Chosen
    candidate: Chosen
    trials: int
    tried: dict[str, pd.DataFrame]
    comparison: Comparison
    outcome: Outcome

    def to_json(self) -> dict[str, Any]:
        """Return the object that the command line prints, and that comes with the program."""
        data = self.comparison.baseline[0].data
        return {
            "format": FORMAT,
            "result_version": RESULT_VERSION,
            "versions": current_versions(),
            "created": datetime.now(UTC).isoformat(timespec="seconds"),
            "command": self.command,
            "dataset": {
                "name": self.baseline.config.dataset,
                "title": data["title"],
                "fingerprint": data["fingerprint"],
            },
            "seeds": self.seeds,
            "trials": self.trials,
            "tried": {
                side: _tried(self.tried[side], chosen.config.method)
                for side, chosen in (("baseline", self.baseline), ("candidate", self.candidate))
            },
            "chosen": {
                side: {"config": chosen.config.canonical()}
                | {"validation": {k: v for k, v in asdict(chosen).items() if k != "config"}}
                for side, chosen in (("baseline", self.baseline), ("candidate", self.candidate))
            },
            "holds": self.outcome.holds,
            **asdict(self.outcome),
            "comparison": self.comparison.to_json(),
        }

    @property
    def seeds(self) -> list[int]:
        """Seeds of the comparison on the test recordings."""
        return [run.config["seed"] for run in self.comparison.baseline]

    @property
    def command(self) -> str:
        """What runs this contest anew."""
        seeds = ",".join(map(str, self.seeds))
        return (
            f"python -m emargin_core contest --dataset {shlex.quote(self.baseline.config.dataset)} "
            f"--baseline {self.baseline.config.method} --candidate {self.candidate.config.method} "
            f"--trials {self.trials} --iterations {self.baseline.config.iterations} --seeds {seeds}"
        )


def search_of(method: str, dataset: str, trials: int, iterations: int) -> SweepSpec:
    """The search that tunes a method: all it reads, on the validation split, within the sliders.

    Raises:
        InputError: an unknown method, or one with nothing to search.
    """
    base = make_config(
        dataset=dataset, method=method, evaluate_on="validation", iterations=iterations
    )
    return make_search(base, trials)


def choose(trials: pd.DataFrame, spec: SweepSpec, least_accuracy: float) -> Chosen:
    """Choose one trial: accurate enough, then tidiest.

    Of the finished, not collapsed trials whose accuracy is at least `least_accuracy`, the one with
    the best mean of its ranks in Davies-Bouldin and Silhouette; the earlier one on a tie.

    Raises:
        InputError: no trial is accurate enough.
    """
    usable = _usable(trials)
    usable = usable[usable[ACCURACY] >= least_accuracy]
    if usable.empty:
        raise InputError(
            f"no setting of {spec.base.method} reaches {100 * least_accuracy:.1f} % accuracy on "
            "the validation split; give more trials"
        )
    ranks = usable[DAVIES_BOULDIN].rank() + usable[SILHOUETTE].rank(ascending=False)
    best = usable.loc[ranks.sort_values(kind="stable").index[0]]
    settings = {name: best[name] for name in SETTINGS}
    return Chosen(
        make_config(**spec.base.model_dump() | settings),
        float(best[ACCURACY]),
        float(best[DAVIES_BOULDIN]),
        float(best[SILHOUETTE]),
    )


def least_accuracy(trials: pd.DataFrame) -> float:
    """What a choice must reach: the best accuracy among the baseline's trials, less the slack.

    Raises:
        InputError: no trial of the baseline can be used.
    """
    usable = _usable(trials)
    if usable.empty:
        raise InputError("every trial of the baseline failed or collapsed; there is no contest")
    return float(usable[ACCURACY].max()) - SLACK


def on_test(chosen: Chosen, seeds: Sequence[int]) -> list[ExperimentConfig]:
    """The chosen setting on the test recordings, once for each seed."""
    return [
        chosen.config.model_copy(update={"evaluate_on": "test", "seed": seed}) for seed in seeds
    ]


def judge_contest(comparison: Comparison) -> Outcome:
    """Read the outcome off the paired differences."""
    overlap, tidiness, accuracy = (
        comparison.differences[path] for path in (DAVIES_BOULDIN, SILHOUETTE, ACCURACY)
    )
    if overlap is None or tidiness is None or accuracy is None:
        return Outcome(False, False, "A score is undefined, so nothing can be said.")
    collapsed = any(run.collapsed for run in comparison.candidate)
    void = any(run.collapsed for run in comparison.baseline)
    better = overlap.sign < 0 and tidiness.sign > 0 and not collapsed and not void
    kept = accuracy.sign >= 0 and accuracy.low is not None
    clusters = (
        "better on both cluster indices"
        if better
        else "better on one cluster index, within chance on the other"
        if {-overlap.sign, tidiness.sign} == {0, 1} and not collapsed
        else "not clearly better on the cluster indices"
    )
    words = (
        f"accuracy {100 * accuracy.mean:+.1f} points"
        if accuracy.low is None or accuracy.high is None
        else f"accuracy {100 * accuracy.mean:+.1f} points ({100 * accuracy.low:+.1f} to "
        f"{100 * accuracy.high:+.1f})"
    )
    judged = "not clearly worse" if kept else "clearly worse"
    if void:
        return Outcome(
            False,
            kept,
            "Tuned alike, the baseline's choice collapsed on the test recordings: its cluster "
            f"scores mean nothing, so the clusters cannot be compared; {words}, {judged}.",
        )
    return Outcome(better, kept, f"Tuned alike, the candidate is {clusters}; {words}, {judged}.")


def _usable(trials: pd.DataFrame) -> pd.DataFrame:
    finished = trials[(trials["state"] == "done") & (trials["collapsed"] == False)]  # noqa: E712
    return finished.dropna(subset=[ACCURACY, DAVIES_BOULDIN, SILHOUETTE])


def _tried(trials: pd.DataFrame, method: str) -> list[dict[str, Any]]:
    """One object a trial: the settings that its method reads, and its validation scores."""
    read = searchable(method)
    rows = trials[["state", "collapsed", *read, *SCORES]].astype(object)
    return [
        {"state": row["state"], "collapsed": row["collapsed"]}
        | {"settings": {name: row[name] for name in read}}
        | {name: row[path] for path, name in SCORES.items()}
        for row in rows.where(rows.notna(), None).to_dict("records")
    ]
