"""The records: what a row is, one class a file.

A record is frozen and keyword-only, checks its rules when it is built, and goes to JSON and back
with `to_dict` and `from_dict`.
"""

from cxmetrics.records._base import FrozenMap, Offence, Record, Scalar
from cxmetrics.records.customer import Customer
from cxmetrics.records.interaction import Interaction
from cxmetrics.records.invitation import Invitation
from cxmetrics.records.journey import Journey, five_a, five_phases
from cxmetrics.records.outcome import Outcome
from cxmetrics.records.persona import Persona
from cxmetrics.records.response import Response
from cxmetrics.records.touchpoint import Touchpoint

__all__ = [
    "Customer",
    "FrozenMap",
    "Interaction",
    "Invitation",
    "Journey",
    "Offence",
    "Outcome",
    "Persona",
    "Record",
    "Response",
    "Scalar",
    "Touchpoint",
    "five_a",
    "five_phases",
]
