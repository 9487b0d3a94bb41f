"""Small static SVG pictures, as text: no script, no style attribute, every word escaped.

Lengths are in CSS pixels; 680 of them are the width of an A4 page between its margins.
"""

import unicodedata
from collections.abc import Sequence

import numpy as np
from markupsafe import Markup, escape
from numpy.typing import NDArray

WIDTH = 680
INK = "#1F2933"
FAINT = "#C5CCD5"
GREY = "#52606D"
MARKS = ("dot", "square", "triangle", "diamond", "plus", "cross", "bar", "dash")
"""Forms of points; with the colours they make classes told apart without colour."""

_SIZE = 2.2
_STROKED = {"plus", "cross", "bar", "dash"}


def picture(
    key: str, height: float, title: str, description: str, body: Sequence[str], width: float = WIDTH
) -> Markup:
    """One picture with its words for screen readers; `key` keeps its ids apart from others'."""
    return Markup(
        '<svg xmlns="http://www.w3.org/2000/svg" role="img" viewBox="0 0 {} {}" '
        'aria-labelledby="{}-title {}-desc"><title id="{}-title">{}</title>'
        '<desc id="{}-desc">{}</desc>{}</svg>'
    ).format(
        _n(width), _n(height), key, key, key, title, key, description, Markup("".join(body))
    )  # fmt: skip


def text(
    x: float, y: float, words: str, *, anchor: str = "start", size: int = 12, bold: bool = False,
    colour: str = INK,
) -> str:  # fmt: skip
    """Words whose baseline starts, has its middle or ends at (x, y)."""
    weight = ' font-weight="600"' if bold else ""
    return (
        f'<text x="{_n(x)}" y="{_n(y)}" font-size="{size}" fill="{colour}" '
        f'text-anchor="{anchor}"{weight}>{escape(words)}</text>'
    )


def line(
    x1: float, y1: float, x2: float, y2: float, colour: str = FAINT, width: float = 1.0,
    dash: str = "",
) -> str:  # fmt: skip
    """A straight line."""
    dashes = f' stroke-dasharray="{dash}"' if dash else ""
    return (
        f'<line x1="{_n(x1)}" y1="{_n(y1)}" x2="{_n(x2)}" y2="{_n(y2)}" stroke="{colour}" '
        f'stroke-width="{_n(width)}"{dashes}/>'
    )


def box(x: float, y: float, width: float, height: float, colour: str) -> str:
    """A filled rectangle."""
    return (
        f'<rect x="{_n(x)}" y="{_n(y)}" width="{_n(width)}" height="{_n(height)}" fill="{colour}"/>'
    )


def frame(x: float, y: float, width: float, height: float) -> str:
    """An empty rectangle with a thin edge."""
    return (
        f'<rect x="{_n(x)}" y="{_n(y)}" width="{_n(width)}" height="{_n(height)}" fill="none" '
        f'stroke="{FAINT}"/>'
    )


def curve(xs: NDArray[np.float64], ys: NDArray[np.float64], colour: str, dash: str = "") -> str:
    """A line through points; a point that is not finite breaks it."""
    steps, pen = [], "M"
    for x, y in zip(xs, ys, strict=True):
        if np.isfinite(x) and np.isfinite(y):
            steps.append(f"{pen}{_n(x)} {_n(y)}")
            pen = "L"
        else:
            pen = "M"
    dashes = f' stroke-dasharray="{dash}"' if dash else ""
    return f'<path d="{"".join(steps)}" fill="none" stroke="{colour}" stroke-width="2"{dashes}/>'


def marks(points: NDArray[np.float64], mark: str, colour: str, size: float = _SIZE) -> str:
    """Many points (n, 2) of one form and colour, as one path."""
    if mark == "dot":
        path = "".join(f"M{_n(x)} {_n(y)}h0" for x, y in points)
        return (
            f'<path d="{path}" fill="none" stroke="{colour}" stroke-width="{_n(2 * size)}" '
            'stroke-linecap="round"/>'
        )
    path = "".join(_form(mark, x, y, size) for x, y in points)
    if mark in _STROKED:
        return f'<path d="{path}" fill="none" stroke="{colour}" stroke-width="1.5"/>'
    return f'<path d="{path}" fill="{colour}"/>'


def fitted(
    points: NDArray[np.float64], x: float, y: float, width: float, height: float
) -> NDArray[np.float64]:
    """Places (n, 2) moved and scaled alike in both directions into a box, y turned upwards."""
    low, high = points.min(axis=0), points.max(axis=0)
    extent = np.where(high > low, high - low, 1.0)
    scale = float(min(width / extent[0], height / extent[1]))
    middle = (points - (low + high) / 2) * scale
    return np.column_stack([x + width / 2 + middle[:, 0], y + height / 2 - middle[:, 1]])


def text_width(words: str, size: int = 12) -> float:
    """Roughly how wide words are: East Asian signs are as wide as high."""
    wide = sum(unicodedata.east_asian_width(sign) in "WF" for sign in words)
    return size * (wide + 0.56 * (len(words) - wide))


def cut(words: str, room: float, size: int = 12) -> str:
    """Words shortened until they have room."""
    if text_width(words, size) <= room:
        return words
    kept = words
    while kept and text_width(kept + "…", size) > room:
        kept = kept[:-1]
    return kept + "…"


def _form(mark: str, x: float, y: float, size: float) -> str:
    s, d, whole, edge = _n(size), _n(1.3 * size), _n(2 * size), _n(1.8 * size)
    return {
        "square": f"M{_n(x - 0.9 * size)} {_n(y - 0.9 * size)}h{edge}v{edge}h-{edge}z",
        "triangle": f"M{_n(x)} {_n(y - size)}l{s} {whole}h-{whole}z",
        "diamond": f"M{_n(x)} {_n(y - 1.3 * size)}l{d} {d}l-{d} {d}l-{d}-{d}z",
        "plus": f"M{_n(x - size)} {_n(y)}h{whole}M{_n(x)} {_n(y - size)}v{whole}",
        "cross": f"M{_n(x - size)} {_n(y - size)}l{whole} {whole}m0-{whole}l-{whole} {whole}",
        "bar": f"M{_n(x)} {_n(y - size)}v{whole}",
        "dash": f"M{_n(x - size)} {_n(y)}h{whole}",
    }[mark]


def _n(value: float) -> str:
    """A length with one decimal at most."""
    words = f"{value:.1f}".removesuffix(".0")
    return "0" if words == "-0" else words
