"""Scores: one metric, by group."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from itertools import combinations, pairwise
from math import isnan
from typing import Any, Self

from attrs import asdict, evolve, field, frozen

from cxmetrics.errors import UsageError
from cxmetrics.metrics._base import Metric, metric_of
from cxmetrics.metrics.comparison import Comparison, Comparisons, adjusted_pairs, letter
from cxmetrics.metrics.score import Score
from cxmetrics.metrics.text import group_text, interval_text, number
from cxmetrics.plugins import registry
from cxmetrics.stats.multiplicity import Adjustment
from cxmetrics.summaries import Cube, Key, Tally
from cxmetrics.summaries.cube import to_frame

_MOST = 100


@frozen(slots=False, eq=False)
class Scores(Mapping[Key, Score]):
    """The scores of a metric by group: a mapping from group to `Score`.

    Attributes:
        metric: what was computed.
        cube: the answers by group; small groups are emptied where the metric has a floor.
        level: the confidence level used when none is asked for.
        interval_method: the interval method used when none is asked for.
        total: all answers together, where some groups are hidden.

    Example:
        >>> from cxmetrics import nps
        >>> answers = {"score": [10, 9, 9, 3, 7, 2], "shop": ["a", "a", "a", "b", "b", "b"]}
        >>> scores = nps(answers, rating="score", by="shop")
        >>> {shop: round(score.value) for shop, score in scores.items()}
        {'a': 100, 'b': -67}
        >>> round(scores.overall.value, 1)
        16.7
    """

    metric: Metric
    cube: Cube
    level: float = field(default=0.95, kw_only=True)
    interval_method: str | None = field(default=None, kw_only=True)
    total: Tally | None = field(default=None, kw_only=True, repr=False)

    def __attrs_post_init__(self) -> None:
        if self.metric.floor and not self.cube.hidden:
            object.__setattr__(self, "total", self.cube.overall)
            object.__setattr__(self, "cube", self.cube.suppress(self.metric.floor))

    @cached_property
    def _scores(self) -> dict[Key, Score]:
        return {
            key: self._score(tally, dict(zip(self.cube.dims, group, strict=True)))
            for (key, tally), group in zip(self.cube.items(), self.cube.groups, strict=True)
        }

    def _score(self, tally: Tally, group: Mapping[str, Any]) -> Score:
        return Score(
            self.metric, tally, group, level=self.level, interval_method=self.interval_method
        )

    def __getitem__(self, key: Key) -> Score:
        return self._scores[key]

    def __iter__(self) -> Iterator[Key]:
        return iter(self.cube)

    def __len__(self) -> int:
        return len(self.cube)

    @cached_property
    def overall(self) -> Score:
        """The score of all groups together."""
        everything = self.cube.overall if self.total is None else self.total
        if everything.n < self.metric.floor:
            everything = evolve(Tally.of(everything.scale), suppressed=True)
        return self._score(everything, {})

    @property
    def defined(self) -> dict[Key, Score]:
        """The groups that have a score."""
        return {key: score for key, score in self.items() if score.defined}

    def rank(self) -> list[Key]:
        """Return the groups from the best to the worst score; those without one come last."""
        sign = -1 if self.metric.direction == "higher" else 1

        def order(key: Key) -> tuple[bool, float]:
            value = self[key].value
            return isnan(value), 0.0 if isnan(value) else sign * value

        return sorted(self, key=order)

    def compare(
        self,
        *,
        adjustment: Adjustment = "holm",
        level: float | None = None,
        method: str | None = None,
    ) -> Comparisons:
        """Compare every group with every other.

        Args:
            adjustment: for the number of comparisons: `"holm"`, or `"bh"` for exploration.
            level: the confidence level; the scores' own if left out.
            method: see `cxmetrics.stats.compare.difference`.

        Returns:
            The pairs, and for each group the letters of the groups it is significantly higher
            than. Groups with fewer than 2 answers are left out.

        Raises:
            UsageError: there are more than 100 groups: slice or roll up first.
        """
        able = [key for key, score in self.items() if score.interval_or_none is not None]
        if len(able) > _MOST:
            raise UsageError(
                f"{len(able)} groups make {len(able) * (len(able) - 1) // 2:,} pairs; "
                f"compare at most {_MOST}: slice or roll up the cube first."
            )
        keys = list(combinations(able, 2))
        pairs = adjusted_pairs(
            [self[a].compare(self[b], level=level, method=method) for a, b in keys], adjustment
        )
        names = {key: letter(place) for place, key in enumerate(self)}
        higher: dict[Key, list[str]] = {key: [] for key in self}
        for (a, b), pair in zip(keys, pairs, strict=True):
            if pair.significant:
                winner, loser = (a, b) if pair.value > 0 else (b, a)
                higher[winner].append(names[loser])
        letters = {
            key: " ".join(sorted(found, key=lambda x: (len(x), x))) for key, found in higher.items()
        }
        return Comparisons(pairs, names, letters, adjustment)

    def against_rest(
        self,
        *,
        adjustment: Adjustment = "holm",
        level: float | None = None,
        method: str | None = None,
    ) -> Comparisons:
        """Compare each group with all the others together.

        Never with the total: that holds the group itself, so a test against it is no test.

        Args:
            adjustment: for the number of comparisons: `"holm"`, or `"bh"` for exploration.
            level: the confidence level; the scores' own if left out.
            method: see `cxmetrics.stats.compare.difference`.

        Raises:
            UsageError: groups are hidden, and the rest would tell what they hold.

        Example:
            >>> from cxmetrics import csat
            >>> shops = csat([5, 4, 5, 2, 1, 4, 5, 3], by=list("aaabbbcc"))
            >>> print(shops.against_rest()[0])
            a minus all others: +60.0 pts  (95 % interval −7.2 to +88.2 pts; p = 0.337
            (holm-adjusted))
        """
        if self.cube.hidden:
            raise UsageError("some groups are hidden, and the rest of one would tell about them.")
        pairs = []
        for place, score in enumerate(self.values()):
            sides = [int(other != place) for other in range(len(self))]
            halves = Cube(
                self.cube.scale,
                ("side",),
                (("own",), ("rest",)),
                self.cube.cells.mapped(range(len(self)), sides, 2),
            )
            if not halves["rest"].n or score.interval_or_none is None:
                continue
            own, rest = (
                self._score(halves[side], group)
                for side, group in (("own", score.group), ("rest", {"rest": "all others"}))
            )
            if rest.interval_or_none is not None:
                pairs.append(own.compare(rest, level=level, method=method))
        return Comparisons(adjusted_pairs(pairs, adjustment), {}, {}, adjustment)

    def trend(
        self,
        *,
        adjustment: Adjustment = "holm",
        level: float | None = None,
        method: str | None = None,
    ) -> Comparisons:
        """Compare each group with the one before it, in the order of the labels.

        Only neighbouring waves are tested, so few comparisons share the adjustment.

        Raises:
            UsageError: there is more than one dimension, so no order to follow.
        """
        if len(self.cube.dims) != 1:
            raise UsageError(
                f"a trend follows one dimension, these scores have {self.cube.dims}: "
                "measure by the time column only, one slice at a time."
            )
        able = [score for score in self.values() if score.interval_or_none is not None]
        pairs: list[Comparison] = [
            after.compare(before, level=level, method=method) for before, after in pairwise(able)
        ]
        return Comparisons(adjusted_pairs(pairs, adjustment), {}, {}, adjustment)

    def plot(self, kind: str | None = None) -> Any:
        """Return a chart (altair); the extra `report` has to be installed.

        Args:
            kind: `"shares"` (default: stacked shares beside the interval), `"trend"` or
                `"distribution"`; plugins may add others.
        """
        return registry.find("plot", kind or "shares").draw(self)

    def to_native(self, backend: str = "polars") -> Any:
        """Return one row a group, in the data frame library of your choice.

        Args:
            backend: `"pandas"`, `"polars"` or `"pyarrow"`; it has to be installed.

        Returns:
            Columns: the dimensions, `metric`, `value`, `unit`, `low`, `high`, `level`, `method`,
            `standard_error`, `n`, `n_missing`, `n_effective`, `deff`, `cautions` (codes).
        """
        rows = [flat(score) for score in self.values()]
        names = list(rows[0]) if rows else []
        return to_frame({name: [row[name] for row in rows] for name in names}, backend)

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready values: the stable object of each group, plus the evidence."""
        return {
            "metric": self.metric.name,
            "scores": [score.summary() for score in self.values()],
            "evidence": {
                "metric": self.metric.to_dict(),
                "cube": self.cube.to_dict(),
                "total": None if self.total is None else self.total.to_dict(),
                "level": self.level,
                "method": self.interval_method,
                "cautions": [asdict(caution) for caution in self.metric.about_data],
            },
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Rebuild the scores that `to_dict` wrote."""
        evidence = data["evidence"]
        total = evidence["total"]
        return cls(
            metric_of(evidence),
            Cube.from_dict(evidence["cube"]),
            level=evidence["level"],
            interval_method=evidence["method"],
            total=None if total is None else Tally.from_dict(total),
        )

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Scores) and self.to_dict() == other.to_dict()

    __hash__ = None  # type: ignore[assignment]  # holds arrays: equal by value, not hashable

    def __repr__(self) -> str:
        return f"<Scores {self.metric.name} by {', '.join(self.cube.dims)}: {len(self)} groups>"

    def __str__(self) -> str:
        unit = self.metric.unit
        head = (" · ".join(self.cube.dims), self.metric.title, "interval", "n", "cautions")
        rows: list[tuple[str, ...]] = [head]
        rows += [
            (
                group_text(score.group),
                number(score.value, unit),
                interval_text(score.interval_or_none, unit),
                score.n_text,
                " ".join(caution.code for caution in score.cautions),
            )
            for score in self.values()
        ]
        widths = [max(len(row[i]) for row in rows) for i in range(len(head))]
        return "\n".join(
            "  ".join(
                cell.rjust(width) if 0 < i < 4 else cell.ljust(width)
                for i, (cell, width) in enumerate(zip(row, widths, strict=True))
            ).rstrip()
            for row in rows
        )

    def _repr_html_(self) -> str:
        from cxmetrics.metrics.card import table  # only notebooks draw tables

        return table(self)


def flat(score: Score) -> dict[str, Any]:
    """Return a score as one row of scalars, as tables and CSV files want it.

    Raises:
        UsageError: a dimension has the name of one of the score's own columns.
    """
    summary = score.summary()
    interval = summary["interval"] or {"low": None, "high": None, "level": None, "method": None}
    row = {
        "metric": summary["metric"],
        "value": summary["value"],
        "unit": summary["unit"],
        **interval,
        **{k: summary[k] for k in ("standard_error", "n", "n_missing", "n_effective", "deff")},
        "cautions": " ".join(caution["code"] for caution in summary["cautions"]),
    }
    for dim in summary["group"]:
        if dim in row:
            raise UsageError(
                f"the column {dim!r} makes groups, and a table of scores has a column {dim!r} of "
                "its own: rename yours."
            )
    return {**summary["group"], **row}
