"""Hot and cold: answers given at once, and answers given when it has become a memory."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from itertools import pairwise
from typing import Any, Final

import numpy as np
from attrs import frozen

from cxmetrics.concepts._base import Concept, Worked
from cxmetrics.concepts.breakdown import estimate_of
from cxmetrics.concepts.estimate import Gap, adjusted
from cxmetrics.engines.columns import columns_of
from cxmetrics.engines.instants import instants
from cxmetrics.engines.query import OffScale
from cxmetrics.errors import Caution, DataError, IntervalError, UsageError
from cxmetrics.metrics import Metric, Score, Scores
from cxmetrics.metrics.sheet import Sheet
from cxmetrics.metrics.text import count, label_text, number
from cxmetrics.plugins import registry
from cxmetrics.scale import Scale
from cxmetrics.stats.distributions import check_level
from cxmetrics.trends import decompose

HOT: Final = timedelta(hours=48)
"""The delay up to which an answer counts as hot: our choice, the literature agrees on none."""
_HOUR: Final = 3_600_000_000
_DELAYS: Final = (1.0, 24.0, 48.0, 168.0, 720.0)


@frozen(kw_only=True)
class HotCold:
    """A score of hot answers beside that of cold ones; they are never added up.

    Attributes:
        hot: the score of answers up to the limit.
        cold: the score of later ones.
        limit: the delay up to which an answer is hot.
        gap: cold minus hot; paired where the same customers gave both.
        at_equal_mix: cold minus hot with the groups of `mix` in equal shares; None without.
        by_group: cold minus hot in each group, p-values Holm-adjusted.
        delays: the score by delay.
        cautions: what a reader has to know.
    """

    hot: Score
    cold: Score
    limit: timedelta
    gap: Gap | None
    at_equal_mix: Gap | None
    by_group: Mapping[Any, Gap]
    delays: Mapping[str, Score]
    cautions: tuple[Caution, ...]

    @property
    def title(self) -> str:
        """The news in one line."""
        hot, cold = (number(one.value, one.metric.unit) for one in (self.hot, self.cold))
        gap = "" if self.gap is None else f": cold minus hot {self.gap.texts()[0]}"
        return f"{self.hot.metric.title} hot {hot}, cold {cold}{gap}"

    def sheet(self) -> Sheet:
        """Return the table."""
        rows = [
            _row(f"hot, up to {_hours(self.limit)}", self.hot),
            _row("cold, later", self.cold),
            *(_row(f"delay {key}", score) for key, score in self.delays.items()),
        ]
        rows += [
            (f"gap {gap.name}".strip(), *gap.texts()[:2], gap.texts()[2])
            for gap in (self.gap, self.at_equal_mix, *self.by_group.values())
            if gap is not None
        ]
        return Sheet(
            title=self.title,
            head=("answers", self.hot.metric.title, "interval", "n or p"),
            rows=rows,
            notes=("Hot serves alert and repair, cold the memory that leads what customers do.",),
            cautions=self.cautions,
        )

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready values."""
        return {
            "metric": self.hot.metric.to_dict(),
            "limit_hours": self.limit / timedelta(hours=1),
            "hot": self.hot.summary(),
            "cold": self.cold.summary(),
            "gap": None if self.gap is None else self.gap.to_dict(),
            "at_equal_mix": None if self.at_equal_mix is None else self.at_equal_mix.to_dict(),
            "by_group": [{"group": k, **gap.to_dict()} for k, gap in self.by_group.items()],
            "delays": [{"delay": k, **score.summary()} for k, score in self.delays.items()],
            "cautions": [c.to_dict() for c in self.cautions],
        }

    def __str__(self) -> str:
        return str(self.sheet())

    def _repr_html_(self) -> str:
        return self.sheet().html()


def _row(name: str, score: Score) -> tuple[str, str, str, str]:
    return name, *estimate_of(score).texts()


def _hours(span: timedelta) -> str:
    return f"{span / timedelta(hours=1):g} h"


