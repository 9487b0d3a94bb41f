"""Every loss equals its formula, written a second time with loops."""

import pytest
import torch

import tests.emargin_core.losses.loss_oracles as oracle
from emargin_core.losses import build_loss, uniformity_loss, variance_covariance_loss
from emargin_core.losses.info_nce import info_nce_loss
from emargin_core.losses.transitions import transition_flags
from emargin_core.losses.triplet import other_frames

BATCHES = {
    "one segment": [0] * 14,
    "three segments": [3] * 5 + [1] * 4 + [2] * 5,
    "a frame alone": [0] * 6 + [1] + [2] * 7,
    "pairs": [0, 0, 1, 1, 2, 2, 3, 3],
    "an id that returns": [0, 0, 0, 1, 1, 1, 0, 0, 0],
}
LABELS = [0, 0, 1, 1, 2, -1, 0, 2, 3, 1, 1, -1, 0, 2]


def batch(segments, seed=0):
    generator = torch.Generator().manual_seed(seed)
    n = len(segments)
    embeddings = torch.randn(n, 6, generator=generator, dtype=torch.float64).relu()
    embeddings[n // 2] = 0.0
    inputs = torch.randn(n, 4, generator=generator, dtype=torch.float64)
    return embeddings, inputs, torch.tensor(segments)


@pytest.fixture(params=BATCHES.values(), ids=BATCHES.keys())
def segments(request):
    return request.param


@pytest.fixture(params=[0.01, 0.5, 2.0], ids="tau={}".format)
def temperature(request):
    return request.param


def build(name, threshold=0.2, scale=5.0, temperature=0.5, double=True):
    return build_loss(
        name, threshold=threshold, scale=scale, temperature=temperature, double=double
    )


@pytest.mark.parametrize("threshold", [-0.5, 0.0, 0.6])
@pytest.mark.parametrize("scale", [0.0, 0.5, 5.0, 100.0])
def test_emargin(segments, temperature, threshold, scale):
    embeddings, inputs, ids = batch(segments)
    marked = oracle.transitions(inputs.numpy(), threshold, segments)
    assert transition_flags(inputs, threshold, ids).tolist() == marked
    loss = build("emargin", threshold, scale, temperature)(embeddings, inputs, ids)
    expected = oracle.emargin(embeddings.numpy(), marked, scale, temperature, segments)
    assert loss.item() == pytest.approx(expected, rel=1e-9)


def test_fixed_margin(segments, temperature):
    embeddings, _, ids = batch(segments)
    loss = build("fixed-margin", scale=0.7, temperature=temperature)(embeddings, None, ids)
    everywhere = [True] * len(segments)
    expected = oracle.emargin(embeddings.numpy(), everywhere, 0.7, temperature, segments)
    assert loss.item() == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("double", [True, False])
def test_info_nce(segments, temperature, double):
    embeddings, _, ids = batch(segments)
    loss = info_nce_loss(embeddings, temperature, double, ids)
    expected = oracle.info_nce(embeddings.numpy(), temperature, double, segments)
    assert loss.item() == pytest.approx(expected, rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("scale", [0.0, 0.3, 5.0])
def test_triplet(segments, scale):
    embeddings, _, ids = batch(segments)
    loss = build("triplet", scale=scale)(embeddings, None, ids)
    expected = oracle.triplet(embeddings.numpy(), scale, segments)
    assert loss.item() == pytest.approx(expected, rel=1e-9, abs=1e-12)


def test_frames_compared_above_the_limit_are_a_subset_for_every_anchor():
    links = torch.tensor([True] * 19 + [False] + [True] * 20)  # 41 frames, 78 pairs

    def compared(limit):
        others, is_neighbour = other_frames(links, limit)
        return [(int(a), int(others[a, k])) for a, k in (~is_neighbour).nonzero()]

    every, some = compared(78 * 40), compared(78 * 10)
    assert len(every) == len(set(every)) == 41 * 40 - 78
    assert all(anchor != other for anchor, other in every)
    assert 41 * 8 <= len(some) == len(set(some)) <= 41 * 10
    assert set(some) < set(every)
    assert {anchor for anchor, _ in some} == set(range(41))


def test_supcon(temperature):
    embeddings, _, _ = batch([0] * len(LABELS))
    loss = build("supcon", temperature=temperature)(embeddings, labels=torch.tensor(LABELS))
    expected = oracle.supcon(embeddings.numpy(), LABELS, temperature)
    assert loss.item() == pytest.approx(expected, rel=1e-9)


def test_soft(segments, temperature):
    embeddings, _, ids = batch(segments)
    loss = build("soft", temperature=temperature)(embeddings, None, ids)
    expected = oracle.soft(embeddings.numpy(), temperature, segments)
    assert loss.item() == pytest.approx(expected, rel=1e-9)


def test_soft_reaches_ten_frames():
    embeddings, _, _ = batch([0] * 30)
    expected = oracle.soft(embeddings.numpy(), 0.5, [0] * 30)
    assert build("soft")(embeddings).item() == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("zero_rows", [0, 1, 3, 13, 14])
def test_uniformity(zero_rows):
    embeddings = torch.randn(14, 5, generator=torch.Generator().manual_seed(1)).double()
    embeddings[:zero_rows] = 0.0
    expected = oracle.uniformity(embeddings.numpy())
    assert uniformity_loss(embeddings).item() == pytest.approx(expected, rel=1e-9, abs=1e-12)


def test_variance_covariance():
    embeddings, _, _ = batch([0] * 14)
    loss = variance_covariance_loss(embeddings * 0.7)
    expected = oracle.variance_covariance(embeddings.numpy() * 0.7)
    assert loss.item() == pytest.approx(expected, rel=1e-9)
