"""Sweeps: asked, told, stopped and resumed; nothing lost, nothing twice; many may look on."""

import contextlib
import json
import math
import sqlite3
import threading

import optuna
import pytest

from emargin_core.datasets.registry import load_dataset
from emargin_core.sweeps import loop as sweep_loop
from emargin_core.sweeps import storage
from emargin_core.sweeps import study as sweep_study
from emargin_core.sweeps.loop import ATTEMPTS
from emargin_core.sweeps.status import PRIORITY
from emargin_core.sweeps.study import CONSTRAINT, SweepStudy
from emargin_core.sweeps.sweep import SweepRunner, make_grid, make_search
from emargin_core.text.errors import InputError, StoreError
from tests.emargin_core.sweeps.sweep_doubles import (
    InstantJobs,
    Killed,
    dies_at,
    make_result,
    quick_tables,
    small_config,
)

WAIT_S = 60
MAKE_WHOLE = storage._make_whole


@pytest.fixture(autouse=True)
def _quick(monkeypatch, shared):
    quick_tables(monkeypatch, shared)
    monkeypatch.setattr(sweep_loop, "POLL_S", 0.005)


@pytest.fixture
def grid(small_file):
    return make_grid(small_config(small_file), {"threshold": [0.0, 0.4], "scale": [1.0, 2.0, 5.0]})


@pytest.fixture
def runner(store):
    return SweepRunner(store)


def finish(runner, spec, jobs, name=None):
    name = runner.start(spec, jobs, name)
    assert runner.wait(name, WAIT_S)
    return name


def test_every_cell_is_told_once_and_the_baseline_is_there(runner, grid, store):
    name = finish(runner, grid, InstantJobs(store))
    trials = runner.trials(name)
    asked = sorted(zip(trials["threshold"], trials["scale"], strict=True))
    assert asked == sorted((c["threshold"], c["scale"]) for c in grid.cells())
    assert set(trials["state"]) == {"done"}
    status = runner.status(name)
    assert (status.state, status.done, status.failed, status.total) == ("done", 6, 0, 6)
    assert len(runner.report(name).findings.baseline.run_ids) == 1
    assert len(runner.baseline_ids(name)) == 1


def test_same_spec_is_the_same_sweep_and_computes_nothing_again(runner, grid, store):
    first = finish(runner, grid, InstantJobs(store))
    again = InstantJobs(store)
    assert finish(runner, grid, again) == first
    assert again.asked == []
    assert len(runner.trials(first)) == 6


def test_finished_runs_of_others_are_reused(runner, grid, store, small_file):
    fingerprint = load_dataset(str(small_file)).fingerprint
    config = grid.config({"threshold": 0.4, "scale": 2.0})
    store.put(make_result(config, config.run_id(fingerprint)))
    jobs = InstantJobs(store)
    trials = runner.trials(finish(runner, grid, jobs))
    assert config.run_id(fingerprint) not in jobs.asked
    cached = trials[trials["cached"].astype(bool)]
    assert cached["run_id"].tolist() == [config.run_id(fingerprint)]
    assert cached["seconds"].isna().all()


def test_trials_of_one_run_share_one_computation(runner, store, small_file):
    spec = make_grid(
        small_config(small_file, method="fixed-margin"), {"threshold": [0.0, 0.4, 0.8]}
    )
    jobs = InstantJobs(store, n_workers=3, patience=4)
    trials = runner.trials(finish(runner, spec, jobs))
    assert trials["run_id"].nunique() == 1
    assert trials["threshold"].tolist() == [0.0, 0.4, 0.8]
    assert len(jobs.asked) == 2  # it and the baseline
    assert trials["cached"].tolist() == [False, True, True]


def test_no_more_runs_at_a_time_than_workers_and_below_interactive_ones(runner, grid, store):
    jobs = InstantJobs(store, n_workers=2, patience=3)
    finish(runner, grid, jobs)
    assert jobs.most_at_once == 2
    assert jobs.priorities == {PRIORITY}
    assert PRIORITY < 0


def test_failed_trial_has_a_sentence_and_is_not_tried_again(runner, grid, store):
    jobs = InstantJobs(store, fails=lambda c: (c.method, c.scale) == ("emargin", 5.0))
    name = finish(runner, grid, jobs)
    trials = runner.trials(name)
    failed = trials[trials["state"] == "failed"]
    assert failed["scale"].tolist() == [5.0, 5.0]
    assert set(failed["error"]) == {"loss became not finite in step 3"}
    assert (runner.status(name).state, runner.status(name).failed) == ("done", 2)
    again = InstantJobs(store)
    runner.resume(name, again)
    assert runner.wait(name, WAIT_S)
    assert again.asked == []


