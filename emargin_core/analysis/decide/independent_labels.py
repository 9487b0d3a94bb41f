"""Independent labels of the held-out data: read a table of recording, time and label, match it.

They were given by somebody else than the labels of the data, to the same recordings; they say
nothing of other recordings. Time is in seconds from the start of the recording. A label is matched
to the held-out frame whose middle is nearest, in a recording of that name, if it is at most one
frame step away; of several labels that fall on one frame the nearest counts.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from emargin_core.datasets.tables.read.table import Table, open_table
from emargin_core.store.result import Result
from emargin_core.text.errors import InputError
from emargin_core.text.language import gettext as _
from emargin_core.text.plain_text import listed, shown

COLUMNS = ("recording", "time", "label")
MAX_ROWS = 1_000_000
MAX_FILE_BYTES = 20 * 1024**2

Ints = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class IndependentLabels:
    """rows: recording (text), time (s), label (text), in the file's order; empty: rows without."""

    rows: pd.DataFrame
    empty: int


@dataclass(frozen=True, eq=False)
class MatchedFrames:
    """Labels on the frames of one fold.

    frames: (n,) numbers of held-out frames, rising; labels: (n,) codes of the independent labels.
    """

    frames: Ints
    labels: Ints


@dataclass(frozen=True, eq=False)
class Matched:
    """Independent labels on the held-out frames of each fold.

    by_fold: the folds with a matched label; rows: labels in the file; off_time: those of a known
    recording but of no frame; elsewhere: those of recordings that were not held out; doubled: those
    on a frame that another is nearer to; unknown: names of recordings that were not held out.
    """

    by_fold: dict[int, MatchedFrames]
    rows: int
    off_time: int
    elsewhere: int
    doubled: int
    unknown: tuple[str, ...]

    @property
    def count(self) -> int:
        """Number of matched labels."""
        return sum(len(found.frames) for found in self.by_fold.values())


def read_independent_labels(path: Path, class_names: Sequence[str]) -> IndependentLabels:
    """Read a CSV or Parquet file with the columns recording, time and label.

    Rows without a label are left out and counted; other columns are not read.

    Args:
        path: the file; class_names: what the classifier can say.

    Raises:
        InputError: what is wrong, in which column and row, and what would be right.
    """
    with open_table(path) as table:
        if path.stat().st_size > MAX_FILE_BYTES:
            raise InputError(
                "{file} is larger than {size} MB; it needs one row per moment",
                file=shown(path.name),
                size=MAX_FILE_BYTES // 1024**2,
            )
        if table.n_rows > MAX_ROWS:
            raise InputError(
                "{file} has more than {n:,} rows; split it up", file=shown(path.name), n=MAX_ROWS
            )
        rows = _rows(table, class_names)
    known = rows["label"] != ""
    found = rows[known].reset_index(drop=True)
    if found.empty:
        raise InputError(
            "{file} has no row with a label; it needs one row per moment: recording, time, label",
            file=shown(path.name),
        )
    return IndependentLabels(found, int((~known).sum()))


def match(given: IndependentLabels, runs: Sequence[Result]) -> Matched:
    """Match each label to the nearest held-out frame of its recording.

    Args:
        given: the labels; runs: of one side, those of a fold with the same held-out frames.

    Raises:
        InputError: none of them speaks of any; the message says why.
    """
    names = given.rows["recording"].to_numpy()
    one_a_fold = {run.fold: run for run in runs}
    known = {fold: _recordings(run) for fold, run in one_a_fold.items()}
    here = np.isin(names, [name for found in known.values() for name in found])
    unknown = tuple(dict.fromkeys(names[~here]))
    by_fold, hit, doubled = {}, np.zeros(len(names), dtype=bool), 0
    for fold, run in one_a_fold.items():
        rows, found = _on_frames(given, run, known[fold])
        hit[rows] = True
        doubled += len(rows) - len(found.frames)
        if len(found.frames):
            by_fold[fold] = found
    if not by_fold:
        raise InputError(_nothing(list(one_a_fold.values()), unknown, bool(here.any())))
    return Matched(
        by_fold=by_fold,
        rows=len(names),
        off_time=int((here & ~hit).sum()),
        elsewhere=int((~here).sum()),
        doubled=doubled,
        unknown=unknown,
    )


def _on_frames(
    given: IndependentLabels, run: Result, known: dict[str, Ints]
) -> tuple[Ints, MatchedFrames]:
    """Rows that fall on a frame of this run, and of those on one frame the nearest."""
    names = given.rows["recording"].to_numpy()
    times = given.rows["time"].to_numpy(dtype=np.float64)
    codes = pd.Index(run.data["class_names"]).get_indexer(given.rows["label"])
    frame = np.full(len(names), -1, dtype=np.int64)
    away = np.full(len(names), np.inf)
    for name in pd.unique(names):
        rows = np.flatnonzero(names == name)
        if name in known:
            frame[rows], away[rows] = _nearest(run.frames, known[name], times[rows])
    hit = np.flatnonzero(frame >= 0)
    order = hit[np.lexsort((hit, away[hit], frame[hit]))]
    kept = order[np.diff(frame[order], prepend=-1) > 0]
    return hit, MatchedFrames(frame[kept], codes[kept].astype(np.int64))


