"""The delivery gap and the mirror survey: their arithmetic, their intervals, what they refuse."""

from __future__ import annotations

import json
import math

import numpy as np
import pandas as pd
import pytest

from cxmetrics.concepts.catalogue.delivery import delivery_gap
from cxmetrics.concepts.catalogue.mirror_survey import mirror
from cxmetrics.datasets import company
from cxmetrics.errors import ColumnError, DataError, ScaleError, UsageError
from cxmetrics.stats.compare import newcombe
from cxmetrics.stats.intervals.wilson import wilson


def codes(result):
    return [caution.code for caution in result.cautions]


def both(agree, of, *, weight=None):
    """Rows of a company and of customers, `agree` of `of` on each side."""
    rows = {"side": [], "rating": []}
    for label, yes, all_ in zip(("company", "customers"), agree, of, strict=True):
        rows["side"] += [label] * all_
        rows["rating"] += [5] * yes + [2] * (all_ - yes)
    return rows


def test_declared_figures_give_the_gap_and_no_interval():
    found = delivery_gap({"company": 0.8, "customers": 0.08})
    assert found.gap.value == pytest.approx(72)
    assert found.ratio == pytest.approx(10)
    assert found.gap.interval is None
    assert found.ratio_interval is None
    assert codes(found) == ["DECLARED_FIGURE", "DECLARED_FIGURE"]


def test_counts_and_rows_agree_and_the_interval_is_newcombes():
    counted = delivery_gap({"company": (290, 362), "customers": (160, 2_000)})
    rows = delivery_gap(pd.DataFrame(both((290, 160), (362, 2_000))))
    assert rows.gap == counted.gap
    low, high = newcombe(290, 362, 160, 2_000)
    assert counted.gap.interval.low == pytest.approx(100 * low)
    assert counted.gap.interval.high == pytest.approx(100 * high)
    spread = (1 / 290 - 1 / 362) + (1 / 160 - 1 / 2_000)  # Katz, written out
    reach = np.exp(1.959963985 * np.sqrt(spread))
    assert counted.ratio_interval.low == pytest.approx(counted.ratio / reach)


def test_one_declared_side_has_no_interval_and_says_so():
    found = delivery_gap({"company": 0.8, "customers": (160, 2_000)})
    assert found.gap.interval is None
    assert found.customers.interval is not None
    assert codes(found) == ["DECLARED_FIGURE"]
    census = delivery_gap(both((290, 160), (362, 2_000)), census="company")
    assert census.gap.interval is None
    assert census.company.interval is None
    assert codes(census) == ["DECLARED_FIGURE"]


def test_other_words_on_one_side_are_said():
    asked = ("We delight our customers", "I was delighted")
    found = delivery_gap(both((9, 5), (40, 40)), wordings=asked)
    assert codes(found) == ["DIFFERENT_WORDING"]
    assert delivery_gap(both((9, 5), (40, 40)), wordings=(asked[0],) * 2).cautions == ()


def test_nobody_agrees_so_there_is_no_ratio():
    found = delivery_gap({"company": (20, 40), "customers": (0, 40)})
    assert found.to_dict()["ratio"] is None
    assert found.gap.interval.low > 0
    json.dumps(found.to_dict(), allow_nan=False)


@pytest.mark.parametrize(
    ("data", "options", "error", "words"),
    [
        ({"company": 80, "customers": 8}, {}, UsageError, "0.8, not 80"),
        ({"company": (5, 4), "customers": (1, 4)}, {}, UsageError, "agreeing not over asked"),
        (both((1, 1), (2, 2)), {"company": "firm"}, DataError, "nobody is 'firm'"),
        (both((1, 1), (2, 2)), {"rating": "ratng"}, ColumnError, "did you mean 'rating'"),
        ({"side": ["company"], "rating": [7]}, {}, ScaleError, "no point of the scale"),
        (both((1, 1), (2, 2)), {"populations": ["managers"]}, UsageError, "two texts"),
    ],
)
def test_delivery_gap_refuses(data, options, error, words):
    with pytest.raises(error, match=words):
        delivery_gap(data, **options)


# -- the mirror survey -----------------------------------------------------------------------------

SIDES = {
    "who": ["customer"] * 100 + ["employee"] * 50,
    "trust": [5] * 60 + [1] * 40 + [4] * 20 + [2] * 30,
    "care": [5] * 30 + [1] * 70 + [4] * 25 + [2] * 25,
}
BOTH = {"trust": ["trust"], "care": ["care"]}


def test_gaps_are_employees_minus_customers_with_newcombe_and_holm():
    found = mirror(SIDES, dimensions=BOTH, side="who")
    assert [one.gap.value for one in found.dimensions] == pytest.approx([-20, 20])
    low, high = newcombe(20, 50, 60, 100)
    assert found["trust"].gap.interval.low == pytest.approx(100 * low)
    assert found["trust"].gap.interval.high == pytest.approx(100 * high)
    assert found.index == pytest.approx(80)
    raw = sorted(one.gap.p_value for one in found.dimensions)
    adjusted = sorted(one.gap.p_adjusted for one in found.dimensions)
    assert adjusted[0] == pytest.approx(2 * raw[0])


