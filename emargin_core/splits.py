"""Which frames train and which are held out: whole groups, or the end of each recording."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from emargin_core.datasets.base import Dataset, Recording
from emargin_core.errors import InputError
from emargin_core.frames import Frames, cut_frames
from emargin_core.language import mark

TEST_SHARE = 0.3
VALIDATION_SHARE = 0.25
MAX_TRAIN_FRAMES = 150_000
MAX_TEST_FRAMES = 50_000
TIME_BLOCKS = 8
"""Parts that the end of a lone recording is cut into, for the intervals to resample."""
MIN_BLOCK_FRAMES = 20
STANDARDISED_ROWS = 50_000

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Split:
    """Training and held-out frames; `note` says how they were parted."""

    train: Frames
    test: Frames
    note: str


def make_split(dataset: Dataset, evaluate_on: str = "test") -> Split:
    """Cut a data set into frames, hold out whole groups, standardise on the training frames.

    With evaluate_on 'validation' the test groups are put aside and a part of the training
    groups is held out instead, for choosing settings without looking at the test groups. A lone
    group is parted by time: the end of each of its recordings is held out.

    Raises:
        InputError: too short recordings, or recordings with different sampling rates.
    """
    _check_rates(dataset)
    groups = _groups(dataset)
    train_groups, held_out = _hold_out(groups, TEST_SHARE, dataset.held_out)
    end = 1.0
    if evaluate_on == "validation":
        end = 1.0 if held_out else 1.0 - TEST_SHARE
        train_groups, held_out = _hold_out(train_groups, VALIDATION_SHARE)
    if not held_out:
        share = VALIDATION_SHARE if evaluate_on == "validation" else TEST_SHARE
        return _by_time(dataset, _of(dataset, train_groups), end * (1.0 - share), end)
    return _standardised(
        cut_frames(_of(dataset, train_groups), dataset.framing, MAX_TRAIN_FRAMES),
        cut_frames(_of(dataset, held_out), dataset.framing, MAX_TEST_FRAMES),
        mark("trained on {train}, tested on {held_out}").format(
            train=_listed(train_groups), held_out=_listed(held_out)
        ),
    )


def _by_time(dataset: Dataset, recordings: Sequence[Recording], begin: float, end: float) -> Split:
    """Train on each recording up to `begin`, hold out from there to `end` (shares of its frames).

    No sample is on both sides. The held-out end is cut into blocks that the intervals resample:
    they speak of other stretches of these recordings, not of other recordings.
    """
    limit = MAX_TRAIN_FRAMES + MAX_TEST_FRAMES
    frames = cut_frames(recordings, dataset.framing, limit)
    overlap = int(np.ceil(dataset.framing.seconds / dataset.framing.hop_seconds)) - 1
    train, blocks = [], []
    n_blocks = max(1, TIME_BLOCKS // len(recordings))
    for index in range(len(recordings)):
        rows = np.flatnonzero(frames.recording == index)
        border = round(begin * len(rows))
        held = rows[border + overlap : round(end * len(rows))]
        train.append(rows[:border])
        parts = max(1, min(n_blocks, len(held) // MIN_BLOCK_FRAMES))
        blocks += [(index, part) for part in np.array_split(held, parts) if len(part)]
    kept = np.concatenate(train)
    if len(kept) < 2 or not blocks:
        raise InputError(
            mark(
                "data set '{name}' gives {n} frames in all, too few to train on one part and test "
                "on another"
            ).format(name=dataset.name, n=len(frames))
        )
    held = np.concatenate([part for _, part in blocks])
    numbers = np.repeat(np.arange(len(blocks)), [len(part) for _, part in blocks])
    sources = [frames.recording_ids[index] for index, _ in blocks]
    names = [f"{source}, part {number + 1}" for number, source in enumerate(sources)]
    test = replace(
        _rows(frames, held),
        recording=numbers.astype(np.int64),
        segment=frames.segment[held] * len(blocks) + numbers,
        recording_ids=tuple(names),
        groups=tuple(frames.groups[index] for index, _ in blocks),
        sources=tuple(sources),
    )
    whose = mark("the only group") if len(recordings) > 1 else mark("the only recording")
    note = (
        mark("trained on the first {begin} % of {whose}, tested on the rest")
        if end == 1.0
        else mark(
            "trained on the first {begin} % of {whose}, tested on what follows, up to {end} %"
        )
    ).format(begin=f"{100 * begin:.0f}", whose=whose, end=f"{100 * end:.0f}")
    return _standardised(_rows(frames, kept), test, note)


def _rows(frames: Frames, rows: Ints) -> Frames:
    return replace(
        frames,
        inputs=frames.inputs[rows],
        labels=frames.labels[rows],
        recording=frames.recording[rows],
        segment=frames.segment[rows],
        time=frames.time[rows],
    )


def _standardised(train: Frames, test: Frames, note: str) -> Split:
    """Scale both sides in place by the training frames; a constant feature is centred alone."""
    mean = train.inputs.mean(axis=0, dtype=np.float64)
    spread = train.inputs.std(axis=0, dtype=np.float64)
    constant = spread <= 1e-12 * max(1.0, float(np.abs(mean).max()))
    spread[constant] = 1.0
    for frames in (train, test):
        for begin in range(0, len(frames), STANDARDISED_ROWS):
            rows = slice(begin, begin + STANDARDISED_ROWS)
            frames.inputs[rows] = (frames.inputs[rows] - mean) / spread
    return Split(train, test, note)


def _of(dataset: Dataset, groups: Sequence[str]) -> list[Recording]:
    return [recording for recording in dataset.recordings if recording.group in set(groups)]


def _check_rates(dataset: Dataset) -> None:
    rates = {recording.sampling_rate for recording in dataset.recordings}
    if len(rates) > 1:
        raise InputError(
            mark(
                "data set '{name}': recordings with different sampling rates ({rates} Hz); bring "
                "them to one"
            ).format(name=dataset.name, rates=", ".join(f"{rate:g}" for rate in sorted(rates)))
        )


def _groups(dataset: Dataset) -> list[str]:
    return sorted({recording.group for recording in dataset.recordings}, key=_natural)


def _hold_out(
    groups: list[str], share: float, fixed: Sequence[str] = ()
) -> tuple[list[str], list[str]]:
    """Hold out the fixed groups, or the last in natural order: `share` of them, at least one.

    Nothing is held out of a single group.
    """
    if fixed:
        return [group for group in groups if group not in fixed], list(fixed)
    if len(groups) < 2:
        return groups, []
    n_held = max(1, round(share * len(groups)))
    return groups[:-n_held], groups[-n_held:]


def _natural(group: str) -> tuple[int, float, str]:
    return (0, float(group), group) if group.isdigit() else (1, 0.0, group)


def _listed(groups: Sequence[str]) -> str:
    if len(groups) == 1:
        return mark("group {name}").format(name=groups[0])
    return mark("{n} groups ({first} to {last})").format(
        n=len(groups), first=groups[0], last=groups[-1]
    )
