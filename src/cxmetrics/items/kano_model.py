"""The Kano model: which attributes must be there, which satisfy, which delight."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from math import sqrt
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np
from attrs import field, frozen

from cxmetrics.engines.columns import columns_of
from cxmetrics.engines.encode import encode, is_missing, plain, weights
from cxmetrics.errors import Caution, ColumnError, DataError, UsageError
from cxmetrics.metrics.sheet import grid
from cxmetrics.metrics.text import count, level_text, limits, number, p_text
from cxmetrics.stats.distributions import check_level, normal_p
from cxmetrics.stats.intervals import Interval
from cxmetrics.stats.intervals.wilson import wilson

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

Category = Literal["M", "O", "A", "I", "R", "Q"]
"""Must-be, one-dimensional, attractive, indifferent, reverse, questionable."""

CATEGORIES: Final[dict[Category, str]] = {
    "M": "must-be",
    "O": "one-dimensional",
    "A": "attractive",
    "I": "indifferent",
    "R": "reverse",
    "Q": "questionable",
}
"""In the order in which ties are broken: what is taken for granted comes first."""

TABLE: Final[tuple[tuple[Category, ...], ...]] = (
    ("Q", "A", "A", "A", "O"),
    ("R", "I", "I", "I", "M"),
    ("R", "I", "I", "I", "M"),
    ("R", "I", "I", "I", "M"),
    ("R", "R", "R", "R", "Q"),
)
"""Rows: the answer if the attribute is there (like, must be, neutral, live with, dislike); columns:
the answer if it is not, in the same order."""

ANSWERS: Final = (1, 2, 3, 4, 5)
_FEW: Final = 30


@frozen(kw_only=True, slots=False, eq=False)
class KanoAttribute:
    """One attribute.

    Attributes:
        name: of the attribute.
        shares: weighted share of each category, 0 to 1, of all pairs of answers.
        n: pairs of answers.
        n_effective: what they are worth with weights (Kish).
        missing: respondents without one of the answers.
        level: of the intervals.
    """

    name: str
    shares: Mapping[Category, float]
    n: int
    n_effective: float
    missing: int
    level: float = field(default=0.95)

    @cached_property
    def _ranked(self) -> list[Category]:
        return sorted(CATEGORIES, key=lambda c: (-self.shares[c], list(CATEGORIES).index(c)))

    @property
    def category(self) -> Category:
        """The most frequent category; of equal ones the first of M, O, A, I."""
        return self._ranked[0]

    @property
    def strength(self) -> float:
        """Share of the most frequent category minus that of the second."""
        return self.shares[self._ranked[0]] - self.shares[self._ranked[1]]

    @property
    def total_strength(self) -> float:
        """Share of A, O and M together: how many the attribute matters to at all."""
        return self.shares["A"] + self.shares["O"] + self.shares["M"]

    def _test(self, spread: float) -> float:
        first, second = (self.shares[category] for category in self._ranked[:2])
        return normal_p((first - second) * sqrt(self.n_effective / spread)) if spread > 0 else 1.0

    @property
    def p_value(self) -> float:
        """Of the test that the two most frequent categories are equally frequent.

        `z = (a - b) / sqrt(a + b)` with a and b answers: two cells of one multinomial (McNemar).
        """
        return self._test(sum(self.shares[category] for category in self._ranked[:2]))

    @property
    def fong_p_value(self) -> float:
        """The same by Fong 1996, `z = (a - b) / sqrt((a + b) (2n - a - b) / 2n)`.

        It forgets that a goes up where b goes down and rejects too often: 13 % instead of 5 % where
        both have 40 %. It is here to compare with published tables; `ambiguous` does not use it.
        """
        both = sum(self.shares[category] for category in self._ranked[:2])
        return self._test(both * (2 - both) / 2)

    @property
    def ambiguous(self) -> bool:
        """Whether the test leaves the category open at the level."""
        return self.p_value > 1 - self.level

    def _coefficient(self, *parts: Category) -> tuple[float, Interval] | None:
        """Return a share of A, O, M and I with its Wilson interval."""
        base = self.total_strength + self.shares["I"]
        if not base > 0:
            return None
        share = sum(self.shares[part] for part in parts) / base
        trials = base * self.n_effective
        low, high = wilson(share * trials, trials, level=self.level)
        return share, Interval(low, high, self.level, "wilson")

    @property
    def better(self) -> float | None:
        """(A + O) / (A + O + M + I): satisfaction if it is there. None if all are R or Q."""
        found = self._coefficient("A", "O")
        return None if found is None else found[0]

    @property
    def better_interval(self) -> Interval | None:
        """Wilson interval of `better`."""
        found = self._coefficient("A", "O")
        return None if found is None else found[1]

    @property
    def worse(self) -> float | None:
        """-(O + M) / (A + O + M + I): dissatisfaction if it is not there, 0 to -1."""
        found = self._coefficient("O", "M")
        return None if found is None else -found[0]

    @property
    def worse_interval(self) -> Interval | None:
        """Wilson interval of `worse`."""
        found = self._coefficient("O", "M")
        if found is None:
            return None
        return Interval(-found[1].high, -found[1].low, self.level, "wilson")

    @property
    def cautions(self) -> tuple[Caution, ...]:
        """What a reader of the category has to know."""
        found = []
        if self.n < _FEW:
            found.append(
                Caution("SMALL_SAMPLE", f"{self.name}: {self.n} pairs of answers, under {_FEW}.")
            )
        if self.ambiguous:
            first, second = (CATEGORIES[category] for category in self._ranked[:2])
            found.append(
                Caution(
                    "AMBIGUOUS_CATEGORY",
                    f"{self.name}: {first} and {second} are not told apart "
                    f"({p_text(self.p_value)}).",
                )
            )
        return tuple(found)

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready values."""
        better, worse = self.better_interval, self.worse_interval
        return {
            "name": self.name,
            "category": self.category,
            "shares": dict(self.shares),
            "better": self.better,
            "better_interval": None if better is None else better.to_dict(),
            "worse": self.worse,
            "worse_interval": None if worse is None else worse.to_dict(),
            "strength": self.strength,
            "total_strength": self.total_strength,
            "p_value": self.p_value,
            "fong_p_value": self.fong_p_value,
            "ambiguous": self.ambiguous,
            "n": self.n,
            "n_effective": self.n_effective,
            "missing": self.missing,
            "cautions": [c.to_dict() for c in self.cautions],
        }


