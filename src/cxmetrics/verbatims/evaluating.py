"""Check readings against labels that people gave: precision, recall, F1, kappa, with intervals."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from math import sqrt
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from attrs import field, frozen

from cxmetrics.errors import Caution, DataError, UsageError, did_you_mean
from cxmetrics.metrics.sheet import Sheet
from cxmetrics.metrics.text import count, limits, number
from cxmetrics.stats.distributions import check_level, two_sided_z
from cxmetrics.stats.intervals import Interval
from cxmetrics.stats.intervals.wilson import wilson

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
        return _ratio(self.both, self.both + self.read_only)

    @property
    def recall(self) -> float | None:
        """The share of the labels that were read; None without a label."""
        return _ratio(self.both, self.both + self.label_only)

    @property
    def f1(self) -> float | None:
        """`2 both / (2 both + read_only + label_only)`; None where nobody names the theme."""
        return _ratio(2 * self.both, 2 * self.both + self.read_only + self.label_only)

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
        return _ratio(*self._counts("precision"))

    @property
    def recall(self) -> float | None:
        """Micro: of all labels, the share that was read."""
        return _ratio(*self._counts("recall"))

    @property
    def f1(self) -> float | None:
        """Micro F1: all texts and themes in one table."""
        return _ratio(*self._counts("f1"))

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

        def told(name: str) -> str:
            return _text(getattr(self, name), getattr(self, f"{name}_interval"))

        return f"{count(self.n)} labelled texts: precision {told('precision')}, recall {told('recall')}, F1 {told('f1')}"

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
        made["cautions"] = [{"code": c.code, "message": c.message} for c in self.cautions]
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


def _ratio(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def _text(value: float | None, interval: Interval | None) -> str:
    if value is None or interval is None:
        return "–"
    return f"{number(value, 'rating')} ({limits(interval.low, interval.high, 'rating')})"
