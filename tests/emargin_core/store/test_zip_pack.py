"""Zip files are the same for the same content, and are read with limits."""

import zipfile

import numpy as np
import pytest

from emargin_core.store.zip_pack import read_pack, write_pack
from emargin_core.text.errors import InputError, StoreError

FILES = {"b.json": b"{}", "a/c.bin": bytes(range(256)) * 40}
LIMITS = {"max_bytes": 100_000, "max_files": 10}


@pytest.fixture
def pack(tmp_path):
    path = tmp_path / "pack.zip"
    write_pack(path, FILES, max_bytes=100_000)
    return path


def test_what_was_written_comes_back(pack):
    assert read_pack(pack, **LIMITS) == FILES


def test_same_content_gives_the_same_bytes_in_any_order(pack, tmp_path):
    write_pack(tmp_path / "other.zip", dict(reversed(FILES.items())), max_bytes=100_000)
    assert (tmp_path / "other.zip").read_bytes() == pack.read_bytes()


def test_too_large_a_file_is_not_written_and_the_old_one_stays(pack):
    before = pack.read_bytes()
    noise = np.random.default_rng(0).bytes(2_000)
    with pytest.raises(StoreError, match="at most 1,000 are allowed"):
        write_pack(pack, {"noise": noise}, max_bytes=1_000)
    assert pack.read_bytes() == before
    assert [path.name for path in pack.parent.iterdir()] == ["pack.zip"]


def test_place_that_cannot_be_written_is_a_sentence(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="could not be written"):
        write_pack(tmp_path / "file" / "pack.zip", FILES, max_bytes=100_000)


def test_no_damaged_byte_ever_gives_other_content(pack):
    whole = pack.read_bytes()
    noticed = 0
    for place in np.random.default_rng(0).choice(len(whole), 200, replace=False):
        broken = bytearray(whole)
        broken[place] ^= 0xFF
        pack.write_bytes(broken)
        try:
            files = read_pack(pack, **LIMITS)
        except InputError:
            noticed += 1
            continue
        assert set(files.values()) <= set(FILES.values())
    assert noticed > 100


@pytest.mark.parametrize("share", [0.0, 0.3, 0.9])
def test_malformed_file_is_refused(pack, share):
    whole = pack.read_bytes()
    pack.write_bytes(whole[: int(share * len(whole))])
    with pytest.raises(InputError, match="cannot be read as a zip file"):
        read_pack(pack, **LIMITS)


def test_bomb_is_refused_before_it_is_unpacked(tmp_path):
    path = tmp_path / "bomb.zip"
    write_pack(path, {"zeros": bytes(10_000_000)}, max_bytes=100_000)
    assert path.stat().st_size < 20_000
    with pytest.raises(InputError, match="unpacks to 10,000,000 bytes"):
        read_pack(path, **LIMITS)


def test_size_that_lies_is_refused(tmp_path):
    path = tmp_path / "liar.zip"
    write_pack(path, {"zeros": bytes(50_000)}, max_bytes=100_000)
    content = path.read_bytes().replace((50_000).to_bytes(4, "little"), (10).to_bytes(4, "little"))
    path.write_bytes(content)
    with pytest.raises(InputError):
        read_pack(path, **LIMITS)


@pytest.mark.parametrize(
    ("limits", "words"),
    [
        ({"max_bytes": 50, "max_files": 10}, "larger than 50"),
        ({"max_bytes": 100_000, "max_files": 1}, "contains 2 files"),
    ],
)
def test_more_than_allowed_is_refused(pack, limits, words):
    with pytest.raises(InputError, match=words):
        read_pack(pack, **limits)


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_two_files_of_one_name_are_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "twins.zip", "w") as pack:
        pack.writestr("a", b"1")
        pack.writestr("a", b"2")
    with pytest.raises(InputError, match="two files of the same name"):
        read_pack(tmp_path / "twins.zip", **LIMITS)


def test_other_packing_is_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "lzma.zip", "w", zipfile.ZIP_LZMA) as pack:
        pack.writestr("a", b"1" * 1_000)
    with pytest.raises(InputError, match="use deflate"):
        read_pack(tmp_path / "lzma.zip", **LIMITS)


def test_entry_without_a_name_is_refused(tmp_path):
    path = tmp_path / "nameless.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(zipfile.ZipInfo(""), b"x")
    with pytest.raises(InputError, match="not a regular file"):
        read_pack(path, **LIMITS)
