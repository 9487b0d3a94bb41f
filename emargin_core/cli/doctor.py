"""`doctor`: check the installation; each check says what was found and how to fix it."""

import importlib.metadata
import logging
import os
import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import typer
from rich.table import Table

from emargin_core.cli import options
from emargin_core.cli.output import console, write_json
from emargin_core.datasets.registry import SOURCES
from emargin_core.datasets.tables import library
from emargin_core.projection.compile_cache import is_warm
from emargin_core.store.gallery.gallery import DEFAULT_PATH, load_gallery
from emargin_core.store.run_store import RunStore
from emargin_core.text.errors import ExplorerError
from emargin_core.text.message import Text

NEEDS_FIXING = 1
REQUIREMENTS = Path(__file__).parents[2] / "requirements.txt"
NEEDED = 2**30
"""Bytes of disk, and of memory, below which runs are likely to fail."""

_PIN = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==([^\s;#]+)")


@dataclass(frozen=True)
class Check:
    """One check; `remedy`: what to do, empty where nothing needs fixing."""

    name: str
    found: Text
    remedy: Text = ""

    @property
    def ok(self) -> bool:
        """Whether nothing needs fixing."""
        return not self.remedy


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command("doctor")(doctor)
    app.command("warm")(warm)


def doctor(json: options.JsonTarget = None) -> int:
    """Check versions, disk, memory, data and workers; exit status 1: something needs fixing."""
    checks = examine(RunStore())
    healthy = all(check.ok for check in checks)
    if json is not None:
        rows = [vars(check) | {"ok": check.ok} for check in checks]
        write_json({"ok": healthy, "checks": rows}, json)
    else:
        table = Table("", "check", "found", "what to do")
        for check in checks:
            table.add_row(
                "ok" if check.ok else "FIX", check.name, str(check.found), str(check.remedy)
            )
        console.print(table, markup=False)
    return 0 if healthy else NEEDS_FIXING


def warm() -> None:
    """Compile the code of the map once, so that the first map does not have to wait."""
    from emargin_core.projection.projection import warm as compile_map

    if not is_warm():
        console.print("Compiling the map's code; this takes about half a minute, once.")
    console.print(f"The map is ready ({compile_map():.1f} s).")


def examine(store: RunStore) -> list[Check]:
    """Run all checks; a check that fails itself is reported as one that needs fixing."""
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
    """Compare installed packages with the tested versions."""
    pins = [_PIN.match(line) for line in REQUIREMENTS.read_text(encoding="utf-8").splitlines()]
    wanted = {pin[1]: pin[2] for pin in pins if pin}
    other = []
    for name, version in wanted.items():
        try:
            here = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            here = "none"
        if here.partition("+")[0] != version:
            other.append(f"{name}: {here} is installed, {version} was tested")
    if other:
        return Check("versions", "; ".join(other), f"python -m pip install -r {REQUIREMENTS}")
    return Check("versions", f"all {len(wanted)} packages as tested")


def stored(store: RunStore) -> Check:
    """Check that results can be written, and which stored ones cannot be read."""
    store.check_writable()
    ids = store.ids()
    logger = logging.getLogger("emargin_core.store.run_store")
    before, logger.disabled = logger.disabled, True  # its warnings are this check's own words
    try:
        unreadable = [run_id for run_id in ids if store.get(run_id) is None]
    finally:
        logger.disabled = before
    size = sum(path.stat().st_size for path in store.home.rglob("*") if path.is_file())
    found = f"{store.home}: {len(ids):,} runs, {size / 2**20:,.0f} MB, can be written"
    if unreadable:
        shown = ", ".join(unreadable[:5]) + (", ..." if len(unreadable) > 5 else "")
        return Check(
            "store",
            f"{found}; {len(unreadable):,} cannot be read: {shown}",
            f"delete these folders in {store.home / 'runs'}; they are computed again when needed",
        )
    return Check("store", found)


def disk(home: Path) -> Check:
    """Check the free space for results."""
    there = next(path for path in (home, *home.parents) if path.exists())
    free = shutil.disk_usage(there).free
    remedy = f"free some space or set EMARGIN_HOME; at least {NEEDED / 2**30:g} GB is needed"
    return Check("disk", f"{free / 2**30:,.1f} GB free", remedy if free < NEEDED else "")


def memory() -> Check:
    """Check the memory for a worker and its data."""
    import psutil

    free = psutil.virtual_memory().available
    remedy = f"close other programs or add memory; at least {NEEDED / 2**30:g} GB is needed"
    return Check("memory", f"{free / 2**30:,.1f} GB available", remedy if free < NEEDED else "")


def cores() -> Check:
    """How many runs can be computed at a time."""
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return Check("cores", f"{usable} of {os.cpu_count()} can be used, one run on each")


def data() -> Check:
    """Available data sets; only the default one is required."""
    missing = {name: source.missing() for name, source in SOURCES.items()}
    here = [name for name, reason in missing.items() if reason is None]
    absent = [name for name, reason in missing.items() if reason is not None]
    found = f"available: {', '.join(here) or 'none'}; {len(library.list_datasets())} of your own"
    if absent:
        found += f"; can be fetched: {', '.join(absent)}"
    return Check("data", found, missing["watch"] or "")


def gallery() -> Check:
    """The runs that come with the program."""
    shipped = load_gallery()
    if shipped is None:
        return Check(
            "gallery",
            f"{DEFAULT_PATH} is missing, damaged or of another version",
            "copy it from the release, or compute it: python -m emargin_core gallery",
        )
    return Check("gallery", f"{len(shipped.entries)} runs. {shipped.label}")


def compiled() -> Check:
    """Whether the code of the map is compiled on this machine."""
    if is_warm():
        return Check("map", "compiled")
    return Check("map", "not compiled yet", "python -m emargin_core warm")


def limits() -> Check:
    """The limit for one browser tab."""
    from emargin_core.jobs.limit import max_runs

    return Check("limits", f"at most {max_runs()} runs for one browser tab")


def cluster() -> Check:
    """Whether workers can be reached or started."""
    from emargin_core.jobs.connection import SCHEDULER_VARIABLE, Connection

    address = os.environ.get(SCHEDULER_VARIABLE) or None
    connection = Connection(address, 1, lambda event: None, lambda: None, warm=False)
    try:
        workers = connection.client().scheduler_info()["workers"]
    finally:
        connection.close()
    if address and not workers:
        return Check("cluster", f"{address} answers, but has no workers", "start workers there")
    return Check(
        "cluster",
        f"{address} answers and has {len(workers)} workers"
        if address
        else "private, can be started",
    )


def _asked(name: str, question: Callable[[], Check]) -> Check:
    try:
        return question()
    except (ExplorerError, OSError, TimeoutError) as error:
        return Check(name, "failed", " ".join(str(error).split()))
