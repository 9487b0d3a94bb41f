"""How a file is written and cut: separator, header, decimal mark, time, missing values, frames."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import streamlit as st

from app.components.plain import plain
from emargin_core.datasets.tables.choices import (
    MISSING_CHOICES,
    SEPARATORS,
    TIME_UNITS,
    Choices,
    Missing,
)
from emargin_core.datasets.tables.inspection import FileReport
from emargin_core.text.errors import InputError
from emargin_core.text.language import gettext as _
from emargin_core.text.language import gettext_noop
from emargin_core.text.message import lazy_gettext

FOUND = gettext_noop("found out")
MISSING: dict[Missing, Any] = {
    "refuse": lazy_gettext("Reject the file"),
    "interpolate": lazy_gettext("Fill short gaps, leave long ones out"),
    "drop": lazy_gettext("Leave those rows out"),
}
SEPARATOR_WORDS = {
    "comma": lazy_gettext("comma"),
    "semicolon": lazy_gettext("semicolon"),
    "tab": lazy_gettext("tab"),
    "bar": lazy_gettext("bar"),
    "blank": lazy_gettext("blank"),
}
MOST_CLASSES = 12


def reading_settings(
    report: FileReport | None, choices: Choices, on_change: Callable[[Choices], None], key: str
) -> None:
    """Draw what may be set about the reading; a change gives new choices."""
    keys = {
        name: f"own_{name}_{key}"
        for name in ("separator", "header", "decimal", "time_unit", "missing", "frame", "hop")
    }
    with st.expander(_("How the file is read: separator, header, missing values, frame length")):
        first, second, third, fourth = st.columns(4)
        chosen = choices.separator
        _box(first, _("Separator"), list(SEPARATORS), SEPARATOR_WORDS, chosen, keys["separator"])
        second.number_input(
            _("Line of the header (0: none)"),
            0,
            10_000,
            choices.header,
            key=keys["header"],
            placeholder=_(FOUND),
        )
        _box(third, _("Decimal mark"), [".", ","], {}, choices.decimal, keys["decimal"])
        _box(
            fourth,
            _("Unit of the time"),
            list(TIME_UNITS),
            {},
            choices.time_unit,
            keys["time_unit"],
        )
        left, middle, right = st.columns([2, 1, 1])
        left.selectbox(
            _("Missing values"),
            MISSING_CHOICES,
            MISSING_CHOICES.index(choices.missing),
            format_func=lambda way: str(MISSING[way]),
            key=keys["missing"],
        )
        framing = _("seconds, or “128 samples”")
        middle.text_input(
            _("Frame length"), choices.frame or "", key=keys["frame"], placeholder=framing
        )
        right.text_input(
            _("Step to the next frame"), choices.hop or "", key=keys["hop"], placeholder=framing
        )
        names = _class_names(report, choices, key)
        st.button(
            _("Read it so"),
            key=f"own_apply_{key}",
            on_click=_apply,
            args=(choices, keys, names, on_change),
        )
        refusal = st.session_state.pop("own_refusal", None)
        if refusal:
            st.error(plain(str(refusal)), icon=":material/error:")


def _box(
    place: Any, label: str, options: list[str], words: Any, value: str | None, key: str
) -> None:
    place.selectbox(
        label,
        [None, *options],
        0 if value is None else 1 + options.index(value),
        format_func=lambda option: _(FOUND) if option is None else str(words.get(option, option)),
        key=key,
    )


def _class_names(report: FileReport | None, choices: Choices, key: str) -> dict[str, str]:
    """Draw a field for the name of each class that is a number; key of the field to the class."""
    found = [kind.name for kind in report.classes] if report is not None else []
    renamed = {new: old for old, new in choices.class_names}
    numbers = [name for name in found if _is_number(renamed.get(name, name))][:MOST_CLASSES]
    if not numbers:
        return {}
    st.caption(_("Names for the classes"))
    fields = {}
    for place, name in zip(st.columns(len(numbers)), numbers, strict=True):
        field = f"own_class_{key}_{renamed.get(name, name)}"
        place.text_input(renamed.get(name, name), name if name in renamed else "", key=field)
        fields[field] = renamed.get(name, name)
    return fields


def _is_number(name: str) -> bool:
    try:
        float(name)
    except ValueError:
        return False
    return True


def _apply(
    choices: Choices,
    keys: dict[str, str],
    names: dict[str, str],
    on_change: Callable[[Choices], None],
) -> None:
    values = {name: st.session_state[key] for name, key in keys.items()}
    for name in ("frame", "hop"):
        values[name] = values[name].strip() or None
    given = {old: st.session_state[field].strip() for field, old in names.items()}
    values["class_names"] = tuple((old, new) for old, new in given.items() if new)
    changed = replace(choices, **values)
    try:
        changed.check()
    except InputError as error:
        st.session_state.own_refusal = error.message
        return
    on_change(changed)
