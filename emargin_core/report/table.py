"""The numbers of a report as CSV: one row a metric, unrounded."""

import pandas as pd

from emargin_core.analysis.comparison import compare, metric_interval
from emargin_core.evaluation.uncertainty import Estimate
from emargin_core.report.subject import Subject
from emargin_core.text.csv_text import safe_csv


def to_csv(subject: Subject) -> str:
    """Write every metric of each side with its interval, and the paired difference.

    Column names and metric paths are not translated: they are for programs. An undefined value is
    an empty cell.
    """
    comparison = (
        compare(subject.baseline, subject.candidate, subject.equal_within)
        if subject.baseline
        else None
    )
    held_out = subject.held_out
    names = ("baseline", "candidate")[-len(subject.sides) :]
    rows = []
    for path, metric in subject.metrics.items():
        row: dict[str, object] = {"metric": path, "term": metric.term, "better": metric.better}
        for side, runs in zip(names, subject.sides, strict=True):
            row |= _columns(side, metric_interval(runs, path))
        if comparison is not None:
            row |= _columns("difference", comparison.differences.get(path))
        row["settled"] = held_out.settled
        row["unit"] = subject.first.unit.noun
        row["units"] = held_out.n_units
        row["folds"] = len(set(held_out.folds))
        row["data"] = subject.first.data["title"]
        row["runs"] = " ".join(run.run_id for run in subject.runs)
        rows.append(row)
    return safe_csv(pd.DataFrame(rows))


def _columns(name: str, value: Estimate | None) -> dict[str, float | None]:
    mean, low, high = (None, None, None) if value is None else (value.mean, value.low, value.high)
    return {name: mean, f"{name} low": low, f"{name} high": high}
