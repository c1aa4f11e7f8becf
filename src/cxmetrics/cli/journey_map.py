"""The journey map of a file of events, with the scores of a file of answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from cxmetrics.cli.words import visible
from cxmetrics.errors import ColumnError, DataError, UsageError
from cxmetrics.plugins import registry

if TYPE_CHECKING:
    from cxmetrics.cli.answers import Answers
    from cxmetrics.journeys import JourneyMap, Paths

_NEEDED: Final = ("touchpoint", "stage", "channel")
_FEELINGS: Final = "-5:5"


def drawn_map(walked: Paths, asked: Any, events: Answers) -> JourneyMap:
    """Return the map: touchpoints at their commonest stage and channel, scores, pain points.

    Raises:
        ColumnError: the events lack a column.
        UsageError: there is nothing to show on it.
    """
    from cxmetrics import mean_rating
    from cxmetrics.cli.events import order_of
    from cxmetrics.engines.columns import columns_of
    from cxmetrics.journeys import JourneyMap, along, pain_points
    from cxmetrics.journeys.eventlog import names_of
    from cxmetrics.records import Journey

    known = names_of(events.data)
    for name in (*_NEEDED, *([asked.felt] if asked.felt else [])):
        if name not in known:
            raise ColumnError(f"--map needs a column {name!r} of the events; there is none.")
    answers = asked.answers()
    if answers is None and asked.felt is None:
        raise UsageError(
            "--map shows scores or emotions: say --responses FILE, --felt COL, or both."
        )
    columns = columns_of(events.data, _NEEDED, where=events.where)
    order = order_of(asked.order)
    touchpoints, stages = _touchpoints(columns, walked)
    if isinstance(order, Journey):
        journey: Any = order
    else:
        journey = order if order and set(stages) <= set(order) else stages
    emotions = scores = None
    if asked.felt is not None:
        told = columns_of(
            events.data, ("touchpoint", asked.customer, asked.felt), where=events.where
        )
        emotions = mean_rating.using(scale=_FEELINGS)(
            told, rating=asked.felt, by="touchpoint", unit=asked.customer, level=asked.level
        )
    pains: tuple[Any, ...] = ()
    if answers is not None:
        metric = registry.find("metric", asked.metric)
        options = {"rating": asked.rating, "by": "touchpoint", "level": asked.level}
        if "customer" in names_of(answers):
            options["unit"] = "customer"
        if "interaction" in names_of(answers) and "id" in known:
            data = columns_of(events.data, ("id", "touchpoint"), where=events.where)
            scores = along(walked, answers, metric, data=data, zone=asked.zone, **options)
        else:
            scores = metric(answers, **options)
        try:
            pains = pain_points(scores).of("pain point")
        except DataError:
            pains = ()  # too few answers to judge
    ids = {one.id for one in touchpoints}
    return JourneyMap.of(
        title=f"{visible(events.name)}: journey map",
        journey=journey,
        touchpoints=touchpoints,
        scores=scores,
        emotions=emotions,
        pain_points=[step for step in pains if step in ids],
    )


def _touchpoints(columns: Any, walked: Paths) -> tuple[list[Any], list[str]]:
    """Return touchpoints and stages, each in the order of their mean place in the paths."""
    from cxmetrics.engines.encode import encode
    from cxmetrics.records import Touchpoint

    point, stage, channel = (encode(columns[name]) for name in _NEEDED)
    place_in_path = np.arange(walked.events) - np.repeat(walked.starts[:-1], walked.lengths)
    rows = walked.rows
    made = []
    stages: dict[str, list[tuple[float, int]]] = {}
    for code, label in enumerate(point.labels):
        here = point.codes[rows] == code
        if label is None or not here.any():
            continue
        place = float(place_in_path[here].mean())
        own = _commonest(stage, rows[here])
        way = _commonest(channel, rows[here])
        if own is None or way is None:
            raise DataError(f"the touchpoint {label!r} has no stage or no channel.")
        made.append((place, Touchpoint(id=str(label), name=str(label), channel=way, stage=own)))
        stages.setdefault(own, []).append((place, int(here.sum())))
    made.sort(key=lambda one: one[0])
    means = {
        own: sum(place * n for place, n in told) / sum(n for _, n in told)
        for own, told in stages.items()
    }
    return [one for _, one in made], sorted(means, key=means.__getitem__)


def _commonest(labels: Any, rows: Any) -> str | None:
    counts = np.bincount(labels.codes[rows], minlength=len(labels.labels))
    found = labels.labels[int(counts.argmax())]
    return None if found is None else str(found)
