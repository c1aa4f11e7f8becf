"""What is known of a sample and can't be seen in its numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, Literal, get_args

from cxmetrics.engines.declared import Declared
from cxmetrics.errors import Caution, CautionCode, UsageError, did_you_mean

Fact = Literal["self_selected", "panel", "mixed_timing"]

_SAID: Final[dict[Fact, tuple[CautionCode, str]]] = {
    "self_selected": (
        "SELF_SELECTED",
        "people chose themselves to answer: the interval is about chance, not about who is silent.",
    ),
    "panel": (
        "PANEL_CONDITIONING",
        "the same people are asked again and again, which changes how they answer.",
    ),
    "mixed_timing": (
        "POOLED_TIMING",
        "answers given at once and answers given later are mixed: measure them apart.",
    ),
}


def declare(data: Any, facts: Fact | Sequence[Fact]) -> Declared:
    """Say of data what no number in them shows; every result made of them repeats it.

    Args:
        data: a data frame, columns by name, a list of ratings, a `Batch`, a store.
        facts: `"self_selected"` (a link on a page, a review site: there is no sampling),
            `"panel"` (the same people are asked again), `"mixed_timing"` (hot and cold answers
            together), or several of them.

    Returns:
        The data, to be measured like before.

    Raises:
        UsageError: no such fact.

    Example:
        >>> import cxmetrics as cx
        >>> score = cx.nps(declare({"q": [10, 9, 3] * 20}, "self_selected"), rating="q")
        >>> [caution.code for caution in score.cautions]
        ['SELF_SELECTED']
    """
    known = get_args(Fact)
    named: tuple[Fact, ...] = (facts,) if isinstance(facts, str) else tuple(facts)
    for fact in named:
        if fact not in known:
            raise UsageError(f"no fact {fact!r}; {did_you_mean(str(fact), known)}")
    if isinstance(data, Sequence):
        data = {"rating": data}
    return Declared(data=data, cautions=tuple(Caution(*_SAID[fact]) for fact in named))
