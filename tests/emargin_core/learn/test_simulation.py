"""What moves the points is the loss; where they end is what the page says of it."""

import numpy as np
import pytest
import torch

from emargin_core.evaluation.geometry import effective_rank
from emargin_core.learn import simulation
from emargin_core.learn.simulation import KEPT_EVERY, STEP_SIZE, Rule, signal_frames, simulate
from emargin_core.losses import transition_flags
from emargin_core.losses.emargin import EMarginLoss

CONTRASTIVE = Rule("infonce")
MARGIN = Rule("emargin")


@pytest.mark.parametrize("n_dimensions", [2, 3])
def test_margin_alone_collapses_and_contrast_or_spread_does_not(n_dimensions):
    kept = simulate(CONTRASTIVE, n_dimensions, seed=0)
    lost = simulate(MARGIN, n_dimensions, seed=0)
    mended = simulate(Rule("emargin", spread=0.1), n_dimensions, seed=0)
    assert lost.effective_rank[0] == kept.effective_rank[0] > n_dimensions - 0.1
    assert kept.effective_rank[-1] > n_dimensions - 0.1
    assert mended.effective_rank[-1] > n_dimensions - 0.1
    assert lost.effective_rank[-1] is None or lost.effective_rank[-1] < 1.3
    assert lost.mean_distance[-1] < 0.2 < kept.mean_distance[-1]


def test_first_step_goes_down_the_gradient_of_the_loss(monkeypatch):
    monkeypatch.setattr(simulation, "STEPS", 1)
    monkeypatch.setattr(simulation, "KEPT_EVERY", 1)
    motion = simulate(MARGIN, 3, seed=5)
    inputs, _ = signal_frames(5)
    points = torch.tensor(motion.places[0], requires_grad=True)
    EMarginLoss(0.4, 5.0, 0.5)(points, inputs).backward()
    goal = motion.places[0] - STEP_SIZE * len(points) * points.grad.numpy()
    goal /= np.linalg.norm(goal, axis=1, keepdims=True)
    np.testing.assert_allclose(motion.places[1], goal, rtol=1e-12)


def test_same_seed_moves_alike_and_another_does_not():
    one, two = (simulate(MARGIN, 2, seed=1) for _ in range(2))
    assert np.array_equal(one.places, two.places)
    assert not np.array_equal(one.places[0], simulate(MARGIN, 2, seed=2).places[0])


def test_points_stay_on_the_sphere_and_numbers_are_those_of_the_points():
    motion = simulate(Rule("emargin", spread=0.3), 3, seed=0)
    assert motion.steps[1] - motion.steps[0] == KEPT_EVERY
    assert np.allclose(np.linalg.norm(motion.places, axis=2), 1.0)
    assert motion.effective_rank[7] == effective_rank(motion.places[7])
    pairs = [
        np.linalg.norm(a - b)
        for i, a in enumerate(motion.places[7])
        for b in motion.places[7][i + 1 :]
    ]
    assert motion.mean_distance[7] == pytest.approx(np.mean(pairs))


def test_marks_are_those_of_the_indicator():
    inputs, stretches = signal_frames(0)
    motion = simulate(Rule("emargin", threshold=0.2), 2, seed=0)
    assert np.array_equal(motion.marked, transition_flags(inputs, 0.2).numpy())
    assert 0 < motion.marked.sum() < len(stretches)


def test_a_loss_without_a_value_stops_the_points_and_is_said():
    motion = simulate(Rule("emargin-released", scale=40.0, temperature=0.01), 2, seed=0)
    assert motion.undefined_at == 1
    assert np.array_equal(motion.places[0], motion.places[-1])
    assert simulate(MARGIN, 2, seed=0).undefined_at is None
