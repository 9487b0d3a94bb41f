"""The gallery: runs that come with the program, so that a page has something true to show at once.

One zip file of JSON, Parquet and safetensors; `emargin_core.gallery_build` makes it. It holds the
metrics of every run of a grid, some runs whole but for their encoder, maps, and reference levels.
"""

import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from safetensors.numpy import load

from emargin_core.config import RESULT_VERSION
from emargin_core.errors import InputError
from emargin_core.evaluation.metric_table import METRICS
from emargin_core.language import mark
from emargin_core.levels import LEVELS_VERSION, ReferenceLevels, levels_from_json
from emargin_core.result import Metrics, Result
from emargin_core.result_files import ENCODER, FILES, UNREADABLE, from_files
from emargin_core.runs_table import config_key
from emargin_core.zip_pack import read_pack

FORMAT = 1
DEFAULT_PATH = Path(__file__).parent.parent / "assets" / "gallery.zip"
MAX_BYTES = 64 * 2**20
MAX_FILES = 1_000

INDEX = "gallery.json"
SCRUB = "scrub.safetensors"
SETTINGS = (
    "method", "threshold", "scale", "temperature", "uniformity", "variance_covariance", "seed",
)  # fmt: skip
COLUMNS = (
    "run_id", "state", "setting", *SETTINGS, "collapsed", "collapse_reason", "seconds",
)  # fmt: skip

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Entry:
    """What the gallery knows of every run; `runs_table` reads it as it reads a `Result`.

    data: fingerprint and title of the data set; seconds: what the run took.
    """

    run_id: str
    config: dict[str, Any]
    metrics: Metrics
    collapse_reason: str | None
    data: dict[str, Any]
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
    evaluated on; label: one sentence that says whence they come; command: what computes them anew.
    """

    entries: dict[str, Entry]
    dataset: str
    fingerprint: str
    label: str
    command: str
    versions: dict[str, str]
    _index: Mapping[str, Any] = field(repr=False)
    _files: Mapping[str, bytes] = field(repr=False)

    def result(self, run_id: str) -> Result | None:
        """A run as the store would give it, but without its encoder; None if it is not here."""
        files = {
            name: content
            for name in FILES
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

    def levels(self, fingerprint: str, evaluate_on: str) -> ReferenceLevels | None:
        """Floors and ceilings of a data set's split; None if they are not here."""
        if self._index["levels_version"] != LEVELS_VERSION:
            return None
        for document in self._index["levels"]:
            levels = levels_from_json(document)
            if (levels.fingerprint, levels.evaluate_on) == (fingerprint, evaluate_on):
                return levels
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
        """Return one row a run: `COLUMNS`, then one for each metric path (NaN = undefined).

        The columns are those of a sweep's table. A setting that a method does not read is NaN;
        `setting` names all that a run depends on but its seed.
        """
        table = pd.DataFrame([_row(entry) for entry in self.entries.values()])
        metrics = sorted(set(METRICS) | set(table.columns) - set(COLUMNS))
        table = table.reindex(columns=[*COLUMNS, *metrics])
        floats = [*metrics, "seconds", *(n for n in SETTINGS if n not in ("method", "seed"))]
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


def run_file(run_id: str, name: str) -> str:
    """Place of one file of a whole run in the gallery."""
    return f"runs/{run_id}/{name}"


def map_file(candidate: str, baseline: str) -> str:
    """Place of one aligned map in the gallery."""
    return f"maps/{candidate}-{baseline}.safetensors"


def _gallery(files: dict[str, bytes]) -> Gallery:
    if INDEX not in files:
        raise InputError(f"it holds no {INDEX}")
    index = json.loads(files[INDEX], parse_constant=_no_constant)
    if not isinstance(index, dict) or index.get("format") != FORMAT:
        raise InputError("its format is not known to this version")
    if index["result_version"] != RESULT_VERSION:
        raise InputError("it was made by code that gives other numbers")
    data = index["data"]
    entries = [Entry(**entry, data=data) for entry in index["entries"]]
    for document in index["levels"]:
        levels_from_json(document)
    version, date = index["versions"]["emargin-explorer"], index["date"]
    return Gallery(
        entries={entry.run_id: entry for entry in entries},
        dataset=index["dataset"],
        fingerprint=data["fingerprint"],
        label=mark("Precomputed with eMargin Explorer {version} on {date}").format(
            version=version, date=date
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
