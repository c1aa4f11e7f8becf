"""The 5A path: who reached which stage, who buys and who advocates among those who know."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from math import exp, nan, sqrt
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from attrs import asdict, frozen

from cxmetrics.concepts._base import Concept, Worked
from cxmetrics.concepts.answers import answers
from cxmetrics.concepts.estimate import Estimate, small
from cxmetrics.errors import Caution, DataError, UsageError
from cxmetrics.metrics.sheet import Sheet
from cxmetrics.metrics.text import count
from cxmetrics.records import five_a as standard
from cxmetrics.scale import yes_no
from cxmetrics.stats.averages import Averages, averages
from cxmetrics.stats.distributions import check_level, two_sided_z
from cxmetrics.stats.intervals import Interval
from cxmetrics.stats.intervals.wilson import wilson

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

RATIOS: Final = ("attraction", "curiosity", "commitment", "affinity")
"""The ratios of neighbouring stages of the five A: the later over the earlier."""
ARCHETYPES: Final[Mapping[str, str]] = {
    "curiosity": "goldfish",
    "commitment": "door knob",
    "affinity": "trumpet",
}
"""What the path is called when more customers reached the later stage of a ratio."""


@frozen(kw_only=True)
class StageRatio:
    """Customers of a later stage over those of an earlier one.

    Attributes:
        name: such as commitment, or PAR; "" between other stages than the five A.
        later: the stage above the line.
        earlier: the stage below it.
        value: NaN where nobody reached the earlier stage.
        interval: Wilson's where the later stage is part of the earlier one, else that of the log
            ratio; None where there is none.
        nested: whether everybody of the later stage was at the earlier one.
    """

    name: str
    later: str
    earlier: str
    value: float
    interval: Interval | None
    nested: bool

    @property
    def above_one(self) -> bool:
        """Whether more customers reached the later stage: legal, and no funnel."""
        return self.value > 1

    def texts(self) -> tuple[str, str]:
        """Return the ratio and its interval as a table shows them."""
        own = self.interval
        known = self.value == self.value
        return (
            f"{self.value:.3f}{' !' if self.above_one else ''}" if known else "–",
            "–" if own is None else f"{own.low:.3f} to {own.high:.3f}",
        )

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready values."""
        value = None if self.value != self.value else self.value
        return {**asdict(self), "value": value, "above_one": self.above_one}


