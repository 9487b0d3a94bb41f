"""MLflow: what is logged can be read back from a folder, once each; without it a way to get it."""

import importlib.util
import json

import pytest

from emargin_core.cli import main
from emargin_core.store import mlflow_log
from emargin_core.store.annotations import Annotation, write_annotation
from emargin_core.store.run_list import list_runs
from emargin_core.text.errors import ExplorerError, InputError
from tests.run_doubles import HOSTILE, make_run


@pytest.fixture
def runs(store):
    for run in (make_run(), make_run("infonce", labelled=False)):
        store.put(run)
    write_annotation(store.home, make_run().run_id, Annotation(HOSTILE[0], "of Monday"))
    return list_runs(store, None)


def test_logged_runs_can_be_read_back(runs, tmp_path):
    mlflow = pytest.importorskip("mlflow")
    address = (tmp_path / "tracking").as_uri()
    found = mlflow_log.log_runs(runs, address)
    assert sorted(found.added) == sorted(run.run_id for run in runs)
    client = mlflow.MlflowClient(tracking_uri=address)
    place = client.get_experiment_by_name(mlflow_log.EXPERIMENT).experiment_id
    logged = {run.data.tags[mlflow_log.TAG]: run for run in client.search_runs([place])}
    for run in runs:
        twin = logged[run.run_id]
        assert twin.info.status == "FINISHED"
        assert twin.data.metrics["geometry.effective_rank"] == run.metric("geometry.effective_rank")
        assert twin.data.params["seed"] == "0"
        assert twin.data.tags["emargin.data"] == "Pump vibration"
    named, unlabelled = logged[make_run().run_id], logged[make_run("infonce").run_id]
    assert named.info.run_name == HOSTILE[0]
    assert named.data.tags["mlflow.note.content"] == "of Monday"
    assert "probe.accuracy" in named.data.metrics
    assert "probe.accuracy" not in unlabelled.data.metrics


def test_run_is_logged_once(runs, tmp_path):
    pytest.importorskip("mlflow")
    address = (tmp_path / "tracking").as_uri()
    mlflow_log.log_runs(runs[:1], address)
    again = mlflow_log.log_runs(runs, address)
    assert again.present == (runs[0].run_id,)
    assert again.added == (runs[1].run_id,)


def test_address_that_cannot_be_used_is_one_sentence(runs, tmp_path):
    pytest.importorskip("mlflow")
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(ExplorerError, match="did not accept the runs"):
        mlflow_log.log_runs(runs, (tmp_path / "file" / "x").as_uri())


def test_command_logs_to_a_folder(runs, capsys, tmp_path):
    pytest.importorskip("mlflow")
    address = (tmp_path / "tracking").as_uri()
    status = main(["runs", "log", runs[0].run_id, "--tracking-uri", address, "--json", "-"])
    document = json.loads(capsys.readouterr().out)
    assert (status, document["added"]) == (0, [runs[0].run_id])


def test_without_mlflow_the_way_to_it_is_said(runs, tmp_path, monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    with pytest.raises(InputError, match="pip install -r requirements-mlflow"):
        mlflow_log.log_runs(runs, tmp_path.as_uri())


def test_folder_in_the_home_is_the_default(home, monkeypatch):
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    assert mlflow_log.tracking_address(home) == (home / "mlflow").as_uri()
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:5000")
    assert mlflow_log.tracking_address(home) == "http://127.0.0.1:5000"
