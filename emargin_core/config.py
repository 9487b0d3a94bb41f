"""Settings of an experiment, the methods that read them, and the folder where results are kept.

Free of torch, so that the page and the command line's help read it at once;
`emargin_core.losses.build_loss` turns a method's name into its loss.
"""

import contextlib
import hashlib
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import platformdirs
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from emargin_core.text.errors import InputError
from emargin_core.text.language import gettext, gettext_noop
from emargin_core.text.lengths import parse_length
from emargin_core.text.message import Message, joined, lazy_gettext
from emargin_core.text.plain_text import shown

RESULT_VERSION = 2
"""Raised whenever the same settings would give other numbers, so that old results stay apart."""

EMBEDDING_SIZE = 320
"""Directions of every embedding (arXiv 2410.15416)."""

GAMMA = 0.05
"""Weight of the margin energy against the similarity of pairs (arXiv 2507.14828)."""

SETTINGS = ("threshold", "scale", "temperature", "double")


@dataclass(frozen=True)
class Method:
    """One way to train the encoder; title and summary are said where they are shown."""

    name: str
    title: Message
    summary: Message
    settings: frozenset[str]
    trains: bool = True
    reads_labels: bool = False
    tolerates_non_finite: bool = False


def _method(
    name: str, title: Message, summary: Message, settings: str = "", **traits: bool
) -> Method:
    return Method(name, title, summary, frozenset(settings.split()), **traits)


METHODS: dict[str, Method] = {
    method.name: method
    for method in (
        _method(
            "infonce",
            lazy_gettext("InfoNCE, no margin"),
            lazy_gettext("Neighbouring frames attract, all other frames repel (CaTT / NT-pair)."),
            "temperature double",
        ),
        _method(
            "emargin",
            lazy_gettext("eMargin, adaptive margin"),
            lazy_gettext("Adds a margin to the negatives where a frame differs from the next one."),
            "threshold scale temperature",
        ),
        _method(
            "fixed-margin",
            lazy_gettext("Fixed margin"),
            lazy_gettext("The same margin for every frame, whether or not it is a transition."),
            "scale temperature",
        ),
        _method(
            "emargin-released",
            lazy_gettext("eMargin as released"),
            lazy_gettext(
                "What the authors' published code computes, kept for audits: a threshold of 0 "
                "or above marks every frame as a transition, and the loss can be undefined."
            ),
            "threshold scale temperature double",
            tolerates_non_finite=True,
        ),
        _method(
            "triplet",
            lazy_gettext("Triplet"),
            lazy_gettext(
                "A neighbouring frame must be closer than any other frame by at "
                "least the margin scale."
            ),
            "scale",
        ),
        _method(
            "supcon",
            lazy_gettext("Supervised contrastive"),
            lazy_gettext(
                "Frames of the same class attract. It uses the training labels: an upper "
                "bound, not a competitor."
            ),
            "temperature",
            reads_labels=True,
        ),
        _method(
            "soft",
            lazy_gettext("Soft assignment by time"),
            lazy_gettext(
                "Frames attract more strongly the closer they are in time (after SoftCLT)."
            ),
            "temperature",
        ),
        _method(
            "random",
            lazy_gettext("Untrained encoder"),
            lazy_gettext("A reference: no training at all."),
            trains=False,
        ),
    )
}


