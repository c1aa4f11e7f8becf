"""The 5A path: ratios over the aware, flags above 1, archetypes."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cxmetrics.concepts.catalogue.five_stages import five_a
from cxmetrics.errors import DataError, ScaleError, UsageError
from cxmetrics.stats.intervals.wilson import wilson

STAGES = ("aware", "appeal", "ask", "act", "advocate")


def flags(*customers):
    return {name: [int(name in one.split()) for one in customers] for name in STAGES}


def test_ratios_are_over_the_aware_not_over_the_buyers():
    found = five_a({"aware": 3_336, "act": 801, "advocate": 8})
    assert found.par.value == pytest.approx(801 / 3_336)
    assert found.bar.value == pytest.approx(8 / 3_336)
    assert found.bar.interval.low == pytest.approx(wilson(8, 3_336)[0])


def test_rows_and_counts_agree_where_stages_are_nested():
    rows = flags(*["aware"] * 30, *["aware act"] * 15, *["aware act advocate"] * 5, *[""] * 10)
    found = five_a(rows)
    counted = five_a({"aware": 50, "act": 20, "advocate": 5})
    assert found.par.value == pytest.approx(counted.par.value)
    assert found.par.interval.low == pytest.approx(counted.par.interval.low, abs=2e-3)
    assert found.reached["aware"].value == pytest.approx(100 * 50 / 60)


def test_the_interval_of_stages_that_are_not_nested_matches_the_bootstrap():
    rng = np.random.default_rng(5)
    n = 400
    ask, act = rng.random(n) < 0.4, rng.random(n) < 0.5
    rows = dict.fromkeys(STAGES, np.ones(n, int)) | {"ask": ask * 1, "act": act * 1}
    own = five_a(rows).ratios[2].interval
    draws = rng.integers(0, n, (4_000, n))
    ratio = act[draws].sum(axis=1) / ask[draws].sum(axis=1)
    low, high = np.quantile(ratio, [0.025, 0.975])
    assert own.low == pytest.approx(low, abs=0.03)
    assert own.high == pytest.approx(high, abs=0.05)


@pytest.mark.parametrize(
    ("customers", "archetype"),
    [
        (["aware appeal ask act"] * 40 + ["aware"] * 60, "funnel"),
        (["aware act"] * 60 + ["aware appeal ask act"] * 20, "door knob"),
        (["aware ask"] * 60 + ["aware appeal ask act"] * 20, "goldfish"),
        (["aware appeal ask act advocate"] * 20 + ["aware advocate"] * 60, "trumpet"),
        (["aware appeal ask act"] * 8 + ["aware act"], ""),  # one customer proves nothing
    ],
)
def test_archetypes_need_more_than_chance(customers, archetype):
    found = five_a(flags(*customers))
    assert found.archetype == archetype
    above = [ratio.name for ratio in found.ratios if ratio.above_one]
    assert ("RATIO_ABOVE_ONE" in [c.code for c in found.cautions]) == bool(above)


def test_other_stages_have_no_archetype_and_need_names():
    rows = {"knows": [1, 1, 0], "buys": [1, 0, 0]}
    stages = {"know": "knows", "buy": "buys"}
    found = five_a(rows, stages=stages, act="buy", advocate="buy")
    assert found.archetype == ""
    assert found.par.value == 0.5
    with pytest.raises(UsageError, match="say act= one of 'know', 'buy'"):
        five_a(rows, stages=stages)


def test_missing_is_left_out_and_counted():
    rows = flags("aware act", "aware", "aware act")
    rows["act"][2] = None
    found = five_a(rows)
    assert found.par.value == 0.5
    assert "INCOMPLETE_ROWS" in [caution.code for caution in found.cautions]


def test_counts_say_what_their_rows_say():
    rows = flags(*["aware act advocate"] * 9, *["aware act"] * 9, *["aware"] * 72)
    counted = five_a({"aware": 90, "act": 18, "advocate": 9})
    for name in ("par", "bar"):
        a, b = getattr(five_a(rows), name).interval, getattr(counted, name).interval
        assert (a.low, a.high) == pytest.approx((b.low, b.high), rel=1e-9)


def test_who_reached_all_twice_is_one_customer():
    rows = flags(*[" ".join(STAGES)] * 4)
    twice = {name: column * 2 for name, column in rows.items()} | {"who": [1, 2, 3, 4] * 2}
    assert five_a(twice, unit="who").par.interval == five_a(rows).par.interval


def test_bad_input():
    with pytest.raises(DataError, match="nobody is 'aware'"):
        five_a(flags("", "act"))
    with pytest.raises(ScaleError):
        five_a(flags("aware") | {"act": [3]})
    with pytest.raises(UsageError, match="whole numbers"):
        five_a({"aware": 10.5, "act": 2, "advocate": 1})
    with pytest.raises(DataError, match="every stage"):
        five_a({name: [None] for name in STAGES})


@given(st.lists(st.sets(st.sampled_from(STAGES)), min_size=2, max_size=40))
def test_order_of_customers_is_nothing_and_json_is_whole(customers):
    customers = [{*customers[0], "aware"}, *customers[1:]]
    rows = flags(*map(" ".join, customers))
    found = five_a(rows)
    back = five_a({name: column[::-1] for name, column in rows.items()})
    assert str(found) == str(back)
    json.dumps(found.to_dict(), allow_nan=False)
    for ratio in (*found.ratios, found.par, found.bar):
        if ratio.interval is not None:
            assert ratio.interval.low <= ratio.value <= ratio.interval.high
