"""Downloads that continue where they broke off, and stand in place only once they are verified."""

import logging
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from emargin_core.errors import InputError

TIMEOUT = (10.0, 60.0)
"""Seconds to wait for a connection, and for the next bytes."""
ATTEMPTS = 20
CHUNK = 1 << 18

OnBytes = Callable[[str, int, int | None], None]
"""Told the file's name, the bytes that are there, and all bytes (None where nobody says)."""


def download(url: str, target: Path, sha256: str | None, tell: OnBytes, limit: int) -> str:
    """Bring a file from `url` to `target` and return its SHA-256.

    Nothing is fetched where a file with that checksum is there already. What has arrived of a
    broken download stays beside the target, and the next call goes on from there if the server
    can. A file larger than `limit` bytes is refused.

    Raises:
        InputError: the server is not reached or refuses, or the file is not the expected one.
    """
    import pooch  # slow to import
    import requests

    pooch.get_logger().setLevel(logging.WARNING)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        pooch.retrieve(
            url,
            known_hash=None if sha256 is None else f"sha256:{sha256}",
            fname=target.name,
            path=target.parent,
            downloader=_Resuming(target, sha256 is not None, tell, limit),
        )
        return str(pooch.file_hash(str(target), alg="sha256"))
    except InputError:
        raise
    except requests.HTTPError as error:
        response = error.response
        assert response is not None  # raise_for_status has set it
        raise InputError(
            f"{url} answers {response.status_code} {response.reason}; check the name, or try later"
        ) from None
    except requests.RequestException as error:
        raise InputError(
            f"{url} cannot be reached ({_reason(error)}); check the connection and try again, what "
            "has arrived is kept"
        ) from None
    except OSError as error:
        raise InputError(f"{target} cannot be written: {error.strerror or error}") from None
    except ValueError:
        raise InputError(
            f"{target.name} from {url} is not the expected file: its SHA-256 is not {sha256}; it "
            "was thrown away, try again later"
        ) from None


class _Resuming:
    """A downloader for pooch, which asks only for what is missing (HTTP Range)."""

    def __init__(self, target: Path, verified: bool, tell: OnBytes, limit: int) -> None:
        self._name = target.name
        self._part = target.with_name(target.name + ".part")
        self._validator = target.with_name(target.name + ".part.version")
        self._verified = verified
        self._tell = tell
        self._limit = limit

    def __call__(self, url: str, output_file: str, pooch: Any, check_only: bool = False) -> None:
        """Download to the partial file, then move it to where pooch verifies it."""
        import requests

        broken = (
            requests.ConnectionError,
            requests.Timeout,
            requests.exceptions.ChunkedEncodingError,
        )
        for attempt in range(ATTEMPTS):
            before = self._size()
            try:
                self._receive(url)
                break
            except broken:
                if self._size() <= before or attempt + 1 == ATTEMPTS:
                    raise
        os.replace(self._part, output_file)
        self._validator.unlink(missing_ok=True)

    def _size(self) -> int:
        return self._part.stat().st_size if self._part.exists() else 0

    def _receive(self, url: str) -> None:
        import requests

        begin = self._size()
        headers = {"Accept-Encoding": "identity"}
        version = self._validator.read_text() if self._validator.exists() else ""
        if begin and (version or self._verified):
            headers["Range"] = f"bytes={begin}-"
            if version:
                headers["If-Range"] = version
        with requests.get(url, headers=headers, stream=True, timeout=TIMEOUT) as response:
            if response.status_code == 416:  # the part is not a beginning of this file
                self._part.unlink()
                raise requests.ConnectionError("the part that had arrived does not fit")
            response.raise_for_status()
            if not _continues(response, begin):
                begin = 0
            total = _total(response, begin)
            self._refuse_large(total or 0)
            self._validator.write_text(_version(response))
            self._write(response, begin, total)
        if total is not None and self._size() != total:
            raise requests.ConnectionError(f"{self._size():,} of {total:,} bytes arrived")

    def _write(self, response: Any, begin: int, total: int | None) -> None:
        import requests
        from urllib3.exceptions import HTTPError

        done = begin
        with self._part.open("ab" if begin else "wb") as file:
            try:
                while chunk := response.raw.read1(CHUNK):  # as it comes: a break loses nothing
                    file.write(chunk)
                    done += len(chunk)
                    self._refuse_large(done)
                    self._tell(self._name, done, total)
            except HTTPError:
                raise requests.ConnectionError("the connection broke off") from None

    def _refuse_large(self, size: int) -> None:
        if size > self._limit:
            self._part.unlink(missing_ok=True)
            self._validator.unlink(missing_ok=True)
            raise InputError(
                f"{self._name} is larger than {self._limit / 1e9:.3g} GB, which it should not be; "
                "nothing was kept"
            )


def _continues(response: Any, begin: int) -> bool:
    """Whether the server sends what follows the first `begin` bytes; else it sends everything."""
    sent: str = response.headers.get("Content-Range", "")
    return bool(response.status_code == 206 and sent.startswith(f"bytes {begin}-"))


def _total(response: Any, begin: int) -> int | None:
    length = response.headers.get("Content-Length")
    return None if length is None else begin + int(length)


def _version(response: Any) -> str:
    """What tells one version of the file from another; empty where nothing does for sure."""
    tag: str = response.headers.get("ETag", "")
    if tag and not tag.startswith("W/"):
        return tag
    return str(response.headers.get("Last-Modified", ""))


def _reason(error: Exception) -> str:
    """The innermost cause in a few words."""
    text = str(error).rstrip(")'\"")
    return text.rpartition("] ")[2].rpartition(": ")[2] or type(error).__name__
