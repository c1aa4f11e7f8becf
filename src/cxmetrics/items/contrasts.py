"""Penalty-reward contrasts: does a low rating cost more than a high one brings?"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from attrs import evolve, frozen

from cxmetrics.engines.columns import columns_of
from cxmetrics.engines.encode import missing_numbers, numeric
from cxmetrics.engines.products import moments as collect_moments
from cxmetrics.errors import Caution, DataError, UsageError
from cxmetrics.items.checks import lost_rows, refuse_items
from cxmetrics.items.contrast import Contrast, Effect, Role
from cxmetrics.metrics.sheet import grid
from cxmetrics.metrics.text import count, level_text, limits, number, p_text
from cxmetrics.stats.distributions import check_level, t_p, t_quantile
from cxmetrics.stats.importance import entangled
from cxmetrics.stats.intervals import Interval
from cxmetrics.summaries.moments import Moments

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

_CELL: Final = 20
_NOISE: Final = 1e-12
_PARTS: Final = 1000
_SEED: Final = 19_870_701


@frozen(kw_only=True, slots=False, eq=False)
class Contrasts(Mapping[str, Contrast]):
    """Penalties and rewards of several attributes, from one regression.

    Attributes:
        outcome: the name of the outcome.
        intercept: the outcome where every attribute is rated in the middle.
        contrasts: the attributes, in the order in which they were named.
        r2: of the regression.
        n: complete rows.
        rows: rows read.
        level: of the intervals.
        low: ratings that count as low.
        high: ratings that count as high.
        weighted: whether weights were given; standard errors are then bootstrapped.
        cautions: what a reader has to know.
    """

    outcome: str
    intercept: Effect
    contrasts: tuple[Contrast, ...]
    r2: float
    n: int
    rows: int
    level: float
    low: tuple[float, ...]
    high: tuple[float, ...]
    weighted: bool
    cautions: tuple[Caution, ...]

    def __getitem__(self, name: str) -> Contrast:
        return {contrast.name: contrast for contrast in self.contrasts}[name]

    def __iter__(self) -> Iterator[str]:
        return (contrast.name for contrast in self.contrasts)

    def __len__(self) -> int:
        return len(self.contrasts)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Contrasts) and self.to_dict() == other.to_dict()

    __hash__ = None  # type: ignore[assignment]  # equal by value, like the other results

    @property
    def method(self) -> str:
        """How the numbers were made, in sentences."""
        how = "bootstrapped (weights)" if self.weighted else "of ordinary least squares"
        low, high = (", ".join(f"{p:g}" for p in points) for points in (self.low, self.high))
        return (
            f"Regression of {self.outcome} on a dummy for low ({low}) and one for high ratings "
            f"({high}) of each attribute, the ratings between being the reference (Brandt 1987); "
            f"standard errors {how}. {count(self.n)} complete rows. Association, not cause."
        )

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready values."""
        return {
            "outcome": self.outcome,
            "intercept": self.intercept.to_dict(),
            "contrasts": [contrast.to_dict() for contrast in self.contrasts],
            "r2": self.r2,
            "n": self.n,
            "rows": self.rows,
            "low": list(self.low),
            "high": list(self.high),
            "cautions": [c.to_dict() for c in self.cautions],
        }

    @property
    def title(self) -> str:
        """The outcome, R², and the rows."""
        return (
            f"Penalties and rewards for {self.outcome}: R² {number(self.r2, 'rating')}  "
            f"(n = {count(self.n)} of {count(self.rows)}; {level_text(self.level)} intervals)"
        )

    def __repr__(self) -> str:
        return f"<Contrasts of {len(self)} attributes for {self.outcome}: n={self.n}>"

    def _texts(self) -> list[tuple[str, str, str, str, str]]:
        def told(effect: Effect) -> str:
            ends = limits(effect.interval.low, effect.interval.high, "rating", difference=True)
            return f"{number(effect.value, 'rating', difference=True)} ({ends})"

        return [
            (c.name, told(c.penalty), told(c.reward), c.role, p_text(c.contrast.p_value))
            for c in self.values()
        ]

    def __str__(self) -> str:
        wide = max(map(len, self))
        lines = [self.title] + [
            f"  {name:<{wide}}  low {low}, high {high}: {role} ({p})"
            for name, low, high, role, p in self._texts()
        ]
        return "\n".join([*lines, *(f"  ! {caution}" for caution in self.cautions)])

    def _repr_html_(self) -> str:
        head = ("attribute", "low ratings", "high ratings", "role", "contrast")
        return grid(self.title, head, self._texts(), cautions=self.cautions)


