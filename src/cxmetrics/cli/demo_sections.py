"""What the report of the demo shows beside scores: the journey, and what customers say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from cxmetrics.metrics import metric
from cxmetrics.records import Interaction, Response, Touchpoint, five_phases
from cxmetrics.scale import zero_to_ten

if TYPE_CHECKING:
    from cxmetrics.datasets.company import Company
    from cxmetrics.store.store import Store
    from cxmetrics.verbatims import Impacts

_PHASES: Final = {stage: f"csat_{stage}" for stage in five_phases.stages}
_FEWEST: Final = 3
_ENOUGH: Final = 60.0
_ABOUT: Final = (
    "Irritants: themes that go with a worse CSAT over all texts (Holm), and are named at least "
    f"{_FEWEST} times at the touchpoint."
)


def sections(store: Store, made: Company) -> dict[str, Sequence[Any]]:
    """Return the sections of the report by title.

    Args:
        store: what was pulled.
        made: the company, which knows the names of its touchpoints.
    """
    from cxmetrics.concepts import concept
    from cxmetrics.journeys import StageFlow, paths, typical_journeys
    from cxmetrics.survey import wide
    from cxmetrics.verbatims import impact, quotes

    csat = metric("csat")
    asked = {"question": "csat"}
    found = impact(store, where=asked, metric=csat, weight="weight", by="touchpoint")
    touchpoints: list[Any] = list(made.records("touchpoints"))
    log = store.batch(Interaction)
    walked = paths(log, step="stage", journey="case", order=five_phases)
    rows = wide(store.batch(Response))
    phases = list(_PHASES.values())
    rows = {name: rows[name] for name in ("weight", *phases, "nps")}
    return {
        "Journey": [
            _map(store, touchpoints, _irritants(found)).plot(theme="auto"),
            StageFlow.of(walked.flow(), journey=five_phases).plot(theme="auto"),
            typical_journeys(paths(log, step="touchpoint", journey="case")),
        ],
        "Verbatims": [found, quotes(store, where={"question": "nps"}, number=2)],
        "Indices": [
            concept("cxi")(rows, items=phases[:3], minimum=2, weight="weight"),
            concept("good_experience")(
                rows, items=["nps"], scale=zero_to_ten, at_least=7, weight="weight"
            ),
        ],
    }


def _map(store: Store, touchpoints: Sequence[Touchpoint], irritants: Mapping[str, Any]) -> Any:
    from cxmetrics.journeys import JourneyMap, PainRule

    csat, felt = metric("csat"), metric("mean_rating").using(scale="-5:5")
    options: dict[str, Any] = {"weight": "weight", "unit": "customer"}
    asked = {"question": list(_PHASES.values())}
    phases = csat(store, where=asked, by="question", weight="weight")
    return JourneyMap.of(
        title="From the first look to support",
        subtitle="Made-up data.",
        journey=five_phases,
        touchpoints=touchpoints,
        scores=csat(store, where={"question": "csat"}, by="touchpoint", **options),
        emotions=felt(
            store, where={"question": "emotion"}, by=["persona", "touchpoint"], **options
        ),
        stages={stage: phases[question] for stage, question in _PHASES.items()},
        irritants=irritants,
        pain_points=PainRule(score=_ENOUGH),
        notes=(_ABOUT,),
    )


def _irritants(themes: Impacts) -> dict[str, list[str]]:
    """Return what annoys at each touchpoint: themes that go with a worse score over all texts."""
    bad = {one.key for one in themes.significant if one.difference < 0}
    found = {}
    for touchpoint, own in themes.groups.items():
        named = [one for one in own.values() if one.key in bad and one.n >= _FEWEST]
        named.sort(key=lambda one: -one.n)
        if touchpoint is not None and named:
            found[str(touchpoint)] = [one.name for one in named[:2]]
    return found
