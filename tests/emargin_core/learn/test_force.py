"""The curves that the page draws are what autograd finds in the losses themselves."""

import numpy as np
import pytest
import torch

from emargin_core.learn.force import pair_curve, share_of_anchors_marked
from emargin_core.losses import build_loss
from emargin_core.losses.released import released_indicator
from emargin_core.losses.transitions import neighbour_cosines
from emargin_core.text.errors import InputError

N, MOVED = 6, 4
"""Frames of a batch, and the one that is moved: a negative of the anchors 0, 1 and 2."""


def batch(similarity):
    """Six unit frames in eight dimensions; frames 0 and MOVED have exactly this similarity."""
    rng = np.random.default_rng(3)
    frames = np.linalg.qr(rng.normal(size=(8, 8)))[0][:N] + 0.15 * rng.normal(size=(N, 8))
    frames /= np.linalg.norm(frames, axis=1, keepdims=True)
    rest = frames[MOVED] - (frames[MOVED] @ frames[0]) * frames[0]
    rest /= np.linalg.norm(rest)
    frames[MOVED] = similarity * frames[0] + np.sqrt(1.0 - similarity**2) * rest
    return frames


def sideways(frames):
    """A direction that changes the similarity of frames 0 and MOVED, and no other one."""
    others = np.delete(frames, 0, axis=0)
    direction = frames[0] - np.linalg.lstsq(others.T, frames[0], rcond=None)[0] @ others
    return direction / np.linalg.norm(direction)


def slope_of_the_loss(loss, frames, inputs):
    """dL/dS of frames 0 and MOVED, by autograd through the loss as it is trained."""
    points = torch.tensor(frames, requires_grad=True)
    gradient = torch.autograd.grad(loss(points, inputs), points)[0][MOVED].numpy()
    direction = sideways(frames)
    return float(gradient @ direction / (direction @ frames[0]))


def inputs_of(marked):
    """Frames of a signal whose indicator marks all or none at a threshold of 0.4."""
    signs = np.array([(-1.0) ** i for i in range(N)]) if marked else np.ones(N)
    return torch.tensor(np.outer(signs, [1.0, 2.0, 3.0]))


def shares(frames, curve_energy, anchor):
    """Softmax over the negatives of an anchor, of energies at their similarities."""
    cosines = frames @ frames[anchor]
    negatives = [i for i in range(N) if abs(i - anchor) > 1]
    energies = {i: curve_energy(cosines[i]) for i in negatives}
    total = np.log(np.sum(np.exp(list(energies.values()))))
    return {i: np.exp(energy - total) for i, energy in energies.items()}, total


@pytest.mark.parametrize("similarity", [-0.9, -0.3, 0.05, 0.4, 0.8])
@pytest.mark.parametrize(("scale", "temperature"), [(5.0, 0.5), (0.3, 0.2), (0.0, 1.0)])
@pytest.mark.parametrize("marked", [True, False])
def test_push_of_emargin_is_the_gradient_of_the_loss(similarity, scale, temperature, marked):
    frames, inputs = batch(similarity), inputs_of(marked)
    loss = build_loss("emargin", threshold=0.4, scale=scale, temperature=temperature, double=True)

    def curve(at):
        return pair_curve(
            "emargin",
            marked=marked,
            scale=scale,
            temperature=temperature,
            similarities=np.array([at]),
        )

    expected = 0.0
    for anchor, other in ((0, MOVED), (MOVED, 0)):
        weights, total = shares(frames, lambda s: curve(s).energy[0], anchor)
        cosines = frames @ frames[anchor]
        pairs = [p for p in (anchor - 1, anchor + 1) if 0 <= p < N]
        pull = np.log(np.sum(np.exp(cosines[pairs] / temperature)))
        chance = 1.0 / (1.0 + np.exp(pull - total))  # slope of the softplus
        expected += chance * weights[other] * curve(similarity).push[0] / N
    assert slope_of_the_loss(loss, frames, inputs) == pytest.approx(expected, rel=1e-6, abs=1e-12)


