"""Hypothesis strategies of records: what real data hold and tidy examples do not.

Importing `hypothesis` where this kit is installed is enough for `st.from_type(Response)`, and for
`st.builds` of a function with such arguments: see `cxmetrics.testing.registration`.

Example:
    >>> from hypothesis import given, settings
    >>> from cxmetrics.records import Response
    >>> @settings(max_examples=20, database=None)
    ... @given(responses())
    ... def comes_back(response):
    ...     assert Response.from_dict(response.to_dict()) == response
    >>> comes_back()
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any, Final
from zoneinfo import ZoneInfo

import attrs
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from cxmetrics.records import (
    Customer,
    Interaction,
    Invitation,
    Outcome,
    Record,
    Response,
)
from cxmetrics.scale import Scale
from cxmetrics.testing.strategies import ratings, scales

__all__ = ["customers", "interactions", "invitations", "moments", "outcomes", "responses"]

_LETTERS: Final = st.characters(exclude_categories=["Cs", "Cc"])
_TEXTS: Final = st.text(_LETTERS, max_size=20)
_NAMES: Final = _TEXTS.filter(lambda text: bool(text.strip()))
_SCALARS: Final = (
    st.none() | st.booleans() | _TEXTS | st.integers(-(2**53), 2**53) | st.floats(-1e9, 1e9)
)
_ZONES: Final = st.sampled_from(
    [UTC, ZoneInfo("Europe/Paris"), ZoneInfo("America/New_York"), timezone(timedelta(hours=14))]
)


def moments() -> SearchStrategy[datetime]:
    """Draw aware times from 2000 to 2050, in several zones, the repeated hour of autumn too."""
    return st.datetimes(
        min_value=datetime(2000, 1, 2),
        max_value=datetime(2049, 12, 30),
        timezones=_ZONES,
        allow_imaginary=False,
    )


@st.composite
def responses(draw: st.DrawFn, scale: Scale | None = None, *, missing: bool = True) -> Response:
    """Draw a response.

    Args:
        draw: given by hypothesis.
        scale: of its rating; any one by default.
        missing: whether it may have no rating.
    """
    on = scale or draw(scales())
    asked, answered = _ordered(draw)
    return Response(
        id=draw(_NAMES),
        rating=draw(ratings(on, missing=missing)),
        scale=on,
        question=draw(_maybe(st.sampled_from(["nps", "csat", "ces2"]) | _NAMES)),
        customer=draw(_maybe(_NAMES)),
        respondent=draw(st.sampled_from(["customer", "employee"])),
        verbatim=draw(_maybe(_TEXTS)),
        language=draw(_maybe(st.sampled_from(["fr", "en", "fr-CA"]))),
        weight=draw(st.integers(0, 32).map(lambda eighths: eighths / 8)),
        asked_at=asked,
        answered_at=answered,
        touchpoint=draw(_maybe(_NAMES)),
        interaction=draw(_maybe(_NAMES)),
        dims=draw(_dims(Response)),
    )


def customers() -> SearchStrategy[Customer]:
    """Draw a customer."""
    return st.builds(
        Customer,
        id=_NAMES,
        persona=_maybe(_NAMES),
        since=_maybe(moments()),
        dims=_dims(Customer),
    )


def interactions() -> SearchStrategy[Interaction]:
    """Draw an interaction."""
    return st.builds(
        Interaction,
        id=_NAMES,
        customer=_NAMES,
        touchpoint=_NAMES,
        at=moments(),
        journey=_maybe(_NAMES),
        stage=_maybe(_NAMES),
        channel=_maybe(_NAMES),
        dims=_dims(Interaction),
    )


@st.composite
def invitations(draw: st.DrawFn) -> Invitation:
    """Draw an invitation."""
    sent, answered = _ordered(draw)
    return Invitation(
        id=draw(_NAMES),
        customer=draw(_NAMES),
        survey=draw(_NAMES),
        sent_at=sent or draw(moments()),
        channel=draw(_maybe(_NAMES)),
        delivered=draw(_maybe(st.booleans())),
        answered_at=answered if sent else None,
        touchpoint=draw(_maybe(_NAMES)),
        dims=draw(_dims(Invitation)),
    )


def outcomes() -> SearchStrategy[Outcome]:
    """Draw an outcome."""
    return st.builds(
        Outcome,
        id=_NAMES,
        customer=_NAMES,
        kind=st.sampled_from(["churn", "revenue", "repurchase"]) | _NAMES,
        value=st.integers(-1000, 1000) | st.floats(-1e6, 1e6),
        at=moments(),
        dims=_dims(Outcome),
    )


def _maybe(strategy: SearchStrategy[Any]) -> SearchStrategy[Any]:
    return st.none() | strategy


def _dims(record: type[Record]) -> SearchStrategy[dict[str, Any]]:
    own = {field.name for field in attrs.fields(record)}
    return st.dictionaries(_NAMES.filter(lambda name: name not in own), _SCALARS, max_size=3)


def _ordered(draw: st.DrawFn) -> tuple[datetime | None, datetime | None]:
    """Draw two times, either of which may be missing, the first not after the second."""
    first, second = draw(_maybe(moments())), draw(_maybe(moments()))
    # as instants: two times of one zone compare by the clock on the wall
    if first and second and first.astimezone(UTC) > second.astimezone(UTC):
        return second, first
    return first, second
