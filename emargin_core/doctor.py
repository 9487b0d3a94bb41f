"""Is all there that it needs? Each check says what was found, and what would mend it."""

import importlib.metadata
import logging
import os
import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from emargin_core.compile_cache import is_warm
from emargin_core.datasets import SOURCES, library
from emargin_core.errors import ExplorerError
from emargin_core.gallery import DEFAULT_PATH, load_gallery
from emargin_core.jobs.connection import SCHEDULER_VARIABLE, Connection
from emargin_core.jobs.limit import most_runs
from emargin_core.store import RunStore

REQUIREMENTS = Path(__file__).parent.parent / "requirements.txt"
NEEDED = 2**30
"""Bytes of disk, and of memory, below which runs are likely to fail."""

_PIN = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==([^\s;#]+)")


@dataclass(frozen=True)
class Check:
    """One question; `remedy` is what to do, empty where nothing needs fixing."""

    name: str
    found: str
    remedy: str = ""

    @property
    def ok(self) -> bool:
        """Whether nothing needs fixing."""
        return not self.remedy


def examine(store: RunStore) -> list[Check]:
    """Ask everything; a check that itself fails is reported as one that needs fixing."""
    questions: dict[str, Callable[[], Check]] = {
        "versions": versions,
        "store": lambda: stored(store),
        "disk": lambda: disk(store.home),
        "memory": memory,
        "cores": cores,
        "data": data,
        "gallery": gallery,
        "map": compiled,
        "limits": limits,
        "cluster": cluster,
    }
    return [_asked(name, question) for name, question in questions.items()]


def versions() -> Check:
    """Packages beside the versions that were tested together."""
    pins = [_PIN.match(line) for line in REQUIREMENTS.read_text(encoding="utf-8").splitlines()]
    wanted = {pin[1]: pin[2] for pin in pins if pin}
    other = []
    for name, version in wanted.items():
        try:
            here = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            here = "nothing"
        if here.partition("+")[0] != version:
            other.append(f"{name} {version} is wanted, {here} is here")
    if other:
        return Check("versions", "; ".join(other), f"python -m pip install -r {REQUIREMENTS}")
    return Check("versions", f"all {len(wanted)} packages as tested")


def stored(store: RunStore) -> Check:
    """Whether results can be written, and which of those that are there cannot be read."""
    store.check_writable()
    ids = store.ids()
    logger = logging.getLogger("emargin_core.store")
    before, logger.disabled = logger.disabled, True  # its warnings are this check's own words
    try:
        torn = [run_id for run_id in ids if store.get(run_id) is None]
    finally:
        logger.disabled = before
    size = sum(path.stat().st_size for path in store.home.rglob("*") if path.is_file())
    found = f"{store.home}: {len(ids):,} runs, {size / 2**20:,.0f} MB, can be written"
    if torn:
        shown = ", ".join(torn[:5]) + (", ..." if len(torn) > 5 else "")
        return Check(
            "store",
            f"{found}; {len(torn):,} cannot be read: {shown}",
            f"delete these folders in {store.home / 'runs'}; they are made again when asked for",
        )
    return Check("store", found)


def disk(home: Path) -> Check:
    """Room for results."""
    there = next(path for path in (home, *home.parents) if path.exists())
    free = shutil.disk_usage(there).free
    remedy = f"free some space, or set EMARGIN_HOME; {NEEDED / 2**30:g} GB is the least"
    return Check("disk", f"{free / 2**30:,.1f} GB free", remedy if free < NEEDED else "")


def memory() -> Check:
    """Memory for a worker with its data."""
    import psutil

    free = psutil.virtual_memory().available
    remedy = f"end other programs, or add memory; {NEEDED / 2**30:g} GB is the least"
    return Check("memory", f"{free / 2**30:,.1f} GB available", remedy if free < NEEDED else "")


def cores() -> Check:
    """How many runs are computed at a time here."""
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return Check("cores", f"{usable} of {os.cpu_count()} may be used; one run on each")


def data() -> Check:
    """Data sets at hand; only the default one has to be."""
    missing = {name: source.missing() for name, source in SOURCES.items()}
    here = [name for name, reason in missing.items() if reason is None]
    absent = [name for name, reason in missing.items() if reason is not None]
    found = f"here: {', '.join(here) or 'none'}; {len(library.list_datasets())} of your own"
    if absent:
        found += f"; to be fetched: {', '.join(absent)}"
    return Check("data", found, missing["watch"] or "")


def gallery() -> Check:
    """The runs that come with the program."""
    shipped = load_gallery()
    if shipped is None:
        return Check(
            "gallery",
            f"{DEFAULT_PATH} is absent, damaged or of another version",
            "take it from the release again, or compute it: python -m emargin_core gallery",
        )
    return Check("gallery", f"{len(shipped.entries)} runs. {shipped.label}")


def compiled() -> Check:
    """The map's code, compiled once a machine."""
    if is_warm():
        return Check("map", "compiled")
    return Check("map", "not yet compiled", "python -m emargin_core warm")


def limits() -> Check:
    """The limit for one browser tab."""
    return Check("limits", f"at most {most_runs()} runs for one browser tab")


def cluster() -> Check:
    """Whether workers can be reached, or started."""
    address = os.environ.get(SCHEDULER_VARIABLE) or None
    connection = Connection(address, 1, lambda event: None, lambda: None, warm=False)
    try:
        workers = connection.client().scheduler_info()["workers"]
    finally:
        connection.close()
    if address and not workers:
        return Check("cluster", f"{address} answers, without workers", "start workers there")
    return Check(
        "cluster",
        f"{address} answers, with {len(workers)} workers" if address else "private, starts",
    )


def _asked(name: str, question: Callable[[], Check]) -> Check:
    try:
        return question()
    except (ExplorerError, OSError, TimeoutError) as error:
        return Check(name, "failed", " ".join(str(error).split()))
