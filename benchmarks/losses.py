"""Time and peak memory of each loss, forward and backward, beside its plain arithmetic.

Each side of each case runs in a process of its own, so that its peak memory is its own. The two
processes take turns, step by step, so that a busy machine slows both; the fastest step counts.
"""

import json
import resource
import subprocess
import sys
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Literal

IDLE_S = 0.02
"""Rest between turns: the threads of the side that waits spin a little before they sleep."""

Side = Literal["ours", "plain"]
Step = dict[str, float]

SIZES = (400, 800, 2_000, 5_000, 20_000)
ASSUMED_MATRICES = 10
"""N x N float32 matrices a form is assumed to need before a smaller size has been measured."""


def bench_losses(
    sizes: Iterable[int] = SIZES,
    names: Iterable[str] | None = None,
    threads: int = 2,
    limit_gb: float = 12.0,
) -> list[dict[str, Any]]:
    """Measure the losses `names` (all by default) at N = sizes, smallest first.

    Returns one row a loss and size: name, n, ours_s, plain_s, time_ratio, ours_mb, plain_mb,
    memory_ratio, note. Seconds: fastest step. Megabytes: peak above the process before the first
    step, the batch itself not counted. A side that would need more than limit_gb is not run: its
    numbers are None and the note says what it would need.
    """
    from benchmarks.loss_cases import CASES

    rows = []
    for name in names if names is not None else CASES:
        peaks: dict[Side, tuple[int, float]] = {}
        for n_frames in sorted(sizes):
            row = _measure(name, n_frames, threads, limit_gb, peaks, CASES[name].blockwise)
            rows.append(row)
    return rows


def print_losses(rows: list[dict[str, Any]]) -> None:
    """Print the rows of `bench_losses` as a table that Markdown understands."""
    from rich import box
    from rich.console import Console
    from rich.table import Table

    table = Table(box=box.MARKDOWN)
    headings = ("loss", "N", "ours", "plain", "time ratio", "ours, MB", "plain, MB", "memory ratio")
    for heading in headings:
        table.add_column(heading, justify="left" if heading == "loss" else "right", no_wrap=True)
    table.add_column("note", no_wrap=True)
    for row in rows:
        table.add_row(
            row["name"],
            f"{row['n']:,}",
            _in_words(row["ours_s"], 1e3, " ms"),
            _in_words(row["plain_s"], 1e3, " ms"),
            _in_words(row["time_ratio"], digits=2),
            _in_words(row["ours_mb"]),
            _in_words(row["plain_mb"]),
            _in_words(row["memory_ratio"], digits=2),
            row["note"],
        )
    Console(width=200).print(table)


def _measure(
    name: str,
    n_frames: int,
    threads: int,
    limit_gb: float,
    peaks: dict[Side, tuple[int, float]],
    blockwise: bool,
) -> dict[str, Any]:
    notes, processes = [], {}
    sides: tuple[Side, ...] = ("ours", "plain")
    for side in sides:
        needed_gb = 0.0 if side == "ours" and blockwise else _needed_gb(n_frames, peaks.get(side))
        if needed_gb > limit_gb:
            notes.append(f"{side} needs about {needed_gb:.0f} GB: not run")
        else:
            processes[side] = _start(name, side, n_frames, threads)
    steps: dict[Side, list[Step]] = {side: [] for side in processes}
    for _ in range(max(1, min(20, 80_000_000 // n_frames**2))):
        for side, process in processes.items():
            time.sleep(IDLE_S)
            steps[side].append(_step(process))
    for side, process in processes.items():
        process.communicate()
        peaks[side] = n_frames, steps[side][-1]["peak_mb"]
    seconds = {side: min(step["seconds"] for step in taken) for side, taken in steps.items()}
    memory = {side: taken[-1]["peak_mb"] for side, taken in steps.items()}
    return {
        "name": name,
        "n": n_frames,
        "ours_s": seconds.get("ours"),
        "plain_s": seconds.get("plain"),
        "time_ratio": _ratio(seconds),
        "ours_mb": memory.get("ours"),
        "plain_mb": memory.get("plain"),
        "memory_ratio": _ratio(memory),
        "note": "; ".join(notes),
    }


def _needed_gb(n_frames: int, measured: tuple[int, float] | None) -> float:
    """Extrapolate as N^2 from the largest size measured so far."""
    if measured is None:
        return ASSUMED_MATRICES * 4.0 * n_frames**2 / 1e9
    return measured[1] / 1e3 * (n_frames / measured[0]) ** 2


def _ratio(values: dict[Side, float]) -> float | None:
    return values["ours"] / values["plain"] if len(values) == 2 and values["plain"] > 0 else None


def _in_words(value: float | None, factor: float = 1.0, unit: str = "", digits: int = 0) -> str:
    if value is None:
        return "-"
    shown = value * factor
    return f"{shown:,.{digits if digits or shown >= 10 else 1}f}{unit}"


def _start(name: str, side: Side, n_frames: int, threads: int) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", __spec__.name, name, side, str(n_frames), str(threads)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def _step(process: "subprocess.Popen[str]") -> Step:
    if process.stdin is None or process.stdout is None:
        raise ValueError("the process must be started with pipes")
    process.stdin.write("step\n")
    process.stdin.flush()
    answer = process.stdout.readline()
    if not answer:
        raise MemoryError(f"{process.args!r} ended with status {process.wait()} before its answer")
    step: Step = json.loads(answer)
    return step


def _serve(name: str, side: Side, n_frames: int, threads: int) -> None:
    """Take one step for each line on standard input; answer with its time and the peak so far."""
    import torch

    from benchmarks.loss_cases import CASES, make_batch

    torch.set_num_threads(threads)
    loss = getattr(CASES[name], side)
    small = make_batch(64)
    torch.autograd.grad(loss(small), small.embeddings)  # loads the kernels, starts the threads
    batch = make_batch(n_frames)
    before_mb = _memory_mb("VmRSS")
    for _ in sys.stdin:
        started = time.perf_counter()
        torch.autograd.grad(loss(batch), batch.embeddings)
        seconds = time.perf_counter() - started
        peak_mb = max(0.0, _memory_mb("VmHWM") - before_mb)
        print(json.dumps({"seconds": seconds, "peak_mb": peak_mb}), flush=True)


def _memory_mb(field: Literal["VmRSS", "VmHWM"]) -> float:
    """Memory of this process now, or at its peak; elsewhere than on Linux always the peak."""
    status = Path("/proc/self/status")
    if status.exists():
        for line in status.read_text().splitlines():
            if line.startswith(f"{field}:"):
                return int(line.split()[1]) * 1024 / 1e6
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 1e6 if sys.platform == "darwin" else peak * 1024 / 1e6


if __name__ == "__main__":
    case, part, size, n_threads = sys.argv[1:]
    _serve(case, "ours" if part == "ours" else "plain", int(size), int(n_threads))
