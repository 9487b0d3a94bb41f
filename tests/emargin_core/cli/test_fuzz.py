"""Mutated input at every door: only the project's own errors come out, in time and in memory.

The slow part tries at least 20,000 inputs and prints how many; the fast part tries a few of each.
"""

import contextlib
import hashlib
import io
import json
import os
import random
import resource
import signal
import zipfile
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from emargin_core.analysis.decide.independent_labels import read_independent_labels
from emargin_core.analysis.decide.plan_state import DecisionPlan, DecisionStore
from emargin_core.config import ExperimentConfig, make_config
from emargin_core.datasets.registry import is_at_hand, load_dataset
from emargin_core.datasets.tables.inspection import inspect_file
from emargin_core.datasets.tables.library import add_dataset, list_datasets
from emargin_core.experiment.run import run_experiment
from emargin_core.store.archive.run_archive import INDEX, export_runs, import_runs
from emargin_core.store.gallery.gallery import load_gallery
from emargin_core.store.reference_scores import (
    ReferenceScores,
    read_reference_scores,
    write_reference_scores,
)
from emargin_core.store.result import Result
from emargin_core.store.result_files import FILES
from emargin_core.store.run_store import RunStore
from emargin_core.text.errors import ExplorerError, InputError

FAST, SLOW = 40, 1_820
SECONDS, BYTES = 10, 3 * 2**30
WORDS = (
    b"",
    b"\0",
    b"\xff\xfe",
    b"-1",
    b"1e999",
    b"NaN",
    b"null",
    b"[]",
    b"{}",
    b"true",
    b'"',
    b"9" * 400,
    b"[" * 3_000,
    b"../../x",
    b"<script>",
    b"\xe2\x80\xae",
    b"\x80",
)


@contextlib.contextmanager
def bounded():
    """At most so many seconds and so much more memory, else the test fails."""

    def late(*_):
        raise AssertionError(f"took longer than {SECONDS} s")

    before = signal.signal(signal.SIGALRM, late)
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    used = int(Path("/proc/self/statm").read_text().split()[0]) * os.sysconf("SC_PAGE_SIZE")
    resource.setrlimit(resource.RLIMIT_AS, (used + BYTES, hard))
    signal.alarm(SECONDS)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


def mutated(content, chance):
    """The content with one to four changes: flipped, cut, doubled, or words put in."""
    data = bytearray(content)
    for _ in range(chance.randint(1, 4)):
        place = chance.randrange(len(data) + 1)
        kind = chance.randrange(6)
        if kind == 0 and data:
            data[place % len(data)] ^= 1 << chance.randrange(8)
        elif kind == 1:
            del data[place : place + chance.choice((1, 2, 8, 64, 4_096))]
        elif kind == 2:
            data[place:place] = data[place : place + chance.choice((1, 16, 256))]
        elif kind == 3:
            data[place:place] = chance.choice(WORDS)
        elif kind == 4:
            data[place : place + 4] = chance.randbytes(4)
        else:
            word = chance.choice(WORDS)
            data[place : place + len(word)] = word
    return bytes(data)


def mutated_json(content, chance):
    """A document with one value exchanged, renamed, or left out, anywhere in it."""
    document = json.loads(content)
    spots = []

    def walk(node):
        for key in list(node) if isinstance(node, dict) else range(min(len(node), 3)):
            spots.append((node, key))
            if isinstance(node[key], dict | list):
                walk(node[key])

    walk(document)
    node, key = chance.choice(spots)
    values = (None, -1, 0, 1e308, 10**30, "x", "", [], {}, [[]], True, "\x00", ["a"], {"a": 1})
    if chance.random() < 0.2 and isinstance(node, dict):
        node[chance.choice(("x", "", "run_id"))] = node.pop(key)
    else:
        node[key] = chance.choice(values)
    return json.dumps(document).encode()


