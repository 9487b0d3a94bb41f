"""A program that writes runs until it is killed: `python store_writer.py HOME`.

It waits for a number on standard input, forks a process that writes runs from that number on, and
prints the process's id. Each run that is put is told by its number, written in one piece.
"""

import os
import sys
from pathlib import Path

import numpy as np
import pandas as pd

from emargin_core.result import Result
from emargin_core.store import RunStore

ROWS = 4_000


def name_of(number: int) -> str:
    return f"{number:016x}"


def make(number: int) -> Result:
    rng = np.random.default_rng(number)
    return Result(
        run_id=name_of(number),
        config={"method": "emargin", "seed": number},
        metrics={"clustering": {"silhouette": float(rng.random())}},
        collapse_reason=None,
        data={"recordings": ["a"], "class_names": ["x"]},
        frames=pd.DataFrame(rng.random((ROWS, 6)), columns=list("abcdef")),
        replicates={"clustering.silhouette": rng.random(200)},
        spectrum=rng.random(320),
        encoder={"w": rng.random((128, 156)).astype(np.float32)},
        details={},
        history={"loss": rng.random(400).tolist(), "non_finite_steps": 0, "skipped_steps": 0},
        timing={"total_s": 1.0},
        versions={},
        created="2026-01-01T00:00:00+00:00",
    )


def is_torn_first(number: int) -> bool:
    """Every third run finds a torn folder in its place, which it has to replace."""
    return number % 3 == 0


def write_from(home: Path, number: int) -> None:
    store = RunStore(home)
    while True:
        if is_torn_first(number):
            torn = home / "runs" / name_of(number)
            torn.mkdir(parents=True, exist_ok=True)
            (torn / "result.json").write_text("{")
        store.put(make(number))
        os.write(1, f"put {number}\n".encode())
        number += 1


if __name__ == "__main__":
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            write_from(Path(sys.argv[1]), int(line))
        os.write(1, f"pid {child}\n".encode())
        os.waitpid(child, 0)
        os.write(1, b"ended\n")
