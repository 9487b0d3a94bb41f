"""A head start from other data: settings that did best elsewhere, those of the nearest data first.

Near is what differs little in a few descriptors, each a positive number. They are compared as
ratios, so that twice the rate counts as much as twice the classes.
"""

import json
import math
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from emargin_core.config import make_config
from emargin_core.datasets.base import Dataset
from emargin_core.datasets.registry import load_dataset
from emargin_core.evaluation.indicator import adjacent_cosines, share_marked
from emargin_core.store.result import Result
from emargin_core.sweeps.confirmation import confirmed, plan_confirmation
from emargin_core.sweeps.report import SweepReport
from emargin_core.sweeps.space import NUMERIC, SweepSpec
from emargin_core.sweeps.study import FirstTrial
from emargin_core.text.errors import InputError

TABLE_PATH = Path(__file__).parents[2] / "assets" / "head_start.json"
FORMAT = 1
MARKED_AT = make_config().threshold
"""The threshold at which the share of marked frames is taken."""
LEAST_SHARE = 0.01
"""A smaller share counts as this one, so that none of the frames is not infinitely far from few."""


@dataclass(frozen=True)
class Descriptors:
    """What is known of a data set before anything is trained on it; None = undefined.

    rate: samples a second; channels, classes: how many; marked: share of the frames on which the
    margin acts at threshold `MARKED_AT`.
    """

    rate: float
    channels: int
    classes: int | None
    marked: float | None


@dataclass(frozen=True)
class Best:
    """The best confirmed settings of a method on one data set."""

    dataset: str
    fingerprint: str
    method: str
    descriptors: Descriptors
    settings: dict[str, float]


def described(dataset: Dataset) -> Descriptors:
    """Descriptors of a data set.

    Raises:
        InputError: the data set cannot be split.
    """
    return Descriptors(
        rate=dataset.recordings[0].sampling_rate,
        channels=len(dataset.channel_names),
        classes=len(dataset.class_names) if dataset.labelled else None,
        marked=share_marked(adjacent_cosines(dataset), MARKED_AT),
    )


def distance(one: Descriptors, other: Descriptors) -> float:
    """Mean over the descriptors that both have of how many doublings they are apart."""
    pairs = zip(asdict(one).values(), asdict(other).values(), strict=True)
    apart = [
        abs(math.log2(max(a, LEAST_SHARE) / max(b, LEAST_SHARE)))
        for a, b in pairs
        if a is not None and b is not None
    ]
    return sum(apart) / len(apart)


def first_trials(dataset: Dataset, spec: SweepSpec, table: Iterable[Best]) -> list[FirstTrial]:
    """The head start of a search: settings from other data, the nearest first, none twice.

    At most `spec.head_start` of them, of the same method, one of each data set (the first in the
    table), each value within the search's range. A value that the search keeps fixed is left out.

    Raises:
        InputError: the data set cannot be split.
    """
    known = dict[str, Best]()
    for best in table:
        if best.method == spec.base.method and best.fingerprint != dataset.fingerprint:
            known.setdefault(best.fingerprint, best)
    if not known:
        return []
    here = described(dataset)
    found = dict[str, FirstTrial]()
    for best in sorted(
        known.values(), key=lambda best: (distance(here, best.descriptors), best.dataset)
    ):
        settings = _within(best.settings, spec)
        if settings:
            found.setdefault(json.dumps(settings), FirstTrial(settings, best.dataset))
    return list(found.values())[: spec.head_start]


def confirmed_best(
    found: SweepReport, name: str, get: Callable[[str], Result | None]
) -> Best | None:
    """What a sweep chose for most folds, where its choice was confirmed and did not collapse.

    name: how the sweep's data set is called; get: reads a run by its run_id.
    """
    try:
        dataset = load_dataset(name)
        plan = plan_confirmation(found.findings, dataset, name)
    except InputError:  # the data set is gone, or there is nothing to confirm
        return None
    fingerprint = dataset.fingerprint
    comparison = confirmed(plan, fingerprint, get)
    chosen = Counter(setting for setting in plan.chosen.values() if setting is not None)
    if comparison is None or comparison.judgement.kind == "collapsed" or not chosen:
        return None
    config = json.loads(chosen.most_common(1)[0][0])
    return Best(
        name,
        fingerprint,
        config["method"],
        described(dataset),
        {field: config[field] for field in NUMERIC if config.get(field) is not None},
    )


@lru_cache(maxsize=1)
def shipped_table() -> tuple[Best, ...]:
    """The table that comes with the program; empty where it is missing or of another format."""
    try:
        return read_table(json.loads(TABLE_PATH.read_text(encoding="utf-8")))
    except (OSError, ValueError, KeyError, TypeError):
        return ()


def read_table(document: dict[str, Any]) -> tuple[Best, ...]:
    """Read the table's object.

    Raises:
        ValueError, KeyError, TypeError: it is none, or of another format.
    """
    if document["format"] != FORMAT:
        raise ValueError(f"the table has format {document['format']}, not {FORMAT}")
    return tuple(
        Best(
            row["dataset"],
            row["fingerprint"],
            row["method"],
            Descriptors(**row["descriptors"]),
            dict(row["settings"]),
        )
        for row in document["best"]
    )


def _within(settings: dict[str, float], spec: SweepSpec) -> dict[str, float]:
    return {
        name: min(max(settings[name], low), high)
        for name, (low, high) in spec.ranges.items()
        if name in settings
    }