def hot_cold(
    data: Any,
    *,
    rating: str = "rating",
    happened: str = "happened_at",
    answered: str = "answered_at",
    metric: str = "nps",
    scale: Scale | None = None,
    hot_max_delay: timedelta = HOT,
    delays: Sequence[float] = _DELAYS,
    by: str | None = None,
    mix: str | None = None,
    zone: str = "UTC",
    weight: str | None = None,
    unit: str | None = None,
    strata: str | None = None,
    where: Any = None,
    missing: Sequence[Any] = (),
    off_scale: OffScale = "error",
    level: float = 0.95,
) -> HotCold:
    """Measure hot and cold answers apart, and what lies between them.

    The delay is the time of the *answer* minus that of the event, not that of the invitation. Where
    `unit` names the customer, customers who gave a hot and a cold answer are their own control
    (paired); else the groups are independent and differ by who answers late, so look at `mix`. An
    answer without one of the times is counted, and belongs to neither.

    Args:
        data: one row an answer.
        rating: the column of ratings.
        happened: the column that says when the event was.
        answered: the column that says when the answer was given.
        metric: the name of the metric.
        scale: of the ratings, where it is not the metric's own.
        hot_max_delay: the longest delay of a hot answer.
        delays: the limits, in hours, of the classes of delay.
        by: a column of groups in which the gap is told too, such as the touchpoint.
        mix: a column whose groups are held in equal shares, such as the touchpoint or persona.
        zone: where the clocks stood that wrote times without a zone.
        weight: the column of survey weights.
        unit: the column that says who answered.
        strata: the column of sampling strata.
        where: rows to keep.
        missing: values that stand for "no answer".
        off_scale: what to do with ratings that are no point of the scale.
        level: the confidence level.

    Raises:
        ColumnError: a column is not there or holds no times.
        DataError: there are no hot or no cold answers, or an answer comes before its event.
        ScaleError: a rating is no point of the scale.
        UsageError: the limit is not above 0.

    References:
        The distinction is the trade's ("à chaud", "à froid"); no boundary is agreed on. Binder
        1983, International Statistical Review 51:279-292 (the paired variance).

    Example:
        >>> import numpy as np
        >>> start = np.datetime64("2026-03-01T09:00", "us")
        >>> answers = {"rating": [10, 9, 9, 8, 7, 6] * 10, "happened_at": np.repeat(start, 60),
        ...            "answered_at": start + np.tile(np.array([1, 2, 3, 90, 95, 99]), 10)
        ...                                 * np.timedelta64(1, "h")}
        >>> hot_cold(answers).title
        'NPS hot +100.0, cold −33.3: cold minus hot −133.3'
    """
    check_level(level)
    if not hot_max_delay > timedelta(0):
        raise UsageError(f"hot_max_delay={hot_max_delay}: the limit is above 0.")
    own: Metric = registry.find("metric", metric)
    own = own.using(scale=scale) if scale is not None else own
    extra = [name for name in (by, mix, weight, unit, strata) if name is not None]
    columns = columns_of(data, [rating, happened, answered, *extra], where=where)
    delay = _delays(columns, happened, answered, zone)
    hot = delay <= hot_max_delay / timedelta(hours=1)
    timed = ~np.isnan(delay)
    for which, found in (("hot", hot & timed), ("cold", ~hot & timed)):
        if not found.any():
            raise DataError(
                f"there is no {which} answer: of {count(int(timed.sum()))} answers with both times "
                f"the delays are {np.nanmin(delay, initial=np.inf):.3g} to "
                f"{np.nanmax(delay, initial=-np.inf):.3g} hours."
            )
    bounds = np.sort(np.asarray(delays, dtype=float))
    names = _classes(bounds)
    table = {
        **columns,
        " timing": [
            ("hot" if h else "cold") if t else None for h, t in zip(hot, timed, strict=True)
        ],
        " delay": [
            names[place] if t else None
            for place, t in zip(np.searchsorted(bounds, delay), timed, strict=True)
        ],
    }
    shared: dict[str, Any] = {
        "rating": rating,
        "weight": weight,
        "unit": unit,
        "strata": strata,
        "missing": missing,
        "off_scale": off_scale,
        "level": level,
    }
    where_timed = {" timing": ["hot", "cold"]}
    own = own.told(data, where)
    both = own(table, by=" timing", where=where_timed, **shared)
    by_delay = own(table, by=" delay", where=where_timed, **shared)
    groups = {} if by is None else _by_group(own, table, by, where_timed, shared)
    lost = int((~timed).sum())
    undated = f"{count(lost)} of {count(len(timed))} answers lack one of the times: in neither."
    return HotCold(
        hot=both["hot"],
        cold=both["cold"],
        limit=hot_max_delay,
        gap=_gap("cold − hot", both["cold"], both["hot"]),
        at_equal_mix=None if mix is None else _mixed(own, table, mix, where_timed, shared),
        by_group=groups,
        delays=_in_order(by_delay, names),
        cautions=tuple(
            dict.fromkeys(
                [
                    *([Caution("UNDATED", undated)] if lost else []),
                    *both["hot"].cautions,
                    *both["cold"].cautions,
                ]
            )
        ),
    )


