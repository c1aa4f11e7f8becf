"""Flows: a loop counts the same, parts add up, and tests and curves agree with others' code."""

from __future__ import annotations

import datetime as dt
import itertools
import json
from collections import Counter
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chi2_contingency
from statsmodels.duration.survfunc import SurvfuncRight

from cxmetrics.errors import MergeError, UsageError
from cxmetrics.journeys import (
    Paths,
    compare_flows,
    dependence,
    durations,
    encoding,
    funnel,
    ordering,
    paths,
    transitions,
)
from cxmetrics.journeys.survival import Survival
from cxmetrics.stats.intervals.wilson import wilson
from cxmetrics.summaries import Flow, sequences
from cxmetrics.summaries.flow import END, START
from cxmetrics.summaries.waits import BUCKETS, ERROR, buckets, middle

NEW_YEAR = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)
STEPS = ("a", "b", "c", "d")
Log = dict[str, list[Any]]
Loop = Callable[[Log, dt.timedelta | None], list[Any]]


@st.composite
def logs(draw: st.DrawFn) -> Log:
    events = draw(
        st.lists(
            st.tuples(st.integers(0, 5), st.sampled_from(STEPS), st.integers(0, 60)), max_size=50
        )
    )
    return {
        "customer": [f"c{c}" for c, _, _ in events],
        "stage": [stage for _, stage, _ in events],
        "at": [NEW_YEAR + hour * HOUR for _, _, hour in events],
    }


def walk(log: Log, gap: int | None) -> Paths:
    return paths(log, gap=None if gap is None else gap * HOUR, order=STEPS)


def many(seed: int, customers: int = 300) -> Log:
    """A chain with a drift: most move forward, some back, some stay."""
    rng = np.random.default_rng(seed)
    log: Log = {"customer": [], "stage": [], "at": []}
    for customer in range(customers):
        here, hour = 0, float(rng.uniform(0, 500))
        for _ in range(rng.integers(1, 9)):
            log["customer"].append(customer)
            log["stage"].append(STEPS[here])
            log["at"].append(NEW_YEAR + hour * HOUR)
            here = int(np.clip(here + rng.choice([-1, 0, 1, 2], p=[0.1, 0.2, 0.5, 0.2]), 0, 3))
            hour += float(rng.exponential(5 * (1 + here)))
    return log


gaps = st.sampled_from([None, 4, 24])


@given(log=logs(), gap=gaps)
def test_a_loop_counts_the_same(log: Log, gap: int | None, loop: Loop) -> None:
    found = walk(log, gap).flow()
    walked = loop(log, None if gap is None else gap * HOUR)
    last = max(log["at"], default=None)
    moves: Counter[tuple[str, str]] = Counter()
    open_: Counter[str] = Counter()
    waits: Counter[tuple[str, str, int]] = Counter()
    ever: Counter[str] = Counter()
    again: Counter[str] = Counter()
    reached = [0] * len(STEPS)
    returning = 0
    for _, path in walked:
        steps = [event[2] for event in path]
        moves[START, steps[0]] += 1
        for (before, _, x), (after, _, y) in itertools.pairwise(path):
            moves[x, y] += 1
            waits[x, y, int((after - before).total_seconds())] += 1
        assert last is not None
        if gap is not None and last - path[-1][0] < gap * HOUR:
            open_[steps[-1]] += 1
        else:
            moves[steps[-1], END] += 1
        ever.update(set(steps))
        again.update({step for step in steps if steps.count(step) > 1})
        level = 0
        for step in steps:
            if level < len(STEPS) and step == STEPS[level]:
                level += 1
        for at in range(level):
            reached[at] += 1
        returning += any(y < x for x, y in itertools.pairwise(steps))
    for i, source in enumerate((*STEPS, START)):
        for j, target in enumerate((*STEPS, END)):
            assert found.counts[i, j] == moves[source, target]
    assert found.open.tolist() == [open_[step] for step in STEPS]
    assert found.ever.tolist() == [ever[step] for step in STEPS]
    assert found.repeated.tolist() == [again[step] for step in STEPS]
    assert found.reached.tolist() == reached
    assert found.returning == returning
    assert found.returns == sum(n for (x, y), n in moves.items() if {x, y} <= set(STEPS) and y < x)
    assert found.paths == len(walked)
    assert found.customers == len(set(log["customer"]))
    assert found.events == len(log["at"])
    for (x, y, seconds), n in waits.items():
        cell = STEPS.index(x) * (len(STEPS) + 1) + STEPS.index(y)
        places, counts = found.waits.cell(cell)
        bucket = int(buckets(np.array([seconds * 1_000_000]))[0])
        assert counts[places == bucket].tolist() == [n]


