"""The runs of a report: found by id, grouped by settings, paired by fold and seed."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from emargin_core.analysis.comparison import held_out_of
from emargin_core.analysis.verdict import EQUAL_WITHIN
from emargin_core.evaluation.metric_table import METRICS, Metric
from emargin_core.evaluation.uncertainty import HeldOut
from emargin_core.store.annotations import read_annotation
from emargin_core.store.gallery.gallery import Gallery, known_reference_scores
from emargin_core.store.reference_scores import ReferenceScores, has_other_frames
from emargin_core.store.result import Result
from emargin_core.store.run_list import find_run
from emargin_core.store.run_store import RunStore
from emargin_core.store.runs_table import config_key
from emargin_core.text.errors import InputError
from emargin_core.text.plain_text import shown

Runs = tuple[Result, ...]


@dataclass(frozen=True, eq=False)
class Subject:
    """One setting, or two to be compared, each with a run for every fold and seed.

    baseline: empty where there is nothing to compare with; reference_scores: floors and ceiling
    of the data, None if they have not been measured; layout: the first candidate's map,
    (n_frames, 2), turned onto the first baseline's if that map is kept; equal_within: difference in
    accuracy that does not matter, as a share.
    """

    baseline: Runs
    candidate: Runs
    reference_scores: ReferenceScores | None
    layout: NDArray[np.float64]
    equal_within: float = EQUAL_WITHIN

    @property
    def first(self) -> Result:
        """The first run of the candidate."""
        return self.candidate[0]

    @property
    def runs(self) -> Runs:
        """All runs, the baseline's first."""
        return (*self.baseline, *self.candidate)

    @property
    def sides(self) -> tuple[Runs, ...]:
        """Baseline and candidate, or the candidate alone."""
        return (self.baseline, self.candidate) if self.baseline else (self.candidate,)

    @property
    def held_out(self) -> HeldOut:
        """What the runs were measured on."""
        return held_out_of(self.candidate)

    @property
    def collapsed(self) -> bool:
        """Whether a run of the candidate collapsed."""
        return any(run.collapsed for run in self.candidate)

    @property
    def metrics(self) -> dict[str, Metric]:
        """The metrics that the first run has, by path."""
        known = {f"{group}.{name}" for group, found in self.first.metrics.items() for name in found}
        return {path: metric for path, metric in METRICS.items() if path in known}


def find_subject(
    names: Sequence[str],
    store: RunStore,
    gallery: Gallery | None,
    equal_within: float = EQUAL_WITHIN,
) -> Subject:
    """Read runs from the store, or else from the gallery, and pair them.

    Args:
        names: run_ids; the settings of the first are the baseline's, if there are two settings.
        equal_within: difference in accuracy that does not matter, as a share.

    Raises:
        InputError: a run is not there, comes twice, or the runs cannot be paired.
    """
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise InputError("run {twice} is given twice; give each run once", twice=shown(twice))
    baseline, candidate = paired([find_run(name, store, gallery) for name in names])
    return subject(baseline, candidate, store, gallery, equal_within)


def subject(
    baseline: Runs,
    candidate: Runs,
    store: RunStore,
    gallery: Gallery | None,
    equal_within: float = EQUAL_WITHIN,
) -> Subject:
    """Add the stored reference scores and maps to paired runs."""
    first = candidate[0]
    split = (first.data["fingerprint"], first.config["evaluate_on"])
    reference_scores = None
    if not has_other_frames(first.config):
        reference_scores = known_reference_scores(store.home, gallery, *split)
    layout = _layout(baseline, first, store, gallery)
    return Subject(baseline, candidate, reference_scores, layout, equal_within)


def names_of(runs: Sequence[Result], store: RunStore) -> dict[str, str]:
    """Names that the user gave, by run_id."""
    return {run.run_id: read_annotation(store.home, run.run_id).name for run in runs}


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
    """Group runs by all settings but fold and seed: (baseline, candidate), each sorted by these.

    With one setting the baseline is empty.

    Raises:
        InputError: no run, more than two settings, other data on each side, or folds and seeds
            that do not pair.
    """
    groups: dict[tuple[str, str], list[Run]] = {}
    for run in runs:
        key = (config_key(run.config), run.data["fingerprint"])
        groups.setdefault(key, []).append(run)
    if not groups:
        raise InputError("no run is given; give one, or a baseline and a candidate")
    sides = [tuple(sorted(side, key=_fold_and_seed)) for side in groups.values()]
    if len(sides) == 1:
        return (), sides[0]
    if len(sides) > 2:
        raise InputError(
            "these runs have {sides} different settings; a report compares two, and each may have "
            "several folds and seeds",
            sides=len(sides),
        )
    _check_alike(*sides)
    return sides[0], sides[1]


def _fold_and_seed(run: OfSettings) -> tuple[int, int]:
    return run.config.get("fold") or 0, run.config["seed"]


def _check_alike(baseline: Sequence[OfSettings], candidate: Sequence[OfSettings]) -> None:
    _check_data(baseline, candidate)
    before, after = (set(map(_fold_and_seed, side)) for side in (baseline, candidate))
    if before != after:
        fold, seed = min(before ^ after)
        raise InputError(
            "the candidate has no run of fold {fold} with seed {seed}; use runs with the same "
            "folds and seeds on both sides"
            if (fold, seed) in before
            else "the baseline has no run of fold {fold} with seed {seed}; use runs with the same "
            "folds and seeds on both sides",
            fold=fold,
            seed=seed,
        )


def _check_data(baseline: Sequence[OfSettings], candidate: Sequence[OfSettings]) -> None:
    data = [
        (side[0].data["fingerprint"], side[0].config["evaluate_on"], side[0].data.get("n_folds"))
        for side in (baseline, candidate)
    ]
    if data[0] != data[1]:
        titles = [shown(side[0].data["title"]) for side in (baseline, candidate)]
        same = titles[0] == titles[1]
        raise (
            InputError(
                "both were evaluated on {titles}, but with different content or "
                "another split; compare runs on the same data",
                titles=titles[0],
            )
            if same
            else InputError(
                "the baseline was evaluated on {titles}, the candidate on {titles2}; compare runs "
                "on the same data",
                titles=titles[0],
                titles2=titles[1],
            )
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
