"""Nothing that comes from outside is unpickled: the source is searched, and every door is tried."""

import ast
import contextlib
import io
import json
import os
import pickle
import shutil
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from emargin_core.config import make_config
from emargin_core.datasets.fetch.mapped import Parsed, mapped
from emargin_core.datasets.registry import load_dataset
from emargin_core.datasets.sources.watch import SHA256, data_file, load
from emargin_core.datasets.tables.inspection import inspect_file
from emargin_core.datasets.tables.library import add_dataset, list_datasets
from emargin_core.experiment.run import run_experiment
from emargin_core.store.gallery.gallery import load_gallery
from emargin_core.store.reference_scores import read_reference_scores
from emargin_core.store.result_files import FILES
from emargin_core.text.errors import ExplorerError

ROOT = Path(__file__).resolve().parents[3]
UNPICKLERS = {"pickle", "cPickle", "_pickle", "dill", "cloudpickle", "joblib", "shelve", "marshal"}
KNOWN = {
    (
        "emargin_core/projection/compile_cache.py",
        "import pickle",
    ),  # names what numba's own cache raises
    (
        "emargin_core/datasets/sources/watch.py",
        "allow_pickle=True",
    ),  # of the bytes whose checksum is known
}


def doors(source, path):
    """Every place where a file's source could unpickle, run or load code."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            for name in node.names:
                if name.name.partition(".")[0] in UNPICKLERS:
                    yield path, f"import {name.name}"
        elif (
            isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] in UNPICKLERS
        ):
            yield path, f"import {node.module}"
        elif isinstance(node, ast.Call):
            called = ast.unparse(node.func)
            if called in (
                "eval",
                "exec",
                "compile",
                "__import__",
                "torch.load",
                "torch.jit.load",
                "yaml.load",
            ) or called.endswith("read_pickle"):
                yield path, called
            for word in node.keywords:
                if word.arg in ("allow_pickle", "shell") and ast.unparse(word.value) != "False":
                    yield path, f"{word.arg}={ast.unparse(word.value)}"


def test_the_source_opens_no_door_but_those_that_are_known():
    found = set()
    for folder in ("app", "emargin_core"):
        for path in (ROOT / folder).rglob("*.py"):
            found |= set(doors(path.read_text(encoding="utf-8"), str(path.relative_to(ROOT))))
    assert found == KNOWN


@pytest.mark.parametrize(
    "line",
    [
        "import pickle",
        "from joblib import load",
        "torch.load(path)",
        "eval(text)",
        "np.load(path, allow_pickle=True)",
        "pd.read_pickle(p)",
        "subprocess.run(line, shell=True)",
    ],
)
def test_the_search_finds_a_door(line):
    assert list(doors(line, "here"))


def test_compile_cache_names_pickle_s_errors_and_loads_nothing():
    source = (ROOT / "emargin_core" / "projection" / "compile_cache.py").read_text(encoding="utf-8")
    used = {
        node.attr
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Attribute) and ast.unparse(node.value) == "pickle"
    }
    assert used == {"UnpicklingError"}


class Trap:
    """Leaves a mark when it is unpickled."""

    def __init__(self, mark):
        self.mark = mark

    def __reduce__(self):
        return os.mkdir, (str(self.mark),)


@pytest.fixture
def mark(tmp_path):
    folder = tmp_path / "sprung"
    yield folder
    assert not folder.exists(), "a pickle was unpickled"


@pytest.fixture
def traps(mark):
    """The same trap as the contents of files of many kinds."""
    array = io.BytesIO()
    np.save(array, np.array([Trap(mark)], dtype=object), allow_pickle=True)
    archive = io.BytesIO()
    np.savez(archive, x=np.array([Trap(mark)], dtype=object))
    bare = pickle.dumps(Trap(mark))
    zipped = io.BytesIO()
    with zipfile.ZipFile(zipped, "w") as pack:
        pack.writestr("archive/data.pkl", bare)
        pack.writestr("archive/version", "3")
        pack.writestr("gallery.json", bare)
    table = io.BytesIO()
    pd.DataFrame({"recording": ["a"] * 40, "x": 0.0, "label": [bare] * 40}).to_parquet(table)
    return {
        "pickle": bare,
        "npy": array.getvalue(),
        "npz": archive.getvalue(),
        "torch zip": zipped.getvalue(),
        "parquet": table.getvalue(),
    }


def test_the_trap_works(traps, mark):
    np.load(io.BytesIO(traps["npy"]), allow_pickle=True)
    assert mark.is_dir()
    mark.rmdir()


@pytest.mark.parametrize(
    "suffix", [".csv", ".tsv", ".txt", ".parquet", ".npy", ".npz", ".pkl", ".zip"]
)
def test_an_upload_is_never_unpickled(traps, tmp_path, suffix):
    for name, content in traps.items():
        path = tmp_path / f"{name.replace(' ', '')}.{suffix}"
        path.write_bytes(content)
        with contextlib.suppress(ExplorerError):
            inspect_file(path)
            add_dataset(path, f"trap {name} {suffix}")


@pytest.fixture(scope="module")
def a_run(small_file, tmp_path_factory):
    from emargin_core.store.run_store import RunStore

    store = RunStore(tmp_path_factory.mktemp("run"))
    config = make_config(dataset=str(small_file), method="random", iterations=1)
    return run_experiment(config, store=store), store


def test_a_stored_run_is_never_unpickled(traps, a_run, home):
    from emargin_core.store.run_store import RunStore

    result, store = a_run
    shutil.copytree(store.home, home, dirs_exist_ok=True)
    copied, folder = RunStore(home), home / "runs" / result.run_id
    copied.put_map("a", "b", np.zeros((2, 2)))
    for file in (*(folder / name for name in FILES), home / "maps" / "a-b" / "map.safetensors"):
        before = file.read_bytes()
        for content in traps.values():
            file.write_bytes(content)
            assert copied.get(result.run_id) is None or file.parent != folder
            assert copied.get_map("a", "b") is None or file.parent == folder
        file.write_bytes(before)
    assert copied.get(result.run_id) is not None


def test_the_gallery_and_levels_are_never_unpickled(traps, tmp_path, home):
    (home / "levels").mkdir()
    (tmp_path / "gallery.zip").write_bytes(b"")
    for content in traps.values():
        (tmp_path / "gallery.zip").write_bytes(content)
        assert load_gallery(tmp_path / "gallery.zip") is None
    from emargin_core.store import reference_scores

    path = reference_scores._path(home, "0" * 16, "test")
    for content in traps.values():
        path.write_bytes(content)
        assert read_reference_scores(home, "0" * 16, "test") is None


def test_a_kept_data_set_is_never_unpickled(traps, small_file, home):
    kept = add_dataset(small_file, "machine")
    folder = home / "datasets" / kept.slug
    for file in sorted(folder.iterdir()):
        before = file.read_bytes()
        for content in traps.values():
            file.write_bytes(content)
            with pytest.raises(ExplorerError):
                load_dataset(kept.name)
            assert list_datasets(home) == [] or file.suffix == ".npy"
        file.write_bytes(before)


def test_arrays_that_were_parsed_before_are_never_unpickled(traps, tmp_path):
    source = tmp_path / "S001.csv"
    source.write_text("x")

    def parse():
        return Parsed(np.zeros((3, 1), np.float32), np.zeros(3, np.int64))

    mapped("S001", [source], 1, parse)
    [place] = (tmp_path / "mapped").iterdir()
    for file in sorted(place.iterdir()):
        before = file.read_bytes()
        for content in (*traps.values(), json.dumps([1]).encode(), b"{}"):
            file.write_bytes(content)
            if file.suffix == ".npy" or content != before:
                with pytest.raises(ExplorerError):
                    mapped("S001", [source], 1, parse)
        file.write_bytes(before)


def test_the_default_data_is_unpickled_only_as_published(traps, tmp_path, monkeypatch):
    path = tmp_path / "watch_dataset.npy"
    for content in traps.values():
        path.write_bytes(content)
        with pytest.raises(ExplorerError, match="damaged"):
            load(path)


def test_the_default_data_cannot_be_exchanged_between_check_and_use(traps, tmp_path, monkeypatch):
    path = tmp_path / "watch_dataset.npy"
    path.write_bytes(data_file().read_bytes())
    checked = path.read_bytes()

    def read_then_exchanged(self):
        path.write_bytes(traps["npy"])
        return checked

    monkeypatch.setattr(Path, "read_bytes", read_then_exchanged)
    assert len(load(path).recordings) == 20
    assert SHA256
