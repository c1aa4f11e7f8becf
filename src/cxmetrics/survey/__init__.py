"""Representative samples: weights, coverage, response, contact pressure, planning."""

from cxmetrics.survey.calibrating import calibrate, composition, poststratify, rake
from cxmetrics.survey.contact import QUARANTINE, Cap, ContactRules, Selection
from cxmetrics.survey.coverage import Coverage, CoverageRow
from cxmetrics.survey.declaring import Fact, declare
from cxmetrics.survey.finite import finite_population
from cxmetrics.survey.indicator import Representativeness, representativeness
from cxmetrics.survey.occasions import wide
from cxmetrics.survey.planning import Plan, plan
from cxmetrics.survey.pressure import Fatigue, fatigue
from cxmetrics.survey.response import Dispositions, ResponseRates, response_rates
from cxmetrics.survey.weighting import Weighting

__all__ = [
    "QUARANTINE",
    "Cap",
    "ContactRules",
    "Coverage",
    "CoverageRow",
    "Dispositions",
    "Fact",
    "Fatigue",
    "Plan",
    "Representativeness",
    "ResponseRates",
    "Selection",
    "Weighting",
    "calibrate",
    "composition",
    "declare",
    "fatigue",
    "finite_population",
    "plan",
    "poststratify",
    "rake",
    "representativeness",
    "response_rates",
    "wide",
]
