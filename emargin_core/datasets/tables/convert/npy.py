"""An .npy file that grows."""

from pathlib import Path
from typing import Any

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
