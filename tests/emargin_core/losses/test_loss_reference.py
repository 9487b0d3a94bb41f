"""Against the values that the authors' released code computed."""

import json
import math
from pathlib import Path

import pytest
import torch

from benchmarks.plain_losses import plain_released
from emargin_core.losses.info_nce import info_nce_loss
from emargin_core.losses.released import (
    EMarginReleasedLoss,
    released_indicator,
    released_margin_loss,
    transition_indicator,
)

REFERENCE = Path(__file__).parents[2] / "reference" / "released_losses.json"
CASES = json.loads(REFERENCE.read_text())
NAMES = [f"{i}-{case['loss']}-{case['kind']}" for i, case in enumerate(CASES)]
PAIR = [pytest.param(c, id=n) for c, n in zip(CASES, NAMES, strict=True) if "HATCL" in c["loss"]]
MARGIN = [pytest.param(c, id=n) for c, n in zip(CASES, NAMES, strict=True) if "MARGIN" in c["loss"]]


def is_double(case):
    return case["loss"].startswith("LS_")


def tensors(case):
    embeddings = torch.tensor(case["embeddings"], dtype=torch.float64, requires_grad=True)
    return embeddings, torch.tensor(case["inputs"], dtype=torch.float64)


def assert_equals_reference(loss, embeddings, case, form):
    (gradient,) = torch.autograd.grad(loss, embeddings)
    expected = (case[f"loss_{form}"], case[f"grad_norm_{form}"])
    for value, wanted in zip((loss.item(), gradient.norm().item()), expected, strict=True):
        if wanted is None:
            assert not math.isfinite(value)
        else:
            assert value == pytest.approx(wanted, rel=1e-6)
    row = case[f"grad_row1_{form}"]
    if row is None:
        assert not bool(gradient[1].isfinite().all())
    else:
        size = max(abs(entry) for entry in row)
        assert gradient[1].tolist() == pytest.approx(row, rel=1e-6, abs=1e-9 * size)


def test_reference_covers_both_losses_and_the_undefined_ones():
    assert len(PAIR) == len(MARGIN) == 10
    assert any(case["loss_released"] is None for case in CASES)


@pytest.mark.parametrize("case", PAIR)
def test_info_nce_equals_released_pair_loss(case):
    embeddings, _ = tensors(case)
    loss = info_nce_loss(embeddings, case["temperature"], double=is_double(case))
    assert_equals_reference(loss, embeddings, case, "released")


@pytest.mark.parametrize("case", MARGIN)
def test_released_margin_loss_equals_release_with_either_indicator(case):
    embeddings, inputs = tensors(case)
    for form, indicator_of in (("released", released_indicator), ("paper", transition_indicator)):
        indicator = indicator_of(inputs, case["threshold"], double=is_double(case))
        assert indicator.tolist() == case[f"indicator_{form}"]
        loss = released_margin_loss(
            embeddings, indicator, case["temperature"], case["margin"], double=is_double(case)
        )
        assert_equals_reference(loss, embeddings, case, form)


@pytest.mark.parametrize("case", MARGIN)
def test_released_method_equals_release(case):
    embeddings, inputs = tensors(case)
    method = EMarginReleasedLoss(
        case["threshold"], case["margin"], case["temperature"], is_double(case)
    )
    assert_equals_reference(method(embeddings, inputs), embeddings, case, "released")


@pytest.mark.parametrize("case", [p for p in MARGIN if is_double(p.values[0])])
def test_plain_arithmetic_of_the_bench_equals_release(case):
    embeddings, inputs = tensors(case)
    loss = plain_released(
        embeddings, inputs, case["threshold"], case["margin"], case["temperature"]
    )
    assert_equals_reference(loss, embeddings, case, "released")


def test_released_threshold_of_zero_and_above_marks_every_frame():
    inputs = torch.randn(9, 4, generator=torch.Generator().manual_seed(0))
    for threshold in (0.0, 0.4, 0.99):
        assert released_indicator(inputs, threshold).tolist() == [1.0] * 9
    assert 0.0 in transition_indicator(inputs, 0.0).tolist()


def test_released_loss_is_passed_on_where_it_is_not_finite():
    embeddings = torch.eye(2, dtype=torch.float64, requires_grad=True)
    assert torch.isnan(EMarginReleasedLoss(0.4, 5.0, 0.5)(embeddings, torch.eye(2)))
