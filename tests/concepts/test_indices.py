"""Indices: against formulas written out, published numbers, other code; laws; what is planted."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

import cxmetrics as cx
from cxmetrics.concepts.catalogue.demerits import weighted_count
from cxmetrics.concepts.catalogue.net_index import cxi
from cxmetrics.concepts.catalogue.orientation import customer_orientation
from cxmetrics.concepts.catalogue.own_index import index
from cxmetrics.concepts.catalogue.satisfaction import satisfaction_index
from cxmetrics.concepts.catalogue.selling import soco
from cxmetrics.concepts.composed import Index
from cxmetrics.concepts.composite import Composite
from cxmetrics.concepts.item import Item
from cxmetrics.datasets import company
from cxmetrics.errors import ColumnError, CxError, ScaleError, UsageError
from cxmetrics.items import reliability
from cxmetrics.summaries.suppression import hidden

ITEMS = ["quick", "friendly", "effort"]
SCALES = {
    "quick": cx.one_to_five,
    "friendly": cx.one_to_seven,
    "effort": cx.effort_one_to_five,  # low is good
}
WEIGHTS = {"quick": 0.5, "friendly": 0.3, "effort": 0.2}
MIRROR = ["mirror_trust", "mirror_listening", "mirror_consideration"]


def survey(n: int = 300, *, seed: int = 1, gaps: float = 0.0) -> pd.DataFrame:
    dice = np.random.default_rng(seed)
    mood = dice.normal(size=n)

    def rated(low: int, high: int, sign: float) -> Any:
        middle, reach = (low + high) / 2, (high - low) / 4
        found = np.rint(middle + reach * (sign * mood + dice.normal(size=n)))
        return np.where(dice.random(n) < gaps, np.nan, np.clip(found, low, high))

    return pd.DataFrame(
        {
            "quick": rated(1, 5, 1),
            "friendly": rated(1, 7, 1),
            "effort": rated(1, 5, -1),
            "shop": dice.choice(["a", "b", "c"], n),
            "w": dice.choice([0.5, 1.0, 2.0], n),
            "who": dice.integers(0, n // 2, n),
            "area": dice.choice(["n", "s"], n),
        }
    )


def house(frame: pd.DataFrame) -> pd.Series[float]:
    """The composite of each row, written out."""
    quick = (frame["quick"] - 1) / 4 * 100
    friendly = (frame["friendly"] - 1) / 6 * 100
    effort = (5 - frame["effort"]) / 4 * 100
    return 0.5 * quick + 0.3 * friendly + 0.2 * effort


def own(data: Any, **options: Any) -> Index:
    return index(data, items=ITEMS, scale=SCALES, weights=WEIGHTS, **options)


def codes(found: Any) -> set[str]:
    return {caution.code for caution in found.cautions}


# -- published numbers --------------------------------------------------------------------------


def test_published_numbers(shared: Path) -> None:
    vectors = json.loads((shared / "reference" / "truth.json").read_text("utf-8"))
    by_id = {vector["id"]: vector for vector in vectors}
    net, expected = by_id["cxpi"]["input"], by_id["cxpi"]["expected"]
    found = cxi(net)
    assert [part.value for part in found.parts.values()] == pytest.approx(expected["items"])
    assert found.value == pytest.approx(expected["cxpi"])
    assert found.standard_error == pytest.approx(expected["se"])
    apart = [cxi(net, items=[name]).standard_error for name in net]
    independent = math.sqrt(sum(se**2 for se in apart)) / 3
    assert independent == pytest.approx(expected["se_if_items_wrongly_independent"])
    one = {name: [value] for name, value in by_id["pub-acsi-equal"]["input"].items()}
    assert satisfaction_index(one).value == pytest.approx(by_id["pub-acsi-equal"]["expected"])
    votes = by_id["pub-asq-demerit"]
    names = [f"c{place}" for place in range(6)]
    counted = weighted_count(
        {"kind": names, "n": votes["input"]["counts"]},
        category="kind",
        counts="n",
        weights=dict(zip(names, votes["input"]["weights"], strict=True)),
    )
    assert counted.total == votes["expected"]


def test_the_ends_of_the_satisfaction_index() -> None:
    weights = {"satisfaction": 0.3885, "expectancy": 0.3190, "ideal": 0.2925}
    for rating, expected in ((1, 0.0), (10, 100.0)):
        rated = dict.fromkeys(weights, [rating] * 4)
        found = satisfaction_index(rated, weights=weights)
        assert found.value == pytest.approx(expected, abs=1e-12)
        assert found.interval is not None
        assert found.interval.width > 10  # four people who agree prove little


# -- formulas -----------------------------------------------------------------------------------


def test_the_composite_is_its_formula() -> None:
    frame = survey()
    found, by_hand = own(frame), house(frame)
    assert found.value == pytest.approx(by_hand.mean())
    assert found.standard_error == pytest.approx(by_hand.sem())
    assert found.interval is not None
    assert found.interval.low == pytest.approx(
        stats.t.interval(0.95, len(frame) - 1, loc=by_hand.mean(), scale=by_hand.sem())[0]
    )
    recipe = Composite.of(ITEMS, scale=SCALES, weights=WEIGHTS)
    assert recipe.respondents(frame) == pytest.approx(by_hand.to_numpy())
    assert found.parts["effort"].value == pytest.approx(((5 - frame["effort"]) * 25).mean())


def test_alpha_stands_beside_it() -> None:
    frame = survey()
    theirs = reliability(
        pd.DataFrame(
            {
                "quick": frame["quick"] / 4,
                "friendly": frame["friendly"] / 6,
                "effort": -frame["effort"] / 4,
            }
        ),
        items=ITEMS,
    )
    found = own(frame).reliability
    assert found is not None
    assert found.alpha == pytest.approx(theirs.alpha)
    assert found.omega == pytest.approx(theirs.omega, abs=1e-6)
    assert f"alpha {theirs.alpha:.2f}" in str(own(frame))


def test_items_that_do_not_go_together_are_said() -> None:
    dice = np.random.default_rng(2)
    rated = {name: dice.integers(1, 6, 400) for name in "abc"}
    found = index(rated, items=list("abc"), scale=cx.one_to_five)
    assert "LOW_RELIABILITY" in codes(found)
    one = index(rated, items=["a"], scale=cx.one_to_five)
    assert one.reliability is None
    assert "one item has no internal consistency" in str(one)


@pytest.mark.parametrize("design", [{}, {"weight": "w"}, {"unit": "who", "strata": None}])
def test_one_item_is_what_the_metrics_say(design: dict[str, Any]) -> None:
    frame = survey()
    mean = cx.mean_rating(frame, rating="quick", by="shop", **design)
    found = index(frame, items=["quick"], scale=cx.one_to_five, low=1, high=5, by="shop", **design)
    for shop, group in found.groups.items():
        theirs = mean[shop].interval()
        assert group.value == pytest.approx(mean[shop].value)
        assert group.interval is not None
        if not design:  # else degrees of freedom count what the units are worth
            assert [group.interval.low, group.interval.high] == pytest.approx(
                [theirs.low, theirs.high]
            )
        assert group.interval.width == pytest.approx(theirs.width, rel=0.05)
    net = cx.net_box()(frame, rating="quick", **{k: v for k, v in design.items() if v})
    part = cxi(frame, items=["quick"], **design).parts["quick"]
    assert part.value == pytest.approx(net.value)
    assert part.interval is not None
    assert [part.interval.low, part.interval.high] == pytest.approx(
        [net.interval().low, net.interval().high], abs=1e-6
    )


def test_weights_units_and_strata_go_with_the_composite() -> None:
    frame = survey()
    value, weight = house(frame), frame["w"]
    mean = float(np.average(value, weights=weight))
    z = (weight * (value - mean) / weight.sum()).groupby([frame["area"], frame["who"]]).sum()
    variance = sum(
        len(part) / (len(part) - 1) * ((part - part.mean()) ** 2).sum()
        for _, part in z.groupby(level=0)
    )
    found = own(frame, weight="w", unit="who", strata="area")
    assert found.value == pytest.approx(mean)
    assert found.standard_error == pytest.approx(math.sqrt(variance))


def test_groups_are_compared_by_welch_and_holm() -> None:
    frame = survey()
    value = house(frame)
    parts = {shop: value[frame["shop"] == shop] for shop in "abc"}
    found = own(frame, by="shop")
    assert list(found.groups) == ["a", "b", "c"]
    pairs = [("a", "b"), ("a", "c"), ("b", "c")]
    p = [stats.ttest_ind(parts[x], parts[y], equal_var=False).pvalue for x, y in pairs]
    for gap, (x, y), raw in zip(found.compare(), pairs, p, strict=True):
        assert gap.name == f"{x} minus {y}"
        assert gap.value == pytest.approx(parts[x].mean() - parts[y].mean())
        assert gap.p_value == pytest.approx(raw)
    smallest = found.compare()[int(np.argmin(p))]
    assert smallest.p_adjusted == pytest.approx(min(1, 3 * min(p)))
    rest = value[frame["shop"] != "a"]
    theirs = stats.ttest_ind(parts["a"], rest, equal_var=False)
    assert found.against_rest["a"].p_value == pytest.approx(theirs.pvalue)
    assert found.against_rest["a"].value == pytest.approx(parts["a"].mean() - rest.mean())
    two = own(frame, by="area").against_rest
    assert two["n"].p_adjusted == two["n"].p_value  # the same comparison told twice is one
    assert two["n"].value == pytest.approx(-two["s"].value)
    shared = own(frame, by="area", unit="who").compare()[0]
    assert shared.interval is not None
    assert shared.interval.method == "paired"


def test_groups_by_two_columns_and_missing_labels() -> None:
    frame = survey(40)
    frame.loc[:9, "shop"] = None
    found = own(frame, by=["area", "shop"])
    assert list(found.groups)[-1] == ("s", None)
    assert "s · (missing)" in str(found)
    assert sum(group.n for group in found.groups.values()) == 40


# -- missing ------------------------------------------------------------------------------------


def test_missing_answers_are_left_out_or_filled_in_and_counted() -> None:
    frame = survey(gaps=0.15)
    whole = frame[ITEMS].notna().all(axis=1)
    found = own(frame)
    assert found.n == whole.sum()
    assert found.value == pytest.approx(house(frame[whole]).mean())
    assert {"INCOMPLETE_ROWS"} <= codes(found)
    assert "IMPUTED" not in codes(found)
    some = own(frame, minimum=2)
    enough = frame[ITEMS].notna().sum(axis=1) >= 2
    assert some.n == enough.sum()
    assert some.filled == (enough & ~whole).sum()
    assert "IMPUTED" in codes(some)
    row = {"quick": [5.0], "friendly": [None], "effort": [3.0]}
    assert own(row, minimum=2).value == pytest.approx((0.5 * 100 + 0.2 * 50) / 0.7)
    assert own(frame, minimum=3).value == found.value
    assert own(frame, missing=[3], minimum=1).n < own(frame, minimum=1).n


def test_nobody_and_one() -> None:
    nobody = own({"quick": [5, None], "friendly": [None, 3], "effort": [1, 1]})
    assert math.isnan(nobody.value)
    assert nobody.interval is None
    assert codes(nobody) == {"NO_ANSWERS"}
    json.dumps(nobody.to_dict(), allow_nan=False)
    one = own({"quick": [5], "friendly": [7], "effort": [1]})
    assert (one.value, one.interval) == (100, None)
    json.dumps(one.to_dict(), allow_nan=False)


# -- laws ---------------------------------------------------------------------------------------

ratings = st.lists(
    st.tuples(st.integers(1, 5), st.integers(1, 7), st.integers(1, 5)), min_size=2, max_size=20
)


@given(rows=ratings, low=st.integers(-10, 0), reach=st.integers(1, 100))
@settings(max_examples=40)
def test_laws_of_composites(rows: list[tuple[int, ...]], low: int, reach: int) -> None:
    data = dict(zip(ITEMS, map(list, zip(*rows, strict=True)), strict=True))
    found = own(data)
    # the index of complete rows is the weighted mean of its items
    parts = sum(WEIGHTS[name] * part.value for name, part in found.parts.items())
    assert found.value == pytest.approx(parts, abs=1e-9)
    # another target is a straight line away
    moved = own(data, low=low, high=low + reach)
    assert moved.value == pytest.approx(low + reach * found.value / 100, abs=1e-9)
    assert moved.interval is not None
    assert found.interval is not None
    assert moved.interval.width == pytest.approx(reach * found.interval.width / 100, abs=1e-9)
    assert found.value in found.interval
    assert found.interval.width > 0
    # turning every item round turns the index round
    scales = {name: scale.reversed for name, scale in SCALES.items()}
    turned = index(data, items=ITEMS, scale=scales, weights=WEIGHTS)
    assert turned.value == pytest.approx(100 - found.value, abs=1e-9)
    # net boxes keep the item covariances in the standard error
    net = cxi({name: data[name] for name in ("quick", "effort")}, items=["quick", "effort"])
    code = [[(x >= 4) * 1 - (x <= 2) * 1 for x in data[name]] for name in ("quick", "effort")]
    joint = 100 * np.mean(code, axis=0)
    assert net.value == pytest.approx(joint.mean(), abs=1e-9)
    assert net.standard_error == pytest.approx(joint.std(ddof=1) / math.sqrt(len(rows)), abs=1e-9)
    again = Composite.from_dict(json.loads(json.dumps(found.recipe.to_dict())))
    assert again == found.recipe


@given(
    n=st.lists(st.lists(st.integers(0, 12), min_size=2, max_size=2), min_size=1, max_size=8),
    floor=st.integers(1, 10),
)
@settings(max_examples=200)
def test_what_is_hidden_stays_hidden(n: list[list[int]], floor: int) -> None:
    people = np.array(n)
    secret = hidden(people, floor)
    shown = people[~secret]
    assert not ((shown > 0) & (shown < floor)).any()
    together = people[secret].sum(axis=0)
    some = people.any(axis=1)
    if secret.any() and not secret[some].all():  # else nothing can be taken from the total
        assert secret.sum() > 1
        assert not ((together > 0) & (together < floor)).any()
    tally = [cx.Tally.of(cx.yes_no, [row[0], 0]) for row in n]
    rows = {
        "r": [0] * int(people[:, 0].sum()),
        "g": np.repeat(np.arange(len(tally)), people[:, 0]),
    }
    if rows["r"]:  # one column: the rule of a cube
        cube = cx.tally(rows, cx.yes_no, rating="r", by="g").suppress(floor)
        theirs = {cube.groups[place][0] for place in cube.hidden}
        assert set(np.flatnonzero(hidden(people[:, :1], floor))) == theirs


def test_small_groups_are_hidden_everywhere() -> None:
    frame = survey(60)
    frame["shop"] = ["a"] * 30 + ["b"] * 4 + ["c"] * 8 + ["d"] * 18
    found = own(frame, by="shop", floor=5)
    assert set(found.groups) == {"a", "d"}
    assert "SUPPRESSED" in codes(found)
    assert not found.against_rest
    assert [gap.name for gap in found.compare()] == ["a minus d"]
    told = found.to_dict()
    assert told["hidden"] == ["b", "c"]
    assert [group["group"] for group in told["groups"]] == ["a", "d"]
    assert np.isnan(found.cells.mean[1:3]).all()
    few = own(frame.head(4), floor=5)
    assert math.isnan(few.value)
    assert few.reliability is None
    assert "hidden" in few.title
    json.dumps(few.to_dict(), allow_nan=False)
    twice = own(pd.concat([frame.head(4)] * 3).assign(one=list("wxyz") * 3), floor=5, unit="one")
    assert math.isnan(twice.value)  # twelve rows of four people


def test_bands_are_the_users() -> None:
    found = own(survey(), bands={"poor": 0, "fair": 45, "good": 90})
    assert found.band(found.value) == "fair"
    assert found.to_dict()["band"] == "fair"
    assert "Band: fair" in str(found)
    assert found.band(-1) is None


# -- mistakes -----------------------------------------------------------------------------------

MISTAKES: list[tuple[Callable[[], Any], type[CxError], str]] = [
    (lambda: own({"quick": [1]}), ColumnError, "friendly"),
    (lambda: index({"a": [1]}, items=["a"], scale={}), UsageError, "no scale"),
    (
        lambda: index({}, items=["a", "b"], scale=cx.one_to_five, weights={"a": 0.5, "b": 0.6}),
        UsageError,
        "sum to 1.1, not to 1: divide each by 1.1",
    ),
    (
        lambda: index({}, items=["a", "b"], scale=cx.one_to_five, weights={"a": 1}),
        UsageError,
        "'b' has no weight",
    ),
    (
        lambda: index({}, items=["a"], scale=cx.one_to_five, weights={"b": 1}),
        UsageError,
        "weights= names 'b'",
    ),
    (
        lambda: index({}, items=["wifi"], scale=cx.one_to_five, reverse=["wify"]),
        UsageError,
        "did you mean 'wifi'",
    ),
    (
        lambda: index({}, items=["a"], scale=cx.effort_one_to_five, reverse=["a"]),
        UsageError,
        "turned round already",
    ),
    (lambda: index({}, items=["a"], scale=cx.one_to_five, low=5, high=5), UsageError, "below"),
    (lambda: index({}, items=["a"], scale=cx.one_to_five, minimum=2), UsageError, "minimum=2"),
    (lambda: index({}, items=["a", "a"], scale=cx.one_to_five), UsageError, "named twice"),
    (lambda: cxi({}, positive=(5, 6)), ScaleError, "box 6"),
    (lambda: cxi({}, positive=(3, 5), negative=(3,)), ScaleError, "positive and a negative"),
    (lambda: Composite(items=()), UsageError, "no item"),
    (
        lambda: Item(name="a", scale=cx.one_to_five, weight=0),
        UsageError,
        "leave the item out",
    ),
    (
        lambda: satisfaction_index({}, weights={"satisfied": 1}),
        UsageError,
        "did you mean 'satisfaction'",
    ),
    (lambda: own(survey(5), level=95), UsageError, "between 0 and 1"),
    (
        lambda: cxi({"needs": [6], "ease": [1], "emotion": [1]}),
        ScaleError,
        "needs",
    ),
    (
        lambda: customer_orientation(
            {}, pillars={"p": ["t"]}, themes={"t": ["a"], "u": ["b"]}, scale=cx.one_to_five
        ),
        UsageError,
        "'u' stands in no pillar",
    ),
    (
        lambda: customer_orientation(
            {}, pillars={"p": ["t"], "q": ["t"]}, themes={"t": ["a"]}, scale=cx.one_to_five
        ),
        UsageError,
        "two places",
    ),
    (
        lambda: customer_orientation(
            {}, pillars={"p": ["a"], "q": ["b"]}, weights={"p": 1}, scale=cx.one_to_five
        ),
        UsageError,
        "each pillar",
    ),
    (lambda: soco({}, customer=["a"], selling=[]), UsageError, "both halves"),
    (
        lambda: weighted_count({"k": ["majr"]}, category="k", weights={"major": 5}),
        UsageError,
        "did you mean 'major'",
    ),
    (
        lambda: weighted_count(
            {"k": ["a"], "n": [1.5]}, category="k", counts="n", weights={"a": 5}
        ),
        ColumnError,
        "whole numbers",
    ),
]


@pytest.mark.parametrize(("call", "error", "words"), MISTAKES)
def test_mistakes_are_said(call: Callable[[], Any], error: type[CxError], words: str) -> None:
    with pytest.raises(error, match=words):
        call()


# -- employees ----------------------------------------------------------------------------------


def test_customer_orientation_is_a_mean_of_means() -> None:
    dice = np.random.default_rng(5)
    staff = pd.DataFrame({name: dice.integers(1, 6, 80) for name in "abcde"})
    staff["team"] = ["north"] * 50 + ["south"] * 30
    pillars = {"example": ["boss"], "link": ["listen", "share"]}
    themes = {"boss": ["a"], "listen": ["b", "c"], "share": ["d", "e"]}
    found = customer_orientation(
        staff,
        pillars=pillars,
        themes=themes,
        scale=cx.one_to_five,
        reverse=["e"],
        weights={"example": 0.4, "link": 0.6},
        by="team",
    )
    worth = (staff[list("abcde")] - 1) * 25
    worth["e"] = 100 - worth["e"]
    listen, share = worth[["b", "c"]].mean(axis=1), worth[["d", "e"]].mean(axis=1)
    link = (listen + share) / 2
    total = 0.4 * worth["a"] + 0.6 * link
    assert found.value == pytest.approx(total.mean())
    assert found.parts["link"].value == pytest.approx(link.mean())
    assert found.parts["share"].value == pytest.approx(share.mean())
    assert found.overall.interval is not None
    assert found.overall.interval.margin == pytest.approx(stats.t.ppf(0.975, 79) * total.sem())
    north, south = total[:50], total[50:]
    assert found.groups["south"]["total"].value == pytest.approx(south.mean())
    gap = found.against_rest["north"]
    assert gap.p_adjusted == pytest.approx(stats.ttest_ind(north, south, equal_var=False).pvalue)
    assert set(found.consistencies) == {"example", "link"}
    json.dumps(found.to_dict(), allow_nan=False)
    assert "    · share" in str(found)


def test_a_small_team_is_hidden_with_another_one() -> None:
    dice = np.random.default_rng(6)
    staff = {name: dice.integers(1, 6, 40).astype(float) for name in "ab"}
    staff["a"][36:39] = np.nan  # a team of 4, of whom one told a
    teams = ["big"] * 20 + ["middle"] * 15 + ["small"] * 5
    found = customer_orientation(
        {**staff, "team": teams},
        pillars={"p": ["a"], "q": ["b"]},
        scale=cx.one_to_five,
        by="team",
        floor=5,
    )
    assert set(found.groups) == {"big"}
    assert "SUPPRESSED" in codes(found)
    assert "small" not in json.dumps(found.to_dict()["groups"])
    few = customer_orientation(
        {name: column[:3] for name, column in staff.items()},
        pillars={"p": ["a"], "q": ["b"]},
        scale=cx.one_to_five,
    )
    assert math.isnan(few.value)
    assert "hidden" in str(few)
    three = customer_orientation(  # six answers of three people, each in both teams
        {"a": [1, 2, 3] * 2, "b": [3, 2, 1] * 2, "who": [1, 2, 3] * 2, "team": list("xxxyyy")},
        pillars={"p": ["a"], "q": ["b"]},
        scale=cx.one_to_five,
        by="team",
        unit="who",
        floor=5,
    )
    assert math.isnan(three.value)


def test_a_part_that_few_employees_answered_is_hidden_alone() -> None:
    staff = {"a": [4, 5, 3, 2, 2] * 4, "b": [3, 4, *[None] * 18]}
    pillars = {"p": ["a"], "q": ["b"]}
    found = customer_orientation(staff, pillars=pillars, scale=cx.one_to_five, floor=5)
    assert found.parts["p"].n == 20
    assert [math.isnan(found.parts[name].value) for name in ("total", "q")] == [True, True]
    (said,) = [own.message for own in found.cautions if own.code == "SUPPRESSED"]
    assert said == "under 5 respondents: total, q."
    assert '"n": 2,' not in json.dumps(found.to_dict(), allow_nan=False)
    assert not found.withheld


def test_soco_sums_what_is_turned() -> None:
    dice = np.random.default_rng(7)
    customer, selling = [f"c{n}" for n in range(5)], [f"s{n}" for n in range(5)]
    frame = pd.DataFrame({name: dice.integers(1, 10, 50) for name in (*customer, *selling)})
    found = soco(frame, customer=customer, selling=selling)
    total = frame[customer].sum(axis=1) + (10 - frame[selling]).sum(axis=1)
    assert found.value == pytest.approx(total.mean())
    assert found.parts["selling-oriented, turned round"].value == pytest.approx(
        (10 - frame[selling]).to_numpy().mean()
    )
    assert "NONSTANDARD_SCALE" not in codes(found)
    other = soco(frame, customer=customer[:4], selling=selling)
    assert "NONSTANDARD_SCALE" in codes(other)
    best = {name: [9.0 if name in customer else 1.0] for name in (*customer, *selling)}
    assert soco(best, customer=customer, selling=selling, floor=0).value == 90


def test_what_all_weighs_the_same_has_no_interval() -> None:
    found = weighted_count({"k": ["a"] * 9}, category="k", weights={"a": 2})
    assert found.mean.interval is None
    assert "NO_INTERVAL" in [own.code for own in found.cautions]


def test_weighted_counts_by_group() -> None:
    faults = {
        "kind": ["minor", "major", "minor", "minor", None, "major"],
        "line": ["x", "x", "x", "y", "y", "y"],
    }
    found = weighted_count(faults, category="kind", weights={"minor": 1, "major": 5}, by="line")
    assert found.total == 13
    assert found.counts == {"minor": 3, "major": 2}
    assert {line: own.total for line, own in found.groups.items()} == {"x": 7, "y": 6}
    assert found.mean.value == pytest.approx(13 / 5)
    assert "UNMATCHED" in codes(found)
    json.dumps(found.to_dict(), allow_nan=False)


# -- what is planted ----------------------------------------------------------------------------


def planted(seed: int) -> list[tuple[str, Any, float]]:
    """Estimates of what is true of a company: top-2 shares of the mirrored items."""
    made = company(1_500, seed=seed)
    wide, truth = made.wide(), made.truth
    shares = [truth.mirror_customers[name.removeprefix("mirror_")] for name in MIRROR]
    boxes: dict[str, Any] = {"positive": (4, 5), "negative": (1, 2, 3), "weight": "weight"}
    top = index(wide, items=MIRROR, scale=cx.one_to_five, **boxes)
    net = cxi(wide, items=MIRROR, **boxes)
    yes: dict[str, Any] = {
        name: np.where(np.isnan(wide[name]), np.nan, wide[name] >= 4) for name in MIRROR
    }
    weights = {"satisfaction": 0.5, "expectancy": 0.3, "ideal": 0.2}
    three = satisfaction_index(
        {**dict(zip(weights, yes.values(), strict=True)), "w": wide["weight"]},
        scale=cx.yes_no,
        weights=weights,
        weight="w",
    )
    staff = pd.DataFrame({name: made.employees[name] for name in made.employees})
    staff = staff.pivot(index=["employee", "weight"], columns="question", values="rating")
    said = {name: (staff[name] >= 4).where(staff[name].notna()).astype(float) for name in MIRROR}
    culture = customer_orientation(
        {name: column.to_numpy() for name, column in said.items()}
        | {"w": staff.index.get_level_values("weight").to_numpy()},
        pillars={"trust": MIRROR[:1], "link": MIRROR[1:]},
        scale=cx.yes_no,
        weight="w",
    )
    theirs = [truth.mirror_employees[name.removeprefix("mirror_")] for name in MIRROR]
    return [
        ("index", top.overall, 100 * np.mean(shares)),
        *(("item", top.parts[n], 100 * s) for n, s in zip(MIRROR, shares, strict=True)),
        ("cxi", net.overall, 200 * np.mean(shares) - 100),
        ("satisfaction", three.overall, 100 * np.dot(shares, list(weights.values()))),
        ("culture", culture.overall, 50 * (theirs[0] + np.mean(theirs[1:]))),
        ("culture", culture.parts["link"], 100 * np.mean(theirs[1:])),
    ]


def test_what_is_planted_is_found() -> None:
    hits: dict[str, list[bool]] = {}
    for seed in range(20):
        for name, estimate, true in planted(seed):
            hits.setdefault(name, []).append(true in estimate.interval)
    for name, found in hits.items():
        assert np.mean(found) >= 0.85, name  # 17 of 20: less has a chance of 2 % at 95 %
    assert np.mean([hit for found in hits.values() for hit in found]) >= 0.92


def test_of_many_small_groups_the_first_are_named() -> None:
    answers = {"a": [5, 4] * 20, "b": [4, 4] * 20, "shop": [f"shop {n}" for n in range(40)]}
    found = cx.concept("index")(answers, items=["a", "b"], scale=cx.one_to_five, by="shop")
    said = next(str(c) for c in found.cautions if c.code == "SMALL_SAMPLE")
    assert said.endswith(" and 32 more.")


def test_a_total_is_written_to_the_last_digit_with_a_minus_sign() -> None:
    answers = {"what": ["late", "rude"], "times": [1234567, 10]}
    found = cx.concept("weighted_count")(
        answers, category="what", counts="times", weights={"late": -1, "rude": -0.5}
    )
    assert "−1,234,572 for 1,234,577 counted" in found.title
    assert "· late (× −1)" in str(found)
