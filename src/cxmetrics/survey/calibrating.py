"""Three ways to make respondents look like the population: rake, poststratify, calibrate."""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING, Any

import numpy as np

from cxmetrics.errors import UsageError
from cxmetrics.stats import raking
from cxmetrics.summaries import Cube, Key
from cxmetrics.survey.margins import Targets, Unknown, columns_of, read_margins
from cxmetrics.survey.respondents import Respondents
from cxmetrics.survey.weighting import Kind, Weighting

if TYPE_CHECKING:
    from collections.abc import Callable


def rake(
    data: Any,
    *,
    targets: Targets,
    weight: str | None = None,
    unknown: Unknown = "error",
    tolerance: float = raking.TOLERANCE,
    rounds: int = raking.ROUNDS,
) -> Weighting:
    """Weight respondents until every margin is that of the population (FR: calage sur marges).

    Iterative proportional fitting: each margin in turn is brought to its target, until all hold.
    Who goes with whom (the odds ratios of the sample) is kept. Deming & Stephan 1940, Annals of
    Mathematical Statistics 11:427-444.

    Scores of the weighting have the variance of calibrated weights (residuals, Deville & Särndal
    1992); `weighting.naive` takes them for known.

    Args:
        data: rows in memory (columns by name, a data frame, a `Batch`), or a cube that was split by
            the columns of the margins, whose answers are then the respondents.
        targets: by column, the share, percentage or count of every category in the population. A
            tuple of columns makes one margin of their combinations. Counts make weights that add up
            to the population.
        weight: the column of design weights: they are the start, not forgotten.
        unknown: what to do with respondents without a label: `"error"`, or `"keep"` their share.
        tolerance: how far a margin may stay from its target, as a share of the total.
        rounds: the most rounds; more are said in a caution.

    Returns:
        Weights with their design effect, and all that `Weighting` tells.

    Raises:
        ColumnError: a column is missing.
        DataError: a category has no respondent, or respondents have a category without a target.
        UsageError: targets are negative, do not add up or contradict each other.

    Example:
        >>> rows = {"sex": list("FFFFFMMM"), "age": ["18-34", "35+"] * 4, "q": [9, 3, 10, 6] * 2}
        >>> known = {"sex": {"F": 0.5, "M": 0.5}, "age": {"18-34": 30, "35+": 70}}
        >>> weighting = rake(rows, targets=known)
        >>> weighting.converged, round(weighting.deff, 2)
        (True, 1.19)
        >>> weighting.weights().round(2).tolist()
        [0.55, 1.18, 0.55, 1.18, 0.55, 1.62, 0.76, 1.62]
    """
    return _weighting(
        "raking",
        data,
        targets,
        weight,
        unknown,
        lambda *known: raking.rake(*known, tolerance=tolerance, rounds=rounds),
    )


def poststratify(
    data: Any,
    *,
    targets: Targets,
    weight: str | None = None,
    unknown: Unknown = "error",
) -> Weighting:
    """Weight respondents to the population, cell by cell (FR: post-stratification).

    `w = d N_cell / sum of d in the cell`: raking on a single margin, which may be the combinations
    of several columns.

    Args:
        data: see `rake`.
        targets: one margin: `{"sex": {"F": 520, "M": 480}}`, or `{("sex", "age"): {("F", "35+"):
            0.4, …}}`.
        weight: see `rake`.
        unknown: see `rake`.

    Raises:
        ColumnError: a column is missing.
        DataError: a cell has no respondent: merge it with a neighbour.
        UsageError: there is more than one margin, or targets do not add up.

    Example:
        >>> rows = {"sex": list("FFFM"), "q": [10, 9, 3, 9]}
        >>> poststratify(rows, targets={"sex": {"F": 52, "M": 48}}).weights().round(2).tolist()
        [0.69, 0.69, 0.69, 1.92]
    """
    if len(columns_of(targets)) and len(targets) > 1:
        raise UsageError(
            "post-stratification needs the joint table of its columns, "
            "targets={('sex', 'age'): {('F', '18-34'): 0.2, …}}; with margins only, rake."
        )
    return _weighting("post-stratification", data, targets, weight, unknown, raking.rake)


def calibrate(
    data: Any,
    *,
    targets: Targets,
    weight: str | None = None,
    unknown: Unknown = "error",
    bounds: tuple[float, float] = (-inf, inf),
) -> Weighting:
    """Weight respondents linearly to margins (GREG; FR: calage, méthode linéaire).

    `w = d (1 + x' lambda)`: the weights nearest to the design weights by chi-square distance.
    Deville & Särndal 1992, Journal of the American Statistical Association 87:376-382. Without
    bounds weights may become negative, which no share survives: the caution NEGATIVE_WEIGHTS says
    so, and metrics refuse.

    Args:
        data: see `rake`.
        targets: see `rake`.
        weight: see `rake`.
        unknown: see `rake`.
        bounds: the lowest and highest factor, around the overall growth of the weights: (0.3, 3).

    Raises:
        ColumnError: a column is missing.
        DataError: see `rake`.
        UsageError: see `rake`; or the bounds do not enclose 1.

    Example:
        >>> rows = {"sex": list("FFFM"), "q": [10, 9, 3, 9]}
        >>> calibrate(rows, targets={"sex": {"F": 0.5, "M": 0.5}}).weights().round(2).tolist()
        [0.67, 0.67, 0.67, 2.0]
    """
    if not bounds[0] < 1 < bounds[1]:
        raise UsageError(f"bounds of the factors enclose 1, not {bounds!r}: (0.3, 3) is usual.")
    return _weighting(
        "linear calibration",
        data,
        targets,
        weight,
        unknown,
        lambda *known: raking.calibrate(*known, bounds=bounds),
    )


def composition(cube: Cube, *dims: str) -> dict[str, dict[Key, float]]:
    """Return the margins of a cube as targets: the mix of one wave, to weight another by.

    Args:
        cube: answers, weighted or not.
        *dims: the columns; all dimensions of the cube if left out.

    Raises:
        ColumnError: a name is no dimension of the cube.

    Example:
        >>> from cxmetrics import tally, zero_to_ten
        >>> rows = {"q": [10, 9, 3, 9], "sex": list("FFFM")}
        >>> composition(tally(rows, zero_to_ten, rating="q", by="sex"))
        {'sex': {'F': 0.75, 'M': 0.25}}
    """
    found = {}
    for dim in dims or cube.dims:
        rolled = cube.roll_up(dim)
        sums = rolled.cells.weights.sum(axis=1)
        shares = zip(rolled, (sums / sums.sum()).tolist(), strict=True)
        found[dim] = {key: share for key, share in shares if share > 0}
    return found


def _weighting(
    kind: Kind,
    data: Any,
    targets: Targets,
    weight: str | None,
    unknown: Unknown,
    fit: Callable[..., raking.Fit],
) -> Weighting:
    people = Respondents.of(data, dims=columns_of(targets), weight=weight)
    margins, population = read_margins(
        targets,
        dims=people.dims,
        groups=people.groups,
        n=people.n,
        base=people.base,
        unknown=unknown,
    )
    total = float(people.base.sum()) if population is None else population
    found = fit(
        people.base,
        [margin.code for margin in margins],
        [margin.share * total for margin in margins],
    )
    if not np.isfinite(found.factor).all():
        raise UsageError("the weights can't be found: the targets contradict each other.")
    return Weighting(
        kind=kind,
        margins=tuple(margins),
        population=population,
        respondents=people,
        factor=found.factor,
        rounds=found.rounds,
        gap=found.gap,
        converged=found.converged,
    )
