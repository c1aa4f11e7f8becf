"""Zendesk's objects, read: ratings, survey responses, tickets and users."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import pairwise
from types import NoneType
from typing import Any, Final

from cxmetrics import Scale
from cxmetrics.errors import DataError, DriftError
from cxmetrics.sources import Read
from cxmetrics.sources.strict import instant, member

_SCORES: Final[Mapping[str, int]] = {"good": 1, "bad": 0}
_ASKED: Final = frozenset({"offered", "unoffered"})
_NO_REASON: Final = "No reason provided"


def rating(raw: Any, touchpoint: str) -> Read:
    """Read a satisfaction rating, the CSAT of before 2024: good or bad."""
    number = _id(raw)
    score = member(raw, "$.score", str)
    created = instant(member(raw, "$.created_at", str))
    updated = instant(member(raw, "$.updated_at", str))
    if score in _ASKED:
        return Read(id=f"rating:{number}", mark=created, updated_at=updated, skipped=score)
    word = score.removesuffix("_with_comment").removesuffix("_without_comment")
    if word not in _SCORES:
        raise DataError("score is neither good nor bad.")
    reason = raw.get("reason")
    record = {
        "id": f"rating:{number}",
        "rating": _SCORES[word],
        "scale": "0:1",
        "question": "csat",
        "customer": _text(raw.get("requester_id")),
        "verbatim": _text(raw.get("comment")),
        "answered_at": updated,
        "touchpoint": touchpoint,
        "interaction": _text(raw.get("ticket_id")),
        "dims": {"reason": reason} if reason and reason != _NO_REASON else {},
    }
    return Read(id=f"rating:{number}", records=[record], mark=created, updated_at=updated)


def answers(raw: Any, touchpoint: str, surveys: Mapping[str, Any]) -> Read:
    """Read a survey response, the CSAT since 2024: answers to questions of a version of a survey.

    Args:
        raw: the response.
        touchpoint: of the answers.
        surveys: what is known of the surveys, by `survey_key`.
    """
    name = member(raw, "$.id", str)
    given = member(raw, "$.answers", list)
    stamps = [instant(member(each, "$.updated_at", str)) for each in given]
    created = [instant(member(each, "$.created_at", str)) for each in given]
    told = surveys.get(survey_key(raw), {})
    reasons = ", ".join(_reasons(given, told)) or None
    comments = [member(each, "$.value", str) for each in given if each.get("type") == "open_ended"]
    shared = {
        "customer": _text(raw.get("responder_id")),
        "touchpoint": touchpoint,
        "interaction": _ticket(raw),
        "dims": {"survey": member(raw, "$.survey.id", str)}
        | ({"reason": reasons} if reasons else {}),
    }
    rated = [each for each in given if each.get("type") == "rating_scale"]
    records = [
        shared
        | {
            "id": f"survey:{name}:{member(each, '$.question.id', str)}",
            "rating": member(each, "$.rating", int),
            "scale": _scale(each, told),
            "question": _question(each["question"]),
            "answered_at": instant(each["updated_at"]),
            # the comment is on the whole: it goes with the first rating
            "verbatim": "\n".join(filter(None, comments)) or None if at == 0 else None,
        }
        for at, each in enumerate(rated)
    ]
    return Read(
        id=f"survey:{name}",
        records=records,
        mark=min(created, default=None),
        updated_at=max(stamps, default=None),
        skipped=None if records else "not answered",
    )


def survey_key(raw: Any) -> str:
    """Return which version of which survey a response answers."""
    return f"{member(raw, '$.survey.id', str)}/{member(raw, '$.survey.version', int)}"


def survey(raw: Any) -> dict[str, Any]:
    """Return what has to be known of a survey: the scales of its ratings, the texts of its reasons.

    A list of responses names the options that were chosen and does not tell the others, so the
    scale comes from here.
    """
    scales: dict[str, str | None] = {}
    labels: dict[str, str | None] = {}
    for question in member(raw, "$.questions", list):
        options = _options(question)
        if member(question, "$.type", str).startswith("rating_scale"):
            scales[member(question, "$.id", str)] = _spread(options)
        else:
            labels |= {
                member(o, "$.id", str): _text(_object(o, "$.label").get("value")) for o in options
            }
    return {"scales": scales, "labels": labels}


def ticket(raw: Any, touchpoint: str, dims: Sequence[str]) -> Read:
    """Read a ticket as the contact of its requester."""
    number, stamp = _id(raw), generated(raw)
    customer = _text(raw.get("requester_id"))
    if customer is None:
        return Read(id=number, mark=stamp, updated_at=stamp, skipped="no requester")
    record = {
        "id": number,
        "customer": customer,
        "touchpoint": touchpoint,
        "at": instant(member(raw, "$.created_at", str)),
        "channel": _text(_object(raw, "$.via").get("channel")),
        "dims": dict(_kept(raw, dims, raw.get("custom_fields"))),
    }
    return Read(id=number, records=[record], mark=stamp, updated_at=stamp)


def generated(raw: Any) -> datetime:
    """Return the stamp that exports of tickets are asked by: it moves with every change."""
    return instant(member(raw, "$.generated_timestamp", int), unit="s")


def user(raw: Any, dims: Sequence[str]) -> Read:
    """Read a user; agents and administrators are no customers."""
    number, stamp = _id(raw), instant(member(raw, "$.updated_at", str))
    role = member(raw, "$.role", str)
    if role != "end-user":
        return Read(id=number, mark=stamp, updated_at=stamp, skipped=f"role {role}")
    record = {
        "id": number,
        "since": instant(member(raw, "$.created_at", str)),
        "dims": dict(_kept(raw, dims, raw.get("user_fields"))),
    }
    return Read(id=number, records=[record], mark=stamp, updated_at=stamp)


# -- parts -----------------------------------------------------------------------------------------


def _id(raw: Any) -> str:
    return str(member(raw, "$.id", (int, str)))


def _text(value: Any) -> str | None:
    return None if value is None else str(value).strip() or None


def _object(raw: Any, path: str) -> dict[str, Any]:
    """Return an object that may be null or absent."""
    return member(raw, path, (dict, NoneType), default=None) or {}


def _ticket(raw: Any) -> str | None:
    for subject in member(raw, "$.subjects", (list, NoneType), default=None) or ():
        if member(subject, "$.type", str).removeprefix("zen:") == "ticket":
            return str(member(subject, "$.id", (str, int)))
    return None


def _question(raw: Mapping[str, Any]) -> str:
    if raw.get("sub_type") == "customer_satisfaction":
        return "csat"
    return _text(raw.get("alias")) or str(raw["id"])


def _scale(answer: Any, told: Mapping[str, Any]) -> str:
    options = _options(answer["question"])  # told with a single response, not in lists
    found = _spread(options) if options else told.get("scales", {}).get(answer["question"]["id"])
    if found is None:
        raise DataError("the scale of the question is not known: its survey does not tell it.")
    return str(found)


def _options(question: Any) -> list[Any]:
    return member(question, "$.options", (list, NoneType), default=None) or []


def _spread(options: Iterable[Mapping[str, Any]]) -> str | None:
    """Return the scale that the ratings of options make, spelled, where they are equally spaced."""
    points = sorted(member(option, "$.rating", int) for option in options)
    steps = {after - before for before, after in pairwise(points)}
    if len(steps) != 1 or 0 in steps:
        return None
    return Scale(points[0], points[-1], step=steps.pop()).spell()


def _reasons(given: Iterable[Mapping[str, Any]], told: Mapping[str, Any]) -> Iterator[str]:
    for answer in given:
        if answer.get("type") == "closed_ended":
            for chosen in member(answer, "$.selections", list):
                option = member(chosen, "$.option_id", str)
                yield told.get("labels", {}).get(option) or option


def _kept(raw: Mapping[str, Any], names: Sequence[str], own: Any) -> Iterator[tuple[str, Any]]:
    """Yield the fields that are kept: of the object, or its own fields by number or key."""
    fields = own if isinstance(own, Mapping) else {}
    if isinstance(own, list):
        fields = {str(each.get("id")): each.get("value") for each in own if isinstance(each, dict)}
    for name in names:
        value = raw.get(name, fields.get(name))
        if isinstance(value, list):
            value = ",".join(map(str, value)) or None
        if value is not None and not isinstance(value, str | int | float | bool):
            raise DriftError(f"{name} holds an object: it can't be kept as a dim.", f"$.{name}")
        if value is not None:
            yield name, value
