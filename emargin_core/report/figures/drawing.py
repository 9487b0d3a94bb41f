"""Figures as inline SVG from matplotlib: text stays text; no style attribute, id, date or link.

Lengths are CSS pixels from the top left; 680 of them are the width of an A4 page between its
margins. Matplotlib measures text with the font it brings along, and the page shows it in its own
(page.css names the Japanese ones): a picture is the same, byte for byte, whatever fonts a machine
has. Where the width of a name matters, `cell_len` says it: that font has no East Asian letters.
"""

import io
import re
import warnings
from collections.abc import Iterable
from threading import Lock
from typing import Any
from xml.etree import ElementTree

import matplotlib
import numpy as np
from markupsafe import Markup
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.markers import MarkerStyle
from matplotlib.patches import PathPatch
from matplotlib.path import Path
from matplotlib.transforms import Affine2D, IdentityTransform
from numpy.typing import ArrayLike
from rich.cells import cell_len
from rich.text import Text

from emargin_core.report import parts
from emargin_core.text.plain_text import shown

WIDTH = 680
INK = "#1F2933"
FAINT = "#C5CCD5"
GREY = "#52606D"
SMALL = 11

_HEIGHT = 1000
_DPI = 72  # so that a point is a pixel
_CELL = 6.9  # pixels of a Latin letter at 12 pixels; an East Asian one takes two cells
_DROPPED = ("id", "font-family", "clip-path", "transform")
_DECIMALS = re.compile(r"-?\d+\.\d+")
_LOCK = Lock()  # matplotlib's settings belong to the process; sessions of the page are threads


class Picture:
    """A matplotlib figure with axes placed in pixels, written as inline SVG."""

    def __init__(self) -> None:
        self._figure = Figure((WIDTH / _DPI, _HEIGHT / _DPI), dpi=_DPI)
        self._figure.patch.set_visible(False)
        self._page = self.axes(0, 0, WIDTH, _HEIGHT, (0, WIDTH), (_HEIGHT, 0))
        self._page.set_axis_off()

    def axes(
        self,
        x: float,
        y: float,
        width: float,
        height: float,
        across: tuple[float, float],
        up: tuple[float, float],
    ) -> Axes:
        """Empty axes in a box, `across` its x limits and `up` its y limits; no ticks, no frame."""
        place = (x / WIDTH, 1 - (y + height) / _HEIGHT, width / WIDTH, height / _HEIGHT)
        axes = self._figure.add_axes(place, xlim=across, ylim=up, xticks=(), yticks=())
        axes.patch.set_visible(False)
        axes.spines[:].set_visible(False)
        axes.spines[:].set_color(FAINT)
        axes.grid(color=FAINT, linewidth=1)
        axes.set_axisbelow(True)
        axes.tick_params(length=0, pad=5, labelsize=SMALL, labelcolor=INK)
        return axes

    def text(
        self, x: float, y: float, words: str, size: int = 12, colour: str = INK, **style: Any
    ) -> None:
        """Words on one line whose baseline begins at (x, y)."""
        self._page.text(x, y, words, fontsize=size, color=colour, parse_math=False, **style)

    def point(self, x: float, y: float, form: str, colour: str) -> None:
        """One mark around (x, y)."""
        marks(self._page, (x, y), form, colour, 4)

    def legend(self, entries: Iterable[tuple[str, str, str]], x: float, y: float) -> float:
        """Forms, colours and names in lines that begin at (x, y): the last line's y."""
        left = x
        for form, colour, name in entries:
            words = cut(name)
            width = 16 + _CELL * cell_len(words)
            if x + width > WIDTH and x > left:
                x, y = left, y + 19
            self.point(x + 5, y - 4, form, colour)
            self.text(x + 14, y, words)
            x += width + 14
        return y

    def figure(
        self, key: str, height: float, title: str, caption: str, description: str
    ) -> parts.Figure:
        """The uppermost `height` pixels; `key` keeps the ids of its words apart from others'."""
        buffer = io.StringIO()
        with _LOCK, matplotlib.rc_context({"svg.fonttype": "none"}), warnings.catch_warnings():
            warnings.filterwarnings("ignore", "Glyph .* missing")
            self._figure.savefig(buffer, format="svg")
        drawn = ElementTree.fromstring(buffer.getvalue()).iter()
        svg = Markup(
            '<svg role="img" viewBox="0 0 {} {}" stroke-linejoin="round" '
            'aria-labelledby="{key}-title {key}-desc"><title id="{key}-title">{}</title>'
            '<desc id="{key}-desc">{}</desc>{}</svg>'
        ).format(WIDTH, height, title, description, Markup("").join(map(_plain, drawn)), key=key)
        return parts.Figure(title, caption, description, svg)


def marks(axes: Axes, points: ArrayLike, form: str, colour: str, size: float = 2.0) -> None:
    """Points (n, 2) of one form, as `matplotlib.markers` names it, and colour: one small path.

    The limits of the axes must stand; size: half of a mark's width, in pixels.
    """
    style = MarkerStyle(form)
    stamp = style.get_path().transformed(style.get_transform() + Affine2D().scale(2 * size))
    look: dict[str, Any] = {"fill": style.is_filled(), "linewidth": 0 if style.is_filled() else 1.5}
    if form == "o":  # a stroke without length and round ends: a tenth of a circle's bytes
        stamp = Path([(0, 0), (0, 0)])
        look = {"fill": False, "linewidth": 2 * size, "capstyle": "round"}
    places = axes.transData.transform(np.atleast_2d(points))
    path = Path.make_compound_path(*(stamp.transformed(Affine2D().translate(*p)) for p in places))
    path.should_simplify = False  # or it leaves out what has no length
    axes.add_artist(PathPatch(path, color=colour, transform=IdentityTransform(), **look))


def cut(name: str, cells: int = 28) -> str:
    """A name on one line, shortened until it has room; East Asian signs take two cells."""
    words = Text(shown(name))
    words.truncate(cells, overflow="ellipsis")
    return words.plain.replace(" …", "…")


def _plain(element: ElementTree.Element) -> Markup:
    """A path or text with attributes in place of its style, lengths with one decimal."""
    tag = element.tag.rpartition("}")[2]
    if tag not in ("path", "text"):
        return Markup("")
    style = (part.split(": ", 1) for part in element.attrib.pop("style", "").split("; ") if part)
    attributes = Markup("").join(
        Markup(' {}="{}"').format(name, " ".join(_DECIMALS.sub(_short, value).split()))
        for name, value in (*element.attrib.items(), *style)
        if name not in _DROPPED
    )
    return Markup("<{0}{1}>{2}</{0}>").format(tag, attributes, element.text or "")


def _short(number: re.Match[str]) -> str:
    return f"{float(number[0]):.1f}".removesuffix(".0")
