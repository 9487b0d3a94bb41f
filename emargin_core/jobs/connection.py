"""The connection to the cluster, private or the user's: opened when needed, and anew when lost."""

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from emargin_core.jobs.address import check_address
from emargin_core.jobs.private import PrivateCluster
from emargin_core.jobs.tasks import PROGRESS_TOPIC, warm_task
from emargin_core.text.errors import ClusterError

if TYPE_CHECKING:
    from distributed import Client

SCHEDULER_VARIABLE = "EMARGIN_SCHEDULER"
CONNECT_TIMEOUT_S = 10
CLOSE_WAIT_S = 10

log = logging.getLogger(__name__)


class Connection:
    """A client to one cluster at a time; used by one thread.

    scheduler: address of the user's cluster; None for a private one with `n_workers` workers.
    on_event: gets every event of the progress topic. on_loss: called when a cluster is given up.
    warm: let the workers import and compile at once what runs need.
    """

    def __init__(
        self,
        scheduler: str | None,
        n_workers: int,
        on_event: Callable[[tuple[float, dict[str, Any]]], None],
        on_loss: Callable[[], None],
        *,
        warm: bool = True,
    ) -> None:
        self.scheduler = scheduler
        self.cluster: PrivateCluster | None = None
        self._n_workers = n_workers
        self._on_event = on_event
        self._on_loss = on_loss
        self._warm = warm
        self._client: Client | None = None
        self._identity = ""

    @property
    def opened(self) -> bool:
        """Whether there is a client, as far as is known."""
        return self._client is not None

    def client(self) -> "Client":
        """Return a client that is connected.

        Raises:
            ClusterError: no cluster can be started or reached; the message says why.
        """
        if self._client is not None and not self._answers(self._client):
            log.warning("the cluster was lost; connecting anew")
            self.close()
            self._on_loss()
        if self._client is None:
            self._client = self._connect()
            self._identity = _identity(self._client)
            self._client.subscribe_topic(PROGRESS_TOPIC, self._on_event)
            if self._warm:
                _warm(self._client)
        return self._client

    def close(self, wait: bool = True) -> None:
        """Disconnect, and end the private cluster."""
        if self._client is not None:
            try:
                self._client.close(timeout=CLOSE_WAIT_S)
            except (OSError, TimeoutError) as error:
                log.info("the cluster did not disconnect in time: %r", error)
            self._client.status = "closed"  # else it tries again when collected, and complains
            self._client = None
        if self.cluster is not None:
            self.cluster.close(wait)
            self.cluster = None

    def _answers(self, client: "Client") -> bool:
        """Whether the scheduler that we know is still there.

        Dask's client connects by itself to a scheduler that was started anew, which then knows
        neither our jobs nor that we listen.
        """
        if self.cluster is not None and not self.cluster.alive:
            return False
        if client.status != "running":
            return False
        try:
            return _identity(client) == self._identity
        except (OSError, TimeoutError):
            return False

    def _connect(self) -> "Client":
        if self.scheduler is None:
            self.cluster = PrivateCluster.start(self._n_workers)
            return self.cluster.connect()
        from distributed import Client

        check_address(self.scheduler)
        try:
            return Client(self.scheduler, timeout=CONNECT_TIMEOUT_S, set_as_default=False)
        except (OSError, ValueError, TimeoutError) as error:
            raise ClusterError(
                "no Dask scheduler answers at {scheduler} ({scheduler_variable}): {error}",
                scheduler=self.scheduler,
                scheduler_variable=SCHEDULER_VARIABLE,
                error=error,
            ) from None


def _identity(client: "Client") -> str:
    return str(client.scheduler_info(n_workers=0)["id"])


def _warm(client: "Client") -> None:
    """Let every worker import and compile before a run needs it."""
    from distributed import fire_and_forget

    for address in client.scheduler_info()["workers"]:
        fire_and_forget(
            client.submit(warm_task, workers=[address], key=f"warm-{address}", pure=False)
        )
