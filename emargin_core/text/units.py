"""The unit of resampling in words: subjects, machines, cases, stretches of time.

A data set names its unit and every result stores it; whatever is said about units is said here.
"""

from collections.abc import Callable, Sequence
from typing import Any

from emargin_core.text.language import ngettext
from emargin_core.text.message import Message, Text, joined, lazy_gettext

MOST_NAMED = 4
"""So many units are called by their names; of more, only the number is said."""

_COUNTED: dict[str, Callable[[int], str]] = {
    "group": lambda n: ngettext("{n} group", "{n} groups", n),
    "subject": lambda n: ngettext("{n} subject", "{n} subjects", n),
    "patient": lambda n: ngettext("{n} patient", "{n} patients", n),
    "machine": lambda n: ngettext("{n} machine", "{n} machines", n),
    "case": lambda n: ngettext("{n} case", "{n} cases", n),
    "recording": lambda n: ngettext("{n} recording", "{n} recordings", n),
    "stretch": lambda n: ngettext("{n} stretch of time", "{n} stretches of time", n),
}
_PLURAL = {
    "group": lazy_gettext("groups"),
    "subject": lazy_gettext("subjects"),
    "patient": lazy_gettext("patients"),
    "machine": lazy_gettext("machines"),
    "case": lazy_gettext("cases"),
    "recording": lazy_gettext("recordings"),
    "stretch": lazy_gettext("stretches of time"),
}
_MANY = {
    "group": lazy_gettext("{n} groups"),
    "subject": lazy_gettext("{n} subjects"),
    "patient": lazy_gettext("{n} patients"),
    "machine": lazy_gettext("{n} machines"),
    "case": lazy_gettext("{n} cases"),
    "recording": lazy_gettext("{n} recordings"),
    "stretch": lazy_gettext("{n} stretches of time"),
}
_PARTS = {"validation": lazy_gettext("validation {units}"), "test": lazy_gettext("test {units}")}
NOUNS = tuple(_COUNTED)


def counted(noun: str, n: int) -> str:
    """'1 subject' or '10 subjects' in the current language; an unknown noun counts groups."""
    return _COUNTED.get(noun, _COUNTED["group"])(n)


def plural(noun: str) -> str:
    """'subjects' in the current language; an unknown noun means groups."""
    return str(_PLURAL.get(noun, _PLURAL["group"]))


def of_part(evaluate_on: str, noun: str) -> str:
    """'validation subjects' or 'test subjects': the units of a part of the data."""
    return str(_PARTS[evaluate_on].format(units=plural(noun)))


def listed(noun: str, names: Sequence[str]) -> Text:
    """'subjects 03, 08' or, of more than four, '8 subjects', to be stored and said later."""
    if len(names) > MOST_NAMED:
        return _MANY.get(noun, _MANY["group"]).format(n=len(names))
    if len(names) == 1:
        return names[0]
    units = _PLURAL.get(noun, _PLURAL["group"])
    return Message("{units} {names}", units=units, names=joined(names))


def counted_anew(found: object) -> Any:
    """A stored message with its units counted as `listed` counts them, whoever stored it.

    Older runs have a number beside the units' name, which in some languages is no way to count.
    """
    match found:
        case Message(template="{n} {units}", values={"n": n, "units": Message() as units}):
            nouns = {name.template: noun for noun, name in _PLURAL.items()}
            return _MANY[nouns.get(units.template, "group")].format(n=n)
        case Message():
            values = {name: counted_anew(value) for name, value in found.values.items()}
            return Message(found.template, **values)
    return found