@frozen(kw_only=True, eq=False)
class Kano(Mapping[str, KanoAttribute]):
    """The Kano categories of several attributes.

    Attributes:
        attributes: in the order in which they were named.
    """

    attributes: tuple[KanoAttribute, ...]

    def __getitem__(self, name: str) -> KanoAttribute:
        return {attribute.name: attribute for attribute in self.attributes}[name]

    def __iter__(self) -> Iterator[str]:
        return (attribute.name for attribute in self.attributes)

    def __len__(self) -> int:
        return len(self.attributes)

    @property
    def cautions(self) -> tuple[Caution, ...]:
        """Those of all attributes."""
        return tuple(caution for attribute in self.attributes for caution in attribute.cautions)

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready values."""
        return {"attributes": [attribute.to_dict() for attribute in self.attributes]}

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Kano) and self.to_dict() == other.to_dict()

    __hash__ = None  # type: ignore[assignment]  # equal by value, like the other results

    def __repr__(self) -> str:
        return f"<Kano of {len(self)} attributes>"

    def _texts(self) -> list[tuple[str, ...]]:
        def told(value: float | None, interval: Interval | None) -> str:
            if value is None or interval is None:
                return "–"
            return f"{number(value, 'rating')} ({limits(interval.low, interval.high, 'rating')})"

        return [
            (
                a.name,
                f"{CATEGORIES[a.category]}{' ?' if a.ambiguous else ''}",
                told(a.better, a.better_interval),
                told(a.worse, a.worse_interval),
                count(a.n),
            )
            for a in self.attributes
        ]

    def __str__(self) -> str:
        rows = self._texts()
        wide, wider = (max(len(row[place]) for row in rows) for place in (0, 1))
        level = level_text(self.attributes[0].level)
        lines = [f"Kano categories ({level} intervals; ? = not told apart from the second)"] + [
            f"  {name:<{wide}}  {category:<{wider}}  better {better}, worse {worse}, n = {n}"
            for name, category, better, worse, n in rows
        ]
        return "\n".join([*lines, *(f"  ! {caution}" for caution in self.cautions)])

    def _repr_html_(self) -> str:
        head = ("attribute", "category", "better", "worse", "n")
        return grid("Kano categories", head, self._texts(), cautions=self.cautions)


def kano(
    data: Any,
    *,
    attributes: Mapping[str, tuple[str, str]],
    answers: Sequence[Any] = ANSWERS,
    weight: str | None = None,
    where: Any = None,
    missing: Sequence[Any] = (),
    level: float = 0.95,
) -> Kano:
    """Classify attributes by pairs of questions: how if it is there, how if it is not.

    Args:
        data: columns by name or a data frame, one row a respondent.
        attributes: for each attribute the columns of the functional and the dysfunctional question.
        answers: the five answers in the order like, must be, neutral, live with, dislike.
        weight: the column of survey weights.
        where: rows to keep.
        missing: values that stand for "no answer"; a pair needs both answers.
        level: of the intervals and of the test.

    Raises:
        ColumnError: a column is missing, or holds something that is none of the answers.
        DataError: an attribute has no pair of answers.
        UsageError: the answers are not five different ones.

    References:
        Kano, Seraku, Takahashi & Tsuji 1984; Berger et al. 1993, Center for Quality of Management
        Journal 2(4); Fong 1996 (the test).

    Example:
        >>> made = {"with": [1, 1, 2, 1, 3], "without": [5, 3, 5, 5, 3]}
        >>> found = kano(made, attributes={"wifi": ("with", "without")})
        >>> found["wifi"].category, round(found["wifi"].better, 2), round(found["wifi"].worse, 2)
        ('O', 0.6, -0.6)
    """
    check_level(level)
    known = [plain(answer) for answer in answers]
    if len(known) != len(TABLE) or len(set(known)) < len(TABLE):
        raise UsageError(
            f"a Kano question has {len(TABLE)} different answers (like, must be, neutral, live "
            f"with, dislike), not {list(answers)!r}."
        )
    if not attributes:
        raise UsageError("no attribute is named: say attributes={name: (with, without)}.")
    pairs = [column for pair in attributes.values() for column in pair]
    extra = [] if weight is None else [weight]
    columns = columns_of(data, (*pairs, *extra), where=where)
    own = None if weight is None else weights(columns[weight], weight)
    gone = {plain(code) for code in missing}
    found = []
    for name, pair in attributes.items():
        first, second = (_places(columns[column], column, known, gone) for column in pair)
        there = (first >= 0) & (second >= 0)
        heavy = np.ones(int(there.sum())) if own is None else own[there]
        total = float(heavy.sum())
        if not total > 0:
            raise DataError(f"{name!r} has no pair of answers (or no weight): leave it out.")
        places = np.array([[list(CATEGORIES).index(c) for c in row] for row in TABLE])
        sums = np.bincount(places[first[there], second[there]], heavy, minlength=len(CATEGORIES))
        found.append(
            KanoAttribute(
                name=name,
                shares=dict(zip(CATEGORIES, (sums / total).tolist(), strict=True)),
                n=int(there.sum()),
                n_effective=total**2 / float(heavy @ heavy),
                missing=int((~there).sum()),
                level=level,
            )
        )
    return Kano(attributes=tuple(found))


def _places(column: Any, name: str, answers: list[Any], missing: set[Any]) -> NDArray[np.intp]:
    """Return the place of each answer, -1 where it is missing."""
    labels = encode(column)
    places = []
    for label in labels.labels:
        if is_missing(label) or label in missing:
            places.append(-1)
        elif label in answers:
            places.append(answers.index(label))
        else:
            row = int((labels.codes == labels.labels.index(label)).argmax())
            raise ColumnError(
                f"{name!r} holds {label!r} at index {row}, none of the answers {answers}: name "
                "them with answers=[…], or declare it with missing=[…]."
            )
    found: NDArray[np.intp] = np.array([*places, -1], dtype=np.intp)[labels.codes]
    return found
