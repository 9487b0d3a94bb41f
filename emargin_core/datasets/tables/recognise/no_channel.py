"""A table without a channel: each column's reason, and what would make one."""

from collections.abc import Iterator, Sequence

from emargin_core.datasets.tables.mapping import PARTS
from emargin_core.datasets.tables.questions import Change, Problem, ask, change
from emargin_core.datasets.tables.recognise.draft import GIVEN, NAMED, Draft
from emargin_core.datasets.tables.recognise.sample import MOSTLY
from emargin_core.text.message import Message, Text, joined
from emargin_core.text.plain_text import shown

MOST_REASONS = 6


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