@pytest.mark.parametrize("similarity", [-0.9, -0.3, 0.05, 0.4, 0.8])
@pytest.mark.parametrize("temperature", [0.2, 0.5, 2.0])
def test_push_of_infonce_is_the_gradient_of_the_loss(similarity, temperature):
    frames = batch(similarity)
    loss = build_loss("infonce", threshold=0.4, scale=5.0, temperature=temperature, double=False)
    curve = pair_curve(
        "infonce",
        marked=True,
        scale=5.0,
        temperature=temperature,
        similarities=np.array([similarity]),
    )
    energies = frames @ frames.T / temperature
    weight = 0.0
    for anchor, other in ((0, MOVED), (MOVED, 0)):  # single form: all but itself and its successor
        others = [i for i in range(N) if i not in (anchor, anchor + 1)]
        weight += np.exp(energies[other, anchor]) / np.exp(energies[others, anchor]).sum()
    expected = weight / (N - 1) * curve.push[0]
    assert curve.energy[0] == pytest.approx(similarity / temperature)
    assert slope_of_the_loss(loss, frames, None) == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("similarity", [-0.9, -0.3, 0.05, 0.4, 0.8])
@pytest.mark.parametrize(("scale", "threshold"), [(5.0, 0.4), (0.3, 0.4), (5.0, -0.5)])
def test_push_of_the_released_margin_is_the_gradient_of_its_loss(similarity, scale, threshold):
    frames, inputs = batch(similarity), inputs_of(False)
    marked = bool(released_indicator(inputs, threshold)[0])
    assert marked == (threshold >= 0)
    loss = build_loss(
        "emargin-released", threshold=threshold, scale=scale, temperature=0.5, double=True
    )

    def curve(at):
        return pair_curve(
            "emargin-released",
            marked=marked,
            scale=scale,
            temperature=0.5,
            similarities=np.atleast_1d(at),
        )

    cosines = frames @ frames.T
    columns = np.array([np.exp(curve(np.delete(cosines[:, j], j)).energy).sum() for j in range(N)])
    pairs = np.exp(np.diagonal(cosines, -1) / 0.5)
    beneath = columns[:-2] - pairs[:-1] + columns[1:-1]  # its denominator and numerator together
    held = curve(similarity)
    weight = np.exp(held.energy[0]) * (1.0 / beneath[0] + 1.0 / beneath[MOVED - 1]) / (N - 2)
    slope = slope_of_the_loss(loss, frames, inputs)
    assert slope == pytest.approx(weight * held.push[0], rel=1e-6, abs=1e-12)


def test_infonce_pushes_apart_everywhere_and_the_margin_nowhere_among_alike_frames():
    settings = {"scale": 5.0, "temperature": 0.5}
    assert (pair_curve("infonce", marked=True, **settings).push > 0).all()
    assert (pair_curve("emargin", marked=True, **settings).push < 0).all()
    alone = pair_curve("emargin", marked=False, **settings)
    assert (alone.push[alone.similarities > 0] < 0).all()
    assert (alone.push[alone.similarities < 0] > 0).all()


def test_beyond_a_small_margin_a_marked_anchor_feels_nothing():
    curve = pair_curve("emargin", marked=True, scale=0.5, temperature=0.5)
    assert (curve.push[curve.similarities >= 0.5] == 0).all()
    assert (curve.push[curve.similarities < 0.5] < 0).all()


def test_push_is_the_slope_of_the_energy():
    for method, marked in (("infonce", True), ("emargin", True), ("emargin", False)):
        curve = pair_curve(method, marked=marked, scale=0.9, temperature=0.3)
        slopes = np.gradient(curve.energy, curve.similarities)
        inner = np.abs(curve.similarities - 0.9) > 0.06  # away from the bend and the ends
        inner[[0, -1]] = False
        assert np.allclose(slopes[inner], curve.push[inner], atol=1e-9)


def test_the_released_threshold_of_zero_and_above_marks_every_anchor():
    rng = np.random.default_rng(0)
    inputs = torch.tensor(rng.normal(size=(200, 3)))
    cosines = neighbour_cosines(inputs).numpy()
    for threshold in (-0.5, 0.0, 0.4, 1.0):
        share = share_of_anchors_marked("emargin-released", cosines, threshold)
        exact = float(released_indicator(inputs, threshold).mean())
        assert share == pytest.approx(exact, abs=1 / 200)  # it compares the last with the first
    assert share_of_anchors_marked("emargin", cosines, 0.4) == (cosines <= 0.4).mean() < 1
    assert share_of_anchors_marked("infonce", cosines, 0.4) is None


def test_another_method_is_refused():
    with pytest.raises(InputError, match="triplet"):
        pair_curve("triplet", marked=True, scale=1.0, temperature=0.5)
