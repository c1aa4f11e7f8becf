"""The same numbers from other people's code: statsmodels and scipy."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint
from statsmodels.stats.weightstats import CompareMeans, DescrStatsW

import cxmetrics as cx
from cxmetrics.stats.compare import mann_whitney
from cxmetrics.stats.multiplicity import adjust

FIVE = cx.one_to_five
COUNTS = st.lists(st.integers(0, 12), min_size=5, max_size=5).filter(lambda c: sum(c) > 1)
SHARES = st.integers(2, 200).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
LEVELS = st.sampled_from([0.8, 0.9, 0.95, 0.99])


def satisfied(x: int, n: int) -> cx.Score:
    return cx.csat(cx.Tally.of(FIVE, {1: n - x, 5: x}))


def rows(counts: list[int]) -> np.ndarray:
    return np.repeat(np.arange(1, 6), counts)


def limits(interval: cx.Interval) -> tuple[float, float]:
    return interval.low / 100, interval.high / 100


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("wilson", "wilson"),
        ("agresti_coull", "agresti_coull"),
        ("clopper_pearson", "beta"),
        ("jeffreys", "jeffreys"),
    ],
)
@given(share=SHARES, level=LEVELS)
def test_shares(ours: str, theirs: str, share: tuple[int, int], level: float) -> None:
    x, n = share
    low, high = proportion_confint(x, n, alpha=1 - level, method=theirs)
    if ours == "jeffreys":  # by definition 0 and 1 at the ends (Brown, Cai & DasGupta 2001)
        low, high = (0.0 if x == 0 else low), (1.0 if x == n else high)
    got = limits(satisfied(x, n).interval(level, method=ours))
    # Every interval is made to hold its estimate; Jeffreys' may miss it by a hair.
    expected = min(max(low, 0.0), x / n), max(min(high, 1.0), x / n)
    assert got == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize(
    ("ours", "theirs"), [("newcombe", "newcomb"), ("agresti_caffo", "agresti-caffo")]
)
@given(first=SHARES, second=SHARES, level=LEVELS)
def test_differences_of_shares(
    ours: str, theirs: str, first: tuple[int, int], second: tuple[int, int], level: float
) -> None:
    expected = confint_proportions_2indep(
        *first, *second, method=theirs, compare="diff", alpha=1 - level
    )
    found = satisfied(*first).compare(satisfied(*second), level=level, method=ours)
    # Ours holds the difference it is of, and stays within -1 to 1: see tests/laws.
    value = first[0] / first[1] - second[0] / second[1]
    held = min(expected[0], value), max(expected[1], value)
    assert limits(found.interval) == pytest.approx(np.clip(held, -1, 1), abs=1e-9)


@given(first=SHARES, second=SHARES)
def test_the_test_of_shares(first: tuple[int, int], second: tuple[int, int]) -> None:
    table = np.array([[first[0], first[1] - first[0]], [second[0], second[1] - second[0]]])
    found = satisfied(*first).compare(satisfied(*second)).difference
    assume(table.sum(axis=0).all())
    expected_counts = stats.contingency.expected_freq(table)
    if expected_counts.min() >= 1:
        chi = stats.chi2_contingency(table, correction=False).statistic
        n = table.sum()
        assert found.test == "N-1 chi-square"
        assert found.statistic == pytest.approx(chi * (n - 1) / n, rel=1e-9, abs=1e-12)
        assert found.p_value == pytest.approx(stats.chi2.sf(chi * (n - 1) / n, 1), rel=1e-7)
    else:
        # Fisher's exact p counts the observed table in full, mid-P counts half of it.
        hits = table[:, 0].sum()
        own = stats.hypergeom(table.sum(), hits, first[1]).pmf(first[0])
        exact = stats.fisher_exact(table).pvalue
        assert found.test == "Fisher-Irwin mid-P"
        assert found.p_value == pytest.approx(exact - own / 2, rel=1e-6)


@given(COUNTS, LEVELS)
def test_means(counts: list[int], level: float) -> None:
    answers = rows(counts)
    assume(np.ptp(answers) > 0)
    found = cx.mean_rating(answers)
    expected = DescrStatsW(answers).tconfint_mean(alpha=1 - level)
    interval = found.interval(level)
    assert found.value == pytest.approx(answers.mean())
    assert found.standard_error == pytest.approx(stats.sem(answers))
    assert (interval.low, interval.high) == pytest.approx(
        (max(expected[0], 1), min(expected[1], 5)), abs=1e-9
    )


@given(COUNTS, st.data())
def test_weighted_means(counts: list[int], data: st.DataObject) -> None:
    answers = rows(counts)
    size = len(answers)
    weights = np.array(data.draw(st.lists(st.floats(0.1, 9), min_size=size, max_size=size)))
    found = cx.mean_rating(answers, weight=weights)
    described = DescrStatsW(answers, weights=weights)
    assert found.value == pytest.approx(described.mean)
    # statsmodels takes weights for frequencies; the variance is compared piece by piece instead.
    centred = (weights * (answers - described.mean)) ** 2
    expected = size / (size - 1) * centred.sum() / weights.sum() ** 2
    assert found.sample.variance == pytest.approx(expected, rel=1e-9, abs=1e-12)
    assert found.n_effective == pytest.approx(weights.sum() ** 2 / (weights**2).sum())
    points = found.tally.share @ (np.arange(1, 6) - found.value) ** 2
    assert points == pytest.approx(described.var, abs=1e-9)


@given(COUNTS, COUNTS, LEVELS)
def test_welch(first: list[int], second: list[int], level: float) -> None:
    a, b = rows(first), rows(second)
    assume(np.ptp(a) > 0 and np.ptp(b) > 0)
    found = cx.mean_rating(a).compare(cx.mean_rating(b), level=level)
    theirs = CompareMeans(DescrStatsW(a), DescrStatsW(b))
    t, p, df = theirs.ttest_ind(usevar="unequal")
    expected = theirs.tconfint_diff(alpha=1 - level, usevar="unequal")
    assert found.difference.statistic == pytest.approx(t, rel=1e-9, abs=1e-9)
    assert found.difference.df == pytest.approx(df, rel=1e-9)
    assert found.p_value == pytest.approx(p, rel=1e-7, abs=1e-12)
    # Ours stays within -4 to 4: see tests/laws.
    assert (found.interval.low, found.interval.high) == pytest.approx(
        np.clip(expected, -4, 4), rel=1e-9, abs=1e-9
    )


@given(COUNTS, COUNTS)
def test_rank_sum(first: list[int], second: list[int]) -> None:
    a, b = rows(first), rows(second)
    assume(np.ptp(np.concatenate([a, b])) > 0)
    expected = stats.mannwhitneyu(a, b, method="asymptotic", use_continuity=True)
    w, p = mann_whitney(np.array(first, float), np.array(second, float))
    assert w == expected.statistic
    assert p == pytest.approx(min(expected.pvalue, 1), rel=1e-7)
    found = cx.mean_rating(a).compare(cx.mean_rating(b), method="mann_whitney")
    assert found.difference.statistic == w
    assert found.p_value == p


@given(st.lists(st.floats(0, 1), min_size=1, max_size=20))
@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("holm", "holm"),
        ("bh", "fdr_bh"),
        ("by", "fdr_by"),
        ("hochberg", "simes-hochberg"),
        ("bonferroni", "bonferroni"),
    ],
)
def test_adjusted_p_values(ours: str, theirs: str, p_values: list[float]) -> None:
    expected = multipletests(p_values, method=theirs)[1]
    assert adjust(p_values, ours) == pytest.approx(expected.tolist(), abs=1e-12)  # type: ignore[arg-type]
    gaps = [None, *p_values, None]
    assert adjust(gaps, ours)[1:-1] == adjust(p_values, ours)  # type: ignore[arg-type]
    assert adjust(gaps, ours)[0] is None  # type: ignore[arg-type]


SAMPLES = [[2, 3, 6, 14, 15], [0, 1, 3, 9, 17], [5, 8, 9, 6, 2], [1, 0, 0, 2, 9]]


@pytest.mark.parametrize("counts", SAMPLES)
@pytest.mark.parametrize("method", ["bca", "bootstrap"])
def test_bootstrap_of_the_mean(counts: list[int], method: str) -> None:
    theirs = stats.bootstrap(
        (rows(counts),),
        np.mean,
        method={"bca": "BCa", "bootstrap": "percentile"}[method],
        n_resamples=9_999,
        rng=np.random.default_rng(1),
        vectorized=True,
    ).confidence_interval
    ours = cx.mean_rating(rows(counts)).interval(method=method)
    # Bootstrap means of n ratings are multiples of 1/n: two generators may differ by such a step.
    step = 1 / sum(counts)
    assert (ours.low, ours.high) == pytest.approx((theirs.low, theirs.high), abs=step + 1e-9)


@pytest.mark.parametrize("counts", SAMPLES)
def test_bootstrap_of_a_smooth_score(counts: list[int]) -> None:
    deviation = cx.smooth(
        "sd",
        FIVE,
        lambda s: np.sqrt(s @ np.arange(1, 6) ** 2 - (s @ np.arange(1, 6)) ** 2),
        unit="rating",
    )
    # A standard deviation is 0 for every single answer, which is no unanimity.
    theirs = stats.bootstrap(
        (rows(counts),),
        np.std,
        method="BCa",
        n_resamples=9_999,
        rng=np.random.default_rng(1),
        vectorized=True,
    ).confidence_interval
    ours = deviation(rows(counts)).interval()
    assert ours.method == "bca"
    assert (ours.low, ours.high) == pytest.approx((theirs.low, theirs.high), abs=0.08)


@settings(max_examples=25)
@given(COUNTS.filter(lambda c: sum(c) > 3 and min(c[0] + c[1], c[3] + c[4]) > 0))
def test_dirichlet_of_a_share_is_jeffreys(counts: list[int]) -> None:
    found = cx.csat(rows(counts))
    drawn, exact = found.interval(method="dirichlet"), found.interval(method="jeffreys")
    assert (drawn.low, drawn.high) == pytest.approx((exact.low, exact.high), abs=2.0)


def test_published_intervals() -> None:
    # Newcombe 1998: 81 of 263 and 0 of 20; Tango 1998: 6 and 16 of 161, 3 of 3.
    wilson = satisfied(81, 263).interval()
    assert (round(wilson.low, 2), round(wilson.high, 2)) == (25.53, 36.62)
    assert round(satisfied(0, 20).interval().high, 2) == 16.11
    tango = cx.nps(cx.Tally.of(cx.zero_to_ten, {10: 6, 0: 16, 8: 139})).interval(method="tango")
    assert (round(tango.low, 2), round(tango.high, 2)) == (-12.40, -0.54)
    three = cx.nps([10, 9, 10]).interval(method="tango")
    assert (round(three.low, 2), three.high) == (-12.30, 100)
    # whuber 2012, Cross Validated 18603: (1, 2, 3) has variance 5/9.
    small = cx.nps([0, 7, 8, 9, 10, 10])
    assert small.value == pytest.approx(100 / 3)
    assert small.standard_error**2 * small.n == pytest.approx(10_000 * 5 / 9)
