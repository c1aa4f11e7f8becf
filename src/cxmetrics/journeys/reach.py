"""How far paths get: ever, and in order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from attrs import evolve, frozen

from cxmetrics.errors import Caution, UsageError, did_you_mean
from cxmetrics.journeys.counting import ever_at, places_in
from cxmetrics.journeys.grouping import share_of
from cxmetrics.journeys.path import Paths
from cxmetrics.metrics.sheet import Sheet
from cxmetrics.metrics.text import count, interval_text, number
from cxmetrics.stats.distributions import check_level
from cxmetrics.stats.intervals import Interval
from cxmetrics.stats.intervals.wilson import wilson
from cxmetrics.summaries.flow import Flow

if TYPE_CHECKING:
    from numpy.typing import NDArray


@frozen(kw_only=True)
class Reach:
    """One stage of a funnel.

    Attributes:
        step: the stage.
        ever: paths that were there at least once, in whatever order.
        ever_share: of all paths.
        ever_interval: of that share.
        repeated: paths that were there at least twice.
        reached: paths that got there in order: the first time after the first time at the stage
            before.
        reached_share: of all paths.
        reached_interval: of that share.
        conversion: of the paths that reached the stage before, the share that reached this one;
            None at the first stage and where nobody reached the stage before.
        conversion_interval: of the conversion.
    """

    step: str
    ever: int
    ever_share: float
    ever_interval: Interval | None
    repeated: int
    reached: int
    reached_share: float
    reached_interval: Interval | None
    conversion: float | None
    conversion_interval: Interval | None

    @property
    def drop_off(self) -> float | None:
        """1 - conversion: the share that reached the stage before and not this one."""
        return None if self.conversion is None else 1 - self.conversion

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready values."""

        def said(interval: Interval | None) -> dict[str, Any] | None:
            return None if interval is None else interval.to_dict()

        return {
            "step": self.step,
            "ever": self.ever,
            "ever_share": self.ever_share,
            "ever_interval": said(self.ever_interval),
            "repeated": self.repeated,
            "reached": self.reached,
            "reached_share": self.reached_share,
            "reached_interval": said(self.reached_interval),
            "conversion": self.conversion,
            "conversion_interval": said(self.conversion_interval),
            "drop_off": self.drop_off,
        }


