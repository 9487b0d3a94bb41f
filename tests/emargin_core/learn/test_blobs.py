"""Each lesson of the blobs is what the real metrics say of them."""

import numpy as np
import pytest
from sklearn.metrics import davies_bouldin_score, silhouette_score

from emargin_core.learn.blobs import Blobs, scene

TIDY = {"width": 0.4, "distance": 3.0}
CLOUD = {"width": 1.0, "distance": 0.0}


@pytest.mark.parametrize(
    ("blobs", "reading"),
    [
        (Blobs(**TIDY, agreement=1.0, follows="groups"), "honest"),
        (Blobs(**TIDY, agreement=1.0, follows="cut"), "unrelated"),
        (Blobs(**TIDY, agreement=0.0, follows="groups"), "pretty"),
        (Blobs(**CLOUD, agreement=1.0, follows="cut"), "ugly"),
        (Blobs(**CLOUD, agreement=1.0, follows="groups"), "poor"),
        (Blobs(width=0.0, distance=0.0, agreement=1.0, follows="groups"), "collapsed"),
    ],
)
def test_reading(blobs, reading):
    assert scene(blobs).reading == reading


def test_scores_of_clusters_do_not_see_the_labels():
    agree = scene(Blobs(**TIDY, agreement=1.0, follows="groups"))
    not_at_all = scene(Blobs(**TIDY, agreement=0.0, follows="groups"))
    assert agree.davies_bouldin == not_at_all.davies_bouldin
    assert agree.silhouette == not_at_all.silhouette
    assert agree.accuracy > 0.95
    assert abs(not_at_all.accuracy - 1 / 3) < 0.06


def test_scores_are_those_of_the_reference():
    found = scene(Blobs(width=0.8, distance=2.0, agreement=1.0, follows="groups"))
    assert found.davies_bouldin == pytest.approx(davies_bouldin_score(found.points, found.clusters))
    assert found.silhouette == pytest.approx(silhouette_score(found.points, found.clusters))
    by_hand = max(
        (found.widths[0] + found.widths[k]) / np.linalg.norm(found.centres[0] - found.centres[k])
        for k in (1, 2)
    )
    others = [
        max(
            (found.widths[i] + found.widths[k])
            / np.linalg.norm(found.centres[i] - found.centres[k])
            for k in range(3)
            if k != i
        )
        for i in (1, 2)
    ]
    assert found.davies_bouldin == pytest.approx(np.mean([by_hand, *others]))


def test_one_point_is_undefined_where_the_stock_index_is_perfect():
    found = scene(Blobs(width=0.0, distance=0.0, agreement=1.0, follows="groups"))
    assert found.stock_davies_bouldin == 0.0
    assert found.davies_bouldin is None
    assert found.silhouette is None
    assert abs(found.accuracy - 1 / 3) < 0.06


def test_three_points_are_perfect_for_a_reason():
    found = scene(Blobs(width=0.0, distance=2.0, agreement=1.0, follows="groups"))
    assert found.davies_bouldin == 0.0
    assert found.silhouette == 1.0
    assert found.accuracy == 1.0


def test_accuracy_falls_as_fewer_labels_agree():
    accuracies = [
        scene(Blobs(**TIDY, agreement=share, follows="groups")).accuracy
        for share in (1.0, 0.75, 0.5, 0.25, 0.0)
    ]
    assert accuracies == sorted(accuracies, reverse=True)
    assert accuracies[2] == pytest.approx(0.5 + 0.5 / 3, abs=0.05)


def test_width_loses_what_the_labels_follow():
    readable = scene(Blobs(**TIDY, agreement=1.0, follows="cut"))
    flat = scene(Blobs(width=0.0, distance=3.0, agreement=1.0, follows="cut"))
    assert readable.accuracy > 0.9
    assert flat.accuracy < 0.45
    assert flat.reading == "pretty"
