"""Every metric and interval method of the catalogue keeps the promises of the catalogue."""

from __future__ import annotations

import inspect
import json
import math
from typing import Any

import pytest

import cxmetrics as cx
from cxmetrics.errors import CAUTION_CODES, ScaleError, UsageError
from cxmetrics.plugins import registry
from cxmetrics.stats.intervals import DEFAULTS, interval_of
from cxmetrics.testing import MetricSuite

METRICS: list[cx.Metric] = registry.every("metric")
INTERVALS = registry.every("interval")
OPTIONS: dict[str, list[dict[str, Any]]] = {  # a few settings of every option of every metric
    "nps": [
        {"detractor_max": 5, "passive_max": 7},
        {"scale": "1:10", "detractor_max": 6, "passive_max": 8},
    ],
    "enps": [{"scale": "0:10"}],
    "csat": [{"positive": {5}}, {"scale": "1:7", "positive": [6, 7]}, {"scale": cx.yes_no}],
    "dsat": [{"negative": {1}}, {"scale": "0:10", "negative": (0, 1, 2)}],
    "ces1": [{"headline": "share"}, {"scale": "1:5"}],
    "ces2": [{"headline": "share"}, {"headline": "net"}, {"scale": cx.Scale(0, 6)}],
    "net_easy": [{"scale": "1:7!"}],
    "mean_rating": [{"percent": True}, {"scale": "1:5!", "percent": True}, {"scale": "0:1:0.25"}],
    "top_box": [{"boxes": 2}, {"boxes": 3, "scale": "0:10"}],
    "bottom_box": [{"boxes": 2}, {"scale": "1:7!"}],
    "net_box": [{"top": 1, "bottom": 1}, {"top": 2, "bottom": 7, "scale": "0:10"}],
}


def tally_of(metric: cx.Metric, counts: Any) -> cx.Tally:
    return cx.Tally.of(metric.scale, counts)


@pytest.fixture(params=METRICS, ids=lambda metric: metric.name)
def metric(request: pytest.FixtureRequest) -> cx.Metric:
    found: cx.Metric = request.param
    return found


def test_the_catalogue_is_complete() -> None:
    names = [metric.name for metric in METRICS]
    assert len(set(names)) == len(names)
    assert set(names) == set(OPTIONS)


class TestCatalogue(MetricSuite):
    metrics = METRICS


def test_a_metric_explains_itself(metric: cx.Metric) -> None:
    assert metric.formula.endswith(".")
    assert metric.unit in {"points", "percent", "rating"}
    assert metric.notes.endswith(".")


def test_examples_of_other_options() -> None:
    # Once: csat, dsat, nps, ces1 and mean_rating keep the example of their default options whatever
    # the options are: its value is not what the metric gives, or its points do not exist.
    wrong = []
    for metric in METRICS:
        for options in OPTIONS[metric.name]:
            other = metric.using(**options)
            for example in other.examples:
                fits = set(example.counts) <= set(other.scale.points)
                value = other(tally_of(other, example.counts)).value if fits else math.nan
                if value != pytest.approx(example.value):
                    wrong.append((metric.name, options, example.value, value))
    assert not wrong


def test_parts_are_shares_of_the_answers(metric: cx.Metric) -> None:
    example = metric.examples[0]
    score = metric(tally_of(metric, example.counts))
    assert sum(score.parts.values()) == pytest.approx(1)
    points = [point for part in metric.parts for point in part.points]
    if metric.parts:
        assert sorted(points) == sorted(metric.scale.points)
        by_tone = {part.tone: part for part in metric.parts}
        assert metric.values is not None
        worth = dict(zip(metric.scale.points, metric.values, strict=True))
        if metric.unit == "points":
            share = {name: score.parts[part.name] for name, part in by_tone.items()}
            assert score.value == pytest.approx(100 * (share["positive"] - share["negative"]))
            assert {worth[p] for p in by_tone["positive"].points} == {100}


