"""What each column and each row is, by content before name."""

import numpy as np
import pandas as pd
import pytest

from emargin_core.datasets.tables.choices import Choices
from emargin_core.datasets.tables.inspection import inspect_file
from emargin_core.datasets.tables.questions import apply
from tests.emargin_core.datasets.tables.made import CLASSES, RATE, signals, text, wide


def _cycling(n):
    return np.arange(n) % 256


LEAKS = {
    "the class as a number": lambda f: f.label.map(CLASSES.index),
    "a coarser class": lambda f: (f.label == "rest").astype(int),
    "a second annotator, nearly agreeing": lambda f: f.label.map(CLASSES.index).where(
        np.arange(len(f)) % 60 != 0, 0
    ),
    "a counter": lambda f: np.arange(len(f)),
    "a counter that begins anew": lambda f: _cycling(len(f)),
    "another clock": lambda f: f.t * 1000 + np.random.default_rng(0).uniform(0, 9, len(f)),
    "an age": lambda f: f.group.str[1].astype(int) * 11 + 30,
    "a constant": lambda f: 9.81,
    "a remark": lambda f: "ok",
    "a switch that lasts": lambda f: np.arange(len(f)) // 170 % 2,
}


@pytest.mark.parametrize("naming", [str, lambda leak: f"v{list(LEAKS).index(leak)}x"])
def test_what_tells_label_time_or_recording_is_no_channel_and_can_be_put_back(tmp_path, naming):
    """Whatever it is called; all in one file."""
    frame = signals()
    leaks = {naming(leak): make(frame) for leak, make in LEAKS.items()}
    path = tmp_path / "d.csv"
    path.write_text(text(frame.assign(**leaks)))
    report = inspect_file(path)
    assert report.dataset.channel_names == ("x", "y")
    assert [column for column, _ in report.left_out] == list(leaks)
    assert all(str(why) for _, why in report.left_out)
    numeric = [name for name in leaks if name != naming("a remark")]
    back = inspect_file(path, Choices(channels=tuple(f"+{name}" for name in numeric)))
    assert back.dataset.channel_names == ("x", "y", *numeric)


def test_what_names_each_class_is_left_out_where_it_is_alone_too(tmp_path):
    path = tmp_path / "d.csv"
    for leak in ("the class as a number", "a coarser class", "an age"):
        path.write_text(text(signals().assign(v3=LEAKS[leak])))
        assert [column for column, _ in inspect_file(path).left_out] == ["v3"]


def test_second_label_columns_are_no_channels(tmp_path):
    rng = np.random.default_rng(0)
    frame = signals()
    for second in ("activity", "ground_truth", "Stage", "fault_type"):
        frame[second] = rng.integers(0, 4, len(frame) // 50).repeat(50)
    path = tmp_path / "d.csv"
    path.write_text(text(frame))
    report = inspect_file(path)
    assert report.mapping.label == "label"
    assert report.dataset.channel_names == ("x", "y")


def test_names_do_not_outweigh_what_is_in_a_column(tmp_path):
    """'machine_status' comes back, so it is no machine; 'target' has fractions, so no class."""
    path = tmp_path / "d.csv"
    path.write_text(text(signals().rename(columns={"label": "machine_status"})))
    assert inspect_file(path).mapping.label == "machine_status"
    frame = signals(1).drop(columns=["group", "label"])
    path.write_text(text(frame.assign(target=np.random.default_rng(0).normal(size=len(frame)))))
    report = inspect_file(path)
    assert report.dataset.channel_names == ("x", "y")
    assert [name for name, _ in report.left_out] == ["target"]


def test_one_column_a_class_becomes_the_label(tmp_path):
    frame = signals()
    for name in CLASSES:
        frame[name] = (frame.label == name).astype(int)
    path = tmp_path / "d.csv"
    path.write_text(text(frame.drop(columns="label")))
    report = inspect_file(path)
    assert report.to_json()["mapping"]["label"] == list(CLASSES)
    assert report.dataset.class_names == tuple(sorted(CLASSES))
    assert report.dataset.channel_names == ("x", "y")


@pytest.mark.parametrize("place", [0, 2, 3])
@pytest.mark.parametrize("share", [0.3, 0.005])
def test_one_column_a_class_is_the_label_beside_a_0_1_channel(tmp_path, place, share):
    """Wherever that stands, and left out too."""
    frame = signals()
    for name in CLASSES:
        frame[name] = (frame.label == name).astype(int)
    door = (np.random.default_rng(0).random(len(frame)) < share).astype(int)
    frame = frame.drop(columns="label")
    frame.insert(list(frame.columns).index(CLASSES[0]) + place, "door", door)
    path = tmp_path / "d.csv"
    path.write_text(text(frame))
    report = inspect_file(path)
    assert report.to_json()["mapping"]["label"] == list(CLASSES)
    assert ("door" in report.dataset.channel_names) == (share > 0.1)
    assert inspect_file(path, Choices(leave_out=("door",))).dataset.channel_names == ("x", "y")


def test_wide_rows_are_cases_of_that_length(tmp_path):
    for name, settings in (("head.csv", {}), ("none.csv", {"header": False})):
        path = tmp_path / name
        path.write_text(text(wide(), **settings))
        report = inspect_file(path, Choices(rate=10.0))
        assert report.row_is == "window"
        assert len(report.to_json()["mapping"]["channels"]) == 40
        first = report.dataset.recordings[0]
        assert first.borders[0] == 40
        assert report.dataset.class_names == ("0", "1", "2")
        assert sum(len(recording.signal) for recording in report.dataset.recordings) == 60 * 40


def test_embeddings_are_said_and_not_read_as_samples(tmp_path):
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.normal(size=(90, 12)).round(4)).add_prefix("dim_")
    path = tmp_path / "d.csv"
    path.write_text(text(frame.assign(label=np.repeat(CLASSES, 30))))
    document = inspect_file(path).to_json()
    assert (document["row_is"], document["usable"]) == ("embedding", False)
    assert document["problems"][0]["remedy"] is None


