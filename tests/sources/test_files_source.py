"""The built-in source of files: columns become fields, and nothing is guessed."""

from __future__ import annotations

import gzip
import json
from datetime import UTC, datetime
from typing import ClassVar

import openpyxl
import pyarrow as pa
import pytest
from pyarrow import parquet as pq

import cxmetrics as cx
from cxmetrics.errors import ConfigError, DataError, DriftError
from cxmetrics.records import Response
from cxmetrics.sources._base import STREAMS, Since
from cxmetrics.sources.catalogue.files import Files
from cxmetrics.sources.config import configure
from cxmetrics.testing import SourceSuite

WIDE = (
    "resp;recommend;sat;note;day;area;sex\n"
    "1;9;5;très bien;2026-03-01 10:00;FR;\n"
    "2;;x;bien;2026-03-02 10:00;FR;f\n"
    "3;3;3;;;DE;f\n"
)
ASKED = {
    "columns": "id=resp,answered_at=day,verbatim=note",
    "ratings": "nps=recommend,csat=sat",
    "scales": "nps=0:10,csat=1:5",
    "dims": "country=area,sex",
    "zone": "Europe/Paris",
}


@pytest.fixture
def written(tmp_path):
    def write(content, name="answers.csv"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


def feed(path, **given):
    return configure(Files, {"path": str(path), **given}, environ={})


def walked(feed, stream="responses", since=None):
    return list(feed.source.pages(None, stream, since or Since()))


def records(feed, stream="responses"):
    """Return the valid records of a file, built as the walk does."""
    rows = [row for page in walked(feed, stream) for row in page.records]
    reads = [feed.source.read(stream, row, {}) for row in rows]
    return [STREAMS[stream](**record) for read in reads for record in read.records]


def test_several_rating_columns_become_one_response_each(written):
    found = feed(written(WIDE), **ASKED)
    rows = [row for page in walked(found) for row in page.records]
    assert [row["place"] for row in rows] == ["line 2", "line 3", "line 4"]
    first = found.source.read("responses", rows[0], {})
    shared = {
        "answered_at": datetime(2026, 3, 1, 9, tzinfo=UTC),
        "dims": {"country": "FR"},
    }
    assert first.id == "1"
    assert list(first.records) == [
        shared
        | {"id": "1:nps", "question": "nps", "scale": "0:10", "rating": 9, "verbatim": "très bien"},
        # one comment for several ratings goes with the first, so that no word counts twice
        shared | {"id": "1:csat", "question": "csat", "scale": "1:5", "rating": 5},
    ]
    second = found.source.read("responses", rows[1], {})
    assert [record["rating"] for record in second.records] == [None, "x"]  # "x" is refused alone


def test_a_refused_row_keeps_its_values_and_its_line(written):
    found = feed(written(WIDE.replace("2026-03-02 10:00", "02/03/2026")), **ASKED)
    row = walked(found)[0].records[1]
    assert (row["place"], row["values"]["day"]) == ("line 3", "02/03/2026")
    assert json.loads(json.dumps(row)) == row
    with pytest.raises(DataError, match="the column 'day'") as caught:
        found.source.read("responses", row, {})
    assert "02/03/2026" not in str(caught.value)


def test_other_forms_of_times_are_declared(written):
    path = written("id,at,score\n1,02/03/2026 10:00,9\n")
    given = {"columns": "id=id,answered_at=at,rating=score", "scale": "0:10"}
    found = records(feed(path, **given, zone="Europe/Paris", date_format="%d/%m/%Y %H:%M"))
    assert found[0].answered_at == datetime(2026, 3, 2, 9, tzinfo=UTC)
    naive = feed(written("id,at,score\n1,2026-03-02 10:00,9\n"), **given)
    with pytest.raises(DataError, match="declare the zone"):
        records(naive)


def test_one_comment_column_a_question(written):
    path = written("id,n,c,why_n,why_c\n1,9,4,fast,kind\n")
    given = {"columns": "id=id", "ratings": "nps=n,csat=c", "scales": "nps=0:10,csat=1:5"}
    found = records(feed(path, **given, comments="nps=why_n,csat=why_c"))
    assert [(r.question, r.verbatim) for r in found] == [("nps", "fast"), ("csat", "kind")]


def test_codes_constants_and_missing(written):
    path = written("id,mood\n1,Good\n2,Bad\n3,n/a\n4,Odd\n")
    given = {"columns": "id=id,rating=mood", "scale": "0:1", "codes": "Good=1,Bad=0"}
    found = feed(path, **given, missing="n/a", constants="touchpoint=chat,language=fr,wave=1")
    rows = walked(found)[0].records
    reads = [next(iter(found.source.read("responses", row, {}).records)) for row in rows]
    assert [record["rating"] for record in reads] == [1, 0, None, "Odd"]
    assert (reads[0]["touchpoint"], reads[0]["dims"]) == ("chat", {"wave": "1"})


def test_decimal_commas_weights_and_a_scale_in_a_column(written):
    path = written("id;score;s;w\n1;4,5;1:5:0.5;0,8\n")
    columns = "id=id,rating=score,scale=s,weight=w"
    found = records(feed(path, columns=columns, decimal=","))
    assert (found[0].rating, found[0].scale.step, found[0].weight) == (4.5, 0.5, 0.8)


def test_ids_are_texts_and_may_span_columns(written):
    path = written("resp,wave,score\n007,2026,9\n008,2026,8\n")
    found = records(feed(path, columns="id=resp+wave,rating=score", scale="0:10"))
    assert [r.id for r in found] == ["007+2026", "008+2026"]


def test_a_second_row_of_one_id_is_refused_not_merged(written):
    path = written("resp,score\n1,9\n1,8\n")
    found = feed(path, columns="id=resp,rating=score", scale="0:10")
    first, second = walked(found)[0].records
    assert found.source.read("responses", first, {}).id == "1"
    with pytest.raises(DataError, match="same id"):
        found.source.read("responses", second, {})


def test_with_a_stamp_two_rows_of_one_id_are_two_versions(written):
    path = written("resp,score,upd\n1,9,2026-03-01T00:00Z\n1,8,2026-03-02T00:00Z\n")
    found = feed(path, columns="id=resp,rating=score,updated_at=upd", scale="0:10")
    reads = [found.source.read("responses", row, {}) for row in walked(found)[0].records]
    assert [read.updated_at.day for read in reads] == [1, 2]


def test_a_blank_id_is_refused(written):
    found = feed(written("resp,score\n,9\n"), columns="id=resp,rating=score", scale="0:10")
    with pytest.raises(DataError, match="'resp' is blank"):
        records(found)


def test_without_an_id_rows_are_told_by_content_only_when_asked(written):
    path = written("score,shop\n9,a\n9,a\n8,b\n")
    given = {"columns": "rating=score", "scale": "0:10", "dims": "shop"}
    with pytest.raises(ConfigError, match=r"corrected counts as another"):
        feed(path, **given)
    ids = [r.id for r in records(feed(path, **given, by_content="true"))]
    assert len(set(ids)) == 3
    assert ids[1] == f"{ids[0]}-2"
    again = records(feed(written("score,shop\n8,b\n9,a\n9,a\n"), **given, by_content="true"))
    assert {r.id for r in again} == set(ids)


def test_a_file_that_has_not_changed_brings_nothing(written):
    path = written(WIDE)
    found = feed(path, **ASKED)
    last = walked(found)[-1].records[-1]
    mark = found.source.read("responses", last, {}).mark
    assert [page.records for page in walked(found, since=Since(mark=mark))] == [[last]]
    before = found.source.filters("responses")
    assert feed(path, **ASKED).source.filters("responses") == before
    path.write_text(WIDE.replace("9;5", "8;5"))
    assert feed(path, **ASKED).source.filters("responses") != before
    path.write_text(WIDE)
    other = feed(path, **{**ASKED, "dims": "sex"})
    assert other.source.filters("responses") != before


def test_a_walk_goes_on_after_the_row_it_stopped_at(written, monkeypatch):
    monkeypatch.setattr("cxmetrics.sources.catalogue.files._BLOCK", 3)
    rows = "".join(f"{at},{at % 11}\n" for at in range(10))
    found = feed(written("id,score\n" + rows), columns="id=id,rating=score", scale="0:10")
    pages = walked(found)
    assert [len(page.records) for page in pages] == [3, 3, 3, 1]
    rest = walked(found, since=Since(resume=pages[1].cursor))
    assert [page.records for page in rest] == [page.records for page in pages[2:]]
    later = walked(found, since=Since(mark=5))
    assert [row["number"] for page in later for row in page.records] == [5, 6, 7, 8, 9, 10]


@pytest.mark.parametrize(
    ("cell", "read"),
    [
        ("'=cmd|' /c calc'!A1", "=cmd|' /c calc'!A1"),
        ("'+33 1 99 00 12 12", "+33 1 99 00 12 12"),
        ("'-5", "-5"),
        ("'@you", "@you"),
        ("'tis fine", "'tis fine"),
        ("''=1", "'=1"),
        ("=1+1", "=1+1"),
    ],
)
def test_the_guard_against_formulas_is_taken_off(written, cell, read):
    path = written(f'id,score,note\n1,9,"{cell}"\n')
    given = {"columns": "id=id,rating=score,verbatim=note", "scale": "0:10"}
    assert records(feed(path, **given))[0].verbatim == read


def test_only_texts_for_spreadsheets_have_a_guard(written):
    given = {"columns": "id=id,rating=score,verbatim=note", "scale": "0:10"}
    line = json.dumps({"id": "1", "score": 9, "note": "'=1"}).encode()
    for path, told in (
        (written(gzip.compress(line), "a.jsonl.gz"), {}),
        (written(line, "a.txt"), {"file_format": "jsonl"}),
    ):
        assert records(feed(path, **given, **told))[0].verbatim == "'=1"


def test_typed_formats_agree_with_csv(written, tmp_path):
    given = {
        "columns": "id=id,rating=score,answered_at=at,customer=who",
        "scale": "0:10",
        "dims": "vip",
        "zone": "UTC",
    }
    rows = [
        {"id": 1, "score": 9, "at": datetime(2026, 3, 1, 9), "who": 12, "vip": True},
        {"id": 2, "score": None, "at": None, "who": None, "vip": None},
    ]
    csv = written("id,score,at,who,vip\n1,9,2026-03-01T09:00:00,12,true\n2,,,,\n")
    lines = [json.dumps(row, default=datetime.isoformat) for row in rows]
    jsonl = written("\n".join(lines), "a.jsonl")
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "a.parquet")
    book = openpyxl.Workbook()
    book.active.append(list(rows[0]))
    for row in rows:
        book.active.append(list(row.values()))
    book.save(tmp_path / "a.xlsx")
    expected = records(feed(jsonl, **given))
    assert expected[0].customer == "12"
    assert expected[0].dims["vip"] is True
    for other in (tmp_path / "a.parquet", tmp_path / "a.xlsx"):
        assert records(feed(other, **given)) == expected
    found = records(feed(csv, **given))
    assert found[0].dims["vip"] == "true"  # a CSV has no types
    assert [(r.id, r.rating, r.answered_at, r.customer) for r in found] == [
        (r.id, r.rating, r.answered_at, r.customer) for r in expected
    ]


