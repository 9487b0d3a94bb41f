"""The sweep command's contract: one JSON object; a mistake is one line and exit status 2."""

import json
import threading
import time
from types import SimpleNamespace

import pytest

from emargin_core.cli import main
from emargin_core.jobs import facade
from emargin_core.sweeps.study import SweepStudy
from emargin_core.sweeps.sweep import SweepRunner
from tests.emargin_core.sweeps.sweep_doubles import InstantJobs, quick_tables

GRID = [
    *("--threshold", "0,0.4", "--scale", "1,5", "--seeds", "0,1", "--folds", "0"),
    *("--iterations", "5"),
]


@pytest.fixture(autouse=True)
def instant(monkeypatch, store, shared):
    """Workers that answer at once, and what was asked of them."""
    quick_tables(monkeypatch, shared)
    started = []

    class Jobs(InstantJobs):
        def __init__(self, store, scheduler=None, n_workers=None):
            super().__init__(store, collapses=lambda c: (c.scale, c.seed) == (5.0, 1))
            started.append(self)

        def close(self, wait=True):
            pass

    monkeypatch.setattr(facade, "Jobs", Jobs)
    monkeypatch.setattr("emargin_core.cli.sweep.POLL_S", 0.1)
    return started


@pytest.fixture
def data(small_file):
    return ["--dataset", str(small_file)]


def call(capsys, *arguments):
    status = main(["sweep", *arguments])
    captured = capsys.readouterr()
    return status, captured.out, captured.err


def test_grid_is_one_json_object_with_trials_front_baseline_and_what_beats_it(capsys, data):
    status, out, _ = call(capsys, *data, *GRID, "--json", "-")
    document = json.loads(out)
    assert (status, out.count("\n")) == (0, 1)
    assert len(document["trials"]) == 8
    trial = document["trials"][0]
    assert {"number", "run_id", "config", "state", "metrics", "collapsed", "error"} <= set(trial)
    assert trial["metrics"]["probe"]["accuracy"] == pytest.approx(0.738, abs=1e-3)
    by_id = {trial["run_id"]: trial for trial in document["trials"]}
    assert document["pareto"]
    for chosen in (*document["pareto"], *document["dominating"]):
        assert not by_id[chosen]["collapsed"]
    assert document["baseline"]["config"]["method"] == "infonce"
    assert document["baseline"]["probe"]["accuracy"]["values"] == pytest.approx([0.72, 0.72])
    assert set(document["baseline"]["interval"]["accuracy"]) == {"mean", "low", "high"}
    assert len(document["judged"]) == 4
    assert document["confirmed"] is None


def test_default_covers_all_folds_on_validation_and_judges_settings_by_them(capsys, data):
    document = json.loads(call(capsys, *data, "--scale", "1,2,4", "--json", "-")[1])
    assert len(document["trials"]) == 15
    configs = [trial["config"] for trial in document["trials"]]
    assert {config["evaluate_on"] for config in configs} == {"validation"}
    assert {config["fold"] for config in configs} == {0, 1, 2, 3, 4}
    judged = {found["config"]["scale"]: found for found in document["judged"]}
    assert judged[4.0]["settled"]
    assert judged[4.0]["difference"]["silhouette"]["low"] > 0
    assert [found["better_on_both"] for found in judged.values()] == [False, True, False]
    assert document["recommended"]["basis"] == "better-on-both"
    assert document["recommended"]["run_ids"] == judged[2.0]["run_ids"]
    assert document["dominating"] == judged[2.0]["run_ids"]


def test_first_look_claims_nothing(capsys, data):
    document = json.loads(call(capsys, *data, *GRID, "--json", "-")[1])
    assert document["dominating"] == []
    assert document["recommended"]["basis"] == "first-look"
    for found in document["judged"]:
        assert not found["settled"]
        assert found["difference"]["accuracy"]["low"] is None


def test_confirm_tests_each_folds_choice_on_its_test_groups(capsys, data, instant):
    status, out, _ = call(capsys, *data, "--scale", "1,2,4", "--confirm", "--json", "-")
    found = json.loads(out)["confirmed"]
    assert status == 0
    assert [chosen["fold"] for chosen in found["chosen"]] == [0, 1, 2, 3, 4]
    assert {chosen["setting"]["scale"] for chosen in found["chosen"]} == {2.0}
    assert found["settled"]
    assert found["candidate"]["config"]["evaluate_on"] == "test"
    assert found["candidate"]["config"]["fold"] == [0, 1, 2, 3, 4]
    assert found["difference"]["davies_bouldin"]["high"] < 0
    assert len(instant[0].asked) == 15 + 5 + 10
    again = json.loads(call(capsys, *data, "--scale", "1,2,4", "--confirm", "--json", "-")[1])
    assert again["confirmed"]["difference"] == found["difference"]
    assert instant[1].asked == []


