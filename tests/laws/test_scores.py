"""What must be true of every score and every interval, whatever the data."""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import Phase, assume, given, settings
from hypothesis import strategies as st

import cxmetrics as cx
from cxmetrics.errors import DataError, IntervalError
from cxmetrics.plugins import registry
from cxmetrics.testing import strategies as cxst

FIVE = cx.one_to_five
NET = cx.net_box()
PAIR = cx.smooth("pair", FIVE, lambda s: 100 * (s[..., 3] + s[..., 4]) ** 2, title="both satisfied")
DIVERSITY = cx.smooth("diversity", FIVE, lambda s: 100 * (1 - (s**2).sum(axis=-1)))
KINDS = {  # one metric of each kind of score, all on 1-5
    "share": cx.csat,
    "net": NET,
    "mean": cx.mean_rating,
    "smooth": PAIR,
}
METHODS = [
    (kind, method.name)
    for kind in KINDS
    for method in registry.every("interval")
    if kind in method.kinds
]
WORDS = {"weight": "weight", "unit": "unit", "strata": "stratum"}


def score(metric: cx.Metric, columns: cxst.Columns, **options: Any) -> cx.Score:
    names: dict[str, Any] = {what: name for what, name in WORDS.items() if name in columns}
    return metric(columns, rating="rating", **{**names, **options})


def limits(found: cx.Score, **options: Any) -> cx.Interval | None:
    """The interval, or None where the data are too few: any other error is a failure."""
    try:
        return found.interval(**options)
    except IntervalError:
        return None


# -- weights ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
@given(
    columns=cxst.rows(FIVE, weighted=True, units=True, min_rows=2),
    factor=st.floats(1e-3, 1e6),
    clustered=st.booleans(),
)
@settings(max_examples=30)
def test_the_scale_of_weights_is_ignored(
    kind: str, columns: cxst.Columns, factor: float, clustered: bool
) -> None:
    if not clustered or len(set(columns["unit"])) == 1:
        del columns["unit"]
    heavier = {**columns, "weight": [w * factor for w in columns["weight"]]}
    a, b = (score(KINDS[kind], c) for c in (columns, heavier))
    assume(a.n > 1)
    assert b.value == pytest.approx(a.value, rel=1e-9)
    assert b.n_effective == pytest.approx(a.n_effective, rel=1e-6)
    assert b.deff == pytest.approx(a.deff, rel=1e-6, abs=1e-9)
    assert b.sample.variance == pytest.approx(a.sample.variance, rel=1e-6, abs=1e-9)


@pytest.mark.parametrize("kind", KINDS)
@given(columns=cxst.rows(FIVE, min_rows=2))
@settings(max_examples=30)
def test_weights_of_one_change_nothing(kind: str, columns: cxst.Columns) -> None:
    plain = score(KINDS[kind], columns)
    assume(plain.n > 1)
    ones = score(KINDS[kind], {**columns, "weight": [1.0] * len(columns["rating"])})
    assert ones.value == plain.value
    assert ones.sample.variance == pytest.approx(plain.sample.variance, rel=1e-12)
    assert (ones.n_effective, ones.deff) == (plain.n, 1.0)
    expected, got = plain.interval(method="t"), ones.interval(method="t")
    assert got.low == pytest.approx(expected.low, rel=1e-9)
    assert got.high == pytest.approx(expected.high, rel=1e-9)
    assert got.method == expected.method


@pytest.mark.parametrize("kind", KINDS)
@given(columns=cxst.rows(FIVE, missing=False, min_rows=3))
@settings(max_examples=30)
def test_units_that_answer_once_change_nothing(kind: str, columns: cxst.Columns) -> None:
    plain = score(KINDS[kind], columns)
    named = score(KINDS[kind], {**columns, "unit": list(range(len(columns["rating"])))})
    assert named.value == plain.value
    assert named.sample.variance == pytest.approx(plain.sample.variance, rel=1e-9, abs=1e-12)
    assert named.sample.degrees_of_freedom == plain.n - 1
    assert named.n_effective == pytest.approx(plain.n)


