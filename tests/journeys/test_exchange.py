"""Event logs out and in again, files of others, and files that are broken."""

from __future__ import annotations

import gzip
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cxmetrics.errors import ColumnError, DataError, UsageError
from cxmetrics.journeys import paths
from cxmetrics.journeys.eventlog import EventLog
from cxmetrics.journeys.exchange import read_event_log, write_event_log
from cxmetrics.journeys.xes import read_xes, write_xes

READS = {"xes": read_xes, "csv": read_event_log}
WRITES = {"xes": write_xes, "csv": write_event_log}

AT = datetime(2026, 3, 1, 9, tzinfo=UTC)
NAMES = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\ufffe\uffff")
    | st.sampled_from("\t\n\r\"<>&';,"),
    max_size=9,
).filter(lambda text: not any(ord(sign) < 32 and sign not in "\t\n\r" for sign in text))
ZONES = st.none() | st.builds(
    lambda minutes: timezone(timedelta(minutes=minutes)), st.integers(-720, 840)
)
TIMES = st.datetimes(timezones=ZONES)
VALUES = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False)
    | NAMES
    | TIMES
)


def same(first: Mapping[str, Sequence[Any]], second: Mapping[str, Sequence[Any]]) -> bool:
    """Equal in names, values and the types of the values."""

    def told(log: Mapping[str, Sequence[Any]]) -> Any:
        return {name: [(type(v), v) for v in values] for name, values in log.items()}

    return bool(told(first) == told(second))


@st.composite
def logs(draw: st.DrawFn, values: st.SearchStrategy[Any]) -> dict[str, list[Any]]:
    """Events case by case, with attributes of events and of cases."""
    blank = NAMES.filter(lambda text: bool(text.strip()))
    cases = draw(st.lists(blank, min_size=1, max_size=4, unique_by=str.strip))
    sizes = [draw(st.integers(1, 3)) for _ in cases]
    n = sum(sizes)
    column = st.lists(values, min_size=n, max_size=n)
    own = [draw(values) for _ in cases]
    return {
        "customer": [c for c, size in zip(cases, sizes, strict=True) for _ in range(size)],
        "touchpoint": draw(st.lists(NAMES, min_size=n, max_size=n)),
        "at": draw(st.lists(TIMES, min_size=n, max_size=n)),
        "channel": draw(column),
        "case:persona": [v for v, size in zip(own, sizes, strict=True) for _ in range(size)],
    }


def dropped(log: Mapping[str, Sequence[Any]]) -> dict[str, Sequence[Any]]:
    """Without the columns in which nothing is: XES has no place for them."""
    return {name: v for name, v in log.items() if any(x is not None for x in v)}


@given(log=logs(VALUES))
def test_xes_round_trip_is_lossless(log: dict[str, list[Any]], tmp_path_factory: Any) -> None:
    path = tmp_path_factory.getbasetemp() / "trip.xes"
    write_xes(log, path)
    assert same(read_xes(path), dropped(log))


@given(
    log=logs(
        st.none() | NAMES.filter(lambda text: bool(text.strip()) and not text.strip("-").isdigit())
    )
)
def test_csv_round_trip_is_lossless_for_texts(
    log: dict[str, list[Any]], tmp_path_factory: Any
) -> None:
    path = tmp_path_factory.getbasetemp() / "trip.csv"
    log["touchpoint"] = [f"at {text}" for text in log["touchpoint"]]
    log["customer"] = [f"c {text}" for text in log["customer"]]
    write_event_log(log, path)
    assert same(read_event_log(path, delimiter=","), log)


