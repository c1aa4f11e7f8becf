"""Crossings: the final score of those who took a transition against those who could have."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from attrs import asdict, evolve, frozen

from cxmetrics.errors import Caution, DataError, UsageError
from cxmetrics.journeys.finals import Finals
from cxmetrics.journeys.path import Paths
from cxmetrics.metrics import Metric
from cxmetrics.metrics.custom import linear
from cxmetrics.metrics.sheet import Sheet
from cxmetrics.metrics.text import count, interval_text, level_text, number, p_cell
from cxmetrics.scale import Scale
from cxmetrics.stats.distributions import check_level
from cxmetrics.stats.intervals import Interval
from cxmetrics.stats.multiplicity import Adjustment, adjust
from cxmetrics.stats.regression import Errors, least_squares

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Bools = NDArray[np.bool_]
    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

LEAST: Final = 30
"""Paths that each side of a comparison needs."""
_SHOWN: Final = 15


@frozen(kw_only=True)
class Crossing:
    """Those who took one transition, and those who were at its start and did not.

    Attributes:
        start: the step left.
        end: the step that came next.
        took: paths that took it, once or more.
        stayed: paths that were at its start and never took it.
        score: of those who took it.
        other: of those who did not.
        value: score minus other.
        interval: of the value.
        p_value: of this one alone.
        p_adjusted: for the number of transitions.
        significant: whether that is at most 1 minus the level.
    """

    start: str
    end: str
    took: int
    stayed: int
    score: float
    other: float
    value: float
    interval: Interval
    p_value: float
    p_adjusted: float
    significant: bool


@frozen(kw_only=True, slots=False, eq=False)
class Crossings(Mapping[tuple[str, str], Crossing]):
    """Every transition with enough paths on both sides, the surest difference first.

    Attributes:
        outcome: what is compared.
        crossings: by (start, end).
        unit: of the score.
        omitted: how many transitions had too few paths on one side, or no spread on both.
        least: how many paths each side needs.
        level: of the intervals.
        adjustment: of the p-values.
        cautions: what a reader has to know.
    """

    outcome: str
    crossings: Mapping[tuple[str, str], Crossing]
    unit: str
    omitted: int
    least: int
    level: float
    adjustment: str
    cautions: tuple[Caution, ...]

    def __getitem__(self, pair: tuple[str, str]) -> Crossing:
        return self.crossings[pair]

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return iter(self.crossings)

    def __len__(self) -> int:
        return len(self.crossings)

    @property
    def significant(self) -> tuple[Crossing, ...]:
        """Those that are significant after adjustment, the surest first."""
        return tuple(own for own in self.values() if own.significant)

    @property
    def title(self) -> str:
        """How many transitions go with another outcome."""
        return (
            f"{self.outcome} by transition: {count(len(self.significant))} of {count(len(self))} "
            "differ from those who could have taken it and did not"
        )

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready values."""
        found = asdict(self)
        return {**found, "crossings": [asdict(own) for own in self.values()]}

    def sheet(self) -> Sheet:
        """Return one row a transition, up to 15."""
        unit = self.unit
        rows = [
            (
                f"{own.start} → {own.end}",
                number(own.score, unit),
                number(own.other, unit),
                number(own.value, unit, difference=True),
                interval_text(own.interval, unit, difference=True),
                p_cell(own.p_adjusted),
                count(own.took),
                count(own.stayed),
            )
            for own in list(self.values())[:_SHOWN]
        ]
        many = count(len(self))
        notes = [
            f"{level_text(self.level)} limits; p-values {self.adjustment}-adjusted for {many}.",
            "Those who take a way choose it, or have to: this is no effect of the way.",
        ]
        if len(self) > _SHOWN:
            notes.append(f"{count(len(self) - _SHOWN)} more, less sure, are not shown.")
        if self.omitted:
            notes.append(
                f"{count(self.omitted)} transitions are left out: under {self.least} paths took "
                "them, or did not, or all have the same score."
            )
        return Sheet(
            title=self.title,
            head=("transition", "took it", "did not", "difference", "limits", "p", "n", "others"),
            rows=rows,
            notes=notes,
            cautions=self.cautions,
        )

    def __str__(self) -> str:
        return str(self.sheet())

    def _repr_html_(self) -> str:
        return self.sheet().html()


