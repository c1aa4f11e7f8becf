"""Top-box, bottom-box and net-box of any scale."""

from __future__ import annotations

from cxmetrics.metrics._base import Example, Metric
from cxmetrics.metrics.boxes import net, points_text, share, three_parts
from cxmetrics.scale import Scale, one_to_five

_COUNTS = {1: 2, 2: 3, 3: 6, 4: 14, 5: 15}
_NAMES = ("bottom box", "middle", "top box")


def top_box(boxes: int = 1, scale: Scale = one_to_five) -> Metric:
    """Return the metric "percent in the `boxes` best points".

    Args:
        boxes: how many points from the good end: 2 for top-2-box.
        scale: the points; the good end is low on a reverse scale.

    Raises:
        ScaleError: the scale has not that many points.

    Example:
        >>> from cxmetrics.scale import one_to_seven
        >>> round(top_box(2, one_to_seven)([7, 6, 5, 1]).value)
        50
    """
    good = scale.top(boxes)
    return share(
        scale,
        good,
        parts=three_parts(scale, good, (), _NAMES),
        name="top_box",
        title=f"top-{boxes}-box" if boxes > 1 else "top-box",
        formula=f"Percent of {points_text(good)} on {scale}.",
        reference="market research practice",
        notes="Boxes are counted from the good end of the scale.",
        examples=(Example(counts=_COUNTS, value=37.5, source="15 / 40"),)
        if boxes == 1 and scale == one_to_five
        else (),
        factory=top_box,
        options={"boxes": boxes, "scale": scale},
    )


def bottom_box(boxes: int = 1, scale: Scale = one_to_five) -> Metric:
    """Return the metric "percent in the `boxes` worst points"."""
    bad = scale.bottom(boxes)
    return share(
        scale,
        bad,
        parts=three_parts(scale, (), bad, _NAMES),
        name="bottom_box",
        title=f"bottom-{boxes}-box" if boxes > 1 else "bottom-box",
        direction="lower",
        formula=f"Percent of {points_text(bad)} on {scale}.",
        reference="market research practice",
        notes="Boxes are counted from the bad end of the scale.",
        examples=(Example(counts=_COUNTS, value=5.0, source="2 / 40"),)
        if boxes == 1 and scale == one_to_five
        else (),
        factory=bottom_box,
        options={"boxes": boxes, "scale": scale},
    )


def net_box(top: int = 2, bottom: int = 2, scale: Scale = one_to_five) -> Metric:
    """Return the metric "percent in the `top` best points minus percent in the `bottom` worst"."""
    good, bad = scale.top(top), scale.bottom(bottom)
    return net(
        scale,
        good,
        bad,
        names=_NAMES,
        name="net_box",
        title="net box",
        formula=f"Percent of {points_text(good)} minus percent of {points_text(bad)} on {scale}.",
        reference="market research practice",
        notes="The same arithmetic and intervals as NPS.",
        examples=(Example(counts=_COUNTS, value=60.0, source="(29 - 5) / 40"),)
        if (top, bottom, scale) == (2, 2, one_to_five)
        else (),
        factory=net_box,
        options={"top": top, "bottom": bottom, "scale": scale},
    )


METRICS = (top_box(), bottom_box(), net_box())
