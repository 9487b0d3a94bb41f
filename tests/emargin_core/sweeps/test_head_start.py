"""A head start from other data: nearest first, never the data's own, each tried once."""

import contextlib
from dataclasses import replace

import numpy as np
import optuna
import pytest

from emargin_core.config import slider_range
from emargin_core.datasets.registry import load_dataset
from emargin_core.sweeps import loop as sweep_loop
from emargin_core.sweeps import study as sweep_study
from emargin_core.sweeps import sweep as sweep_module
from emargin_core.sweeps.head_start import (
    Best,
    Descriptors,
    described,
    distance,
    first_trials,
    shipped_table,
)
from emargin_core.sweeps.sweep import SweepRunner, make_search
from emargin_core.text.errors import InputError
from tests.emargin_core.sweeps.sweep_doubles import (
    InstantJobs,
    Killed,
    dies_at,
    quick_tables,
    small_config,
)

WAIT_S = 60
TRIALS = 6
NEAR, FAR = Descriptors(20.0, 2, 3, 0.5), Descriptors(2000.0, 60, 3, 0.5)


def best(name, descriptors, method="emargin", **settings):
    given = {"threshold": 0.2, "scale": 2.0, "temperature": 0.3, "uniformity": 0.1} | settings
    return Best(name, f"print of {name}", method, descriptors, given)


TABLE = (best("far", FAR, scale=8.0), best("near", NEAR), best("other", NEAR, method="triplet"))


@pytest.fixture(autouse=True)
def _quick(monkeypatch, shared):
    quick_tables(monkeypatch, shared)
    monkeypatch.setattr(sweep_loop, "POLL_S", 0.005)
    monkeypatch.setattr(sweep_module, "shipped_table", lambda: TABLE)


@pytest.fixture
def search(small_file):
    return make_search(small_config(small_file), TRIALS, head_start=2)


@pytest.fixture
def dataset(small_file):
    return load_dataset(str(small_file))


def finish(runner, spec, jobs, name=None):
    name = runner.start(spec, jobs, name)
    assert runner.wait(name, WAIT_S)
    return name


def test_data_is_described_by_rate_channels_classes_and_marked_frames(dataset):
    found = described(dataset)
    assert (found.rate, found.channels, found.classes) == (20.0, 2, 3)
    assert 0.0 < found.marked < 1.0
    recordings = tuple(replace(r, labels=np.full_like(r.labels, -1)) for r in dataset.recordings)
    assert described(replace(dataset, recordings=recordings, class_names=())).classes is None


def test_distance_is_doublings_apart_and_leaves_out_what_is_undefined():
    here = Descriptors(50.0, 4, 4, 0.5)
    assert distance(here, here) == 0.0
    assert distance(here, Descriptors(100.0, 2, 8, 0.25)) == distance(
        Descriptors(100.0, 2, 8, 0.25), here
    )
    assert distance(here, Descriptors(100.0, 2, 8, 0.25)) == pytest.approx(1.0)
    assert distance(here, Descriptors(100.0, 4, None, None)) == pytest.approx(0.5)
    assert distance(here, Descriptors(50.0, 4, 4, 0.0)) < 2.0


def test_nearest_data_comes_first_and_neither_its_own_nor_another_method(search, dataset):
    assert [first.origin for first in first_trials(dataset, search, TABLE)] == ["near", "far"]
    own = replace(TABLE[1], fingerprint=dataset.fingerprint)
    assert [first.origin for first in first_trials(dataset, search, (TABLE[0], own))] == ["far"]
    one = search.model_copy(update={"head_start": 1})
    assert [first.origin for first in first_trials(dataset, one, TABLE)] == ["near"]


def test_settings_are_brought_within_the_ranges_and_fixed_ones_left_out(small_file, dataset):
    spec = make_search(
        small_config(small_file), 5, {"scale": (3.0, 5.0)}, fixed=["uniformity"], head_start=5
    )
    found = first_trials(dataset, spec, (*TABLE, best("again", NEAR, uniformity=0.9)))
    assert [first.settings["scale"] for first in found] == [3.0, 5.0]  # "again" differs in nothing
    assert set(found[0].settings) == {"threshold", "scale", "temperature"}


def test_search_tries_them_first_and_says_where_each_comes_from(search, store):
    runner = SweepRunner(store)
    trials = runner.trials(finish(runner, search, InstantJobs(store)))
    assert trials["origin"].tolist()[:2] == ["near", "far"]
    assert trials["origin"].isna().sum() == TRIALS - 2
    assert trials["scale"].tolist()[:2] == [2.0, 8.0]
    alone = search.model_copy(update={"head_start": 0})
    without = runner.trials(finish(runner, alone, InstantJobs(store)))
    assert without["origin"].isna().all()
    assert without["scale"].tolist()[:4] == trials["scale"].tolist()[2:]  # the same draws follow


def test_sweep_without_a_head_start_is_the_sweep_that_it_was(small_file, search):
    spec = make_search(small_config(small_file), TRIALS)
    assert "head_start" not in spec.identity("0")
    assert spec.default_name("0") != search.default_name("0")


def test_head_start_stays_as_it_was_begun_whatever_is_learnt_later(search, store, monkeypatch):
    stopped = InstantJobs(store, n_workers=1, patience=10**9)
    runner = SweepRunner(store)
    runner.start(search, stopped, "mine")
    runner.cancel("mine")
    assert runner.wait("mine", WAIT_S)
    monkeypatch.setattr(sweep_module, "shipped_table", tuple)
    again = SweepRunner(store)
    finish(again, search, InstantJobs(store), "mine")
    assert again.trials("mine")["origin"].dropna().tolist() == ["near", "far"]


@pytest.mark.parametrize("before", [True, False], ids=["before", "after"])
@pytest.mark.parametrize("nth", [1, pytest.param(2, marks=pytest.mark.slow)])
@pytest.mark.parametrize("step", ["_write_spec", "enqueue_trial", "ask", "set_user_attr"])
@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_process_that_ends_between_any_two_steps_tries_each_once(
    search, store, monkeypatch, step, nth, before
):
    place = sweep_study if step == "_write_spec" else optuna.study.Study
    with monkeypatch.context() as patch:
        patch.setattr(place, step, dies_at(place, step, nth, before))
        dying = SweepRunner(store)
        with contextlib.suppress(Killed):
            dying.start(search, InstantJobs(store), "mine")
            dying.wait("mine", WAIT_S)
    runner = SweepRunner(store)
    finish(runner, search, InstantJobs(store), "mine")
    trials = runner.trials("mine")
    assert len(trials) == TRIALS
    assert set(trials["state"]) == {"done"}
    assert sorted(trials["origin"].dropna()) == ["far", "near"]


def test_head_start_longer_than_the_search_is_refused(small_file):
    with pytest.raises(InputError, match="head start has 7 trials; use 0 to 6"):
        make_search(small_config(small_file), TRIALS, head_start=7)


def test_shipped_settings_lie_within_the_sliders_and_no_two_rows_are_of_one_data_set():
    table = shipped_table()
    assert len({row.fingerprint for row in table}) == len(table) > 1
    for row in table:
        for name, value in row.settings.items():
            low, high, _ = slider_range(name)
            assert low <= value <= high
