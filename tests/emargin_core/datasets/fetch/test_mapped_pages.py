"""Released pages come back with the same content, and changes are never thrown away."""

import numpy as np
import pytest

from emargin_core.datasets.fetch.mapped_pages import release_pages


@pytest.mark.parametrize("mode", ["r", "c", "r+", None])
def test_content_stays(tmp_path, mode):
    values = np.arange(100_000.0)
    np.save(tmp_path / "a.npy", values)
    array = np.load(tmp_path / "a.npy", mmap_mode=mode)
    if mode != "r":
        array[5] = values[5] = -1.0
    release_pages(array[10:])
    release_pages(array)
    np.testing.assert_array_equal(array, values)
