"""The mean rating, as it is or on 0 to 100."""

from __future__ import annotations

from typing import Any

from cxmetrics.metrics._base import Example, Metric
from cxmetrics.scale import Scale, one_to_five


def average(scale: Scale, **about: Any) -> Metric:
    """Build a metric that is the mean of the ratings."""
    return Metric(scale=scale, unit="rating", values=tuple(map(float, scale.points)), **about)


def _mean_rating(scale: Scale = one_to_five, *, percent: bool = False) -> Metric:
    about: dict[str, Any] = {
        "name": "mean_rating",
        "title": "mean rating",
        "direction": "lower" if scale.reverse else "higher",
        "reference": "textbook",
        "notes": (
            "An ordinal scale is treated as if its steps were equal. `percent=True` maps the bad "
            "end to 0 and the good end to 100."
        ),
        "factory": _mean_rating,
        "options": {"scale": scale, "percent": percent},
    }
    if not percent:
        return average(
            scale,
            formula=f"Mean of the ratings on {scale}.",
            examples=(
                Example(
                    counts={1: 2, 2: 3, 3: 6, 4: 14, 5: 15}, value=3.925, source="R mean: 157 / 40"
                ),
            )
            if scale.points == one_to_five.points
            else (),
            **about,
        )
    worst = scale.high if scale.reverse else scale.low
    span = scale.best - worst
    return Metric(
        scale=scale,
        unit="percent",
        values=tuple(100 * (point - worst) / span for point in scale.points),
        formula=f"Mean of the ratings, {worst:g} counting 0 and {scale.best:g} counting 100.",
        **{**about, "direction": "higher"},
    )


mean_rating = _mean_rating()
METRICS = (mean_rating,)
