"""The unit of resampling in words: subjects, machines, cases, stretches of time.

A data set names its unit and every result stores it; whatever is said about units is said here.
"""

from collections.abc import Callable, Sequence

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
    units = _PLURAL.get(noun, _PLURAL["group"])
    if len(names) > MOST_NAMED:
        return Message("{n} {units}", n=len(names), units=units)
    if len(names) == 1:
        return names[0]
    return Message("{units} {names}", units=units, names=joined(names))
