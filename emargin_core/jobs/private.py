"""A private cluster: a separate program on 127.0.0.1 that lives as long as its starter."""

import json
import logging
import os
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from emargin_core.text.errors import ClusterError

if TYPE_CHECKING:
    from distributed import Client, Security

LOOPBACK = "127.0.0.1"
START_TIMEOUT_S = 60
WORKER_ENVIRONMENT = {"OMP_NUM_THREADS": 1, "MKL_NUM_THREADS": 1, "OPENBLAS_NUM_THREADS": 1}
"""In place of Dask's own, whose MALLOC_TRIM_THRESHOLD_ hands every large matrix back to the system
and fetches it again in the next training step: fifty times the page faults, twice the time."""
LONG_JOBS = {"distributed.scheduler.unknown-task-duration": "1h"}
"""What Dask expects of a run. By its own guess, half a second, it moves the second of two runs from
a worker that still imports to the one that is ready, behind the first."""
NO_PROFILE = {"distributed.worker.profile.enabled": False}
"""Nobody looks at Dask's own profile, for which it stops each worker a hundred times a second."""
LEFT_MESSAGE = "Closed comm"
"""How Dask's scheduler begins to complain, with a traceback, that a client left while it wrote."""
_SECRETS = (
    "tls_ca_file",
    "tls_client_cert",
    "tls_client_key",
    "tls_scheduler_cert",
    "tls_scheduler_key",
    "tls_worker_cert",
    "tls_worker_key",
)


@dataclass
class PrivateCluster:
    """Handle on the cluster program; closing its standard input ends it."""

    process: subprocess.Popen[str]
    address: str
    security: "Security"

    @classmethod
    def start(cls, n_workers: int) -> "PrivateCluster":
        """Start the program and wait until its scheduler listens.

        Keys and certificates are made here, exist in memory only, and reach the program through
        its standard input.

        Raises:
            ClusterError: it did not come up; the message says what it printed last.
        """
        from distributed import Security

        security = Security.temporary()
        process = subprocess.Popen(
            [sys.executable, "-m", "emargin_core.jobs"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
            env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        )
        assert process.stdin is not None
        assert process.stdout is not None
        secrets = {name: getattr(security, name) for name in _SECRETS}
        try:
            process.stdin.write(json.dumps({"n_workers": n_workers, "security": secrets}) + "\n")
            process.stdin.flush()
            address = json.loads(process.stdout.readline())["address"]
        except (OSError, ValueError, KeyError):
            process.kill()
            raise ClusterError(
                "the background workers did not start; the terminal shows why"
            ) from None
        return cls(process, address, security)

    def connect(self) -> "Client":
        """Open a client to the scheduler."""
        from distributed import Client

        return Client(
            self.address, security=self.security, timeout=START_TIMEOUT_S, set_as_default=False
        )

    @property
    def alive(self) -> bool:
        """Whether the program still runs."""
        return self.process.poll() is None

    def close(self, wait: bool = True) -> None:
        """End the program, and wait for it if asked; it ends by itself either way."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        if not wait:
            return
        try:
            self.process.wait(timeout=15)
        except subprocess.TimeoutExpired:
            self.process.kill()


def is_news(record: logging.LogRecord) -> bool:
    """Whether a line of the scheduler's log is more than that its one client, the starter, left."""
    return not str(record.msg).startswith(LEFT_MESSAGE)


def serve() -> None:
    """Be the cluster program: read the settings from standard input, serve until it closes."""
    import dask
    from distributed import LocalCluster, Security

    logging.getLogger("distributed.scheduler").addFilter(is_news)
    settings = json.loads(sys.stdin.readline())
    dask.config.set(
        {"distributed.nanny.pre-spawn-environ": WORKER_ENVIRONMENT, **LONG_JOBS, **NO_PROFILE}
    )
    security = Security(require_encryption=True, **settings["security"])
    with LocalCluster(
        n_workers=settings["n_workers"],
        threads_per_worker=1,
        processes=True,
        host=LOOPBACK,
        protocol="tls://",
        security=security,
        dashboard_address=f"{LOOPBACK}:0",
        worker_dashboard_address=f"{LOOPBACK}:0",
        scheduler_kwargs={"dashboard": False},
        silence_logs=40,
    ) as cluster:
        print(json.dumps({"address": cluster.scheduler_address}), flush=True)
        sys.stdin.read()
