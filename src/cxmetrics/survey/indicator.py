"""Representativeness of the response: do those who answer look like those who were asked?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import sqrt
from typing import TYPE_CHECKING, Any

import numpy as np
from attrs import asdict, frozen

from cxmetrics.engines.arrays import joint_groups
from cxmetrics.engines.encode import encode, numeric
from cxmetrics.errors import Caution, ColumnError, DataError, UsageError
from cxmetrics.summaries import Key
from cxmetrics.survey.margins import key_text
from cxmetrics.survey.respondents import columns_of, sums

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

THIN = 30


@frozen(kw_only=True)
class Representativeness:
    """How evenly a response is spread over those who were asked.

    Attributes:
        r: the R-indicator, 1 - 2 S(rho), corrected for the size of the sample; 1 means that every
            cell answers alike.
        r_uncorrected: without the correction.
        response_rate: mean propensity, 0 to 1.
        invited: how many were asked.
        max_bias: the largest bias that a mean can have from this response, in standard deviations
            of what is measured: (1 - R) / (2 response rate).
        variables: by column, how much it alone contributes to S (unconditional partial).
        categories: by column and category, the same with its sign: below 0 answers too rarely.
        cells: how many combinations the propensities come from.
        cautions: what a reader has to know.
    """

    r: float
    r_uncorrected: float
    response_rate: float
    invited: int
    max_bias: float
    variables: Mapping[str, float]
    categories: Mapping[str, Mapping[Key, float]]
    cells: int
    cautions: tuple[Caution, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready values."""
        found = asdict(self)
        found["categories"] = {
            name: {key_text(key): value for key, value in own.items()}
            for name, own in self.categories.items()
        }
        return found

    def __str__(self) -> str:
        rate = f"{100 * self.response_rate:.1f} %"
        bias = f"{self.max_bias:.2f} standard deviations"
        about = f"{self.invited:,} invited, response rate {rate}; a mean is off by at most {bias}"
        lines = [f"R-indicator {self.r:.3f}  ({about})"]
        for name, size in sorted(self.variables.items(), key=lambda pair: -pair[1]):
            own = self.categories[name]
            low, high = min(own, key=lambda k: own[k]), max(own, key=lambda k: own[k])
            lines.append(
                f"  {name}: {size:.3f}; answers too rarely: {key_text(low)}, too often: "
                f"{key_text(high)}"
            )
        return "\n".join([*lines, *(f"  ! {caution}" for caution in self.cautions)])


def representativeness(frame: Any, *, answered: str, by: Sequence[str]) -> Representativeness:
    """Return the R-indicator of a response, from everybody who was invited.

    `R = 1 - 2 S(rho)`, S the standard deviation of the response propensity over the invited, here
    the response rate of each combination of categories. From small cells S is too large by chance;
    `sum W_k (1 - W_k) rho_k (1 - rho_k) / n_k` is taken from its square. Only comparable with the
    same columns. Schouten, Cobben & Bethlehem 2009, Survey Methodology 35:101-113.

    Args:
        frame: one row an invited customer, in memory.
        answered: the column that says who answered (true or false, 1 or 0).
        by: the columns that are known of everybody.

    Raises:
        ColumnError: a column is missing, or `answered` holds anything else or nothing.
        DataError: nobody was invited, or nobody answered.
        UsageError: no column is named.

    Example:
        >>> invited = {"age": ["18-34"] * 500 + ["35+"] * 500,
        ...            "answered": [1] * 100 + [0] * 400 + [1] * 200 + [0] * 300}
        >>> print(representativeness(invited, answered="answered", by=["age"]))
        R-indicator 0.802  (1,000 invited, response rate 30.0 %; a mean is off by at most 0.33
        standard deviations)
          age: 0.100; answers too rarely: 18-34, too often: 35+
    """
    names = [by] if isinstance(by, str) else list(by)
    if not names:
        raise UsageError("which columns are known of everybody? Say by=['age', …].")
    columns = columns_of(frame, [answered, *names])
    yes = numeric(columns[answered], answered, boolean=True).astype(float)
    if not np.isin(yes, (0, 1)).all():
        raise ColumnError(f"{answered!r} has to say true or false (1 or 0) of every row.")
    if not yes.size or not yes.any():
        raise DataError("nobody was invited, or nobody answered: there is no response to judge.")
    labels = [encode(columns[name]) for name in names]
    code, groups = joint_groups(labels, len(yes))
    assert code is not None  # noqa: S101  # there is at least one column
    invited, rate = _rates(code, yes, len(groups))
    n, mean = len(yes), float(yes.mean())
    square = float((invited * (rate - mean) ** 2).sum()) / max(n - 1, 1)
    chance = invited / n * (1 - invited / n) * rate * (1 - rate)
    noise = float(np.divide(chance, invited, out=np.zeros_like(chance), where=invited > 0).sum())
    spread = sqrt(max(square - noise, 0.0))
    variables: dict[str, float] = {}
    categories: dict[str, dict[Key, float]] = {}
    for name, own in zip(names, labels, strict=True):
        size, part = _rates(own.codes, yes, len(own.labels))
        signed = np.sqrt(size / n) * (part - mean)
        variables[name] = float(np.sqrt((signed**2).sum()))
        categories[name] = {
            label: float(value)
            for label, value, many in zip(own.labels, signed, size, strict=True)
            if many
        }
    cells = int((invited > 0).sum())
    cautions: tuple[Caution, ...] = ()
    if n < THIN * cells:
        cautions = (
            Caution(
                "SMALL_SAMPLE",
                f"{n:,} invited in {cells:,} cells, under {THIN} a cell: use fewer columns.",
            ),
        )
    return Representativeness(
        r=1 - 2 * spread,
        r_uncorrected=1 - 2 * sqrt(square),
        response_rate=mean,
        invited=n,
        max_bias=spread / mean,
        variables=variables,
        categories=categories,
        cells=cells,
        cautions=cautions,
    )


def _rates(code: NDArray[Any], yes: Floats, size: int) -> tuple[Floats, Floats]:
    """Return how many were invited in each group, and the share that answered."""
    invited = np.bincount(code, minlength=size).astype(float)
    answers = sums(code, yes, size)
    return invited, np.divide(answers, invited, out=np.zeros(size), where=invited > 0)
