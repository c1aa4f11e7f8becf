"""A rule says the same of a row and of a column, whatever frame the column is in."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import attrs
import narwhals as nw
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from cxmetrics import rules
from cxmetrics.errors import RecordError
from cxmetrics.rules import Rule
from cxmetrics.scale import Scale, effort_one_to_five, zero_to_ten

quick = settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))

Column = dict[str, list[Any]]
BACKENDS: dict[str, Callable[[Column], Any]] = {
    "pandas": lambda columns: pd.DataFrame({k: pd.Series(v) for k, v in columns.items()}),
    "pandas with objects": lambda columns: pd.DataFrame(
        {k: pd.Series(v, dtype=object) for k, v in columns.items()}
    ),
    "polars": lambda columns: pl.DataFrame(columns, strict=True),
    "pyarrow": pa.table,
}

WORDS = ["", " ", "\t\n", "\x1c", "\u3000", "\u200b", "a", " a ", "fr", "fr-CA", "fr_CA", "fr\n"]
WORDS += ["français", "customer", "0:10", "1:5!", "0:x", "0:inf", "5:1", "zh-Hans-CN", "x"]
UNICODE = st.text(st.characters(exclude_categories=["Cs"]), max_size=4)
FLOATS = st.one_of(
    st.sampled_from([0.0, -0.0, 0.5, 1.0, 5.0, 11.0, float("nan"), float("inf"), float("-inf")]),
    st.floats(),
)
INTEGERS = st.integers(-(2**53), 2**53) | st.integers(-1, 12)
UTC_TIMES = st.datetimes(datetime(1990, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC))
PARIS = UTC_TIMES.map(lambda at: at.astimezone(ZoneInfo("Europe/Paris")))
NAIVE = st.datetimes(datetime(1990, 1, 1), datetime(2040, 1, 1))
# What a typed column can hold: one kind, with gaps.
KINDS = [st.sampled_from(WORDS) | UNICODE, FLOATS, INTEGERS, st.booleans(), UTC_TIMES, PARIS, NAIVE]


def column(cells: st.SearchStrategy[Any]) -> st.SearchStrategy[list[Any]]:
    return st.lists(st.none() | cells, min_size=1, max_size=8)


typed = st.one_of(*map(column, KINDS))
mixed = column(st.one_of(*KINDS, st.just(object()), st.just([1])))

ONE_FIELD = [
    rules.text,
    rules.not_blank,
    rules.language,
    rules.boolean,
    rules.aware,
    rules.finite,
    rules.is_scale,
    rules.scalar,
    rules.at_least(0),
    rules.between(-1, 5),
    rules.one_of("customer", "fr"),
]
ONE_FIELD += [attrs.evolve(rule, optional=True) for rule in ONE_FIELD]


def by_columns(rule: Rule, native: Any) -> list[bool]:
    frame = nw.from_native(native, eager_only=True)
    flags = frame.select(rule.column(frame, "x").alias("flag"))["flag"]
    assert flags.dtype == nw.Boolean
    return flags.to_list()


def by_rows(rule: Rule, values: list[Any], beside: list[Any] | None, backend: str) -> list[bool]:
    def seen(value: Any) -> Any:  # pandas writes missing as NaN
        return None if backend.startswith("pandas") and value != value else value

    others = [None] * len(values) if beside is None else beside
    return [rule.breaks(seen(v), seen(o)) for v, o in zip(values, others, strict=True)]


@pytest.mark.parametrize("backend", BACKENDS)
@quick
@given(values=typed, blend=mixed)
@example(values=["a"] * 200 + ["\x1f"], blend=["a"] * 200 + [5])
@example(values=[None, None], blend=[None])
@example(values=[True, None], blend=[True, None, 1])
def test_rows_and_columns_agree(backend: str, values: list[Any], blend: list[Any]) -> None:
    held = blend if backend == "pandas with objects" else values
    native = BACKENDS[backend]({"x": held})
    for rule in ONE_FIELD:
        assert by_columns(rule, native) == by_rows(rule, held, None, backend), rule.code


scales = st.sampled_from(["0:10", "1:5!", " 0:10 ", "0:1:0.1", "1:x", "0:inf", ""])
ratings = st.sampled_from([0, 1, 5, 10, 11, -1]) | INTEGERS
fractions = st.sampled_from([0.0, 0.1, 0.3, 0.15, 10.0]) | FLOATS


@pytest.mark.parametrize("backend", BACKENDS)
@quick
@given(
    pairs=st.one_of(
        *(
            st.lists(st.tuples(st.none() | x, st.none() | y), min_size=1, max_size=8)
            for x in (ratings, fractions, st.booleans(), st.just("5"))
            for y in (scales, st.just(5.0))
        )
    )
)
@example(pairs=[(11, f"0:{high}") for high in range(1, 80)])
@example(pairs=[(None, None)])
def test_on_scale_agrees(backend: str, pairs: list[tuple[Any, Any]]) -> None:
    values, beside = map(list, zip(*pairs, strict=True))
    native = BACKENDS[backend]({"x": values, "scale": beside})
    for rule in (rules.on_scale("scale"), rules.optional(rules.on_scale("scale")).rules[0]):
        assert by_columns(rule, native) == by_rows(rule, values, beside, backend)


times = st.sampled_from(
    [datetime(2026, 10, 25, 0, tzinfo=UTC) + timedelta(minutes=30 * i) for i in range(5)]
)


@pytest.mark.parametrize("backend", BACKENDS)
@quick
@given(
    pairs=st.one_of(
        *(
            st.lists(st.tuples(st.none() | x, st.none() | y), min_size=1, max_size=8)
            for x in (times, times.map(lambda at: at.astimezone(ZoneInfo("Europe/Paris"))), NAIVE)
            for y in (times, times.map(lambda at: at.astimezone(ZoneInfo("Europe/Paris"))), NAIVE)
        )
    )
)
def test_not_before_agrees(backend: str, pairs: list[tuple[Any, Any]]) -> None:
    values, beside = map(list, zip(*pairs, strict=True))
    native = BACKENDS[backend]({"x": values, "asked_at": beside})
    rule = rules.optional(rules.not_before("asked_at")).rules[0]
    assert by_columns(rule, native) == by_rows(rule, values, beside, backend)


def test_not_before_compares_instants_of_other_units() -> None:
    early = pa.array([datetime(2026, 1, 1, tzinfo=UTC)], pa.timestamp("ms", "UTC"))
    late = pa.array([datetime(2026, 1, 2, tzinfo=UTC)], pa.timestamp("ns", "Asia/Tokyo"))
    rule = rules.not_before("asked_at")
    assert by_columns(rule, pa.table({"x": early, "asked_at": late})) == [True]
    assert by_columns(rule, pa.table({"x": late, "asked_at": early})) == [False]


def test_on_the_night_the_clock_goes_back_the_later_instant_is_later() -> None:
    paris = ZoneInfo("Europe/Paris")
    first = datetime(2026, 10, 25, 2, 40, tzinfo=paris)
    again = datetime(2026, 10, 25, 2, 10, tzinfo=paris, fold=1)
    assert not rules.not_before("asked_at").breaks(again, first)
    assert rules.not_before("asked_at").breaks(first, again)


@pytest.mark.parametrize("words", [["a", "b", None], ["a", " ", None]])
def test_categories_are_text(words: list[str | None]) -> None:
    natives = [
        pd.DataFrame({"x": pd.Categorical(words)}),
        pl.DataFrame({"x": pl.Series(words, dtype=pl.Categorical)}),
        pl.DataFrame({"x": pl.Series(words, dtype=pl.Enum(["a", "b", " "]))}),
        pa.table({"x": pa.array(words).dictionary_encode()}),
    ]
    expected = [rules.not_blank.breaks(word) for word in words]
    assert [by_columns(rules.not_blank, native) for native in natives] == [expected] * 4


def test_categories_of_numbers_are_not_text() -> None:
    native = pd.DataFrame({"x": pd.Categorical([1, 2])})
    assert by_columns(rules.not_blank, native) == [True, True]


def test_a_filtered_pandas_frame_is_judged_by_position() -> None:
    native = pd.DataFrame({"x": [1, "a", "b"]}, index=[7, 7, 3])
    assert by_columns(rules.not_blank, native) == [True, False, False]


def test_a_column_beside_that_is_absent_judges_nothing() -> None:
    assert by_columns(rules.on_scale("scale"), pl.DataFrame({"x": [99, 3]})) == [False, False]


@pytest.mark.parametrize(
    ("rule", "good", "bad"),
    [
        (rules.text, ["", "a"], [1, b"a"]),
        (rules.not_blank, ["a"], ["", " \t", "\u3000", 5]),
        (rules.language, ["en", "fr-CA", "zh-Hans-CN"], ["english", "fr_CA", "", "fr\n", "é", 1]),
        (rules.boolean, [True, np.False_], [0, 1, "yes"]),
        (rules.aware, [datetime(2026, 1, 1, tzinfo=UTC)], [datetime(2026, 1, 1), "2026-01-01"]),
        (rules.finite, [0, -1.5, np.int64(3), 10**400], [True, "1", float("nan"), float("inf")]),
        (rules.at_least(0), [0, 0.0, 2], [-1, float("inf"), None]),
        (rules.between(1, 3), [1, 3.0], [0.999, 4, "2"]),
        (rules.one_of("a", "b"), ["a"], ["c", "A", ["a"]]),
        (rules.is_scale, [zero_to_ten, "0:10"], ["0-10", "0:inf", (0, 10)]),
        (rules.scalar, ["", 1, 0.5, False, None], [float("nan"), [1], datetime(2026, 1, 1)]),
    ],
    ids=lambda value: value.code if isinstance(value, Rule) else "",
)
def test_what_a_rule_lets_pass(rule: Rule, good: list[Any], bad: list[Any]) -> None:
    assert not any(rule.breaks(value) for value in good)
    assert all(rule.breaks(value) for value in bad)


def test_on_scale_leaves_what_other_rules_say() -> None:
    rule = rules.on_scale("scale")
    assert [rule.breaks(v, effort_one_to_five) for v in (1, 5, 0, 2.5)] == [
        False,
        False,
        True,
        True,
    ]
    assert not rule.breaks("five", zero_to_ten)
    assert not rule.breaks(99, "no scale")
    assert not rule.breaks(0.3, Scale(0, 1, step=0.1))


def test_the_error_says_class_field_value_and_what_to_do() -> None:
    @attrs.frozen(kw_only=True)
    class Shop:
        opened: datetime = attrs.field(validator=rules.aware)

    with pytest.raises(RecordError) as caught:
        Shop(opened=datetime(2026, 1, 1))
    assert str(caught.value) == (
        "Shop.opened must be a datetime with a time zone (datetime.now(UTC), "
        ".replace(tzinfo=...)), not datetime.datetime(2026, 1, 1, 0, 0)."
    )


def test_a_long_value_is_cut_in_messages() -> None:
    assert len(rules.shown("x" * 10_000)) == 80
