"""Files: every reading is exact, or an error that says where and what to do."""

from __future__ import annotations

import gzip
import json
import sys
from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow import parquet as pq

from cxmetrics.errors import ColumnError, DataError, UsageError
from cxmetrics.sources import read_file
from cxmetrics.sources.files import delimited


@pytest.fixture
def written(tmp_path):
    def write(content: str | bytes, name: str = "a.csv") -> Path:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


def test_a_csv_keeps_integers_and_texts_apart(written):
    path = written(
        "wave,zip,day,version,score,weight\n"
        "2017,01234,2017-05-01,1.10,9,0.5\n"
        "2018,75001,2017-05-02,1.1,,1\n"
    )
    found = read_file(path, numeric=["score", "weight"])
    assert found.table.to_pydict() == {
        "wave": [2017, 2018],
        "zip": ["01234", "75001"],
        "day": ["2017-05-01", "2017-05-02"],
        "version": ["1.10", "1.1"],
        "score": [9, None],
        "weight": [0.5, 1.0],
    }
    assert found.table["score"].type == pa.int64()
    assert found.table["weight"].type == pa.float64()
    assert (found.rows, found.notes) == (2, ())


def test_integers_with_gaps_stay_integers_and_long_numbers_stay_texts(written):
    found = read_file(written("wave,id\n2017,12345678901234567890\n,1\n"))
    assert found.table.to_pydict() == {
        "wave": [2017, None],
        "id": ["12345678901234567890", "1"],
    }


def test_a_text_far_below_integers_keeps_the_column_text(written):
    path = written("a,b\n" + "1,2\n" * 5000 + "x,2\n")
    assert read_file(path).table["a"].to_pylist()[-2:] == ["1", "x"]


def test_quoted_numbers_are_just_numbers_in_a_csv(written):
    found = read_file(written('score\n"9"\n"10"\n'), numeric=["score"])
    assert found.table["score"].to_pylist() == [9, 10]


@pytest.mark.parametrize(
    ("sign", "word"), [(";", "semicolon"), ("\t", "tab"), ("|", "pipe"), (",", None)]
)
def test_the_delimiter_is_found_and_said(written, sign, word):
    path = written(f'id{sign}"how, likely; is|it"{sign}shop\n1{sign}9{sign}a\n')
    found = read_file(path)
    assert found.table.column_names == ["id", "how, likely; is|it", "shop"]
    assert found.notes == (() if word is None else (f"read as {word}-separated",))


def test_decimal_commas_below_a_semicolon_header_do_not_confuse_the_delimiter(written):
    found = read_file(written("a;b\n7,5;0,28\n"), numeric=["a", "b"], decimal=",")
    assert found.table.to_pydict() == {"a": [7.5], "b": [0.28]}


def test_two_equally_likely_delimiters_are_asked_about(written):
    with pytest.raises(UsageError, match=r"semicolon.*comma|comma.*semicolon") as caught:
        read_file(written("a,b;c\n1,2;3\n"))
    assert "--delimiter" in str(caught.value)
    assert read_file(written("a,b;c\n1,2;3\n"), delimiter="semicolon").table.num_columns == 2


def test_a_byte_order_mark_belongs_to_no_name(written):
    path = written(b"\xef\xbb\xbfscore\n9\n")
    assert read_file(path).table.column_names == ["score"]


def test_cp1252_is_an_error_with_a_place_and_a_hint_then_read(written):
    path = written("shop,score\nLyon,9\nOrléans,8\n".encode("cp1252"))
    with pytest.raises(DataError, match=r"not utf-8: byte 21 \(line 3\).*--encoding cp1252"):
        read_file(path)
    assert read_file(path, encoding="cp1252").table["shop"].to_pylist() == ["Lyon", "Orléans"]


def test_utf_16_is_named(written):
    path = written("score\n9\n".encode("utf-16"))
    with pytest.raises(DataError, match="--encoding utf-16"):
        read_file(path)
    assert read_file(path, encoding="utf-16", numeric=["score"]).table["score"].to_pylist() == [9]
    with pytest.raises(UsageError, match="no encoding 'utf-99'"):
        read_file(path, encoding="utf-99")


