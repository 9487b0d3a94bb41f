"""The figures of a report: maps, measures, directions, time, classes."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from emargin_core.analysis.comparison import mean_metric, metric_interval
from emargin_core.config import EMBEDDING_SIZE
from emargin_core.evaluation.metric_table import HEADLINES, METRICS, Metric
from emargin_core.evaluation.uncertainty import Estimate
from emargin_core.report.figures.drawing import GREY, INK, SMALL, WIDTH, Picture, cut, marks
from emargin_core.report.figures.palette import BASELINE, CANDIDATE, class_colour
from emargin_core.report.parts import Figure
from emargin_core.report.subject import Subject
from emargin_core.report.words import NOTHING, estimate_text, share_text, value_text
from emargin_core.store.result import Result
from emargin_core.text.language import gettext as _
from emargin_core.text.language import sentences
from emargin_core.text.numbers import percent

MAP_SIZE = 318
MAX_POINTS = 3_000
N_DIRECTIONS = 60
MAX_CLASSES = 24
FORMS = ("o", "s", "^", "D", "+", "x", "|", "_")
"""Forms of points; with the colours they make classes told apart without colour."""


@dataclass(frozen=True)
class _Side:
    """One of two sides, in the form and colour that it has in every figure."""

    name: str
    runs: tuple[Result, ...]
    colour: str
    form: str
    dash: str


def measures(subject: Subject) -> Figure:
    """The four main measures of each side with their intervals, every one on an axis of its own."""
    left, right, row = 190, 414, 54
    picture, sides, said = Picture(), _sides(subject), []
    for number, (path, metric) in enumerate(HEADLINES.items()):
        title = str(metric.label)
        y = 20 + number * row
        found = [metric_interval(side.runs, path) for side in sides]
        ends = _ends(found, METRICS[path])
        picture.text(0, y, cut(title, 25), weight="bold")
        picture.text(0, y + 16, str(metric.direction), SMALL, GREY)
        axes = picture.axes(left, y - 10, right - left, 28, ends, (28, 0))
        axes.spines["bottom"].set_visible(True)
        axes.set_xticks(ends, [value_text(path, end) for end in ends], color=GREY)
        axes.grid(visible=False)
        for line, (side, value) in enumerate(zip(sides, found, strict=True)):
            words = f"{side.name}: {estimate_text(path, value)}"
            said.append(f"{title}, {words}")
            picture.point(right + 26, y - 4 + 15 * line, side.form, side.colour)
            picture.text(right + 35, y + 15 * line, words, SMALL)
            if value is not None:
                _whisker(axes, side, value, 6 + 13 * line)
    return picture.figure(
        "measures",
        22 + row * len(HEADLINES),
        _("The four main measures"),
        _("Each on its own scale; the thin lines are 95 % intervals."),
        "; ".join(said) + ".",
    )


def maps(subject: Subject) -> Figure:
    """The held-out frames of the first run of each side as points, coloured by their class."""
    first = subject.first
    column = "label" if first.data["class_names"] else "cluster"
    panels = [(_("Candidate") if subject.baseline else "", first, subject.layout)]
    if subject.baseline:
        before = subject.baseline[0]
        own = before.frames[["map_x", "map_y"]].to_numpy(dtype=np.float64)
        panels.insert(0, (_("Baseline"), before, own))
    picture, shown, codes = Picture(), 0, set()
    for number, (name, run, layout) in enumerate(panels):
        x = 1 + number * (WIDTH - MAP_SIZE - 2)
        picture.text(x, 12, name, weight="bold")
        points = np.flatnonzero(np.isfinite(layout).all(axis=1))[:MAX_POINTS]
        shown = max(shown, len(points))
        axes = picture.axes(x, 20, MAP_SIZE, MAP_SIZE, *_square(layout[points]))
        axes.spines[:].set_visible(True)
        if len(points) == 0:
            picture.text(x + 12, 48, _("This run has no map."))
        groups = run.frames[column].to_numpy()[points]
        for code in np.unique(groups):
            marks(axes, layout[points][groups == code], _form(code), class_colour(int(code)))
            codes.add(int(code))
    entries = [(_form(n), class_colour(n), class_name(first, column, n)) for n in sorted(codes)]
    height = picture.legend(entries, 0, MAP_SIZE + 42) + 8
    kind = _("the true class") if column == "label" else _("the cluster found")
    caption = _(
        "Each point is one of {n} moments never seen in training. Points that lie "
        "close together look alike to the encoder. Shape and colour show {kind}.",
        n=f"{shown:,}",
        kind=kind,
    )
    described = sentences(*map(_groups_in_words, _sides(subject)))
    return picture.figure("maps", height, _("Moments as points"), caption, described)


def directions(subject: Subject) -> Figure:
    """Singular values of the first run of each side, each over its largest, on a log scale."""
    picture, sides, lowest = Picture(), _sides(subject), 0.1
    axes = picture.axes(44, 14, WIDTH - 194, 160, (1, N_DIRECTIONS), (lowest, 1))
    for side in sides:
        strengths = side.runs[0].spectrum[:N_DIRECTIONS]
        if len(strengths) and strengths[0] > 0:
            shares = np.where(strengths > 1e-6 * strengths[0], strengths / strengths[0], np.nan)
            lowest = min(lowest, float(np.nanmin(shares)))
            numbers = np.arange(1, len(shares) + 1)
            axes.plot(numbers, shares, side.dash, color=side.colour, lw=2, label=side.name)
    powers = range(int(np.floor(np.log10(lowest))), 1)
    axes.set_yscale("log")
    axes.set_ylim(10.0 ** powers[0], 1)
    axes.set_yticks([10.0**n for n in powers], [f"{10.0**n:g}" for n in powers])
    axes.minorticks_off()
    axes.set_xticks((1, 20, 40, N_DIRECTIONS))
    axes.grid(visible=False, axis="x")
    axes.set_xlabel(_("direction, strongest first"), fontsize=SMALL, color=INK)
    axes.legend(loc=(1.01, 0.75), frameon=False, fontsize=12, labelcolor=INK)
    said = [
        _(
            "{side}: about {rank} of {size} directions in use.",
            side=side.name,
            size=EMBEDDING_SIZE,
            rank=str(NOTHING) if rank is None else f"{rank:.0f}",
        )
        for side in sides
        for rank in [mean_metric(side.runs, "geometry.effective_rank")]
    ]
    return picture.figure(
        "directions",
        212,
        _("Strength of each direction"),
        _("A curve that falls early means that the embedding uses only a few directions."),
        sentences(*said),
    )


def strip(subject: Subject) -> Figure:
    """The first held-out recording in time: what it is, and where the margin acted."""
    run = subject.first
    inside = np.flatnonzero(run.frames["recording"].to_numpy() == 0)
    times = run.frames["time"].to_numpy(dtype=np.float64)[inside]
    step = float(np.median(np.diff(times))) if len(times) > 1 else 1.0
    begin, end = float(times[0]) - step / 2, float(times[-1]) + step / 2
    column = "label" if run.data["class_names"] else "cluster"
    codes = run.frames[column].to_numpy()[inside]
    acted = run.frames["transition"].to_numpy()[inside]
    picture = Picture()
    axes = picture.axes(92, 6, WIDTH - 112, 50, (begin, end), (50, 0))
    axes.grid(visible=False)
    for at, length, code in _stretches(codes, times, step):
        axes.barh(11, length, 22, at, color=class_colour(code), linewidth=0)
        if length / (end - begin) * (WIDTH - 112) >= 16:
            box = {"color": "white", "pad": 2, "linewidth": 0}
            axes.text(
                at + length / 2, 15, _number(code), fontsize=SMALL, color=INK, ha="center", bbox=box
            )
    for at, length, code in _stretches(acted, times, step):
        if code:
            axes.barh(39, length, 16, at, color=CANDIDATE, linewidth=0)
    ticks = np.linspace(begin, end, 6)
    axes.set_xticks(ticks, [f"{tick:.0f} s" for tick in ticks])
    picture.text(0, 21, _("true class") if column == "label" else _("cluster"), SMALL)
    picture.text(0, 49, _("margin acted"), SMALL)
    entries = [
        ("s", class_colour(code), f"{_number(code)} {class_name(run, column, code)}")
        for code in (int(code) for code in np.unique(codes))
    ]
    height = picture.legend(entries, 0, 94) + 8
    caption = _(
        "Top: what happens in the recording, by class number. Bottom: where the margin acted."
    )
    description = _(
        "In recording {name} the margin acted on {marked} of {frames} moments.",
        name=run.data["recordings"][0],
        marked=f"{int(acted.sum()):,}",
        frames=f"{len(acted):,}",
    )
    return picture.figure(
        "strip",
        height,
        _("Where the margin acted, in one recording"),
        f"{description} {caption}",
        description,
    )


def classes(subject: Subject) -> Figure:
    """How many frames of each class are found, on both sides."""
    left, row = 190, 24
    names = subject.first.data["class_names"][:MAX_CLASSES]
    picture, sides = Picture(), _sides(subject)
    found = [recalls(side.runs)[: len(names)] for side in sides]
    picture.legend([(side.form, side.colour, side.name) for side in sides], left - 6, 12)
    limits = (len(names) - 0.5, -0.5)
    axes = picture.axes(left, 24, WIDTH - left - 60, row * len(names), (0, 1), limits)
    axes.set_xticks((0, 0.5, 1), [percent(share) for share in (0.0, 0.5, 1.0)])
    axes.set_yticks(range(len(names)), [cut(name, 25) for name in names], parse_math=False)
    axes.tick_params(axis="y", labelsize=12)
    axes.grid(visible=False, axis="x")
    for side, shares in zip(sides, found, strict=True):
        known = [(share, number) for number, share in enumerate(shares) if share is not None]
        if known:
            marks(axes, known, side.form, side.colour, 5)
    said = []
    for name, *pair in zip(names, *found, strict=True):
        said.append(f"{name}: {' → '.join(share_text(share) for share in pair)}")
    return picture.figure(
        "classes",
        46 + row * len(names),
        _("What the classifier finds"),
        _("Share of the moments of each class that the classifier finds."),
        f"{'; '.join(said)}.",
    )


def recalls(runs: Sequence[Result]) -> list[float | None]:
    """Share found of each class, of the frames of all runs; None where there are none of it."""
    counts = np.sum([run.details["confusion"] for run in runs], axis=0)
    return [
        float(counts[code, code] / row.sum()) if row.sum() else None
        for code, row in enumerate(counts)
    ]


def class_name(run: Result, column: str, code: int) -> str:
    """The name of a class or cluster by its number."""
    if code < 0:
        return _("unlabelled")
    return _("cluster {n}", n=code + 1) if column == "cluster" else run.data["class_names"][code]


def _sides(subject: Subject) -> list[_Side]:
    name = _("candidate") if subject.baseline else _("this method")
    after = _Side(name, subject.candidate, CANDIDATE, "D", "-")
    if not subject.baseline:
        return [after]
    return [_Side(_("baseline"), subject.baseline, BASELINE, "o", "--"), after]


def _number(code: int) -> str:
    return "–" if code < 0 else str(code + 1)


def _groups_in_words(side: _Side) -> str:
    """What a map's picture is to show, as far as it is measured."""
    match = mean_metric(side.runs, "clustering.nmi")
    tidy = mean_metric(side.runs, "clustering.silhouette")
    return _(
        "{side}: cluster separation (Silhouette) {tidy}; agreement of the clusters "
        "with the true classes (NMI, 0 to 1) {match}.",
        side=side.name,
        tidy=value_text("clustering.silhouette", tidy),
        match=value_text("clustering.nmi", match),
    )