def test_lost_workers_stop_the_sweep_and_leave_its_trials_open(runner, grid, store):
    jobs = InstantJobs(store, loses=lambda config: config.scale == 5.0)
    name = finish(runner, grid, jobs)
    status = runner.status(name)
    assert (status.state, str(status.message)) == ("failed", "the worker was lost")
    assert status.failed == 0
    lost = [run_id for run_id in set(jobs.asked) if jobs.asked.count(run_id) == ATTEMPTS]
    assert lost
    runner.resume(name, InstantJobs(store))
    assert runner.wait(name, WAIT_S)
    assert runner.status(name).done == 6


def test_collapsed_trial_is_never_on_the_front_and_worst_for_the_search(runner, grid, store):
    name = finish(runner, grid, InstantJobs(store, collapses=lambda c: c.scale == 1.0))
    report = runner.report(name)
    trials = report.findings.trials
    collapsed = set(trials.loc[trials["scale"] == 1.0, "setting"])
    assert len(collapsed) == 2
    assert not collapsed & report.front
    assert not collapsed & {judged.point.key for judged in report.beating}
    trial = next(t for t in report.study.trials() if t.params["scale"] == 1.0)
    assert trial.values[1:] == [math.inf, -math.inf]
    assert trial.constraints == {CONSTRAINT: 1.0}


def test_cancelled_sweep_stops_and_goes_on_where_it_was(runner, grid, store):
    jobs = InstantJobs(store, n_workers=1, patience=10**9)
    name = runner.start(grid, jobs)
    assert runner.status(name).state == "running"
    runner.cancel(name)
    assert runner.wait(name, WAIT_S)
    assert runner.status(name).state == "stopped"
    assert jobs.cancelled == jobs.asked[:1]
    runner.resume(name, InstantJobs(store))
    assert runner.wait(name, WAIT_S)
    trials = runner.trials(name)
    assert len(trials) == 6
    assert set(trials["state"]) == {"done"}


STEPS = (
    "_write_spec",
    "enqueue_trial",
    "ask",
    "suggest_float",
    "set_user_attr",
    "set_constraint",
    "tell",
)


@pytest.mark.parametrize("before", [True, False], ids=["before", "after"])
@pytest.mark.parametrize("nth", [1, pytest.param(3, marks=pytest.mark.slow)])
@pytest.mark.parametrize("step", STEPS)
@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_process_that_ends_between_any_two_steps_loses_and_repeats_nothing(
    grid, store, monkeypatch, step, nth, before
):
    """Every write to the storage is a place to die; then a new process goes on."""
    place = {
        "_write_spec": sweep_study,
        "suggest_float": optuna.trial.Trial,
        "set_user_attr": optuna.trial.Trial,
        "set_constraint": optuna.trial.Trial,
    }.get(step, optuna.study.Study)
    first = InstantJobs(store)
    with monkeypatch.context() as patch:
        patch.setattr(place, step, dies_at(place, step, nth, before))
        dying = SweepRunner(store)
        with contextlib.suppress(Killed):
            dying.start(grid, first, "mine")
            dying.wait("mine", WAIT_S)
    whole_before = set(store.ids())
    second = InstantJobs(store)
    runner = SweepRunner(store)
    finish(runner, grid, second, "mine")
    assert not set(second.asked) & whole_before
    trials = runner.trials("mine")
    assert set(trials["state"]) == {"done"}
    cells = sorted(zip(trials["threshold"], trials["scale"], strict=True))
    assert cells == sorted((c["threshold"], c["scale"]) for c in grid.cells())


def test_search_goes_for_good_settings_and_does_not_repeat_itself(runner, store, small_file):
    spec = make_search(small_config(small_file), 30, fixed=["temperature", "threshold"])
    trials = runner.trials(finish(runner, spec, InstantJobs(store)))
    assert len(trials) == 30
    assert trials["run_id"].nunique() >= 29
    assert set(trials["threshold"]) == {0.4}


