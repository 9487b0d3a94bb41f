"""Bad settings and bad shapes are refused with the value and the range; names are complete."""

import math

import pytest
import torch

from emargin_core.config import METHODS
from emargin_core.losses import (
    LOSSES,
    TemporalLoss,
    build_loss,
    uniformity_loss,
    variance_covariance_loss,
)
from emargin_core.losses.info_nce import info_nce_loss
from emargin_core.losses.released import released_indicator, released_margin_loss
from emargin_core.losses.transitions import transition_flags
from emargin_core.text.errors import InputError

GOOD = {"threshold": 0.4, "scale": 5.0, "temperature": 0.5, "double": True}
TRAINED = [name for name in LOSSES if name != "random"]
ROWS = torch.randn(6, 4, generator=torch.Generator().manual_seed(0))


def test_every_method_has_a_loss_and_every_loss_a_method():
    assert set(LOSSES) == set(METHODS)


@pytest.mark.parametrize("name", METHODS)
def test_a_method_has_a_loss_if_it_trains(name):
    loss = build_loss(name, **GOOD)
    assert isinstance(loss, TemporalLoss) if METHODS[name].trains else loss is None


@pytest.mark.parametrize("name", TRAINED)
def test_a_method_reads_exactly_the_settings_the_catalogue_says(name):
    bad = {"threshold": math.nan, "scale": -1.0, "temperature": 0.0}
    for setting, value in bad.items():
        if setting in METHODS[name].settings:
            with pytest.raises(ValueError, match=setting):
                build_loss(name, **(GOOD | {setting: value}))
        else:
            build_loss(name, **(GOOD | {setting: value}))
    doubles = {
        build_loss(name, **(GOOD | {"double": d}))(
            ROWS, ROWS, None, torch.tensor([0, 0, 0, 1, 1, 1])
        ).item()
        for d in (True, False)
    }
    assert (len(doubles) == 2) == ("double" in METHODS[name].settings)


def test_unknown_method_is_refused_with_the_known_names():
    with pytest.raises(InputError, match=r"'margin'.*infonce, emargin, fixed-margin"):
        build_loss("margin", **GOOD)


@pytest.mark.parametrize(
    ("setting", "value", "message"),
    [
        ("temperature", 0.0, "temperature is 0.0; it must be a finite number above 0"),
        ("temperature", -0.5, "temperature is -0.5; it must be a finite number above 0"),
        ("temperature", math.nan, "temperature is nan; it must be a finite number above 0"),
        ("temperature", math.inf, "temperature is inf; it must be a finite number above 0"),
        ("scale", -1.0, "scale is -1.0; it must be a finite number, 0 or more"),
        ("scale", math.inf, "scale is inf; it must be a finite number, 0 or more"),
        ("threshold", math.nan, "threshold is nan; it must be a finite number"),
    ],
)
def test_bad_setting_is_refused_with_value_and_range(setting, value, message):
    with pytest.raises(ValueError, match=message):
        build_loss("emargin", **(GOOD | {setting: value}))


def test_functions_refuse_bad_settings_too():
    with pytest.raises(ValueError, match="temperature is 0; it must be a finite number above 0"):
        info_nce_loss(ROWS, 0)
    with pytest.raises(ValueError, match="temperature is 0; it must be"):
        released_margin_loss(ROWS, torch.ones(6), 0, 1.0)
    with pytest.raises(ValueError, match="margin is -1; it must be a finite number, 0 or more"):
        released_margin_loss(ROWS, torch.ones(6), 0.5, -1)
    with pytest.raises(ValueError, match=r"indicator has shape \(6,\); it must be \(5,\)"):
        released_margin_loss(ROWS, torch.ones(6), 0.5, 1.0, double=False)
    with pytest.raises(ValueError, match="threshold is nan"):
        released_indicator(ROWS, math.nan)


@pytest.mark.parametrize("name", TRAINED)
def test_fewer_than_two_frames_are_refused(name):
    loss = build_loss(name, **GOOD)
    with pytest.raises(ValueError, match=r"embeddings has 1 frame\(s\); N must be 2 or more"):
        loss(ROWS[:1], ROWS[:1], None, torch.zeros(1, dtype=torch.int64))


@pytest.mark.parametrize(
    "function", [uniformity_loss, variance_covariance_loss, lambda e: info_nce_loss(e, 0.5)]
)
def test_functions_refuse_fewer_than_two_frames(function):
    with pytest.raises(ValueError, match="N must be 2 or more"):
        function(ROWS[:1])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((ROWS[0],), r"embeddings has shape \(4,\); it must be \(N, D\)"),
        ((ROWS.long(),), "embeddings has type torch.int64; it must be floating point"),
        ((ROWS, ROWS[:5]), "inputs has 5 frames; it must have as many as embeddings, 6"),
        ((ROWS, ROWS[0]), r"inputs has shape \(4,\); it must be \(N, F\)"),
        ((ROWS, ROWS, torch.zeros(5).long()), r"segments has shape \(5,\); it must be \(6,\)"),
        ((ROWS, ROWS, torch.zeros(6)), "segments has type torch.float32; it must be an integer"),
        ((ROWS, ROWS, None, torch.zeros(7).long()), r"labels has shape \(7,\); it must be"),
    ],
)
def test_bad_shapes_and_types_are_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        build_loss("emargin", **GOOD)(*arguments)


def test_missing_inputs_and_labels_are_refused():
    for name in ("emargin", "emargin-released"):
        with pytest.raises(ValueError, match="inputs is None"):
            build_loss(name, **GOOD)(ROWS)
    with pytest.raises(ValueError, match="labels is None"):
        build_loss("supcon", **GOOD)(ROWS)


def test_last_frame_of_a_segment_is_compared_with_its_predecessor():
    inputs = torch.tensor([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0], [0.0, 1.0], [1.0, 0.0]])
    assert transition_flags(inputs, 0.5).tolist() == [False, True, False, True, True]
    parts = torch.tensor([0, 0, 0, 1, 2])
    assert transition_flags(inputs, 0.5, parts).tolist() == [False, True, True, False, False]


def test_flags_take_arrays():
    flags = transition_flags(ROWS.numpy(), 0.1, torch.zeros(6).long().numpy())
    assert torch.equal(flags, transition_flags(ROWS, 0.1))
