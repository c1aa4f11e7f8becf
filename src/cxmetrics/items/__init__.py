"""Several ratings of one respondent together: drivers, Kano, reliability, scale conversion."""

from cxmetrics.items.consistency import Reliability, reliability
from cxmetrics.items.contrasts import Contrasts, penalty_reward
from cxmetrics.items.conversion import Conversion, Converted, equipercentile, rescale
from cxmetrics.items.driver import Driver
from cxmetrics.items.driving import drivers
from cxmetrics.items.kano_model import Kano, kano
from cxmetrics.items.levers import Drivers
from cxmetrics.items.priorities import Priorities, Priority

__all__ = [
    "Contrasts",
    "Conversion",
    "Converted",
    "Driver",
    "Drivers",
    "Kano",
    "Priorities",
    "Priority",
    "Reliability",
    "drivers",
    "equipercentile",
    "kano",
    "penalty_reward",
    "reliability",
    "rescale",
]
