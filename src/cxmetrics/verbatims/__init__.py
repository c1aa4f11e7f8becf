"""Verbatims: what customers say in their own words, and what it has to do with the score."""

from cxmetrics.verbatims.agreement import Agreement
from cxmetrics.verbatims.burden import Impact, Impacts
from cxmetrics.verbatims.contradiction import Mismatch, Mismatches, mismatch
from cxmetrics.verbatims.crossing import impact
from cxmetrics.verbatims.dictionary import Dictionary
from cxmetrics.verbatims.evaluating import Evaluation, evaluate
from cxmetrics.verbatims.language import detect
from cxmetrics.verbatims.mention import Mention, Reading
from cxmetrics.verbatims.quoting import Quote, Quotes, quotes
from cxmetrics.verbatims.reading import Readings, read
from cxmetrics.verbatims.theme import Idiom, Theme
from cxmetrics.verbatims.tone import Sentiment, Sentiments, sentiment

__all__ = [
    "Agreement",
    "Dictionary",
    "Evaluation",
    "Idiom",
    "Impact",
    "Impacts",
    "Mention",
    "Mismatch",
    "Mismatches",
    "Quote",
    "Quotes",
    "Reading",
    "Readings",
    "Sentiment",
    "Sentiments",
    "Theme",
    "detect",
    "evaluate",
    "impact",
    "mismatch",
    "quotes",
    "read",
    "sentiment",
]