@pytest.mark.parametrize("kind", KINDS)
@given(columns=cxst.rows(FIVE, missing=False, min_rows=4), copies=st.integers(2, 4))
@settings(max_examples=30)
def test_answering_twice_adds_no_evidence(kind: str, columns: cxst.Columns, copies: int) -> None:
    metric, ratings = KINDS[kind], columns["rating"]
    assume(len({metric.sample(cx.tally([r], FIVE).overall).estimate for r in ratings}) > 1)
    people = list(range(len(ratings)))
    once = metric(ratings, unit=people)
    often = metric(ratings * copies, unit=people * copies)
    ignored = metric(ratings * copies)
    assert often.value == pytest.approx(once.value)
    assert often.sample.variance == pytest.approx(once.sample.variance, rel=1e-9, abs=1e-12)
    assert often.n_effective <= len(people) * (1 + 1e-9)
    honest, naive = often.interval(method="t"), ignored.interval(method="t")
    assert honest.width == pytest.approx(once.interval(method="t").width, rel=1e-6, abs=1e-9)
    if kind != "smooth":  # its derivative may vanish, and both variances with it
        assert naive.width < honest.width
        assert often.interval().width >= once.interval().width * (1 - 1e-9)


def test_one_more_row_of_a_known_respondent_does_not_shrink_the_interval() -> None:
    ratings, people = [10, 9, 9, 3, 7, 10, 8, 2], list("abcdefgh")
    again = cx.nps([*ratings, 3, 3], unit=[*people, "d", "d"])
    assert again.n_effective < len(ratings)
    assert again.interval().width > cx.nps([*ratings, 3, 3]).interval().width
    assert (
        again.interval(method="t").width > cx.nps(ratings, unit=people).interval(method="t").width
    )


# -- mirrors ---------------------------------------------------------------------------------------


def mirrored(tally: cx.Tally) -> list[int]:
    return tally.counts[::-1].tolist()


@given(st.data(), cxst.scales())
def test_reversing_the_scale_mirrors_the_boxes(data: st.DataObject, scale: cx.Scale) -> None:
    tally = data.draw(cxst.tallies(scale, min_rows=1))
    boxes = data.draw(st.integers(1, scale.size - 1))
    other = cx.Tally.of(scale.reversed, mirrored(tally))
    for build in (cx.top_box, cx.bottom_box):
        ours, theirs = build(boxes, scale=scale)(tally), build(boxes, scale=scale.reversed)(other)
        assert theirs.value == pytest.approx(ours.value, nan_ok=True)
        if ours.n > 1:
            a, b = ours.interval(), theirs.interval()
            assert (b.low, b.high, b.method) == (
                pytest.approx(a.low),
                pytest.approx(a.high),
                a.method,
            )


@given(cxst.tallies(cx.zero_to_ten, min_rows=2))
def test_mirrored_ratings_change_the_sign_of_a_net_score(tally: cx.Tally) -> None:
    assume(tally.n > 1)
    net = cx.net_box(2, 2, scale=cx.zero_to_ten)
    ours, theirs = net(tally), net(cx.Tally.of(cx.zero_to_ten, mirrored(tally)))
    assert theirs.value == pytest.approx(-ours.value)
    assert theirs.standard_error == pytest.approx(ours.standard_error, abs=1e-12)
    for method in ("adjusted_wald", "agresti_min", "bonett_price", "tango", "wald", "t"):
        a, b = ours.interval(method=method), theirs.interval(method=method)
        assert (b.low, b.high) == pytest.approx((-a.high, -a.low), abs=1e-6), method


@given(st.data(), cxst.scales())
def test_a_mean_in_percent_is_mirrored(data: st.DataObject, scale: cx.Scale) -> None:
    tally = data.draw(cxst.tallies(scale, min_rows=1))
    assume(tally.n)
    percent = cx.mean_rating.using(scale=scale, percent=True)
    other = cx.Tally.of(scale, mirrored(tally))
    assert percent(other).value == pytest.approx(100 - percent(tally).value, abs=1e-9)
    turned = cx.Tally.of(scale.reversed, tally.counts.tolist())
    assert percent.using(scale=scale.reversed)(turned).value == pytest.approx(
        100 - percent(tally).value, abs=1e-9
    )


# -- intervals -------------------------------------------------------------------------------------

LEVELS = (0.5, 0.8, 0.9, 0.95, 0.99, 0.999)


