"""The signal of one recording, thinned out to what a screen can show."""

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from app.components.charts.strip import time_span
from app.components.plain import chart_text
from emargin_core.datasets.base import Dataset, Recording
from emargin_core.datasets.registry import load_dataset
from emargin_core.report.figures.palette import class_colour
from emargin_core.store.result import Result
from emargin_core.text.errors import InputError
from emargin_core.text.language import gettext as _

BINS = 750
CHANNELS = 4


def result_signal(result: Result, recording: int, left: int) -> go.Figure | None:
    """Draw the recording behind a run's held-out frames; None where it is no longer to be had."""
    try:
        dataset = load_dataset(result.config["dataset"])
    except InputError:
        return None
    name = result.data.get("sources", result.data["recordings"])[recording]
    found = next((r for r in dataset.recordings if r.id == name), None)
    if found is None:
        return None
    return signal_figure(dataset, found, left, span=time_span(result, recording))


def signal_figure(
    dataset: Dataset,
    recording: Recording,
    left: int,
    height: int = 130,
    span: tuple[float, float] | None = None,
    channels: int = CHANNELS,
) -> go.Figure:
    """Draw the first channels, each scaled to a lane of its own.

    Each bin of time shows its lowest and highest value. span: the seconds to draw; all if None;
    channels: how many at most.
    """
    rate = recording.sampling_rate
    low, high = span or (0.0, len(recording.signal) / rate)
    first = max(0, int(low * rate))
    shown = recording.signal[first : int(np.ceil(high * rate))]
    titles = [chart_text(title) for title in dataset.channel_names[:channels]]
    figure = go.Figure()
    for channel, title in enumerate(titles):
        positions, values = envelope(shown[:, channel])
        figure.add_scatter(
            x=np.round((first + positions) / rate, 2),
            y=np.round(scaled(values) - channel, 3),
            customdata=np.round(values.astype(float), 3),
            mode="lines",
            name=title,
            line={"width": 0.8, "color": class_colour(channel)},
            hovertemplate=_("%{fullData.name}: %{customdata} at %{x:.1f} s") + "<extra></extra>",
        )
    figure.update_layout(
        height=height,
        margin={"l": left, "r": 4, "t": 0, "b": 0},
        showlegend=False,
        xaxis={"showticklabels": False, "range": [low, high]},
        yaxis={
            "title": None,
            "automargin": False,
            "tickvals": [0.5 - channel for channel in range(len(titles))],
            "ticktext": titles,
            "showgrid": False,
            "zeroline": False,
        },
    )
    return figure


def scaled(values: NDArray[np.float32]) -> NDArray[np.float64]:
    """Values between 0 and 0.9 from lowest to highest: every channel has a lane of its own."""
    low, high = float(values.min()), float(values.max())
    return 0.9 * (values.astype(float) - low) / (high - low if high > low else 1.0)


def envelope(values: NDArray[np.float32]) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Positions and values of each bin's lowest and highest sample, in order of time."""
    size = -(-len(values) // BINS)
    if size < 3:
        return np.arange(len(values)), np.asarray(values)
    n_bins = -(-len(values) // size)
    bins = np.pad(values, (0, n_bins * size - len(values)), mode="edge").reshape(n_bins, size)
    ends = np.sort(np.stack([bins.argmin(axis=1), bins.argmax(axis=1)], axis=1), axis=1)
    positions = (ends + np.arange(n_bins)[:, None] * size).reshape(-1)
    positions = np.minimum(positions, len(values) - 1)
    return positions, np.asarray(values)[positions]
