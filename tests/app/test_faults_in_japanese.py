"""What goes wrong is said in Japanese on a Japanese page, in the core's words too."""

import io
import json
import zipfile

import pytest

from app import session
from emargin_core.store.archive.run_archive import INDEX, export_runs
from emargin_core.store.result_files import FILES
from emargin_core.text.language import speaking
from tests.app.opened import open_view, text
from tests.app.test_pages_in_japanese import english
from tests.app.views.test_data_page import table, upload
from tests.run_doubles import make_run


def open_page(view, visited=True, **address):
    state = {"visited": True} if visited else {}
    return open_view(view, state, **{"lang": "ja", "data": "small"} | address)


def errors(page):
    assert not page.exception
    return " ".join(box.value for box in (*page.error, *page.warning))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "mine.csv は空です。見出しも行もありません。"),
        (b"a,b\n", "行がありません。見出しと 1 行以上のデータが必要です。"),
        (
            b"t,label,x\n0,a,1\n0.1,b,oops\n0.2,c,3\n",
            "列「x」の 3 行目が「oops」です。数値が必要です。",
        ),
        (b"\x00\x01\x02" * 100, "mine.csv はテキストではありません"),
        (b"t,label,x\n0,a,1\n.1,a,\n.2,b,inf\n", "列「x」に欠損 1 個と無限大 1 個の値があります。"),
        (b"t,label,x\n0,a,1\n0,a,2\n0.1,a,3\n", "3 行目が前の時刻と同じ"),
        (b"a,b,c,d\n1,2\n3,4\n5,6\n", "原因は見出しです"),
        (b"PK\x03\x04" + b"x" * 90, "mine.csv はテキストではなく zip (Excel の"),
    ],
)
def test_a_bad_upload_is_refused_in_japanese(workers, content, words):
    page = upload(content, lang="ja")
    assert words in errors(page).replace("\\", "")
    assert english(page) == []


def test_warnings_of_an_upload_are_in_japanese(workers):
    page = upload(table(classes=("all",)).replace(b"<b>x</b>", b"x"), lang="ja")
    assert not page.exception
    assert "クラスが 1 つ (「all」) だけ" in page.warning[0].value.replace("\\", "")
    assert "このデータのクラスは「all」の 1 つだけです" in text(page)
    assert english(page) == []


def test_a_warning_that_begins_with_a_users_word_leaves_it_as_it_is(workers):
    rows = [f"{n / 20},a,{n * n % 7},1" for n in range(400)]
    page = upload("\n".join(["t,label,x,flat", *rows]).encode(), lang="ja")
    assert not page.exception
    assert page.warning[0].value.startswith("使わない列: flat。")


def damaged(name):
    """An archive of one run with one file changed, or something that is none at all."""
    if name == "no zip":
        return b"no archive at all"
    run = make_run("emargin")
    session.run_store().put(run)
    path = session.run_store().home / "whole.zip"
    export_runs([run.run_id], path, session.run_store())
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
def test_a_damaged_archive_is_refused_in_japanese(workers, name, words):
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
def test_a_wrong_address_is_said_in_japanese(workers, view, address):
    page = open_page(view, **address)
    assert not page.exception
    if view == "compare":
        assert "このページのアドレスの" in errors(page)
    assert [line for line in english(page) if "使える" not in line] == []  # names of methods, data


@pytest.mark.parametrize("damage", ["fill", "make_read_only"])
def test_a_store_that_cannot_be_written_is_said_in_japanese(disk, workers, damage):
    getattr(disk, damage)()
    for cached in (session.run_store, session.sweeps):
        cached.clear()
    page = open_page("compare", visited=False)
    why = "空き容量がありません" if damage == "fill" else "読み取り専用のファイルシステムです"
    assert why in text(page)
    assert "EMARGIN_HOME を書き込めるフォルダーに設定してください" in text(page)
    assert english(page) == []