def _columns(table: Table) -> dict[str, str]:
    """What the file calls each of `COLUMNS`, whatever the case of its letters."""
    found = {name.casefold(): name for name in table.columns}
    absent = [name for name in COLUMNS if name not in found]
    if absent:
        raise InputError(
            "{file} has no column '{column}'; its columns are {columns}, but "
            "recording, time and label are needed",
            file=shown(table.path.name),
            column=absent[0],
            columns=listed(table.columns),
        )
    return {name: found[name] for name in COLUMNS}


def _rows(table: Table, class_names: Sequence[str]) -> pd.DataFrame:
    columns = _columns(table)
    names = {part: table.name(columns[part]) for part in ("recording", "label")}
    cells = table.rows(
        f"SELECT coalesce({names['recording']}, ''), {table.number(columns['time'])}, "
        f"coalesce({names['label']}, ''), coalesce({table.text(columns['time'])}, '') "
        "FROM t ORDER BY r"
    )
    recording, time, label, written = (
        np.array([row[place] for row in cells], dtype=object) for place in range(4)
    )
    time = np.array(time, dtype=np.float64)
    given = label != ""
    wrong_time = np.flatnonzero(given & ~np.isfinite(time))
    if len(wrong_time):
        row = int(wrong_time[0])
        raise InputError(
            "{file}, row {row}: time is '{value}'; use seconds from the start of the "
            "recording, such as 12.5",
            file=shown(table.path.name),
            row=f"{table.line(row):,}",
            value=shown(written[row]),
        )
    nameless = np.flatnonzero(given & (recording == ""))
    if len(nameless):
        raise InputError(
            "{file}, row {row}: the recording is empty; name the recording that the "
            "label belongs to",
            file=shown(table.path.name),
            row=f"{table.line(int(nameless[0])):,}",
        )
    foreign = np.flatnonzero(given & ~np.isin(label, list(class_names)))
    if len(foreign):
        row = int(foreign[0])
        raise InputError(
            "{file}, row {row}: '{label}' is not a class of this data; its classes "
            "are {classes}. Rename the label or leave it empty",
            file=shown(table.path.name),
            row=f"{table.line(row):,}",
            label=shown(label[row]),
            classes=listed(class_names, 12),
        )
    return pd.DataFrame({"recording": recording, "time": time, "label": label})


def _recordings(run: Result) -> dict[str, Ints]:
    """Name -> codes of the held-out recordings called so, or cut from the one called so."""
    found: dict[str, list[int]] = {}
    names = run.data["recordings"]
    for code, (part, source) in enumerate(zip(names, run.data.get("sources", names), strict=True)):
        for name in dict.fromkeys((part, source)):
            found.setdefault(name, []).append(code)
    return {name: np.array(codes, dtype=np.int64) for name, codes in found.items()}


def _nearest(
    frames: pd.DataFrame, codes: Ints, times: NDArray[np.float64]
) -> tuple[Ints, NDArray[np.float64]]:
    """Nearest frame of these recordings to each time, -1 where it is over a step away."""
    members = np.flatnonzero(np.isin(frames["recording"].to_numpy(), codes))
    if not len(members):
        return np.full(len(times), -1, dtype=np.int64), np.full(len(times), np.inf)
    members = members[np.argsort(frames["time"].to_numpy()[members], kind="stable")]
    middles = frames["time"].to_numpy()[members]
    step = float(np.median(np.diff(middles))) if len(middles) > 1 else float(middles[0])
    after = np.clip(np.searchsorted(middles, times), 0, len(middles) - 1)
    before = np.maximum(after - 1, 0)
    nearer = np.where(
        np.abs(middles[before] - times) <= np.abs(middles[after] - times), before, after
    )
    away = np.abs(middles[nearer] - times)
    return np.where(away <= step * (1 + 1e-9), members[nearer], -1), away


def _nothing(runs: Sequence[Result], unknown: Sequence[str], any_known: bool) -> str:
    if any_known:
        return _(
            "no label is within one frame step of a held-out frame; time is in "
            "seconds from the start of the recording"
        )
    sources = (name for run in runs for name in run.data.get("sources", run.data["recordings"]))
    return _(
        "no label belongs to a held-out recording: the file names {named}, the "
        "held-out recordings are {known}",
        named=listed(unknown),
        known=listed(dict.fromkeys(sources)),
    )
