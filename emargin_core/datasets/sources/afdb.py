"""MIT-BIH Atrial Fibrillation: ten-hour ECG recordings with annotated rhythms."""

from collections.abc import Hashable, Sequence
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
from emargin_core.datasets.sources.interpolate import interpolated
from emargin_core.text.errors import InputError
from emargin_core.text.message import Message, Text, lazy_gettext

URL = "https://physionet.org/files/afdb/1.0.0/"
SAMPLING_RATE = 250.0
READER_VERSION = 1
CHANNELS = ("ECG1", "ECG2")
WITHOUT_SIGNAL = ("00735", "03665")
CLASS_NAMES = ("Atrial fibrillation", "Atrial flutter", "AV junctional rhythm", "Other rhythms")
RHYTHMS = {"(AFIB": 0, "(AF": 0, "(AFL": 1, "(J": 2, "(N": 3}
SUFFIXES = (".dat", ".atr", ".hea")
"""In the order of fetching: the header comes last, so that a record is seen once it is whole."""
FILES = Message("the .hea, .dat and .atr files of the database (04015.hea and so on)")
DESCRIPTION = lazy_gettext(
    "Ten-hour ECG recordings of 23 people with mostly paroxysmal atrial fibrillation (two leads, "
    "250 Hz), with the rhythm annotated by hand: fibrillation, flutter, AV junctional, and all "
    "others. What comes before the first annotation is unlabelled. The database names 25 records; "
    "00735 and 03665 have no signal and are left out. Frames are 10 s; a record is a group."
)


def load() -> Dataset:
    """Read every record that is there; parsed once, then mapped from disk.

    Raises:
        InputError: nothing is there, or a file is damaged; the message says where.
    """
    headers = folder.needed_files(SOURCE.name, "*.hea", FILES, "files")
    skipped = [path.stem for path in headers if path.stem in WITHOUT_SIGNAL]
    notes: list[Text] = (
        [Message("{skipped} left out: no signal is published", skipped=", ".join(skipped))]
        if skipped
        else []
    )
    recordings = []
    for header in headers:
        if header.stem in WITHOUT_SIGNAL:
            continue
        files = [header.with_suffix(suffix) for suffix in SUFFIXES]
        for path in files:
            if not path.is_file():
                raise InputError(
                    "{name} is missing beside {name2}; fetch it again",
                    name=path.name,
                    name2=header.name,
                )
        parsed = mapped(header.stem, files, READER_VERSION, partial(read_record, header))
        notes += [
            Message("{stem}: {remark}", stem=header.stem, remark=remark)
            for remark in parsed.remarks
        ]
        recordings.append(
            Recording(
                id=header.stem,
                group=header.stem,
                signal=parsed.signal,
                labels=parsed.labels,
                sampling_rate=SAMPLING_RATE,
            )
        )
    if not recordings:
        raise InputError(
            "data set 'afdb' has no record with a signal; put {files} there", files=FILES
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
        notes=tuple(notes),
        framing=Framing(10.0, 10.0, 2.0),
        unit="patient",
    )


def read_record(header: Path) -> Parsed:
    """Read one record: both leads in millivolt, and the rhythm of every sample.

    Raises:
        InputError: a file is damaged, or rate and leads are not the published ones.
    """
    signal = _signal(header)
    labels, remarks = _rhythms(header, len(signal))
    try:
        signal, missing = interpolated(signal)
    except ValueError as error:
        raise InputError("{stem}.dat: {error}", stem=header.stem, error=error) from None
    lost = missing.any(axis=1)
    if lost.any():
        labels[lost] = UNLABELLED
        remarks.append(
            Message(
                "{sum:,} samples are missing; they are interpolated and unlabelled",
                sum=int(lost.sum()),
            )
        )
    return Parsed(signal, labels, remarks=tuple(remarks))