class Doors:
    """Every way in that takes a file, each with a whole file to start from."""

    def __init__(self, folder, small_file, gallery):
        self.folder = folder
        self.store = RunStore(folder / "home")
        config = make_config(dataset=str(small_file), method="random", iterations=1)
        self.run = run_experiment(config, store=self.store)
        self.run_folder = self.store.home / "runs" / self.run.run_id
        self.archive = folder / "runs.zip"
        export_runs([self.run.run_id], self.archive, self.store)
        self.gallery = gallery.read_bytes()
        self.whole = {name: (self.run_folder / name).read_bytes() for name in FILES}
        rows = pd.read_csv(small_file).groupby(["recording", "label"], sort=False).head(60)
        self.csv = rows.to_csv(index=False).encode()
        self.parquet = io.BytesIO()
        rows.to_parquet(self.parquet)
        self.decisions = DecisionStore(self.store.home)
        self.decision_name, _ = self.decisions.save(DecisionPlan(baseline=config, pilot=config))
        self.decision_whole = (self.decisions.folder / f"{self.decision_name}.json").read_bytes()
        rows = pd.DataFrame(
            {"recording": "machine 1", "time": [0.5, 1.0], "label": ["slow", "fast"]}
        )
        self.field_csv, self.field_parquet = rows.to_csv(index=False).encode(), rows.to_parquet()
        self.kept = add_dataset(small_file, "machine", home=self.store.home)
        self.set_folder = self.store.home / "datasets" / self.kept.slug
        self.set_whole = {f.name: f.read_bytes() for f in self.set_folder.iterdir()}

    def stored_run(self, chance):
        name = chance.choice(FILES)
        change = mutated_json if name.endswith("json") and chance.random() < 0.7 else mutated
        (self.run_folder / name).write_bytes(change(self.whole[name], chance))
        try:
            found = self.store.get(self.run.run_id)
            assert found is None or isinstance(found, Result)
        finally:
            (self.run_folder / name).write_bytes(self.whole[name])

    def archived_run(self, chance):
        path = self.folder / "mutated.zip"
        if chance.random() < 0.3:
            path.write_bytes(mutated(self.archive.read_bytes(), chance))
        else:
            self._repacked(path, chance)
        import_runs(path, RunStore(self.folder / "elsewhere"))

    def _repacked(self, path, chance):
        """An archive that is a whole zip file, one of whose files was changed."""
        with zipfile.ZipFile(self.archive) as pack:
            files = {name: pack.read(name) for name in pack.namelist()}
        name = chance.choice(list(files))
        change = mutated_json if name.endswith("json") else mutated
        files[name] = change(files[name], chance)
        if name != INDEX and chance.random() < 0.7:  # as one who can compute a checksum would
            index = json.loads(files[INDEX])
            digest = hashlib.sha256(files[name]).hexdigest()
            index["runs"][0]["sha256"][name.rpartition("/")[2]] = digest
            files[INDEX] = json.dumps(index).encode()
        if chance.random() < 0.2:
            files[chance.choice(("../x", "/x", "C:\\x", "x/", "archive.json/x"))] = b"x"
        with zipfile.ZipFile(path, "w") as pack:
            for entry, content in files.items():
                pack.writestr(entry, content)

    def gallery_file(self, chance):
        path = self.folder / "gallery.zip"
        path.write_bytes(mutated(self.gallery, chance))
        found = load_gallery(path)
        if found is not None:
            found.table()
            found.scrub_maps()

    def uploaded_csv(self, chance):
        path = self.folder / chance.choice(("up.csv", "up.tsv", "up.txt"))
        path.write_bytes(mutated(self.csv, chance))
        look_at(path)

    def uploaded_parquet(self, chance):
        path = self.folder / "up.parquet"
        path.write_bytes(mutated(self.parquet.getvalue(), chance))
        look_at(path)

    def kept_set(self, chance):
        name = chance.choice(sorted(self.set_whole))
        change = mutated_json if name.endswith("json") and chance.random() < 0.7 else mutated
        (self.set_folder / name).write_bytes(change(self.set_whole[name], chance))
        try:
            list_datasets(self.store.home)
            load_dataset(self.kept.name)
        finally:
            (self.set_folder / name).write_bytes(self.set_whole[name])

    def reference_scores(self, chance):
        write_reference_scores(self.store.home, ReferenceScores("0" * 16, "test", ()))
        [file] = (self.store.home / "levels").iterdir()
        file.write_bytes(chance.choice((mutated, mutated_json))(file.read_bytes(), chance))
        read_reference_scores(self.store.home, "0" * 16, "test")

    def settings(self, chance):
        names = [*ExperimentConfig.model_fields, "x", ""]
        values = [
            None,
            -1,
            0,
            1,
            1e308,
            float("nan"),
            float("inf"),
            "",
            "x",
            "0.4",
            "٣",
            "1_0",
            [],
            {},
            b"x",
            True,
            10**30,
            "9" * 5_000,
            "emargin",
            "watch",
            object(),
        ]
        make_config(
            **{chance.choice(names): chance.choice(values) for _ in range(chance.randint(1, 4))}
        )

    def data_name(self, chance):
        parts = [
            "watch",
            "my:",
            "factory:",
            "archive:",
            "alike=",
            "noise=1",
            ",",
            "..",
            "/",
            "nan",
            "machines=3",
            "1e999",
            "\x00",
            "-1",
            "x" * 300,
            "%2e",
            "日本",
            "my:machine",
            ":",
            "\\",
            "~",
            "~nobody/x",
            "https://x/y.csv",
        ]
        name = "".join(chance.choice(parts) for _ in range(chance.randint(1, 4)))
        assert is_at_hand(name) in (True, False)
        if len(name) < 40 and "factory" not in name:
            load_dataset(name)

    def decision(self, chance):
        path = self.decisions.folder / f"{self.decision_name}.json"
        path.write_bytes(chance.choice((mutated, mutated_json))(self.decision_whole, chance))
        self.decisions.load(self.decision_name)

    def field_labels(self, chance):
        path = self.folder / chance.choice(("field.csv", "field.txt", "field.parquet"))
        whole = self.field_parquet if path.suffix == ".parquet" else self.field_csv
        path.write_bytes(mutated(whole, chance))
        read_independent_labels(path, ["slow", "middle", "fast"])


