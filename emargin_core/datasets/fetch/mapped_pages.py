"""Pages of a mapped file that were read once need not stay in memory."""

import mmap
from typing import Any

from numpy.typing import NDArray


def release_pages(array: NDArray[Any]) -> None:
    """Give the pages of a mapped array back; they are read again when they are needed.

    Does nothing for an array that is not mapped for reading only, or where the system cannot.
    """
    found = getattr(array, "_mmap", None)
    if not isinstance(found, mmap.mmap) or getattr(array, "mode", None) != "r":
        return
    if hasattr(mmap, "MADV_DONTNEED"):
        found.madvise(mmap.MADV_DONTNEED)