def test_the_default_interval(metric: cx.Metric) -> None:
    score = metric(tally_of(metric, metric.examples[0].counts))
    interval = score.interval()
    assert interval.method == DEFAULTS[score.sample.kind]
    assert interval.low < score.value < interval.high
    assert interval == interval_of(score.sample)
    assert score.interval(method=interval.method) == interval
    assert f"{interval.level:.0%}".replace("%", " %") in str(score)


def test_the_direction_says_which_end_is_good(metric: cx.Metric) -> None:
    best = metric(tally_of(metric, {metric.scale.best: 5}))
    worst = metric(
        tally_of(metric, {metric.scale.points[0 if not metric.scale.reverse else -1]: 5})
    )
    assert (best.value > worst.value) == (metric.direction == "higher")
    data = {"r": [metric.scale.best] * 5 + [metric.scale.reversed.best] * 5}
    ranked = metric({**data, "g": ["good"] * 5 + ["bad"] * 5}, rating="r", by="g").rank()
    assert ranked == ["good", "bad"]


def test_every_option_is_tried(metric: cx.Metric) -> None:
    assert metric.factory is not None
    known = {name for name in inspect.signature(metric.factory).parameters if name != "name"}
    tried = {name for options in OPTIONS[metric.name] for name in options}
    assert tried == known


def test_options_round_trip(metric: cx.Metric) -> None:
    for options in OPTIONS[metric.name]:
        other = metric.using(**options)
        again = cx.Metric.from_dict(json.loads(json.dumps(other.to_dict(), allow_nan=False)))
        assert again == other
        assert (again.values, again.parts, again.scale) == (other.values, other.parts, other.scale)
        assert (again.formula, again.direction) == (other.formula, other.direction)
        assert metric.using(**options) == other
        if other.values != metric.values:
            assert other != metric
        score = other([*other.scale.points, other.scale.best])
        assert cx.Score.from_dict(json.loads(json.dumps(score.to_dict()))) == score
        assert math.isfinite(score.value)


def test_an_unknown_option_says_the_known_ones(metric: cx.Metric) -> None:
    with pytest.raises(UsageError, match=rf"{metric.name} has no option 'scael'; did you mean"):
        metric.using(scael="1:5")


def test_the_summary_is_stable(metric: cx.Metric) -> None:
    summary = metric(tally_of(metric, metric.examples[0].counts)).summary()
    assert list(summary) == [
        "metric",
        "group",
        "value",
        "unit",
        "interval",
        "standard_error",
        "n",
        "n_missing",
        "n_effective",
        "deff",
        "parts",
        "cautions",
    ]
    assert set(summary["interval"]) == {"low", "high", "level", "method"}
    assert {caution["code"] for caution in summary["cautions"]} <= set(CAUTION_CODES)


def test_a_metric_counts_in_one_pass_with_others() -> None:
    rows = {"r": [5, 4, 2, 1, None], "g": list("aabbb")}
    together = cx.measure(rows, [cx.csat, "dsat", cx.mean_rating], rating="r", by="g")
    assert list(together) == ["csat", "dsat", "mean_rating"]
    for name, scores in together.items():
        assert scores == registry.find("metric", name)(rows, rating="r", by="g")
    with pytest.raises(UsageError, match="two metrics are called 'csat'"):
        cx.measure(rows, [cx.csat, cx.csat.using(positive={5})], rating="r")


# -- the definitions that trap ---------------------------------------------------------------------


def test_effort_is_low_is_good_however_it_is_typed() -> None:
    assert cx.ces1.scale.reverse
    assert cx.ces1.using(scale="1:5").values == cx.ces1.values
    assert cx.ces1.using(scale="1:5").scale.reverse
    assert cx.ces1([1, 1, 2]).value < cx.ces1([5, 5, 4]).value
    with pytest.raises(ScaleError, match=r"high is good.*use ces1"):
        cx.ces2.using(scale="1:7!")
    with pytest.raises(ScaleError, match="defined on 7 points"):
        cx.ces2.using(scale="1:5")


