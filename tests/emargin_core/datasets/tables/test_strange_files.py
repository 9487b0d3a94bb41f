"""Files as people have them: read right, or refused with a remedy that is applied and works."""

import shlex
import zipfile
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from emargin_core.cli import app as command_line
from emargin_core.datasets.tables.choices import Choices
from emargin_core.datasets.tables.inspection import inspect_file
from emargin_core.datasets.tables.questions import apply
from emargin_core.text.errors import InputError

CLASSES = ("rest", "walk", "run")
RATE = 25.0


def signals(n_groups=3, seconds=24, rate=RATE):
    """A tidy table: group, t (s), label, x, y; each class in several bouts of 4 s."""
    rng = np.random.default_rng(3)
    parts = []
    for group in range(n_groups):
        t = np.arange(round(seconds * rate)) / rate
        label = np.array(CLASSES)[(t // 4).astype(int) % 3]
        speed = np.searchsorted(sorted(CLASSES), label) + 0.5
        wave = np.sin(2 * np.pi * speed * t)
        noise = rng.normal(0, 0.2, (2, len(t)))
        parts.append(
            pd.DataFrame(
                {"group": f"s{group}", "t": t, "label": label}
                | {"x": (wave + noise[0]).round(4), "y": (noise[1] + 0.1 * group).round(4)}
            )
        )
    return pd.concat(parts, ignore_index=True)


def dates(form, step=1 / RATE, start=datetime(2024, 3, 4, 9, 59, 50)):
    """The table with times in words."""
    frame = signals()
    stamps = [start + timedelta(seconds=round(t * RATE) * step) for t in frame.t]
    return frame.assign(t=[form(stamp) for stamp in stamps])


def text(frame, **settings):
    return frame.to_csv(index=False, **settings)


def with_cells(column, rows, value):
    frame = signals().astype({column: object})
    frame.loc[rows, column] = value
    return frame


def ms(stamp):
    return f"{stamp.microsecond // 1000:03d}"


READ = {
    "plain": text(signals()),
    "semicolon and decimal comma": text(signals(), sep=";", decimal=","),
    "sep line": "sep=;\n" + text(signals(), sep=";", decimal=","),
    "tabs": text(signals(), sep="\t"),
    "blanks": signals().to_string(index=False),
    "preamble": "Device: A1\nFirmware 2.1\n\n" + text(signals()),
    "comments": "% rate 25\n# by hand\n" + text(signals()),
    "units row": text(signals()).replace("\n", "\n-,s,-,g,g\n", 1),
    "trailing comma": text(signals()).replace("\n", ",\n").replace(",\n", "\n", 1),
    "trailing semicolon": text(signals()).replace("\n", ";\n"),
    "quoted names with blanks": text(signals()).replace("group,t,", '" group ", "t" ,', 1),
    "German names": text(
        signals().rename(columns={"group": "Proband", "t": "Zeit", "label": "Klasse"})
    ),
    "Japanese names": text(
        signals().rename(columns={"group": "被験者", "t": "時刻", "label": "ラベル"})
    ),
    "ISO with Z": text(dates(lambda d: d.isoformat(timespec="milliseconds") + "Z")),
    "zone in brackets": text(dates(lambda d: f"{d.isoformat()}+02:00[Europe/Paris]")),
    "AM and PM": text(dates(lambda d: f"{d:%m/%d/%Y %I:%M:%S}.{ms(d)} {d:%p}")),
    "MATLAB dates": text(dates(lambda d: f"{d:%d-%b-%Y %H:%M:%S}.{ms(d)}")),
    "days first, decimal comma": text(dates(lambda d: f"{d:%d.%m.%Y %H:%M:%S},{ms(d)}"), sep=";"),
    "compact": text(dates(lambda d: f"{d:%Y%m%dT%H%M%S}.{ms(d)}")),
    "epoch ms": text(dates(lambda d: round(d.timestamp() * 1000))),
    "epoch ns": text(dates(lambda d: round(d.timestamp() * 1e6) * 1000)),
    "epoch s": text(dates(lambda d: f"{d.timestamp():.3f}")),
    "ms by name": text(
        signals().assign(t=lambda f: (f.t * 1000).round()).rename(columns={"t": "t_ms"})
    ),
    "ns since the start of the device": text(
        signals().assign(t=lambda f: (f.t * 1e9 + 4.9e13).round().astype("int64"))
    ),
    "whole seconds": text(dates(lambda d: f"{d:%Y-%m-%d %H:%M:%S}")),
    "jitter": text(
        signals().assign(t=lambda f: f.t + np.random.default_rng(1).uniform(0, 0.012, len(f)))
    ),
    "exported index": signals().to_csv(),
}


@pytest.mark.parametrize("kind", READ)
def test_kind_of_file_is_read_right(tmp_path, kind):
    path = tmp_path / "data file.txt"
    path.write_text(READ[kind], encoding="utf-8")
    report = inspect_file(path)
    assert report.usable, [str(problem.what) for problem in report.problems]
    data = report.dataset
    assert data.channel_names == ("x", "y")
    assert data.class_names == tuple(sorted(CLASSES))
    assert [recording.group for recording in data.recordings] == ["s0", "s1", "s2"]
    assert data.recordings[0].sampling_rate == pytest.approx(RATE, rel=2e-3)
    assert data.recordings[0].borders == ()
    np.testing.assert_allclose(
        data.recordings[1].signal[:, 0], signals().x[600:1200].to_numpy(), atol=1e-6
    )


def test_points_between_thousands_are_no_decimal_points(tmp_path):
    frame = signals()
    frame["x"] = (frame.x * 1_000).map(lambda v: f"{v:,.2f}".translate(str.maketrans(",.", ".,")))
    path = tmp_path / "grouped.csv"
    path.write_text(text(frame, sep=";", decimal=","), encoding="utf-8")
    report = inspect_file(path)
    assert report.usable, [str(problem.what) for problem in report.problems]
    found = report.dataset.recordings[1].signal[:, 0]
    np.testing.assert_allclose(found, 1_000 * signals().x[600:1200].to_numpy(), atol=1e-2)


def test_commas_between_thousands_are_not_taken_for_decimal_commas(tmp_path):
    frame = signals().assign(t=range(len(signals())))
    frame["x"] = [f"1,{n % 900 + 100}" for n in range(len(frame))]
    path = tmp_path / "thousands.tsv"
    path.write_text(text(frame.drop(columns="y"), sep="\t"), encoding="utf-8")
    report = inspect_file(path)
    assert not report.usable
    assert report.mapping.channels == ()


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


@pytest.mark.parametrize("name", ["extra", "v3"])
@pytest.mark.parametrize("leak", LEAKS)
def test_what_tells_label_time_or_recording_is_no_channel_and_can_be_put_back(tmp_path, leak, name):
    path = tmp_path / "d.csv"
    path.write_text(text(signals().assign(**{name: LEAKS[leak]})))
    report = inspect_file(path)
    assert report.dataset.channel_names == ("x", "y")
    assert [column for column, _ in report.left_out] == [name]
    assert all(str(why) for _, why in report.left_out)
    if leak != "a remark":
        back = inspect_file(path, Choices(channels=(f"+{name}",)))
        assert back.dataset.channel_names == ("x", "y", name)


@pytest.mark.parametrize("second", ["activity", "ground_truth", "Stage", "fault_type"])
def test_second_label_column_is_no_channel(tmp_path, second):
    rng = np.random.default_rng(0)
    frame = signals()
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


def test_session_numbers_that_begin_anew_are_told_apart(tmp_path):
    frame = signals().assign(session=lambda f: (f.t >= 12).astype(int) + 1)
    path = tmp_path / "d.csv"
    path.write_text(text(frame))
    ids = [recording.id for recording in inspect_file(path).dataset.recordings]
    assert ids == [f"s{group} / {session}" for group in range(3) for session in (1, 2)]


def test_files_that_are_read_together_are_one_recording_each(tmp_path):
    paths = []
    for group, rows in signals().groupby("group"):
        paths.append(tmp_path / f"{group}.csv")
        paths[-1].write_text(text(rows.drop(columns="group")))
    report = inspect_file(paths)
    assert [recording.id for recording in report.dataset.recordings] == ["s0", "s1", "s2"]
    assert report.n_rows == 1800


def test_names_of_files_open_nothing_else(tmp_path):
    (tmp_path / "other.csv").write_text(text(signals()))
    for name in ("*.csv", "o?her.csv", "http:.csv", "a'b.csv"):
        path = tmp_path / name
        path.write_text(text(signals(1)))
        assert inspect_file(path).n_rows == 600


def wide(n=60, stem="t"):
    rng = np.random.default_rng(0)
    target = rng.integers(0, 3, n)
    place = np.linspace(0, 1, 40)
    rows = np.exp(-((place[None, :] - 0.2 - 0.2 * target[:, None]) ** 2) / 0.01)
    frame = pd.DataFrame((rows + rng.normal(0, 0.02, rows.shape)).round(4))
    frame.columns = [f"{stem}{place}" for place in range(40)]
    return frame.assign(target=target)


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
    "header too short": text(signals()).replace("group,t,label", "t,label", 1).replace(",x", "", 1),
    "unsorted": text(signals().sample(frac=1, random_state=0)),
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


@pytest.mark.parametrize("doubt", DOUBTS)
def test_remedy_named_in_a_message_works(tmp_path, doubt):
    path = tmp_path / "d.csv"
    path.write_text(DOUBTS[doubt])
    if doubt != "header too short":
        first = inspect_file(path)
        assert not first.usable or doubt in ("numbered columns", "day or month")
    else:
        with pytest.raises(Exception, match="--header 0"):
            inspect_file(path)
        return
    report, choices, remedies = resolved(path)
    assert report.usable, [str(problem.what) for problem in report.problems]
    options = [word for remedy in remedies for word in shlex.split(remedy)]
    done = CliRunner().invoke(command_line, ["datasets", "check", str(path), *options])
    assert done.exit_code == 0, (options, done.output)
    assert choices == replace(choices)


def test_all_remedies_of_the_first_question_are_taken(tmp_path):
    for doubt in ("unit", "sentinel", "word", "slow column", "counted rows"):
        path = tmp_path / f"{doubt}.csv"
        path.write_text(DOUBTS[doubt])
        [problem] = inspect_file(path).problems
        assert len(problem.remedies) > 1
        for remedy in problem.remedies:
            again = inspect_file(path, apply(Choices(), remedy)).problems
            assert problem.what not in [other.what for other in again]


def test_labels_may_stand_in_a_second_file(tmp_path):
    data, labels = tmp_path / "d.csv", tmp_path / "labels.csv"
    data.write_text(text(signals(2).drop(columns="label")))
    labels.write_text("subject,onset,duration,label\ns0,0,4,rest\ns0,4,8,run\ns1,2,3,rest\n")
    report = inspect_file(data, Choices(labels=labels))
    assert report.dataset.class_names == ("rest", "run")
    first, second = report.dataset.recordings
    assert first.labels[:100].tolist() == [0] * 100
    assert first.labels[100:300].tolist() == [1] * 200
    assert (first.labels[300:] == -1).all()
    assert np.flatnonzero(second.labels >= 0).tolist() == list(range(50, 125))


def test_classes_can_be_ignored_and_named(tmp_path):
    path = tmp_path / "d.csv"
    path.write_text(
        text(signals().assign(label=lambda f: f.label.map(CLASSES.index).astype(float)))
    )
    assert inspect_file(path).dataset.class_names == ("0", "1", "2")
    choices = Choices(ignore_classes=("0",), class_names=(("1", "walk"),))
    data = inspect_file(path, choices).dataset
    assert data.class_names == ("2", "walk")
    assert (data.recordings[0].labels[:100] == -1).all()


def test_resampled_recordings_keep_their_signal(tmp_path):
    t = np.arange(2000) / 100.0
    frame = pd.DataFrame({"group": "a", "t": t, "x": np.sin(2 * np.pi * t).round(6)})
    slow = pd.DataFrame({"group": "b", "t": t[::2], "x": np.sin(2 * np.pi * t[::2]).round(6)})
    path = tmp_path / "d.csv"
    path.write_text(text(pd.concat([frame, slow])))
    first, second = inspect_file(path, Choices(resample=50.0)).dataset.recordings
    assert first.sampling_rate == second.sampling_rate == 50.0
    inner = slice(50, 950)
    np.testing.assert_allclose(first.signal[inner], second.signal[inner], atol=0.01)


def test_slow_series_get_a_frame_of_several_samples(tmp_path):
    frame = dates(lambda d: f"{d:%Y-%m-%d %H:%M}", step=600.0)
    path = tmp_path / "d.csv"
    path.write_text(text(frame))
    data = inspect_file(path).dataset
    assert data.framing.seconds * data.recordings[0].sampling_rate == pytest.approx(16)
    chosen = inspect_file(path, Choices(frame="8 samples", hop="2 samples")).dataset.framing
    assert (chosen.seconds, chosen.hop_seconds) == (pytest.approx(4800.0), pytest.approx(1200.0))


def test_class_that_is_held_out_alone_is_said_with_the_ceiling(tmp_path):
    frame = signals()
    frame.loc[(frame.group == "s2") & (frame.label == "run"), "label"] = "cycle"
    path = tmp_path / "d.csv"
    path.write_text(text(frame))
    notes = " ".join(map(str, inspect_file(path).to_json()["notes"]))
    assert "class 'cycle' occurs in s2 only" in notes
    assert "cannot exceed 67 %" in notes


def test_encodings_are_found(tmp_path):
    frame = signals().assign(
        label=lambda f: f.label.map({"rest": "静止", "walk": "歩行", "run": "走行"})
    )
    for encoding in ("cp932", "utf-16", "utf-8-sig"):
        path = tmp_path / f"{encoding}.csv"
        path.write_text(text(frame), encoding=encoding)
        assert set(inspect_file(path).dataset.class_names) == {"静止", "歩行", "走行"}


def test_check_prints_what_the_contract_says(tmp_path):
    path = tmp_path / "d.csv"
    path.write_text(text(signals()))
    document = inspect_file(Path(path)).to_json()
    assert set(document) == {
        *("usable", "rows", "mapping", "row_is", "left_out", "problems", "notes")
    }
    assert document["mapping"] == {
        "channels": ["x", "y"],
        "recording": None,
        "group": "group",
        "time": "t",
        "label": "label",
        "rate": RATE,
    }


def workbook(path, sheets):
    """Write a small .xlsx by hand: numbers as numbers, all else as text in its cell."""
    head = '<?xml version="1.0" encoding="UTF-8"?>'
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    kinds = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    rels = "http://schemas.openxmlformats.org/package/2006/relationships"
    types = "http://schemas.openxmlformats.org/package/2006/content-types"

    def cell(value):
        if isinstance(value, str):
            return f'<c t="inlineStr"><is><t>{value}</t></is></c>'
        return f"<c><v>{value}</v></c>"

    with zipfile.ZipFile(path, "w") as book:
        overrides = "".join(
            f'<Override PartName="/xl/worksheets/sheet{n}.xml" '
            f'ContentType="{kinds}.worksheet+xml"/>'
            for n in range(1, len(sheets) + 1)
        )
        book.writestr(
            "[Content_Types].xml",
            f'{head}<Types xmlns="{types}"><Default Extension="rels" ContentType="application/vnd.'
            'openxmlformats-package.relationships+xml"/><Override PartName="/xl/workbook.xml" '
            f'ContentType="{kinds}.sheet.main+xml"/>{overrides}</Types>',
        )
        book.writestr(
            "_rels/.rels",
            f'{head}<Relationships xmlns="{rels}"><Relationship Id="r1" '
            f'Type="{office}/officeDocument" '
            'Target="xl/workbook.xml"/></Relationships>',
        )
        listed = "".join(
            f'<sheet name="{name}" sheetId="{n}" r:id="r{n}"/>' for n, name in enumerate(sheets, 1)
        )
        book.writestr(
            "xl/workbook.xml",
            f'{head}<workbook xmlns="{main}" xmlns:r="{office}">'
            f"<sheets>{listed}</sheets></workbook>",
        )
        targets = "".join(
            f'<Relationship Id="r{n}" Type="{office}/worksheet" Target="worksheets/sheet{n}.xml"/>'
            for n in range(1, len(sheets) + 1)
        )
        book.writestr(
            "xl/_rels/workbook.xml.rels",
            f'{head}<Relationships xmlns="{rels}">{targets}</Relationships>',
        )
        for n, frame in enumerate(sheets.values(), 1):
            rows = [list(frame.columns), *frame.to_numpy(dtype=object).tolist()]
            body = "".join(f"<row>{''.join(map(cell, row))}</row>" for row in rows)
            book.writestr(
                f"xl/worksheets/sheet{n}.xml",
                f'{head}<worksheet xmlns="{main}"><sheetData>{body}</sheetData></worksheet>',
            )


def test_workbook_is_read_by_sheet(tmp_path):
    path = tmp_path / "d.xlsx"
    workbook(path, {"first": signals(), "second": signals(2)})
    report = inspect_file(path)
    assert report.dataset.channel_names == ("x", "y")
    assert len(report.dataset.recordings) == 3
    assert any("also second" in str(note) for note in report.notes)
    assert len(inspect_file(path, Choices(sheet="second")).dataset.recordings) == 2
    with pytest.raises(InputError, match="has no sheet 'third'; it has first, second"):
        inspect_file(path, Choices(sheet="third"))
