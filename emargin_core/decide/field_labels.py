"""Labels from the field: a table of recording, time and label, read, checked and matched.

Time is in seconds from the start of the recording. A label is matched to the held-out frame whose
middle is nearest, in a recording of that name, if it is at most one frame step away; of several
labels that fall on one frame the nearest counts.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from emargin_core.datasets.cells import numbers
from emargin_core.datasets.mapping import MISSING_WORDS
from emargin_core.datasets.tables import Block, Table, open_table, reading
from emargin_core.errors import InputError
from emargin_core.language import say
from emargin_core.plain_text import listed, shown
from emargin_core.result import Result

COLUMNS = ("recording", "time", "label")
MAX_ROWS = 1_000_000
MAX_FILE_BYTES = 20 * 1024**2

Ints = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class FieldLabels:
    """rows: recording (text), time (s), label (text), in the file's order; empty: rows without."""

    rows: pd.DataFrame
    empty: int


@dataclass(frozen=True, eq=False)
class Matched:
    """Field labels on the frames of a run.

    frames: (n,) numbers of held-out frames, rising; labels: (n,) codes of the field's labels;
    rows: labels in the file; off_time: those of a known recording but of no frame; elsewhere: those
    of recordings that were not held out; doubled: those on a frame that another is nearer to.
    """

    frames: Ints
    labels: Ints
    rows: int
    off_time: int
    elsewhere: int
    doubled: int
    unknown: tuple[str, ...]


def read_field_labels(path: Path, class_names: Sequence[str]) -> FieldLabels:
    """Read a CSV or Parquet file with the columns recording, time and label.

    Rows without a label are left out and counted; other columns are not read.

    Args:
        path: the file; class_names: what the classifier can say.

    Raises:
        InputError: what is wrong, in which column and row, and what would be right.
    """
    table = open_table(path)
    if path.stat().st_size > MAX_FILE_BYTES:
        raise InputError(
            say(
                "{file} is larger than {size} MB; labels from the field are one row a moment",
                file=shown(path.name), size=MAX_FILE_BYTES // 1024**2,
            )
        )  # fmt: skip
    columns = _columns(table)
    parts, empty, n_rows = [], 0, 0
    for block in table.blocks(list(columns.values())):
        with reading(path):
            rows = _rows(block, columns, table, class_names)
        n_rows += len(rows)
        if n_rows > MAX_ROWS:
            raise InputError(
                say("{file} has more than {n:,} rows; split it up",
                    file=shown(path.name), n=MAX_ROWS)
            )  # fmt: skip
        known = rows["label"] != ""
        empty += int((~known).sum())
        parts.append(rows[known])
    found = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=list(COLUMNS))
    if found.empty:
        raise InputError(
            say("{file} has no row with a label; one row a moment is wanted: recording, time, "
                "label", file=shown(path.name))
        )  # fmt: skip
    return FieldLabels(found, empty)


def match(field: FieldLabels, run: Result) -> Matched:
    """Find the held-out frame that each label speaks of.

    Raises:
        InputError: none of them speaks of any; the message says why.
    """
    names = field.rows["recording"].to_numpy()
    times = field.rows["time"].to_numpy(dtype=np.float64)
    codes = pd.Index(run.data["class_names"]).get_indexer(field.rows["label"])
    frame = np.full(len(names), -1, dtype=np.int64)
    away = np.full(len(names), np.inf)
    known = _recordings(run)
    for name in pd.unique(names):
        rows = np.flatnonzero(names == name)
        if name in known:
            frame[rows], away[rows] = _nearest(run.frames, known[name], times[rows])
    here = np.isin(names, list(known))
    unknown = tuple(dict.fromkeys(names[~here]))
    hit = np.flatnonzero(frame >= 0)
    if not len(hit):
        raise InputError(_nothing(run, unknown, bool(here.any())))
    order = hit[np.lexsort((hit, away[hit], frame[hit]))]
    first = np.concatenate([[True], np.diff(frame[order]) > 0])
    kept = order[first]
    return Matched(
        frames=frame[kept],
        labels=codes[kept].astype(np.int64),
        rows=len(names),
        off_time=int((here & (frame < 0)).sum()),
        elsewhere=int((~here).sum()),
        doubled=len(order) - len(kept),
        unknown=unknown,
    )


def _columns(table: Table) -> dict[str, str]:
    """What the file calls each of `COLUMNS`, whatever the case of its letters."""
    found = {name.casefold(): name for name in table.columns}
    absent = [name for name in COLUMNS if name not in found]
    if absent:
        raise InputError(
            say(
                "{file} has no column '{column}'; its columns are {columns}, and recording, time "
                "and label are wanted",
                file=shown(table.path.name), column=absent[0], columns=listed(table.columns),
            )
        )  # fmt: skip
    return {name: found[name] for name in COLUMNS}


def _rows(
    block: Block, columns: dict[str, str], table: Table, class_names: Sequence[str]
) -> pd.DataFrame:
    recording, label = (_text(block, columns[name]) for name in ("recording", "label"))
    cells = block.column(columns["time"])
    dated = pa.types.is_timestamp(cells.type) or pa.types.is_date(cells.type)
    time = np.full(len(cells), np.nan) if dated else numbers(cells, table.decimal)[0]
    given = label != ""
    wrong_time = np.flatnonzero(given & ~np.isfinite(time))
    if len(wrong_time):
        row = int(wrong_time[0])
        raise InputError(
            say(
                "{file}, row {row}: time is '{value}'; seconds from the start of the recording are "
                "wanted, such as 12.5",
                file=shown(table.path.name), row=f"{block.first_row + row:,}",
                value=shown(cells[row].as_py() if cells[row].as_py() is not None else ""),
            )
        )  # fmt: skip
    nameless = np.flatnonzero(given & (recording == ""))
    if len(nameless):
        raise InputError(
            say("{file}, row {row}: there is no recording; name the one that the label belongs to",
                file=shown(table.path.name), row=f"{block.first_row + int(nameless[0]):,}")
        )  # fmt: skip
    foreign = np.flatnonzero(given & ~np.isin(label, list(class_names)))
    if len(foreign):
        row = int(foreign[0])
        raise InputError(
            say(
                "{file}, row {row}: '{label}' is not a class of this data; known are {classes}. "
                "Rename it, or leave its label empty",
                file=shown(table.path.name), row=f"{block.first_row + row:,}",
                label=shown(label[row]), classes=listed(class_names, 12),
            )
        )  # fmt: skip
    return pd.DataFrame({"recording": recording, "time": time, "label": label})


def _text(block: Block, column: str) -> NDArray[np.object_]:
    cells = ["" if cell is None else str(cell).strip() for cell in block.column(column).to_pylist()]
    missing = MISSING_WORDS
    return np.array([*("" if cell in missing else cell for cell in cells), None], dtype=object)[:-1]


def _recordings(run: Result) -> dict[str, Ints]:
    """Name -> codes of the held-out recordings called so, or cut from the one called so."""
    found: dict[str, list[int]] = {}
    names = run.data["recordings"]
    for code, (part, source) in enumerate(
        zip(names, run.data.get("sources", names), strict=True)
    ):  # fmt: skip
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


def _nothing(run: Result, unknown: Sequence[str], any_known: bool) -> str:
    if any_known:
        return say(
            "no label is within a frame's step of a held-out frame; time is in seconds from the "
            "start of the recording"
        )
    return say(
        "no label is of a held-out recording: the file names {named}, and held out are {known}",
        named=listed(unknown), known=listed(dict.fromkeys(run.data.get("sources", ()))),
    )  # fmt: skip
