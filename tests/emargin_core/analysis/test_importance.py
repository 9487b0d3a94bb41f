"""Importance: planted effects are found, and few trials are called few."""

import numpy as np
import pandas as pd
import pytest

from emargin_core.analysis import importance
from emargin_core.analysis.importance import parameter_importance, varying_parameters

METRIC = "probe.accuracy"
PARAMETERS = ("method", "threshold", "scale", "temperature", "seed")


def make_trials(n, seed=0):
    rng = np.random.default_rng(seed)
    table = pd.DataFrame(
        {
            "method": rng.choice(["infonce", "emargin"], n),
            "threshold": rng.uniform(-1, 1, n),
            "scale": rng.uniform(0, 10, n),
            "temperature": 0.5,
            "seed": rng.integers(0, 3, n),
            "collapsed": False,
        }
    )
    table[METRIC] = 0.05 * table["scale"] + rng.normal(0, 0.02, n)
    return table


def test_planted_effect_comes_first_and_its_interval_is_clear_of_the_others():
    found = parameter_importance(make_trials(40), PARAMETERS, METRIC)
    first, *others = found.shares
    assert first == "scale"
    assert found.shares["scale"].low > max(found.shares[name].high for name in others)
    assert sum(share.mean for share in found.shares.values()) == pytest.approx(1, abs=1e-6)
    assert (found.caveat, found.n_trials) == (None, 40)


def test_method_as_a_planted_effect():
    trials = make_trials(40)
    trials[METRIC] = (trials["method"] == "emargin") * 0.3 + trials["scale"] * 0.001
    assert next(iter(parameter_importance(trials, PARAMETERS, METRIC).shares)) == "method"


@pytest.mark.slow
def test_chance_alone_has_wide_intervals():
    trials = make_trials(24)
    trials[METRIC] = np.random.default_rng(1).uniform(size=24)
    shares = parameter_importance(trials, PARAMETERS, METRIC).shares
    assert max(share.high - share.low for share in shares.values()) > 0.3


def test_only_parameters_that_vary_are_judged(monkeypatch):
    monkeypatch.setattr(importance, "REFITS", 2)
    trials = make_trials(30)
    assert varying_parameters(trials, PARAMETERS) == ("method", "threshold", "scale", "seed")
    assert "temperature" not in parameter_importance(trials, PARAMETERS, METRIC).shares


def test_few_trials_are_warned_of(monkeypatch):
    monkeypatch.setattr(importance, "REFITS", 2)
    found = parameter_importance(make_trials(10), PARAMETERS, METRIC)
    assert found.shares
    assert found.caveat == "few-trials"


def test_collapsed_and_undefined_trials_are_left_out():
    trials = make_trials(30)
    trials.loc[:9, METRIC] = np.nan
    trials.loc[10:14, "collapsed"] = True
    assert parameter_importance(trials, PARAMETERS, METRIC).n_trials == 15


@pytest.mark.parametrize(
    ("change", "caveat"),
    [
        (lambda t: t.head(2), "too-few-trials"),
        (lambda t: t.assign(**{METRIC: 0.5}), "constant-metric"),
        (lambda t: t.assign(method="a", threshold=0.0, scale=1.0, seed=0), "constant-settings"),
    ],
)
def test_where_nothing_can_be_said_nothing_is(change, caveat):
    found = parameter_importance(change(make_trials(30)), PARAMETERS, METRIC)
    assert found.shares == {}
    assert found.caveat == caveat


def test_same_trials_give_the_same_shares(monkeypatch):
    monkeypatch.setattr(importance, "REFITS", 5)
    trials = make_trials(25)
    one, two = (parameter_importance(trials, PARAMETERS, METRIC, seed=3) for _ in range(2))
    assert one == two
