"""What mistakes and the method itself cost: a table of classes and a few amounts."""

import pandas as pd
import streamlit as st

from app.decisions import change, widget_key
from emargin_core.decide.costs import FALSE_ALARM, HIGHEST, MISS, CostModel
from emargin_core.decide.plan_state import DecisionPlan
from emargin_core.language import mark, say

AMOUNTS = {
    "decisions_per_day": mark("Decisions a day"),
    "introduction": mark("Cost of introducing it, once"),
    "payback_days": mark("To be paid back within, days"),
    "extra_per_day": mark("Extra cost of running it, a day"),
    "tidiness_per_day": mark("Worth of tidier groups, a day"),
}
HELP = {
    "decisions_per_day": mark("How many moments a day the classifier has to name."),
    "introduction": mark("Training, licences, work: what it takes until it runs."),
    "payback_days": mark("After how many days the introduction must have paid for itself."),
    "extra_per_day": mark("What it costs more each day than going on without it."),
    "tidiness_per_day": mark(
        "What it is worth to people that groups are clearly tidier, apart from better decisions. "
        "0 if nobody looks at groups."
    ),
}


def cost_form(plan: DecisionPlan, class_names: list[str]) -> None:
    """Draw the inputs; whatever is changed is kept at once."""
    costs = plan.costs
    st.markdown(say("**What a mistake costs**"))
    unit = st.text_input(say("Unit of money"), costs.unit, max_chars=12, key=widget_key("unit"))
    table = _table(costs, class_names)
    amounts = {}
    for field, label in AMOUNTS.items():
        low = 1.0 if field in ("decisions_per_day", "payback_days") else 0.0
        high = {"decisions_per_day": 1e9, "payback_days": 36_500.0}.get(field, HIGHEST)
        amounts[field] = st.number_input(
            say(label), low, high, getattr(costs, field), step=1.0, format="%.10g",
            key=widget_key(field), help=say(HELP[field]),
        )  # fmt: skip
    wanted = costs.model_dump() | amounts | table | {"unit": unit}
    if wanted != costs.model_dump():
        change(costs=wanted)
        st.rerun()


def is_example(costs: CostModel) -> bool:
    """Whether nobody has entered a cost yet."""
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
        st.session_state[start], key=key, hide_index=True, num_rows="fixed",
        disabled=["class"], width="stretch",
        column_config={
            "class": st.column_config.TextColumn(say("class"), width=110),
            "miss": st.column_config.NumberColumn(
                say("one miss"), width=75, help=say("It is there, and something else is said."),
                **amount,
            ),
            "alarm": st.column_config.NumberColumn(
                say("false alarm"), width=95,
                help=say("It is said, and something else is there."), **amount,
            ),
        },
    )  # fmt: skip
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