@pytest.mark.parametrize(
    ("value", "decimal", "says"),
    [
        ("7,5", None, "--decimal ,"),
        ("7.5", ",", "decimal sign is the comma"),
        ("1.234,5", None, "thousands"),
        ("1,234,567", None, "thousands"),
        ("n/a", None, "--missing n/a"),
        ("don't know", None, """--missing 'don'"'"'t know'"""),
        ("NaN", None, "--missing NaN"),
        ("inf", None, "--missing inf"),
        ("0x10", None, "no number"),
        ("1_000", None, "no number"),
        ("９", None, "no number"),
    ],
)
def test_what_is_no_number_is_shown_with_its_line(written, value, decimal, says):
    path = written(f'shop;score\na;9\n"b\nc";\n\nd;"{value}"\n')
    with pytest.raises(ColumnError) as caught:
        read_file(path, numeric=["score"], decimal=decimal)
    message = str(caught.value)
    assert "column 'score'" in message
    assert repr(value) in message
    assert "line 6" in message  # a quoted line break and a blank line are above it
    assert says in message


def test_the_lines_of_many_rows_are_found_once(written, monkeypatch):
    walks = []
    records = delimited._records
    monkeypatch.setattr(delimited, "_records", lambda *told: walks.append(1) or records(*told))
    found = read_file(written('shop,score\n"a\n",9\n\nb,8\n' + "c,7\n" * 50))
    walks.clear()
    assert [found.place(row) for row in range(3)] == ["line 2", "line 5", "line 6"]
    assert {found.place(row) for row in range(3, 52)} >= {"line 55"}
    assert len(walks) == 1


def test_declared_texts_and_blanks_are_missing_not_zero(written):
    path = written("score\n9\nn/a\n  \n+8\n05\n")
    found = read_file(path, numeric=["score"], missing=["n/a", 99])
    assert found.table["score"].to_pylist() == [9, None, None, 8, 5]


def test_a_blank_line_in_a_file_of_one_column_is_a_missing_answer(written):
    path = written("score\n9\n\n8\nx\n")
    with pytest.raises(ColumnError, match="line 5"):
        read_file(path, numeric=["score"])
    found = read_file(path, numeric=["score"], missing=["x"])
    assert found.table["score"].to_pylist() == [9, None, 8, None]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("", "empty"),
        (b"\xef\xbb\xbf\n \n", "empty"),
        ("a,b\n", "no rows"),
        ("a,b,a\n1,2,3\n", "two columns called 'a'"),
        ("a,b\n1,2\n3\n", r"line 3 has 1 columns, the header has 2"),
        ("\n\na,b\n1,2\n3,4,5\n", r"line 5 has 3 columns, the header has 2"),
        ('a,b\n1,2\n3,"4\n5,6\n', "after line 2.*quote"),
        (b"a,b\n1,\x00\n", r"NUL byte \(line 2\)"),
    ],
)
def test_a_broken_csv_says_what_and_where(written, content, says):
    with pytest.raises(DataError, match=says):
        read_file(written(content))


def test_a_lone_quote_inside_a_text_is_a_character(written):
    assert read_file(written('a,b\n5" pipe,2\n')).table["a"].to_pylist() == ['5" pipe']


def test_a_nameless_column_gets_a_name_that_is_said(written):
    found = read_file(written(",score\n0,9\n"))
    assert found.table.column_names == ["column 1", "score"]
    assert "column 1" in found.notes[0]


def test_only_the_columns_asked_for_are_read(written):
    found = read_file(written("a,b,c\n1,2,x\n"), columns=["c"], numeric=["a"])
    assert found.table.column_names == ["a", "c"]
    with pytest.raises(ColumnError, match="did you mean 'recommend'"):
        read_file(written("recommend,b\n1,2\n"), numeric=["recomend"])


def test_where_is_no_file(tmp_path, written):
    written("a\n1\n", "answers.csv")
    with pytest.raises(UsageError, match=r"Did you mean 'answers\.csv'"):
        read_file(tmp_path / "answer.csv")
    with pytest.raises(UsageError, match="folder"):
        read_file(tmp_path)
    with pytest.raises(UsageError, match=r"CSV UTF-8"):
        read_file(written("x", "a.xls"))
    with pytest.raises(UsageError, match="rename"):
        read_file(written("x", "answers"))
    assert read_file(written("a\n1\n", "answers"), format="csv").rows == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"format": "xml"},
        {"delimiter": ";;"},
        {"decimal": "'"},
        {"columns": "a"},
        {"missing": "n/a"},
    ],
)
def test_arguments_that_make_no_sense(written, wrong):
    with pytest.raises(UsageError):
        read_file(written("a\n1\n"), **wrong)


