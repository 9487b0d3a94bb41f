"""What must hold for every input, tried on inputs that a machine makes up."""

import pytest
import torch
from hypothesis import example, given, settings
from hypothesis import strategies as st

from emargin_core.losses import LOSSES, build_loss, uniformity_loss, variance_covariance_loss
from emargin_core.losses.emargin import EMarginLoss
from emargin_core.losses.fixed_margin import FixedMarginLoss
from emargin_core.losses.transitions import transition_flags

KINDS = ("gauss", "relu", "identical", "zero", "some zero", "tiny", "huge", "opposite")
PROFILE = settings(derandomize=True, deadline=None, max_examples=60)
THOROUGH = settings(PROFILE, max_examples=300)
FINITE = [name for name in LOSSES if name not in ("emargin-released", "random")]


def rows(kind, n, d, seed, dtype):
    generator = torch.Generator().manual_seed(seed)
    values = torch.randn(n, d, generator=generator, dtype=dtype)
    if kind == "relu":
        return values.relu()
    if kind == "identical":
        return values[:1].expand(n, d).clone()
    if kind == "zero":
        return torch.zeros(n, d, dtype=dtype)
    if kind == "some zero":
        return values * (torch.rand(n, 1, generator=generator) > 0.5)
    if kind == "opposite":
        return values[:1] * (torch.arange(n) % 2 * 2.0 - 1.0)[:, None]
    return values * {"gauss": 1.0, "tiny": 1e-18, "huge": 1e18}[kind]


def cut(kind, n, seed):
    if kind == "none":
        return None
    if kind == "alone":
        return torch.arange(n)
    generator = torch.Generator().manual_seed(seed)
    return (torch.rand(n, generator=generator) < 0.4).cumsum(0)


BATCHES = st.fixed_dictionaries(
    {
        "n": st.integers(2, 24),
        "d": st.integers(1, 9),
        "kind": st.sampled_from(KINDS),
        "input_kind": st.sampled_from(KINDS),
        "cuts": st.sampled_from(["none", "alone", "random"]),
        "seed": st.integers(0, 10_000),
        "dtype": st.sampled_from([torch.float32, torch.float64]),
    }
)
THRESHOLDS = st.floats(-1.0, 1.0)
SCALES = st.floats(0.0, 100.0)
TEMPERATURES = st.floats(0.01, 1.0)
HARD = {"input_kind": "gauss", "seed": 0, "dtype": torch.float32}


def make(b):
    embeddings = rows(b["kind"], b["n"], b["d"], b["seed"], b["dtype"]).requires_grad_()
    inputs = rows(b["input_kind"], b["n"], 5, b["seed"] + 1, b["dtype"])
    segments = cut(b["cuts"], b["n"], b["seed"])
    labels = torch.randint(-1, 3, (b["n"],), generator=torch.Generator().manual_seed(b["seed"]))
    return embeddings, inputs, segments, labels


def assert_finite(loss, embeddings):
    assert loss.ndim == 0
    assert bool(loss.isfinite())
    (gradient,) = torch.autograd.grad(loss, embeddings)
    assert bool(gradient.isfinite().all())
    return gradient


@THOROUGH
@example({"n": 2, "d": 1, "kind": "identical", "cuts": "none", **HARD}, 0.0, 100.0, 0.01)
@example({"n": 9, "d": 4, "kind": "opposite", "cuts": "none", **HARD}, 1.0, 100.0, 0.01)
@example({"n": 9, "d": 4, "kind": "some zero", "cuts": "alone", **HARD}, 1.0, 0.0, 0.01)
@given(BATCHES, THRESHOLDS, SCALES, TEMPERATURES)
def test_emargin_is_finite_for_every_input(b, threshold, scale, temperature):
    embeddings, inputs, segments, _ = make(b)
    loss = EMarginLoss(threshold, scale, temperature)(embeddings, inputs, segments)
    assert loss.item() >= 0.0
    assert_finite(loss, embeddings)


@pytest.mark.parametrize("name", [name for name in FINITE if name != "emargin"])
@PROFILE
@given(BATCHES, SCALES, TEMPERATURES, st.booleans())
def test_every_other_method_is_finite_for_every_input(name, b, scale, temperature, double):
    embeddings, inputs, segments, labels = make(b)
    loss = build_loss(name, threshold=0.4, scale=scale, temperature=temperature, double=double)
    assert_finite(loss(embeddings, inputs, segments, labels), embeddings)


@pytest.mark.parametrize("repair", [uniformity_loss, variance_covariance_loss])
@PROFILE
@given(BATCHES)
def test_repairs_are_finite(repair, b):
    embeddings = make({**b, "kind": b["kind"].replace("huge", "gauss")})[0]
    assert_finite(repair(embeddings), embeddings)


@PROFILE
@given(BATCHES, SCALES, TEMPERATURES)
def test_emargin_with_every_anchor_marked_equals_fixed_margin(b, scale, temperature):
    embeddings, inputs, segments, _ = make(b)
    fixed = FixedMarginLoss(scale, temperature)(embeddings, inputs, segments)
    for threshold in (1.0, 1.1):
        marked = EMarginLoss(threshold, scale, temperature)(embeddings, inputs, segments)
        assert torch.equal(marked, fixed)


@PROFILE
@given(BATCHES, THRESHOLDS, THRESHOLDS)
def test_higher_threshold_never_unmarks_a_frame(b, one, other):
    _, inputs, segments, _ = make(b)
    low, high = sorted((one, other))
    assert bool(
        (transition_flags(inputs, low, segments) <= transition_flags(inputs, high, segments)).all()
    )


@PROFILE
@given(BATCHES)
def test_threshold_below_minus_one_marks_none_and_above_one_marks_all(b):
    _, inputs, segments, _ = make(b)
    assert not bool(transition_flags(inputs, -1.01, segments).any())
    assert bool(transition_flags(inputs, 1.01, segments).all())


@PROFILE
@given(BATCHES)
def test_losses_of_directions_ignore_the_length_of_embeddings(b):
    embeddings, inputs, segments, labels = make({**b, "kind": "gauss", "dtype": torch.float64})
    lengths = torch.logspace(-2, 2, len(embeddings), dtype=torch.float64)[:, None]
    for name in FINITE:
        loss = build_loss(name, threshold=0.4, scale=0.5, temperature=0.5, double=True)
        short = loss(embeddings, inputs, segments, labels)
        torch.testing.assert_close(loss(embeddings * lengths, inputs, segments, labels), short)


@PROFILE
@given(BATCHES)
def test_uniformity_lies_between_minus_eight_and_zero(b):
    assert -8.0 - 1e-5 <= uniformity_loss(make(b)[0]).item() <= 1e-5


def test_uniformity_of_a_collapse_is_zero():
    assert uniformity_loss(torch.ones(50, 3)).item() == pytest.approx(0.0, abs=1e-6)


def test_repairs_push_a_near_collapse_apart():
    generator = torch.Generator().manual_seed(0)
    start = torch.ones(20, 4) + 0.05 * torch.randn(20, 4, generator=generator)
    for repair in (uniformity_loss, variance_covariance_loss):
        embeddings = start.clone().requires_grad_()
        (gradient,) = torch.autograd.grad(repair(embeddings), embeddings)
        moved = embeddings - 0.5 * gradient
        assert moved.var(dim=0).sum() > embeddings.var(dim=0).sum()
