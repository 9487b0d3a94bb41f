"""What one run leaves behind: metrics, a table of its held-out frames, history and versions."""

import importlib.metadata
import platform
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

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
    replicates: metric path -> (n_replicates,), NaN where undefined.
    spectrum: singular values of the centred held-out embedding, largest first.
    encoder: the trained weights; empty in a result that comes with the program.
    precomputed: says whence such a result comes; None for one that was computed here.
    imported: 'NAME, DATE' of the archive that a stored result comes from; None if from none.
    """

    run_id: str
    config: dict[str, Any]
    metrics: Metrics
    collapse_reason: str | None
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
    precomputed: str | None = field(default=None)
    imported: str | None = field(default=None)

    @property
    def collapsed(self) -> bool:
        """Whether the embedding collapsed; `collapse_reason` says how it shows."""
        return self.collapse_reason is not None

    @property
    def n_recordings(self) -> int:
        """Number of held-out recordings."""
        return len(self.data["recordings"])

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
            "collapse_reason": self.collapse_reason,
            **self.metrics,
            "details": self.details,
            "audit": {
                "non_finite_steps": self.history["non_finite_steps"],
                "skipped_steps": self.history["skipped_steps"],
                "steps": len(self.history["loss"]),
            },
            "data": self.data,
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
