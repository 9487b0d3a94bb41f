"""A strip in time: one held-out recording, its classes, and where the margin acted."""

from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from app.components.plain import chart_text
from emargin_core.report.figures.palette import CANDIDATE, class_colour
from emargin_core.store.result import Result
from emargin_core.text.language import gettext as _

CHOSEN = "#7F3C8D"


@dataclass(frozen=True)
class Row:
    """One line of the strip: a code for each frame (-2 = nothing drawn) and words for the codes."""

    title: str
    codes: NDArray[np.int64]
    words: dict[int, str]
    colours: dict[int, str]


def strip_figure(
    result: Result, recording: int, rows: list[Row], height: int, left: int = 0
) -> go.Figure:
    """Draw rows of one recording over time, as bars that touch where the code stays the same.

    left: pixels kept for the titles, to line up with another figure; 0 = as wide as they are.
    """
    figure = go.Figure()
    for row in rows:
        spans = row_spans(result, recording, row)
        for code in row.words:
            own = [(begin, length) for begin, length, other in spans if other == code]
            figure.add_bar(
                x=[length for _begin, length in own],
                base=[begin for begin, _length in own],
                y=[row.title] * len(own),
                orientation="h",
                width=0.8,
                marker={"color": row.colours[code], "line": {"width": 0}},
                name=chart_text(row.words[code]),
                hovertemplate="%{fullData.name}, %{base:.1f} s<extra></extra>",
                showlegend=False,
            )
    figure.update_layout(
        height=height,
        barmode="overlay",
        bargap=0,
        margin={"l": left, "r": 4, "t": 0, "b": 0},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        xaxis={
            "ticksuffix": " s",
            "showgrid": False,
            "zeroline": False,
            "nticks": 6,
            "range": list(time_span(result, recording)),
        },
        yaxis={
            "categoryorder": "array",
            "categoryarray": [row.title for row in rows][::-1],
            "fixedrange": True,
            "title": None,
            "automargin": left == 0,
        },
    )
    return figure


def row_spans(result: Result, recording: int, row: Row) -> list[tuple[float, float, int]]:
    """Begin and length in seconds, and code, of each stretch; a gap in time breaks one too."""
    inside = np.flatnonzero(result.frames["recording"].to_numpy() == recording)
    times, codes = result.frames["time"].to_numpy()[inside], row.codes[inside]
    step = _step(times)
    broken = (np.diff(codes) != 0) | (np.diff(times) > 1.5 * step)
    begins = np.flatnonzero(np.append(True, broken))
    lengths = np.diff(np.append(begins, len(codes)))
    spans = zip(
        np.round(times[begins] - step / 2, 3).tolist(),
        np.round(lengths * step, 3).tolist(),
        codes[begins].tolist(),
        strict=True,
    )
    return [span for span in spans if span[2] in row.words]


def time_span(result: Result, recording: int) -> tuple[float, float]:
    """Seconds from the begin to the end of what a strip of this recording shows."""
    times = result.frames["time"].to_numpy()[result.frames["recording"].to_numpy() == recording]
    half = _step(times) / 2
    return float(times[0] - half), float(times[-1] + half)


def _step(times: NDArray[np.float64]) -> float:
    return float(np.median(np.diff(times))) if len(times) > 1 else 1.0


def class_row(result: Result, title: str, column: str) -> Row:
    """A row of true classes, predictions or clusters."""
    codes = result.frames[column].to_numpy()
    names = result.data["class_names"]
    words = {int(code): _word(int(code), column, names) for code in np.unique(codes)}
    return Row(title, codes, words, {code: class_colour(code) for code in words})


def margin_row(result: Result, title: str) -> Row:
    """A row of the frames where the margin acted."""
    acted = np.where(result.frames["transition"].to_numpy(), 0, -2)
    return Row(title, acted, {0: _("the margin acted")}, {0: CANDIDATE})


def chosen_row(n_frames: int, chosen: NDArray[np.int64], title: str) -> Row:
    """A row of the frames chosen in a map."""
    codes = np.full(n_frames, -2)
    codes[chosen] = 0
    return Row(title, codes, {0: _("selected in a map")}, {0: CHOSEN})


def _word(code: int, column: str, names: list[str]) -> str:
    if code < 0:
        return _("unlabelled")
    return _("cluster {n}", n=code + 1) if column == "cluster" else names[code]
