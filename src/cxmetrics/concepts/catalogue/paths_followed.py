"""Journeys in the catalogue; they are computed in `cxmetrics.journeys`."""

from __future__ import annotations

from typing import Final

from cxmetrics.concepts._base import Concept, Worked

_LOG: Final = (
    "from datetime import date\n"
    "from cxmetrics.journeys import paths\n"
    "log = {'customer': list('aaabbc'), 'stage': ['ask', 'buy', 'use', 'ask', 'buy', 'ask'],\n"
    "       'at': [date(2026, 3, day) for day in (1, 2, 3, 1, 2, 1)]}\n"
    "walked = paths(log, zone='UTC', order=['ask', 'buy', 'use'])\n"
)

CONCEPTS = (
    Concept(
        name="funnel",
        title="Funnel: ever reached, reached in order",
        french="entonnoir du parcours : étapes atteintes, atteintes dans l'ordre",
        topic="journey",
        call="cxmetrics.journeys.reach:funnel",
        verb="cxmetrics journeys FILE --order A,B,C",
        unit="percent of paths",
        direction="higher",
        scale="interactions: customer, stage, time",
        formula="paths at a stage at least once; in order: first time after the stage before",
        interval="Wilson, over paths",
        reference="Kotler, Kartajaya & Setiawan 2017 (the path is not linear); Wilson 1927",
        limits=(
            "A stage may be skipped and come again: ever and in order are two numbers.",
            "Paths that may go on are told apart (right-censored).",
        ),
        example=Worked(
            code=_LOG + "print(cx.concept('funnel')(walked))",
            shows=(
                "How far 3 paths get\n"
                "  stage  ever    share  twice  in order    share  went on        interval\n"
                "  ask       3  100.0 %      0         3  100.0 %        –               –\n"
                "  buy       2   66.7 %      0         2   66.7 %   66.7 %  20.8 to 93.9 %\n"
                "  use       1   33.3 %      0         1   33.3 %   50.0 %   9.5 to 90.5 %\n"
                "  Shares are of all paths. In order: after the first time at the stage before."
            ),
            source="by hand: three paths",
        ),
    ),
    Concept(
        name="transitions",
        title="Transitions between steps",
        french="transitions entre étapes",
        topic="journey",
        call="cxmetrics.journeys.transition:transitions",
        verb="cxmetrics journeys FILE",
        unit="percent of exits",
        direction="none",
        scale="interactions: customer, step, time",
        formula="n_ij / n_i. with START and END; repeats kept",
        interval="Wilson for each share, or Goodman for all exits of a step together",
        reference="Anderson & Goodman 1957; Goodman 1965",
        limits=("Only the step before is looked at: see `dependence` and the variants.",),
        example=Worked(
            code=_LOG + "moves = cx.concept('transitions')(walked.flow())\n"
            "print(moves.share('ask', 'buy').count, moves.between()['ask'])",
            shows="2 {'ask': 0.0, 'buy': 1.0, 'use': 0.0}",
            source="by hand: three paths; of those that went on from ask",
        ),
    ),
    Concept(
        name="typical_journeys",
        title="Typical journeys",
        french="parcours types",
        topic="journey",
        call="cxmetrics.journeys.types:typical_journeys",
        verb="cxmetrics journeys FILE --types",
        unit="percent of journeys",
        direction="higher",
        scale="interactions: customer, step, time",
        formula="medoids (PAM) of optimal matching distances; characterised within a radius",
        interval="Wilson for the coverage, bootstrap of customers for the stability",
        reference="Kaufman & Rousseeuw 1990; Hennig 2007",
        limits=(
            "That 3 to 5 journeys tell 80 % has no source: the real coverage is reported.",
            "A clustering always returns groups: read silhouette and stability.",
        ),
        example=Worked(
            code=(
                "from cxmetrics.datasets import company\n"
                "from cxmetrics.journeys import paths\n"
                "log = company(1_000).interactions\n"
                "walked = paths(log, step='touchpoint', journey='case', zone='UTC')\n"
                "found = cx.concept('typical_journeys')(walked)\n"
                "print(len(found), 'LOW_COVERAGE' in [one.code for one in found.cautions])"
            ),
            shows="4 True",
            source="the made-up company, in which four typical journeys are planted",
        ),
    ),
)
