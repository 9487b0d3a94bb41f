"""What a sweep found, as one JSON object: trials, settings beside the baseline, what to try."""

import json
from dataclasses import asdict, dataclass
from typing import Any

from emargin_core.analysis.comparison import Comparison, metric_interval, side_json
from emargin_core.analysis.dominance import Judged
from emargin_core.analysis.pareto import pareto_front
from emargin_core.analysis.recommendation_words import reason
from emargin_core.store.result import Result
from emargin_core.store.run_store import RunStore
from emargin_core.sweeps.confirmation import Confirmation
from emargin_core.sweeps.findings import Findings, findings, settings_of
from emargin_core.sweeps.space import OBJECTIVES
from emargin_core.sweeps.status import SweepStatus
from emargin_core.sweeps.study import SweepStudy
from emargin_core.sweeps.table import trial_rows, trials_table
from emargin_core.text.language import speaking
from emargin_core.text.message import Message

INTERVALS = tuple(OBJECTIVES)


@dataclass(frozen=True, eq=False)
class SweepReport:
    """A sweep as it stands.

    front: names of the Pareto-optimal settings; baseline: its results, one for each fold and seed,
    as far as they are there.
    """

    study: SweepStudy
    findings: Findings
    front: frozenset[str]
    baseline: tuple[Result, ...]

    @property
    def beating(self) -> list[Judged]:
        """Settings better than the baseline on both indices at no loss of accuracy."""
        return [judged for judged in self.findings.judged if judged.better_on_both]

    def to_json(self, status: SweepStatus) -> dict[str, Any]:
        """Return the object that the command line prints, in English."""
        names = self._run_ids()
        with speaking("en"):
            return {
                "name": self.study.name,
                "state": status.state,
                "objectives": dict(OBJECTIVES),
                "settings": self.study.spec.model_dump(mode="json"),
                "trials": trial_rows(self.study.trials(), self.study.spec),
                "pareto": [
                    run_id
                    for setting in names
                    if setting in self.front
                    for run_id in names[setting]
                ],
                "baseline": self._baseline_json(),
                "judged": [_judged_json(judged, names) for judged in self.findings.judged],
                "dominating": [
                    run_id for judged in self.beating for run_id in names[judged.point.key]
                ],
                "recommended": self._recommended_json(names),
            }

    def _run_ids(self) -> dict[str, list[str]]:
        """Setting -> names of its runs."""
        table = self.findings.settings
        return {
            setting: list(run_ids)
            for setting, run_ids in zip(table["setting"], table["run_ids"], strict=True)
        }

    def _baseline_json(self) -> dict[str, Any]:
        spec = self.study.spec
        if not self.baseline:
            return {
                "run_id": [],
                "config": spec.baseline.canonical()
                | {"seed": list(spec.seeds), "fold": list(spec.folds)},
                "error": self.study.baseline_error
                or Message("the baseline has not been computed yet"),
            }
        intervals = {path: metric_interval(self.baseline, path) for path in INTERVALS}
        return side_json(self.baseline) | {
            "interval": {
                path.split(".")[1]: None if found is None else asdict(found)
                for path, found in intervals.items()
            },
            "error": None,
        }

    def _recommended_json(self, names: dict[str, list[str]]) -> dict[str, Any]:
        found = self.findings.recommendation
        return {
            "run_ids": [] if found.point is None else names[found.point.key],
            "basis": found.basis,
            "n_judged": found.n_judged,
            "reason": reason(found),
        }


def report(study: SweepStudy, store: RunStore) -> SweepReport:
    """Read a sweep, finished or not, and judge what is there."""
    baseline = baseline_results(study, store)
    trials = trials_table(study.trials(), study.spec)
    found = findings(trials, baseline, current=study.is_current)
    front = frozenset(point.key for point in pareto_front(found.points))
    return SweepReport(study, found, front, baseline)


def baseline_results(study: SweepStudy, store: RunStore) -> tuple[Result, ...]:
    """The baseline's results that are stored, one for each fold and seed."""
    found = [store.get(c.run_id(study.fingerprint)) for c in study.spec.baseline_configs()]
    return tuple(result for result in found if result is not None)


def confirmed_json(confirmation: Confirmation, comparison: Comparison) -> dict[str, Any]:
    """The confirmed choice as the command line prints it: what each fold chose, and `compare`."""
    return {
        "chosen": [
            {"fold": fold, "setting": None if setting is None else json.loads(setting)}
            for fold, setting in confirmation.chosen.items()
        ],
        **comparison.to_json(),
    }


def _judged_json(judged: Judged, names: dict[str, list[str]]) -> dict[str, Any]:
    return {
        "config": settings_of(judged.point),
        "run_ids": names[judged.point.key],
        "difference": {
            path.split(".")[1]: None if found is None else asdict(found)
            for path, found in judged.differences.items()
        },
        "verdict": judged.judgement.kind,
        "settled": judged.judgement.settled,
        "better_on_both": judged.better_on_both,
    }
