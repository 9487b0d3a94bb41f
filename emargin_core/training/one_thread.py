"""Computing on one thread, so that numbers do not depend on how many the machine has."""

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from threadpoolctl import threadpool_limits

_one_at_a_time = threading.Lock()


@contextmanager
def one_thread() -> Iterator[None]:
    """Keep BLAS, OpenMP and torch, where it is loaded, to one thread inside the block.

    The settings belong to the whole process, so blocks of several threads wait for each other.
    Not to be nested.
    """
    torch = sys.modules.get("torch")  # whoever has not loaded it, such as the page, need not now
    with _one_at_a_time, threadpool_limits(limits=1):
        before = torch.get_num_threads() if torch else 1
        if torch:
            torch.set_num_threads(1)
        try:
            yield
        finally:
            if torch:
                torch.set_num_threads(before)
