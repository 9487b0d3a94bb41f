"""`doctor`: healthy here; and each thing that can be wrong is found, with what fixes it."""

import json

import numpy as np
import pytest

from emargin_core.cli import doctor, main
from emargin_core.cli.doctor import Check
from emargin_core.store.run_store import RunStore


@pytest.fixture
def no_cluster(monkeypatch):
    monkeypatch.setattr(doctor, "cluster", lambda: Check("cluster", "private, can be started"))


def examined(store):
    return {check.name: check for check in doctor.examine(store)}


def test_healthy_machine_needs_no_fixing_and_the_status_says_so(no_cluster, monkeypatch, capsys):
    monkeypatch.setattr(doctor, "is_warm", lambda: True)
    status = main(["doctor", "--json", "-"])
    told = json.loads(capsys.readouterr().out)
    wrong = [check for check in told["checks"] if not check["ok"]]
    assert (status, told["ok"], wrong) == (0, True, [])
    names = [check["name"] for check in told["checks"]]
    assert names == [
        "versions",
        "store",
        "disk",
        "memory",
        "cores",
        "data",
        "gallery",
        "map",
        "limits",
        "cluster",
    ]


def test_another_version_is_named_with_the_command_that_mends_it(tmp_path, monkeypatch):
    pins = tmp_path / "requirements.txt"
    pins.write_text("# comment\nnumpy==0.1\nno-such-package==1.0\nscipy>=1\n")
    monkeypatch.setattr(doctor, "REQUIREMENTS", pins)
    check = doctor.versions()
    assert f"numpy: {np.__version__} is installed, 0.1 was tested" in check.found
    assert "no-such-package: none is installed, 1.0 was tested" in check.found
    assert check.remedy == f"python -m pip install -r {pins}"


def test_unreadable_run_is_named(no_cluster, home, caplog):
    folder = home / "runs" / ("a" * 16)
    folder.mkdir(parents=True)
    (folder / "result.json").write_text("{")
    check = examined(RunStore(home))["store"]
    assert "1 cannot be read: aaaaaaaaaaaaaaaa" in check.found
    assert not check.ok
    assert caplog.records == []


def test_home_that_cannot_be_written_is_a_check_that_failed(no_cluster, tmp_path):
    (tmp_path / "file").write_text("")
    check = examined(RunStore(tmp_path / "file"))["store"]
    assert not check.ok
    assert "EMARGIN_HOME" in check.remedy


def test_full_disk_memory_and_gallery_are_told(no_cluster, monkeypatch, store, tmp_path):
    monkeypatch.setattr(doctor, "NEEDED", 2**60)
    monkeypatch.setattr(doctor, "load_gallery", lambda: None)
    monkeypatch.setattr(doctor, "is_warm", lambda: False)
    monkeypatch.setenv("EMARGIN_MAX_RUNS", "many")
    found = examined(store)
    wrong = {name for name, check in found.items() if not check.ok}
    assert wrong == {"disk", "memory", "gallery", "map", "limits"}
    assert "EMARGIN_MAX_RUNS" in found["limits"].remedy


def test_status_is_one_where_something_needs_fixing(no_cluster, monkeypatch, capsys):
    monkeypatch.setattr(doctor, "load_gallery", lambda: None)
    assert main(["doctor"]) == 1
    out = capsys.readouterr().out
    assert "FIX" in out
    assert "gallery" in out


def test_cluster_that_does_not_answer_is_a_check_that_failed(monkeypatch):
    monkeypatch.setenv("EMARGIN_SCHEDULER", "tcp://127.0.0.1:1")
    monkeypatch.setattr("emargin_core.jobs.connection.CONNECT_TIMEOUT_S", 1)
    check = doctor._asked("cluster", doctor.cluster)
    assert not check.ok
    assert "no Dask scheduler answers at tcp://127.0.0.1:1" in check.remedy


@pytest.mark.slow
def test_private_cluster_is_started_and_ended():
    assert doctor.cluster() == Check("cluster", "private, can be started")
