"""What the type checker of a plugin's author, or of a warehouse's, sees; checked, never run."""

# pyright: reportUnnecessaryTypeIgnoreComment=true
from __future__ import annotations

from collections.abc import Iterable
from typing import Any, assert_type

import cxmetrics as cx
from cxmetrics.metrics import Example, Part
from cxmetrics.plugins import registry
from cxmetrics.stats.intervals import IntervalMethod
from cxmetrics.stats.sample import Sample

delight = cx.Metric(
    name="delight",
    title="delight rate",
    unit="percent",
    scale=cx.yes_no,
    values=(0.0, 100.0),
    parts=(Part("others", (0,), "negative"), Part("delighted", (1,), "positive")),
    examples=(Example(counts={0: 1, 1: 3}, value=75.0, source="3 / 4"),),
)


def limits(sample: Sample, level: float) -> tuple[float, float]:
    successes, trials = sample.proportion()
    assert_type(successes, float)
    assert_type(sample.scaled(level), float)
    return sample.scaled(successes / trials), sample.bounds[1]


upper_bound = IntervalMethod(
    name="upper", title="upper bound", kinds=frozenset({"share"}), reference="none", compute=limits
)


@cx.hookimpl
def cxmetrics_metrics() -> Iterable[cx.Metric]:
    return [delight]


@cx.hookimpl
def cxmetrics_intervals() -> list[IntervalMethod]:
    return [upper_bound]


class Warehouse:
    """Anything with this method can be measured."""

    def __init__(self, rows: Any) -> None:
        self._rows = rows

    def __cx_tally__(self, query: cx.Query) -> cx.Cube:
        assert_type(query.rating, tuple[str, ...])
        assert_type(query.weight, str | None)
        return cx.collect(self._rows, query)


def use(rows: Any) -> None:
    assert_type(cx.nps(Warehouse(rows), rating="q"), cx.Score)
    assert_type(delight(rows, rating="q", by="shop"), cx.Scores)
    hooks = registry.every("metric")
    assert_type(hooks, list[Any])


def wrong() -> None:
    # Each must be refused: an ignore that is not needed is an error here.
    cx.Metric("delight")  # type: ignore[call-arg]  # by name only
    Part("others", (0,), "red")  # type: ignore[arg-type]  # no such tone
    IntervalMethod(name="x", title="x", kinds={"share"}, reference="", compute=limits)  # type: ignore[arg-type]  # frozen set
    registry.find("source", "x")  # type: ignore[arg-type]  # no such kind of plugin
