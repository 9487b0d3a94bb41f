"""What is secret stays out of what is said, logged, or left on disk."""

import logging
import os
from pathlib import Path

import psutil
import pytest

from emargin_core.cli import main
from emargin_core.jobs.address import check_address
from emargin_core.jobs.private import PrivateCluster
from emargin_core.sweeps.storage import open_storage
from emargin_core.text.errors import ExplorerError
from emargin_core.text.plain_text import without_secrets

ADDRESSES = [
    "postgresql://me:hush-hush@127.0.0.1:1/b",
    "postgresql://me:hush/hush-hush@127.0.0.1:1/b",
    "postgresql://me:x@hush-hush@127.0.0.1:1/b",
    "postgresql://127.0.0.1:1/b?user=me&password=hush-hush",
    "postgresql+psycopg://127.0.0.1:1/b?sslpassword=hush-hush&connect_timeout=1",
    "postgresql:me:hush-hush@127.0.0.1/b",
    "me:hush-hush@127.0.0.1/b",
    "mysql://me:hush-hush@127.0.0.1/b",
    "sqlite:////proc/no/such/b?password=hush-hush",
]


@pytest.mark.parametrize("address", ADDRESSES)
def test_a_storage_s_password_is_never_said(address, caplog, capsys):
    with caplog.at_level(logging.DEBUG):
        with pytest.raises(ExplorerError) as caught:
            open_storage(address)
        status = main(["sweep", "--storage", address, "--threshold", "0.1", "--iterations", "1"])
    assert status == 2
    printed = capsys.readouterr()
    for told in (
        str(caught.value),
        caplog.text,
        printed.err,
        printed.out,
        without_secrets(address),
    ):
        assert "hush-hush" not in told
    assert "127.0.0.1" in str(caught.value) or "no/such" in str(caught.value)


@pytest.mark.parametrize(
    "address",
    ["tls://hush-hush@host:8786", "tcp://me:hush-hush@host:8786", "https://host:1/?t=hush-hush"],
)
def test_a_scheduler_s_token_is_never_said(address, caplog, capsys, monkeypatch):
    monkeypatch.setenv("EMARGIN_SCHEDULER", address)
    with caplog.at_level(logging.DEBUG):
        with pytest.raises(ExplorerError) as caught:
            check_address(address)
        assert main(["sweep", "--scheduler", address, "--threshold", "0.1"]) == 2
    printed = capsys.readouterr()
    for told in (str(caught.value), caplog.text, printed.err, printed.out):
        assert "hush-hush" not in told
    assert "tls://host:port" in printed.err


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("tcp://host:8786", "tcp://host:8786"),
        ("tls://token@host:8786", "tls://***@host:8786"),
        ("postgresql://me:a@b/c@host/name", "postgresql://***@host/name"),
        ("me:word@host", "***@host"),
        ("https://host/?token=word&x=1", "https://host/?token=***&x=1"),
        ("sqlite:///sweeps.sqlite3", "sqlite:///sweeps.sqlite3"),
    ],
)
def test_an_address_is_shown_without_what_opens_it(text, expected):
    assert without_secrets(text) == expected


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc").is_dir(), reason="looks into /proc")
def test_keys_of_the_private_cluster_are_neither_on_disk_nor_in_a_command_line(
    tmp_path, monkeypatch
):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    cluster = PrivateCluster.start(1)
    try:
        client = cluster.connect()
        client.wait_for_workers(1, timeout=60)
        family = [cluster.process.pid] + [
            child.pid for child in psutil.Process(cluster.process.pid).children(recursive=True)
        ]
        told = [
            Path(f"/proc/{pid}/{name}").read_bytes()
            for pid in (os.getpid(), *family)
            for name in ("cmdline", "environ")
        ]
        places = [tmp_path, Path(os.environ["EMARGIN_HOME"])]
        told += [
            file.read_bytes() for place in places for file in place.rglob("*") if file.is_file()
        ]
        client.close()
    finally:
        cluster.close()
    assert cluster.address.startswith("tls://127.0.0.1:")
    assert len(family) > 1
    assert [content for content in told if b"PRIVATE KEY" in content] == []


@pytest.mark.slow
@pytest.mark.parametrize("protocol", ["tls", "tcp"])
def test_without_the_keys_nobody_speaks_with_the_private_cluster(protocol):
    from distributed import Client, Security

    cluster = PrivateCluster.start(1)
    try:
        stranger = Security.temporary() if protocol == "tls" else None
        address = cluster.address.replace("tls://", f"{protocol}://")
        with pytest.raises(OSError, match=r"(?i)ssl|certificate|closed|timed out"):
            Client(address, security=stranger, timeout=4, set_as_default=False)
        with cluster.connect() as client:
            assert client.submit(len, "abc").result(timeout=30) == 3
    finally:
        cluster.close()