MAPPING = """
zone = "Europe/Paris"
dims = ["country"]

[responses]
scale = "0:10"
[responses.columns]
id = "resp"
customer = "client"
[responses.ratings]
nps = "score"

[customers.columns]
id = "client"
since = "joined"
"""


def test_a_mapping_file_may_hold_several_streams(written):
    path = written("resp,client,score,country,joined\nr1,c1,9,FR,2025-01-01\n")
    mapping = written(MAPPING, "mapping.toml")
    found = feed(path, mapping=str(mapping))
    assert [stream.name for stream in found.streams] == ["responses", "customers"]
    assert records(found)[0].customer == "c1"
    customer = records(found, "customers")[0]
    assert (customer.id, customer.dims) == ("c1", {"country": "FR"})
    assert customer.since == datetime(2024, 12, 31, 23, tzinfo=UTC)
    only = feed(path, mapping=str(mapping), rows="customers", dims="resp")
    assert records(only, "customers")[0].dims == {"resp": "r1"}


def test_a_json_mapping_is_the_same(written):
    path = written("resp,score\nr1,9\n")
    told = {"columns": {"id": "resp", "rating": "score"}, "scale": "0:10"}
    mapping = written(json.dumps(told), "mapping.json")
    assert records(feed(path, mapping=str(mapping)))[0].rating == 9


