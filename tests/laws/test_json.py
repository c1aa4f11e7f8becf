"""What is written as JSON is read back equal: scales, tallies, cubes, metrics, scores."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import Phase, assume, given, settings
from hypothesis import strategies as st

import cxmetrics as cx
from cxmetrics.errors import MergeError
from cxmetrics.testing import strategies as cxst

FIVE = cx.one_to_five
STRICT = cx.linear(
    "strict", FIVE, {(1, 2): -100, 3: -10.5, (4, 5): 70}, title="Strict", direction="lower"
)
METRICS = [cx.csat, cx.net_box(), cx.mean_rating, cx.mean_rating.using(percent=True), STRICT]
UNEVEN = st.floats(0.001, 5, allow_subnormal=False)


def carried(value: Any) -> Any:
    """Send through JSON, without NaN and infinity, and back."""
    return json.loads(json.dumps(value.to_dict(), allow_nan=False))


@given(cxst.scales())
def test_scales(scale: cx.Scale) -> None:
    assert cx.Scale.from_dict(carried(scale)) == scale
    assert cx.Scale.parse(scale.spell()) == scale


def test_labelled_scales() -> None:
    for scale in (cx.stars, cx.yes_no, cx.effort_one_to_five):
        assert cx.Scale.from_dict(carried(scale)) == scale


@pytest.mark.parametrize("unit", [False, True])
@pytest.mark.parametrize("strata", [False, True])
@given(data=st.data(), weighted=st.booleans())
@settings(max_examples=40)
def test_tallies_and_cubes(unit: bool, strata: bool, data: st.DataObject, weighted: bool) -> None:
    options = {"weighted": weighted, "units": unit, "strata": strata, "min_rows": 1}
    cube = data.draw(cxst.cubes(FIVE, by=("group", "wave"), **options))
    assert cx.Cube.from_dict(carried(cube)) == cube
    for tally in (*cube.values(), cube.overall):
        assert cx.Tally.from_dict(carried(tally)) == tally
    hidden = cube.suppress(4)
    assert cx.Cube.from_dict(carried(hidden)) == hidden
    assert [t.suppressed for t in cx.Cube.from_dict(carried(hidden)).values()] == [
        t.suppressed for t in hidden.values()
    ]


@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.name)
@pytest.mark.parametrize("design", ["plain", "weighted", "units", "wide"])
@given(data=st.data())
@settings(max_examples=20, phases=[Phase.explicit, Phase.reuse, Phase.generate])
def test_scores(metric: cx.Metric, design: str, data: st.DataObject) -> None:
    columns = data.draw(
        cxst.rows(FIVE, items=2 if design == "wide" else 1, units=design == "units", min_rows=1)
    )
    size = len(columns["wave"])
    query: dict[str, Any] = {"rating": [name for name in columns if name[:4] in {"rati", "item"}]}
    if design != "plain":  # weights with all their digits: sums in another order would show
        columns["weight"] = data.draw(st.lists(UNEVEN, min_size=size, max_size=size))
        query["weight"] = "weight"
    if design == "units":
        assume(len(set(columns["unit"])) > 1)
        query["unit"] = "unit"
    scores = metric(columns, by=["group", "wave"], level=0.9, **query)
    again = cx.Scores.from_dict(carried(scores))
    assert again.metric == scores.metric
    assert list(again) == list(scores)
    assert [s.to_dict()["evidence"] for s in again.values()] == [
        s.to_dict()["evidence"] for s in scores.values()
    ]
    for one, other in zip(
        (*scores.values(), scores.overall), (*again.values(), again.overall), strict=True
    ):
        assert cx.Score.from_dict(carried(one)) == one
        assert other == one
        assert str(other) == str(one)
    assert again == scores


def test_rounding_survives() -> None:
    # Once: `from_dict` sorts the entries of `cross`; sums then run in another order, the last digit
    # of a standard error moves, and a score differs from itself after a trip through JSON.
    rows = {
        "r": [1, 5, 2, 4, 3, 1, 5, 5, 2, 3, 4, 4],
        "w": [0.1, 0.7, 1.3, 0.9, 2.1, 0.3, 0.35, 1.7, 0.77, 0.13, 1.9, 0.63],
        "u": list("abcabcdefdef"),
        "g": list("xxxyyyxxxyyy"),
    }
    for metric in METRICS:
        scores = metric(rows, rating="r", weight="w", unit="u", by="g")
        for score in (scores.overall, *scores.values()):
            assert cx.Score.from_dict(carried(score)) == score
        assert cx.Scores.from_dict(carried(scores)) == scores


def test_suppressed_scores() -> None:
    rows = {"r": [10, 9, 2, 3, 10, 9, 8, 1] + [7] * 12, "t": ["a"] * 3 + ["b"] * 5 + ["c"] * 12}
    scores = cx.enps(rows, rating="r", by="t")
    again = cx.Scores.from_dict(carried(scores))
    assert again == scores
    assert again.overall == scores.overall
    assert again.overall.n == 20
    assert again["a"].cautions == scores["a"].cautions
    one = cx.Score.from_dict(carried(scores["a"]))
    assert one.tally.suppressed
    # Nothing in the file tells what was hidden, the total apart.
    assert [sum(counts) for counts in carried(scores)["evidence"]["cube"]["counts"]] == [0, 0, 12]


def test_what_left_the_process_merges_with_nothing() -> None:
    named = cx.tally([5, 1, 3], FIVE, unit=["ann", "bob", "cyd"]).overall
    text = json.dumps(named.to_dict())
    assert not any(name in text for name in ("ann", "bob", "cyd"))
    with pytest.raises(MergeError, match="after serialisation"):
        cx.Tally.from_dict(json.loads(text)) + cx.tally([5], FIVE, unit=["dan"]).overall


def test_options_are_part_of_a_metric() -> None:
    strict = cx.csat.using(positive={5})
    assert cx.Metric.from_dict(carried(strict)) == strict != cx.csat
    custom = cx.nps.using(scale="1:10", detractor_max=6, passive_max=8)
    assert cx.Metric.from_dict(carried(custom)).cautions == custom.cautions
    again = cx.Metric.from_dict(carried(STRICT))
    assert (again.values, again.parts, again.direction) == (
        STRICT.values,
        STRICT.parts,
        STRICT.direction,
    )


def test_two_functions_of_one_name_are_two_metrics() -> None:
    # Once: metrics are equal if name and options are; smooth metrics have no options, so two
    # different functions compare without a word.
    first = cx.smooth("own", FIVE, lambda s: s[..., -1])
    second = cx.smooth("own", FIVE, lambda s: s[..., 0])
    assert first != second
