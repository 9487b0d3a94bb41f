"""The analytic gradients are right, and the streamed form equals the dense one."""

import pytest
import torch

from benchmarks import plain_losses as plain
from emargin_core.losses import build_loss, negatives, uniformity_loss, variance_covariance_loss
from emargin_core.losses.base import unit_rows
from emargin_core.losses.emargin import EMarginLoss, transition_flags
from emargin_core.losses.info_nce import info_nce_loss
from emargin_core.losses.margin import margin_loss
from emargin_core.losses.negatives import LinearEnergy, MarginEnergy, negatives_logsumexp

SEGMENTS = torch.tensor([0] * 5 + [1] + [2] * 6)
LABELS = torch.tensor([0, 0, 1, 1, 2, -1, 0, 2, 2, 1, 1, 0])


def batch(n=12, d=5, seed=0, dtype=torch.float64):
    generator = torch.Generator().manual_seed(seed)
    embeddings = torch.randn(n, d, generator=generator, dtype=dtype).requires_grad_()
    return embeddings, torch.randn(n, 4, generator=generator, dtype=dtype)


def value_and_gradient(loss, embeddings):
    value = loss(embeddings)
    return value.detach(), *torch.autograd.grad(value, embeddings)


def assert_same(one, other, embeddings, rtol=1e-9):
    for a, b in zip(
        value_and_gradient(one, embeddings), value_and_gradient(other, embeddings), strict=True
    ):
        torch.testing.assert_close(a, b, rtol=rtol, atol=rtol * float(b.abs().max()))


@pytest.mark.parametrize("segments", [None, SEGMENTS], ids=["one segment", "three segments"])
@pytest.mark.parametrize(
    "name", ["infonce", "emargin", "fixed-margin", "triplet", "supcon", "soft"]
)
def test_gradcheck_of_every_finite_method(name, segments):
    embeddings, inputs = batch()
    loss = build_loss(name, threshold=0.1, scale=0.4, temperature=0.5, double=True)
    assert torch.autograd.gradcheck(
        lambda e: loss(e, inputs, segments, LABELS), (embeddings,), eps=1e-7, atol=1e-6
    )


@pytest.mark.parametrize("repair", [uniformity_loss, variance_covariance_loss])
def test_gradcheck_of_the_repairs(repair):
    embeddings, _ = batch()
    assert torch.autograd.gradcheck(repair, (embeddings * 0.5,), eps=1e-7, atol=1e-6)


@pytest.mark.parametrize("block_rows", [1, 5, 12])
@pytest.mark.parametrize("with_pairs", [True, False])
def test_gradcheck_of_the_shared_step(block_rows, with_pairs):
    embeddings, _ = batch()
    links = (SEGMENTS[1:] == SEGMENTS[:-1]) if with_pairs else None
    marked = torch.arange(12) % 3 == 0
    for energy in (LinearEnergy(2.0), MarginEnergy(marked, 0.6, 0.5, like=embeddings)):
        assert torch.autograd.gradcheck(
            lambda e, energy=energy: negatives_logsumexp(unit_rows(e), energy, links, block_rows),
            (embeddings,),
            eps=1e-7,
            atol=1e-6,
        )


@pytest.mark.parametrize("scale", [0.0, 0.5, 5.0, 100.0])
@pytest.mark.parametrize("temperature", [0.01, 0.5])
def test_emargin_equals_plain_arithmetic(scale, temperature):
    embeddings, inputs = batch(40, 8)
    segments = torch.arange(40) // 13
    marked = transition_flags(inputs, 0.1, segments)
    assert 0 < marked.sum() < 40
    assert_same(
        lambda e: EMarginLoss(0.1, scale, temperature)(e, inputs, segments),
        lambda e: plain.plain_emargin(e, marked, scale, temperature, segments),
        embeddings,
    )


def test_other_losses_equal_plain_arithmetic():
    embeddings, _ = batch(40, 8)
    labels = torch.arange(40) // 7

    def build(name):
        return build_loss(name, threshold=0.4, scale=0.6, temperature=0.5, double=True)

    for ours, theirs in (
        (build("infonce"), lambda e: plain.plain_info_nce(e, 0.5)),
        (build("triplet"), lambda e: plain.plain_triplet(e, 0.6)),
        (build("soft"), lambda e: plain.plain_soft(e, 0.5)),
        (lambda e: build("supcon")(e, labels=labels), lambda e: plain.plain_supcon(e, labels, 0.5)),
        (uniformity_loss, plain.plain_uniformity),
        (variance_covariance_loss, plain.plain_variance_covariance),
    ):
        assert_same(ours, theirs, embeddings)


@pytest.mark.parametrize("block_rows", [1, 7, 32, 60])
@pytest.mark.parametrize(("dtype", "rtol"), [(torch.float64, 1e-12), (torch.float32, 1e-5)])
def test_streamed_equals_dense(block_rows, dtype, rtol):
    embeddings, _ = batch(61, 8, dtype=dtype)
    segments = torch.arange(61) // 20
    marked = torch.arange(61) % 2 == 0
    for loss in (
        lambda e, b: margin_loss(e, marked, 5.0, 0.5, segments, block_rows=b),
        lambda e, b: info_nce_loss(e, 0.5, True, segments, block_rows=b),
        lambda e, b: info_nce_loss(e, 0.5, False, None, block_rows=b),
        lambda e, b: uniformity_loss(e, block_rows=b),
    ):
        assert_same(
            lambda e, f=loss: f(e, block_rows), lambda e, f=loss: f(e, 61), embeddings, rtol
        )


def test_streamed_form_is_chosen_by_size(monkeypatch):
    embeddings, _ = batch(50, 4)
    dense = value_and_gradient(uniformity_loss, embeddings)
    monkeypatch.setattr("emargin_core.losses.negatives.DENSE_LIMIT", 2_000)
    monkeypatch.setattr("emargin_core.losses.negatives.BLOCK_ENTRIES", 400)
    blocks = []
    cut = negatives._row_blocks
    monkeypatch.setattr(
        negatives, "_row_blocks", lambda *size: blocks.append(cut(*size)) or blocks[-1]
    )
    for a, b in zip(dense, value_and_gradient(uniformity_loss, embeddings), strict=True):
        torch.testing.assert_close(a, b, rtol=1e-12, atol=1e-14)
    assert [len(parts) for parts in blocks] == [7]


def test_backward_twice_through_one_graph_gives_the_same_gradient():
    embeddings, inputs = batch()
    loss = EMarginLoss(0.1, 5.0, 0.5)(embeddings, inputs)
    first = torch.autograd.grad(loss, embeddings, retain_graph=True)[0]
    torch.testing.assert_close(torch.autograd.grad(loss, embeddings)[0], first, rtol=0, atol=0)


def test_symmetric_product_is_the_product():
    embeddings, _ = batch(2 * negatives.TILE_ROWS + 7, 3)
    units = embeddings.detach()
    whole = torch.full((len(units), len(units)), torch.nan, dtype=units.dtype)
    parts = [
        negatives._mirrored(whole, units, rows).clone()
        for rows in negatives._row_blocks(len(units), negatives.TILE_ROWS)
    ]
    torch.testing.assert_close(torch.cat(parts), units @ units.T)


def test_loss_does_not_change_its_arguments():
    embeddings, inputs = batch()
    before = embeddings.detach().clone(), inputs.clone()
    EMarginLoss(0.1, 5.0, 0.5)(embeddings, inputs, SEGMENTS)
    assert torch.equal(embeddings, before[0])
    assert torch.equal(inputs, before[1])
