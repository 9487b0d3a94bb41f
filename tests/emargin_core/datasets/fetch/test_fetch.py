"""Fetching from a server that breaks off, sends something else, or is not there."""

import hashlib
import io
import json
import stat
import zipfile

import pytest

from emargin_core.cli import main
from emargin_core.datasets.fetch import unpack
from emargin_core.datasets.fetch.download import CHUNK, download, fetching_into
from emargin_core.datasets.registry import load_dataset
from emargin_core.datasets.sources import afdb, archive, harth
from emargin_core.text.errors import InputError

CONTENT = bytes(range(256)) * 4_000
SHA = hashlib.sha256(CONTENT).hexdigest()
CSV = (
    "timestamp,back_x,back_y,back_z,thigh_x,thigh_y,thigh_z,label\n"
    + "".join(f"2019-01-12 10:00:0{i // 50}.{i % 50 * 20:03d},1,2,3,4,5,6,7\n" for i in range(200))
).encode()


def silent(*_):
    pass


@pytest.fixture
def root(tmp_path, monkeypatch):
    monkeypatch.setenv("EMARGIN_DATA", str(tmp_path / "data"))
    return tmp_path / "data"


def zipped(files):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive_file:
        for name, content in files.items():
            archive_file.writestr(name, content)
    return stream.getvalue()


@pytest.fixture
def harth_url(server, monkeypatch):
    server.files["harth.zip"] = zipped({"harth/S006.csv": CSV, "__MACOSX/harth/._S006.csv": "x"})
    monkeypatch.setattr(harth, "URL", server.url + "harth.zip")
    return server.url + "harth.zip"


def names(folder):
    return sorted(path.name for path in folder.iterdir() if path.name != ".lock")


def test_a_broken_download_goes_on_where_it_broke_off(server, tmp_path):
    server.files["f"] = CONTENT
    server.cut = [10 * CHUNK, 4 * CHUNK + 9]
    told = []
    download(server.url + "f", tmp_path / "f", SHA, lambda *t: told.append(t), 10**9)
    assert (tmp_path / "f").read_bytes() == CONTENT
    asked = [None, f"bytes={10 * CHUNK}-", f"bytes={14 * CHUNK}-"]
    assert [request for _, request in server.requests] == asked
    assert told[-1] == ("f", len(CONTENT), len(CONTENT))
    assert names(tmp_path) == ["f"]


def test_what_arrived_before_the_server_went_away_is_used_by_the_next_call(server, tmp_path):
    server.files["f"] = CONTENT
    server.cut = [10 * CHUNK, 0]
    with pytest.raises(InputError, match=r"cannot be reached \(the connection broke off\)"):
        download(server.url + "f", tmp_path / "f", SHA, silent, 10**9)
    assert names(tmp_path) == ["f.part"]
    download(server.url + "f", tmp_path / "f", SHA, silent, 10**9)
    assert server.requests[-1][1] == f"bytes={10 * CHUNK}-"
    assert (tmp_path / "f").read_bytes() == CONTENT


def test_a_server_without_ranges_sends_everything_again(server, tmp_path):
    server.files["f"], server.ranges, server.cut = CONTENT, False, [10 * CHUNK]
    download(server.url + "f", tmp_path / "f", SHA, silent, 10**9)
    assert (tmp_path / "f").read_bytes() == CONTENT


def test_a_part_longer_than_the_file_is_thrown_away(server, tmp_path):
    server.files["f"] = CONTENT
    (tmp_path / "f.part").write_bytes(CONTENT + b"more")
    download(server.url + "f", tmp_path / "f", SHA, silent, 10**9)
    assert (tmp_path / "f").read_bytes() == CONTENT


@pytest.mark.parametrize("part", [b"", b"another version"])
def test_a_wrong_checksum_leaves_nothing_behind(server, tmp_path, part):
    server.files["f"] = CONTENT if part else CONTENT[:-1] + b"!"
    (tmp_path / "f.part").write_bytes(part)
    with pytest.raises(InputError, match=f"SHA-256 is not {SHA}"):
        download(server.url + "f", tmp_path / "f", SHA, silent, 10**9)
    assert names(tmp_path) == []


def test_a_file_that_is_there_is_not_fetched_and_a_damaged_one_is(server, tmp_path):
    server.files["f"] = CONTENT
    (tmp_path / "f").write_bytes(CONTENT)
    download(server.url + "f", tmp_path / "f", SHA, silent, 10**9)
    assert server.requests == []
    (tmp_path / "f").write_bytes(CONTENT[:-1])
    download(server.url + "f", tmp_path / "f", SHA, silent, 10**9)
    assert (tmp_path / "f").read_bytes() == CONTENT


