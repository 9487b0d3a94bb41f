"""Tables with made-up signals, as text and as files."""

from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd

from emargin_core.datasets.tables.choices import Choices
from emargin_core.datasets.tables.load import load_file

CLASSES = ("rest", "walk", "run")


RATE = 25.0


def signals(n_groups=3, seconds=24, rate=RATE):
    """A tidy table: group, t (s), label, x, y; each class in several bouts of 4 s."""
    rng = np.random.default_rng(3)
    parts = []
    for group in range(n_groups):
        t = np.arange(round(seconds * rate)) / rate
        label = np.array(CLASSES)[(t // 4).astype(int) % 3]
        speed = np.searchsorted(sorted(CLASSES), label) + 0.5
        wave = np.sin(2 * np.pi * speed * t)
        noise = rng.normal(0, 0.2, (2, len(t)))
        parts.append(
            pd.DataFrame(
                {"group": f"s{group}", "t": t, "label": label}
                | {"x": (wave + noise[0]).round(4), "y": (noise[1] + 0.1 * group).round(4)}
            )
        )
    return pd.concat(parts, ignore_index=True)


def dates(form, step=1 / RATE, start=datetime(2024, 3, 4, 9, 59, 50)):
    """The table with times in words."""
    frame = signals()
    stamps = [start + timedelta(seconds=round(t * RATE) * step) for t in frame.t]
    return frame.assign(t=[form(stamp) for stamp in stamps])


def text(frame, **settings):
    return frame.to_csv(index=False, **settings)


def with_cells(column, rows, value):
    frame = signals().astype({column: object})
    frame.loc[rows, column] = value
    return frame


def ms(stamp):
    return f"{stamp.microsecond // 1000:03d}"


def wide(n=60, stem="t"):
    rng = np.random.default_rng(0)
    target = rng.integers(0, 3, n)
    place = np.linspace(0, 1, 40)
    rows = np.exp(-((place[None, :] - 0.2 - 0.2 * target[:, None]) ** 2) / 0.01)
    frame = pd.DataFrame((rows + rng.normal(0, 0.02, rows.shape)).round(4))
    frame.columns = [f"{stem}{place}" for place in range(40)]
    return frame.assign(target=target)


def load(path, **values):
    return load_file(Path(path), Choices(**{"channels": ("x", "y")} | values))


def table(n=60):
    return pd.DataFrame(
        {
            "recording": ["a"] * n + ["b"] * n,
            "label": (["rest"] * (n // 2) + ["run"] * (n // 2)) * 2,
            "time": np.tile(np.arange(n) / 25.0, 2),
            "x": np.arange(2 * n) * 0.5,
            "y": np.sin(np.arange(2 * n)),
        }
    )


def write(tmp_path, frame, name="d.csv", **settings):
    path = tmp_path / name
    if name.endswith("parquet"):
        frame.to_parquet(path, index=False)
    else:
        frame.to_csv(path, index=False, **settings)
    return str(path)


def with_cell(column, row, value):
    frame = table().astype({column: object})
    frame.loc[row, column] = value
    return frame