@given(log=logs(), gap=gaps, parts=st.integers(2, 4))
def test_flows_of_disjoint_customers_add_up(log: Log, gap: int | None, parts: int) -> None:
    whole = walk(log, gap)
    groups = [whole.only(whole.owner % parts == part).flow() for part in range(parts)]
    total = whole.flow()
    assert sum(groups[1:], groups[0]) == total
    assert sum(reversed(groups), 0) == total
    again = [Flow.from_dict(json.loads(json.dumps(group.to_dict()))) for group in groups]
    assert sum(again[1:], again[0]) == total
    assert total.codes.dtype == np.int8


@given(log=logs())
def test_backwards_every_transition_is_turned_round(log: Log) -> None:
    found = walk(log, None)
    there, back = found.flow(), found.reversed().flow()
    assert (back.counts == there.counts.T).all()
    assert (back.ever == there.ever).all()
    assert sorted(back.waits.counts) == sorted(there.waits.counts)


@given(log=logs(), seed=st.integers(0, 99))
def test_the_order_of_rows_does_not_matter_where_times_differ(log: Log, seed: int) -> None:
    log["at"] = [at + row * HOUR / 1000 for row, at in enumerate(log["at"])]
    order = np.random.default_rng(seed).permutation(len(log["at"])).tolist()
    mixed = {name: [column[row] for row in order] for name, column in log.items()}
    assert walk(log, 5).flow() == walk(mixed, 5).flow()


@given(log=logs(), gap=gaps)
def test_what_comes_in_goes_out(log: Log, gap: int | None) -> None:
    found = walk(log, gap).flow()
    assert (found.exits + found.open == found.visits).all()
    assert found.counts[-1].sum() == found.paths
    assert found.counts[:, -1].sum() + found.open.sum() == found.paths
    assert found.variants.sum() == found.paths
    assert (np.diff(found.reached) <= 0).all()
    assert (found.reached <= found.ever).all()


@pytest.mark.parametrize("gap", [None, 20])
def test_blocks_and_threads_change_nothing(gap: int | None, monkeypatch: Any) -> None:
    log = many(12, 400)
    whole = walk(log, gap)
    flow = whole.flow()
    monkeypatch.setattr(encoding, "_CHUNK", 64)
    monkeypatch.setattr(ordering, "_CHUNK", 7)
    monkeypatch.setattr(sequences, "_EVENTS", 32)
    for parallel in (10, 1 << 40):
        monkeypatch.setattr(sequences, "_PARALLEL", parallel)
        again = walk(log, gap)
        for name in ("codes", "at", "rows", "starts", "owner", "censored"):
            assert (getattr(again, name) == getattr(whole, name)).all()
        assert again.flow() == flow
        assert (again.variants().of == whole.variants().of).all()


def test_many_steps_are_counted_as_few() -> None:
    rng = np.random.default_rng(5)
    size = 3_000
    log = {
        "customer": rng.integers(0, 300, size),
        "stage": [f"s{i:02}" for i in rng.integers(0, 60, size)],
        "at": np.arange(size).astype("datetime64[h]"),
    }
    found = paths(log, zone="UTC").flow()
    part = paths(log, zone="UTC", where={"stage": ["s07", "s31"]})
    assert len(found.steps) == 60
    assert int(found.waits.counts.sum()) == size - found.paths
    pairs: Counter[tuple[int, int]] = Counter()
    whole = paths(log, zone="UTC")
    for p in range(len(whole)):
        codes = whole.codes[whole.starts[p] : whole.starts[p + 1]].tolist()
        pairs.update(itertools.pairwise(codes))
    assert {(int(i), int(j)): int(found.counts[i, j]) for i, j in pairs} == pairs
    assert part.flow().ever.sum() > 0


def test_flows_that_do_not_fit_refuse() -> None:
    log = many(1, 20)
    one = walk(log, None)
    with pytest.raises(MergeError, match="20 customers are in both"):
        one.flow() + one.flow()
    with pytest.raises(MergeError, match="different steps"):
        one.flow() + paths(log).flow()
    with pytest.raises(MergeError, match="different gaps"):
        one.flow() + walk(log, 5).flow()
    with pytest.raises(TypeError):
        one.flow() + 1
    assert one.flow() != 1


