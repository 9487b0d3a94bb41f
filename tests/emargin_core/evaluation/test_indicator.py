"""The margin's indicator on a data set agrees with what the loss does."""

import numpy as np
import pytest
import torch

from emargin_core.datasets.registry import load_dataset
from emargin_core.datasets.splits import make_split
from emargin_core.evaluation.indicator import adjacent_cosines, neighbour_cosines, share_marked
from emargin_core.losses import transitions
from emargin_core.losses.transitions import transition_flags


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


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("n_frames", [0, 1, 2, 60])
def test_cosines_are_those_of_the_losses(n_frames, dtype):
    rng = np.random.default_rng(n_frames)
    inputs = rng.normal(size=(n_frames, 5)).astype(dtype)
    inputs[3:6] = 0.0
    inputs[20:23] = [1, 2, 3, 4, 5]
    segment = np.sort(rng.integers(12, size=n_frames))  # some hold a single frame
    rows = torch.from_numpy(inputs)
    for parts in (None, segment):
        theirs = transitions.neighbour_cosines(
            rows, None if parts is None else torch.from_numpy(parts)
        )
        found = neighbour_cosines(inputs, parts)
        assert found.dtype == np.float64
        np.testing.assert_allclose(found, theirs.numpy(), rtol=0, atol=4 * np.finfo(dtype).eps)


def test_no_frames_have_no_share():
    assert share_marked(np.array([]), 0.4) is None
