"""The report as HTML: one file that nothing in it can bring to life, with words for pictures."""

import re
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pandas as pd
import pytest

from emargin_core.analysis.comparison import compare
from emargin_core.analysis.verdict_words import how_sure
from emargin_core.evaluation.metric_table import METRICS
from emargin_core.evaluation.uncertainty import Estimate
from emargin_core.report.content import build_report
from emargin_core.report.formats import write
from emargin_core.report.parts import Paragraph, Table
from emargin_core.report.subject import Subject, subject
from emargin_core.store.gallery.gallery import load_gallery
from emargin_core.store.reference_scores import ReferenceScore, ReferenceScores
from emargin_core.text.language import speaking
from tests.run_doubles import HOSTILE, make_run, make_side

ALIVE = {
    "script",
    "img",
    "a",
    "iframe",
    "object",
    "embed",
    "link",
    "form",
    "input",
    "foreignobject",
    "use",
    "image",
    "animate",
    "set",
    "base",
    "b",
}


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
    return subject(make_side("infonce"), make_side("emargin", accuracy=0.5), store, None)


def hostile_subject(store):
    before = make_run("infonce", words=HOSTILE)
    after = make_run("emargin", accuracy=0.5, words=HOSTILE)
    score = ReferenceScore("majority", HOSTILE[0], "floor", None)
    reference_scores = ReferenceScores("0123456789abcdef", "test", (score,))
    layout = after.frames[["map_x", "map_y"]].to_numpy()
    return Subject((before,), (after,), reference_scores, layout)


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
    policy = next(
        attributes["content"]
        for tag, attributes in Page(text).tags
        if attributes.get("http-equiv") == "Content-Security-Policy"
    )
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
    ids = [
        attributes["id"]
        for tag, attributes in page.tags
        if tag in ("title", "desc") and "id" in attributes
    ]
    assert len(ids) == len(set(ids)) == 10
    for tag, attributes in page.tags:
        if tag == "svg":
            assert attributes["role"] == "img"
            assert set(attributes["aria-labelledby"].split()) <= set(ids)


def test_numbers_of_the_runs_stand_in_the_report(compared):
    text = Page(write(compared, "html")).text.replace("\u00a0", " ")
    accuracy = 100 * np.mean([run.metric("probe.accuracy") for run in compared.candidate])
    assert f"{accuracy:.1f} %" in text
    assert "10 machines in 5 folds" in text
    assert compared.first.run_id in text
    assert (
        "python -m emargin_core compare --dataset pump --baseline infonce --candidate emargin"
        in text
    )


def test_undefined_values_are_said_to_be_none(store):
    runs = make_run("infonce", labelled=False), make_run("emargin", labelled=False)
    report = build_report(subject((runs[0],), (runs[1],), store, None), {})
    assert "no labels" in report.meeting[1]
    numbers = next(
        part
        for section in report.sections
        for part in section.parts
        if getattr(part, "columns", ("",))[0] == "measure"
    )
    accuracy = next(row for row in numbers.rows if "Right decisions – " in row[0])
    assert accuracy[2:5] == ("n/a", "n/a", "n/a")
    page = write(subject((runs[0],), (runs[1],), store, None), "html")
    assert re.search(r"\bnan\b", page, re.IGNORECASE) is None


def test_one_run_has_a_report_of_its_own(store):
    report = build_report(subject((), (make_run(),), store, None), {})
    assert report.kind == "single"
    assert "compare it with a baseline" in report.meeting[2]


def all_words(report):
    """Every sentence and cell of a report, figures apart."""
    parts = [part for section in report.sections for part in section.parts]
    cells = [cell for part in parts for row in getattr(part, "rows", ()) for cell in row]
    items = [item for part in parts for item in getattr(part, "items", ())]
    texts = [part.text for part in parts if isinstance(part, Paragraph)]
    captions = [part.caption for part in parts if isinstance(part, Table)]
    head = [report.label, report.headline, report.meaning, *report.meeting]
    return "\n".join([*head, *items, *texts, *captions, *cells])


