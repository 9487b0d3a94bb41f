"""The gallery gives back what the store had, and nothing where it is damaged, foreign or stale."""

import json
import logging
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from emargin_core.datasets.registry import load_dataset
from emargin_core.experiment.run import aligned_map
from emargin_core.jobs.status import JobStatus
from emargin_core.store.gallery import gallery as reader
from emargin_core.store.gallery.gallery import INDEX, SCRUB, load_gallery, run_file
from emargin_core.store.gallery.plan import (
    CANDIDATES,
    FOLDS,
    SCALES,
    THRESHOLDS,
    UNIFORMITY_WEIGHTS,
    full_plan,
)
from emargin_core.store.reference_scores import read_reference_scores
from emargin_core.store.runs_table import runs_table
from emargin_core.store.zip_pack import read_pack, write_pack
from emargin_core.sweeps.confirmation import confirmed, plan_confirmation
from emargin_core.sweeps.findings import gallery_findings, settings_of
from emargin_core.sweeps.table import by_setting, fold_units, setting_points
from emargin_core.text.errors import ExplorerError, InputError

LIMITS = {"max_bytes": 10_000_000, "max_files": 1_000}


@pytest.fixture
def gallery(small_gallery):
    found = load_gallery(small_gallery.path)
    assert found is not None
    return found


def tampered(small_gallery, path, change):
    """Write the gallery with its files changed."""
    files = read_pack(small_gallery.path, **LIMITS)
    change(files)
    write_pack(path, files, max_bytes=10_000_000)
    return path


def change_index(**changes):
    def change(files):
        files[INDEX] = json.dumps(json.loads(files[INDEX]) | changes).encode()

    return change


def test_full_plan_has_comparisons_on_all_test_folds_and_a_grid_on_validation_folds():
    plan = full_plan()
    assert len(plan.pairs) == 2 * len(CANDIDATES) * len(FOLDS)
    assert len(plan.whole) == (2 + len(CANDIDATES)) * len(FOLDS)
    assert {run.evaluate_on for run in plan.whole} == {"test"}
    n_settings = len(THRESHOLDS) * len(SCALES) * len(UNIFORMITY_WEIGHTS) + 2
    assert len(plan.grid) == len(set(plan.grid)) == n_settings * len(FOLDS)
    assert {run.evaluate_on for run in plan.grid} == {"validation"}
    assert len(plan.scrubbed) == n_settings
    assert set(plan.baseline) < set(plan.grid)
    assert plan.reference in plan.scrubbed
    assert {run.iterations for run in plan.runs} == {400}
    assert all((before.fold, before.seed) == (after.fold, 0) for before, after in plan.pairs)


def test_whole_run_comes_back_without_its_encoder_and_says_whence(small_gallery, gallery):
    for config in small_gallery.plan.whole:
        stored = small_gallery.store.get(small_gallery.run_id(config))
        result = gallery.result(stored.run_id)
        assert result.encoder == {}
        assert result.precomputed == gallery.label
        assert stored.precomputed is None
        for name in ("config", "metrics", "data", "details", "history", "timing", "created"):
            assert getattr(result, name) == getattr(stored, name)
        pd.testing.assert_frame_equal(result.frames, stored.frames)
        np.testing.assert_array_equal(result.spectrum, stored.spectrum)
        assert result.replicates.keys() == stored.replicates.keys()
        for path, values in stored.replicates.items():
            np.testing.assert_array_equal(result.replicates[path], values)


def test_run_of_the_grid_has_metrics_only(small_gallery, gallery):
    alone = set(small_gallery.plan.runs) - set(small_gallery.plan.whole)
    assert alone == set(small_gallery.plan.grid)
    for config in alone:
        run_id = small_gallery.run_id(config)
        assert gallery.result(run_id) is None
        assert gallery.entries[run_id].metrics == small_gallery.store.get(run_id).metrics


def test_choice_of_the_grid_comes_with_the_runs_that_confirm_it(small_gallery, gallery):
    found = gallery_findings(gallery)
    assert {config["method"] for config in map(settings_of, found.points)} == {"emargin"}
    assert found.baseline.config["temperature"] == 1.0
    name = small_gallery.plan.dataset
    confirmation = plan_confirmation(found, load_dataset(name), name)
    assert set(confirmation.runs) <= set(small_gallery.plan.whole)
    comparison = confirmed(confirmation, gallery.fingerprint, gallery.result)
    assert comparison.candidate[0].config["evaluate_on"] == "test"
    assert not comparison.settled  # one fold


