"""Training: repeatable, stoppable, and loud when a number stops being finite."""

import numpy as np
import pytest
import torch

from emargin_core.config import METHODS, make_config
from emargin_core.datasets.registry import load_dataset
from emargin_core.datasets.splits import make_split
from emargin_core.losses.base import TemporalLoss
from emargin_core.text.errors import CancelledError, TrainingDivergedError
from emargin_core.training import fit as training
from emargin_core.training.encoders import PointwiseEncoder, embed, make_encoder
from emargin_core.training.fit import WindowSampler, fit


@pytest.fixture
def frames(small_file):
    return make_split(load_dataset(str(small_file))).train


def config(**changes):
    return make_config(**({"iterations": 40, "batch_windows": 2, "window_frames": 20} | changes))


def train(frames, settings, **callbacks):
    encoder = make_encoder(frames.inputs.shape[1], settings.seed)
    return encoder, fit(encoder, settings, frames, **callbacks)


@pytest.mark.parametrize("method", METHODS)
def test_same_settings_give_identical_weights(frames, method):
    weights = [
        {k: v.clone() for k, v in train(frames, config(method=method))[0].state_dict().items()}
        for _ in range(2)
    ]
    for name, value in weights[0].items():
        assert torch.equal(value, weights[1][name]), name


def test_another_seed_gives_other_weights(frames):
    one, other = (train(frames, config(seed=seed))[0].state_dict() for seed in (0, 1))
    assert not torch.equal(one["layers.0.weight"], other["layers.0.weight"])


def test_seeding_leaves_the_global_generator_alone(frames):
    torch.manual_seed(5)
    expected = torch.rand(1)
    torch.manual_seed(5)
    train(frames, config(iterations=2))
    assert torch.equal(torch.rand(1), expected)


@pytest.mark.parametrize("method", ["infonce", "emargin", "fixed-margin", "soft", "triplet"])
def test_the_loss_falls(frames, method):
    history = train(frames, config(method=method, iterations=120))[1]
    assert np.mean(history.loss[-20:]) < np.mean(history.loss[:20])


def test_stops_within_fifty_iterations_of_being_asked(frames):
    seen = []
    with pytest.raises(CancelledError):
        train(
            frames,
            config(iterations=500),
            on_progress=lambda p: seen.append(p.step),
            should_stop=lambda: bool(seen) and seen[-1] >= 100,
        )
    assert 100 <= seen[-1] <= 150


def test_progress_names_step_loss_and_time_left(frames):
    told = []
    train(frames, config(), on_progress=told.append)
    assert told[-1].step == told[-1].steps == 40
    assert told[-1].fraction == 1.0
    assert told[-1].seconds_left == 0.0
    assert all(p.loss is not None and p.stage == "training" for p in told)


class Poison(TemporalLoss):
    """Turns to NaN, value and gradient, from the third step on."""

    def __init__(self):
        super().__init__()
        self.calls = 0

    def compute(self, batch):
        self.calls += 1
        factor = float("nan") if self.calls >= 3 else 1.0
        return (batch.embeddings * factor).sum()


def test_loss_that_is_not_finite_stops_with_step_and_settings(frames, monkeypatch):
    monkeypatch.setattr(training, "build_loss", lambda *_, **__: Poison())
    with pytest.raises(TrainingDivergedError) as caught:
        train(frames, config(threshold=0.3))
    for word in ("loss", "step 3 of 40", "threshold 0.3", "method emargin"):
        assert word in str(caught.value)


def test_method_kept_for_audits_counts_such_steps_and_goes_on(frames, monkeypatch):
    monkeypatch.setattr(training, "build_loss", lambda *_, **__: Poison())
    encoder, history = train(frames, config(method="emargin-released"))
    assert history.non_finite_steps == history.skipped_steps == 38
    assert history.loss[:3][-1] is None
    assert all(torch.isfinite(p).all() for p in encoder.parameters())


def test_windows_never_cross_recordings(frames):
    sampler = WindowSampler(frames, n_windows=50, length=20, seed=0)
    indices, windows = sampler.draw()
    assert len(indices) == 50 * 20
    for window in range(50):
        inside = indices[windows == window]
        assert (np.diff(inside) == 1).all()
        assert len(set(frames.recording[inside].tolist())) == 1


def test_recording_shorter_than_a_window_is_used_whole(frames):
    length = int(np.bincount(frames.recording).max()) + 10
    indices, windows = WindowSampler(frames, n_windows=3, length=length, seed=0).draw()
    for window in range(3):
        inside = indices[windows == window]
        assert len(inside) == (frames.recording == frames.recording[inside[0]]).sum()


def test_untrained_encoder_measures_its_batch_statistics(frames):
    encoder, history = train(frames, config(method="random"))
    assert history.loss == []
    first = encoder.layers[:2](torch.from_numpy(frames.inputs))
    assert first.mean().abs() < 1e-4
    assert (first.std() - 1).abs() < 1e-2


def test_encoder_has_the_published_shape():
    encoder = PointwiseEncoder(156)
    sizes = [m.out_features for m in encoder.modules() if isinstance(m, torch.nn.Linear)]
    assert sizes == [128, 64, 320]
    frames = torch.randn(30, 156)
    assert embed(encoder, frames).shape == (30, 320)
    assert torch.allclose(embed(encoder, frames), embed(encoder, frames, block=7), atol=1e-6)
