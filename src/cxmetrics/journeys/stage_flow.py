"""How often customers went from stage to stage: what the stage flow draws."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from math import isfinite
from typing import Any, Final, Literal, Self, get_args

from attrs import field, fields, frozen

from cxmetrics.errors import Caution, DataError, did_you_mean
from cxmetrics.journeys.wording import (
    Text,
    check_text,
    count_text,
    frozen_text,
    frozen_texts,
    named_texts,
    plain_text,
    said,
    share_text,
    word,
)
from cxmetrics.metrics.sheet import Sheet
from cxmetrics.plugins import registry
from cxmetrics.records import Journey
from cxmetrics.summaries.flow import Flow

FORMAT: Final = "cxmetrics.stage_flow"
VERSION: Final = 1
Kind = Literal["forward", "returns", "repeats"]
Counted = Literal["visits", "customers"]


def _row(given: Iterable[Any]) -> tuple[Any, ...]:
    return tuple(one.item() if hasattr(one, "item") else one for one in given)


def _matrix(given: Iterable[Iterable[Any]]) -> tuple[tuple[Any, ...], ...]:
    return tuple(_row(row) for row in given)


@frozen
class Move:
    """One transition.

    Attributes:
        start: the place of the stage it leaves.
        end: the place of the stage it goes to.
        count: how often.
    """

    start: int
    end: int
    count: float

    @property
    def kind(self) -> Kind:
        """Whether it goes forward, back or nowhere."""
        if self.end == self.start:
            return "repeats"
        return "forward" if self.end > self.start else "returns"


@frozen(kw_only=True)
class StageFlow:
    """Counts of transitions between stages, with where customers began and where they left.

    Attributes:
        stages: in their usual order.
        transitions: shape (stages, stages): how often customers went from a row's stage to a
            column's; the diagonal are repeats.
        starts: how often a path began at each stage.
        ends: how often a path ended at each stage.
        open: how many paths stand at each stage and may still go on (right-censored).
        visits: of each stage; what came in or went out, the larger of both, if left out.
        unit: what is counted, `"visits"` or `"customers"`.
        title: what is shown; a general one if left out.
        names: of stages for people, or by language.
        notes: sentences to print below.
        cautions: what a reader has to know.

    Raises:
        DataError: a stage is given twice, a count is negative or missing, or a shape is wrong.

    Example:
        >>> flow = StageFlow(
        ...     stages=["aware", "ask", "act"],
        ...     transitions=[[0, 60, 20], [10, 5, 40], [0, 8, 0]],
        ...     starts=[90, 0, 0],
        ...     ends=[20, 58, 12],
        ... )
        >>> flow.visits
        (100, 113, 60)
        >>> [move.kind for move in flow.moves]
        ['forward', 'forward', 'returns', 'repeats', 'forward', 'returns']
        >>> StageFlow.from_dict(flow.to_dict()) == flow
        True
    """

    stages: tuple[str, ...] = field(converter=_row)
    transitions: tuple[tuple[float, ...], ...] = field(converter=_matrix)
    starts: tuple[float, ...] = field(converter=_row)
    ends: tuple[float, ...] = field(converter=_row)
    open: tuple[float, ...] = field(default=(), converter=_row)
    visits: tuple[float, ...] = field(default=(), converter=_row)
    unit: Counted = "visits"
    title: Text = field(default="", converter=frozen_text)
    names: Mapping[str, Text] = field(factory=dict, converter=named_texts)
    notes: tuple[Text, ...] = field(default=(), converter=frozen_texts)
    cautions: tuple[Caution, ...] = field(default=(), converter=_row)

    def __attrs_post_init__(self) -> None:
        size = len(self.stages)
        names: tuple[Any, ...] = self.stages
        if not size or any(not isinstance(one, str) or not one.strip() for one in names):
            raise DataError("stages must be a list of at least one text, none blank.")
        if len(set(self.stages)) < size:
            raise DataError(f"a stage is given twice: {', '.join(self.stages)}.")
        if len(self.transitions) != size or any(len(row) != size for row in self.transitions):
            raise DataError(f"transitions must be {size} rows of {size} counts, a row a stage.")
        if not self.open:
            object.__setattr__(self, "open", (0,) * size)
        for name in ("starts", "ends", "open", "visits"):
            given = getattr(self, name)
            if len(given) != size and (given or name != "visits"):
                raise DataError(f"{name} must be {size} counts, one a stage, not {len(given)}.")
        rows = (*self.transitions, self.starts, self.ends, self.open, self.visits)
        for count in (count for row in rows for count in row):
            if isinstance(count, bool) or not isinstance(count, int | float):
                raise DataError(f"a count must be a number, not {count!r}; missing is not zero.")
            if not isfinite(count) or count < 0:
                raise DataError(f"a count must be 0 or more, not {count!r}.")
        if self.unit not in get_args(Counted):
            raise DataError(f"unit must be 'visits' or 'customers', not {self.unit!r}.")
        check_text(self.title, "the title of the flow", blank="yes")
        for stage, text in self.names.items():
            if stage not in self.stages:
                raise DataError(f"names has {stage!r}: {did_you_mean(stage, self.stages)}")
            check_text(text, f"the name of stage {stage!r}")
        for text in self.notes:
            check_text(text, "a note")
        self._count_visits()

    def _count_visits(self) -> None:
        least = tuple(max(self.came(at), self.went(at)) for at in range(len(self.stages)))
        if not self.visits:
            object.__setattr__(self, "visits", least)
        for stage, visits, needed in zip(self.stages, self.visits, least, strict=True):
            if visits < needed:
                raise DataError(
                    f"stage {stage!r} has {visits:g} {self.unit}, and {needed:g} came in or went "
                    "out: count visits and transitions from the same paths."
                )

    @classmethod
    def of(cls, flow: Flow, *, journey: Journey | None = None, title: Text = "") -> Self:
        """Build one from the flow of paths, counted in visits.

        Args:
            flow: of paths over stages.
            journey: whose order and labels the stages get; stages that no path reached stay. Needed
                where the order of the steps was not declared, as nothing is forward or back then.
            title: what is shown.

        Raises:
            DataError: a step is no stage of the journey, or there is no order.

        Example:
            >>> from datetime import date
            >>> from cxmetrics.journeys import paths
            >>> log = {
            ...     "customer": ["a", "a", "a", "b"],
            ...     "stage": ["ask", "act", "ask", "ask"],
            ...     "at": [date(2026, 1, day) for day in (1, 2, 3, 1)],
            ... }
            >>> found = StageFlow.of(paths(log, order=["ask", "act"], zone="UTC").flow())
            >>> found.visits, found.starts
            ((3, 1), (2, 0))
        """
        if not flow.declared and journey is None:
            raise DataError(
                "the steps have no declared order, so nothing is forward or back: pass journey=…, "
                "or make the paths with order=…."
            )
        stages = list(flow.steps if journey is None else journey.stages)
        for step in flow.steps:
            if step not in stages:
                raise DataError(f"step {step!r} is no stage: {did_you_mean(step, stages)}")
        size, counts = len(flow.steps), flow.counts.tolist()
        at = {step: place for place, step in enumerate(flow.steps)}

        def picked(row: Sequence[int]) -> list[int]:
            return [row[at[stage]] if stage in at else 0 for stage in stages]

        names: dict[str, dict[str, str]] = {}
        for tag, labels in ({} if journey is None else journey.labels).items():
            for stage, label in zip(stages, labels, strict=True):
                names.setdefault(stage, {"en": stage})[tag] = label
        return cls(
            stages=stages,
            transitions=[picked(counts[at[s]]) if s in at else [0] * len(stages) for s in stages],
            starts=picked(counts[size]),
            ends=picked([row[size] for row in counts[:size]]),
            open=picked(flow.open.tolist()),
            title=title,
            names=names,
            cautions=flow.cautions,
        )

    # -- asking ------------------------------------------------------------------------------------

    def came(self, at: int) -> float:
        """Return how many came to a stage: began there, or came from one."""
        return self.starts[at] + sum(row[at] for row in self.transitions)

    def went(self, at: int) -> float:
        """Return how many went on from a stage, ended there, or still stand there."""
        return self.ends[at] + self.open[at] + sum(self.transitions[at])

    @property
    def moves(self) -> tuple[Move, ...]:
        """The transitions that happened, row by row."""
        return tuple(
            Move(start, end, count)
            for start, row in enumerate(self.transitions)
            for end, count in enumerate(row)
            if count
        )

    def name(self, at: int, language: str = "en") -> str:
        """Return the name of a stage."""
        return said(self.names.get(self.stages[at], self.stages[at]), language)

    def sheet(self, language: str = "en") -> Sheet:
        """Return the table behind the drawing: one row a transition."""
        rows = [self._cells(*cells, language) for cells in self._rows(language)]
        return Sheet(
            title=said(self.title, language) or word("flow", language),
            head=("→", "", word(self.unit, language), word("share", language)),
            rows=rows,
            notes=[said(note, language) for note in self.notes],
            cautions=self.cautions,
        )

    def _rows(self, language: str) -> Iterator[tuple[str, str, float, float]]:
        for at in range(len(self.stages)):
            own, visits = self.name(at, language), self.visits[at]
            if self.starts[at]:
                start = word("start", language)
                yield f"{start} → {own}", "", self.starts[at], visits
            for move in (move for move in self.moves if move.start == at):
                kind = word(move.kind, language)
                yield f"{own} → {self.name(move.end, language)}", kind, move.count, visits
            if self.ends[at]:
                yield f"{own} → {word('end', language)}", "", self.ends[at], visits
            if self.open[at]:
                yield f"{own} → {word('open', language)}", "", self.open[at], visits

    @staticmethod
    def _cells(move: str, kind: str, count: float, visits: float, language: str) -> list[str]:
        return [move, kind, count_text(count, language), share_text(count / visits, language)]

    def plot(self, kind: str | None = None, *, theme: str = "light", language: str = "en") -> Any:
        """Return the drawing (SVG); the extra `report` has to be installed.

        Args:
            kind: `"stage_flow"`; plugins may add others.
            theme: `"light"`, `"dark"`, `"print"`, or `"auto"`, which follows the page.
            language: `"en"` or `"fr"`.

        Returns:
            An object with `.svg`, `.sheet` and `.save("flow.svg")`; notebooks show it.
        """
        draw = registry.find("plot", kind or "stage_flow").draw
        return draw(self, theme=theme, language=language)

    # -- JSON --------------------------------------------------------------------------------------

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready values, from which `from_dict` builds the same flow."""
        return {
            "format": FORMAT,
            "version": VERSION,
            "title": plain_text(self.title),
            "stages": list(self.stages),
            "names": {key: plain_text(text) for key, text in self.names.items()},
            "transitions": [list(row) for row in self.transitions],
            "starts": list(self.starts),
            "ends": list(self.ends),
            "open": list(self.open),
            "visits": list(self.visits),
            "unit": self.unit,
            "notes": [plain_text(text) for text in self.notes],
            "cautions": [c.to_dict() for c in self.cautions],
        }

    def to_json(self, *, indent: int | None = 2) -> str:
        """Return the flow as JSON text."""
        return json.dumps(self.to_dict(), ensure_ascii=False, indent=indent)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Build the flow that `to_dict` wrote.

        Raises:
            DataError: it is no flow, was written by a newer cxmetrics, or breaks a rule.
        """
        given: Any = data
        if not isinstance(given, Mapping) or given.get("format") != FORMAT:
            raise DataError(f"this is no stage flow: it does not say format={FORMAT!r}.")
        if data.get("version") != VERSION:
            raise DataError(
                f"the flow is of version {data.get('version')!r}, this cxmetrics reads {VERSION}."
            )
        known = {part.name for part in fields(cls)}
        parts = {key: value for key, value in data.items() if key in known}
        cautions = [Caution(one["code"], one["message"]) for one in data.get("cautions", ())]
        return cls(**{**parts, "cautions": cautions})

    def __str__(self) -> str:
        return str(self.sheet())

    def _repr_html_(self) -> str:
        return self.sheet().html()
