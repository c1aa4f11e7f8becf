"""What a promoter, a passive and a detractor are worth: means of a result, with intervals."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from math import sqrt
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np
from attrs import asdict, evolve, frozen

from cxmetrics.engines.ratings import points_of
from cxmetrics.errors import Caution, DataError, UsageError, did_you_mean
from cxmetrics.links.results import lost, read
from cxmetrics.metrics import Metric
from cxmetrics.metrics.text import MINUS, count, level_text, p_text
from cxmetrics.plugins import registry
from cxmetrics.stats.distributions import check_level, t_p, t_quantile
from cxmetrics.stats.intervals import Interval
from cxmetrics.stats.multiplicity import Adjustment, adjust

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

Method = Literal["welch", "bca"]

_SMALL = 30


@frozen(kw_only=True)
class PartValue:
    """The mean of one part.

    Attributes:
        name: the part, such as promoters.
        n: customers.
        mean: of the result; None where there is nobody.
        interval: of the mean; None under 2 customers, or where all are the same.
        total: the sum of the result.
    """

    name: str
    n: int
    mean: float | None
    interval: Interval | None
    total: float


@frozen(kw_only=True)
class ValueDifference:
    """The mean of one part minus that of another.

    Attributes:
        first: the first part.
        second: the second.
        value: first minus second.
        interval: of the difference.
        p_value: Welch's t test, two-sided, of this one alone.
        p_adjusted: for the number of pairs.
    """

    first: str
    second: str
    value: float
    interval: Interval
    p_value: float
    p_adjusted: float

    @property
    def significant(self) -> bool:
        """Whether the adjusted p-value is at most 1 minus the level."""
        return self.p_adjusted <= 1 - self.interval.level


@frozen(kw_only=True)
class Scenario:
    """What a difference of means would be worth, if it were an effect.

    Attributes:
        moved: how many customers.
        start: the part they come from.
        end: the part they go to.
        value: moved times the difference of the means.
        interval: the same of its limits.
    """

    moved: float
    start: str
    end: str
    value: float
    interval: Interval

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready values."""
        return asdict(self)

    def __str__(self) -> str:
        return (
            f"If {self.moved:,g} {self.start} were worth what {self.end} are: "
            f"{amount(self.value)}  ({_ends(self.interval)}). A scenario, not an effect."
        )


