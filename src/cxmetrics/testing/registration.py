"""What hypothesis runs when it is imported: our types become drawable with `st.from_type`.

Announced under the entry-point group `hypothesis`. The strategies are imported when one is drawn.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any


def register() -> None:
    """Tell hypothesis how to draw scales, records, tallies and cubes.

    Example:
        >>> from hypothesis import given, settings, strategies as st
        >>> from cxmetrics.records import Invitation
        >>> register()
        >>> @settings(max_examples=10, database=None)
        ... @given(st.from_type(Invitation))
        ... def is_addressed(invitation):
        ...     assert invitation.customer
        >>> is_addressed()
    """
    from hypothesis import strategies as st

    from cxmetrics.records import Customer, Interaction, Invitation, Outcome, Response
    from cxmetrics.scale import Scale
    from cxmetrics.summaries import Cube, Tally

    records = "cxmetrics.testing.records"
    own = "cxmetrics.testing.strategies"
    for kind, module, name in (
        (Customer, records, "customers"),
        (Interaction, records, "interactions"),
        (Invitation, records, "invitations"),
        (Outcome, records, "outcomes"),
        (Response, records, "responses"),
        (Scale, own, "scales"),
    ):
        st.register_type_strategy(kind, _late(module, name))
    st.register_type_strategy(Tally, _late_on_any_scale(own, "tallies"))
    st.register_type_strategy(Cube, _late_on_any_scale(own, "cubes"))


def _late(module: str, name: str) -> Callable[[Any], Any]:
    return lambda _: getattr(import_module(module), name)()


def _late_on_any_scale(module: str, name: str) -> Callable[[Any], Any]:
    def strategy(_: Any) -> Any:
        made = import_module(module)
        return made.scales().flatmap(getattr(made, name))

    return strategy
