"""How a table will be read: what its columns are, how it tells time, and what is still in doubt."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from emargin_core.datasets.tables.choices import Choices
from emargin_core.datasets.tables.questions import Problem, change
from emargin_core.datasets.tables.read.table import Table
from emargin_core.datasets.tables.recognise.columns import Recognised, recognise
from emargin_core.datasets.tables.recognise.doubts import doubts, torn_rows, warnings
from emargin_core.datasets.tables.recognise.sample import Sample
from emargin_core.datasets.tables.recognise.times import TimeReader, read_time
from emargin_core.text.message import Message, Text
from emargin_core.text.plain_text import shown


@dataclass(frozen=True)
class Plan:
    """found: what the columns are; time: None without one; problems: what must be settled first;
    warnings: what else there is to say.
    """

    found: Recognised
    time: TimeReader | None
    problems: tuple[Problem, ...]
    warnings: tuple[Text, ...]


def make_plan(table: Table, choices: Choices) -> tuple[Plan, Sample]:
    """Look at a table and plan its reading.

    Raises:
        InputError: it cannot be read at all.
    """
    sample = Sample(table)
    found = recognise(table, sample, choices)
    problems, time = list(found.problems), None
    if any(problem.asks == "channels" for problem in problems):
        return Plan(found, None, (*torn_rows(table, choices), *problems), ()), sample
    time_columns = found.mapping.members("time", table.columns)
    if time_columns and found.row_is == "sample":
        read = read_time(table, sample, time_columns, _blocks(sample, found), choices)
        if isinstance(read, Problem):
            problems.append(read)
        else:
            time = read
    if sample.n:
        problems += doubts(sample, found, choices)
    problems = [*torn_rows(table, choices), *problems, *_of_rows(table, found, choices)]
    return Plan(found, time, tuple(problems), tuple(warnings(sample, found))), sample


def _blocks(sample: Sample, found: Recognised) -> NDArray[np.int64]:
    """Number of the recording of each sampled row."""
    number = np.zeros(sample.n, dtype=np.int64)
    for part in ("group", "recording"):
        for name in found.mapping.members(part, sample.table.columns):
            codes = sample[name].codes
            number = number * (int(codes.max(initial=0)) + 2) + codes + 1
    return number


def _of_rows(table: Table, found: Recognised, choices: Choices) -> Iterator[Problem]:
    """What a row is, and how many there are in a second."""
    if found.row_is == "embedding":
        yield Problem(
            Message(
                "each row is an embedding that was computed elsewhere ({n} numbered columns), not "
                "a sample of a signal; embeddings cannot be evaluated from a table yet",
                n=sum(len(block.columns) for block in found.numbered),
            )
        )
        return
    if found.mapping.time is None and choices.rate is None:
        yield Problem(
            Message(
                "no column tells the time: how many samples are there in a second? Each row is a "
                "window of {n} of them (50 stands for your number)",
                n=len(found.numbered[0].columns),
            )
            if found.row_is == "window"
            else Message(
                "no column tells the time: how many rows are there in a second? (50 stands for "
                "your number)"
            ),
            Message("{file}", file=shown(table.file)),
            (change(rate=50.0),),
            "rate",
        )
