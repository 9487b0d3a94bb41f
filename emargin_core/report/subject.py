"""What a report is on: runs found by name, grouped by their settings, paired by their seeds."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from emargin_core.annotations import read_annotation
from emargin_core.errors import InputError
from emargin_core.gallery import Gallery
from emargin_core.levels import ReferenceLevels, read_levels
from emargin_core.plain_text import shown
from emargin_core.result import Result
from emargin_core.runs_table import config_key
from emargin_core.store import RunStore

Runs = tuple[Result, ...]


@dataclass(frozen=True, eq=False)
class Subject:
    """One setting, or two to be compared, each with as many runs as there are seeds.

    baseline: empty where there is nothing to compare with; levels: floors and ceiling of the data,
    None if they have not been measured; layout: the first candidate's map, (n_frames, 2), turned
    onto the first baseline's if that map is kept.
    """

    baseline: Runs
    candidate: Runs
    levels: ReferenceLevels | None
    layout: NDArray[np.float64]

    @property
    def first(self) -> Result:
        """The first run of the candidate."""
        return self.candidate[0]

    @property
    def runs(self) -> Runs:
        """All runs, the baseline's first."""
        return (*self.baseline, *self.candidate)


def find_subject(names: Sequence[str], store: RunStore, gallery: Gallery | None) -> Subject:
    """Read runs from the store, or else from the gallery, and pair them.

    Args:
        names: run_ids; the settings of the first are the baseline's, if there are two settings.

    Raises:
        InputError: a run is not there, comes twice, or the runs cannot be paired.
    """
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise InputError(f"run {shown(twice)} is named twice; name each run once")
    baseline, candidate = paired([find_run(name, store, gallery) for name in names])
    return subject(baseline, candidate, store, gallery)


def subject(baseline: Runs, candidate: Runs, store: RunStore, gallery: Gallery | None) -> Subject:
    """Add to paired runs what is kept of their data and maps."""
    first = candidate[0]
    split = (first.data["fingerprint"], first.config["evaluate_on"])
    levels = read_levels(store.home, *split) or (gallery.levels(*split) if gallery else None)
    return Subject(baseline, candidate, levels, _layout(baseline, first, store, gallery))


def names_of(runs: Sequence[Result], store: RunStore) -> dict[str, str]:
    """What the user calls these runs, by run_id."""
    return {run.run_id: read_annotation(store.home, run.run_id).name for run in runs}


def find_run(name: str, store: RunStore, gallery: Gallery | None) -> Result:
    """Read one run whole.

    Raises:
        InputError: it is in neither, or the gallery has only its metrics.
    """
    result = store.get(name) if _is_name(name) else None
    if result is None and gallery is not None:
        result = gallery.result(name)
        if result is None and name in gallery.entries:
            raise InputError(
                f"of run {name} the gallery has the metrics alone; compute it first, its settings "
                "stand in `python -m emargin_core runs list --json -`"
            )
    if result is None:
        raise InputError(
            f"there is no run {shown(name)} here; `python -m emargin_core runs list` names those "
            "that there are"
        )
    return result


class OfSettings(Protocol):
    """As much of a run as pairing reads; data: fingerprint and title, and recordings if known."""

    @property
    def config(self) -> dict[str, Any]:
        """Canonical settings."""

    @property
    def data(self) -> dict[str, Any]:
        """What it was evaluated on."""


Run = TypeVar("Run", bound=OfSettings)


def paired(runs: Sequence[Run]) -> tuple[tuple[Run, ...], tuple[Run, ...]]:
    """Group runs by all settings but the seed: (baseline, candidate), each sorted by seed.

    With one setting the baseline is empty.

    Raises:
        InputError: no run, more than two settings, other data on each side, or unequal seeds.
    """
    groups: dict[tuple[str, str], list[Run]] = {}
    for run in runs:
        key = (config_key(run.config), run.data["fingerprint"])
        groups.setdefault(key, []).append(run)
    if not groups:
        raise InputError("no run is named; name one, or a baseline and a candidate")
    sides = [tuple(sorted(side, key=lambda run: run.config["seed"])) for side in groups.values()]
    if len(sides) == 1:
        return (), sides[0]
    if len(sides) > 2:
        raise InputError(
            f"these runs have {len(sides)} different settings; a report compares two, and each may "
            "have several seeds"
        )
    _check_alike(*sides)
    return sides[0], sides[1]


def _check_alike(baseline: Sequence[OfSettings], candidate: Sequence[OfSettings]) -> None:
    data = [
        (side[0].data["fingerprint"], side[0].config["evaluate_on"],
         side[0].data.get("recordings"))
        for side in (baseline, candidate)
    ]  # fmt: skip
    if data[0] != data[1]:
        titles = [shown(side[0].data["title"]) for side in (baseline, candidate)]
        same = titles[0] == titles[1]
        raise InputError(
            f"both were evaluated on {titles[0]}, with another content or split; "
            "compare runs on the same data"
            if same
            else f"the baseline was evaluated on {titles[0]}, the candidate on {titles[1]}; "
            "compare runs on the same data"
        )
    seeds = [[run.config["seed"] for run in side] for side in (baseline, candidate)]
    if seeds[0] != seeds[1]:
        before, after = (", ".join(str(seed) for seed in side) for side in seeds)
        raise InputError(
            f"the baseline has seeds {before}, the candidate {after}; name runs with the same "
            "seeds on both sides"
        )


def _layout(
    baseline: Runs, candidate: Result, store: RunStore, gallery: Gallery | None
) -> NDArray[np.float64]:
    own = candidate.frames[["map_x", "map_y"]].to_numpy(dtype=np.float64)
    if not baseline:
        return own
    pair = (candidate.run_id, baseline[0].run_id)
    aligned = store.get_map(*pair)
    if aligned is None and gallery and candidate.precomputed and baseline[0].precomputed:
        aligned = gallery.map(*pair)
    return own if aligned is None or len(aligned) != len(own) else aligned


def _is_name(name: str) -> bool:
    """Whether this can be the name of a folder in the store, and no way out of it."""
    return name.isalnum() and name.isascii()
