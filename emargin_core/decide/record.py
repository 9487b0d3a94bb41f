"""A decision as one plain structure, for a report or another program."""

from dataclasses import asdict
from typing import Any

from emargin_core.decide.agreement import Agreement, FieldCheck
from emargin_core.decide.costs import (
    CostComparison,
    CostModel,
    affordable_introduction,
    break_even_misses,
    break_even_ratio,
    days_to_pay_back,
)
from emargin_core.decide.decision import Decision
from emargin_core.decide.wording import changes, headline, limits, meaning, reasons


def decision_to_json(decision: Decision) -> dict[str, Any]:
    """Return the decision as JSON takes it; undefined is None, words in the current language."""
    comparison = decision.comparison
    return {
        "answer": decision.answer,
        "ground": decision.ground,
        "headline": headline(decision),
        "meaning": meaning(decision),
        "reasons": [asdict(reason) for reason in reasons(decision)],
        "changes": changes(decision),
        "limits": limits(decision),
        "baseline": [run.run_id for run in comparison.baseline],
        "candidate": [run.run_id for run in comparison.candidate],
        "verdict": comparison.verdict.kind,
        "accuracy": None if decision.accuracy is None else asdict(decision.accuracy),
        "minimum_accuracy": decision.minimum,
        "chosen_among": decision.chosen_among,
        "cost_model": decision.costs.model_dump(),
        "costs_per_day": None if decision.money is None else _money(decision.money, decision.costs),
        "field": None if decision.field is None else _field(decision.field),
        "more_data": None
        if decision.more is None
        else asdict(decision.more) | {"hours": decision.more.recordings * decision.hours},
    }


def _money(money: CostComparison, costs: CostModel) -> dict[str, Any]:
    return {
        "baseline": asdict(money.baseline.estimate),
        "candidate": asdict(money.candidate.estimate),
        "saving": asdict(money.saving.estimate),
        "net_benefit": asdict(money.net.estimate),
        "fewer_misses": money.class_misses,
        "break_even": {
            "miss_ratio": break_even_ratio(money),
            "miss": break_even_misses(money, costs.miss),
            "introduction": asdict(affordable_introduction(money, costs)),
            "days_to_pay_back": days_to_pay_back(money, costs),
        },
    }


def _field(check: FieldCheck) -> dict[str, Any]:
    matched = check.matched
    return {
        "labels": matched.rows,
        "matched": len(matched.frames),
        "no_frame": matched.off_time,
        "not_held_out": matched.elsewhere,
        "doubled": matched.doubled,
        "recordings": check.recordings,
        "baseline": _agreement(check.baseline),
        "candidate": _agreement(check.candidate),
        "difference": asdict(check.difference),
        "own_labels": {"agreement": check.own_agreement, "kappa": check.own_kappa},
    }


def _agreement(found: Agreement) -> dict[str, Any]:
    return {
        "accuracy": asdict(found.accuracy),
        "kappa": found.kappa,
        "confusion": found.confusion.tolist(),
    }
