"""Fetching from a server that breaks off, sends something else, or is not there."""

import hashlib
import io
import json
import stat
import zipfile

import pytest

from emargin_core.cli import main
from emargin_core.datasets import afdb, archive, harth, load_dataset, unpack
from emargin_core.datasets.download import download
from emargin_core.errors import InputError

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


@pytest.mark.parametrize("sha256", [SHA, None])
def test_a_broken_download_goes_on_where_it_broke_off(server, tmp_path, sha256):
    server.files["f"] = CONTENT
    server.cut = [600_000, 300_000]
    told = []
    assert (
        download(server.url + "f", tmp_path / "f", sha256, lambda *t: told.append(t), 10**9) == SHA
    )
    assert (tmp_path / "f").read_bytes() == CONTENT
    assert [asked for _, asked in server.requests] == [None, "bytes=600000-", "bytes=900000-"]
    assert told[-1] == ("f", len(CONTENT), len(CONTENT))
    assert names(tmp_path) == ["f"]


def test_what_arrived_before_the_server_went_away_is_used_by_the_next_call(server, tmp_path):
    server.files["f"] = CONTENT
    server.cut = [600_000, 0]
    with pytest.raises(InputError, match="cannot be reached"):
        download(server.url + "f", tmp_path / "f", SHA, silent, 10**9)
    assert not (tmp_path / "f").exists()
    download(server.url + "f", tmp_path / "f", SHA, silent, 10**9)
    assert server.requests[-1][1] == "bytes=600000-"
    assert (tmp_path / "f").read_bytes() == CONTENT


def test_a_server_without_ranges_sends_everything_again(rangeless_server, tmp_path):
    rangeless_server.files["f"] = CONTENT
    rangeless_server.cut = [600_000]
    download(rangeless_server.url + "f", tmp_path / "f", SHA, silent, 10**9)
    assert (tmp_path / "f").read_bytes() == CONTENT


def test_a_part_of_another_version_is_not_continued(server, tmp_path):
    server.files["f"] = b"old" * 300_000
    server.cut = [600_000, 0]
    with pytest.raises(InputError):
        download(server.url + "f", tmp_path / "f", None, silent, 10**9)
    server.files["f"] = CONTENT
    download(server.url + "f", tmp_path / "f", None, silent, 10**9)
    assert (tmp_path / "f").read_bytes() == CONTENT


def test_a_part_longer_than_the_file_is_thrown_away(server, tmp_path):
    server.files["f"] = CONTENT
    (tmp_path / "f.part").write_bytes(CONTENT + b"more")
    with pytest.raises(InputError, match="cannot be reached"):
        download(server.url + "f", tmp_path / "f", SHA, silent, 10**9)
    assert download(server.url + "f", tmp_path / "f", SHA, silent, 10**9) == SHA


def test_a_wrong_checksum_leaves_nothing_behind(server, tmp_path):
    server.files["f"] = CONTENT[:-1] + b"!"
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


def test_an_unknown_address_and_an_absent_server_are_one_sentence(server, tmp_path):
    with pytest.raises(InputError, match="answers 404 Not Found"):
        download(server.url + "none", tmp_path / "f", None, silent, 10**9)
    with pytest.raises(InputError, match=r"cannot be reached \(Connection refused\)"):
        download("http://127.0.0.1:9/f", tmp_path / "f", None, silent, 10**9)


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


def test_a_broken_archive_download_leaves_no_data_until_it_is_whole(root, server, harth_url):
    server.cut = [100, 0]
    with pytest.raises(InputError, match="cannot be reached"):
        harth.fetch(root, None, silent)
    assert harth.SOURCE.missing() is not None
    harth.fetch(root, None, silent)
    assert server.requests[-1][1] == "bytes=100-"
    assert harth.SOURCE.missing() is None


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"../evil.csv": "x"}, "unsafe entry '../evil.csv'"),
        ({"/etc/evil.csv": "x"}, "unsafe entry"),
        ({"a\\..\\..\\evil.csv": "x"}, "unsafe entry"),
        ({"C:/evil.csv": "x"}, "unsafe entry"),
        ({"readme.txt": "x"}, "no file that ends in .csv"),
        ({"big.csv": bytes(2_000_000)}, "more than 0.001 GB"),
        ({f"{i}.csv": "x" for i in range(30)}, "30 files, more than 20"),
    ],
)
def test_an_unsafe_archive_is_refused_whole(root, server, harth_url, monkeypatch, files, message):
    monkeypatch.setattr(unpack, "MAX_UNPACKED", 10**6)
    monkeypatch.setattr(unpack, "MAX_FILES", 20)
    server.files["harth.zip"] = zipped(files)
    with pytest.raises(InputError) as error:
        harth.fetch(root, None, silent)
    assert message in str(error.value)
    assert names(root.parent) == ["data"]
    assert names(root) == []


def test_an_entry_that_lies_about_its_size_is_stopped(tmp_path, monkeypatch):
    content = bytearray(zipped({"big.csv": bytes(3_000_000)}))
    place = content.rindex(b"PK\x01\x02") + 24
    content[place : place + 4] = (10).to_bytes(4, "little")
    (tmp_path / "bomb.zip").write_bytes(content)
    (tmp_path / "out").mkdir()
    with pytest.raises(InputError, match=r"bomb\.zip"):
        unpack.unpack(tmp_path / "bomb.zip", tmp_path / "out", ".csv")
    assert sum(path.stat().st_size for path in (tmp_path / "out").iterdir()) <= 10


def test_a_link_in_an_archive_is_refused(tmp_path):
    entry = zipfile.ZipInfo("link.csv")
    entry.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(tmp_path / "l.zip", "w") as archive_file:
        archive_file.writestr(entry, "/etc/passwd")
    with pytest.raises(InputError, match=r"unsafe entry 'link\.csv'"):
        unpack.unpack(tmp_path / "l.zip", tmp_path, ".csv")


def test_a_page_in_place_of_the_archive_is_refused(root, server, harth_url):
    server.files["harth.zip"] = b"<html>log in first</html>"
    with pytest.raises(InputError, match=r"harth\.zip is not a zip"):
        harth.fetch(root, None, silent)
    assert names(root) == []


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


def test_a_list_of_checksums_that_is_none_is_refused(root, server, monkeypatch):
    server.files = {"SHA256SUMS.txt": b"<html>down for repair</html>\n"}
    monkeypatch.setattr(afdb, "URL", server.url)
    with pytest.raises(InputError, match="line 1: '<html>down for repair</html>' is not"):
        afdb.fetch(root, None, silent)
    assert names(root / "afdb") == []


def test_an_archive_problem_is_fetched_by_name_when_first_asked_for(root, server, monkeypatch):
    monkeypatch.setattr(archive, "URL", server.url + "{name}.zip")
    header = "@problemName New\n@timeStamps false\n@missing false\n@univariate true\n" \
        "@equalLength true\n@classLabel true a b\n@data\n"  # fmt: skip
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
    assert "the same command goes on from here" in capsys.readouterr().err
    assert harth.SOURCE.missing() is not None
