"""Where paths go next: shares of transitions, and whether the step they are at matters."""

from __future__ import annotations

from math import isnan, nan, sqrt
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np
from attrs import frozen

from cxmetrics.errors import Caution, UsageError, did_you_mean
from cxmetrics.metrics.sheet import Sheet
from cxmetrics.metrics.text import count, interval_text, number, p_text
from cxmetrics.stats.distributions import check_level, chi_square_p
from cxmetrics.stats.intervals import Interval
from cxmetrics.stats.intervals.wilson import wilson
from cxmetrics.summaries.flow import END, START, Flow

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

Method = Literal["wilson", "goodman"]
"""How intervals of shares are made: one by one, or all exits of a step at once."""

_FEW = 30
_SHOWN = 12
_EXPECTED, _THIN = 5.0, 0.2


@frozen(kw_only=True)
class Transition:
    """A move from one step to another.

    Attributes:
        source: the step left, or START.
        target: the step reached, or END.
        count: how often.
        exits: how often the source was left, whereto ever.
        share: count / exits.
        interval: of the share.
    """

    source: str
    target: str
    count: int
    exits: int
    share: float
    interval: Interval

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready values."""
        return {
            "from": self.source,
            "to": self.target,
            "count": self.count,
            "exits": self.exits,
            "share": self.share,
            "interval": self.interval.to_dict(),
        }


@frozen(kw_only=True, eq=False, repr=False)
class Transitions:
    """All moves that were seen, most frequent first.

    Attributes:
        flow: what was counted.
        rows: the moves; ties in the order of the steps.
        cautions: what a reader has to know.
    """

    flow: Flow
    rows: tuple[Transition, ...]
    cautions: tuple[Caution, ...] = ()

    @property
    def matrix(self) -> Floats:
        """Shape (steps + 1, steps + 1): shares of the exits of each row; NaN without an exit.

        The last row is START, the last column END.
        """
        counts = self.flow.counts
        total = counts.sum(axis=1, keepdims=True)
        found: Floats = np.full(counts.shape, nan)
        np.divide(counts, total, out=found, where=total > 0)
        return found

    def between(self) -> dict[str, dict[str, float]]:
        """Return the shares among steps alone, without START and END.

        A row is the share of the moves to another event, the maximum likelihood estimate of the
        chain; steps that were never left for another are not in it.
        """
        counts = self.flow.counts[:-1, :-1]
        steps = self.flow.steps
        return {
            steps[i]: dict(zip(steps, (row / row.sum()).tolist(), strict=True))
            for i, row in enumerate(counts)
            if row.sum()
        }

    def share(self, source: str, target: str) -> Transition | None:
        """Return one move; None where it was never made.

        Raises:
            UsageError: there is no such step.
        """
        _named(source, (*self.flow.steps, START))
        _named(target, (*self.flow.steps, END))
        found = (row for row in self.rows if (row.source, row.target) == (source, target))
        return next(found, None)

    def sheet(self) -> Sheet:
        """Return the most frequent moves as a table."""
        hidden = len(self.rows) - _SHOWN
        notes = ["A share is of the exits of its step; of START, of the paths."]
        if self.flow.open.sum():
            notes.append(
                f"{count(int(self.flow.open.sum()))} exits are not seen yet and in no share."
            )
        if hidden > 0:
            notes.append(f"{count(hidden)} less frequent moves are not shown.")
        return Sheet(
            title=f"{count(len(self.rows))} transitions of {count(self.flow.paths)} paths",
            head=("move", "count", "of exits", "share", "interval"),
            rows=[
                (
                    f"{row.source} → {row.target}",
                    count(row.count),
                    count(row.exits),
                    number(100 * row.share, "percent"),
                    interval_text(row.interval, "percent", times=100),
                )
                for row in self.rows[:_SHOWN]
            ],
            notes=notes,
            cautions=self.cautions,
        )

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready values."""
        return {
            "steps": list(self.flow.steps),
            "paths": self.flow.paths,
            "transitions": [row.to_dict() for row in self.rows],
            "open": dict(zip(self.flow.steps, self.flow.open.tolist(), strict=True)),
            "returns": self.flow.returns if self.flow.declared else None,
            "cautions": [c.to_dict() for c in self.cautions],
        }

    def __str__(self) -> str:
        return str(self.sheet())

    def _repr_html_(self) -> str:
        return self.sheet().html()


def transitions(flow: Flow, *, level: float = 0.95, method: Method = "wilson") -> Transitions:
    """Return the share of every move, with its interval.

    The share of a move is `n_ij / n_i.`, its count over the exits of its step; exits that were not
    seen yet (paths that may go on) are in neither. Exits are taken for independent given the step,
    as a first-order chain has it.

    Args:
        flow: what was counted.
        level: the confidence level.
        method: `"wilson"` (Wilson 1927), each share by itself; or `"goodman"` (Goodman 1965), which
            holds for all exits of a step at once.

    Returns:
        The moves; `SPARSE` where a step was left fewer than 30 times, `CENSORED` where paths may
        go on.

    Raises:
        UsageError: the method or the level does not exist.

    Example:
        >>> from datetime import UTC, datetime
        >>> from cxmetrics.journeys import paths
        >>> log = {
        ...     "customer": ["a", "a", "b", "b", "c"],
        ...     "stage": ["ask", "act", "ask", "ask", "ask"],
        ...     "at": [datetime(2026, 3, day, tzinfo=UTC) for day in range(1, 6)],
        ... }
        >>> found = transitions(paths(log).flow())
        >>> found.share("ask", "act").share
        0.25
    """
    check_level(level)
    _named(method, get_args(Method))
    steps = flow.steps
    rows, thin = [], []
    for i in [len(steps), *range(len(steps))]:
        exits = int(flow.counts[i].sum())
        targets = np.flatnonzero(flow.counts[i])
        if 0 < exits < _FEW and i < len(steps):
            thin.append(steps[i])
        # Goodman's is Wilson's with the level shared by the categories: the steps and, but for
        # START, the end.
        kinds = len(steps) + (i < len(steps))
        each = 1 - (1 - level) / kinds if method == "goodman" and kinds else level
        for j in targets.tolist():
            n = int(flow.counts[i, j])
            low, high = wilson(n, exits, level=each)
            rows.append(
                Transition(
                    source=START if i == len(steps) else steps[i],
                    target=END if j == len(steps) else steps[j],
                    count=n,
                    exits=exits,
                    share=n / exits,
                    interval=Interval(low, high, level, method),
                )
            )
    rows.sort(key=lambda row: -row.count)
    cautions = list(flow.cautions)
    if thin:
        cautions.append(
            Caution(
                "SPARSE",
                f"left fewer than {_FEW} times: {', '.join(thin)}: read their intervals.",
            )
        )
    return Transitions(flow=flow, rows=tuple(rows), cautions=tuple(cautions))


