"""A generated process line: signals of machines with phases, drift and faults.

The case the margin was made for: the true class of every sample is known, and settings control the
difficulty. `factory` has the defaults; `factory:alike=0.8,noise=1` changes them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from emargin_core.datasets.base import Dataset, Recording, Source
from emargin_core.text.errors import InputError
from emargin_core.text.message import Message, lazy_gettext
from emargin_core.text.plain_text import shown

SAMPLING_RATE = 50.0
CHANNEL_NAMES = ("motor current", "vibration", "pressure", "temperature")
BLEND_S = 0.5
ONSET_S = 5.0
FAULT_CHANCE = 0.4
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Phase:
    """What a machine does for a while.

    level: mean of each channel; tone: amplitude of each channel's oscillation; hertz: its
    frequency; seconds: shortest and longest duration.
    """

    name: str
    level: tuple[float, float, float, float]
    tone: tuple[float, float, float, float]
    hertz: float
    seconds: tuple[float, float]


PHASES = (
    Phase("Idle", (0.2, 0.0, 0.2, 0.3), (0.1, 0.2, 0.1, 0.0), 1.5, (8, 20)),
    Phase("Feeding", (0.8, 0.0, 0.4, 0.4), (0.4, 0.6, 0.1, 0.0), 4.0, (6, 14)),
    Phase("Pressing", (1.6, 0.0, 1.5, 0.9), (0.6, 1.1, 0.5, 0.0), 9.0, (12, 26)),
    Phase("Cooling", (0.5, 0.0, 0.7, 0.8), (0.2, 0.3, 0.3, 0.1), 2.5, (8, 16)),
)
FAULT = Phase("Fault building up", (1.8, 0.0, 1.4, 1.0), (0.8, 1.6, 0.5, 0.0), 11.0, (10, 20))
"""Follows pressing in some cycles and starts out looking just like it."""
CLASS_NAMES = tuple(phase.name for phase in (*PHASES, FAULT))


@dataclass(frozen=True)
class LineSettings:
    """Settings of the line; bounds and meaning of each are in `SETTINGS`."""

    alike: float = 0.5
    noise: float = 0.5
    drift: float = 0.5
    machines: int = 16
    minutes: int = 5
    seed: int = 0


@dataclass(frozen=True)
class SettingRange:
    """Bounds, step and meaning of a setting."""

    low: float
    high: float
    step: float
    title: Message
    meaning: Message


SETTINGS: dict[str, SettingRange] = {
    "alike": SettingRange(
        0.0,
        0.95,
        0.05,
        lazy_gettext("Similarity of phases"),
        lazy_gettext("0: very different; 0.95: almost identical."),
    ),
    "noise": SettingRange(
        0.0,
        2.0,
        0.1,
        lazy_gettext("Sensor noise"),
        lazy_gettext("Standard deviation; the signals themselves have a size of about one unit."),
    ),
    "drift": SettingRange(
        0.0,
        2.0,
        0.1,
        lazy_gettext("Slow drift"),
        lazy_gettext("How far the signals drift over a shift, in the same units."),
    ),
    "machines": SettingRange(
        2,
        30,
        1,
        lazy_gettext("Machines"),
        lazy_gettext("Each is recorded for one shift; some are held out."),
    ),
    "minutes": SettingRange(
        2, 30, 1, lazy_gettext("Minutes per shift"), lazy_gettext("Length of each recording.")
    ),
    "seed": SettingRange(
        0,
        999_999,
        1,
        lazy_gettext("Random seed"),
        lazy_gettext("Another seed gives a different line of the same kind."),
    ),
}


def parse_settings(text: str) -> LineSettings:
    """Read settings from the part of a name after the colon, such as 'alike=0.8,noise=1'.

    Raises:
        InputError: an unknown setting, no number, or one outside its bounds.
    """
    values: dict[str, float] = {}
    for part in filter(None, text.split(",")):
        name, equals, value = part.partition("=")
        if name not in SETTINGS or not equals:
            raise InputError(
                "factory has no setting '{part}'; it has {settings} (name=value)",
                part=shown(part),
                settings=", ".join(SETTINGS),
            )
        values[name] = _number(name, value)
    whole = {field.name for field in fields(LineSettings) if isinstance(field.default, int)}
    return LineSettings(**{k: int(v) if k in whole else v for k, v in values.items()})  # type: ignore[arg-type]


def name_of_settings(values: Mapping[str, float]) -> str:
    """Name of the line with these settings: 'factory' and those that differ from the default."""
    kept = [
        f"{name}={value:g}"
        for name, value in values.items()
        if value != getattr(LineSettings(), name)
    ]
    return ":".join(["factory", ",".join(kept)]) if kept else "factory"


def load(text: str = "") -> Dataset:
    """Generate the line; the same settings give the same samples.

    Raises:
        InputError: see `parse_settings`.
    """
    settings = parse_settings(text)
    listed = ", ".join(
        f"{field.name} {getattr(settings, field.name):g}" for field in fields(settings)
    )
    return Dataset(
        name=f"factory:{text}" if text else "factory",
        title=SOURCE.title,
        recordings=tuple(_shift(number, settings) for number in range(1, settings.machines + 1)),
        class_names=CLASS_NAMES,
        channel_names=CHANNEL_NAMES,
        source=SOURCE.origin,
        citation=SOURCE.citation,
        licence=SOURCE.licence,
        description=SOURCE.description,
        notes=(Message("generated: {settings}", settings=listed),),
        unit="machine",
    )


def _number(name: str, value: str) -> float:
    setting = SETTINGS[name]
    try:
        number = float(value)
    except ValueError:
        raise InputError(
            "factory: {name} is {value!r}; a number is expected", name=name, value=value[:40]
        ) from None
    whole = setting.step >= 1
    if not setting.low <= number <= setting.high or (whole and number != int(number)):
        kind = Message("a whole number") if whole else "a number"
        raise InputError(
            "factory: {name} is {number:g}; use {kind} from {low:g} to {high:g}",
            name=name,
            number=number,
            kind=kind,
            low=setting.low,
            high=setting.high,
        )
    return number


def _shift(machine: int, settings: LineSettings) -> Recording:
    """One machine's shift: its phases, its own character, drift and noise."""
    rng = np.random.default_rng((settings.seed, machine))
    n_samples = int(settings.minutes * 60 * SAMPLING_RATE)
    labels, mix = _schedule(n_samples, rng)
    level, tone, hertz = _signature(mix, settings.alike)
    pitch, gain = rng.normal(1.0, 0.04), rng.normal(1.0, 0.08, size=len(CHANNEL_NAMES))
    angle = 2 * np.pi * np.cumsum(hertz * pitch) / SAMPLING_RATE
    delays = rng.uniform(0, 2 * np.pi, size=len(CHANNEL_NAMES))
    signal = gain * (level + tone * np.sin(angle[:, None] + delays))
    signal += settings.drift * _wander(n_samples, rng)
    signal += settings.noise * rng.normal(0.0, 0.5, size=signal.shape)
    return Recording(
        id=f"machine {machine:02d}",
        group=f"{machine:02d}",
        signal=signal.astype(np.float32),
        labels=labels,
        sampling_rate=SAMPLING_RATE,
    )


