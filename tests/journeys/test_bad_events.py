"""What real logs hold and tidy examples do not: each case is defined, and nothing is lost."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from cxmetrics.batch import Batch
from cxmetrics.engines.instants import utc
from cxmetrics.errors import ColumnError, InvalidRecordsError, UsageError
from cxmetrics.journeys import dependence, durations, funnel, paths, transitions
from cxmetrics.records import Customer, Interaction, five_a

START = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)
PARIS = ZoneInfo("Europe/Paris")
FRAMES: list[Callable[[dict[str, Any]], Any]] = [dict, pd.DataFrame, pl.DataFrame, pa.table]


def codes(found: Any) -> list[str]:
    return [caution.code for caution in found.cautions]


def log(*events: tuple[Any, Any, Any]) -> dict[str, Any]:
    return {
        "customer": [event[0] for event in events],
        "stage": [event[1] for event in events],
        "at": [event[2] for event in events],
    }


@pytest.mark.parametrize("frame", FRAMES)
def test_unsorted_times_are_sorted(frame: Any) -> None:
    found = paths(frame(log(("a", "y", START + HOUR), ("a", "x", START))))
    assert found.path(0) == ("x", "y")
    assert found.rows.tolist() == [1, 0]


@pytest.mark.parametrize("frame", FRAMES)
def test_equal_times_keep_the_order_of_the_rows_with_a_caution(frame: Any) -> None:
    data = frame(log(("b", "z", START), ("a", "y", START), ("a", "x", START), ("a", "w", START)))
    found = paths(data)
    assert found.path(0) == ("y", "x", "w")
    assert codes(found) == ["SIMULTANEOUS"]
    assert "2 events happened at the same instant" in str(found)
    assert codes(found.flow()) == ["SIMULTANEOUS"]


@pytest.mark.parametrize("frame", FRAMES)
def test_times_without_a_zone_need_one(frame: Any) -> None:
    naive = frame(log(("a", "x", dt.datetime(2026, 7, 1, 12)), ("a", "y", dt.datetime(2026, 1, 1))))
    with pytest.raises(ColumnError, match="without a time zone: say where the clocks stood"):
        paths(naive)
    found = paths(naive, zone="Europe/Paris")
    assert found.times(0) == (
        dt.datetime(2025, 12, 31, 23, tzinfo=dt.UTC),
        dt.datetime(2026, 7, 1, 10, tzinfo=dt.UTC),
    )
    assert paths(naive, zone=PARIS).times(0) == found.times(0)
    with pytest.raises(UsageError, match="no time zone 'Paris'"):
        paths(naive, zone="Paris")


def test_mixed_zones_are_one_time_line_and_naive_ones_among_them_need_a_zone() -> None:
    tokyo = dt.timezone(9 * HOUR)
    mixed = log(("a", "y", START.astimezone(tokyo) + HOUR), ("a", "x", START))
    for frame in (dict, lambda data: pd.DataFrame(data, dtype=object)):
        assert paths(frame(mixed)).path(0) == ("x", "y")
    mixed["at"][1] = dt.datetime(2026, 1, 1, 0, 30)
    with pytest.raises(ColumnError, match=r"mixes moments with and without .* \(row 1 has none\)"):
        paths(mixed)
    assert paths(mixed, zone="UTC").times(0)[0] == START + HOUR / 2


@pytest.mark.parametrize(
    "zone", ["Europe/Paris", "America/St_Johns", "Asia/Kolkata", "Australia/Lord_Howe", "UTC"]
)
def test_what_clocks_show_becomes_utc_as_in_datetime(zone: str) -> None:
    clocks = ZoneInfo(zone)
    first = dt.datetime(2025, 1, 1)
    local = [first + minutes * dt.timedelta(minutes=10) for minutes in range(6 * 24 * 400)]
    found = utc(np.array(local, dtype="datetime64[us]").astype(np.int64), clocks)
    epoch = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
    truth = [(at.replace(tzinfo=clocks) - epoch) // dt.timedelta(microseconds=1) for at in local]
    assert found.tolist() == truth


def test_dates_are_midnights_and_texts_are_no_moments() -> None:
    days = log(("a", "y", dt.date(2026, 1, 2)), ("a", "x", dt.date(2026, 1, 1)))
    for frame in FRAMES:
        assert paths(frame(days), zone="UTC").times(0)[0] == START
    for wrong in ("2026-01-01", 1_767_225_600, 1.5):
        for frame in FRAMES:
            with pytest.raises(ColumnError, match="a moment is a datetime or a date"):
                paths(frame(log(("a", "x", wrong))))


@pytest.mark.parametrize("frame", [*FRAMES, lambda data: duckdb.from_arrow(pa.table(data))])
def test_events_without_customer_step_or_time_are_counted(frame: Any) -> None:
    data = log(
        ("a", "x", START),
        (None, "x", START),
        ("  ", None, START),
        ("b", None, START),
        ("b", " ", START),
        ("a", "y", None),
        ("a", "y", START + HOUR),
    )
    found = paths(frame(data))
    assert [found.path(i) for i in range(len(found))] == [("x", "y")]
    assert found.left_out == {"without a customer": 2, "without a step": 2, "without a time": 1}
    assert found.events + sum(found.left_out.values()) == 7
    assert codes(found) == ["INCOMPLETE_ROWS"]
    assert "5 of 7 events are in no path" in found.cautions[0].message
    assert "2 events left out: without a customer" in str(found)
    assert found.customers.tolist() == ["a"]
    assert found.rows.tolist() == [0, 6]


@pytest.mark.parametrize("missing", [None, float("nan"), pd.NA])
def test_numbered_customers_may_be_missing_too(missing: Any) -> None:
    data = log((7, "x", START), (missing, "x", START), (3, "y", START))
    frame = pd.DataFrame(data)
    for kind in (data, frame, frame.astype({"customer": "Int64"}), pl.from_pandas(frame[:0])):
        if isinstance(kind, pl.DataFrame):
            kind = pl.DataFrame({**data, "customer": [7, None, 3]})
        found = paths(kind)
        assert found.customers.tolist() == [3, 7]
        assert found.left_out == {"without a customer": 1}


@pytest.mark.parametrize("frame", FRAMES)
def test_an_unknown_stage_is_an_error_with_the_close_names_or_set_aside(frame: Any) -> None:
    data = frame(log(("a", "aware", START), ("a", "advocat", START + HOUR), ("b", "act", START)))
    with pytest.raises(ColumnError, match="first 'advocat'; did you mean 'advocate'"):
        paths(data, order=five_a)
    found = paths(data, order=five_a, unknown="set_aside")
    assert found.path(0) == ("aware",)
    assert found.left_out == {"at an undeclared step": 1}
    assert codes(found) == ["UNKNOWN_STAGE"]
    with pytest.raises(ColumnError, match="'stage' holds 1 step"):
        paths(data, stages={"aware": "early", "act": "late"})
    assert paths(data, stages={"aware": "early", "act": "late"}, unknown="set_aside").steps == (
        "early",
        "late",
    )


@pytest.mark.parametrize("frame", [dict, pd.DataFrame, pl.DataFrame])
def test_an_empty_log_has_no_paths(frame: Any) -> None:
    found = paths(frame(log()), order=five_a, gap=HOUR)
    if frame is pl.DataFrame:
        schema = {"customer": pl.String, "stage": pl.String, "at": pl.Datetime("us", "UTC")}
        found = paths(pl.DataFrame(schema=schema), order=five_a, gap=HOUR)
    assert (len(found), found.events, len(found.customers)) == (0, 0, 0)
    assert found.starts.tolist() == [0]
    assert found.until is None
    assert "0 paths of 0 customers" in str(found)
    assert len(found.variants()) == 0
    assert found.variants().smallest() == 0
    assert "0 variants" in str(found.variants())
    flow = found.flow()
    assert flow.counts.sum() == 0
    assert flow + flow == flow
    assert found.flows([]) == {}
    for made in (transitions(flow), dependence(flow), funnel(flow), durations(flow)):
        assert str(made)
        assert made.to_dict()
    assert found.collapsed().reversed().events == 0


def test_one_event_a_customer_goes_from_start_to_end() -> None:
    found = paths(log(*((i, "aware", START) for i in range(5))), order=five_a)
    flow = found.flow()
    assert found.lengths.tolist() == [1] * 5
    assert flow.counts[-1, 0] == flow.counts[0, -1] == flow.counts.sum() / 2 == 5
    assert codes(found) == []
    assert durations(flow).rows == ()


def test_a_cycle_of_a_thousand_repeats_is_kept() -> None:
    events = [("a", "xy"[i % 2], START + i * HOUR) for i in range(2_000)]
    events += [("b", "x", START + i * HOUR) for i in range(1_000)]
    found = paths(log(*events))
    flow = found.flow()
    assert found.lengths.tolist() == [2_000, 1_000]
    assert flow.counts.tolist() == [[999, 1_000, 1], [999, 0, 1], [2, 0, 0]]
    assert flow.repeated.tolist() == [2, 1]
    assert len(found.variants()) == 2
    assert found.collapsed().lengths.tolist() == [2_000, 1]


def test_calls_that_make_no_sense() -> None:
    data = log(("a", "x", START))
    with pytest.raises(UsageError, match="above 0, not 0:00:00"):
        paths(data, gap=dt.timedelta(0))
    with pytest.raises(UsageError, match="no way 'ignore'"):
        paths(data, unknown="ignore")  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="declared twice"):
        paths(data, order=["x", "x"])
    with pytest.raises(ColumnError, match="no column 'touchpoint'"):
        paths(data, step="touchpoint")
    with pytest.raises(ColumnError, match="differ in length"):
        paths({**data, "stage": []})
    with pytest.raises(UsageError, match="there is no path 1"):
        paths(data).path(1)
    with pytest.raises(UsageError, match="not of Customer records"):
        paths(Batch.of(Customer, []))
    with pytest.raises(UsageError, match="can't take columns from a int"):
        paths(3)
    with pytest.raises(ColumnError, match="can't name a group"):
        paths({**data, "customer": [["a"]]})


def test_a_store_hands_over_its_interactions() -> None:
    class Stored:
        def __cx_tally__(self, query: Any) -> Any:
            raise NotImplementedError

    with pytest.raises(UsageError, match=r"store\.batch\(Interaction\)"):
        paths(Stored())


def test_a_batch_with_offenders_is_looked_at_first() -> None:
    rows = [
        {"id": "1", "customer": "a", "touchpoint": "t", "stage": "x", "at": START},
        {"id": "2", "customer": "", "touchpoint": "t", "stage": "x", "at": START},
    ]
    batch = Batch.of(Interaction, rows)
    with pytest.raises(InvalidRecordsError):
        paths(batch)
    assert paths(batch.valid()).path(0) == ("x",)
    assert paths(batch.valid(), step="touchpoint").path(0) == ("t",)
