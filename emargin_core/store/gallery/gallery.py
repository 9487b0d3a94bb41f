"""The gallery: runs that come with the program, so that a page has something true to show at once.

One zip file of JSON, Parquet and safetensors; `emargin_core.cli.gallery` makes it.
It holds comparisons on the test groups, whole but for their encoders, those of the first fold with
pictures of their training; the metrics of every run of a grid that was scored on validation groups;
maps, and reference scores.
"""

import json
import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from safetensors.numpy import load

from emargin_core.config import RESULT_VERSION
from emargin_core.evaluation.metric_table import METRICS
from emargin_core.store.reference_scores import (
    REFERENCE_SCORES_VERSION,
    ReferenceScores,
    read_reference_scores,
    reference_scores_from_json,
)
from emargin_core.store.result import Metrics, Result
from emargin_core.store.result_files import ENCODER, FILES, SNAPSHOTS, UNREADABLE, from_files
from emargin_core.store.runs_table import config_key
from emargin_core.store.zip_pack import read_pack
from emargin_core.text.errors import InputError
from emargin_core.text.message import Message, Text, restored

FORMAT = 2
DEFAULT_PATH = Path(__file__).parents[3] / "assets" / "gallery.zip"
MAX_BYTES = 64 * 2**20
MAX_FILES = 1_000

INDEX = "gallery.json"
SCRUB = "scrub.safetensors"
SETTINGS = (
    "method",
    "threshold",
    "scale",
    "temperature",
    "uniformity",
    "variance_covariance",
    "seed",
    "fold",
)
HELD_OUT = ("n_folds", "noun", "n_units", "n_units_in_all")
COLUMNS = (
    "run_id",
    "state",
    "setting",
    *SETTINGS,
    *HELD_OUT,
    "collapsed",
    "collapse_reason",
    "seconds",
)

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Entry:
    """What the gallery knows of every run; `runs_table` reads it as it reads a `Result`.

    data: fingerprint and title of the data set; held_out: what its fold holds out, by the names in
    `HELD_OUT`; seconds: what the run took.
    """

    run_id: str
    config: dict[str, Any]
    metrics: Metrics
    collapse_reason: Text | None
    data: dict[str, Any]
    held_out: dict[str, Any]
    seconds: float
    created: str

    @property
    def collapsed(self) -> bool:
        """Whether the embedding collapsed."""
        return self.collapse_reason is not None


@dataclass(frozen=True, eq=False)
class ScrubMaps:
    """Maps of many runs that show the same frames in one orientation.

    layouts: run_id -> (n, 2) float32; frames: (n,) their numbers among the held-out frames;
    labels: (n,) codes into `class_names`, -1 = unlabelled; reference: the run onto whose map all
    others are turned.
    """

    layouts: dict[str, NDArray[np.float32]]
    frames: NDArray[np.int64]
    labels: NDArray[np.int64]
    class_names: tuple[str, ...]
    reference: str


@dataclass(frozen=True, eq=False)
class Gallery:
    """A gallery that was read; `load_gallery` makes it.

    entries: every run, by run_id; dataset, fingerprint: name and content of the data they were
    evaluated on; label: one sentence about their provenance; command: what computes them anew.
    """

    entries: dict[str, Entry]
    dataset: str
    fingerprint: str
    label: Text
    command: str
    versions: dict[str, str]
    _index: Mapping[str, Any] = field(repr=False)
    _files: Mapping[str, bytes] = field(repr=False)

    def result(self, run_id: str) -> Result | None:
        """A run as the store would give it, but without its encoder; None if it is not here."""
        files = {
            name: content
            for name in (*FILES, SNAPSHOTS)
            if name != ENCODER and (content := self._files.get(run_file(run_id, name))) is not None
        }
        if not files:
            return None
        try:
            return replace(from_files(files, run_id), precomputed=self.label)
        except UNREADABLE as error:
            log.warning("run %s of the gallery is unreadable: %s", run_id, error)
            return None

    def has(self, run_id: str) -> bool:
        """Whether a run is here whole, and not by its metrics alone."""
        return run_file(run_id, FILES[0]) in self._files

    def reference_scores(self, fingerprint: str, evaluate_on: str) -> ReferenceScores | None:
        """Floors and ceilings of a data set's split; None if they are not here."""
        if self._index["levels_version"] != REFERENCE_SCORES_VERSION:
            return None
        for document in self._index["levels"]:
            scores = reference_scores_from_json(document)
            if (scores.fingerprint, scores.evaluate_on) == (fingerprint, evaluate_on):
                return scores
        return None

    def map(self, candidate: str, baseline: str) -> NDArray[np.float64] | None:
        """The candidate's map as aligned to the baseline's, (n_frames, 2), NaN = unsampled."""
        content = self._files.get(map_file(candidate, baseline))
        if content is None:
            return None
        try:
            return np.asarray(load(content)["map"], dtype=np.float64)
        except UNREADABLE as error:
            log.warning("map %s-%s of the gallery is unreadable: %s", candidate, baseline, error)
            return None

    def baseline_runs(self) -> tuple[Entry, ...]:
        """What the grid is judged against, one run a fold."""
        return tuple(self.entries[run_id] for run_id in self._index["baseline"])

    def scrub_maps(self) -> ScrubMaps | None:
        """Maps to leaf through as a setting moves; None if they cannot be read."""
        try:
            arrays = load(self._files[SCRUB])
            scrub = self._index["scrub"]
            places = arrays["places"].astype(np.float32) * arrays["scale"].astype(np.float32)
            return ScrubMaps(
                layouts=dict(zip(scrub["run_ids"], places, strict=True)),
                frames=arrays["frames"].astype(np.int64),
                labels=arrays["labels"].astype(np.int64),
                class_names=tuple(scrub["class_names"]),
                reference=scrub["reference"],
            )
        except UNREADABLE as error:
            log.warning("the maps of the gallery are unreadable: %s", error)
            return None

    def table(self) -> pd.DataFrame:
        """Return one row a run of the grid: `COLUMNS`, then one for each metric (NaN = undefined).

        The columns are those of a sweep's table. A setting that a method does not read is NaN;
        `setting` names all that a run depends on but its fold and seed.
        """
        return grid_table(self.entries[run_id] for run_id in self._index["grid"])


