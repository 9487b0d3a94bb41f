"""Rows of numbers that are written in pieces: in memory, or in a file that is never held whole."""

from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from emargin_core.language import told


class RowStore(Protocol):
    """A fixed number of rows, all of one type and width; `finish` keeps the first n."""

    def write(self, begin: int, rows: NDArray[Any]) -> None:
        """Put rows at a place."""

    def read(self, begin: int, end: int) -> NDArray[Any]:
        """Return a copy of some rows."""

    def finish(self, n_rows: int) -> None:
        """Keep the first rows and end writing."""

    def close(self) -> None:
        """End writing; a second time does nothing."""


class MemoryRows:
    """Rows in memory; `array` has them."""

    def __init__(self, shape: tuple[int, ...], dtype: Any) -> None:
        self.array: NDArray[Any] = np.empty(shape, dtype=dtype)

    def write(self, begin: int, rows: NDArray[Any]) -> None:
        """Put rows at a place."""
        self.array[begin : begin + len(rows)] = rows

    def read(self, begin: int, end: int) -> NDArray[Any]:
        """Return a copy of some rows."""
        return self.array[begin:end].copy()

    def close(self) -> None:
        """Nothing is open."""

    def finish(self, n_rows: int) -> None:
        """Keep the first rows and end writing."""
        self.array = self.array[:n_rows]


class FileRows:
    """Rows in an .npy file, written and read through a window."""

    def __init__(self, path: Path, shape: tuple[int, ...], dtype: Any) -> None:
        self._shape, self._dtype = shape, np.dtype(dtype)
        self._row_bytes = int(np.prod(shape[1:], dtype=np.int64)) * self._dtype.itemsize
        self._file = path.open("w+b", buffering=0)
        self._write_header(shape[0])
        self._begin = self._file.tell()
        self._file.truncate(self._begin + shape[0] * self._row_bytes)

    def write(self, begin: int, rows: NDArray[Any]) -> None:
        """Put rows at a place."""
        if not len(rows):
            return
        self._file.seek(self._begin + begin * self._row_bytes)
        left = np.ascontiguousarray(rows, dtype=self._dtype).reshape(-1).view(np.uint8).data
        while left:
            left = left[self._file.write(left) :]

    def read(self, begin: int, end: int) -> NDArray[Any]:
        """Return a copy of some rows."""
        self._file.seek(self._begin + begin * self._row_bytes)
        found = np.empty((end - begin, *self._shape[1:]), dtype=self._dtype)
        if not len(found):
            return found
        left = found.reshape(-1).view(np.uint8).data
        while left:
            count = self._file.readinto(left)
            if not count:
                raise OSError(told(f"{self._file.name} ended too early"))
            left = left[count:]
        return found

    def finish(self, n_rows: int) -> None:
        """Keep the first rows and end writing."""
        self._file.truncate(self._begin + n_rows * self._row_bytes)
        self._file.seek(0)
        self._write_header(n_rows)
        if self._file.tell() != self._begin:
            raise OSError(told(f"{self._file.name}: its header changed its length"))
        self.close()

    def close(self) -> None:
        """End writing; a second time does nothing."""
        self._file.close()

    def _write_header(self, n_rows: int) -> None:
        """NumPy pads the header, so that another number of rows takes the same place."""
        header = {
            "descr": self._dtype.str,
            "fortran_order": False,
            "shape": (n_rows, *self._shape[1:]),
        }
        np.lib.format.write_array_header_1_0(self._file, header)  # type: ignore[no-untyped-call]