def test_the_published_chain(shared: Any) -> None:
    vectors = json.loads((shared / "reference" / "truth.json").read_text())
    vector = next(v for v in vectors if v["id"] == "journey-transition")
    events = [(who, step) for who, path in enumerate(vector["input"]["sequences"]) for step in path]
    log = {
        "customer": [who for who, _ in events],
        "stage": [step for _, step in events],
        "at": [NEW_YEAR + row * HOUR for row in range(len(events))],
    }
    found = transitions(paths(log).flow()).between()
    assert set(found) == set(vector["expected"])
    for source, row in vector["expected"].items():
        assert found[source] == pytest.approx(row, abs=vector["tol"])


def test_shares_have_wilsons_interval_or_goodmans() -> None:
    flow = walk(many(2), None).flow()
    found = transitions(flow)
    move = found.share("a", "b")
    assert move is not None
    assert (move.interval.low, move.interval.high) == wilson(move.count, move.exits)
    assert move.exits == flow.counts[0].sum()
    at_once = transitions(flow, method="goodman").share("a", "b")
    assert at_once is not None
    assert (at_once.interval.low, at_once.interval.high) == wilson(
        move.count, move.exits, level=1 - 0.05 / 5
    )
    first = transitions(flow, method="goodman").share("START", "a")
    assert first is not None
    assert first.interval.low == wilson(first.count, first.exits, level=1 - 0.05 / 4)[0]
    assert found.matrix[0, 1] == move.share
    assert np.allclose(np.nansum(found.matrix, axis=1), 1)
    assert found.share("d", "a") is None
    said = found.to_dict()
    assert said["transitions"][0]["count"] == flow.counts.max()
    json.dumps(said)
    with pytest.raises(UsageError, match="there is no 'e'"):
        found.share("e", "a")
    with pytest.raises(UsageError, match="there is no 'willson'; did you mean 'wilson'"):
        transitions(flow, method="willson")  # type: ignore[arg-type]


def test_a_unanimous_step_has_an_interval_with_a_width() -> None:
    log = {"customer": [1, 1], "stage": ["a", "b"], "at": [NEW_YEAR, NEW_YEAR + HOUR]}
    found = transitions(walk(log, None).flow())
    assert all(row.interval.width > 0.5 for row in found.rows)
    assert [c.code for c in found.cautions] == ["SPARSE"]
    assert "left fewer than 30 times: a, b" in str(found)


def test_dependence_is_the_likelihood_ratio_of_others() -> None:
    flow = walk(many(3), None).flow()
    found = dependence(flow)
    g, p, df, _ = chi2_contingency(flow.counts[:-1], lambda_="log-likelihood", correction=False)
    pearson = chi2_contingency(flow.counts[:-1], correction=False)[0]
    assert (found.statistic, found.p_value, found.df) == pytest.approx((g, p, df))
    assert found.strength == pytest.approx(np.sqrt(pearson / (found.exits * 3)))
    assert "depends on the one before" in str(found)
    json.dumps(found.to_dict())


def test_independence_is_rejected_as_often_as_the_level_says() -> None:
    rng = np.random.default_rng(11)
    rejected = 0
    for _ in range(200):
        log = {
            "customer": np.repeat(np.arange(100), 6),
            "stage": rng.choice(STEPS, 600).tolist(),
            "at": np.tile(np.arange(6), 100).astype("datetime64[h]"),
        }
        flow = paths(log, zone="UTC", order=STEPS).flow()
        flow.counts[:, -1] = 0  # the length is fixed here, so the end would depend on nothing
        rejected += dependence(flow).p_value < 0.05
    assert 2 <= rejected <= 20


def test_dependence_of_too_little() -> None:
    log = {"customer": [1, 1], "stage": ["a", "a"], "at": [NEW_YEAR, NEW_YEAR + HOUR]}
    found = dependence(walk(log, None).flow())
    assert found.df == 0
    assert found.to_dict()["p_value"] is None
    assert "Too few" in str(found)
    log["stage"] = ["a", "b"]
    assert [c.code for c in dependence(walk(log, None).flow()).cautions] == ["SPARSE"]


