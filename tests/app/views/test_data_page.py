"""The Data page: what there is, the line's settings, and a file of one's own from upload to use."""

import tomllib
from pathlib import Path

import numpy as np
import pytest

from app import session
from app.views.data.questions import answer_words
from emargin_core.config import make_config
from emargin_core.datasets.registry import load_dataset
from emargin_core.datasets.tables.questions import change
from emargin_core.datasets.tables.read.limits import MAX_UPLOAD_BYTES
from tests.app.opened import ITERATIONS, open_view, text
from tests.app.opened import open_page as open_compare

ROOT = Path(__file__).resolve().parents[3]

SCRIPT = "<script>alert(1)</script>"
FORMULA = "=cmd|'/c calc'!A1"


def open_page(**query):
    return open_view("data", **{"data": "small"} | query)


def table(label=True, n_recordings=4, rows=600, rate=20.0, classes=(SCRIPT, FORMULA)):
    """A small file with words that a page must show as text."""
    rng = np.random.default_rng(0)
    lines = ["session,machine,t,<b>x</b>,y" + (",state" if label else "")]
    for recording in range(n_recordings):
        for row in range(rows):
            name = classes[0 if row < rows // 2 else -1]
            x, y = rng.normal(size=2) + (row >= rows // 2)
            lines.append(
                f"run {recording},machine {recording},{row / rate:.2f},{x:.3f},{y:.3f}"
                + (f",{name}" if label else "")
            )
    return "\n".join(lines).encode()


def upload(content, name="mine.csv", **query):
    page = open_page(part="Add your own file", **query)
    page.file_uploader(key="own_upload").upload(name, content, "text/csv").run()
    return page


def part_boxes(page):
    return {box.label: box for box in page.selectbox if (box.key or "").startswith("own_part_")}


def roles(page):
    return {name: box.value for name, box in part_boxes(page).items()}


def metric(page, label):
    return next(m.value for m in page.metric if m.label == label)


def test_a_data_set_is_shown_with_its_figures(workers):
    page = open_page()
    assert not page.exception
    assert metric(page, "Recordings") == "6"
    assert metric(page, "Classes") == "3"
    assert "Fold 1 of 5: trained on" in text(page)
    assert {c.key for c in page.get("plotly_chart")} >= {"preview-signal", "balance", "indicator"}


def test_the_margin_is_predicted_for_the_chosen_threshold(workers):
    page = open_page()
    page.slider(key="margin_threshold").set_value(1.0).run()
    assert "acts on **100 %**" in text(page)
    assert "makes no distinction" in text(page)


def test_turning_a_knob_names_another_line(workers):
    page = open_page(data="factory:machines=4,minutes=2")
    assert metric(page, "Recordings") == "4"
    page.slider(key="factory_machines").set_value(3).run()
    assert metric(page, "Recordings") == "3"
    assert page.query_params["data"] == "factory:machines=3,minutes=2"


def test_an_address_never_opens_a_path_or_fetches(workers, small_file):
    for name in (str(small_file), "archive:NotShipped", "my:none", "harth"):
        page = open_page(data=name)
        assert not page.exception
        assert metric(page, "Recordings") != "4"
        assert page.selectbox(key="data_box").value != name


def test_a_file_is_mapped_previewed_kept_and_usable(workers):
    page = upload(table())
    assert not page.exception
    assert roles(page) == {
        "session": "recording",
        "machine": "group",
        "t": "time",
        "<b>x</b>": "channel",
        "y": "channel",
        "state": "label",
    }
    assert metric(page, "Samples per second") == "20"
    page.text_input(key="own_name").set_value("My machines")
    page.button(key="own_add").click().run()
    assert not page.exception
    assert page.selectbox(key="data_box").value == "my:my-machines"
    dataset = load_dataset("my:my-machines")
    assert set(dataset.class_names) == {SCRIPT, FORMULA}
    assert dataset.channel_names == ("<b>x</b>", "y")
    assert not list((session.run_store().home / "uploads").iterdir())


def test_words_of_a_file_stay_text(workers):
    page = upload(table())
    charts = " ".join(chart.proto.spec for chart in page.get("plotly_chart"))
    assert SCRIPT not in charts
    assert "<b>x" not in charts
    assert "&lt;script&gt;" in charts


def test_data_without_labels_says_what_it_cannot_tell(workers):
    page = upload(table(label=False))
    assert not page.exception
    assert metric(page, "Classes") == "none"
    assert "not accuracy" in text(page)


def test_data_of_one_class_says_so_where_it_is_shown_and_where_it_is_compared(workers):
    page = upload(table(classes=("all [x](y)",)))
    assert not page.exception
    assert metric(page, "Classes") == "1"
    assert "only one class, “all \\[x\\]\\(y\\)”" in text(page)
    page.text_input(key="own_name").set_value("one")
    page.button(key="own_add").click().run()
    for method in ("infonce", "emargin"):
        config = make_config(dataset="my:one", method=method, iterations=ITERATIONS)
        [result] = workers.store(config)
        assert result.metrics["probe"]["accuracy"] is None
    page = open_compare(data="my:one")
    assert not page.exception
    assert "only one class, “all" in text(page)
    assert "Without labels of at least two classes" in text(page)


def test_upload_is_limited_before_it_fills_the_memory(workers):
    page = open_page(part="Add your own file")
    limit = page.get("file_uploader")[0].proto.max_upload_size_mb
    config = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text())
    assert 2**20 * limit == MAX_UPLOAD_BYTES
    assert config["server"]["maxUploadSize"] <= limit
    assert "Up to 200 MB here" in text(page)


@pytest.mark.parametrize(
    ("content", "words"), [(b"", "empty"), (b"a,b\n", "no rows"), (b"\x00\x01\x02" * 100, "NUL")]
)
def test_a_bad_file_gets_a_sentence_and_nothing_is_kept(workers, content, words):
    page = upload(content)
    assert not page.exception
    assert words in " ".join(error.value for error in page.error)
    assert not any(button.key == "own_add" for button in page.button)
    assert not (session.run_store().home / "datasets").exists()


def test_missing_values_can_be_left_out(workers):
    lines = table().split(b"\n")
    cells = lines[5].split(b",")
    cells[3] = b""
    lines[5] = b",".join(cells)
    page = upload(b"\n".join(lines))
    assert "missing" in page.warning[0].value
    answers = [b for b in page.button if (b.key or "").startswith("own_answer_0_")]
    assert [answer.label for answer in answers] == ["Fill short gaps", "Leave those rows out"]
    answers[1].click().run()
    assert not page.warning
    assert any(b.key == "own_add" for b in page.button)


def test_a_column_that_gets_a_part_takes_it_from_the_other(workers):
    page = upload(table())
    part_boxes(page)["machine"].select("recording").run()
    assert not page.exception
    found = roles(page)
    assert (found["machine"], found["session"]) == ("recording", "left out")
    part_boxes(page)["y"].select("left out").run()
    assert roles(page)["y"] == "left out"
    assert metric(page, "Channels") == "1"


def test_without_time_the_rate_is_the_one_question(workers):
    lines = [line.split(b",") for line in table().split(b"\n")]
    page = upload(b"\n".join(b",".join(cells[:2] + cells[3:]) for cells in lines))
    assert len(page.warning) == 1
    assert "how many rows are there in a second" in page.warning[0].value
    page.number_input(key="own_rate").set_value(20.0)
    page.button(key="own_answer_0_0").click().run()
    assert metric(page, "Samples per second") == "20"


def test_separator_header_and_class_names_can_be_set(workers):
    page = upload(table(classes=("0", "1")))
    field = next(f for f in page.text_input if f.label == "0")
    field.set_value("at rest")
    next(f for f in page.text_input if f.label == "Frame length").set_value("2")
    next(b for b in page.button if (b.key or "").startswith("own_apply_")).click().run()
    assert not page.exception
    page.button(key="own_add").click().run()
    data = load_dataset("my:mine")
    assert data.class_names == ("1", "at rest")
    assert data.framing.seconds == 2.0


def test_several_files_are_one_recording_each(workers):
    page = open_page(part="Add your own file")
    files = [(f"run {n}.csv", table(n_recordings=1), "text/csv") for n in range(3)]
    page.file_uploader(key="own_upload").set_value(files).run()
    assert not page.exception
    assert metric(page, "Recordings") == "3"


def test_a_name_that_is_taken_is_said_and_the_first_stays(workers):
    for _ in range(2):
        page = upload(table(n_recordings=3))
        page.text_input(key="own_name").set_value("twice")
        page.button(key="own_add").click().run()
    assert "there already" in " ".join(error.value for error in page.error)
    assert len(load_dataset("my:twice").recordings) == 3


def test_kept_data_can_be_removed(workers):
    page = upload(table(n_recordings=3))
    page.text_input(key="own_name").set_value("gone")
    page.button(key="own_add").click().run()
    page = open_page(part="Add your own file")
    page.button(key="remove_my:gone").click().run()
    assert not page.exception
    assert not (session.run_store().home / "datasets" / "gone").exists()


@pytest.mark.parametrize(
    ("remedy", "words"),
    [
        (change(row_is="window"), "A whole window"),
        (change(row_is="embedding"), "An embedding"),
        (change(row_is="sample"), "One sample"),
        (change(decimal=","), "A comma"),
        (change(decimal="."), "A point"),
        (change(channels=("+x", "+y")), "Take x, y as a channel"),
        (change(time="", channels=("+t",), rate=50.0), "Take t as a channel"),
    ],
)
def test_an_answer_says_what_it_does(remedy, words):
    assert answer_words(remedy) == words
