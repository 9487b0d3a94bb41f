"""Stores of earlier formats stay readable: files written then, committed under tests/frozen.

`format-1` holds two real runs of a small file; of their weights only the small ones are kept.
"""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from emargin_core.analysis.comparison import compare
from emargin_core.store.reference_scores import reference_scores_from_json
from emargin_core.store.result_files import FORMAT
from emargin_core.store.run_store import RunStore

FROZEN = Path(__file__).parents[2] / "frozen"
BASELINE, CANDIDATE, FINGERPRINT = "4c2daf0bdd44e5a1", "a5c96c962c0d94a6", "1d7386e59359ba45"


@pytest.fixture
def store(tmp_path):
    """A copy, so that reading can change nothing that is committed."""
    shutil.copytree(FROZEN / "format-1", tmp_path / "home")
    return RunStore(tmp_path / "home")


def test_every_format_up_to_this_one_has_a_sample():
    assert [path.name for path in sorted(FROZEN.iterdir())] == [
        f"format-{number}" for number in range(1, FORMAT + 1)
    ]
    size = sum(path.stat().st_size for path in FROZEN.rglob("*") if path.is_file())
    assert size < 100_000 * FORMAT


def test_runs_are_read_with_the_numbers_they_were_written_with(store):
    assert sorted(store.ids()) == [BASELINE, CANDIDATE]
    run = store.get(CANDIDATE)
    assert run.metric("clustering.silhouette") == 0.1981209352193266
    assert run.metric("probe.accuracy") == 0.9871794871794872
    assert run.config["threshold"] == 0.4
    assert run.versions["torch"] == "2.13.0+cpu"
    assert len(run.frames) == 78
    assert set(run.frames.columns) >= {
        "recording",
        "time",
        "label",
        "cluster",
        "predicted",
        "silhouette",
        "transition",
        "map_x",
        "map_y",
    }
    assert run.replicates["probe.accuracy"].shape == run.replicates["clustering.silhouette"].shape
    assert run.encoder["layers.0.bias"].shape == (128,)
    assert np.all(np.diff(run.spectrum) <= 0)


def test_they_can_be_compared(store):
    comparison = compare([store.get(BASELINE)], [store.get(CANDIDATE)])
    difference = comparison.differences["clustering.silhouette"]
    assert difference.mean == pytest.approx(0.1981209352193266 - 0.1901818438770684)


def test_map_and_levels_are_read(store):
    layout = store.get_map(CANDIDATE, BASELINE)
    assert layout.shape == (78, 2)
    assert np.isfinite(layout).all()
    (path,) = (store.home / "levels").iterdir()
    reference_scores = reference_scores_from_json(json.loads(path.read_text())).scores
    assert [score.name for score in reference_scores] == [
        "majority",
        "random",
        "stft",
        "boosted_trees",
    ]
    assert reference_scores[2].accuracy.mean == pytest.approx(77 / 78)