def test_numbers_for_names_of_what_may_be_embeddings_are_asked_about(tmp_path):
    """As a data frame names its columns; what is offered first trains nothing on them."""
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.normal(size=(90, 64)).round(4)).assign(y=np.repeat(CLASSES, 30))
    path = tmp_path / "d.csv"
    path.write_text(text(frame))
    [problem] = [p for p in inspect_file(path).problems if p.asks == "row_is"]
    assert "or an embedding" in str(problem.what)
    assert problem.remedy == "--row-is=embedding"
    [refused] = inspect_file(path, apply(Choices(), problem.remedies[0])).problems
    assert "embeddings cannot be evaluated from a table yet" in str(refused.what)
    for remedy in problem.remedies[1:]:
        report = inspect_file(path, apply(Choices(rate=20.0), remedy))
        assert ("row_is", report.row_is) in remedy
        assert report.usable


def test_rows_are_no_windows_where_no_columns_are_numbered_on(tmp_path):
    path = tmp_path / "d.csv"
    path.write_text(text(signals(1)))
    [problem] = inspect_file(path, Choices(row_is="window", rate=10.0)).problems
    assert "a row cannot be a window" in str(problem.what)
    assert inspect_file(path, apply(Choices(row_is="window"), problem.remedies[0])).usable


def test_number_that_keeps_its_value_names_a_recording_where_a_clock_begins_anew(tmp_path):
    frame = signals().drop(columns=["group", "label"]).assign(v=np.repeat([7, 5, 6], 600))
    path = tmp_path / "d.csv"
    path.write_text(text(frame))
    report = inspect_file(path)
    assert (report.mapping.group, len(report.dataset.recordings)) == ("v", 3)
    even = frame.assign(t=np.arange(len(frame)) / RATE)
    path.write_text(text(even))
    assert inspect_file(path).mapping.group is None


NO_CHANNEL = {
    "words": (lambda f: [f"{n} mV" for n in range(len(f))], "'x': it has text", None),
    "nothing": (lambda f: np.nan, "'x': it is empty", None),
    "a constant": (lambda f: 9.81, "'x': it always has the same value", "--channels=+x"),
    "decimal commas from row 400 on": (
        lambda f: [n // 7 % 5 if n < 400 else f"{n % 7},25" for n in range(len(f))],
        "'x': it has text",
        "--decimal=,",
    ),
}


@pytest.mark.parametrize("kind", NO_CHANNEL)
def test_table_without_a_channel_says_why_of_each_column_and_what_helps(tmp_path, kind):
    make, why, remedy = NO_CHANNEL[kind]
    path = tmp_path / "d.tsv"
    path.write_text(text(signals().drop(columns="y").assign(x=make), sep="\t"))
    [problem] = inspect_file(path).problems
    assert why in str(problem.what)
    assert "'t': taken as time" in str(problem.what)
    assert problem.remedy == remedy
    if remedy:
        mended = inspect_file(path, apply(Choices(), problem.remedies[0]))
        assert mended.usable
        assert mended.mapping.channels == ("x",)


def test_only_column_of_numbers_that_was_taken_for_the_time_can_be_a_channel(tmp_path):
    path = tmp_path / "d.csv"
    path.write_text("value\n" + "\n".join(f"{n + n % 3 / 4}" for n in range(200)))
    [problem] = inspect_file(path).problems
    mended = inspect_file(path, apply(Choices(), problem.remedies[0]))
    assert mended.dataset.channel_names == ("value",)
