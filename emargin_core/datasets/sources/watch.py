"""Wearable physiotherapy: the smartwatch recordings that the package `seglearn` ships."""

import hashlib
import importlib.util
import io
from pathlib import Path
from typing import Any

import numpy as np

from emargin_core.datasets.base import Dataset, Recording, Source
from emargin_core.text.errors import InputError
from emargin_core.text.message import lazy_gettext

SHA256 = "eb122f23cdf06ef6bd6c6c5312958ec5cf9d038e2e6d457b8081662c75a42537"
SAMPLING_RATE = 50.0
JOIN_SEED = 2018
CLASS_NAMES = {
    "PEN": "Pendulum",
    "ABD": "Abduction",
    "FEL": "Forward elevation",
    "IR": "Internal rotation",
    "ER": "External rotation",
    "TRAP": "Trapezius extension",
    "ROW": "Upright row",
}
DESCRIPTION = lazy_gettext(
    "Ten subject numbers, both sides, seven shoulder exercises, recorded with a "
    "smartwatch (accelerometer and gyroscope, 6 channels, 50 Hz, 81 minutes). The "
    "published data hold one series per subject, side and exercise. The seven series "
    "of each side are joined here in a fixed, seeded order, so the movements are real"
    " but the borders between exercises are artificial."
)


def data_file() -> Path:
    """Find the data file inside the installed `seglearn`, without importing that package.

    Raises:
        InputError: the package or its data file is missing.
    """
    spec = importlib.util.find_spec("seglearn")
    if spec is None or spec.origin is None:
        raise InputError(
            "data set 'watch' needs the package seglearn: pip install -r requirements.txt"
        )
    path = Path(spec.origin).parent / "data" / "watch_dataset.npy"
    if not path.is_file():
        raise InputError("data set 'watch': {path} is missing; reinstall seglearn", path=path)
    return path


def load(path: Path | None = None) -> Dataset:
    """Read the recordings; only bytes whose checksum is the published one are unpickled.

    Raises:
        InputError: the file is missing or is not the published one.
    """
    path = path or data_file()
    content = path.read_bytes()
    if hashlib.sha256(content).hexdigest() != SHA256:
        raise InputError(
            "data set 'watch': {path} is damaged or not the published file (its SHA-256 differs); "
            "reinstall seglearn",
            path=path,
        )
    raw: dict[str, Any] = np.load(io.BytesIO(content), allow_pickle=True).item()  # as published
    subjects = np.asarray(raw["subject"]).astype(int)
    sides = np.asarray(raw["side"]).astype(int)
    recordings = [
        _join(raw, subject, side, np.flatnonzero((subjects == subject) & (sides == side)))
        for subject in sorted(set(subjects.tolist()))
        for side in (0, 1)
    ]
    return Dataset(
        name=SOURCE.name,
        title=SOURCE.title,
        recordings=tuple(recordings),
        class_names=tuple(CLASS_NAMES[name] for name in raw["y_labels"]),
        channel_names=tuple(raw["X_labels"]),
        source=SOURCE.origin,
        citation=SOURCE.citation,
        licence=SOURCE.licence,
        description=DESCRIPTION,
        unit="subject",
    )


def _join(raw: dict[str, Any], subject: int, side: int, series: Any) -> Recording:
    """Join one subject-side's series, exercise after exercise, in its seeded order."""
    by_class = series[np.argsort(np.asarray(raw["y"])[series], kind="stable")]
    order = np.random.default_rng((JOIN_SEED, subject, side)).permutation(by_class)
    signals = [np.asarray(raw["X"][i], dtype=np.float32) for i in order]
    labels = [np.full(len(raw["X"][i]), raw["y"][i], dtype=np.int64) for i in order]
    return Recording(
        id=f"subject {subject:02d} {'right' if side else 'left'}",
        group=f"{subject:02d}",
        signal=np.concatenate(signals),
        labels=np.concatenate(labels),
        sampling_rate=SAMPLING_RATE,
    )


SOURCE = Source(
    name="watch",
    title=lazy_gettext("Wearable physiotherapy"),
    description=DESCRIPTION,
    citation="Burns et al. 2018, Shoulder physiotherapy exercise recognition, "
    "Physiological Measurement 39(7), arXiv 1802.01489",
    licence="BSD 3-Clause",
    size="18 MB, installed with seglearn",
    origin="seglearn (data/watch_dataset.npy)",
    load=load,
)