@pytest.mark.parametrize("kind", ["xes", "csv"])
@pytest.mark.parametrize("ending", ["", ".gz"])
def test_events_are_gathered_by_case_in_their_order(kind: str, ending: str, tmp_path: Path) -> None:
    log = {
        "customer": ["b", "a", "b", "a"],
        "touchpoint": ["shop", "web", "till", "web"],
        "at": [AT + timedelta(hours=k) for k in (3, 0, 1, 2)],
    }
    path = tmp_path / f"log.{kind}{ending}"
    WRITES[kind](log, path)
    assert (path.read_bytes()[:2] == b"\x1f\x8b") == bool(ending)
    found = READS[kind](path)
    assert found["customer"] == ["b", "b", "a", "a"]
    assert found["touchpoint"] == ["shop", "till", "web", "web"]
    hours = [(time - AT).seconds // 3600 for time in found["at"]]
    assert hours == [3, 1, 0, 2]
    assert [path.name] == [each.name for each in tmp_path.iterdir()], "nothing left behind"


@pytest.mark.parametrize("backend", ["pandas", "polars", "pyarrow"])
def test_frames_are_written_like_columns(backend: Any, tmp_path: Path) -> None:
    import narwhals as nw

    made = {"customer": ["a", "b"], "stage": ["use", "buy"], "at": [AT, AT], "felt": [1.5, None]}
    write_xes(made, tmp_path / "first.xes", activity="stage")
    frame = nw.from_dict(made, backend=backend).to_native()
    write_xes(frame, tmp_path / "second.xes", activity="stage")
    first, second = (read_xes(tmp_path / f"{n}.xes", activity="stage") for n in ("first", "second"))
    assert same(first, second)
    assert first["felt"] == [1.5, None]


def test_cases_come_in_the_order_of_their_first_events(tmp_path: Path) -> None:
    made = {"customer": np.array([2, 1, 2]), "touchpoint": ["a", "b", "c"], "at": [AT] * 3}
    write_xes(made, tmp_path / "log.xes")
    assert read_xes(tmp_path / "log.xes")["customer"] == ["2", "2", "1"]


def test_numpy_columns_and_roles(tmp_path: Path) -> None:
    made = {
        "who": np.array([1, 1, 2]),
        "what": np.array(["a", "b", "a"], dtype=object),
        "when": np.array(["2026-01-01", "2026-01-02", "NaT"], dtype="datetime64[us]"),
        "by": ["x", None, "y"],
    }
    path = tmp_path / "log.xes"
    write_xes(made, path, case="who", activity="what", at="when", resource="by")
    text = path.read_text()
    assert '<string key="org:resource" value="x"/>' in text
    assert "org.xesext" in text
    found = read_xes(path, case="who", activity="what", at="when", resource="by")
    assert list(found) == ["who", "what", "when", "by"]
    assert found["who"] == ["1", "1", "2"]
    assert found["when"] == [datetime(2026, 1, 1), datetime(2026, 1, 2), None]


FOREIGN = """<?xml version='1.0' encoding='UTF-8'?>
<log xes.version="1.0" xes.features="nested-attributes" {namespace}>
  <extension name="Concept" prefix="concept" uri="http://www.xes-standard.org/concept.xesext"/>
  <global scope="event"><string key="concept:name" value="UNKNOWN"/></global>
  <classifier name="Activity" keys="concept:name lifecycle:transition"/>
  <string key="concept:name" value="repairs"/>
  <event><string key="concept:name" value="loose"/></event>
  <trace>
    <event>
      <string key="concept:name" value="call"><string key="who" value="x"/></string>
      <date key="time:timestamp" value="2026-03-01T09:00:00.123456789+01:00"/>
      <string key="lifecycle:transition" value="start"/>
      <boolean key="solved" value="1"/><float key="cost" value="-INF"/>
      <float key="felt" value="nan"/>
      <list key="tags"><values><string key="t" value="a"/></values></list>
    </event>
    <event><string key="lifecycle:transition" value="complete"/></event>
    <string key="region" value="north"/>
  </trace>
  <trace><string key="concept:name" value="empty"/></trace>
  <trace><string key="concept:name" value="c"/><event><int key="n" value="2"/></event></trace>
  <trace><string key="concept:name" value="c"/><event><int key="n" value=" 3"/></event></trace>
  <comment/>
</log>"""


@pytest.mark.parametrize("namespace", ["", 'xmlns="http://www.xes-standard.org/"'])
def test_files_of_others(namespace: str, tmp_path: Path) -> None:
    path = tmp_path / "log.xes"
    path.write_text(FOREIGN.format(namespace=namespace))
    log = read_xes(path)
    assert log.attributes == {"concept:name": "repairs"}
    assert log["customer"] == ["trace 1", "trace 1", "c", "c"]
    assert log["touchpoint"] == ["call", None, None, None]
    assert log["at"][0].isoformat() == "2026-03-01T09:00:00.123456+01:00"
    assert log["case:region"] == ["north", "north", None, None]
    assert log["solved"] == [True, None, None, None]
    assert log["cost"][0] == -np.inf
    assert log["felt"] == [None] * 4
    assert log["n"] == [None, None, 2, 3]
    said = " ".join(log.notes)
    for words in (
        "3 attributes inside attributes or lists",
        "1 elements that are no XES",
        "1 events outside any trace",
        "1 traces without events",
        "1 traces without a name",
        "1 traces have a name that was there before",
        "1 times are cut to microseconds",
        "lifecycle:transition (complete, start)",
    ):
        assert words in said
    again = tmp_path / "again.xes"
    write_xes(log, again)
    assert same(read_xes(again), dropped(log))
    assert read_xes(again).attributes == log.attributes


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("<log><trace>", "line 1.*cut off"),
        ("", "no element found"),
        ("<html></html>", "begins with <html>"),
        ('<log>\n<trace>\n<int key="n" value="two"/></trace></log>', "line 3.*'two', no int"),
        ('<log><trace><date key="t" value="2026-03-01"/></trace></log>', "no date"),
        ('<log><trace><date key="t" value="2026-13-01T00:00:00"/></trace></log>', "no date"),
        ('<log><trace><boolean key="t" value="yes"/></trace></log>', "no boolean"),
        ('<log><trace><float key="t" value="1,5"/></trace></log>', "no float"),
        ('<log><int key="n" value="1"/><int key="n" value="2"/></log>', "comes twice in one log"),
        ('<log><int key="n"/></log>', "without a value"),
        ('<log><trace><int key="concept:name" value="1"/><event/></trace></log>', "no string"),
        (
            '<log><trace><id key="x" value=""/><event><id key="case:x" value=""/></event></trace>',
            "rename one",
        ),
        (
            '<log><trace><event><string key="customer" value="1"/></event></trace></log>',
            "an attribute 'customer' of its own",
        ),
        (
            '<!DOCTYPE log [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>\n<log/>',
            "line 1: a document type declaration",
        ),
        ('<!DOCTYPE log SYSTEM "file:///etc/passwd">\n<log/>', "a document type declaration"),
    ],
)
def test_broken_xes_says_where(text: str, words: str, tmp_path: Path) -> None:
    path = tmp_path / "log.xes"
    path.write_text(text)
    with pytest.raises(DataError, match=f"(?s)log.xes.*{words}"):
        read_xes(path)