def test_table_has_a_row_for_each_run_of_the_grid_and_nan_for_what_a_method_does_not_read(
    small_gallery, gallery
):
    table = gallery.table()
    assert set(table["run_id"]) == {small_gallery.run_id(run) for run in small_gallery.plan.grid}
    contrastive = table[table["method"] == "infonce"]
    assert contrastive["threshold"].isna().all()
    assert contrastive["temperature"].tolist() == [0.5, 1.0]
    assert table["n_folds"].tolist() == [5] * len(table)
    row = table[table["scale"] == 5.0].iloc[0]
    assert row["probe.accuracy"] == gallery.entries[row["run_id"]].metrics["probe"]["accuracy"]


def test_table_can_be_read_as_a_sweeps(gallery):
    table = gallery.table()
    settings = by_setting(table)
    assert len(settings) == settings["setting"].nunique() == len(table)
    assert settings["probe.accuracy.count"].tolist() == [1] * len(settings)
    assert len(setting_points(table)) == len(table)
    assert fold_units(table).by_fold.keys() == {0}


def test_entries_stand_in_the_table_of_runs_as_the_stored_runs_do(small_gallery, gallery):
    stored = [small_gallery.store.get(run_id) for run_id in gallery.entries]
    pd.testing.assert_frame_equal(
        runs_table(gallery.entries.values(), dataset=gallery.fingerprint), runs_table(stored)
    )


def test_label_and_command_say_where_it_comes_from(small_gallery, gallery):
    made = max(small_gallery.store.get(name).created for name in gallery.entries)[:10]
    assert str(gallery.label) == f"Precomputed with eMargin Explorer 0.1.0 on {made}"
    assert gallery.command == "the command"


def test_levels_are_those_of_the_store(small_gallery, gallery):
    stored = read_reference_scores(small_gallery.store.home, gallery.fingerprint, "test")
    assert stored is not None
    assert gallery.reference_scores(gallery.fingerprint, "test") == stored
    assert gallery.reference_scores(gallery.fingerprint, "validation") is None
    assert gallery.reference_scores("0" * 16, "test") is None


def test_aligned_maps_are_those_of_the_store(small_gallery, gallery):
    for baseline, candidate in small_gallery.plan.pairs:
        pair = small_gallery.run_id(candidate), small_gallery.run_id(baseline)
        np.testing.assert_array_equal(gallery.map(*pair), small_gallery.store.get_map(*pair))
    assert gallery.map("0" * 16, "1" * 16) is None


def test_scrub_maps_show_the_same_frames_close_to_where_they_lie(small_gallery, gallery):
    maps = gallery.scrub_maps()
    reference = small_gallery.run_id(small_gallery.plan.reference)
    assert maps.reference == reference
    assert set(maps.layouts) == {small_gallery.run_id(run) for run in small_gallery.plan.scrubbed}
    frames = small_gallery.store.get(reference).frames
    np.testing.assert_array_equal(frames["label"].to_numpy()[maps.frames], maps.labels)
    for run_id, layout in maps.layouts.items():
        own = frames[["map_x", "map_y"]].to_numpy()
        whole = own if run_id == reference else small_gallery.store.get_map(run_id, reference)
        assert layout.dtype == np.float32
        np.testing.assert_allclose(layout, whole[maps.frames], atol=1e-3)


def test_scrub_maps_are_balanced_and_no_more_than_planned(small_gallery, tmp_path):
    few = replace(small_gallery.plan, map_frames=30)
    original, small_gallery.plan = small_gallery.plan, few
    try:
        small_gallery.build(tmp_path / "few.zip")
    finally:
        small_gallery.plan = original
    maps = load_gallery(tmp_path / "few.zip").scrub_maps()
    assert np.bincount(maps.labels).tolist() == [10, 10, 10]


def test_second_build_computes_nothing_and_gives_the_same_bytes(small_gallery, tmp_path):
    asked, told = len(small_gallery.jobs.asked), []
    small_gallery.build(tmp_path / "again.zip", on_step=lambda *step: told.append(step))
    assert len(small_gallery.jobs.asked) == asked
    assert (tmp_path / "again.zip").read_bytes() == small_gallery.path.read_bytes()
    n_runs = len(set(small_gallery.plan.runs))
    assert told[0] == ("Runs", n_runs + 1, n_runs + 1)


