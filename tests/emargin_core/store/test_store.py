"""The run store: whole or absent, tolerant of malformed and foreign folders, never pickled."""

import json
import logging
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from emargin_core.store.run_store import RunStore
from emargin_core.text.errors import StoreError
from tests.run_doubles import make_run


def make_result(**changes):
    values = {
        "run_id": "0123456789abcdef",
        "replicates": {"clustering.silhouette": np.array([0.4, np.nan])},
        "encoder": {"w": np.ones((2, 2), dtype=np.float32), "n": np.array(7)},
    }
    return replace(make_run(), **(values | changes))


def test_what_was_put_comes_back(store):
    put = make_result()
    store.put(put)
    got = store.get(put.run_id)
    assert got.cached
    assert not put.cached
    assert (got.config, got.metrics, got.history) == (put.config, put.metrics, put.history)
    pd.testing.assert_frame_equal(got.frames, put.frames)
    np.testing.assert_array_equal(got.replicates["clustering.silhouette"], [0.4, np.nan])
    np.testing.assert_array_equal(got.encoder["w"], put.encoder["w"])
    assert got.encoder["n"].shape == ()


def test_absent_run_is_none(store):
    assert store.get("feedfeedfeedfeed") is None
    assert store.ids() == []


def test_preliminary_result_is_no_run_and_leaves_nothing_behind(store):
    result = make_result()
    assert store.get_preliminary(result.run_id) is None
    store.put_preliminary(result)
    assert store.get_preliminary(result.run_id).preliminary
    assert store.get_preliminary(result.run_id).metrics == result.metrics
    assert store.get(result.run_id) is None
    assert store.ids() == []
    store.drop_preliminary(result.run_id)
    assert store.get_preliminary(result.run_id) is None
    assert list((store.home / "runs").iterdir()) == []


@pytest.mark.parametrize(
    "victim", ["result.json", "frames.parquet", "arrays.safetensors", "encoder.safetensors"]
)
@pytest.mark.parametrize("damage", ["truncate", "garble", "remove"])
def test_damaged_run_is_skipped_with_a_warning_and_can_be_replaced(store, victim, damage, caplog):
    result = make_result()
    store.put(result)
    path = store.home / "runs" / result.run_id / victim
    if damage == "remove":
        path.unlink()
    else:
        content = path.read_bytes()
        path.write_bytes(content[: len(content) // 2] if damage == "truncate" else b"\0garbage")
    with caplog.at_level(logging.WARNING):
        assert store.get(result.run_id) is None
    if path.name != "result.json" or damage != "remove":
        assert "unreadable" in caplog.text
    store.put(result)
    assert store.get(result.run_id) is not None
    assert [p.name for p in (store.home / "runs").iterdir()] == [result.run_id]


def test_unknown_format_is_not_read(store):
    result = make_result()
    store.put(result)
    path = store.home / "runs" / result.run_id / "result.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"format": 99}))
    assert store.get(result.run_id) is None


def test_renamed_folder_is_not_taken_for_another_run(store):
    store.put(make_result())
    (store.home / "runs" / "0123456789abcdef").rename(store.home / "runs" / ("f" * 16))
    assert store.get("f" * 16) is None


def test_foreign_and_unfinished_folders_are_not_listed(store):
    store.put(make_result())
    (store.home / "runs" / "holiday").mkdir()
    (store.home / "runs" / ".writing-x").mkdir()
    (store.home / "runs" / ".writing-x" / "result.json").write_text("{}")
    assert store.ids() == ["0123456789abcdef"]


def test_failed_write_leaves_nothing_behind(store, monkeypatch):
    def no_space(*_args, **_kwargs):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("emargin_core.store.run_store.to_files", no_space)
    with pytest.raises(StoreError, match="No space left on device"):
        store.put(make_result())
    assert list((store.home / "runs").iterdir()) == []


def test_home_that_is_a_file_is_refused_with_a_sentence(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="EMARGIN_HOME"):
        RunStore(tmp_path / "file").check_writable()


def test_nan_in_a_metric_is_refused_rather_than_written(store):
    with pytest.raises(ValueError, match="JSON"):
        store.put(make_result(metrics={"clustering": {"silhouette": float("nan")}}))
    assert store.ids() == []


def test_map_comes_back_and_a_malformed_one_is_none(store):
    layout = np.array([[0.0, 1.0], [np.nan, np.nan]])
    store.put_map("a", "b", layout)
    np.testing.assert_array_equal(store.get_map("a", "b"), layout)
    (store.home / "maps" / "a-b" / "map.safetensors").write_bytes(b"xx")
    assert store.get_map("a", "b") is None


def test_first_whole_run_stays(store):
    store.put(make_result())
    store.put(make_result(created="2027-01-01T00:00:00+00:00"))
    assert store.get("0123456789abcdef").created.startswith("2026")
