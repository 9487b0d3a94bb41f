"""The bench of large files measures both routes on the same table."""

import pandas as pd
import pytest

from benchmarks.data import bench_data, print_data, write_example
from emargin_core.datasets.tables.load import load_file


def test_example_is_a_table_that_is_read_without_a_mapping(tmp_path):
    data = load_file(write_example(tmp_path / "e.parquet", 20_000))
    assert sum(len(recording.signal) for recording in data.recordings) == 20_000
    assert {recording.sampling_rate for recording in data.recordings} == {50.0}
    assert (len(data.recordings), len(data.channel_names)) == (10, 6)
    again = pd.read_parquet(write_example(tmp_path / "f.parquet", 20_000))
    assert data.recordings[1].signal[0, 0] == again["channel 0"][2000]


@pytest.mark.slow
def test_both_routes_are_measured(capsys):
    rows = bench_data(big=60_000, small=30_000)
    assert [row["stock_s"] is None for row in rows] == [False, True, True]
    assert rows[0]["ratio"] == pytest.approx(rows[0]["stock_s"] / rows[0]["ours_s"])
    assert all(row["ours_s"] > 0 for row in rows)
    print_data(rows)
    assert "pandas" in capsys.readouterr().out
