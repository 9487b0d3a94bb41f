"""The figures of a report: maps, measures, directions, time, classes."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from emargin_core.comparison import mean_metric, metric_interval
from emargin_core.evaluation.metric_table import METRICS
from emargin_core.evaluation.uncertainty import Estimate
from emargin_core.language import mark, say
from emargin_core.palette import BASELINE, CANDIDATE, class_colour
from emargin_core.report import svg
from emargin_core.report.parts import Figure
from emargin_core.report.subject import Subject
from emargin_core.report.words import NOTHING, estimate_text, percent, value_text
from emargin_core.result import Result

MAP_SIZE = 318
MAX_POINTS = 3_000
N_DIRECTIONS = 60
MAX_CLASSES = 24

MEASURES = (
    ("clustering.davies_bouldin", mark("Davies–Bouldin (clusters)"), 0.0, None),
    ("clustering.silhouette", mark("Silhouette (clusters)"), -1.0, 1.0),
    ("probe.accuracy", mark("Accuracy (decisions)"), 0.0, 1.0),
    ("geometry.effective_rank", mark("Directions in use"), 0.0, None),
)
"""Metric, title, and the ends of its axis; without an end the axis ends behind its values."""
BETTER_WORDS = {
    "higher": mark("higher is better"), "lower": mark("lower is better"), "none": mark("neither"),
}  # fmt: skip


@dataclass(frozen=True)
class _Side:
    """One of two sides, in the form and colour that it has in every figure."""

    name: str
    runs: tuple[Result, ...]
    colour: str
    mark: str
    dash: str


def measures(subject: Subject) -> Figure:
    """The four main measures of each side with their intervals, every one on an axis of its own."""
    left, right, row = 190, 424, 54
    sides = _sides(subject)
    body, said = [], []
    for number, (path, title, low, high) in enumerate(MEASURES):
        y = 34 + number * row
        found = [metric_interval(side.runs, path) for side in sides]
        low_end, high_end = _ends(found, low, high)
        body.append(svg.text(0, y - 2, svg.cut(say(title), left - 12), bold=True))
        body.append(svg.text(0, y + 14, say(BETTER_WORDS[METRICS[path].better]), size=11,
                             colour=svg.GREY))  # fmt: skip
        body.append(svg.line(left, y + 16, right, y + 16))
        for end, bound in (("start", low_end), ("end", high_end)):
            body.append(svg.text(left if end == "start" else right, y + 28,
                                 value_text(path, bound), anchor=end, size=10,
                                 colour=svg.GREY))  # fmt: skip
        for line, (side, value) in enumerate(zip(sides, found, strict=True)):
            height = y - 6 + 13 * line
            words = f"{side.name}: {estimate_text(path, value)}"
            body.append(svg.text(right + 14, height + 4, words, size=11))
            said.append(f"{say(title)}, {words}")
            if value is not None:
                body += _whisker(side, value, low_end, high_end, left, right, height)
    body = [*_legend_of_sides(sides, left, 12), *body]
    return _figure("measures", 30 + row * len(MEASURES), say("The four main measures"),
                   say("Each on its own scale; the thin lines are 95 % intervals."),
                   "; ".join(said) + ".", body)  # fmt: skip


def maps(subject: Subject) -> Figure:
    """The held-out frames of the first run of each side as points, coloured by their class."""
    first = subject.first
    column = "label" if first.data["class_names"] else "cluster"
    panels = [(say("Candidate") if subject.baseline else "", first, subject.layout)]
    if subject.baseline:
        before = subject.baseline[0]
        own = before.frames[["map_x", "map_y"]].to_numpy(dtype=np.float64)
        panels.insert(0, (say("Baseline"), before, own))
    body, shown, codes = [], 0, set()
    for number, (name, run, layout) in enumerate(panels):
        x = 1 + number * (svg.WIDTH - MAP_SIZE - 2)
        body.append(svg.text(x, 12, name, bold=True))
        body.append(svg.frame(x, 20, MAP_SIZE, MAP_SIZE))
        points = np.flatnonzero(np.isfinite(layout).all(axis=1))[:MAX_POINTS]
        shown = max(shown, len(points))
        if len(points) == 0:
            body.append(svg.text(x + 12, 48, say("This run has no map.")))
            continue
        groups = run.frames[column].to_numpy()[points]
        codes |= {int(code) for code in np.unique(groups)}
        places = svg.fitted(layout[points], x + 8, 28, MAP_SIZE - 16, MAP_SIZE - 16)
        body += [_class_marks(places[groups == code], int(code)) for code in np.unique(groups)]
    legend, height = _legend_of_classes(first, column, sorted(codes), 20 + MAP_SIZE + 22)
    kind = say("its true class") if column == "label" else say("the cluster found")
    caption = say(
        "Each point is one of {n} moments never seen in training; points that lie close are alike "
        "to the encoder. Form and colour show {kind}.", n=f"{shown:,}", kind=kind,
    )  # fmt: skip
    described = [_groups_in_words(side) for side in _sides(subject)]
    return _figure("maps", height, say("Moments as points"), caption, " ".join(described),
                   [*body, *legend])  # fmt: skip


def directions(subject: Subject) -> Figure:
    """Singular values of the first run of each side, each over its largest, on a log scale."""
    left, right, top, bottom = 44.0, svg.WIDTH - 150.0, 14.0, 174.0
    sides, drawn = _sides(subject), []
    for side in sides:
        strengths = side.runs[0].spectrum[:N_DIRECTIONS]
        if len(strengths) and strengths[0] > 0:
            with np.errstate(divide="ignore"):
                drawn.append((side, np.log10(strengths / strengths[0])))
    floor = min((float(v[np.isfinite(v)].min()) for _, v in drawn), default=-1.0)
    floor = max(-6.0, min(-1.0, np.floor(floor)))
    body = []
    for power in range(int(floor), 1):
        y = top + (bottom - top) * power / floor
        body += [svg.line(left, y, right, y),
                 svg.text(left - 6, y + 4, f"{10.0**power:g}", anchor="end", size=10)]  # fmt: skip
    for tick in (1, 20, 40, N_DIRECTIONS):
        x = left + (right - left) * (tick - 1) / (N_DIRECTIONS - 1)
        body.append(svg.text(x, bottom + 16, str(tick), anchor="middle", size=10))
    for number, (side, values) in enumerate(drawn):
        xs = left + (right - left) * np.arange(len(values)) / (N_DIRECTIONS - 1)
        inside = np.where(values >= floor, values, np.nan)
        body.append(svg.curve(xs, top + (bottom - top) * inside / floor, side.colour, side.dash))
        y = top + 6 + 20 * number
        body.append(svg.curve(np.array([right + 14, right + 44]), np.array([y, y]), side.colour,
                              side.dash))  # fmt: skip
        body.append(svg.text(right + 50, y + 4, side.name))
    body.append(svg.text((left + right) / 2, bottom + 32, say("direction, strongest first"),
                         anchor="middle", size=11))  # fmt: skip
    size = len(subject.first.spectrum)
    said = [
        say("{side}: about {rank} of {size} directions in use.", side=side.name, size=size,
            rank=say(NOTHING) if rank is None else f"{rank:.0f}")
        for side in sides
        for rank in [mean_metric(side.runs, "geometry.effective_rank")]
    ]  # fmt: skip
    return _figure("directions", bottom + 38, say("Strength of each direction"),
                   say("A curve that falls early means that few directions carry everything."),
                   " ".join(said), body)  # fmt: skip


def strip(subject: Subject) -> Figure:
    """The first held-out recording in time: what it is, and where the margin acted."""
    run = subject.first
    inside = np.flatnonzero(run.frames["recording"].to_numpy() == 0)
    times = run.frames["time"].to_numpy(dtype=np.float64)[inside]
    step = float(np.median(np.diff(times))) if len(times) > 1 else 1.0
    begin, end = float(times[0]) - step / 2, float(times[-1]) + step / 2
    left, scale = 92.0, (svg.WIDTH - 96.0) / (end - begin)
    column = "label" if run.data["class_names"] else "cluster"
    codes = run.frames[column].to_numpy()[inside]
    body = [svg.text(0, 22, say("true class") if column == "label" else say("cluster"), size=11),
            svg.text(0, 50, say("margin acted"), size=11)]  # fmt: skip
    for first, last in _stretches(codes, times, step):
        x, length = left + (times[first] - step / 2 - begin) * scale, (last - first) * step * scale
        body.append(svg.box(x, 8, length, 20, class_colour(int(codes[first]))))
        if length >= 16:
            body.append(svg.box(x + length / 2 - 7, 11, 14, 14, "#FFFFFF"))
            body.append(svg.text(x + length / 2, 22, _number(int(codes[first])), size=11,
                                 anchor="middle"))  # fmt: skip
    acted = run.frames["transition"].to_numpy()[inside]
    for first, last in _stretches(acted.astype(np.int64), times, step):
        if acted[first]:
            x = left + (times[first] - step / 2 - begin) * scale
            body.append(svg.box(x, 38, max(0.6, (last - first) * step * scale), 16, CANDIDATE))
    for tick in np.linspace(begin, end, 6):
        x = left + (tick - begin) * scale
        body.append(svg.text(min(x, svg.WIDTH - 14), 70, f"{tick:.0f} s", size=10,
                             anchor="start" if tick == begin else "middle"))  # fmt: skip
    legend, height = _legend_of_numbers(run, column, codes, 92)
    caption = say("Above, what happens in it, by number; below, where the margin acted.")
    description = say(
        "In recording {name} the margin acted on {marked} of {frames} moments.",
        name=run.data["recordings"][0], marked=f"{int(acted.sum()):,}", frames=f"{len(acted):,}",
    )  # fmt: skip
    return _figure("strip", height, say("Where the margin acted, in one recording"),
                   f"{description} {caption}", description, [*body, *legend])  # fmt: skip


def classes(subject: Subject) -> Figure:
    """How many frames of each class are found, on both sides."""
    left, right, row = 190, svg.WIDTH - 60, 24
    names = subject.first.data["class_names"][:MAX_CLASSES]
    sides, said = _sides(subject), []
    found = [recalls(side.runs) for side in sides]
    body = [*_legend_of_sides(sides, left, 12)]
    for number, name in enumerate(names):
        y = 38 + number * row
        body += [svg.text(0, y + 4, svg.cut(name, left - 14)), svg.line(left, y, right, y)]
        for side, shares in zip(sides, found, strict=True):
            share = shares[number]
            if share is not None:
                place = np.array([[left + (right - left) * share, y]])
                body.append(svg.marks(place, side.mark, side.colour, 5))
        rates = [say(NOTHING) if s[number] is None else percent(s[number] or 0) for s in found]
        said.append(f"{name}: {' → '.join(rates)}")
    bottom = 38 + row * len(names)
    for share in (0.0, 0.5, 1.0):
        body.append(svg.text(left + (right - left) * share, bottom, percent(share), size=10,
                             anchor="middle"))  # fmt: skip
    return _figure("classes", bottom + 6, say("What the classifier finds"),
                   say("Share of the moments of each class that it finds."),
                   f"{'; '.join(said)}.", body)  # fmt: skip


def recalls(runs: Sequence[Result]) -> list[float | None]:
    """Share found of each class, mean over seeds; None where one of them is undefined."""
    columns = zip(*(run.details["per_class_recall"] for run in runs), strict=True)
    return [None if None in column else float(np.mean(column)) for column in columns]


def class_name(run: Result, column: str, code: int) -> str:
    """The name of a class or cluster by its number."""
    if code < 0:
        return say("unlabelled")
    return say("cluster {n}", n=code + 1) if column == "cluster" else run.data["class_names"][code]


def _sides(subject: Subject) -> list[_Side]:
    after = _Side(say("candidate") if subject.baseline else say("this method"), subject.candidate,
                  CANDIDATE, "diamond", "")  # fmt: skip
    if not subject.baseline:
        return [after]
    return [_Side(say("baseline"), subject.baseline, BASELINE, "dot", "6 4"), after]


def _figure(
    key: str, height: float, title: str, caption: str, description: str, body: list[str]
) -> Figure:
    return Figure(title, caption, description, svg.picture(key, height, title, description, body))


def _legend_of_sides(sides: list[_Side], x: float, y: float) -> list[str]:
    body = []
    for side in sides:
        body += [svg.marks(np.array([[x + 5, y - 4]]), side.mark, side.colour, 5),
                 svg.text(x + 16, y, side.name)]  # fmt: skip
        x += 34 + svg.text_width(side.name)
    return body


def _legend_of_classes(
    run: Result, column: str, codes: Sequence[int], y: float
) -> tuple[list[str], float]:
    """Marks with their names, in lines, and where the last line ends."""
    body, x = [], 4.0
    for code in codes:
        name = svg.cut(class_name(run, column, code), 200)
        width = 20 + svg.text_width(name)
        if x + width > svg.WIDTH and x > 4.0:
            x, y = 4.0, y + 19
        body += [_class_marks(np.array([[x + 4, y - 4]]), code, 3.6), svg.text(x + 13, y, name)]
        x += width + 10
    return body, y + 8


def _legend_of_numbers(
    run: Result, column: str, codes: NDArray[np.int64], y: float
) -> tuple[list[str], float]:
    """Numbers, colours and names of the classes of a strip, and where the last line ends."""
    body, x = [], 0.0
    for code in (int(code) for code in np.unique(codes)):
        name = svg.cut(f"{_number(code)} {class_name(run, column, code)}", 200)
        width = 14 + svg.text_width(name)
        if x + width > svg.WIDTH and x > 0.0:
            x, y = 0.0, y + 19
        body += [svg.box(x, y - 9, 10, 10, class_colour(code)), svg.text(x + 14, y, name)]
        x += width + 12
    return body, y + 8


def _number(code: int) -> str:
    return "–" if code < 0 else str(code + 1)


def _groups_in_words(side: _Side) -> str:
    """What a map's picture is to show, as far as it is measured."""
    match = mean_metric(side.runs, "clustering.nmi")
    tidy = mean_metric(side.runs, "clustering.silhouette")
    return say(
        "{side}: tidiness of its groups (Silhouette) {tidy}; how much they say about the true "
        "classes (NMI, 0 to 1) {match}.", side=side.name,
        tidy=value_text("clustering.silhouette", tidy), match=value_text("clustering.nmi", match),
    )  # fmt: skip


