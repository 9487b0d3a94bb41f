"""Points on a circle or a sphere, moved by a loss alone: no encoder, no data, a second's work."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from emargin_core.evaluation.geometry.spectrum import effective_rank
from emargin_core.evaluation.indicator import neighbour_cosines
from emargin_core.learn.gradients import (
    along_sphere,
    info_nce_slopes,
    margin_slopes,
    released_slopes,
    uniformity_slopes,
)

Floats = NDArray[np.float64]

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
    """The loss that moves the points; uniformity: weight of the added uniformity term."""

    method: str
    scale: float = 5.0
    threshold: float = 0.4
    temperature: float = 0.5
    uniformity: float = 0.0


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
    places: Floats
    stretches: NDArray[np.int64]
    marked: NDArray[np.bool_]
    effective_rank: tuple[float | None, ...]
    mean_distance: Floats
    undefined_at: int | None


def simulate(rule: Rule, n_dimensions: int, seed: int) -> Motion:
    """Move 48 points, neighbours in time, down the gradient of a loss for 600 steps.

    The points begin anywhere on the circle (n_dimensions = 2) or sphere (3), drawn with the seed.
    They stand for four stretches of twelve frames each; frames of a stretch are alike. After every
    step the points are put back onto the circle or sphere. The same seed begins the same way for
    every rule.
    """
    inputs, stretches = signal_frames(seed)
    marked = _marked(rule, inputs)
    points = _on_sphere(_normal_numbers(len(inputs) * n_dimensions, seed).reshape(len(inputs), -1))
    kept, undefined_at = [points], None
    for step in range(1, STEPS + 1):
        if undefined_at is None:
            gradient = _gradient(rule, points, marked)
            if np.isfinite(gradient).all():
                points = _on_sphere(points - STEP_SIZE * len(points) * gradient)
            else:
                undefined_at = step
        if step % KEPT_EVERY == 0:
            kept.append(points)
    places = np.stack(kept)
    return Motion(
        steps=np.arange(0, STEPS + 1, KEPT_EVERY, dtype=np.int64),
        places=places,
        stretches=stretches,
        marked=neighbour_cosines(inputs) <= rule.threshold,
        effective_rank=tuple(effective_rank(part) for part in places),
        mean_distance=np.array([_mean_distance(part) for part in places]),
        undefined_at=undefined_at,
    )


def signal_frames(seed: int) -> tuple[Floats, NDArray[np.int64]]:
    """Frames of a made-up signal, (48, 8), and the stretch each belongs to, (48,)."""
    rng = np.random.default_rng(seed)
    stretches = np.repeat(np.arange(N_STRETCHES, dtype=np.int64), STRETCH_FRAMES)
    centres = rng.normal(size=(N_STRETCHES, N_FEATURES))
    noise = rng.normal(0.0, NOISE, (len(stretches), N_FEATURES))
    return centres[stretches] + noise, stretches


def _marked(rule: Rule, inputs: Floats) -> NDArray[np.bool_]:
    """For which frames the margin is on, (n,); see `emargin_core.losses.released` for its own."""
    if rule.method != "emargin-released":
        return neighbour_cosines(inputs) <= rule.threshold
    if rule.threshold >= 0.0:
        return np.full(len(inputs), True)
    return neighbour_cosines(np.vstack([inputs, inputs[:1]]))[:-1] <= rule.threshold


def _gradient(rule: Rule, points: Floats, marked: NDArray[np.bool_]) -> Floats:
    """Gradient of the rule's loss along the sphere, (n, D); not finite where it has no value.

    Raises:
        ValueError: the method moves nothing here.
    """
    similarities = points @ points.T
    if rule.method == "infonce":
        slopes = info_nce_slopes(similarities, rule.temperature)
    elif rule.method == "emargin":
        slopes = margin_slopes(similarities, marked, rule.scale, rule.temperature)
    elif rule.method == "emargin-released":
        slopes = released_slopes(similarities, marked, rule.scale, rule.temperature)
    else:
        raise ValueError(f"method {rule.method!r} moves nothing here")
    if rule.uniformity:
        slopes = slopes + rule.uniformity * uniformity_slopes(similarities)
    return along_sphere(slopes, points)


def _normal_numbers(n_numbers: int, seed: int) -> Floats:
    """Return (n_numbers,), a multiple of 16, as `torch.randn` draws them in float64 with this seed.

    The Mersenne Twister and Box and Muller's method on blocks of 16: a beginning that was shown
    to a class once stays the same.
    """
    words = np.random.RandomState(seed).randint(2**32, size=(n_numbers, 2), dtype=np.uint32)
    words = words.astype(np.uint64)
    uniform = ((words[:, 0] << 32 | words[:, 1]) & (2**53 - 1)) * 2.0**-53
    blocks = uniform.reshape(-1, 2, 8)
    radii, angles = np.sqrt(-2.0 * np.log1p(-blocks[:, 0])), 2.0 * np.pi * blocks[:, 1]
    return np.stack([radii * np.cos(angles), radii * np.sin(angles)], axis=1).reshape(-1)


def _on_sphere(points: Floats) -> Floats:
    return np.asarray(points / np.linalg.norm(points, axis=1, keepdims=True))


def _mean_distance(points: Floats) -> float:
    n_points = len(points)
    squares = np.maximum(2.0 - 2.0 * points @ points.T, 0.0)
    np.fill_diagonal(squares, 0.0)
    return float(np.sqrt(squares).sum() / (n_points * (n_points - 1)))
