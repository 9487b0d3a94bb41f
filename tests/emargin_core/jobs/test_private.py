"""The private cluster's own settings, on a real one."""

import time

import pytest
from distributed import get_worker

from emargin_core.jobs.private import PrivateCluster


def nap(seconds):
    """Sleep on a worker; its address."""
    time.sleep(seconds)
    return get_worker().address


@pytest.mark.slow
def test_no_run_waits_behind_another_while_a_worker_idles():
    cluster = PrivateCluster.start(2)
    try:
        with cluster.connect() as client:
            client.wait_for_workers(2, timeout=60)
            workers = list(client.scheduler_info()["workers"])
            for seconds, address in zip((3.0, 3.9), workers, strict=True):
                client.submit(nap, seconds, workers=[address], key=f"warm-{address}", pure=False)
            runs = [
                client.submit(nap, 4.0, key=key, pure=False)
                for key in ("0123456789abcdef", "f123456789abcdef")
            ]
            assert len({run.result(timeout=60) for run in runs}) == 2
    finally:
        cluster.close()