def test_search_taken_up_again_draws_new_settings(runner, store, small_file):
    base = small_config(small_file)
    short, long = make_search(base, 4), make_search(base, 8)
    name = finish(runner, short, InstantJobs(store))
    assert finish(runner, long, InstantJobs(store)) == name
    trials = runner.trials(name)
    assert len(trials) == 8
    assert trials["run_id"].nunique() == 8
    with pytest.raises(InputError, match="trials was 8, is 4"):
        runner.start(short, InstantJobs(store))


@pytest.mark.parametrize("sampler", ["tpe", "nsga2"])
def test_both_samplers_bear_undefined_values(runner, store, small_file, sampler):
    spec = make_search(small_config(small_file), 40, sampler=sampler)
    jobs = InstantJobs(store, collapses=lambda config: config.scale > 6)
    name = finish(runner, spec, jobs)
    assert runner.status(name).done == 40
    trials = runner.trials(name)
    late = trials["number"] >= 20
    assert trials[late]["collapsed"].mean() <= trials[~late]["collapsed"].mean()


def test_stored_name_with_other_settings_is_refused_and_says_which(runner, grid, store, small_file):
    finish(runner, grid, InstantJobs(store), "mine")
    other = make_grid(small_config(small_file, iterations=21), {"scale": [1.0, 2.0]})
    with pytest.raises(InputError, match=r"iterations was 20, is 21.*choose another --name"):
        runner.start(other, InstantJobs(store), "mine")


def test_changed_data_is_another_sweep(runner, store, small_file, tmp_path):
    path = tmp_path / "copy.csv"
    path.write_bytes(small_file.read_bytes())
    spec = make_grid(small_config(path), {"scale": [1.0, 2.0]})
    finish(runner, spec, InstantJobs(store), "mine")
    lines = path.read_text().splitlines()
    path.write_text("\n".join(lines[:-2]))
    with pytest.raises(InputError, match="data was"):
        runner.start(spec, InstantJobs(store), "mine")


def test_one_process_works_at_a_sweep_and_others_see_that_it_runs(runner, grid, store):
    name = runner.start(grid, InstantJobs(store, patience=10**9))
    onlooker = SweepRunner(store)
    try:
        assert onlooker.status(name).state == "running"
        with pytest.raises(InputError, match="running in another process"):
            onlooker.start(grid, InstantJobs(store))
        with pytest.raises(InputError, match="already running"):
            runner.start(grid, InstantJobs(store))
    finally:
        runner.cancel(name)
        assert runner.wait(name, WAIT_S)
    assert onlooker.status(name).state == "stopped"


def test_table_can_be_read_while_the_sweep_runs(runner, grid, store):
    name = runner.start(grid, InstantJobs(store, patience=30))
    seen = set()
    while not runner.wait(name, 0.05):
        table = runner.trials(name)
        seen.add(int((table["state"] == "done").sum()))
        document = runner.report(name).to_json(runner.status(name))
        json.dumps(document, allow_nan=False, default=str)
    assert len(seen) > 1


def test_stored_sweeps_are_listed_newest_first(runner, grid, store, small_file):
    assert runner.stored() == []
    finish(runner, grid, InstantJobs(store), "one")
    finish(runner, make_grid(small_config(small_file), {"scale": [3.0]}), InstantJobs(store), "two")
    assert SweepRunner(store).stored() == ["two", "one"]
    assert SweepRunner(store).spec("one") == grid


def test_unknown_sweep_is_a_sentence_with_what_there_is(runner, grid, store):
    finish(runner, grid, InstantJobs(store), "mine")
    with pytest.raises(InputError, match=r"there is no sweep named 'feed'; stored sweeps: mine"):
        runner.status("feed")


def test_study_of_another_program_is_refused(runner, grid, store):
    finish(runner, grid, InstantJobs(store))
    optuna.create_study(storage=runner.address, study_name="theirs").set_user_attr("a", 1)
    with pytest.raises(InputError, match="not a sweep that this version can read"):
        runner.spec("theirs")
    assert "theirs" not in runner.stored()


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("nonsense", "not a database address"),
        ("mysql://me:secret@127.0.0.1/x", "driver"),
        ("postgresql://me:secret@127.0.0.1:1/x", "cannot be opened"),
        ("sqlite:////proc/none/x.db", "cannot be opened"),
    ],
)
def test_storage_that_cannot_be_opened_is_a_sentence_without_the_password(store, address, words):
    with pytest.raises((InputError, StoreError), match=words) as caught:
        SweepRunner(store, address).stored()
    assert "secret" not in str(caught.value)


