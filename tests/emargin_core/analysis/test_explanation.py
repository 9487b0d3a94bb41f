"""The reasons are made from the comparison's own numbers and claim no more than they hold."""

import itertools
from dataclasses import replace

import pytest

from emargin_core.analysis.comparison import compare
from emargin_core.analysis.explanation import against_raw, for_scale, reasons
from emargin_core.analysis.label_curve import label_curve_words, label_curves
from emargin_core.evaluation.metric_table import ACCURACY, DAVIES_BOULDIN, SILHOUETTE
from emargin_core.evaluation.uncertainty import Estimate
from emargin_core.store.reference_scores import ReferenceScore, ReferenceScores
from tests.run_doubles import make_side

WOBBLE = (0.001, -0.001, 0.0, 0.002, -0.002)


def side(method="emargin", folds=range(5), accuracy=0.8, rank=58.0, **values):
    """Runs over folds whose metrics vary a little from fold to fold."""
    runs = make_side(method, folds, **values.pop("settings", {}))
    values |= {"probe__accuracy": accuracy}
    sign = -1 if method == "infonce" else 1  # or the paired differences would not vary at all
    return [
        with_metrics(
            run,
            geometry__effective_rank=rank,
            **{path: value and value + sign * WOBBLE[run.fold] for path, value in values.items()},
        )
        for run in runs
    ]


def with_metrics(result, **changes):
    metrics = {group: dict(values) for group, values in result.metrics.items()}
    for path, value in changes.items():
        group, name = path.split("__")
        metrics[group][name] = value
    return replace(result, metrics=metrics)


def told(before, after):
    return " ".join(reasons(compare(before, after)))


MESSY = {"clustering__davies_bouldin": 0.9, "clustering__silhouette": 0.4, "accuracy": 0.75}
TIDY = {"clustering__davies_bouldin": 0.6, "clustering__silhouette": 0.7, "accuracy": 0.6}


def test_lost_directions_explain_tidier_clusters_with_worse_decisions():
    text = told(side("infonce", **MESSY), side(rank=4.6, **TIDY))
    assert "uses about 5 of its 320 directions" in text
    assert "baseline 58" in text
    assert "nothing pushes them apart" in text
    assert "less information is left" in text


@pytest.mark.parametrize(
    ("method", "settings"),
    [("triplet", {}), ("soft", {}), ("emargin", {"uniformity": 0.1}), ("random", {})],
)
def test_margin_is_blamed_only_where_it_alone_acts(method, settings):
    text = told(side("infonce", **MESSY), side(method, rank=4.6, settings=settings, **TIDY))
    assert "nothing pushes them apart" not in text


@pytest.mark.parametrize(
    ("dbi", "silhouette", "accuracy", "folds"),
    list(itertools.product((0.6, 0.9, 1.2), (0.2, 0.4, 0.7), (0.6, 0.75, 0.9), (range(5), (0,)))),
)
def test_no_explanation_contradicts_the_signs_it_stands_under(dbi, silhouette, accuracy, folds):
    values = {"clustering__davies_bouldin": dbi, "clustering__silhouette": silhouette}
    comparison = compare(
        side("infonce", folds, **MESSY), side("emargin", folds, accuracy, rank=4.6, **values)
    )
    text = " ".join(reasons(comparison))
    explained = "nothing pushes them apart" in text or "less information" in text
    tidier_but_worse = (
        comparison.settled
        and (comparison.differences[DAVIES_BOULDIN].sign < 0)
        + (comparison.differences[SILHOUETTE].sign > 0)
        > (comparison.differences[DAVIES_BOULDIN].sign > 0)
        + (comparison.differences[SILHOUETTE].sign < 0)
        and comparison.differences[ACCURACY].sign < 0
    )
    assert explained <= tidier_but_worse
    assert explained == (comparison.kind == "mismatch" and tidier_but_worse)


@pytest.mark.parametrize(
    ("nmi", "words"), [(0.03, "hardly match"), (0.4, "only partly match"), (0.7, "largely match")]
)
def test_groups_are_judged_by_their_match_with_the_classes(nmi, words):
    assert words in told(side("infonce"), side(clustering__nmi=nmi))