def test_confirmed_words_show_both_figures(capsys, data):
    out = " ".join(call(capsys, *data, "--scale", "1,2,4", "--confirm")[1].split())
    assert "the best of 3 settings, on the groups that chose it (5 machines in 5 folds)" in out
    assert "Confirmed on groups that had no part in the choice (5 machines in 5 folds)" in out
    assert "All 5 folds chose the same setting." in out


def test_collapsed_trial_is_marked_and_its_undefined_numbers_are_null(capsys, data):
    document = json.loads(call(capsys, *data, *GRID, "--json", "-")[1])
    collapsed = [trial for trial in document["trials"] if trial["collapsed"]]
    assert len(collapsed) == 2
    for trial in collapsed:
        assert trial["metrics"]["clustering"]["davies_bouldin"] is None
        assert trial["run_id"] not in document["pareto"] + document["dominating"]


def test_recommended_setting_has_all_its_seeds(capsys, data):
    document = json.loads(call(capsys, *data, *GRID, "--json", "-")[1])
    assert len(document["recommended"]["run_ids"]) == 2
    assert document["recommended"]["reason"].endswith(".")


def test_search_runs_on_one_fold(capsys, data):
    document = json.loads(call(capsys, *data, "--search", "3", "--json", "-")[1])
    assert {trial["config"]["fold"] for trial in document["trials"]} == {0}


def test_search_has_as_many_trials_as_asked_and_keeps_what_is_fixed(capsys, data):
    arguments = ["--search", "6", "--temperature-range", "0.1,1", "--threshold", "0.2"]
    document = json.loads(call(capsys, *data, *arguments, "--json", "-")[1])
    assert len(document["trials"]) == 6
    assert {trial["config"]["threshold"] for trial in document["trials"]} == {0.2}
    for trial in document["trials"]:
        assert 0.1 <= trial["config"]["temperature"] <= 1.0
    assert len({trial["config"]["scale"] for trial in document["trials"]}) == 6


def test_search_with_a_head_start_says_where_its_first_trials_come_from(capsys, data):
    arguments = [*data, "--search", "4", "--head-start", "2"]
    document = json.loads(call(capsys, *arguments, "--json", "-")[1])
    origins = [trial["origin"] for trial in document["trials"]]
    assert None not in origins[:2]
    assert origins[2:] == [None, None]
    assert document["settings"]["head_start"] == 2
    said = " ".join(call(capsys, *arguments)[1].split())
    assert f"Tried first: what did best on {origins[0]}" in said


def test_what_a_sweep_of_other_data_confirmed_is_tried_first(capsys, data, small_file, tmp_path):
    call(capsys, *data, "--scale", "1,2,4", "--confirm")
    other = tmp_path / "other.csv"
    other.write_text("\n".join(small_file.read_text().splitlines()[:-300]))
    for source, name, scale in ((other, str(small_file), 2.0), (small_file, "archive:", None)):
        arguments = ["--dataset", str(source), "--search", "2", "--head-start", "1"]
        document = json.loads(call(capsys, *arguments, "--json", "-")[1])
        first = document["trials"][0]
        assert first["origin"].startswith(name)  # never the data's own
        assert scale in (None, first["params"]["scale"])


def test_baseline_takes_its_own_settings(capsys, data):
    document = json.loads(
        call(
            capsys,
            *data,
            "--scale",
            "1,2",
            "--baseline",
            "fixed-margin",
            "--baseline-temperature",
            "0.9",
            "--baseline-uniformity",
            "0.2",
            "--json",
            "-",
        )[1]
    )
    config = document["baseline"]["config"]
    assert (config["method"], config["temperature"], config["uniformity"]) == (
        "fixed-margin",
        0.9,
        0.2,
    )


def test_same_command_computes_nothing_again(capsys, data, instant):
    first = json.loads(call(capsys, *data, *GRID, "--json", "-")[1])
    second = json.loads(call(capsys, *data, *GRID, "--json", "-")[1])
    assert first == second
    assert instant[1].asked == []


def test_table_names_what_beats_the_baseline(capsys, data):
    status, out, _ = call(capsys, *data, "--scale", "1,2")
    assert status == 0
    assert "10 done, 0 failed" in out


def test_resumed_sweep_takes_its_stored_settings(capsys, data, instant):
    call(capsys, *data, *GRID, "--name", "mine", "--json", "-")
    status, out, _ = call(capsys, "--resume", "mine", "--json", "-")
    assert status == 0
    assert len(json.loads(out)["trials"]) == 8


def interrupt(*_, **__):
    raise KeyboardInterrupt


