"""What the statistics may know about one score: its evidence, taken from a tally."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import numpy as np
from attrs import field, frozen

from cxmetrics.errors import IntervalError
from cxmetrics.summaries import Design, Tally

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

Kind = Literal["share", "net", "mean", "smooth"]
"""A share has two values, a net score three equally spaced ones, a mean more; else smooth."""

SmoothFunction: TypeAlias = "Callable[[Any], Any]"
"""From shares, shape (..., points), to the score, shape (...)."""

_STEP = 1e-6
_NOISE = 1e-13
_ENOUGH = 30  # units, under which a design effect below 1 is noise
_TRIFLE = 0.01


@frozen(slots=False, eq=False)
class Sample:
    """The evidence behind a score.

    Attributes:
        tally: the answers.
        values: shape (points,): what an answer at each point is worth; None for smooth scores.
        function: the score as a function of the shares; None for linear scores.
    """

    tally: Tally
    values: Floats | None = field(default=None)
    function: SmoothFunction | None = field(default=None)

    @cached_property
    def share(self) -> Floats:
        """Shape (points,): weighted shares."""
        return self.tally.share

    @property
    def n(self) -> int:
        """Valid answers."""
        return self.tally.n

    @cached_property
    def design(self) -> Design | None:
        """Units and strata."""
        return self.tally.design

    @property
    def independent(self) -> bool:
        """Whether the answers are unweighted and independent."""
        return not self.tally.weighted and self.design is None

    def at(self, share: Any) -> Any:
        """Return the score for shares of shape (..., points)."""
        return share @ self.values if self.function is None else self.function(share)

    @cached_property
    def estimate(self) -> float:
        """The score itself; NaN without answers."""
        return float(self.at(self.share)) if self.n and self.tally.total else float("nan")

    @cached_property
    def influence(self) -> Floats:
        """Shape (points,): how a little more weight on a point moves the score (Taylor)."""
        if self.function is None:
            assert self.values is not None  # noqa: S101  # a sample is linear or smooth
            centred: Floats = self.values - self.estimate
            centred[np.abs(centred) <= _NOISE * np.abs(self.values)] = 0.0  # rounding of a mean
            return centred
        base = np.tile(self.share, (self.share.size, 1))
        bump = np.eye(self.share.size) * _STEP
        back = np.where(self.share > _STEP, 1.0, 0.0)  # at an empty point only look forward
        forward = self.at((base + bump) / (1 + _STEP))
        backward = self.at((base - bump * back[:, None]) / (1 - _STEP * back)[:, None])
        slope: Floats = (forward - backward) / (_STEP * (1 + back))
        return slope

    @cached_property
    def kind(self) -> Kind:
        """What sort of number the score is, which decides its default interval."""
        if self.values is None:
            return "smooth"
        levels = np.unique(self.values)
        if levels.size <= 2:
            return "share"
        if levels.size == 3 and abs(levels[0] + levels[2] - 2 * levels[1]) < 1e-9:
            return "net"
        return "mean"

    @cached_property
    def bounds(self) -> tuple[float, float]:
        """The lowest and highest value a single answer can give."""
        corners = self.at(np.eye(self.share.size))
        return float(corners.min()), float(corners.max())

    @cached_property
    def unanimous(self) -> bool:
        """Whether all answers are worth the same, so that no spread can be seen."""
        answered = self.tally.weights > 0
        worth = np.arange(answered.size) if self.values is None else self.values
        present = worth[answered]
        return bool(present.size and np.ptp(present) == 0)

    # -- spread ------------------------------------------------------------------------------------

    @cached_property
    def variance(self) -> float:
        """The linearised variance of the score, design-based where units or strata are known.

        With independent answers `n / (n - 1) * sum w^2 influence^2 / (sum w)^2`, which for a mean
        is the textbook `s^2 / n`. NaN where it can't be estimated: under 2 answers, or a stratum
        with a single unit.
        """
        if self.n < 2 or not self.tally.total:
            return float("nan")
        gradient = self.influence / self.tally.total
        if self.design is not None:
            return float(self.design.covariance(gradient[None, :])[0, 0])
        return float(self.n / (self.n - 1) * (self.tally.squares * gradient**2).sum())

    @cached_property
    def sure_variance(self) -> float:
        """The variance that intervals and tests use.

        That of calibrated weights is enlarged for the totals that were fitted; else `variance`.
        """
        return self.variance * (1.0 if self.design is None else self.design.fitting)

    @cached_property
    def standard_error(self) -> float:
        """The standard error that is reported.

        Unweighted shares and net scores use the multinomial variance, divisor n (Rocks 2016);
        everything else the linearised variance.
        """
        if self.independent and self.kind in {"share", "net"} and self.n:
            return float(np.sqrt((self.share * self.influence**2).sum() / self.n))
        return float(np.sqrt(self.variance))

    @cached_property
    def deff(self) -> float:
        """Design effect: Kish's for weights, else variance over that of a simple random sample."""
        if self.design is None or self.n < 2:
            return self.tally.deff
        simple = float((self.share * self.influence**2).sum()) / (self.n - 1)
        return self.sure_variance / simple if simple else self.tally.deff

    @cached_property
    def n_effective(self) -> float:
        """Answers divided by the design effect, never more than the answers.

        Only a finite population that was largely sampled, or margins that explain the score, make
        them worth more than they are.
        Where units or strata are known but too few to estimate a design effect, Kish's, which
        knows the weights only. Where all answers are worth the same there is no design effect to
        estimate: then they are worth no more than the units that gave them.
        """
        if self.design is None or np.isnan(self.deff):
            return self.tally.n_effective
        if not self.sure_variance and self.unanimous:
            return min(self.tally.n_effective, float(self.design.carriers))
        least = float(self.design.unseen.max())
        if self.design.calibration is not None and self.design.carriers >= _ENOUGH:
            least *= _TRIFLE
        return self.n / max(self.deff, least)

    @cached_property
    def degrees_of_freedom(self) -> float:
        """`n - 1`, or the units that carry the answers minus their strata."""
        return self.n - 1 if self.design is None else self.design.degrees_of_freedom

    # -- views that the classic formulas want ------------------------------------------------------

    def proportion(self) -> tuple[float, float]:
        """Return (successes, trials) of a share, on the effective sample size."""
        assert self.values is not None  # noqa: S101  # only asked of shares
        p = float(self.share[self.values == self.values.max()].sum())
        return p * self.n_effective, self.n_effective

    def trinomial(self) -> tuple[float, float, float]:
        """Return (positive, negative, all) of a net score, on the effective sample size."""
        assert self.values is not None  # noqa: S101  # only asked of net scores
        n = self.n_effective
        positive = float(self.share[self.values == self.values.max()].sum())
        negative = float(self.share[self.values == self.values.min()].sum())
        return positive * n, negative * n, n

    def scaled(self, value: float) -> float:
        """Turn a proportion (share) or a -1 to 1 net into the unit of the score."""
        low, high = self.bounds
        if self.kind == "share":
            return low + value * (high - low)
        return (low + high) / 2 + value * (high - low) / 2

    def at_least(self, answers: int) -> None:
        """Refuse to go on with too few answers.

        Raises:
            IntervalError: there are fewer than `answers`.
        """
        if self.n < answers or not self.tally.total:
            raise IntervalError(
                f"an interval needs at least {answers} answers; there "
                f"{'is' if self.n == 1 else 'are'} {self.n}. Report the number of answers, or "
                "merge this group with another."
            )
        if self.design is None:
            return
        if self.design.lonely and self.design.strata != (None,):
            raise IntervalError(
                f"stratum {self.design.lonely[0]!r} has a single unit (respondent), so its "
                "variance can't be estimated: merge it with a neighbouring stratum."
            )
        if self.degrees_of_freedom < 1:
            raise IntervalError(
                "an interval needs more units (respondents) than strata, and this group has "
                f"{self.design.carriers}. Merge it with another."
            )
