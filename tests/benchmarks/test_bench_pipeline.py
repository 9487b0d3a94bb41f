import json
from contextlib import contextmanager

import pytest

from benchmarks import page, pipeline, stock_route
from benchmarks.__main__ import main
from benchmarks.report import make_row, print_rows
from emargin_core.config import make_config
from emargin_core.experiment.run import aligned_map, run_experiment
from emargin_core.jobs.facade import map_key
from emargin_core.jobs.status import JobStatus
from emargin_core.store.run_store import RunStore
from emargin_core.text.errors import ExplorerError

FIELDS = {"name", "ours_s", "stock_s", "ratio"}


class StubStock:
    """Answers at once, and remembers what it was asked."""

    started = 0.0
    asked: list[str] = []  # noqa: RUF012 - shared on purpose: the bench starts several

    def __init__(self, dataset, iterations):
        pass

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    def ask(self, line):
        self.asked.append(line)
        return {}


@pytest.fixture
def stock(monkeypatch):
    StubStock.asked.clear()
    monkeypatch.setattr(pipeline, "_StockProgram", StubStock)
    return StubStock


class SynchronousJobs:
    """Computes what is submitted before it returns."""

    def __init__(self, store):
        self.store = store
        self.done, self.maps = [], []

    def submit(self, config, run_id, **_options):
        assert run_experiment(config, store=self.store).run_id == run_id
        for candidate, baseline in self.maps if run_id in self.maps[0] else []:
            if self.store.get(candidate) and self.store.get(baseline):
                aligned_map(*map(self.store.get, (candidate, baseline)), store=self.store)
                self._finish(map_key(candidate, baseline))
        return self._finish(run_id)

    def submit_map_after(self, candidate, baseline, _known):
        self.maps = [(candidate, baseline)]

    def status(self, key):
        return JobStatus(key, "done" if key in self.done else "failed")

    def _finish(self, key):
        self.done.append(key)
        return JobStatus(key, "done")


@pytest.fixture
def workers(monkeypatch):
    started = []

    @contextmanager
    def warm_workers(store):
        started.append(SynchronousJobs(store))
        yield started[-1]

    monkeypatch.setattr(pipeline, "warm_workers", warm_workers)
    return started


def test_rows_are_whole_and_leave_the_users_store_alone(
    stock, workers, small_file, home, monkeypatch
):
    homes = []

    def compare(*arguments):
        homes.append(arguments[0])
        return 1.5

    monkeypatch.setattr(pipeline, "_compare_in_new_process", compare)
    rows = pipeline.bench_pipeline(dataset=str(small_file), iterations=2)
    assert [set(row) for row in rows] == [FIELDS] * 6
    assert all(row["ours_s"] > 0 for row in rows)
    assert all(row["ratio"] == row["stock_s"] / row["ours_s"] for row in rows[:4])
    assert len({row["name"] for row in rows}) == 6
    assert stock.asked == ["map", "0", "0"]
    n_folds = 5
    assert len(workers[0].done) == 3 + n_folds  # two runs and a map, the candidate on every fold
    assert len(set(homes)) == 1  # the second comparison finds what the first has stored
    assert home not in homes
    assert RunStore(home).ids() == []


@pytest.mark.slow
def test_new_process_finds_what_is_stored(small_file, store, home, trained):
    for method in pipeline.METHODS:
        trained(make_config(dataset=str(small_file), method=method, iterations=2), store)
    assert pipeline._compare_in_new_process(home, str(small_file), iterations=2) > 0
    assert len(store.ids()) == 2


@pytest.mark.slow
def test_program_that_fails_is_an_error_with_its_words(home):
    with pytest.raises(ExplorerError, match="'nowhere' is not known"):
        pipeline._compare_in_new_process(home, "nowhere", iterations=2)