def test_the_three_headlines_of_ces_differ() -> None:
    counts = {1: 80, 2: 210, 3: 140, 4: 110, 5: 160, 6: 180, 7: 120}
    tally = cx.Tally.of(cx.one_to_seven, counts)
    values = [cx.ces2(tally, headline=h).value for h in ("mean", "share", "net")]
    assert values == pytest.approx([4.08, 46, -13])
    assert cx.net_easy(tally).value == pytest.approx(3)


def test_another_scale_needs_its_boxes() -> None:
    with pytest.raises(ScaleError, match=r"positive=\{9, 10\}"):
        cx.csat.using(scale="0:10")
    with pytest.raises(ScaleError, match=r"negative=\{1, 2\}"):
        cx.dsat.using(scale="1:7")
    with pytest.raises(ScaleError, match=r"positive: 6 is no point of the scale 1-5"):
        cx.csat.using(positive={5, 6})
    with pytest.raises(ScaleError, match="detractor_max=8 and passive_max=6"):
        cx.nps.using(detractor_max=8, passive_max=6)
    with pytest.raises(ScaleError, match="choose 1 to 4 boxes"):
        cx.top_box(5)
    with pytest.raises(ScaleError, match="3 is both a positive and a negative box"):
        cx.net_box(3, 3)


def test_a_nonstandard_nps_says_so() -> None:
    odd = cx.nps([10, 9, 2], scale="1:10", detractor_max=6, passive_max=8)
    assert odd.cautions[0].code == "NONSTANDARD_SCALE"
    assert "not comparable" in odd.cautions[0].message
    assert cx.nps([10, 9, 2]).metric.cautions == ()


def test_every_code_of_caution_that_a_tally_can_cause() -> None:
    def codes(score: cx.Score) -> set[str]:
        return {caution.code for caution in score.cautions}

    many = [5, 4, 2, 3] * 20
    assert codes(cx.csat(many)) == set()
    assert codes(cx.csat([])) == {"NO_ANSWERS"}
    assert codes(cx.csat([5])) == {"NO_INTERVAL", "SMALL_SAMPLE"}
    assert codes(cx.csat([5, 4, 2, 3] * 5)) == {"SMALL_SAMPLE"}
    assert codes(cx.csat([5, 4] * 40)) == {"UNANIMOUS"}
    assert codes(cx.csat([*many, 9], off_scale="set_aside")) == {"OFF_SCALE"}
    heavy = cx.csat(many, weight=[20.0] * 4 + [0.1] * 76)
    assert codes(heavy) == {"LOW_EFFECTIVE_N", "EXTREME_WEIGHTS"}
    assert codes(cx.nps([5, 4, 2, 3] * 20)) == {"SUSPECT_SCALE", "UNANIMOUS"}


# -- intervals -------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", INTERVALS, ids=lambda method: method.name)
def test_an_interval_method_explains_itself(method: Any) -> None:
    assert method.title
    assert method.reference
    assert method.kinds
    assert not method.caution or method.caution.endswith((".", ")."))
    default = method.name in DEFAULTS.values()
    assert method.caution or default or method.name == "jeffreys"


def test_every_kind_has_a_default_that_fits() -> None:
    for kind, name in DEFAULTS.items():
        assert kind in registry.find("interval", name).kinds


def test_the_prose_names_the_method() -> None:
    score = cx.nps([10, 9, 9, 8, 7, 10, 3])
    assert "Percent promoters (9–10) minus percent detractors (0–6)" in score.method
    assert "7 answers on 0-10." in score.method
    assert "adjusted Wald" in score.method
    assert "Rocks 2016" in score.method
    assert "Clopper-Pearson" in cx.mean_rating([5] * 9).method
    clustered = cx.nps([10, 9, 9, 8, 3], unit=list("aabbc"), weight=[1, 2, 1, 2, 1])
    assert "3 units" in clustered.method
    assert "weighted" in clustered.method
