"""Sleep-EDF Expanded, sleep cassette study: whole nights of EEG with scored sleep stages."""

import warnings
from collections.abc import Callable, Hashable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emargin_core.datasets.base import UNLABELLED, Dataset, Framing, Recording, Source
from emargin_core.datasets.fetch import folder
from emargin_core.datasets.fetch.download import OnBytes
from emargin_core.datasets.fetch.mapped import Parsed, mapped
from emargin_core.datasets.fetch.physionet import fetch_files
from emargin_core.text.errors import InputError
from emargin_core.text.message import Message, Text, lazy_gettext

URL = "https://physionet.org/files/sleep-edfx/1.0.0/"
STUDY = "sleep-cassette"
SAMPLING_RATE = 100.0
READER_VERSION = 1
CHANNELS = ("Fpz-Cz", "Pz-Oz")
EPOCH_SECONDS = 30.0
WAKE_SECONDS = 30 * 60.0
DEFAULT_SUBJECTS = 10
CLASS_NAMES = ("W", "N1", "N2", "N3", "REM")
STAGES = {
    "Sleep stage W": 0,
    "Sleep stage 1": 1,
    "Sleep stage 2": 2,
    "Sleep stage 3": 3,
    "Sleep stage 4": 3,
    "Sleep stage R": 4,
    "Sleep stage ?": UNLABELLED,
    "Movement time": UNLABELLED,
}
PATTERN = "SC4*-PSG.edf"
FILES = Message("the files SC4*-PSG.edf and SC4*-Hypnogram.edf of the sleep cassette study")
DESCRIPTION = lazy_gettext(
    "Nights of healthy people at home: two EEG derivations (Fpz-Cz, Pz-Oz, 100 Hz), every 30 s "
    "scored as wake, N1, N2, N3 (stages 3 and 4) or REM. Each recording lasts about a day; what "
    "lies more than 30 minutes before the first and after the last sleep is cut off. Movement and "
    "unscored stretches are unlabelled. Frames are the scored 30 s; both nights of a subject are "
    "one group."
)


def load() -> Dataset:
    """Read every night that is there; parsed once, then mapped from disk.

    Raises:
        InputError: nothing is there, or a file is damaged; the message says where.
    """
    recordings = []
    for psg in folder.needed_files(SOURCE.name, PATTERN, FILES, STUDY):
        hypnogram = _hypnogram_of(psg)
        night = psg.name[:6]
        parsed = mapped(
            night, [psg, hypnogram], READER_VERSION, partial(read_night, psg, hypnogram)
        )
        recordings.append(
            Recording(
                id=f"subject {night[3:5]} night {night[5]}",
                group=night[3:5],
                signal=parsed.signal,
                labels=parsed.labels,
                sampling_rate=SAMPLING_RATE,
            )
        )
    return Dataset(
        name=SOURCE.name,
        title=SOURCE.title,
        recordings=tuple(recordings),
        class_names=CLASS_NAMES,
        channel_names=CHANNELS,
        source=SOURCE.origin,
        citation=SOURCE.citation,
        licence=SOURCE.licence,
        description=DESCRIPTION,
        framing=Framing(EPOCH_SECONDS, EPOCH_SECONDS, 1.0),
        unit="subject",
    )


def _hypnogram_of(psg: Path) -> Path:
    """The scorer's letter in the name differs: SC4001E0-PSG.edf and SC4001EC-Hypnogram.edf."""
    found = sorted(psg.parent.glob(f"{psg.name[:6]}*-Hypnogram.edf"))
    if not found:
        raise InputError(
            "{name} has no hypnogram; {name2}*-Hypnogram.edf is expected in {parent}",
            name=psg.name,
            name2=psg.name[:6],
            parent=psg.parent,
        )
    return found[0]


def read_night(psg: Path, hypnogram: Path) -> Parsed:
    """Read one night, from 30 minutes before the first sleep to 30 minutes after the last.

    Raises:
        InputError: a file is damaged, a derivation is missing, or there is no sleep.
    """
    signal = _eeg(psg)
    labels = _stages(hypnogram, len(signal))
    asleep = np.flatnonzero(labels > 0)
    if len(asleep) == 0:
        raise InputError(
            "{name} has no sleep stage within the recording {name2}",
            name=hypnogram.name,
            name2=psg.name,
        )
    epoch, wake = round(EPOCH_SECONDS * SAMPLING_RATE), round(WAKE_SECONDS * SAMPLING_RATE)
    begin = max(0, int(asleep[0]) - wake) // epoch * epoch
    end = min(len(signal), int(asleep[-1]) + 1 + wake)
    end -= (end - begin) % epoch
    return Parsed(signal[begin:end], labels[begin:end])


def _guarded(path: Path, read: Callable[[], Any]) -> Any:
    """Run a step of edfio, which fails in many ways on files that are none."""
    try:
        return read()
    except (ValueError, LookupError, OSError, ArithmeticError, NameError, AttributeError) as error:
        reason = str(error).splitlines()[0][:120] if str(error) else type(error).__name__
        raise InputError(
            "{name} cannot be read as EDF ({reason}); fetch it again", name=path.name, reason=reason
        ) from None


