"""The delivery gap: what the company believes against what customers say."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from math import exp, hypot, isfinite, log, sqrt
from typing import Any, Final, Literal

from attrs import frozen

from cxmetrics.concepts._base import Concept, Worked
from cxmetrics.concepts.boxes import reaches
from cxmetrics.concepts.breakdown import estimate_of
from cxmetrics.concepts.estimate import Estimate, Gap, small
from cxmetrics.engines.query import OffScale
from cxmetrics.errors import Caution, DataError, UsageError, did_you_mean
from cxmetrics.metrics import Score, linear
from cxmetrics.metrics.sheet import Sheet
from cxmetrics.metrics.text import interval_text
from cxmetrics.scale import Scale, one_to_five, yes_no
from cxmetrics.stats.distributions import two_sided_z
from cxmetrics.stats.intervals import Interval
from cxmetrics.summaries import Tally

Side = Literal["company", "customers"]
SIDES: Final[tuple[Side, Side]] = ("company", "customers")


@frozen(kw_only=True)
class DeliveryGap:
    """A share on each side, and what lies between them.

    Attributes:
        company: share that believes so, in percent.
        customers: share that says so, in percent.
        populations: who the two sides are, the company first.
        gap: company minus customers, in points of percent.
        ratio: company over customers; infinite where no customer agrees.
        ratio_interval: of the ratio; None where there is none.
        cautions: what a reader has to know.
    """

    company: Estimate
    customers: Estimate
    populations: tuple[str, str]
    gap: Gap
    ratio: float
    ratio_interval: Interval | None
    cautions: tuple[Caution, ...]

    @property
    def title(self) -> str:
        """The news in one line."""
        return (
            f"Delivery gap: {self.gap.texts()[0]} "
            f"({self.populations[0]} {self.company.texts()[0]}, "
            f"{self.populations[1]} {self.customers.texts()[0]})"
        )

    def sheet(self) -> Sheet:
        """Return the table."""
        value, ends, p = self.gap.texts()
        times = interval_text(self.ratio_interval, "rating")
        ratio = f"{self.ratio:.2f}" if isfinite(self.ratio) else "–"
        return Sheet(
            title=self.title,
            head=("", "share", "interval", "n"),
            rows=(
                (self.populations[0], *self.company.texts()),
                (self.populations[1], *self.customers.texts()),
                ("gap", value, ends, ""),
                ("ratio", ratio, times, ""),
            ),
            notes=() if self.gap.p_value is None else (f"Difference: {p} (N-1 chi-square).",),
            cautions=self.cautions,
        )

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready values."""
        return {
            "company": self.company.to_dict(),
            "customers": self.customers.to_dict(),
            "populations": list(self.populations),
            "gap": self.gap.to_dict(),
            "ratio": self.ratio if isfinite(self.ratio) else None,
            "ratio_interval": None
            if self.ratio_interval is None
            else self.ratio_interval.to_dict(),
            "cautions": [c.to_dict() for c in self.cautions],
        }

    def __str__(self) -> str:
        return str(self.sheet())

    def _repr_html_(self) -> str:
        return self.sheet().html()


