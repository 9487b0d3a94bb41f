"""Arrays kept beside their files: parsed once, shared between processes, renewed with the file."""

import numpy as np
import pytest

from emargin_core.datasets.fetch.mapped import Parsed, mapped
from emargin_core.datasets.sources.interpolate import interpolated
from emargin_core.text.errors import InputError

PARSED = Parsed(
    np.arange(6, dtype=np.float32).reshape(3, 2), np.array([0, 1, 1]), (2,), ("a remark",)
)


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "raw.dat"
    path.write_bytes(b"raw")
    return path


def never():
    raise AssertionError("parsed again")


def test_what_was_parsed_comes_back_mapped_and_is_parsed_once(file):
    mapped("one", [file], 1, lambda: PARSED)
    back = mapped("one", [file], 1, never)
    assert isinstance(back.signal, np.memmap)
    np.testing.assert_array_equal(back.signal, PARSED.signal)
    np.testing.assert_array_equal(back.labels, PARSED.labels)
    assert (back.borders, back.remarks) == ((2,), ("a remark",))


def test_a_new_reader_version_parses_again(file):
    mapped("one", [file], 1, lambda: PARSED)
    with pytest.raises(AssertionError, match="parsed again"):
        mapped("one", [file], 2, never)


def test_two_processes_at_once_leave_one_copy(file):
    def slower():
        mapped("one", [file], 1, lambda: PARSED)  # meanwhile, another process is done
        return PARSED

    assert len(mapped("one", [file], 1, slower).labels) == 3
    (place,) = (file.parent / "mapped").iterdir()
    assert place.name.startswith("one-")


def test_a_place_that_cannot_be_written_is_named(file):
    (file.parent / "mapped").write_text("in the way")
    with pytest.raises(InputError, match="mapped cannot be written"):
        mapped("one", [file], 1, lambda: PARSED)


def test_gaps_are_bridged_by_straight_lines_and_ends_by_the_nearest():
    nan = np.nan
    signal = np.array([[nan, 1], [2, 1], [nan, 1], [4, nan]], dtype=np.float32)
    filled, missing = interpolated(signal)
    assert filled.tolist() == [[2, 1], [2, 1], [3, 1], [4, 1]]
    assert missing.tolist() == np.isnan(signal).tolist()
    with pytest.raises(ValueError, match="channel 2 has no value"):
        interpolated(np.array([[1, nan], [2, nan]], dtype=np.float32))
