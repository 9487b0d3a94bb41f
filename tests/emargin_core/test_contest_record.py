"""A contest's file: what the command writes is what is read back; what is damaged is left out."""

import json

import pytest

from emargin_core.contest_record import FOLDER, load_contests, read_contest
from emargin_core.verdict import ACCURACY, DAVIES_BOULDIN, SILHOUETTE


@pytest.fixture
def document():
    """A contest as the command wrote it."""
    return json.loads((FOLDER / "basic-motions.json").read_text())


@pytest.fixture
def write(tmp_path):
    def as_file(document, name="small.json"):
        (tmp_path / name).write_text(json.dumps(document))
        return tmp_path / name

    return as_file


def test_file_tells_what_the_command_found(document, write):
    record = read_contest(write(document))
    assert (record.trials, record.baseline.method) == (document["trials"], "infonce")
    assert list(record.seeds) == document["seeds"]
    assert record.holds == document["holds"]
    assert set(record.candidate.settings) == {"threshold", "scale", "temperature", "uniformity"}
    assert set(record.baseline.settings) == {"temperature", "uniformity"}
    for side, told in (("baseline", record.baseline), ("candidate", record.candidate)):
        assert len(told.tried) == record.trials
        compared = document["comparison"][side]
        assert told.mean(ACCURACY) == pytest.approx(compared["probe"]["accuracy"]["mean"])
        assert told.values[SILHOUETTE] == tuple(compared["clustering"]["silhouette"]["values"])
        assert told.validation["accuracy"] in [trial.accuracy for trial in told.tried]
    change = document["comparison"]["difference"]["davies_bouldin"]
    assert record.differences[DAVIES_BOULDIN].low == change["low"]
    assert record.n_recordings == len(document["comparison"]["candidate"]["data"]["recordings"])


def test_scores_of_a_collapsed_side_are_undefined_and_so_are_the_differences(document, write):
    reasons = document["comparison"]["baseline"]["collapse_reason"]
    reasons[1] = "one cluster holds over 95 % of the frames"
    record = read_contest(write(document))
    assert record.baseline.collapsed
    assert not record.candidate.collapsed
    assert record.baseline.mean(SILHOUETTE) is None
    assert record.baseline.mean(ACCURACY) is not None
    assert record.candidate.mean(SILHOUETTE) is not None
    assert record.differences[SILHOUETTE] is record.differences[DAVIES_BOULDIN] is None
    assert record.differences[ACCURACY] is not None


def test_command_in_the_file_runs_the_same_contest(document):
    words = document["command"].split()
    options = dict(zip(words[4::2], words[5::2], strict=True))
    assert words[:4] == ["python", "-m", "emargin_core", "contest"]
    assert options == {
        "--dataset": document["dataset"]["name"], "--baseline": "infonce",
        "--candidate": "emargin", "--trials": str(document["trials"]), "--iterations": "400",
        "--seeds": "0,1,2,3,4",
    }  # fmt: skip


@pytest.mark.parametrize(
    "damage",
    [
        {"format": 2},
        {"result_version": -1},
        {"tried": {}},
        {"comparison": None},
        {"clusters_better": "perhaps"},
        {"seeds": "all"},
    ],
)
def test_what_cannot_be_used_is_left_out_with_a_word_and_hides_no_other(
    document, write, caplog, damage
):
    write(document, "a.json")
    path = write(document | damage, "b.json")
    assert len(load_contests(path.parent)) == 1
    assert "b.json is not used" in caplog.text


def test_torn_file_and_numbers_that_are_none_are_left_out(document, write, caplog):
    path = write(document)
    path.write_text(path.read_text()[:-40])
    (path.parent / "nan.json").write_text(json.dumps(document | {"trials": float("nan")}))
    assert load_contests(path.parent) == ()
    assert caplog.text.count("is not used") == 2


def test_shipped_contests_are_readable_and_say_themselves_what_follows_from_their_numbers():
    records = load_contests()
    assert {record.dataset for record in records} == {"archive:BasicMotions", "watch"}
    assert len(records) == len(list(FOLDER.glob("*.json")))
    for record in records:
        assert len(record.seeds) == 5
        assert len(record.baseline.tried) == len(record.candidate.tried) == record.trials
        assert record.baseline.config["dataset"] == record.dataset
        overlap, tidiness = (record.differences[path] for path in (DAVIES_BOULDIN, SILHOUETTE))
        collapsed = record.baseline.collapsed or record.candidate.collapsed
        assert (overlap is None) == (tidiness is None) == collapsed
        better = not collapsed and overlap.sign < 0 and tidiness.sign > 0
        assert record.clusters_better == better
        assert record.accuracy_kept == (record.differences[ACCURACY].sign >= 0)
        best = max(trial.accuracy for trial in record.baseline.tried if trial.scored)
        for side in (record.baseline, record.candidate):
            assert side.validation["accuracy"] >= best - 0.02
            assert side.config["evaluate_on"] == "validation"
