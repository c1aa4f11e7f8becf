"""What a concept is: something measured of customers that needs more than one rating."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any, Final, Literal

from attrs import frozen

Topic = Literal["index", "emotion", "memory", "gap", "maturity", "journey", "verbatim"]
TOPICS: Final[dict[Topic, str]] = {
    "index": "Indices and barometers",
    "emotion": "Emotions, irritants, wow, advocacy",
    "memory": "Time and memory",
    "gap": "Customers, company, employees",
    "maturity": "Maturity",
    "journey": "Journeys",
    "verbatim": "Verbatims",
}
"""What concepts are about, in the order of the catalogue."""


@frozen(kw_only=True)
class Worked:
    """A worked example that runs.

    Attributes:
        code: Python that prints; `cx` is `cxmetrics`, what it needs else it imports.
        shows: what it prints, to the letter.
        source: where the numbers come from.
    """

    code: str
    shows: str
    source: str


@frozen(kw_only=True)
class Concept:
    """An entry of the catalogue: what is measured, how, and what it does not say.

    The command line, the documentation and the tests follow from it.

    Attributes:
        name: what to call it, in Python and on the command line.
        title: its name for people.
        french: the French term.
        topic: where it stands in the catalogue.
        call: the function, or "module:name" for one that is imported when it is asked for; its
            first argument is the data, the others are keywords whose annotations become the
            options of the command line.
        unit: of the headline number.
        direction: which way is good; `"none"` where neither is.
        scale: what is asked, in words.
        formula: how it is computed, in words.
        interval: which interval it carries, or why there is none.
        reference: author and year.
        limits: what it does not say.
        example: worked, and checked by the tests.
        verb: how the command line computes it, where that is not `cxmetrics concept NAME`.
        notice: trademark notice, if one is due.
    """

    name: str
    title: str
    french: str
    topic: Topic
    call: str | Callable[..., Any]
    unit: str
    direction: Literal["higher", "lower", "none"]
    scale: str
    formula: str
    interval: str
    reference: str
    limits: tuple[str, ...]
    example: Worked
    verb: str = ""
    notice: str = ""

    @property
    def function(self) -> Callable[..., Any]:
        """The function itself, imported when it is asked for."""
        if not isinstance(self.call, str):
            return self.call
        module, _, name = self.call.partition(":")
        found: Callable[..., Any] = getattr(import_module(module), name)
        return found

    def __call__(self, data: Any, **options: Any) -> Any:
        """Compute it: `function(data, **options)`."""
        return self.function(data, **options)
