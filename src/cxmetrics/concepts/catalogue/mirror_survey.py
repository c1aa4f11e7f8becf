"""The mirror survey: the same questions asked of customers and of employees."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, Final, Literal

from attrs import evolve, frozen

from cxmetrics.concepts._base import Concept, Worked
from cxmetrics.concepts.boxes import reaches
from cxmetrics.concepts.breakdown import estimate_of
from cxmetrics.concepts.estimate import Estimate, Gap, adjusted, small
from cxmetrics.engines import tally
from cxmetrics.engines.query import OffScale
from cxmetrics.errors import Caution, DataError, UsageError
from cxmetrics.metrics import Metric, Score, enps, linear, nps
from cxmetrics.metrics.sheet import Sheet
from cxmetrics.metrics.text import number
from cxmetrics.scale import Scale, one_to_five
from cxmetrics.stats.distributions import check_level
from cxmetrics.survey import finite_population

FLOOR: Final = 5
"""Employees under which nothing is shown of them."""


@frozen(kw_only=True)
class MirrorDimension:
    """One dimension, seen from both sides.

    Attributes:
        name: the dimension.
        customers: percent positive of the customers.
        employees: percent positive of the employees; NaN where they are too few to be shown.
        gap: employees minus customers, in points of percent; None where they are hidden.
    """

    name: str
    customers: Estimate
    employees: Estimate
    gap: Gap | None

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready values."""
        return {
            "name": self.name,
            "customers": self.customers.to_dict(),
            "employees": self.employees.to_dict(),
            "gap": None if self.gap is None else self.gap.to_dict(),
        }


