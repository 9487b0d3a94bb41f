"""Results made by other versions are told from those made by the ones that are here."""

from dataclasses import replace

from app.components.comparison.footer import _versions
from emargin_core.store.result import current_versions, other_versions
from tests.emargin_core.store.test_store import make_result


def made_with(**versions):
    return make_result(versions=current_versions() | versions)


def test_same_versions_are_not_worth_a_word():
    assert other_versions([made_with(), made_with()]) == []
    assert _versions((made_with(),)) == ""


def test_differing_version_is_told_with_the_one_that_is_here():
    here = current_versions()["torch"]
    runs = (made_with(), made_with(torch="1.0"), made_with(torch="1.0"))
    assert other_versions(runs) == [("torch", "1.0", here)]
    assert _versions(runs) == f"Made with torch 1.0 (installed here: {here})."


def test_run_of_the_gallery_says_whence_it_comes_elsewhere():
    assert other_versions([replace(made_with(torch="1.0"), precomputed="with the program")]) == []