def test_fastest_of_the_rounds_counts(stock, monkeypatch):
    rounds = iter(
        [
            {"new": 20.0, "stock_new": 80.0, "warm": 12.0, "stock_warm": 48.0, "stored": 2.0}
            | {"settled": 41.0, "looked": 9.0, "all_folds": 55.0},
            {"new": 25.0, "stock_new": 60.0, "warm": 10.0, "stock_warm": 50.0, "stored": 3.0}
            | {"settled": 40.0, "looked": 8.0, "all_folds": 56.0},
        ]
    )
    monkeypatch.setattr(pipeline, "_one_round", lambda *_: next(rounds))
    rows = pipeline.bench_pipeline(repeats=2)
    assert [(row["ours_s"], row["stock_s"], row["ratio"]) for row in rows] == [
        (20.0, 60.0, 3.0),
        (8.0, 48.0, 6.0),
        (10.0, 48.0, 4.8),
        (2.0, 60.0, 30.0),
        (40.0, None, None),
        (55.0, None, None),
    ]


@pytest.mark.slow
def test_stock_route_trains_measures_and_maps_both_methods(small_file, monkeypatch):
    mapped = []
    monkeypatch.setattr(stock_route, "draw_map", lambda points: mapped.append(points.shape))
    found = stock_route.compare_by_stock(str(small_file), iterations=30, seed=0)
    assert list(found) == ["infonce", "emargin"]
    assert len(mapped) == 2
    assert len(set(mapped)) == 1
    assert mapped[0][1] == 320
    for metrics in found.values():
        assert set(metrics) == {"davies_bouldin", "silhouette", "accuracy", "paper_accuracy"}
        assert metrics["accuracy"] > 0.6  # three classes that differ in frequency


def test_page_needs_a_browser(monkeypatch):
    monkeypatch.setattr(page, "BROWSERS", ("no-such-browser",))
    assert "no-such-browser" in str(page.why_not()) or "playwright" in str(page.why_not())


def test_page_is_skipped_in_one_line(monkeypatch, capsys):
    monkeypatch.setattr(page, "why_not", lambda: "no browser on the PATH")
    assert main(["page", "--json", "-"]) == 0
    captured = capsys.readouterr()
    assert captured.err.splitlines() == ["page: skipped, no browser on the PATH."]
    assert json.loads(captured.out) == {"parts": []}


def test_unknown_part_is_one_line_and_exit_status_2(capsys):
    assert main(["coffee"]) == 2
    error = capsys.readouterr().err
    assert len(error.splitlines()) == 1
    assert all(word in error for word in ("coffee", "pipeline", "maps", "page", "all"))


def test_no_part_means_the_figures_people_wait_for(monkeypatch, capsys):
    asked = []

    def measure(part, repeats, *_, **__):
        asked.append((part.name, repeats))
        return {"part": part.name, "rows": [make_row("a wait", 2.0, 8.0)]}

    monkeypatch.setattr("benchmarks.__main__._measure", measure)
    assert main(["--repeats", "2", "--json", "-"]) == 0
    assert asked == [("pipeline", 2), ("maps", 2), ("page", 2)]
    row = json.loads(capsys.readouterr().out)["parts"][0]["rows"][0]
    assert row == {"name": "a wait", "ours_s": 2.0, "stock_s": 8.0, "ratio": 4.0}


def test_json_holds_rows_and_the_load_around_them(monkeypatch, capsys):
    rows = [make_row("a map", 1.0, 10.0)]
    monkeypatch.setattr("benchmarks.maps.bench_maps", lambda: rows)
    assert main(["maps", "--json", "-"]) == 0
    part = json.loads(capsys.readouterr().out)["parts"][0]
    assert part["rows"] == rows
    assert {"part", "load_before", "load_after", "rows"} == set(part)


def test_table_shows_a_missing_counterpart_as_a_dash(capsys):
    print_rows([make_row("a wait", 1.0, None)], "what", "stock")
    line = next(line for line in capsys.readouterr().out.splitlines() if "a wait" in line)
    assert line.count(" - ") == 2