def test_gzip(written):
    packed = gzip.compress(b"score\n9\n")
    assert read_file(written(packed, "a.csv.gz")).table["score"].to_pylist() == [9]
    with pytest.raises(DataError, match="damaged gzip"):
        read_file(written(packed[:15], "b.csv.gz"))


LINES = '{"score": 9, "shop": "a", "day": "2025-01-01"}\n\n{"score": null, "w": 0.5}\n'


def test_json_lines_and_lists_give_the_same_columns(written):
    expected = {
        "score": [9, None],
        "shop": ["a", None],
        "day": ["2025-01-01", None],
        "w": [None, 0.5],
    }
    assert read_file(written(LINES, "a.jsonl")).table.to_pydict() == expected
    listed = json.dumps([json.loads(line) for line in LINES.split("\n") if line])
    assert read_file(written(listed, "a.json")).table.to_pydict() == expected


@pytest.mark.parametrize(
    ("content", "name", "says"),
    [
        (LINES + "{oops\n", "a.jsonl", "line 4"),
        (LINES + "[1]\n", "a.jsonl", "line 4.*list"),
        (LINES, "a.json", "jsonl"),
        ('{"a": 1}', "a.json", "list of objects"),
        ("[1]", "a.json", "entry 1"),
        ("[]", "a.json", "no rows"),
        ('{"score": NaN}', "a.jsonl", "line 1.*null"),
    ],
)
def test_broken_json_says_where(written, content, name, says):
    with pytest.raises(DataError, match=says):
        read_file(written(content, name))


@pytest.mark.parametrize(
    ("value", "says"),
    [('"9"', "'9' on line 3.*a text"), ("true", "bool"), ("[9]", "list"), ('{"v": 9}', "dict")],
)
def test_json_knows_what_is_a_number(written, value, says):
    path = written(f'{{"score": 9}}\n\n{{"score": {value}}}\n', "a.jsonl")
    with pytest.raises(ColumnError, match=says):
        read_file(path, numeric=["score"])


def test_json_missing_codes_mixed_kinds_and_nested_values(written):
    rows = [
        {"score": "n/a", "label": 1, "tags": [], "id": 2**70, "ok": True},
        {"score": 8, "label": "1b", "tags": None, "id": 1, "ok": False},
    ]
    path = written("\n".join(map(json.dumps, rows)), "a.jsonl")
    found = read_file(path, numeric=["score"], missing=["n/a"])
    assert found.table.to_pydict() == {
        "score": [None, 8],
        "label": ["1", "1b"],
        "id": [str(2**70), "1"],
        "ok": [True, False],
    }
    assert any("'label'" in note for note in found.notes)
    assert any("'tags'" in note and "left out" in note for note in found.notes)


def test_parquet_keeps_its_types(tmp_path):
    path = tmp_path / "a.parquet"
    table = pa.table({"score": [9.0, None], "text": ["9", " "], "wave": [2017, 2018]})
    pq.write_table(table, path)
    assert read_file(path, numeric=["score"]).table.equals(table)
    assert read_file(path, columns=["wave"]).table.column_names == ["wave"]
    with pytest.raises(ColumnError, match=r"'9' on row 1: a text"):
        read_file(path, numeric=["text"])
    coded = read_file(path, numeric=["text"], missing=["9"])
    assert coded.table["text"].to_pylist() == [None, None]


def test_parquet_that_is_none(written, tmp_path):
    with pytest.raises(DataError, match="no Parquet file"):
        read_file(written("score\n9\n", "a.parquet"))
    pq.write_table(pa.table({"a": pa.array([], pa.int64())}), tmp_path / "e.parquet")
    with pytest.raises(DataError, match="no rows"):
        read_file(tmp_path / "e.parquet")


def test_without_pyarrow_it_says_what_to_install(written, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(UsageError, match=r'pip install "cxmetrics\[cli\]"'):
        read_file(written("a\n1\n"))
