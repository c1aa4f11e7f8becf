"""Two flows side by side: two personas, two periods, and where they part."""

from __future__ import annotations

from math import isnan, nan
from typing import Any

import numpy as np
from attrs import evolve, frozen

from cxmetrics.errors import Caution, UsageError
from cxmetrics.journeys.transition import likelihood_ratio, sparse
from cxmetrics.metrics.sheet import Sheet
from cxmetrics.metrics.text import count, interval_text, number, p_text
from cxmetrics.stats.compare import newcombe, share_test
from cxmetrics.stats.distributions import check_level, chi_square_p
from cxmetrics.stats.intervals import Interval
from cxmetrics.stats.multiplicity import adjust
from cxmetrics.summaries.flow import END, START, Flow

_THIN = 0.2
_SHOWN = 12


@frozen(kw_only=True)
class MoveDifference:
    """One move in two flows.

    Attributes:
        source: the step left, or START.
        target: the step reached, or END.
        counts: how often in each flow.
        exits: exits of the source in each flow.
        difference: share in the first minus share in the second.
        interval: of the difference (Newcombe 1998).
        p_value: N-1 chi-square, Fisher-Irwin with mid-P where few are expected.
        p_adjusted: for all moves that were compared (Holm 1979).
    """

    source: str
    target: str
    counts: tuple[int, int]
    exits: tuple[int, int]
    difference: float
    interval: Interval
    p_value: float
    p_adjusted: float | None

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready values."""
        return {
            "from": self.source,
            "to": self.target,
            "counts": list(self.counts),
            "exits": list(self.exits),
            "difference": self.difference,
            "interval": self.interval.to_dict(),
            "p_value": self.p_value,
            "p_adjusted": self.p_adjusted,
        }


@frozen(kw_only=True)
class StepDifference:
    """What comes after one step, in two flows.

    Attributes:
        source: the step left, or START.
        statistic: the likelihood ratio G between the exits of both.
        df: its degrees of freedom; 0 where the exits can't be compared.
        p_value: of "the same exits"; None without degrees of freedom.
        p_adjusted: for all steps (Holm 1979).
    """

    source: str
    statistic: float
    df: int
    p_value: float | None
    p_adjusted: float | None

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready values."""
        return {
            "from": self.source,
            "statistic": self.statistic,
            "df": self.df,
            "p_value": self.p_value,
            "p_adjusted": self.p_adjusted,
        }