def test_without_labels_nothing_is_said_of_classes_or_probes():
    blind = side(accuracy=None, clustering__nmi=None, probe__paper_accuracy=None)
    text = told(blind, blind)
    assert "NMI" not in text
    assert "probe" not in text


def test_undefined_steps_of_an_audited_loss_are_counted():
    history = {"loss": [1.0, None, None], "non_finite_steps": 2, "skipped_steps": 1}
    audited = [replace(run, history=history) for run in side()]
    assert "undefined in 10 of 15 training steps" in told(side(), audited)
    assert "undefined" not in told(side(), side())


def scores(raw, untrained=0.3, curve=()):
    by_fold = [raw + wobble for wobble in sorted(WOBBLE)]
    return ReferenceScores(
        "f",
        "test",
        (
            ReferenceScore(
                "random",
                "Untrained encoder",
                "floor",
                Estimate(untrained, None, None),
                (untrained,) * 5,
            ),
            ReferenceScore(
                "stft",
                "Raw spectral frames",
                "floor",
                Estimate(raw, None, None),
                tuple(by_fold),
                label_curves=(tuple(curve),) * 5,
            ),
        ),
    )


@pytest.mark.parametrize(
    ("raw", "untrained", "words"),
    [
        (0.9, 0.3, "Neither beats the plain spectra, 90 %: both are less accurate."),
        (0.8, 0.3, "Neither is shown to beat the plain spectra, 80 %."),
        (0.7, 0.3, ""),
        (0.7, 0.9, "Neither beats an untrained encoder, 90 %: both are less accurate."),
    ],
)
def test_plain_spectra_that_are_not_beaten_are_named(raw, untrained, words):
    comparison = compare(side("infonce", accuracy=0.8), side(accuracy=0.79))
    assert against_raw(comparison, scores(raw, untrained)) == words
    first_look = compare(side("infonce", folds=(0,)), side(folds=(0,)))
    assert against_raw(first_look, scores(0.9)) == ""


def test_label_curve_says_where_the_embedding_is_ahead_and_where_the_spectra_are():
    def with_curve(runs):
        return [
            replace(
                run,
                details=run.details
                | {
                    "label_fractions": [
                        (0.01, 0.6 + WOBBLE[run.fold]),
                        (1.0, 0.7 + WOBBLE[run.fold]),
                    ]
                },
            )
            for run in runs
        ]

    comparison = compare(with_curve(side("infonce")), with_curve(side()))
    curves = label_curves(comparison, scores(0.75, curve=[(0.01, 0.4), (1.0, 0.75)]))
    assert curves.candidate[0.01].mean == pytest.approx(0.6)
    assert curves.ahead[0.01].sign == 1
    assert label_curve_words(curves) == (
        "With 1 % of the labels the candidate's embedding is right 60 % of the time, the plain "
        "spectra 40 %. With 100 % of the labels the plain spectra are ahead: 75 %, the "
        "candidate's embedding 70 %."
    )
    assert label_curves(comparison, None).ahead == {}


def test_undefined_reference_scores_are_left_out():
    reference_scores = (
        ReferenceScore(
            "majority",
            "Always the most frequent class",
            "floor",
            Estimate(0.17, 0.16, 0.18),
            (0.15, 0.16, 0.17, 0.18, 0.19),
        ),
        ReferenceScore("trees", "Boosted trees", "ceiling", None),
    )
    found = ReferenceScores("f", "test", reference_scores)
    settled = compare(side("infonce"), side())
    assert for_scale(settled, found) == "For reference: always the most frequent class 17 %."
    first_look = compare(side("infonce", folds=(1,)), side(folds=(1,)))
    assert for_scale(first_look, found) == "For reference: always the most frequent class 16 %."
    fewer = replace(reference_scores[0], by_fold=(0.15, 0.16))
    assert for_scale(settled, ReferenceScores("f", "test", (fewer,))) == ""
