"""The verdict: the answer, its reasons, what would change it, costs and break-even."""

import json

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from app.components.charts.chart import chart
from app.components.plain import chart_text, plain
from app.views.decide.costs import is_example
from emargin_core.analysis.decide.amounts import amount_words, range_words
from emargin_core.analysis.decide.costs import CostComparison, break_even_misses, break_even_ratio
from emargin_core.analysis.decide.decision import Decision
from emargin_core.analysis.decide.reasons import reasons
from emargin_core.analysis.decide.record import decision_to_json
from emargin_core.analysis.decide.wording import changes, headline, limits, meaning
from emargin_core.evaluation.uncertainty import Estimate
from emargin_core.report.figures.palette import BASELINE, CANDIDATE, LINE
from emargin_core.text.language import gettext as _
from emargin_core.text.language import sentences

RATIOS = np.round(np.geomspace(0.1, 10.0, 41), 4)
"""How many times what was entered a miss may cost, in the figure."""
_LOOKS = {
    "adopt": (st.success, ":material/check_circle:"),
    "do-not-adopt": (st.warning, ":material/block:"),
    "gather-more-data": (st.info, ":material/hourglass_top:"),
}
_ICONS = {True: ":material/thumb_up:", False: ":material/thumb_down:", None: ":material/help:"}


def answer_banner(decision: Decision) -> None:
    """Draw the headline and the meaning of the answer; a first look is grey."""
    text = f"**{headline(decision)}** {plain(meaning(decision))}"
    if is_example(decision.costs):
        text += (
            "  \n:small["
            + _(
                "These costs are examples: 1 per wrong decision, 1,000 decisions per "
                "day. Enter your real costs."
            )
            + "]"
        )
    if decision.reason_code == "first-look":
        with st.container(border=True, key="first-look"):
            st.markdown(f":material/visibility: {text}")
        return
    show, icon = _LOOKS[decision.answer]
    show(text, icon=icon)


def findings(decision: Decision) -> None:
    """Draw the reasons with their direction, what would change the answer, and its assumptions."""
    spoken = {True: _("for"), False: _("against"), None: _("open")}
    lines = [
        f"- {_ICONS[reason.speaks_for]} *{spoken[reason.speaks_for]}*: {plain(reason.text)}"
        for reason in reasons(decision)
    ]
    st.markdown(_("**Why**") + "\n\n" + "\n".join(lines))
    turning = [f"- {plain(sentence)}" for sentence in changes(decision)]
    if turning:
        st.markdown(_("**What would change the verdict**") + "\n\n" + "\n".join(turning))
    st.caption(sentences(*map(plain, limits(decision))))


def money(decision: Decision) -> None:
    """Draw the costs per day of both sides, and the net benefit over the cost of a miss."""
    found, unit = decision.money, decision.costs.unit
    if found is None:
        return
    st.markdown(_("**Cost per day**"))
    rows = (
        (_("Wrong decisions without the method"), found.baseline),
        (_("Wrong decisions with the method"), found.candidate),
        (_("Savings from decisions"), found.saving),
        (_("Net benefit"), found.net),
    )
    st.dataframe(
        pd.DataFrame(
            [
                {
                    _("per day"): title,
                    _("amount"): amount_words(amount.estimate.mean, unit),
                    _("95 % interval"): _range(amount.estimate, unit),
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
    st.markdown(_("**Break-even**"))
    table = _ratio_table(found)
    ratio = break_even_ratio(found)
    says = (
        _(
            "The measured net benefit does not change its sign if the costs of all misses rise or "
            "fall together."
        )
        if ratio is None
        else _(
            "Both would cost the same if every miss cost {ratio} times what you entered.",
            ratio=f"{ratio:.2g}",
        )
    )
    chart(_figure(table, decision.costs.unit), "decide-break-even", says, _named(table))
    band = _("Band: its 95 % interval.") if table["low"].notna().all() else ""
    st.caption(
        sentences(
            says, _("Line: net benefit per day. Dotted line: the costs as you entered them."), band
        )
    )
    classes = break_even_misses(found, decision.costs.miss)
    if classes:
        with st.expander(_("One class at a time")):
            st.dataframe(
                pd.DataFrame(
                    {
                        _("class"): list(classes),
                        _("one miss, as entered"): [
                            amount_words(v, decision.costs.unit)
                            for v in decision.costs.miss_of(list(classes))
                        ],
                        _("break-even at"): [
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
        _("multiple of the entered cost of a miss"),
        _("net benefit per day"),
        _("low"),
        _("high"),
    ]
    return table.set_axis(names, axis=1).round(2)


def _figure(table: pd.DataFrame, unit: str) -> go.Figure:
    figure = go.Figure()
    if table["low"].notna().all():
        figure.add_scatter(
            x=[*table["ratio"], *table["ratio"][::-1]],
            y=[*table["high"], *table["low"][::-1]],
            fill="toself",
            fillcolor="rgba(91,107,127,0.22)",
            line={"width": 0},
            hoverinfo="skip",
            showlegend=False,
        )
    figure.add_scatter(
        x=table["ratio"],
        y=table["mean"],
        mode="lines",
        showlegend=False,
        line={"color": CANDIDATE, "width": 2},
        hovertemplate="× %{x:.2g}: %{y:,.0f} " + chart_text(unit) + "<extra></extra>",
    )
    figure.add_hline(y=0, line_color=BASELINE, line_width=1)
    figure.add_vline(x=1, line_dash="dot", line_color=LINE)
    figure.update_layout(
        height=240,
        margin={"l": 0, "r": 8, "t": 4, "b": 0},
        xaxis={
            "type": "log",
            "title": _("cost of a miss, as a multiple of what you entered"),
            "tickvals": [0.1, 0.2, 0.5, 1, 2, 5, 10],
            "ticktext": ["0.1", "0.2", "0.5", "1", "2", "5", "10"],
        },
        yaxis={"title": _("net benefit per day, {unit}", unit=chart_text(unit))},
    )
    return figure


def download(decision: Decision, name: str | None) -> None:
    """Draw a button that downloads the decision as JSON."""
    st.download_button(
        _("Download the decision (JSON)"),
        lambda: json.dumps(decision_to_json(decision), indent=1, ensure_ascii=False),
        file_name=f"decision-{name or 'new'}.json",
        mime="application/json",
        icon=":material/download:",
    )
