"""Which runs a report is on: found by name, grouped by settings, paired by seed, or refused."""

import pytest

from emargin_core.report.subject import find_subject, paired
from emargin_core.store.gallery.gallery import load_gallery
from emargin_core.text.errors import InputError
from tests.run_doubles import make_run


def ids(store, *runs):
    for run in runs:
        store.put(run)
    return [run.run_id for run in runs]


def test_two_settings_are_paired_by_fold_and_seed_whatever_their_order(store):
    names = ids(
        store,
        make_run("infonce", 1, fold=1),
        make_run("emargin", 0),
        make_run("emargin", 1, fold=1),
        make_run("infonce", 0),
    )
    found = find_subject(names, store, None)
    assert [run.config["method"] for run in found.baseline] == ["infonce"] * 2
    for side in found.sides:
        assert [(run.fold, run.config["seed"]) for run in side] == [(0, 0), (1, 1)]


def test_one_setting_has_no_baseline(store):
    found = find_subject(ids(store, make_run(seed=1), make_run(seed=0)), store, None)
    assert found.baseline == ()
    assert [run.config["seed"] for run in found.candidate] == [0, 1]


@pytest.mark.parametrize("name", ["feedfeedfeedfeed", "../runs", "<b>", ""])
def test_unknown_run_is_named_in_one_line(store, name):
    with pytest.raises(InputError, match="not found") as caught:
        find_subject([name], store, None)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("place", [{"fold": 1}, {"seed": 1}])
def test_folds_and_seeds_that_do_not_pair_are_refused(store, place):
    names = ids(store, make_run("infonce"), make_run("emargin"), make_run("emargin", **place))
    missing = {"fold": 0, "seed": 0} | place
    words = f"the baseline has no run of fold {missing['fold']} with seed {missing['seed']}"
    with pytest.raises(InputError, match=words):
        find_subject(names, store, None)


def test_runs_of_an_older_version_do_not_pair_with_those_of_this(store):
    old = make_run("infonce")
    old.data.update(n_folds=None, unit=None)
    with pytest.raises(InputError, match="another split"):
        paired([old, make_run("emargin")])


def test_three_settings_are_refused():
    runs = [make_run("infonce"), make_run("emargin"), make_run("soft")]
    with pytest.raises(InputError, match="3 different settings"):
        paired(runs)


def test_runs_on_other_data_are_refused():
    other = make_run("emargin")
    other.data["fingerprint"] = "fedcba9876543210"
    with pytest.raises(InputError, match="compare runs on the same data"):
        paired([make_run("infonce"), other])


def test_run_named_twice_is_refused(store):
    (name,) = ids(store, make_run())
    with pytest.raises(InputError, match="given twice"):
        find_subject([name, name], store, None)


def test_gallery_runs_count_and_say_whence_they_come(store):
    gallery = load_gallery()
    whole = [name for name in gallery.entries if gallery.result(name)]
    found = find_subject(whole[:2], store, gallery)
    assert found.reference_scores is not None
    assert all("Precomputed" in str(run.precomputed) for run in found.runs)


def test_metrics_alone_are_not_enough(store):
    gallery = load_gallery()
    name = next(name for name in gallery.entries if gallery.result(name) is None)
    with pytest.raises(InputError, match="only the metrics"):
        find_subject([name], store, gallery)
