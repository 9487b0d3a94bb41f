"""No two windows make a pair: what lies across a border never attracts."""

import pytest
import torch

from emargin_core.losses import build_loss

SEGMENTS = torch.tensor([0] * 4 + [1] * 4)
NEIGHBOUR_METHODS = ["infonce", "emargin", "fixed-margin", "triplet", "soft"]


def build(name, temperature=0.5, scale=0.5, double=True):
    return build_loss(name, threshold=0.4, scale=scale, temperature=temperature, double=double)


def batch():
    generator = torch.Generator().manual_seed(0)
    embeddings = torch.randn(8, 6, generator=generator, dtype=torch.float64)
    return embeddings, torch.randn(8, 5, generator=generator, dtype=torch.float64)


@pytest.mark.parametrize("name", NEIGHBOUR_METHODS)
def test_order_of_windows_does_not_matter(name):
    """True only if the frames that touch across the border are not treated as neighbours."""
    embeddings, inputs = batch()
    swapped = [4, 5, 6, 7, 0, 1, 2, 3]
    loss = build(name)
    apart = loss(embeddings, inputs, SEGMENTS)
    torch.testing.assert_close(loss(embeddings[swapped], inputs[swapped], SEGMENTS), apart)
    joined = loss(embeddings, inputs, None)
    assert not torch.isclose(joined, apart)
    assert not torch.isclose(loss(embeddings[swapped], inputs[swapped], None), joined)


@pytest.mark.parametrize("double", [True, False])
@pytest.mark.parametrize("name", NEIGHBOUR_METHODS)
def test_frames_across_a_border_repel_or_are_left_alone(name, double):
    """Raising their similarity must not lower the loss of a method whose negatives repel."""
    embeddings, inputs = batch()
    loss = build(name, double=double, scale=5.0)
    direction = embeddings[4] / embeddings[4].norm()

    def slope(segments):
        leaf = embeddings.clone().requires_grad_()
        (gradient,) = torch.autograd.grad(loss(leaf, inputs, segments), leaf)
        return float(gradient[3] @ direction)

    assert slope(SEGMENTS) > slope(None)


@pytest.mark.parametrize("name", NEIGHBOUR_METHODS)
def test_frames_alone_in_their_segments_give_zero_and_a_zero_gradient(name):
    embeddings, inputs = batch()
    embeddings.requires_grad_()
    loss = build(name)(embeddings, inputs, torch.arange(8))
    assert loss.item() == 0.0
    (gradient,) = torch.autograd.grad(loss, embeddings)
    assert torch.equal(gradient, torch.zeros_like(gradient))


def test_released_form_pairs_frames_across_segments_as_its_authors_do():
    embeddings, inputs = batch()
    loss = build("emargin-released", scale=5.0)
    assert torch.equal(loss(embeddings, inputs, SEGMENTS), loss(embeddings, inputs, None))


def test_supervised_pairs_are_by_class_and_ignore_segments():
    embeddings, inputs = batch()
    labels = torch.tensor([0, 1, 0, 1, 1, 0, 1, 0])
    loss = build("supcon")
    assert torch.equal(
        loss(embeddings, inputs, SEGMENTS, labels), loss(embeddings, inputs, None, labels)
    )


@pytest.mark.parametrize("name", ["infonce", "emargin", "fixed-margin", "triplet", "soft"])
def test_two_frames_have_nothing_to_compare_with(name):
    embeddings = torch.randn(2, 3, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    embeddings.requires_grad_()
    loss = build(name)(embeddings, torch.eye(2), None)
    assert loss.item() == pytest.approx(0.0, abs=1e-12)
    (gradient,) = torch.autograd.grad(loss, embeddings)
    assert float(gradient.abs().max()) < 1e-12


@pytest.mark.parametrize("labels", [[0] * 8, list(range(8)), [-1] * 8, [0] + [-1] * 7])
def test_supcon_without_a_positive_or_a_negative_is_zero(labels):
    embeddings = batch()[0].requires_grad_()
    loss = build("supcon")(embeddings, labels=torch.tensor(labels))
    assert loss.item() == 0.0
    assert float(torch.autograd.grad(loss, embeddings)[0].abs().max()) == 0.0
