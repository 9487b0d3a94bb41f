"""How long a training takes: from the nearest runs that were timed, and unknown without any."""

import pytest

from emargin_core.analysis.expected_time import expected_seconds, expected_wait
from emargin_core.config import make_config
from emargin_core.store.run_list import ListedRun


def timed(seconds, source="here", **settings):
    return ListedRun(
        run_id="r",
        source=source,
        provenance="",
        config=make_config(**settings).canonical(),
        metrics={},
        collapse_reason=None,
        data={},
        seconds=seconds,
        first_look_seconds=0.75 * seconds,
        created="",
        whole=True,
        name="",
        note="",
    )


def test_the_nearest_kind_of_run_counts():
    config = make_config(method="emargin", threshold=0.1)
    others = [timed(1.0, dataset="factory"), timed(2.0, frame="10 s"), timed(3.0, method="random")]
    assert expected_seconds(config, others) is None
    here = timed(20.0, method="infonce")
    assert expected_seconds(config, [*others, here]) == 20.0
    same_method = timed(25.0, method="emargin", scale=1.0)
    assert expected_seconds(config, [here, same_method]) == 25.0


@pytest.mark.parametrize("source", ["gallery", "imported"])
def test_other_computers_say_nothing_of_this_one(source):
    config = make_config()
    assert expected_seconds(config, [timed(99.0, source)]) is None
    assert expected_seconds(config, [timed(99.0, source), timed(20.0)]) == 20.0


def test_more_steps_take_longer_but_not_in_proportion():
    config = make_config(iterations=800)
    assert 10.0 < expected_seconds(config, [timed(10.0)]) < 20.0
    assert expected_seconds(config, [timed(10.0), timed(17.0, iterations=800)]) == 17.0


def test_the_newest_runs_count_as_the_load_changes():
    runs = [timed(30.0)] * 9 + [timed(5.0)] * 100
    assert expected_seconds(make_config(), runs) == 30.0


def test_workers_share_the_work_and_one_run_is_not_split():
    config, runs = make_config(), [timed(10.0)]
    assert expected_wait([config], runs, n_workers=4) == 10.0
    assert expected_wait([config] * 8, runs, n_workers=2) == pytest.approx(40.0)
    assert expected_wait([config, make_config(dataset="factory")], runs, 2) is None
    assert expected_wait([], runs, 2) is None


def test_a_first_look_takes_less_than_all_of_a_run():
    config, runs = make_config(), [timed(10.0)]
    assert expected_seconds(config, runs, first_look=True) == 7.5
    assert expected_wait([config] * 8, runs, n_workers=2, first_look=True) == pytest.approx(30.0)
