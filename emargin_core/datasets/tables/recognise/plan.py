"""How a table will be read: what its columns are, how it tells time, and what is still in doubt."""

from collections.abc import Iterator
from dataclasses import dataclass

from emargin_core.datasets.tables.choices import Choices
from emargin_core.datasets.tables.questions import Problem, ask, change
from emargin_core.datasets.tables.read.table import Table
from emargin_core.datasets.tables.recognise.columns import Recognised, recognise
from emargin_core.datasets.tables.recognise.doubts import doubts, torn_rows, warnings
from emargin_core.datasets.tables.recognise.sample import Sample
from emargin_core.datasets.tables.recognise.times import TimeReader, read_time
from emargin_core.text.message import Text


@dataclass(frozen=True)
class Plan:
    """found: what the columns are; time: None without one; problems: what must be settled first;
    warnings: what else there is to say.
    """

    sample: Sample
    found: Recognised
    time: TimeReader | None
    problems: tuple[Problem, ...]
    warnings: tuple[Text, ...] = ()


def make_plan(table: Table, choices: Choices) -> Plan:
    """Look at a table and plan its reading.

    Raises:
        InputError: it cannot be read at all.
    """
    sample = Sample(table)
    found = recognise(sample, choices)
    problems = [*torn_rows(table, choices), *found.problems]
    if any(problem.asks == "channels" for problem in problems):
        return Plan(sample, found, None, tuple(problems))
    time: TimeReader | Problem | None = None
    columns = found.mapping.members("time", table.columns)
    if columns and found.row_is == "sample":
        keys = (found.mapping.members(part, table.columns) for part in ("group", "recording"))
        blocks = sample.blocks(name for names in keys for name in names)
        time = read_time(sample, columns, blocks, choices)
    if isinstance(time, Problem):
        problems.append(time)
        time = None
    if sample.n:
        problems += doubts(sample, found, choices)
    problems += _of_rows(table, found, choices)
    return Plan(sample, found, time, tuple(problems), tuple(warnings(sample, found)))


def _of_rows(table: Table, found: Recognised, choices: Choices) -> Iterator[Problem]:
    """What a row is, and how many there are in a second."""
    if found.row_is == "embedding":
        yield ask(
            "each row is an embedding that was computed elsewhere ({n} numbered columns), not a "
            "sample of a signal; embeddings cannot be evaluated from a table yet",
            n=len(found.signal),
        )
    elif found.mapping.time is None and choices.rate is None:
        remedy = change(rate=50.0)
        if found.row_is == "window":
            yield ask(
                "no column tells the time: how many samples are there in a second? Each row is a "
                "window of {n} of them (50 stands for your number)",
                remedy,
                asks="rate",
                where=table.file,
                n=len(found.numbered[0].columns),
            )
        else:
            yield ask(
                "no column tells the time: how many rows are there in a second? (50 stands for "
                "your number)",
                remedy,
                asks="rate",
                where=table.file,
            )
