"""Response rates, contact rules, fatigue, the R-indicator: closed forms, loops, bad input."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.proportion import proportion_confint

import cxmetrics as cx
from cxmetrics.datasets import company
from cxmetrics.records import Invitation
from cxmetrics.survey import (
    Cap,
    ContactRules,
    Dispositions,
    fatigue,
    rake,
    representativeness,
    response_rates,
)
from cxmetrics.survey.pressure import recent

DAY = datetime(2026, 1, 1, tzinfo=UTC)


def test_response_rates_of_aapor() -> None:
    # I=100, P=20, R=30, NC=40, O=10, U=50
    found = Dispositions(
        complete=100, partial=20, refused=30, not_reached=40, other=10, unknown=50, bounced=7
    )
    assert found.rate("RR1") == 100 / 250
    assert found.rate("RR2") == 120 / 250
    assert found.rate("RR3", eligible=0.5) == 100 / 225
    assert found.rate("RR4", eligible=0.5) == 120 / 225
    assert found.rate("RR5") == 100 / 200
    assert found.rate("RR6") == 120 / 200
    assert found.completion == 100 / 120
    low, high = proportion_confint(100, 250, method="wilson")
    interval = found.interval()
    assert (interval.low, interval.high) == pytest.approx((100 * low, 100 * high))


def test_nobody_asked_is_no_number() -> None:
    empty = Dispositions(bounced=3)
    assert np.isnan(empty.rate())
    assert empty.to_dict()["rr1"] is None
    assert "not defined" in str(empty)
    for call, says in (
        (empty.interval, "at least 2"),
        (lambda: Dispositions(complete=-1), "number of cases"),
        (lambda: Dispositions(complete=5).rate("RR3"), "eligible=0.9"),
        (lambda: Dispositions(complete=5).rate("RR9"), "Known"),  # type: ignore[arg-type]
    ):
        with pytest.raises(cx.CxError, match=says):
            call()


def test_rates_of_invitations_in_every_form() -> None:
    table = company(500, seed=4).table("invitations", backend="pandas")
    delivered, answered = table.delivered, table.answered_at.notna()
    batch = cx.Batch.read(Invitation, table[[f for f in table if f != "solicitations"]])
    for data in (table, pl.from_pandas(table), batch):
        found = response_rates(data, by="channel")
        assert found.overall.bounced == int((~delivered).sum())
        for channel, own in found.items():
            mine = table.channel == channel
            assert own.complete == int((mine & answered).sum())
            assert own.asked == int((mine & delivered).sum())
    frame = found.to_native("pandas")
    assert frame.complete.sum() == int(answered.sum())


@pytest.mark.parametrize(
    ("data", "says"),
    [
        ({"answered": [1]}, "answered_at"),
        ({"answered_at": []}, "no invitation"),
        ({"answered_at": [DAY], "delivered": [False]}, "though it was not delivered"),
        ({"answered_at": [DAY], "delivered": ["yes"]}, "true, false or nothing"),
        (3, "can't weight|hand over"),
    ],
)
def test_invitations_that_make_no_sense(data: Any, says: str) -> None:
    with pytest.raises(cx.CxError, match=says):
        response_rates(data)


log = st.lists(
    st.tuples(
        st.sampled_from("abc"),
        st.sampled_from(["transactional", "relational"]),
        st.integers(0, 400),
        st.sampled_from(["sms", "email"]),
    ),
    min_size=1,
    max_size=25,
)


def columns(rows: list[tuple[str, str, int, str]]) -> dict[str, Any]:
    return {
        "customer": [row[0] for row in rows],
        "survey": [row[1] for row in rows],
        "sent_at": [DAY + timedelta(days=row[2]) for row in rows],
        "channel": [row[3] for row in rows],
    }


@given(rows=log)
def test_no_window_holds_more_than_its_cap(rows: list[tuple[str, str, int, str]]) -> None:
    caps = (
        Cap(days=90, survey="transactional"),
        Cap(days=365, most=3),
        Cap(days=30, channel="sms"),
    )
    found = ContactRules(caps=caps, excluded={"opted out": ["c"]}).select(columns(rows))
    sent = [row for row, yes in zip(rows, found.allowed, strict=True) if yes]
    assert not any(row[0] == "c" for row in sent)
    for who, survey, day, channel in sent:
        before = [r for r in sent if r[0] == who and day >= r[2]]
        assert sum(day - r[2] < 365 for r in before) <= 3
        if channel == "sms":
            assert sum(r[3] == "sms" and day - r[2] < 30 for r in before) == 1
        if survey == "transactional":
            earlier = [r for r in before if r[2] < day]
            assert all(day - r[2] >= 90 for r in earlier)
    assert sum(bool(reason) for reason in found.reason) == len(rows) - len(sent)
    # Weighted by 1 / inclusion, the asked stand for every planned contact of the reached.
    keys = {(r[0], r[1]) for r in sent}
    assert found.weights.sum() == pytest.approx(sum((r[0], r[1]) in keys for r in rows))


def test_inclusion_weights_bring_frequent_customers_back() -> None:
    rng = np.random.default_rng(11)
    # Heavy users (12 contacts a year) are less satisfied than light ones (2 a year).
    who = np.repeat(np.arange(600), np.where(np.arange(600) < 300, 12, 2))
    heavy = who < 300
    calls = {
        "customer": who,
        "survey": ["transactional"] * len(who),
        "sent_at": [DAY + timedelta(days=float(d)) for d in rng.uniform(0, 365, len(who))],
    }
    satisfied = rng.random(len(who)) < np.where(heavy, 0.5, 0.9)
    found = ContactRules().select(calls)
    truth = satisfied.mean()
    plain = satisfied[found.allowed].mean()
    weighted = np.average(satisfied, weights=found.weights)
    assert abs(weighted - truth) < 0.03 < abs(plain - truth)


def test_priority_history_and_bad_rules() -> None:
    both = columns([("a", "transactional", 0, "sms"), ("a", "relational", 0, "email")])
    assert ContactRules().select(both).allowed.tolist() == [False, True]
    past = columns([("a", "transactional", -10, "sms")])
    assert ContactRules().select(both, history=past).allowed.tolist() == [False, True]
    for call, says in (
        (lambda: Cap(days=0), "whole number of invitations"),
        (lambda: Cap(days=9, most=1.5), "whole number"),  # type: ignore[arg-type]
        (lambda: ContactRules().select({"customer": ["a"]}), "no column 'survey'"),
        (lambda: ContactRules().select(columns([])), "no candidate"),
        (lambda: ContactRules().select(both, history=columns([("a", "x", 9, "y")])), "later"),
        (lambda: ContactRules().select({**both, "customer": ["a", None]}), "which customer"),
        (lambda: ContactRules().select({**both, "sent_at": ["today"] * 2}), "a moment is"),
    ):
        with pytest.raises(cx.CxError, match=says):
            call()


@given(rows=log)
def test_recent_invitations_are_counted_as_in_a_loop(rows: list[tuple[str, str, int, str]]) -> None:
    codes = np.array(["abc".index(row[0]) for row in rows])
    days = np.array([float(row[2]) for row in rows])
    expected = [
        sum(c == code and 0 < day - d <= 90 for c, d in zip(codes, days, strict=True))
        for code, day in zip(codes, days, strict=True)
    ]
    assert recent(codes, days * 86_400, days=90).tolist() == expected


def test_fatigue_of_the_generated_company() -> None:
    table = company(3_000, seed=9).table("invitations", backend="pandas")
    found = fatigue(table, days=90, most=3)
    assert list(found.scores) == [0, 1, 2, "3+"]
    rates = [score.value for score in found.scores.values()]
    assert rates[0] > rates[2]
    assert found.change.value < 0
    own = table[table.delivered]
    assert found.scores.overall.n + found.dropped == len(own)
    assert found.customers == own.customer.nunique()
    with pytest.raises(cx.CxError, match="the log spans"):
        fatigue(table, days=3_000)
    with pytest.raises(cx.CxError, match="above 0"):
        fatigue(table, days=0)


def test_r_indicator_against_its_definition() -> None:
    rng = np.random.default_rng(2)
    age, sex = rng.choice(["a", "b", "c"], 6_000), rng.choice(["F", "M"], 6_000)
    chance = np.where(age == "a", 0.2, 0.4) + np.where(sex == "F", 0.1, 0.0)
    frame = pd.DataFrame({"age": age, "sex": sex, "answered": rng.random(6_000) < chance})
    found = representativeness(frame, answered="answered", by=["age", "sex"])
    rho = frame.groupby(["age", "sex"]).answered.transform("mean")
    assert found.r_uncorrected == pytest.approx(1 - 2 * rho.std(ddof=1))
    assert found.r == pytest.approx(1 - 2 * chance.std(), abs=0.01)
    assert found.r > found.r_uncorrected
    assert found.max_bias == pytest.approx((1 - found.r) / (2 * found.response_rate))
    by_age = frame.groupby("age").answered.mean() - frame.answered.mean()
    share = frame.age.value_counts(normalize=True)
    assert found.variables["age"] == pytest.approx(((share * by_age**2).sum()) ** 0.5)
    assert found.categories["age"]["a"] < 0
    # Answers by chance alone: the correction brings R back to 1.
    frame["answered"] = rng.random(6_000) < 0.3
    assert representativeness(frame, answered="answered", by=["age", "sex"]).r > 0.97
    for call, says in (
        (lambda: representativeness(frame, answered="age", by=["sex"]), "'age'"),
        (lambda: representativeness(frame, answered="answered", by=[]), "which columns"),
        (lambda: representativeness(frame, answered="answered", by=["sx"]), "did you mean 'sex'"),
        (lambda: representativeness({"y": [0], "x": [1]}, answered="y", by="x"), "nobody"),
    ):
        with pytest.raises(cx.CxError, match=says):
            call()


def test_coverage_says_who_is_missing() -> None:
    found = rake({"age": list("aaab")}, targets={"age": {"a": 0.5, "b": 0.5}}).coverage
    assert [(row.key, row.sample, row.after) for row in found.rows] == [
        ("a", 0.75, 0.5),
        ("b", 0.25, 0.5),
    ]
    assert found.dissimilarity == {"age": 0.25}
    assert found.worst.gap == 0.25
    assert found.to_native("pandas").population.tolist() == [0.5, 0.5]
