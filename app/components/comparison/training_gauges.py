"""Gauges of a training: hollow, for they show no result, each with its course over the steps."""

import html
from collections.abc import Sequence

from app.components.comparison.gauges import STYLE, bar_share
from emargin_core.evaluation.metric_table import ACCURACY, HEADLINES, Headline
from emargin_core.report.figures.palette import LINE
from emargin_core.store.snapshots import Snapshot
from emargin_core.text.language import gettext as _
from emargin_core.text.message import lazy_gettext

WIDTH, HEIGHT = 100, 16
"""Of a course's own square, which is stretched to its place."""
NOTES = {ACCURACY: lazy_gettext("decisions; quick ridge probe")}
"""What a metric is called where it is not measured as in a result."""


def training_gauges_html(snapshots: Sequence[Snapshot], at: int = -1) -> str:
    """The headline metrics of one snapshot as HTML with its style; every text in it is escaped.

    at: which of the snapshots; courses show them all. Without any, the places are held.
    """
    rows = "".join(_row(gauge, snapshots, at) for gauge in HEADLINES.values())
    return f"{STYLE}{_STYLE}<div class='gauges training'>{rows}</div>"


def value_text(gauge: Headline, snapshot: Snapshot) -> str:
    """A metric of a snapshot as it is read."""
    value = snapshot.values[gauge.path]
    return "n/a" if value is None else gauge.text(value)


def _row(gauge: Headline, snapshots: Sequence[Snapshot], at: int) -> str:
    value = snapshots[at].values[gauge.path] if snapshots else None
    number = value_text(gauge, snapshots[at]) if snapshots else "…"
    title, note = str(gauge.label), str(NOTES.get(gauge.path, gauge.note))
    spoken = html.escape(_("{title}: {number}, during training", title=title, number=number))
    bar = ""
    if value is not None:
        bar = f"<i class='fill' style='width:{100 * bar_share(gauge, value):.2f}%'></i>"
    return (
        "<div class='gauge'>"
        f"<div class='name'><b>{html.escape(title)}</b><span>{html.escape(note)}</span></div>"
        f"<div><div class='track' role='img' aria-label='{spoken}'>{bar}</div>"
        f"{_course(gauge, snapshots, at)}</div>"
        f"<div class='number'><b>{html.escape(number)}</b></div></div>"
    )


def _course(gauge: Headline, snapshots: Sequence[Snapshot], at: int) -> str:
    """The metric over the steps as a line, up for better as the bar runs to the right for it."""
    points = [_point(gauge, s) for s in snapshots if s.values[gauge.path] is not None]
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    here = ""
    if snapshots and snapshots[at].values[gauge.path] is not None:
        x, y = _point(gauge, snapshots[at])
        here = f"<i style='left:{x:.1f}%;top:{100 * y / HEIGHT:.1f}%'></i>"
    return (
        f"<div class='course' aria-hidden='true'><svg viewBox='0 0 {WIDTH} {HEIGHT}' "
        f"preserveAspectRatio='none'><polyline points='{line}'/></svg>{here}</div>"
    )


def _point(gauge: Headline, snapshot: Snapshot) -> tuple[float, float]:
    value = snapshot.values[gauge.path]
    assert value is not None
    return (
        WIDTH * snapshot.step / max(1, snapshot.steps),
        HEIGHT - HEIGHT * bar_share(gauge, value),
    )


_STYLE = f"""<style>
.training .track{{height:.55rem}}
.training .fill{{background:none;border:1.5px solid {LINE};box-sizing:border-box;min-width:3px}}
.training .number b{{opacity:.8}}
.course{{position:relative;height:1rem;margin-top:.2rem}}
.course svg{{display:block;width:100%;height:100%;overflow:visible}}
.course polyline{{fill:none;stroke:{LINE};stroke-width:1.5;vector-effect:non-scaling-stroke}}
.course i{{position:absolute;width:6px;height:6px;margin:-3px;border-radius:50%;background:{LINE}}}
</style>"""