def penalty_reward(
    data: Any,
    *,
    outcome: str,
    items: Sequence[str],
    low: Collection[float],
    high: Collection[float],
    weight: str | None = None,
    unit: str | None = None,
    where: Any = None,
    missing: Sequence[Any] = (),
    level: float = 0.95,
) -> Contrasts:
    """Contrast what low ratings cost with what high ratings bring.

    One regression of the outcome on two dummies an attribute. Where low ratings cost more than high
    ones bring (the interval of the difference lies above 0) the attribute is *basic*: its absence
    irritates, its presence is taken for granted. The reverse is *excitement*, anything else
    *performance*.

    Args:
        data: columns by name or a data frame, one row a respondent.
        outcome: the column of the overall rating.
        items: the columns of the attributes.
        low: ratings that count as low, for instance {1, 2}.
        high: ratings that count as high, for instance {5}.
        weight: the column of survey weights; standard errors are then bootstrapped.
        unit: the column that says which rows belong together; the same.
        where: rows to keep.
        missing: values that stand for "no answer".
        level: of the intervals.

    Raises:
        ColumnError: a column is missing (the close names are said) or holds the wrong values.
        DataError: nobody gave a low (or high, or middle) rating, or there are too few rows.
        UsageError: low and high overlap, or an argument makes no sense.

    References:
        Brandt 1987; Albayrak & Caber 2013, Total Quality Management & Business Excellence
        24:1288-1300.

    Example:
        >>> made = {
        ...     "wifi": [1, 1, 2, 3, 3, 4, 4, 5, 5, 5, 3, 1],
        ...     "overall": [1, 2, 2, 6, 7, 6, 7, 7, 8, 7, 6, 1],
        ... }
        >>> found = penalty_reward(made, outcome="overall", items=["wifi"], low={1, 2}, high={5})
        >>> found["wifi"].role, round(found["wifi"].penalty.value, 2)
        ('basic', -4.9)
    """
    check_level(level)
    bad, good = tuple(sorted(low)), tuple(sorted(high))
    if not bad or not good or bad[-1] >= good[0]:
        raise UsageError(f"low={bad} and high={good}: all of low must lie below all of high.")
    if not items or len({outcome, *items}) <= len(items):
        raise UsageError(
            f"items={list(items)!r}, outcome={outcome!r}: name one attribute or more, each once."
        )
    extra = [name for name in (weight, unit) if name is not None]
    columns = columns_of(data, (outcome, *items, *extra), where=where)
    ratings = {name: _numbers(columns.pop(name), name, missing) for name in (outcome, *items)}
    absent = np.isnan(np.stack(list(ratings.values())))
    complete = ~absent.any(axis=0)
    if not complete.any():
        most = list(ratings)[int(absent.sum(axis=1).argmax())]
        raise DataError(f"no row has everything; {most!r} is missing most often: leave it out.")
    columns[outcome] = ratings[outcome]
    dummies, cells = [], []
    for name in items:
        for what, points in (("low", bad), ("high", good)):
            dummy = np.isin(ratings[name], points).astype(float)
            cells.append(int(dummy[complete].sum()))
            dummy[np.isnan(ratings[name])] = np.nan
            dummies.append(f"{name} ({what})")
            columns[dummies[-1]] = dummy
        _check_cells(name, cells[-2:], int(complete.sum()), bad, good)
    found = collect_moments(
        columns,
        [outcome, *dummies],
        weight=weight,
        unit=unit,
        parts=1 if weight is None and unit is None else _PARTS,
    )
    refuse_items(found, least=len(dummies) + 2)
    _refuse_twins(found)
    slopes, covariance, r2 = _regression(found)
    df = found.n - len(dummies) - 1

    def effect(gradient: Floats, n: int) -> Effect:
        value = float(gradient @ slopes)
        error = float(np.sqrt(gradient @ covariance @ gradient))
        margin = t_quantile(0.5 + level / 2, df) * error
        p = t_p(value / error, df) if error else float(value == 0)
        interval = Interval(value - margin, value + margin, level, "t")
        return Effect(value=value, standard_error=error, p_value=p, interval=interval, n=n)

    unit_vectors = np.eye(len(slopes))
    contrasts = []
    for place, name in enumerate(items):
        first, second = unit_vectors[2 * place + 1], unit_vectors[2 * place + 2]
        penalty, reward = effect(first, cells[2 * place]), effect(second, cells[2 * place + 1])
        contrast = effect(-first - second, penalty.n + reward.n)
        whole = abs(penalty.value) + abs(reward.value)
        role: Role = "performance"
        if 0 not in contrast.interval:
            role = "basic" if contrast.value > 0 else "excitement"
        contrasts.append(
            Contrast(
                name=name,
                penalty=penalty,
                reward=reward,
                contrast=contrast,
                asymmetry=(reward.value + penalty.value) / whole if whole else 0.0,
                role=role,
            )
        )
    return Contrasts(
        outcome=outcome,
        intercept=effect(unit_vectors[0], found.n),
        contrasts=tuple(contrasts),
        r2=r2,
        n=found.n,
        rows=found.rows,
        level=level,
        low=bad,
        high=good,
        weighted=found.weighted,
        cautions=tuple(_cautions(found, items, cells)),
    )


