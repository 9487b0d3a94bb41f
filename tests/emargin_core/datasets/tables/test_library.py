"""The user's own data sets: whole or absent, never held in memory, never a path."""

import json
import logging
import os
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from emargin_core.datasets.registry import available, load_dataset
from emargin_core.datasets.tables import library, load
from emargin_core.datasets.tables.choices import Choices
from emargin_core.datasets.tables.convert import stored_set
from emargin_core.text.errors import InputError

FILL = Choices(missing="interpolate")
DROP = Choices(missing="drop")


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A file, and a shelf where it was added as 'My set' and as 'other'."""
    n = 100
    frame = pd.DataFrame(
        {
            "recording": np.repeat(["a", "b"], n),
            "time": np.tile(np.arange(n) / 25.0, 2),
            "x": np.arange(2 * n, dtype=float) ** 2 % 201,
            "y": np.sin(np.arange(2 * n)).round(6),
            "label": np.tile(np.repeat(["rest", "run"], n // 2), 2),
        }
    )
    frame.loc[40:, "time"] += 2.0
    frame.loc[20, "y"] = None
    folder = tmp_path_factory.mktemp("made")
    frame.to_csv(folder / "mine.csv", index=False)
    for name in ("My set", "other"):
        library.add_dataset(folder / "mine.csv", name, FILL, folder)
    return folder


@pytest.fixture
def file(made, tmp_path):
    return Path(shutil.copy2(made / "mine.csv", tmp_path))


@pytest.fixture
def shelf(made, home):
    """The shelf of the user, with 'My set' and 'other'."""
    return Path(shutil.copytree(made / "datasets", home / "datasets"))


def add(file, name="My set", **values):
    return library.add_dataset(file, name, Choices(missing="interpolate", **values))


def test_added_set_is_the_file_mapped_from_disk(file):
    before = file.read_bytes()
    entry = add(file)
    assert (entry.name, entry.title, entry.n_samples) == ("my:my-set", "My set", 200)
    data = load_dataset("my:my-set")
    direct = load.load_file(file, FILL)
    assert data.fingerprint == direct.fingerprint
    assert data.recordings[0].borders == direct.recordings[0].borders == (40,)
    assert isinstance(data.recordings[0].signal, np.memmap)
    assert isinstance(data.recordings[0].labels, np.memmap)
    assert data.notes == direct.notes
    assert file.read_bytes() == before
    assert available()["my:my-set"] == "My set"


def test_stored_fingerprint_is_that_of_the_bytes(shelf):
    data = library.load("my-set")
    stored = data.fingerprint
    del vars(data)["fingerprint"]
    assert data.fingerprint == stored


def test_mapping_and_treatment_are_kept(file, home):
    add(file, channels=("y",), label="")
    assert library.load("my-set").channel_names == ("y",)
    document = json.loads((home / "datasets" / "my-set" / "dataset.json").read_text())
    assert (document["missing"], document["mapping"]["label"]) == ("interpolate", None)


def test_removed_set_is_gone_and_its_file_is_not(shelf, file):
    library.remove_dataset("my:my-set")
    library.remove_dataset("other")
    assert library.list_datasets() == []
    assert file.is_file()
    with pytest.raises(InputError, match="'my:my-set' is not known; none has been added yet"):
        load_dataset("my:my-set")


def test_set_that_is_removed_and_added_anew_is_read_anew(shelf, file):
    before = load_dataset("my:my-set").fingerprint
    library.remove_dataset("my-set")
    add(file, channels=("y",))
    assert load_dataset("my:my-set").fingerprint != before


def test_a_name_that_is_taken_stays_as_it_is(shelf, file):
    before = library.list_datasets()
    with pytest.raises(InputError, match="there already"):
        add(file, "my SET!")
    assert library.list_datasets() == before


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("../../etc/passwd", "etc-passwd"),
        ("..\\C:\\x", "c-x"),
        ("Größe 2 <b>", "groe-2-b"),
        ("-a-", "a"),
        ("x" * 99, "x" * 60),
    ],
)
def test_a_name_becomes_a_slug(name, slug):
    assert library.slug_of(name) == slug


def test_set_stands_under_its_slug_and_keeps_its_name(file, home):
    entry = add(file, "../../etc/passwd")
    assert (entry.slug, entry.title) == ("etc-passwd", "../../etc/passwd")
    assert [found.name for found in (home / "datasets").iterdir()] == ["etc-passwd"]


@pytest.mark.parametrize("name", ["", "  ", "..", "日本", "a\nb", "a\x1b[31m", "x" * 101])
def test_a_name_that_cannot_be_used_is_refused_before_anything_is_written(file, home, name):
    with pytest.raises(InputError) as caught:
        add(file, name)
    assert str(caught.value).isprintable()
    assert not (home / "datasets").exists()


@pytest.mark.parametrize("slug", ["../mine", ".", "", "/etc", "A", "a/b", "my-set/../my-set"])
def test_a_slug_is_never_a_path(shelf, slug):
    for call in (library.load, library.remove_dataset):
        with pytest.raises(InputError, match="is not known"):
            call(slug)
    assert len(library.list_datasets()) == 2


def test_bad_file_leaves_nothing(tmp_path, home):
    path = tmp_path / "bad.csv"
    path.write_text("recording,x\na,1\na,two\n")
    with pytest.raises(InputError, match="'two' in row 3"):
        library.add_dataset(path, "bad", Choices(rate=10.0))
    assert not (home / "datasets" / "bad").exists()


def test_conversion_that_breaks_off_leaves_nothing(file, home, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("emargin_core.datasets.tables.convert.on_disk.Npy.write", full)
    with pytest.raises(InputError, match="cannot be written: No space left on device"):
        add(file)
    assert list((home / "datasets").iterdir()) == []


def test_too_little_room_is_said_before_anything_is_written(file, home, monkeypatch):
    usage = type("usage", (), {"free": 100})
    monkeypatch.setattr("shutil.disk_usage", lambda _: usage)
    with pytest.raises(InputError, match="GB free"):
        add(file)
    assert list((home / "datasets").iterdir()) == []


def damage(folder, how):
    description = folder / "dataset.json"
    document = json.loads(description.read_text())
    if how == "torn json":
        description.write_text(description.read_text()[:50])
    elif how == "no json":
        description.unlink()
    elif how == "other format":
        description.write_text(json.dumps(document | {"format": 2}))
    elif how == "overlong part":
        document["parts"][0]["end"] = 10**9
        description.write_text(json.dumps(document))
    elif how == "wild border":
        document["parts"][0]["borders"] = [500]
        description.write_text(json.dumps(document))
    elif how == "twice the same":
        document["parts"] *= 2
        description.write_text(json.dumps(document))
    elif how == "torn array":
        os.truncate(folder / "signal.npy", 300)
    elif how == "no array":
        (folder / "labels.npy").unlink()
    elif how == "pickle":
        np.save(folder / "signal.npy", np.array([{}], dtype=object), allow_pickle=True)
    elif how == "other shape":
        np.save(folder / "signal.npy", np.zeros((200, 3), np.float32))
    elif how == "unknown class":
        np.save(folder / "labels.npy", np.full(200, 7))
    elif how == "other bytes":
        np.save(folder / "signal.npy", np.zeros((200, 2), np.float32))


DAMAGE = (
    "torn json",
    "no json",
    "other format",
    "overlong part",
    "wild border",
    "twice the same",
    "torn array",
    "no array",
    "pickle",
    "other shape",
    "unknown class",
    "other bytes",
)


@pytest.mark.parametrize("how", DAMAGE)
def test_damaged_set_is_one_sentence_and_hides_no_other(shelf, how, caplog):
    damage(shelf / "my-set", how)
    with pytest.raises(InputError, match="my-set") as caught:
        load_dataset("my:my-set")
    assert str(caught.value).isprintable()
    with caplog.at_level(logging.WARNING):
        assert "other" in [entry.slug for entry in library.list_datasets()]
    library.remove_dataset("my-set")
    assert not (shelf / "my-set").exists()


def test_damaged_set_can_be_added_anew(shelf, file):
    damage(shelf / "my-set", "torn json")
    library.remove_dataset("my-set")
    add(file)
    assert load_dataset("my:my-set").recordings


def test_touched_but_equal_arrays_are_still_good(shelf):
    untouched = library.load("other").fingerprint
    os.utime(shelf / "my-set" / "signal.npy", (1, 1))
    assert library.load("my-set").fingerprint == untouched


def test_foreign_things_on_the_shelf_are_left_alone(file, home, tmp_path):
    shelf = home / "datasets"
    shelf.mkdir()
    (shelf / "note.txt").write_text("hello")
    (shelf / "empty").mkdir()
    (shelf / "link").symlink_to(tmp_path)
    add(file)
    assert [entry.slug for entry in library.list_datasets()] == ["my-set"]
    with pytest.raises(InputError, match="is not known"):
        library.remove_dataset("link")
    assert file.is_file()
    with pytest.raises(InputError, match="there already"):
        add(file, "link")


def test_folder_that_a_killed_process_left_is_cleared_after_a_day(file, home):
    old, new = home / "datasets" / ".writing-old", home / "datasets" / ".writing-new"
    for folder in (old, new):
        folder.mkdir(parents=True)
    os.utime(old, (1, 1))
    add(file)
    assert (old.exists(), new.exists()) == (False, True)


def test_big_file_is_converted_once_and_mapped(file, home, monkeypatch):
    direct = load.load_file(file, DROP)
    load._load_once.cache_clear()
    monkeypatch.setattr(load, "BIG_ARRAYS", 100)
    data = load.load_file(file, DROP)
    assert isinstance(data.recordings[0].signal, np.memmap)
    assert data.fingerprint == direct.fingerprint
    assert data.recordings[0].borders == direct.recordings[0].borders
    load._load_once.cache_clear()
    monkeypatch.setattr(stored_set, "convert", lambda *_: pytest.fail("converted twice"))
    assert load.load_file(file, DROP).fingerprint == data.fingerprint


def test_cache_keeps_the_last_few_and_follows_a_changed_file(file, home, monkeypatch):
    load._load_once.cache_clear()
    monkeypatch.setattr(load, "BIG_ARRAYS", 100)
    found = set()
    for number in range(load.KEPT_SETS + 2):
        text = file.read_text().replace(",64.0,", f",{100 + number}.5,")
        other = file.with_name(f"{number}.csv")
        other.write_text(text)
        found.add(load.load_file(other, DROP).fingerprint)
    assert len(found) == load.KEPT_SETS + 2
    kept = [path for path in (home / "cache" / "files").iterdir() if path.is_dir()]
    assert len(kept) == load.KEPT_SETS


def test_damaged_cache_is_made_anew(file, home, monkeypatch):
    load._load_once.cache_clear()
    monkeypatch.setattr(load, "BIG_ARRAYS", 100)
    before = load.load_file(file, DROP).fingerprint
    (folder,) = [path for path in (home / "cache" / "files").iterdir() if path.is_dir()]
    damage(folder, "torn array")
    load._load_once.cache_clear()
    assert load.load_file(file, DROP).fingerprint == before
