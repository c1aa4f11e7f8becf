"""VADER: English, a word list with rules for negation, intensity, capitals and emoji."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any, ClassVar

import numpy as np
from attrs import define
from numpy.typing import NDArray

from cxmetrics import hookimpl

cxmetrics_hook_api = 1


@define(slots=False)
class Vader:
    """The compound score of VADER.

    A text in which VADER knows no word gets NaN: its own answer would be 0.
    """

    name: ClassVar[str] = "vader"
    languages: ClassVar[tuple[str, ...]] = ("en",)
    reference: ClassVar[str] = "VADER, Hutto & Gilbert 2014"
    licence: ClassVar[str] = "MIT"

    @cached_property
    def _analyser(self) -> Any:
        from vaderSentiment.vaderSentiment import (  # type: ignore[import-untyped]
            SentimentIntensityAnalyzer,
        )

        return SentimentIntensityAnalyzer()

    def score(self, texts: Sequence[str], language: str) -> NDArray[np.float64]:  # noqa: ARG002
        """Return the tone of each text, -1 to 1; NaN where VADER knows no word.

        Args:
            texts: in English.
            language: English.

        Example:
            >>> Vader().score(["Great, thank you", "Parcel 12"], "en").round(2).tolist()
            [0.76, nan]
        """
        told = [self._analyser.polarity_scores(text) for text in texts]
        return np.array(
            [each["compound"] if each["pos"] or each["neg"] else np.nan for each in told]
        )


@hookimpl
def cxmetrics_sentiments() -> list[Vader]:
    """Offer the engine."""
    return [Vader()]
