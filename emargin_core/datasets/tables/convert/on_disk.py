"""Arrays on disk while a table is written: .npy files that grow, and rows that are put aside."""

from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray


class Npy:
    """A context manager; shape: of one row; n: rows that are written."""

    def __init__(self, path: Path, shape: tuple[int, ...], dtype: Any) -> None:
        self.path, self.shape, self.dtype, self.n = path, shape, np.dtype(dtype), 0

    def __enter__(self) -> "Npy":
        self._file = self.path.open("w+b")
        self._header()
        return self

    def __exit__(self, *_: object) -> None:
        self._file.seek(0)
        self._header()
        self._file.close()

    def write(self, rows: NDArray[Any]) -> None:
        """Append rows."""
        if len(rows):
            self._file.write(np.ascontiguousarray(rows, dtype=self.dtype).data)
            self.n += len(rows)

    def _header(self) -> None:
        """NumPy leaves room in the header for the number of rows to grow."""
        header = {"descr": self.dtype.str, "fortran_order": False, "shape": (self.n, *self.shape)}
        np.lib.format.write_array_header_1_0(self._file, header)  # type: ignore[no-untyped-call]


Floats = NDArray[np.float64]
Signal = NDArray[np.float32]
Ints = NDArray[np.int64]

BLOCK_VALUES = 8_000_000


class Aside:
    """The rows of one recording: where they lie in the file that all recordings share.

    key: names of group and recording; width: columns of the signal; last: what counts until the
    next value of a column that is held, (width,).
    """

    def __init__(self, key: tuple[str, str], width: int, file: IO[bytes]) -> None:
        self.key, self.width, self.n = key, width, 0
        self.last = np.full(width, np.nan, dtype=np.float32)
        self._file = file
        self._chunks: list[tuple[int, int, Any]] = []

    def add(self, seconds: Floats, labels: Ints, signal: Signal, rows: Ints) -> None:
        """Put some more rows aside: times, labels, signal (n, width), and their numbers."""
        place, n = self._file.seek(0, 2), len(labels)
        even = n and int(rows[-1]) - int(rows[0]) == n - 1
        self._chunks.append((place, n, int(rows[0]) if even else rows.copy()))
        self._file.write(np.ascontiguousarray(seconds, dtype=np.float64).data)
        self._file.write(np.ascontiguousarray(labels, dtype=np.int64).data)
        self._file.write(np.ascontiguousarray(signal, dtype=np.float32).data)
        self.n += n

    def times(self) -> Floats:
        """Return the times, (n,)."""
        return self._values(0, np.dtype(np.float64))

    def labels(self) -> Ints:
        """Return the labels, (n,)."""
        return self._values(8, np.dtype(np.int64))

    def signal(self, begin: int, end: int) -> Iterator[Signal]:
        """Yield the signal from row `begin` to `end` in blocks, (n, width)."""
        before = 0
        for place, n, _ in self._chunks:
            first, last = max(begin, before), min(end, before + n)
            step = max(1, BLOCK_VALUES // max(1, self.width))
            for at in range(first, last, step):
                rows = min(last, at + step) - at
                self._file.seek(place + 16 * n + 4 * self.width * (at - before))
                content = self._file.read(4 * self.width * rows)
                yield np.frombuffer(content, dtype=np.float32).reshape(rows, self.width).copy()
            before += n

    def row(self, at: int) -> int:
        """Return the number in the table of the row at a place."""
        for _, n, rows in self._chunks:
            if at < n:
                return int(rows + at if isinstance(rows, int) else rows[at])
            at -= n
        raise IndexError(at)

    def _values(self, offset: int, dtype: np.dtype[Any]) -> NDArray[Any]:
        found, before = np.empty(self.n, dtype=dtype), 0
        for place, n, _ in self._chunks:
            self._file.seek(place + offset * n)
            found[before : before + n] = np.frombuffer(self._file.read(8 * n), dtype=dtype)
            before += n
        return found