@frozen(kw_only=True)
class Dependence:
    """Whether the next step depends on the one before.

    Attributes:
        statistic: the likelihood ratio G.
        df: its degrees of freedom.
        p_value: of "the next step does not depend on this one"; NaN without degrees of freedom.
        strength: Cramér's V, 0 for independent, 1 for determined; NaN without degrees of freedom.
        exits: how many exits were compared.
        cautions: `SPARSE` where over a fifth of the expected counts are under 5 (Cochran 1954).
    """

    statistic: float
    df: int
    p_value: float
    strength: float
    exits: int
    cautions: tuple[Caution, ...] = ()

    def sheet(self) -> Sheet:
        """Return the test in one line."""
        if isnan(self.p_value):
            title = "Too few kinds of moves to say whether the next step depends on this one"
        elif self.p_value < 0.05:
            title = "The next step depends on the one before"
        else:
            title = "No proof that the next step depends on the one before"
        return Sheet(
            title=title,
            head=("exits", "G", "df", "p", "Cramér's V"),
            rows=[
                (
                    count(self.exits),
                    f"{self.statistic:.1f}",
                    str(self.df),
                    "–" if isnan(self.p_value) else p_text(self.p_value),
                    "–" if isnan(self.strength) else f"{self.strength:.2f}",
                )
            ],
            cautions=self.cautions,
        )

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready values."""
        return {
            "statistic": self.statistic,
            "df": self.df,
            "p_value": None if isnan(self.p_value) else self.p_value,
            "strength": None if isnan(self.strength) else self.strength,
            "exits": self.exits,
            "cautions": [c.to_dict() for c in self.cautions],
        }

    def __str__(self) -> str:
        return str(self.sheet())

    def _repr_html_(self) -> str:
        return self.sheet().html()


def dependence(flow: Flow) -> Dependence:
    """Test a first-order chain against independence: does it matter where a path stands?

    `G = 2 sum n_ij ln(n_ij n.. / (n_i. n_.j))` over the exits of all steps, END included, START
    not (Anderson & Goodman 1957; Hoel 1954). Rows and columns without a count give no degree of
    freedom.

    Example:
        >>> from datetime import UTC, datetime
        >>> from cxmetrics.journeys import paths
        >>> log = {
        ...     "customer": [c for c in range(40) for _ in range(3)],
        ...     "stage": ["aware", "ask", "act"] * 40,
        ...     "at": [datetime(2026, 3, 1 + day, tzinfo=UTC) for day in range(3)] * 40,
        ... }
        >>> test = dependence(paths(log).flow())
        >>> test.df, round(test.strength, 6)
        (4, 1.0)
    """
    g, df, thin, pearson = likelihood_ratio(flow.counts[:-1])
    table = flow.counts[:-1]
    total = int(table.sum())
    sides = min(np.count_nonzero(table.sum(axis=1)), np.count_nonzero(table.sum(axis=0))) - 1
    return Dependence(
        statistic=g,
        df=df,
        p_value=chi_square_p(g, df) if df else nan,
        strength=sqrt(pearson / (total * sides)) if df else nan,
        exits=total,
        cautions=(sparse(thin),) if df and thin > _THIN else (),
    )


def likelihood_ratio(table: NDArray[np.int64]) -> tuple[float, int, float, float]:
    """Return G, its degrees of freedom, the share of expected counts under 5, and Pearson's X²."""
    table = table[table.sum(axis=1) > 0][:, table.sum(axis=0) > 0]
    rows, columns = table.shape
    if rows < 2 or columns < 2:
        return 0.0, 0, 0.0, 0.0
    expected = table.sum(axis=1, keepdims=True) * table.sum(axis=0) / table.sum()
    seen = table > 0
    g = 2 * float((table[seen] * np.log(table[seen] / expected[seen])).sum())
    pearson = float(((table - expected) ** 2 / expected).sum())
    thin = float((expected < _EXPECTED).mean())
    return max(g, 0.0), (rows - 1) * (columns - 1), thin, pearson


def sparse(thin: float) -> Caution:
    """Return the caution about a test on small counts."""
    return Caution(
        "SPARSE",
        f"{100 * thin:.0f} % of the expected counts are under 5: the p-value is approximate; "
        "merge rare steps.",
    )


def _named(name: str, known: tuple[str, ...]) -> None:
    if name not in known:
        raise UsageError(f"there is no {name!r}; {did_you_mean(name, known)}")
