"""What was written of a table, recording by recording, and what was found on the way."""

from dataclasses import dataclass, field
from typing import Annotated, ClassVar

import numpy as np
from pydantic import ConfigDict, Field

from emargin_core.datasets.tables.questions import Problem

Count = Annotated[int, Field(ge=0)]


@dataclass(frozen=True)
class Part:
    """One recording in the written rows: from `begin` to `end`, borders counted from `begin`.

    rate in Hz; gaps: breaks in time; longest_gap: in seconds; dropped and filled: rows left out for
    missing values, and values interpolated. Stored as it is, and checked when it is read.
    """

    __pydantic_config__: ClassVar = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)

    id: str
    group: str
    begin: Count
    end: Count
    rate: Annotated[float, Field(gt=0)]
    borders: tuple[int, ...]
    gaps: Count = 0
    longest_gap: Annotated[float, Field(ge=0)] = 0.0
    dropped: Count = 0
    filled: Count = 0

    @property
    def samples(self) -> int:
        """Number of samples."""
        return self.end - self.begin

    @property
    def seconds(self) -> float:
        """Length without gaps."""
        return self.samples / self.rate

    @property
    def longest_stretch(self) -> int:
        """Samples of the longest stretch without a border."""
        return int(max(np.diff((0, *self.borders, self.samples)), default=0))


@dataclass
class ColumnFacts:
    """What a column of numbers holds; first_missing: the first line that is missing or infinite."""

    missing: int = 0
    infinite: int = 0
    first_missing: int | None = None


@dataclass
class Rows:
    """What was written, and what was found on the way.

    parts: the recordings; classes: samples of each class; unlabelled: samples without; columns:
    facts of each channel; wrong: columns with cells that are no number or time, and the first such
    row; nameless: columns that name no recording or group in some rows, with the number of these
    and the first line; jitter: the largest spread of the steps in time, as a share of the step;
    spread: whether stamps that repeat were spread evenly; paired: whether a recording is called by
    its group too; problems: by what they are about, each said once.
    """

    parts: list[Part] = field(default_factory=list)
    classes: dict[str, int] = field(default_factory=dict)
    unlabelled: int = 0
    columns: dict[str, ColumnFacts] = field(default_factory=dict)
    wrong: dict[str, int] = field(default_factory=dict)
    nameless: dict[str, tuple[int, int]] = field(default_factory=dict)
    jitter: float = 0.0
    spread: bool = False
    paired: bool = False
    problems: dict[str, Problem] = field(default_factory=dict)

    @property
    def class_names(self) -> tuple[str, ...]:
        """Labels in natural order: numbers as numbers, before words."""
        return tuple(sorted(self.classes, key=_natural))


def _natural(name: str) -> tuple[int, float, str]:
    try:
        number = float(name)
    except ValueError:
        number = np.inf
    return (0, number, name) if np.isfinite(number) else (1, 0.0, name)
