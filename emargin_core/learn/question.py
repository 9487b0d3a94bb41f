"""Questions whose right answers are worked out from the gallery's runs, not written down."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd

from emargin_core.analysis.comparison import Comparison
from emargin_core.analysis.trust.rank_agreement import spearman
from emargin_core.evaluation.metric_table import ACCURACY, SILHOUETTE
from emargin_core.store.gallery.gallery import Gallery
from emargin_core.store.gallery.plan import BASELINES, CANDIDATES

Side = Literal["first", "second", "neither"]
Third = Literal["best", "middle", "worst"]

PAIRS: dict[str, tuple[Mapping[str, Any], Mapping[str, Any]]] = {
    "pair": (BASELINES[0], CANDIDATES[0]),
    "repair": (BASELINES[0], CANDIDATES[1]),
}
"""Question -> settings of the first and of the second method in it."""

Runs = tuple[str, ...]


def paired_runs(gallery: Gallery, question: str) -> tuple[Runs, Runs] | None:
    """Run ids of both methods, fold by fold, of which the gallery has all; None if it has none."""
    first, second = (_runs(gallery, settings) for settings in PAIRS[question])
    folds = sorted(set(first) & set(second))
    if not folds:
        return None
    return tuple(first[fold] for fold in folds), tuple(second[fold] for fold in folds)


def better_decider(comparison: Comparison) -> Side:
    """Say whose classifier is right more often, beyond chance; "neither" where it may be chance."""
    difference = comparison.differences[ACCURACY]
    sign = 0 if difference is None else difference.sign
    return "second" if sign > 0 else "first" if sign < 0 else "neither"


def tidier(comparison: Comparison) -> Side:
    """Say whose Silhouette is higher, beyond chance."""
    difference = comparison.differences[SILHOUETTE]
    sign = 0 if difference is None else difference.sign
    return "second" if sign > 0 else "first" if sign < 0 else "neither"


@dataclass(frozen=True)
class TidiestSetting:
    """What becomes of choosing the setting with the highest mean Silhouette.

    place: of its accuracy among all `n_settings`, 1 = best; accuracy, best_accuracy: shares;
    silhouette, best_silhouette: of the tidiest setting and of the most accurate one;
    effective_rank, best_effective_rank likewise; setting, best_setting: their names in the table.
    """

    setting: str
    best_setting: str
    n_settings: int
    place: int
    accuracy: float
    best_accuracy: float
    silhouette: float
    best_silhouette: float
    effective_rank: float
    best_effective_rank: float

    @property
    def third(self) -> Third:
        """The third of all settings, ordered by accuracy, in which it lies."""
        thirds: tuple[Third, ...] = ("best", "middle", "worst")
        return thirds[3 * (self.place - 1) // self.n_settings]


def tidiest_setting(settings: pd.DataFrame) -> TidiestSetting | None:
    """Choose by Silhouette, judge by accuracy.

    settings: one row a setting, with `setting`, `collapsed` and the means of the metrics (NaN =
    undefined), as in `Findings.settings`. A collapsed setting is not chosen. None below 3 settings.
    """
    paths = {
        "silhouette": f"{SILHOUETTE}.mean",
        "accuracy": f"{ACCURACY}.mean",
        "effective_rank": "geometry.effective_rank.mean",
    }
    rows = [
        row
        for row in settings.to_dict("records")
        if not row["collapsed"] and all(pd.notna(row[path]) for path in paths.values())
    ]
    if len(rows) < 3:
        return None
    tidiest = max(rows, key=lambda row: row[paths["silhouette"]])
    best = max(rows, key=lambda row: row[paths["accuracy"]])
    reached = float(tidiest[paths["accuracy"]])
    return TidiestSetting(
        setting=str(tidiest["setting"]),
        best_setting=str(best["setting"]),
        n_settings=len(rows),
        place=1 + sum(row[paths["accuracy"]] > reached for row in rows),
        accuracy=reached,
        best_accuracy=float(best[paths["accuracy"]]),
        silhouette=float(tidiest[paths["silhouette"]]),
        best_silhouette=float(best[paths["silhouette"]]),
        effective_rank=float(tidiest[paths["effective_rank"]]),
        best_effective_rank=float(best[paths["effective_rank"]]),
    )


def tidiness_against_accuracy(settings: pd.DataFrame) -> float | None:
    """Spearman's rank correlation of mean Silhouette and mean accuracy; None where undefined.

    settings: as for `tidiest_setting`, without undefined or collapsed ones.
    """
    if settings.empty:
        return None
    rows = np.arange(len(settings))
    tidiness, accuracy = (settings[f"{path}.mean"].to_numpy() for path in (SILHOUETTE, ACCURACY))
    rho = float(spearman(tidiness, accuracy, rows, np.ones((1, len(rows)), dtype=np.int64))[0])
    return None if np.isnan(rho) else rho


def _runs(gallery: Gallery, settings: Mapping[str, Any]) -> dict[int, str]:
    """Fold -> run id of the runs kept whole that have these settings and no others."""
    wanted = {"uniformity": 0.0, "variance_covariance": 0.0} | dict(settings)
    found = {}
    for run_id, entry in gallery.entries.items():
        if all(entry.config.get(name) == value for name, value in wanted.items()) and (
            gallery.result(run_id) is not None
        ):
            found[int(entry.config["fold"])] = run_id
    return found
