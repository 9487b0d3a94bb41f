"""Archives: what goes in comes out; what is not one whole honest run never gets in."""

import hashlib
import json
import stat
import zipfile
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from emargin_core.store.annotations import Annotation, read_annotation, write_annotation
from emargin_core.store.archive.run_archive import INDEX, export_runs, import_runs
from emargin_core.store.gallery.gallery import load_gallery
from emargin_core.store.result_files import DOCUMENT, FILES, to_files
from emargin_core.store.run_store import RunStore
from emargin_core.store.zip_pack import read_pack
from emargin_core.text.errors import InputError, StoreError
from tests.run_doubles import make_run


@pytest.fixture
def packed(tmp_path):
    """Two exported runs: the path, and the runs."""
    store = RunStore(tmp_path / "there")
    runs = [make_run(), make_run("infonce")]
    for run in runs:
        store.put(run)
    write_annotation(store.home, runs[0].run_id, Annotation("best", "of Monday"))
    path = tmp_path / "runs.zip"
    export_runs([run.run_id for run in runs], path, store)
    return path, runs


def repacked(path, change):
    """The archive with files changed by name, its checksums set right."""
    files = read_pack(path, max_bytes=2**28, max_files=100)
    change(files)
    index = json.loads(files[INDEX])
    for run in index["runs"]:
        run["sha256"] = {
            name: hashlib.sha256(files.get(f"runs/{run['run_id']}/{name}", b"")).hexdigest()
            for name in {*FILES, *run["sha256"]}
        }
    files[INDEX] = json.dumps(index).encode()
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as pack:
        for name, content in files.items():
            pack.writestr(name, content)


def refused(path, store, words):
    with pytest.raises(InputError, match=words) as caught:
        import_runs(path, store)
    assert "nothing was imported" in str(caught.value)
    assert "\n" not in str(caught.value)
    assert store.ids() == []
    assert not (store.home / "annotations").exists()


def test_what_was_exported_comes_back_marked(packed, store):
    path, runs = packed
    found = import_runs(path, store, "from Ann.zip")
    assert sorted(found.added) == sorted(run.run_id for run in runs)
    assert found.present == ()
    got = store.get(runs[0].run_id)
    assert got.imported.startswith("from Ann.zip, 20")
    assert (got.config, got.metrics, got.data) == (runs[0].config, runs[0].metrics, runs[0].data)
    pd.testing.assert_frame_equal(got.frames, runs[0].frames)
    np.testing.assert_array_equal(got.encoder["layer.weight"], runs[0].encoder["layer.weight"])
    assert read_annotation(store.home, runs[0].run_id) == Annotation("best", "of Monday")


def test_runs_that_are_here_stay_as_they_are(packed, store):
    path, runs = packed
    store.put(runs[0])
    write_annotation(store.home, runs[0].run_id, Annotation("mine", ""))
    found = import_runs(path, store)
    assert found.present == (runs[0].run_id,)
    assert found.added == (runs[1].run_id,)
    assert store.get(runs[0].run_id).imported is None
    assert read_annotation(store.home, runs[0].run_id).name == "mine"


def test_real_runs_pass_the_check(tmp_path, store, small_gallery):
    configs = small_gallery.plan.runs
    names = [small_gallery.run_id(config) for config in configs]
    export_runs(names, tmp_path / "real.zip", small_gallery.store)
    assert len(import_runs(tmp_path / "real.zip", store).added) == len(names)


def test_shipped_runs_pass_the_check_but_are_not_exported(tmp_path, store):
    from emargin_core.store.archive.run_check import checked_run

    gallery = load_gallery()
    whole = [name for name in gallery.entries if gallery.has(name)]
    for name in whole:
        checked_run(to_files(replace(gallery.result(name), precomputed=None)), name)
    with pytest.raises(InputError, match="come with the program"):
        export_runs(whole[:1], tmp_path / "x.zip", store, gallery)


def document(change):
    def apply(files):
        name = next(name for name in files if name.endswith(DOCUMENT))
        content = json.loads(files[name])
        change(content)
        files[name] = json.dumps(content).encode()

    return apply


def table(change):
    def apply(files):
        import io

        name = next(name for name in files if name.endswith(FILES[0]))
        frame = pd.read_parquet(io.BytesIO(files[name]))
        files[name] = change(frame).to_parquet(index=False)

    return apply


