"""What a metric is: a value for each point of a scale, or a smooth function of the shares."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, overload

import numpy as np
from attrs import evolve, field, frozen

from cxmetrics.engines import Column, OffScale, tally
from cxmetrics.errors import Caution, ScaleError, UsageError, did_you_mean
from cxmetrics.metrics.text import Unit
from cxmetrics.plugins import registry
from cxmetrics.scale import Scale
from cxmetrics.stats.sample import Sample, SmoothFunction
from cxmetrics.summaries import Cube, Tally

if TYPE_CHECKING:
    from cxmetrics.metrics.score import Score
    from cxmetrics.metrics.scores import Scores

Tone = Literal["negative", "neutral", "positive"]


@frozen
class Part:
    """A named group of points, such as the promoters.

    Attributes:
        name: in the plural, for people.
        points: the points of the scale that belong to it.
        tone: which end of the picture it belongs to.
    """

    name: str
    points: tuple[float, ...]
    tone: Tone


@frozen
class Example:
    """A worked example: what a metric makes of some answers, checked by the tests.

    Attributes:
        counts: answers by point of the scale.
        value: the score.
        source: where the numbers come from.
    """

    counts: Mapping[int, int]
    value: float
    source: str


@frozen(kw_only=True, slots=False, eq=False)
class Metric:
    """A way to turn ratings into a score; call it with data.

    Build one with `linear` or `smooth`, or change a built-in one with `using`.

    Attributes:
        name: the short name, for programs.
        title: the name for people.
        unit: `"points"` (-100 to 100), `"percent"` (0 to 100) or `"rating"` (points of the scale).
        scale: the points that answers are given on.
        values: shape (points,): what an answer at each point is worth; None for smooth metrics.
        function: the score as a function of the shares; None for linear metrics.
        parts: named groups of points, from the bad end to the good one.
        direction: which way is good.
        question: the question as it is asked.
        formula: the formula in words.
        reference: author and year.
        notice: trademark notice, if one is due.
        notes: what to know before using it.
        floor: groups under this many answers are hidden (employee data).
        cautions: what every result of this metric has to say.
        about_data: what every result has to say of the data it was made from.
        examples: worked examples.
        factory: rebuilds the metric with other options.
        options: the options it was built with.
    """

    name: str
    title: str
    unit: Unit
    scale: Scale
    values: tuple[float, ...] | None = None
    function: SmoothFunction | None = None
    parts: tuple[Part, ...] = ()
    direction: Literal["higher", "lower"] = "higher"
    question: str = ""
    formula: str = ""
    reference: str = ""
    notice: str = ""
    notes: str = ""
    floor: int = 0
    cautions: tuple[Caution, ...] = ()
    about_data: tuple[Caution, ...] = ()
    examples: tuple[Example, ...] = ()
    factory: Callable[..., Metric] | None = field(default=None, repr=False)
    options: Mapping[str, Any] = field(factory=dict)

    def __attrs_post_init__(self) -> None:
        if (self.values is None) == (self.function is None):
            raise UsageError(f"metric {self.name!r} needs values or a function, and not both.")
        if self.values is not None and len(self.values) != self.scale.size:
            raise UsageError(
                f"metric {self.name!r} has {len(self.values)} values for the {self.scale.size} "
                f"points of {self.scale}."
            )

    @cached_property
    def _array(self) -> np.ndarray | None:
        return None if self.values is None else np.array(self.values, dtype=float)

    def using(self, **options: Any) -> Metric:
        """Return the metric with other options, for instance `csat.using(positive={5})`.

        Raises:
            UsageError: the metric has no such option.
        """
        if not options:
            return self
        if self.factory is None:
            raise UsageError(f"{self.name} has no options.")
        known = _options_of(self.factory)
        for option in options:
            if option not in known:
                raise UsageError(
                    f"{self.name} has no option {option!r}; {did_you_mean(option, known)}"
                )
        if isinstance(options.get("scale"), str):
            options["scale"] = Scale.parse(options["scale"])
        return self.factory(**{**self.options, **options})

    def sample(self, tally: Tally) -> Sample:
        """Return the evidence that a tally holds for this metric.

        Raises:
            ScaleError: the tally is on another scale.
        """
        if not tally.scale.same_points(self.scale):
            raise ScaleError(
                f"{self.name} is defined on {self.scale}, these ratings are on {tally.scale}: "
                f"pass scale='{tally.scale.spell()}' if the metric has a form for it."
            )
        return Sample(tally, self._array, self.function)

    @overload
    def __call__(
        self,
        data: Any,
        *,
        by: None = None,
        rating: str | None = None,
        weight: Column | None = None,
        unit: Column | None = None,
        strata: Column | None = None,
        where: Any = None,
        missing: Collection[Any] = (),
        off_scale: OffScale = "error",
        level: float = 0.95,
        method: str | None = None,
        **options: Any,
    ) -> Score: ...

    @overload
    def __call__(
        self,
        data: Any,
        *,
        by: Column | Mapping[str, Column],
        rating: str | Sequence[str] | None = None,
        weight: Column | None = None,
        unit: Column | None = None,
        strata: Column | None = None,
        where: Any = None,
        missing: Collection[Any] = (),
        off_scale: OffScale = "error",
        level: float = 0.95,
        method: str | None = None,
        **options: Any,
    ) -> Scores: ...

    @overload
    def __call__(
        self,
        data: Any,
        *,
        rating: list[str] | tuple[str, ...],
        by: None = None,
        weight: Column | None = None,
        unit: Column | None = None,
        strata: Column | None = None,
        where: Any = None,
        missing: Collection[Any] = (),
        off_scale: OffScale = "error",
        level: float = 0.95,
        method: str | None = None,
        **options: Any,
    ) -> Scores: ...

    def __call__(
        self,
        data: Any,
        *,
        by: Any = None,
        rating: Any = None,
        weight: Column | None = None,
        unit: Column | None = None,
        strata: Column | None = None,
        where: Any = None,
        missing: Collection[Any] = (),
        off_scale: OffScale = "error",
        level: float = 0.95,
        method: str | None = None,
        **options: Any,
    ) -> Score | Scores:
        """Measure.

        Args:
            data: ratings, a data frame, columns by name, a `Batch`, or a `Tally` or `Cube` that
                was counted before. See `cxmetrics.tally` for it and the arguments up to
                `off_scale`.
            by: the column or columns that make groups.
            rating: the column of ratings, or several (wide data).
            weight: the column of survey weights.
            unit: the column that says who answered.
            strata: the column of sampling strata.
            where: rows to keep.
            missing: values that stand for "no answer".
            off_scale: `"error"` or `"set_aside"`.
            level: the confidence level of the intervals.
            method: the interval method; None for the metric's default.
            **options: the metric's own options, as in `using`.

        Returns:
            A `Score`; with `by`, or with several rating columns, `Scores` by group.

        Raises:
            DataError: the data can't be measured as they are.
            UsageError: the arguments do not fit the data or the metric.
        """
        metric = self.using(**options)
        if isinstance(data, Cube | Tally):
            if any(given is not None for given in (rating, by, weight, unit, strata, where)):
                raise UsageError(
                    "the ratings are counted already: roll up or slice the cube; rating, by, "
                    "weight, unit, strata and where are for rows."
                )
            return metric.of(data, level=level, method=method)
        metric = metric.told(data, where)
        cube = tally(
            data,
            metric.scale,
            rating=rating,
            by=by,
            weight=weight,
            unit=unit,
            strata=strata,
            where=where,
            missing=tuple(missing),
            off_scale=off_scale,
        )
        return metric.of(cube if cube.dims else cube.overall, level=level, method=method)

    def told(self, data: Any, where: Any = None) -> Metric:
        """Return the metric with what the data have to say of themselves.

        Args:
            data: an object whose `__cx_cautions__(where)` returns cautions, as a store has it; any
                other object says nothing.
            where: the rows that are asked for.
        """
        says = getattr(data, "__cx_cautions__", None)
        return self if says is None else evolve(self, about_data=tuple(says(where)))

    @overload
    def of(self, counted: Tally, *, level: float = 0.95, method: str | None = None) -> Score: ...

    @overload
    def of(self, counted: Cube, *, level: float = 0.95, method: str | None = None) -> Scores: ...

    @overload
    def of(
        self, counted: Tally | Cube, *, level: float = 0.95, method: str | None = None
    ) -> Score | Scores: ...

    def of(
        self, counted: Tally | Cube, *, level: float = 0.95, method: str | None = None
    ) -> Score | Scores:
        """Return the score of a tally, or the scores of a cube."""
        from cxmetrics.metrics.score import Score  # they import this module
        from cxmetrics.metrics.scores import Scores

        if isinstance(counted, Tally):
            return Score(self, counted, level=level, interval_method=method)
        return Scores(self, counted, level=level, interval_method=method)

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON-ready recipe from which `from_dict` rebuilds the metric."""
        return {"name": self.name, "options": {k: _jsonable(v) for k, v in self.options.items()}}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Metric:
        """Rebuild a metric from its recipe.

        Raises:
            NotFoundError: it is neither registered nor made by `linear`.
        """
        options = dict(data["options"])
        if "scale" in options:
            options["scale"] = Scale.from_dict(options["scale"])
        if "points" in options:
            from cxmetrics.metrics.custom import linear  # it imports this module

            options["points"] = {tuple(box): worth for box, worth in options["points"]}
            return linear(data["name"], **options)
        found: Metric = registry.find("metric", data["name"])
        return found.using(**options)

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, Metric)
            and self.function is other.function
            and self.to_dict() == other.to_dict()
        )

    def __hash__(self) -> int:
        return hash((self.name, self.scale))


def metric_of(evidence: Mapping[str, Any]) -> Metric:
    """Rebuild the metric of a result that was written, with what it said of the data."""
    said = tuple(Caution(**caution) for caution in evidence.get("cautions", ()))
    return evolve(Metric.from_dict(evidence["metric"]), about_data=said)


def _options_of(factory: Callable[..., Metric]) -> list[str]:
    import inspect

    return [name for name in inspect.signature(factory).parameters if name != "name"]


def _jsonable(value: Any) -> Any:
    if isinstance(value, Scale):
        return value.to_dict()
    if isinstance(value, Mapping):
        return [[_jsonable(key), _jsonable(worth)] for key, worth in value.items()]
    if isinstance(value, set | frozenset):
        return sorted(value)
    if isinstance(value, tuple | list):
        return [_jsonable(entry) for entry in value]
    return value