def test_a_file_larger_than_it_may_be_is_refused(server, tmp_path):
    server.files["f"] = CONTENT
    with pytest.raises(InputError, match="larger than"):
        download(server.url + "f", tmp_path / "f", None, silent, 1_000)
    assert names(tmp_path) == []


def test_what_prevents_a_download_is_one_sentence(server, tmp_path):
    with pytest.raises(InputError, match="answers 404 Not Found"):
        download(server.url + "none", tmp_path / "f", None, silent, 10**9)
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(InputError, match="cannot be written: Not a directory"):
        download(server.url + "f", tmp_path / "file" / "f", None, silent, 10**9)


def test_a_full_disk_is_one_sentence_and_leaves_no_file(server, disk):
    server.files["f"] = bytes(disk.SIZE + 1)
    with pytest.raises(InputError, match="cannot be written: No space left on device"):
        download(server.url + "f", disk.place / "f", None, silent, 10**9)
    assert disk.files() == ["f.part"]


def test_a_second_fetch_into_one_folder_is_refused(tmp_path):
    with (
        fetching_into(tmp_path, 0.0),
        pytest.raises(InputError, match="another fetch is at work in "),
        fetching_into(tmp_path, 0.05),
    ):
        raise AssertionError("let in")


def test_fetch_places_harth_so_that_it_loads(root, harth_url, capsys):
    assert main(["datasets", "fetch", "harth"]) == 0
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "harth: fetched and verified" in captured.err
    assert names(root / "harth") == ["fetched.json", "harth"]
    assert names(root / "harth" / "harth") == ["S006.csv"]
    data = load_dataset("harth")
    assert data.class_names[data.recordings[0].labels[0]] == "Sitting"


def test_a_second_fetch_needs_no_server_and_still_verifies(root, server, harth_url):
    assert harth.fetch(root, None, silent) == "fetched and verified"
    assert harth.fetch(root, None, silent) == "already there and intact"
    assert len(server.requests) == 1
    (root / "harth" / "harth" / "S006.csv").write_bytes(CSV[:-5])
    assert harth.fetch(root, None, silent) == "fetched and verified"
    assert (root / "harth" / "harth" / "S006.csv").read_bytes() == CSV


def test_another_archive_than_the_first_is_refused(root, server, harth_url):
    harth.fetch(root, None, silent)
    (root / "harth" / "harth" / "S006.csv").unlink()
    server.files["harth.zip"] = zipped({"harth/S006.csv": CSV + CSV})
    with pytest.raises(InputError, match=r"harth\.zip .* is not the expected file"):
        harth.fetch(root, None, silent)


def corrupted(content, place, by):
    return content[:place] + by + content[place + len(by) :]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"<html>log in first</html>", "harth.zip is not a zip"),
        (zipped({"readme.txt": "x"}), "no file that ends in .csv"),
        (zipped({"big.csv": bytes(2_000_000)}), "more than 0.001 GB"),
        (zipped({f"{i}.csv": "x" for i in range(30)}), "30 files, more than 20"),
        (corrupted(zipped({"a.csv": CSV}), 35, b"\xff" * 30), "is not a zip"),
    ],
)
def test_an_archive_that_is_none_or_too_large_is_refused_whole(
    root, server, harth_url, monkeypatch, content, message
):
    monkeypatch.setattr(unpack, "MAX_UNPACKED", 10**6)
    monkeypatch.setattr(unpack, "MAX_FILES", 20)
    server.files["harth.zip"] = content
    with pytest.raises(InputError, match=message):
        harth.fetch(root, None, silent)
    assert names(root) == []


def test_nothing_is_unpacked_outside_the_folder_and_no_link_is_made(tmp_path):
    link = zipfile.ZipInfo("link.csv")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    hostile = ["../up.csv", "/tmp/root.csv", "a\\..\\back.csv", "C:/drive.csv", link]
    (tmp_path / "hostile.zip").write_bytes(zipped(dict.fromkeys(hostile, "/etc/passwd")))
    unpack.unpack(tmp_path / "hostile.zip", tmp_path / "deep" / "in", ".csv")
    assert names(tmp_path / "deep" / "in") == [
        "a\\..\\back.csv",
        "drive.csv",
        "link.csv",
        "root.csv",
    ]
    assert names(tmp_path / "deep") == ["in"]
    assert names(tmp_path) == ["deep", "hostile.zip"]
    assert not (tmp_path / "deep" / "in" / "link.csv").is_symlink()