ALTERED = {
    "better accuracy": (
        document(lambda d: d["metrics"]["probe"].update(accuracy=0.99)),
        "Linear-probe accuracy, converged is not what its own frames give",
    ),
    "better silhouette": (
        document(lambda d: d["metrics"]["clustering"].update(silhouette=0.99)),
        "Silhouette is not what",
    ),
    "other settings": (document(lambda d: d["config"].update(seed=7)), "does not belong to its"),
    "unknown method": (
        document(lambda d: d["config"].update(method="magic")),
        "config: method is 'magic'; choose from infonce",
    ),
    "unknown setting": (document(lambda d: d["config"].update(magic=1)), "magic"),
    "hidden collapse": (
        document(lambda d: d["metrics"]["clustering"].update(davies_bouldin=None)),
        "contradict what it says about a collapse",
    ),
    "lost measure": (
        document(lambda d: d["metrics"]["clustering"].pop("davies_bouldin")),
        "contradict what it says about a collapse",
    ),
    "not a number": (document(lambda d: d["timing"].update(total_s=float("nan"))), "is no number"),
    "foreign field": (document(lambda d: d.update(code="import os")), "code"),
    "foreign measure": (document(lambda d: d["metrics"]["probe"].update(magic=1.0)), "not known"),
    "no date": (document(lambda d: d.update(created="yesterday")), "created: "),
    "long title": (document(lambda d: d["data"].update(title="x" * 2000)), "title"),
    "deep document": (
        lambda files: files.update(
            {next(n for n in files if n.endswith(DOCUMENT)): b"[" * 100_000}
        ),
        "recursion",
    ),
    "other table": (table(lambda f: f.rename(columns={"label": "truth"})), "other columns"),
    "words in the table": (table(lambda f: f.assign(label="x")), "of a wrong kind"),
    "class that is not there": (table(lambda f: f.assign(label=99)), "values out of bounds"),
    "recording that is not there": (
        table(lambda f: f.assign(recording=-1)),
        "values out of bounds",
    ),
    "lost rows": (table(lambda f: f.head(3)), "3 rows"),
    "other answers": (table(lambda f: f.assign(predicted=f["label"])), "own frames"),
    "foreign file": (
        lambda files: files.update({"runs/payload.pkl": b"x"}),
        "does not belong in it",
    ),
    "lost file": (lambda files: files.pop(next(n for n in files if n.endswith(FILES[1]))), "lacks"),
    "broken arrays": (
        lambda files: files.update({next(n for n in files if n.endswith(FILES[1])): b"pickle"}),
        "cannot be taken: .*header",
    ),
}


@pytest.mark.parametrize("case", ALTERED)
def test_altered_run_is_refused_and_nothing_imported(packed, store, case):
    change, words = ALTERED[case]
    repacked(packed[0], change)
    refused(packed[0], store, words)


def test_damage_shows_in_the_checksums(packed, store):
    path, runs = packed
    files = read_pack(path, max_bytes=2**28, max_files=100)
    name = f"runs/{runs[1].run_id}/{FILES[2]}"
    files[name] = files[name][:-1] + b"x"
    with zipfile.ZipFile(path, "w") as pack:
        for file, content in files.items():
            pack.writestr(file, content)
    refused(path, store, "is damaged")


@pytest.mark.parametrize("name", ["../../evil", "/etc/evil", "runs/../../evil", "C:\\evil", "a//b"])
def test_path_tricks_are_refused(packed, store, name):
    with zipfile.ZipFile(packed[0], "a") as pack:
        pack.writestr(name, b"x")
    refused(packed[0], store, "whose path leads outside the archive")


def test_link_is_refused(packed, store):
    link = zipfile.ZipInfo("runs/link")
    link.create_system, link.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(packed[0], "a") as pack:
        pack.writestr(link, "/etc/passwd")
    refused(packed[0], store, "is not a regular file")


def test_bomb_is_refused_before_it_unpacks(packed, store):
    with zipfile.ZipFile(packed[0], "a", zipfile.ZIP_DEFLATED) as pack:
        pack.writestr("runs/bomb", b"0" * (8 * 2**20))
    refused(packed[0], store, "times its size")


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 torn", b"\x80\x04pickle", b"word,word\n1,2"])
def test_what_is_no_archive_is_refused(tmp_path, store, content):
    path = tmp_path / "other.zip"
    path.write_bytes(content)
    refused(path, store, "cannot be read as a zip file")


def test_zip_of_something_else_is_refused(tmp_path, store):
    path = tmp_path / "other.zip"
    with zipfile.ZipFile(path, "w") as pack:
        pack.writestr("readme.txt", "hello")
    refused(path, store, "not an archive of runs")


def test_full_disk_leaves_nothing_half_imported(packed, store, monkeypatch):
    put, calls = RunStore.put, []

    def full_at_second(self, result, beside=None):
        calls.append(result.run_id)
        if len(calls) == 2:
            raise StoreError("no space left")
        put(self, result, beside)

    monkeypatch.setattr(RunStore, "put", full_at_second)
    with pytest.raises(StoreError, match="no space left"):
        import_runs(packed[0], store)
    assert len(calls) == 2
    assert store.ids() == []


def test_malformed_origin_leaves_the_run_readable_and_marked(packed, store):
    path, runs = packed
    import_runs(path, store)
    (store.home / "runs" / runs[0].run_id / "origin.json").write_text("{")
    assert store.get(runs[0].run_id).imported == "?"


def test_unknown_run_is_not_exported(tmp_path, store):
    with pytest.raises(InputError, match="not found"):
        export_runs(["feedfeedfeedfeed"], tmp_path / "x.zip", store)
    assert not (tmp_path / "x.zip").exists()
