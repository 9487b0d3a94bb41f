"""One rule: Compare, Decide and the report say the same of the same differences.

`CASES` and `comparison_of` are for every page that judges a comparison.
"""

import itertools
import re
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
import pytest

from emargin_core.analysis.comparison import compare
from emargin_core.analysis.decide.costs import CostModel
from emargin_core.analysis.decide.decision import decide
from emargin_core.analysis.decide.reasons import reasons
from emargin_core.analysis.decide.record import decision_to_json
from emargin_core.analysis.decide.wording import changes, headline, limits, meaning
from emargin_core.analysis.verdict_words import how_sure
from emargin_core.evaluation.metric_table import ACCURACY, DAVIES_BOULDIN, SILHOUETTE
from emargin_core.report.meeting import of_comparison
from emargin_core.report.words import change_text
from tests.run_doubles import N_FOLDS, N_FRAMES, make_run

BASELINE = {DAVIES_BOULDIN: 0.9, SILHOUETTE: 0.4, ACCURACY: 84}
"""What the baseline has on every fold; of the accuracy, how many of 120 decisions are right."""
STEPS = {
    DAVIES_BOULDIN: {
        "better": (-0.2, -0.21, -0.19, -0.2, -0.2),
        "worse": (0.2, 0.21, 0.19, 0.2, 0.2),
        "open": (-0.2, 0.2, 0.0, -0.1, 0.1),
    },
    SILHOUETTE: {
        "better": (0.2, 0.21, 0.19, 0.2, 0.2),
        "worse": (-0.2, -0.21, -0.19, -0.2, -0.2),
        "open": (-0.2, 0.2, 0.0, -0.1, 0.1),
    },
    ACCURACY: {
        "better": (12, 13, 11, 12, 12),
        "worse": (-12, -13, -11, -12, -12),
        "equal": (0, 1, 0, -1, 0),
        "open": (-12, 12, 0, -6, 8),
    },
}
"""Metric -> what is to be found -> candidate minus baseline, fold by fold."""


@dataclass(frozen=True)
class Case:
    """What is true of a candidate against its baseline, and how much of it was run."""

    davies_bouldin: str
    silhouette: str
    accuracy: str
    settled: bool = True
    collapsed: str = ""

    def __str__(self) -> str:
        parts = (self.davies_bouldin, self.silhouette, self.accuracy)
        return "-".join([*parts, "settled" if self.settled else "first-look", self.collapsed])


_EVERY = list(itertools.product(*(steps for steps in STEPS.values())))
CASES = [
    *(Case(*found) for found in _EVERY),
    *(Case(*found, settled=False) for found in _EVERY),
    *(
        Case(*found, settled=settled, collapsed=side)
        for found in (("better", "better", "better"), ("better", "better", "worse"))
        for settled in (True, False)
        for side in ("baseline", "candidate")
    ),
]


@cache
def comparison_of(case):
    """The comparison of runs for which the case is true, on all folds or on the first."""
    folds = range(N_FOLDS if case.settled else 1)
    wanted = {
        DAVIES_BOULDIN: case.davies_bouldin,
        SILHOUETTE: case.silhouette,
        ACCURACY: case.accuracy,
    }
    sides = []
    for method, side in (("infonce", "baseline"), ("emargin", "candidate")):
        runs = []
        for fold in folds:
            steps = {path: STEPS[path][change][fold] for path, change in wanted.items()}
            values = {
                path: start + (steps[path] if side == "candidate" else 0)
                for path, start in BASELINE.items()
            }
            run = _with(make_run(method, fold=fold), values)
            runs.append(
                replace(run, collapse_reason="one cluster") if case.collapsed == side else run
            )
        sides.append(runs)
    return compare(*sides)


def _with(run, values):
    """The run with these cluster scores and as many right decisions."""
    label = run.frames["label"].to_numpy()
    wrong = np.arange(N_FRAMES) * 7 % N_FRAMES >= values[ACCURACY]
    frames = run.frames.assign(predicted=np.where(wrong, (label + 1) % 3, label))
    metrics = {group: dict(found) for group, found in run.metrics.items()}
    for path, value in (values | {ACCURACY: values[ACCURACY] / N_FRAMES}).items():
        group, name = path.split(".")
        metrics[group][name] = value
    return replace(run, frames=frames, metrics=metrics)


by_case = pytest.mark.parametrize("case", CASES, ids=str)
SPEAKS = {"better": True, "worse": False, "equal": None, "open": None}
CELLS = {
    "better": "better",
    "worse": "worse",
    "equal": "equal within 2 points",
    "open": "cannot be told",
}
CLAIMS = {
    ("clusters", "better"): r"(tidier|prettier|better) clusters",
    ("clusters", "worse"): r"(less tidy|worse) clusters|clusters are less tidy",
    ("accuracy", "better"): r"better decisions|decisions are better",
    ("accuracy", "worse"): r"worse decisions|decisions are worse",
    ("accuracy", "equal"): r"equally accurate|is equal within",
}
"""What is claimed -> the words that claim it, in the headline and in the meeting's sentences."""