def test_damaged_gzip_and_no_file(tmp_path: Path) -> None:
    path = tmp_path / "log.xes.gz"
    path.write_bytes(gzip.compress(b"<log>" + b" " * 5000 + b"</log>")[:-9])
    with pytest.raises(DataError, match="damaged gzip"):
        read_xes(path)
    with pytest.raises(UsageError, match="can't be read: No such file"):
        read_xes(tmp_path / "none.xes")
    with pytest.raises(UsageError, match="can't be written: No such file"):
        write_xes({"customer": ["a"], "touchpoint": ["x"], "at": [AT]}, tmp_path / "no" / "x.xes")


ROW: dict[str, list[Any]] = {"customer": ["a", "a"], "touchpoint": ["x", "y"], "at": [AT, AT]}


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        ({"customer": ["a", None]}, ColumnError, "1 events have no 'customer' .*index 1"),
        ({"customer": ["1", 1]}, ColumnError, "written alike"),
        ({"at": [AT, "2026-03-01"]}, ColumnError, "'2026-03-01' at index 1"),
        ({"case:age": [30, 31]}, DataError, "'case:age' differs .* case 'a'"),
        ({"note": ["ok", "a\x07b"]}, DataError, r"'note' holds 'a\\x07b' \(index 1\)"),
        ({"n": [1, 2**63]}, DataError, "64 bits"),
        ({"n": [1, 1j]}, DataError, "holds a complex"),
        ({"concept:name": ["p", "q"]}, ColumnError, "'touchpoint' is written as 'concept:name'"),
        ({"customer": [], "touchpoint": [], "at": []}, DataError, "no event to write"),
    ],
)
def test_what_xes_can_not_hold(
    change: dict[str, Any], error: type[Exception], words: str, tmp_path: Path
) -> None:
    path = tmp_path / "log.xes"
    path.write_text("before")
    with pytest.raises(error, match=words):
        write_xes({**ROW, **change}, path)
    assert path.read_text() == "before"
    assert len(list(tmp_path.iterdir())) == 1


