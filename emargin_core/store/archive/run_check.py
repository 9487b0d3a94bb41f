"""Whether a run from elsewhere is honest: what can be worked out from its own frames is."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from emargin_core.config import make_config
from emargin_core.evaluation import scores
from emargin_core.evaluation.collapse import find_collapse
from emargin_core.evaluation.geometry.spectrum import effective_rank
from emargin_core.evaluation.metric_table import METRICS
from emargin_core.evaluation.uncertainty import N_REPLICATES
from emargin_core.store.result import Result, metric_paths
from emargin_core.store.result_files import UNREADABLE, from_files
from emargin_core.text.errors import InputError
from emargin_core.text.message import Message, Text
from emargin_core.text.plain_text import quoted

MAX_DIRECTIONS = 100_000
TOLERANCE = 1e-6


def checked_run(files: Mapping[str, bytes], run_id: str) -> Result:
    """Read a run from untrusted files.

    Beyond its form, what can be worked out from its own frames is: its name from its settings,
    its accuracy, clusters' scores, effective rank and collapse. What needs the embedding, such as
    Davies-Bouldin, cannot be.

    Raises:
        InputError: something is missing, out of bounds or contradicts itself; one sentence.
    """
    try:
        result = from_files(files, run_id)
        fault = _fault(result)
    except (*UNREADABLE, MemoryError) as error:
        fault = quoted(error, 160)
    if fault is not None:
        raise InputError("run {run_id} cannot be taken: {fault}", run_id=run_id, fault=fault)
    return result


def _fault(result: Result) -> Text | None:
    """What is wrong with a run of the right form; None if nothing is found."""
    config = make_config(**{k: v for k, v in result.config.items() if v is not None})
    if config.canonical() != {"clusters": None} | result.config:
        return Message("its settings are not those that its method reads")
    if config.run_id(result.data["fingerprint"]) != result.run_id:
        return Message(
            "its name does not belong to its settings; another version made it, or it was altered"
        )
    if not set(metric_paths(result.metrics)) <= set(METRICS):
        return Message("it has measures that are not known here")
    if any(
        path not in METRICS or values.shape != (N_REPLICATES,)
        for path, values in result.replicates.items()
    ):
        return Message("its resampled measures have another form")
    if len(result.spectrum) > MAX_DIRECTIONS:
        return Message("its spectrum has another form")
    if (result.spectrum < 0).any():
        return Message("its spectrum has numbers below zero or none at all")
    if not all(np.isfinite(array).all() for array in result.encoder.values()):
        return Message("its encoder has numbers that are not finite")
    return _fault_in_scores(result)


def _fault_in_scores(result: Result) -> Text | None:
    claims = {path: result.metric(path) for path in metric_paths(result.metrics)}
    for path, expected in _worked_out(result.frames, result.spectrum).items():
        claimed = claims.get(path)
        if (claimed is None) != (expected is None) or (
            claimed is not None and expected is not None and abs(claimed - expected) > TOLERANCE
        ):
            return Message(
                "its {term} is not what its own frames give; it was altered",
                term=METRICS[path].term,
            )
    collapse = find_collapse(
        effective_rank=claims.get("geometry.effective_rank"),
        davies_bouldin=claims.get("clustering.davies_bouldin"),
        silhouette=claims.get("clustering.silhouette"),
        largest_cluster_share=claims.get("clustering.largest_cluster_share"),
    )
    if (collapse is None) != (result.collapse_reason is None):
        return Message("its numbers contradict what it says about a collapse")
    return None


def _worked_out(frames: pd.DataFrame, spectrum: Any) -> dict[str, float | None]:
    from emargin_core.evaluation import clustering  # scikit-learn, only where a run is taken in

    labels, clusters = frames["label"].to_numpy(), frames["cluster"].to_numpy()
    predicted = frames["predicted"].to_numpy()
    known = labels >= 0
    probed = bool(known.any()) and bool((predicted >= 0).all())
    return {
        "probe.accuracy": scores.accuracy(labels[known], predicted[known]) if probed else None,
        "clustering.silhouette": clustering.mean_silhouette(frames["silhouette"].to_numpy()),
        "clustering.largest_cluster_share": clustering.largest_cluster_share(clusters),
        "clustering.nmi": clustering.normalized_mutual_info(labels, clusters),
        "geometry.effective_rank": effective_rank(spectrum),
    }
