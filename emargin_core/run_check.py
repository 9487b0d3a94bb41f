"""Whether files from elsewhere are one whole, honest run: form, bounds, and its own arithmetic."""

import io
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal

import numpy as np
import pandas as pd
import pyarrow
import pyarrow.parquet
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from emargin_core.config import make_config
from emargin_core.errors import InputError
from emargin_core.evaluation import clustering, geometry, scores
from emargin_core.evaluation.collapse import collapse_reason
from emargin_core.evaluation.metric_table import METRICS
from emargin_core.evaluation.uncertainty import N_REPLICATES
from emargin_core.language import told
from emargin_core.plain_text import shown
from emargin_core.result import Metrics, Result
from emargin_core.result_files import DOCUMENT, FILES, UNREADABLE, from_files

MAX_FRAMES = 2_000_000
MAX_DIRECTIONS = 100_000
TOLERANCE = 1e-6
COLUMNS = {
    "recording": "i", "time": "f", "label": "i", "cluster": "i", "predicted": "i",
    "silhouette": "f", "transition": "b", "map_x": "f", "map_y": "f",
}  # fmt: skip
"""Column of the frames' table -> kind of its numbers: i whole, f real, b yes or no."""

Name = Annotated[str, StringConstraints(max_length=1_000)]
Number = Annotated[float, Field(allow_inf_nan=False)]
Count = Annotated[int, Field(ge=0, le=10**9)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class _Data(_Strict):
    title: Name
    fingerprint: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{8,64}$")]
    class_names: Annotated[list[Name], Field(max_length=10_000)]
    recordings: Annotated[list[Name], Field(min_length=1, max_length=100_000)]
    sources: Annotated[list[Name], Field(max_length=100_000)]
    split: Name
    train_frames: Count
    test_frames: Count
    notes: Annotated[list[Name], Field(max_length=100)]


class _Details(BaseModel):
    model_config = ConfigDict(extra="allow", strict=True)

    confusion: list[list[Count]] | None
    per_class_recall: list[Number | None]
    label_fractions: list[Annotated[list[Number | None], Field(min_length=2, max_length=2)]]
    margin: dict[Name, Number | None] | None


class _History(_Strict):
    loss: Annotated[list[Number | None], Field(max_length=20_000)]
    non_finite_steps: Count
    skipped_steps: Count


class _Document(_Strict):
    format: Literal[1]
    run_id: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{16}$")]
    config: dict[Name, Any]
    metrics: dict[Name, dict[Name, Number | None]]
    collapse_reason: Name | None
    data: _Data
    details: _Details
    history: _History
    timing: dict[Name, Number]
    versions: dict[Name, Name]
    created: Annotated[str, StringConstraints(max_length=40)]


def checked_run(files: Mapping[str, bytes], run_id: str) -> Result:
    """Read a run from untrusted files.

    Beyond its form, what can be worked out from its own frames is: its name from its settings,
    its accuracy, clusters' scores, effective rank and collapse. What needs the embedding, such as
    Davies-Bouldin, cannot be.

    Raises:
        InputError: something is missing, out of bounds or contradicts itself; one sentence.
    """
    try:
        _check_document(files[DOCUMENT])
        _check_table(files[FILES[0]])
        result = from_files(files, run_id)
    except ValidationError as error:
        part = error.errors()[0]
        place = ".".join(shown(step) for step in part["loc"])
        raise InputError(
            f"run {run_id} cannot be taken: {place}: {shown(part['msg'], 120)}"
        ) from None
    except (*UNREADABLE, RecursionError, MemoryError) as error:
        raise InputError(f"run {run_id} cannot be read: {shown(error, 160)}") from None
    fault = _fault(result)
    if fault is not None:
        raise InputError(f"run {run_id} cannot be taken: {fault}")
    return result


def _check_document(content: bytes) -> None:
    document = json.loads(content, parse_constant=_no_constant)
    datetime.fromisoformat(_Document.model_validate(document).created)


def _check_table(content: bytes) -> None:
    """The table's form and size, before any of it is unpacked."""
    metadata = pyarrow.parquet.read_metadata(io.BytesIO(content))
    if metadata.num_rows > MAX_FRAMES:
        raise InputError(
            f"its table claims {metadata.num_rows:,} rows; at most {MAX_FRAMES:,} are imported"
        )  # fmt: skip
    schema = metadata.schema.to_arrow_schema()
    kinds = {"i": pyarrow.types.is_integer, "f": pyarrow.types.is_floating,
             "b": pyarrow.types.is_boolean}  # fmt: skip
    if sorted(schema.names) != sorted(COLUMNS):
        raise InputError(f"its table has other columns than {', '.join(COLUMNS)}")
    for field in schema:
        if not kinds[COLUMNS[field.name]](field.type):
            raise InputError(f"the column {field.name} of its table is of a wrong kind")


def _fault(result: Result) -> str | None:
    """What is wrong with a run of the right form; None if nothing is found."""
    config = make_config(**{k: v for k, v in result.config.items() if v is not None})
    if config.canonical() != {"clusters": None} | result.config:
        return told("its settings are not those that its method reads")
    if config.run_id(result.data["fingerprint"]) != result.run_id:
        return told(
            "its name does not belong to its settings; another version made it, or it was altered"
        )
    if not set(_paths(result.metrics)) <= set(METRICS):
        return told("it has measures that are not known here")
    if any(path not in METRICS or values.shape != (N_REPLICATES,)
           for path, values in result.replicates.items()):  # fmt: skip
        return told("its resampled measures have another form")
    spectrum = result.spectrum
    if spectrum.ndim != 1 or not 1 <= len(spectrum) <= MAX_DIRECTIONS:
        return told("its spectrum has another form")
    if not np.isfinite(spectrum).all() or (spectrum < 0).any():
        return told("its spectrum has numbers below zero or none at all")
    if not all(np.isfinite(array).all() for array in result.encoder.values()):
        return told("its encoder has numbers that are not finite")
    if len(result.details["per_class_recall"]) != len(result.data["class_names"]):
        return told("it has another number of classes than of their shares")
    return _fault_in_scores(result)


def _fault_in_scores(result: Result) -> str | None:
    for path, expected in _worked_out(result.frames, result.spectrum).items():
        claimed = dict(_values(result.metrics)).get(path)
        if (claimed is None) != (expected is None) or (
            claimed is not None and expected is not None and abs(claimed - expected) > TOLERANCE
        ):
            return told(f"its {METRICS[path].term} is not what its own frames give; it was altered")
    reason = collapse_reason(
        effective_rank=result.metric("geometry.effective_rank"),
        davies_bouldin=result.metric("clustering.davies_bouldin"),
        silhouette=result.metric("clustering.silhouette"),
        largest_cluster_share=result.metric("clustering.largest_cluster_share"),
    )
    if (reason is None) != (result.collapse_reason is None):
        return told("its numbers contradict what it says about a collapse")
    return None


def _worked_out(frames: pd.DataFrame, spectrum: Any) -> dict[str, float | None]:
    labels, clusters = frames["label"].to_numpy(), frames["cluster"].to_numpy()
    predicted, blades = frames["predicted"].to_numpy(), frames["silhouette"].to_numpy()
    known = labels >= 0
    probed = bool(known.any()) and bool((predicted >= 0).all())
    return {
        "probe.accuracy": scores.accuracy(labels[known], predicted[known]) if probed else None,
        "clustering.silhouette": None if np.isnan(blades).all() else float(np.nanmean(blades)),
        "clustering.largest_cluster_share": clustering.largest_cluster_share(clusters),
        "clustering.nmi": clustering.normalized_mutual_info(labels, clusters),
        "geometry.effective_rank": geometry.effective_rank(spectrum),
    }


def _values(metrics: Metrics) -> dict[str, float | None]:
    return {f"{group}.{name}": v for group, values in metrics.items() for name, v in values.items()}


def _paths(metrics: Metrics) -> list[str]:
    return list(_values(metrics))


def _no_constant(word: str) -> None:
    raise ValueError(told(f"{word} is no number"))
