"""The schema of a stored run: each field of its document, each column of its table, and bounds.

A store holds what others may have written, a disk may have changed, and an archive comes from
elsewhere: all are read through this schema. A run from an archive has to pass more, see
`archive.run_check`.
"""

import io
from datetime import datetime
from typing import Annotated, Any

import numpy as np
import pandas as pd
import pyarrow
import pyarrow.parquet
from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    model_validator,
)

from emargin_core.config import make_config
from emargin_core.store.result import Result
from emargin_core.text.message import Message
from emargin_core.text.plain_text import refusal, shown

MAX_FRAMES = 2_000_000
"""A small file can claim to hold any number of rows; no run has as many held-out frames."""
MAX_CLUSTERS = 1_000
COLUMNS = {
    "recording": "i",
    "time": "f",
    "label": "i",
    "cluster": "i",
    "predicted": "i",
    "silhouette": "f",
    "transition": "b",
    "map_x": "f",
    "map_y": "f",
}
"""Column of the frames' table -> kind of its numbers: i whole, f real, b yes or no."""

_KINDS = {
    "i": pyarrow.types.is_signed_integer,
    "f": pyarrow.types.is_floating,
    "b": pyarrow.types.is_boolean,
}


class Strict(BaseModel):
    """A document whose fields are all known, of their kind and finite."""

    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)


def _as_the_method_reads(config: dict[str, Any]) -> dict[str, Any]:
    known = {name: value for name, value in config.items() if value is not None}
    read = make_config(**known)
    for name, value in known.items():
        if getattr(read, name) != value:
            raise ValueError(Message("its {name} is of another kind", name=name))
    return config


def _moment(text: str) -> str:
    datetime.fromisoformat(text)
    return text


Words = Annotated[str | dict[str, Any], AfterValidator(Message.from_json)]
"""A text, or a message of ours."""
Title = Annotated[
    Annotated[str, StringConstraints(max_length=1_000)] | dict[str, Any],
    AfterValidator(Message.from_json),
]
Name = Annotated[str, StringConstraints(max_length=10_000)]
Count = Annotated[int, Field(ge=0, le=10**9)]
Group = dict[Name, float | None]
RunId = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{16}$")]


class _Unit(Strict):
    noun: Annotated[str, StringConstraints(max_length=100)]
    names: Annotated[list[Name], Field(min_length=1, max_length=100_000)]
    of_recording: Annotated[list[Count], Field(min_length=1, max_length=100_000)]
    in_all: Count


class _Data(Strict):
    title: Title
    fingerprint: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{8,64}$")]
    class_names: Annotated[list[Name], Field(max_length=10_000)]
    recordings: Annotated[list[Name], Field(min_length=1, max_length=100_000)]
    sources: Annotated[list[Name], Field(max_length=100_000)]
    unit: _Unit | None = None
    n_folds: Annotated[int, Field(ge=1, le=100)] | None = None
    split: Words
    train_frames: Count
    test_frames: Annotated[Count, Field(ge=1)]
    notes: Annotated[list[Words], Field(max_length=10_000)]


class _Metrics(Strict):
    clustering: Group
    probe: Group
    geometry: Group


class _Margin(Strict, extra="allow"):
    __pydantic_extra__: Group
    frames: Count
    marked: Count
    changes: Count
    changes_marked: Count
    precision: float | None
    recall: float | None


class _Details(Strict):
    confusion: list[list[Count]] | None
    per_class_recall: list[float | None]
    label_fractions: list[Annotated[list[float | None], Field(min_length=2, max_length=2)]]
    margin: _Margin | None


class _History(Strict):
    loss: Annotated[list[float | None], Field(max_length=20_000)]
    non_finite_steps: Count
    skipped_steps: Count


class _Timing(Strict, extra="allow"):
    __pydantic_extra__: dict[str, float]
    total_s: Annotated[float, Field(ge=0)]


