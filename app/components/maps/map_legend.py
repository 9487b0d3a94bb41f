"""The legend of maps; an entry that is pressed dims the other classes in all of them."""

from collections.abc import Mapping

from app.components.maps.linked import linked
from emargin_core.report.figures.palette import class_colour
from emargin_core.text.language import gettext as _

HTML = '<div role="group"></div>'

CSS = """
[role=group]{display:flex;flex-wrap:wrap;gap:.1rem .3rem;margin-left:-.35rem;
  font-family:var(--st-font)}
button{font:inherit;font-size:.88rem;line-height:1.5;color:var(--st-text-color);cursor:pointer;
  padding:0 .35rem;border:1px solid transparent;border-radius:var(--st-base-radius);background:none}
button:hover,button[aria-pressed=true]{border-color:var(--st-border-color)}
button[aria-pressed=true]{background:var(--st-secondary-background-color)}
button:focus-visible{outline:2px solid var(--st-primary-color)}
i{font-style:normal;margin-right:.25em}
"""

_mount = linked(__file__, HTML, CSS)


def map_legend(view: str, names: Mapping[int, str], key: str) -> None:
    """Draw one legend for the maps of a view; names: of the classes, by their codes."""
    entries = [[code, class_colour(code), name] for code, name in names.items()]
    _mount(key=key, data={"view": view, "title": _("Highlight in the maps"), "entries": entries})