def test_every_stream_can_come_from_a_file(written):
    path = written("id,c,t,at,sent,kind,value,ok\n1,c1,shop,2026-03-01,2026-03-01,churn,1,yes\n")
    for name, columns in {
        "customers": "id=id,since=at",
        "interactions": "id=id,customer=c,touchpoint=t,at=at",
        "invitations": "id=id,customer=c,survey=t,sent_at=sent,delivered=ok",
        "outcomes": "id=id,customer=c,kind=kind,value=value,at=at",
    }.items():
        (record,) = records(feed(path, rows=name, columns=columns, zone="UTC"), name)
        assert record.id == "1"


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"columns": "rating=score", "scale": "0:10"}, "which column tells the rows apart"),
        ({"columns": "id=id,rating=score"}, "never guessed from the answers"),
        ({"columns": "id=id"}, "name the column of ratings"),
        ({"columns": "id=id,rateing=score"}, "did you mean 'rating'"),
        ({"columns": "id=id,rating=score", "scale": "ten"}, "not a scale"),
        ({"columns": "id=id", "ratings": "nps=score", "scales": "npt=0:10"}, "did you mean 'nps'"),
        ({"columns": "id=id", "rows": "customers", "scale": "0:10"}, "belong to responses"),
        ({"columns": "id=id", "rows": "interactions"}, "needs customer, touchpoint, at"),
        (
            {"columns": "id=id,rating=score", "scale": "0:10", "mapping": "none.toml"},
            "can't be read",
        ),
    ],
)
def test_a_mapping_that_makes_no_sense_says_what_to_do(written, given, says):
    with pytest.raises(ConfigError, match=says):
        feed(written("id,score\n1,9\n"), **given)