def test_first_look_is_called_so_at_the_top_and_claims_nothing(store):
    sides = (make_side("infonce", folds=[0]), make_side("emargin", accuracy=0.5, folds=[0]))
    report = build_report(subject(*sides, store, None), {})
    assert report.label == "Not a verdict yet"
    assert report.headline.startswith("First look: it points to")
    assert report.kind == "inconclusive"
    assert "2 machines in 1 fold" in report.meaning
    assert "The remaining 4 folds would settle it" in report.meeting[2]
    words = all_words(report)
    assert "first look" in words
    for claim in ("chance", "larger than", "clearly", "cannot be told", "95 % intervals"):
        assert claim not in words


def test_one_method_on_one_fold_is_a_first_look_too(store):
    report = build_report(subject((), make_side(folds=[0]), store, None), {})
    assert report.label == "Not a verdict yet"
    assert "rests on 2 machines in 1 fold and claims nothing yet" in report.meaning


def test_runs_of_an_older_version_are_said_to_be_so(store):
    sides = [make_run(method, fixed=True) for method in ("infonce", "emargin")]
    for run in sides:
        run.data.update(n_folds=None, unit=None)
    report = build_report(subject((sides[0],), (sides[1],), store, None), {})
    assert report.label == "Of an older version"
    assert "older version" in report.meaning
    assert "computes the same numbers again" not in all_words(report)


def test_settled_report_says_in_the_table_what_the_verdict_says(compared):
    report = build_report(compared, {})
    assert report.label == "Verdict"
    comparison = compare(compared.baseline, compared.candidate)
    numbers = next(
        part
        for section in report.sections
        for part in section.parts
        if getattr(part, "columns", ("",))[0] == "measure"
    )
    words = {"better": "better", "worse": "worse", "open": "cannot be told"}
    found = {row[0].split(" – ")[0]: row[-1] for row in numbers.rows}
    for path, change in (
        ("clustering.silhouette", comparison.judgement.silhouette),
        ("probe.accuracy", comparison.judgement.accuracy),
    ):
        assert found[str(METRICS[path].title)] == words[change]
    assert comparison.judgement.accuracy == "worse"
    assert how_sure(comparison.judgement, comparison.evidence) in report.meeting[1]


def test_margin_of_equality_decides_what_is_called_equal(store):
    sides = (make_side("infonce", accuracy=0.8), make_side("emargin", accuracy=0.8))
    difference = compare(*sides).differences["probe.accuracy"]
    margin = max(abs(difference.low), abs(difference.high)) + 0.001
    for wide, words in ((margin, f"equal within {100 * margin:g} points"), (0.0, "cannot be told")):
        assert words in all_words(build_report(subject(*sides, store, None, wide), {}))


def test_plain_spectra_that_are_not_beaten_are_said_at_the_top(store):
    sides = (make_side("infonce", accuracy=0.6), make_side("emargin", accuracy=0.5))
    spectra = ReferenceScore("stft", "Spectra", "floor", Estimate(0.9, 0.8, 0.95), (0.9,) * 5)
    found = subject(*sides, store, None)
    report = build_report(
        replace(found, reference_scores=ReferenceScores("f", "test", (spectra,))), {}
    )
    assert "Neither beats the plain spectra, 90 %" in report.meaning


def test_large_map_stays_small(store):
    run = make_run()
    large = pd.concat([run.frames] * 60, ignore_index=True)
    rng = np.random.default_rng(0)
    large["map_x"], large["map_y"] = rng.normal(size=(2, len(large)))
    object.__setattr__(run, "frames", large)
    text = write(subject((run,), (make_run("infonce"),), store, None), "html")
    assert len(text.encode()) < 500_000
    assert "3,000 moments" in text


def test_stored_messages_are_said_in_a_japanese_report(store):
    gallery = load_gallery()
    runs = [gallery.result(name) for name in gallery.entries]
    whole = [run for run in runs if run is not None]
    before = next(run for run in whole if run.config["method"] == "infonce")
    fold = before.config["fold"]
    after = next(
        run for run in whole if run.config["fold"] == fold and run.config["method"] == "emargin"
    )
    with speaking("ja"):
        page = Page(write(subject((before,), (after,), store, gallery), "html"))
    for english in (before.data["title"], before.data["split"], before.precomputed):
        assert str(english) not in page.text
    assert "リハビリ運動 (ウェアラブル)" in page.text
    assert "被験者 8 人で学習" in page.text