class _Document(Strict):
    """What `result.json` says, beside its format."""

    run_id: RunId
    config: Annotated[
        dict[Name, bool | int | float | str | None], AfterValidator(_as_the_method_reads)
    ]
    metrics: _Metrics
    collapse_reason: Words | None
    data: _Data
    details: _Details
    history: _History
    timing: _Timing
    versions: dict[Name, Name]
    created: Annotated[
        str,
        StringConstraints(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", max_length=40),
        AfterValidator(_moment),
    ]

    @model_validator(mode="after")
    def _one_recall_a_class(self) -> "_Document":
        if len(self.details.per_class_recall) != len(self.data.class_names):
            raise ValueError(Message("it has another number of classes than of their shares"))
        return self


def check_document(document: dict[str, Any]) -> None:
    """Raise ValueError unless what is in a run's document is of its kind and in its bounds."""
    try:
        _Document.model_validate(document)
    except ValidationError as error:
        raise ValueError(first_fault(error)) from None


def first_fault(error: ValidationError) -> Message:
    """Where the first fault is and what it is, on one line."""
    part = error.errors(include_url=False, include_input=False)[0]
    why = refusal(part)
    place = ".".join(shown(step) for step in part["loc"])
    return Message("{place}: {why}", place=place, why=why) if place else why


def read_frames(content: bytes) -> pd.DataFrame:
    """Read the table of held-out frames; its form and size are checked before it is unpacked.

    Raises:
        ValueError or pyarrow.ArrowException: it is no such table.
    """
    metadata = pyarrow.parquet.read_metadata(io.BytesIO(content))
    rows = metadata.num_rows
    if rows > MAX_FRAMES:
        raise ValueError(
            Message(
                "its table claims {rows:,} rows; at most {max_frames:,} are read",
                rows=rows,
                max_frames=MAX_FRAMES,
            )
        )
    schema = metadata.schema.to_arrow_schema()
    if sorted(schema.names) != sorted(COLUMNS):
        raise ValueError(
            Message("its table has other columns than {columns}", columns=", ".join(COLUMNS))
        )
    for field in schema:
        if not _KINDS[COLUMNS[field.name]](field.type):
            raise ValueError(
                Message("the column {name} of its table is of a wrong kind", name=field.name)
            )
    table = pyarrow.parquet.read_table(io.BytesIO(content))
    for name, kind in COLUMNS.items():
        if kind != "f" and table[name].null_count:
            raise ValueError(
                Message("the column {name} of its table is of a wrong kind", name=name)
            )
    frames: pd.DataFrame = table.to_pandas(ignore_metadata=True)
    return frames


def check_fit(result: Result) -> None:
    """Raise ValueError unless table, replicates and spectrum fit each other and the document."""
    frames, data = result.frames, result.data
    if len(frames) != data["test_frames"]:
        raise ValueError(
            Message("its table has {frames:,} rows, and not one for each frame", frames=len(frames))
        )
    unit = result.unit
    if len(unit.of_recording) != len(data["recordings"]) or max(unit.of_recording) >= len(
        unit.names
    ):
        raise ValueError(Message("its recordings do not fit its units"))
    n_classes = len(data["class_names"])
    for name, first, end in (
        ("recording", 0, len(data["recordings"])),
        ("label", -1, n_classes),
        ("predicted", -1, n_classes),
        ("cluster", 0, MAX_CLUSTERS),
    ):
        if frames[name].min() < first or frames[name].max() >= end:
            raise ValueError(
                Message("column {name} of its table has values out of bounds", name=name)
            )
    if not np.isfinite(frames["time"]).all():
        raise ValueError(Message("column time of its table is not finite"))
    arrays = (result.spectrum, *result.replicates.values())
    if any(array.ndim != 1 or array.dtype != np.float64 for array in arrays):
        raise ValueError(Message("its replicates or its spectrum are no rows of numbers"))
    if not len(result.spectrum) or not np.isfinite(result.spectrum).all():
        raise ValueError(Message("its spectrum is not finite"))
    if len({len(array) for array in result.replicates.values()}) > 1:
        raise ValueError(Message("its replicates differ in length"))
