"""The arrays of the simulation laid out as the tables a user sees."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Final, cast

import attrs
import numpy as np
from numpy.typing import NDArray

from cxmetrics.datasets import blueprint as plan
from cxmetrics.datasets import clientele, staff, surveys, text
from cxmetrics.datasets.ladder import Bools, Floats, Ints
from cxmetrics.datasets.outcomes import Facts
from cxmetrics.datasets.paths import Calendar, Moments
from cxmetrics.datasets.population import Population
from cxmetrics.datasets.table import Coded, Column, Numbered, Table
from cxmetrics.scale import Scale

if TYPE_CHECKING:
    from cxmetrics.records import Record

_PERSONAS: Final = tuple(p.id for p in clientele.PERSONAS)
_REGIONS: Final = tuple(r.id for r in clientele.REGIONS)
_TOUCHPOINTS: Final = tuple(t.id for t in plan.TOUCHPOINTS)
_CHANNELS: Final = tuple(t.channel for t in plan.TOUCHPOINTS)
_FIVE_A: Final = tuple(t.five_a for t in plan.TOUCHPOINTS)
_HABITS: Final = (*(h.id for h in plan.HABITS), plan.VARIED)
_DAY: Final = 86_400


def _time(seconds: Ints) -> NDArray[np.datetime64]:
    return seconds.astype("datetime64[s]").astype("datetime64[us]")


def _same(word: str, rows: int) -> Coded:
    return Coded(np.zeros(rows, dtype=np.int8), (word,))


def _words(values: list[str]) -> Coded:
    return Coded(np.arange(len(values)), tuple(values))


def personas() -> Table:
    """One row a persona."""
    people = clientele.PERSONAS
    return Table(
        {
            "id": _words([p.id for p in people]),
            "name": _words([p.name for p in people]),
            "description": _words([p.description for p in people]),
            "name_fr": _words([p.name_fr for p in people]),
            "description_fr": _words([p.description_fr for p in people]),
        }
    )


def touchpoints() -> Table:
    """One row a touchpoint."""
    points = plan.TOUCHPOINTS
    return Table(
        {
            "id": _words([t.id for t in points]),
            "name": _words([t.name for t in points]),
            "channel": _words([t.channel for t in points]),
            "stage": _words([t.stage for t in points]),
            "five_a": _words([t.five_a for t in points]),
            "name_fr": _words([t.name_fr for t in points]),
        }
    )


def customers(people: Population) -> Table:
    """One row a customer."""
    return Table(
        {
            "id": Numbered("C", np.arange(people.size)),
            "persona": Coded(people.persona, _PERSONAS),
            "since": _time(people.since),
            "region": Coded(people.region, _REGIONS),
            "segment": Coded(people.segment, clientele.SEGMENTS),
            "age": Coded(people.age, clientele.AGES),
            "language": Coded(people.language, clientele.LANGUAGES),
            "habit": Coded(people.habit, _HABITS),
        }
    )


def interactions(moments: Moments) -> Table:
    """One row an interaction, by customer, journey and time."""
    rows = len(moments.at)
    here = moments.touchpoint
    return Table(
        {
            "id": Numbered("I", np.arange(rows, dtype=np.int32)),
            "customer": Numbered("C", moments.customer),
            "touchpoint": Coded(here, _TOUCHPOINTS),
            "at": _time(moments.at),
            "journey": _same(plan.JOURNEY, rows),
            "stage": Coded(moments.stage, plan.PHASES),
            "channel": Coded(here, _CHANNELS),
            "five_a": Coded(here, _FIVE_A),
            "case": Numbered("J", moments.case),
            "felt": moments.felt,
            "irritant": _planted(plan.IRRITANTS, moments.irritant, here),
            "wow": _planted(plan.WOWS, moments.wow, here),
            "failure": moments.failure,
            "recovered": moments.recovered,
        }
    )


def _planted(planted: tuple[plan.Irritant | plan.Wow, ...], happened: Bools, here: Ints) -> Coded:
    # At most one is planted at a touchpoint: the touchpoint tells which one happened.
    at = {one.touchpoint: index for index, one in enumerate(planted)}
    which = np.array([at.get(touchpoint, -1) for touchpoint in _TOUCHPOINTS], dtype=np.int8)
    return Coded(np.where(happened, which[here], -1), tuple(one.id for one in planted))


def _asked_touchpoint(moments: Moments, about: Ints) -> Coded:
    codes = np.where(about < 0, -1, moments.touchpoint[np.maximum(about, 0)])
    return Coded(codes.astype(np.int8), _TOUCHPOINTS)


def invitations(moments: Moments, asked: surveys.Asked) -> Table:
    """One row an invitation, by customer and time."""
    answered_at = _time(asked.answered_at)
    answered_at[~asked.answered] = np.datetime64("NaT", "us")
    return Table(
        {
            "id": Numbered("V", np.arange(len(asked.sent_at), dtype=np.int32)),
            "customer": Numbered("C", asked.customer),
            "survey": Coded(asked.survey, surveys.SURVEYS),
            "sent_at": _time(asked.sent_at),
            "channel": Coded(asked.survey, ("sms", "email")),
            "delivered": asked.delivered,
            "answered_at": answered_at,
            "touchpoint": _asked_touchpoint(moments, asked.interaction),
            "interaction": Numbered("I", asked.interaction),
            "solicitations": asked.solicitations,
        }
    )


def responses(
    people: Population,
    moments: Moments,
    asked: surveys.Asked,
    ratings: surveys.Ratings,
    said: Ints,
    months: Calendar,
) -> Table:
    """One row a question of an answered invitation."""
    invitation = ratings.invitation
    customer, about = asked.customer[invitation], asked.interaction[invitation]
    sent_at = asked.sent_at[invitation]
    case = np.where(about < 0, moments.reference[customer], moments.case[np.maximum(about, 0)])
    return Table(
        {
            "id": Numbered("R", np.arange(len(invitation), dtype=np.int32)),
            "rating": ratings.rating,
            "scale": Coded(ratings.question, surveys.SCALES),
            "question": Coded(ratings.question, surveys.QUESTIONS),
            "customer": Numbered("C", customer),
            "respondent": _same("customer", len(invitation)),
            "verbatim": Coded(said, text.BANK),
            "language": Coded(people.language[customer], clientele.LANGUAGES),
            "weight": asked.weight[invitation],
            "asked_at": _time(sent_at),
            "answered_at": _time(asked.answered_at[invitation]),
            "touchpoint": _asked_touchpoint(moments, about),
            "interaction": Numbered("I", about),
            "invitation": Numbered("V", invitation),
            "case": Numbered("J", case),
            "month": Coded(months.month(sent_at), months.names),
            "persona": Coded(people.persona[customer], _PERSONAS),
            "region": Coded(people.region[customer], _REGIONS),
            "segment": Coded(people.segment[customer], clientele.SEGMENTS),
        }
    )


def employees(crew: staff.Staff) -> Table:
    """One row a question answered by an employee; the columns of responses, no customer."""
    rows = len(crew.rating)
    return Table(
        {
            "id": Numbered("E", np.arange(rows, dtype=np.int32)),
            "rating": crew.rating,
            "scale": Coded(crew.question, staff.SCALES),
            "question": Coded(crew.question, staff.QUESTIONS),
            "customer": Coded(np.full(rows, -1), ()),
            "respondent": _same("employee", rows),
            "weight": crew.weight,
            "asked_at": _time(crew.asked_at),
            "answered_at": _time(crew.answered_at),
            "team": Coded(crew.team[crew.respondent], tuple(t.id for t in plan.TEAMS)),
            "employee": Numbered("S", crew.respondent),
        }
    )


def outcomes(moments: Moments, facts: Facts) -> Table:
    """Three rows a customer: churn, repurchase, revenue."""
    values: tuple[Bools | Floats, ...] = (facts.churn, facts.repurchase, facts.revenue)
    kinds, size = len(values), len(facts.churn)
    at = moments.remembered_at + plan.OUTCOME_DAYS * _DAY
    return Table(
        {
            "id": Numbered("O", np.arange(kinds * size, dtype=np.int32)),
            "customer": Numbered("C", np.repeat(np.arange(size, dtype=np.int32), kinds)),
            "kind": Coded(
                np.tile(np.arange(kinds, dtype=np.int8), size), ("churn", "repurchase", "revenue")
            ),
            "value": np.column_stack(values).astype(np.float64).ravel(),
            "at": _time(np.repeat(at, kinds)),
        }
    )


def wide(answers: Table, people: Table) -> Table:
    """One row a relational respondent; see `Company.wide`."""
    question = _coded(answers, "question").codes
    invitation = _numbered(answers, "invitation").numbers
    names = surveys.QUESTIONS[: surveys.QUESTIONS.index("csat")]
    first = np.flatnonzero(question == 0)  # the recommendation opens each questionnaire
    rows = np.flatnonzero(question < len(names))
    ratings = np.full((len(first), len(names)), np.nan)
    ratings[np.searchsorted(invitation[first], invitation[rows]), question[rows]] = answers[
        "rating"
    ][rows]
    customer = _numbered(answers, "customer").numbers[first]
    columns: dict[str, Column] = {
        "id": Numbered("R", first),
        "customer": Numbered("C", customer),
    }
    for name in ("persona", "region", "segment", "age", "language"):
        columns[name] = _coded(people, name).at(customer)
    columns["month"] = _coded(answers, "month").at(first)
    for name in ("asked_at", "answered_at", "weight"):
        columns[name] = answers[name][first]
    columns["recommend"] = ratings[:, 0]
    columns |= {name: ratings[:, index] for index, name in enumerate(names) if index}
    columns["verbatim"] = _coded(answers, "verbatim").at(first)
    return Table(columns)


def _coded(table: Table, name: str) -> Coded:
    return cast(Coded, table.column(name))


def _numbered(table: Table, name: str) -> Numbered:
    return cast(Numbered, table.column(name))


def records(name: str, table: Table) -> Iterator[Record]:
    """Yield the rows of a table as records; what is no field of the record is a dim."""
    from cxmetrics import records as kinds

    classes: dict[str, Callable[..., Record]] = {
        "personas": kinds.Persona,
        "customers": kinds.Customer,
        "touchpoints": kinds.Touchpoint,
        "interactions": kinds.Interaction,
        "invitations": kinds.Invitation,
        "responses": kinds.Response,
        "employees": kinds.Response,
        "outcomes": kinds.Outcome,
    }
    record = classes[name]
    fields = {field.name for field in attrs.fields(cast("type[Record]", record))}
    goals = {p.id: p.goals for p in clientele.PERSONAS}
    scales = {text: Scale.parse(text) for text in {*surveys.SCALES, *staff.SCALES}}
    for row in table.rows():
        values = {key: row.pop(key) for key in list(row) if key in fields}
        if "scale" in values:
            values["scale"] = scales[values["scale"]]
        if name == "personas":
            values["goals"] = goals[values["id"]]
        yield record(**values, dims=row)
