"""Which frames train and which are held out: whole groups in turn, or the end of each recording."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from emargin_core.datasets.base import UNLABELLED, Dataset, Recording
from emargin_core.datasets.frames import Frames, cut_frames, n_overlapping
from emargin_core.text.errors import InputError
from emargin_core.text.message import Message, Text, lazy_gettext
from emargin_core.text.units import listed

MAX_FOLDS = 5
FOLD_SEED = 0
TEST_SHARE = 0.3
VALIDATION_SHARE = 0.25
MAX_TRAIN_FRAMES = 150_000
MAX_TEST_FRAMES = 50_000
TIME_BLOCKS = 8
"""Parts that the end of a lone group is cut into, for the intervals to resample."""
MIN_BLOCK_FRAMES = 20
STANDARDISED_ROWS = 50_000

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Unit:
    """What was sampled independently, of the held-out frames.

    noun: what a unit is, see `emargin_core.text.units`; names: of the held-out units;
    of_recording: (n_recordings,) index into names for each recording of the held-out frames;
    in_all: number of units that all folds hold out together.
    """

    noun: str
    names: tuple[str, ...]
    of_recording: tuple[int, ...]
    in_all: int


@dataclass(frozen=True)
class Split:
    """Training and held-out frames of one of n_folds; `note` says how they were parted."""

    train: Frames
    test: Frames
    unit: Unit
    n_folds: int
    note: Text


def count_folds(dataset: Dataset, evaluate_on: str = "test") -> int:
    """Number of folds that hold out each group once; 1 where the held-out part is fixed.

    Fixed is what the publisher has held out, and the end of a lone group's recordings.
    """
    if dataset.held_out and evaluate_on == "test":
        return 1
    return min(MAX_FOLDS, len(_free_groups(dataset)))


def make_split(dataset: Dataset, evaluate_on: str = "test", fold: int = 0) -> Split:
    """Cut a data set into frames, hold out whole groups, standardise on the training frames.

    Subject cross-validation (arXiv 1904.02666): each of min(5, groups) folds holds out other
    groups, whole, with about as many groups and classes as the others. Groups that the publisher
    holds out are kept instead. A lone group is parted by time: the end of each of its recordings
    is held out.

    With evaluate_on 'validation' the test groups of the fold are put aside and the next fold's are
    held out instead, for choosing settings without a look at the test groups.

    Raises:
        InputError: too short recordings, recordings with different sampling rates, or no such fold.
    """
    _check_rates(dataset)
    n_folds = count_folds(dataset, evaluate_on)
    if not 0 <= fold < n_folds:
        raise InputError(
            "data set '{name}' has {n} folds, numbered from 0; fold {fold} is none of them"
            if n_folds > 1
            else "data set '{name}' has one fixed held-out part, which is fold 0; fold {fold} does "
            "not exist",
            name=dataset.name,
            n=n_folds,
            fold=fold,
        )
    train_groups, held_out = _hold_out(dataset, evaluate_on, fold)
    if not held_out:
        share = VALIDATION_SHARE if evaluate_on == "validation" else TEST_SHARE
        lone = evaluate_on == "validation" and not dataset.held_out and n_folds == 1
        end = 1.0 - TEST_SHARE if lone else 1.0  # the test part lies behind it
        whole = _of(dataset, train_groups)
        return _by_time(dataset, whole, n_folds, end * (1.0 - share), end)
    test = cut_frames(_of(dataset, held_out), dataset.framing, MAX_TEST_FRAMES)
    names = tuple(dict.fromkeys(test.groups))
    noun = dataset.unit if evaluate_on == "test" or not dataset.held_out else "group"
    return _standardised(
        dataset,
        cut_frames(_of(dataset, train_groups), dataset.framing, MAX_TRAIN_FRAMES),
        test,
        Unit(
            noun,
            names,
            tuple(names.index(group) for group in test.groups),
            len(names) if n_folds == 1 else len(_free_groups(dataset)),
        ),
        n_folds,
        _note(dataset, evaluate_on, fold, n_folds, noun, train_groups, held_out),
    )


def held_out_groups(dataset: Dataset, fold: int) -> list[str]:
    """Groups that a fold holds out for the test; none where a lone group is parted by time."""
    return _hold_out(dataset, "test", fold)[1]


def leave_out(dataset: Dataset, folds: Sequence[int]) -> tuple[Frames, dict[int, Frames]]:
    """Leave several folds of the groups that may train out at once, for choosing settings.

    Returns the frames of the other folds and those of each fold left out, standardised on the
    former. Folds are those of `make_split`; of groups that the publisher holds out, none is in any.
    """
    dealt = _folds(dataset, _free_groups(dataset))
    kept = [group for fold, groups in enumerate(dealt) if fold not in folds for group in groups]
    train = cut_frames(_of(dataset, kept), dataset.framing, MAX_TRAIN_FRAMES)
    held_out = {
        fold: cut_frames(_of(dataset, dealt[fold]), dataset.framing, MAX_TEST_FRAMES)
        for fold in folds
    }
    _standardise(len(dataset.channel_names), train, *held_out.values())
    return train, held_out


def _hold_out(dataset: Dataset, evaluate_on: str, fold: int) -> tuple[list[str], list[str]]:
    """Groups to train on and groups to hold out; nothing is held out of a lone group."""
    free = _free_groups(dataset)
    if dataset.held_out and evaluate_on == "test":
        return free, list(dataset.held_out)
    if len(free) < 2:
        return free, []
    folds = _folds(dataset, free)
    aside = [] if dataset.held_out or evaluate_on == "test" else folds[fold]
    if evaluate_on == "validation" and not dataset.held_out:
        held = folds[(fold + 1) % len(folds)]
    else:
        held = folds[fold]
    train = [group for group in free if group not in {*aside, *held}]
    return (train, held) if train else (held, [])


def _free_groups(dataset: Dataset) -> list[str]:
    groups = {recording.group for recording in dataset.recordings} - set(dataset.held_out)
    return sorted(groups, key=_natural)


def _folds(dataset: Dataset, groups: list[str]) -> list[list[str]]:
    """Deal groups into folds of equal number (but for one), with classes as even as they allow.

    In a seeded order, the largest first, each group joins the fold that then has the most even
    classes, among those with the fewest groups.
    """
    n_folds = min(MAX_FOLDS, len(groups))
    counts = {group: np.zeros(len(dataset.class_names) + 1) for group in groups}
    for recording in dataset.recordings:
        if recording.group in counts:
            counts[recording.group] += np.bincount(
                recording.labels - UNLABELLED, minlength=len(dataset.class_names) + 1
            )
    total = np.maximum(sum(counts.values()), 1.0)
    order = np.random.default_rng(FOLD_SEED).permutation(len(groups))
    dealt: list[list[str]] = [[] for _ in range(n_folds)]
    shares = np.zeros((n_folds, len(total)))
    for group in sorted((groups[i] for i in order), key=lambda name: -counts[name].sum()):
        share = counts[group] / total
        fewest = min(map(len, dealt))
        open_folds = [n for n in range(n_folds) if len(dealt[n]) == fewest]
        chosen = min(open_folds, key=lambda n: float(((shares[n] + share) ** 2).sum()))
        dealt[chosen].append(group)
        shares[chosen] += share
    return [sorted(fold, key=_natural) for fold in dealt]


def _note(
    dataset: Dataset,
    evaluate_on: str,
    fold: int,
    n_folds: int,
    noun: str,
    train: Sequence[str],
    held_out: Sequence[str],
) -> Text:
    if dataset.held_out and evaluate_on == "test":
        return Message(
            "trained on {train}, tested on {held_out}, as published",
            train=listed("group", train),
            held_out=listed(dataset.unit, held_out),
        )
    return Message(
        "fold {number} of {n}: trained on {train}, tested on {held_out}",
        number=fold + 1,
        n=n_folds,
        train=listed(noun, train),
        held_out=listed(noun, held_out),
    )


def _by_time(
    dataset: Dataset, recordings: Sequence[Recording], n_folds: int, begin: float, end: float
) -> Split:
    """Train on each recording up to `begin`, hold out from there to `end` (shares of its frames).

    No sample is on both sides. The held-out end is cut into blocks that the intervals resample:
    they speak of other stretches of these recordings, not of other recordings.
    """
    limit = MAX_TRAIN_FRAMES + MAX_TEST_FRAMES
    frames = cut_frames(recordings, dataset.framing, limit)
    overlap = n_overlapping(recordings[0], dataset.framing)
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
            "data set '{name}' gives {n} frames in all, too few to train on one part and test on "
            "another",
            name=dataset.name,
            n=len(frames),
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
    unit = Unit("stretch", tuple(names), tuple(range(len(names))), len(names))
    if n_folds > 1:
        whose = lazy_gettext("the one group that is left")
    elif len(recordings) > 1:
        whose = lazy_gettext("the only group")
    else:
        whose = lazy_gettext("the only recording")
    note = (
        lazy_gettext("trained on the first {begin} % of {whose}, tested on the rest")
        if end == 1.0
        else lazy_gettext(
            "trained on the first {begin} % of {whose}, tested on what follows, up to {end} %"
        )
    ).format(begin=f"{100 * begin:.0f}", whose=whose, end=f"{100 * end:.0f}")
    return _standardised(dataset, _rows(frames, kept), test, unit, n_folds, note)


def _rows(frames: Frames, rows: Ints) -> Frames:
    return replace(
        frames,
        inputs=frames.inputs[rows],
        labels=frames.labels[rows],
        recording=frames.recording[rows],
        segment=frames.segment[rows],
        time=frames.time[rows],
    )


def _standardised(
    dataset: Dataset, train: Frames, test: Frames, unit: Unit, n_folds: int, note: Text
) -> Split:
    _standardise(len(dataset.channel_names), train, test)
    return Split(train, test, unit, n_folds, note)


def _standardise(n_channels: int, train: Frames, *held_out: Frames) -> None:
    """Scale all in place by the training frames; a constant feature is centred alone.

    Constant is what varies by no more than rounding, beside the largest feature of its own channel:
    channels may be in units of any size.
    """
    mean = train.inputs.mean(axis=0, dtype=np.float64)
    spread = train.inputs.std(axis=0, dtype=np.float64)
    largest = np.abs(mean).reshape(n_channels, -1).max(axis=1)
    constant = spread <= 1e-12 * np.repeat(largest, len(mean) // n_channels)
    spread[constant] = 1.0
    for frames in (train, *held_out):
        for begin in range(0, len(frames), STANDARDISED_ROWS):
            rows = slice(begin, begin + STANDARDISED_ROWS)
            frames.inputs[rows] = (frames.inputs[rows] - mean) / spread


def _of(dataset: Dataset, groups: Sequence[str]) -> list[Recording]:
    return [recording for recording in dataset.recordings if recording.group in set(groups)]


def _check_rates(dataset: Dataset) -> None:
    rates = {recording.sampling_rate for recording in dataset.recordings}
    if len(rates) > 1:
        raise InputError(
            "data set '{name}': recordings with different sampling rates ({rates} "
            "Hz); resample them to one rate",
            name=dataset.name,
            rates=", ".join(f"{rate:g}" for rate in sorted(rates)),
        )


def _natural(group: str) -> tuple[int, float, str]:
    return (0, float(group), group) if group.isdigit() else (1, 0.0, group)
