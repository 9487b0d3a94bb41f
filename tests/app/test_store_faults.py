"""Pages on a store that cannot be written: they open, and say in a sentence what is wrong."""

import pytest

from app import session
from tests.app.opened import open_view, text


def open_page(name):
    for cached in (session.run_store, session.sweeps):
        cached.clear()
    return open_view(name, data="small")


@pytest.mark.parametrize("damage", ["fill", "make_read_only"])
@pytest.mark.parametrize("name", ["compare", "sensitivity", "trust", "data", "decide"])
def test_page_opens_on_a_store_that_cannot_be_written(disk, workers, damage, name):
    getattr(disk, damage)()
    page = open_page(name)
    assert not page.exception
    if name == "compare":  # a first visit computes by itself, and cannot here
        why = "No space left on device" if damage == "fill" else "Read-only file system"
        assert why in text(page)
        assert "set EMARGIN_HOME to a folder that can be written" in text(page)