def _class_marks(places: NDArray[np.float64], code: int, size: float = 2.2) -> str:
    form = "dash" if code < 0 else svg.MARKS[code % len(svg.MARKS)]
    return svg.marks(places, form, class_colour(code), size)


def _ends(found: Sequence[Estimate | None], low: float, high: float | None) -> tuple[float, float]:
    """Where an axis begins and ends: behind every value and bound where no end is given."""
    if high is not None:
        return low, high
    values = [v for e in found if e is not None for v in (e.mean, e.low, e.high) if v is not None]
    top = max(values, default=1.0)
    size = 10.0 ** np.floor(np.log10(top)) if top > 0 else 1.0
    return low, float(np.ceil(top / size) * size)


def _whisker(
    side: _Side, value: Estimate, low: float, high: float, left: float, right: float, y: float
) -> list[str]:
    def place(number: float) -> float:
        return left + (right - left) * min(1.0, max(0.0, (number - low) / (high - low)))

    body = []
    if value.low is not None and value.high is not None:
        ends = place(value.low), place(value.high)
        body.append(svg.line(ends[0], y, ends[1], y, side.colour, 2))
        body += [svg.line(end, y - 4, end, y + 4, side.colour, 1.5) for end in ends]
    return [*body, svg.marks(np.array([[place(value.mean), y]]), side.mark, side.colour, 4.5)]


def _stretches(
    codes: NDArray[np.int64], times: NDArray[np.float64], step: float
) -> list[tuple[int, int]]:
    """First and last + 1 of each run of equal codes without a gap in time."""
    cuts = np.flatnonzero((np.diff(codes) != 0) | (np.diff(times) > 1.5 * step)) + 1
    edges = [0, *(int(cut) for cut in cuts), len(codes)]
    return list(pairwise(edges))
