"""The summary of a data set: seconds of each class, and why it cannot be split where it cannot."""

import numpy as np
import pytest

from emargin_core.datasets.base import UNLABELLED, Dataset, Recording
from emargin_core.datasets.registry import load_dataset
from emargin_core.datasets.summary import summarise


def dataset(*recordings):
    return Dataset("d", "d", recordings, ("a", "b"), ("x",), "", "", "")


def recording(labels, rate=10.0, name="r", borders=()):
    labels = np.array(labels, dtype=np.int64)
    signal = np.zeros((len(labels), 1), dtype=np.float32)
    return Recording(name, name, signal, labels, rate, borders)


def test_counts_seconds_of_each_class_and_of_none():
    found = summarise(
        dataset(
            recording([0] * 100 + [1] * 50 + [UNLABELLED] * 30, borders=(90,)),
            recording([1] * 200, name="s"),
        )
    )
    assert found.class_seconds == (10.0, 25.0)
    assert found.unlabelled_seconds == 3.0
    assert (found.n_recordings, found.n_groups, found.n_borders) == (2, 2, 1)
    assert found.seconds == pytest.approx(38.0)


def test_says_why_data_cannot_be_split():
    found = summarise(dataset(recording([0] * 100), recording([1] * 100, 20.0, "s")))
    assert found.frames is None
    assert "different sampling rates" in str(found.split)


def test_watch_has_the_frames_that_training_gets():
    assert summarise(load_dataset("watch")).frames == (7943, 1790)
