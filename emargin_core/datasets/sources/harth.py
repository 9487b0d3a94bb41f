"""HARTH: two accelerometers in free living (UCI 779); also reads HAR70+, which has its columns."""

from collections.abc import Hashable
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from emargin_core.datasets.base import Dataset, Recording, Source
from emargin_core.datasets.fetch import folder
from emargin_core.datasets.fetch.download import OnBytes
from emargin_core.datasets.fetch.mapped import Parsed, mapped
from emargin_core.datasets.fetch.unpack import fetch_zip
from emargin_core.text.errors import InputError
from emargin_core.text.message import Message, Text, lazy_gettext

URL = "https://archive.ics.uci.edu/static/public/779/harth.zip"
SAMPLING_RATE = 50.0
READER_VERSION = 1
CHANNELS = ("back_x", "back_y", "back_z", "thigh_x", "thigh_y", "thigh_z")
ACTIVITIES = {
    1: "Walking",
    2: "Running",
    3: "Shuffling",
    4: "Stairs (ascending)",
    5: "Stairs (descending)",
    6: "Standing",
    7: "Sitting",
    8: "Lying",
    13: "Cycling (sit)",
    14: "Cycling (stand)",
    130: "Cycling (sit, inactive)",
    140: "Cycling (stand, inactive)",
}
GAP_SECONDS = 0.1
"""Time stamps waver by milliseconds; a step off by more than this breaks the recording."""
FILES = Message("the CSV files of harth.zip (S006.csv and so on)")
DESCRIPTION = lazy_gettext(
    "Adults in their working hours, with one accelerometer on the lower back and one on the thigh "
    "(6 channels, 50 Hz), twelve activities annotated from video. One file is one subject. Where "
    "the time stamps jump by more than a tenth of a second, the recording has a border that no "
    "frame crosses."
)


def load() -> Dataset:
    """Read every subject's file; parsed once, then mapped from disk.

    Raises:
        InputError: nothing is there, or a file is damaged; the message says where.
    """
    files = folder.needed_files(SOURCE.name, "*.csv", FILES, SOURCE.name)
    recordings, notes = [], []
    for path in files:
        parsed = mapped(path.stem, [path], READER_VERSION, partial(read_file, path))
        notes += [
            Message("{stem}: {remark}", stem=path.stem, remark=remark) for remark in parsed.remarks
        ]
        recordings.append(
            Recording(
                id=path.stem,
                group=path.stem,
                signal=parsed.signal,
                labels=parsed.labels,
                sampling_rate=SAMPLING_RATE,
                borders=parsed.borders,
            )
        )
    return Dataset(
        name=SOURCE.name,
        title=SOURCE.title,
        recordings=tuple(recordings),
        class_names=tuple(ACTIVITIES.values()),
        channel_names=CHANNELS,
        source=SOURCE.origin,
        citation=SOURCE.citation,
        licence=SOURCE.licence,
        description=DESCRIPTION,
        notes=tuple(notes),
        unit="subject",
    )


def read_file(path: Path) -> Parsed:
    """Read one subject's CSV file; further columns, such as an index, are left out.

    Raises:
        InputError: a column is missing, or a value is; the message names column and row.
    """
    table = _read(path)
    codes = _label_indices(table["label"], path)
    borders, backwards = _borders(table["timestamp"], path)
    remarks: list[Text] = []
    if borders:
        remarks.append(
            Message(
                "{borders} jumps in the time stamps, of which {backwards} backwards",
                borders=len(borders),
                backwards=backwards,
            )
        )
    return Parsed(
        signal=table[list(CHANNELS)].to_numpy(dtype=np.float32),
        labels=codes,
        borders=borders,
        remarks=tuple(remarks),
    )


