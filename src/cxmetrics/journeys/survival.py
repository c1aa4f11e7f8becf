"""Waits that are not over: Kaplan-Meier on buckets of time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from attrs import frozen

from cxmetrics.stats.distributions import two_sided_z

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]
    Floats = NDArray[np.float64]


@frozen(eq=False)
class Survival:
    """The share that still waits after each time (Kaplan & Meier 1958).

    Attributes:
        times: shape (times,): ascending, where something happened.
        share: shape (times,): still waiting after it.
        low, high: shape (times,): its interval (Greenwood's variance on the log-log scale,
            Kalbfleisch & Prentice 1980); NaN where it has none.
    """

    times: Floats
    share: Floats
    low: Floats
    high: Floats

    @classmethod
    def of(cls, times: Floats, over: Ints, waiting: Ints, *, level: float) -> Survival:
        """Estimate it.

        Args:
            times: shape (times,): ascending.
            over: shape (times,): waits that ended then.
            waiting: shape (times,): waits that were seen up to then and not to their end; at equal
                times they count as longer.
            level: the confidence level.
        """
        at_risk = np.cumsum((over + waiting)[::-1])[::-1].astype(np.float64)
        seen = over > 0
        times, over, at_risk = times[seen], over[seen], at_risk[seen]
        share: Any = np.cumprod(1 - over / at_risk)
        with np.errstate(divide="ignore", invalid="ignore"):
            greenwood = np.cumsum(over / (at_risk * (at_risk - over)))
            log = np.log(share)
            spread = np.exp(two_sided_z(level) * np.sqrt(greenwood) / np.abs(log))
            low, high = share**spread, share ** (1 / spread)
        return cls(times, share, low, high)

    def quantile(self, q: float) -> tuple[float | None, float | None, float | None]:
        """Return the time after which a share q no longer waits, and its interval.

        The interval holds the times at which the hypothesis "a share q is over" is not rejected
        (Brookmeyer & Crowley 1982). None: not reached within what was seen.
        """
        return (
            self._first(self.share, q),
            self._first(np.where(np.isnan(self.low), 0.0, self.low), q),
            self._first(np.where(np.isnan(self.high), 1.0, self.high), q),
        )

    def _first(self, curve: Any, q: float) -> float | None:
        below = curve <= 1 - q + 1e-12
        return float(self.times[below.argmax()]) if below.any() else None
