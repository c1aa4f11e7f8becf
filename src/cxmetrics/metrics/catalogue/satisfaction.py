"""CSAT and DSAT."""

from __future__ import annotations

from collections.abc import Collection

from cxmetrics.errors import ScaleError
from cxmetrics.metrics._base import Example, Metric
from cxmetrics.metrics.boxes import box_points, points_text, share, three_parts
from cxmetrics.scale import Scale, one_to_five

_COUNTS = {1: 2, 2: 3, 3: 6, 4: 14, 5: 15}
_NAMES = ("dissatisfied", "neutral", "satisfied")


def _boxes(
    scale: Scale, given: Collection[float] | None, what: str, *, good: bool
) -> tuple[float, ...]:
    """Return the boxes: as given, two of a 5-point scale, one of a yes/no."""
    if given is not None:
        return box_points(scale, given, what)
    boxes = {2: 1, 5: 2}.get(scale.size)
    if boxes is None:
        ends = scale.top(2) if good else scale.bottom(2)
        raise ScaleError(
            f"two boxes of a {scale.size}-point scale are not the two of a 5-point scale: say "
            f"which ratings count, for instance {what}={{{', '.join(f'{p:g}' for p in ends)}}}."
        )
    return scale.top(boxes) if good else scale.bottom(boxes)


def _csat(scale: Scale = one_to_five, *, positive: Collection[float] | None = None) -> Metric:
    good = _boxes(scale, positive, "positive", good=True)
    rest = [point for point in scale.points if point not in good]
    worst = scale.bottom(min(2, max(len(rest) - 1, 1)))
    bad = tuple(point for point in worst if point in rest)
    return share(
        scale,
        good,
        parts=three_parts(scale, good, bad, _NAMES),
        name="csat",
        title="CSAT",
        question="How satisfied are you?",
        formula=f"Percent satisfied ({points_text(good)} on {scale}).",
        reference="convention; monitoring guidelines in ISO 10004:2018",
        notes=(
            "Top two boxes of a 5-point scale unless other boxes are named: top-2 of a 3-, 5- or "
            "10-point scale are different quantities."
        ),
        examples=(Example(counts=_COUNTS, value=72.5, source="definition: 29 / 40"),)
        if scale.same_points(one_to_five) and good == one_to_five.top(2)
        else (),
        factory=_csat,
        options={"scale": scale, "positive": None if positive is None else good},
    )


def _dsat(scale: Scale = one_to_five, *, negative: Collection[float] | None = None) -> Metric:
    bad = _boxes(scale, negative, "negative", good=False)
    rest = [point for point in scale.points if point not in bad]
    good = tuple(point for point in scale.top(min(2, max(len(rest) - 1, 1))) if point in rest)
    return share(
        scale,
        bad,
        parts=three_parts(scale, good, bad, _NAMES),
        name="dsat",
        title="DSAT",
        direction="lower",
        question="How satisfied are you?",
        formula=f"Percent dissatisfied ({points_text(bad)} on {scale}).",
        reference="convention",
        notes="The share that needs repair; not 100 minus CSAT, the middle belongs to neither.",
        examples=(Example(counts=_COUNTS, value=12.5, source="definition: 5 / 40"),)
        if scale.same_points(one_to_five) and bad == one_to_five.bottom(2)
        else (),
        factory=_dsat,
        options={"scale": scale, "negative": None if negative is None else bad},
    )


csat = _csat()
dsat = _dsat()
METRICS = (csat, dsat)
