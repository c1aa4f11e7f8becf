"""Sentiment for cxmetrics: VADER for English, textblob-fr for French."""

from __future__ import annotations

from cxmetrics_sentiment.french import TextblobFr
from cxmetrics_sentiment.vader import Vader

__all__ = ["TextblobFr", "Vader"]
