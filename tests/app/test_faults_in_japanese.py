"""What goes wrong is said in Japanese on a Japanese page, in the core's words too."""

import io
import json
import zipfile

import pytest
from run_doubles import make_run
from streamlit.testing.v1 import AppTest
from test_compare_page import PAGE, text, workers  # noqa: F401 - the fixture is used by name
from test_data_page import table, upload
from test_pages_in_japanese import english

from app import background
from emargin_core.language import speaking
from emargin_core.result_files import FILES
from emargin_core.run_archive import INDEX, export_runs


def open_page(view, visited=True, **address):
    page = AppTest.from_file(PAGE, default_timeout=120)
    for name, value in ({"lang": "ja", "data": "small"} | address).items():
        page.query_params[name] = value
    if visited:
        page.session_state.visited = True
    page.run()
    return page if view == "compare" else page.switch_page(f"views/{view}.py").run()


def errors(page):
    assert not page.exception
    return " ".join(error.value for error in page.error)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "mine.csv は空です。見出しも行もありません。"),
        (b"a,b\n", "行がありません。見出しと 1 行以上のデータが必要です。"),
        (b"label,x\na,1\nb,oops\nc,3\n", "列「x」の 3 行目が「oops」です。数値が必要です。"),
        (b"\x00\x01\x02" * 100, "mine.csv はテキストではありません"),
        (b"t,label,x\n0,a,1\n1,a,\n2,b,inf\n", "列「x」に欠損 1 個と無限大 1 個の値があります。"),
        (b"t,label,x\n0,a,1\n0,a,2\n", "3 行目が直前と同じ時刻"),
        (b"1,2\n3,4\n", "列名があるべき 1 行目が数値"),
        (b"PK\x03\x04" + b"x" * 90, "mine.csv はテキストではなく zip (Excel の"),
    ],
)  # fmt: skip
def test_a_bad_upload_is_refused_in_japanese(workers, content, words):  # noqa: F811
    page = upload(content, lang="ja")
    assert words in errors(page).replace("\\", "")
    assert english(page) == []


def test_warnings_of_an_upload_are_in_japanese(workers):  # noqa: F811
    page = upload(table(classes=("all",)).replace(b"<b>x</b>", b"x"), lang="ja")
    assert not page.exception
    assert "クラスが 1 つ (「all」) だけ" in page.warning[0].value.replace("\\", "")
    assert "このデータのクラスは「all」の 1 つだけです" in text(page)
    assert english(page) == []


def test_a_warning_that_begins_with_a_users_word_leaves_it_as_it_is(workers):  # noqa: F811
    rows = [f"{n / 20},a,{n % 7},1" for n in range(400)]
    page = upload("\n".join(["t,label,x,flat", *rows]).encode(), lang="ja")
    assert not page.exception
    assert page.warning[0].value.startswith("flat はずっと同じ値")


def damaged(name):
    """An archive of one run with one file changed, or something that is none at all."""
    if name == "no zip":
        return b"no archive at all"
    run = make_run("emargin")
    background.run_store().put(run)
    path = background.run_store().home / "whole.zip"
    export_runs([run.run_id], path, background.run_store())
    packed = io.BytesIO()
    with zipfile.ZipFile(path) as whole, zipfile.ZipFile(packed, "w") as changed:
        for entry in whole.namelist():
            content = whole.read(entry)
            if name == "index" and entry == INDEX:
                content = json.dumps({"format": 1}).encode()
            if name == "torn" and entry.endswith(FILES[0]):
                content = content[:-9]
            if name != "lacking" or not entry.endswith(FILES[0]):
                changed.writestr(entry, content)
    return packed.getvalue()


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("no zip", "mine.zip を zip ファイルとして読み込めません: zip ファイルではありません"),
        ("torn", "チェックサムが一致しません"),
        ("lacking", "がありません"),
        ("index", "必要な項目がありません"),
    ],
)
def test_a_damaged_archive_is_refused_in_japanese(workers, name, words):  # noqa: F811
    page = open_page("runs")
    uploader = page.file_uploader(key="import_runs-0")
    with speaking("ja"):  # the test's own thread asks for the options' words
        uploader.upload("mine.zip", damaged(name), "application/zip").run()
    said = errors(page).replace("\\", "")
    assert words in said
    assert "何も取り込んでいません" in said
    assert "archive.zip" not in said
    assert english(page) == []


@pytest.mark.parametrize("view", ["compare", "data"])
@pytest.mark.parametrize("address", [{"threshold": "9"}, {"data": "none"}, {"candidate": "best"}])
def test_a_wrong_address_is_said_in_japanese(workers, view, address):  # noqa: F811
    page = open_page(view, **address)
    assert not page.exception
    if view == "compare":
        assert "このページのアドレスの" in errors(page)
    assert [line for line in english(page) if "使える" not in line] == []  # names of methods, data


@pytest.mark.parametrize("damage", ["fill", "make_read_only"])
def test_a_store_that_cannot_be_written_is_said_in_japanese(disk, workers, damage):  # noqa: F811
    getattr(disk, damage)()
    for cached in (background.run_store, background.sweeps):
        cached.clear()
    page = open_page("compare", visited=False)
    why = "空き容量がありません" if damage == "fill" else "読み取り専用のファイルシステムです"
    assert why in text(page)
    assert "EMARGIN_HOME を書き込めるフォルダーに設定してください" in text(page)
    assert english(page) == []
