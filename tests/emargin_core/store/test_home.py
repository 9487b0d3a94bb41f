import stat

import pytest

from emargin_core.cli import main
from emargin_core.config import make_home
from emargin_core.store.run_store import RunStore


def rights(folder):
    return stat.S_IMODE(folder.stat().st_mode)


@pytest.fixture
def new_home(tmp_path, monkeypatch):
    folder = tmp_path / "user" / "kept"
    monkeypatch.setenv("EMARGIN_HOME", str(folder))
    return folder


def test_what_is_kept_is_open_to_its_user_alone(new_home):
    make_home()
    assert rights(new_home) == 0o700


def test_the_store_makes_its_home_for_its_user_alone(new_home):
    RunStore().check_writable()
    assert rights(new_home) == 0o700


def test_a_command_makes_the_home_for_its_user_alone(new_home, capsys):
    assert main(["datasets"]) == 0
    assert rights(new_home) == 0o700


def test_a_folder_that_is_shared_on_purpose_stays_shared(new_home):
    new_home.mkdir(parents=True)
    new_home.chmod(0o770)
    make_home()
    RunStore().check_writable()
    assert rights(new_home) == 0o770


def test_a_home_that_cannot_be_made_is_said_where_it_is_written(tmp_path, monkeypatch, capsys):
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("EMARGIN_HOME", str(tmp_path / "file" / "home"))
    assert main(["datasets"]) == 0
    assert main(["run", "--iterations", "1"]) == 2
    assert "EMARGIN_HOME" in capsys.readouterr().err
