"""A result as a few named files, and back: JSON, Parquet, safetensors; never pickled."""

import io
import json
from collections.abc import Mapping
from typing import Any

import pandas as pd
import pyarrow
import pyarrow.parquet
import safetensors
from safetensors.numpy import load, save

from emargin_core.language import told
from emargin_core.result import Result
from emargin_core.result_check import check_document, check_result

FORMAT = 1
DOCUMENT = "result.json"
ENCODER = "encoder.safetensors"
FILES = ("frames.parquet", "arrays.safetensors", ENCODER, DOCUMENT)
MAX_FRAMES = 10_000_000
"""More held-out frames than any run has: a small file can claim to hold any number of rows."""

UNREADABLE = (
    OSError, ValueError, KeyError, TypeError, AttributeError, pyarrow.ArrowException,
    safetensors.SafetensorError, RecursionError, OverflowError,
)  # fmt: skip
"""What reading a torn or foreign file raises."""

_FIELDS = (
    "run_id", "config", "metrics", "collapse_reason", "data", "details", "history", "timing",
    "versions", "created",
)  # fmt: skip


def to_files(result: Result) -> dict[str, bytes]:
    """Return the contents of all `FILES`, the document last.

    Raises:
        ValueError: a number in the document is not finite.
    """
    document = {"format": FORMAT} | {name: getattr(result, name) for name in _FIELDS}
    text = json.dumps(document, allow_nan=False)
    table = io.BytesIO()
    result.frames.to_parquet(table, index=False)
    replicates = {f"replicates/{path}": values for path, values in result.replicates.items()}
    return {
        "frames.parquet": table.getvalue(),
        "arrays.safetensors": save({"spectrum": result.spectrum} | replicates),
        ENCODER: save(result.encoder),
        DOCUMENT: text.encode(),
    }


def from_files(files: Mapping[str, bytes], run_id: str) -> Result:
    """Read a result back from `FILES`; without `ENCODER` its encoder is empty.

    Raises:
        One of `UNREADABLE`: a file is absent, torn, of an unknown format or of another run.
    """
    document: dict[str, Any] = json.loads(files[DOCUMENT])
    if document.pop("format", None) != FORMAT:
        raise ValueError(told("its format is not known to this version"))
    if document["run_id"] != run_id:
        raise ValueError(told(f"it calls itself {document['run_id']}"))
    check_document(document)
    arrays = load(files["arrays.safetensors"])
    result = Result(
        frames=_frames(files["frames.parquet"]),
        spectrum=arrays.pop("spectrum"),
        replicates={name.removeprefix("replicates/"): array for name, array in arrays.items()},
        encoder=load(files[ENCODER]) if ENCODER in files else {},
        cached=True,
        **document,
    )
    check_result(result)
    return result


def _frames(content: bytes) -> pd.DataFrame:
    rows = pyarrow.parquet.read_metadata(io.BytesIO(content)).num_rows
    if rows > MAX_FRAMES:
        raise ValueError(told(f"its table claims {rows:,} rows; at most {MAX_FRAMES:,} are read"))
    return pd.read_parquet(io.BytesIO(content))