DOORS = (
    "stored_run",
    "archived_run",
    "gallery_file",
    "uploaded_csv",
    "uploaded_parquet",
    "kept_set",
    "reference_scores",
    "settings",
    "data_name",
    "decision",
    "field_labels",
)


@pytest.fixture(scope="module")
def doors(tmp_path_factory, small_file, small_gallery):
    folder = tmp_path_factory.mktemp("doors")
    return Doors(folder, small_file, small_gallery.path)


def look_at(path):
    """Inspect a file; what its report refuses is raised, as for the other doors."""
    report = inspect_file(path)
    if not report.usable:
        raise InputError("{what}", what=report.problems[0].what)


def knock(doors, name, seed, monkeypatch=None):
    """Try one mutated input; True if it was refused. A failure names the seed that repeats it."""
    said = None
    try:
        with bounded():
            getattr(doors, name)(random.Random(seed))
    except ExplorerError as error:
        said = str(error)
    except BaseException as error:
        raise AssertionError(f"door {name}, seed {seed!r}: {error!r}") from error
    assert said is None or 0 < len(said) < 6_000
    return said is not None


@pytest.mark.parametrize("name", DOORS)
def test_a_few_mutated_inputs_at_each_door(doors, name, monkeypatch):
    monkeypatch.setenv("EMARGIN_HOME", str(doors.store.home))
    refused = [knock(doors, name, f"fast {number}") for number in range(FAST)]
    assert any(refused) or name in ("stored_run", "gallery_file", "reference_scores")


@pytest.mark.slow
@pytest.mark.parametrize("name", DOORS)
def test_many_mutated_inputs_at_each_door(doors, name, monkeypatch, capsys):
    monkeypatch.setenv("EMARGIN_HOME", str(doors.store.home))
    refused = sum(knock(doors, name, f"slow {number}") for number in range(SLOW))
    with capsys.disabled():
        print(f"\n{name}: {SLOW:,} inputs tried, {refused:,} refused, the others harmless")
    assert len(DOORS) * SLOW >= 20_000


def test_a_whole_file_still_passes_every_door(doors, monkeypatch):
    monkeypatch.setenv("EMARGIN_HOME", str(doors.store.home))
    assert doors.store.get(doors.run.run_id) is not None
    assert load_dataset(doors.kept.name).recordings
    for suffix, content in (("csv", doors.csv), ("parquet", doors.parquet.getvalue())):
        path = doors.folder / f"whole.{suffix}"
        path.write_bytes(content)
        assert inspect_file(path).dataset is not None
    assert import_runs(doors.archive, RunStore(doors.folder / "fresh")).added == (doors.run.run_id,)


@given(
    values=st.dictionaries(
        st.sampled_from([*ExperimentConfig.model_fields, "unknown"]),
        st.none()
        | st.booleans()
        | st.integers()
        | st.floats()
        | st.text(max_size=20)
        | st.lists(st.integers(), max_size=3),
        max_size=6,
    )
)
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_settings_of_any_kind_are_a_config_or_one_sentence(values):
    with contextlib.suppress(ExplorerError):
        assert len(make_config(**values).run_id("0" * 16)) == 16
