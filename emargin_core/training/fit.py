"""Training an encoder with a contrastive loss on windows of neighbouring frames; no metrics."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from emargin_core.config import METHODS, ExperimentConfig
from emargin_core.datasets.frames import Frames
from emargin_core.losses import build_loss
from emargin_core.losses.uniformity import uniformity_loss
from emargin_core.losses.variance_covariance import variance_covariance_loss
from emargin_core.text.errors import InputError, TrainingDivergedError
from emargin_core.training.adamw import FlatAdamW
from emargin_core.training.progress import OnProgress, Progress, ShouldStop, check_stop

REPORT_EVERY = 10

OnStep = Callable[[int, nn.Module], None]
"""Told how many steps were made, and the encoder, which it only reads."""


@dataclass
class History:
    """Loss of every step (None where it was not finite).

    For a method kept for audits: in how many steps the loss was not finite, and in how many the
    gradient was not, so that the step could not be made.
    """

    loss: list[float | None] = field(default_factory=list)
    non_finite_steps: int = 0
    skipped_steps: int = 0


class WindowSampler:
    """Draws windows of neighbouring frames from recordings, every possible start equally likely.

    A recording shorter than a window gives all its frames as one window. A window may hold several
    segments of its recording.
    """

    def __init__(self, frames: Frames, n_windows: int, length: int, seed: int) -> None:
        lengths = np.bincount(frames.recording, minlength=len(frames.recording_ids))
        ends = np.cumsum(lengths)
        self._windows = np.concatenate(
            [
                _windows(end - n, end, length)
                for n, end in zip(lengths.tolist(), ends.tolist(), strict=True)
            ]
        )
        if len(self._windows) == 0:
            raise InputError("every training recording is shorter than two frames")
        self._segment = frames.segment
        self._n_windows = n_windows
        self._rng = np.random.default_rng(seed)

    def draw(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return frame indices (n,) and the segment each belongs to (n,), as one batch.

        Frames of two windows, or of two segments of a recording, have different segments.
        """
        chosen = self._windows[self._rng.integers(len(self._windows), size=self._n_windows)]
        indices = np.concatenate([np.arange(begin, end) for begin, end in chosen])
        windows = np.repeat(np.arange(self._n_windows), chosen[:, 1] - chosen[:, 0])
        return indices, _joint_numbers(windows, self._segment[indices])


def _joint_numbers(windows: NDArray[np.int64], segments: NDArray[np.int64]) -> NDArray[np.int64]:
    """Number the runs of frames that share both window and segment, (n,)."""
    new = (np.diff(windows) != 0) | (np.diff(segments) != 0)
    return np.concatenate([[0], np.cumsum(new)]).astype(np.int64)


def _windows(first: int, end: int, length: int) -> NDArray[np.int64]:
    """All windows within frames first..end-1 as (n_windows, 2) begin and end; one frame: none."""
    if end - first < 2:
        return np.empty((0, 2), dtype=np.int64)
    begins = np.arange(first, max(first, end - length) + 1)
    return np.stack([begins, np.minimum(begins + length, end)], axis=1)


def fit(
    encoder: nn.Module,
    config: ExperimentConfig,
    frames: Frames,
    on_progress: OnProgress | None = None,
    should_stop: ShouldStop | None = None,
    on_step: OnStep | None = None,
) -> History:
    """Train the encoder in place with AdamW; the same arguments give the same weights.

    An untrained method only measures the batch statistics its batch norm needs. `on_step` is told
    before the first step and after each one.

    Raises:
        TrainingDivergedError: loss or gradient became NaN or infinite (unless the method is kept
            for audits, where such steps are counted and skipped).
        CancelledError: should_stop returned True; it is asked at every tenth step.
    """
    inputs = torch.from_numpy(frames.inputs)
    labels = torch.from_numpy(frames.labels)
    method = METHODS[config.method]
    if not method.trains:
        _measure_batch_statistics(encoder, inputs)
        return History()
    loss_function = build_loss(
        config.method,
        threshold=config.threshold,
        scale=config.scale,
        temperature=config.temperature,
        double=config.double,
    )
    assert loss_function is not None
    sampler = WindowSampler(frames, config.batch_windows, config.window_frames, config.seed)
    optimiser = FlatAdamW(encoder, config.learning_rate)
    history = History()
    encoder.train()
    if on_step is not None:
        on_step(0, encoder)
    started = time.perf_counter()
    for step in range(config.iterations):
        if step % REPORT_EVERY == 0:
            check_stop(should_stop)
        indices, segments = sampler.draw()
        batch = inputs[indices]
        embeddings = encoder(batch)
        loss = loss_function(
            embeddings, batch, torch.from_numpy(segments), labels[indices]
        ) + _regularisation(embeddings, config)
        optimiser.zero_grad()
        loss.backward()
        value = loss.item()
        finite_loss = np.isfinite(value)
        finite_gradient = bool(torch.isfinite(optimiser.gradient.norm()))
        if not (finite_loss and finite_gradient) and not method.tolerates_non_finite:
            raise TrainingDivergedError(
                "the gradient became infinite or NaN in step {step} of {iterations} with {config}"
                if finite_loss
                else "the loss became infinite or NaN in step {step} of {iterations} with {config}",
                step=step + 1,
                iterations=config.iterations,
                config=_settings(config),
            )
        history.loss.append(value if finite_loss else None)
        history.non_finite_steps += not finite_loss
        history.skipped_steps += not finite_gradient
        if finite_gradient:
            optimiser.step()
        if on_step is not None:
            on_step(step + 1, encoder)
        if on_progress is not None and (step % REPORT_EVERY == 0 or step + 1 == config.iterations):
            on_progress(_progress(step + 1, config.iterations, history.loss[-1], started))
    return history


def _regularisation(embeddings: Tensor, config: ExperimentConfig) -> Tensor | float:
    penalty: Tensor | float = 0.0
    if config.uniformity > 0:
        penalty = config.uniformity * uniformity_loss(embeddings)
    if config.variance_covariance > 0:
        penalty = penalty + config.variance_covariance * variance_covariance_loss(embeddings)
    return penalty


@torch.no_grad()
def _measure_batch_statistics(encoder: nn.Module, inputs: Tensor) -> None:
    for module in encoder.modules():
        if isinstance(module, nn.BatchNorm1d):
            module.momentum = None  # a plain average over the passes
            module.reset_running_stats()
    encoder.train()
    encoder(inputs)


def _progress(step: int, steps: int, loss: float | None, started: float) -> Progress:
    per_step = (time.perf_counter() - started) / step
    return Progress("training", step / steps, step, steps, loss, per_step * (steps - step))


def _settings(config: ExperimentConfig) -> str:
    used = {name: value for name, value in config.canonical().items() if value is not None}
    return ", ".join(f"{name} {value}" for name, value in used.items())
