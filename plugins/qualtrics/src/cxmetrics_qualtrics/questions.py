"""What a survey asks: which questions are ratings, on which scale, and what comments on them.

A scale is never guessed from the answers. It comes from the recoded values of the choices, where
they are equally spaced numbers, or from the user.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import pairwise
from types import NoneType
from typing import Any, Final, Self

from attrs import evolve, frozen

from cxmetrics import Scale
from cxmetrics.errors import ConfigError, ScaleError
from cxmetrics.sources.strict import member

_SINGLE: Final = frozenset({"SAVR", "SAHR", "SACOL", "DL", "SB", "NPS"})
"""Selectors of multiple choice with one answer."""
_NPS: Final = Scale(0, 10)
_NAME: Final = re.compile(r"[^0-9a-z]+")


@frozen(kw_only=True)
class Rating:
    """A question, or a row of a matrix, that gives ratings.

    Attributes:
        key: of its value in the export: `QID1`, `QID4_2`.
        question: its name in the records.
        scale: what it offers, spelled ("0:10").
        apart: values that are no rating: choices set apart from the analysis ("I don't know").
        comments: the keys of the texts that go with it.
    """

    key: str
    question: str
    scale: str
    apart: tuple[str, ...] = ()
    comments: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return JSON values."""
        return {
            "key": self.key,
            "question": self.question,
            "scale": self.scale,
            "apart": list(self.apart),
            "comments": list(self.comments),
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Build what `to_dict` wrote."""
        lists = {name: tuple(data[name]) for name in ("apart", "comments")}
        return cls(**{**data, **lists})


def ratings(
    definition: Any,
    *,
    names: Mapping[str, str],
    scales: Mapping[str, str],
    comments: Mapping[str, str],
) -> list[Rating]:
    """Return the questions of a survey that give ratings.

    Args:
        definition: the `result` of a survey definition.
        names: the questions to read, by id (QID1, QID4_2) or export tag (Q1), and their names in
            the records; empty for all ratings.
        scales: scales the user declares, by id or tag.
        comments: the rating that a text question goes with, by id or tag of both; the others go
            with the rating before them in the survey.

    Raises:
        ConfigError: a question named by the user is not there, or has no scale.
        DriftError: the definition is not as documented.
    """
    questions: dict[str, dict[str, Any]] = {
        name: member(definition, f"$.Questions.{name}", dict)
        for name in member(definition, "$.Questions", dict)
    }
    tags = {str(q.get("DataExportTag", name)): name for name, q in questions.items()}

    def key_of(given: str) -> str:
        for known, name in (*((n, n) for n in questions), *tags.items()):
            if given == known or (given.startswith(f"{known}_") and given not in tags):
                return name + given[len(known) :]
        raise ConfigError(f"the survey has no question {given!r}: it has {', '.join(tags)}.")

    wanted = {key_of(given): name for given, name in names.items()}
    told = {key_of(given): scale for given, scale in scales.items()}
    goes = {key_of(text): key_of(rating) for text, rating in comments.items()}
    found: list[Rating] = []
    texts: dict[str, list[str]] = {}
    for name in _order(definition, questions):
        question = questions[name]
        if question.get("QuestionType") == "TE":
            home = goes.get(name) or (found[-1].key if found else "")
            texts.setdefault(home, []).append(f"{name}_TEXT")
            continue
        found += _ratings(name, question, wanted, told)
    keys = {rating.key for rating in found}
    for given in wanted:
        if not any(key == given or key.startswith(f"{given}_") for key in keys):
            raise ConfigError(
                f"the question {given} has no scale that can be known: declare it, scales "
                f"{given}=1:5, or {given}=1:5! where low is good."
            )
    for text, home in goes.items():
        if home not in keys:
            raise ConfigError(f"{text} goes with {home}, which is no rating that is read.")
    return [
        evolve(
            rating,
            # a text before the first rating goes with that one
            comments=(*(texts.get("", ()) if at == 0 else ()), *texts.get(rating.key, ())),
        )
        for at, rating in enumerate(found)
    ]


def _ratings(
    name: str, question: Any, wanted: Mapping[str, str], told: Mapping[str, str]
) -> Iterator[Rating]:
    tag = _plain(str(question.get("DataExportTag") or name))
    for key, offered in _offered(name, question, told):
        if wanted and key not in wanted and name not in wanted:
            continue
        scale = offered
        spelled = told.get(key, told.get(name))
        if spelled is not None:
            try:
                scale = Scale.parse(spelled)
            except ScaleError as error:
                raise ConfigError(f"scales {key}={spelled}: {error}") from error
        if scale is None:
            continue
        label = wanted.get(key) or (wanted.get(name, tag) + key[len(name) :])
        yield Rating(key=key, question=label, scale=scale.spell(), apart=_apart(question))


def _offered(
    name: str, question: Any, told: Mapping[str, str]
) -> Iterator[tuple[str, Scale | None]]:
    """Yield the keys of a question's ratings, each with the scale its definition tells, or None."""
    kind, selector = question.get("QuestionType"), question.get("Selector")
    if kind == "MC" and selector in _SINGLE:
        yield name, _NPS if selector == "NPS" else _spread(question, "Choices")
    elif kind == "Matrix" and selector == "Likert":
        if question.get("SubSelector") in {"SingleAnswer", "DL"}:
            scale = _spread(question, "Answers")
            for row in _ordered(question, "Choices"):
                yield f"{name}_{row}", scale
    elif kind == "Slider":
        for row in _ordered(question, "Choices"):
            yield f"{name}_{row}", None  # its limits are not documented: they have to be declared
    elif name in told:
        yield name, None


def _spread(question: Any, part: str) -> Scale | None:
    """Return the scale that the recoded values of the choices make, else None."""
    apart = _apart(question)
    values = [v for v in (_value(question, c) for c in _ordered(question, part)) if v not in apart]
    if not all(re.fullmatch(r"-?(0|[1-9][0-9]{0,5})", value) for value in values):
        return None
    points = sorted(map(int, values))
    steps = {after - before for before, after in pairwise(points)}
    if len(steps) != 1 or 0 in steps:
        return None
    return Scale(points[0], points[-1], step=steps.pop())


def _apart(question: Any) -> tuple[str, ...]:
    analysed = question.get("AnalyzeChoices")
    listed = analysed.items() if isinstance(analysed, Mapping) else ()
    return tuple(_value(question, str(choice)) for choice, said in listed if said == "No")


def _value(question: Any, choice: str) -> str:
    """Return the value that a choice is recoded to, as text."""
    recoded = question.get("RecodeValues")
    return str(recoded.get(choice, choice) if isinstance(recoded, Mapping) else choice)


def _ordered(question: Any, part: str) -> list[str]:
    choices = question.get(part)
    return [str(choice) for choice in choices] if isinstance(choices, Mapping) else []


def _order(definition: Any, questions: Mapping[str, Any]) -> list[str]:
    """Return the questions in the order they are asked, those without a place at the end.

    Questions that were thrown away are in a block of that kind, and not among them.
    """
    blocks: dict[str, Any] = member(definition, "$.Blocks", dict, default={})
    asked = [name for name in _flow(definition.get("SurveyFlow")) if name in blocks] or blocks
    listed = [question for name in asked for question in _listed(blocks[name])]
    trash = {q for name in blocks if _type(blocks[name]) == "Trash" for q in _listed(blocks[name])}
    found = dict.fromkeys((*(q for q in listed if q in questions), *questions))
    return [name for name in found if name not in trash]


def _listed(block: Any) -> list[str]:
    elements = member(block, "$.BlockElements", (list, NoneType), default=None) or ()
    return [member(each, "$.QuestionID", str) for each in elements if _type(each) == "Question"]


def _type(part: Any) -> str:
    return member(part, "$.Type", str)


def _flow(node: Any) -> Iterator[str]:
    if isinstance(node, Mapping):
        if _type(node) in {"Block", "Standard"}:
            yield member(node, "$.ID", str)
        for inner in member(node, "$.Flow", (list, NoneType), default=None) or ():
            yield from _flow(inner)


def _plain(text: str) -> str:
    return _NAME.sub("_", text.lower()).strip("_")
