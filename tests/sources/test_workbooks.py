"""XLSX: cells keep their types, and what a spreadsheet hides is refused with its place."""

from __future__ import annotations

import sys
import zipfile
from datetime import date, datetime, time

import openpyxl
import pyarrow as pa
import pytest

from cxmetrics.errors import ColumnError, DataError, UsageError
from cxmetrics.sources import read_file


@pytest.fixture
def saved(tmp_path):
    """Write sheets, each a list of rows; formulas get no result, as from any library."""

    def save(*sheets, change=None, name="a.xlsx"):
        book = openpyxl.Workbook()
        book.remove(book.active)
        for number, rows in enumerate(sheets, 1):
            sheet = book.create_sheet(f"Sheet {number}")
            for row in rows:
                sheet.append(row)
        if change:
            change(book)
        path = tmp_path / name
        book.save(path)
        return path

    return save


def test_cells_keep_their_types(saved):
    rows = [
        ["wave", "score", "ok", "day", "at", "shop", "clock", "weight"],
        [2026, 9, True, date(2026, 3, 1), datetime(2026, 3, 1, 9, 30), "Lyon", time(9, 30), 0.5],
        [2025, None, None, None, None, None, None, 1],
    ]
    found = read_file(saved(rows), numeric=["score", "weight"])
    assert found.table.to_pydict() == {
        "wave": [2026, 2025],
        "score": [9, None],
        "ok": [True, None],
        "day": [date(2026, 3, 1), None],
        "at": [datetime(2026, 3, 1, 9, 30), None],
        "shop": ["Lyon", None],
        "clock": ["09:30:00", None],
        "weight": [0.5, 1.0],
    }
    assert found.table["score"].type == pa.int64()
    assert (found.notes, found.place(1)) == ((), "row 3")


def test_blank_rows_are_no_answers_and_places_are_those_of_the_sheet(saved):
    path = saved([[], [], ["shop", "score"], ["a", 9], [], ["b", "x"]])
    with pytest.raises(ColumnError, match=r"'x' on row 6: a text"):
        read_file(path, numeric=["score"])
    assert read_file(path, numeric=["score"], missing=["x"]).table["score"].to_pylist() == [9, None]


def test_a_blank_cell_in_a_sheet_of_one_column_is_a_missing_answer(saved):
    assert read_file(saved([["score"], [9], [None], [8]])).table["score"].to_pylist() == [
        9,
        None,
        8,
    ]


def test_a_number_typed_as_text_is_no_number(saved):
    with pytest.raises(ColumnError, match=r"'9' on row 2: a text, no number"):
        read_file(saved([["score"], ["9"]]), numeric=["score"])


def test_a_date_is_no_number(saved):
    with pytest.raises(ColumnError, match="date, no number"):
        read_file(saved([["score"], [date(2026, 1, 9)]]), numeric=["score"])


def test_the_sheet_is_chosen_and_said(saved):
    path = saved([], [["a"], [1]], [["b"], [2]])
    found = read_file(path)
    assert found.table.column_names == ["a"]
    assert found.notes == ("read the sheet 'Sheet 2', not 'Sheet 3'",)
    assert read_file(path, sheet="Sheet 3").table.column_names == ["b"]
    with pytest.raises(UsageError, match="did you mean 'Sheet 3'"):
        read_file(path, sheet="sheet 3")


def test_a_hidden_sheet_is_read_only_when_it_is_named(saved):
    def hide(book):
        book["Sheet 1"].sheet_state = "hidden"

    path = saved([["a"], [1]], [["b"], [2]], change=hide)
    assert read_file(path).table.column_names == ["b"]
    assert read_file(path, sheet="Sheet 1").table.column_names == ["a"]


def test_only_a_workbook_has_sheets(tmp_path):
    (tmp_path / "a.csv").write_text("a\n1\n")
    with pytest.raises(UsageError, match="only a workbook has sheets"):
        read_file(tmp_path / "a.csv", sheet="x")


def test_an_error_is_refused_though_the_reader_of_workbooks_takes_it_for_blank(saved):
    def spoil(book):
        cell = book["Sheet 1"]["B3"]
        cell.value, cell.data_type = "#DIV/0!", "e"

    path = saved([["shop", "score"], ["a", 9], ["b", None]], change=spoil)
    with pytest.raises(DataError, match=r"the cell B3 of the sheet 'Sheet 1' holds the error #DIV"):
        read_file(path, numeric=["score"])
    assert read_file(path, columns=["shop"]).rows == 2  # it is in no column that is read


