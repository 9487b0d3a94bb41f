"""The one data set that all pages follow: chosen once, and in every heading, address and link."""

from collections.abc import Mapping
from typing import Literal

import streamlit as st

from app.components import language
from app.components.choice import choose, chosen
from app.components.plain import plain
from emargin_core.config import make_config
from emargin_core.datasets.registry import available, is_at_hand, load_dataset
from emargin_core.datasets.sources.factory import SETTINGS, parse_settings
from emargin_core.store.result import Result
from emargin_core.text.errors import ExplorerError, InputError
from emargin_core.text.language import gettext as _

DEFAULT = make_config().dataset
KEPT_SETTINGS = "compare_address"
"""Where the session keeps the Compare page's settings, by their names in the address."""
_OF_PAGE = "page_address"
"""Where a page leaves what its address is to have until the browser is told."""


def chosen_data() -> str:
    """Name of the data set that the address, else the session, has chosen; else the default."""
    return chosen("data", _Usable(), DEFAULT)


def data_choice() -> str:
    """Draw the choice of data set; what the address names is offered too, a path never."""
    titles = {name: str(title) for name, title in available().items()}
    st.session_state["data_box"] = named = chosen_data()
    titles[named] = data_title(named)
    return st.selectbox(
        _("Data"),
        list(titles),
        format_func=titles.__getitem__,
        key="data_box",
        on_change=lambda: choose("data", st.session_state["data_box"]),
    )


def heading(
    question: str, width: Literal["stretch", "content"] = "stretch", title: str | None = None
) -> None:
    """Head a page, and the browser's tab, with the title of the data and what is asked.

    title: that of the chosen data unless given.
    """
    asked = st.query_params.get("data")
    try:
        check_data(asked or DEFAULT)
    except InputError as error:
        st.error(plain(address_problem("data", error)), icon=":material/link_off:")
    words = _("{data}: {question}", data=title or data_title(chosen_data()), question=question)
    st.set_page_config(page_title=f"{words} · eMargin Explorer")
    st.markdown(f"### {plain(words)}", width=width)


def address_problem(name: str, error: InputError) -> str:
    """Say what is wrong with a setting in the address."""
    return _(
        "In this page's address, {name}: {problem}. The default is used.",
        name=name,
        problem=str(error),
    )


def check_data(name: str) -> None:
    """Check a data set's name from the address.

    Raises:
        InputError: it is a path, not known, not on this machine, or has a setting that cannot be.
    """
    if not is_at_hand(name):
        raise InputError(
            "'{name}' is not an available data set; choose from {known}",
            name=name,
            known=", ".join(available()),
        )
    if name.startswith("factory:"):
        parse_settings(name.partition(":")[2])


def data_title(name: str) -> str:
    """Title of a data set that is at hand; a generated line's has its settings."""
    titles = available()
    known = titles.get(name) or titles.get(name.partition(":")[0])
    if known is None:
        try:
            known = load_dataset(name).title
        except ExplorerError:
            known = name
    return with_settings(str(known), name)


def title_of(result: Result) -> str:
    """Title of the data that a run was made with."""
    return with_settings(str(result.data["title"]), result.config["dataset"])


def with_settings(title: str, name: str) -> str:
    """Title of a data set with the settings of a generated line, which tell its kinds apart."""
    prefix, _colon, settings = name.partition(":")
    if prefix != "factory" or not settings:
        return title
    parts = [part.partition("=") for part in settings.split(",")]
    words = [f"{SETTINGS[known].title} {value}" for known, _equals, value in parts]
    return _(", ").join([title, *words])


def link_query(to_compare: bool = False) -> dict[str, str]:
    """What a link to a page carries: data, chosen language; to Compare, the settings left there."""
    settings = st.session_state.get(KEPT_SETTINGS, {}) if to_compare else {}
    return settings | {"data": chosen_data()} | language.in_address()


def keep_in_address(values: Mapping[str, str]) -> None:
    """Have the browser put what this page shows into its address, without a step in its history."""
    st.session_state[_OF_PAGE] = st.session_state.get(_OF_PAGE, {}) | values


def kept_in_address() -> dict[str, str]:
    """What the page's address is to have; without data while it names one that is unusable."""
    asked = st.query_params.get("data")
    data = {"data": chosen_data()} if asked is None or asked in _Usable() else {}
    return data | language.in_address() | st.session_state.pop(_OF_PAGE, {})


class _Usable:
    """All names that a data set may have in the address."""

    def __contains__(self, name: object) -> bool:
        try:
            check_data(str(name))
        except InputError:
            return False
        return True
