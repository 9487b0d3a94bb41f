"""The strip in time that answers the maps: it shows the recording of the frame pointed at."""

from collections.abc import Sequence

from app.components.charts.chart_words import strip_says
from app.components.charts.strip import Row, row_spans, time_span
from app.components.maps.linked import linked
from emargin_core.store.result import Result

HTML = """
<p class="where"></p>
<div class="plot">
  <div class="rows"></div>
  <div class="axis"><span class="begin"></span><span class="end"></span></div>
</div>
"""

CSS = """
:host{font-family:var(--st-font);color:var(--st-text-color)}
p{margin:0;font-size:.85rem;min-height:1.4em}
.plot{display:grid;grid-template-columns:auto minmax(0,1fr)}
.rows{display:contents}
.rows span{padding-right:.6rem;font-size:.8rem;line-height:2.1rem;text-align:right}
svg{width:100%;height:1.8rem;margin:.15rem 0;display:block;overflow:visible}
rect{fill:currentColor;stroke:currentColor;stroke-width:.6;vector-effect:non-scaling-stroke}
.mark{stroke:currentColor;stroke-width:3;vector-effect:non-scaling-stroke}
.axis{grid-column:2;display:flex;justify-content:space-between;font-size:.8rem}
"""

_mount = linked(__file__, HTML, CSS)


def time_strip(result: Result, rows: Sequence[Row], recording: int, view: str, key: str) -> None:
    """Draw rows of one recording over time, in place of which the maps of the view show another.

    recording: shown until then.
    """
    names = result.data["recordings"]
    everyone = range(len(names))
    data = {
        "view": view,
        "recording": recording,
        "names": list(names),
        "alts": [strip_says(result, one, rows) for one in everyone],
        "ends": [time_span(result, one) for one in everyone],
        "rows": [
            {
                "title": row.title,
                "palette": {str(code): colour for code, colour in row.colours.items()},
                "spans": [row_spans(result, one, row) for one in everyone],
            }
            for row in rows
        ],
    }
    _mount(key=key, data=data)