def test_failed_run_ends_the_build_with_its_reason_and_writes_nothing(
    small_gallery, tmp_path, monkeypatch
):
    monkeypatch.setattr(small_gallery.store, "get_map", lambda *pair: None)
    monkeypatch.setattr(
        small_gallery.jobs, "status", lambda key: JobStatus(key, "failed", message="it broke")
    )
    with pytest.raises(ExplorerError, match="it broke"):
        small_gallery.build(tmp_path / "never.zip")
    assert not (tmp_path / "never.zip").exists()


def test_runs_of_different_versions_are_not_given_one_label(small_gallery, tmp_path, monkeypatch):
    read, odd = small_gallery.store.get, small_gallery.run_id(small_gallery.plan.runs[-1])

    def other_torch(run_id):
        result = read(run_id)
        versions = result.versions | ({"torch": "1.0"} if run_id == odd else {})
        return replace(result, versions=versions)

    monkeypatch.setattr(small_gallery.store, "get", other_torch)
    with pytest.raises(ExplorerError, match=r"different versions \(torch .* and torch 1\.0\)"):
        small_gallery.build(tmp_path / "never.zip")


def test_absent_gallery_is_none_with_a_warning(tmp_path, caplog):
    with caplog.at_level(logging.WARNING):
        assert load_gallery(tmp_path / "gallery.zip") is None
    assert "make gallery" in caplog.text


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda files: files.pop(INDEX), "contains no gallery.json"),
        (lambda files: files.update({INDEX: b"[1, 2]"}), "format"),
        (lambda files: files.update({INDEX: b"\xff\xfe"}), "not used"),
        (change_index(format=99), "format is not known"),
        (change_index(result_version=0), "different numbers"),
        (change_index(entries=[{"run_id": "x"}]), "not used"),
        (change_index(grid=["0" * 16]), "lacks runs of its own grid"),
        (change_index(levels=[[]]), "not used"),
        (change_index(date=float("nan")), "NaN"),
    ],
)
def test_foreign_or_stale_gallery_is_none_with_a_warning(
    small_gallery, tmp_path, caplog, change, words
):
    path = tampered(small_gallery, tmp_path / "gallery.zip", change)
    with caplog.at_level(logging.WARNING):
        assert load_gallery(path) is None
    assert words in caplog.text


@pytest.mark.parametrize("keep", [0.0, 0.5, 0.99])
def test_malformed_gallery_is_none_with_a_warning(small_gallery, tmp_path, caplog, keep):
    whole = small_gallery.path.read_bytes()
    (tmp_path / "half.zip").write_bytes(whole[: int(keep * len(whole))])
    with caplog.at_level(logging.WARNING):
        assert load_gallery(tmp_path / "half.zip") is None
    assert "not used" in caplog.text


def test_oversized_gallery_is_none_with_a_warning(small_gallery, monkeypatch, caplog):
    monkeypatch.setattr(reader, "MAX_BYTES", 20_000)
    with caplog.at_level(logging.WARNING):
        assert load_gallery(small_gallery.path) is None
    assert "20,000" in caplog.text


@pytest.mark.parametrize("name", ["frames.parquet", "arrays.safetensors", "result.json"])
@pytest.mark.parametrize("damage", ["garble", "remove"])
def test_damaged_part_is_missing_alone(small_gallery, tmp_path, caplog, name, damage):
    first, second = (small_gallery.run_id(run) for run in small_gallery.plan.whole[:2])
    part = run_file(first, name)
    path = tampered(
        small_gallery,
        tmp_path / "gallery.zip",
        lambda files: files.pop(part) if damage == "remove" else files.update({part: b"garbage"}),
    )
    gallery = load_gallery(path)
    with caplog.at_level(logging.WARNING):
        assert gallery.result(first) is None
    assert "unreadable" in caplog.text
    assert gallery.result(second) is not None


def test_damaged_maps_are_none(small_gallery, tmp_path, caplog):
    path = tampered(
        small_gallery, tmp_path / "gallery.zip", lambda files: files.update({SCRUB: b"garbage"})
    )
    assert load_gallery(path).scrub_maps() is None
    assert "unreadable" in caplog.text


def test_map_of_a_run_without_its_encoder_is_refused_in_words(small_gallery, gallery, store):
    before, after = (gallery.result(small_gallery.run_id(c)) for c in small_gallery.plan.pairs[0])
    with pytest.raises(InputError, match="without its encoder"):
        aligned_map(after, before, store=store)


def test_reading_needs_no_torch():
    words = "import sys, emargin_core.store.gallery.gallery; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", words], check=False).returncode == 0
