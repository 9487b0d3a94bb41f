import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from emargin_core.projection import compile_cache
from emargin_core.projection.projection import warm

DRAW = """
import hashlib, numpy
from emargin_core.projection.projection import project
points = numpy.random.default_rng(0).normal(size=(200, 8))
print(hashlib.sha256(project(points).tobytes()).hexdigest())
"""


def start(program: str, cache: Path | None = None) -> subprocess.Popen[str]:
    environment = dict(os.environ)
    if cache is not None:
        environment["NUMBA_CACHE_DIR"] = str(cache)
    return subprocess.Popen(
        [sys.executable, "-c", program],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def printed(process: subprocess.Popen[str]) -> str:
    output, errors = process.communicate(timeout=300)
    assert process.returncode == 0, errors
    assert errors == ""
    return output.strip()


@pytest.fixture(scope="module")
def warm_cache() -> Path:
    warm()
    return compile_cache.cache_folder()


def test_importing_the_map_imports_neither_umap_nor_numba_nor_sklearn() -> None:
    program = (
        "import sys, emargin_core.projection.projection\n"
        "print([m for m in ('umap', 'numba', 'sklearn', 'scipy', 'torch') if m in sys.modules])"
    )
    assert printed(start(program)) == "[]"


@pytest.mark.slow
def test_map_compiles_nothing_that_is_not_read_from_the_cache(warm_cache: Path) -> None:
    program = (
        "import numpy\n"
        "from emargin_core.projection.compile_cache import load_umap\n"
        "from emargin_core.projection.projection import project, project_aligned\n"
        "load_umap()\n"
        "from numba.core import event\n"
        "with event.install_recorder('numba:compile') as recorder:\n"
        "    points = numpy.random.default_rng(0).normal(size=(500, 30)).astype(numpy.float32)\n"
        "    project_aligned(points, project(points))\n"
        "print([str(e.data['dispatcher']) for _, e in recorder.buffer if e.is_start])"
    )
    assert printed(start(program, warm_cache)) == "[]"


def test_every_function_of_the_list_exists_in_the_pinned_umap() -> None:
    import importlib

    for module, name in compile_cache.MAP_FUNCTIONS:
        assert hasattr(getattr(importlib.import_module(module), name), "enable_caching")


def test_function_that_a_later_umap_renamed_is_skipped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compile_cache, "MAP_FUNCTIONS", (("umap.umap_", "renamed_since"),))
    compile_cache.load_umap()


@pytest.mark.slow
def test_processes_that_meet_a_damaged_cache_at_once_repair_it(
    warm_cache: Path, tmp_path: Path
) -> None:
    expected = printed(start(DRAW, warm_cache))
    cache = tmp_path / "numba"
    shutil.copytree(warm_cache, cache)
    damaged = [  # of every installation that shares the user's cache
        *cache.glob("umap_*/umap_.smooth_knn_dist-*.nbi"),
        *cache.glob("pynndescent_*/rp_trees.make_euclidean_tree-*.nbc"),
    ]
    assert {path.suffix for path in damaged} == {".nbi", ".nbc"}
    for path in damaged:
        path.write_bytes(path.read_bytes()[:20] if path.suffix == ".nbi" else b"")
    processes = [start(DRAW, cache) for _ in range(2)]
    assert [printed(process) for process in processes] == [expected, expected]
    repaired = [path for path in damaged if path.exists()]
    assert {path.suffix for path in repaired} == {".nbi", ".nbc"}
    assert all(path.stat().st_size > 20 for path in repaired)


def test_empty_cache_is_not_warm_and_asking_compiles_nothing(tmp_path: Path) -> None:
    program = (
        "import sys\n"
        "from emargin_core.projection.projection import is_warm\n"
        "print(is_warm(), 'numba' in sys.modules, 'umap' in sys.modules)"
    )
    assert printed(start(program, tmp_path)) == "False False False"
    assert list(tmp_path.iterdir()) == []


def test_filled_cache_is_warm_in_a_new_process(warm_cache: Path) -> None:
    program = "from emargin_core.projection.projection import is_warm; print(is_warm())"
    assert printed(start(program, warm_cache)) == "True"


def test_cache_of_another_version_is_not_warm(
    warm_cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed = tmp_path / "umap" / "__init__.py"
    installed.parent.mkdir()
    installed.write_text("")
    program = (
        f"import sys; sys.path.insert(0, {str(tmp_path)!r})\n"
        "from emargin_core.projection.projection import is_warm; print(is_warm())"
    )
    assert printed(start(program, warm_cache)) == "False"


def test_folder_that_cannot_be_written_is_replaced_for_this_process_only(tmp_path: Path) -> None:
    occupied = tmp_path / "a file"
    occupied.write_text("")
    program = (
        "import os\n"
        "from emargin_core.projection.compile_cache import cache_folder, ensure_compiled\n"
        "ensure_compiled(lambda: None)\n"
        "assert cache_folder().is_dir()\n"
        "print(os.environ['NUMBA_CACHE_DIR'])"
    )
    used = Path(printed(start(program, occupied)))
    assert used != occupied
    assert not used.exists()


def test_full_disk_is_told_in_one_sentence(tmp_path: Path) -> None:
    program = (
        "from emargin_core.projection.compile_cache import ensure_compiled\n"
        "from emargin_core.text.errors import ExplorerError\n"
        "def rehearse(): raise OSError(28, 'No space left on device')\n"
        "try: ensure_compiled(rehearse)\n"
        "except ExplorerError as error: print(error)"
    )
    message = printed(start(program, tmp_path))
    assert "No space left on device" in message
    assert "NUMBA_CACHE_DIR" in message


def test_default_folder_is_the_users_cache(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NUMBA_CACHE_DIR", raising=False)
    assert compile_cache.cache_folder().parent.name == "emargin-explorer"