def _numbers(column: Any, name: str, missing: Sequence[Any]) -> Floats:
    found = numeric(column, name, missing=missing).astype(float)
    found[np.isin(found, missing_numbers(missing))] = np.nan
    return found


def _check_cells(
    name: str, cells: Sequence[int], n: int, low: Sequence[float], high: Sequence[float]
) -> None:
    """Refuse an attribute of which the low, the high or the middle ratings are absent.

    Raises:
        DataError: one is.
    """
    for what, cell, points in (("low", cells[0], low), ("high", cells[1], high)):
        if n and not cell:
            raise DataError(
                f"nobody rated {name!r} {what} ({', '.join(f'{p:g}' for p in points)}) in the "
                "complete rows: there is nothing to contrast. Choose other ratings, or leave the "
                "attribute out."
            )
    if n and sum(cells) == n:
        raise DataError(
            f"nobody rated {name!r} between low and high: there is no middle to compare with."
        )


def _refuse_twins(found: Moments) -> None:
    twins = [repr(found.items[1 + p]) for p in entangled(found.correlation[1:, 1:])]
    if twins:
        raise DataError(
            f"{', '.join(twins[:-1])} and {twins[-1]} are the same rows: their effects can't be "
            "told apart. Leave one attribute out."
        )


def _regression(found: Moments) -> tuple[Floats, Floats, float]:
    """Return intercept and slopes, their covariance matrix, and R²."""

    def solve(mean: Floats, spread: Floats) -> Floats:
        slope = np.linalg.solve(spread[..., 1:, 1:], spread[..., 1:, :1])[..., 0]
        intercept = mean[..., 0] - (mean[..., 1:] * slope).sum(axis=-1)
        whole = np.concatenate([intercept[..., None], slope], axis=-1)
        return whole.astype(np.float64, copy=False)

    mean, spread = found.mean, found.covariance
    slopes = solve(mean, spread)
    explained = float(slopes[1:] @ spread[1:, 0])
    r2 = explained / float(spread[0, 0])
    if found.parts > 1:
        drawn = found.resampled(_PARTS, seed=_SEED)
        drawn = {name: own[drawn["weights"][:, 0, 0] > 0] for name, own in drawn.items()}
        weights = drawn["weights"][:, 0, 0]  # of respondents with answers, some are drawn
        means = np.einsum("bii->bi", drawn["sums"]) / weights[:, None]
        spreads = drawn["products"] / weights[:, None, None] - means[:, :, None] * means[:, None]
        usable = np.linalg.cond(spreads[:, 1:, 1:]) < 1e10
        if usable.sum() < 2:
            raise _certain(found)
        replicates = solve(means[usable] + found.origin, spreads[usable])
        return slopes, _varied(np.cov(replicates.T), found), r2
    n, many = found.n, len(slopes) - 1
    residual = (float(spread[0, 0]) - explained) * (n - 1) / (n - many - 1)
    inverse = np.linalg.inv(spread[1:, 1:] * (n - 1))
    covariance = np.empty((many + 1, many + 1))
    covariance[1:, 1:] = inverse
    covariance[0, 1:] = covariance[1:, 0] = -inverse @ mean[1:]
    covariance[0, 0] = 1 / n + mean[1:] @ inverse @ mean[1:]
    return slopes, _varied(covariance * residual, found), r2


def _varied(covariance: Floats, found: Moments) -> Floats:
    """Refuse effects without spread, whose intervals would have no width."""
    if not (np.diag(covariance)[1:] > _NOISE * found.covariance[0, 0]).all():
        raise _certain(found)
    return covariance


def _certain(found: Moments) -> DataError:
    return DataError(
        f"{', '.join(found.items[1:])} tell {found.items[0]} exactly, or rest on single "
        "respondents: nothing is left to judge effects by. Ask more of them."
    )


def _cautions(found: Moments, items: Sequence[str], cells: Sequence[int]) -> Iterator[Caution]:
    names = [name for name in items for _ in ("low", "high")]
    yield from lost_rows(evolve(found, items=(found.items[0], *names)))
    small = [f"{dummy} {n}" for dummy, n in zip(found.items[1:], cells, strict=True) if n < _CELL]
    if small:
        yield Caution(
            "SMALL_SAMPLE",
            f"under {_CELL} rows: {', '.join(small)}. Read the intervals, not the effects.",
        )