def test_a_file_that_is_not_as_mapped(written, tmp_path):
    given = {"columns": "id=id,rating=score", "scale": "0:10"}
    with pytest.raises(ConfigError, match="did you mean 'scores'"):
        walked(feed(written("id,scores\n1,9\n"), **given))
    with pytest.raises(ConfigError, match="no file"):
        walked(feed(tmp_path / "none.csv", **given))
    with pytest.raises(DriftError, match="line 3"):
        walked(feed(written("id,score\n1,9\n2\n"), **given))


def test_the_key_holds_no_folder(written):
    given = {"columns": "id=id,rating=score", "scale": "0:10"}
    path = written("id,score\n1,9\n")
    assert feed(path, **given).key == "files:answers.csv"
    assert feed(path, **given, name="wave 1").key == "files:wave 1"


def test_it_is_built_in():
    from cxmetrics.plugins import registry

    assert registry.find("source", "files") is Files


# -- into a store ----------------------------------------------------------------------------------


@pytest.fixture
def store(tmp_path):
    (tmp_path / "kept").mkdir(mode=0o700)
    with cx.open_store(tmp_path / "kept" / "store.db") as opened:
        yield opened


ROWS = "id,score,note\n" + "".join(f"a{at},{at % 11},word {at}\n" for at in range(50))
GIVEN = {"columns": "id=id,rating=score,verbatim=note", "scale": "0:10"}


