"""The command line's contract: one JSON object; a mistake is one line and exit status 2."""

import json
from types import SimpleNamespace

import pytest

from emargin_core.cli import main
from emargin_core.datasets.registry import load_dataset
from emargin_core.jobs import facade
from emargin_core.store.gallery.gallery import load_gallery
from emargin_core.store.reference_scores import ReferenceScores
from tests.conftest import InlineJobs

FAST = ["--iterations", "5"]


def call(capsys, *arguments):
    status = main(list(arguments))
    captured = capsys.readouterr()
    return status, captured.out, captured.err


@pytest.fixture
def data(small_file):
    return ["--dataset", str(small_file), *FAST]


def test_run_prints_one_json_object_and_nothing_else(capsys, data):
    status, out, _ = call(capsys, "run", *data, "--json", "-")
    document = json.loads(out)
    assert status == 0
    assert out.count("\n") == 1
    assert {
        "run_id",
        "config",
        "collapsed",
        "clustering",
        "probe",
        "geometry",
        "timing",
        "cached",
    } <= set(document)
    assert document["cached"] is False
    assert document["config"]["threshold"] == 0.4


def test_second_run_is_taken_from_the_store(capsys, data):
    call(capsys, "run", *data, "--json", "-")
    document = json.loads(call(capsys, "run", *data, "--json", "-")[1])
    assert document["cached"] is True


def test_settings_that_are_not_read_are_null(capsys, data):
    document = json.loads(call(capsys, "run", *data, "--method", "infonce", "--json", "-")[1])
    assert document["config"]["threshold"] is None
    assert document["config"]["temperature"] == 0.5


def test_json_goes_to_a_file_when_asked(capsys, data, tmp_path):
    status, _, _ = call(capsys, "run", *data, "--json", str(tmp_path / "r.json"))
    assert status == 0
    assert json.loads((tmp_path / "r.json").read_text())["probe"]["accuracy"] is not None


@pytest.mark.slow
def test_compare_has_both_sides_differences_and_a_verdict(capsys, data):
    sides = ["--baseline", "infonce", "--candidate", "emargin", "--folds", "0,1"]
    status, out, err = call(capsys, "compare", *data, *sides, "--json", "-")
    assert status == 0, err
    document = json.loads(out)
    for side in ("baseline", "candidate"):
        accuracy = document[side]["probe"]["accuracy"]
        assert set(accuracy) == {"mean", "sd", "values"}
        assert len(accuracy["values"]) == 2
        assert accuracy["mean"] == pytest.approx(sum(accuracy["values"]) / 2)
        assert document[side]["config"]["fold"] == [0, 1]
        assert document[side]["config"]["seed"] == [0, 0]
        assert len(document[side]["run_id"]) == 2
    reference_scores = {score["name"]: score for score in document["reference_scores"]}
    assert reference_scores["majority"]["accuracy"]["mean"] == pytest.approx(1 / 3, abs=0.05)
    assert reference_scores["boosted_trees"]["kind"] == "ceiling"
    difference = document["difference"]["accuracy"]
    assert (difference["low"], difference["high"]) == (None, None)
    assert document["settled"] is False
    assert document["verdict"] in {"inconclusive", "collapsed"}
    assert document["unit"]["noun"] == "recording"
    assert document["unit"]["n"] == len(document["unit"]["names"])


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["run", "--threshold", "7"], ["threshold is 7", "-1.1 to 1.1"]),
        (["run", "--temperature", "0"], ["temperature is 0", "0.01 to 10"]),
        (["run", "--method", "magic"], ["'magic'", "emargin"]),
        (["run", "--threshold", "high"], ["--threshold", "number"]),
        (["run", "--dataset", "moon"], ["'moon'", "watch"]),
        (["run", "--dataset", "none.csv"], ["none.csv", "file not found"]),
        (["run", "--speed", "9"], ["--speed"]),
        (["compare", "--seeds", "0,x"], ["--seeds", "0,x"]),
        (["compare", "--seeds", "1,1"], ["each seed may occur only once"]),
        (["compare", "--seeds", "-3"], ["seed is -3"]),
        (["run", "--fold", "7"], ["fold is 7", "0 to 4"]),
        (["compare", "--folds", "first"], ["--folds", "first", "all"]),
        (["compare", "--folds", "0,5"], ["--folds", "0,5", "5 folds, numbered from 0"]),
        (["compare", "--folds", "0,0"], ["each fold may occur only once"]),
        (["dance"], ["dance"]),
    ],
)
def test_mistake_is_one_line_and_status_two(capsys, arguments, words):
    status, out, err = call(capsys, *arguments)
    assert status == 2
    assert out == ""
    assert err.count("\n") == 1
    assert "Traceback" not in err
    for word in words:
        assert word in err


def test_store_that_cannot_be_written_is_one_line_and_status_two(
    capsys, data, tmp_path, monkeypatch
):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("EMARGIN_HOME", str(tmp_path / "file"))
    status, out, err = call(capsys, "run", *data, "--json", "-")
    assert (status, out) == (2, "")
    assert "EMARGIN_HOME" in err
    assert err.count("\n") == 1


def test_json_target_that_cannot_be_written_is_one_line(capsys, data, tmp_path):
    status, _, err = call(capsys, "run", *data, "--json", str(tmp_path / "no" / "r.json"))
    assert status == 2
    assert "cannot be written" in err


