"""Check readings against labels that people gave: precision, recall, F1, kappa, with intervals."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from attrs import field, frozen

from cxmetrics.errors import Caution, DataError, UsageError, did_you_mean
from cxmetrics.metrics.sheet import Sheet
from cxmetrics.metrics.text import count, limits, number
from cxmetrics.stats.distributions import check_level
from cxmetrics.stats.intervals import Interval
from cxmetrics.stats.intervals.wilson import wilson
from cxmetrics.verbatims.agreement import Agreement, ratio

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cxmetrics.verbatims.reading import Readings

    Bools = NDArray[np.bool_]
    Floats = NDArray[np.float64]

REPLICATES: Final = 2000
SEED: Final = 19_600_420
_FEW: Final = 30

NOT_EVALUATED: Final = Caution(
    "NOT_EVALUATED",
    "nobody has checked yet how well the dictionary reads these texts: draw some 200 at random, "
    "label them, and compare with evaluate.",
)
"""What results say that rest on readings which were not evaluated."""


@frozen(kw_only=True, slots=False, eq=False)
class Evaluation(Mapping[str, Agreement]):
    """Readings against labels: an `Agreement` by theme, and all themes together.

    Attributes:
        read: shape (labelled texts, themes): what was read.
        labels: the same: what people said.
        columns: the keys of the themes.
        unlabelled: texts without a label, which were left out.
        fingerprint: of the dictionary.
        level: of the intervals.
        seed: of the bootstrap.
    """

    read: Bools
    labels: Bools
    columns: tuple[str, ...]
    unlabelled: int
    fingerprint: str
    level: float = 0.95
    seed: int = field(default=SEED)

    @property
    def n(self) -> int:
        """Labelled texts."""
        return len(self.labels)

    @cached_property
    def themes(self) -> Mapping[str, Agreement]:
        """The themes that a reading or a label names, the most labelled first."""
        both = (self.read & self.labels).sum(axis=0)
        read, label = self.read.sum(axis=0), self.labels.sum(axis=0)
        order = np.lexsort((np.arange(len(self.columns)), -read, -label)).tolist()
        return {
            self.columns[at]: Agreement(
                key=self.columns[at],
                both=int(both[at]),
                read_only=int(read[at] - both[at]),
                label_only=int(label[at] - both[at]),
                neither=int(self.n - read[at] - label[at] + both[at]),
                level=self.level,
            )
            for at in order
            if read[at] or label[at]
        }

    def __getitem__(self, key: str) -> Agreement:
        return self.themes[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self.themes)

    def __len__(self) -> int:
        return len(self.themes)

    @property
    def precision(self) -> float | None:
        """Micro: of all themes read, the share that the labels confirm."""
        return ratio(*self._counts("precision"))

    @property
    def recall(self) -> float | None:
        """Micro: of all labels, the share that was read."""
        return ratio(*self._counts("recall"))

    @property
    def f1(self) -> float | None:
        """Micro F1: all texts and themes in one table."""
        return ratio(*self._counts("f1"))

    @property
    def macro_f1(self) -> float | None:
        """The mean F1 of the themes that a reading or a label names."""
        found = [each.f1 for each in self.themes.values() if each.f1 is not None]
        return float(np.mean(found)) if found else None

    @property
    def precision_interval(self) -> Interval | None:
        """Percentile bootstrap of texts."""
        return self._interval("precision")

    @property
    def recall_interval(self) -> Interval | None:
        """Percentile bootstrap of texts."""
        return self._interval("recall")

    @property
    def f1_interval(self) -> Interval | None:
        """Percentile bootstrap of texts."""
        return self._interval("f1")

    @property
    def macro_f1_interval(self) -> Interval | None:
        """Percentile bootstrap of texts; themes that a draw does not name are left out of it."""
        return self._interval("macro_f1")

    def _counts(self, name: str) -> tuple[int, int]:
        both = int((self.read & self.labels).sum())
        read, label = int(self.read.sum()), int(self.labels.sum())
        return {
            "precision": (both, read),
            "recall": (both, label),
            "f1": (2 * both, read + label),
        }[name]

    @cached_property
    def _draws(self) -> Mapping[str, Floats]:
        """What the summary numbers are when the texts are drawn anew."""
        rng = np.random.default_rng(self.seed)
        weights = rng.multinomial(self.n, np.full(self.n, 1 / self.n), size=REPLICATES)
        both = (weights @ (self.read & self.labels)).astype(float)
        read = (weights @ self.read).astype(float)
        label = (weights @ self.labels).astype(float)
        with np.errstate(invalid="ignore", divide="ignore"):
            each = 2 * both / (read + label)
            named = ~np.isnan(each)
            return {
                "precision": both.sum(axis=1) / read.sum(axis=1),
                "recall": both.sum(axis=1) / label.sum(axis=1),
                "f1": 2 * both.sum(axis=1) / (read + label).sum(axis=1),
                "macro_f1": np.where(named, each, 0).sum(axis=1) / named.sum(axis=1),
            }

    def _interval(self, name: str) -> Interval | None:
        value = getattr(self, name)
        if value is None:
            return None
        draws = self._draws[name]
        draws = draws[~np.isnan(draws)]
        ends = [(1 - self.level) / 2, (1 + self.level) / 2]
        low, high = map(float, np.quantile(draws, ends))
        if low == high:  # all texts agree, or none does: the bootstrap sees no spread
            low, high = wilson(round(value * self.n), self.n, level=self.level)
            return Interval(min(low, value), max(high, value), self.level, "wilson")
        return Interval(min(low, value), max(high, value), self.level, "bootstrap")

    @cached_property
    def cautions(self) -> tuple[Caution, ...]:
        """What a reader of the numbers has to know."""
        rare = [key for key, each in self.themes.items() if each.both + each.label_only < _FEW]
        if not rare:
            return ()
        shown = ", ".join(rare[:5]) + (", …" if len(rare) > 5 else "")
        return (
            Caution(
                "SMALL_SAMPLE",
                f"{len(rare)} themes have fewer than {_FEW} labelled texts ({shown}): read their "
                "intervals.",
            ),
        )

    @property
    def title(self) -> str:
        """Micro precision, recall and F1 with their intervals."""
        told = ", ".join(
            f"{said} {_text(getattr(self, name), getattr(self, f'{name}_interval'))}"
            for name, said in (("precision", "precision"), ("recall", "recall"), ("f1", "F1"))
        )
        return f"{count(self.n)} labelled texts: {told}"

    def sheet(self) -> Sheet:
        """Return a row a theme."""
        rows = [
            (
                key,
                count(each.both + each.label_only),
                *(
                    _text(getattr(each, name), getattr(each, f"{name}_interval"))
                    for name in ("precision", "recall", "f1", "kappa")
                ),
            )
            for key, each in self.themes.items()
        ]
        macro = "–" if self.macro_f1 is None else number(self.macro_f1, "rating")
        summary = (
            f"Mean F1 of the themes (macro): {macro}. Dictionary {self.fingerprint}. "
            f"{count(self.unlabelled)} texts without a label were left out."
        )
        how = (
            "Intervals: Wilson (precision, recall, F1), Fleiss, Cohen & Everitt (kappa), bootstrap "
            "of texts (all themes together)."
        )
        return Sheet(
            title=self.title,
            head=("theme", "labelled", "precision", "recall", "F1", "kappa"),
            rows=rows,
            notes=(summary, how),
            cautions=self.cautions,
        )

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready values."""
        made: dict[str, Any] = {
            "n": self.n,
            "unlabelled": self.unlabelled,
            "dictionary": self.fingerprint,
        }
        for name in ("precision", "recall", "f1", "macro_f1"):
            interval = self._interval(name)
            made[name] = getattr(self, name)
            made[f"{name}_interval"] = None if interval is None else interval.to_dict()
        made["themes"] = [each.to_dict() for each in self.themes.values()]
        made["cautions"] = [c.to_dict() for c in self.cautions]
        return made

    def __str__(self) -> str:
        return str(self.sheet())

    def __repr__(self) -> str:
        return f"<Evaluation of {self.n} texts, {len(self)} themes>"

    def _repr_html_(self) -> str:
        return self.sheet().html()


