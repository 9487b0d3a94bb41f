"""What the command writes is what is read back; a damaged file is left out."""

import json

import pytest

from emargin_core.evaluation.metric_table import ACCURACY, DAVIES_BOULDIN, SILHOUETTE
from emargin_core.sweeps.tuned.comparison import Side, tune
from emargin_core.sweeps.tuned.record import FOLDER, SHOWN, load_tuned_records, read_tuned_record
from tests.emargin_core.analysis.test_one_rule import Case, comparison_of
from tests.emargin_core.sweeps.tuned.tuned_doubles import TRIALS, tuned_document

BETTER = Case("better", "better", "equal")


@pytest.fixture
def document():
    """A tuned comparison as the command wrote it."""
    return tuned_document(comparison_of(BETTER))


@pytest.fixture
def write(tmp_path):
    def as_file(document, name="small.json"):
        (tmp_path / name).write_text(json.dumps(document))
        return tmp_path / name

    return as_file


def test_file_tells_what_the_command_found(document, write):
    record, compared = read_tuned_record(write(document)), comparison_of(BETTER)
    assert (record.trials, record.baseline.method, record.noun) == (TRIALS, "infonce", "machine")
    assert record.held_out == compared.held_out
    assert {path: record.differences[path] for path in SHOWN} == {
        path: compared.differences[path] for path in SHOWN
    }
    assert record.judgement == compared.judgement
    assert record.judgement.better_on_both
    assert document["better_on_both"]
    assert set(record.candidate.settings[0]) == {"threshold", "scale", "temperature", "uniformity"}
    for side, runs in (
        (record.baseline, compared.baseline),
        (record.candidate, compared.candidate),
    ):
        assert side.values[SILHOUETTE] == tuple(run.metric(SILHOUETTE) for run in runs)
        assert side.chosen == {0: 2, 1: 1, 2: 2, 3: 2, 4: 2}
        assert side.usual == side.settings[2]
        assert record.passed(side) == (True, True, True, False)


@pytest.mark.parametrize("side", ["baseline", "candidate"])
def test_scores_of_a_collapsed_side_are_undefined_and_so_are_the_differences(write, side):
    case = Case("better", "better", "better", collapsed=side)
    record = read_tuned_record(write(tuned_document(comparison_of(case))))
    collapsed, other = record.baseline, record.candidate
    if side == "candidate":
        collapsed, other = other, collapsed
    assert (collapsed.collapsed, other.collapsed) == (True, False)
    assert collapsed.mean(SILHOUETTE) is None
    assert None not in (collapsed.mean(ACCURACY), other.mean(SILHOUETTE))
    assert record.meaningful[SILHOUETTE] is record.meaningful[DAVIES_BOULDIN] is None
    assert record.meaningful[ACCURACY] is not None
    assert record.judgement.kind == comparison_of(case).kind
    assert not record.judgement.better_on_both


def test_command_in_the_file_runs_the_same_comparison(document):
    words = document["command"].split()
    options = dict(zip(words[4::2], words[5::2], strict=True))
    assert words[:4] == ["python", "-m", "emargin_core", "tuned-comparison"]
    assert options == {
        "--dataset": "pump",
        "--baseline": "infonce",
        "--candidate": "emargin",
        "--trials": str(TRIALS),
        "--iterations": "400",
        "--seeds": "0",
    }


@pytest.mark.parametrize(
    "damage",
    [
        {"format": 1},
        {"result_version": 1},
        {"tried": {}},
        {"comparison": None},
        {"chosen": {"baseline": {"0": 99}, "candidate": {"0": 0}}},
        {"chosen": {"baseline": {"7": 0}, "candidate": {"0": 0}}},
        {"trials": 5},
        {"seeds": "all"},
    ],
)
def test_what_cannot_be_used_is_left_out_with_a_word_and_hides_no_other(
    document, write, caplog, damage
):
    write(document, "a.json")
    path = write(document | damage, "b.json")
    assert len(load_tuned_records(path.parent)) == 1
    assert "b.json is not used" in caplog.text


def test_malformed_file_and_numbers_that_are_none_are_left_out(document, write, caplog):
    path = write(document)
    path.write_text(path.read_text()[:-40])
    (path.parent / "nan.json").write_text(json.dumps(document | {"trials": float("nan")}))
    assert load_tuned_records(path.parent) == ()
    assert caplog.text.count("is not used") == 2


def test_shipped_comparisons_follow_the_rule_and_say_what_follows_from_their_numbers():
    records = load_tuned_records()
    assert len(records) == len(list(FOLDER.glob("*.json"))) >= 1
    for record, path in zip(records, sorted(FOLDER.glob("*.json")), strict=True):
        document = json.loads(path.read_text())
        assert record.trials >= 30
        assert document["better_on_both"] == record.judgement.better_on_both
        assert document["comparison"]["verdict"] == record.judgement.kind
        sides = [
            Side(side.method, list(side.settings), list(side.scores))
            for side in (record.baseline, record.candidate)
        ]
        assert tune(*sides, record.untrained).chosen == {
            fold: (record.baseline.chosen[fold], record.candidate.chosen[fold])
            for fold in record.untrained
        }
