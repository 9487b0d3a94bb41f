import hashlib
import subprocess
import sys
import threading
import warnings

import numpy as np
import pytest
from sklearn.datasets import load_digits
from sklearn.manifold import trustworthiness

from emargin_core.projection import umap_route
from emargin_core.projection.projection import align, project, project_aligned, sample_frames
from emargin_core.text.errors import InputError

TRUSTWORTHINESS_LOST_AT_MOST = 0.01


def blobs(n_points: int = 300, n_dimensions: int = 20, seed: int = 0) -> np.ndarray:
    random = np.random.default_rng(seed)
    centres = 3.0 * random.normal(size=(5, n_dimensions))
    noise = random.normal(size=(n_points, n_dimensions))
    return (centres[random.integers(5, size=n_points)] + noise).astype(np.float32)


def turned_and_mirrored(layout: np.ndarray, angle: float = 2.0) -> np.ndarray:
    cosine, sine = np.cos(angle), np.sin(angle)
    return layout @ np.array([[cosine, sine], [sine, -cosine]])


def test_map_is_float32_and_repeats_itself() -> None:
    first, second = project(blobs()), project(blobs())
    assert first.shape == (300, 2)
    assert first.dtype == np.float32
    np.testing.assert_array_equal(first, second)


@pytest.mark.slow
def test_new_process_with_two_threads_draws_the_same_map(tmp_path) -> None:
    points = blobs(500, 40)
    np.save(tmp_path / "points.npy", points)
    program = (
        "import hashlib, sys, numpy\n"
        "from emargin_core.projection.projection import project\n"
        "print(hashlib.sha256(project(numpy.load(sys.argv[1])).tobytes()).hexdigest())"
    )
    names = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS")
    with pytest.MonkeyPatch.context() as patch:
        for name in names:
            patch.setenv(name, "2")
        output = subprocess.run(
            [sys.executable, "-c", program, str(tmp_path / "points.npy")],
            check=True,
            capture_output=True,
            text=True,
        )
    assert output.stdout.strip() == hashlib.sha256(project(points).tobytes()).hexdigest()
    assert output.stderr == ""