def evaluate(
    readings: Readings,
    labels: Sequence[Iterable[str] | None],
    *,
    level: float = 0.95,
    seed: int = SEED,
) -> Evaluation:
    """Compare what was read with what people say the texts speak of.

    The sample has to be drawn at random from the texts that will be read, and labelled without
    seeing the readings.

    Args:
        readings: of `read`.
        labels: for each text the keys of its themes (an empty list: of none); None where nobody
            looked, which is left out and counted.
        level: of the intervals.
        seed: of the bootstrap.

    Raises:
        DataError: there is no label.
        UsageError: there are more or fewer labels than texts, or a label is no theme.

    References:
        Cohen 1960, Educational and Psychological Measurement 20:37-46; Fleiss, Cohen & Everitt
        1969, Psychological Bulletin 72:323-327 (kappa and its standard error); Wilson 1927; van
        Rijsbergen 1979 (F1).

    Example:
        >>> from cxmetrics.verbatims import read
        >>> found = read(["Endless queue", "Rude staff", "Too expensive", "Rien à redire"])
        >>> checked = evaluate(found, [["waiting"], ["staff"], ["staff", "price"], None])
        >>> checked["staff"].recall, checked["staff"].precision, checked.n
        (0.5, 1.0, 3)
    """
    check_level(level)
    if len(labels) != len(readings):
        raise UsageError(f"there are {len(readings)} texts and {len(labels)} labels: one for each.")
    rows = [row for row, each in enumerate(labels) if each is not None]
    if not rows:
        raise DataError("no text has a label: give lists of themes, empty ones too.")
    keys = readings.keys
    told = np.zeros((len(rows), len(keys)), dtype=bool)
    for place, row in enumerate(rows):
        given = labels[row] or ()
        if isinstance(given, str):
            raise UsageError(f"label {row} is the text {given!r}: give a list of themes.")
        for key in given:
            if key not in keys:
                raise UsageError(
                    f"label {row}: there is no theme {key!r}; {did_you_mean(key, keys)}"
                )
            told[place, keys.index(key)] = True
    return Evaluation(
        read=readings.themes[rows],
        labels=told,
        columns=keys,
        unlabelled=len(labels) - len(rows),
        fingerprint=readings.dictionary.fingerprint,
        level=level,
        seed=seed,
    )


def _text(value: float | None, interval: Interval | None) -> str:
    if value is None or interval is None:
        return "–"
    return f"{number(value, 'rating')} ({limits(interval.low, interval.high, 'rating')})"