def grid_table(entries: Iterable[Entry]) -> pd.DataFrame:
    """Runs as a sweep's table has them, see `Gallery.table`."""
    table = pd.DataFrame([_row(entry) for entry in entries])
    metrics = sorted(set(METRICS) | set(table.columns) - set(COLUMNS))
    table = table.reindex(columns=[*COLUMNS, *metrics])
    whole = ("method", "seed", "fold")
    floats = [*metrics, "seconds", *(name for name in SETTINGS if name not in whole)]
    return table.astype(dict.fromkeys(floats, "float64"))


def load_gallery(path: Path = DEFAULT_PATH) -> Gallery | None:
    """Read the gallery; None, and a warning, if it is absent, damaged or of other code."""
    if not path.is_file():
        log.warning("there is no gallery at %s; `make gallery` makes it", path)
        return None
    try:
        return _gallery(read_pack(path, max_bytes=MAX_BYTES, max_files=MAX_FILES))
    except UNREADABLE as error:
        log.warning("the gallery %s is not used: %s; `make gallery` makes it anew", path, error)
        return None


def known_reference_scores(
    home: Path, shipped: Gallery | None, fingerprint: str, evaluate_on: str
) -> ReferenceScores | None:
    """Floors and ceilings of a data set's split, measured here or shipped; None if neither is."""
    own = read_reference_scores(home, fingerprint, evaluate_on)
    return own or (shipped.reference_scores(fingerprint, evaluate_on) if shipped else None)


def run_file(run_id: str, name: str) -> str:
    """Place of one file of a whole run in the gallery."""
    return f"runs/{run_id}/{name}"


def map_file(candidate: str, baseline: str) -> str:
    """Place of one aligned map in the gallery."""
    return f"maps/{candidate}-{baseline}.safetensors"


def _gallery(files: dict[str, bytes]) -> Gallery:
    if INDEX not in files:
        raise InputError("it contains no {index}", index=INDEX)
    index = json.loads(files[INDEX], parse_constant=_no_constant)
    if not isinstance(index, dict) or index.get("format") != FORMAT:
        raise InputError("its format is not known to this version")
    if index["result_version"] != RESULT_VERSION:
        raise InputError("it was made by a version that gives different numbers")
    data = index["data"] | {"title": Message.from_json(index["data"]["title"])}
    entries = [
        Entry(**entry | {"collapse_reason": restored(entry["collapse_reason"])}, data=data)
        for entry in index["entries"]
    ]
    for document in index["levels"]:
        reference_scores_from_json(document)
    lacking = {*index["grid"], *index["baseline"]} - {entry.run_id for entry in entries}
    if lacking:
        raise InputError("it lacks runs of its own grid")
    version, date = index["versions"]["emargin-explorer"], index["date"]
    return Gallery(
        entries={entry.run_id: entry for entry in entries},
        dataset=index["dataset"],
        fingerprint=data["fingerprint"],
        label=Message(
            "Precomputed with eMargin Explorer {version} on {date}", version=version, date=date
        ),
        command=index["command"],
        versions=index["versions"],
        _index=index,
        _files=files,
    )


def _no_constant(word: str) -> None:
    raise ValueError(f"{word} is no number")


def _row(entry: Entry) -> dict[str, Any]:
    return (
        {name: entry.config[name] for name in SETTINGS}
        | entry.held_out
        | {f"{group}.{name}": v for group, vs in entry.metrics.items() for name, v in vs.items()}
        | {
            "run_id": entry.run_id,
            "state": "done",
            "setting": config_key(entry.config),
            "collapsed": entry.collapsed,
            "collapse_reason": entry.collapse_reason,
            "seconds": entry.seconds,
        }
    )