class ExperimentConfig(BaseModel):
    """Settings of one training and its evaluation.

    Every field has its bounds and its one-line meaning here and nowhere else.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    dataset: str = Field(
        "watch",
        min_length=1,
        description=gettext_noop("Registered data set, or path to a CSV or Parquet file."),
    )
    method: str = Field("emargin", description=gettext_noop("How the encoder is trained."))
    threshold: float = Field(
        0.4,
        ge=-1.1,
        le=1.1,
        description=gettext_noop(
            "The margin acts where the similarity of two neighbouring frames is at or below "
            "this value."
        ),
        json_schema_extra={"slider": [-1.0, 1.0, 0.05]},
    )
    scale: float = Field(
        5.0,
        ge=0.0,
        le=100.0,
        description=gettext_noop("How strong the margin is."),
        json_schema_extra={"slider": [0.0, 10.0, 0.5]},
    )
    temperature: float = Field(
        0.5,
        ge=0.01,
        le=10.0,
        description=gettext_noop(
            "How sharply the loss separates similar from dissimilar frames; lower is sharper."
        ),
        json_schema_extra={"slider": [0.05, 2.0, 0.05]},
    )
    uniformity: float = Field(
        0.0,
        ge=0.0,
        le=10.0,
        description=gettext_noop(
            "Weight of the uniformity term, which keeps the embedding from collapsing."
        ),
        json_schema_extra={"slider": [0.0, 1.0, 0.05]},
    )
    variance_covariance: float = Field(
        0.0,
        ge=0.0,
        le=10.0,
        description=gettext_noop(
            "Weight of the variance-covariance term (VICReg), which keeps the dimensions "
            "varied and uncorrelated."
        ),
        json_schema_extra={"slider": [0.0, 2.0, 0.1]},
    )
    double: bool = Field(
        True, description=gettext_noop("Each anchor uses two neighbouring pairs, not one.")
    )
    iterations: int = Field(
        400,
        ge=1,
        le=20_000,
        description=gettext_noop("Training steps."),
        json_schema_extra={"slider": [50, 2000, 50]},
    )
    seed: int = Field(
        0,
        ge=0,
        le=2**31 - 1,
        description=gettext_noop("Random seed; the same seed gives the same result."),
    )
    batch_windows: int = Field(
        8, ge=1, le=256, description=gettext_noop("Windows in a training batch.")
    )
    window_frames: int = Field(
        100, ge=4, le=5_000, description=gettext_noop("Neighbouring frames in a window.")
    )
    learning_rate: float = Field(
        1e-3, gt=0.0, le=1.0, description=gettext_noop("Step size of AdamW.")
    )
    clusters: int | None = Field(
        None,
        ge=2,
        le=50,
        description=gettext_noop(
            "Number of clusters; by default the number of classes, or 8 without labels."
        ),
    )
    frame: str | None = Field(
        None,
        max_length=40,
        description=gettext_noop(
            "Length of a frame in seconds, or as '128 samples'; by default that of the data."
        ),
    )
    hop: str | None = Field(
        None,
        max_length=40,
        description=gettext_noop(
            "From one frame to the next, in seconds or samples; by default half a frame."
        ),
    )
    fold: int = Field(
        0,
        ge=0,
        le=4,
        description=gettext_noop(
            "Fold of the cross-validation: which groups (such as subjects) are held out. Each "
            "group is held out by one fold."
        ),
    )
    evaluate_on: Literal["test", "validation"] = Field(
        "test",
        description=gettext_noop(
            "Held-out groups (such as subjects) for scoring; 'validation' takes them from the "
            "fold's training part, for choosing settings."
        ),
    )

    @field_validator("method")
    @classmethod
    def _known_method(cls, value: str) -> str:
        if value not in METHODS:
            known = ", ".join(METHODS)
            raise ValueError(
                Message("is '{value}'; choose from {known}", value=shown(value), known=known)
            )
        return value

    @field_validator("frame", "hop")
    @classmethod
    def _length(cls, value: str | None) -> str | None:
        return value if value is None else str(parse_length(value))

    def canonical(self) -> dict[str, Any]:
        """Return the settings that matter to this method; those it never reads are None.

        Frame and hop are there only where they were chosen.

        Two configurations with equal canonical forms train and evaluate identically.
        """
        values = self.model_dump()
        for name in ("frame", "hop"):
            if values[name] is None:
                del values[name]
        method = METHODS[self.method]
        unread = [name for name in SETTINGS if name not in method.settings]
        if not method.trains:
            unread += ["uniformity", "variance_covariance", "iterations"]
            unread += ["batch_windows", "window_frames", "learning_rate"]
        return values | dict.fromkeys(unread)

    def run_id(self, dataset_fingerprint: str) -> str:
        """Name the run: a hash of settings, data content and result version (16 hex digits)."""
        identity = self.canonical() | {
            "dataset": dataset_fingerprint,
            "result_version": RESULT_VERSION,
        }
        if self.clusters is None:
            del identity["clusters"]  # as in results made before there was a choice
        text = json.dumps(identity, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()[:16]


def make_config(**values: Any) -> ExperimentConfig:
    """Build a config from untrusted values.

    Raises:
        InputError: one sentence that names each wrong field, its value and what would be right.
    """
    try:
        return ExperimentConfig(**values)
    except ValidationError as error:
        raise InputError(joined(map(_explain, error.errors()), "; ")) from None


def bounds(field: str) -> tuple[float | None, float | None]:
    """Return the lowest and highest allowed value of a field, None where it has none."""
    low = high = None
    for rule in ExperimentConfig.model_fields[field].metadata:
        low = getattr(rule, "ge", getattr(rule, "gt", low))
        high = getattr(rule, "le", getattr(rule, "lt", high))
    return low, high


def slider_range(field: str) -> tuple[Any, Any, Any]:
    """Return lowest, highest and step of the part of a field's range that a slider offers."""
    extra: Any = ExperimentConfig.model_fields[field].json_schema_extra
    low, high, step = extra["slider"]
    return low, high, step


def describe(field: str) -> str:
    """Say in one line what a field means."""
    return gettext(ExperimentConfig.model_fields[field].description or "")


def _explain(part: Any) -> Message:
    field = str(part["loc"][0]) if part["loc"] else "settings"
    if field not in ExperimentConfig.model_fields:
        return Message("{field} is not a setting", field=shown(field))
    if part["type"] == "value_error":
        return Message("{field} {problem}", field=field, problem=part["ctx"]["error"])
    low, high = bounds(field)
    value = shown(repr(part["input"]))
    if low is None or high is None:
        wanted = part["msg"].removeprefix("Input should be ")
        return Message("{field} is {value}; use {wanted}", field=field, value=value, wanted=wanted)
    return Message(
        "{field} is {value}; use a value from {low:g} to {high:g}",
        field=field,
        value=value,
        low=low,
        high=high,
    )


def default_home() -> Path:
    """Folder for everything that is kept: EMARGIN_HOME, else the user's data folder."""
    named = os.environ.get("EMARGIN_HOME")
    return Path(named).expanduser() if named else platformdirs.user_data_path("emargin-explorer")


def make_home(home: Path | None = None) -> None:
    """Make the folder for everything that is kept, open to its user alone; one there is left alone.

    Whoever shares a folder with others makes it beforehand, with the rights it is to have. Where it
    cannot be made, whatever is written there later says so.
    """
    with contextlib.suppress(OSError):
        (home or default_home()).mkdir(mode=0o700, parents=True, exist_ok=True)
