"""The default data: the published file and no other, joined in an order that never changes."""

import sys

import numpy as np
import pytest

from emargin_core.datasets.registry import load_dataset
from emargin_core.datasets.sources import watch
from emargin_core.text.errors import InputError


def test_ten_subjects_two_sides_seven_exercises():
    data = load_dataset("watch")
    assert len(data.recordings) == 20
    assert len({r.group for r in data.recordings}) == 10
    assert len(data.class_names) == 7
    assert len(data.channel_names) == 6
    assert round(data.seconds / 60) == 81
    for recording in data.recordings:
        assert recording.sampling_rate == 50.0
        assert set(recording.labels.tolist()) == set(range(7))
        assert (np.diff(recording.labels) != 0).sum() == 6


def test_order_differs_between_recordings_and_never_between_loads():
    orders = [tuple(dict.fromkeys(r.labels.tolist())) for r in load_dataset("watch").recordings]
    assert len(set(orders)) > 10
    assert watch.load().fingerprint == load_dataset("watch").fingerprint == "303aae7d72035f18"


def test_description_says_that_the_borders_are_artificial():
    assert "borders between exercises are artificial" in str(load_dataset("watch").description)


def test_seglearn_is_not_imported():
    watch.load()
    assert "seglearn" not in sys.modules


def test_file_that_differs_is_never_unpickled(tmp_path, monkeypatch):
    path = tmp_path / "watch_dataset.npy"
    path.write_bytes(watch.data_file().read_bytes()[:-1] + b"x")
    monkeypatch.setattr(np, "load", lambda *_, **__: pytest.fail("it was opened"))
    with pytest.raises(InputError, match="SHA-256"):
        watch.load(path)


def test_missing_package_is_a_sentence(monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(InputError, match="needs the package seglearn"):
        watch.data_file()