def test_an_unchanged_file_brings_nothing_and_a_changed_one_only_changes(written, store):
    path = written(ROWS)
    (first,) = store.pull(feed(path, **GIVEN)).streams
    assert (first.status, first.changes.new) == ("complete", 50)
    (again,) = store.pull(feed(path, **GIVEN)).streams
    assert (again.status, again.changes.new, again.changes.changed) == ("complete", 0, 0)
    assert again.objects == 1  # the last row only
    path.write_text(ROWS.replace("a7,7,", "a7,0,") + "a50,3,new\n")
    (changed,) = store.pull(feed(path, **GIVEN)).streams
    assert (changed.changes.new, changed.changes.changed, changed.changes.unchanged) == (1, 1, 49)
    assert {r.id: r.rating for r in store.batch(Response)}["a7"] == 0


def test_rows_that_left_the_file_are_gone_after_a_full_pull(written, store):
    path = written(ROWS)
    store.pull(feed(path, **GIVEN))
    path.write_text(ROWS.replace("a9,9,word 9\n", ""))
    assert store.pull(feed(path, **GIVEN)).streams[0].changes.gone == 0
    (full,) = store.pull(feed(path, **GIVEN), full=True).streams
    assert (full.status, full.changes.gone) == ("complete", 1)


def test_refused_rows_are_kept_with_their_place_and_the_rest_is_stored(written, store):
    path = written(ROWS.replace("a3,3,", "a3,twelve,").replace("a4,", "a5,"))
    (told,) = store.pull(feed(path, **GIVEN)).streams
    assert (told.status, told.changes.new) == ("partial", 48)
    assert "rating must be a number" in told.reasons[0]
    assert "same id" in told.reasons[0]
    path.write_text(ROWS)
    (healed,) = store.pull(feed(path, **GIVEN)).streams
    assert len(store.batch(Response)) == 50
    assert healed.changes.new == 2


def test_a_store_exported_and_read_again_is_the_same(written, store, tmp_path):
    """Texts that a spreadsheet would run are marked on the way out, and the mark comes off."""
    notes = ["=1+1", "+33 1 99 00 12 12", "-5", "@you", "'tis", "'=x", "plain", "\tx"]
    rows = [{"id": f"a{at}", "score": 9, "note": note} for at, note in enumerate(notes)]
    store.pull(feed(written("\n".join(map(json.dumps, rows)), "a.jsonl"), **GIVEN))
    before = {r.id: r.verbatim for r in store.batch(Response)}
    assert list(before.values()) == notes
    made = store.export(tmp_path / "out", format="csv")
    assert "'=1+1" in made["responses"].read_text()
    columns = "id=id,rating=rating,scale=scale,verbatim=verbatim"
    again = records(feed(made["responses"], columns=columns))
    assert {r.id: r.verbatim for r in again} == before


def test_a_customer_on_many_rows_comes_once_and_two_versions_are_no_pair(
    written, store, monkeypatch
):
    monkeypatch.setattr("cxmetrics.sources.catalogue.files._BLOCK", 2)
    given = {"rows": "customers", "columns": "id=client", "dims": "country"}
    path = written("client,score,country\nc1,9,FR\nc2,3,DE\n" + "c1,4,FR\n" * 250)
    (told,) = store.pull(feed(path, **given)).streams
    assert (told.status, told.objects, told.changes.new) == ("complete", 2, 2)
    (told,) = store.pull(feed(path, **given)).streams
    assert (told.status, told.objects, told.changes.unchanged) == ("complete", 1, 1)
    path.write_text("client,score,country\nc1,9,FR\nc2,3,DE\nc1,4,DE\n")
    (told,) = store.pull(feed(path, **given)).streams
    assert (told.status, told.changes.refused) == ("partial", 1)


class TestFiles(SourceSuite):
    source = Files
    expect: ClassVar = {"responses": 6}

    @pytest.fixture(autouse=True)
    def _written(self, written):
        self.settings = {"path": str(written(WIDE.replace(";x;", ";2;"))), **ASKED}
