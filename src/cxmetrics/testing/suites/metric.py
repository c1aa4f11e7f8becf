"""`MetricSuite`: the tests that every metric has to pass."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from typing import Any, ClassVar, Final

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cxmetrics.errors import CxError
from cxmetrics.metrics import Metric, Score
from cxmetrics.summaries import Tally
from cxmetrics.testing.strategies import rows, tallies
from cxmetrics.testing.suites.base import fail

_NEAR: Final = 1e-9
# A battery is run by several classes: hypothesis would take that for an accident.
_laws = settings(
    deadline=None,
    max_examples=12,
    suppress_health_check=[
        HealthCheck.differing_executors,
        HealthCheck.function_scoped_fixture,
        HealthCheck.too_slow,
    ],
)


class MetricSuite:
    """The tests that every metric has to pass: subclass it, and pytest finds them.

    Attributes:
        metrics: the metrics to test.

    Example:
        ```python
        class TestOurMetrics(MetricSuite):
            metrics = [delight]
        ```
    """

    metrics: ClassVar[Sequence[Metric]] = ()

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """Run each test for each metric."""
        if "metric" in metafunc.fixturenames:
            metafunc.parametrize("metric", self.metrics, ids=[each.name for each in self.metrics])

    def test_there_are_metrics(self) -> None:
        """Something is tested, and no two metrics have one name."""
        names = [each.name for each in self.metrics]
        if not names:
            fail("name the metrics to test in `metrics`.")
        if len(set(names)) < len(names):
            fail(f"two metrics have one name: {', '.join(sorted(names))}.")

    def test_it_explains_itself(self, metric: Metric) -> None:
        """It has what its page in the catalogue shows."""
        for name in ("title", "formula", "reference", "notes"):
            if not getattr(metric, name).strip():
                fail(f"{metric.name}: {name} is empty: it is what readers of the number look up.")
        if not metric.examples:
            fail(f"{metric.name}: no worked example: say what some answers give, by hand.")

    def test_worked_examples(self, metric: Metric) -> None:
        """Each worked example is exact, and says where it comes from."""
        for example in metric.examples:
            counts = {float(point): count for point, count in example.counts.items()}
            value = metric(Tally.of(metric.scale, counts)).value
            if not math.isclose(value, example.value, abs_tol=_NEAR):
                fail(f"{metric.name}: {example.counts} gives {value}, not {example.value}.")
            if not example.source.strip():
                fail(f"{metric.name}: say where the worked example of {example.value} comes from.")

    def test_parts_are_points_of_the_scale(self, metric: Metric) -> None:
        """Where a score is shown by parts, each point of the scale is in one of them."""
        points = sorted(point for part in metric.parts for point in part.points)
        if metric.parts and points != sorted(metric.scale.points):
            fail(f"{metric.name}: the parts hold the points {points} of {metric.scale}.")

    def test_the_direction_says_which_end_is_good(self, metric: Metric) -> None:
        """All answers at the good end give a better score than all at the other."""
        points = metric.scale.points
        worst = points[-1 if metric.scale.reverse else 0]
        best, poor = (metric([point] * 5).value for point in (metric.scale.best, worst))
        if (best > poor) != (metric.direction == "higher"):
            fail(
                f"{metric.name}: {best} at the good end and {poor} at the other, though "
                f"{metric.direction} is said to be better."
            )

    def test_no_answer_is_no_score(self, metric: Metric) -> None:
        """Without answers there is no number, not even 0."""
        for data in ([], [None, None]):
            score = metric(data)
            if score.n or not math.isnan(score.value):
                fail(f"{metric.name}: no answers give {score.value}.")

    def test_it_comes_back_from_json(self, metric: Metric) -> None:
        """A score written as JSON and read again is the same score."""
        score = metric([*metric.scale.points, metric.scale.best])
        again = Score.from_dict(json.loads(json.dumps(score.to_dict(), allow_nan=False)))
        if again != score:
            fail(f"{metric.name}: {again!r} comes back as JSON for {score!r}.")

    @_laws
    @given(data=st.data())
    def test_missing_answers_count_for_nothing(self, metric: Metric, data: Any) -> None:
        """A missing rating is no rating at all."""
        given_rows = data.draw(rows(metric.scale))
        ratings = given_rows["rating"]
        rated = [rating for rating in ratings if rating is not None]
        _same(metric, metric(ratings), metric(rated), "with and without missing answers")

    @_laws
    @given(data=st.data())
    def test_the_order_of_answers_is_no_matter(self, metric: Metric, data: Any) -> None:
        """Shuffled answers give the same score."""
        ratings = data.draw(rows(metric.scale, missing=False))["rating"]
        shuffled = data.draw(st.permutations(ratings))
        _same(metric, metric(ratings), metric(shuffled), "in another order")

    @_laws
    @given(data=st.data())
    def test_parts_add_up_to_the_whole(self, metric: Metric, data: Any) -> None:
        """The score of tallies that were added is that of all answers at once."""
        ratings = data.draw(rows(metric.scale))["rating"]
        cut = data.draw(st.integers(0, len(ratings)))
        parts = [metric(part).tally for part in (ratings[:cut], ratings[cut:])]
        _same(metric, metric(ratings), metric(parts[0] + parts[1]), "split and put together")

    @_laws
    @given(data=st.data())
    def test_only_the_proportions_of_weights_matter(self, metric: Metric, data: Any) -> None:
        """All weights times two, or all equal, change no score."""
        drawn = data.draw(rows(metric.scale, weighted=True, missing=False))
        ratings, weights = drawn["rating"], drawn["weight"]
        doubled = [2 * weight for weight in weights]
        if any(weights):
            one, two = (metric(ratings, weight=each) for each in (weights, doubled))
            _same(metric, one, two, "with weights twice as large")
        equal = metric(ratings, weight=[3.0] * len(ratings))
        _same(metric, metric(ratings), equal, "with equal weights")

    @_laws
    @given(data=st.data())
    def test_the_interval_contains_the_score(self, metric: Metric, data: Any) -> None:
        """Every interval has the score in it, and stays within what is possible."""
        tally = data.draw(tallies(metric.scale, max_off_scale=0))
        score = metric(tally)
        try:
            interval = score.interval()
        except CxError:
            return  # too few answers, and it says so
        if not interval.low <= score.value <= interval.high:
            fail(f"{metric.name}: {score.value} is outside of {interval} for {tally!r}.")


def _same(metric: Metric, one: Score, other: Score, when: str) -> None:
    __tracebackhide__ = True
    if math.isnan(one.value) and math.isnan(other.value):
        return
    if not math.isclose(one.value, other.value, abs_tol=_NEAR):
        fail(f"{metric.name}: {one.value} and, {when}, {other.value}.")
