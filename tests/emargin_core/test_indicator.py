"""The margin's indicator on a data set agrees with what the loss does."""

import numpy as np
import pytest
import torch

from emargin_core.datasets import load_dataset
from emargin_core.indicator import adjacent_cosines, share_marked
from emargin_core.losses.transitions import transition_flags
from emargin_core.splits import make_split


@pytest.mark.parametrize("threshold", [-0.2, 0.4, 0.9])
def test_share_is_that_of_the_frames_the_loss_marks(threshold):
    dataset = load_dataset("factory:machines=3,minutes=2")
    frames = make_split(dataset).train
    flags = transition_flags(
        torch.from_numpy(frames.inputs), threshold, torch.from_numpy(frames.segment)
    )
    cosines = adjacent_cosines(dataset)
    assert len(cosines) == len(frames)
    assert share_marked(cosines, threshold) == pytest.approx(float(flags.double().mean()))


def test_cosines_are_those_of_neighbours_and_do_not_cross_recordings():
    dataset = load_dataset("factory:machines=3,minutes=2")
    frames = make_split(dataset).train
    x = frames.inputs.astype(np.float64)
    x /= np.linalg.norm(x, axis=1, keepdims=True)
    products = (x[:-1] * x[1:]).sum(axis=1)
    inside = frames.recording[:-1] == frames.recording[1:]
    found = adjacent_cosines(dataset)
    np.testing.assert_allclose(found[:-1][inside], products[inside], atol=1e-5)
    last = np.flatnonzero(~inside)[0]
    assert found[last] == pytest.approx(products[last - 1], abs=1e-5)


def test_no_frames_have_no_share():
    assert share_marked(np.array([]), 0.4) is None