def test_datasets_lists_what_is_registered(capsys):
    status, out, _ = call(capsys, "datasets", "--json", "-")
    assert status == 0
    rows = {row["name"]: row for row in json.loads(out)["datasets"]}
    assert {"watch", "archive:BasicMotions", "harth", "sleep-edf", "afdb"} < set(rows)
    assert rows["watch"]["available"] is True
    assert rows["watch"]["missing"] is None
    assert rows["harth"]["available"] is False
    assert "datasets fetch harth" in rows["harth"]["missing"]


def test_datasets_table_says_how_to_get_what_is_not_here(capsys):
    status, out, _ = call(capsys, "datasets")
    assert status == 0
    assert "afdb: run 'python -m emargin_core datasets fetch afdb'" in " ".join(out.split())


def test_help_names_bounds_from_the_config(capsys):
    _, out, _ = call(capsys, "run", "--help")
    assert "From 0.01 to 10" in " ".join(out.replace("│", " ").split())


def test_check_reports_in_json_and_refuses_in_one_line(capsys, small_file, tmp_path):
    status, out, err = call(capsys, "datasets", "check", str(small_file), "--json", "-")
    document = json.loads(out)
    assert (status, err) == (0, "")
    assert document["mapping"]["channels"] == ["x", "y"]
    assert document["mapping"]["rate"] == 20.0
    bad = tmp_path / "bad.csv"
    bad.write_text(small_file.read_text().replace("0.0\n", "\x1b[31mtext\n", 1))
    status, out, err = call(capsys, "datasets", "check", str(bad), "--json", "-")
    assert status == 2
    assert json.loads(out)["usable"] is False
    assert err.count("\n") == 1
    assert "'[31mtext' in row 2" in err
    assert "\x1b" not in err


def test_check_takes_columns_from_the_options(capsys, small_file):
    options = ["--label", "", "--channels", "y", "--time", "", "--rate", "10"]
    _, out, _ = call(capsys, "datasets", "check", str(small_file), *options, "--json", "-")
    document = json.loads(out)
    assert document["mapping"] == {
        "channels": ["y"],
        "recording": "recording",
        "group": None,
        "time": None,
        "label": None,
        "rate": 10.0,
    }


def test_file_is_added_listed_run_and_removed(capsys, small_file):
    assert call(capsys, "datasets", "add", str(small_file), "--name", "Small [b]")[0] == 0
    own = json.loads(call(capsys, "datasets", "--json", "-")[1])["own"]
    assert [(entry["name"], entry["title"]) for entry in own] == [("my:small-b", "Small [b]")]
    assert "Small [b]" in call(capsys, "datasets")[1]
    run = ["run", "--dataset", "my:small-b", *FAST, "--json", "-"]
    assert json.loads(call(capsys, *run)[1])["config"]["dataset"] == "my:small-b"
    assert call(capsys, "datasets", "remove", "my:small-b")[0] == 0
    status, _, err = call(capsys, *run)
    assert (status, err.count("\n")) == (2, 1)
    assert "'my:small-b' is not known" in err


@pytest.mark.slow
def test_gallery_is_made_by_one_command_that_it_names(capsys, small_file, tmp_path):
    out = tmp_path / "gallery.zip"
    status, printed, _ = call(
        capsys, "gallery", "--small", "--dataset", str(small_file), "--out", str(out)
    )
    assert status == 0
    assert "9 runs" in printed
    gallery = load_gallery(out)
    assert len(gallery.entries) == 9
    assert gallery.command == f"python -m emargin_core gallery --small --dataset {small_file}"


def test_report_is_written_whole_and_says_so(capsys, tmp_path, home):
    runs = [name for name, _ in zip(load_gallery().entries, range(2), strict=False)]
    path = tmp_path / "report.html"
    status, out, _ = call(capsys, "report", *runs, "--out", str(path))
    assert status == 0
    assert path.read_text(encoding="utf-8").startswith("<!doctype html>")
    assert "2 runs" in out
    assert [item.name for item in tmp_path.iterdir()] == ["report.html"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["feedfeedfeedfeed", "--out", "r.html"], "not found"),
        (["feedfeedfeedfeed", "--out", "r.pdf"], "does not end in .html"),
        (["feedfeedfeedfeed", "--lang", "xx"], "--lang is 'xx'"),
        (["feedfeedfeedfeed", "--format", "pdf", "--out", "r.html"], "not found"),
    ],
)
def test_report_refuses_in_one_line(capsys, home, arguments, words):
    status, out, err = call(capsys, "report", *arguments)
    assert (status, out) == (2, "")
    assert words in err
    assert err.count("\n") == 1


def test_other_frames_than_the_data_s_own_have_no_reference_scores(capsys, data, monkeypatch):
    monkeypatch.setattr(facade, "Jobs", InlineJobs)
    frames = ["--frame", "16 samples", "--folds", "0"]
    status, out, err = call(capsys, "compare", *data, *frames, "--json", "-")
    assert status == 0, err
    assert json.loads(out)["reference_scores"] == []


def test_reference_scores_that_ship_are_not_measured_again(capsys, data, monkeypatch):
    class Unmeasured(InlineJobs):
        def submit_reference_scores(self, *_):
            raise AssertionError

    known = ReferenceScores(load_dataset(data[1]).fingerprint, "test", ())
    shipped = SimpleNamespace(
        reference_scores=lambda *split: {(known.fingerprint, "test"): known}.get(split)
    )
    monkeypatch.setattr(facade, "Jobs", Unmeasured)
    monkeypatch.setattr("emargin_core.cli.experiments.load_gallery", lambda: shipped)
    status, _, err = call(capsys, "compare", *data, "--folds", "0", "--json", "-")
    assert status == 0, err