def _delays(columns: Mapping[str, Any], happened: str, answered: str, zone: str) -> Any:
    """Return hours from the event to the answer; NaN where one of the times is missing."""
    start, no_start = instants(columns[happened], happened, zone)
    end, no_end = instants(columns[answered], answered, zone)
    delay = (end - start) / _HOUR
    for gone in (no_start, no_end):
        if gone is not None:
            delay[gone] = np.nan
    early = delay < 0
    if early.any():
        raise DataError(
            f"{count(int(early.sum()))} answers come before their event (first at index "
            f"{int(early.argmax())}): {happened!r} and {answered!r} may be exchanged, or in two "
            "time zones."
        )
    return delay


def _classes(bounds: Any) -> list[str]:
    def text(hours: float) -> str:
        return f"{hours / 24:g} d" if hours % 24 == 0 else f"{hours:g} h"

    middle = [f"{text(low)} to {text(high)}" for low, high in pairwise(bounds)]
    return [f"up to {text(bounds[0])}", *middle, f"over {text(bounds[-1])}"]


def _in_order(scores: Scores, names: Sequence[str]) -> dict[str, Score]:
    return {name: scores[name] for name in names if name in scores}


def _gap(name: str, cold: Score, hot: Score) -> Gap | None:
    try:
        found = cold.compare(hot)
    except IntervalError:
        return None
    return Gap.of(name, found.difference, unit=cold.metric.unit)


def _by_group(
    metric: Metric, table: Mapping[str, Any], by: str, where: Any, shared: Mapping[str, Any]
) -> dict[Any, Gap]:
    scores = metric(table, by=[by, " timing"], where=where, **shared)

    def pairs() -> Iterator[tuple[Any, Gap]]:
        for label in dict.fromkeys(key[0] for key in scores if isinstance(key, tuple)):
            if {(label, "hot"), (label, "cold")} <= set(scores):
                gap = _gap(label_text(label), scores[label, "cold"], scores[label, "hot"])
                if gap is not None:
                    yield label, gap

    found = dict(pairs())
    return dict(zip(found, adjusted(list(found.values())), strict=True))


def _mixed(
    metric: Metric, table: Mapping[str, Any], mix: str, where: Any, shared: Mapping[str, Any]
) -> Gap:
    """Return cold minus hot with the groups of `mix` in the mean of their shares."""
    scores = metric(table, by=[" timing", mix], where=where, **shared)
    found = decompose(scores, time=" timing", before="hot", after="cold")
    return Gap(
        name=f"at equal mix of {mix}",
        value=found.rate,
        interval=found.rate_interval,
        p_value=None,
        p_adjusted=None,
        unit=metric.unit,
    )


CONCEPTS = (
    Concept(
        name="hot_cold",
        title="Hot and cold measurement",
        french="mesure à chaud, mesure à froid",
        topic="memory",
        call="cxmetrics.concepts.catalogue.timing:hot_cold",
        unit="that of the metric",
        direction="none",
        scale="that of the metric, with the times of event and answer",
        formula="score of answers later than the limit (48 h) minus score of those before it",
        interval="that of the metric's comparison; paired where customers gave both",
        reference="practice; Binder 1983 for the paired variance",
        limits=(
            "No boundary between hot and cold is agreed on: it is a parameter.",
            "Who answers late is not who answers at once: compare at equal mix.",
            "Never join hot and cold answers in one trend.",
        ),
        example=Worked(
            code=(
                "import numpy as np\n"
                "start = np.datetime64('2026-03-01T09:00', 'us')\n"
                "hours = np.tile([1, 2, 3, 90, 95, 99], 10) * np.timedelta64(1, 'h')\n"
                "answers = {'rating': [10, 9, 9, 8, 7, 6] * 10,\n"
                "           'happened_at': np.repeat(start, 60), 'answered_at': start + hours}\n"
                "found = cx.concept('hot_cold')(answers)\n"
                "print(round(found.hot.value, 1), round(found.cold.value, 1))"
            ),
            shows="100.0 -33.3",
            source="by hand: 30 promoters; 20 passives and 10 detractors",
        ),
    ),
)