def _form(code: int) -> str:
    return "_" if code < 0 else FORMS[code % len(FORMS)]


def _square(points: NDArray[np.float64]) -> tuple[tuple[float, float], tuple[float, float]]:
    """Limits of both axes that show points (n, 2) in the middle and undistorted."""
    if len(points) == 0:
        return (0, 1), (0, 1)
    low, high = points.min(axis=0), points.max(axis=0)
    reach = 0.53 * float(max(*(high - low), 1e-9))
    (x, y) = (low + high) / 2
    return (x - reach, x + reach), (y - reach, y + reach)


def _ends(found: Sequence[Estimate | None], metric: Metric) -> tuple[float, float]:
    """Where an axis begins and ends: behind every value and bound of a metric without an end."""
    low = min(metric.low, 0.0)
    if np.isfinite(metric.high):
        return low, metric.high
    values = [v for e in found if e is not None for v in (e.mean, e.low, e.high) if v is not None]
    top = max(values, default=1.0)
    size = 10.0 ** np.floor(np.log10(top)) if top > 0 else 1.0
    return low, float(np.ceil(top / size) * size)


def _whisker(axes: Axes, side: _Side, value: Estimate, y: float) -> None:
    """A mean and its interval, as far as they lie on the axis."""
    if value.low is not None and value.high is not None:
        low, high = np.clip((value.low, value.high), *axes.get_xlim())
        xs, ys = (low, low, low, high, high, high), (y - 4, y + 4, y, y, y - 4, y + 4)
        axes.plot(xs, ys, color=side.colour, linewidth=2)
    marks(axes, (np.clip(value.mean, *axes.get_xlim()), y), side.form, side.colour, 4.5)


def _stretches(
    codes: NDArray[np.int64] | NDArray[np.bool_], times: NDArray[np.float64], step: float
) -> list[tuple[float, float, int]]:
    """Begin, length and code of each run of equal codes without a gap in time, in seconds."""
    cuts = np.flatnonzero((np.diff(codes) != 0) | (np.diff(times) > 1.5 * step)) + 1
    edges = [0, *(int(cut) for cut in cuts), len(codes)]
    return [(times[a] - step / 2, (b - a) * step, int(codes[a])) for a, b in pairwise(edges)]
