"""The numbers of a figure as a table, read from the figure itself, so that both say the same."""

import html
import re
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from emargin_core.text.language import gettext as _

MOST_ROWS = 20_000
_TAGS = re.compile(r"<[^>]+>")


def figure_table(figure: go.Figure) -> pd.DataFrame:
    """One row a point or bar that has a value: the series' name, where it stands, its value.

    A bar with a base gets the value at which it begins and the one at which it ends. Tiles of a
    heat map are told by the numbers written on them, which are a series of their own.
    """
    if figure.data and figure.data[0].type == "parcoords":
        return pd.DataFrame({part.label: part.values for part in figure.data[0].dimensions})
    rows = [row for trace in figure.data if trace.type != "heatmap" for row in _rows(figure, trace)]
    return pd.DataFrame(rows[:MOST_ROWS])


def _rows(figure: go.Figure, trace: Any) -> Iterator[dict[str, object]]:
    if trace.x is None or trace.y is None:
        return
    series = _plain(trace.name)
    across, up = (_title(figure, name) for name in ("xaxis", "yaxis"))
    bases = trace.base if trace.type == "bar" and trace.base is not None else None
    for index, (x, y) in enumerate(zip(trace.x, trace.y, strict=True)):
        if _absent(x) or _absent(y):
            continue
        row: dict[str, object] = {_("series"): series}
        if bases is None:
            row |= {across: _value(x), up: _value(y)}
        else:
            row |= {
                up: _value(y),
                _("from"): _value(bases[index]),
                _("to"): _value(bases[index] + x),
            }
        if trace.text is not None and not isinstance(trace.text, str):
            row[_("value")] = _plain(trace.text[index])
        yield row


def _title(figure: go.Figure, axis: str) -> str:
    title = _plain(figure.layout[axis].title.text)
    return title or {"xaxis": _("x axis"), "yaxis": _("y axis")}[axis]


def _plain(text: object) -> str:
    return html.unescape(_TAGS.sub(" ", str(text))).strip() if text is not None else ""


def _value(value: object) -> object:
    return _plain(value) if isinstance(value, str) else round(float(value), 6)  # type: ignore[arg-type]


def _absent(value: object) -> bool:
    return value is None or (isinstance(value, (float, np.floating)) and not np.isfinite(value))
