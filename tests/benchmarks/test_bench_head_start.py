"""How searches with and without a head start are put side by side."""

import numpy as np
import pytest

from benchmarks.head_start_table import Search, over_data, summarise, tables, trials_until, volume


def _search(*own, origins=()):
    """A search whose trials reach so much of the way in accuracy, and all of it in the others."""
    shares = np.array([[value, 1.0, 1.0] for value in own])
    padded = [*origins, *[None] * (len(own) - len(origins))]
    return Search(0, [{"scale": float(n)} for n in range(len(own))], shares, padded)


def test_volume_is_that_of_the_boxes_together():
    corners = np.array([[0.5, 0.5, 0.5], [0.8, 0.1, 0.5], [0.4, 0.4, 0.4]])
    both = 0.5**3 + 0.8 * 0.1 * 0.5 - 0.5 * 0.1 * 0.5  # the third lies inside the first
    assert volume(corners) == pytest.approx(both)
    assert volume(np.zeros((2, 3))) == 0.0


def test_trials_until_counts_from_one_and_says_never_by_one_more_than_there_are():
    assert trials_until([0.2, 0.9, 0.992, 1.0], 1.0) == 3
    assert trials_until([0.2, 0.9], 1.0) == 3
    assert trials_until([1.0], 1.0) == 1


def test_arms_are_paired_by_seed_and_the_better_end_is_the_target():
    slow = [_search(*np.linspace(0.1, end, 40)) for end in (0.8, 0.6)]
    quick = [_search(0.4, *[0.6] * 39, origins=["watch"]), _search(0.1, *[0.8] * 39)]
    row = summarise("pump", "all others", slow, quick, [0.4])
    assert row["trials"]["without"] == [40, 41]
    assert row["trials"]["with"] == [41, 2]
    assert row["trials"]["difference"]["mean"] == pytest.approx((1 - 39) / 2)
    assert row["to_same"]["without"] == [40, 40]
    assert row["to_same"]["with"] == [41, 2]
    assert row["score"][5]["with"] == pytest.approx([0.6 / 0.8, 0.8 / 0.6])
    assert [(first["origin"], first["score"]) for first in row["first"]] == [("watch", 0.4)]
    assert row["drawn"] == pytest.approx([(0.4 / 0.8 + 0.4 / 0.6) / 2])
    assert slow[0].best == {"scale": 39.0}
    alone = summarise("pump", "all others", slow[:1], quick[:1], [])["trials"]["difference"]
    assert (alone["low"], alone["high"]) == (None, None)


def test_interval_over_data_sets_is_over_their_means():
    rows = [
        summarise(
            name, "all others", [_search(*[0.1] * 9, *[1.0] * 31)], [_search(*[1.0] * 40)], [1.0]
        )
        for name in ("pump", "mill")
    ]
    whole = over_data(rows)
    assert whole["trials"]["difference"] == {"mean": -9.0, "low": -9.0, "high": -9.0}
    assert "| `all` | all others | 10 (10 to 10) | 1 (1 to 1) | -9.0" in tables([*rows, whole])
