from benchmarks.watching import bench_watching


def test_watched_and_plain_trainings_are_paired(small_file) -> None:
    processor, clock, first = bench_watching(repeats=1, iterations=3, dataset=str(small_file))
    assert processor["name"].startswith("3 steps, ")
    assert processor["ours_s"] > processor["stock_s"] > 0
    assert clock["ours_s"] >= first["ours_s"] > 0
