"""How much memory and time a large Parquet file takes, from the file to standardised frames.

Our route converts it block by block and maps it; the counterpart is `pandas.read_parquet` and the
same frames, with everything in memory. Each is measured in a process of its own.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

N_CHANNELS = 6
N_RECORDINGS = 10
RATE = 50.0
BIG_SAMPLES = 50_000_000
SMALL_SAMPLES = 5_000_000
ROWS_A_GROUP = 500_000
LABEL_SECONDS = 20
LABELS = ("rest", "walk", "run", "climb")
SEED = 0

Rows = list[dict[str, Any]]


def bench_data(big: int = BIG_SAMPLES, small: int = SMALL_SAMPLES) -> Rows:
    """Measure the big file by our route, and the smaller one by both.

    Needs about 5 GB in the temporary folder and takes about two minutes with the default sizes.

    Returns: rows of name, ours_s, stock_s and ratio (stock to ours), ours_mb and stock_mb (peak
    resident memory of the process); None without a counterpart.
    """
    with tempfile.TemporaryDirectory(prefix="emargin-bench-") as name:
        folder = Path(name)
        few = write_example(folder / "small.parquet", small)
        ours, plain = (_measure(route, few, folder / "home") for route in ("ours", "plain"))
        rows = [_row(f"{small / 1e6:g} million samples, file to frames", ours, plain)]
        few.unlink()
        many = write_example(folder / "big.parquet", big)
        for what in ("file to frames", "converted before, to frames"):
            found = _measure("ours", many, folder / "home")
            rows.append(_row(f"{big / 1e6:g} million samples, {what}", found, None))
    return rows


def print_data(rows: Sequence[dict[str, Any]]) -> None:
    """Print the rows of `bench_data` as a table."""
    from rich.console import Console
    from rich.table import Table

    table = Table("6-channel Parquet", "ours", "peak", "pandas in memory", "peak")
    for row in rows:
        table.add_row(
            row["name"],
            *(
                "-" if row[key] is None else f"{row[key]:,.{digits}f} {unit}"
                for side in ("ours", "stock")
                for key, digits, unit in ((f"{side}_s", 1, "s"), (f"{side}_mb", 0, "MB"))
            ),
        )
    Console().print(table)


def write_example(path: Path, n_samples: int) -> Path:
    """Write a seeded table of recording, group, time, label and six channels, block by block."""
    length = -(-n_samples // N_RECORDINGS)
    schema = pa.schema(
        [("recording", pa.string()), ("group", pa.string()), ("time", pa.float64())]
        + [("label", pa.string())]
        + [(f"channel {number}", pa.float32()) for number in range(N_CHANNELS)]
    )
    with pq.ParquetWriter(path, schema) as writer:
        for number in range(N_RECORDINGS):
            for begin in range(0, length, ROWS_A_GROUP):
                places = np.arange(begin, min(length, begin + ROWS_A_GROUP))
                writer.write_batch(_batch(number, places, schema))
    return path


def _batch(number: int, places: Any, schema: Any) -> Any:
    random = np.random.default_rng((SEED, number, int(places[0])))
    seconds = places / RATE
    kinds = (seconds // LABEL_SECONDS).astype(np.int64) % len(LABELS)
    wave = np.sin(2 * np.pi * (1 + kinds) * seconds)[:, None]
    signal = (wave + random.normal(size=(len(places), N_CHANNELS))).astype(np.float32)
    names = [f"recording {number}"] * len(places), [f"subject {number}"] * len(places)
    return pa.record_batch(
        [*map(pa.array, names), pa.array(seconds), pa.array(LABELS).take(pa.array(kinds))]
        + [pa.array(channel) for channel in signal.T],
        schema=schema,
    )


def _row(name: str, ours: dict[str, Any], plain: dict[str, Any] | None) -> dict[str, Any]:
    return {
        "name": name,
        "ours_s": ours["seconds"],
        "stock_s": None if plain is None else plain["seconds"],
        "ratio": None if plain is None else plain["seconds"] / ours["seconds"],
        "ours_mb": ours["peak_mb"],
        "stock_mb": None if plain is None else plain["peak_mb"],
    }


def _measure(route: str, path: Path, home: Path) -> dict[str, Any]:
    process = subprocess.run(
        [sys.executable, "-m", __spec__.name, route, str(path)],
        env={**os.environ, "EMARGIN_HOME": str(home)},
        check=True,
        capture_output=True,
        text=True,
    )
    found: dict[str, Any] = json.loads(process.stdout)
    return found


def _in_memory(path: Path) -> Any:
    """What one would write first."""
    import pandas as pd

    from emargin_core.datasets.base import Dataset, Recording

    table = pd.read_parquet(path)
    channels = [name for name in table.columns if name.startswith("channel")]
    codes, classes = pd.factorize(table["label"], sort=True)
    table["code"] = codes
    recordings = tuple(
        Recording(
            id=str(name),
            group=str(rows["group"].iloc[0]),
            signal=rows[channels].to_numpy(dtype=np.float32),
            labels=rows["code"].to_numpy(dtype=np.int64),
            sampling_rate=RATE,
        )
        for name, rows in table.groupby("recording", sort=False)
    )
    return Dataset(str(path), "", recordings, tuple(classes), tuple(channels), "", "", "")


def peak_mb() -> float | None:
    """Most memory that this process has had resident, in MB; None where it cannot be asked."""
    status = Path("/proc/self/status")
    if status.is_file():
        line = next(row for row in status.read_text().splitlines() if row.startswith("VmHWM"))
        return int(line.split()[1]) / 1024
    if sys.platform == "darwin":
        import resource

        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2
    return None


def _report(route: str, path: Path) -> None:
    """Go from the file to frames in this process; print seconds, peak and number of frames."""
    from emargin_core.datasets.splits import make_split
    from emargin_core.datasets.tables.load import load_file

    started = time.perf_counter()
    dataset = load_file(path) if route == "ours" else _in_memory(path)
    split = make_split(dataset)
    seconds = time.perf_counter() - started
    frames = [len(split.train), len(split.test)]
    print(json.dumps({"seconds": seconds, "peak_mb": peak_mb(), "frames": frames}))


if __name__ == "__main__":
    _report(sys.argv[1], Path(sys.argv[2]))
