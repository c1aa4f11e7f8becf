"""The barometer: against formulas and scipy, ranks against loops and simulation, the airport."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

import cxmetrics as cx
from cxmetrics.concepts.catalogue.dimensions import CRITERIA, FRENCH, barometer
from cxmetrics.concepts.sector import VERDICTS, Barometer
from cxmetrics.datasets import company
from cxmetrics.errors import CxError, UsageError
from cxmetrics.stats.averages import averages
from cxmetrics.stats.ranking import ranks

SIMPLE: dict[str, list[str]] = {"cognitive": ["clear", "simple"], "emotional": ["warm"]}
AIRPORT = {
    "cognitive": ["signs_inside", "info_screens", "road_signs"],
    "emotional": ["feel_safe"],
    "relational": ["info_booth_arrivals", "info_booth_departures"],
    "sensory": ["clean_boarding", "clean_restrooms", "clean_overall"],
    "services": ["restaurants", "shops", "wifi"],
    "ease": ["ease_getting_here", "ease_wayfinding", "ease_security"],
}


def market(n: int = 240, *, players: str = "abc", seed: int = 1) -> pd.DataFrame:
    dice = np.random.default_rng(seed)
    frame = pd.DataFrame({"bank": dice.choice(list(players), n)})
    better = frame["bank"].map({name: 0.4 * place for place, name in enumerate(players)})
    mood = better + dice.normal(size=n)
    for name in ("clear", "simple", "warm"):
        frame[name] = np.clip(np.rint(3 + mood + dice.normal(size=n)), 1, 5)
    frame["warm"] = 6 - frame["warm"]  # asked the other way round
    frame["phase"] = dice.choice(["before", "after"], n)
    frame["w"] = dice.choice([0.5, 1.0, 2.0], n)
    frame["who"] = dice.integers(0, n // 2, n)
    return frame


def own(data: Any, **options: Any) -> Barometer:
    given: dict[str, Any] = {"criteria": SIMPLE, "scale": cx.one_to_five, "reverse": ["warm"]}
    return barometer(data, **(given | options))


def by_hand(frame: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "cognitive": ((frame["clear"] - 1) + (frame["simple"] - 1)) / 8 * 10,
            "emotional": (5 - frame["warm"]) / 4 * 10,
        }
    )


def codes(found: Barometer) -> set[str]:
    return {caution.code for caution in found.cautions}


def test_criteria_are_means_from_0_to_10() -> None:
    frame = market()
    found = own(frame)
    for name, values in by_hand(frame).items():
        standing = found.of()[str(name)]
        assert standing.estimate.value == pytest.approx(values.mean())
        assert standing.estimate.interval is not None
        assert standing.estimate.interval.margin == pytest.approx(
            stats.t.ppf(0.975, len(frame) - 1) * values.sem()
        )
        assert (standing.gap, standing.rank, standing.verdict) == (None, None, None)
    assert "No lists" in str(found)
    assert not any(own.criterion == "overall" for own in found.standings)


def test_each_player_against_all_others() -> None:
    frame = market()
    values, found = by_hand(frame), own(frame, player="bank")
    raw = []
    for bank in "abc":
        inside = frame["bank"] == bank
        for name, standing in found.of(bank).items():
            theirs = stats.ttest_ind(
                values.loc[inside, name], values.loc[~inside, name], equal_var=False
            )
            gap = standing.gap
            assert gap is not None
            assert gap.interval is not None
            assert gap.p_value == pytest.approx(theirs.pvalue)
            assert gap.interval.low == pytest.approx(theirs.confidence_interval().low)
            raw.append(theirs.pvalue)
            verdict = (
                "strength"
                if gap.interval.low > 0
                else "improve"
                if gap.interval.high < 0
                else "watch"
            )
            assert standing.verdict == verdict
    gaps = [standing.gap for standing in found.standings]
    order = np.argsort(raw)
    holm = np.maximum.accumulate(np.sort(raw) * np.arange(6, 0, -1)).clip(max=1)
    for place, expected in zip(order, holm, strict=True):
        gap = gaps[place]
        assert gap is not None
        assert gap.p_adjusted == pytest.approx(expected)
    lists = found.lists("a")
    assert list(lists) == list(VERDICTS)
    assert sorted(name for names in lists.values() for name in names) == ["cognitive", "emotional"]


def test_two_players_are_one_comparison() -> None:
    found = own(market(players="ab"), player="bank")
    assert found.comparisons == 2  # criteria, not criteria times players
    for name in SIMPLE:
        mine, theirs = found.of("a")[name].gap, found.of("b")[name].gap
        assert mine is not None
        assert theirs is not None
        assert mine.value == pytest.approx(-theirs.value)
        assert mine.p_adjusted == theirs.p_adjusted


def test_against_a_reference_and_a_declared_sector() -> None:
    frame = market()
    values = by_hand(frame)
    found = own(frame, player="bank", reference="b")
    assert found.of("b")["cognitive"].gap is None
    gap = found.of("a")["cognitive"].gap
    assert gap is not None
    assert gap.name == "a, cognitive minus b"
    parts = [values.loc[frame["bank"] == bank, "cognitive"] for bank in "ab"]
    assert gap.p_value == pytest.approx(stats.ttest_ind(*parts, equal_var=False).pvalue)
    half = frame[(frame["bank"] != "b") | (frame["phase"] == "before")]
    split = own(half, player="bank", by="phase", reference="b")
    assert split.of("a", "after")["cognitive"].gap is None  # nobody to compare with there
    assert split.of("a", "before")["cognitive"].gap is not None
    assert repr(split) == "<Barometer of 3 players on 2 criteria, 0 to 10>"
    declared = own(frame, sector={"cognitive": 5.0})
    gap = declared.of()["cognitive"].gap
    assert gap is not None
    assert gap.interval is not None
    theirs = stats.ttest_1samp(values["cognitive"], 5)
    assert gap.p_value == pytest.approx(theirs.pvalue)
    assert gap.interval.high == pytest.approx(theirs.confidence_interval().high - 5)
    assert declared.of()["emotional"].gap is None
    assert "taken for exact" in str(declared)


def test_respondents_who_rate_several_players_are_paired() -> None:
    dice = np.random.default_rng(3)
    mood = np.repeat(dice.normal(size=40), 2)
    frame = pd.DataFrame({"who": np.repeat(np.arange(40), 2), "bank": ["a", "b"] * 40})
    frame["warm"] = np.clip(np.rint(3 + mood + 0.4 * dice.normal(size=80)), 1, 5)
    options: dict[str, Any] = {"criteria": {"emotional": ["warm"]}, "scale": cx.one_to_five}
    found = barometer(frame, player="bank", unit="who", **options)
    worth = ((frame["warm"] - 1) * 2.5).to_numpy().reshape(-1, 2)
    gap = found.of("a")["emotional"].gap
    assert gap is not None
    assert gap.p_value == pytest.approx(stats.ttest_rel(worth[:, 0], worth[:, 1]).pvalue)


def test_the_rule_of_the_lists_is_the_users() -> None:
    frame = market()
    gaps = {bank: own(frame, player="bank").of(bank)["cognitive"].gap for bank in "ac"}
    assert gaps["c"] is not None
    assert gaps["c"].interval is not None
    low = gaps["c"].interval.low
    assert own(frame, player="bank", above=low - 0.01).of("c")["cognitive"].verdict == "strength"
    assert own(frame, player="bank", above=low + 0.01).of("c")["cognitive"].verdict == "watch"
    strict = own(frame, player="bank", below=-9.0)
    assert strict.of("a")["cognitive"].verdict == "watch"
    holm = own(frame, player="bank", rule="holm")
    for standing in holm.standings:
        assert standing.gap is not None
        assert standing.verdict == "watch" or standing.gap.significant
    assert "lies above 0.5" in str(own(frame, player="bank", above=0.5))


def test_parts_are_compared_within() -> None:
    frame = market()
    found = own(frame, player="bank", by="phase")
    assert found.parts == (("after",), ("before",))
    inside = frame[frame["phase"] == "before"]
    values = by_hand(inside)
    mine = inside["bank"] == "a"
    gap = found.of("a", "before")["emotional"].gap
    assert gap is not None
    assert gap.value == pytest.approx(
        values.loc[mine, "emotional"].mean() - values.loc[~mine, "emotional"].mean()
    )
    assert found.comparisons == 12
    alone = own(inside, player="bank").of("a")["emotional"]
    assert alone.gap is not None
    assert alone.gap.p_value == pytest.approx(gap.p_value)
    assert "before · a" in str(found)


def test_the_overall_is_asked_for_and_said() -> None:
    frame = market()
    found = own(frame, player="bank", overall="equal")
    total = by_hand(frame).mean(axis=1)
    overall = found.of("a")["overall"]
    assert overall.estimate.value == pytest.approx(total[frame["bank"] == "a"].mean())
    assert overall.verdict is None
    assert all("overall" not in names for names in found.lists("a").values())
    assert "equal weights because asked for" in str(found)


def test_missing_items_and_players() -> None:
    frame = market()
    frame.loc[:79, "simple"] = np.nan
    frame.loc[200:209, "bank"] = None
    kept = frame[frame["bank"].notna()]
    whole = own(frame, player="bank")
    assert whole.players == ("a", "b", "c")
    assert sum(whole.of(bank)["cognitive"].estimate.n for bank in "abc") == len(kept) - 80
    assert {"INCOMPLETE_ROWS", "UNMATCHED"} <= codes(whole)
    some = own(frame, player="bank", minimum=1)
    assert sum(some.of(bank)["cognitive"].estimate.n for bank in "abc") == len(kept)
    assert "IMPUTED" in codes(some)
    assert some.incomplete["cognitive"] == (230, 230, 80)
    # whoever names no player belongs to no rest either
    gap, alone = whole.of("a")["emotional"].gap, own(kept, player="bank").of("a")["emotional"].gap
    assert gap is not None
    assert alone is not None
    assert gap.value == pytest.approx(alone.value)


def test_a_player_who_agrees_and_a_player_of_one() -> None:
    frame = pd.DataFrame({"bank": list("aaaabbbbc"), "warm": [5] * 4 + [1, 2, 1, 3] + [4]})
    options: dict[str, Any] = {"criteria": {"emotional": ["warm"]}, "scale": cx.one_to_five}
    found = barometer(frame, player="bank", **options)
    same = found.of("a")["emotional"].estimate
    assert same.interval is not None
    assert same.interval.low < 5
    one = found.of("c")["emotional"]
    assert (one.estimate.interval, one.gap, one.rank, one.verdict) == (None, None, None, None)
    assert json.dumps(found.to_dict(), allow_nan=False)
    agreed = barometer(frame.head(4), sector={"emotional": 9.0}, **options).of()["emotional"]
    assert agreed.gap is not None
    assert agreed.gap.interval is not None
    assert agreed.gap.interval.width > 1
    assert agreed.gap.p_value is not None
    assert agreed.gap.p_value > 0.05


def test_the_names_of_the_criteria() -> None:
    assert len(CRITERIA) == 6
    assert FRENCH["sensory"] == "sensoriel"
    found = barometer({"a": [1, 5]}, criteria={"sociétal": ["a"]}, scale=cx.one_to_five)
    assert "sociétal" in found._repr_html_()


# -- ranks --------------------------------------------------------------------------------------


@given(
    rows=st.lists(
        st.tuples(st.integers(0, 3), st.sampled_from([0.0, 2.5, 5.0, 7.5, 10.0])),
        min_size=8,
        max_size=40,
    )
)
@settings(max_examples=40)
def test_laws_of_ranks(rows: list[tuple[int, float]]) -> None:
    groups, values = np.array([g for g, _ in rows]), np.array([x for _, x in rows])
    found = averages(values, groups=groups, size=4)
    told = ranks(found, range(4), bounds=(0, 10), draws=500)
    known = [rank for rank in told if rank is not None]
    assert len(known) == sum(found.n > 1)
    assert sum(rank.first for rank in known) == pytest.approx(1.0 if known else 0.0)
    for rank in known:
        assert 1 <= rank.low <= rank.place <= rank.high <= len(known)
    back = ranks(found, [3, 2, 1, 0], bounds=(0, 10), draws=500)[::-1]
    for mine, theirs in zip(told, back, strict=True):
        assert (mine is None) == (theirs is None)
        if mine is not None and theirs is not None:
            assert (mine.place, mine.low, mine.high) == (theirs.place, theirs.low, theirs.high)


def test_rank_limits_are_holm_over_all_pairs() -> None:
    dice = np.random.default_rng(9)
    means = np.array([5.0, 5.2, 6.5, 8.0])
    groups = np.repeat(np.arange(4), 25)
    values = means[groups] + dice.normal(size=100)
    parts = [values[groups == g] for g in range(4)]
    pairs = list(combinations(range(4), 2))
    p = [stats.ttest_ind(parts[a], parts[b], equal_var=False).pvalue for a, b in pairs]
    order = np.argsort(p)
    holm = np.empty(6)
    holm[order] = np.maximum.accumulate(np.sort(p) * np.arange(6, 0, -1))
    better = np.zeros((4, 4), bool)
    for (a, b), adjusted in zip(pairs, holm, strict=True):
        if adjusted <= 0.05:
            winner, loser = (a, b) if parts[a].mean() > parts[b].mean() else (b, a)
            better[winner, loser] = True
    found = averages(values, groups=groups, size=4)
    for group, rank in enumerate(ranks(found, range(4), bounds=(0, 10))):
        assert rank is not None
        assert rank.low == 1 + better[:, group].sum()
        assert rank.high == 4 - better[group].sum()
    assert better.sum() >= 3


def test_ranks_hold_together_and_the_first_is_as_sure_as_said() -> None:
    dice = np.random.default_rng(10)
    true = np.array([5.0, 6.0, 6.4, 7.0])
    groups = np.repeat(np.arange(4), [15, 20, 25, 30])
    held, said = 0, np.zeros(4)
    for _ in range(200):
        values = true[groups] + 1.5 * dice.normal(size=len(groups))
        told = ranks(averages(values, groups=groups, size=4), range(4), bounds=(0, 10), draws=400)
        held += all(
            rank is not None and rank.low <= 4 - place <= rank.high
            for place, rank in enumerate(told)
        )
        said += [0 if rank is None else rank.first for rank in told]
    assert held >= 186  # 95 % of 200 minus 1.3 standard errors
    equal = averages(np.tile([4.0, 5.0, 6.0], 4), groups=np.repeat(np.arange(4), 3), size=4)
    for rank in ranks(equal, range(4), bounds=(0, 10)):
        assert rank is not None
        assert (rank.place, rank.low, rank.high) == (1, 1, 4)
        assert rank.first == pytest.approx(0.25, abs=0.03)
    assert said.argmax() == 3


# -- mistakes -----------------------------------------------------------------------------------

FIVE: dict[str, Any] = {"scale": cx.one_to_five}
MISTAKES: list[tuple[Callable[[], Any], type[CxError], str]] = [
    (lambda: barometer({}, criteria={}, **FIVE), UsageError, "no criterion"),
    (lambda: barometer({}, criteria={"a": "warm"}, **FIVE), UsageError, "list of columns"),
    (lambda: barometer({}, criteria={"a": ["x"], "b": ["x"]}, **FIVE), UsageError, "two criteria"),
    (lambda: barometer({}, criteria={"overall": ["x"]}, **FIVE), UsageError, "called 'overall'"),
    (lambda: own(market(), sector={"cognitiv": 5}), UsageError, "did you mean 'cognitive'"),
    (lambda: own(market(), sector={"cognitive": 50}), UsageError, "between 0 and 10"),
    (lambda: own(market(), reference="a"), UsageError, "needs player="),
    (lambda: own(market(), player="bank", reference="d"), UsageError, "no player 'd'"),
    (lambda: own(market(), above=-1, below=1), UsageError, "at most above"),
    (lambda: own(market(), reverse=["wram"]), UsageError, "did you mean 'warm'"),
    (lambda: own(market(), player="bank").of(), UsageError, "no player"),
    (lambda: own(market(), player="bank").lists("d"), UsageError, "Known: a, b, c"),
]


@pytest.mark.parametrize(("call", "error", "words"), MISTAKES)
def test_mistakes_are_said(call: Callable[[], Any], error: type[CxError], words: str) -> None:
    with pytest.raises(error, match=words):
        call()


# -- real and planted ---------------------------------------------------------------------------


def test_what_is_planted_is_found() -> None:
    """Shares of 4 and 5 of the mirrored items as criteria: ten points a whole share."""
    hits, gaps = [], []
    for seed in range(20):
        made = company(1_500, seed=seed)
        wide = made.wide()
        true = {f"mirror_{n}": 10 * x for n, x in made.truth.mirror_customers.items()}
        yes: dict[str, Any] = {
            name: np.where(np.isnan(wide[name]), np.nan, wide[name] >= 4) for name in true
        }
        found = barometer(
            {**yes, "w": wide["weight"]},
            criteria={name: [name] for name in true},
            scale=cx.yes_no,
            sector=true,
            weight="w",
        )
        for name, standing in found.of().items():
            hits.append(true[name] in standing.estimate.interval)  # type: ignore[operator]
            gaps.append(standing.verdict != "watch")
    assert np.mean(hits) >= 0.9
    assert np.mean(gaps) <= 0.1  # the declared sector is the truth: a verdict is a false alarm


def test_the_airport_by_boarding_area(shared: Path) -> None:
    sfo = pd.read_csv(shared / "data" / "sfo" / "sfo_2017_2018_tidy.csv")
    found = barometer(
        sfo,
        criteria=AIRPORT,
        scale=cx.one_to_five,
        player="boarding_area",
        weight="weight",
        minimum=1,
    )
    assert found.players == tuple("ABCDEFG")
    assert len(found.standings) == 42
    inside = sfo["boarding_area"] == "E"
    value = (sfo[AIRPORT["services"]].mean(axis=1) - 1) * 2.5
    for mask, name in ((inside, "E"), (sfo["boarding_area"] == "A", "A")):
        rows = mask & value.notna()
        expected = np.average(value[rows], weights=sfo.loc[rows, "weight"])
        estimate = found.of(name)["services"].estimate
        assert estimate.value == pytest.approx(expected)
        assert estimate.n == rows.sum()
    services = {area: found.of(area)["services"] for area in "ABCDEFG"}
    first = services["E"].rank
    assert first is not None
    assert (first.place, first.low, first.high) == (1, 1, 2)  # D or E, that is all one can say
    assert services["E"].verdict == "strength"
    assert services["A"].verdict == "improve"
    assert services["A"].gap is not None
    assert services["A"].gap.significant
    lists = found.lists("A")
    assert {"services", "ease"} <= set(lists["improve"])
    assert math.isclose(
        sum(own.rank.first for own in services.values() if own.rank is not None), 1.0
    )
    assert "IMPUTED" in codes(found)
    json.dumps(found.to_dict(), allow_nan=False)
    assert found.sheet().head[-2:] == ("rank", "P(1st)")
    waves = barometer(
        sfo, criteria=AIRPORT, scale=cx.one_to_five, player="wave", weight="weight", minimum=1
    )
    assert "sensory" in waves.lists(2018)["improve"]
