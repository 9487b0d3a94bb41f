"""What searches with and without a head start come to, side by side, as rows and as tables."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from optuna._hypervolume import compute_hypervolume

from benchmarks.intervals import fold_t

NEAR = 0.01
MOMENTS = (5, 10, 20, 40)
ALL = "all"

Row = dict[str, Any]
Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Search:
    """One search: the seed of its sampler, and what its trials came to, in order.

    settings: the trials' settings; shares: (n_trials, 3) shares of the way to perfect, all 0 for a
    collapsed or diverged one; origins: the data set that a trial's settings come from, None for
    those that the sampler chose.
    """

    seed: int
    settings: list[dict[str, float]]
    shares: Floats
    origins: list[str | None]

    @cached_property
    def scores(self) -> list[float]:
        """Score of the search after each of its trials."""
        return [volume(self.shares[: n + 1]) for n in range(len(self.shares))]

    @property
    def own(self) -> list[float]:
        """Score of each trial's setting alone."""
        return [float(share.prod()) for share in self.shares]

    @property
    def best(self) -> dict[str, float]:
        """The setting with the highest score of its own."""
        return self.settings[int(np.argmax(self.own))]


def volume(shares: Floats) -> float:
    """Volume that points (n, 3) span together from 0, each within [0, 1]."""
    return float(compute_hypervolume(1.0 - shares, np.ones(3)))


def trials_until(scores: Sequence[float], target: float) -> int:
    """Number of the first trial after which the score is within `NEAR` of the target.

    One more than there are trials where none is.
    """
    reached = [n for n, score in enumerate(scores, 1) if score >= (1 - NEAR) * target]
    return reached[0] if reached else len(scores) + 1


def summarise(
    data: str,
    others: str,
    without: Sequence[Search],
    with_start: Sequence[Search],
    drawn: Sequence[float],
) -> Row:
    """One data set: both arms by seed, and their paired differences.

    trials: until within `NEAR` of the better of both searches of a seed; to_same: until within
    `NEAR` of the search without head start; score: after each of `MOMENTS`, here the differences
    are ratios to the score without head start after all trials. first: origin and own score of each
    setting of the head start, beside the best own score that a search without found. drawn: scores
    of as many settings that know nothing of other data, as shares like those in `score`.
    """
    ends = [(a.scores[-1], b.scores[-1]) for a, b in zip(without, with_start, strict=True)]
    sides = {"without": without, "with": with_start}
    row: Row = {"data": data, "others": others, "seeds": len(without)}
    targets = {"trials": [max(pair) for pair in ends], "to_same": [pair[0] for pair in ends]}
    for figure, wanted in targets.items():
        row[figure] = _beside(
            {
                name: [trials_until(s.scores, t) for s, t in zip(side, wanted, strict=True)]
                for name, side in sides.items()
            }
        )
    row["score"] = {
        moment: _beside(
            {
                name: [s.scores[moment - 1] / end for s, (end, _) in zip(side, ends, strict=True)]
                for name, side in sides.items()
            }
        )
        for moment in MOMENTS
    }
    row["first"] = [
        {"origin": origin, "score": own}
        for origin, own in zip(with_start[0].origins, with_start[0].own, strict=True)
        if origin is not None
    ]
    row["best_without"] = [max(search.own) for search in without]
    row["drawn"] = [float(np.mean([score / end for end, _ in ends])) for score in drawn]
    return row


def over_data(rows: Sequence[Row]) -> Row:
    """All data sets together: the interval is over their means."""
    found: Row = {"data": ALL, "others": rows[0]["others"], "seeds": rows[0]["seeds"]}
    for figure in ("trials", "to_same"):
        found[figure] = _pooled([row[figure] for row in rows])
    found["score"] = {m: _pooled([row["score"][m] for row in rows]) for m in MOMENTS}
    return found


def tables(rows: Sequence[Row]) -> str:
    """The rows as tables in Markdown."""
    lines = [
        "| data left out | head start from | trials without | with | difference "
        "| to the same, without | with | difference |",
        "| --- | --- " + "| ---: " * 6 + "|",
        *(
            _line(row, *(cell for figure in ("trials", "to_same") for cell in _cells(row[figure])))
            for row in rows
        ),
        "",
        "| data left out | head start from | "
        + " | ".join(f"{m}: without | with | difference" for m in MOMENTS)
        + " |",
        "| --- | --- " + "| ---: " * 3 * len(MOMENTS) + "|",
        *(
            _line(row, *(cell for m in MOMENTS for cell in _cells(row["score"][m], _share)))
            for row in rows
        ),
        "",
        "| data left out | score of each setting of the head start, in order "
        "| best of a search without | drawn settings together |",
        "| --- | --- | ---: | ---: |",
        *(
            f"| `{row['data']}` | "
            + ", ".join(f"{first['score']:.3f} ({first['origin']})" for first in row["first"])
            + f" | {_middle(row['best_without'], lambda value: f'{value:.3f}')}"
            + f" | {_middle(row['drawn'], _share)} |"
            for row in rows
            if "first" in row
        ),
    ]
    return "\n".join(lines)


def _beside(values: dict[str, list[Any]]) -> Row:
    """Both sides' values by seed, and the mean of their paired differences with its interval."""
    differences = np.subtract(values["with"], values["without"]).astype(np.float64)
    return {**values, "difference": _interval(differences)}


def _pooled(found: Sequence[Row]) -> Row:
    means = np.array([each["difference"]["mean"] for each in found])
    sides = {side: [float(np.median(each[side])) for each in found] for side in ("without", "with")}
    return {**sides, "difference": _interval(means)}


def _interval(values: Floats) -> dict[str, float | None]:
    low, high = map(float, fold_t(values)) if len(values) > 1 else (None, None)
    return {"mean": float(values.mean()), "low": low, "high": high}


def _line(row: Row, *cells: str) -> str:
    return "| " + " | ".join((f"`{row['data']}`", row["others"], *cells)) + " |"


def _cells(figure: Row, word: Callable[[float], str] = "{:.0f}".format) -> tuple[str, ...]:
    found = figure["difference"]
    digits = ".1f" if word is not _share else ".2f"
    mean, low, high = (
        "n/a" if found[part] is None else f"{found[part]:+{digits}}"
        for part in ("mean", "low", "high")
    )
    sides = (_middle(figure[side], word) for side in ("without", "with"))
    return *sides, f"{mean} ({low} to {high})"


def _share(value: float) -> str:
    return f"{value:.2f}"


def _middle(values: Sequence[float], word: Callable[[float], str]) -> str:
    """Median and range."""
    return f"{word(float(np.median(values)))} ({word(min(values))} to {word(max(values))})"