def crossings(
    paths: Paths,
    final: Any,
    *,
    metric: Metric | None = None,
    least: int = LEAST,
    level: float = 0.95,
    adjustment: Adjustment = "holm",
) -> Crossings:
    """Compare the final score of those who took each transition with those who could have.

    A path *could have* taken a transition if it was at its start, and it is known what came next:
    another step, or the end of a path that is not censored. Repeats count as transitions of a step
    to itself. With a metric, its own score, interval and test; without one, shares of a yes-or-no
    outcome (Wilson, Newcombe), else means (t with robust errors). Customers with several paths are
    units (clusters).

    Args:
        paths: the paths.
        final: the final score or outcome, one a path: `finals(…)`.
        metric: what to make of final ratings, such as `nps`.
        least: paths that each side needs.
        level: of the intervals.
        adjustment: for the number of transitions.

    Raises:
        DataError: no transition has enough paths on both sides.
        UsageError: there is not one final score a path.

    Example:
        >>> from datetime import UTC, datetime, timedelta
        >>> from cxmetrics.journeys import paths
        >>> log = {"customer": [], "stage": [], "at": []}
        >>> for k in range(120):
        ...     for place, stage in enumerate(("ask", "wait", "buy") if k % 3 else ("ask", "buy")):
        ...         log["customer"].append(k)
        ...         log["stage"].append(stage)
        ...         log["at"].append(datetime(2026, 3, 1, tzinfo=UTC) + timedelta(days=place))
        >>> left = [int(k % 3 > 0 and k % 2 > 0) for k in range(120)]
        >>> found = crossings(paths(log), left)
        >>> list(found), found["ask", "wait"].value
        ([('ask', 'buy'), ('ask', 'wait')], 50.0)
    """
    check_level(level)
    y = np.asarray(final, dtype=float)
    if y.shape != (len(paths),):
        raise UsageError(f"{y.size} final scores for {len(paths)} paths: one a path.")
    known = ~np.isnan(y)
    kept = paths.only(known)
    y = y[known]
    if metric is None and y.size and np.isin(y, (0, 1)).all():
        metric = linear("share", Scale(0, 1), {0: 0, 1: 100}, unit="percent")
    repeated = len(kept.customers) < len(kept)
    could, taken = _taken(kept)
    found: list[Crossing] = []
    omitted = 0
    for (start, end), took in taken.items():
        stayed = could[:, start].copy()
        stayed[took] = False
        sides = np.concatenate([took, np.flatnonzero(stayed)])
        sizes = (len(took), len(sides) - len(took))
        if min(sizes) < least:
            omitted += 1
            continue
        value = _compared(y[sides], sizes, kept.owner[sides] if repeated else None, metric, level)
        if value is None:
            omitted += 1
            continue
        found.append(
            Crossing(
                start=kept.steps[start],
                end=kept.steps[end],
                took=sizes[0],
                stayed=sizes[1],
                p_adjusted=value["p_value"],
                significant=False,
                **value,
            )
        )
    if not found:
        raise DataError(
            f"no transition was taken by {least} paths with a final score and left by {least} "
            f"others ({count(len(y))} paths have one): ask for least=…, or coarser steps."
        )
    adjusted = adjust([own.p_value for own in found], adjustment)
    found = [
        evolve(own, p_adjusted=p, significant=p <= 1 - level)
        for own, p in zip(found, (1.0 if p is None else p for p in adjusted), strict=True)
    ]
    found.sort(key=lambda own: (own.p_adjusted, own.p_value, -abs(own.value)))
    name = final.name if isinstance(final, Finals) else "final score"
    return Crossings(
        outcome=name if metric is None else _called(metric.title, name),
        crossings={(own.start, own.end): own for own in found},
        unit="rating" if metric is None else metric.unit,
        omitted=omitted,
        least=least,
        level=level,
        adjustment=adjustment,
        cautions=tuple(_cautions(final, known, omitted)),
    )


def _called(title: str, name: str) -> str:
    return title if title.casefold() == name.casefold() else f"{title} of {name}"


def _taken(paths: Paths) -> tuple[Bools, dict[tuple[int, int], Ints]]:
    """Return who could leave each step, shape (paths, steps), and who took each transition."""
    many = len(paths.steps)
    path = np.repeat(np.arange(len(paths)), paths.lengths)
    codes = paths.codes.astype(np.int64)
    last = np.zeros(paths.events, dtype=np.bool_)
    last[paths.starts[1:] - 1] = True
    known = ~last | ~np.repeat(paths.censored, paths.lengths)
    could = np.zeros((len(paths), many), dtype=np.bool_)
    could[path[known], codes[known]] = True
    moved = np.flatnonzero(~last)
    pair = codes[moved] * many + codes[moved + 1]
    key = np.unique(pair * len(paths) + path[moved])
    if not len(key):
        return could, {}
    pairs, starts = np.unique(key // len(paths), return_index=True)
    groups = np.split(key % len(paths), starts[1:])
    return could, {divmod(int(own), many): group for own, group in zip(pairs, groups, strict=True)}


def _compared(
    y: Floats, sizes: tuple[int, int], owner: Ints | None, metric: Metric | None, level: float
) -> dict[str, Any] | None:
    """Compare the first `sizes[0]` values with the others; None where neither side varies."""
    side = np.repeat([1, 0], sizes)
    if metric is not None:
        data = {"value": y, "side": side}
        if owner is not None:
            data["customer"] = owner
        scores = metric(
            data,
            rating="value",
            by="side",
            unit=None if owner is None else "customer",
            level=level,
        )
        pair = scores[1].compare(scores[0], level=level)
        return {
            "score": scores[1].value,
            "other": scores[0].value,
            "value": pair.value,
            "interval": pair.interval,
            "p_value": pair.p_value,
        }
    if not any(np.ptp(own) for own in (y[side == 1], y[side == 0])):
        return None  # no spread, so no interval
    errors: Errors = "robust" if owner is None else "cluster"
    effect = least_squares(y, side, clusters=owner, errors=errors).effect("x1", level=level)
    other = float(y[side == 0].mean())
    return {
        "score": float(y[side == 1].mean()),
        "other": other,
        "value": effect.value,
        "interval": effect.interval,
        "p_value": effect.p_value,
    }


def _cautions(final: Any, known: Bools, omitted: int) -> Iterator[Caution]:
    told = getattr(final, "cautions", ())
    yield from told
    if not known.all() and not any(caution.code == "SURVIVORS" for caution in told):
        yield Caution(
            "SURVIVORS",
            f"{count(int(known.sum()))} of {count(len(known))} paths have a final score: those "
            "who gave up on the way are not among them.",
        )
    if omitted:
        yield Caution("SPARSE", f"{count(omitted)} transitions have too few paths to compare.")
