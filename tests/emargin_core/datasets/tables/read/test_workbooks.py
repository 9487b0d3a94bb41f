"""Workbooks are read by sheet."""

import zipfile

import pandas as pd
import pytest

from emargin_core.datasets.tables.choices import Choices
from emargin_core.datasets.tables.inspection import inspect_file
from emargin_core.text.errors import InputError
from tests.emargin_core.datasets.tables.made import signals


def workbook(path, sheets):
    """Write a small .xlsx by hand: numbers as numbers, all else as text in its cell."""
    head = '<?xml version="1.0" encoding="UTF-8"?>'
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    kinds = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    rels = "http://schemas.openxmlformats.org/package/2006/relationships"
    types = "http://schemas.openxmlformats.org/package/2006/content-types"

    def cell(value):
        if isinstance(value, str):
            return f'<c t="inlineStr"><is><t>{value}</t></is></c>'
        return f"<c><v>{value}</v></c>"

    with zipfile.ZipFile(path, "w") as book:
        overrides = "".join(
            f'<Override PartName="/xl/worksheets/sheet{n}.xml" '
            f'ContentType="{kinds}.worksheet+xml"/>'
            for n in range(1, len(sheets) + 1)
        )
        book.writestr(
            "[Content_Types].xml",
            f'{head}<Types xmlns="{types}"><Default Extension="rels" ContentType="application/vnd.'
            'openxmlformats-package.relationships+xml"/><Override PartName="/xl/workbook.xml" '
            f'ContentType="{kinds}.sheet.main+xml"/>{overrides}</Types>',
        )
        book.writestr(
            "_rels/.rels",
            f'{head}<Relationships xmlns="{rels}"><Relationship Id="r1" '
            f'Type="{office}/officeDocument" '
            'Target="xl/workbook.xml"/></Relationships>',
        )
        listed = "".join(
            f'<sheet name="{name}" sheetId="{n}" r:id="r{n}"/>' for n, name in enumerate(sheets, 1)
        )
        book.writestr(
            "xl/workbook.xml",
            f'{head}<workbook xmlns="{main}" xmlns:r="{office}">'
            f"<sheets>{listed}</sheets></workbook>",
        )
        targets = "".join(
            f'<Relationship Id="r{n}" Type="{office}/worksheet" Target="worksheets/sheet{n}.xml"/>'
            for n in range(1, len(sheets) + 1)
        )
        book.writestr(
            "xl/_rels/workbook.xml.rels",
            f'{head}<Relationships xmlns="{rels}">{targets}</Relationships>',
        )
        for n, frame in enumerate(sheets.values(), 1):
            rows = [list(frame.columns), *frame.to_numpy(dtype=object).tolist()]
            body = "".join(f"<row>{''.join(map(cell, row))}</row>" for row in rows)
            book.writestr(
                f"xl/worksheets/sheet{n}.xml",
                f'{head}<worksheet xmlns="{main}"><sheetData>{body}</sheetData></worksheet>',
            )


def test_workbook_is_read_by_sheet(tmp_path):
    path = tmp_path / "d.xlsx"
    workbook(path, {"first": signals(), "second": signals(2)})
    report = inspect_file(path)
    assert report.dataset.channel_names == ("x", "y")
    assert len(report.dataset.recordings) == 3
    assert any("also second" in str(note) for note in report.notes)
    assert len(inspect_file(path, Choices(sheet="second")).dataset.recordings) == 2
    with pytest.raises(InputError, match="has no sheet 'third'; it has first, second"):
        inspect_file(path, Choices(sheet="third"))


def rows_of(*rows, frame=None):
    """A sheet of these rows, above a table if there is one; a sheet's first row are its columns."""
    cells = [list(row) for row in rows]
    if frame is not None:
        cells += [list(frame.columns), *frame.to_numpy(dtype=object).tolist()]
    sheet = pd.DataFrame(cells[1:], dtype=object).fillna("")
    return sheet.set_axis((cells[0] + [""] * sheet.shape[1])[: sheet.shape[1]], axis=1)


def test_title_above_two_columns_is_passed_over(tmp_path):
    path = tmp_path / "d.xlsx"
    workbook(path, {"first": rows_of(["Report"], frame=signals(1)[["t", "x"]])})
    assert inspect_file(path).dataset.channel_names == ("x",)


@pytest.mark.parametrize(
    "above",
    [
        [["Measurement report 12"]],
        [["Measurement report 12"], [], ["Serial", 123], ["", "by", "hand"], []],
        [["Left", "", "", "Right"], []],
    ],
)
def test_lines_above_the_names_of_a_sheet_are_passed_over(tmp_path, above):
    path = tmp_path / "d.xlsx"
    workbook(path, {"first": rows_of(*above, frame=signals())})
    report = inspect_file(path)
    assert report.usable, [str(problem.what) for problem in report.problems]
    plain = tmp_path / "plain.xlsx"
    workbook(plain, {"first": signals()})
    assert report.dataset.fingerprint == inspect_file(plain).dataset.fingerprint
    assert f"{len(above)} lines above the table are passed over" in map(str, report.notes)


def test_cells_that_are_empty_at_the_end_of_a_sheets_rows_stay(tmp_path):
    path = tmp_path / "d.xlsx"
    frame = signals(1).assign(
        y=lambda f: f.y.where(f.t > 1, ""), x=lambda f: f.x.where(f.t > 2, "")
    )
    workbook(path, {"first": frame})
    report = inspect_file(path, Choices(missing="drop"))
    assert (report.n_rows, report.dataset.recordings[0].signal.shape[0]) == (600, 549)


def test_sheet_without_a_signal_is_passed_over_unless_it_is_named(tmp_path):
    path = tmp_path / "d.xlsx"
    readme = rows_of(["Project", "X"], ["Subjects", 3], ["Rate", 25], ["2024"])
    workbook(path, {"Readme": readme, "Data": signals(), "More": signals(2)})
    report = inspect_file(path)
    assert len(report.dataset.recordings) == 3
    assert "sheet 'Data' is read; there are also Readme, More" in map(str, report.notes)
    assert [c.name for c in inspect_file(path, Choices(sheet="Readme")).columns] == ["Project", "X"]
    workbook(path, {"Readme": readme, "Empty": readme})
    assert [column.name for column in inspect_file(path).columns] == ["Project", "X"]
