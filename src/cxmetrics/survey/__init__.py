"""Representative samples: weights, coverage, response, contact pressure, planning."""

from cxmetrics.survey.calibrating import calibrate, composition, poststratify, rake
from cxmetrics.survey.coverage import Coverage, CoverageRow
from cxmetrics.survey.weighting import Weighting

__all__ = [
    "Coverage",
    "CoverageRow",
    "Weighting",
    "calibrate",
    "composition",
    "poststratify",
    "rake",
]
