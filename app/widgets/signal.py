"""The signal of one recording, thinned out to what a screen can show."""

import numpy as np
import plotly.graph_objects as go

from app.palette import class_colour
from emargin_core.datasets import load_dataset
from emargin_core.errors import InputError
from emargin_core.result import Result

POINTS = 1_500


def signal_figure(result: Result, recording: int, left: int, height: int = 130) -> go.Figure | None:
    """Draw the first three channels; None where the data are no longer to be had."""
    try:
        dataset = load_dataset(result.config["dataset"])
    except InputError:
        return None
    name = result.data.get("sources", result.data["recordings"])[recording]
    found = next((r for r in dataset.recordings if r.id == name), None)
    if found is None:
        return None
    step = max(1, len(found.signal) // POINTS)
    seconds = np.round(np.arange(0, len(found.signal), step) / found.sampling_rate, 2)
    figure = go.Figure()
    for channel, title in enumerate(dataset.channel_names[:3]):
        figure.add_scatter(
            x=seconds,
            y=np.round(found.signal[::step, channel].astype(float), 3),
            mode="lines",
            name=title,
            line={"width": 0.8, "color": class_colour(channel)},
        )
    figure.update_layout(
        height=height,
        margin={"l": left, "r": 4, "t": 0, "b": 0},
        legend={"orientation": "h", "y": 1.2},
        xaxis={"showticklabels": False, "range": [0, float(seconds[-1])]},
        yaxis={"title": None, "automargin": False},
    )
    return figure
