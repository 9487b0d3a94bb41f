"""Every metric of the table against the same questions: range, invariances, degenerate input."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from emargin_core.evaluation import clustering, network_probes, probe, scores
from emargin_core.evaluation.geometry import geometry
from emargin_core.evaluation.metric_table import METRICS

Row = Callable[[np.ndarray, np.ndarray], float | None]


def _cloud(n_points: int = 90) -> tuple[np.ndarray, np.ndarray]:
    """Three blobs, every ninth frame with the label of another, so that no score is perfect."""
    rng = np.random.default_rng(3)
    labels = rng.integers(3, size=n_points)
    centres = 3.0 * np.eye(3, 6)
    points = centres[labels] + 0.6 * rng.normal(size=(n_points, 6)) * [1, 1, 1, 0.5, 0.3, 0.2]
    labels[::9] = (labels[::9] + 1) % 3
    return points.astype(np.float32), labels


def _against_found(score: Callable[[np.ndarray, np.ndarray], float | None]) -> Row:
    return lambda x, y: score(y, clustering.kmeans_clusters(x, 3, seed=0))


def _held_out(
    classify: Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray | None],
    score: Callable[[np.ndarray, np.ndarray], float | None] = scores.accuracy,
) -> Row:
    def row(x: np.ndarray, y: np.ndarray) -> float | None:
        found = classify(x[::2], y[::2], x[1::2])
        return None if found is None else score(y[1::2], found)

    return row


def _neighbours(x: np.ndarray) -> np.ndarray:
    return np.stack([np.arange(len(x) - 1), np.arange(1, len(x))], axis=1)


_paper = _held_out(
    lambda x, y, t: network_probes.paper_probe(x, y, t, 0, int(y.max(initial=0)) + 1)
)
_mlp = _held_out(lambda x, y, t: network_probes.mlp_probe(x, y, t, 0))

ROWS: dict[str, Row] = {
    "clustering.davies_bouldin": clustering.davies_bouldin,
    "clustering.silhouette": clustering.silhouette,
    "clustering.calinski_harabasz": clustering.calinski_harabasz,
    "clustering.nmi": _against_found(clustering.normalized_mutual_info),
    "clustering.ari": _against_found(clustering.adjusted_rand),
    "clustering.davies_bouldin_true": clustering.davies_bouldin,
    "clustering.silhouette_true": clustering.silhouette,
    "clustering.largest_cluster_share": lambda x, y: clustering.largest_cluster_share(
        clustering.kmeans_clusters(x, 3, seed=0)
    ),
    "probe.accuracy": _held_out(probe.converged_probe),
    "probe.balanced_accuracy": _held_out(probe.converged_probe, scores.balanced_accuracy),
    "probe.macro_f1": _held_out(probe.converged_probe, scores.macro_f1),
    "probe.paper_accuracy": _paper,
    "probe.knn_accuracy": _held_out(probe.knn_probe),
    "probe.mlp_accuracy": _mlp,
    "geometry.effective_rank": lambda x, y: geometry.effective_rank(x),
    "geometry.alignment": lambda x, y: geometry.alignment(x, _neighbours(x)),
    "geometry.uniformity": lambda x, y: geometry.uniformity(x),
    "geometry.stable_rank": lambda x, y: geometry.stable_rank(x),
    "geometry.nesum": lambda x, y: geometry.nesum(x),
    "geometry.alpha_req": lambda x, y: geometry.alpha_req(x),
    "geometry.self_clustering": lambda x, y: geometry.self_clustering(x),
    "geometry.intrinsic_dimension": lambda x, y: geometry.intrinsic_dimension(x),
    "geometry.cluster_learnability": geometry.cluster_learnability,
    "geometry.scatter_ratio": geometry.scatter_ratio,
    "geometry.variance_share_1": lambda x, y: geometry.variance_share(x, 1),
    "geometry.variance_share_2": lambda x, y: geometry.variance_share(x, 2),
    "geometry.variance_share_5": lambda x, y: geometry.variance_share(x, 5),
}

_ones = np.ones((30, 6), dtype=np.float32)
_classes = np.arange(30) % 3
_nan = _cloud()[0].copy()
_nan[4, 2] = np.nan
_inf = _cloud()[0].copy()
_inf[4, 2] = np.inf

DEGENERATE: dict[str, tuple[np.ndarray, np.ndarray]] = {
    "no points": (np.empty((0, 6), dtype=np.float32), np.empty(0, dtype=np.int64)),
    "one point": (_ones[:1], _classes[:1]),
    "two points": (np.eye(2, 6, dtype=np.float32), _classes[:2]),
    "identical points": (_ones, _classes),
    "all zero": (0 * _ones, _classes),
    "one class": (_cloud()[0], np.zeros(90, dtype=np.int64)),
    "no labels": (_cloud()[0], np.full(90, -1)),
    "NaN": (_nan, _cloud()[1]),
    "infinity": (_inf, _cloud()[1]),
}

LABEL_FREE = [path for path, metric in METRICS.items() if path.startswith("geometry")]
NEEDS_CLASSES = {"geometry.cluster_learnability", "geometry.scatter_ratio"}
PROBES = [path for path in METRICS if path.startswith("probe")]
ANY_VALUE = object()

# What is defined on degenerate input; everything else must be None.
_no_structure = {
    "clustering.nmi": 0.0,
    "clustering.ari": 0.0,
    "clustering.largest_cluster_share": 1.0,
}
_guessing = dict.fromkeys(PROBES, ANY_VALUE)
_cloud_alone = dict.fromkeys([p for p in LABEL_FREE if p not in NEEDS_CLASSES], ANY_VALUE) | {
    "clustering.largest_cluster_share": ANY_VALUE
}
DEFINED: dict[str, dict[str, object]] = {
    "no points": {},
    "one point": {"clustering.largest_cluster_share": 1.0, "geometry.stable_rank": 1.0},
    "two points": {
        "clustering.largest_cluster_share": 0.5,
        "geometry.effective_rank": 1.0,
        "geometry.nesum": 1.0,
        "geometry.stable_rank": 2.0,
        "geometry.alignment": 2.0,
        "geometry.uniformity": -4.0,
        "geometry.self_clustering": -0.2,
        "geometry.variance_share_1": 1.0,
        "geometry.variance_share_2": 1.0,
        "geometry.variance_share_5": 1.0,
    },
    "identical points": _no_structure
    | _guessing
    | {"geometry.uniformity": 0.0, "geometry.stable_rank": 1.0, "geometry.self_clustering": 1.0},
    "all zero": _no_structure | {p: ANY_VALUE for p in PROBES if p != "probe.knn_accuracy"},
    "one class": _cloud_alone,
    "no labels": _cloud_alone,
    "NaN": _no_structure,
    "infinity": _no_structure,
}


def _turn(size: int) -> np.ndarray:
    return np.linalg.qr(np.random.default_rng(5).normal(size=(size, size)))[0]


CHANGES: dict[str, Callable[[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]] = {
    "rotation": lambda x, y: (x @ _turn(x.shape[1]), y),
    "scale": lambda x, y: (x * 1e-6, y),
    "shift": lambda x, y: (x + 2.5, y),
    "duplication": lambda x, y: (np.repeat(x, 2, axis=0), np.repeat(y, 2)),
    "relabelling": lambda x, y: (x, np.array([2, 0, 1])[y]),
}


def test_every_metric_of_the_table_has_a_test_row():
    assert set(ROWS) == set(METRICS)


def test_every_public_metric_function_is_in_the_table_or_named_here():
    helpers = {
        "clustering.kmeans_clusters",
        "clustering.mean_silhouette",
        "clustering.silhouette_values",
        "geometry.singular_values",
        "geometry.spectral_slope",
        "probe.label_fraction_curve",
        "probe.ridge_probe",
        "probe.standardised",
        "probe.usable_task",
        "scores.accuracy",
        "scores.confusion",
        "scores.per_class_recall",
    }
    public = {
        f"{module.__name__.rsplit('.', 1)[1]}.{name}"
        for module in (clustering, geometry, network_probes, probe, scores)
        for name, value in vars(module).items()
        if callable(value)
        and not name.startswith("_")
        and getattr(value, "__module__", "").startswith("emargin_core.evaluation")
        and (module is geometry or value.__module__ == module.__name__)
    }
    assert public - helpers == {metric.function for metric in METRICS.values()}


def test_the_table_is_complete_and_light():
    for path, metric in METRICS.items():
        assert metric.path == path
        assert metric.low < metric.high
        assert metric.title
        assert str(metric.meaning).endswith(".")
        assert metric.label_free is (
            not path.startswith("probe")
            and not path.endswith(("nmi", "ari", "_true", "scatter_ratio"))
        )


def test_the_documentation_names_every_metric_and_its_meaning():
    text = (Path(__file__).parents[3] / "docs" / "metrics.md").read_text(encoding="utf-8")
    for path, metric in METRICS.items():
        assert f"| `{path.split('.')[1]}` | {metric.title} |" in text
        assert str(metric.meaning) in text


@pytest.mark.parametrize("path", METRICS)
def test_value_lies_in_its_range(path):
    value = ROWS[path](*_cloud())
    assert type(value) is float
    assert METRICS[path].low <= value <= METRICS[path].high


@pytest.mark.parametrize(
    ("path", "change"),
    [(path, change) for path, metric in METRICS.items() for change in sorted(metric.invariances)],
)
def test_value_is_invariant(path, change):
    points, labels = _cloud()
    points = points.astype(np.float64)
    found = ROWS[path](points, labels)
    changed = ROWS[path](*CHANGES[change](points, labels))
    assert changed == pytest.approx(found, rel=1e-6, abs=1e-9)


@pytest.mark.parametrize("case", DEGENERATE)
@pytest.mark.parametrize("path", METRICS)
@pytest.mark.filterwarnings("error")
def test_degenerate_input_gives_none_or_the_stated_value(path, case):
    value = ROWS[path](*DEGENERATE[case])
    expected = DEFINED[case].get(path)
    if expected is None:
        assert value is None
    elif expected is ANY_VALUE:
        assert METRICS[path].low <= value <= METRICS[path].high
    else:
        assert value == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("path", METRICS)
def test_same_input_same_value(path):
    assert ROWS[path](*_cloud()) == ROWS[path](*_cloud())


@pytest.mark.parametrize("path", ["clustering.silhouette", "geometry.scatter_ratio"])
def test_wrong_shapes_are_refused(path):
    with pytest.raises(ValueError, match="one value for each of 90 frames"):
        ROWS[path](_cloud()[0], np.zeros(3, dtype=np.int64))
    with pytest.raises(ValueError, match="expected embeddings"):
        ROWS[path](np.zeros(5), np.zeros(5, dtype=np.int64))
