"""Where sweeps are written down: SQLite under the store's home, or any database by its address."""

import contextlib
import sqlite3
import tempfile
import time
import warnings
from pathlib import Path
from typing import Any

import optuna
import sqlalchemy
from filelock import FileLock
from optuna.storages import BaseStorage, RDBStorage, get_storage
from sqlalchemy.engine import URL, make_url

from emargin_core.datasets import drafts
from emargin_core.text.errors import InputError, StoreError
from emargin_core.text.plain_text import hide_secrets, without_secrets

SQLITE_WAIT_S = 60
CONNECT_TIMEOUT_S = 10
MAKING_WAITS = 20
MAKING_WAIT_S = 0.25

optuna.logging.set_verbosity(optuna.logging.ERROR)
warnings.filterwarnings("ignore", category=optuna.exceptions.ExperimentalWarning)


def default_address(home: Path) -> str:
    """Address of the SQLite file under the store's home; `optuna-dashboard` opens it."""
    return f"sqlite:///{home / 'sweeps' / 'sweeps.sqlite3'}"


def open_storage(address: str) -> BaseStorage:
    """Open, and make if needed, the database of an SQLAlchemy address.

    `postgresql://` is taken as psycopg 3, the driver in `requirements.txt`.

    Raises:
        InputError: the address cannot be understood, or its driver is not installed.
        StoreError: nothing answers there, or what is there is no such database.
    """
    url = _parsed(address)
    try:
        if url.get_backend_name() == "sqlite" and url.database:
            _make_whole(Path(url.database))
        storage = _made_or_opened(url)
    except (ImportError, sqlalchemy.exc.ArgumentError) as error:
        raise InputError(
            "--storage {address} needs a driver that is not installed here: {error}",
            address=without_secrets(address),
            error=said(error, address),
        ) from None
    except (OSError, sqlalchemy.exc.SQLAlchemyError, optuna.exceptions.OptunaError) as error:
        raise StoreError(
            "the sweeps' storage {address} cannot be opened: {error}",
            address=without_secrets(address),
            error=said(error, address),
        ) from None
    except RuntimeError as error:  # Optuna's word for tables of another version
        raise StoreError(
            "the sweeps' storage {address} cannot be used: {error}",
            address=without_secrets(address),
            error=said(error, address),
        ) from None
    if url.get_backend_name() == "sqlite":
        sqlalchemy.event.listen(storage.engine, "connect", _without_waiting_for_the_disk)
        storage.engine.dispose()  # so that connections made before are made anew
    return get_storage(storage)


def said(error: BaseException, address: str) -> str:
    """What the driver itself said of an address, without SQLAlchemy's frame and without secrets."""
    cause = str(getattr(error, "orig", None) or error.__cause__ or error).strip()
    return hide_secrets(cause.splitlines()[0] if cause else type(error).__name__, address)


def _parsed(address: str) -> URL:
    try:
        url = make_url(address)
    except (sqlalchemy.exc.ArgumentError, ValueError):
        raise InputError(
            "--storage '{address}' is not a database address; use one such as "
            "sqlite:///sweeps.sqlite3 or postgresql://user@host/name",
            address=without_secrets(address),
        ) from None
    return url.set(drivername="postgresql+psycopg") if url.drivername == "postgresql" else url


def _make_whole(path: Path) -> None:
    """Make an SQLite file with all its tables, or not at all; one that exists is left alone.

    It is written ahead (WAL), so that readers and the writer go on side by side; switched on here,
    since that needs the file for oneself.

    Optuna makes tables one after the other and their indices after them: a process killed between
    the two would leave a file that later takes two sweeps of one name.
    """
    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    with (
        FileLock(path.with_name(f".{path.name}.lock")),
        tempfile.TemporaryDirectory(prefix=drafts.PREFIX, dir=path.parent) as folder,
    ):
        draft = Path(folder) / path.name
        RDBStorage(f"sqlite:///{draft}").engine.dispose()
        with contextlib.closing(sqlite3.connect(draft)) as connection:
            connection.execute("PRAGMA journal_mode=WAL")
        if not path.exists():  # else another process was faster
            draft.rename(path)


def _made_or_opened(url: URL) -> RDBStorage:
    """Open the database; where another process is just making its tables, wait for that."""
    address, settings = url.render_as_string(hide_password=False), _settings(url)
    waits_left = MAKING_WAITS
    while True:
        try:
            return RDBStorage(address, engine_kwargs=settings)
        except sqlalchemy.exc.DBAPIError as error:
            at_once = isinstance(error, sqlalchemy.exc.IntegrityError) or "already exists" in str(
                error
            )
            if not (at_once and waits_left):
                raise
        waits_left -= 1
        time.sleep(MAKING_WAIT_S)


def _without_waiting_for_the_disk(connection: Any, _: object) -> None:
    """Write without a wait for the disk each time.

    A killed process loses nothing. A power cut may lose the last writes, never the file; those
    trials are asked again and their results found in the run store.
    """
    connection.execute("PRAGMA synchronous=NORMAL")


def _settings(url: URL) -> dict[str, Any]:
    """How to connect: wait for a lock rather than fail, fail rather than wait for a dead host."""
    if url.get_backend_name() == "sqlite":
        return {"connect_args": {"timeout": SQLITE_WAIT_S}}
    if url.get_backend_name() == "postgresql":
        return {"connect_args": {"connect_timeout": CONNECT_TIMEOUT_S}, "pool_pre_ping": True}
    return {"pool_pre_ping": True}
