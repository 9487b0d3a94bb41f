"""The Data page: what there is, the line's knobs, and a file of one's own from upload to use."""

import tomllib
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest
from test_compare_page import ITERATIONS, PAGE, text, workers  # noqa: F401 - the fixture is used by name
from test_compare_page import open_page as open_compare

from app import background
from emargin_core.config import make_config
from emargin_core.datasets import load_dataset
from emargin_core.datasets.tables import MAX_UPLOAD_BYTES
from emargin_core.experiment import run_experiment

ROOT = Path(__file__).resolve().parents[2]

SCRIPT = "<script>alert(1)</script>"
FORMULA = "=cmd|'/c calc'!A1"


def open_page(**query):
    page = AppTest.from_file(PAGE, default_timeout=60)
    page.query_params["data"] = "small"
    for name, value in query.items():
        page.query_params[name] = value
    page.run()
    return page.switch_page("views/data.py").run()


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


def metric(page, label):
    return next(m.value for m in page.metric if m.label == label)


def test_a_data_set_is_shown_with_its_figures(workers):  # noqa: F811
    page = open_page()
    assert not page.exception
    assert metric(page, "Recordings") == "6"
    assert metric(page, "Classes") == "3"
    assert "Trained on 4 groups" in text(page)
    assert {c.key for c in page.get("plotly_chart")} >= {"preview-signal", "balance", "indicator"}


def test_the_margin_is_foretold_for_the_chosen_threshold(workers):  # noqa: F811
    page = open_page()
    page.slider(key="threshold").set_value(1.0).run()
    assert "acts on **100 %**" in text(page)
    assert "switches nothing" in text(page)


def test_turning_a_knob_names_another_line(workers):  # noqa: F811
    page = open_page(data="factory:machines=4,minutes=2")
    assert metric(page, "Recordings") == "4"
    page.slider(key="knob_machines").set_value(3).run()
    assert metric(page, "Recordings") == "3"
    assert page.query_params["data"] == "factory:machines=3,minutes=2"


def test_an_address_never_opens_a_path_or_fetches(workers, small_file):  # noqa: F811
    for name in (str(small_file), "archive:NotShipped", "my:none", "harth"):
        page = open_page(data=name)
        assert not page.exception
        assert metric(page, "Recordings") != "4"
        assert page.selectbox(key="data_box").value != name


def test_a_file_is_mapped_previewed_kept_and_usable(workers):  # noqa: F811
    page = upload(table())
    assert not page.exception
    for part, column in (("recording", "session"), ("group", "machine"), ("time", "t"),
                         ("label", "state")):  # fmt: skip
        box = next(b for b in page.selectbox if (b.key or "").startswith(f"own_{part}_"))
        assert box.value == column
    assert metric(page, "Samples a second") == "20"
    page.text_input(key="own_name").set_value("My machines")
    page.button(key="own_add").click().run()
    assert not page.exception
    assert page.selectbox(key="data_box").value == "my:my-machines"
    dataset = load_dataset("my:my-machines")
    assert set(dataset.class_names) == {SCRIPT, FORMULA}
    assert dataset.channel_names == ("<b>x</b>", "y")
    assert not list((background.run_store().home / "uploads").iterdir())


def test_words_of_a_file_stay_text(workers):  # noqa: F811
    page = upload(table())
    charts = " ".join(chart.proto.spec for chart in page.get("plotly_chart"))
    assert SCRIPT not in charts
    assert "<b>x" not in charts
    assert "&lt;script&gt;" in charts


def test_data_without_labels_says_what_it_cannot_tell(workers):  # noqa: F811
    page = upload(table(label=False))
    assert not page.exception
    assert metric(page, "Classes") == "none"
    assert "no accuracy" in text(page)


def test_data_of_one_class_says_so_where_it_is_shown_and_where_it_is_compared(workers):  # noqa: F811
    page = upload(table(classes=("all [x](y)",)))
    assert not page.exception
    assert metric(page, "Classes") == "1"
    assert "one class only, “all \\[x\\]\\(y\\)”" in text(page)
    page.text_input(key="own_name").set_value("one")
    page.button(key="own_add").click().run()
    for method in ("infonce", "emargin"):
        config = make_config(dataset="my:one", method=method, iterations=ITERATIONS)
        result = run_experiment(config, store=background.run_store())
        assert result.metrics["probe"]["accuracy"] is None
    page = open_compare(data="my:one")
    assert not page.exception
    assert "one class only, “all" in text(page)
    assert "no labels of two or more classes" in text(page)


def test_upload_is_limited_before_it_fills_the_memory(workers):  # noqa: F811
    page = open_page(part="Add your own file")
    limit = page.get("file_uploader")[0].proto.max_upload_size_mb
    config = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text())
    assert 2**20 * limit == MAX_UPLOAD_BYTES
    assert config["server"]["maxUploadSize"] <= limit
    assert "Up to 200 MB here" in text(page)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (b"a,b\n", "no rows"),
        (b"label,x\na,1\nb,oops\nc,3\n", "oops"),
        (b"\x00\x01\x02" * 100, "NUL"),
    ],
)
def test_a_bad_file_gets_a_sentence_and_nothing_is_kept(workers, content, words):  # noqa: F811
    page = upload(content)
    assert not page.exception
    assert words in " ".join(error.value for error in page.error)
    assert not any(button.key == "own_add" for button in page.button)
    assert not (background.run_store().home / "datasets").exists()


def test_missing_values_can_be_left_out(workers):  # noqa: F811
    lines = table().split(b"\n")
    cells = lines[5].split(b",")
    cells[3] = b""
    lines[5] = b",".join(cells)
    page = upload(b"\n".join(lines))
    assert "missing" in page.error[0].value
    page.segmented_control(key="own_missing").set_value("drop").run()
    assert not page.error
    assert any(b.key == "own_add" for b in page.button)


def test_a_name_that_is_taken_is_said_and_the_first_stays(workers):  # noqa: F811
    for _ in range(2):
        page = upload(table(n_recordings=3))
        page.text_input(key="own_name").set_value("twice")
        page.button(key="own_add").click().run()
    assert "there already" in " ".join(error.value for error in page.error)
    assert len(load_dataset("my:twice").recordings) == 3


def test_kept_data_can_be_removed(workers):  # noqa: F811
    page = upload(table(n_recordings=3))
    page.text_input(key="own_name").set_value("gone")
    page.button(key="own_add").click().run()
    page = open_page(part="Add your own file")
    page.button(key="remove_my:gone").click().run()
    assert not page.exception
    assert not (background.run_store().home / "datasets" / "gone").exists()
