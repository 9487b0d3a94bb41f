"""The comparison as stock libraries do it, with the authors' arithmetic: the counterpart of ours.

One process, one step after the other, torch's own number of threads, gradients by autograd; then
scikit-learn's k-means, indices and logistic regression, the paper's linear probe, `umap.UMAP()`.
Data, frames, encoder and batches are the pipeline's.
"""

import json
import sys
from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from benchmarks.plain_losses import plain_info_nce, plain_released
from emargin_core.config import ExperimentConfig, make_config
from emargin_core.datasets.frames import Frames
from emargin_core.datasets.registry import load_dataset
from emargin_core.datasets.splits import Split, make_split
from emargin_core.training.encoders import embed, make_encoder
from emargin_core.training.fit import WindowSampler

MAP_FRAMES = 3_000
PROBE_EPOCHS = 10
PROBE_BATCH = 256
PROBE_RATE = 1e-3

Loss = Callable[[Tensor, Tensor], Tensor]
Embeddings = NDArray[np.float32]


def compare_by_stock(dataset: str, iterations: int, seed: int) -> dict[str, dict[str, float]]:
    """Train both encoders one after the other, measure and map each; metrics by method."""
    config = make_config(dataset=dataset, iterations=iterations, seed=seed)
    losses: dict[str, Loss] = {
        "infonce": lambda z, _: plain_info_nce(z, config.temperature),
        "emargin": lambda z, x: plain_released(
            z, x, config.threshold, config.scale, config.temperature
        ),
    }
    data = load_dataset(config.dataset)
    split = make_split(data)
    return {
        name: _measure(config, split, len(data.class_names), loss) for name, loss in losses.items()
    }


def draw_map(points: Embeddings) -> None:
    """Map the points as umap does by default."""
    import umap

    umap.UMAP().fit_transform(points)


def _measure(
    config: ExperimentConfig, split: Split, n_classes: int, loss: Loss
) -> dict[str, float]:
    from emargin_core.projection.projection import sample_frames

    encoder = _trained(config, split.train, loss)
    train = embed(encoder, torch.from_numpy(split.train.inputs)).numpy()
    test = embed(encoder, torch.from_numpy(split.test.inputs)).numpy()
    found = _cluster_indices(test, n_classes, config.seed)
    found |= _probes(split, train, test, n_classes)
    draw_map(test[sample_frames(split.test.labels, MAP_FRAMES)])
    return found


def _trained(config: ExperimentConfig, frames: Frames, loss: Loss) -> nn.Module:
    encoder = make_encoder(frames.inputs.shape[1], config.seed)
    inputs = torch.from_numpy(frames.inputs)
    sampler = WindowSampler(frames, config.batch_windows, config.window_frames, config.seed)
    optimiser = torch.optim.AdamW(encoder.parameters(), lr=config.learning_rate)
    encoder.train()
    for _ in range(config.iterations):
        batch = inputs[sampler.draw()[0]]
        optimiser.zero_grad()
        loss(encoder(batch), batch).backward()
        optimiser.step()
    return encoder


def _cluster_indices(test: Embeddings, n_classes: int, seed: int) -> dict[str, float]:
    from sklearn.cluster import KMeans
    from sklearn.metrics import davies_bouldin_score, silhouette_score

    clusters = KMeans(n_classes, n_init=10, random_state=seed).fit_predict(test)
    return {
        "davies_bouldin": float(davies_bouldin_score(test, clusters)),
        "silhouette": float(silhouette_score(test, clusters)),
    }


def _probes(split: Split, train: Embeddings, test: Embeddings, n_classes: int) -> dict[str, float]:
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    converged = make_pipeline(StandardScaler(), LogisticRegression(max_iter=5_000))
    converged.fit(train, split.train.labels)
    layer = nn.Linear(train.shape[1], n_classes)
    optimiser = torch.optim.Adam(layer.parameters(), lr=PROBE_RATE)
    points, labels = torch.from_numpy(train), torch.from_numpy(split.train.labels)
    for _ in range(PROBE_EPOCHS):
        for rows in torch.randperm(len(points)).split(PROBE_BATCH):
            optimiser.zero_grad()
            nn.functional.cross_entropy(layer(points[rows]), labels[rows]).backward()
            optimiser.step()
    with torch.no_grad():
        predicted = layer(torch.from_numpy(test)).argmax(dim=1).numpy()
    return {
        "accuracy": float(converged.score(test, split.test.labels)),
        "paper_accuracy": float(np.mean(predicted == split.test.labels)),
    }


def _serve(dataset: str, iterations: int) -> None:
    """Answer each line on standard input: a number is a seed to compare, 'map' a small map."""
    for line in sys.stdin:
        if line.strip() == "map":
            draw_map(np.random.default_rng(0).normal(size=(200, 8)).astype(np.float32))
            answer = {}
        else:
            answer = compare_by_stock(dataset, iterations, int(line))
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    _serve(sys.argv[1], int(sys.argv[2]))