@frozen(kw_only=True, slots=False)
class Values(Mapping[str, PartValue]):
    """The means of a result in each part of a metric.

    Attributes:
        outcome: the name of the result.
        parts: by name, the bad end first.
        differences: of all pairs of parts with two customers each, the better part first.
        method: of the intervals.
        adjustment: how the p-values were adjusted.
        level: of the intervals.
        cautions: what a reader has to know.
    """

    outcome: str
    parts: Mapping[str, PartValue]
    differences: tuple[ValueDifference, ...]
    method: str
    adjustment: str
    level: float
    cautions: tuple[Caution, ...] = ()

    def __getitem__(self, name: str) -> PartValue:
        return self.parts[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.parts)

    def __len__(self) -> int:
        return len(self.parts)

    def scenario(self, moved: float, *, start: str, end: str) -> Scenario:
        """Return what moving customers from one part to another would be worth.

        `moved * (mean of end - mean of start)`: as if the customers who change became like those
        who are there already. Nothing in the data says that they would.

        Args:
            moved: how many customers.
            start: the part they come from.
            end: the part they go to.

        Raises:
            UsageError: a part is unknown, or was not compared.
        """
        for name in (start, end):
            if name not in self.parts:
                raise UsageError(f"no part {name!r}; {did_you_mean(name, self.parts)}")
        for pair in self.differences:
            if {pair.first, pair.second} == {start, end}:
                sides = (moved, -moved)[pair.first == start]
                limits = sorted(sides * x for x in (pair.interval.low, pair.interval.high))
                interval = evolve(pair.interval, low=limits[0], high=limits[1])
                return Scenario(
                    moved=moved, start=start, end=end, value=sides * pair.value, interval=interval
                )
        raise UsageError(f"{start} and {end} were not compared: too few customers.")

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready values."""
        found = asdict(self)
        return {**found, "parts": list(found["parts"].values())}

    def __str__(self) -> str:
        lines = [f"{self.outcome} a customer"]
        for part in self.values():
            mean = "–" if part.mean is None else amount(part.mean)
            told = "no interval" if part.interval is None else _ends(part.interval)
            lines.append(f"  {part.name} {mean}  ({told}; n = {count(part.n)})")
        lines += [
            f"  {pair.first} minus {pair.second} {amount(pair.value)}  ({_ends(pair.interval)}; "
            f"{p_text(pair.p_adjusted)} ({self.adjustment}-adjusted))"
            for pair in self.differences
        ]
        return "\n".join([*lines, *(f"  ! {caution}" for caution in self.cautions)])


def amount(value: float) -> str:
    """Write an amount, whatever its unit.

    Example:
        >>> amount(1234.5), amount(-0.125)
        ('1,234.50', '−0.12')
    """
    return f"{value:,.2f}".replace("-", MINUS)


def _ends(interval: Interval) -> str:
    return (
        f"{level_text(interval.level)} interval {amount(interval.low)} to {amount(interval.high)}"
    )


def value_of_parts(
    data: Any,
    *,
    rating: str,
    outcome: str,
    metric: Metric | None = None,
    where: Any = None,
    missing: Sequence[Any] = (),
    method: Method = "welch",
    replicates: int = 4_999,
    seed: int = 0,
    level: float = 0.95,
    adjustment: Adjustment = "holm",
) -> Values:
    """Compare the mean of a result (revenue, margin, visits) between the parts of a metric.

    Means with t intervals, differences by Welch's t; or `method="bca"`, the bias-corrected and
    accelerated bootstrap (Efron 1987), for skewed results and few customers. Association, not
    cause: those who buy much may be promoters because they buy much.

    Args:
        data: columns by name or a data frame, one row a customer.
        rating: the column of ratings.
        outcome: the column of results.
        metric: whose parts; NPS (promoters, passives, detractors) if left out.
        where: rows to keep.
        missing: values that stand for "no answer".
        method: of the intervals.
        replicates: of the bootstrap.
        seed: of the bootstrap.
        level: the confidence level.
        adjustment: for the number of pairs.

    Raises:
        ColumnError: a column is not there or holds no numbers.
        DataError: no two parts have 2 customers, or no part has a spread.
        ScaleError: a rating is no point of the scale.
        UsageError: the metric has no parts, or an argument makes no sense.

    Example:
        >>> rows = {"recommend": [10, 9, 9, 10] * 10 + [8, 7] * 10 + [2, 6, 4] * 10,
        ...         "spent": [80, 95, 110, 75] * 10 + [60, 70] * 10 + [40, 65, 30] * 10}
        >>> found = value_of_parts(rows, rating="recommend", outcome="spent")
        >>> {name: part.mean for name, part in found.items()}
        {'detractors': 45.0, 'passives': 65.0, 'promoters': 90.0}
        >>> print(found.scenario(100, start="passives", end="promoters"))
        If 100 passives were worth what promoters are: 2,500.00  (95 % interval 2,004.05 to
        2,995.95). A scenario, not an effect.
    """
    check_level(level)
    if method not in get_args(Method):
        raise UsageError(f"no method {method!r}; {did_you_mean(method, get_args(Method))}")
    chosen: Metric = registry.find("metric", "nps") if metric is None else metric
    if not chosen.parts:
        raise UsageError(f"{chosen.name} has no named parts: use a metric such as nps or csat.")
    columns, _ = read(data, [rating, outcome], where=where, missing=missing)
    ratings, results, scale = columns[rating], columns[outcome], chosen.scale
    places, _ = points_of(ratings, rating, scale, missing=missing)
    kept = (places < scale.size) & ~np.isnan(results)
    groups: dict[str, Floats] = {}
    for part in chosen.parts:
        own = [scale.points.index(point) for point in part.points]
        groups[part.name] = results[kept & np.isin(places, own)]
    options = {"method": method, "replicates": replicates, "seed": seed, "level": level}
    differences = _differences(groups, adjustment, **options)
    if not differences:
        sizes = ", ".join(f"{name} {count(own.size)}" for name, own in groups.items())
        raise DataError(
            f"no two parts can be compared ({sizes}): each needs 2 customers or more whose "
            f"{outcome!r} differs."
        )
    small = [name for name, own in groups.items() if own.size < _SMALL]
    cautions = lost(int(kept.sum()), len(kept), "rows")
    if small:
        cautions.append(
            Caution(
                "SMALL_SAMPLE",
                f"under {_SMALL} customers: {', '.join(small)}. Means of skewed results need more; "
                "method='bca' is better then.",
            )
        )
    return Values(
        outcome=outcome,
        parts={name: _part(name, own, **options) for name, own in groups.items()},
        differences=differences,
        method=method,
        adjustment=adjustment,
        level=level,
        cautions=tuple(cautions),
    )


def _part(name: str, own: Floats, **options: Any) -> PartValue:
    spread = own.size >= 2 and np.ptp(own) > 0
    return PartValue(
        name=name,
        n=int(own.size),
        mean=float(own.mean()) if own.size else None,
        interval=_mean_interval(own, **options) if spread else None,
        total=float(own.sum()),
    )


def _mean_interval(
    own: Floats, *, method: Method, replicates: int, seed: int, level: float
) -> Interval:
    if method == "bca":
        return _bca((own,), replicates=replicates, seed=seed, level=level)
    margin = t_quantile(0.5 + level / 2, own.size - 1) * sqrt(own.var(ddof=1) / own.size)
    return Interval(own.mean() - margin, own.mean() + margin, level, "t")


def _bca(groups: tuple[Floats, ...], *, replicates: int, seed: int, level: float) -> Interval:
    """Return the BCa interval of a mean, or of the first mean minus the second."""
    from scipy.stats import bootstrap

    def statistic(*drawn: Floats, axis: int = -1) -> Floats:
        means = [own.mean(axis=axis) for own in drawn]
        found: Floats = means[0] if len(means) == 1 else means[0] - means[1]
        return found

    found = bootstrap(
        groups,
        statistic,
        n_resamples=replicates,
        batch=max(1, 2_000_000 // max(own.size for own in groups)),
        vectorized=True,
        confidence_level=level,
        method="BCa",
        rng=np.random.default_rng(seed),
    ).confidence_interval
    if not np.isfinite(found).all():
        raise DataError("too few different values for the bootstrap: use method='welch'.")
    return Interval(float(found.low), float(found.high), level, "bca")


def _differences(
    groups: Mapping[str, Floats], adjustment: Adjustment, **options: Any
) -> tuple[ValueDifference, ...]:
    """Compare the parts that can be compared, the better one first."""
    able = [name for name, own in groups.items() if own.size >= 2]
    found = []
    for worse, better in combinations(able, 2):
        a, b = groups[better], groups[worse]
        variances = [own.var(ddof=1) / own.size for own in (a, b)]
        total = sum(variances)
        if not total:
            continue
        df = total**2 / sum(v**2 / (own.size - 1) for v, own in zip(variances, (a, b), strict=True))
        value, error = float(a.mean() - b.mean()), sqrt(total)
        if options["method"] == "bca":
            rest = {key: option for key, option in options.items() if key != "method"}
            interval = _bca((a, b), **rest)
        else:
            margin = t_quantile(0.5 + options["level"] / 2, df) * error
            interval = Interval(value - margin, value + margin, options["level"], "welch")
        p = t_p(value / error, df)
        found.append(
            ValueDifference(
                first=better, second=worse, value=value, interval=interval, p_value=p, p_adjusted=p
            )
        )
    p_values = adjust([pair.p_value for pair in found], adjustment)
    return tuple(
        evolve(pair, p_adjusted=1.0 if p is None else p)
        for pair, p in zip(found, p_values, strict=True)
    )