@pytest.mark.parametrize(("kind", "method"), METHODS)
@given(columns=cxst.rows(FIVE, weighted=True, min_rows=2), weighted=st.booleans())
@settings(max_examples=25)
def test_every_interval_of_every_kind(
    kind: str, method: str, columns: cxst.Columns, weighted: bool
) -> None:
    chosen = registry.find("interval", method)
    if not weighted or chosen.independent:
        del columns["weight"]
    found = score(KINDS[kind], columns)
    assume(found.n > 1)
    # Answers of weight 0 count, but do not speak.
    assume(np.count_nonzero(found.tally.weights) > 0)
    intervals = [found.interval(level, method=method) for level in LEVELS]
    worst, best = found.sample.bounds
    for level, interval in zip(LEVELS, intervals, strict=True):
        assert interval.low <= found.value <= interval.high
        assert math.isfinite(interval.low)
        assert math.isfinite(interval.high)
        if kind != "smooth":
            assert worst - 1e-9 <= interval.low
            assert interval.high <= best + 1e-9
        assert interval.level == level
        if kind != "smooth":
            assert interval.width > 0, (level, interval)
    # The pseudo-counts of the adjusted Wald interval grow with the level and pull its centre to 0:
    # under 16 answers one limit may then move inwards, by up to 3 points of 200.
    nested = method != "adjusted_wald" or found.n_effective >= 16
    for narrow, wide in itertools.pairwise(intervals):
        assert wide.width >= narrow.width - 1e-9
        if nested:
            assert wide.low <= narrow.low + 1e-9
            assert wide.high >= narrow.high - 1e-9


@pytest.mark.parametrize("metric", [cx.csat, NET, cx.mean_rating], ids=lambda metric: metric.name)
@pytest.mark.parametrize("weighted", [False, True])
@given(data=st.data())
@settings(max_examples=40, phases=[Phase.explicit, Phase.reuse, Phase.generate])
def test_nothing_has_zero_width_with_units(
    metric: cx.Metric, weighted: bool, data: st.DataObject
) -> None:
    # Once: units whose means agree, or a group answered by a single unit, give a variance of 0 (or
    # of -1e-17, whose root is complex): zero width, or a TypeError.
    columns = data.draw(cxst.rows(FIVE, units=True, weighted=weighted, min_rows=2))
    assume(len(set(columns["unit"])) > 1)
    found = score(metric, columns, by="group")
    for own in (*found.values(), found.overall):
        for method in (None, "t", "wald"):
            interval = limits(own, method=method)
            if interval is not None:
                assert interval.low <= own.value <= interval.high
                assert interval.width > 0
        assert own.n_effective <= own.n * (1 + 1e-12)


@pytest.mark.parametrize("metric", [cx.csat, NET, cx.mean_rating], ids=lambda metric: metric.name)
@given(columns=cxst.rows(FIVE, items=2, weighted=True, strata=True, min_rows=2))
@settings(max_examples=40, phases=[Phase.explicit, Phase.reuse, Phase.generate])
def test_wide_items_have_intervals(metric: cx.Metric, columns: cxst.Columns) -> None:
    # Once: as above; and an item answered by one sheet of many still has the degrees of freedom of
    # all sheets.
    found = metric(columns, rating=["item1", "item2"], by="wave", weight="weight", strata="stratum")
    for own in (*found.values(), found.overall):
        interval = limits(own)
        if interval is not None:
            assert interval.low <= own.value <= interval.high
            assert interval.width > 0


def test_a_score_that_is_no_mean_of_values_is_not_unanimous() -> None:
    # Once: diversity is 0 for every single answer, so any answers at all are taken for unanimous:
    # the bootstrap is never asked, and the estimate +78.0 is its own upper limit.
    found = DIVERSITY([1, 1, 5, 5, 3, 2, 4, 4, 4, 2])
    assert "UNANIMOUS" not in {c.code for c in found.cautions}
    assert found.interval().method == "bca"
    assert "t" in found.interval(method="t").method


def test_the_bound_of_unanimous_answers_widens_with_the_level() -> None:
    # Once: only the share U of other answers is tried, not the shares up to U; diversity is highest
    # at one half, so the interval at 99 % (0 to 28) is inside that at 50 % (0 to 47).
    found = DIVERSITY([1, 1, 1])
    assert found.interval(0.99).high >= found.interval(0.5).high


def test_units_that_agree_leave_a_width() -> None:
    # Once: two customers who both answered 1 and 5 give the interval 3 to 3.
    interval = cx.mean_rating([1, 5, 1, 5], unit=["ann", "ann", "bob", "bob"]).interval()
    assert interval.width > 0


def test_rounding_leaves_a_real_interval() -> None:
    # Once: the variance was -2e-17, its square root a complex number, comparing it a TypeError.
    found = cx.mean_rating([1, 2, 4] * 3, unit=list("aaabbbccc"), weight=[0.1, 0.3, 0.7] * 3)
    interval = found.interval()
    assert interval.low < found.value < interval.high


