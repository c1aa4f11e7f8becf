"""Mix and rate: exact sums, Simpson, intervals against the bootstrap, the airport's two waves."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import cxmetrics as cx
from cxmetrics.trends import decompose

ANSWER = st.tuples(
    st.sampled_from([1, 2]), st.sampled_from("abc"), st.integers(0, 10), st.integers(1, 16)
)


def scores_of(rows, metric=cx.nps, **options):
    wave, site, rating = zip(*[row[:3] for row in rows], strict=True)
    weight = {"weight": [row[3] / 8 for row in rows]} if len(rows[0]) > 3 else {}
    return metric(list(rating), by={"wave": wave, "site": site}, **weight, **options)


def both_waves(rows):
    return [(1, "a", 9, 8), (2, "b", 3, 8), *rows]


@given(st.lists(ANSWER, max_size=30), st.sampled_from([cx.nps, cx.mean_rating]))
def test_rate_and_mix_sum_to_the_change(rows, metric) -> None:
    options = {} if metric is cx.nps else {"scale": cx.zero_to_ten}
    scores = scores_of(both_waves(rows), metric, **options)
    found = decompose(scores, time="wave")
    waves = scores.metric.of(scores.cube.roll_up("wave"))
    assert found.change == pytest.approx(waves[2].value - waves[1].value, abs=1e-9)
    assert found.rate + found.mix == pytest.approx(found.change, abs=1e-9)
    assert sum(s.rate for s in found.segments) == pytest.approx(found.rate, abs=1e-9)
    assert sum(s.mix for s in found.segments) == pytest.approx(found.mix, abs=1e-9)


@given(st.lists(ANSWER, max_size=30), st.permutations("abc"), st.randoms())
def test_names_and_order_do_not_matter(rows, names, dice) -> None:
    rows = both_waves(rows)
    found = decompose(scores_of(rows), time="wave")
    renamed = [(w, names["abc".index(s)], *rest) for w, s, *rest in rows]
    dice.shuffle(renamed)
    other = decompose(scores_of(renamed), time="wave")
    assert other.rate == pytest.approx(found.rate, abs=1e-9)
    mine = {names["abc".index(s.key)]: (s.rate, s.mix) for s in found.segments}
    for segment in other.segments:
        assert (segment.rate, segment.mix) == pytest.approx(mine[segment.key], abs=1e-9)


@given(st.lists(ANSWER, max_size=30))
def test_looking_back_turns_the_signs(rows) -> None:
    scores = scores_of(both_waves(rows))
    there = decompose(scores, time="wave", before=1, after=2)
    back = decompose(scores, time="wave", before=2, after=1)
    assert (back.rate, back.mix) == pytest.approx((-there.rate, -there.mix), abs=1e-9)


def test_every_segment_rises_and_the_total_falls() -> None:
    rows = ([(1, "a", 10)] * 80 + [(1, "a", 8)] * 20 + [(1, "b", 10)] * 5 + [(1, "b", 8)] * 20) + (
        [(2, "a", 10)] * 21 + [(2, "a", 8)] * 4 + [(2, "b", 10)] * 30 + [(2, "b", 8)] * 70
    )
    found = decompose(scores_of(rows), time="wave")
    assert found.change < 0 < found.rate
    assert all(segment.after > segment.before for segment in found.segments)
    assert [caution.code for caution in found.cautions] == ["MIX_SHIFT"]
    assert "mix, who answered" in str(found)
    json.dumps(found.to_dict(), allow_nan=False)


def test_intervals_are_those_of_the_bootstrap() -> None:
    dice = np.random.default_rng(0)
    sizes = {(1, "a"): 300, (1, "b"): 500, (2, "a"): 450, (2, "b"): 350}
    chances = dict(
        zip(
            sizes, ([0.1, 0.2, 0.7], [0.7, 0.2, 0.1], [0.4, 0.3, 0.3], [0.1, 0.3, 0.6]), strict=True
        )
    )
    rows = [
        (*key, int(r))
        for key, n in sizes.items()
        for r in dice.choice([3, 8, 10], n, p=chances[key])
    ]
    found = decompose(scores_of(rows), time="wave")
    codes = {3: -100.0, 8: 0.0, 10: 100.0}
    frame = pd.DataFrame(rows, columns=["wave", "site", "rating"])
    frame["worth"] = frame.rating.map(codes)
    waves = [frame[frame.wave == w].reset_index() for w in (1, 2)]
    drawn = []
    for _ in range(2000):
        shares, means = [], []
        for wave in waves:
            take = dice.integers(0, len(wave), len(wave))
            first = (wave.site.to_numpy()[take] == "a").astype(bool)
            worth = wave.worth.to_numpy()[take]
            shares.append(np.array([first.mean(), 1 - first.mean()]))
            means.append(np.array([worth[first].mean(), worth[~first].mean()]))
        rate = ((shares[0] + shares[1]) / 2 * (means[1] - means[0])).sum()
        mix = ((means[0] + means[1]) / 2 * (shares[1] - shares[0])).sum()
        drawn.append((rate + mix, rate, mix))
    spread = np.std(drawn, axis=0)
    margins = [i.margin for i in (found.change_interval, found.rate_interval, found.mix_interval)]
    assert np.array(margins) / 1.96 == pytest.approx(spread, rel=0.06)


def test_units_are_respected() -> None:
    rows = [(w, s, r) for w in (1, 2) for s in "ab" for r in [3, 8, 10, 10, 9, 2] * 10]
    who = np.repeat(np.arange(len(rows) // 4), 4)
    plain = decompose(scores_of(rows), time="wave")
    alone = decompose(scores_of(rows, unit=np.arange(len(rows))), time="wave")
    grouped = decompose(scores_of(rows, unit=who), time="wave")
    assert alone.rate_interval.margin == pytest.approx(plain.rate_interval.margin, rel=0.02)
    assert grouped.rate_interval.margin != pytest.approx(plain.rate_interval.margin, rel=0.02)


def test_a_segment_of_one_wave_is_mix() -> None:
    rows = [(1, "a", 9)] * 50 + [(2, "a", 9)] * 50 + [(2, "new", 3)] * 50
    found = decompose(scores_of(rows), time="wave")
    assert (found.change, found.rate) == (-100.0, 0.0)
    assert {caution.code for caution in found.cautions} == {"SEGMENT_ONCE"}
    new = next(segment for segment in found.segments if segment.key == "new")
    assert (new.before, new.after, new.share_before) == (None, -100.0, 0.0)


def test_answers_of_no_wave_are_counted() -> None:
    rows = [(w, s, r) for w in (1, None, 2) for s in "ab" for r in (3, 8, 10) * 5]
    found = decompose(scores_of(rows), time="wave")
    assert "30 answers are of no wave" in str(found)


@pytest.mark.parametrize("weight", [None, "weight"])
def test_the_airport_from_2017_to_2018(shared, weight) -> None:
    sfo = pd.read_csv(shared / "data" / "sfo" / "sfo_2017_2018_tidy.csv")
    scores = cx.nps(sfo, rating="recommend", by=["wave", "boarding_area"], weight=weight)
    found = decompose(scores, time="wave")
    rows = sfo[sfo.recommend.notna()].copy()
    rows["code"] = 100.0 * ((rows.recommend >= 9).astype(int) - (rows.recommend <= 6).astype(int))
    rows["w"] = 1.0 if weight is None else rows.weight
    rows["cw"] = rows.code * rows.w
    sums = rows.groupby(["wave", "boarding_area"], dropna=False)[["w", "cw"]].sum().unstack("wave")
    share = sums.w / sums.w.sum()
    score = sums.cw / sums.w
    rate = (share.mean(axis=1) * (score[2018] - score[2017])).sum()
    mix = (score.mean(axis=1) * (share[2018] - share[2017])).sum()
    assert (found.rate, found.mix) == pytest.approx((rate, mix), abs=1e-9)
    if weight is None:
        assert round(found.change, 1) == -8.9
        assert 0 not in found.rate_interval
        assert abs(found.mix) < 1  # the fall is in the areas, not in who was asked
