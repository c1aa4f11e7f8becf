"""Control limits, CUSUM and EWMA against formulas written out and simulated false alarms."""

from __future__ import annotations

import numpy as np
import pytest

import cxmetrics as cx
from cxmetrics.stats.charts import between_periods
from cxmetrics.stats.charts import cusum as sums
from cxmetrics.stats.charts import ewma as smoothed
from cxmetrics.trends import control_chart, cusum, ewma


def series(counts, metric=cx.nps):
    """Scores of periods 1, 2, … from their counts by point."""
    rows = [point for own in counts for point, n in own.items() for _ in range(n)]
    labels = [place for place, own in enumerate(counts, 1) for n in own.values() for _ in range(n)]
    return metric(rows, by=labels)


def drawn(shares, sizes, *, seed=0):
    dice = np.random.default_rng(seed)
    draws = [dice.multinomial(n, p) for p, n in zip(shares, sizes, strict=True)]
    return series([dict(zip((3, 8, 10), map(int, own), strict=True)) for own in draws])


CALM = [[0.2, 0.3, 0.5]] * 24
SIZES = [60 + 10 * (i % 5) for i in range(24)]


def test_nps_chart_is_laneys_logic_on_the_pooled_nps() -> None:
    scores = drawn(CALM, SIZES)
    found = control_chart(scores)
    n = np.array([score.n for score in scores.values()])
    p = np.array([score.parts["promoters"] for score in scores.values()]) * n
    d = np.array([score.parts["detractors"] for score in scores.values()]) * n
    centre = (p - d).sum() / n.sum()
    v = (p + d).sum() / n.sum() - centre**2
    sigma = np.sqrt(v / n)
    z = ((p - d) / n - centre) / sigma
    sigma_z = np.abs(np.diff(z)).mean() / 1.128
    assert found.centre == pytest.approx(100 * centre)
    assert found.sigma_z == pytest.approx(sigma_z)
    highs = [point.high for point in found.points]
    assert highs == pytest.approx(np.minimum(100 * (centre + 3 * sigma * sigma_z), 100))


def test_a_chart_of_means_has_the_pooled_standard_deviation() -> None:
    dice = np.random.default_rng(1)
    rows, by = dice.integers(1, 6, 600), np.repeat(np.arange(12), 50)
    found = control_chart(cx.mean_rating(rows, by=by), least_sigma_z=1)
    sigma = rows.std() / np.sqrt(50) * found.sigma_z
    assert [point.sigma for point in found.points] == pytest.approx([sigma] * 12)


def test_weights_count_by_their_effective_number() -> None:
    dice = np.random.default_rng(2)
    rows, by = dice.choice([3, 8, 10], 1200), np.repeat(np.arange(12), 100)
    even = control_chart(cx.nps(rows, by=by))
    doubled = control_chart(cx.nps(rows, by=by, weight=np.full(1200, 2.0)))
    assert [p.sigma for p in doubled.points] == pytest.approx([p.sigma for p in even.points])
    uneven = cx.nps(rows, by=by, weight=dice.uniform(0.2, 3, 1200))
    found = control_chart(uneven)
    ratio = [p.sigma**2 * uneven[p.label].n_effective for p in found.points]
    assert ratio == pytest.approx([ratio[0]] * 12)


def test_a_frozen_baseline_judges_what_comes_later() -> None:
    scores = drawn([*CALM, [0.45, 0.3, 0.25]], [*SIZES, 200], seed=3)
    frozen = control_chart(scores, baseline=24)
    assert [point.label for point in frozen.out] == [25]
    assert frozen.baseline == tuple(range(1, 25))
    assert frozen.centre == control_chart(scores, baseline=range(1, 25)).centre
    assert [p.baseline for p in frozen.points] == [True] * 24 + [False]


def test_overdispersed_periods_do_not_all_raise_alarms() -> None:
    dice = np.random.default_rng(4)
    shares = [[0.3 - s, 0.3, 0.4 + s] for s in dice.normal(0, 0.05, 40)]
    scores = drawn(shares, [5000] * 40)
    found = control_chart(scores)
    assert found.sigma_z > 4
    assert len(found.out) <= 1
    assert sum(abs(point.z) * found.sigma_z > 3 for point in found.points) > 20


def test_false_alarms_are_rare_and_shifts_are_found() -> None:
    alarms = found = 0
    for seed in range(200):
        calm = drawn([*CALM, CALM[0]], [*SIZES, 100], seed=seed)
        moved = drawn([*CALM, [0.4, 0.3, 0.3]], [*SIZES, 100], seed=seed)
        alarms += bool(control_chart(calm, baseline=24).out)
        found += 25 in {point.label for point in control_chart(moved, baseline=24).out}
    assert alarms <= 40  # of 5,000 periods, with limits from 24 only
    assert found >= 120


def test_an_empty_period_is_a_gap_with_a_caution() -> None:
    scores = cx.nps(
        [9, 3, 10, 8, None, 9, 3, 9, 8, 7] * 6, by=[2021, 2021, 2022, 2022, 2023, *[2024] * 5] * 6
    )
    found = control_chart(scores)
    gap = found.points[2]
    assert (gap.label, gap.value, gap.low, gap.out) == (2023, None, None, False)
    assert "EMPTY_PERIOD" in {caution.code for caution in found.cautions}
    assert "SHORT_SERIES" in {caution.code for caution in found.cautions}
    assert len(cusum(scores).points) == len(ewma(scores).points) == 3


def test_periods_that_do_not_differ_get_limits_of_chance_alone() -> None:
    found = control_chart(series([{3: 10, 8: 10, 10: 20}] * 5))
    assert found.sigma_z == 1
    assert "FLAT_SERIES" in {caution.code for caution in found.cautions}
    assert found.points[0].high > found.centre > found.points[0].low


def test_answers_without_a_period_are_counted() -> None:
    scores = cx.nps([9, 3, 8, 10] * 12, by=[2021, 2022, 2023, None] * 12)
    found = control_chart(scores)
    assert [point.label for point in found.points] == [2021, 2022, 2023]
    assert "12 answers have no group" in " ".join(map(str, found.cautions))


def test_ewma_limits_are_montgomerys_where_periods_are_alike() -> None:
    weight, t = 0.1, np.arange(1, 31)
    found = smoothed(np.zeros(30), 2.0, target=0.0, weight=weight)
    exact = 2 * np.sqrt(weight / (2 - weight) * (1 - (1 - weight) ** (2 * t)))
    assert found.sigma == pytest.approx(exact, rel=1e-12)


def test_ewma_of_a_target_starts_there() -> None:
    scores = drawn(CALM, SIZES)
    found = ewma(scores, target=0.0, weight=1.0)
    assert [point.mean for point in found.points] == pytest.approx(
        [score.value for score in scores.values()]
    )
    assert found.out  # about 30 points above the target
    assert cusum(scores, target=0.0).first.signal == "up"


def test_cusum_mirrors() -> None:
    z = np.random.default_rng(5).normal(size=50)
    assert np.array_equal(sums(z).up, sums(-z).down)


def test_moving_range_is_not_fooled_by_a_step() -> None:
    step = np.concatenate([np.zeros(20), np.full(20, 10.0)])
    noise = np.random.default_rng(6).normal(size=40)
    assert between_periods(step + noise) < 1.5 < np.std(step + noise)


def test_results_print_and_serialise() -> None:
    import json

    scores = drawn(CALM, SIZES)
    for found in (control_chart(scores), cusum(scores), ewma(scores)):
        assert "NPS" in str(found)
        json.dumps(found.to_dict(), allow_nan=False)
