"""What is shown of a frame that is pointed at in a map: where it comes from, and its signal."""

import base64
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from app.components.maps.embedding_map import sample_of, shown_frames
from emargin_core.datasets.base import Dataset
from emargin_core.datasets.frames import frame_slices, framed
from emargin_core.datasets.registry import load_dataset
from emargin_core.store.result import Result
from emargin_core.text.errors import InputError

LANES = 3
"""How many channels are drawn, the first ones."""
SAMPLES = 24
"""Of each channel, each the mean of its share of the frame."""


def pointed_frames(result: Result, layout: NDArray[np.float64]) -> dict[str, Any]:
    """The frames of a map for the browser, which needs no answer to show them.

    ids: rows of the run's frames; recording, of names; time: seconds; channels: names of those
    drawn, none where the data is no longer to be had; signal: base64 of uint8, (n, lanes, SAMPLES),
    0 to 255 over the range of each channel in these frames.
    """
    shown = shown_frames(layout)
    return _pointed(sample_of(result, shown), result, shown)


@st.cache_data(max_entries=32, show_spinner=False)
def _pointed(sample: str, _result: Result, _shown: NDArray[np.int64]) -> dict[str, Any]:
    frames = _result.frames.iloc[_shown]
    dataset = _dataset_of(_result)
    signals = np.zeros((len(frames), 0, SAMPLES), np.uint8)
    if dataset is not None:
        signals = _levels(_signals(_result, dataset, _shown))
    return {
        "ids": _shown.tolist(),
        "recording": frames["recording"].tolist(),
        "time": frames["time"].round(1).tolist(),
        "names": list(_result.data["recordings"]),
        "channels": [] if dataset is None else list(dataset.channel_names[:LANES]),
        "samples": SAMPLES,
        "signal": base64.b64encode(signals.tobytes()).decode(),
    }


def _dataset_of(result: Result) -> Dataset | None:
    """The data that a run was made from, cut into its frames; None if it is gone or another now."""
    try:
        dataset = load_dataset(result.config["dataset"])
    except InputError:
        return None
    if dataset.fingerprint != result.data["fingerprint"]:
        return None
    return framed(dataset, result.config.get("frame"), result.config.get("hop"))


def _signals(result: Result, dataset: Dataset, shown: NDArray[np.int64]) -> NDArray[np.float32]:
    """Means over SAMPLES parts of each frame, (n_shown, n_lanes, SAMPLES)."""
    sources = result.data.get("sources", result.data["recordings"])
    recordings = {recording.id: recording for recording in dataset.recordings}
    homes = result.frames["recording"].to_numpy()[shown]
    times = result.frames["time"].to_numpy()[shown]
    signals = np.zeros((len(shown), len(dataset.channel_names[:LANES]), SAMPLES), np.float32)
    for home in np.unique(homes).tolist():
        recording, members = recordings[sources[home]], np.flatnonzero(homes == home)
        for place, part in zip(
            members, frame_slices(recording, dataset.framing, times[members]), strict=True
        ):
            signals[place] = _thinned(np.asarray(recording.signal[part, :LANES]).T)
    return signals


def _thinned(piece: NDArray[np.float32]) -> NDArray[np.float32]:
    """Means over SAMPLES parts of a piece, (n_channels, n); single samples where it is shorter."""
    edges = np.arange(SAMPLES) * piece.shape[1] // SAMPLES
    counts = np.maximum(1, np.diff(np.append(edges, piece.shape[1])))
    return np.asarray(np.add.reduceat(piece, edges, axis=1) / counts)


def _levels(signals: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Values as 0 to 255, each channel on its own scale; extremes are cut off."""
    if len(signals) == 0:
        return signals.astype(np.uint8)
    low, high = np.nanpercentile(signals, (0.5, 99.5), axis=(0, 2), keepdims=True)
    share = (signals - low) / np.where(high > low, high - low, 1.0)
    return np.round(255 * np.clip(np.nan_to_num(share), 0, 1)).astype(np.uint8)
