"""A program killed with SIGKILL while it writes runs, again and again, at seeded random moments."""

import logging
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from emargin_core.datasets.drafts import remove_old_drafts
from emargin_core.store.run_store import RunStore
from tests.emargin_core.store import store_writer

WRITER = Path(store_writer.__file__)
ROOT = WRITER.parents[3]
KILLS = 80

pytestmark = pytest.mark.slow


@pytest.fixture
def writer(home):
    program = subprocess.Popen(
        [sys.executable, str(WRITER), str(home)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        bufsize=1,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )
    yield program
    program.stdin.close()
    program.wait(timeout=20)


def kill_after(writer, first, seconds, least=0):
    """Let runs be written from `first` on, at least so many, and kill; the numbers told as put."""
    writer.stdin.write(f"{first}\n")
    told, pid = [], None
    line = writer.stdout.readline()
    while pid is None:  # the child may be faster than its parent's word
        if line.startswith("pid"):
            pid = int(line.split()[1])
        else:
            told.append(int(line.split()[1]))
            line = writer.stdout.readline()
    while len(told) < least:
        told.append(int(writer.stdout.readline().split()[1]))
    time.sleep(seconds)
    os.kill(pid, signal.SIGKILL)
    while not (line := writer.stdout.readline()).startswith("ended"):
        told.append(int(line.split()[1]))
    return told


def test_every_run_is_whole_or_absent_and_nothing_finished_is_lost(writer, home, caplog):
    store, rng = RunStore(home), np.random.default_rng(7)
    finished = kill_after(writer, 0, 0.0, least=1)  # the program has started
    began, first = time.monotonic(), len(finished) + 1
    finished += kill_after(writer, first, 0.0, least=5)
    pace, first = (time.monotonic() - began) / 6, len(finished) + 2
    for _ in range(KILLS):
        told = kill_after(writer, first, float(rng.uniform(0.0, 4 * pace)))
        finished += told
        first += len(told) + 1  # the one that was being written is left as it is
    names = {path.name for path in (home / "runs").iterdir() if not path.name.startswith(".")}
    drafts = [path for path in (home / "runs").iterdir() if path.name.startswith(".")]
    caplog.set_level(logging.CRITICAL)
    kept = {name for name in names if store.get(name) is not None}
    malformed_by_us = {
        store_writer.name_of(n) for n in range(first + 1) if store_writer.is_malformed_first(n)
    }
    assert {store_writer.name_of(number) for number in finished} <= kept
    assert names - kept <= malformed_by_us  # nothing else is malformed
    for number in finished[:: max(1, len(finished) // 40)]:
        expected, got = store_writer.make(number), store.get(store_writer.name_of(number))
        assert got.metrics == expected.metrics
        pd.testing.assert_frame_equal(got.frames, expected.frames)
    print(f"{KILLS} kills, {len(drafts)} within a write, {len(finished)} finished, none lost")
    assert len(drafts) >= 20, "the kills did not hit the writing"
    assert len(finished) >= 20, "nothing was finished that could have been lost"
    remove_old_drafts(home, 0.0)
    assert {path.name for path in (home / "runs").iterdir()} == names
    assert set(store.ids()) >= kept
    caught = next(iter(malformed_by_us - kept), store_writer.name_of(first))
    number = int(caught, 16)
    store.put(store_writer.make(number))  # what was interrupted can be made again
    assert store.get(caught) is not None