def test_threads_that_project_at_once_draw_the_same_map() -> None:
    maps: list[np.ndarray] = []
    workers = [threading.Thread(target=lambda: maps.append(project(blobs()))) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert len(maps) == 4
    assert all(np.array_equal(maps[0], other) for other in maps)


def test_seed_changes_the_map() -> None:
    assert not np.array_equal(project(blobs(), seed=0), project(blobs(), seed=1))


def test_map_does_not_depend_on_place_and_size_of_the_embeddings() -> None:
    points = np.round(blobs() * 64) / 64  # exact in binary, so that moving and scaling lose nothing
    np.testing.assert_array_equal(project(points), project(4 * points + 256))


def test_map_equals_umap_from_the_same_neighbours_and_start() -> None:
    import umap

    points = umap_route.unit_box(blobs().astype(np.float64))
    indices, distances = umap_route.exact_neighbours(points, 15)
    start = umap_route.starting_layout(points[:, :2], seed=7)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = umap.UMAP(
            n_epochs=umap_route.N_EPOCHS,
            init=start,
            random_state=7,
            precomputed_knn=(indices, distances),
        )
        expected = model.fit_transform(points)
    actual = umap_route.fast_umap(points, points[:, :2], seed=7, n_neighbors=15, min_dist=0.1)
    np.testing.assert_array_equal(actual, expected)


def test_neighbours_are_exact_and_each_point_is_its_own_first() -> None:
    points = blobs(60).astype(np.float64)
    indices, distances = umap_route.exact_neighbours(points, 5)
    full = np.linalg.norm(points[:, None] - points[None], axis=2)
    np.testing.assert_array_equal(indices, np.argsort(full, axis=1)[:, :5])
    np.testing.assert_allclose(distances, np.sort(full, axis=1)[:, :5], atol=1e-6)
    assert indices.flags.owndata
    assert distances.flags.owndata


@pytest.mark.slow
def test_fast_map_is_as_trustworthy_as_stock_umap() -> None:
    import umap

    points = load_digits().data[:700].astype(np.float32)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        stock = umap.UMAP(random_state=0).fit_transform(points)
    stock_score = trustworthiness(points, stock, n_neighbors=15)
    fast_score = trustworthiness(points, project(points), n_neighbors=15)
    assert stock_score > 0.9
    assert fast_score > stock_score - TRUSTWORTHINESS_LOST_AT_MOST


@pytest.mark.parametrize("n_points", [3, 4, 14, 15, 16])
def test_few_points_are_all_neighbours(n_points: int) -> None:
    layout = project(blobs(n_points))
    assert layout.shape == (n_points, 2)
    assert np.isfinite(layout).all()
    assert len(np.unique(layout, axis=0)) == n_points


@pytest.mark.parametrize("n_points", [0, 1, 2])
def test_fewer_than_three_points_have_no_map(n_points: int) -> None:
    assert project(np.ones((n_points, 4), dtype=np.float32)) is None
    assert project_aligned(np.ones((n_points, 4)), np.zeros((n_points, 2))) is None


def test_collapsed_embedding_is_one_place() -> None:
    np.testing.assert_array_equal(project(np.full((200, 8), 0.3)), np.zeros((200, 2)))


def test_embedding_collapsed_to_two_points_is_two_places() -> None:
    layout = project(np.repeat([[1.0, 0.0], [0.0, -1.0]], 50, axis=0))
    np.testing.assert_array_equal(layout, np.repeat([[-5.0, 0.0], [5.0, 0.0]], 50, axis=0))


def test_identical_embeddings_get_the_same_place() -> None:
    points = blobs(200)
    points[50:150] = points[3]
    layout = project(points, init=np.random.default_rng(0).normal(size=(200, 2)))
    assert np.isfinite(layout).all()
    np.testing.assert_array_equal(layout[50:150], np.repeat(layout[3:4], 100, axis=0))
    assert len(np.unique(layout, axis=0)) == len(np.unique(points, axis=0))


NOISE = np.random.default_rng(0).normal(size=(120, 6))
DEGENERATE = {
    "one dimension": NOISE[:, :1],
    "on a line": np.outer(np.arange(120.0), np.ones(6)),
    "nearly collapsed": 1.0 + 1e-7 * NOISE,
    "rank one with noise": np.outer(NOISE[:, 0], np.ones(6)) + 1e-9 * NOISE,
    "tiny": 1e-38 * NOISE,
    "huge": 1e37 * NOISE,
    "far outlier": np.vstack([NOISE, np.full((1, 6), 1e6)]),
    "two clumps": np.vstack([1e-3 * NOISE, 1e3 + 1e-3 * NOISE]),
    "integers": np.round(10 * NOISE).astype(np.int64),
    "column-major": np.asfortranarray(NOISE),
    "read-only": np.broadcast_to(NOISE, NOISE.shape),
}


@pytest.mark.parametrize("case", DEGENERATE)
def test_degenerate_embedding_has_a_finite_map_without_a_word(case, capfd) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.simplefilter("ignore", ImportWarning)  # umap's own, which Python hides by default
        layout = project(DEGENERATE[case].astype(np.float32))
    assert np.isfinite(layout).all()
    assert np.ptp(layout, axis=0).min() > 0
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_value_that_is_not_finite_is_named_by_its_row(value: float) -> None:
    points = blobs(30)
    points[[4, 9], 2] = value
    with pytest.raises(InputError, match=r"embeddings: 2 of 30 rows .* first is row 4"):
        project(points)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"n_neighbors": 1}, "n_neighbors is 1"),
        ({"min_dist": 1.5}, r"min_dist is 1\.5"),
        ({"min_dist": float("nan")}, "min_dist is nan"),
        ({"seed": -1}, "seed is -1"),
        ({"init": np.zeros((29, 2))}, r"init has shape \(29, 2\); it must be \(30, 2\)"),
        ({"init": np.full((30, 2), np.nan)}, "init: 30 of 30 rows"),
    ],
)
def test_setting_out_of_range_is_named(settings, message: str) -> None:
    with pytest.raises(InputError, match=message):
        project(blobs(30), **settings)


def test_embeddings_of_another_shape_are_refused() -> None:
    with pytest.raises(InputError, match=r"embeddings has shape \(20,\)"):
        project(np.zeros(20))


def test_init_with_all_points_in_one_place_is_a_start() -> None:
    layout = project(blobs(60), init=np.zeros((60, 2)))
    assert np.ptp(layout, axis=0).min() > 1


