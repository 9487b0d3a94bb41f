"""A corrupt file in each place where the program reads one: its own errors, or as if not there."""

import json
import re
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from emargin_core.analysis.decide.independent_labels import IndependentLabels
from emargin_core.analysis.decide.plan_state import DecisionPlan, DecisionStore
from emargin_core.config import make_config
from emargin_core.datasets.fetch.mapped import Parsed, mapped
from emargin_core.datasets.tables import library
from emargin_core.store import annotations
from emargin_core.store.gallery.gallery import DEFAULT_PATH, load_gallery
from emargin_core.store.reference_scores import (
    ReferenceScore,
    ReferenceScores,
    read_reference_scores,
    write_reference_scores,
)
from emargin_core.store.result_files import ORIGIN, SNAPSHOTS, provenance_file
from emargin_core.store.run_store import RunStore
from emargin_core.store.snapshots import PATHS, Snapshot, to_bytes
from emargin_core.sweeps import storage as sweep_storage
from emargin_core.sweeps.storage import default_address, open_storage
from emargin_core.sweeps.sweep import SweepRunner
from emargin_core.sweeps.tuned import record as tuned_record
from emargin_core.text.errors import ExplorerError

ROOT = Path(__file__).parents[3]
FROZEN = ROOT / "tests" / "frozen" / "format-1"
BASELINE, CANDIDATE, FINGERPRINT = "4c2daf0bdd44e5a1", "a5c96c962c0d94a6", "1d7386e59359ba45"

