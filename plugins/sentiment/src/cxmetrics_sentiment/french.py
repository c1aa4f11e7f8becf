"""textblob-fr: French, a list of adjectives with their polarity."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any, ClassVar

import numpy as np
from attrs import define
from numpy.typing import NDArray

from cxmetrics import hookimpl

cxmetrics_hook_api = 1


@define(slots=False)
class TextblobFr:
    """The polarity of textblob-fr, made from the adjectives of a text.

    A text in which it knows no word gets NaN: its own answer would be 0.
    """

    name: ClassVar[str] = "textblob-fr"
    languages: ClassVar[tuple[str, ...]] = ("fr",)
    reference: ClassVar[str] = "pattern.fr, De Smedt & Daelemans 2012"
    licence: ClassVar[str] = "MIT; word list PDDL"

    @cached_property
    def _polarity(self) -> Callable[[str], tuple[float, float]]:
        with warnings.catch_warnings():  # its source of 2013 holds "\." where r"\." is meant
            warnings.filterwarnings("ignore", "invalid escape sequence|.*is an invalid escape")
            from textblob_fr.sentiments import PatternAnalyzer  # type: ignore[import-untyped]

        analyser: Any = PatternAnalyzer()
        found: Callable[[str], tuple[float, float]] = analyser.analyze
        return found

    def score(self, texts: Sequence[str], language: str) -> NDArray[np.float64]:  # noqa: ARG002
        """Return the tone of each text, -1 to 1; NaN where it knows no word.

        Args:
            texts: in French.
            language: French.

        Example:
            >>> TextblobFr().score(["Quelle belle matinée", "Colis"], "fr").tolist()
            [0.8, nan]
        """
        told = [self._polarity(text) for text in texts]
        return np.array([tone if tone or subjective else np.nan for tone, subjective in told])


@hookimpl
def cxmetrics_sentiments() -> list[TextblobFr]:
    """Offer the engine."""
    return [TextblobFr()]
