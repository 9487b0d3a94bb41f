import pytest

from benchmarks.rounding import bench_rounding, print_rounding
from emargin_core.text.errors import InputError


def test_moved_weights_and_other_seeds_give_other_numbers(small_file, capsys):
    rows = bench_rounding(repeats=2, dataset=str(small_file), iterations=20)
    assert {row["method"] for row in rows} == {"infonce", "emargin"}
    moved = {row["metric"]: row["largest_shift"] for row in rows if row["method"] == "infonce"}
    assert 0 < moved["geometry.uniformity"] < 0.1
    uniformity = [row for row in rows if row["metric"] == "geometry.uniformity"]
    assert all(row["sd_seed"] > row["sd_rounding"] for row in uniformity)
    print_rounding(rows)
    assert "SD, seeds" in capsys.readouterr().out


def test_one_draw_is_refused():
    with pytest.raises(InputError, match="at least 2"):
        bench_rounding(repeats=1)
