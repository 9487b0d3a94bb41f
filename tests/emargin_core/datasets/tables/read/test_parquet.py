"""Parquet is read by what it declares, and refused before it unfolds."""

import sys

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from emargin_core.datasets.tables.choices import Choices
from emargin_core.datasets.tables.inspection import inspect_file
from emargin_core.text.errors import InputError
from tests.emargin_core.datasets.tables.made import load, table, write


def test_nested_parquet_columns_are_not_channels(tmp_path):
    path = tmp_path / "d.parquet"
    signal = pa.array(np.sin(np.arange(100.0)))
    pq.write_table(pa.table({"x": signal, "deep": pa.array([[1.0]] * 100)}), path)
    assert load(path, rate=25.0, channels=None).channel_names == ("x",)


NESTED = {
    "a window": (lambda n: np.sin(np.arange(40) / 3 + n).tolist(), "window"),
    "axes": (lambda n: {"x": np.sin(n / 3), "y": np.cos(n / 2)}, "sample"),
}


@pytest.mark.parametrize("kind", NESTED)
def test_several_values_in_a_cell_are_refused_with_what_makes_columns_of_them(tmp_path, kind):
    make, row_is = NESTED[kind]
    path = tmp_path / "d.parquet"
    cells = [make(n * n % 101) for n in range(120)]
    pd.DataFrame({"acc": cells, "group": np.repeat(["a", "b"], 60)}).to_parquet(path)
    [problem] = [
        p for p in inspect_file(path, Choices(rate=25.0)).problems if "'acc'" in str(p.what)
    ]
    remedy = str(problem.what).split("in pandas by ")[1].split("; 'group'")[0]
    eval(remedy, {"table": pd.read_parquet(path), "pandas": pd}).to_parquet(path)
    report = inspect_file(path, Choices(rate=25.0))
    assert report.usable, [str(problem.what) for problem in report.problems]
    assert (report.row_is, len(report.mapping.channels)) == (
        row_is,
        40 if kind == "a window" else 2,
    )


def test_parquet_dictionary_bomb_is_refused_before_it_unfolds(tmp_path):
    path = tmp_path / "d.parquet"
    label = pa.DictionaryArray.from_arrays(np.zeros(200_000, np.int32), ["z" * 5_000_000])
    pq.write_table(pa.table({"x": np.zeros(200_000), "label": label}), path)
    assert path.stat().st_size < 1_000_000
    with pytest.raises(InputError, match="'label' has a text of 5,000,000 bytes"):
        load(path)


def test_parquet_with_categories_flags_and_decimals_is_read(tmp_path):
    frame = table().astype({"label": "category", "recording": "category"})
    path = tmp_path / "d.parquet"
    content = pa.Table.from_pandas(frame, preserve_index=False)
    content = content.set_column(3, "x", content["x"].cast(pa.decimal128(9, 2)))
    pq.write_table(content, path)
    assert load(path).fingerprint == load(tmp_path / write(tmp_path, table())).fingerprint


@pytest.mark.parametrize("unit", ["ns", "us", "ms"])
def test_time_with_a_zone_is_read_as_without_and_by_no_other_package(tmp_path, monkeypatch, unit):
    """DuckDB would need pytz to hand such stamps to Python."""
    monkeypatch.setitem(sys.modules, "pytz", None)
    frame = table()
    frame["time"] = pd.to_datetime(frame.time, unit="s", origin="2024-05-31T12:00")
    found = []
    for zone in (None, "UTC", "Asia/Tokyo"):
        zoned = frame.assign(time=frame.time.dt.as_unit(unit).dt.tz_localize(zone))
        zoned["seen"] = zoned.time
        path = tmp_path / f"{str(zone)[:3]}.parquet"
        zoned.to_parquet(path, index=False)
        report = inspect_file(path)
        assert report.preview["time"][1].startswith("2024-05-31 ")
        assert report.mapping.time == "time"
        assert "seen" in [name for name, _ in report.left_out]
        found.append(report.dataset.fingerprint)
    assert len(set(found)) == 1


def test_stamps_of_a_zone_run_on_where_the_clock_of_the_machine_is_set_back(tmp_path, monkeypatch):
    monkeypatch.setenv("TZ", "Europe/Berlin")
    stamps = pd.date_range("2024-10-27T00:59:59", periods=120, freq="40ms", tz="UTC")
    frame = table().iloc[:120].assign(recording="a", time=stamps.tz_convert("Europe/Berlin"))
    [recording] = load(tmp_path / write(tmp_path, frame, "d.parquet")).recordings
    assert (recording.sampling_rate, recording.borders) == (25.0, ())