def claimed(text):
    """What a text claims."""
    return {claim for claim, words in CLAIMS.items() if re.search(words, text, re.IGNORECASE)}


def true_claims(judgement):
    """What may be claimed."""
    return {("clusters", judgement.clusters), ("accuracy", judgement.accuracy)}


@by_case
def test_the_rule_finds_what_is_true(case):
    judgement = comparison_of(case).judgement
    if case.settled:
        assert (judgement.davies_bouldin, judgement.silhouette, judgement.accuracy) == (
            case.davies_bouldin,
            case.silhouette,
            case.accuracy,
        )
    else:
        assert {judgement.clusters, judgement.accuracy} == {"open"}


@by_case
def test_compare_claims_what_the_rule_finds(case):
    comparison = comparison_of(case)
    judgement, verdict = comparison.judgement, comparison.verdict
    if case.collapsed == "candidate":
        assert verdict.headline == "The embedding collapsed."
        assert claimed(verdict.headline) == set()
    elif not case.settled:
        assert verdict.headline.startswith("First look: it points")
        assert claimed(verdict.meaning + verdict.advice) == set()
    else:
        expected = {claim for claim in true_claims(judgement) if claim in CLAIMS}
        assert claimed(verdict.headline) == expected


@by_case
def test_decide_says_of_clusters_and_accuracy_what_compare_says(case):
    comparison = comparison_of(case)
    judgement = comparison.judgement
    decision = decide(comparison, CostModel())
    groups, decisions = reasons(decision)[:2]
    if case.collapsed == "candidate":
        assert decision.answer == "do-not-adopt"
        assert decision.clusters == 0
    else:
        assert groups.speaks_for == SPEAKS[judgement.clusters]
        assert decision.clusters == {True: 1, False: -1, None: 0}[groups.speaks_for]
    assert decisions.speaks_for == SPEAKS[judgement.accuracy]
    if case.settled:
        assert how_sure(judgement, comparison.evidence) in decisions.text


@by_case
def test_decide_answers_nothing_that_compare_cannot_tell(case):
    comparison = comparison_of(case)
    decision = decide(comparison, CostModel())
    if case.collapsed == "candidate":
        return
    if not case.settled:
        assert decision.reason_code == "first-look"
        assert headline(decision) == comparison.verdict.headline
        assert {reason.speaks_for for reason in reasons(decision)} == {None}
    elif case.accuracy == "open":
        assert decision.answer == "gather-more-data"
    elif case.accuracy in ("better", "worse"):
        assert decision.answer == {"better": "adopt", "worse": "do-not-adopt"}[case.accuracy]
    assert decide(comparison, CostModel(), chosen_among=9).answer != "adopt"


@by_case
def test_report_says_what_compare_says(case):
    comparison = comparison_of(case)
    judgement = comparison.judgement
    _, outcome, step = of_comparison(comparison)
    if case.collapsed == "candidate":
        assert "collapsed" in outcome
        assert "Do not adopt it as it is" in step
        return
    if not case.settled:
        assert claimed(outcome) == set()
        assert "first look" in outcome
        assert {change_text(path, comparison) for path in STEPS if path == ACCURACY} == {
            "first look"
        }
        return
    assert how_sure(judgement, comparison.evidence) in outcome
    assert claimed(outcome + step) <= true_claims(judgement)
    assert change_text(ACCURACY, comparison) == CELLS[judgement.accuracy]
    if not case.collapsed:
        for path, change in (
            (DAVIES_BOULDIN, judgement.davies_bouldin),
            (SILHOUETTE, judgement.silhouette),
        ):
            assert change_text(path, comparison) == CELLS[change]


@by_case
def test_nothing_is_called_clear_or_larger_than_chance(case):
    comparison = comparison_of(case)
    verdict, decision = comparison.verdict, decide(comparison, CostModel())
    said = [verdict.headline, verdict.meaning, verdict.advice, *of_comparison(comparison)]
    said += [headline(decision), meaning(decision), *changes(decision), *limits(decision)]
    said += [reason.text for reason in reasons(decision)]
    said += [change_text(path, comparison) for path in comparison.differences]
    assert not re.search(r"\bclear|chance|larger than", " ".join(said), re.IGNORECASE)


@by_case
def test_record_of_a_decision_agrees_with_itself(case):
    comparison = comparison_of(case)
    record = decision_to_json(decide(comparison, CostModel()))
    assert (record["verdict"], record["settled"]) == (comparison.kind, case.settled)
    assert record["unit"]["n"] == (10 if case.settled else 2)
    if not case.settled:
        assert record["costs_per_day"]["net_benefit"]["low"] is None
