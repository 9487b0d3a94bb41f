"""What the content leaves open is asked, and each answer that is offered works."""

import shlex

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from emargin_core.cli import app as command_line
from emargin_core.cli import own_data
from emargin_core.datasets.tables.choices import Choices
from emargin_core.datasets.tables.inspection import inspect_file
from emargin_core.datasets.tables.questions import TableError, apply
from tests.emargin_core.datasets.tables.made import CLASSES, RATE, signals, text, wide, with_cells

DOUBTS = {
    "rate": text(signals().drop(columns="t")),
    "counted rows": text(signals().assign(t=lambda f: (f.t * RATE).round().astype(int))),
    "unit": text(signals().assign(t=lambda f: (f.t * 1000).round().astype(int))),
    "day or month": text(
        signals(1).assign(
            t=[
                f"{n // 60 % 12 + 1:02d}/{n // 60 % 12 + 1:02d}/2024 00:{n % 60:02d}"
                for n in range(600)
            ]
        )
    ),
    "sentinel": text(with_cells("x", range(30, 900, 40), -9999)),
    "another sentinel": text(with_cells("y", range(30, 900, 40), 65535)),
    "word": text(with_cells("x", range(30, 900, 40), "?")),
    "fault": text(with_cells("x", [17], "oops")),
    "missing": text(with_cells("x", range(30, 40), None)),
    "label at changes": text(
        signals().assign(label=lambda f: f.label.where(f.label != f.label.shift(), None))
    ),
    "slow column": text(
        signals().assign(
            slow=lambda f: np.where(np.arange(len(f)) % 20, None, (f.t * 7 % 5).round(2))
        )
    ),
    "rates": text(
        pd.concat([signals(1), signals(1, rate=40.0).assign(group="b")], ignore_index=True)
    ),
    "torn row": text(signals()).replace("\n", "\ns0,0.0\n", 20).replace("\ns0,0.0", "", 19),
    "unsorted": text(signals().sample(frac=1, random_state=0)),
    "unsorted, with longer steps than a second": text(
        signals(seconds=120).drop(index=range(500, 900)).sample(frac=1, random_state=2)
    ),
    "recordings one after the other": text(signals().drop(columns="group")),
    "numbered columns": text(wide(stem="v").sample(frac=1, axis=1, random_state=1)),
    "unnamed class": text(
        signals().rename(columns={"label": "code"}).assign(code=lambda f: f.code.map(CLASSES.index))
    ),
    "classes that are measurements": text(signals().assign(label=lambda f: f.x * 7)),
}


def resolved(path, limit=4):
    """The choices to which the remedies lead, one after the other, and what they were."""
    choices, remedies = Choices(), []
    report = inspect_file(path)
    while not report.usable and len(remedies) < limit:
        remedy = next(problem.remedies[0] for problem in report.problems if problem.remedies)
        remedies.append(next(p.remedy for p in report.problems if p.remedies))
        choices = apply(choices, remedy)
        report = inspect_file(path, choices)
    return report, choices, remedies


def as_typed(path, remedies, report, monkeypatch):
    """The choices that the command line makes of options."""
    seen = []
    monkeypatch.setattr(own_data, "inspect_file", lambda _, made: seen.append(made) or report)
    options = [word for remedy in remedies for word in shlex.split(remedy)]
    done = CliRunner().invoke(command_line, ["datasets", "check", str(path), *options])
    assert done.exit_code == 0, (options, done.output)
    return seen[0]


@pytest.mark.parametrize("doubt", DOUBTS)
def test_remedy_named_in_a_message_works(tmp_path, monkeypatch, doubt):
    path = tmp_path / "d.csv"
    path.write_text(DOUBTS[doubt])
    report, choices, remedies = resolved(path)
    assert report.usable, [str(problem.what) for problem in report.problems]
    assert bool(remedies) == (doubt != "day or month")
    assert as_typed(path, remedies, report, monkeypatch) == choices


def test_unit_of_the_time_is_told_by_its_steps_in_order(tmp_path):
    path = tmp_path / "d.csv"
    for unit, factor in (("s", 1.0), ("ms", 1e3)):
        frame = signals(seconds=120).assign(t=lambda f, by=factor: (f.t * by).round(2))
        path.write_text(text(frame.sample(frac=1, random_state=2)))
        chosen = Choices(time_unit=None if unit == "s" else unit)
        [problem] = inspect_file(path, chosen).problems
        assert problem.remedy == "--sort"
        data = inspect_file(path, apply(chosen, problem.remedies[0])).dataset
        assert [recording.sampling_rate for recording in data.recordings] == [RATE] * 3
        np.testing.assert_allclose(data.recordings[1].signal[:, 0], frame.x[3000:6000], atol=1e-6)


def test_header_that_is_too_short_is_refused_with_what_helps(tmp_path):
    path = tmp_path / "d.csv"
    short = text(signals()).replace("group,t,label", "t,label", 1).replace(",x", "", 1)
    path.write_text(short)
    with pytest.raises(TableError, match="--header 0") as caught:
        inspect_file(path)
    again = inspect_file(path, apply(Choices(), caught.value.problem.remedies[0]))
    assert len(again.columns) == 5