def test_a_group_answered_by_one_customer_has_no_sharp_interval() -> None:
    # Once: the group x holds one customer, so nothing is known of its spread; got 3.0 to 3.0.
    scores = cx.mean_rating([1, 5, 3, 4, 2], unit=list("aabcd"), by=list("xxyyy"))
    interval = limits(scores["x"])
    assert interval is None or interval.width > 1


@pytest.mark.parametrize("metric", KINDS.values(), ids=KINDS)
def test_a_single_respondent_has_a_score_without_interval(metric: cx.Metric) -> None:
    # Once: n_effective asks for the variance of one unit, so that printing the score, its cautions
    # and its JSON raise DataError.
    one = metric([4, 2, 4], unit=["ann"] * 3)
    with pytest.raises(IntervalError, match=r"more units .* than strata"):
        one.interval()
    assert one.interval_or_none is None
    assert "NO_INTERVAL" in {c.code for c in one.cautions}
    assert "no interval" in str(one)
    assert one.summary()["interval"] is None


def test_a_lonely_stratum_leaves_the_score_printable() -> None:
    # Once: the same for a stratum with one unit: str(), cautions and to_dict() raise DataError.
    found = cx.nps([9, 10, 3], unit=[1, 2, 3], strata=["a", "a", "b"])
    assert "NO_INTERVAL" in {c.code for c in found.cautions}
    assert "+33.3" in str(found)


@pytest.mark.parametrize("metric", KINDS.values(), ids=KINDS)
def test_one_answer_has_no_interval(metric: cx.Metric) -> None:
    one = metric([4])
    assert one.interval_or_none is None
    assert {c.code for c in one.cautions} >= {"NO_INTERVAL", "SMALL_SAMPLE"}
    with pytest.raises(IntervalError, match=r"at least 2 answers; there is 1\. Report the number"):
        one.interval()
    none = metric([None])
    assert math.isnan(none.value)
    assert math.isnan(none.standard_error)
    assert [c.code for c in none.cautions] == ["NO_ANSWERS"]
    with pytest.raises(IntervalError, match="there are 0"):
        none.interval()


def test_unanimity_is_said_and_bounded() -> None:
    for metric in (cx.mean_rating, NET, cx.csat):
        all_five = metric([5] * 20)
        assert "UNANIMOUS" in {c.code for c in all_five.cautions}
        assert all_five.interval(method="t").method == "unanimous"
        assert all_five.interval().low < all_five.value
    # The upper Clopper-Pearson limit of 0 in 20 is 1 - .025^(1/20) = .1684.
    mean = cx.mean_rating([5] * 20).interval()
    assert mean.low == pytest.approx(5 - 4 * (1 - 0.025 ** (1 / 20)))
    assert mean.high == 5


# -- a metric made by hand -------------------------------------------------------------------------


@given(cxst.tallies(cx.zero_to_ten, weighted=True, min_rows=1))
def test_linear_and_smooth_forms_agree_with_the_built_in(tally: cx.Tally) -> None:
    assume(tally.n > 1 and tally.total)
    worth = np.array(cx.nps.values)
    by_hand = cx.linear("hand", cx.zero_to_ten, {(0, 6): -100, (7, 8): 0, (9, 10): 100})
    curved = cx.smooth("curved", cx.zero_to_ten, lambda s: s @ worth)
    a, b, c = (metric(tally) for metric in (cx.nps, by_hand, curved))
    assert a.value == b.value == c.value
    assert a.interval().to_dict() == b.interval().to_dict()
    assert c.sample.influence == pytest.approx(a.sample.influence, abs=1e-3)
    assert c.sample.variance == pytest.approx(a.sample.variance, rel=1e-5, abs=1e-6)


def test_points_no_score_depends_on_do_not_matter() -> None:
    # Splitting a box over its points changes neither the score nor its interval.
    lumped, spread = (
        cx.nps([3] * 6 + [10] * 6 + [8] * 2),
        cx.nps([0, 1, 2, 4, 5, 6, *[9, 10] * 3, 7, 8]),
    )
    assert lumped.value == pytest.approx(spread.value, abs=1e-12)
    a, b = lumped.interval(), spread.interval()
    assert (a.low, a.high) == pytest.approx((b.low, b.high))


def test_a_lonely_stratum_is_an_error_and_not_a_number() -> None:
    found = cx.nps([9, 10, 3], unit=[1, 2, 3], strata=["a", "a", "b"])
    assert found.value == pytest.approx(100 / 3)
    with pytest.raises(DataError, match=r"stratum 'b' has a single unit.*merge it"):
        found.interval()