DAMAGE = {
    "empty": lambda content: b"",
    "half": lambda content: content[: len(content) // 2],
    "first byte only": lambda content: content[:1],
    "noise": lambda content: np.random.default_rng(3).bytes(max(64, len(content))),
    "noise in the middle": lambda content: (
        content[: len(content) // 3]
        + np.random.default_rng(4).bytes(200)
        + content[len(content) // 3 + 200 :]
    ),
    "no words": lambda content: b"\xff\xfe\x00" * 50,
    "a list": lambda content: b"[1, 2, 3]",
    "a number": lambda content: b"7",
    "null": lambda content: b"null",
    "nested": lambda content: b"[" * 100_000,
}


class Places:
    """Makes the file of each place under a home, and reads it as the program does."""

    def __init__(self, home, small_file):
        self.home = home
        self.small_file = small_file

    def _run(self, name):
        shutil.copytree(FROZEN, self.home, dirs_exist_ok=True)
        (self.home / "runs" / CANDIDATE / ORIGIN).write_bytes(provenance_file("friend.zip"))
        return self.home / "runs" / CANDIDATE / name, lambda: RunStore(self.home).get(CANDIDATE)

    def run_document(self):
        return self._run("result.json")

    def run_frames(self):
        return self._run("frames.parquet")

    def run_arrays(self):
        return self._run("arrays.safetensors")

    def run_encoder(self):
        return self._run("encoder.safetensors")

    def run_snapshots(self):
        path, read = self._run(SNAPSHOTS)
        values = dict.fromkeys(PATHS, 0.5)
        points = np.zeros((40, 2), np.uint16)
        one = Snapshot(0, 40, values, points, np.zeros(40, np.int16))
        path.write_bytes(to_bytes([one]))
        return path, read

    def run_origin(self):
        return self._run(ORIGIN)

    def run_summary(self):
        path, _ = self._run("result.json")
        return path, lambda: RunStore(self.home).document(CANDIDATE)

    def aligned_map(self):
        shutil.copytree(FROZEN, self.home, dirs_exist_ok=True)
        path = self.home / "maps" / f"{CANDIDATE}-{BASELINE}" / "map.safetensors"
        return path, lambda: RunStore(self.home).get_map(CANDIDATE, BASELINE)

    def reference_scores(self):
        score = ReferenceScore("random", "Untrained encoder", "floor", None)
        write_reference_scores(self.home, ReferenceScores(FINGERPRINT, "test", (score,)))
        (path,) = (self.home / "levels").iterdir()
        return path, lambda: read_reference_scores(self.home, FINGERPRINT, "test")

    def annotation(self):
        annotations.write_annotation(self.home, CANDIDATE, annotations.make_annotation("a", "b"))
        (path,) = (self.home / annotations.FOLDER).iterdir()
        return path, lambda: annotations.read_annotation(self.home, CANDIDATE)

    def _decision(self):
        store = DecisionStore(self.home)
        plan = DecisionPlan(
            baseline=make_config(method="infonce"), pilot=make_config(), label_file="f.csv"
        )
        return store, *store.save(plan)

    def decision(self):
        store, name, _ = self._decision()
        return store.folder / f"{name}.json", lambda: store.load(name)

    def decision_field(self):
        store, name, plan = self._decision()
        rows = pd.DataFrame({"recording": ["a", "b"], "time": [0.5, 2.0], "label": ["c", "d"]})
        store.save_labels(name, IndependentLabels(rows, 0))
        return store.folder / f"{name}.parquet", lambda: store.load_labels(name, plan)

    def gallery(self):
        path = self.home / "gallery.zip"
        shutil.copy(DEFAULT_PATH, path)
        return path, lambda: load_gallery(path)

    def tuned(self):
        source = next(tuned_record.FOLDER.glob("*.json"))
        path = self.home / source.name
        shutil.copy(source, path)
        return path, lambda: tuned_record.load_tuned_records(self.home)

    def sweeps(self):
        open_storage(default_address(self.home)).remove_session()
        path = self.home / "sweeps" / "sweeps.sqlite3"
        return path, lambda: SweepRunner(RunStore(self.home)).stored()

    def _added(self, name):
        if not (self.home / "datasets" / "mine").exists():
            library.add_dataset(self.small_file, "mine", home=self.home)
        return self.home / "datasets" / "mine" / name, lambda: library.load("mine", self.home)

    def added_description(self):
        return self._added("dataset.json")

    def added_signal(self):
        return self._added("signal.npy")

    def added_labels(self):
        return self._added("labels.npy")

    def added_list(self):
        path, _ = self._added("dataset.json")
        return path, lambda: library.list_datasets(self.home)

    def _mapped(self, name):
        source = self.home / "raw.csv"
        source.write_text("x")

        def read():
            return mapped("one", [source], 1, self._parsed)

        read()
        (place,) = (self.home / "mapped").iterdir()
        return place / name, read

    def mapped_about(self):
        return self._mapped("about.json")

    def mapped_signal(self):
        return self._mapped("signal.npy")

    def mapped_labels(self):
        return self._mapped("labels.npy")

    @staticmethod
    def _parsed():
        return Parsed(np.zeros((40, 2), np.float32), np.zeros(40, np.int64), (), ("a remark",))


PLACES = [name for name, made in vars(Places).items() if callable(made) and name[0] != "_"]


@pytest.mark.parametrize("damage", DAMAGE)
@pytest.mark.parametrize("place", PLACES)
def test_corrupt_file_is_refused_in_words_or_taken_for_absent(
    place, damage, home, small_file, monkeypatch
):
    monkeypatch.setattr(sweep_storage, "SQLITE_WAIT_S", 0.2)  # for the connection of this process
    path, read = getattr(Places(home, small_file), place)()
    assert read() is not None, "the whole file was not read"
    path.write_bytes(DAMAGE[damage](path.read_bytes()))
    said = "taken for absent, or read as if whole"
    try:
        read()
    except ExplorerError as error:
        said = str(error)
    assert "\n" not in said
    assert len(said) > 20


def test_clock_that_jumps_back_or_ahead_changes_no_answer(home, monkeypatch):
    """Runs from the future are read, listed newest first, and no waiting hangs on the clock."""
    import os
    import time

    shutil.copytree(FROZEN, home, dirs_exist_ok=True)
    document = home / "runs" / CANDIDATE / "result.json"
    future = json.loads(document.read_text()) | {"created": "2199-01-01T00:00:00+00:00"}
    document.write_text(json.dumps(future))
    os.utime(document.parent, (7e9, 7e9))
    store = RunStore(home)
    for clock in (0.0, 7.2e9):
        monkeypatch.setattr(time, "time", lambda now=clock: now)
        assert store.ids() == [CANDIDATE, BASELINE]
        assert store.get(CANDIDATE).created.startswith("2199")


def test_nothing_that_waits_reads_the_wall_clock():
    """Deadlines and rates use the monotonic clock; the wall clock only tells a file's age."""
    by_age = {"drafts.py", "trash.py", "stored_set.py", "own_file.py"}
    using = {
        path.name
        for folder in ("emargin_core", "app")
        for path in (ROOT / folder).rglob("*.py")
        if "bench" not in path.parts
        and re.search(r"\btime\.time\(\)", path.read_text(encoding="utf-8"))
    }
    assert using <= by_age