def test_a_formula_without_its_result_is_refused(saved):
    path = saved([["shop", "score"], ["a", "=4+5"]])
    with pytest.raises(DataError, match=r"the cell B2 .* a formula without its result"):
        read_file(path)


def test_a_formula_with_its_result_is_a_value(saved, tmp_path):
    source = saved([["shop", "score", "note"], ["a", "=4+5", '=""']])
    path = tmp_path / "computed.xlsx"
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(path, "w") as new:
        for member in old.namelist():
            xml = old.read(member)
            if member.endswith("sheet1.xml"):
                xml = xml.replace(b"<f>4+5</f><v />", b"<f>4+5</f><v>9</v>")
                xml = xml.replace(b'<c r="C2">', b'<c r="C2" t="str">')
            new.writestr(member, xml)
    assert read_file(path).table.to_pydict() == {"shop": ["a"], "score": [9], "note": [None]}


def test_merged_cells_are_refused_where_they_touch_the_table(saved):
    rows = [["shop", "score", "remark"], ["a", 9, None], [None, 8, None]]
    path = saved(rows, change=lambda book: book["Sheet 1"].merge_cells("A2:A3"))
    with pytest.raises(DataError, match=r"A2:A3 are merged.*[Uu]nmerge"):
        read_file(path)
    assert read_file(path, columns=["score"]).rows == 2
    title = saved(
        [["Our year"], ["shop", "score"], ["a", 9]],
        change=lambda book: book["Sheet 1"].merge_cells("A1:B1"),
    )
    with pytest.raises(DataError, match=r"A1:B1 are merged.*title"):
        read_file(title)


def test_names(saved):
    found = read_file(saved([[2026, None, "b", None], [1, 2, 3, None]]))
    assert found.table.column_names == ["2026", "column 2", "b"]
    assert found.notes == ("column 2 has no name; it is called 'column 2'",)
    with pytest.raises(DataError, match="two columns called 'a'"):
        read_file(saved([["a", "a"], [1, 2]]))


def test_mixed_kinds_are_texts_and_dates_beside_instants_are_instants(saved):
    rows = [["label", "at"], [1, date(2026, 3, 1)], ["1b", datetime(2026, 3, 1, 9)]]
    found = read_file(saved(rows))
    assert found.table["label"].to_pylist() == ["1", "1b"]
    assert found.table["at"].to_pylist() == [datetime(2026, 3, 1), datetime(2026, 3, 1, 9)]
    assert found.notes == ("column 'label' mixes kinds of values: all are read as texts",)


def test_no_table(saved, tmp_path):
    with pytest.raises(DataError, match="is empty"):
        read_file(saved([]))
    with pytest.raises(DataError, match="no rows"):
        read_file(saved([["a", "b"]]))


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"score\n9\n", "no XLSX workbook"),
        (b"PK\x03\x04 cut", "no XLSX workbook"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "encrypted, or of the format of before"),
    ],
)
def test_what_is_no_workbook(tmp_path, content, says):
    path = tmp_path / "a.xlsx"
    path.write_bytes(content)
    with pytest.raises(DataError, match=says):
        read_file(path)


def test_another_zip_is_no_workbook(tmp_path):
    path = tmp_path / "a.xlsx"
    with zipfile.ZipFile(path, "w") as packed:
        packed.writestr("hello.txt", "no")
    with pytest.raises(DataError, match="no workbook that can be read"):
        read_file(path)


def test_a_bomb_is_not_unpacked(tmp_path, monkeypatch):
    path = tmp_path / "a.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("xl/worksheets/sheet1.xml", bytes(3 << 20))
    monkeypatch.setattr("cxmetrics.sources.files.workbook._MOST", 1 << 20)
    with pytest.raises(DataError, match="unpacks to 3 MiB"):
        read_file(path)


def test_without_the_package_it_says_what_to_install(saved, monkeypatch):
    path = saved([["a"], [1]])
    monkeypatch.setitem(sys.modules, "python_calamine", None)
    with pytest.raises(UsageError, match=r'pip install "cxmetrics\[xlsx\]"'):
        read_file(path)


def test_the_command_line_measures_a_workbook(saved):
    from click.testing import CliRunner

    from cxmetrics.cli.app import app

    path = saved([["shop", "score"], *[["Lyon", score] for score in (9, 10, 3, 7)]])
    asked = ["measure", str(path), "--metric", "nps", "--rating", "score", "--format", "json"]
    result = CliRunner().invoke(app, asked)
    assert result.exit_code == 0, result.output
    assert '"value": 25.0' in result.output
