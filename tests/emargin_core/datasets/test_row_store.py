"""Rows in a file are the rows in memory."""

import numpy as np
import pytest

from emargin_core.datasets.row_store import FileRows, MemoryRows


@pytest.mark.parametrize(("shape", "dtype"), [((1000, 3), np.float32), ((1000,), np.int64)])
def test_file_and_memory_keep_the_same_rows(tmp_path, shape, dtype):
    rng = np.random.default_rng(0)
    stores = FileRows(tmp_path / "a.npy", shape, dtype), MemoryRows(shape, dtype)
    for begin, end in ((600, 1000), (0, 600), (10, 10)):
        rows = (100 * rng.normal(size=(end - begin, *shape[1:]))).astype(dtype)
        for store in stores:
            store.write(begin, rows)
    file, memory = stores
    np.testing.assert_array_equal(file.read(590, 610), memory.read(590, 610))
    for store in stores:
        store.finish(9)
    found = np.load(tmp_path / "a.npy", mmap_mode="r")
    assert found.shape == (9, *shape[1:])
    np.testing.assert_array_equal(found, memory.array)