def _declared_records(path: Path) -> int:
    with path.open("rb") as file:
        return int(file.read(244)[236:])


def _open(path: Path) -> Any:
    import edfio

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # a cut-off file is told of below
        edf = _guarded(path, lambda: edfio.read_edf(path))
    declared = _guarded(path, lambda: _declared_records(path))
    if edf.num_data_records < declared:
        raise InputError(
            "{name} is cut off after {num_data_records:,} of {declared:,} data records; fetch it "
            "again",
            name=path.name,
            num_data_records=edf.num_data_records,
            declared=declared,
        )
    return edf


def _eeg(path: Path) -> NDArray[np.float32]:
    """Both derivations in microvolt, (n_samples, 2)."""
    edf = _open(path)
    found = {signal.label.removeprefix("EEG ").strip(): signal for signal in edf.signals}
    columns = []
    for name in CHANNELS:
        if name not in found:
            raise InputError(
                "{name}: EEG {name2} is missing; found {found}",
                name=path.name,
                name2=name,
                found=", ".join(found),
            )
        if round(found[name].sampling_frequency, 3) != SAMPLING_RATE:
            raise InputError(
                "{name}: EEG {name2} has {sampling_frequency:g} Hz; {sampling_rate:g}"
                " Hz is expected",
                name=path.name,
                name2=name,
                sampling_frequency=found[name].sampling_frequency,
                sampling_rate=SAMPLING_RATE,
            )
        data = _guarded(path, partial(getattr, found[name], "data"))
        columns.append(np.asarray(data, dtype=np.float32))
    return np.stack(columns, axis=1)


def _stages(path: Path, n_samples: int) -> NDArray[np.int64]:
    """Stage of every sample, UNLABELLED where none is scored; what lies beyond is left out."""
    labels = np.full(n_samples, UNLABELLED, dtype=np.int64)
    edf = _open(path)
    annotations = _guarded(path, lambda: edf.annotations)
    if len(annotations) == 0:
        raise InputError("{name} has no annotations; sleep stages are expected", name=path.name)
    for annotation in annotations:
        if annotation.text not in STAGES:
            raise InputError(
                "{name}: '{text}' at {onset:g} s is not a sleep stage; the stages are {stages}",
                name=path.name,
                text=annotation.text,
                onset=annotation.onset,
                stages=", ".join(STAGES),
            )
        begin = max(0, round(annotation.onset * SAMPLING_RATE))
        end = begin + round((annotation.duration or 0.0) * SAMPLING_RATE)
        labels[begin:end] = STAGES[annotation.text]
    return labels


def fetch(root: Path, subjects: int | None, tell: OnBytes) -> str:
    """Fetch the first subjects' nights into `root / sleep-edf`; returns what is there now.

    Raises:
        InputError: PhysioNet is not reached, or a file is not the published one.
    """
    wanted = DEFAULT_SUBJECTS if subjects is None else subjects
    n_files = fetch_files(URL, root / SOURCE.name, lambda names: nights_of(names, wanted), tell)
    return f"{n_files // 2} nights, verified"


def nights_of(names: Sequence[str], n_subjects: int) -> list[str]:
    """Pick the cassette files of the first `n_subjects` subjects from all published names.

    Each night's hypnogram comes before its signal, so that a night is seen once it is whole.
    """
    files = [
        name
        for name in names
        if name.startswith(f"{STUDY}/SC4") and name.endswith(("-PSG.edf", "-Hypnogram.edf"))
    ]
    chosen = sorted({Path(name).name[3:5] for name in files})[:n_subjects]
    nights = [name for name in files if Path(name).name[3:5] in chosen]
    return sorted(nights, key=lambda name: (Path(name).name[:6], name.endswith("-PSG.edf")))


def _missing() -> Text | None:
    if folder.find_files(SOURCE.name, PATTERN, STUDY):
        return None
    return folder.how_to_fetch(SOURCE.name, FILES)


def _stamp() -> Hashable:
    return folder.stamp_of(folder.find_files(SOURCE.name, "SC4*.edf", STUDY))


SOURCE = Source(
    name="sleep-edf",
    title=lazy_gettext("Sleep stages (Sleep-EDF)"),
    description=DESCRIPTION,
    citation="Kemp et al. 2000, Analysis of a sleep-dependent neuronal feedback loop, IEEE "
    "Transactions on Biomedical Engineering 47(9); Goldberger et al. 2000, PhysioBank, "
    "PhysioToolkit, and PhysioNet, Circulation 101(23)",
    licence="Open Data Commons Attribution 1.0",
    size=f"78 subjects, 153 nights of about 50 MB; by default the first {DEFAULT_SUBJECTS} "
    "subjects (1 GB; others with --subjects N), and as much again for arrays",
    origin="PhysioNet Sleep-EDF Expanded 1.0.0, https://physionet.org/content/sleep-edfx/1.0.0/",
    load=load,
    missing=_missing,
    stamp=_stamp,
    fetch=fetch,
)
