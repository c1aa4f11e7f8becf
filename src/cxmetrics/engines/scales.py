"""Ratings that know their own scale are measured one scale at a time."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from cxmetrics.errors import ScaleError
from cxmetrics.scale import Scale

if TYPE_CHECKING:
    from cxmetrics.engines.query import Query


def require_scale(scales: Iterable[Scale], query: Query, holder: str) -> None:
    """Refuse ratings on several scales, or on another one than the query's.

    Args:
        scales: those of the records.
        query: what is to be counted.
        holder: what holds the records, for the message: "the batch".

    Raises:
        ScaleError: they can't be counted together, or not on the scale of the query.
    """
    spelled = {scale.spell(): scale for scale in scales}
    if len(spelled) > 1:
        raise ScaleError(
            f"{holder} mixes ratings on several scales ({', '.join(sorted(spelled))}): measure one "
            f"at a time with where={{'scale': {min(spelled)!r}}}."
        )
    for scale in spelled.values():
        if not scale.same_points(query.scale):
            raise ScaleError(
                f"{holder} holds ratings on {scale}, the metric wants {query.scale}: pass the "
                "scale that was asked with, or another metric."
            )
