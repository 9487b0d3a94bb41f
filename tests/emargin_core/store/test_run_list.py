"""The list of runs: stored ones first, shipped ones after, each with what it is called."""

import json

from emargin_core.cli import main
from emargin_core.store.annotations import Annotation, write_annotation
from emargin_core.store.gallery.gallery import load_gallery
from emargin_core.store.run_list import list_runs, matching
from tests.run_doubles import make_run


def test_stored_and_shipped_runs_are_listed_once_each(store):
    run = make_run()
    store.put(run)
    gallery = load_gallery()
    runs = list_runs(store, gallery)
    assert runs[0].run_id == run.run_id
    assert len(runs) == 1 + len(gallery.entries)
    assert {r.source for r in runs} == {"here", "gallery"}
    assert sum(r.whole for r in runs) == 28
    assert runs[0].metric("probe.accuracy") == run.metric("probe.accuracy")


def test_malformed_annotation_or_document_never_hides_other_runs(store):
    for seed in (0, 1):
        store.put(make_run(seed=seed))
    first, second = store.ids()
    write_annotation(store.home, first, Annotation("best", ""))
    (store.home / "annotations" / f"{first}.json").write_text("{")
    (store.home / "runs" / second / "result.json").write_text('{"run_id": "')
    assert [run.run_id for run in list_runs(store, None)] == [first]


def test_search_finds_names_notes_settings_and_data(store):
    for run in (make_run(), make_run("infonce")):
        store.put(run)
    name = make_run().run_id
    write_annotation(store.home, name, Annotation("Best of Monday", "Überraschung"))
    runs = list_runs(store, None)
    for words in ("monday BEST", "überraschung", "emargin pump", "threshold 0.4", name[:8]):
        assert [run.run_id for run in matching(runs, words)] == [name], words
    assert matching(runs, "nowhere") == []
    assert len(matching(runs, "")) == 2


def call(capsys, *arguments):
    status = main(["runs", *arguments])
    captured = capsys.readouterr()
    return status, captured.out, captured.err


def test_commands_name_delete_restore_export_and_import(capsys, store, tmp_path):
    run = make_run()
    store.put(run)
    name, path = run.run_id, str(tmp_path / "a.zip")
    assert call(capsys, "name", name, "best", "--note", "of all")[0] == 0
    listed = json.loads(call(capsys, "list", "--stored", "--json", "-")[1])["runs"]
    assert [(r["run_id"], r["name"], r["note"]) for r in listed] == [(name, "best", "of all")]
    assert call(capsys, "export", name, "--out", path)[0] == 0
    assert json.loads(call(capsys, "delete", name, "--json", "-")[1]) == {"deleted": [name]}
    assert [e["run_id"] for e in json.loads(call(capsys, "trash", "--json", "-")[1])["trash"]] == [
        name
    ]
    assert call(capsys, "restore", name)[0] == 0
    call(capsys, "delete", name)
    assert json.loads(call(capsys, "trash", "--empty", "--json", "-")[1]) == {"removed": 1}
    status, out, _ = call(capsys, "import", path, "--json", "-")
    assert (status, json.loads(out)) == (0, {"added": [name], "present": []})
    assert store.get(name).imported is not None


def test_commands_refuse_in_one_line(capsys, store, tmp_path):
    shipped = next(iter(load_gallery().entries))
    for arguments, words in (
        (["delete", "feedfeedfeedfeed"], "not found"),
        (["delete", shipped], "comes with the program"),
        (["restore", "feedfeedfeedfeed"], "is not in the trash"),
        (["name", "feedfeedfeedfeed", "x"], "not found"),
        (["export", "feedfeedfeedfeed", "--out", str(tmp_path / "x.zip")], "not found"),
        (["import", str(tmp_path / "none.zip")], "nothing was imported"),
    ):
        status, out, err = call(capsys, *arguments)
        assert (status, out, err.count("\n")) == (2, "", 1), err
        assert words in err
