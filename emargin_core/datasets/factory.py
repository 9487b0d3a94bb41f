"""A process line: generated signals of machines whose phases switch, drift and go wrong.

The case the margin was made for, with a truth that is known to the sample, and knobs for how hard
it is. `factory` has the defaults; `factory:alike=0.8,noise=1` turns the knobs.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from emargin_core.datasets.base import Dataset, Recording, Source
from emargin_core.errors import InputError
from emargin_core.language import mark, told
from emargin_core.plain_text import shown

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
class Knobs:
    """How the line behaves; each value has its bounds and meaning in `KNOBS`."""

    alike: float = 0.5
    noise: float = 0.5
    drift: float = 0.5
    machines: int = 16
    minutes: int = 5
    seed: int = 0


@dataclass(frozen=True)
class Knob:
    """Bounds, step and meaning of a knob."""

    low: float
    high: float
    step: float
    title: str
    meaning: str


KNOBS: dict[str, Knob] = {
    "alike": Knob(
        0.0,
        0.95,
        0.05,
        mark("How alike phases are"),
        mark("0: far apart; 0.95: hardly to be told apart."),
    ),
    "noise": Knob(
        0.0,
        2.0,
        0.1,
        mark("Sensor noise"),
        mark("Standard deviation beside signals of about one unit."),
    ),
    "drift": Knob(
        0.0,
        2.0,
        0.1,
        mark("Slow drift"),
        mark("How far the levels wander over a shift, in units."),
    ),
    "machines": Knob(
        2, 30, 1, mark("Machines"), mark("Each is recorded for one shift; some are held out.")
    ),
    "minutes": Knob(2, 30, 1, mark("Minutes a shift"), mark("Length of each recording.")),
    "seed": Knob(
        0, 999_999, 1, mark("Seed"), mark("Another seed gives another line of the same kind.")
    ),
}


def parse_knobs(text: str) -> Knobs:
    """Read knobs from the part of a name after the colon, such as 'alike=0.8,noise=1'.

    Raises:
        InputError: an unknown knob, no number, or one outside its bounds.
    """
    values: dict[str, float] = {}
    for part in filter(None, text.split(",")):
        name, equals, value = part.partition("=")
        if name not in KNOBS or not equals:
            raise InputError(
                f"factory has no knob '{shown(part)}'; it has {', '.join(KNOBS)} (name=value)"
            )
        values[name] = _number(name, value)
    whole = {field.name for field in fields(Knobs) if isinstance(field.default, int)}
    return Knobs(**{k: int(v) if k in whole else v for k, v in values.items()})  # type: ignore[arg-type]


def knobs_name(values: Mapping[str, float]) -> str:
    """Name of the line with these knobs: 'factory' and whatever is not the default."""
    kept = [
        f"{name}={value:g}" for name, value in values.items() if value != getattr(Knobs(), name)
    ]
    return ":".join(["factory", ",".join(kept)]) if kept else "factory"


def load(text: str = "") -> Dataset:
    """Generate the line; the same knobs give the same samples.

    Raises:
        InputError: see `parse_knobs`.
    """
    knobs = parse_knobs(text)
    settings = ", ".join(f"{field.name} {getattr(knobs, field.name):g}" for field in fields(knobs))
    return Dataset(
        name=f"factory:{text}" if text else "factory",
        title=SOURCE.title,
        recordings=tuple(_shift(number, knobs) for number in range(1, knobs.machines + 1)),
        class_names=CLASS_NAMES,
        channel_names=CHANNEL_NAMES,
        source=SOURCE.origin,
        citation=SOURCE.citation,
        licence=SOURCE.licence,
        description=SOURCE.description,
        notes=(told(f"generated: {settings}"),),
    )


def _number(name: str, value: str) -> float:
    knob = KNOBS[name]
    try:
        number = float(value)
    except ValueError:
        raise InputError(f"factory: {name} is {value[:40]!r}; a number is wanted") from None
    whole = knob.step >= 1
    if not knob.low <= number <= knob.high or (whole and number != int(number)):
        kind = told("a whole number") if whole else "a number"
        raise InputError(
            f"factory: {name} is {number:g}; use {kind} from {knob.low:g} to {knob.high:g}"
        )
    return number


def _shift(machine: int, knobs: Knobs) -> Recording:
    """One machine's shift: its phases, its own character, drift and noise."""
    rng = np.random.default_rng((knobs.seed, machine))
    n_samples = int(knobs.minutes * 60 * SAMPLING_RATE)
    labels, mix = _schedule(n_samples, rng)
    level, tone, hertz = _signature(mix, knobs.alike)
    pitch, gain = rng.normal(1.0, 0.04), rng.normal(1.0, 0.08, size=len(CHANNEL_NAMES))
    angle = 2 * np.pi * np.cumsum(hertz * pitch) / SAMPLING_RATE
    delays = rng.uniform(0, 2 * np.pi, size=len(CHANNEL_NAMES))
    signal = gain * (level + tone * np.sin(angle[:, None] + delays))
    signal += knobs.drift * _wander(n_samples, rng)
    signal += knobs.noise * rng.normal(0.0, 0.5, size=signal.shape)
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
    title=mark("Process line (generated)"),
    description=mark(
        "Machines that idle, feed, press and cool in turn. In some cycles a fault grows out of "
        "pressing and at first looks just like it. Each machine has its own character; the "
        "signals drift and are noisy. The truth is known to the sample, because all of it is "
        "generated from a seed: good for teaching and demos, no evidence about a real plant."
    ),
    citation="",
    licence=told("generated here, MIT as the software"),
    size="generated in a second",
    origin="emargin_core/datasets/factory.py",
    load=load,
)
