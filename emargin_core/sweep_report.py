"""What a sweep found, as one JSON object: trials, front, baseline, and what beats it."""

from dataclasses import asdict, dataclass
from typing import Any

from emargin_core.comparison import metric_interval, side_json
from emargin_core.dominance import Dominating, dominating
from emargin_core.findings import Findings, findings
from emargin_core.language import told
from emargin_core.pareto import Point, pareto_front
from emargin_core.result import Result
from emargin_core.store import RunStore
from emargin_core.sweep_status import SweepStatus
from emargin_core.sweep_study import OBJECTIVES, SweepStudy
from emargin_core.sweep_table import trial_points, trial_rows, trials_table

INTERVALS = tuple(OBJECTIVES)


@dataclass(frozen=True, eq=False)
class SweepReport:
    """A sweep as it stands.

    front, beating: of single runs.
    """

    study: SweepStudy
    findings: Findings
    front: list[Point]
    beating: list[Dominating]

    def to_json(self, status: SweepStatus) -> dict[str, Any]:
        """Return the object that the command line prints."""
        return {
            "name": self.study.name,
            "state": status.state,
            "objectives": dict(OBJECTIVES),
            "settings": self.study.spec.model_dump(mode="json"),
            "trials": trial_rows(self.study.trials(), self.study.spec),
            "pareto": [point.key for point in self.front],
            "baseline": self._baseline_json(),
            "dominating": [found.point.key for found in self.beating],
            "dominating_reasons": {found.point.key: found.reason for found in self.beating},
            "recommended": self._recommended_json(),
        }

    def _baseline_json(self) -> dict[str, Any]:
        spec = self.study.spec
        if not self.findings.baseline:
            return {
                "run_id": [],
                "config": spec.baseline.canonical() | {"seed": list(spec.seeds)},
                "error": self.study.baseline_error
                or told("the baseline has not been computed yet"),
            }
        intervals = {path: metric_interval(self.findings.baseline, path) for path in INTERVALS}
        return side_json(self.findings.baseline) | {
            "interval": {
                path.split(".")[1]: None if found is None else asdict(found)
                for path, found in intervals.items()
            },
            "error": None,
        }

    def _recommended_json(self) -> dict[str, Any]:
        point = self.findings.recommendation.point
        settings = self.findings.settings
        names = dict(zip(settings["setting"], settings["run_ids"], strict=True))
        return {
            "run_ids": [] if point is None else list(names[point.key]),
            "basis": self.findings.recommendation.basis,
            "reason": self.findings.recommendation.reason,
        }


def report(study: SweepStudy, store: RunStore) -> SweepReport:
    """Read a sweep, finished or not, and judge what is there."""
    found = findings(trials_table(study.trials(), study.spec), baseline_results(study, store))
    points = trial_points(found.trials)
    return SweepReport(
        study=study,
        findings=found,
        front=pareto_front(points),
        beating=[] if found.levels is None else dominating(points, found.levels),
    )


def baseline_results(study: SweepStudy, store: RunStore) -> tuple[Result, ...]:
    """The baseline's results, one a seed; empty unless all are stored."""
    found = [store.get(c.run_id(study.fingerprint)) for c in study.spec.baseline_configs()]
    results = tuple(result for result in found if result is not None)
    return results if len(results) == len(found) else ()
