"""The reasons are made from the comparison's own numbers and claim no more than they hold."""

from dataclasses import replace

import pytest

from emargin_core.comparison import compare
from emargin_core.config import make_config
from emargin_core.evaluation.uncertainty import Estimate
from emargin_core.experiment import run_experiment
from emargin_core.explanation import for_scale, reasons
from emargin_core.levels import Level, ReferenceLevels


@pytest.fixture
def result(small_file, store):
    return run_experiment(make_config(dataset=str(small_file), method="random"), store=store)


def with_metrics(result, **changes):
    metrics = {group: dict(values) for group, values in result.metrics.items()}
    for path, value in changes.items():
        group, name = path.split("__")
        metrics[group][name] = value
    return replace(result, metrics=metrics)


def told(before, after):
    return " ".join(reasons(compare([before], [after])))


def test_lost_directions_are_named_with_both_counts(result):
    text = told(
        with_metrics(result, geometry__effective_rank=58.0),
        with_metrics(result, geometry__effective_rank=4.6),
    )
    assert "shrinks to about 5 of its" in text
    assert "baseline 58" in text


def test_margin_is_blamed_only_where_there_is_one(result):
    before = with_metrics(result, geometry__effective_rank=58.0)
    after = with_metrics(result, geometry__effective_rank=4.6)
    assert "margin" not in told(before, after)
    margin = replace(after, config=after.config | {"scale": 5.0})
    assert "The margin pulls frames together" in told(before, margin)


def test_kept_directions_are_not_called_a_loss(result):
    text = told(
        with_metrics(result, geometry__effective_rank=58.0),
        with_metrics(result, geometry__effective_rank=50.0),
    )
    assert "shrinks" not in text
    assert "keeps about 50" in text


@pytest.mark.parametrize(
    ("nmi", "words"), [(0.03, "hardly match"), (0.4, "only partly match"), (0.7, "largely match")]
)
def test_groups_are_judged_by_their_match_with_the_classes(result, nmi, words):
    assert words in told(result, with_metrics(result, clustering__nmi=nmi))


def test_without_labels_nothing_is_said_of_classes_or_probes(result):
    blind = with_metrics(
        result, clustering__nmi=None, probe__accuracy=None, probe__paper_accuracy=None
    )
    text = told(blind, blind)
    assert "NMI" not in text
    assert "probe" not in text


def test_undefined_steps_of_an_audited_loss_are_counted(result):
    history = {"loss": [1.0, None, None], "non_finite_steps": 2, "skipped_steps": 1}
    text = told(result, replace(result, history=history))
    assert "undefined in 2 of 3 training steps" in text
    assert "undefined" not in told(result, result)


def test_undefined_levels_are_left_out():
    levels = (
        Level("majority", "Always the most frequent class", "floor", Estimate(0.17, 0.16, 0.18)),
        Level("trees", "Boosted trees", "ceiling", None),
    )
    text = for_scale(ReferenceLevels("f", "test", levels))
    assert text == "For scale: always the most frequent class 17 %."