def test_a_funnel_of_chosen_stages_and_of_the_declared_order() -> None:
    found = walk(many(4), None)
    whole, flow = funnel(found), funnel(found.flow())
    assert [row.to_dict() for row in whole.rows] == [row.to_dict() for row in flow.rows]
    row = flow["b"]
    assert row.conversion == row.reached / flow["a"].reached
    assert row.drop_off == 1 - row.conversion
    assert row.conversion_interval is not None
    assert row.conversion_interval.low == wilson(row.reached, flow["a"].reached)[0]
    assert flow.returns == found.flow().returns
    chosen = funnel(found, stages=["b", "a"])
    assert chosen["b"].reached == found.flow().ever[1]
    assert chosen["a"].reached < found.flow().ever[0]
    assert "moves back" in str(flow)
    json.dumps(flow.to_dict())


def test_funnels_need_an_order() -> None:
    found = paths(many(4, 9))
    for call in (lambda: funnel(found), lambda: funnel(found.flow())):
        with pytest.raises(UsageError, match="needs an order"):
            call()
    with pytest.raises(UsageError, match="no stage 'x'"):
        funnel(found, stages=["a", "x"])
    with pytest.raises(UsageError, match="named twice"):
        funnel(found, stages=["a", "a"])
    with pytest.raises(UsageError, match="declared order only"):
        funnel(walk(many(4, 9), None).flow(), stages=["a"])
    with pytest.raises(UsageError, match="there is no stage 'z'"):
        funnel(found, stages=["a", "b"])["z"]


@given(st.lists(st.integers(0, 2**52), min_size=1, max_size=50))
def test_buckets_are_in_order_and_as_narrow_as_stated(waits: list[int]) -> None:
    values = np.array(sorted(waits))
    places = buckets(values)
    assert (np.diff(places) >= 0).all()
    assert places[0] >= 0
    assert places[-1] < BUCKETS
    assert (np.abs(middle(places) - values) <= ERROR * values).all()


def test_medians_of_moves_are_exact_to_what_is_stated() -> None:
    found = walk(many(5), None)
    rows = durations(found.flow())
    times: dict[tuple[str, str], list[float]] = {}
    for i in range(len(found)):
        steps, moments = found.path(i), found.times(i)
        for at in range(len(steps) - 1):
            wait = (moments[at + 1] - moments[at]).total_seconds()
            times.setdefault((steps[at], steps[at + 1]), []).append(wait)
    assert {(row.source, row.target) for row in rows.rows} == set(times)
    for (source, target), waits in times.items():
        row = rows.of(source, target)
        assert row is not None
        assert row.n == len(waits)
        for q, value in row.quantiles.items():
            exact = np.quantile(waits, q, method="inverted_cdf")
            assert value is not None
            assert value.total_seconds() == pytest.approx(exact, rel=ERROR)


def test_kaplan_meier_is_that_of_others() -> None:
    rng = np.random.default_rng(6)
    times = rng.integers(1, 40, 300)
    over = rng.random(300) < 0.7
    grid = np.arange(1, 40)
    mine = Survival.of(
        grid.astype(float),
        np.array([int((over & (times == t)).sum()) for t in grid]),
        np.array([int((~over & (times == t)).sum()) for t in grid]),
        level=0.95,
    )
    theirs = SurvfuncRight(times, over.astype(int))
    assert mine.share == pytest.approx(theirs.surv_prob)
    for q in (0.1, 0.25, 0.5, 0.75):
        value, low, high = mine.quantile(q)
        assert value == theirs.quantile(q)
        limits = theirs.quantile_ci(q, method="cloglog")
        assert (low, high) == pytest.approx(limits)


def test_times_of_open_and_ended_paths_count_as_long_as_they_were_seen() -> None:
    log: Log = {"customer": [], "stage": [], "at": []}
    for customer, hours in enumerate([1, 2, 3, 4, None, None]):
        for stage, hour in (("a", 0), ("b", hours)):
            if hour is not None:
                log["customer"].append(customer)
                log["stage"].append(stage)
                log["at"].append(NEW_YEAR + hour * HOUR)
    ended = walk(log, 10)
    assert ended.censored.all()  # the last event is 4 hours after the first
    found = durations(ended.flow(), between="next").of("a")
    assert found is not None
    assert (found.n, found.waiting) == (4, 2)
    # 4 of 6 end after 1, 2, 3, 4 hours; the others were seen for 4 hours: half are over after 3
    assert found.median == pytest.approx(3 * HOUR, rel=ERROR)
    assert found.quantiles[0.75] is None
    climb = durations(ended.flow(), between="reach").of("a", "b")
    assert climb is not None
    assert (climb.n, climb.waiting, climb.median) == (4, 2, found.median)
    cut = paths(log, gap=10 * HOUR, order=STEPS, until=NEW_YEAR + 100 * HOUR)
    late = durations(cut.flow(), between="next")
    row = late.of("a")
    assert row is not None
    assert (row.n, row.waiting, row.quantiles[0.75]) == (4, 2, None)
    gone = durations(cut.flow(), between="reach").of("a", "b")
    assert gone is not None
    assert (gone.n, gone.waiting) == (4, 0)  # who left does not wait
    assert "not seen" in str(late)
    json.dumps(late.to_dict())
    with pytest.raises(UsageError, match="between 0 and 1"):
        durations(cut.flow(), quantiles=[50])
    with pytest.raises(UsageError, match="no time 'moved'; did you mean 'moves'"):
        durations(cut.flow(), between="moved")  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="needs an order"):
        durations(paths(log).flow(), between="reach")


