"""The spectrum: how strong each direction of the two embeddings is.

Drawn without Plotly, whose script of five megabytes would keep the browser from the maps. Streamlit
takes inline SVG out of HTML, so the curves are an image and the numbers beside them text.
"""

import html
from urllib.parse import quote

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from emargin_core.report.figures.palette import BASELINE, CANDIDATE
from emargin_core.store.result import Result
from emargin_core.text.language import gettext as _

N_DIRECTIONS = 60
TICKS = (1, 20, 40, N_DIRECTIONS)
MOST_DECADES = 4
"""More are labelled by every second one."""
HEIGHT = 104
"""In pixels."""


def spectrum_table(baseline: Result, candidate: Result) -> pd.DataFrame:
    """Singular values of both, each divided by its own largest; NaN where there is none."""
    return pd.DataFrame(
        {
            _("direction, strongest first"): np.arange(1, N_DIRECTIONS + 1),
            _("baseline"): _shares(baseline),
            _("candidate"): _shares(candidate),
        }
    )


def spectrum_picture(baseline: Result, candidate: Result, says: str) -> str:
    """Both spectra on a log scale, as HTML that takes the width of its place.

    says: the same in one sentence, for screen readers.
    """
    shares = {BASELINE: _shares(baseline), CANDIDATE: _shares(candidate)}
    known = np.concatenate(list(shares.values()))
    known = known[np.isfinite(known)]
    decades = max(1, int(np.ceil(-np.log10(known.min()) - 1e-9))) if len(known) else 1
    curves = "".join(_curve(values, colour) for colour, values in shares.items())
    svg = (
        "<svg xmlns='http://www.w3.org/2000/svg' preserveAspectRatio='none' "
        f"viewBox='1 0 {N_DIRECTIONS - 1} {decades}'>{curves}</svg>"
    )
    parts = []
    for power in range(0, decades + 1, 1 if decades <= MOST_DECADES else 2):
        place = f"position:absolute;top:{100 * power / decades:.4g}%;"
        parts.append(
            f"<i style='{place}left:0;right:0;border-top:1px solid;opacity:.15'></i>"
            f"<span style='{place}right:100%;padding-right:.5em;transform:translateY(-50%)'>"
            f"{10.0**-power:g}</span>"
        )
    for tick in TICKS:
        across = 100 * (tick - 1) / (N_DIRECTIONS - 1)
        place = f"position:absolute;top:100%;left:{across:.4g}%;transform:translateX(-50%)"
        parts.append(f"<span style='{place}'>{tick}</span>")
    return (
        f"<div class='plot' role='img' aria-label='{html.escape(says, quote=True)}' "
        f"style='position:relative;height:{HEIGHT}px;margin:.6em .6em 1.4em 3.2em;"
        f"font-size:.75rem'>{''.join(parts)}"
        f"<img alt='' src='data:image/svg+xml,{quote(svg)}' "
        "style='position:absolute;inset:0;width:100%;height:100%;max-width:none'></div>"
    )


def _shares(result: Result) -> NDArray[np.float64]:
    """Strength of the first directions over the strongest, (N_DIRECTIONS,), NaN where none is.

    Rounded to six decimals, as the picture is.
    """
    shares = np.full(N_DIRECTIONS, np.nan)
    strengths = np.asarray(result.spectrum[:N_DIRECTIONS], dtype=np.float64)
    if len(strengths) and strengths[0] > 0:
        relative = np.round(strengths / strengths[0], 6)
        shares[: len(relative)] = np.where(relative > 0, relative, np.nan)
    return shares


def _curve(shares: NDArray[np.float64], colour: str) -> str:
    """One line through the directions that have a strength, which come first."""
    points = " ".join(
        f"{index + 1},{-np.log10(shares[index]):.4g}"
        for index in np.flatnonzero(np.isfinite(shares))
    )
    return (
        f"<polyline points='{points}' fill='none' stroke='{colour}' stroke-width='2' "
        "vector-effect='non-scaling-stroke'/>"
    )
