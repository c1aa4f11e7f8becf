"""Verbatims: what customers say in their own words, and what it has to do with the score."""

from cxmetrics.verbatims.tone import Sentiment, Sentiments, sentiment

__all__ = ["Sentiment", "Sentiments", "sentiment"]
