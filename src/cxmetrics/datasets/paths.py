"""What the customers lived: journeys made of interactions, and how each moment felt."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

import numpy as np
from attrs import frozen

from cxmetrics.datasets import blueprint as plan
from cxmetrics.datasets import clientele
from cxmetrics.datasets.ladder import Bools, Floats, Ints
from cxmetrics.datasets.population import Population, choose, stream

_IDS: Final = tuple(t.id for t in plan.TOUCHPOINTS)
_STAGE: Final = np.array([plan.PHASES.index(t.stage) for t in plan.TOUCHPOINTS], dtype=np.int8)
_HOTLINE, _CHAT = _IDS.index("hotline"), _IDS.index("chat")
_SHORTEST_GAP: Final = 600
_NOWHERE: Final = len(_IDS)


@frozen(kw_only=True, eq=False)
class Calendar:
    """The months of the company: `bounds` are their first instants and the end (seconds)."""

    names: tuple[str, ...]
    bounds: Ints
    step: int

    def month(self, at: Ints) -> Ints:
        """Return the index of the month of each time."""
        return np.searchsorted(self.bounds, at, side="right") - 1

    @property
    def length(self) -> int:
        """Seconds from the first instant to the end."""
        return int(self.bounds[-1] - self.bounds[0])


def calendar(months: int) -> Calendar:
    """Return `months` calendar months from `START`, and the month of the planted step."""
    firsts = [
        datetime(plan.START.year + m // 12, m % 12 + 1, 1, tzinfo=UTC) for m in range(months + 1)
    ]
    return Calendar(
        names=tuple(f"{first:%Y-%m}" for first in firsts[:-1]),
        bounds=np.array([int(first.timestamp()) for first in firsts]),
        step=max(1, 7 * months // 12),
    )


@frozen(kw_only=True, eq=False)
class Moments:
    """The interactions, by customer, journey and time; and the journeys they make.

    Attributes:
        case: index of the journey of each interaction.
        customer: index of the customer.
        touchpoint: index into `TOUCHPOINTS`.
        at: time, seconds since 1970.
        felt: momentary emotion, -5 to 5, of every interaction, whether it was asked or not.
        irritant, wow, failure: whether it happened at that interaction.
        recovered: whether this interaction repaired an earlier failure of the journey.
        first, last: index of the first and of the last interaction of each journey.
        owner: customer of each journey.
        reference: the journey each customer remembers when asked, one of the customer's own.
        remembered_at: when that question is, or would be, asked.
    """

    case: Ints
    customer: Ints
    touchpoint: Ints
    at: Ints
    felt: Ints
    irritant: Bools
    wow: Bools
    failure: Bools
    recovered: Bools
    first: Ints
    last: Ints
    owner: Ints
    reference: Ints
    remembered_at: Ints

    @property
    def stage(self) -> Ints:
        """Index into `PHASES` of each interaction."""
        return _STAGE[self.touchpoint]


def walk(people: Population, months: Calendar, *, seed: int) -> Moments:
    """Simulate every journey of every customer."""
    rng = stream(seed, "paths")
    again = np.array([p.again for p in clientele.PERSONAS])
    cases = 1 + rng.binomial(2, again[people.persona])
    owner = np.repeat(np.arange(people.size, dtype=np.int32), cases)
    grid = _steps(rng, people.habit[owner])
    failed = rng.random(grid.shape, dtype=np.float32) < _failure_odds()[grid]
    contact = failed.any(axis=1) & (rng.random(len(owner)) < plan.CONTACTS)
    phone = rng.random(len(owner)) < plan.BY_PHONE
    rescue = np.where(contact, np.where(phone, _HOTLINE, _CHAT), _NOWHERE)
    grid = np.column_stack([grid, rescue.astype(np.int8)])
    there = grid != _NOWHERE
    length = there.sum(axis=1)
    last = np.cumsum(length) - 1
    first = last - length + 1
    case = np.repeat(np.arange(len(owner), dtype=np.int32), length)
    touchpoint = grid[there]
    failure = np.column_stack([failed, np.zeros(len(owner), dtype=np.bool_)])[there]
    at, room = _times(rng, months, cases, touchpoint, case, first, last)
    repaired = contact & (rng.random(len(owner)) < plan.RECOVERED)
    recovered = np.zeros(len(case), dtype=np.bool_)
    recovered[last[repaired]] = True
    rescued = np.zeros(len(case))
    rescued[last[contact]] = np.where(repaired[contact], *plan.RESCUE_FELT[::-1])

    irritant = rng.random(len(case)) < _by_touchpoint(plan.IRRITANTS, "incidence")[touchpoint]
    wow = rng.random(len(case)) < _by_touchpoint(plan.WOWS, "incidence")[touchpoint]
    mood = np.array([p.mood for p in clientele.PERSONAS])[people.persona]
    felt = (
        np.array([t.felt for t in plan.TOUCHPOINTS])[touchpoint]
        + mood[owner][case]
        + plan.STEP_FELT * (at >= months.bounds[months.step])
        - _by_touchpoint(plan.IRRITANTS, "severity")[touchpoint] * irritant
        + _by_touchpoint(plan.WOWS, "lift")[touchpoint] * wow
        + plan.FAILURE_FELT * failure
        + rescued
        + rng.normal(0.0, plan.FELT_NOISE, len(case))
    )
    reference = np.cumsum(cases) - cases + rng.integers(0, cases)
    # Asked a few days after the last moment: within the time kept free after each journey.
    delay = (rng.uniform(0.15, 0.95, people.size) * room[reference]).astype(np.int64)
    return Moments(
        case=case,
        customer=owner[case],
        touchpoint=touchpoint,
        at=at,
        felt=np.clip(np.rint(felt), -5, 5).astype(np.int8),
        irritant=irritant,
        wow=wow,
        failure=failure,
        recovered=recovered,
        first=first,
        last=last,
        owner=owner,
        reference=reference,
        remembered_at=at[last[reference]] + delay,
    )


def _steps(rng: np.random.Generator, habit: Ints) -> Ints:
    """Return touchpoints, shape (journeys, steps); `_NOWHERE` where a step did not happen."""
    grid = np.full((len(habit), plan.WALK_STEPS), _NOWHERE, dtype=np.int8)
    for index, typical in enumerate(plan.HABITS):
        rows = np.flatnonzero(habit == index)
        odds = np.array([step.probability for step in typical.steps])
        codes = np.array([_IDS.index(step.touchpoint) for step in typical.steps], dtype=np.int8)
        happens = rng.random((len(rows), len(codes))) < odds
        grid[rows, : len(codes)] = np.where(happens, codes, _NOWHERE)
    rows = np.flatnonzero(habit == len(plan.HABITS))
    moves = _moves()
    here = choose(rng, moves[-1:], np.zeros(len(rows), dtype=np.int8))
    for place in range(plan.WALK_STEPS):
        grid[rows, place] = here
        here = choose(rng, moves, here)
    return grid


def _moves() -> Floats:
    """Return the random walk of the `varied`: a row a touchpoint, then the row of the start.

    A next touchpoint is likelier the nearer its phase is to half a phase ahead, so walks drift
    forward and often turn back. The last column ends the walk.
    """
    ahead = _STAGE[None, :] - _STAGE[:, None] - 0.5
    onward = np.exp(-np.abs(ahead)) * ~np.eye(_NOWHERE, dtype=np.bool_)
    onward *= (1 - plan.WALK_ENDS) / onward.sum(axis=1, keepdims=True)
    start = np.exp(-_STAGE.astype(np.float64))
    moves = np.zeros((_NOWHERE + 2, _NOWHERE + 1))
    moves[:_NOWHERE, :_NOWHERE] = onward
    moves[:_NOWHERE, _NOWHERE] = plan.WALK_ENDS
    moves[_NOWHERE, _NOWHERE] = 1.0
    moves[-1, :_NOWHERE] = start / start.sum()
    return moves


def _times(
    rng: np.random.Generator,
    months: Calendar,
    cases: Ints,
    touchpoint: Ints,
    case: Ints,
    first: Ints,
    last: Ints,
) -> tuple[Ints, Floats]:
    """Return the time of each interaction and the seconds kept free after each journey.

    The period is cut into as many slots as the customer has journeys, so that journeys of one
    customer never overlap; a journey too long for its slot is compressed.
    """
    hours = np.array([t.gap for t in plan.TOUCHPOINTS])
    gap = _SHORTEST_GAP + rng.exponential(3_600 * hours[touchpoint])
    gap[first] = 0.0
    elapsed = np.cumsum(gap)
    elapsed -= elapsed[first][case]
    slot = np.repeat(months.length / cases, cases)
    rank = np.arange(len(slot)) - np.repeat(np.cumsum(cases) - cases, cases)
    room = np.minimum(10 * 86_400, 0.25 * slot)
    usable = slot - room
    factor = np.minimum(1.0, 0.8 * usable / np.maximum(elapsed[last], 1.0))
    start = rank * slot + rng.random(len(slot)) * (usable - factor * elapsed[last])
    seconds = (start[case] + factor[case] * elapsed).astype(np.int64)
    return int(months.bounds[0]) + seconds, room


def _failure_odds() -> Floats:
    return np.array([*(t.failure for t in plan.TOUCHPOINTS), 0.0])


def _by_touchpoint(planted: tuple[plan.Irritant | plan.Wow, ...], trait: str) -> Floats:
    values = np.zeros(_NOWHERE)
    for one in planted:
        values[_IDS.index(one.touchpoint)] = getattr(one, trait)
    return values
