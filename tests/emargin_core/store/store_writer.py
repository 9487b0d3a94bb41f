"""A program that writes runs until it is killed: `python store_writer.py HOME`.

It waits for a number on standard input, forks a process that writes runs from that number on, and
prints the process's id. Each run that is put is told by its number, written in one piece.
"""

import os
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from emargin_core.store.result import Result
from emargin_core.store.run_store import RunStore
from tests.run_doubles import make_run

BASE = make_run()
REPEATED = 33


def name_of(number: int) -> str:
    return f"{number:016x}"


def make(number: int) -> Result:
    rng = np.random.default_rng(number)
    frames = pd.concat([BASE.frames] * REPEATED, ignore_index=True)
    return replace(
        BASE,
        run_id=name_of(number),
        data=BASE.data | {"test_frames": len(frames)},
        frames=frames.assign(map_x=rng.random(len(frames)), map_y=rng.random(len(frames))),
        spectrum=rng.random(320),
        encoder={"w": rng.random((128, 156)).astype(np.float32)},
        history=BASE.history | {"loss": rng.random(400).tolist()},
    )


def is_malformed_first(number: int) -> bool:
    """Every third run finds a malformed folder in its place, which it has to replace."""
    return number % 3 == 0


def write_from(home: Path, number: int) -> None:
    store = RunStore(home)
    while True:
        if is_malformed_first(number):
            malformed = home / "runs" / name_of(number)
            malformed.mkdir(parents=True, exist_ok=True)
            (malformed / "result.json").write_text("{")
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
