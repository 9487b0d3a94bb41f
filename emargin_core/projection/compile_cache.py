"""Keep what numba compiles for the map on disk, so that a machine compiles it once.

numba keeps compiled code by itself, in ``NUMBA_CACHE_DIR``: pynndescent asks for it, umap does not
for three functions that a map calls. What numba leaves to do is done here: to ask for those three,
to let one process compile and the others wait for it, to start over where a file in the cache is
damaged, and to go on where none can be written.
"""

import atexit
import contextlib
import hashlib
import importlib.metadata
import importlib.util
import os
import pickle
import platform
import shutil
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import platformdirs

from emargin_core.text.errors import ExplorerError

MAP_FUNCTIONS = (
    ("umap.umap_", "smooth_knn_dist"),
    ("umap.umap_", "compute_membership_strengths"),
    ("umap.layouts", "_nb_optimize_layout_euclidean_single_epoch"),
)
"""(module, name) of the numba functions that a map calls and that umap itself does not cache."""

_COMPILED_PACKAGES = ("numba", "llvmlite", "pynndescent", "umap-learn")
_LOCK_TIMEOUT_S = 300.0
# What unpickling a malformed file raises, found by cutting and overwriting cache files.
_DAMAGE = (
    pickle.UnpicklingError,
    EOFError,
    ImportError,
    AttributeError,
    ArithmeticError,
    LookupError,
    TypeError,
    ValueError,
)

_guard = threading.Lock()
_ready = False


def cache_folder() -> Path:
    """Where compiled code goes: ``NUMBA_CACHE_DIR`` if set, else the user's cache folder."""
    chosen = os.environ.get("NUMBA_CACHE_DIR")
    return Path(chosen) if chosen else platformdirs.user_cache_path("emargin-explorer") / "numba"


def is_warm() -> bool:
    """Whether a map's code seems to be compiled already; imports and compiles nothing.

    A stale answer is possible only when the cache was damaged or came from another processor; then
    the next map compiles again, and is correct.
    """
    return _ready or _marker().is_file()


def ensure_compiled(rehearse: Callable[[], object]) -> None:
    """Call `rehearse` once per process, so that it finds or fills the cache on disk.

    `rehearse` must take umap from `load_umap` and call every function that a map needs. While the
    machine is cold, processes take turns: the first one compiles, the others read its result. A
    damaged cache is thrown away and compiled anew.

    Raises: ExplorerError when the compiled code cannot be written.
    """
    global _ready
    with _guard:
        if _ready:
            return
        folder = _use_writable_folder()
        try:
            with contextlib.nullcontext() if is_warm() else _one_compiler_at_a_time(folder):
                try:
                    rehearse()
                except _DAMAGE:
                    _discard(folder)
                    rehearse()
        except OSError as error:
            raise ExplorerError(
                "Cannot keep the map's compiled code in {folder}: {error}. Free some space there, "
                "or set NUMBA_CACHE_DIR to a folder that can be written.",
                folder=folder,
                error=error,
            ) from error
        with contextlib.suppress(OSError):
            _marker().touch()
        _ready = True


def load_umap() -> None:
    """Import umap and make numba keep the functions of `MAP_FUNCTIONS` on disk.

    A name that a later umap no longer has is skipped: the map works, its first call is slower.
    """
    for module_name, name in MAP_FUNCTIONS:
        function = getattr(importlib.import_module(module_name), name, None)
        if function is not None:
            function.enable_caching()


def _discard(folder: Path) -> None:
    """Delete the compiled code of umap and pynndescent."""
    for kept in (*folder.glob("umap_*"), *folder.glob("pynndescent_*")):
        shutil.rmtree(kept, ignore_errors=True)


def _use_writable_folder() -> Path:
    """Point numba at `cache_folder`, or at one for this process only if that is not writable."""
    folder = cache_folder()
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)  # what lies there is run
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError:
        folder = Path(tempfile.mkdtemp(prefix="emargin-numba-"))
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
    os.environ["NUMBA_CACHE_DIR"] = str(folder)
    if "numba" in sys.modules:
        sys.modules["numba"].config.CACHE_DIR = str(folder)
    return folder


@contextlib.contextmanager
def _one_compiler_at_a_time(folder: Path) -> Iterator[None]:
    """Hold the cache's lock file; without it (no file locks here, or a stuck owner) go on alone."""
    import filelock

    lock = filelock.FileLock(folder / "compiling.lock")
    with contextlib.suppress(OSError, NotImplementedError):
        lock.acquire(timeout=_LOCK_TIMEOUT_S)
    try:
        yield
    finally:
        lock.release()


def _marker() -> Path:
    """The file whose presence says that this installation's umap has been compiled here."""
    umap = importlib.util.find_spec("umap")
    parts = [sys.implementation.cache_tag, platform.machine(), umap and umap.origin]
    parts += [importlib.metadata.version(package) for package in _COMPILED_PACKAGES]
    digest = hashlib.sha256("\n".join(map(str, parts)).encode()).hexdigest()[:16]
    return cache_folder() / f"map-{digest}.warm"
