"""Scores and results: correlation, which comes first, churn, and what a promoter is worth."""

from cxmetrics.links.attrition import Churn, Coefficient, churn
from cxmetrics.links.correlating import Correlation, Correlations, correlate, link_units
from cxmetrics.links.lagged import Lead, Leads, leads
from cxmetrics.links.worth import PartValue, Scenario, ValueDifference, Values, value_of_parts

__all__ = [
    "Churn",
    "Coefficient",
    "Correlation",
    "Correlations",
    "Lead",
    "Leads",
    "PartValue",
    "Scenario",
    "ValueDifference",
    "Values",
    "churn",
    "correlate",
    "leads",
    "link_units",
    "value_of_parts",
]