def test_input_arrays_are_left_alone() -> None:
    points, start = blobs(60), np.random.default_rng(0).normal(size=(60, 2))
    points_before, start_before = points.copy(), start.copy()
    project_aligned(points, start)
    np.testing.assert_array_equal(points, points_before)
    np.testing.assert_array_equal(start, start_before)


def test_align_undoes_a_turn_a_mirror_and_a_shift() -> None:
    reference = np.random.default_rng(0).normal(size=(50, 2))
    moved = turned_and_mirrored(reference) + np.array([40.0, -7.0])
    np.testing.assert_allclose(align(moved, reference), reference, atol=1e-5)


def test_align_keeps_distances() -> None:
    random = np.random.default_rng(0)
    layout, reference = random.normal(size=(2, 50, 2))
    aligned = align(3 * layout, 0.1 * reference)
    before = np.linalg.norm(3 * (layout[:, None] - layout[None]), axis=2)
    after = np.linalg.norm(aligned[:, None] - aligned[None], axis=2)
    np.testing.assert_allclose(after, before, atol=1e-4)
    np.testing.assert_allclose(aligned.mean(axis=0), 0.1 * reference.mean(axis=0), atol=1e-5)


def test_align_to_a_single_place_centres_there() -> None:
    aligned = align(np.random.default_rng(0).normal(size=(50, 2)), np.full((50, 2), 3.0))
    np.testing.assert_allclose(aligned.mean(axis=0), [3.0, 3.0], atol=1e-5)


def test_align_refuses_another_number_of_points() -> None:
    with pytest.raises(InputError, match=r"reference has shape \(4, 2\); it must be \(5, 2\)"):
        align(np.zeros((5, 2)), np.zeros((4, 2)))


def test_aligned_map_lies_nearer_to_its_reference_than_a_map_drawn_alone() -> None:
    points = blobs(600, 40)
    reference = turned_and_mirrored(project(points)) + 100.0
    moved = points + 0.3 * np.random.default_rng(1).normal(size=points.shape).astype(np.float32)
    drawn_alone = project(moved, init=np.random.default_rng(2).normal(size=(600, 2)))

    def distance(layout: np.ndarray) -> float:
        return float(np.linalg.norm(layout - reference, axis=1).mean())

    assert distance(project_aligned(moved, reference)) < 0.5 * distance(
        align(drawn_alone, reference)
    )


def test_sample_keeps_all_frames_up_to_the_limit() -> None:
    labels = np.array([2, 2, -1, 0])
    sample = sample_frames(labels, limit=4)
    np.testing.assert_array_equal(sample, [0, 1, 2, 3])
    assert sample.dtype == np.int64


def test_sample_gives_small_classes_all_and_the_others_equal_shares() -> None:
    labels = np.random.default_rng(0).permutation(np.repeat([-1, 0, 1, 5], [400, 1000, 20, 5000]))
    sample = sample_frames(labels, limit=620)
    counts = dict(zip(*np.unique(labels[sample], return_counts=True), strict=True))
    assert counts == {-1: 200, 0: 200, 1: 20, 5: 200}
    assert np.all(np.diff(sample) > 0)


@pytest.mark.parametrize("limit", [1, 2, 3, 7, 100, 3000])
def test_sample_has_exactly_limit_frames(limit: int) -> None:
    labels = np.random.default_rng(1).integers(-1, 6, size=5000)
    assert sample_frames(labels, limit=limit).shape == (limit,)


def test_sample_depends_on_labels_and_seed_only() -> None:
    labels = np.random.default_rng(2).integers(0, 3, size=9000)
    np.testing.assert_array_equal(sample_frames(labels), sample_frames(labels.astype(np.int8)))
    assert not np.array_equal(sample_frames(labels), sample_frames(labels, seed=1))


def test_sample_of_no_frames_is_empty() -> None:
    assert sample_frames(np.array([], dtype=np.int64)).shape == (0,)


def test_sample_refuses_a_limit_below_one_and_labels_of_another_shape() -> None:
    with pytest.raises(InputError, match="limit is 0"):
        sample_frames(np.zeros(3, dtype=np.int64), limit=0)
    with pytest.raises(InputError, match=r"labels has shape \(3, 1\)"):
        sample_frames(np.zeros((3, 1), dtype=np.int64))
