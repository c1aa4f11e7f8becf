"""Several metrics of the same data."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from cxmetrics.engines import tally
from cxmetrics.errors import UsageError
from cxmetrics.metrics._base import Metric
from cxmetrics.plugins import registry
from cxmetrics.summaries import Cube

if TYPE_CHECKING:
    from cxmetrics.metrics.score import Score
    from cxmetrics.metrics.scores import Scores


def measure(
    data: Any,
    metrics: Iterable[Metric | str],
    *,
    level: float = 0.95,
    method: str | None = None,
    **query: Any,
) -> dict[str, Score | Scores]:
    """Compute several metrics, counting the data once for each scale.

    Args:
        data: what `cxmetrics.tally` takes.
        metrics: metrics or their names.
        level: the confidence level of the intervals.
        method: the interval method; None for each metric's default.
        **query: `rating`, `by`, `weight`, `unit`, `strata`, `where`, `missing`, `off_scale`, as in
            `cxmetrics.tally`.

    Returns:
        Scores by metric name, in the order asked for.

    Raises:
        UsageError: two metrics share a name.

    Example:
        >>> from cxmetrics import csat, mean_rating
        >>> found = measure([5, 4, 4, 2], [csat, mean_rating])
        >>> round(found["csat"].value), round(found["mean_rating"].value, 2)
        (75, 3.75)
    """
    cubes: dict[Any, Cube] = {}
    found: dict[str, Score | Scores] = {}
    for asked in metrics:
        metric: Metric = registry.find("metric", asked) if isinstance(asked, str) else asked
        if metric.name in found:
            raise UsageError(f"two metrics are called {metric.name!r}: measure them one by one.")
        key = (metric.scale.points, metric.scale.reverse)
        if key not in cubes:
            cubes[key] = tally(data, metric.scale, **query)
        cube = cubes[key]
        found[metric.name] = metric.of(
            cube if cube.dims else cube.overall, level=level, method=method
        )
    return found