@pytest.mark.parametrize("doubt", ["unit", "sentinel", "word", "slow column", "counted rows"])
def test_all_remedies_of_the_first_question_are_taken(tmp_path, doubt):
    path = tmp_path / "d.csv"
    path.write_text(DOUBTS[doubt])
    [problem] = inspect_file(path).problems
    assert len(problem.remedies) > 1
    for remedy in problem.remedies[1:]:
        again = inspect_file(path, apply(Choices(), remedy)).problems
        assert problem.what not in [other.what for other in again]


@pytest.mark.parametrize(
    ("sign", "separator", "likely"), [(".", ";", "."), (",", ";", ","), (",", "\t", ".")]
)
def test_numbers_such_as_1_234_alone_are_asked_about_and_read_as_answered(
    tmp_path, sign, separator, likely
):
    values = np.random.default_rng(0).integers(1_000, 9_999, 600)
    frame = pd.DataFrame(
        {"t": range(600), "x": [f"{v // 1000}{sign}{v % 1000:03d}" for v in values]}
    )
    path = tmp_path / "d.txt"
    path.write_text(text(frame, sep=separator))
    known = Choices(time="", leave_out=("t",), rate=RATE)
    [problem] = inspect_file(path, known).problems
    assert "decimal mark" in str(problem.what)
    assert problem.remedies[0] == (("decimal", likely),)
    for remedy in problem.remedies:
        divisor = 1_000 if dict(remedy)["decimal"] == sign else 1
        [recording] = inspect_file(path, apply(known, remedy)).dataset.recordings
        np.testing.assert_allclose(recording.signal[:, 0], values / divisor, rtol=1e-6)


def test_number_that_settles_the_decimal_mark_needs_no_question(tmp_path):
    frame = signals().assign(x=lambda f: (f.x + 3).round(3))
    path = tmp_path / "d.csv"
    path.write_text(text(frame, sep=";"))
    assert inspect_file(path).usable


@pytest.mark.parametrize("order", ["stacked", "by moment"])
@pytest.mark.parametrize("sensor", [str, {"x": 1, "y": 2}.get])
def test_rows_of_one_sensor_each_are_refused_with_what_makes_a_table_of_them(
    tmp_path, order, sensor
):
    frame = signals()
    keys = ["group", "t", "label"]
    tidy = frame.melt(id_vars=keys, var_name="sensor").assign(sensor=lambda f: f.sensor.map(sensor))
    path = tmp_path / "d.csv"
    path.write_text(text(tidy if order == "stacked" else tidy.sort_values(keys)))
    [problem] = inspect_file(path).problems
    words = str(problem.what)
    assert "one of 2 sensors, which 'sensor' names" in words
    assert len(inspect_file(path, Choices(leave_out=("sensor",))).mapping.channels) == 1
    remedy = words.split("in pandas by ")[1]
    path.write_text(text(eval(remedy, {"table": pd.read_csv(path)})))
    report = inspect_file(path)
    assert len(report.dataset.channel_names) == 2
    np.testing.assert_allclose(report.dataset.recordings[0].signal[:, 0], frame.x[:600], atol=1e-6)


def test_words_beside_stamps_that_repeat_are_no_sensors(tmp_path):
    rng = np.random.default_rng(0)
    frame = signals().drop(columns="y").assign(t=lambda f: np.floor(f.t))
    path = tmp_path / "d.csv"
    path.write_text(text(frame.assign(remark=rng.choice(["ok", "so", "no"], len(frame)))))
    assert inspect_file(path, Choices(time_unit="s")).usable


def test_number_for_a_missing_value_is_that_number_however_it_is_written(tmp_path):
    frame = signals().assign(y=lambda f: f.y.where(f.index % 100 != 7, -9999.0))
    label = frame.label.map(CLASSES.index).where(frame.index % 100 != 8, -9999).astype(float)
    frame = frame.assign(label=label)
    path = tmp_path / "d.csv"
    for settings in ({"sep": ","}, {"sep": ";", "decimal": ","}, {"sep": ",", "quoting": 1}):
        path.write_text(text(frame, **settings))
        [problem] = inspect_file(path).problems
        assert problem.remedy == "--na=-9999 --missing=interpolate"
        report = inspect_file(path, apply(Choices(), problem.remedies[0]))
        assert report.usable, [str(problem.what) for problem in report.problems]
        assert len(report.dataset.class_names) == 3
        assert [column.missing for column in report.columns if column.name == "y"] == [18]
        assert any("18 of 1,800 samples have no label" in str(note) for note in report.notes)


def test_several_codes_are_said_with_the_columns_that_have_them(tmp_path):
    frame = with_cells("x", range(30, 900, 40), 999.99).astype({"y": object})
    frame.loc[range(35, 900, 40), "y"] = 65535
    path = tmp_path / "d.csv"
    path.write_text(text(frame))
    [problem] = inspect_file(path).problems
    assert str(problem.what).startswith("999.99 (x), 65535 (y) stand in 44 cells, far outside")
    assert problem.remedy == "--na=999.99,65535 --missing=interpolate"
    assert inspect_file(path, apply(Choices(), problem.remedies[0])).usable


def test_code_that_single_precision_makes_long_is_named_so_that_it_is_found(tmp_path):
    frame = with_cells("x", range(30, 900, 40), 999.99).astype({"x": np.float32})
    path = tmp_path / "d.parquet"
    frame.to_parquet(path)
    [problem] = inspect_file(path).problems
    report = inspect_file(path, apply(Choices(), problem.remedies[0]))
    assert report.dataset.recordings[0].signal.max() < 100
