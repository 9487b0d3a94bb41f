"""What one run leaves behind: metrics, a table of its held-out frames, history and versions."""

import importlib.metadata
import platform
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from emargin_core.datasets.splits import Unit
from emargin_core.store.snapshots import Snapshot
from emargin_core.text.message import Text, as_text

Metrics = dict[str, dict[str, float | None]]

VERSIONED = ("torch", "scikit-learn", "umap-learn", "numpy", "scipy")


@dataclass(frozen=True, eq=False)
class Result:
    """One finished run.

    config: canonical settings (None = the method does not read it).
    metrics: {"clustering", "probe", "geometry"} -> name -> value, None where undefined.
    frames: one row a held-out frame: recording, time (s), label, cluster, predicted (the converged
    probe's class), silhouette, transition (the margin acted), map_x and map_y (NaN for frames
    outside the map's sample). Codes are indices into `data["class_names"]`; -1 = unlabelled.
    replicates: metric path -> (n_replicates,), on resampled units, NaN where undefined.
    spectrum: singular values of the centred held-out embedding, largest first.
    encoder: the trained weights; empty in a result that comes with the program.
    snapshots: pictures of its training, in order; empty for a run that nobody watched.
    precomputed: the provenance of a result that comes with the program; None for any other.
    imported: 'NAME, DATE' of the archive that a stored result comes from; None if from none.
    timing: seconds of training, map, evaluation and the first look, by name; `total_s`: of all.
    preliminary: a first look; it holds what a verdict rests on, None for the rest, and no map.
    """

    run_id: str
    config: dict[str, Any]
    metrics: Metrics
    collapse_reason: Text | None
    data: dict[str, Any]
    frames: pd.DataFrame
    replicates: dict[str, NDArray[np.float64]]
    spectrum: NDArray[np.float64]
    encoder: dict[str, NDArray[Any]]
    details: dict[str, Any]
    history: dict[str, Any]
    timing: dict[str, float]
    versions: dict[str, str]
    created: str
    cached: bool = field(default=False)
    snapshots: tuple[Snapshot, ...] = field(default=())
    precomputed: Text | None = field(default=None)
    imported: str | None = field(default=None)
    preliminary: bool = field(default=False)

    @property
    def collapsed(self) -> bool:
        """Whether the embedding collapsed; `collapse_reason` says how it shows."""
        return self.collapse_reason is not None

    @property
    def unit(self) -> Unit:
        """What was held out; of a result of the first protocol, its recordings."""
        stored = self.data.get("unit")
        if stored is None:
            names = tuple(self.data["recordings"])
            return Unit("recording", names, tuple(range(len(names))), len(names))
        return Unit(
            stored["noun"], tuple(stored["names"]), tuple(stored["of_recording"]), stored["in_all"]
        )

    @property
    def n_folds(self) -> int | None:
        """Folds that hold out each unit once, 1 where the held-out part is fixed.

        None for a result of the first protocol, which knew no folds.
        """
        n_folds: int | None = self.data.get("n_folds")
        return n_folds

    @property
    def fold(self) -> int:
        """The fold that was held out."""
        return int(self.config.get("fold") or 0)

    @property
    def unit_of_frame(self) -> NDArray[np.int64]:
        """Index into the unit's names, (n_frames,)."""
        return np.array(self.unit.of_recording, dtype=np.int64)[self.frames["recording"]]

    def metric(self, path: str) -> float | None:
        """Look a metric up by its path, such as 'probe.accuracy'."""
        group, name = path.split(".")
        return self.metrics[group][name]

    def as_cached(self) -> "Result":
        """Return the same result, marked as taken from the store."""
        return replace(self, cached=True)

    def to_json(self) -> dict[str, Any]:
        """Return the object that the command line prints."""
        return {
            "run_id": self.run_id,
            "config": self.config,
            "collapsed": self.collapsed,
            "collapse_reason": as_text(self.collapse_reason),
            **self.metrics,
            "details": as_text(self.details),
            "audit": {
                "non_finite_steps": self.history["non_finite_steps"],
                "skipped_steps": self.history["skipped_steps"],
                "steps": len(self.history["loss"]),
            },
            "data": as_text(self.data),
            "unit": {
                "noun": self.unit.noun,
                "n": len(self.unit.names),
                "names": list(self.unit.names),
            },
            "timing": self.timing,
            "versions": self.versions,
            "created": self.created,
            "cached": self.cached,
        }


def metric_paths(metrics: Mapping[str, Mapping[str, object]]) -> Iterator[str]:
    """Yield 'group.name' for every metric."""
    for group, values in metrics.items():
        for name in values:
            yield f"{group}.{name}"


def other_versions(results: Iterable[Result]) -> list[tuple[str, str, str]]:
    """Name, version that made a result, and version here, wherever the two differ.

    Results that come with the program say so themselves and are left out.
    """
    here = current_versions()
    made = {
        (name, version)
        for result in results
        if not result.precomputed
        for name, version in result.versions.items()
    }
    return sorted(
        (name, version, here[name]) for name, version in made if here.get(name, version) != version
    )


def current_versions() -> dict[str, str]:
    """Versions of everything that could change a number."""
    from emargin_core import __version__

    versions = {name: importlib.metadata.version(name) for name in VERSIONED}
    return {"emargin-explorer": __version__, "python": platform.python_version(), **versions}
