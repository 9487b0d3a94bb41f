"""The numbers of a report as CSV: one row a metric, unrounded."""

import pandas as pd

from emargin_core.comparison import compare, metric_interval
from emargin_core.csv_text import safe_csv
from emargin_core.evaluation.metric_table import METRICS
from emargin_core.evaluation.uncertainty import Estimate
from emargin_core.report.subject import Subject


def to_csv(subject: Subject) -> str:
    """Write every metric of each side with its interval, and the paired difference.

    Column names and metric paths are not translated: they are for programs. An undefined value is
    an empty cell.
    """
    differences = (
        compare(subject.baseline, subject.candidate).differences if subject.baseline else {}
    )
    sides = {"baseline": subject.baseline, "candidate": subject.candidate}
    rows = []
    for path, metric in METRICS.items():
        group, name = path.split(".")
        if name not in subject.first.metrics[group]:
            continue
        row: dict[str, object] = {"metric": path, "term": metric.term, "better": metric.better}
        for side, runs in sides.items():
            if runs:
                row |= _columns(side, metric_interval(runs, path))
        if subject.baseline:
            row |= _columns("difference", differences.get(path))
        row["data"] = subject.first.data["title"]
        row["runs"] = " ".join(run.run_id for run in subject.runs)
        rows.append(row)
    return safe_csv(pd.DataFrame(rows))


def _columns(name: str, value: Estimate | None) -> dict[str, float | None]:
    mean, low, high = (None, None, None) if value is None else (value.mean, value.low, value.high)
    return {name: mean, f"{name} low": low, f"{name} high": high}