def test_csv_says_line_and_what(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    path.write_text("case:concept:name,concept:name,time:timestamp\na,x,2026-03-01\na,y,soon\n")
    with pytest.raises(DataError, match="line 3: 'soon'"):
        read_event_log(path)
    path.write_text("case:concept:name,concept:name,time:timestamp\na,x,2026-03-01\n")
    assert read_event_log(path).notes == ("1 times are days without an hour, read as midnight",)
    path.write_text("case,activity,time:timestamp\na,x,2026-03-01\n")
    with pytest.raises(ColumnError, match="no column 'case:concept:name'"):
        read_event_log(path)
    with pytest.raises(DataError, match="NUL character at index 1"):
        write_event_log({**ROW, "note": ["a", "b\0"]}, path)


def test_a_column_that_is_not_there_says_the_close_one() -> None:
    with pytest.raises(ColumnError, match="did you mean 'customer'"):
        EventLog(columns=ROW)["custoner"]
    assert "custoner" not in EventLog(columns=ROW)


def test_one_column_has_one_part(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="two parts"):
        write_xes(ROW, tmp_path / "x.xes", activity="customer")


@pytest.mark.parametrize("kind", ["xes", "csv"])
@pytest.mark.parametrize("split", [None, "case"])
def test_paths_come_back_as_they_were(kind: str, split: str | None, tmp_path: Path) -> None:
    log = {
        "customer": ["b", "a", "b", "a", "b"],
        "stage": ["ask", "ask", "buy", "use", "ask"],
        "at": [AT + timedelta(days=k) for k in (0, 0, 1, 9, 30)],
        "case": ["j1", "j2", "j1", "j3", "j4"],
    }
    first = paths(log, journey=split, gap=timedelta(days=7))
    path = tmp_path / f"log.{kind}"
    WRITES[kind](first, path)
    again = READS[kind](path)
    second = paths(again, customer="case:customer", step="touchpoint", journey="customer")
    assert [first.path(k) for k in range(len(first))] == [
        second.path(k) for k in range(len(second))
    ]
    for name in ("codes", "at", "starts", "owner"):
        assert getattr(first, name).tolist() == getattr(second, name).tolist()
    assert second.customers.tolist() == ["a", "b"]
    if kind == "xes":
        told = dict(zip(again["customer"], again["case:censored"], strict=True))
        assert sum(told.values()) == first.censored.sum()
    with pytest.raises(DataError, match="no event to write"):
        WRITES[kind](first.only(np.zeros(len(first), dtype=bool)), path)