def _read(path: Path) -> pd.DataFrame:
    wanted = ("timestamp", *CHANNELS, "label")
    numbers = dict.fromkeys((*CHANNELS, "label"), "float64")
    try:
        header = [str(name) for name in pd.read_csv(path, nrows=0).columns]
        absent = [name for name in wanted if name not in header]
        if absent:
            raise InputError(
                "{name}: column '{absent}' is missing; found {header}",
                name=path.name,
                absent=absent[0],
                header=", ".join(header[:12]),
            )
        try:
            table = pd.read_csv(path, usecols=list(wanted), dtype=numbers)
        except ValueError:
            table = pd.read_csv(path, usecols=list(wanted), dtype=str)
    except UnicodeDecodeError:
        raise InputError("{name} is not UTF-8 text; fetch it again", name=path.name) from None
    except (OSError, pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise InputError(
            "{name} cannot be read as CSV: {reason}", name=path.name, reason=reason
        ) from None
    if table.empty:
        raise InputError("{name} has no rows", name=path.name)
    for name in numbers:
        table[name] = _numbers(table[name], path)
    return table


def _numbers(values: pd.Series, path: Path) -> pd.Series:
    numbers = pd.to_numeric(values, errors="coerce").astype("float64")
    bad = np.flatnonzero(~np.isfinite(numbers.to_numpy()))
    if len(bad):
        found = values.iloc[bad[0]]
        what = Message("no value") if pd.isna(found) else f"'{found}'"
        raise InputError(
            "{name}: column '{name2}' has {what} in row {bad}, where a number is "
            "expected; the file may be cut off: fetch it again",
            name=path.name,
            name2=values.name,
            what=what,
            bad=bad[0] + 2,
        )
    return numbers


def _label_indices(values: pd.Series, path: Path) -> NDArray[np.int64]:
    known = np.array(list(ACTIVITIES))
    found = values.to_numpy()
    indices = np.searchsorted(known, found).clip(0, len(known) - 1)
    strange = np.flatnonzero(known[indices] != found)
    if len(strange):
        raise InputError(
            "{name}: label {found:g} in row {strange} is not an activity; the activities are {str}",
            name=path.name,
            found=found[strange[0]],
            strange=strange[0] + 2,
            str=", ".join(map(str, ACTIVITIES)),
        )
    return indices.astype(np.int64)


def _borders(stamps: pd.Series, path: Path) -> tuple[tuple[int, ...], int]:
    """Samples before which time jumps, and how many of the jumps lead back."""
    times = pd.to_datetime(stamps, format="ISO8601", errors="coerce")
    bad = np.flatnonzero(times.isna())
    if len(bad):
        raise InputError(
            "{name}: column 'timestamp' has '{iloc}' in row {bad}; a date and time "
            "such as 2019-01-12 10:00:00.020 is expected",
            name=path.name,
            iloc=stamps.iloc[bad[0]],
            bad=bad[0] + 2,
        )
    microseconds = times.to_numpy().astype("datetime64[us]").astype(np.int64)
    steps = np.diff(microseconds) / 1e6
    if len(steps) and not 0.9 < float(np.median(steps)) * SAMPLING_RATE < 1.1:
        raise InputError(
            "{name}: its time stamps are {steps:.3g} s apart; {sampling_rate:g} s is "
            "expected ({sampling_rate2:g} Hz)",
            name=path.name,
            steps=np.median(steps),
            sampling_rate=1 / SAMPLING_RATE,
            sampling_rate2=SAMPLING_RATE,
        )
    jumps = np.flatnonzero(np.abs(steps - 1 / SAMPLING_RATE) > GAP_SECONDS)
    return tuple((jumps + 1).tolist()), int((steps[jumps] < 0).sum())


def fetch(root: Path, subjects: int | None, tell: OnBytes) -> str:
    """Fetch the archive into `root / harth`; returns what was done in a few words.

    Raises:
        InputError: it cannot be fetched, or it cannot be had in part.
    """
    if subjects is not None:
        raise InputError("data set 'harth' comes as one archive; leave out --subjects")
    new = fetch_zip(URL, root / SOURCE.name, SOURCE.name, ".csv", tell)
    return "fetched and verified" if new else "already there and intact"


def _missing() -> Text | None:
    if folder.find_files(SOURCE.name, "*.csv", SOURCE.name):
        return None
    return folder.how_to_fetch(SOURCE.name, FILES)


def _stamp() -> Hashable:
    return folder.stamp_of(folder.find_files(SOURCE.name, "*.csv", SOURCE.name))


SOURCE = Source(
    name="harth",
    title=lazy_gettext("Daily activities (HARTH)"),
    description=DESCRIPTION,
    citation="Logacjov et al. 2021, HARTH: A Human Activity Recognition Dataset for Machine "
    "Learning, Sensors 21(23), 7853",
    licence="CC BY 4.0",
    size="22 subjects, 6.5 million samples (31 subjects in version 2.0)",
    origin="UCI Machine Learning Repository 779, https://archive.ics.uci.edu/dataset/779/harth",
    load=load,
    missing=_missing,
    stamp=_stamp,
    fetch=fetch,
)
