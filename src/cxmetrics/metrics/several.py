"""Metrics by their names, and several of the same data."""

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


def metric(name: str) -> Metric:
    """Return the metric of a name, built in or of a plugin.

    Raises:
        NotFoundError: no metric has that name.
        PluginLoadError: the plugin of that name can't be used.

    Example:
        >>> metric("nps").title
        'NPS'
    """
    found: Metric = registry.find("metric", name)
    return found


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
        each = metric(asked) if isinstance(asked, str) else asked
        if each.name in found:
            raise UsageError(f"two metrics are called {each.name!r}: measure them one by one.")
        key = (each.scale.points, each.scale.reverse)
        if key not in cubes:
            cubes[key] = tally(data, each.scale, **query)
        cube, each = cubes[key], each.told(data, query.get("where"))
        found[each.name] = each.of(cube if cube.dims else cube.overall, level=level, method=method)
    return found
