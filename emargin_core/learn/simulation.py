"""Points on a circle or a sphere, moved by a loss alone: no encoder, no data, a second's work."""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from emargin_core.evaluation.spectrum import effective_rank
from emargin_core.losses import build_loss, transition_flags, uniformity_loss
from emargin_core.one_thread import one_thread

N_STRETCHES = 4
STRETCH_FRAMES = 12
N_FEATURES = 8
NOISE = 0.6
"""Size of the differences within a stretch, where stretches differ by 1."""
STEPS = 600
KEPT_EVERY = 10
STEP_SIZE = 0.05
"""Length of a step for a gradient of 1 on a single anchor."""


@dataclass(frozen=True)
class Rule:
    """The loss that moves the points; spread: weight of the uniformity term that is added."""

    method: str
    scale: float = 5.0
    threshold: float = 0.4
    temperature: float = 0.5
    spread: float = 0.0


@dataclass(frozen=True, eq=False)
class Motion:
    """Where the points were at each step that was kept.

    steps: (n_kept,); places: (n_kept, n_points, n_dimensions), of length 1; stretches: (n_points,)
    the part of the signal each point stands for; marked: (n_points,) where the margin's indicator
    calls a transition; effective_rank: one a step kept, None where all points are one;
    mean_distance: (n_kept,) mean distance of two points, 0 to 2; undefined_at: the step at which
    the loss had no value, from which on the points stay where they are; None if it always had one.
    """

    steps: NDArray[np.int64]
    places: NDArray[np.float64]
    stretches: NDArray[np.int64]
    marked: NDArray[np.bool_]
    effective_rank: tuple[float | None, ...]
    mean_distance: NDArray[np.float64]
    undefined_at: int | None


def simulate(rule: Rule, n_dimensions: int, seed: int) -> Motion:
    """Move 48 points, neighbours in time, down the gradient of a loss for 600 steps.

    The points begin anywhere on the circle (n_dimensions = 2) or sphere (3), drawn with the seed.
    They stand for four stretches of twelve frames each; frames of a stretch are alike. After every
    step the points are put back onto the circle or sphere. The same seed begins the same way for
    every rule.
    """
    inputs, stretches = signal_frames(seed)
    loss = build_loss(
        rule.method, threshold=rule.threshold, scale=rule.scale, temperature=rule.temperature,
        double=True,
    )  # fmt: skip
    if loss is None:
        raise ValueError(f"method {rule.method!r} moves nothing")
    generator = torch.Generator().manual_seed(seed)
    points = _on_sphere(
        torch.randn(len(inputs), n_dimensions, generator=generator, dtype=torch.float64)
    )
    kept, undefined_at = [points], None
    with one_thread():
        for step in range(1, STEPS + 1):
            if undefined_at is None:
                moving = points.clone().requires_grad_()
                value = loss(moving, inputs)
                if rule.spread:
                    value = value + rule.spread * uniformity_loss(moving)
                gradient = torch.autograd.grad(value, moving)[0]
                if bool(torch.isfinite(value)) and bool(torch.isfinite(gradient).all()):
                    points = _on_sphere(points - STEP_SIZE * len(points) * gradient)
                else:
                    undefined_at = step
            if step % KEPT_EVERY == 0:
                kept.append(points)
    places = torch.stack(kept).numpy()
    return Motion(
        steps=np.arange(0, STEPS + 1, KEPT_EVERY, dtype=np.int64),
        places=places,
        stretches=stretches,
        marked=transition_flags(inputs, rule.threshold).numpy(),
        effective_rank=tuple(effective_rank(part) for part in places),
        mean_distance=np.array([_mean_distance(part) for part in places]),
        undefined_at=undefined_at,
    )


def signal_frames(seed: int) -> tuple[torch.Tensor, NDArray[np.int64]]:
    """Frames of a made-up signal, (48, 8), and the stretch each belongs to, (48,)."""
    rng = np.random.default_rng(seed)
    stretches = np.repeat(np.arange(N_STRETCHES, dtype=np.int64), STRETCH_FRAMES)
    centres = rng.normal(size=(N_STRETCHES, N_FEATURES))
    noise = rng.normal(0.0, NOISE, (len(stretches), N_FEATURES))
    return torch.from_numpy(centres[stretches] + noise), stretches


def _on_sphere(points: torch.Tensor) -> torch.Tensor:
    lengths: torch.Tensor = torch.linalg.vector_norm(points, dim=1, keepdim=True)
    return points / lengths


def _mean_distance(points: NDArray[np.float64]) -> float:
    n_points = len(points)
    squares = np.maximum(2.0 - 2.0 * points @ points.T, 0.0)
    np.fill_diagonal(squares, 0.0)
    return float(np.sqrt(squares).sum() / (n_points * (n_points - 1)))
