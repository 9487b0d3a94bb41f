"""A map whose points travel, drawn by the browser alone, with a slider or as places come in."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.components.maps.linked import linked
from emargin_core.report.figures.palette import class_colour
from emargin_core.store.snapshots import EXTENT
from emargin_core.text.language import gettext as _

HTML = """
<div class="scrub" hidden>
  <label><span class="title"></span> <output></output><input type="range" min="0" step="1"></label>
  <div class="scene">
    <div class="picture">
      <canvas role="img"></canvas>
      <i class="mark" hidden></i>
      <span class="note" role="status"></span>
      <div class="tip" hidden aria-hidden="true"><b></b><span></span><div></div></div>
      <div class="tools">
        <button class="lasso">lasso_select</button>
        <button class="closer">add</button>
        <button class="farther">remove</button>
        <button class="whole">zoom_out_map</button>
      </div>
    </div>
    <div class="card"></div>
  </div>
  <p class="says" role="status"></p>
</div>
"""

CSS = """
.scrub{position:relative;font-family:var(--st-font);color:var(--st-text-color);font-size:.95rem}
label{display:block}
[hidden]{display:none!important}
output{font-weight:700;color:var(--st-primary-color)}
input{width:100%;accent-color:var(--st-primary-color);height:1.6rem;cursor:pointer}
:focus-visible{outline:2px solid var(--st-primary-color);outline-offset:2px}
.scene{display:grid;grid-template-columns:minmax(0,1.2fr) minmax(0,1fr);gap:1.5rem}
.scene.stacked{grid-template-columns:minmax(0,1fr);gap:.2rem}
.picture{position:relative;overflow:hidden}
canvas{width:100%;display:block}
.note{position:absolute;left:0;bottom:0;pointer-events:none;font-size:.85rem;opacity:.75}
.mark{position:absolute;left:-7px;top:-7px;width:14px;height:14px;box-sizing:border-box;
  border:2px solid;border-radius:50%;pointer-events:none}
.tip{position:absolute;width:13rem;padding:.35rem .5rem;pointer-events:none;font-size:.85rem;
  line-height:1.35;background:var(--st-background-color);border:1px solid var(--st-border-color);
  border-radius:var(--st-base-radius);box-shadow:0 2px 8px #0003}
.tip :is(b,span){display:block}
.tip div{display:grid;grid-template-columns:fit-content(5rem) 1fr;align-items:center;gap:0 .5rem}
.tip p{display:contents}
.tip p span{overflow:hidden;text-overflow:ellipsis;white-space:nowrap;font-size:.75rem}
.tip svg{width:100%;height:1.4rem;overflow:visible}
.tip polyline{fill:none;stroke:currentColor;stroke-width:1.2;vector-effect:non-scaling-stroke}
.tools{position:absolute;top:0;right:0;display:flex;opacity:0;transition:opacity .15s}
.picture:hover .tools,.tools:focus-within,.tools:has([aria-pressed=true]){opacity:1}
.tools button{width:1.7rem;height:1.7rem;padding:0;overflow:hidden;border:0;cursor:pointer;
  font:1.15rem/1.7rem "Material Symbols Rounded";color:inherit;opacity:.75;
  background:var(--st-background-color);border-radius:var(--st-base-radius)}
.tools button:hover{opacity:1;background:var(--st-secondary-background-color)}
.tools [aria-pressed=true]{opacity:1;color:var(--st-background-color);
  background:var(--st-primary-color)}
.card p{margin:.4rem 0}
.says{position:absolute;width:1px;height:1px;margin:0;overflow:hidden;clip-path:inset(50%)}
@media (max-width:700px){.scene{grid-template-columns:minmax(0,1fr)}}
@media (hover:none){.tools{opacity:1}}
@media (prefers-reduced-motion:reduce){.tools{transition:none}}
"""

HEIGHT = 330

_mount = linked(__file__, HTML, CSS)


def travelling_map(data: dict[str, Any], key: str) -> None:
    """Mount the map; the wheel zooms, dragging pans, a double click resets.

    data: film, a name that changes with the points; title; words and alts, the latter read out in
    place of the picture, one a position; places, for each position x and y of every point in turn,
    0 to EXTENT; codes and palette, as of `coloured`; cards, one a position, HTML whose texts are
    escaped. Where they are given: height of the picture on a screen 900 pixels high, with which it
    grows; extent, the width and height that the places fill; stacked, the card under the picture;
    view, a name that maps, legend and strip share which answer together; live, the one position is
    the present one, which the points travel to when other places come in; says, a sentence that is
    read out when it changes; note, a line that stands on the picture; before, as of `coming_from`,
    whence points travel when it is first drawn, while the others appear. As of `embedding_map`:
    ids, names, sample, frames, lasso.
    """
    defaults = {
        "height": HEIGHT,
        "extent": [EXTENT, EXTENT],
        "stacked": False,
        "view": key,
        "live": False,
        "says": "",
        "note": "",
        "cards": [""],
        "tools": {
            "lasso": _("Select frames with a lasso"),
            "closer": _("Zoom in"),
            "farther": _("Zoom out"),
            "whole": _("Show all"),
        },
    }
    _mount(key=key, data=defaults | data, on_chosen_change=lambda: None)


def coloured(codes: NDArray[np.integer]) -> dict[str, Any]:
    """Codes of the points, (n,), and the colour of each code."""
    palette = {str(code): class_colour(code) for code in np.unique(codes).tolist()}
    return {"codes": codes.tolist(), "palette": palette}