@frozen(kw_only=True, eq=False, repr=False)
class Funnel:
    """How many paths get to each stage.

    Attributes:
        paths: how many there are.
        rows: one a stage, in order.
        returns: moves to an earlier step, and `returning` the paths with one; None where they are
            not known.
        cautions: what a reader has to know.
    """

    paths: int
    rows: tuple[Reach, ...]
    returns: int | None = None
    returning: int | None = None
    cautions: tuple[Caution, ...] = ()

    def __getitem__(self, step: str) -> Reach:
        for row in self.rows:
            if row.step == step:
                return row
        known = [row.step for row in self.rows]
        raise UsageError(f"there is no stage {step!r}; {did_you_mean(step, known)}")

    def sheet(self) -> Sheet:
        """Return the stages as a table."""
        notes = ["Shares are of all paths. In order: after the first time at the stage before."]
        if self.returns is not None:
            notes.append(
                f"{count(self.returns)} moves back, on {count(self.returning or 0)} paths."
            )
        return Sheet(
            title=f"How far {count(self.paths)} paths get",
            head=("stage", "ever", "share", "twice", "in order", "share", "went on", "interval"),
            rows=[
                (
                    row.step,
                    count(row.ever),
                    number(100 * row.ever_share, "percent"),
                    count(row.repeated),
                    count(row.reached),
                    number(100 * row.reached_share, "percent"),
                    "–" if row.conversion is None else number(100 * row.conversion, "percent"),
                    interval_text(row.conversion_interval, "percent", times=100),
                )
                for row in self.rows
            ],
            notes=notes,
            cautions=self.cautions,
        )

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready values."""
        return {
            "paths": self.paths,
            "stages": [row.to_dict() for row in self.rows],
            "returns": self.returns,
            "returning": self.returning,
            "cautions": [c.to_dict() for c in self.cautions],
        }

    def __str__(self) -> str:
        return str(self.sheet())

    def _repr_html_(self) -> str:
        return self.sheet().html()


def funnel(
    data: Flow | Paths, *, stages: Sequence[str] | None = None, level: float = 0.95
) -> Funnel:
    """Return how far paths get: ever, and in order.

    *Ever*: the path was at the stage at least once. *In order*: at the first stage; then at the
    second after its first time at the first; then at the third after that. Other steps in between
    do not matter. A stage reached only before the one before it counts as ever, not in order.

    Intervals are Wilson's. Several paths of one customer are alike: of paths they are counted by
    their effective number (variance over customers); a flow no longer knows the customer of a
    path, and takes paths for independent.

    Args:
        data: a flow whose order was declared, or paths.
        stages: of paths, the stages in order; those of a declared order without it.
        level: the confidence level of Wilson's intervals.

    Returns:
        One row a stage; `CENSORED` where paths may still go on, so that shares can only rise.

    Raises:
        UsageError: no order is declared, or a stage is none of the steps.

    Example:
        >>> from datetime import UTC, datetime
        >>> from cxmetrics.journeys import paths
        >>> log = {
        ...     "customer": ["a", "a", "b", "b", "c"],
        ...     "stage": ["aware", "act", "act", "aware", "aware"],
        ...     "at": [datetime(2026, 3, day, tzinfo=UTC) for day in range(1, 6)],
        ... }
        >>> found = funnel(paths(log), stages=["aware", "act"])
        >>> found["act"].ever, found["act"].reached
        (2, 1)
    """
    check_level(level)
    if isinstance(data, Paths):
        if stages is None and not data.declared:
            raise UsageError('a funnel needs an order: stages=["aware", "act"].')
        chosen = data.steps if stages is None else tuple(stages)
        for stage in chosen:
            if stage not in data.steps:
                raise UsageError(f"no stage {stage!r}; {did_you_mean(stage, data.steps)}")
        if len(set(chosen)) < len(chosen):
            raise UsageError("a stage is named twice.")
        codes = [data.steps.index(stage) for stage in chosen]
        variants = data.variants()
        ever, repeated = (column[codes] for column in ever_at(variants))
        inside = places_in(variants, codes) >= 0
        found = _funnel(
            len(data), chosen, ever, repeated, inside @ variants.counts, data.cautions, level
        )
        if len(data) == len(np.unique(data.owner)):
            return found
        there = [places_in(variants, [code])[0] >= 0 for code in codes]
        return _by_customer(found, variants.of, data.owner, there, inside, level)
    if stages is not None:
        raise UsageError("a flow knows its declared order only: give paths to choose stages.")
    if not data.declared:
        raise UsageError("a funnel needs an order of the steps: paths(..., order=…).")
    return _funnel(
        data.paths, data.steps, data.ever, data.repeated, data.reached, data.cautions, level,
        returns=data.returns, returning=data.returning,
    )  # fmt: skip


def _by_customer(
    found: Funnel,
    of: NDArray[Any],
    owner: NDArray[Any],
    there: Sequence[NDArray[np.bool_]],
    inside: NDArray[np.bool_],
    level: float,
) -> Funnel:
    """Return the funnel with the intervals of customers who have several paths."""

    def wide(hits: NDArray[np.bool_], among: NDArray[np.bool_] | None = None) -> Interval | None:
        own = hits[of] if among is None else hits[of][among[of]]
        who = owner if among is None else owner[among[of]]
        return share_of(own, np.unique(who, return_inverse=True)[1], level) if len(own) else None

    rows = [
        evolve(
            row,
            ever_interval=wide(there[at]),
            reached_interval=wide(inside[at]),
            conversion_interval=wide(inside[at], inside[at - 1]) if at else None,
        )
        for at, row in enumerate(found.rows)
    ]
    return evolve(found, rows=tuple(rows))


def _funnel(
    paths: int,
    steps: Sequence[str],
    ever: Any,
    repeated: Any,
    reached: Any,
    cautions: tuple[Caution, ...],
    level: float,
    *,
    returns: int | None = None,
    returning: int | None = None,
) -> Funnel:
    def share(x: int, n: int) -> tuple[float, Interval | None]:
        if not n:
            return 0.0, None
        return x / n, Interval(*wilson(x, n, level=level), level, "wilson")

    rows = []
    for at, step in enumerate(steps):
        there, again, got = int(ever[at]), int(repeated[at]), int(reached[at])
        before = int(reached[at - 1]) if at else 0
        went, span = share(got, before)
        rows.append(
            Reach(
                step=step,
                ever=there,
                ever_share=share(there, paths)[0],
                ever_interval=share(there, paths)[1],
                repeated=again,
                reached=got,
                reached_share=share(got, paths)[0],
                reached_interval=share(got, paths)[1],
                conversion=went if before else None,
                conversion_interval=span,
            )
        )
    return Funnel(
        paths=paths, rows=tuple(rows), returns=returns, returning=returning, cautions=cautions
    )
