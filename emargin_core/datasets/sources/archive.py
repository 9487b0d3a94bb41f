"""The UCR and UEA archives of labelled cases, joined into recordings."""

import importlib.util
import re
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from emargin_core.datasets.base import Dataset, Framing, Recording, Source
from emargin_core.datasets.fetch.download import OnBytes
from emargin_core.datasets.fetch.folder import data_root
from emargin_core.datasets.fetch.unpack import fetch_zip
from emargin_core.datasets.sources.interpolate import interpolated
from emargin_core.text.errors import InputError
from emargin_core.text.message import Message, Text, lazy_gettext

NAMES = r"[A-Za-z0-9_-]{1,80}"
URL = "https://timeseriesclassification.com/aeon-toolkit/{name}.zip"
PREFIX = "archive"
SPLITS = ("train", "test")
JOIN_SEED = 2018
MAX_RECORDINGS = {"train": 20, "test": 200}
WINDOW_FRAMES = 100
"""Frames of a training window; a training recording should have at least as many."""
FRAME_SAMPLES = (8, 256)
RATES = {
    "BasicMotions": 10.0,
    "Epilepsy": 16.0,
    "FingerMovements": 100.0,
    "HandMovementDirection": 400.0,
    "MotorImagery": 1000.0,
    "RacketSports": 10.0,
    "SelfRegulationSCP1": 256.0,
    "SelfRegulationSCP2": 256.0,
}
"""Samples a second, where the archive's description (arXiv 1811.00075) gives them."""
DESCRIPTION = lazy_gettext(
    "Separate cases, each with one label, from the UCR and UEA archives. The cases of each "
    "published training split are shuffled in a fixed order and joined into up to twenty "
    "recordings, with borders that no frame crosses; what follows a case is therefore another "
    "case, not the future. Tested on the published test split, each case on its own (joined too "
    "where there are more than two hundred)."
)
ABOUT = {
    "BasicMotions": lazy_gettext(
        "Four students standing, walking, running and playing badminton with a smartwatch "
        "(accelerometer and gyroscope, 6 channels, 10 Hz)."
    )
}
CITATION = (
    "Bagnall et al. 2018, The UEA multivariate time series classification archive, arXiv "
    "1811.00075; Dau et al. 2019, The UCR time series archive, arXiv 1810.07758"
)
LICENCE = "none stated by the archive, which asks to be cited"

Floats = NDArray[np.float32]


class Case(NamedTuple):
    """One labelled series, (n_samples, n_channels)."""

    signal: Floats
    label: str


def load(name: str) -> Dataset:
    """Load a classification problem by its name in the archive; fetched where it is not there.

    Raises:
        InputError: the name is not one, it cannot be fetched, or its files are damaged.
    """
    _check_name(name)
    cases: dict[str, list[Case]] = {}
    notes: list[Text] = []
    for split, path in zip(SPLITS, _files(name), strict=True):
        cases[split] = _without_gaps(_read(path), split, path, notes)
    every = [case for split in SPLITS for case in cases[split]]
    class_names = tuple(sorted({case.label for case in every}, key=_natural))
    frame, rate = _frame_samples([len(case.signal) for case in every], name), RATES.get(name, 1.0)
    if name not in RATES:
        notes.append(
            lazy_gettext("no sampling rate is published: one sample is counted as one second")
        )
    notes.append(
        Message("frames of {n} samples, about a tenth of a case, half overlapping", n=frame)
    )
    recordings = [
        recording
        for split in SPLITS
        for recording in _join(cases[split], split, class_names, frame, rate)
    ]
    held_out = tuple(r.group for r in recordings if r.group.startswith("test"))
    n_channels = every[0].signal.shape[1]
    return Dataset(
        name=f"{PREFIX}:{name}",
        title=Message("{name} (archive)", name=name),
        recordings=tuple(recordings),
        class_names=class_names,
        channel_names=tuple(f"channel {number + 1}" for number in range(n_channels)),
        source=f"UCR and UEA archives, {URL.format(name=name)}",
        citation=CITATION,
        licence=LICENCE,
        description=f"{ABOUT.get(name, '')} {DESCRIPTION}".strip(),
        notes=tuple(notes),
        framing=Framing(frame / rate, frame / rate / 2),
        held_out=held_out,
        unit="case" if len(held_out) == len(cases["test"]) else "group",
    )


def _check_name(name: str) -> None:
    if not re.fullmatch(NAMES, name):
        raise InputError(
            "'{name}' is not a name in the archive; letters, digits, _ and - are allowed, such as "
            "archive:GunPoint",
            name=name,
        )


def is_here(name: str) -> bool:
    """Whether a problem can be loaded without fetching it."""
    return re.fullmatch(NAMES, name) is not None and _found(name) is not None


def _found(name: str) -> list[Path] | None:
    """Both splits' files: those that aeon ships, else those in the data folder, else None."""
    for place in (_shipped() / name, data_root() / PREFIX / name / name):
        files = [place / f"{name}_{split.upper()}.ts" for split in SPLITS]
        if all(file.is_file() for file in files):
            return files
    return None


def _files(name: str) -> list[Path]:
    """Both splits' files, fetched if need be."""
    found = _found(name)
    if found is None:
        fetch(name, data_root(), lambda *_: None)
        found = _found(name)
    if found is None:
        raise InputError(
            "the archive's {name}.zip lacks {name}_TRAIN.ts or {name}_TEST.ts", name=name
        )
    return found


