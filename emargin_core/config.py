"""What defines an experiment: one frozen model; its bounds feed the sliders and the help."""

import hashlib
import json
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from emargin_core.errors import InputError
from emargin_core.language import mark, say
from emargin_core.methods import METHODS, SETTINGS
from emargin_core.plain_text import shown

RESULT_VERSION = 1
"""Raised whenever the same settings would give other numbers, so that old results stay apart."""


class ExperimentConfig(BaseModel):
    """Settings of one training and its evaluation.

    Every field has its bounds and its one-line meaning here and nowhere else.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    dataset: str = Field(
        "watch",
        min_length=1,
        description=mark("Registered data set, or path to a CSV or Parquet file."),
    )
    method: str = Field("emargin", description=mark("How the encoder is trained."))
    threshold: float = Field(
        0.4,
        ge=-1.1,
        le=1.1,
        description=mark(
            "How alike two neighbouring seconds must be before the margin leaves them alone."
        ),
        json_schema_extra={"slider": [-1.0, 1.0, 0.05]},
    )
    scale: float = Field(
        5.0,
        ge=0.0,
        le=100.0,
        description=mark("How strong the margin is."),
        json_schema_extra={"slider": [0.0, 10.0, 0.5]},
    )
    temperature: float = Field(
        0.5,
        ge=0.01,
        le=10.0,
        description=mark("How sharply the loss tells near from far; lower is sharper."),
        json_schema_extra={"slider": [0.05, 2.0, 0.05]},
    )
    uniformity: float = Field(
        0.0,
        ge=0.0,
        le=10.0,
        description=mark("Keeps the embedding from collapsing (spread weight)."),
        json_schema_extra={"slider": [0.0, 1.0, 0.05]},
    )
    variance_covariance: float = Field(
        0.0,
        ge=0.0,
        le=10.0,
        description=mark(
            "A second repair: keeps directions varied and unlike each other (VICReg weight)."
        ),
        json_schema_extra={"slider": [0.0, 2.0, 0.1]},
    )
    double: bool = Field(
        True, description=mark("Each anchor uses two neighbouring pairs, not one.")
    )
    iterations: int = Field(
        400,
        ge=1,
        le=20_000,
        description=mark("Training steps."),
        json_schema_extra={"slider": [50, 2000, 50]},
    )
    seed: int = Field(0, ge=0, le=2**31 - 1, description=mark("Makes a run repeatable."))
    batch_windows: int = Field(8, ge=1, le=256, description=mark("Windows in a training batch."))
    window_frames: int = Field(
        100, ge=4, le=5_000, description=mark("Neighbouring frames in a window.")
    )
    learning_rate: float = Field(1e-3, gt=0.0, le=1.0, description=mark("Step size of AdamW."))
    clusters: int | None = Field(
        None,
        ge=2,
        le=50,
        description=mark(
            "How many clusters to look for; as many as classes if not given, 8 without labels."
        ),
    )
    evaluate_on: Literal["test", "validation"] = Field(
        "test",
        description=mark(
            "Held-out subjects; 'validation' holds out training subjects for choosing settings."
        ),
    )

    @field_validator("method")
    @classmethod
    def _known_method(cls, value: str) -> str:
        if value not in METHODS:
            known = ", ".join(METHODS)
            raise ValueError(
                say("is '{value}'; known methods are {known}", value=shown(value), known=known)
            )
        return value

    def canonical(self) -> dict[str, Any]:
        """Return the settings that matter to this method; those it never reads are None.

        Two configurations with equal canonical forms train and evaluate identically.
        """
        values = self.model_dump()
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
        raise InputError("; ".join(_explain(part) for part in error.errors())) from None


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
    """Return the one-line meaning of a field, to be said where it is shown."""
    return ExperimentConfig.model_fields[field].description or ""


def _explain(part: Any) -> str:
    field = str(part["loc"][0]) if part["loc"] else "settings"
    if field not in ExperimentConfig.model_fields:
        return say("{field} is not a setting", field=shown(field))
    if part["type"] == "value_error":
        return say("{field} {problem}", field=field, problem=part["ctx"]["error"])
    low, high = bounds(field)
    value = shown(repr(part["input"]))
    if low is None or high is None:
        wanted = part["msg"].removeprefix("Input should be ")
        return say("{field} is {value}; use {wanted}", field=field, value=value, wanted=wanted)
    return say(
        "{field} is {value}; use a value from {low:g} to {high:g}",
        field=field,
        value=value,
        low=low,
        high=high,
    )
