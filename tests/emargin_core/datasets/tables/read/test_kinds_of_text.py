"""Text as people have it is read right, or refused in one sentence."""

import codecs

import numpy as np
import pandas as pd
import pytest

from emargin_core.datasets.registry import load_dataset
from emargin_core.datasets.tables.inspection import inspect_file
from emargin_core.text.errors import InputError
from tests.emargin_core.datasets.tables.made import (
    CLASSES,
    RATE,
    dates,
    load,
    ms,
    signals,
    table,
    text,
    write,
)

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


def test_offsets_of_zones_count(tmp_path):
    """The clock is set back within each recording, and the second has its stamps in UTC."""
    frame = signals(2)
    stamps = pd.to_datetime(frame.t, unit="s", origin="2024-10-27T00:59:50", utc=True)
    local = [stamp.isoformat() for stamp in stamps.dt.tz_convert("Europe/Berlin")]
    mixed = [stamp.isoformat() if n % 7 else local[n] for n, stamp in enumerate(stamps)]
    path = tmp_path / "d.csv"
    for words in (local, mixed, [word.replace("T", " ") for word in mixed]):
        path.write_text(text(frame.assign(t=words)))
        report = inspect_file(path)
        assert report.usable, [str(problem.what) for problem in report.problems]
        for recording in report.dataset.recordings:
            assert (recording.sampling_rate, recording.borders) == (25.0, ())


def test_points_between_thousands_are_no_decimal_points(tmp_path):
    frame = signals()
    frame["x"] = (frame.x * 1_000).map(lambda v: f"{v:,.2f}".translate(str.maketrans(",.", ".,")))
    path = tmp_path / "grouped.csv"
    path.write_text(text(frame, sep=";", decimal=","), encoding="utf-8")
    report = inspect_file(path)
    assert report.usable, [str(problem.what) for problem in report.problems]
    found = report.dataset.recordings[1].signal[:, 0]
    np.testing.assert_allclose(found, 1_000 * signals().x[600:1200].to_numpy(), atol=1e-2)


@pytest.mark.parametrize("separator", ["\t", ","])
def test_commas_between_thousands_are_no_decimal_commas(tmp_path, separator):
    frame = signals()
    frame["x"] = (frame.x * 1_000).map(lambda v: f"{v:,.2f}")
    path = tmp_path / "grouped.txt"
    path.write_text(text(frame, sep=separator))
    found = inspect_file(path).dataset.recordings[1].signal[:, 0]
    np.testing.assert_allclose(found, 1_000 * signals().x[600:1200].to_numpy(), atol=1e-2)


def test_encodings_are_found(tmp_path):
    frame = signals().assign(
        label=lambda f: f.label.map({"rest": "静止", "walk": "歩行", "run": "走行"})
    )
    for encoding in ("cp932", "utf-16", "utf-8-sig"):
        path = tmp_path / f"{encoding}.csv"
        path.write_text(text(frame), encoding=encoding)
        assert set(inspect_file(path).dataset.class_names) == {"静止", "歩行", "走行"}


def test_names_of_files_open_nothing_else(tmp_path):
    (tmp_path / "other.csv").write_text(text(signals()))
    for name in ("*.csv", "o?her.csv", "http:.csv", "a'b.csv"):
        path = tmp_path / name
        path.write_text(text(signals(1)))
        assert inspect_file(path).n_rows == 600


LOUD = table().assign(x=lambda f: f["x"] + 0.25).replace("run", "läuft, schnell")


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    return load(write(tmp_path_factory.mktemp("plain"), LOUD))


@pytest.mark.parametrize(
    ("settings", "note"),
    [
        ({"sep": ";", "decimal": ","}, "decimal comma"),
        ({"sep": ";"}, "semicolon"),
        ({"sep": "\t"}, "tab"),
        ({"sep": "|"}, "bar"),
        ({"quoting": 1}, None),
        ({"encoding": "utf-8-sig"}, None),
        ({"encoding": "utf-16"}, "UTF-16"),
        ({"encoding": "cp1252"}, "Windows-1252"),
        ({"lineterminator": "\r\n"}, None),
        ({"lineterminator": "\r"}, None),
    ],
)
def test_csv_is_read_however_it_was_saved(tmp_path, plain, settings, note):
    found = load(tmp_path / write(tmp_path, LOUD, "other.txt", **settings))
    assert found.fingerprint == plain.fingerprint
    assert found.class_names == ("läuft, schnell", "rest")
    notes = " ".join(map(str, found.notes))
    assert note in notes if note else found.notes == plain.notes


@pytest.mark.parametrize(
    ("magic", "word"),
    [(b"\x1f\x8b\x08", "gzip"), (b"PK\x03\x04", "Excel"), (b"PAR1", "Parquet"), (b"BZh9", "bzip2")],
)
def test_packed_file_called_csv_is_named_for_what_it_is(tmp_path, magic, word):
    path = tmp_path / "d.csv"
    path.write_bytes(magic + b"\0" * 100)
    with pytest.raises(InputError, match=word):
        load(path)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"a,b\n" + b"1" * 3_000_000, "line longer than 1 MB"),
        (b"x," * 5_000 + b"\n", "columns; at most 2,000"),
        (b"a,b\n" + b"1,2\n" * 9 + b"3,4,5\n", "row 11 has another number of cells than the 2"),
        (b"a,b\n" + b"1,2\n" * 50_000 + b"1\n", "row 50,002 has another number of cells"),
        (b"a,b\n" + b"1,2,3\n" * 9, "each row has 3 cells and the header, in line 1, has 2"),
        (codecs.BOM_UTF8 + b"a,b\n\xff,1\n", "is marked as UTF-8 but is not"),
        (b"a,b\n1,\0\n", "NUL bytes"),
    ],
)
def test_bad_csv_is_one_sentence(tmp_path, content, words):
    path = tmp_path / "d.csv"
    path.write_bytes(content)
    with pytest.raises(InputError, match=words) as caught:
        load(path, channels=None)
    assert len(str(caught.value)) < 300


def test_doubled_names_are_told_apart(tmp_path):
    path = tmp_path / "d.csv"
    rows = [f"{n / 20},{n % 7},{n % 5 * n % 3},a" for n in range(60)]
    path.write_text("\n".join(["time,x, x,label", *rows]))
    assert load_dataset(str(path)).channel_names == ("x", "x 2")