@frozen(kw_only=True, eq=False, repr=False)
class FlowDifference:
    """The first flow against the second.

    Attributes:
        names: what the flows are called.
        statistic: the sum of the likelihood ratios of all steps.
        df: the sum of their degrees of freedom.
        p_value: of "both flows are one"; NaN where nothing can be compared.
        steps: one a step that both left, START first.
        moves: the moves from those steps, largest difference first.
        shared: customers who are in both flows, as far as they are known.
        cautions: what a reader has to know.
    """

    names: tuple[str, str]
    statistic: float
    df: int
    p_value: float
    steps: tuple[StepDifference, ...]
    moves: tuple[MoveDifference, ...]
    shared: int = 0
    cautions: tuple[Caution, ...] = ()

    def sheet(self) -> Sheet:
        """Return the moves that differ most as a table."""
        first, second = self.names
        if isnan(self.p_value):
            title = f"{first} and {second} can't be compared: no step was left in both"
        else:
            word = "differ" if self.p_value < 0.05 else "do not provably differ"
            title = (
                f"Flows of {first} and {second} {word} "
                f"(G = {self.statistic:.1f}, df {self.df}, {p_text(self.p_value)})"
            )
        hidden = len(self.moves) - _SHOWN
        notes = ["p is adjusted for all moves (Holm)."] if self.moves else []
        if self.shared:
            notes.append(
                f"{count(self.shared)} customers are in both, and taken for different ones."
            )
        if hidden > 0:
            notes.append(f"{count(hidden)} smaller differences are not shown.")
        return Sheet(
            title=title,
            head=("move", first, second, "difference", "interval", "p"),
            rows=[
                (
                    f"{move.source} → {move.target}",
                    *(
                        number(100 * n / exits, "percent")
                        for n, exits in zip(move.counts, move.exits, strict=True)
                    ),
                    number(100 * move.difference, "percent", difference=True),
                    interval_text(move.interval, "percent", difference=True, times=100),
                    p_text(move.p_value if move.p_adjusted is None else move.p_adjusted),
                )
                for move in self.moves[:_SHOWN]
            ],
            notes=notes,
            cautions=self.cautions,
        )

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready values."""
        return {
            "names": list(self.names),
            "statistic": self.statistic,
            "df": self.df,
            "p_value": None if isnan(self.p_value) else self.p_value,
            "steps": [step.to_dict() for step in self.steps],
            "moves": [move.to_dict() for move in self.moves],
            "shared": self.shared,
            "cautions": [c.to_dict() for c in self.cautions],
        }

    def __str__(self) -> str:
        return str(self.sheet())

    def _repr_html_(self) -> str:
        return self.sheet().html()


def compare_flows(
    first: Flow, second: Flow, *, names: tuple[str, str] = ("first", "second"), level: float = 0.95
) -> FlowDifference:
    """Return where two flows part: two personas, two periods.

    For every step that both left, the exits (END included) are compared by the likelihood ratio
    `G = 2 sum n ln(n / expected)`; their sum tests whether both are one chain (Anderson & Goodman
    1957). Every move has the difference of its shares with Newcombe's interval. P-values are
    adjusted (Holm), steps and moves each for their number. The flows are taken for independent;
    customers who are in both (two periods) are counted in `shared`, and make p-values rather too
    large where they keep their habits.

    Args:
        first: a flow.
        second: a flow over the same steps.
        names: what to call them.
        level: the confidence level of the intervals, each by itself.

    Returns:
        The differences; `SPARSE` where over a fifth of the expected counts are under 5.

    Raises:
        UsageError: the flows are over different steps.

    Example:
        >>> from datetime import UTC, datetime
        >>> from cxmetrics.journeys import paths
        >>> log = {
        ...     "customer": [c for c in range(40) for _ in range(2)],
        ...     "stage": ["ask", "act"] * 20 + ["ask", "ask"] * 20,
        ...     "at": [datetime(2026, 3, 1 + day, tzinfo=UTC) for day in range(2)] * 40,
        ... }
        >>> early, late = paths(log).flows([c < 20 for c in range(40)]).values()
        >>> move = compare_flows(late, early).moves[0]
        >>> move.source, move.target, move.counts, round(move.difference, 2)
        ('ask', 'act', (20, 0), 1.0)
    """
    check_level(level)
    if first.steps != second.steps:
        raise UsageError("flows over different steps can't be compared: declare the same order.")
    shared = 0
    if first.who is not None and second.who is not None:
        shared = len(np.intersect1d(first.who, second.who))
    k = len(first.steps)
    steps, moves, thin = [], [], []
    for i in [k, *range(k)]:
        pair = np.stack([first.counts[i], second.counts[i]])
        exits = (int(pair[0].sum()), int(pair[1].sum()))
        if not min(exits):
            continue
        source = START if i == k else first.steps[i]
        g, df, share, _ = likelihood_ratio(pair)
        steps.append(
            StepDifference(
                source=source,
                statistic=g,
                df=df,
                p_value=chi_square_p(g, df) if df else None,
                p_adjusted=None,
            )
        )
        thin += [share] if df else []
        for j in np.flatnonzero(pair.sum(axis=0)).tolist():
            target = END if j == k else first.steps[j]
            counts = (int(pair[0, j]), int(pair[1, j]))
            moves.append(_move(source, target, counts, exits, level))
    for_steps = adjust([step.p_value for step in steps])
    for_moves = adjust([move.p_value for move in moves])
    df = sum(step.df for step in steps)
    total = sum(step.statistic for step in steps)
    cautions = dict.fromkeys(
        evolve(one, message=f"{name}: {one.message}")
        for name, flow in zip(names, (first, second), strict=True)
        for one in flow.cautions
    )
    if thin and np.mean(thin) > _THIN:
        cautions[sparse(float(np.mean(thin)))] = None
    return FlowDifference(
        names=names,
        statistic=total,
        df=df,
        p_value=chi_square_p(total, df) if df else nan,
        steps=tuple(evolve(step, p_adjusted=p) for step, p in zip(steps, for_steps, strict=True)),
        moves=tuple(
            sorted(
                (evolve(m, p_adjusted=p) for m, p in zip(moves, for_moves, strict=True)),
                key=lambda move: -abs(move.difference),
            )
        ),
        shared=shared,
        cautions=tuple(cautions),
    )


def _move(
    source: str, target: str, counts: tuple[int, int], exits: tuple[int, int], level: float
) -> MoveDifference:
    (x, y), (m, n) = counts, exits
    low, high = newcombe(x, m, y, n, level=level)
    p = share_test(x, m, y, n)[2]
    return MoveDifference(
        source=source,
        target=target,
        counts=counts,
        exits=exits,
        difference=x / m - y / n,
        interval=Interval(low, high, level, "newcombe"),
        p_value=p,
        p_adjusted=None,
    )
