"""A series: the scores of one dimension of time, in its order, and what is missing in it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Self

from attrs import frozen

from cxmetrics.errors import Caution, DataError, UsageError
from cxmetrics.metrics import Score, Scores
from cxmetrics.metrics.text import count, group_text
from cxmetrics.summaries import Cube, Label, Tally

THIN = 30
"""Answers a period, under which its limits are rough."""


@frozen(eq=False)
class Series:
    """The periods of some scores.

    Attributes:
        scores: where they come from.
        dim: the dimension of time.
        labels: all periods in order, those without answers too.
        undated: answers without a period.
    """

    scores: Scores
    dim: str
    labels: tuple[Label, ...]
    undated: int

    @classmethod
    def of(cls, scores: Scores, *, least: int) -> Self:
        """Order the periods as the labels of scores are ordered: ISO dates, years, numbers, texts.

        Raises:
            DataError: fewer than `least` periods have answers.
            UsageError: these are no scores of one dimension, or some are hidden.
        """
        if not isinstance(scores, Scores):
            raise UsageError("a trend needs several periods: measure with by= the column of time.")
        if len(scores.cube.dims) != 1:
            raise UsageError(
                f"a trend follows one dimension, these scores have {scores.cube.dims}: measure by "
                "the column of time only, one slice at a time."
            )
        if scores.cube.hidden:
            raise UsageError("some periods are hidden, and a trend would tell about them.")
        labels = tuple(group[0] for group in scores.cube.groups if group[0] is not None)
        undated = scores[None].n if None in scores else 0
        found = cls(scores, scores.cube.dims[0], labels, undated)
        if len(found.answered) < least:
            told = ", ".join(group_text({found.dim: label}) for label in found.answered)
            raise DataError(
                f"{found.dim!r} has {len(found.answered)} period"
                f"{'' if len(found.answered) == 1 else 's'} with answers"
                f"{f' ({told})' if told else ''}; this needs at least {least}."
            )
        return found

    @property
    def answered(self) -> tuple[Label, ...]:
        """The periods that have a score."""
        return tuple(label for label in self.labels if self.scores[label].defined)

    def score(self, label: Label) -> Score:
        """Return the score of one period."""
        return self.scores[label]

    def pooled(self, labels: tuple[Label, ...]) -> Tally:
        """Add up some periods."""
        return self.scores.cube.slice(**{self.dim: labels}).overall

    def halves(self, before: tuple[Label, ...], after: tuple[Label, ...]) -> tuple[Score, Score]:
        """Return the scores of two runs of periods, with the covariance of shared units."""
        cube = self.scores.cube
        places = {group[0]: place for place, group in enumerate(cube.groups)}
        sources = [places[label] for label in (*before, *after)]
        targets = [0] * len(before) + [1] * len(after)
        both = Cube(
            cube.scale, ("side",), (("before",), ("after",)), cube.cells.mapped(sources, targets, 2)
        )
        first, second = (
            Score(
                self.scores.metric,
                both[side],
                {self.dim: run_text(labels)},
                level=self.scores.level,
                interval_method=self.scores.interval_method,
            )
            for side, labels in (("before", before), ("after", after))
        )
        return first, second

    def gaps(self) -> Iterator[Caution]:
        """Say which periods are empty, and which answers have none."""
        empty = [label for label in self.labels if label not in self.answered]
        if empty:
            shown = ", ".join(str(label) for label in empty[:5])
            yield Caution(
                "EMPTY_PERIOD",
                f"no answer in {shown}{', …' if len(empty) > 5 else ''}: left out, and the periods "
                "around are taken as neighbours.",
            )
        if self.undated:
            yield Caution(
                "UNDATED", f"{count(self.undated)} answers have no {self.dim} and are left out."
            )


def run_text(labels: tuple[Label, ...]) -> str:
    """Name a run of periods by its ends.

    Example:
        >>> run_text(("2026-01", "2026-02", "2026-03")), run_text((2018,))
        ('2026-01 to 2026-03', '2018')
    """
    return str(labels[0]) if len(labels) == 1 else f"{labels[0]} to {labels[-1]}"
