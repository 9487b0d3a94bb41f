"""A decision as JSON, for other programs."""

from dataclasses import asdict
from typing import Any

from emargin_core.analysis.comparison import unit_json
from emargin_core.analysis.decide.agreement import Agreement, LabelCheck
from emargin_core.analysis.decide.costs import (
    CostComparison,
    CostModel,
    affordable_introduction,
    break_even_misses,
    break_even_ratio,
    days_to_pay_back,
)
from emargin_core.analysis.decide.decision import Decision
from emargin_core.analysis.decide.reasons import reasons
from emargin_core.analysis.decide.wording import changes, headline, limits, meaning


def decision_to_json(decision: Decision) -> dict[str, Any]:
    """Return the decision as JSON values; undefined is None, text is in the current language."""
    comparison = decision.comparison
    return {
        "answer": decision.answer,
        "ground": decision.reason_code,
        "headline": headline(decision),
        "meaning": meaning(decision),
        "reasons": [asdict(reason) for reason in reasons(decision)],
        "changes": changes(decision),
        "limits": limits(decision),
        "baseline": [run.run_id for run in comparison.baseline],
        "candidate": [run.run_id for run in comparison.candidate],
        "verdict": comparison.kind,
        "settled": comparison.settled,
        "unit": unit_json(comparison.candidate),
        "equal_within": comparison.judgement.equal_within,
        "accuracy": None if decision.accuracy is None else asdict(decision.accuracy),
        "minimum_accuracy": decision.minimum,
        "chosen_among": decision.chosen_among,
        "confirmed": decision.confirmed,
        "cost_model": decision.costs.model_dump(),
        "costs_per_day": None if decision.money is None else _money(decision.money, decision.costs),
        "independent_labels": None
        if decision.label_check is None
        else _labels(decision.label_check),
        "more_data": None
        if decision.more is None
        else asdict(decision.more) | {"hours": decision.more.units * decision.hours},
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


def _labels(check: LabelCheck | None) -> dict[str, Any] | None:
    if check is None:
        return None
    matched = check.matched
    return {
        "labels": matched.rows,
        "matched": matched.count,
        "no_frame": matched.off_time,
        "not_held_out": matched.elsewhere,
        "doubled": matched.doubled,
        "units": check.held_out.n_units,
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
