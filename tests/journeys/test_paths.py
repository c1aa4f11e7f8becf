"""Paths are what a loop over the rows makes of them, from every kind of data."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cxmetrics.batch import Batch
from cxmetrics.datasets import company
from cxmetrics.errors import UsageError
from cxmetrics.journeys import Paths, paths
from cxmetrics.journeys.ordering import ordered
from cxmetrics.records import Interaction, five_a, five_phases

START = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)
Log = dict[str, list[Any]]
Loop = Callable[[Log, dt.timedelta | None], list[Any]]


def said(found: Paths) -> list[tuple[Any, tuple[str, ...], list[int]]]:
    """Return customer, steps and rows of each path."""
    return [
        (
            found.customers[found.owner[i]],
            found.path(i),
            found.rows[found.starts[i] : found.starts[i + 1]].tolist(),
        )
        for i in range(len(found))
    ]


def expected(walked: list[Any]) -> list[tuple[Any, tuple[str, ...], list[int]]]:
    return [(who, tuple(e[2] for e in path), [e[1] for e in path]) for who, path in walked]


def made(seed: int, rows: int = 400, *, ties: bool = True) -> Log:
    rng = np.random.default_rng(seed)
    hours = rng.integers(0, 300, rows) if ties else rng.permutation(3 * rows)[:rows]
    return {
        "customer": [f"c{i}" for i in rng.integers(0, 40, rows)],
        "stage": [five_a.stages[i] for i in rng.integers(0, 5, rows)],
        "at": [START + hour * HOUR for hour in hours.tolist()],
    }


@st.composite
def logs(draw: st.DrawFn) -> Log:
    events = draw(
        st.lists(
            st.tuples(st.integers(0, 4), st.sampled_from("abc"), st.integers(0, 40)), max_size=40
        )
    )
    return {
        "customer": [f"c{c}" for c, _, _ in events],
        "stage": [stage for _, stage, _ in events],
        "at": [START + hour * HOUR for _, _, hour in events],
    }


@given(log=logs(), gap=st.sampled_from([None, 1, 5, 24]))
def test_a_loop_over_the_rows_makes_the_same_paths(log: Log, gap: int | None, loop: Loop) -> None:
    pause = None if gap is None else gap * HOUR
    found = paths(log, gap=pause)
    walked = loop(log, pause)
    assert said(found) == expected(walked)
    for i, (_, path) in enumerate(walked):
        assert list(found.times(i)) == [event[0] for event in path]
        open_ = pause is not None and max(log["at"]) - path[-1][0] < pause
        assert found.censored[i] == open_


def frames(log: Log) -> dict[str, Any]:
    table = pa.table(log)
    coded = pd.DataFrame(log).astype({"customer": "category", "stage": "category"})
    batch = [
        {"id": str(row), "touchpoint": "t", **dict(zip(log, values, strict=True))}
        for row, values in enumerate(zip(*log.values(), strict=True))
    ]
    return {
        "lists": log,
        "arrays": {
            name: np.array(
                [v.replace(tzinfo=None) for v in values] if name == "at" else values,
                dtype="datetime64[ms]" if name == "at" else object,
            )
            for name, values in log.items()
        },
        "pandas": pd.DataFrame(log),
        "pandas, objects": pd.DataFrame(log, dtype=object),
        "pandas, categories": coded,
        "pandas, arrow": table.to_pandas(types_mapper=pd.ArrowDtype),
        "polars": pl.DataFrame(log),
        "polars, another unit": pl.DataFrame(log).with_columns(
            pl.col("at").dt.cast_time_unit("ns")
        ),
        "polars, another zone": pl.DataFrame(log).with_columns(
            pl.col("at").dt.convert_time_zone("Asia/Tokyo")
        ),
        "polars, categories": pl.DataFrame(log).with_columns(
            pl.col("customer", "stage").cast(pl.Categorical)
        ),
        "polars, lazy": pl.LazyFrame(log),
        "pyarrow": table,
        "pyarrow, dictionaries": table.set_column(
            1, "stage", table["stage"].dictionary_encode()
        ).set_column(0, "customer", table["customer"].dictionary_encode()),
        "duckdb": duckdb.from_arrow(table),
        "batch of rows": Batch.of(Interaction, batch),
        "batch of columns": Batch.read(
            Interaction, pl.DataFrame(batch, schema_overrides={"at": pl.Datetime("us", "UTC")})
        ),
    }


@pytest.mark.parametrize("kind", frames(made(1, 3)))
def test_every_kind_of_data_gives_the_same_paths(kind: str, loop: Loop) -> None:
    log = made(7)
    found = paths(frames(log)[kind], gap=30 * HOUR, order=five_a, zone="UTC")
    assert said(found) == expected(loop(log, 30 * HOUR))
    assert found.steps == five_a.stages
    assert found.until == max(log["at"])
    assert found.codes.dtype == np.int8


@given(log=logs(), seed=st.integers(0, 99))
def test_the_order_of_rows_does_not_matter_where_times_differ(log: Log, seed: int) -> None:
    log["at"] = [at + row * HOUR / 1000 for row, at in enumerate(log["at"])]
    order = np.random.default_rng(seed).permutation(len(log["at"])).tolist()
    mixed = {name: [column[row] for row in order] for name, column in log.items()}
    first, second = paths(log, gap=5 * HOUR), paths(mixed, gap=5 * HOUR)
    assert (first.codes == second.codes).all()
    assert (first.at == second.at).all()
    assert (first.starts == second.starts).all()
    assert (first.customers[first.owner] == second.customers[second.owner]).all()


@pytest.mark.parametrize(
    "ids",
    [
        pytest.param(lambda i: i, id="numbers"),
        pytest.param(lambda i: i * 2**50 - 2**55, id="far apart"),
        pytest.param(lambda i: 2**39 - 7 * i**5, id="apart"),
        pytest.param(lambda i: 2**63 + i, id="unsigned"),
        pytest.param(lambda i: f"{i:03}", id="texts"),
        pytest.param(lambda i: dt.date(2026, 1, 1) + dt.timedelta(i), id="dates"),
    ],
)
@pytest.mark.parametrize("frame", [dict, pd.DataFrame, pl.DataFrame])
def test_customers_are_whatever_tells_them_apart(
    ids: Callable[[int], Any], frame: Callable[[Log], Any], loop: Loop
) -> None:
    log = made(3)
    log["customer"] = [ids(int(name[1:])) for name in log["customer"]]
    found = paths(frame(log), gap=20 * HOUR)
    assert [entry[1:] for entry in said(found)] == [
        entry[1:] for entry in expected(loop(log, 20 * HOUR))
    ]
    assert list(map(str, found.customers.tolist())) == list(map(str, sorted(set(log["customer"]))))


@pytest.mark.parametrize("size", [3, 2**20, 2**38])
@pytest.mark.parametrize("unit", [1, 1_000, 86_400_000_000])
@pytest.mark.parametrize("span", [1, 50, 10**9])
def test_events_are_sorted_by_owner_time_and_row(size: int, unit: int, span: int) -> None:
    rng = np.random.default_rng(size % 97 + unit % 89 + span % 83)
    at = rng.integers(0, min(span, 2**62 // unit), 5_000) * unit - 5 * unit
    for moments in (at, np.sort(at)):
        owner = rng.integers(0, size, 5_000)
        found = ordered(owner, size, moments)
        oracle = np.lexsort((moments, owner))
        assert (found.row(found.keys) == oracle).all()
        assert (found.keys >> found.bits == owner[oracle]).all()


def test_moments_too_far_apart_for_one_integer_are_sorted_too() -> None:
    rng = np.random.default_rng(4)
    at = rng.integers(0, 2_000, 5_000) * 2**50 + 1
    owner = rng.integers(0, 9, 5_000)
    found = ordered(owner, 9, at)
    assert (found.row(found.keys) == np.lexsort((at, owner))).all()


def test_a_journey_column_parts_paths_and_nothing_is_lost() -> None:
    log: Log = {
        "customer": ["a"] * 5,
        "journey": ["buy", "fix", "buy", None, "fix"],
        "stage": ["1", "2", "3", "4", "5"],
        "at": [START + hour * HOUR for hour in range(5)],
    }
    for data in (log, pd.DataFrame(log), pl.DataFrame(log)):
        found = paths(data, journey="journey")
        assert found.journey is not None
        assert list(zip(found.journey.tolist(), map(found.path, range(3)), strict=True)) == [
            ("buy", ("1", "3")),
            ("fix", ("2", "5")),
            (None, ("4",)),
        ]
        assert found.customers.tolist() == ["a"]


@pytest.mark.parametrize("apart", [1, 2**34, 2**45])
def test_customers_and_journeys_may_be_numbers_far_apart(apart: int) -> None:
    rng = np.random.default_rng(8)
    customer, case = rng.integers(0, 30, 2_000) * apart, rng.integers(0, 9, 2_000) * apart
    log = {
        "customer": customer,
        "case": case,
        "stage": rng.choice(["x", "y"], 2_000).tolist(),
        "at": np.arange(2_000).astype("datetime64[s]"),
    }
    found = paths(log, journey="case", zone="UTC")
    pairs = sorted(set(zip(customer.tolist(), case.tolist(), strict=True)))
    assert found.journey is not None
    owners = found.customers[found.owner].tolist()
    assert list(zip(owners, found.journey.tolist(), strict=True)) == pairs
    for i, (who, which) in enumerate(pairs):
        rows = np.flatnonzero((customer == who) & (case == which))
        assert (found.rows[found.starts[i] : found.starts[i + 1]] == rows).all()


def test_a_journey_record_keeps_its_own_events_and_declares_its_stages() -> None:
    log: Log = {
        "customer": ["a"] * 3,
        "journey": ["five_a", "other", None],
        "stage": ["act", "boarding", "x"],
        "at": [START] * 3,
    }
    found = paths(log, journey=five_a)
    assert found.path(0) == ("act",)
    assert found.declared
    assert found.left_out == {"of another journey": 2}


def test_touchpoints_may_be_told_as_stages() -> None:
    log: Log = {
        "customer": ["a"] * 3,
        "touchpoint": ["ad", "till", "ad"],
        "at": [START, START + HOUR, START + 2 * HOUR],
    }
    found = paths(log, step="touchpoint", stages={"ad": "aware", "till": "act"}, order=five_a)
    assert found.path(0) == ("aware", "act", "aware")
    assert found.collapsed().path(0) == ("aware", "act", "aware")


def test_where_keeps_rows() -> None:
    log = made(2)
    kept = paths(log, where={"stage": ["ask", "act"]})
    assert set(kept.steps) == {"ask", "act"}
    assert kept.events == sum(stage in {"ask", "act"} for stage in log["stage"])


@given(log=logs())
def test_folding_repeats_loses_no_path(log: Log) -> None:
    found = paths(log, gap=9 * HOUR)
    folded = found.collapsed()
    for i in range(len(found)):
        steps = found.path(i)
        kept = [step for at, step in enumerate(steps) if not at or steps[at - 1] != step]
        assert folded.path(i) == tuple(kept)
    assert (folded.collapsed().codes == folded.codes).all()


@given(log=logs())
def test_backwards_twice_is_forwards(log: Log) -> None:
    found = paths(log)
    back = found.reversed()
    assert [back.path(i) for i in range(len(back))] == [
        found.path(i)[::-1] for i in range(len(found))
    ]
    for i in range(len(found)):
        there, again = found.times(i), back.times(i)
        assert again == tuple(there[0] + (there[-1] - moment) for moment in there[::-1])
    assert (back.reversed().at == found.at).all()


@given(log=logs(), seed=st.integers(0, 9))
def test_some_of_the_paths(log: Log, seed: int) -> None:
    found = paths(log, gap=6 * HOUR)
    mask = np.random.default_rng(seed).random(len(found)) < 0.5
    some = found.only(mask)
    assert said(some) == [entry for entry, kept in zip(said(found), mask, strict=True) if kept]
    assert (some.censored == found.censored[mask]).all()


def test_a_mask_has_one_truth_a_path() -> None:
    found = paths(made(1))
    with pytest.raises(UsageError, match="one true or false a path"):
        found.only([True])
    with pytest.raises(UsageError, match="one true or false a path"):
        found.only(np.zeros(len(found), dtype=int))
    with pytest.raises(UsageError, match="one label a path"):
        found.flows(["x"])


def test_the_end_of_observation_censors_and_cuts() -> None:
    log: Log = {
        "customer": ["a", "b", "c"],
        "stage": ["x"] * 3,
        "at": [START, START + 5 * HOUR, START + 9 * HOUR],
    }
    found = paths(log, gap=4 * HOUR, until=START + 8 * HOUR)
    assert found.censored.tolist() == [False, True]
    assert found.left_out == {"after the end of observation": 1}
    assert [c.code for c in found.cautions] == ["CENSORED"]
    # at exactly the gap an event would still have been seen
    assert paths(log, gap=4 * HOUR, until=START + 9 * HOUR).censored.tolist() == [0, 0, 1]
    assert not paths(log).censored.any()


def test_the_company_walks_its_phases() -> None:
    found = paths(company().interactions, journey="case", order=five_phases, zone="UTC")
    assert found.journey is not None
    assert len(found) == len(set(company().interactions["case"].tolist()))
    assert "paths of 2,000 customers" in str(found)
    assert "<table>" in found._repr_html_()
    assert repr(found) == f"<Paths: {len(found)} of 2000 customers, {found.events} events>"