def test_equal_waits_have_no_upper_limit_rather_than_no_width() -> None:
    log = {
        "customer": np.repeat(np.arange(8), 2),
        "stage": ["a", "b"] * 8,
        "at": np.tile(np.array([0, 5]), 8).astype("datetime64[h]"),
    }
    row = durations(paths(log, zone="UTC", order=STEPS).flow()).of("a", "b")
    assert row is not None
    assert row.median == pytest.approx(5 * HOUR, rel=ERROR)
    assert row.interval[1] is None


def test_two_flows_are_compared_step_by_step() -> None:
    one, two = walk(many(7), None).flow(), walk(many(8), None).flow()
    found = compare_flows(one, two, names=("then", "now"))
    total = 0.0
    for step in found.steps:
        i = 4 if step.source == START else STEPS.index(step.source)
        table = np.stack([one.counts[i], two.counts[i]])
        table = table[:, table.sum(axis=0) > 0]
        if step.df:
            g, p, df, _ = chi2_contingency(table, lambda_="log-likelihood", correction=False)
            assert (step.statistic, step.p_value, step.df) == pytest.approx((g, p, df))
        total += step.statistic
    assert found.statistic == pytest.approx(total)
    assert found.df == sum(step.df for step in found.steps)
    assert found.shared == 300  # both logs name their customers alike
    for move in found.moves:
        assert move.difference in move.interval
        assert move.p_adjusted is not None
        assert move.p_adjusted >= move.p_value
    assert "then and now" in str(found)
    assert "300 customers are in both" in str(found)
    json.dumps(found.to_dict())


def test_a_planted_difference_is_found() -> None:
    log = many(9, 400)
    drifted = {**log, "stage": ["a" if s == "b" else s for s in log["stage"]]}
    same = walk(log, None)
    halves = same.flows(same.owner % 2)
    assert list(halves) == [0, 1]
    assert compare_flows(halves[0], halves[1]).p_value > 0.001
    assert compare_flows(same.flow(), walk(drifted, None).flow()).p_value < 1e-6
    with pytest.raises(UsageError, match="different steps"):
        compare_flows(same.flow(), paths(log, order=("d", "c", "b", "a")).flow())


def test_empty_flows_can_not_be_compared() -> None:
    empty = walk({"customer": [], "stage": [], "at": []}, None).flow()
    found = compare_flows(empty, empty)
    assert found.to_dict()["p_value"] is None
    assert "can't be compared" in str(found)


def test_funnel_intervals_know_that_paths_of_one_customer_are_alike() -> None:
    """Each customer twice, alike both times: the interval is that of the customers."""
    once = [("aware", "act") if row % 3 else ("aware",) for row in range(60)]

    first = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)

    def log(times: int) -> dict[str, list[Any]]:
        events = [
            (f"c{row}", f"j{case}-{row}", step, first + dt.timedelta(days=40 * case + day))
            for row, steps in enumerate(once)
            for case in range(times)
            for day, step in enumerate(steps)
        ]
        names = ("customer", "case", "stage", "at")
        return dict(zip(names, map(list, zip(*events, strict=True)), strict=True))

    asked = {"stages": ["aware", "act"]}
    single, double = (funnel(paths(log(n), journey="case"), **asked)["act"] for n in (1, 2))
    assert double.ever == 2 * single.ever
    assert double.ever_interval is not None
    assert single.ever_interval is not None
    assert double.ever_interval.width == pytest.approx(single.ever_interval.width, rel=0.02)
    assert double.conversion_interval is not None
    assert single.conversion_interval is not None
    assert double.conversion_interval.width == pytest.approx(
        single.conversion_interval.width, rel=0.02
    )
