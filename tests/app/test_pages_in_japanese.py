"""Every page, opened in Japanese, shows no English but names, data and code."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from google.protobuf.json_format import MessageToDict

from tests.app.opened import open_view

VIEWS = sorted(Path(__file__).resolve().parents[2].glob("app/views/*/page.py"))
STATES = {
    "compare": [
        *(
            {"view": view}
            for view in ("Probes", "Classes", "Clusters", "How it came about", "All numbers")
        ),
        {"data": "small", "iterations": "50"},  # not computed yet: begins to train
    ],
    "sensitivity": [{"sens_view": view} for view in ("Trade-off", "Move the slider", "Details")],
    "data": [{"part": "Add your own file"}, {"data": "factory"}],
    "trust": [{"data": "factory"}],
}
"""Other states of a page that have words of their own, by their address."""

ENGLISH = re.compile(r"[A-Za-z][a-z]+(?:[ ,]+[A-Za-z]?[a-z]{1,}){2,}")
STRAY = re.compile(r"[ぁ-んァ-ヶ一-龠] (?=[ぁ-んァ-ヶ一-龠])")
"""A space between two Japanese words, as where a name was put into a sentence."""
UNSEEN = {
    "id",
    "key",
    "icon",
    "mode",
    "type",
    "colorscale",
    "family",
    "elementId",
    "queryParamKey",
    "formId",
    "deltaPath",
    "css",
    "js",
    "orientation",
    "format",
    "url",
    "pageScriptHash",
    "iconPosition",
    "hovermode",
    "template",
    "editingMode",
    "jsContent",
    "cssContent",
    "htmlContent",
}
NAMES = (
    r"`[^`]*`",  # code
    r"<(?:style|script).*?</(?:style|script)>",
    r"<[^>]*>",
    r"python -m [^\n]*",
    r"(?:出典|ライセンス|引用): [^\n]*",  # of the data, as its owners write it
    r"Trapezius extension|Forward elevation|Internal rotation|External rotation|Upright row",
    r"Feeding|Pressing|Cooling|Fault building up|Idle",  # classes
    r"subject \d+ (?:left|right)",
    r"eMargin Explorer|Davies.Bouldin|CSV|Parquet",
    r"Wang & Isola|functional ANOVA",
)


def visible(message: object) -> Iterator[str]:
    """Texts of an element that a reader sees or hears."""
    if isinstance(message, dict):
        for name, value in message.items():
            if name not in UNSEEN:
                yield from visible(value)
    elif isinstance(message, list):
        for value in message:
            yield from visible(value)
    elif isinstance(message, str) and message.startswith(("{", "[")):
        try:
            yield from visible(json.loads(message))
        except ValueError:
            yield message
    elif isinstance(message, str):
        yield message


def elements(block) -> Iterator[object]:
    for child in getattr(block, "children", {}).values():
        yield child
        yield from elements(child)


def english(app) -> list[str]:
    found = []
    for element in elements(app._tree):
        proto = getattr(element, "proto", None)
        if proto is None or element.type == "code":
            continue
        if element.type == "arrow_data_frame":
            texts = [*map(str, element.value.columns), *map(str, element.value.to_numpy().ravel())]
        else:
            texts = visible(MessageToDict(proto))
        for text in texts:
            bare = text
            for name in NAMES:
                bare = re.sub(name, " · ", bare, flags=re.DOTALL if "style" in name else 0)
            if (hit := ENGLISH.search(bare)) is not None:
                found.append(f"{element.type}: {hit[0]!r} in {text[:90]!r}")
    return found


@pytest.mark.parametrize(
    ("view", "address"),
    [(v.parent.name, state) for v in VIEWS for state in [{}, *STATES.get(v.parent.name, [])]],
    ids=lambda value: value if isinstance(value, str) else "-".join(value.values()) or "first",
)
def test_page_in_japanese_has_no_english_sentence(workers, view, address):
    state = {"closer": True} if "view" in address else {}
    app = open_view(view, state, lang="ja", **address)
    assert not app.exception
    assert re.search("[぀-ヿ]", " ".join(element.value for element in app.markdown)) is not None
    assert english(app) == []


@pytest.mark.parametrize("view", ["compare", "trust", "decide"])
def test_names_stand_in_japanese_sentences_without_a_space(workers, view):
    app = open_view(view, lang="ja")
    said = [part.value for part in (*app.info, *app.caption) if STRAY.search(part.value)]
    assert said == []


def test_settings_of_a_run_are_listed_as_everywhere_in_japanese(workers):
    table = open_view("runs", lang="ja").dataframe[0].value
    assert any("、" in str(cell) for cell in table.to_numpy().ravel())