def _schedule(n_samples: int, rng: np.random.Generator) -> tuple[NDArray[np.int64], Floats]:
    """Phase of each sample (n,), and how much of each phase is in it (n, n_phases).

    Phases blend over half a second; a fault grows out of pressing over its first seconds.
    """
    labels = np.zeros(n_samples, dtype=np.int64)
    mix = np.zeros((n_samples, len(CLASS_NAMES)))
    begin, code = 0, int(rng.integers(len(PHASES)))
    fault, pressing = len(PHASES), [phase.name for phase in PHASES].index("Pressing")
    before = code
    while begin < n_samples:
        phase = FAULT if code == fault else PHASES[code]
        end = min(n_samples, begin + int(rng.uniform(*phase.seconds) * SAMPLING_RATE))
        blend = ONSET_S if code == fault else BLEND_S
        share = np.minimum(1.0, np.arange(end - begin) / (blend * SAMPLING_RATE))
        labels[begin:end] = code
        mix[begin:end, before] += 1.0 - share
        mix[begin:end, code] += share
        before, begin = code, end
        if code == pressing and rng.random() < FAULT_CHANCE:
            code = fault
        else:
            code = (pressing if code == fault else code) + 1
            code %= len(PHASES)
    return labels, mix


def _signature(mix: Floats, alike: float) -> tuple[Floats, Floats, Floats]:
    """Level and tone (n, n_channels) and frequency (n,) of a mix of phases, drawn together."""
    every = (*PHASES, FAULT)
    tables = [
        np.array([phase.level for phase in every]),
        np.array([phase.tone for phase in every]),
        np.array([[phase.hertz] for phase in every]),
    ]
    level, tone, hertz = (
        mix @ (table.mean(axis=0) + (1.0 - alike) * (table - table.mean(axis=0)))
        for table in tables
    )
    return level, tone, hertz[:, 0]


def _wander(n_samples: int, rng: np.random.Generator) -> Floats:
    """A slow wave for each channel, (n, n_channels), between -0.5 and 0.5."""
    turns = rng.uniform(0.5, 1.5, size=len(CHANNEL_NAMES))
    starts = rng.uniform(0, 2 * np.pi, size=len(CHANNEL_NAMES))
    share = np.arange(n_samples)[:, None] / n_samples
    return np.asarray(0.5 * np.sin(2 * np.pi * turns * share + starts))


SOURCE = Source(
    name="factory",
    title=lazy_gettext("Process line (generated)"),
    description=lazy_gettext(
        "Machines that idle, feed, press and cool in turn. In some cycles a fault "
        "develops during pressing; at first it looks just like pressing. Machines "
        "differ from one another; the signals drift and are noisy. The true class of "
        "every sample is known, because the data is generated from a seed: good for "
        "teaching and demos, no evidence about a real plant."
    ),
    citation="",
    licence=Message("generated here, MIT as the software"),
    size="generated in a second",
    origin="emargin_core/datasets/sources/factory.py",
    load=load,
)
