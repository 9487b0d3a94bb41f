"""Second step of the Learn page: what the margin does to two frames that are not a pair."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from app.components.charts.chart import chart
from app.components.charts.margin_preview import cosines_of
from app.views.learn.pairs import DATASET
from emargin_core.datasets.registry import load_dataset
from emargin_core.learn.force import METHODS, PairCurve, pair_curve, share_of_anchors_marked
from emargin_core.report.figures.palette import BASELINE, CANDIDATE, LINE
from emargin_core.text.language import gettext as _
from emargin_core.text.message import lazy_gettext

NAMES = {
    "infonce": lazy_gettext("InfoNCE"),
    "emargin": lazy_gettext("eMargin"),
    "emargin-released": lazy_gettext("As released"),
}
NO_FORCE = 1e-9


@dataclass(frozen=True, eq=False)
class Line:
    """A curve as it is drawn; share: of the anchors that feel it, None = all."""

    title: str
    curve: PairCurve
    colour: str
    dash: str
    share: float | None


def margin_step() -> None:
    """Turn threshold, scale and temperature; see energy and push of a negative."""
    words, picture = st.columns([1, 1.9], gap="medium")
    with words:
        st.markdown(
            _(
                "**What does the loss do to *negatives*, frames that are not neighbours in "
                "time?** Training moves downhill on the loss. Where the loss rises with "
                "similarity, the two frames are **pushed apart**. Where it falls, they are "
                "**pulled together**."
            )
        )
        method = st.segmented_control(
            _("Method"),
            METHODS,
            default="emargin",
            format_func=lambda name: str(NAMES[name]),
            required=True,
            key="force_method",
        )
        no_margin = method == "infonce"
        threshold = st.slider(
            _("Threshold: frames the margin acts on"),
            -1.0,
            1.0,
            0.4,
            0.05,
            key="force_threshold",
            bind="query-params",
            disabled=no_margin,
        )
        scale = st.slider(
            _("Scale: how strong the margin is"),
            0.0,
            10.0,
            5.0,
            0.5,
            key="force_scale",
            bind="query-params",
            disabled=no_margin,
        )
        temperature = st.slider(
            _("Temperature: lower is sharper"),
            0.05,
            2.0,
            0.5,
            0.05,
            key="force_temperature",
            bind="query-params",
        )
        alike = st.slider(
            _("Similarity of the two frames (cosine)"),
            -1.0,
            1.0,
            0.5,
            0.05,
            key="alike",
            bind="query-params",
        )
    scale, temperature = min(max(scale, 0.0), 10.0), min(max(temperature, 0.05), 2.0)
    lines = _lines(str(method), threshold, scale, temperature)
    says = _says(lines, alike)
    with picture, st.container(border=True):
        push, energy = st.columns(2, gap="small")
        with push:
            st.markdown(
                f"**{_('Force')}** :small[{_('above 0: pushes apart; below 0: pulls together')}]"
            )
            chart(push_figure(lines, alike), "push", says, _table(lines))
        with energy:
            st.markdown(f"**{_('Energy')}** :small[{_('part of the loss; training lowers it')}]")
            chart(energy_figure(lines, alike), "energy", _hill(lines), numbers=False)
        st.markdown(says)
    _lesson(str(method), threshold)


def _lines(method: str, threshold: float, scale: float, temperature: float) -> list[Line]:
    settings = {"scale": scale, "temperature": temperature}
    lines = [
        Line(
            _("InfoNCE, no margin"),
            pair_curve("infonce", marked=False, **settings),
            BASELINE,
            "dot",
            None,
        )
    ]
    if method == "infonce":
        return lines
    dataset = load_dataset(DATASET)
    share = share_of_anchors_marked(method, cosines_of(dataset.fingerprint, dataset), threshold)
    share = share or 0.0
    on = pair_curve(method, marked=True, **settings)
    off = pair_curve(method, marked=False, **settings)
    lines.append(Line(_("Margin on"), on, CANDIDATE, "solid", share))
    lines.append(Line(_("Margin off"), off, "#0072B2", "dash", 1.0 - share))
    return lines


def _at(curve: PairCurve, values: np.ndarray, similarity: float) -> float:
    return float(np.interp(similarity, curve.similarities, values))


def _says(lines: list[Line], alike: float) -> str:
    sentences = [_("A negative with similarity {alike}.", alike=f"{alike:.2f}")]
    for line in lines:
        push = _at(line.curve, line.curve.push, alike)
        size = f"{abs(push):.2f}"
        if abs(push) < NO_FORCE:
            felt = _("{line}: no force.", line=line.title)
        elif push > 0:
            felt = _("{line}: pushed apart, force {size}.", line=line.title, size=size)
        else:
            felt = _("{line}: pulled together, force {size}.", line=line.title, size=size)
        sentences.append(felt)
        if line.share is not None:
            sentences.append(
                _("This is the case for {share} % of the frames.", share=f"{100 * line.share:.0f}")
            )
    return " ".join(sentences)


def _hill(lines: list[Line]) -> str:
    parts = [
        _(
            "{line}: from {left} for opposite frames to {right} for identical ones.",
            line=line.title,
            left=f"{line.curve.energy[0]:.2f}",
            right=f"{line.curve.energy[-1]:.2f}",
        )
        for line in lines
    ]
    return " ".join(parts)


def push_figure(lines: list[Line], alike: float) -> go.Figure:
    """Push against similarity, zero in the middle: the sign is the message."""
    figure = _figure(lines, alike, "push")
    tallest = max(float(np.abs(line.curve.push).max()) for line in lines)
    top = 1.4 * max(tallest, 0.05)
    figure.add_hline(y=0, line_color=LINE, line_width=1)
    for y, text, anchor in ((top, _("pushes apart"), "top"), (-top, _("pulls together"), "bottom")):
        figure.add_annotation(
            x=-0.98,
            y=y,
            text=text,
            showarrow=False,
            xanchor="left",
            yanchor=anchor,
            font={"size": 12, "color": LINE},
        )
    figure.update_yaxes(range=[-top, top])
    return figure


def energy_figure(lines: list[Line], alike: float) -> go.Figure:
    """Energy against similarity."""
    return _figure(lines, alike, "energy")


def _figure(lines: list[Line], alike: float, what: str) -> go.Figure:
    figure = go.Figure()
    for line in lines:
        values = getattr(line.curve, what)
        felt = line.share is None or line.share > 0
        figure.add_scatter(
            x=line.curve.similarities,
            y=np.round(values, 4),
            mode="lines",
            name=line.title,
            line={"color": line.colour, "dash": line.dash, "width": 2.5},
            opacity=1.0 if felt else 0.25,
            hovertemplate="%{x:.2f}: %{y:.3f}<extra>%{fullData.name}</extra>",
        )
        figure.add_scatter(
            x=[alike],
            y=[round(_at(line.curve, values, alike), 4)],
            mode="markers",
            marker={"color": line.colour, "size": 10, "line": {"width": 1}},
            showlegend=False,
            opacity=1.0 if felt else 0.25,
            hoverinfo="skip",
        )
    figure.add_vline(x=alike, line_dash="dash", line_color=LINE, line_width=1)
    figure.update_layout(
        height=290,
        margin={"l": 0, "r": 4, "t": 4, "b": 0},
        legend={"orientation": "h", "y": -0.28, "yanchor": "top"},
        xaxis={"title": _("similarity (cosine)"), "range": [-1, 1]},
    )
    return figure


def _table(lines: list[Line]) -> pd.DataFrame:
    table = {_("similarity (cosine)"): lines[0].curve.similarities}
    for line in lines:
        table[f"{line.title}: {_('force')}"] = np.round(line.curve.push, 4)
        table[f"{line.title}: {_('energy')}"] = np.round(line.curve.energy, 4)
    return pd.DataFrame(table)


def _lesson(method: str, threshold: float) -> None:
    if method == "infonce":
        lesson = _(
            "**Without a margin**, negatives always push each other apart, however similar "
            "they are. This keeps the frames spread out."
        )
    elif method == "emargin-released" and threshold >= 0:
        lesson = _(
            "**In the published code, a threshold of 0 or above has no effect:** two lines of "
            "code cancel each other, and the margin acts on every frame. Move the threshold "
            "between 0 and 1: nothing changes."
        )
    else:
        lesson = _(
            "**Nothing repels similar frames.** For any positive similarity, both margin "
            "lines are at or below 0: negatives are pulled together too. Only frames that "
            "already point in opposite directions, with the margin off, move further apart. "
            "With no repulsion, all frames can end up in one place, as the next step shows."
        )
    st.info(lesson, icon=":material/lightbulb:")
