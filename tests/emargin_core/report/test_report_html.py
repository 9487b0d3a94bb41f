"""The report as HTML: one file that nothing in it can bring to life, with words for pictures."""

import re
from html.parser import HTMLParser

import pytest
from run_doubles import HOSTILE, make_run

from emargin_core.gallery import load_gallery
from emargin_core.language import speaking
from emargin_core.levels import Level, ReferenceLevels
from emargin_core.report.content import build_report
from emargin_core.report.formats import write
from emargin_core.report.subject import Subject, subject

ALIVE = {
    "script", "img", "a", "iframe", "object", "embed", "link", "form", "input", "foreignobject",
    "use", "image", "animate", "set", "base", "b",
}  # fmt: skip


class Page(HTMLParser):
    """Every tag with its attributes, and the text, as a browser would read them."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.tags, self.text = [], ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.text += data

    def count(self, tag):
        return sum(found == tag for found, _ in self.tags)


@pytest.fixture
def compared(store):
    return subject((make_run("infonce"),), (make_run("emargin", accuracy=0.5),), store, None)


def hostile_subject(store):
    before = make_run("infonce", words=HOSTILE)
    after = make_run("emargin", accuracy=0.5, words=HOSTILE)
    level = Level("majority", HOSTILE[0], "floor", None)
    levels = ReferenceLevels("0123456789abcdef", "test", (level,))
    layout = after.frames[["map_x", "map_y"]].to_numpy()
    return Subject((before,), (after,), levels, layout)


@pytest.mark.parametrize("language", ["en", "ja"])
def test_hostile_names_stay_words(store, language):
    subject = hostile_subject(store)
    names = {run.run_id: HOSTILE[0] for run in subject.runs}
    with speaking(language):
        page = Page(write(subject, "html", names))
    found = {tag for tag, _ in page.tags}
    assert found & ALIVE <= {"b"}
    assert page.count("b") == page.count("figure") == 5
    attributes = {name for _, named in page.tags for name in named}
    assert [name for name in attributes if name.startswith("on")] == []
    assert attributes & {"href", "src", "style", "srcdoc", "xlink:href"} == set()
    for words in HOSTILE:
        assert words in page.text


def test_tags_are_those_of_a_harmless_report(store, compared):
    calm = Page(write(compared, "html"))
    attacked = Page(write(hostile_subject(store), "html"))
    assert {tag for tag, _ in attacked.tags} <= {tag for tag, _ in calm.tags}


def test_policy_allows_this_style_sheet_and_nothing_else(compared):
    text = write(compared, "html")
    policy = next(attributes["content"] for tag, attributes in Page(text).tags
                  if attributes.get("http-equiv") == "Content-Security-Policy")  # fmt: skip
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "unsafe" not in policy
    assert "script-src" not in policy
    assert text.count("<style>") == 1


def test_nothing_is_loaded_from_elsewhere(compared):
    text = write(compared, "html").replace('xmlns="http://www.w3.org/2000/svg"', "")
    assert re.findall(r"https?://|url\(|@import|src=", text) == []


def test_every_picture_has_title_and_description(compared):
    page = Page(write(compared, "html"))
    assert page.count("svg") == page.count("figure") == 5
    ids = [attributes["id"] for tag, attributes in page.tags if tag in ("title", "desc")
           and "id" in attributes]  # fmt: skip
    assert len(ids) == len(set(ids)) == 10
    for tag, attributes in page.tags:
        if tag == "svg":
            assert attributes["role"] == "img"
            assert set(attributes["aria-labelledby"].split()) <= set(ids)


def test_numbers_of_the_runs_stand_in_the_report(compared):
    text = Page(write(compared, "html")).text.replace("\u00a0", " ")
    accuracy = 100 * compared.first.metric("probe.accuracy")
    assert f"{accuracy:.1f} %" in text
    assert compared.first.run_id in text
    assert (
        "python -m emargin_core compare --dataset pump --baseline infonce --candidate emargin"
        in text
    )


def test_undefined_values_are_said_to_be_none(store):
    runs = make_run("infonce", labelled=False), make_run("emargin", labelled=False)
    report = build_report(subject((runs[0],), (runs[1],), store, None), {})
    assert "no labels" in report.meeting[1]
    numbers = next(part for section in report.sections for part in section.parts
                   if getattr(part, "columns", ("",))[0] == "measure")  # fmt: skip
    accuracy = next(row for row in numbers.rows if "Right decisions – " in row[0])
    assert accuracy[2:5] == ("n/a", "n/a", "n/a")
    assert "nan" not in write(subject((runs[0],), (runs[1],), store, None), "html").lower()


def test_one_run_has_a_report_of_its_own(store):
    report = build_report(subject((), (make_run(),), store, None), {})
    assert report.kind == "single"
    assert "compare it with a baseline" in report.meeting[2]


def test_large_map_stays_small(store):
    import numpy as np
    import pandas as pd

    run = make_run()
    large = pd.concat([run.frames] * 60, ignore_index=True)
    rng = np.random.default_rng(0)
    large["map_x"], large["map_y"] = rng.normal(size=(2, len(large)))
    object.__setattr__(run, "frames", large)
    text = write(subject((run,), (make_run("infonce"),), store, None), "html")
    assert len(text.encode()) < 500_000
    assert "3,000 moments" in text


def test_stored_english_is_retold_in_a_japanese_report(store):
    gallery = load_gallery()
    runs = [gallery.result(name) for name in gallery.entries]
    whole = [run for run in runs if run is not None]
    before = next(run for run in whole if run.config["method"] == "infonce")
    seed = before.config["seed"]
    after = next(run for run in whole if run.config | {"seed": seed} == run.config
                 and run.config["method"] == "emargin")  # fmt: skip
    with speaking("ja"):
        page = Page(write(subject((before,), (after,), store, gallery), "html"))
    for english in (before.data["title"], before.data["split"], before.precomputed):
        assert english not in page.text
    assert "リハビリ運動 (ウェアラブル)" in page.text
    assert "学習用は 7 グループ" in page.text