@frozen(kw_only=True)
class FiveA:
    """Who reached which stage, and the ratios between stages.

    Attributes:
        reached: by stage, the share of all customers who ever reached it.
        ratios: of neighbouring stages, in order.
        par: purchase action ratio: customers who act over customers who are aware.
        bar: brand advocacy ratio: customers who advocate over customers who are aware.
        archetype: `"funnel"` where neither curiosity, commitment nor affinity is above 1; else that
            of the largest of them, `"goldfish"`, `"door knob"` or `"trumpet"`; "" where its
            interval includes 1, or for other stages than the five A.
        cautions: what a reader has to know.
    """

    reached: Mapping[str, Estimate]
    ratios: tuple[StageRatio, ...]
    par: StageRatio
    bar: StageRatio
    archetype: str
    cautions: tuple[Caution, ...]

    @property
    def title(self) -> str:
        """The news in one line."""
        kind = f", archetype {self.archetype}" if self.archetype else ""
        par, bar = self.par.texts()[0], self.bar.texts()[0]
        return f"5A: PAR {par}, BAR {bar}, of those {self.par.earlier}{kind}"

    def sheet(self) -> Sheet:
        """Return the table."""
        stages = tuple((name, *one.texts()) for name, one in self.reached.items())
        ratios = tuple(
            (" = ".join(filter(None, (one.name, f"{one.later} / {one.earlier}"))), *one.texts(), "")
            for one in (*self.ratios, self.par, self.bar)
        )
        return Sheet(
            title=self.title,
            head=("stage or ratio", "value", "interval", "n"),
            rows=(*stages, *ratios),
            notes=("Ever reached, in any order. ! above 1: the path is no funnel there.",),
            cautions=self.cautions,
        )

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready values."""
        return {
            "reached": {name: one.to_dict() for name, one in self.reached.items()},
            "ratios": [one.to_dict() for one in self.ratios],
            "par": self.par.to_dict(),
            "bar": self.bar.to_dict(),
            "archetype": self.archetype or None,
            "cautions": [c.to_dict() for c in self.cautions],
        }

    def __str__(self) -> str:
        return str(self.sheet())

    def _repr_html_(self) -> str:
        return self.sheet().html()


def five_a(
    data: Any,
    *,
    stages: Mapping[str, str] | None = None,
    act: str = "act",
    advocate: str = "advocate",
    weight: str | None = None,
    unit: str | None = None,
    strata: str | None = None,
    where: Any = None,
    missing: Sequence[Any] = (),
    level: float = 0.95,
) -> FiveA:
    """Measure the 5A path: reach of each stage, stage ratios, PAR and BAR.

    All ratios are over customers, not events, and both PAR and BAR are over the customers who are
    *aware* (first stage), not over buyers. Stages may be skipped and repeat, so a ratio may be
    above 1; it is then flagged. Where every customer of the later stage was at the earlier one
    the ratio is a share (Wilson); else the interval is that of the log ratio (delta method), with
    the covariance of the two stages.

    For the path in order of time, with repeats and ordered reach, see `cxmetrics.journeys`.

    Args:
        data: one row a customer with a yes/no column a stage; or counts of customers by stage,
            `{"aware": 90, "act": 18, "advocate": 9}`, in the order of the stages: the later ones
            are then taken for part of the earlier ones where they are not more.
        stages: the column of each stage, in their order; columns called like the five A if left
            out.
        act: the stage that is a purchase.
        advocate: the stage that is advocacy.
        weight: the column of survey weights.
        unit: the column that says which customer a row is about.
        strata: the column of sampling strata.
        where: rows to keep.
        missing: values that stand for "no answer".
        level: the confidence level.

    Raises:
        ColumnError: a column is not there.
        DataError: nobody is aware.
        ScaleError: a value is no yes or no.
        UsageError: a stage is missing, or the counts are none.

    References:
        Kotler, Kartajaya & Setiawan 2017, Marketing 4.0, chapters 5, 6 and 8.

    Example:
        >>> found = five_a({"aware": 90, "act": 18, "advocate": 9})
        >>> found.par.value, found.bar.value
        (0.2, 0.1)
        >>> found.par.texts()
        ('0.200', '0.130 to 0.294')
    """
    check_level(level)
    gaps: tuple[Caution, ...] = ()
    if _counted(data):
        found, names, nested = _of_counts(data, (act, advocate))
    else:
        columns = dict(stages or {name: name for name in standard.stages})
        _known(tuple(columns), (act, advocate))
        read = answers(
            data,
            list(columns.values()),
            scale=yes_no,
            weight=weight,
            unit=unit,
            strata=strata,
            where=where,
            missing=missing,
        )
        names = tuple(columns)
        flags = read.matrix(list(columns.values()))
        whole = np.asarray(~np.isnan(flags).any(axis=1))
        lost = int((~whole).sum())
        if lost == len(whole):
            raise DataError("no customer has an answer for every stage.")
        flags = flags[whole]
        many = len(names)

        def long(values: Any) -> Any:
            return None if values is None else np.repeat(values[whole], many)

        rows = np.arange(len(whole)) if read.unit is None else read.unit
        found = averages(
            flags.ravel(),
            groups=np.tile(np.arange(many), len(flags)),
            size=many,
            weights=long(read.weight),
            units=long(rows),
            strata=long(read.strata),
        )
        said = f"{count(lost)} of {count(len(whole))} rows miss a stage and are left out."
        gaps = (Caution("INCOMPLETE_ROWS", said),) if lost else ()
        nested = {
            (b, a): bool((flags[:, b] <= flags[:, a]).all()) for b in range(many) for a in range(b)
        }
    if not found.mean[0] > 0:
        raise DataError(f"nobody is {names[0]!r}, so nothing can be said of what follows.")
    return _measured(found, names, nested, (act, advocate), gaps, level)


def _counted(data: Any) -> bool:
    return isinstance(data, Mapping) and all(isinstance(n, int | float) for n in data.values())


def _known(names: tuple[str, ...], wanted: tuple[str, str]) -> None:
    if len(names) < 2:
        raise UsageError("a path has at least two stages.")
    for word, name in zip(("act", "advocate"), wanted, strict=True):
        if name not in names:
            raise UsageError(
                f"{name!r} is no stage here: say {word}= one of {', '.join(map(repr, names))}."
            )


def _of_counts(
    data: Mapping[str, float], wanted: tuple[str, str]
) -> tuple[Averages, tuple[str, ...], dict[tuple[int, int], bool]]:
    """Return what counts say: shares of the aware, as if the later stages were part of them."""
    names = tuple(data)
    _known(names, wanted)
    for name, n in data.items():
        if n < 0 or n != int(n):
            raise UsageError(f"{name}={n!r}: customers are counted in whole numbers.")
    counts = np.array([float(n) for n in data.values()])
    if not counts[0]:
        raise DataError(f"nobody is {names[0]!r}, so nothing can be said of what follows.")
    many = len(names)
    found = Averages(
        n=np.full(many, int(counts[0])),
        missing=np.zeros(many, np.intp),
        n_effective=np.full(many, counts[0]),
        units=np.full(many, int(counts[0])),
        units_effective=np.full(many, counts[0]),
        mean=counts / counts[0],
        covariance=np.full((many, many), nan),
        df=np.full(many, counts[0] - 1),
    )
    nested = {(b, a): bool(counts[b] <= counts[a]) for b in range(many) for a in range(b)}
    return found, names, nested


def _measured(
    found: Averages,
    names: tuple[str, ...],
    nested: Mapping[tuple[int, int], bool],
    ends: tuple[str, str],
    gaps: tuple[Caution, ...],
    level: float,
) -> FiveA:
    def ratio(name: str, later: int, earlier: int) -> StageRatio:
        inside = nested[later, earlier]
        top, base = float(found.mean[later]), float(found.mean[earlier])
        return StageRatio(
            name=name,
            later=names[later],
            earlier=names[earlier],
            value=top / base if base else nan,
            interval=_interval(found, later, earlier, level, inside=inside) if base else None,
            nested=inside,
        )

    usual = names == standard.stages
    ratios = tuple(ratio(RATIOS[a] if usual else "", b, a) for a, b in pairwise(range(len(names))))
    above = [one for one in ratios if one.above_one]
    said = ", ".join(f"{one.later} / {one.earlier} = {one.value:.2f}" for one in above)
    return FiveA(
        reached={
            name: Estimate.share(found, place, level=level) for place, name in enumerate(names)
        },
        ratios=ratios,
        par=ratio("PAR", names.index(ends[0]), 0),
        bar=ratio("BAR", names.index(ends[1]), 0),
        archetype=_archetype(ratios) if usual else "",
        cautions=(
            *gaps,
            *small(round(found.n[0] * found.mean[0]), names[0]),
            *([Caution("RATIO_ABOVE_ONE", f"{said}: skipped stages.")] if above else []),
        ),
    )


def _interval(
    found: Averages, later: int, earlier: int, level: float, *, inside: bool
) -> Interval | None:
    """Return the interval of one mean over another."""
    top, base = float(found.mean[later]), float(found.mean[earlier])
    ratio, cov = top / base, found.covariance
    if not inside:
        spread = (
            cov[later, later] / top**2
            + cov[earlier, earlier] / base**2
            - 2 * cov[later, earlier] / (top * base)
        )
        if not spread > 0:
            return None
        reach = exp(two_sided_z(level) * sqrt(spread))
        return Interval(ratio / reach, ratio * reach, level, "log_ratio")
    spread = cov[later, later] + ratio**2 * cov[earlier, earlier] - 2 * ratio * cov[later, earlier]
    sure, units = spread > 0, float(found.units[earlier])
    n = base * float((found.n_effective if sure else found.units_effective)[earlier])
    if sure:  # linearised variances divide by units - 1, Wilson's n is all of them
        n = min(n, ratio * (1 - ratio) * base**2 / spread * units / (units - 1))
    return Interval(*wilson(ratio * n, n, level=level), level, "wilson") if n else None


def _archetype(ratios: tuple[StageRatio, ...]) -> str:
    above = [one for one in ratios if one.above_one and one.name in ARCHETYPES]
    if not above:
        return "" if any(one.value != one.value for one in ratios) else "funnel"
    most = max(above, key=lambda one: one.value)
    sure = most.interval is None or most.interval.low > 1
    return ARCHETYPES[most.name] if sure else ""


CONCEPTS = (
    Concept(
        name="five_a",
        title="5A path, PAR and BAR",
        french="parcours 5A, taux d'achat et de recommandation des clients avertis",
        topic="journey",
        call="cxmetrics.concepts.catalogue.five_stages:five_a",
        unit="ratio",
        direction="higher",
        scale="yes or no at each stage: aware, appeal, ask, act, advocate",
        formula="PAR = act / aware, BAR = advocate / aware, stage ratios = later / earlier stage",
        interval="Wilson for nested stages, else that of the log ratio (delta method)",
        reference="Kotler, Kartajaya & Setiawan 2017, Marketing 4.0",
        limits=(
            "BAR is over the aware. Over the buyers it is another, larger number.",
            "Awareness is spontaneous and needs a sample of the market, not of customers.",
            "The archetypes are readings of the ratios, without a test of their own in the source.",
        ),
        example=Worked(
            code=(
                'found = cx.concept("five_a")({"aware": 90, "act": 18, "advocate": 9})\n'
                "print(found.par.value, found.bar.value)"
            ),
            shows="0.2 0.1",
            source="Kotler, Kartajaya & Setiawan 2017, chapter 6",
        ),
    ),
)
