"""systemd takes the service file, and the documents name every setting that there is."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
UNIT = ROOT / "assets" / "emargin.service"


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="there is no systemd")
def test_service_file_is_verified_by_systemd(tmp_path):
    text = UNIT.read_text()
    here = text.replace("/opt/emargin-explorer/.venv/bin/python", shutil.which("true"))
    (tmp_path / "emargin.service").write_text(here)
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", str(tmp_path / "emargin.service")],
        capture_output=True,
        text=True,
        check=False,
    )
    complaints = [line for line in done.stderr.splitlines() if "emargin.service" in line]
    assert complaints == []


def test_every_setting_that_is_read_is_documented():
    sources = [*ROOT.glob("emargin_core/**/*.py"), *ROOT.glob("app/**/*.py")]
    read = {
        name for path in sources for name in re.findall(r'"(EMARGIN_[A-Z_]+)"', path.read_text())
    }
    documents = " ".join(path.read_text() for path in ROOT.glob("docs/*.md"))
    assert read
    assert {name for name in read if name not in documents} == set()
