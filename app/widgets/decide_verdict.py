"""The verdict: one answer, its reasons, what would change it, and where both would be equal."""

import json

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from app.palette import BASELINE, CANDIDATE, LINE
from app.widgets.chart import chart
from app.widgets.decide_costs import is_example
from app.widgets.plain import chart_text, plain
from emargin_core.decide.costs import CostComparison, break_even_misses, break_even_ratio
from emargin_core.decide.decision import Decision
from emargin_core.decide.record import decision_to_json
from emargin_core.decide.wording import (
    amount_words,
    changes,
    headline,
    limits,
    meaning,
    range_words,
    reasons,
)
from emargin_core.evaluation.uncertainty import Estimate
from emargin_core.language import say

RATIOS = np.round(np.geomspace(0.1, 10.0, 41), 4)
"""How many times what was entered a miss may cost, in the figure."""
_LOOKS = {
    "adopt": (st.success, ":material/check_circle:"),
    "do-not-adopt": (st.warning, ":material/block:"),
    "gather-more-data": (st.info, ":material/hourglass_top:"),
}
_ICONS = {True: ":material/thumb_up:", False: ":material/thumb_down:", None: ":material/help:"}


def answer_banner(decision: Decision) -> None:
    """The answer and why, in two sentences."""
    show, icon = _LOOKS[decision.answer]
    text = f"**{headline(decision)}** {plain(meaning(decision))}"
    if is_example(decision.costs):
        text += "  \n:small[" + say(
            "So far every wrong decision costs 1 and there are 1,000 a day, as an example: enter "
            "what they really cost."
        ) + "]"  # fmt: skip
    show(text, icon=icon)


def grounds(decision: Decision) -> None:
    """Reasons with their direction, what would change the answer, and what it takes for granted."""
    spoken = {True: say("for"), False: say("against"), None: say("open")}
    lines = [
        f"- {_ICONS[reason.speaks_for]} *{spoken[reason.speaks_for]}*: {plain(reason.text)}"
        for reason in reasons(decision)
    ]
    st.markdown(say("**Why**") + "\n\n" + "\n".join(lines))
    turning = [f"- {plain(sentence)}" for sentence in changes(decision)]
    if turning:
        st.markdown(say("**What would change it**") + "\n\n" + "\n".join(turning))
    st.caption(" ".join(plain(sentence) for sentence in limits(decision)))


def money(decision: Decision) -> None:
    """Costs a day of both sides, and the net benefit over what a miss costs."""
    found, unit = decision.money, decision.costs.unit
    if found is None:
        return
    st.markdown(say("**What it costs a day**"))
    rows = (
        (say("Wrong decisions without the method"), found.baseline),
        (say("Wrong decisions with the method"), found.candidate),
        (say("Saving from decisions"), found.saving),
        (say("Net benefit"), found.net),
    )
    st.dataframe(
        pd.DataFrame(
            [
                {
                    say("a day"): title,
                    say("amount"): amount_words(amount.estimate.mean, unit),
                    say("95 % interval"): _range(amount.estimate, unit),
                }
                for title, amount in rows
            ]
        ),
        hide_index=True,
    )
    _break_even(decision, found)


def _range(found: Estimate, unit: str) -> str:
    if found.low is None or found.high is None:
        return "n/a"
    return range_words(found.low, found.high, unit)


def _break_even(decision: Decision, found: CostComparison) -> None:
    st.markdown(say("**Where both would be equal**"))
    table = _ratio_table(found)
    ratio = break_even_ratio(found)
    says = (
        say("The measured net benefit stays on one side of zero, whatever a miss costs.")
        if ratio is None
        else say("Both would cost the same if every miss cost {ratio} times what you entered.",
                 ratio=f"{ratio:.2g}")
    )  # fmt: skip
    chart(_figure(table, decision.costs.unit), "decide-break-even", says, _named(table))
    st.caption(
        says + " " + say("Line: net benefit a day; band: its 95 % interval; the dotted line marks "
                         "the costs as you entered them.")
    )  # fmt: skip
    classes = break_even_misses(found, decision.costs.miss)
    if classes:
        with st.expander(say("One class at a time")):
            st.dataframe(
                pd.DataFrame(
                    {
                        say("class"): list(classes),
                        say("one miss now"): [
                            amount_words(v, decision.costs.unit)
                            for v in decision.costs.miss_of(list(classes))
                        ],
                        say("both equal at"): [
                            amount_words(v, decision.costs.unit) for v in classes.values()
                        ],
                    }
                ),
                hide_index=True,
            )


def _ratio_table(found: CostComparison) -> pd.DataFrame:
    """Net benefit with its interval, one row a ratio; NaN where no interval can be stated."""
    rows = []
    for ratio in RATIOS:
        net = found.net_at(float(ratio)).estimate
        low, high = (np.nan if end is None else end for end in (net.low, net.high))
        rows.append((float(ratio), net.mean, low, high))
    return pd.DataFrame(rows, columns=["ratio", "mean", "low", "high"]).round(4)


def _named(table: pd.DataFrame) -> pd.DataFrame:
    names = [
        say("times the entered cost of a miss"), say("net benefit a day"), say("low"), say("high"),
    ]  # fmt: skip
    return table.set_axis(names, axis=1).round(2)


def _figure(table: pd.DataFrame, unit: str) -> go.Figure:
    figure = go.Figure()
    if table["low"].notna().all():
        figure.add_scatter(
            x=[*table["ratio"], *table["ratio"][::-1]], y=[*table["high"], *table["low"][::-1]],
            fill="toself", fillcolor="rgba(91,107,127,0.22)", line={"width": 0}, hoverinfo="skip",
            showlegend=False,
        )  # fmt: skip
    figure.add_scatter(
        x=table["ratio"], y=table["mean"], mode="lines", showlegend=False,
        line={"color": CANDIDATE, "width": 2},
        hovertemplate="× %{x:.2g}: %{y:,.0f} " + chart_text(unit) + "<extra></extra>",
    )  # fmt: skip
    figure.add_hline(y=0, line_color=BASELINE, line_width=1)
    figure.add_vline(x=1, line_dash="dot", line_color=LINE)
    figure.update_layout(
        height=240,
        margin={"l": 0, "r": 8, "t": 4, "b": 0},
        xaxis={"type": "log", "title": say("a miss costs so many times what you entered"),
               "tickvals": [0.1, 0.2, 0.5, 1, 2, 5, 10],
               "ticktext": ["0.1", "0.2", "0.5", "1", "2", "5", "10"]},
        yaxis={"title": say("net benefit a day, {unit}", unit=chart_text(unit))},
    )  # fmt: skip
    return figure


def take_along(decision: Decision, name: str | None) -> None:
    """The decision as a file that other programs read."""
    st.download_button(
        say("Decision as JSON"),
        lambda: json.dumps(decision_to_json(decision), indent=1, ensure_ascii=False),
        file_name=f"decision-{name or 'new'}.json",
        mime="application/json",
        icon=":material/download:",
    )