def _signal(header: Path) -> NDArray[np.float32]:
    import wfdb

    about = _read(header, Message("header"), lambda name: wfdb.rdheader(name))
    if about.fs != SAMPLING_RATE or (about.n_sig or 0) < len(CHANNELS):
        raise InputError(
            "{name}: {n_sig} leads at {fs} Hz; {channels} leads at {sampling_rate:g} "
            "Hz are expected",
            name=header.name,
            n_sig=about.n_sig,
            fs=about.fs,
            channels=len(CHANNELS),
            sampling_rate=SAMPLING_RATE,
        )
    record = _read(
        header, Message("signal"), lambda name: wfdb.rdrecord(name, channels=[0, 1], return_res=32)
    )
    signal = np.ascontiguousarray(record.p_signal, dtype=np.float32)
    if about.sig_len and len(signal) < about.sig_len:
        raise InputError(
            "{stem}.dat is cut off: {signal:,} of {sig_len:,} samples; fetch it again",
            stem=header.stem,
            signal=len(signal),
            sig_len=about.sig_len,
        )
    return signal


def _rhythms(header: Path, n_samples: int) -> tuple[NDArray[np.int64], list[Text]]:
    """Rhythm of every sample, from each rhythm's annotation up to the next."""
    import wfdb

    if not header.with_suffix(".atr").read_bytes().endswith(b"\x00\x00"):
        raise InputError(
            "{stem}.atr is cut off: it has no end mark; fetch it again", stem=header.stem
        )
    annotation = _read(header, Message("annotations"), lambda name: wfdb.rdann(name, "atr"))
    labels = np.full(n_samples, UNLABELLED, dtype=np.int64)
    notes = [str(note).rstrip("\x00").strip() for note in annotation.aux_note]
    if len(notes) != len(annotation.sample):
        raise InputError(
            "{stem}.atr is damaged: it has not as many notes as times; fetch it again",
            stem=header.stem,
        )
    changes = [
        (int(sample), note)
        for sample, note in zip(annotation.sample, notes, strict=True)
        if note.startswith("(")
    ]
    if not changes:
        raise InputError(
            "{stem}.atr has no rhythm annotation such as (AFIB or (N", stem=header.stem
        )
    unknown = sorted({note for _, note in changes if note not in RHYTHMS})
    for begin, note in changes:
        labels[begin:] = RHYTHMS.get(note, UNLABELLED)
    return labels, [
        Message("rhythm {note} is not one of the four; it is treated as unlabelled", note=note)
        for note in unknown
    ]


def _read(header: Path, what: Text, read: Any) -> Any:
    try:
        return read(str(header.with_suffix("")))
    except (OSError, ValueError, IndexError, KeyError, TypeError, AttributeError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise InputError(
            "record {stem}: the {what} cannot be read ({reason}); fetch it again",
            stem=header.stem,
            what=what,
            reason=reason,
        ) from None


def fetch(root: Path, subjects: int | None, tell: OnBytes) -> str:
    """Fetch the records into `root / afdb`; returns what is there now.

    Raises:
        InputError: PhysioNet is not reached, or a file is not the published one.
    """
    n_files = fetch_files(URL, root / SOURCE.name, lambda names: records_of(names, subjects), tell)
    return f"{n_files // len(SUFFIXES)} records, verified"


def records_of(names: Sequence[str], n_records: int | None) -> list[str]:
    """Pick the files of the first `n_records` records with a signal (None: of all)."""
    records = sorted(name.removesuffix(".dat") for name in names if name.endswith(".dat"))
    records = [name for name in records if "/" not in name][:n_records]
    return [record + suffix for record in records for suffix in SUFFIXES]


def _missing() -> Text | None:
    headers = folder.find_files(SOURCE.name, "*.hea", "files")
    if any(path.stem not in WITHOUT_SIGNAL for path in headers):
        return None
    return folder.how_to_fetch(SOURCE.name, FILES)


def _stamp() -> Hashable:
    return folder.stamp_of(folder.find_files(SOURCE.name, "*.???", "files"))


SOURCE = Source(
    name="afdb",
    title=lazy_gettext("Heart rhythm (MIT-BIH AF)"),
    description=DESCRIPTION,
    citation="Moody and Mark 1983, A new method for detecting atrial fibrillation using R-R "
    "intervals, Computers in Cardiology 10; Goldberger et al. 2000, PhysioBank, PhysioToolkit, "
    "and PhysioNet, Circulation 101(23)",
    licence="Open Data Commons Attribution 1.0",
    size="23 records of about 28 MB (0.6 GB; fewer with --subjects N), and 150 MB per record for "
    "arrays",
    origin="PhysioNet MIT-BIH Atrial Fibrillation 1.0.0, https://physionet.org/content/afdb/1.0.0/",
    load=load,
    missing=_missing,
    stamp=_stamp,
    fetch=fetch,
)