def test_interrupt_while_the_last_trial_is_told_keeps_it(capsys, data, instant, monkeypatch):
    telling, told = threading.Event(), threading.Event()
    tell, count = SweepStudy.tell, []

    def slowly(self, *arguments, **more):
        count.append(arguments)
        if len(count) == 8:
            telling.set()
            told.wait(30)
        tell(self, *arguments, **more)

    def sleep(seconds):
        if telling.is_set():
            told.set()
            interrupt()
        time.sleep(seconds)

    with monkeypatch.context() as patch:
        patch.setattr(SweepStudy, "tell", slowly)
        patch.setattr("emargin_core.cli.sweep.time", SimpleNamespace(sleep=sleep))
        status, out, err = call(capsys, *data, *GRID, "--name", "mine", "--json", "-")
    assert (status, out) == (130, "")
    assert "8 of 8 trials are stored" in err
    document = json.loads(call(capsys, "--resume", "mine", "--json", "-")[1])
    assert [trial["state"] for trial in document["trials"]] == ["done"] * 8
    assert instant[1].asked == []


@pytest.mark.parametrize("step", ["wait", "report"])
def test_interrupt_at_the_very_end_still_says_what_is_kept(capsys, data, monkeypatch, step):
    monkeypatch.setattr(SweepRunner, step, interrupt)
    if step == "wait":  # Ctrl-C, and once more while the sweep is being left
        monkeypatch.setattr("emargin_core.cli.sweep.time", SimpleNamespace(sleep=interrupt))
    status, out, err = call(capsys, *data, *GRID, "--name", "mine", "--json", "-")
    assert (status, out) == (130, "")
    assert "of 8 trials are stored" in " ".join(err.split())
    assert "--resume mine" in err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--threshold", ""], ["--threshold is ''", "numbers"]),
        (["--threshold", "0,,1"], ["--threshold is '0,,1'"]),
        (["--scale", "1,big"], ["--scale is '1,big'"]),
        (["--scale", "1,200"], ["scale is 200", "0 to 100"]),
        (["--temperature", "0"], ["temperature is 0", "0.01 to 10"]),
        (["--threshold", "nan"], ["threshold is nan"]),
        (["--method", "emargin,magic"], ["'magic'", "infonce"]),
        (["--method", ","], ["--method is ','"]),
        (["--seeds", "0,x"], ["--seeds is '0,x'"]),
        (
            [
                "--seeds",
                ",".join(map(str, range(101))),
                "--scale",
                ",".join(str(n / 10) for n in range(100)),
                "--folds",
                "0",
            ],
            ["10,100 cells", "10,000"],
        ),
        (["--search", "0"], ["0 trials"]),
        (["--search", "3", "--scale", "1,2"], ["--scale-range LOW,HIGH"]),
        (["--search", "3", "--seeds", "0,1"], ["--seeds has 2 values"]),
        (["--search", "3", "--folds", "0,1"], ["--folds has 2 values"]),
        (["--folds", "7"], ["--folds is '7'", "5 folds"]),
        (["--folds", "first"], ["--folds is 'first'"]),
        (["--search", "3", "--scale", "1", "--scale-range", "1,2"], ["--scale fixes"]),
        (["--search", "3", "--scale-range", "1"], ["--scale-range is '1'"]),
        (["--search", "3", "--sampler", "luck"], ["'luck'", "tpe or nsga2"]),
        (["--scale-range", "1,2"], ["add --search"]),
        (["--head-start", "2"], ["--head-start", "add --search"]),
        (["--search", "3", "--head-start", "4"], ["4 trials", "0 to 3"]),
        (["--storage", "nowhere"], ["'nowhere'", "sqlite:///"]),
        (["--storage", "postgresql://a:secret@127.0.0.1:1/b"], ["cannot be opened"]),
        (["--storage", "mysql://a:secret@127.0.0.1:1/b"], ["a driver that is not installed"]),
        (["--resume", "feed"], ["'feed'", "stored sweeps: none"]),
        (["--resume", "feed", "--scale", "2"], ["leave out --scale"]),
        (["--baseline", "magic"], ["'magic'"]),
        (["--scheduler", "nowhere"], ["'nowhere'", "tcp://host:port"]),
        (["--scheduler", "tls://127.0.0.1:1"], ["needs certificates"]),
        (["--dataset", "moon"], ["'moon'", "watch"]),
    ],
)
def test_mistake_is_one_line_and_status_two(capsys, arguments, words):
    status, out, err = call(capsys, *arguments)
    assert (status, out) == (2, "")
    assert err.count("\n") == 1
    assert "secret" not in err
    for word in words:
        assert word in err


def test_name_with_other_settings_is_one_line_and_status_two(capsys, data):
    call(capsys, *data, *GRID, "--name", "mine", "--json", "-")
    status, out, err = call(capsys, *data, "--scale", "1,3", "--name", "mine", "--json", "-")
    assert (status, out) == (2, "")
    assert "other settings" in err
    assert err.count("\n") == 1


def test_choice_on_the_test_groups_cannot_be_confirmed(capsys, data):
    arguments = ["--scale", "1,2", "--evaluate-on", "test", "--confirm", "--json", "-"]
    status, out, err = call(capsys, *data, *arguments)
    assert (status, out) == (2, "")
    assert "none are left to confirm its choice on" in err
