"""Whether what a stored run says can be a run: every field that is there of its kind, in bounds.

A store holds what others may have written, and a disk may have changed. What is of another kind is
unreadable and is said to be, so that the run is made again. What comes from an archive has to pass
more: see `run_check`.
"""

from typing import Annotated, Any

import numpy as np
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from emargin_core.language import told
from emargin_core.methods import METHODS
from emargin_core.plain_text import shown
from emargin_core.result import Result

MAX_NAMES = 1_000_000
MAX_CLUSTERS = 1_000
CODES = ("recording", "label", "cluster", "predicted")
NUMBERS = ("time", "silhouette", "map_x", "map_y")
NUMERIC = {"threshold", "scale", "temperature", "uniformity", "variance_covariance", "iterations",
           "clusters"}  # fmt: skip


class _Strict(BaseModel):
    model_config = ConfigDict(strict=True, allow_inf_nan=False)


def _of_a_method(config: dict[str, Any]) -> dict[str, Any]:
    if config.get("method") not in (None, *METHODS):
        raise ValueError(told("its method is not known"))
    for name, kinds in (("seed", int), ("dataset", str), ("evaluate_on", str)):
        if not isinstance(config.get(name, kinds()), kinds):
            raise ValueError(told(f"its {name} is of another kind"))
    for name in config.keys() & NUMERIC:
        if not isinstance(config[name], int | float | None):
            raise ValueError(told(f"its {name} is no number"))
    return config


Names = Annotated[list[str], Field(max_length=MAX_NAMES)]
Count = Annotated[int, Field(ge=0)]
Value = bool | int | float | str | None
Group = dict[str, float | None]
Pair = Annotated[list[float | None], Field(min_length=2, max_length=2)]


class _Data(_Strict):
    title: str
    fingerprint: str
    class_names: Names
    recordings: Annotated[Names, Field(min_length=1)]
    split: str
    train_frames: Count
    test_frames: Count
    sources: Names | None = None


class _Metrics(_Strict):
    clustering: Group
    probe: Group
    geometry: Group


class _Margin(_Strict):
    frames: Count
    marked: Count
    changes: Count
    changes_marked: Count
    precision: float | None
    recall: float | None


class _Details(_Strict):
    margin: _Margin | None
    per_class_recall: list[float | None] | None = None
    label_fractions: list[Pair] | None = None


class _History(_Strict):
    loss: list[float | None]
    non_finite_steps: Count
    skipped_steps: Count


class _Timing(_Strict):
    total_s: float = Field(ge=0)


class _Document(_Strict):
    """What `result.json` says, beside its format."""

    run_id: str
    config: Annotated[dict[str, Value], AfterValidator(_of_a_method)]
    metrics: _Metrics
    collapse_reason: str | None
    data: _Data
    details: _Details
    history: _History
    timing: _Timing
    versions: dict[str, str]
    created: Annotated[str, Field(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d")]


def check_document(document: dict[str, Any]) -> None:
    """Raise ValueError unless what is in a run's document is of its kind and in its bounds."""
    try:
        _Document.model_validate(document)
    except ValidationError as error:
        for problem in error.errors(include_url=False, include_input=False):
            if problem["type"] != "missing":
                place = ".".join(shown(part) for part in problem["loc"])
                why = problem["msg"].removeprefix("Value error, ")
                raise ValueError(f"{place}: {shown(why, 120)}") from None


def check_result(result: Result) -> None:
    """Raise ValueError unless table, replicates and spectrum fit each other and the document."""
    frames, data = result.frames, result.data
    absent = {*CODES, *NUMBERS, "transition"} - set(frames)
    if len(frames) != data.get("test_frames", len(frames)) or not len(frames):
        raise ValueError(told(f"its table has {len(frames):,} rows, and not one for each frame"))
    for name in {*CODES, *NUMBERS, "transition"} - absent:
        if frames[name].dtype.kind != ("i" if name in CODES else "f" if name in NUMBERS else "b"):
            raise ValueError(told(f"column {name} of its table has another type"))
    n_classes, n_recordings = (len(data.get(n, ())) for n in ("class_names", "recordings"))
    ends = {"recording": (0, n_recordings), "label": (-1, n_classes), "predicted": (-1, n_classes),
            "cluster": (0, MAX_CLUSTERS)}  # fmt: skip
    for name in ends.keys() - absent:
        if frames[name].min() < ends[name][0] or frames[name].max() >= ends[name][1]:
            raise ValueError(told(f"column {name} of its table has values out of bounds"))
    if "time" in frames and not np.isfinite(frames["time"]).all():
        raise ValueError(told("column time of its table is not finite"))
    arrays = (result.spectrum, *result.replicates.values())
    if any(array.ndim != 1 or array.dtype != np.float64 for array in arrays):
        raise ValueError(told("its replicates or its spectrum are no rows of numbers"))
    if not np.isfinite(result.spectrum).all():
        raise ValueError(told("its spectrum is not finite"))
    if len({len(array) for array in result.replicates.values()}) > 1:
        raise ValueError(told("its replicates differ in length"))