@frozen(kw_only=True)
class Mirror:
    """Both sides of every dimension.

    Attributes:
        dimensions: in the order they were named.
        index: 100 minus the mean of the absolute gaps: 100 is perfect symmetry. It has no
            interval: chance makes gaps, so of small samples it is too low. None where all are
            hidden.
        nps: of the customers, where it was asked.
        enps: of the employees, where it was asked and enough answered.
        cautions: what a reader has to know.
    """

    dimensions: tuple[MirrorDimension, ...]
    index: float | None
    nps: Score | None
    enps: Score | None
    cautions: tuple[Caution, ...]

    def __getitem__(self, name: str) -> MirrorDimension:
        for one in self.dimensions:
            if one.name == name:
                return one
        raise KeyError(name)

    @property
    def title(self) -> str:
        """The news in one line."""
        shown = [one for one in self.dimensions if one.gap is not None]
        index = "hidden" if self.index is None else f"{self.index:.1f} of 100"
        if not shown:
            return f"Mirror survey: index {index}"
        widest = max(shown, key=lambda one: abs(one.gap.value) if one.gap else 0)
        assert widest.gap is not None  # noqa: S101  # only those shown
        return f"Mirror survey: index {index}, widest gap {widest.name} {widest.gap.texts()[0]}"

    def sheet(self) -> Sheet:
        """Return the table."""
        rows = []
        for one in self.dimensions:
            gap = ("hidden", "–", "–") if one.gap is None else one.gap.texts()
            mine = number(one.employees.value, "percent") if one.gap is not None else "hidden"
            rows.append((one.name, number(one.customers.value, "percent"), mine, *gap))
        notes = ["Gap: employees minus customers; p-values adjusted (Holm)."]
        notes += [str(score).splitlines()[0] for score in (self.nps, self.enps) if score]
        return Sheet(
            title=self.title,
            head=("dimension", "customers", "employees", "gap", "interval", "p"),
            rows=rows,
            notes=notes,
            cautions=self.cautions,
        )

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready values."""
        return {
            "index": self.index,
            "dimensions": [one.to_dict() for one in self.dimensions],
            "nps": None if self.nps is None else self.nps.summary(),
            "enps": None if self.enps is None else self.enps.summary(),
            "cautions": [c.to_dict() for c in self.cautions],
        }

    def __str__(self) -> str:
        return str(self.sheet())

    def _repr_html_(self) -> str:
        return self.sheet().html()


def mirror(
    data: Any,
    *,
    dimensions: Mapping[str, Sequence[str]],
    side: str | None = None,
    customer: str = "customer",
    employee: str = "employee",
    employees: Any = None,
    positive: Collection[float] = (4, 5),
    scale: Scale = one_to_five,
    employee_positive: Collection[float] = (),
    employee_scale: Scale | None = None,
    recommend: Sequence[str] = (),
    census: Literal["none", "employees"] = "none",
    headcount: float | None = None,
    floor: int = FLOOR,
    weight: str | None = None,
    employee_weight: str | None = None,
    missing: Sequence[Any] = (),
    off_scale: OffScale = "error",
    level: float = 0.95,
) -> Mirror:
    """Compare what customers and employees say of the same dimensions.

    Per dimension: percent positive on each side, gap = employees minus customers in points, with
    Newcombe's interval and the N-1 chi-square test (p-values Holm-adjusted over the dimensions). A
    negative gap means that customers are served better than employees feel they are. Index = 100
    minus the mean absolute gap; it is this library's, not a published one.

    Args:
        data: one row a respondent; of customers alone where `employees` are handed over apart.
        dimensions: for each its column, or two columns: that of the customers, that of the
            employees.
        side: the column that says who answered; needed where both sides share a column.
        customer: the label of customers in that column.
        employee: the label of employees in that column.
        employees: the answers of the employees, where they are a table of their own.
        positive: the ratings that count as positive.
        scale: of the ratings.
        employee_positive: the same of the employees' ratings, where they differ.
        employee_scale: the scale of the employees' ratings, where it differs.
        recommend: the columns of both recommendation questions, 0 to 10: that of the customers
            (NPS), that of the employees (eNPS).
        census: `"employees"` where all of them were asked and answered: no interval then.
        headcount: how many employees there are, for the finite population correction.
        floor: the fewest employees that may stand behind a number.
        weight: the column of weights of the customers, of both sides in one table.
        employee_weight: the column of weights of the employees in a table of their own.
        missing: values that stand for "no answer".
        off_scale: what to do with ratings that are no point of the scale.
        level: the confidence level.

    Raises:
        ColumnError: a column is not there.
        DataError: nobody is on one side.
        ScaleError: a rating is no point of the scale.
        UsageError: a dimension has no columns, or nothing says who answered.

    References:
        Ditandy & Meyronin 2007, Du management au marketing des services (the principle); Newcombe
        1998, Statistics in Medicine 17:873-890.

    Example:
        >>> answers = {"who": ["customer"] * 60 + ["employee"] * 40,
        ...            "trust": [5, 4, 2] * 20 + [4, 3, 2, 5] * 10}
        >>> found = mirror(answers, dimensions={"trust": ["trust"]}, side="who")
        >>> found["trust"].gap.texts()
        ('−16.7 pts', '−34.9 to +2.8 pts', 'p = 0.097')
    """
    check_level(level)
    if not dimensions:
        raise UsageError("no dimension is named.")
    if floor < 1:
        raise UsageError(f"floor={floor}: at least 1 employee stands behind a number.")
    positive_of = (positive, employee_positive or positive)
    scales = (scale, employee_scale or scale)
    for own, boxes, name in zip(
        scales, positive_of, ("positive", "employee_positive"), strict=True
    ):
        reaches(boxes, own.best, own, name)
    metrics = [
        linear(
            "positive",
            own,
            {point: 100.0 if point in boxes else 0.0 for point in own.points},
            unit="percent",
        )
        for own, boxes in zip(scales, positive_of, strict=True)
    ]
    theirs = data if employees is None else employees
    sides = (
        _Side(data=data, label=customer, weight=weight, population=None),
        _Side(
            data=theirs,
            label=employee,
            weight=weight if employees is None else employee_weight,
            population=headcount,
        ),
    )
    where = None if employees is not None else side
    shared: dict[str, Any] = {"missing": tuple(missing), "off_scale": off_scale, "level": level}
    found: list[MirrorDimension] = []
    hidden: list[str] = []
    aside: list[Caution] = []
    for name, columns in dimensions.items():
        pair = _pair(name, columns, alone=side is None and employees is None)
        c, e = (
            one.score(metric, column, where, shared)
            for one, metric, column in zip(sides, metrics, pair, strict=True)
        )
        for one, score in zip(sides, (c, e), strict=True):
            if not score.n:
                raise DataError(f"no {one.label!r} has an answer to {name!r}.")
        if e.n < floor:
            hidden.append(name)
        for one, score in zip(sides, (c, e), strict=True):
            if score is c or e.n >= floor:
                aside += [
                    Caution("OFF_SCALE", f"{name}, {one.label}: {own.message}")
                    for own in score.cautions
                    if own.code == "OFF_SCALE"
                ]
        everybody = census == "employees" or (headcount is not None and e.n >= headcount)
        found.append(_dimension(name, c, e, whole=everybody, floor=floor))
    gaps = adjusted([one.gap for one in found if one.gap is not None])
    told = iter(gaps)
    found = [one if one.gap is None else evolve(one, gap=next(told)) for one in found]
    widths = [abs(gap.value) for gap in gaps]
    scored = _recommended(sides, recommend, where, shared, floor)
    return Mirror(
        dimensions=tuple(found),
        index=100 - sum(widths) / len(widths) if widths else None,
        nps=scored[0],
        enps=scored[1],
        cautions=(*aside, *_cautions(found, hidden, census, floor)),
    )


@frozen(kw_only=True)
class _Side:
    data: Any
    label: str
    weight: str | None
    population: float | None

    def score(
        self, metric: Metric, column: str, side: str | None, shared: Mapping[str, Any]
    ) -> Score:
        cube = tally(
            self.data,
            metric.scale,
            rating=column,
            weight=self.weight,
            where=None if side is None else {side: self.label},
            missing=shared["missing"],
            off_scale=shared["off_scale"],
        )
        if self.population is not None:
            if self.population < cube.overall.n:
                raise UsageError(
                    f"headcount={self.population:g}, and {cube.overall.n} employees answered."
                )
            if self.population > cube.overall.n:
                cube = finite_population(cube, population=self.population)
        return metric.of(cube.overall, level=shared["level"])


def _pair(name: str, columns: Sequence[str], *, alone: bool) -> tuple[str, str]:
    own = (columns,) if isinstance(columns, str) else tuple(columns)
    if len(own) not in {1, 2}:
        raise UsageError(f"{name}: name its column, or that of customers and that of employees.")
    if len(own) == 1 and alone:
        raise UsageError(
            f"{name}: both sides share the column {own[0]!r}; say side=, the column that tells "
            "customers from employees."
        )
    return own[0], own[-1]


def _dimension(name: str, c: Score, e: Score, *, whole: bool, floor: int) -> MirrorDimension:
    customers = estimate_of(c)
    if e.n < floor:
        blank = Estimate(value=float("nan"), interval=None, n=0, n_effective=0, unit="percent")
        return MirrorDimension(name=name, customers=customers, employees=blank, gap=None)
    gap = Gap(
        name=name,
        value=e.value - c.value,
        interval=None,
        p_value=None,
        p_adjusted=None,
        unit="percent",
    )
    if not whole and min(c.n, e.n) > 1:
        gap = Gap.of(name, e.compare(c).difference, unit="percent")
    return MirrorDimension(
        name=name, customers=customers, employees=estimate_of(e, sampled=not whole), gap=gap
    )


def _recommended(
    sides: tuple[_Side, _Side],
    columns: Sequence[str],
    side: str | None,
    shared: Mapping[str, Any],
    floor: int,
) -> tuple[Score | None, Score | None]:
    if not columns:
        return None, None
    if isinstance(columns, str) or len(columns) != 2:
        raise UsageError("recommend names two columns: that of customers, that of employees.")
    theirs = sides[1].score(enps, columns[1], side, shared)
    return sides[0].score(nps, columns[0], side, shared), theirs if theirs.n >= floor else None


def _cautions(
    found: Sequence[MirrorDimension], hidden: Sequence[str], census: str, floor: int
) -> Iterator[Caution]:
    if hidden:
        said = f"fewer than {floor} employees answered: {', '.join(hidden)} not shown."
        yield Caution("SUPPRESSED", said)
    if census == "employees":
        yield Caution("DECLARED_FIGURE", "all employees were asked: no interval of the gaps.")
    shown = [one for one in found if one.gap is not None]
    if shown:
        yield from small(min(one.employees.n for one in shown), "employees")
        yield from small(min(one.customers.n for one in shown), "customers")


CONCEPTS = (
    Concept(
        name="mirror",
        title="Mirror survey of customers and employees",
        french="symétrie des attentions : enquête miroir clients-collaborateurs",
        topic="gap",
        call="cxmetrics.concepts.catalogue.mirror_survey:mirror",
        unit="points of percent",
        direction="none",
        scale="the same dimensions on both sides, 1:5 unless said",
        formula="gap = percent positive of employees minus percent positive of customers",
        interval="Newcombe (finite population correction with headcount); none for a census",
        reference="Ditandy & Meyronin 2007; Newcombe 1998",
        limits=(
            "Both sides must be asked about the same dimension in mirrored words.",
            "That units with happier employees have happier customers is a relation of units.",
            "The index has no interval: of small samples it is too low.",
        ),
        example=Worked(
            code=(
                "answers = {\n"
                "    'who': ['customer'] * 100 + ['employee'] * 100,\n"
                "    'behaviour': [5] * 59 + [2] * 41 + [5] * 59 + [2] * 41,\n"
                "}\n"
                "found = cx.concept('mirror')(\n"
                "    answers, dimensions={'behaviour': ['behaviour']}, side='who'\n"
                ")\n"
                "print(found['behaviour'].gap.value, found.index)"
            ),
            shows="0.0 100.0",
            source="barometer of insurance 2023, dimension behaviour: 59 % on both sides",
        ),
        notice="Symétrie des Attentions is a protected name of the Académie du Service.",
    ),
)