def _shipped() -> Path:
    """Folder of the problems that aeon ships, without importing it."""
    spec = importlib.util.find_spec("aeon")
    if spec is None or spec.origin is None:
        raise InputError("the archive needs the package aeon: pip install -r requirements.txt")
    return Path(spec.origin).parent / "datasets" / "data"


def fetch(name: str, root: Path, tell: OnBytes) -> str:
    """Fetch a problem into `root / archive`; returns what was done in a few words.

    Raises:
        InputError: the name is not one, or it cannot be fetched.
    """
    _check_name(name)
    if (_shipped() / name).is_dir():
        return "nothing to fetch: aeon ships it"
    new = fetch_zip(URL.format(name=name), root / PREFIX / name, name, ".ts", tell)
    return "fetched and verified" if new else "already there and intact"


def _read(path: Path) -> list[Case]:
    from aeon.datasets import load_from_ts_file  # takes seconds to import

    try:
        series, labels, about = load_from_ts_file(str(path), return_meta_data=True)
    except (OSError, ValueError, IndexError, KeyError, TypeError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise InputError(
            "{name} cannot be read as a .ts file: {reason}", name=path.name, reason=reason
        ) from None
    if not about["classlabel"]:
        raise InputError("{name} has no classes: not a classification problem", name=path.name)
    if len(series) == 0:
        raise InputError("{name} has no cases", name=path.name)
    spelt = _spelling(path)
    return [
        Case(np.asarray(one, dtype=np.float32).T, spelt.get(str(label).strip(), str(label).strip()))
        for one, label in zip(series, labels, strict=True)
    ]


def _spelling(path: Path) -> dict[str, str]:
    """Class names as the file's header spells them, by their lower-case form, which aeon gives."""
    with path.open(encoding="utf-8") as file:
        for line in file:
            if line.lower().startswith("@classlabel"):
                return {name.lower(): name for name in line.split()[2:]}
    return {}


def _without_gaps(cases: list[Case], split: str, path: Path, notes: list[Text]) -> list[Case]:
    """Cut off what is missing in all channels at the end; bridge what is missing within."""
    whole, bridged, first = [], 0, Message("")
    for number, case in enumerate(cases, start=1):
        known = np.flatnonzero(np.isfinite(case.signal).any(axis=1))
        if len(known) == 0:
            raise InputError("{name}: case {number} has no value", name=path.name, number=number)
        signal = case.signal[: known[-1] + 1]
        try:
            signal, missing = interpolated(signal)
        except ValueError as error:
            raise InputError(
                "{name}: in case {number}, {error}", name=path.name, number=number, error=error
            ) from None
        if missing.any() and not bridged:
            sample, channel = np.argwhere(missing)[0]
            first = Message(
                "case {case}, channel {channel}, sample {sample}",
                case=number,
                channel=channel + 1,
                sample=sample + 1,
            )
        bridged += int(missing.sum())
        whole.append(Case(signal, case.label))
    if bridged:
        notes.append(
            Message(
                "{n:,} missing values of the {split} split are interpolated linearly;"
                " the first is in {first}",
                n=bridged,
                split=split,
                first=first,
            )
        )
    return whole


def _frame_samples(lengths: list[int], name: str) -> int:
    shortest = min(lengths)
    if shortest < 2:
        raise InputError("'{name}' has a case of one sample; frames need at least two", name=name)
    return int(min(np.clip(round(float(np.median(lengths)) / 10), *FRAME_SAMPLES), shortest))


def _join(
    cases: list[Case], split: str, class_names: tuple[str, ...], frame: int, rate: float
) -> list[Recording]:
    """Shuffle a split's cases and join them into recordings.

    Those of the training split are long enough for a training window. A test case is a recording of
    its own, the unit of resampling, unless there are too many.
    """
    lengths = [len(case.signal) for case in cases]
    frames_a_case = max(1, int((np.mean(lengths) - frame) / max(1, frame // 2)) + 1)
    cases_needed = -(-WINDOW_FRAMES // frames_a_case) if split == "train" else 1
    n_recordings = min(MAX_RECORDINGS[split], len(cases), max(2, len(cases) // cases_needed))
    order = np.random.default_rng((JOIN_SEED, SPLITS.index(split))).permutation(len(cases))
    return [
        _recording([cases[i] for i in part], f"{split} {number:02d}", class_names, rate)
        for number, part in enumerate(np.array_split(order, n_recordings), start=1)
    ]


def _recording(
    cases: list[Case], name: str, class_names: tuple[str, ...], rate: float
) -> Recording:
    ends = np.cumsum([len(case.signal) for case in cases])
    labels = [
        np.full(len(case.signal), class_names.index(case.label), dtype=np.int64) for case in cases
    ]
    return Recording(
        id=name,
        group=name,
        signal=np.concatenate([case.signal for case in cases]),
        labels=np.concatenate(labels),
        sampling_rate=rate,
        borders=tuple(ends[:-1].tolist()),
    )


def _natural(name: str) -> tuple[int, float, str]:
    try:
        return 0, float(name), name
    except ValueError:
        return 1, 0.0, name


SOURCE = Source(
    name=f"{PREFIX}:BasicMotions",
    title=Message("{name} (archive)", name="BasicMotions"),
    description=f"{ABOUT['BasicMotions']} {DESCRIPTION}",
    citation=CITATION,
    licence=LICENCE,
    size="80 cases of 10 s, installed with aeon",
    origin="UEA archive, shipped with aeon",
    load=lambda: load("BasicMotions"),
)