def delivery_gap(
    data: Any,
    *,
    side: str = "side",
    company: str = "company",
    customers: str = "customers",
    rating: str = "rating",
    positive: Collection[float] = (4, 5),
    scale: Scale = one_to_five,
    populations: Sequence[str] = (),
    wordings: Sequence[str] = (),
    census: Literal["none", "company", "customers", "both"] = "none",
    weight: str | None = None,
    unit: str | None = None,
    where: Any = None,
    missing: Sequence[Any] = (),
    off_scale: OffScale = "error",
    level: float = 0.95,
) -> DeliveryGap:
    """Compare the share of a company that believes in its experience with that of its customers.

    Gap: company minus customers in points, with Newcombe's interval and the N-1 chi-square test
    where both sides are samples; ratio: company over customers, with the interval of the log
    ratio. Where one side is a declared figure or a census there is no interval of the gap.

    The well-known "80 against 8" has two readings: 8 % **of customers** agreed, or customers rated
    8 % **of companies** so. They are different quantities: say in `populations` which one yours is.

    Args:
        data: answers with a column that says the side; or `{"company": .., "customers": ..}`, each
            a pair (agreeing, asked) or a declared share from 0 to 1.
        side: the column that says who answered.
        company: the label of the company's side in that column.
        customers: the label of the customers' side in that column.
        rating: the column of ratings.
        positive: the ratings that agree.
        scale: of the ratings.
        populations: who was asked, the company first: "managers", "customers"; or "companies" where
            customers rated companies.
        wordings: the two questions, the company's first; where they differ the result says so.
        census: the side of which everybody was asked: it has no interval.
        weight: the column of survey weights.
        unit: the column that says who answered, where one may answer more than once.
        where: rows to keep.
        missing: values that stand for "no answer".
        off_scale: what to do with ratings that are no point of the scale.
        level: the confidence level.

    Raises:
        ColumnError: a column is not there.
        DataError: a side has no answers.
        ScaleError: a rating is no point of the scale.
        UsageError: a figure is no share.

    References:
        Allen, Reichheld, Hamilton & Markey 2005, "Closing the delivery gap", Bain & Company.

    Example:
        >>> print(delivery_gap({"company": (290, 362), "customers": (160, 2_000)}))
        Delivery gap: +72.1 pts (company 80.1 %, customers 8.0 %)
                         share            interval      n
          company       80.1 %      75.7 to 83.9 %    362
          customers      8.0 %        6.9 to 9.3 %  2,000
          gap        +72.1 pts  +67.5 to +76.1 pts
          ratio          10.01       8.56 to 11.72
          Difference: p < 0.001 (N-1 chi-square).
    """
    names = _two(populations, "populations") or (company, customers)
    asked = _two(wordings, "wordings")
    reaches(positive, scale.best, scale, "positive")
    agreeing = {point: 100.0 if point in positive else 0.0 for point in scale.points}
    figures = _figures(data)
    sides: dict[str, Score | float]
    if figures is None:
        metric = linear("agreement", scale, agreeing, unit="percent", title="Agreement")
        found = metric(
            data,
            by=side,
            rating=rating,
            weight=weight,
            unit=unit,
            where=where,
            missing=missing,
            off_scale=off_scale,
            level=level,
        )
        sides = {}
        for name, label in zip(SIDES, (company, customers), strict=True):
            if label not in found:
                raise DataError(
                    f"nobody is {label!r} in {side!r}; {did_you_mean(label, map(str, found))}"
                )
            sides[name] = found[label]
    else:
        agree = linear("agreement", yes_no, {0: 0.0, 1: 100.0}, unit="percent")
        sides = {
            name: figure
            if isinstance(figure, int | float)
            else agree(Tally.of(yes_no, {1: figure[0], 0: figure[1] - figure[0]}), level=level)
            for name, figure in figures.items()
        }
    return _gap(sides, names, asked, census, level)


def _two(texts: Sequence[str], what: str) -> tuple[str, str] | None:
    if not texts:
        return None
    if isinstance(texts, str) or len(texts) != 2:
        raise UsageError(f"{what} are two texts: the company's, then the customers'.")
    return texts[0], texts[1]


def _figures(data: Any) -> dict[Side, tuple[int, int] | float] | None:
    """Return what was counted or declared, None where the data are answers."""
    if not isinstance(data, Mapping) or set(data) != set(SIDES):
        return None
    found: dict[Side, tuple[int, int] | float] = {}
    for name in SIDES:
        value = data[name]
        if isinstance(value, tuple):
            if len(value) != 2 or not all(isinstance(n, int) for n in value):
                raise UsageError(
                    f"{name}={value!r}: counts are two whole numbers, agreeing and asked."
                )
            if not 0 <= value[0] <= value[1] or not value[1]:
                raise UsageError(
                    f"{name}={value!r}: say (agreeing, asked), agreeing not over asked."
                )
            found[name] = value
        elif isinstance(value, int | float) and 0 <= value <= 1:
            found[name] = float(value)
        else:
            raise UsageError(
                f"{name}={value!r}: say (agreeing, asked), or a share from 0 to 1 (0.8, not 80)."
            )
    return found


