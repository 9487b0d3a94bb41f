"""Computing on one thread, so that numbers do not depend on how many the machine has."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import torch
from threadpoolctl import threadpool_limits

_one_at_a_time = threading.Lock()


@contextmanager
def one_thread() -> Iterator[None]:
    """Keep torch, BLAS and OpenMP to one thread inside the block; one block at a time.

    The settings belong to the whole process, so blocks of several threads wait for each other.
    Not to be nested.
    """
    with _one_at_a_time, threadpool_limits(limits=1):
        before = torch.get_num_threads()
        torch.set_num_threads(1)
        try:
            yield
        finally:
            torch.set_num_threads(before)
