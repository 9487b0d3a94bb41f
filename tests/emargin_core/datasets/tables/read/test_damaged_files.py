"""Whatever the bytes: a file is read or refused in one sentence, soon, and nothing is left."""

import contextlib
import subprocess
import sys
import time
from dataclasses import replace

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from emargin_core.datasets.tables import library
from emargin_core.datasets.tables.choices import Choices
from emargin_core.datasets.tables.inspection import inspect_file
from emargin_core.text.errors import InputError

SECONDS = 5.0
EACH, SLOW_EACH = 3, 500
FORMS = ("comma", "semicolon", "utf-16", "snappy", "zstd", "plain")


def example():
    rng = np.random.default_rng(1)
    n = 120
    return pd.DataFrame(
        {
            "recording": ["a"] * 60 + ["b"] * 60,
            "group": ["g"] * 60 + ["h"] * 60,
            "time": np.tile(np.arange(60) / 20.0, 2),
            "x": rng.normal(size=n).round(3),
            "y": rng.integers(0, 9, size=n),
            "label": np.where(np.arange(n) % 60 < 30, "rést", "run"),
        }
    )


def valid(form, path):
    frame = example()
    if form == "comma":
        frame.to_csv(path, index=False)
    elif form == "semicolon":
        frame.to_csv(path, index=False, sep=";", decimal=",", encoding="cp1252", quoting=1)
    elif form == "utf-16":
        frame.to_csv(path, index=False, encoding="utf-16")
    else:
        codec = "none" if form == "plain" else form
        frame.to_parquet(path, index=False, compression=codec, row_group_size=50)
    return path.read_bytes()


def mutate(content, rng):
    data = bytearray(content)
    kind = rng.integers(6)
    place = int(rng.integers(len(data)))
    length = int(rng.integers(1, 40))
    if kind == 0:
        for spot in rng.integers(len(data), size=rng.integers(1, 20)):
            data[spot] ^= 1 << int(rng.integers(8))
    elif kind == 1:
        del data[place:]
    elif kind == 2:
        data[place:place] = rng.bytes(length)
    elif kind == 3:
        other = int(rng.integers(len(data)))
        one, two = data[place : place + length], data[other : other + length]
        data[place : place + length], data[other : other + length] = two, one
    elif kind == 4:
        del data[place : place + length]
    else:  # the end of a Parquet file says where all else is
        spot = max(0, len(data) - 1 - int(rng.integers(600)))
        data[spot] = int(rng.integers(256))
    return bytes(data)


def look_at(path):
    started = time.perf_counter()
    try:
        report = inspect_file(path)
    except InputError as error:
        words = [str(error)]
    else:
        words = [str(problem.what) for problem in report.problems]
        assert report.usable == (not report.problems)
        assert report.to_json()["usable"] == report.usable
    assert time.perf_counter() - started < SECONDS
    for sentence in words:
        assert sentence.isprintable()
        assert len(sentence) < 600
    return words


@pytest.mark.parametrize(
    "each", [EACH, pytest.param(SLOW_EACH, marks=pytest.mark.slow)], ids=["few", "many"]
)
@pytest.mark.parametrize("form", FORMS)
def test_mutated_file_is_read_or_refused(tmp_path, form, each):
    rng = np.random.default_rng(FORMS.index(form))
    path = tmp_path / ("d.parquet" if form in ("snappy", "zstd", "plain") else "d.csv")
    content = valid(form, path)
    assert look_at(path) == []
    refused = 0
    for _ in range(each):
        path.write_bytes(mutate(content, rng))
        refused += bool(look_at(path))
    assert 0 < refused <= each
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("form", ["comma", "zstd"])
def test_mutated_file_is_added_whole_or_not_at_all(tmp_path, home, form):
    rng = np.random.default_rng(9)
    path = tmp_path / ("d.parquet" if form == "zstd" else "d.csv")
    content = valid(form, path)
    for number in range(3):
        path.write_bytes(mutate(content, rng))
        before = path.read_bytes()
        try:
            added = library.add_dataset(path, f"set {number}")
        except InputError:
            assert not (home / "datasets" / f"set-{number}").exists()
        else:
            assert library.load(added.slug).recordings
        assert path.read_bytes() == before
    left = {found.name for found in (home / "datasets").glob("*")}
    assert left == {entry.slug for entry in library.list_datasets()}


@settings(max_examples=6, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(content=st.one_of(st.text(max_size=200).map(str.encode), st.binary(max_size=200)))
def test_any_bytes_called_csv_are_read_or_refused(tmp_path, content):
    path = tmp_path / "d.csv"
    path.write_bytes(content)
    look_at(path)


CELLS = st.one_of(
    st.floats().map(str),
    st.integers().map(str),
    st.text(alphabet=st.characters(codec="utf-8"), max_size=12),
    st.sampled_from(["", "NaN", "inf", "1e400", "=1+1", "2024-01-01", "2024-13-01", '"', "<b>"]),
)


@settings(max_examples=6, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(
    cells=st.lists(st.tuples(CELLS, CELLS, CELLS, CELLS), min_size=1, max_size=30),
    repeats=st.integers(1, 20),
    missing=st.sampled_from(["refuse", "drop", "interpolate"]),
    role=st.sampled_from(["x", "time", "label", "recording"]),
)
def test_any_cells_are_read_or_refused(tmp_path, cells, repeats, missing, role):
    columns = ["a", "b", "c", role]
    frame = pd.DataFrame(cells * repeats, columns=columns)
    path = tmp_path / "d.csv"
    frame.to_csv(path, index=False)
    choices = Choices(channels=("a", "b"), missing=missing, rate=20.0)
    with contextlib.suppress(InputError):
        report = inspect_file(path, choices if role == "x" else replace(choices, **{role: role}))
        check_report(report)


def check_report(report):
    assert all(str(problem.what).isprintable() for problem in report.problems)
    assert report.usable == (not report.problems)
    for recording in report.dataset.recordings if report.dataset else ():
        assert np.isfinite(recording.signal).all()
        assert recording.labels.max() < max(1, len(report.dataset.class_names))


def test_damaged_statistics_do_not_end_the_process(tmp_path):
    """Asking pyarrow 26 for such a column chunk's metadata aborts, so nobody must ask."""
    path = tmp_path / "d.parquet"
    content = valid("snappy", path)
    levels = bytes([0x16, 0x64, 0x19, 0x06, 0x19, 0x26, 0x00, 0x64])  # an empty histogram, then one
    torn = bytes([0x16, 0x64, 0x19, 0x26, 0x19, 0x26, 0x00, 0x64])
    assert levels in content
    path.write_bytes(content.replace(levels, torn, 1))
    script = (
        "import sys; from pathlib import Path\n"
        "from emargin_core.datasets.tables.read.table import open_table\n"
        "open_table(Path(sys.argv[1]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(path)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "InputError: d.parquet cannot be read as Parquet" in done.stderr


def test_parquet_that_declares_other_rows_than_it_has_is_damaged(tmp_path):
    path = tmp_path / "d.parquet"
    content = bytearray(valid("plain", path))
    rows = pq.read_metadata(path).num_rows
    assert rows == 120
    footer = int.from_bytes(content[-8:-4], "little")
    start = len(content) - 8 - footer
    place = content.index(bytes([0x16, 0xF0, 0x01]), start)  # thrift: zigzag 120, the row count
    content[place + 1 : place + 3] = bytes([0xF2, 0x01])
    path.write_bytes(content)
    assert "rows it declares" in look_at(path)[0]
