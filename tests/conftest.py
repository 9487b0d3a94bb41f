"""What all tests share: a store of their own, and a small data set that trains in a second."""

import numpy as np
import pandas as pd
import pytest
import torch

from emargin_core.store import RunStore

torch.set_num_threads(1)  # as every run does; two threads on tiny batches only wait for each other


@pytest.fixture(autouse=True)
def home(tmp_path_factory, monkeypatch):
    """Keep every test out of the user's own store and data."""
    folder = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("EMARGIN_HOME", str(folder))
    monkeypatch.delenv("EMARGIN_DATA", raising=False)
    return folder


@pytest.fixture
def store(home):
    return RunStore(home)


@pytest.fixture(scope="session")
def small_file(tmp_path_factory):
    """Six recordings of two channels, three classes that differ in frequency; a CSV file."""
    rng = np.random.default_rng(0)
    rows = []
    for number in range(6):
        for label, frequency in (("slow", 1.0), ("middle", 4.0), ("fast", 9.0)):
            seconds = np.arange(400) / 20.0
            wave = np.sin(2 * np.pi * frequency * seconds + rng.uniform(0, 6))
            rows.append(
                pd.DataFrame(
                    {
                        "recording": f"machine {number}",
                        "label": label,
                        "x": wave + rng.normal(0, 0.4, 400),
                        "y": 0.5 * wave + rng.normal(0, 0.4, 400),
                    }
                )
            )
    table = pd.concat(rows)
    table["time"] = table.groupby("recording").cumcount() / 20.0
    path = tmp_path_factory.mktemp("data") / "small.csv"
    table.to_csv(path, index=False)
    return path
