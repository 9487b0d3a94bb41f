"""The signal that a map shows of a frame is that of the frame, and none where the data is gone."""

import base64
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from app.components.maps import pointed_frames as module
from app.components.maps.pointed_frames import LANES, SAMPLES, pointed_frames
from emargin_core.datasets.base import Dataset, Recording
from emargin_core.datasets.frames import cut_frames
from emargin_core.text.errors import InputError

RATE = 50


@pytest.fixture
def data(monkeypatch):
    """Two recordings, the first channel of each a ramp in time, the second constant."""
    module._pointed.clear()
    ramp = np.arange(1000, dtype=np.float32)
    signals = [np.stack([ramp + more, ramp * 0, -ramp, ramp], axis=1) for more in (0, 5000)]
    labels = np.zeros(1000, dtype=np.int64)
    recordings = tuple(Recording(f"r{i}", f"g{i}", s, labels, RATE) for i, s in enumerate(signals))
    data = Dataset("d", "d", recordings, ("a",), ("up", "still", "down", "more"), "", "", "")
    monkeypatch.setattr(module, "load_dataset", lambda name: data)
    return data


def finished(data, config=None):
    frames = cut_frames(data.recordings, data.framing, 10**6)
    table = pd.DataFrame({"recording": frames.recording, "time": frames.time})
    about = {"recordings": ["r0", "r1"], "fingerprint": data.fingerprint}
    return SimpleNamespace(frames=table, data=about, config={"dataset": "d"} | (config or {}))


def shown(run, every=1):
    layout = np.full((len(run.frames), 2), np.nan)
    layout[::every] = 0.0
    found = pointed_frames(run, layout)
    signal = np.frombuffer(base64.b64decode(found["signal"]), dtype=np.uint8)
    return found, signal.reshape(len(found["ids"]), -1, SAMPLES).astype(int)


def test_signal_of_each_frame_is_cut_from_its_recording_at_its_time(data):
    run = finished(data)
    found, signal = shown(run, every=3)
    assert found["channels"] == ["up", "still", "down"][:LANES]
    assert found["ids"] == list(range(0, len(run.frames), 3))
    middle = run.frames["time"].to_numpy()[::3] * RATE + 5000 * run.frames["recording"][::3]
    expected = np.interp(middle, (0, 6000), (0, 255))
    np.testing.assert_allclose(signal[:, 0].mean(axis=1), expected, atol=4)
    assert (np.diff(signal[:, 0], axis=1) >= 0).all()
    assert len(np.unique(signal[:, 1])) == 1


@pytest.mark.parametrize("gone", [True, False])
def test_there_is_no_signal_where_the_data_is_gone_or_another_now(data, monkeypatch, gone):
    run = finished(data)

    def load(name):
        if gone:
            raise InputError("no data set")
        return replace(data, class_names=("b",))

    monkeypatch.setattr(module, "load_dataset", load)
    found, signal = shown(run)
    assert (found["channels"], signal.size) == ([], 0)
    assert len(found["time"]) == len(run.frames)
