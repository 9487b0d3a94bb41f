import pytest

from benchmarks import maps
from emargin_core.projection.compile_cache import cache_folder
from emargin_core.projection.projection import warm


def test_rows_take_the_fastest_run_of_each_route(monkeypatch: pytest.MonkeyPatch) -> None:
    timings = iter(
        [
            {"first_s": 20.0, "warm_s": []},
            {"first_s": 40.0, "warm_s": []},
            {"first_s": 5.0, "warm_s": [2.0]},
            {"first_s": 22.0, "warm_s": [14.0]},
            {"first_s": 4.0, "warm_s": [2.5]},
            {"first_s": 24.0, "warm_s": [12.0]},
        ]
    )
    asked = []

    def time_process(route, cache, n_warm):
        asked.append((route, cache.name, n_warm))
        return next(timings)

    monkeypatch.setattr(maps, "_time_process", time_process)
    warm, new, first = maps.bench_maps(repeats=2)
    assert asked == [("ours", "ours", 0), ("stock", "stock", 0)] + 2 * [
        ("ours", "ours", 1),
        ("stock", "stock", 1),
    ]
    assert (warm["ours_s"], warm["stock_s"], warm["ratio"]) == (2.0, 12.0, 6.0)
    assert (new["ours_s"], new["stock_s"], new["ratio"]) == (4.0, 22.0, 5.5)
    assert (first["ours_s"], first["stock_s"], first["ratio"]) == (20.0, 40.0, 2.0)


@pytest.mark.slow
def test_a_process_reports_its_first_map_and_each_further_one() -> None:
    warm()
    timing = maps._time_process("ours", cache_folder(), n_warm=1)
    assert timing["first_s"] > timing["warm_s"][0] > 0
    assert len(timing["warm_s"]) == 1


def test_table_shows_times_and_ratio(capsys: pytest.CaptureFixture[str]) -> None:
    maps.print_maps([{"name": "a map", "ours_s": 1.25, "stock_s": 15.0, "ratio": 12.0}])
    table = capsys.readouterr().out
    assert all(text in table for text in ("a map", "1.25 s", "15.00 s", "12.0 x"))
