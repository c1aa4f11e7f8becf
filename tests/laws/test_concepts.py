"""What must be true of every concept that takes rows, whatever the data.

A concept is one entry of `TABLE`: the rows it takes, how it is asked, and what it can be asked
beside that. A concept of the catalogue that is not in it fails the first test.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
from attrs import field, frozen
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

import cxmetrics as cx
from cxmetrics.concepts import Concept
from cxmetrics.plugins import registry

FIVE = cx.one_to_five
AROUND = cx.Scale(-5, 5)
NOON = datetime(2026, 3, 1, 12)  # clocks without a zone, as files have them
SOME = settings(max_examples=6, phases=[Phase.explicit, Phase.reuse, Phase.generate])

Rows = list[dict[str, Any]]
Numbers = list[tuple[str, float]]


@frozen(kw_only=True)
class Case:
    """A concept with the rows it takes.

    Attributes:
        draws: one row by column, without missing values.
        first: rows that are always there, so that nothing lacks what it is about.
        options: how the concept is asked; columns are named as in the rows.
        answers: the columns that may be missing.
        unit, weight, by: whether it takes such a column.
        mirror: options for a scale turned round, and the columns to mirror with their scales.
        flat: rows that are all the same, as often as they are wanted.
    """

    draws: Mapping[str, SearchStrategy[Any]]
    options: Mapping[str, Any]
    answers: tuple[str, ...]
    first: tuple[Mapping[str, Any], ...] = ()
    unit: bool = True
    weight: bool = True
    by: bool = False
    mirror: tuple[Mapping[str, Any], Mapping[str, cx.Scale]] | None = None
    flat: Mapping[str, Any] = field(factory=dict)


def rated(*names: str, scale: cx.Scale = FIVE) -> dict[str, SearchStrategy[Any]]:
    return dict.fromkeys(names, st.sampled_from([int(point) for point in scale.points]))


def asked(*names: str) -> dict[str, SearchStrategy[Any]]:
    return dict.fromkeys(names, st.sampled_from([0, 1]))


def turned(*names: str, scale: cx.Scale = FIVE, **more: Any) -> Any:
    return {"scale": scale.reversed, **more}, dict.fromkeys(names, scale)


THREE = ("needs", "ease", "emotion")
STAGES = ("aware", "appeal", "ask", "act", "advocate")
TABLE: dict[str, Case] = {
    "cxi": Case(
        draws=rated(*THREE), options={}, answers=THREE, by=True, mirror=turned(*THREE),
        first=({"needs": 5, "ease": 4, "emotion": 1}, {"needs": 1, "ease": 3, "emotion": 2}),
        flat=dict.fromkeys(THREE, 5),
    ),
    "satisfaction_index": Case(
        draws=rated("satisfaction", "expectancy", "ideal", scale=cx.one_to_ten), options={},
        answers=("satisfaction", "expectancy", "ideal"), by=True,
        mirror=turned("satisfaction", "expectancy", "ideal", scale=cx.one_to_ten),
        flat={"satisfaction": 10, "expectancy": 10, "ideal": 10},
    ),
    "index": Case(
        draws=rated(*THREE),
        options={"items": list(THREE), "scale": FIVE, "weights": {"needs": 0.5, "ease": 0.25,
                                                                  "emotion": 0.25}},
        answers=THREE, by=True, mirror=turned(*THREE), flat=dict.fromkeys(THREE, 3),
    ),
    "customer_orientation": Case(
        draws=rated(*THREE),
        options={"pillars": {"one": ["needs", "ease"], "two": ["emotion"]}, "scale": FIVE,
                 "floor": 0},
        answers=THREE, by=True, mirror=turned(*THREE), flat=dict.fromkeys(THREE, 4),
    ),
    "soco": Case(
        draws=rated("c1", "c2", "s1", "s2", scale=cx.Scale(1, 9)),
        options={"customer": ["c1", "c2"], "selling": ["s1", "s2"], "floor": 0},
        answers=("c1", "c2", "s1", "s2"), by=True, flat={"c1": 9, "c2": 9, "s1": 1, "s2": 1},
    ),
    "barometer": Case(
        draws=rated(*THREE) | {"bank": st.sampled_from("xyz")},
        options={"criteria": {"mind": ["needs", "ease"], "heart": ["emotion"]}, "scale": FIVE,
                 "player": "bank"},
        answers=THREE, mirror=turned(*THREE), flat=dict.fromkeys(THREE, 5) | {"bank": "x"},
        first=tuple(
            {"needs": n, "ease": 3, "emotion": n, "bank": bank} for bank in "xyz" for n in (2, 4)
        ),
    ),
    "weighted_count": Case(
        draws={"fault": st.sampled_from(["minor", "major", "grave"])},
        options={"category": "fault", "weights": {"minor": 1, "major": 5, "grave": 10}},
        answers=("fault",), weight=False, by=True, flat={"fault": "major"},
    ),
    "emotion_ratio": Case(
        draws=rated("felt", scale=AROUND), options={"rating": "felt", "scale": AROUND},
        answers=("felt",), by=True, first=({"felt": 4}, {"felt": -2}, {"felt": 1}, {"felt": -5}),
        mirror=turned("felt", scale=AROUND), flat={"felt": 3},
    ),
    "emotion_curve": Case(
        draws=rated("felt", scale=AROUND) | {"step": st.sampled_from(["ask", "buy", "use"])},
        options={"rating": "felt", "step": "step", "order": ["ask", "buy", "use"],
                 "scale": AROUND},
        answers=("felt",), flat={"felt": 5, "step": "ask"}, by=True,
        first=({"felt": 4, "step": "ask"}, {"felt": 2, "step": "ask"}),
    ),
    "good_experience": Case(
        draws=rated(*THREE), options={"items": list(THREE), "scale": FIVE, "good": [3, 4, 5]},
        answers=THREE, by=True, flat=dict.fromkeys(THREE, 4),
        mirror=turned(*THREE, good=[1, 2, 3]),
    ),
    "advocacy": Case(
        draws=asked("review", "referred", "warned") | rated("intent", scale=cx.zero_to_ten),
        options={"acts": ["review", "referred"], "negative": ["warned"], "intent": "intent"},
        answers=("review", "referred", "warned", "intent"), by=True,
        flat={"review": 1, "referred": 1, "warned": 0, "intent": 10},
    ),
    "wow": Case(
        draws=rated("met") | rated("again", scale=cx.zero_to_ten),
        options={"rating": "met", "scale": FIVE, "outcome": "again",
                 "outcome_scale": cx.zero_to_ten},
        answers=("met", "again"), by=True, flat={"met": 5, "again": 10}, mirror=turned("met"),
    ),
    "irritants": Case(
        draws=asked("wait", "fees", "loud") | rated("felt"),
        options={"items": ["wait", "fees"], "score": "felt", "scale": FIVE, "complaint": "loud"},
        answers=("wait", "fees", "felt", "loud"), mirror=turned("felt"),
        first=({"wait": 1, "fees": 0, "loud": 0, "felt": 2},
               {"wait": 0, "fees": 1, "loud": 1, "felt": 4}),
        flat={"wait": 1, "fees": 1, "loud": 0, "felt": 3},
    ),
    "five_a": Case(
        draws=asked(*STAGES), options={}, answers=STAGES, flat=dict.fromkeys(STAGES, 1),
        first=(dict.fromkeys(STAGES, 1), dict.fromkeys(STAGES, 1) | {"act": 0, "advocate": 0}),
    ),
    "maturity": Case(
        draws=rated("vision", "trust", "means"),
        options={"competencies": {"lead": ["vision", "means"], "staff": ["trust"]},
                 "cutpoints": [2, 3, 4], "stages": ["a", "b", "c", "d"]},
        answers=("vision", "trust", "means"), unit=False, weight=False,
        flat={"vision": 3, "trust": 3, "means": 3},
    ),
    "mirror": Case(
        draws=rated("trust", "care") | {"who": st.sampled_from(["customer", "employee"])},
        options={"dimensions": {"trust": ["trust"], "care": ["care"]}, "side": "who",
                 "floor": 1},
        answers=("trust", "care"), unit=False,
        first=tuple(
            {"trust": n, "care": 6 - n, "who": who}
            for n in (5, 2) for who in ("customer", "employee")
        ),
        mirror=turned("trust", "care", positive=[1, 2]),
        flat={"trust": 5, "care": 5, "who": "employee"},
    ),
    "delivery_gap": Case(
        draws=rated("rating") | {"side": st.sampled_from(["company", "customers"])},
        options={}, answers=("rating",), mirror=turned("rating", positive=[1, 2]),
        first=tuple({"rating": n, "side": who} for n in (5, 2) for who in ("company", "customers")),
        flat={"rating": 5, "side": "company"},
    ),
    "service_recovery": Case(
        draws=asked("failed", "recovered", "again") | rated("rating", scale=cx.zero_to_ten),
        options={"outcomes": ["again"]}, answers=("failed", "recovered", "rating", "again"),
        first=tuple(
            {"failed": f, "recovered": r, "again": n % 2, "rating": n}
            for f, r in ((0, 0), (1, 1), (1, 0)) for n in (3, 10)
        ),
        flat={"failed": 1, "recovered": 1, "again": 1, "rating": 10},
    ),
    "hot_cold": Case(
        draws=rated("rating", scale=cx.zero_to_ten)
        | {"happened_at": st.just(NOON),
           "answered_at": st.sampled_from([NOON + timedelta(hours=h) for h in (1, 30, 90)])},
        options={}, answers=("rating",),
        first=tuple(
            {"rating": n, "happened_at": NOON, "answered_at": NOON + timedelta(hours=h)}
            for h in (1, 90) for n in (4, 9)
        ),
        flat={"rating": 10, "happened_at": NOON, "answered_at": NOON},
    ),
}  # fmt: skip
ELSEWHERE = {
    "funnel": "takes paths: tests/journeys/test_flow.py",
    "transitions": "takes a flow: tests/journeys/test_flow.py",
    "typical_journeys": "takes paths: tests/journeys/test_types.py",
    "memory": "a regression: tests/journeys/test_moments.py",
    "themes": "reads texts: tests/verbatims/test_impact.py",
    "mismatch": "reads texts: tests/verbatims/test_mismatch.py",
}


def test_every_concept_of_rows_is_in_the_table() -> None:
    ours = {own.name for own in registry.every("concept")}
    assert ours == TABLE.keys() | ELSEWHERE.keys()


def every(able: Callable[[Case], Any] = lambda _: True) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("name", [name for name, case in TABLE.items() if able(case)])


@pytest.fixture(autouse=True, scope="module")
def _without_reliability() -> Iterator[None]:
    """Alpha and omega have laws of their own, and take longer than all the rest."""
    with pytest.MonkeyPatch.context() as patch:
        for place in ("composite", "catalogue.orientation", "catalogue.selling",
                      "catalogue.dimensions"):  # fmt: skip
            patch.setattr(f"cxmetrics.concepts.{place}.consistency", lambda *_, **__: "not asked")
        yield


# -- asking ----------------------------------------------------------------------------------------


@st.composite
def drawn(draw: st.DrawFn, name: str, *, missing: bool = False) -> Rows:
    """Rows of a concept, each with a group, a weight, and who answered."""
    case = TABLE[name]
    own = st.fixed_dictionaries(
        {
            column: values | st.none() if missing and column in case.answers else values
            for column, values in case.draws.items()
        }
    )
    start = [dict(row) for row in case.first] or [draw(st.fixed_dictionaries(case.draws))]
    rows = [*start, *draw(st.lists(own, min_size=6, max_size=16))]
    for place, row in enumerate(rows):
        row["weight"] = draw(st.integers(1, 24)) / 8
        row["group"] = "ab"[place % 2]
        row["who"] = row.get("who", f"p{place:02}") if name == "mirror" else f"p{place:02}"
    return rows


def columns(rows: Rows) -> dict[str, list[Any]]:
    return {name: [row[name] for row in rows] for name in rows[0]}


def asking(name: str, data: Any, **options: Any) -> Any:
    concept: Concept = cx.concept(name)
    return concept(data, **{**TABLE[name].options, **options})


def tree(found: Any) -> Any:
    """What the result says, through JSON without NaN and infinity."""
    return json.loads(json.dumps(found.to_dict(), allow_nan=False))


COUNTED = {"n", "n_effective", "n_missing", "rows", "incomplete", "missing", "neutral", "positive",
           "negative", "counts", "total", "respondents", "exposed", "cases", "deff", "unnamed",
           "standard_error", "parts_n", "bands", "recipe", "rule", "reliability", "p_value",
           "p_adjusted", "first", "agreement"}  # fmt: skip
"""What counts answers, or follows from how many there are: not estimates or their limits."""
LABELLED = {"cautions", "method", "metric", "by_assessor", "name", "group", "step", "rivals",
            "player", "part", "criteria", "order", "title", "notes", "level"}  # fmt: skip


def numbers(found: Any, *, without: Sequence[str] | set[str] = (), path: str = "") -> Numbers:
    """Every number of a result in the order it is told."""
    if isinstance(found, Mapping):
        return [
            pair
            for key, own in found.items()
            if key not in LABELLED and key not in without
            for pair in numbers(own, without=without, path=f"{path}.{key}")
        ]
    if isinstance(found, list):
        return [pair for own in found for pair in numbers(own, without=without, path=path)]
    if found is None:
        return [(path, math.nan)]
    return [(path, float(found))] if isinstance(found, int | float) else []


def same(a: Any, b: Any, *, without: Sequence[str] | set[str] = (), rel: float = 1e-9) -> None:
    mine, theirs = (numbers(tree(own), without=without) for own in (a, b))
    assert len(mine) == len(theirs)
    for (path, x), (_, y) in zip(mine, theirs, strict=True):
        assert x == pytest.approx(y, rel=rel, abs=1e-7, nan_ok=True), path


def intervals(found: Any, path: str = "") -> Iterator[tuple[str, float, float, float]]:
    """Every estimate with its interval."""
    if isinstance(found, Mapping):
        for key, own in found.items():
            beside = "value" if key == "interval" else key.removesuffix("_interval")
            if key.endswith("interval") and isinstance(own, Mapping) and "low" in own:
                value = found.get(beside)
                high = math.inf if own["high"] is None else own["high"]
                yield f"{path}.{key}", math.inf if value is None else value, own["low"], high
            yield from intervals(own, f"{path}.{key}")
    elif isinstance(found, list):
        for own in found:
            yield from intervals(own, path)


# -- laws ------------------------------------------------------------------------------------------


@every()
@given(data=st.data())
@SOME
def test_the_order_of_rows_is_nothing(name: str, data: st.DataObject) -> None:
    rows = data.draw(drawn(name, missing=True))
    other = data.draw(st.permutations(rows))
    more = {"by": "group"} if TABLE[name].by else {}
    same(asking(name, columns(rows), **more), asking(name, columns(other), **more))


@every(lambda case: case.weight)
@given(data=st.data())
@SOME
def test_weights_of_one_are_none(name: str, data: st.DataObject) -> None:
    rows = data.draw(drawn(name))
    ones = {**columns(rows), "weight": [1.0] * len(rows)}
    # a weighted ratio is linearised, one of independent emotions exact; the standard error
    # that of a share divides by n without weights, by n - 1 with; a regression is robust with them
    without = {"standard_error", "burden_interval", "contrast"}
    if name == "emotion_ratio":
        without |= {"interval", "factors"}
    same(asking(name, columns(rows)), asking(name, ones, weight="weight"), without=without)


@every(lambda case: case.weight)
@given(data=st.data(), factor=st.sampled_from([1e-3, 7.0, 1e5]))
@SOME
def test_the_scale_of_weights_is_nothing(name: str, data: st.DataObject, factor: float) -> None:
    rows = data.draw(drawn(name))
    other = [{**row, "weight": row["weight"] * factor} for row in rows]
    a, b = (asking(name, columns(own), weight="weight") for own in (rows, other))
    same(a, b, without={"positive", "negative", "neutral"}, rel=1e-6)


@every(lambda case: case.unit)
@given(data=st.data())
@SOME
def test_answering_twice_adds_no_evidence(name: str, data: st.DataObject) -> None:
    rows = data.draw(drawn(name))
    once, twice = (asking(name, columns(own), unit="who") for own in (rows, rows * 2))
    without = {*COUNTED, "interval", "burden_interval", "ratio_interval"}
    same(once, twice, without=without, rel=1e-6)
    if name == "emotion_ratio":  # exact once, linearised then
        return
    before, after = (
        [own for own in intervals(tree(each)) if "contrast" not in own[0]] for each in (once, twice)
    )
    for (path, _, low, high), (_, _, lower, higher) in zip(before, after, strict=True):
        # a design effect divides by n - 1, and in a part by the units of the whole
        assert 0.85 < (higher - lower) / (high - low) < 1.4, path


@every(lambda case: case.by)
@given(data=st.data())
@SOME
def test_a_group_is_what_it_is_alone(name: str, data: st.DataObject) -> None:
    rows = data.draw(drawn(name, missing=False))
    beside = asking(name, columns(rows), by="group")
    for label in "ab":
        alone = asking(name, columns(rows), where={"group": label})
        part = of_group(name, beside, label)
        for x, y in zip(part, of_group(name, alone, None), strict=True):
            assert x == pytest.approx(y, rel=1e-9, nan_ok=True)


def of_group(name: str, found: Any, label: str | None) -> list[float]:
    """The headline of a group, or of all: value and limits."""
    if name == "emotion_curve":
        each = list(found.curves[label].steps.values())
    elif name == "weighted_count":
        each = [(found if label is None else found.groups[label]).mean]
    elif name in {"customer_orientation", "soco"}:
        each = list((found.parts if label is None else found.groups[label]).values())
    else:
        each = [found.overall if label is None else found.groups[label]]
    limits = [(math.nan,) * 2 if e.interval is None else (e.interval.low, e.interval.high)
              for e in each]  # fmt: skip
    return [number for e, ends in zip(each, limits, strict=True) for number in (e.value, *ends)]


@every()
@given(data=st.data())
@SOME
def test_names_of_columns_and_labels_are_nothing(name: str, data: st.DataObject) -> None:
    case = TABLE[name]
    rows = data.draw(drawn(name))
    found = asking(name, columns(rows), **({"by": "group"} if case.by else {}))

    def new(word: Any) -> Any:
        return f"Ω {word} (new)" if word in rows[0] else word

    def renamed(option: Any) -> Any:
        if isinstance(option, Mapping):
            return {new(key): renamed(own) for key, own in option.items()}
        if isinstance(option, list):
            return [renamed(own) for own in option]
        return new(option) if isinstance(option, str) else option

    signature = registry.find("concept", name).function.__kwdefaults__ or {}
    usual = {
        option: default
        for option, default in signature.items()
        if (default in rows[0] if isinstance(default, str) else default == THREE)
        and option not in {"act", "advocate"}  # stages, not columns
    }
    given_ = {**{k: list(v) if isinstance(v, tuple) else v for k, v in usual.items()},
              **case.options}  # fmt: skip
    if name == "five_a":
        given_["stages"] = {stage: stage for stage in STAGES}
    options = {
        key: {k: renamed(own) for k, own in value.items()}
        if isinstance(value, dict) and key != "weights"
        else renamed(value)
        for key, value in given_.items()
    }
    other = [
        {new(column): f"z{own}" if column == "group" else own for column, own in row.items()}
        for row in rows
    ]
    more = {"by": new("group")} if case.by else {}
    same(found, registry.find("concept", name)(columns(other), **options, **more))


@every()
@given(data=st.data())
@SOME
def test_who_answers_nothing_is_no_evidence(name: str, data: st.DataObject) -> None:
    rows = data.draw(drawn(name))
    silent = [{**row, **dict.fromkeys(TABLE[name].answers)} for row in rows[:5]]
    found, more = asking(name, columns(rows)), asking(name, columns([*rows, *silent]))
    counted = {"missing", "n_missing", "rows", "incomplete", "cases", "unnamed"}
    same(found, more, without=counted)
    if name != "mirror":
        said = {c.code for c in more.cautions} | {
            key for key, own in numbers(tree(more)) if key.split(".")[-1] in counted and own >= 5
        }
        assert said, "nobody is told that answers are missing"


@every(lambda case: case.mirror is not None)
@given(data=st.data())
@SOME
def test_a_scale_turned_round_mirrors(name: str, data: st.DataObject) -> None:
    rows = data.draw(drawn(name))
    options, scales = TABLE[name].mirror or ({}, {})
    if name == "cxi":
        options = {"scale": options["scale"]}
    other = [
        {
            column: scales[column].low + scales[column].high - own if column in scales else own
            for column, own in row.items()
        }
        for row in rows
    ]
    a, b = asking(name, columns(rows)), asking(name, columns(other), **options)
    same(a, b, without={"recipe", "rule"})


DESIGNS = {"plain": {}, "weight": {"weight": "weight"}, "unit": {"unit": "who"},
           "by": {"by": "group"}}  # fmt: skip
ASKED = [
    pytest.param(name, DESIGNS[word], id=f"{name}-{word}")
    for name, case in TABLE.items()
    for word in DESIGNS
    if word == "plain" or getattr(case, word)
]


@pytest.mark.parametrize(("name", "more"), ASKED)
@given(data=st.data(), level=st.sampled_from([0.8, 0.95, 0.99]))
@SOME
def test_intervals_hold_what_they_are_of(
    name: str, more: Mapping[str, str], data: st.DataObject, level: float
) -> None:
    rows = data.draw(drawn(name, missing=True))
    for row in rows[4:]:
        row["who"] = row["who"] if name == "mirror" else row["who"][:2] + "0"  # some answer twice
    for path, value, low, high in intervals(tree(asking(name, columns(rows), level=level, **more))):
        assert low < high, path
        assert low - 1e-9 <= value <= high + 1e-9, path


APART = {
    "mirror": ("who", "customer"),
    "delivery_gap": ("side", "customers"),
    "barometer": ("bank", "y"),
    "hot_cold": ("answered_at", NOON + timedelta(hours=90)),
    "service_recovery": ("failed", 0),
}
"""What the other half of rows that agree has in place: concepts that compare two sides."""


@pytest.mark.parametrize(("name", "more"), ASKED)
def test_answers_that_agree_are_not_certain(name: str, more: Mapping[str, str]) -> None:
    rows = [{**TABLE[name].flat, "weight": 1.0 + n % 2, "group": "a"} for n in range(8)]
    rows += [{**row, **dict([APART[name]] if name in APART else [])} for row in rows]
    for place, row in enumerate(rows):
        row.setdefault("who", f"p{place // 2}")
    told = tree(asking(name, columns(rows), **more))
    for path, value, low, high in intervals(told):
        assert low < high, path
        assert low - 1e-9 <= value <= high + 1e-9, path
    if "unit" in more:  # of sixteen answers, eight people know less
        plain = {
            path: high - low for path, _, low, high in intervals(tree(asking(name, columns(rows))))
        }
        for path, _, low, high in intervals(told):
            if path in plain and math.isfinite(high):
                assert high - low >= plain[path] * (1 - 1e-9), path


def frame(data: Mapping[str, list[Any]], engine: str) -> Any:
    if engine == "pandas":
        return pytest.importorskip("pandas").DataFrame(data)
    if engine == "pyarrow":
        return pytest.importorskip("pyarrow").table(data)
    if engine == "duckdb":
        return pytest.importorskip("duckdb").from_arrow(pytest.importorskip("pyarrow").table(data))
    found = pytest.importorskip("polars").DataFrame(data)
    return found.lazy() if engine == "lazy" else found


@every()
@pytest.mark.parametrize("engine", ["pandas", "polars", "lazy", "pyarrow", "duckdb"])
@given(data=st.data())
@settings(SOME, max_examples=2)
def test_every_kind_of_table_says_the_same(name: str, engine: str, data: st.DataObject) -> None:
    case, rows = TABLE[name], data.draw(drawn(name, missing=True))
    words = {"unit": "who", "weight": "weight", "by": "group"}
    more = {word: own for word, own in words.items() if getattr(case, word)}
    same(asking(name, frame(columns(rows), engine), **more), asking(name, columns(rows), **more))
