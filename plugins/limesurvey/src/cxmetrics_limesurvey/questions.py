"""What a survey asks: which questions are ratings, on which scale, and what comments on them.

A scale is never guessed from the answers. It comes from the type of the question (a five point
choice is 1 to 5), from its answer codes where they are equally spaced numbers, or from the user.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any, Final, Self

from attrs import Factory, evolve, frozen

from cxmetrics import Scale
from cxmetrics.errors import ConfigError, DriftError, ScaleError

TEXTS: Final = frozenset("TSUQ")
_FIXED: Final[Mapping[str, Scale]] = {"5": Scale(1, 5), "A": Scale(1, 5), "B": Scale(1, 10)}
_CODED: Final = frozenset("L!OFH")
_ROWS: Final = frozenset("ABFH")
DETAILED: Final = _CODED | _ROWS | {"Q", "N"}
"""Types of which more has to be asked than the list of questions says."""


@frozen(kw_only=True)
class Rating:
    """A question that gives ratings.

    Attributes:
        key: the column of the export, such as `NPS` or `SAT[SQ001]`.
        question: its name in the records.
        scale: what it offers, spelled ("0:10").
        codes: answer codes that are no numbers, with the ratings they stand for.
        comments: the columns of the texts that go with it.
    """

    key: str
    question: str
    scale: str
    codes: Mapping[str, float] = Factory(dict)
    comments: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return JSON values."""
        return {
            "key": self.key,
            "question": self.question,
            "scale": self.scale,
            "codes": dict(self.codes),
            "comments": list(self.comments),
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Build what `to_dict` wrote."""
        return cls(**{**data, "comments": tuple(data["comments"])})


@frozen
class Code:
    """An answer of a question: its code, and where it stands among the others."""

    code: str
    order: int


def codes(options: Any) -> list[Code]:
    """Return the answer codes of a question, in their order.

    PHP writes the same property as a *list* where the codes are 0, 1, 2 … without a gap (the codes
    are lost, and are the positions), as an *object* by code for all others, and as a *text* where
    there are none.

    Raises:
        DriftError: it is something else.

    Example:
        >>> [each.code for each in codes([{"answer": "bad"}, {"answer": "good"}])]
        ['0', '1']
    """
    if isinstance(options, str) or options is None:
        return []
    if isinstance(options, list):
        pairs = [(str(at), each) for at, each in enumerate(options)]
    elif isinstance(options, Mapping):
        pairs = list(options.items())
    else:
        raise DriftError("answeroptions is neither list, object nor text.", "$.answeroptions")
    found = []
    for at, (code, each) in enumerate(pairs):
        if not isinstance(each, Mapping):
            raise DriftError("an answer option is no object.", f"$.answeroptions.{code}")
        place = str(each.get("order", at))
        found.append(Code(code, int(place) if re.fullmatch("[0-9]{1,9}", place) else at))
    return sorted(found, key=lambda each: each.order)


def spread(found: Sequence[Code]) -> Scale | None:
    """Return the scale that equally spaced numeric codes make, else None.

    Example:
        >>> str(spread(codes({"1": {}, "2": {}, "3": {}}))), spread(codes({"A1": {}, "A2": {}}))
        ('1-3', None)
    """
    texts = [each.code for each in found]
    if len(texts) < 2 or not all(re.fullmatch(r"-?(0|[1-9][0-9]{0,5})", text) for text in texts):
        return None
    points = sorted(map(int, texts))
    steps = {after - before for before, after in pairwise(points)}
    return Scale(points[0], points[-1], step=steps.pop()) if len(steps) == 1 else None


def parts(subquestions: Any) -> list[str]:
    """Return the codes of the rows of an array; the property is a text where there are none."""
    if isinstance(subquestions, Mapping):
        subquestions = list(subquestions.values())
    if not isinstance(subquestions, list):
        return []
    return [
        str(each["title"])
        for each in subquestions
        if isinstance(each, Mapping) and str(each.get("scale_id", 0)) == "0" and each.get("title")
    ]


def ratings(
    questions: Iterable[Mapping[str, Any]],
    details: Mapping[str, Mapping[str, Any]],
    *,
    names: Mapping[str, str],
    scales: Mapping[str, str],
    comments: Mapping[str, str],
) -> list[Rating]:
    """Return the questions of a survey that give ratings.

    Args:
        questions: what `list_questions` answers.
        details: what `get_question_properties` answers, by question id.
        names: the questions to read, and their names in the records; empty for all ratings.
        scales: scales the user declares, by code.
        comments: the rating that a text question goes with, by the code of the text; the others
            go with the rating before them in the questionnaire.

    Raises:
        ConfigError: a question named by the user is not there, or has no scale.
        DriftError: two questions have one code, or an answer is not as documented.
    """
    parents = sorted((q for q in questions if str(q.get("parent_qid", 0)) == "0"), key=_place)
    known = [str(question.get("title", "")) for question in parents]
    twice = next((code for at, code in enumerate(known) if code in known[:at]), None)
    if twice is not None:
        raise DriftError(
            f"two questions have the code {twice!r}: the export holds one answer of the two. Give "
            "one of them another code.",
            "$[].title",
        )
    for code in (*names, *scales, *comments, *comments.values()):
        if _parent(code) not in known:
            raise ConfigError(f"the survey has no question {code!r}: it has {', '.join(known)}.")
    found: list[Rating] = []
    texts: dict[str, list[str]] = {}
    for question in parents:
        code, kind = str(question.get("title", "")), str(question.get("type", ""))
        detail = details.get(str(question.get("qid", question.get("id", ""))), {})
        if kind in TEXTS:
            home = comments.get(code) or (found[-1].key if found else "")
            texts.setdefault(home, []).extend(_columns(code, kind, detail))
            continue
        found += _ratings(code, kind, detail, names, scales)
    keys = {rating.key for rating in found}
    for code, home in comments.items():
        if home not in keys:
            raise ConfigError(f"{code!r} goes with {home!r}, which is no rating that is read.")
    return [
        evolve(
            rating,
            # a text before the first rating goes with that one
            comments=(*(texts.get("", ()) if at == 0 else ()), *texts.get(rating.key, ())),
        )
        for at, rating in enumerate(found)
    ]


def _ratings(
    code: str,
    kind: str,
    detail: Mapping[str, Any],
    names: Mapping[str, str],
    scales: Mapping[str, str],
) -> Iterator[Rating]:
    answers = codes(detail.get("answeroptions")) if kind in _CODED else []
    scale, values = _scale(code, kind, answers, detail, scales.get(code))
    for column in _columns(code, kind, detail):
        name = names.get(column, names.get(code))
        if names and name is None:
            continue
        if scale is None:
            if names:
                raise ConfigError(
                    f"the question {code!r} has no scale that can be known (type {kind!r}): "
                    f"declare it, scales {code}=1:5, or {code}=1:5! where low is good."
                )
            return
        if name is None or (column != code and column not in names):
            name = re.sub(r"[^0-9a-z]+", "_", (name or code).lower()).strip("_") + (
                "" if column == code else f"_{column[len(code) + 1 : -1].lower()}"
            )
        yield Rating(key=column, question=name, scale=scale.spell(), codes=values)


def _scale(
    code: str, kind: str, answers: Sequence[Code], detail: Mapping[str, Any], told: str | None
) -> tuple[Scale | None, Mapping[str, float]]:
    """Return the scale of a question, and the ratings that codes which are no numbers stand for."""
    if told is None:
        return _FIXED.get(kind) or spread(answers) or _limits(kind, detail), {}
    try:
        scale = Scale.parse(told)
    except ScaleError as error:
        raise ConfigError(f"scales {code}={told}: {error}") from error
    if not answers or spread(answers) is not None:
        return scale, {}
    if len(answers) != scale.size:
        raise ConfigError(
            f"scales {code}={told}: the scale has {scale.size} points, the question "
            f"{len(answers)} answers."
        )
    return scale, {each.code: point for each, point in zip(answers, scale.points, strict=True)}


def _limits(kind: str, detail: Mapping[str, Any]) -> Scale | None:
    """Return the scale of a number input that takes whole numbers between two limits."""
    given = detail.get("attributes")
    if kind != "N" or not isinstance(given, Mapping) or str(given.get("num_value_int_only")) != "1":
        return None
    ends = [str(given.get(name, "")) for name in ("min_num_value_n", "max_num_value_n")]
    if not all(re.fullmatch("-?[0-9]{1,4}", end) for end in ends) or int(ends[0]) >= int(ends[1]):
        return None
    return Scale(int(ends[0]), int(ends[1])) if int(ends[1]) - int(ends[0]) <= 100 else None


def _columns(code: str, kind: str, detail: Mapping[str, Any]) -> list[str]:
    if kind in _ROWS or kind == "Q":
        return [f"{code}[{part}]" for part in parts(detail.get("subquestions"))]
    return [code]


def _parent(code: str) -> str:
    return code.partition("[")[0]


def _place(question: Mapping[str, Any]) -> tuple[int, int]:
    def number(name: str) -> int:
        text = str(question.get(name, 0))
        return int(text) if re.fullmatch("[0-9]{1,9}", text) else 0

    return number("gid"), number("question_order")
