"""What each column is, by its content before its name.

A name alone makes no column a label or a clock, and no column is a channel that tells the label,
the time or the recording in other words.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from emargin_core.datasets.tables.choices import Choices, RowIs
from emargin_core.datasets.tables.mapping import PARTS, ColumnMapping, check_columns
from emargin_core.datasets.tables.questions import Change, Problem, ask, change
from emargin_core.datasets.tables.recognise import parts
from emargin_core.datasets.tables.recognise.draft import GIVEN, NAMED, Draft
from emargin_core.datasets.tables.recognise.leaks import Known, why_left_out
from emargin_core.datasets.tables.recognise.row_kind import Numbered, find_numbered, row_kind
from emargin_core.datasets.tables.recognise.sample import MOSTLY, Sample
from emargin_core.text.message import Message, Text, joined
from emargin_core.text.plain_text import shown

MOST_REASONS = 6


@dataclass(frozen=True)
class Recognised:
    """What the columns are.

    why: part to the reason; left_out: columns that are no channel, with the reason; problems: what
    is in doubt; numbered: the blocks of numbered columns where a row is a window.
    """

    mapping: ColumnMapping
    row_is: RowIs
    why: dict[str, Text]
    left_out: tuple[tuple[str, Text], ...]
    problems: tuple[Problem, ...]
    numbered: tuple[Numbered, ...] = ()

    @property
    def signal(self) -> list[str]:
        """The columns of the signal: channels, or those of the windows."""
        in_windows = [name for block in self.numbered for name in block.columns]
        return [*self.mapping.channels, *in_windows]


def recognise(sample: Sample, choices: Choices) -> Recognised:
    """Find out what the columns are; what is chosen is not questioned."""
    draft = Draft(sample, choices)
    kind: RowIs = "sample"
    numbered: tuple[Numbered, ...] = ()
    channels: tuple[str, ...] = ()
    left_out: tuple[tuple[str, Text], ...] = ()
    named = [(part, column) for part, column in draft.parts.items() if column]
    given = [("channel", name) for name in draft.given()]
    faults = check_columns([*named, *given], draft.names)
    draft.problems += [Problem(fault, asks="channels") for fault in faults]
    if not faults:
        numbered = find_numbered(sample, draft.free())
        found = row_kind(sample, numbered, parts.has_time(draft), choices)
        if isinstance(found, Problem):
            draft.problems.append(found)
        else:
            kind = found
        numbered = numbered if kind != "sample" else ()
        wide = {name for block in numbered for name in block.columns}
        _find_parts(draft, wide, kind)
        channels, left_out = _find_channels(draft, wide)
        if kind == "sample" and not channels:
            draft.problems.append(no_channel(draft, left_out))
    mapping = ColumnMapping(channels=channels, rate=choices.rate, **draft.parts)
    return Recognised(mapping, kind, draft.why, left_out, tuple(draft.problems), numbered)


def _find_parts(draft: Draft, wide: set[str], kind: RowIs) -> None:
    free = [name for name in draft.free() if name not in wide]
    flags = parts.find_flags(draft, free)
    free = [name for name in free if name not in flags]
    parts.find_keys(draft, free)
    if draft.is_open("time") and kind == "sample":
        parts.find_time(draft, free)
    parts.find_label(draft, free, flags)
    if kind == "sample":
        parts.find_keys_by_content(draft, free)
        parts.find_time_by_content(draft, free)
    parts.find_label_by_content(draft, free, kind)


def _find_channels(
    draft: Draft, wide: set[str]
) -> tuple[tuple[str, ...], tuple[tuple[str, Text], ...]]:
    """The channels, and the columns that are none, with the reason."""
    chosen = draft.choices.channels or ()
    only = any(not name.startswith("+") for name in chosen)
    taken = {*draft.of(*PARTS), *wide}
    known = Known(draft.blocks(), parts.label_codes(draft), draft.parts["label"])
    channels: list[str] = []
    left_out: list[tuple[str, Text]] = []
    for name in draft.names:
        if name in taken:
            continue
        why: Text | None = None
        if name not in draft.given():
            if only:
                why = Message("not among the channels that are given")
            elif wide:
                why = Message("a row is a window: its numbered columns are the signal")
            elif name in draft.choices.leave_out:
                why = GIVEN
            else:
                why = draft.aside.get(name) or why_left_out(draft.sample[name], known)
        if why is None:
            channels.append(name)
        else:
            left_out.append((name, why))
    return tuple(channels), tuple(left_out)


def no_channel(draft: Draft, left_out: Sequence[tuple[str, Text]]) -> Problem:
    """Return the problem that no column is a channel.

    left_out: the columns that are none, with the reason.
    """
    taken = [(draft.parts[part], Message("taken as {part}", part=part)) for part in PARTS]
    reasons = [
        Message("'{column}': {why}", column=shown(name), why=why)
        for name, why in (*left_out, *taken)
        if name
    ]
    more = len(reasons) - MOST_REASONS
    if more > 0:
        reasons[MOST_REASONS:] = [Message("and {n:,} more columns", n=more)]
    return ask(
        "no channel: a channel is a column of numbers beside time, label and recording, and none "
        "is one ({reasons})",
        *_remedies(draft, left_out),
        asks="channels",
        reasons=joined(reasons, "; "),
    )


def _remedies(draft: Draft, left_out: Sequence[tuple[str, Text]]) -> Iterator[Change]:
    """Another decimal mark, where text becomes numbers with it; else what has numbers."""
    table = draft.sample.table
    columns = [draft.sample[name] for name, _ in left_out]
    if table.layout is not None:
        mark = "." if table.layout.decimal == "," else ","
        for column in columns:
            if column.empty or column.numeric:
                continue
            number, text = table.number(column.name, mark), table.text(column.name)
            [(n, given)] = table.rows(f"SELECT count({number}), count({text}) FROM s")
            if n > MOSTLY * given:
                yield change(decimal=mark)
                return
    numeric = tuple(f"+{column.name}" for column in columns if column.numeric and len(column.known))
    if numeric:
        yield change(channels=numeric)
    for part, more in (("time", {"rate": 50.0}), ("label", {})):
        name, by_content = draft.parts[part], draft.why.get(part) not in (NAMED, GIVEN)
        if name in draft.names and by_content and draft.sample[str(name)].numeric:
            yield change(**{part: "", "channels": (f"+{name}",)}, **more)
