"""How far readings and labels agree on one theme: precision, recall, F1, kappa."""

from __future__ import annotations

from math import sqrt
from typing import TYPE_CHECKING, Any

import numpy as np
from attrs import frozen

from cxmetrics.stats.distributions import two_sided_z
from cxmetrics.stats.intervals import Interval
from cxmetrics.stats.intervals.wilson import wilson

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


@frozen(kw_only=True)
class Agreement:
    """How well one theme was found, from the four counts of texts.

    Attributes:
        key: of the theme.
        both: texts for which reading and label name the theme.
        read_only: the reading alone: false alarms.
        label_only: the label alone: missed.
        neither: none of both.
        level: of the intervals.
    """

    key: str
    both: int
    read_only: int
    label_only: int
    neither: int
    level: float = 0.95

    @property
    def n(self) -> int:
        """Labelled texts."""
        return self.both + self.read_only + self.label_only + self.neither

    @property
    def precision(self) -> float | None:
        """The share of the readings that the labels confirm; None without a reading."""
        return ratio(self.both, self.both + self.read_only)

    @property
    def recall(self) -> float | None:
        """The share of the labels that were read; None without a label."""
        return ratio(self.both, self.both + self.label_only)

    @property
    def f1(self) -> float | None:
        """`2 both / (2 both + read_only + label_only)`; None where nobody names the theme."""
        return ratio(2 * self.both, 2 * self.both + self.read_only + self.label_only)

    @property
    def kappa(self) -> float | None:
        """Cohen's kappa: agreement beyond chance; None where chance alone agrees everywhere."""
        chance = self._chance
        return None if chance == 1 else (self._observed - chance) / (1 - chance)

    @property
    def precision_interval(self) -> Interval | None:
        """Wilson's."""
        return self._wilson(self.both, self.both + self.read_only)

    @property
    def recall_interval(self) -> Interval | None:
        """Wilson's."""
        return self._wilson(self.both, self.both + self.label_only)

    @property
    def f1_interval(self) -> Interval | None:
        """Wilson's of `J = both / (both + read_only + label_only)`: F1 is `2J / (1 + J)`."""
        of = self._wilson(self.both, self.both + self.read_only + self.label_only)
        if of is None:
            return None
        return Interval(
            2 * of.low / (1 + of.low), 2 * of.high / (1 + of.high), self.level, "wilson"
        )

    @property
    def kappa_interval(self) -> Interval | None:
        """Of Fleiss, Cohen & Everitt (1969), large samples.

        Where that has no width (all texts agree), it comes from Wilson's interval of the agreement.
        """
        kappa, chance = self.kappa, self._chance
        if kappa is None:
            return None
        margin, method = two_sided_z(self.level) * self._kappa_error, "fleiss"
        low, high = kappa - margin, kappa + margin
        if not margin:
            ends = wilson(self.both + self.neither, self.n, level=self.level)
            low, high = ((end - chance) / (1 - chance) for end in ends)
            method = "wilson"
        return Interval(max(low, -1.0), min(high, 1.0), self.level, method)

    @property
    def _shares(self) -> Floats:
        table = np.array(
            [[self.both, self.read_only], [self.label_only, self.neither]], dtype=float
        )
        return table / max(self.n, 1)

    @property
    def _observed(self) -> float:
        return (self.both + self.neither) / self.n

    @property
    def _chance(self) -> float:
        read = (self.both + self.read_only) / self.n
        label = (self.both + self.label_only) / self.n
        return read * label + (1 - read) * (1 - label)

    @property
    def _kappa_error(self) -> float:
        p, kappa = self._shares, self.kappa or 0.0
        read, label = p.sum(axis=1), p.sum(axis=0)
        same = float((np.diag(p) * (1 - (read + label) * (1 - kappa)) ** 2).sum())
        cross = (1 - kappa) ** 2 * sum(
            p[i, j] * (label[i] + read[j]) ** 2 for i, j in ((0, 1), (1, 0))
        )
        chance = (kappa - self._chance * (1 - kappa)) ** 2
        return sqrt(max(same + float(cross) - chance, 0.0) / self.n) / (1 - self._chance)

    def _wilson(self, hits: int, many: int) -> Interval | None:
        if not many:
            return None
        return Interval(*wilson(hits, many, level=self.level), self.level, "wilson")

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready values."""
        made: dict[str, Any] = {
            "key": self.key,
            "both": self.both,
            "read_only": self.read_only,
            "label_only": self.label_only,
            "neither": self.neither,
        }
        for name in ("precision", "recall", "f1", "kappa"):
            interval = getattr(self, f"{name}_interval")
            made[name] = getattr(self, name)
            made[f"{name}_interval"] = None if interval is None else interval.to_dict()
        return made


def ratio(part: int, whole: int) -> float | None:
    """Return a share; None of nothing."""
    return part / whole if whole else None
