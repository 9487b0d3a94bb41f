"""What the page's process imports: never torch, and scikit-learn only where a page computes."""

import json
import os
import subprocess
import sys

import pytest

from tests.app.serving import ROOT

NEVER = {"torch", "umap", "numba", "matplotlib", "aeon", "wfdb"}
COMPUTING = {"sklearn", "scipy.stats", "scipy.optimize"}
STORAGE = {"optuna", "sqlalchemy"}
ALL = NEVER | COMPUTING | STORAGE

DRAWN = [
    ("compare", {}, "map-candidate", ALL),
    ("runs", {}, "run_search", ALL),
    ("data", {}, "indicator", ALL),
    ("learn", {"step": "pair"}, "pair", ALL),
    ("learn", {"step": "margin"}, "push", ALL),
    ("learn", {"step": "collapse"}, "motion_seed", ALL),
    ("learn", {"step": "question"}, "gallery", ALL),
    ("trust", {}, "ranking", NEVER | STORAGE),  # fits a ridge regression
    ("learn", {"step": "scores"}, "blobs", NEVER | STORAGE),  # clusters and classifies points
    ("decide", {}, "decide-map-candidate", NEVER),
    ("sensitivity", {}, "tiles-probe.accuracy", NEVER),
]
"""Page, its address, something on it, and what may not be imported once it is drawn.

One process draws all of them in this order, each for a new visitor.
"""

DRAW = """
import json, sys
from streamlit.testing.v1 import AppTest

for name, query in json.loads(sys.argv[2]):
    page = AppTest.from_file(sys.argv[1], default_timeout=300)
    page.query_params.update(query)
    page.run()
    if name != "compare":
        page.switch_page(f"views/{name}/page.py").run()
    assert not page.exception, (name, page.exception)
    keys = [node.key for node in page.main if getattr(node, "key", None)]
    print(json.dumps([keys, list(sys.modules)]), flush=True)
"""


@pytest.fixture(scope="module")
def drawn(tmp_path_factory):
    """Keys of what is on each page, and all that is imported then, in the order of DRAWN."""
    asked = [(name, query) for name, query, _, _ in DRAWN]
    done = subprocess.run(
        [sys.executable, "-c", DRAW, str(ROOT / "app" / "main.py"), json.dumps(asked)],
        cwd=ROOT,
        env=os.environ | {"EMARGIN_HOME": str(tmp_path_factory.mktemp("light"))},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    lines = done.stdout.splitlines()
    assert len(lines) == len(DRAWN), done.stderr[-2000:]
    return [json.loads(line) for line in lines]


@pytest.mark.slow
@pytest.mark.parametrize("place", range(len(DRAWN)), ids=[f"{n}{q or ''}" for n, q, *_ in DRAWN])
def test_page_imports_nothing_that_it_does_not_compute_with(drawn, place):
    keys, modules = drawn[place]
    _, _, shown, forbidden = DRAWN[place]
    assert shown in keys
    assert sorted(forbidden.intersection(modules)) == []