def test_process_killed_while_it_makes_the_tables_leaves_no_half_made_file(
    runner, grid, store, monkeypatch
):
    def deadly(*_, **__):
        raise Killed

    monkeypatch.setattr(storage, "_make_whole", MAKE_WHOLE)
    with monkeypatch.context() as patch:
        patch.setattr(optuna.storages._rdb.storage._VersionManager, "__init__", deadly)
        with contextlib.suppress(Killed):
            SweepRunner(store).stored()
    assert not (store.home / "sweeps" / "sweeps.sqlite3").exists()
    finish(runner, grid, InstantJobs(store), "mine")
    with sqlite3.connect(store.home / "sweeps" / "sweeps.sqlite3") as database:
        indices = database.execute(
            "select sql from sqlite_master where type = 'index' and tbl_name = 'studies'"
        ).fetchall()
    assert any("UNIQUE" in (sql or "") for (sql,) in indices)


def test_file_that_is_no_database_is_a_sentence(store, tmp_path):
    path = tmp_path / "notes.txt"
    path.write_text("feed" * 500)
    with pytest.raises(StoreError, match="cannot be opened"):
        SweepRunner(store, f"sqlite:///{path}").stored()


def test_storage_that_breaks_meanwhile_ends_the_sweep_in_words(runner, grid, store, monkeypatch):
    def broken(*_, **__):
        raise optuna.exceptions.StorageInternalError("the disk is full")

    monkeypatch.setattr(optuna.study.Study, "tell", broken)
    name = finish(runner, grid, InstantJobs(store))
    status = runner.status(name)
    assert status.state == "failed"
    assert "the disk is full" in str(status.message)


def test_baseline_that_cannot_be_computed_is_said_and_nothing_beats_it(runner, grid, store):
    jobs = InstantJobs(store, fails=lambda config: config.method == "infonce")
    name = finish(runner, grid, jobs)
    document = runner.report(name).to_json(runner.status(name))
    assert document["baseline"]["error"] == "loss became not finite in step 3"
    assert document["dominating"] == []
    assert document["pareto"]


def test_collapsed_baseline_is_beaten_by_nothing(runner, grid, store):
    jobs = InstantJobs(store, collapses=lambda config: config.method == "infonce")
    name = finish(runner, grid, jobs)
    assert runner.report(name).beating == []


def test_rate_counts_what_was_computed(runner, grid, store):
    jobs = InstantJobs(store, n_workers=1, patience=40)
    name = runner.start(grid, jobs)
    rates = []
    while not runner.wait(name, 0.05):
        status = runner.status(name)
        if status.rate_per_minute is not None and status.state == "running":
            rates.append(status)
    assert rates
    assert all(status.seconds_left >= 0 for status in rates)
    assert runner.status(name).rate_per_minute is None


def test_many_may_start_and_look_at_once(runner, store, small_file):
    specs = [make_grid(small_config(small_file, seed=n), {"scale": [1.0, 2.0]}) for n in range(4)]
    jobs = InstantJobs(store)
    names = [None] * 4

    def begin(number):
        names[number] = runner.start(specs[number], jobs)

    threads = [threading.Thread(target=begin, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(names)) == 4
    for name in names:
        assert runner.wait(name, WAIT_S)
        assert runner.status(name).state == "done"


def test_waiting_cell_of_an_ended_process_is_taken_first(store, grid, small_file):
    opened = storage.open_storage(storage.default_address(store.home))
    fingerprint = load_dataset(str(small_file)).fingerprint
    SweepStudy.create_or_load(opened, "mine", grid, fingerprint)
    optuna.load_study(study_name="mine", storage=opened).enqueue_trial(
        {"threshold": 0.4, "scale": 5.0}, user_attrs={"cell": 5}
    )
    asked = SweepStudy.load(opened, "mine").ask()
    assert (asked.number, asked.params) == (0, {"threshold": 0.4, "scale": 5.0})


def test_sweep_of_an_older_version_can_be_read_and_not_resumed(runner, grid, store, monkeypatch):
    with monkeypatch.context() as older:
        older.setattr(sweep_study, "RESULT_VERSION", 1)
        name = finish(runner, grid, InstantJobs(store, fails=lambda c: c.scale == 5.0), "old")
    again = SweepRunner(store)
    assert not again.is_current(name)
    assert len(again.trials(name)) == 6
    assert again.report(name).findings.recommendation.basis == "old-protocol"
    with pytest.raises(InputError, match="older version, whose numbers differ"):
        again.resume(name, InstantJobs(store))
