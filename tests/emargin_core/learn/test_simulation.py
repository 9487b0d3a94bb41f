"""What moves the points is the loss; where they end is what the page says of it."""

import numpy as np
import pytest
import torch

from emargin_core.evaluation.geometry.geometry import effective_rank
from emargin_core.learn import simulation
from emargin_core.learn.simulation import KEPT_EVERY, STEP_SIZE, Rule, signal_frames, simulate
from emargin_core.losses import build_loss, transition_flags, uniformity_loss
from emargin_core.losses.emargin import EMarginLoss

CONTRASTIVE = Rule("infonce")
MARGIN = Rule("emargin")


@pytest.mark.parametrize("n_dimensions", [2, 3])
def test_margin_alone_collapses_and_contrast_or_uniformity_does_not(n_dimensions):
    kept = simulate(CONTRASTIVE, n_dimensions, seed=0)
    lost = simulate(MARGIN, n_dimensions, seed=0)
    mended = simulate(Rule("emargin", uniformity=0.1), n_dimensions, seed=0)
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
    EMarginLoss(0.4, 5.0, 0.5)(points, torch.from_numpy(inputs)).backward()
    goal = motion.places[0] - STEP_SIZE * len(points) * points.grad.numpy()
    goal /= np.linalg.norm(goal, axis=1, keepdims=True)
    np.testing.assert_allclose(motion.places[1], goal, rtol=1e-12)


RULES = [
    Rule("infonce", temperature=0.2),
    Rule("emargin", threshold=0.2),
    Rule("emargin", scale=0.3, uniformity=0.1),
    Rule("emargin-released", scale=2.0),
    Rule("emargin-released", threshold=-0.2),
]


@pytest.mark.parametrize("rule", RULES, ids=str)
@pytest.mark.parametrize("n_dimensions", [2, 3])
def test_whole_course_is_that_of_autograd_through_the_losses(rule, n_dimensions, monkeypatch):
    monkeypatch.setattr(simulation, "STEPS", 60)
    motion = simulate(rule, n_dimensions, seed=3)
    inputs = torch.from_numpy(signal_frames(3)[0])
    loss = build_loss(
        rule.method,
        threshold=rule.threshold,
        scale=rule.scale,
        temperature=rule.temperature,
        double=True,
    )
    generator = torch.Generator().manual_seed(3)
    points = torch.randn(len(inputs), n_dimensions, generator=generator, dtype=torch.float64)
    points = points / points.norm(dim=1, keepdim=True)
    for step in range(61):
        if step % KEPT_EVERY == 0:
            place = motion.places[step // KEPT_EVERY]
            np.testing.assert_allclose(place, points.numpy(), rtol=0, atol=1e-10)
        moving = points.clone().requires_grad_()
        value = loss(moving, inputs) + rule.uniformity * uniformity_loss(moving)
        gradient = torch.autograd.grad(value, moving)[0]
        points = points - STEP_SIZE * len(points) * gradient
        points = points / points.norm(dim=1, keepdim=True)


def test_same_seed_moves_alike_and_another_does_not():
    one, two = (simulate(MARGIN, 2, seed=1) for _ in range(2))
    assert np.array_equal(one.places, two.places)
    assert not np.array_equal(one.places[0], simulate(MARGIN, 2, seed=2).places[0])


def test_points_stay_on_the_sphere_and_numbers_are_those_of_the_points():
    motion = simulate(Rule("emargin", uniformity=0.3), 3, seed=0)
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
    assert np.array_equal(motion.marked, transition_flags(torch.from_numpy(inputs), 0.2).numpy())
    assert 0 < motion.marked.sum() < len(stretches)


def test_a_loss_without_a_value_stops_the_points_and_is_said():
    motion = simulate(Rule("emargin-released", scale=40.0, temperature=0.01), 2, seed=0)
    assert motion.undefined_at == 1
    assert np.array_equal(motion.places[0], motion.places[-1])
    assert simulate(MARGIN, 2, seed=0).undefined_at is None
