"""The address of somebody's scheduler, looked at before anything is sent there."""

import re

from emargin_core.text.errors import ClusterError
from emargin_core.text.plain_text import without_secrets

_ADDRESS = re.compile(r"(tcp|tls)://(\[[0-9a-fA-F:]+\]|[^/:@?\s]+):\d{1,5}")


def check_address(address: str) -> None:
    """Refuse an address that no client could use.

    Raises:
        ClusterError: it is not tcp://host:port or tls://host:port, or it is tls and no
            certificates are set in Dask's configuration.
    """
    if not _ADDRESS.fullmatch(address):
        named = without_secrets(address.partition("?")[0])
        raise ClusterError(
            "the scheduler's address is '{named}'; use tcp://host:port or tls://host:port",
            named=named,
        )
    if address.startswith("tls:"):
        from distributed import Security

        settings = Security().get_connection_args("client")
        if settings.get("ssl_context") is None:
            raise ClusterError(
                "{address} needs certificates: set DASK_DISTRIBUTED__COMM__TLS__CA_FILE, "
                "__CLIENT__CERT and __CLIENT__KEY (docs/cluster.md)",
                address=address,
            )