def test_two_tables_and_two_columns_are_the_same_survey():
    frame = pd.DataFrame(SIDES)
    customers = frame[frame.who == "customer"].rename(columns={"trust": "q7"})
    employees = frame[frame.who == "employee"]
    apart = mirror(customers, employees=employees, dimensions={"trust": ["q7", "trust"]})
    assert (
        apart["trust"].gap
        == mirror(SIDES, dimensions={"trust": ["trust"]}, side="who")["trust"].gap
    )


def test_what_is_off_scale_is_said_of_each_side():
    rated = {"who": ["customer"] * 4 + ["employee"] * 6, "trust": [5, 4, 9, 2, 5, 4, 9, 9, 2, 5]}
    found = mirror(
        rated, dimensions={"trust": ["trust"]}, side="who", floor=1, off_scale="set_aside"
    )
    told = [own.message for own in found.cautions if own.code == "OFF_SCALE"]
    assert [message[:28] for message in told] == [
        "trust, customer: 1 off the s",
        "trust, employee: 2 off the s",
    ]
    gap = delivery_gap(
        rated, side="who", company="employee", customers="customer", rating="trust",
        off_scale="set_aside",
    )  # fmt: skip
    told = [own.message for own in gap.cautions if own.code == "OFF_SCALE"]
    assert [message[:14] for message in told] == ["employee: 2 of", "customer: 1 of"]


def test_a_ratio_of_sides_that_agree_has_a_width():
    both = delivery_gap({"company": (10, 10), "customers": (20, 20)}).ratio_interval
    assert both.low < 0.8 < 1 < 1.15 < both.high
    (a, b), (c, d) = wilson(10, 10), wilson(12, 20)
    one = delivery_gap({"company": (10, 10), "customers": (12, 20)}).ratio_interval
    assert one.low == pytest.approx(
        math.exp(math.log(1 / 0.6) - math.hypot(math.log(a), math.log(d / 0.6)))
    )
    assert one.high == pytest.approx(math.exp(math.log(1 / 0.6) + math.log(0.6 / c)))
    assert b == 1


def test_few_employees_are_not_shown_and_nothing_of_them_is_in_the_json():
    rows = {"who": ["customer"] * 40 + ["employee"] * 4, "trust": [5, 2] * 20 + [5, 5, 5, 1]}
    found = mirror(rows, dimensions={"trust": ["trust"]}, side="who")
    assert found["trust"].gap is None
    assert found.index is None
    assert codes(found) == ["SUPPRESSED"]
    assert found.to_dict()["dimensions"][0]["employees"]["value"] is None
    assert found.to_dict()["dimensions"][0]["employees"]["n"] == 0
    assert "75" not in str(found)


def test_recommendation_stands_beside_with_the_same_floor():
    rows = {
        "who": ["customer"] * 40 + ["employee"] * 10,
        "trust": [5, 2] * 25,
        "nps": [9, 3] * 20 + [None] * 10,
        "enps": [None] * 40 + [10, 8] * 5,
    }
    options = {"dimensions": {"trust": ["trust"]}, "side": "who", "recommend": ["nps", "enps"]}
    found = mirror(rows, **options)
    assert (found.nps.value, found.enps.value) == (0, 50)
    assert mirror(rows, **options, floor=11).enps is None


def test_a_head_count_narrows_and_a_census_has_no_interval():
    wide = mirror(SIDES, dimensions=BOTH, side="who")["trust"]
    near = mirror(SIDES, dimensions=BOTH, side="who", headcount=60)["trust"]
    assert near.employees.interval.width < wide.employees.interval.width
    assert near.gap.interval.width < wide.gap.interval.width
    whole = mirror(SIDES, dimensions=BOTH, side="who", census="employees")
    assert whole["trust"].gap.interval is None
    assert codes(whole) == ["DECLARED_FIGURE"]


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"dimensions": {}}, UsageError, "no dimension"),
        ({"dimensions": {"trust": ["trust"]}}, UsageError, "say side="),
        ({"dimensions": {"trust": []}, "side": "who"}, UsageError, "name its column"),
        ({"dimensions": BOTH, "side": "who", "employee": "staff"}, DataError, "no 'staff'"),
        ({"dimensions": BOTH, "side": "who", "headcount": 10}, UsageError, "50 employees"),
        ({"dimensions": BOTH, "side": "who", "recommend": ["nps"]}, UsageError, "two columns"),
    ],
)
def test_mirror_refuses(options, error, words):
    with pytest.raises(error, match=words):
        mirror(SIDES, **options)


def test_the_made_up_company_has_the_gaps_that_were_planted():
    hits = total = 0
    for seed in range(12):
        shop = company(customers=1_500, seed=seed)
        crew = {name: np.asarray(shop.employees[name]) for name in ("question", "rating", "weight")}
        wide = shop.wide()
        for item in ("trust", "listening", "consideration"):
            asked = crew["question"] == f"mirror_{item}"
            staff = {"rating": crew["rating"][asked], "weight": crew["weight"][asked]}
            found = mirror(
                wide,
                employees=staff,
                dimensions={item: [f"mirror_{item}", "rating"]},
                weight="weight",
                employee_weight="weight",
                headcount=None,
            )[item]
            truth = 100 * (shop.truth.mirror_employees[item] - shop.truth.mirror_customers[item])
            assert found.gap is not None
            assert found.gap.interval is not None
            hits += truth in found.gap.interval
            total += 1
    assert hits >= 0.9 * total
