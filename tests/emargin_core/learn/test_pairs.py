"""The stretch is a real training window, and the roles are those of the loss."""

import numpy as np
import pytest
import torch

from emargin_core.datasets.registry import load_dataset
from emargin_core.datasets.splits import make_split
from emargin_core.learn.pairs import WINDOW, example_stretch, placement, roles
from emargin_core.losses.emargin import EMarginLoss


@pytest.fixture(scope="module")
def dataset():
    return load_dataset("watch")


@pytest.fixture(scope="module")
def stretch(dataset):
    return example_stretch(dataset)


def test_stretch_is_a_window_of_the_training_frames(stretch, dataset):
    frames = make_split(dataset).train
    inside = [frames.sources[i] == stretch.recording for i in frames.recording]
    times = frames.time[inside] - stretch.begin
    rows = np.flatnonzero((times > 0) & (times < len(stretch.signal) / stretch.rate))
    assert len(stretch.labels) == len(rows) == WINDOW
    assert np.array_equal(frames.labels[inside][rows], stretch.labels)
    inputs = frames.inputs[inside][rows]
    first, second = inputs[10].astype(float), inputs[11].astype(float)
    cosine = first @ second / np.linalg.norm(first) / np.linalg.norm(second)
    assert stretch.cosines[10] == pytest.approx(cosine, abs=1e-5)


def test_signal_is_the_recordings_own(stretch, dataset):
    recording = next(r for r in dataset.recordings if r.id == stretch.recording)
    first = round(stretch.begin * recording.sampling_rate)
    assert np.array_equal(stretch.signal, recording.signal[first : first + len(stretch.signal)])
    assert stretch.times[0] == pytest.approx(0.5)


def test_no_window_has_more_changes(stretch, dataset):
    frames = make_split(dataset).train
    most = max(
        int((np.diff(frames.labels[begin : begin + WINDOW]) != 0).sum())
        for begin in range(len(frames) - WINDOW + 1)
        if frames.segment[begin] == frames.segment[begin + WINDOW - 1]
    )
    assert len(stretch.changes) == most >= 2


def test_roles_are_the_positives_and_negatives_of_the_loss(stretch):
    found = roles(stretch, 7)
    assert found.positives == (6, 8)
    assert len(found.negatives) == WINDOW - 3
    assert set(found.alike) == {
        j for j in found.negatives if stretch.labels[j] == stretch.labels[7]
    }
    assert roles(stretch, 0).positives == (1,)
    assert roles(stretch, WINDOW - 1).positives == (WINDOW - 2,)
    with pytest.raises(ValueError, match="anchor is 100"):
        roles(stretch, WINDOW)


def test_transitions_are_those_of_the_indicator(stretch):
    found = placement(stretch, 0.4)
    assert found.marked == (stretch.cosines <= 0.4).sum() < WINDOW
    assert found.changes == len(stretch.changes) >= found.changes_marked
    assert placement(stretch, 1.0).marked == WINDOW
    assert placement(stretch, -1.1).changes_marked == 0


def test_only_positives_of_an_anchor_attract_it_strongly():
    points = torch.eye(6, dtype=torch.float64, requires_grad=True)
    inputs = torch.ones(6, 2, dtype=torch.float64)
    EMarginLoss(0.4, 5.0, 0.5)(points, inputs).backward()
    pull = -points.grad[3]
    assert (pull[[2, 4]] > 10 * pull[[0, 1, 5]].abs().max()).all()


def test_file_without_labels_gets_a_window_too(tmp_path):
    rng = np.random.default_rng(0)
    rows = ["recording,time,x"]
    for number in range(3):
        rows += [f"r{number},{i / 20},{rng.normal():.3f}" for i in range(600)]
    path = tmp_path / "plain.csv"
    path.write_text("\n".join(rows))
    found = example_stretch(load_dataset(str(path)))
    assert len(found.labels) > 10
    assert len(found.changes) == 0
    assert roles(found, 3).alike == ()