def _gap(
    sides: Mapping[str, Score | float],
    names: tuple[str, str],
    asked: tuple[str, str] | None,
    census: str,
    level: float,
) -> DeliveryGap:
    cautions: list[Caution] = []
    estimates, sampled = [], []
    for name, shown in zip(SIDES, names, strict=True):
        one = sides[name]
        if isinstance(one, int | float):
            estimates.append(
                Estimate(value=100 * one, interval=None, n=0, n_effective=0, unit="percent")
            )
            cautions.append(Caution("DECLARED_FIGURE", f"{shown}: a figure, not a sample."))
            continue
        cautions += [
            Caution(own.code, f"{shown}: {own.message}")
            for own in one.cautions
            if own.code != "SMALL_SAMPLE"  # said below, in fewer words
        ]
        whole = census in {name, "both"}
        estimates.append(estimate_of(one, sampled=not whole))
        if whole:
            cautions.append(Caution("DECLARED_FIGURE", f"{shown}: everybody was asked."))
        else:
            sampled.append(one)
            cautions += small(one.n, shown)
    believes, says = estimates
    gap = Gap(
        name="delivery gap",
        value=believes.value - says.value,
        interval=None,
        p_value=None,
        p_adjusted=None,
        unit="percent",
    )
    interval = None
    if len(sampled) == 2:
        compared = sampled[0].compare(sampled[1])
        gap = Gap.of("delivery gap", compared.difference, unit="percent")
        interval = _log_ratio(believes, says, level)
    if asked and asked[0] != asked[1]:
        cautions.append(
            Caution(
                "DIFFERENT_WORDING", f"the company was asked {asked[0]!r}, customers {asked[1]!r}."
            )
        )
    return DeliveryGap(
        company=believes,
        customers=says,
        populations=names,
        gap=gap,
        ratio=believes.value / says.value if says.value else float("inf"),
        ratio_interval=interval,
        cautions=tuple(cautions),
    )


def _log_ratio(first: Estimate, second: Estimate, level: float) -> Interval | None:
    """Return the interval of a ratio of two independent shares (Katz et al. 1978).

    Where one side is unanimous it shows no spread: then from Wilson's limits (Zou & Donner 2008).
    """
    if not first.value or not second.value:
        return None
    if 100 in (first.value, second.value):
        (a, mine), (b, theirs) = ((log(e.value), e.interval) for e in (first, second))
        if mine is None or theirs is None:
            return None
        low = a - b - hypot(a - log(mine.low), log(theirs.high) - b)
        high = a - b + hypot(log(mine.high) - a, b - log(theirs.low))
        return Interval(exp(low), exp(high), level, "mover_log")
    spread = sum((1 / (e.value / 100) - 1) / e.n_effective for e in (first, second))
    ratio = first.value / second.value
    reach = two_sided_z(level) * sqrt(spread)
    return Interval(exp(log(ratio) - reach), exp(log(ratio) + reach), level, "katz_log")


CONCEPTS = (
    Concept(
        name="delivery_gap",
        title="Delivery gap",
        french="écart de perception entre l'entreprise et ses clients",
        topic="gap",
        call="cxmetrics.concepts.catalogue.delivery:delivery_gap",
        unit="points of percent",
        direction="lower",
        scale="the same question on both sides, 1:5 unless said",
        formula="share of the company that agrees minus share of customers that agrees",
        interval="Newcombe where both sides are samples; none where one is declared or a census",
        reference="Allen, Reichheld, Hamilton & Markey 2005, Bain & Company",
        limits=(
            "80 against 8 has two readings: 8 % of customers, or 8 % of companies.",
            "Managers and customers must be asked the same question of the same experience.",
        ),
        example=Worked(
            code=(
                'found = cx.concept("delivery_gap")({"company": 0.80, "customers": 0.08})\n'
                "print(found.title)\n"
                "print(found.ratio)"
            ),
            shows=("Delivery gap: +72.0 pts (company 80.0 %, customers 8.0 %)\n10.0"),
            source="Bain 2005: 80 and 8 %, 362 firms; the gap is arithmetic",
        ),
    ),
)
