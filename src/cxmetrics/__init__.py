"""Measure customer experience and defend the number.

>>> import cxmetrics as cx
>>> print(cx.nps([10, 9, 9, 8, 7, 10, 3]))
NPS +42.9  (95 % interval −16.4 to +76.4; n = 7)
  detractors 14 % · passives 29 % · promoters 57 %
  ! SMALL_SAMPLE: 7 answers, under 30: read the interval, not the score.
"""

from __future__ import annotations

import importlib
import typing

from cxmetrics.batch import Batch as Batch
from cxmetrics.engines import collect as collect
from cxmetrics.engines import tally as tally
from cxmetrics.engines.query import Query as Query
from cxmetrics.engines.sql import sql_table as sql_table
from cxmetrics.errors import Caution as Caution
from cxmetrics.errors import CxError as CxError
from cxmetrics.metrics import Comparison as Comparison
from cxmetrics.metrics import Comparisons as Comparisons
from cxmetrics.metrics import Metric as Metric
from cxmetrics.metrics import Score as Score
from cxmetrics.metrics import Scores as Scores
from cxmetrics.metrics import bottom_box as bottom_box
from cxmetrics.metrics import ces1 as ces1
from cxmetrics.metrics import ces2 as ces2
from cxmetrics.metrics import csat as csat
from cxmetrics.metrics import dsat as dsat
from cxmetrics.metrics import enps as enps
from cxmetrics.metrics import linear as linear
from cxmetrics.metrics import mean_rating as mean_rating
from cxmetrics.metrics import measure as measure
from cxmetrics.metrics import metric as metric
from cxmetrics.metrics import net_box as net_box
from cxmetrics.metrics import net_easy as net_easy
from cxmetrics.metrics import nps as nps
from cxmetrics.metrics import smooth as smooth
from cxmetrics.metrics import top_box as top_box
from cxmetrics.plugins import hookimpl as hookimpl
from cxmetrics.plugins import register as register
from cxmetrics.scale import Scale as Scale
from cxmetrics.scale import effort_one_to_five as effort_one_to_five
from cxmetrics.scale import one_to_five as one_to_five
from cxmetrics.scale import one_to_seven as one_to_seven
from cxmetrics.scale import one_to_ten as one_to_ten
from cxmetrics.scale import one_to_three as one_to_three
from cxmetrics.scale import stars as stars
from cxmetrics.scale import yes_no as yes_no
from cxmetrics.scale import zero_to_ten as zero_to_ten
from cxmetrics.stats.intervals import Interval as Interval
from cxmetrics.summaries import Cube as Cube
from cxmetrics.summaries import Tally as Tally

if typing.TYPE_CHECKING:
    from cxmetrics.concepts import concept as concept
    from cxmetrics.engines.sql import sql_table as sql_table
    from cxmetrics.items import drivers as drivers
    from cxmetrics.items import reliability as reliability
    from cxmetrics.links import churn as churn
    from cxmetrics.links import correlate as correlate
    from cxmetrics.sources import read_file as read_file
    from cxmetrics.sources.config import source as source
    from cxmetrics.store import open_store as open_store
    from cxmetrics.survey import declare as declare
    from cxmetrics.survey import plan as plan
    from cxmetrics.survey import poststratify as poststratify
    from cxmetrics.survey import rake as rake
    from cxmetrics.survey import response_rates as response_rates
    from cxmetrics.survey import wide as wide
    from cxmetrics.trends import control_chart as control_chart
    from cxmetrics.trends import decompose as decompose

__version__ = "0.1.0"

_LATE = {
    "churn": "cxmetrics.links",
    "concept": "cxmetrics.concepts",
    "control_chart": "cxmetrics.trends",
    "correlate": "cxmetrics.links",
    "decompose": "cxmetrics.trends",
    "declare": "cxmetrics.survey",
    "drivers": "cxmetrics.items",
    "open_store": "cxmetrics.store",
    "plan": "cxmetrics.survey",
    "poststratify": "cxmetrics.survey",
    "rake": "cxmetrics.survey",
    "read_file": "cxmetrics.sources",
    "reliability": "cxmetrics.items",
    "response_rates": "cxmetrics.survey",
    "source": "cxmetrics.sources.config",
    "sql_table": "cxmetrics.engines.sql",
    "wide": "cxmetrics.survey",
}
"""Names that are imported when they are used: who only counts does not pay for the rest."""


def __getattr__(name: str) -> typing.Any:
    if name in _LATE:
        return getattr(importlib.import_module(_LATE[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *_LATE})
