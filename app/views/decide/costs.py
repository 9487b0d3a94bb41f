"""Inputs of the costs: a table of classes and the amounts of the method."""

import pandas as pd
import streamlit as st

from app.views.decide.decisions import change, widget_key
from emargin_core.analysis.decide.costs import FALSE_ALARM, HIGHEST, MISS, CostModel
from emargin_core.analysis.decide.plan_state import DecisionPlan
from emargin_core.text.language import gettext as _
from emargin_core.text.message import lazy_gettext

AMOUNTS = {
    "decisions_per_day": lazy_gettext("Decisions per day"),
    "introduction": lazy_gettext("One-off introduction cost"),
    "payback_days": lazy_gettext("Payback period, days"),
    "extra_per_day": lazy_gettext("Extra running cost per day"),
    "tidiness_per_day": lazy_gettext("Value of tidier groups per day"),
}
HELP = {
    "decisions_per_day": lazy_gettext("How many moments the classifier has to label per day."),
    "introduction": lazy_gettext("Training, licences and work until the method is in use."),
    "payback_days": lazy_gettext(
        "The savings must cover the introduction cost within this many days."
    ),
    "extra_per_day": lazy_gettext(
        "How much more it costs per day than working without the method."
    ),
    "tidiness_per_day": lazy_gettext(
        "What tidier groups are worth per day, apart from better decisions. "
        "Enter 0 if nobody looks at the groups."
    ),
}


def cost_form(plan: DecisionPlan, class_names: list[str]) -> None:
    """Draw the inputs; every change is saved at once."""
    costs = plan.costs
    st.markdown(_("**Cost of a mistake**"))
    unit = st.text_input(_("Currency"), costs.unit, max_chars=12, key=widget_key("unit"))
    table = _table(costs, class_names)
    amounts = {}
    for field, label in AMOUNTS.items():
        low = 1.0 if field in ("decisions_per_day", "payback_days") else 0.0
        high = {"decisions_per_day": 1e9, "payback_days": 36_500.0}.get(field, HIGHEST)
        amounts[field] = st.number_input(
            str(label),
            low,
            high,
            getattr(costs, field),
            step=1.0,
            format="%.10g",
            key=widget_key(field),
            help=str(HELP[field]),
        )
    wanted = costs.model_dump() | amounts | table | {"unit": unit}
    if wanted != costs.model_dump():
        change(costs=wanted)
        st.rerun()


def is_example(costs: CostModel) -> bool:
    """Whether the costs are still the example: nothing was entered yet."""
    return costs.model_dump() == CostModel().model_dump()


def _table(costs: CostModel, class_names: list[str]) -> dict[str, dict[str, float]]:
    """One row a class: what missing it costs, and what naming it wrongly costs."""
    key, start = widget_key("costs"), widget_key("costs-start")
    if key not in st.session_state:  # the editor was away: it begins with what is kept
        st.session_state[start] = pd.DataFrame(
            {
                "class": class_names,
                "miss": costs.miss_of(class_names),
                "alarm": costs.false_alarm_of(class_names),
            }
        )
    amount = {"min_value": 0.0, "max_value": HIGHEST, "required": True, "format": "%.10g"}
    edited = st.data_editor(
        st.session_state[start],
        key=key,
        hide_index=True,
        num_rows="fixed",
        disabled=["class"],
        width="stretch",
        column_config={
            "class": st.column_config.TextColumn(_("class"), width=110),
            "miss": st.column_config.NumberColumn(
                _("one miss"),
                width=75,
                help=_("The class is present, but the classifier reports another one."),
                **amount,
            ),
            "alarm": st.column_config.NumberColumn(
                _("false alarm"),
                width=95,
                help=_("The classifier reports the class, but another one is present."),
                **amount,
            ),
        },
    )
    rows = edited.set_index("class")
    known = costs.model_dump()
    entered = {"miss": _changed(rows["miss"], known["miss"], MISS)}
    entered["false_alarm"] = _changed(rows["alarm"], known["false_alarm"], FALSE_ALARM)
    return entered


def _changed(column: pd.Series, known: dict[str, float], default: float) -> dict[str, float]:
    """What is known of each class, with what the column says otherwise."""
    return known | {
        name: float(amount)
        for name, amount in column.items()
        if float(amount) != known.get(name, default)
    }
