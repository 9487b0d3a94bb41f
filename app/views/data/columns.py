"""The first rows of a file, coloured by what each column is, and a box to change it."""

from collections.abc import Callable
from dataclasses import replace

import streamlit as st

from app.components.plain import plain
from emargin_core.datasets.tables.choices import Choices
from emargin_core.datasets.tables.inspection import ColumnReport, FileReport
from emargin_core.datasets.tables.mapping import AND, PARTS
from emargin_core.text.language import gettext as _
from emargin_core.text.message import lazy_gettext

SHOWN_COLUMNS = 40
SHOWN_ROWS = 8
ROLES = {
    "recording": lazy_gettext("Recording"),
    "group": lazy_gettext("Group (person, machine)"),
    "time": lazy_gettext("Time"),
    "label": lazy_gettext("Label"),
    "channel": lazy_gettext("Channel"),
    "left out": lazy_gettext("Left out"),
}
COLOURS = {
    "recording": "rgba(204, 121, 167, .25)",
    "group": "rgba(213, 94, 0, .22)",
    "time": "rgba(0, 114, 178, .22)",
    "label": "rgba(0, 158, 115, .25)",
    "channel": "rgba(86, 180, 233, .14)",
    "left out": "rgba(128, 128, 128, .12)",
}


def columns(report: FileReport, on_change: Callable[[Choices], None], key: str) -> None:
    """Draw the preview and a box for each column; a change gives new choices.

    key: tells the boxes of this file from those of another.
    """
    _preview(report)
    shown = report.columns[:SHOWN_COLUMNS]
    for place, column in enumerate(shown):
        name, box, why = st.columns([2, 2, 4], vertical_alignment="center")
        examples = ", ".join(column.examples)
        name.markdown(f"**{plain(column.name)}** :small[:gray[{plain(examples)}]]")
        box_key = f"own_part_{key}_{place}"
        st.session_state[box_key] = column.role
        box.selectbox(
            column.name,
            list(ROLES),
            format_func=lambda role: str(ROLES[role]),
            key=box_key,
            label_visibility="collapsed",
            on_change=_changed,
            args=(report, column, box_key, on_change),
        )
        why.caption(plain(str(column.why)))
    if len(report.columns) > SHOWN_COLUMNS:
        st.caption(_("and {n:,} more columns", n=len(report.columns) - SHOWN_COLUMNS))


def moved(report: FileReport, column: ColumnReport, role: str) -> Choices:
    """Return the choices with a column in another part, which is taken from the column it had."""
    roles = {other.name: other.role for other in report.columns}
    if role in PARTS:
        roles = {name: "left out" if found == role else found for name, found in roles.items()}
    roles[column.name] = role
    parts = {
        part: AND.join(name for name, found in roles.items() if found == part) for part in PARTS
    }
    if report.row_is != "sample":
        return replace(report.choices, **parts)
    channels = tuple(name for name, found in roles.items() if found == "channel")
    return replace(report.choices, channels=channels, **parts)


def _changed(
    report: FileReport, column: ColumnReport, key: str, on_change: Callable[[Choices], None]
) -> None:
    on_change(moved(report, column, st.session_state[key]))


def _preview(report: FileReport) -> None:
    """The first rows; the colours are those of the parts."""
    names = [column.name for column in report.columns[:SHOWN_COLUMNS]]
    roles = {column.name: column.role for column in report.columns}
    rows = report.preview[names].head(SHOWN_ROWS)
    coloured = rows.style.apply(
        lambda cells: [f"background-color: {COLOURS[roles[str(cells.name)]]}"] * len(cells)
    )
    st.dataframe(coloured, hide_index=True)
    used = [role for role in ROLES if role in roles.values()]
    st.caption(_("Colours: {parts}.", parts=_(", ").join(str(ROLES[role]) for role in used)))
