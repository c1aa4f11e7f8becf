"""Do the default intervals hold what they say? Their coverage, computed or simulated.

Shares and net scores have few possible samples, so their coverage is summed exactly over all of
them; everything else is simulated with a fixed seed. The average over realistic distributions has
to stay within 1.5 points of the nominal 95 %, save where the reference behind the defaults says
otherwise, in which case the test says so too. `--log-cli-level=INFO` shows the numbers.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Iterable
from typing import Any

import numpy as np
import pytest
from scipy.special import gammaln

import cxmetrics as cx
from cxmetrics.stats.compare import newcombe
from cxmetrics.stats.intervals.adjusted_wald import adjusted_wald

LOG = logging.getLogger(__name__)
SIZES = (5, 10, 30, 100)
DRAWS = 2_000
MARGIN = 0.015
Floats = np.ndarray[Any, np.dtype[np.float64]]

TRINOMIALS = np.random.default_rng(2016).dirichlet((3, 4, 7), 40)[:, [0, 1, 2]]
"""Shares of detractors, passives and promoters, as companies have them."""
SHARES = np.random.default_rng(1927).beta(5, 2.5, 40)
"""Shares of satisfied customers."""
SHAPES: dict[int, list[list[float]]] = {  # percent of the points, bad to good, on every scale:
    5: [  # mostly good, very good, in the middle, divided
        [5, 7, 15, 35, 38],
        [2, 3, 6, 24, 65],
        [10, 20, 40, 20, 10],
        [25, 10, 10, 20, 35],
    ],
    7: [
        [3, 4, 6, 12, 20, 30, 25],
        [1, 1, 2, 5, 11, 25, 55],
        [5, 10, 20, 30, 20, 10, 5],
        [20, 10, 7, 8, 10, 15, 30],
    ],
    11: [
        [4, 1, 2, 3, 3, 9, 7, 15, 22, 14, 20],
        [1, 0, 1, 1, 1, 3, 3, 9, 20, 21, 40],
        [2, 3, 6, 10, 15, 28, 15, 10, 6, 3, 2],
        [18, 4, 4, 3, 3, 8, 4, 6, 12, 13, 25],
    ],
}
SCALES = {5: cx.one_to_five, 7: cx.one_to_seven, 11: cx.zero_to_ten}


def close_to_nominal(n: int, covered: float, *, high: float = 0.95 + MARGIN) -> None:
    LOG.info("n = %d: coverage %.4f", n, covered)
    assert 0.95 - MARGIN <= covered <= high, f"n = {n}: coverage {covered:.4f}"


def close_on_average(covered: dict[Any, float], *, floor: float = 0.9) -> None:
    """Within 1.5 points over all sizes, and no single one far off.

    The t interval is the reference's default for means and is short of nominal on skewed ratings
    under 30 answers; the documentation says so, with these numbers.
    """
    LOG.info("coverage %s", {key: round(float(value), 4) for key, value in covered.items()})
    average = float(np.mean(list(covered.values())))
    assert abs(average - 0.95) <= MARGIN, f"average {average:.4f} of {covered}"
    assert floor <= min(covered.values()), covered
    assert max(covered.values()) <= 0.985, covered


def trinomial_samples(n: int) -> tuple[Floats, Floats]:
    """Every sample of size n: counts (samples, 3), and log of the ways to draw each."""
    counts = np.array([(d, n - d - p, p) for d in range(n + 1) for p in range(n + 1 - d)], float)
    return counts, gammaln(n + 1) - gammaln(counts + 1).sum(axis=1)


def chances(counts: Floats, ways: Floats, shares: Floats) -> Floats:
    """Shape (distributions, samples): the probability of each sample."""
    found: Floats = np.exp(ways + np.log(shares) @ counts.T)
    return found


def ends(intervals: Iterable[cx.Interval]) -> Floats:
    """Shape (2, intervals), widened by rounding."""
    return np.array([(i.low - 1e-9, i.high + 1e-9) for i in intervals]).T


def nps_tally(detractors: float, passives: float, promoters: float) -> cx.Tally:
    return cx.Tally.of(cx.zero_to_ten, {3: int(detractors), 8: int(passives), 10: int(promoters)})


def points_drawn(
    rng: np.random.Generator, shape: list[float], n: int, draws: int
) -> tuple[cx.Scale, Floats, float]:
    share = np.array(shape) / sum(shape)
    scale = SCALES[len(shape)]
    return scale, rng.multinomial(n, share, size=draws), float(share @ np.array(scale.points))


# -- one score -------------------------------------------------------------------------------------


@pytest.mark.parametrize("n", SIZES)
def test_nps(n: int) -> None:
    counts, ways = trinomial_samples(n)
    low, high = ends(cx.nps(nps_tally(*sample)).interval() for sample in counts)
    truth = 100 * (TRINOMIALS[:, 2] - TRINOMIALS[:, 0])[:, None]
    held = (low <= truth) & (truth <= high)
    by_distribution = (chances(counts, ways, TRINOMIALS) * held).sum(axis=1)
    close_to_nominal(n, by_distribution.mean())
    assert by_distribution.min() > 0.87  # the reference finds .88 at n = 5


@pytest.mark.parametrize("n", SIZES)
def test_shares(n: int) -> None:
    x = np.arange(n + 1.0)
    low, high = ends(
        cx.csat(cx.Tally.of(cx.one_to_five, {1: n - k, 5: k})).interval() for k in range(n + 1)
    )
    ways = gammaln(n + 1) - gammaln(x + 1) - gammaln(n - x + 1)
    both = np.stack([SHARES, 1 - SHARES], axis=1)
    chance = chances(np.stack([x, n - x], axis=1), ways, both)
    truth = 100 * SHARES[:, None]
    held = (low <= truth) & (truth <= high)
    close_to_nominal(n, (chance * held).sum(axis=1).mean())


def mean_coverage(points: int, n: int) -> float:
    rng = np.random.default_rng([1908, points, n])
    found = []
    for shape in SHAPES[points]:
        scale, drawn, truth = points_drawn(rng, shape, n, DRAWS)
        metric = cx.mean_rating.using(scale=scale)
        samples, number = np.unique(drawn, axis=0, return_counts=True)
        low, high = ends(metric(cx.Tally.of(scale, s.tolist())).interval() for s in samples)
        found.append(((low <= truth) & (truth <= high)) @ number / DRAWS)
    return float(np.mean(found))


def test_means() -> None:
    covered = {(points, n): mean_coverage(points, n) for points in SHAPES for n in SIZES}
    close_on_average(covered)
    for (_, n), own in covered.items():
        if n >= 30:
            close_to_nominal(n, own)


SMOOTH = cx.smooth("pair", cx.one_to_five, lambda s: 100 * (s[..., 3] + s[..., 4]) ** 2)


def smooth_coverage(n: int) -> float:
    """The chance that two customers are both satisfied depends on their number: exact."""
    x = np.arange(n + 1.0)
    low, high = ends(
        SMOOTH(cx.Tally.of(cx.one_to_five, {1: n - k, 5: k})).interval() for k in range(n + 1)
    )
    ways = gammaln(n + 1) - gammaln(x + 1) - gammaln(n - x + 1)
    both = np.stack([SHARES, 1 - SHARES], axis=1)
    chance = chances(np.stack([x, n - x], axis=1), ways, both)
    truth = 100 * SHARES[:, None] ** 2
    held = (low <= truth) & (truth <= high)
    return float((chance * held).sum(axis=1).mean())


def test_smooth() -> None:
    close_on_average({n: smooth_coverage(n) for n in SIZES})


# -- weights ---------------------------------------------------------------------------------------

POPULATION = (0.7, 0.3)
PAIRS = list(zip(TRINOMIALS[:20], TRINOMIALS[20:], strict=True))


def stratified(n: int) -> tuple[tuple[int, int], tuple[float, float]]:
    """Sizes and weights of two strata of 70 and 30 %, sampled 30 and 70 %."""
    first = max(round(0.3 * n), 2)
    sizes = (first, n - first)
    return sizes, (POPULATION[0] * n / sizes[0], POPULATION[1] * n / sizes[1])


def weighted_rows(samples: Any, weights: tuple[float, float]) -> dict[str, list[Any]]:
    rows: dict[str, list[Any]] = {"r": [], "w": [], "s": []}
    for sample, weight, name in zip(samples, weights, "ab", strict=True):
        for rating, number in zip((3, 8, 10), sample, strict=True):
            rows["r"] += [rating] * int(number)
            rows["w"] += [weight] * int(number)
            rows["s"] += [name] * int(number)
    return rows


@pytest.mark.parametrize("n", SIZES)
def test_weighted_nps(n: int) -> None:
    sizes, weights = stratified(n)
    effective = n**2 / sum(m * w * w for m, w in zip(sizes, weights, strict=True))
    rng = np.random.default_rng([1992, n])
    found = []
    for pair in PAIRS:
        drawn = [rng.multinomial(m, s, size=500) for m, s in zip(sizes, pair, strict=True)]
        shares = sum(d * w for d, w in zip(drawn, weights, strict=True)) / n
        truth = sum(q * (s[2] - s[0]) for q, s in zip(POPULATION, pair, strict=True))
        limits = [
            adjusted_wald(effective * p, effective * d, effective) for d, _, p in shares.tolist()
        ]
        low, high = np.array(limits).T
        found.append(((low <= truth) & (truth <= high)).mean())
        rows = weighted_rows([d[0] for d in drawn], weights)  # the public way to the same limits
        interval = cx.nps(rows, rating="r", weight="w").interval()
        assert interval.low == pytest.approx(100 * max(limits[0][0], -1))
        assert interval.high == pytest.approx(100 * min(limits[0][1], 1))
    # The reference finds .960 at n = 30: Kish's n overstates what such weights cost.
    close_to_nominal(n, float(np.mean(found)), high=0.975)


@pytest.mark.parametrize("n", [30, 100])
def test_weighted_nps_with_strata(n: int) -> None:
    sizes, weights = stratified(n)
    rng = np.random.default_rng([1983, n])
    held = []
    for pair in PAIRS:
        truth = 100 * sum(q * (s[2] - s[0]) for q, s in zip(POPULATION, pair, strict=True))
        drawn = [rng.multinomial(m, s, size=60) for m, s in zip(sizes, pair, strict=True)]
        for samples in zip(*drawn, strict=True):
            rows = weighted_rows(samples, weights)
            held.append(truth in cx.nps(rows, rating="r", weight="w", strata="s").interval())
    covered = float(np.mean(held))
    LOG.info("n = %d: coverage %.4f", n, covered)
    # The reference finds .928 at n = 30: with few answers the design effect itself is noise.
    assert 0.928 - 0.015 <= covered <= 0.965, f"n = {n}: coverage {covered:.4f}"


def weighted_mean_coverage(n: int) -> float:
    sizes, weights = stratified(n)
    rng = np.random.default_rng([1984, n])
    held = []
    for first, second in zip(SHAPES[5][:3], SHAPES[5][1:], strict=True):
        _, a, mean_a = points_drawn(rng, first, sizes[0], 600)
        _, b, mean_b = points_drawn(rng, second, sizes[1], 600)
        truth = POPULATION[0] * mean_a + POPULATION[1] * mean_b
        for x, y in zip(a.tolist(), b.tolist(), strict=True):
            parts = [cx.Tally.of(cx.one_to_five, counts) for counts in (x, y)]
            tally = parts[0] * weights[0] + parts[1] * weights[1]
            held.append(truth in cx.mean_rating(tally).interval())
    return float(np.mean(held))


def test_weighted_means() -> None:
    close_on_average({n: weighted_mean_coverage(n) for n in SIZES})


# -- groups of a sample with units -----------------------------------------------------------------


@pytest.mark.parametrize("n", [5, 10, 30])
@pytest.mark.parametrize("metric", ["mean_rating", "csat", "net_box"])
def test_naming_units_that_answer_once_costs_no_coverage(metric: str, n: int) -> None:
    # Once a group kept the degrees of freedom of the whole sample: five answers got the quantile of
    # two thousand, and means covered .88. Every questionnaire with several rating columns implies
    # `unit`.
    chosen = {"mean_rating": cx.mean_rating, "csat": cx.csat, "net_box": cx.net_box()}[metric]
    assert chosen.values is not None
    rng = np.random.default_rng([1965, n])
    named, plain = [], []
    for shape in SHAPES[5]:
        groups = DRAWS // 4
        share = np.array(shape) / sum(shape)
        rows = {
            "r": rng.choice(np.arange(1, 6), size=groups * n, p=share),
            "g": np.repeat(np.arange(groups), n),
            "u": np.arange(groups * n),
        }
        truth = float(share @ np.array(chosen.values))
        for unit, held in (("u", named), (None, plain)):
            scores = chosen(rows, rating="r", by="g", unit=unit)
            held += [truth in score.interval() for score in scores.values()]
    with_units, without = float(np.mean(named)), float(np.mean(plain))
    LOG.info("n = %d: coverage %.4f with units, %.4f without", n, with_units, without)
    assert abs(with_units - without) <= MARGIN, f"n = {n}: {with_units:.4f}, not {without:.4f}"


@pytest.mark.parametrize("n", [2, 4, 10])
def test_a_group_that_does_not_vary_is_no_sure_thing_with_units(n: int) -> None:
    # Once its variance was taken for 0: four of four who were angry made an interval of 7 points
    # where the same answers without `unit` have 52.
    rows = {
        "r": [1] * n + [1] * 100 + [5] * 400,
        "g": ["few"] * n + ["many"] * 500,
        "u": range(n + 500),
    }
    plain, named = (cx.csat(rows, rating="r", by="g", **own) for own in ({}, {"unit": "u"}))
    one, other = (scores["few"].compare(scores["many"]).interval for scores in (plain, named))
    assert (one.low, one.high) == pytest.approx((other.low, other.high), abs=0.2)
    mean = cx.mean_rating.using(scale=cx.one_to_five)(rows, rating="r", by="g", unit="u")
    assert mean["few"].compare(mean["many"]).interval.width > mean["few"].interval().width


# -- differences -----------------------------------------------------------------------------------


@pytest.mark.parametrize("n", SIZES)
def test_differences_of_net_scores(n: int) -> None:
    rng = np.random.default_rng([2021, n])
    held, errors = [], []
    for first, second in PAIRS[:8]:
        truth = 100 * ((first[2] - first[0]) - (second[2] - second[0]))
        a, b = (rng.multinomial(n, share, size=500) for share in (first, second))
        for x, y in zip(a, b, strict=True):
            held.append(truth in cx.nps(nps_tally(*x)).compare(cx.nps(nps_tally(*y))).interval)
        c = rng.multinomial(n, first, size=250)
        for x, y in zip(a, c, strict=False):
            errors.append(cx.nps(nps_tally(*x)).compare(cx.nps(nps_tally(*y))).significant)
    # The reference finds an error of the first kind of .036 at n = 10: cautious with few answers.
    close_to_nominal(n, float(np.mean(held)), high=0.97 if n < 30 else 0.965)
    LOG.info("n = %d: error of the first kind %.4f", n, np.mean(errors))
    assert np.mean(errors) <= 0.05 + MARGIN


@pytest.mark.parametrize("n", SIZES)
def test_differences_of_shares(n: int) -> None:
    x = np.arange(n + 1.0)
    ways = gammaln(n + 1) - gammaln(x + 1) - gammaln(n - x + 1)
    both = np.stack([SHARES, 1 - SHARES], axis=1)
    chance = chances(np.stack([x, n - x], axis=1), ways, both)
    low, high = np.array([newcombe(a, n, b, n) for a in x for b in x]).T
    found = []
    for place in range(0, len(SHARES), 2):
        truth = SHARES[place] - SHARES[place + 1]
        held = (low - 1e-12 <= truth) & (truth <= high + 1e-12)
        found.append(np.outer(chance[place], chance[place + 1]).ravel() @ held)
    close_to_nominal(n, float(np.mean(found)))
    one, two = (cx.csat([5] * k + [1] * (n - k)) for k in (n // 2, n // 4 + 1))
    expected = newcombe(n // 2, n, n // 4 + 1, n)
    interval = one.compare(two).interval
    assert (interval.low, interval.high) == pytest.approx((100 * expected[0], 100 * expected[1]))


@pytest.mark.parametrize("n", SIZES)
def test_differences_of_means(n: int) -> None:
    rng = np.random.default_rng([1947, n])
    held = []
    for first, second in zip(SHAPES[5], [*SHAPES[5][1:], SHAPES[5][0]], strict=True):
        scale, a, mean_a = points_drawn(rng, first, n, 600)
        _, b, mean_b = points_drawn(rng, second, n, 600)
        for x, y in zip(a.tolist(), b.tolist(), strict=True):
            one, two = (cx.mean_rating(cx.Tally.of(scale, counts)) for counts in (x, y))
            held.append(mean_a - mean_b in one.compare(two).interval)
    close_to_nominal(n, float(np.mean(held)))


def smooth_difference_coverage(n: int) -> float:
    """MOVER is made of the limits of each score: one bootstrap a sample serves every pair."""
    scores = [SMOOTH(cx.Tally.of(cx.one_to_five, {1: n - k, 5: k})) for k in range(n + 1)]
    value = np.array([score.value for score in scores])
    own = np.array([(i.low, i.high) for i in (score.interval() for score in scores)])
    down, up = value - own[:, 0], own[:, 1] - value
    x = np.arange(n + 1.0)
    ways = gammaln(n + 1) - gammaln(x + 1) - gammaln(n - x + 1)
    chance = chances(np.stack([x, n - x], axis=1), ways, np.stack([SHARES, 1 - SHARES], axis=1))
    centre = value[:, None] - value
    low = centre - np.hypot(down[:, None], up)
    high = centre + np.hypot(up[:, None], down)
    found = []
    for place in range(0, len(SHARES), 2):
        truth = 100 * (SHARES[place] ** 2 - SHARES[place + 1] ** 2)
        held = (low - 1e-9 <= truth) & (truth <= high + 1e-9)
        found.append(chance[place] @ held @ chance[place + 1])
    interval = scores[n // 2].compare(scores[n // 4]).interval  # the public way to the same limits
    assert interval.method == "mover"
    assert (interval.low, interval.high) == pytest.approx(
        (low[n // 2, n // 4], high[n // 2, n // 4])
    )
    return float(np.mean(found))


def test_differences_of_smooth_scores() -> None:
    close_on_average({n: smooth_difference_coverage(n) for n in SIZES})


@pytest.mark.parametrize("n", SIZES)
@pytest.mark.parametrize("metric", ["mean_rating", "csat", "net_box"])
def test_paired_differences(metric: str, n: int) -> None:
    # The t interval of the reference ("same customers in two waves"), for every kind of score.
    chosen = {"mean_rating": cx.mean_rating, "csat": cx.csat, "net_box": cx.net_box()}[metric]
    rng = np.random.default_rng([1876, n])
    assert chosen.values is not None
    worth = np.array(chosen.values)
    held = []
    for shape in SHAPES[5][:2]:
        share = np.array(shape) / sum(shape)
        for _ in range(200):
            before = rng.choice(np.arange(1, 6), size=n, p=share)
            other = rng.choice(np.arange(1, 6), size=n, p=share[::-1])
            after = np.where(rng.random(n) < 0.6, before, other)
            truth = float(0.4 * (share[::-1] @ worth - share @ worth))
            scores = chosen({"a": before, "b": after}, rating=["a", "b"])
            held.append(truth in scores["b"].compare(scores["a"]).interval)
    covered = float(np.mean(held))
    LOG.info("n = %d: coverage %.4f", n, covered)
    noise = 3 * math.sqrt(0.95 * 0.05 / len(held))
    assert covered >= 0.95 - MARGIN - noise, f"n = {n}: coverage {covered:.4f}"