def test_an_entry_that_lies_about_its_size_is_stopped(tmp_path):
    content = zipped({"big.csv": bytes(3_000_000)})
    content = corrupted(content, content.rindex(b"PK\x01\x02") + 24, (10).to_bytes(4, "little"))
    (tmp_path / "bomb.zip").write_bytes(content)
    with pytest.raises(InputError, match=r"bomb\.zip is not a zip"):
        unpack.unpack(tmp_path / "bomb.zip", tmp_path / "out", ".csv")
    assert (tmp_path / "out" / "big.csv").stat().st_size <= 10


def test_physionet_files_are_verified_by_the_published_list(root, server, monkeypatch):
    files = {f"04015{suffix}": f"content of {suffix}".encode() for suffix in afdb.SUFFIXES}
    sums = "".join(f"{hashlib.sha256(c).hexdigest()} {n}\n" for n, c in files.items())
    server.files = {**files, "SHA256SUMS.txt": sums.encode()}
    monkeypatch.setattr(afdb, "URL", server.url)
    assert afdb.fetch(root, 1, silent) == "1 records, verified"
    asked = len(server.requests)
    assert afdb.fetch(root, 1, silent) == "1 records, verified"
    assert len(server.requests) == asked
    (root / "afdb" / "04015.dat").unlink()
    server.files["04015.dat"] = b"something else"
    with pytest.raises(InputError, match=r"04015\.dat .* is not the expected file"):
        afdb.fetch(root, 1, silent)
    assert not (root / "afdb" / "04015.dat").exists()


@pytest.mark.parametrize(
    ("published", "message"),
    [
        ("<html>down for repair</html>\n", "line 1: '<html>down for repair</html>' is not"),
        ("", "lacks the files that are wanted"),
        (f"{SHA} 04015.dat\n", "lacks the files that are wanted"),
    ],
)
def test_a_list_of_checksums_that_is_none_is_refused(root, server, monkeypatch, published, message):
    server.files = {"SHA256SUMS.txt": published.encode()}
    monkeypatch.setattr(afdb, "URL", server.url)
    with pytest.raises(InputError, match=message):
        afdb.fetch(root, None, silent)
    assert names(root) == []


def test_an_archive_problem_is_fetched_by_name_when_first_asked_for(root, server, monkeypatch):
    monkeypatch.setattr(archive, "URL", server.url + "{name}.zip")
    header = (
        "@problemName New\n@timeStamps false\n@missing false\n@univariate true\n"
        "@equalLength true\n@classLabel true a b\n@data\n"
    )
    cases = "".join(f"{','.join(str(i * j) for i in range(20))}:{'ab'[j % 2]}\n" for j in range(6))
    parts = {f"New_{split}.ts": header + cases for split in ("TRAIN", "TEST")}
    server.files["New.zip"] = zipped({**parts, "New.txt": "about"})
    data = load_dataset("archive:New")
    assert data.class_names == ("a", "b")
    assert json.loads((root / "archive" / "New" / "fetched.json").read_text())["sha256"]
    with pytest.raises(InputError, match=r"Other\.zip answers 404"):
        load_dataset("archive:Other")
    assert names(root / "archive") == ["New"]


def test_offline_is_one_line_and_exit_status_two(root, monkeypatch, capsys):
    monkeypatch.setattr(harth, "URL", "http://127.0.0.1:9/harth.zip")
    assert main(["datasets", "fetch", "harth"]) == 2
    error = capsys.readouterr().err
    assert "cannot be reached (Connection refused)" in error
    assert error.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["watch"], "needs no fetching"),
        (["moon"], "is not known; fetch takes harth, sleep-edf, afdb and archive:NAME"),
        (["harth", "--subjects", "3"], "leave out --subjects"),
        (["archive:a/b"], "is not a name in the archive"),
    ],
)
def test_what_cannot_be_fetched_is_said(root, capsys, arguments, message):
    assert main(["datasets", "fetch", *arguments]) == 2
    assert message in capsys.readouterr().err


def test_another_folder_is_used_and_said(root, tmp_path, harth_url, capsys):
    assert main(["datasets", "fetch", "harth", "--path", str(tmp_path / "other")]) == 0
    assert f"EMARGIN_DATA={tmp_path / 'other'}" in capsys.readouterr().err
    assert (tmp_path / "other" / "harth" / "harth" / "S006.csv").is_file()


def test_an_interrupted_fetch_says_that_it_can_go_on(root, harth_url, monkeypatch, capsys):
    def interrupt(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("emargin_core.cli.fetch._Bytes.tell", interrupt)
    assert main(["datasets", "fetch", "harth"]) == 130
    assert "run the same command again to resume" in capsys.readouterr().err
    assert harth.SOURCE.missing() is not None
