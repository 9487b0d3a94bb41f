"""What a person decides about a file; whatever is left open is found out from its content."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from emargin_core.text.errors import InputError
from emargin_core.text.lengths import parse_length
from emargin_core.text.plain_text import shown

Missing = Literal["refuse", "drop", "interpolate"]
MISSING_CHOICES: tuple[Missing, ...] = get_args(Missing)
RowIs = Literal["sample", "window", "embedding"]
ROW_CHOICES: tuple[RowIs, ...] = get_args(RowIs)
TIME_UNITS = {"s": 1.0, "ms": 1e-3, "us": 1e-6, "ns": 1e-9, "min": 60.0, "h": 3600.0, "d": 86400.0}
SEPARATORS = {"comma": ",", "semicolon": ";", "tab": "\t", "bar": "|", "blank": " "}
RATES = (1e-6, 1e6)
"""Lowest and highest sampling rate that is believed, in Hz."""


@dataclass(frozen=True)
class Choices:
    """Decisions about a file; None, or nothing, where it shall be found out.

    separator: a sign or a name of SEPARATORS; header: line of the column names, 0 for none;
    decimal: sign of the decimal point; sheet: of a workbook.

    recording, group, time, label: a column, several as "a + b" (time in two columns, one column a
    class), "" for none; channels: columns of the signal, or columns to add to those found where
    each begins with '+'; leave_out: columns that are no channel.

    rate: samples a second; time_unit: of TIME_UNITS; time_format: 'dmy', 'mdy', 'ymd', or codes of
    strptime; resample: rate in Hz that all recordings are brought to; sort: by time within each
    recording; restarts: a new recording begins where the time goes back.

    na: words and numbers that stand for a missing value, () where none does; hold: channels whose
    last value counts until the next; fill_labels: whether a label counts until the next one;
    ignore_classes: labels that are none; class_names: (label, name) pairs; labels: a second file,
    of intervals.

    frame, hop: lengths as `emargin_core.text.lengths` reads them.
    """

    separator: str | None = None
    header: int | None = None
    decimal: str | None = None
    encoding: str | None = None
    sheet: str | None = None
    recording: str | None = None
    group: str | None = None
    time: str | None = None
    label: str | None = None
    channels: tuple[str, ...] | None = None
    leave_out: tuple[str, ...] = ()
    row_is: RowIs | None = None
    rate: float | None = None
    time_unit: str | None = None
    time_format: str | None = None
    resample: float | None = None
    sort: bool = False
    restarts: bool = False
    missing: Missing = "refuse"
    na: tuple[str, ...] | None = None
    hold: tuple[str, ...] = ()
    fill_labels: bool | None = None
    ignore_classes: tuple[str, ...] = ()
    class_names: tuple[tuple[str, str], ...] = ()
    labels: Path | None = None
    frame: str | None = None
    hop: str | None = None

    def check(self) -> None:
        """Refuse what no file can be read with.

        Raises:
            InputError: which choice, and what it may be.
        """
        separators = (*SEPARATORS, *SEPARATORS.values(), None)
        for name, value, known in (
            ("missing", self.missing, MISSING_CHOICES),
            ("row_is", self.row_is, (*ROW_CHOICES, None)),
            ("time_unit", self.time_unit, (*TIME_UNITS, None)),
            ("decimal", self.decimal, (".", ",", None)),
            ("separator", self.separator, separators),
        ):
            if value not in known:
                raise InputError(
                    "{name} is '{value}'; use one of {known}",
                    name=name,
                    value=shown(value),
                    known=", ".join(
                        map(str, known[: known.index(None)] if None in known else known)
                    ),
                )
        for name, number in (("rate", self.rate), ("resample", self.resample)):
            if number is not None and not RATES[0] <= number <= RATES[1]:
                raise InputError(
                    "{name} is {number:g} Hz; use a value from {low:g} to {high:g}",
                    name=name,
                    number=number,
                    low=RATES[0],
                    high=RATES[1],
                )
        for name, length in (("frame", self.frame), ("hop", self.hop)):
            if length is not None:
                try:
                    parse_length(length)
                except InputError as error:
                    raise InputError("{name} {problem}", name=name, problem=error) from None
