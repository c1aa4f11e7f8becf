"""Data to practise on: one made-up company, any size, whose truth is known."""

from cxmetrics.datasets.company import TABLES, Company, company
from cxmetrics.datasets.table import Table
from cxmetrics.datasets.truth import MemoryTruth, OutcomeTruth, ResponseTruth, Truth

__all__ = [
    "TABLES",
    "Company",
    "MemoryTruth",
    "OutcomeTruth",
    "ResponseTruth",
    "Table",
    "Truth",
    "company",
]
