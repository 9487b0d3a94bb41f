"""Watching a training: pictures and quick metrics of a sample of the held-out frames, as it goes.

What is watched is not changed by it: no random number is drawn from the training's generators, and
the weights are only read.
"""

import logging
import time
from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from emargin_core.datasets.splits import Split
from emargin_core.evaluation import clustering, probe, scores
from emargin_core.evaluation.checks import labelled, sample_rows
from emargin_core.evaluation.geometry import geometry
from emargin_core.evaluation.metric_table import (
    ACCURACY,
    DAVIES_BOULDIN,
    EFFECTIVE_RANK,
    SILHOUETTE,
)
from emargin_core.projection.projection import project, project_aligned, sample_frames, warm
from emargin_core.store.snapshots import MAX_POINTS, Snapshot, added, in_square
from emargin_core.training.encoders import embed

PROBE_FRAMES = 3_000
EPOCHS = 30
"""UMAP's epochs, from the layout before; a map of its own gets 200."""
STARTS = 3
"""Of k-means; a run's own clusters are the best of more."""
MAX_SHARE = 0.15
"""Of the processor's time that the training takes by itself, what watching may take: less than a
fifth, since a step after a snapshot finds its data no longer at hand."""
CLOCK_TICK_S = 0.016
"""Less than this, some systems cannot tell of a process's time."""
INTERVAL_S = 0.9
"""Least time between two snapshots."""
DENSER_AT_FIRST = 1.5
"""Exponent of their places in the training, of which most happens early."""

OnSnapshot = Callable[[Snapshot], None]

log = logging.getLogger(__name__)


class Watcher:
    """Takes snapshots of an encoder while `fit` trains it; an `on_step` of `fit`.

    The first is taken before the first step, the last after the last one. As many lie between them
    as can be had for MAX_SHARE of the training's own time, but no more than one a second.

    Args:
        split: the frames that train and those that are held out.
        iterations: steps of the training; n_clusters, seed: as the run's own clusters and map have.
        on_snapshot: told each snapshot.
    """

    def __init__(
        self, split: Split, iterations: int, n_clusters: int, seed: int, on_snapshot: OnSnapshot
    ) -> None:
        sample = sample_frames(split.test.labels, MAX_POINTS)
        known = np.flatnonzero(labelled(split.train.labels))
        rows = known[sample_rows(len(known), PROBE_FRAMES, seed)]
        self.snapshots: tuple[Snapshot, ...] = ()
        """Those that are kept with the run."""
        self._test = torch.from_numpy(split.test.inputs[sample])
        self._labels = split.test.labels[sample]
        self._train = torch.from_numpy(split.train.inputs[rows])
        self._train_labels = split.train.labels[rows]
        self._iterations, self._n_clusters, self._seed = iterations, n_clusters, seed
        self._on_snapshot = on_snapshot
        self._layout: NDArray[np.float32] | None = None
        warm()  # the run's own map needs it too, so it is none of the cost
        self._n_later = 0
        self._failed = False
        self._began = self._last = self._spent = self._cost = 0.0

    def __call__(self, step: int, encoder: nn.Module) -> None:
        """Take a snapshot after this step if it is time for one."""
        now = time.process_time()
        if self._failed:
            return
        if step == 0:
            self._began = now
        elif self._due(step, now):
            self._n_later += 1
        else:
            return
        was_training = encoder.training
        try:
            snapshot = self._take(step, encoder)
        except Exception:  # whatever it is, the training that is watched goes on
            log.exception("the training is watched no further, from step %d on", step)
            self._failed = True
            return
        finally:
            encoder.train(was_training)
        self.snapshots = added(self.snapshots, snapshot)
        self._on_snapshot(snapshot)
        self._last = time.monotonic()
        self._cost = max(CLOCK_TICK_S, time.process_time() - now)
        self._spent += self._cost

    def _due(self, step: int, now: float) -> bool:
        """Whether the next of the snapshots that can be afforded has its place here or before."""
        share = step / self._iterations
        trained = now - self._began - self._spent
        affordable = int((MAX_SHARE * trained / share - self._spent) / self._cost)
        if step == self._iterations or affordable < 1:
            return affordable >= 1
        place = ((self._n_later + 1) / (self._n_later + affordable)) ** DENSER_AT_FIRST
        return share >= place and time.monotonic() - self._last >= INTERVAL_S

    def _take(self, step: int, encoder: nn.Module) -> Snapshot:
        test = embed(encoder, self._test).numpy()
        clusters = clustering.kmeans_clusters(test, self._n_clusters, self._seed, STARTS)
        return Snapshot(
            step=step,
            steps=self._iterations,
            values={
                DAVIES_BOULDIN: clustering.davies_bouldin(test, clusters),
                SILHOUETTE: clustering.silhouette(test, clusters),
                ACCURACY: self._accuracy(encoder, test),
                EFFECTIVE_RANK: geometry.effective_rank(geometry.singular_values(test)),
            },
            layout=self._placed(test),
            labels=self._labels.astype(np.int16),
        )

    def _accuracy(self, encoder: nn.Module, test: NDArray[np.float32]) -> float | None:
        known = labelled(self._labels)
        if not known.any() or not len(self._train):
            return None
        train = embed(encoder, self._train).numpy()
        found = probe.ridge_probe(train, self._train_labels, test[known])
        return None if found is None else scores.accuracy(self._labels[known], found)

    def _placed(self, test: NDArray[np.float32]) -> NDArray[np.uint16]:
        """The layout continued from the last one, in whole steps of its square."""
        if not np.isfinite(test).all():
            layout = self._layout
        elif self._layout is None:
            layout = project(test, seed=self._seed, n_epochs=EPOCHS)
        else:
            layout = project_aligned(test, self._layout, self._seed, n_epochs=EPOCHS)
        if layout is None:
            layout = np.zeros((len(test), 2), dtype=np.float32)
        self._layout = layout
        return in_square(layout)
