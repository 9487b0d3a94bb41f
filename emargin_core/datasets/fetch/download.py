"""Downloads by pooch, verified before they stand in place and resumed where they broke off."""

import logging
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from emargin_core.text.errors import InputError

TIMEOUT = (10.0, 60.0)
"""Seconds to wait for a connection, and for the next bytes."""
CHUNK = 1 << 16

OnBytes = Callable[[str, int, int | None], None]
"""Told the file's name, the bytes that are there, and all bytes (None where nobody says)."""


@contextmanager
def fetching_into(folder: Path, wait_seconds: float) -> Iterator[None]:
    """Make a data set's folder and keep other fetches out of it; a failure leaves no empty one.

    Raises:
        InputError: another fetch is still at work there, or the folder cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with FileLock(folder / ".lock", timeout=wait_seconds):
            yield
    except Timeout:
        raise InputError(
            "another fetch is at work in {folder}; wait until it is done", folder=folder
        ) from None
    except OSError as error:
        raise InputError(
            "{folder} cannot be written: {error}", folder=folder, error=error
        ) from None
    except InputError:
        if {path.name for path in folder.iterdir()} <= {".lock"}:
            shutil.rmtree(folder, ignore_errors=True)
        raise


def download(url: str, target: Path, sha256: str | None, tell: OnBytes, limit: int) -> None:
    """Bring a file of at most `limit` bytes from `url` to `target`.

    Nothing is fetched where the file is there already, with that checksum if one is given. What has
    arrived of a broken download stays beside the target as `.part`, for the next call.

    Raises:
        InputError: the server is not reached or refuses, or the file is not the expected one.
    """
    import pooch  # slow to import
    import requests

    pooch.get_logger().setLevel(logging.WARNING)
    try:
        pooch.retrieve(
            url,
            known_hash=None if sha256 is None else f"sha256:{sha256}",
            fname=target.name,
            path=target.parent,
            downloader=_ResumingDownloader(target, tell, limit),
        )
    except InputError:
        raise
    except requests.HTTPError as error:
        response = error.response
        assert response is not None  # raise_for_status has set it
        raise InputError(
            "{url} answers {status_code} {reason}; check the name, or try later",
            url=url,
            status_code=response.status_code,
            reason=response.reason,
        ) from None
    except requests.RequestException as error:
        raise InputError(
            "{url} cannot be reached ({error}); check the connection and try again, what has "
            "arrived is kept",
            url=url,
            error=_reason(error),
        ) from None
    except OSError as error:
        raise InputError(
            "{target} cannot be written: {error}", target=target, error=error
        ) from None
    except ValueError:
        raise InputError(
            "{name} from {url} is not the expected file: its SHA-256 is not {sha256}; it was "
            "thrown away, try again later",
            name=target.name,
            url=url,
            sha256=sha256,
        ) from None


@dataclass(frozen=True)
class _ResumingDownloader:
    """Asks only for the bytes that are missing (HTTP Range), as pooch's own downloader does not.

    A part of another version of the file does no harm: the whole then fails its checksum, or, if it
    is a zip without one, those of its entries.
    """

    target: Path
    tell: OnBytes
    limit: int

    def __call__(self, url: str, output_file: str, pooch: Any, check_only: bool = False) -> None:
        """Download to the part, for as long as it grows; then move it to where pooch checks it."""
        from requests.exceptions import ChunkedEncodingError, ConnectionError

        part = self.target.with_name(f"{self.target.name}.part")
        while True:
            begin = part.stat().st_size if part.exists() else 0
            try:
                self._receive(url, part, begin)
                break
            except (ChunkedEncodingError, ConnectionError):
                if not part.exists() or part.stat().st_size <= begin:
                    raise
        os.replace(part, output_file)

    def _receive(self, url: str, part: Path, begin: int) -> None:
        import requests

        headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={begin}-"} if begin else {})
        with requests.get(url, headers=headers, stream=True, timeout=TIMEOUT) as response:
            if begin and response.status_code == 416:  # the part is no beginning of this file
                return self._receive(url, part, 0)
            response.raise_for_status()
            done = begin if response.status_code == 206 else 0
            length = response.headers.get("Content-Length", "")
            total = done + int(length) if length.isdigit() else None
            with part.open("ab" if done else "wb") as file:
                for chunk in response.iter_content(CHUNK):
                    done += len(chunk)
                    if max(done, total or 0) > self.limit:
                        part.unlink()
                        raise InputError(
                            "{name} is larger than {limit:.3g} GB, which it should not be; "
                            "nothing was kept",
                            name=self.target.name,
                            limit=self.limit / 1e9,
                        )
                    file.write(chunk)
                    self.tell(self.target.name, done, total)


def _reason(error: Exception) -> str:
    """The innermost cause in a few words."""
    from requests.exceptions import ChunkedEncodingError

    if isinstance(error, ChunkedEncodingError):
        return "the connection broke off"
    text = str(error).rstrip(")'\"")
    return text.rpartition("] ")[2].rpartition(": ")[2] or type(error).__name__
