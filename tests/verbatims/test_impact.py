"""Theme times score: the numbers against the formulas written out, and the planted irritants."""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import stdtrit

import cxmetrics as cx
from cxmetrics.batch import Batch
from cxmetrics.datasets import blueprint, company, text
from cxmetrics.errors import ColumnError, DataError, ScaleError, UsageError
from cxmetrics.records import Response
from cxmetrics.stats.intervals.wilson import wilson
from cxmetrics.stats.multiplicity import adjust
from cxmetrics.verbatims import Dictionary, impact, read
from cxmetrics.verbatims.evaluating import evaluate

WORDS = Dictionary.from_dict(
    {"themes": {key: {"en": [key], "fr": [key]} for key in ("alpha", "beta", "gamma")}}
)
OWN: dict[str, Any] = {"text": "why", "rating": "score", "language": "en", "dictionary": WORDS}


def rows(size: int = 400, *, seed: int = 1) -> dict[str, Any]:
    """Answers in which alpha goes with bad scores, beta with good ones, gamma with none."""
    rng = np.random.default_rng(seed)
    said = rng.random((size, 3)) < [0.2, 0.3, 0.15]
    mean = 7 - 4 * said[:, 0] + 2 * said[:, 1]
    score = np.clip(np.rint(rng.normal(mean, 2)), 0, 10).tolist()
    texts: list[str | None] = [
        " ".join(["word", *(k for k, on in zip(WORDS.keys, row, strict=True) if on)])
        for row in said
    ]
    for row in range(0, size, 7):
        texts[row] = None
    for row in range(3, size, 31):
        score[row] = None
    return {
        "why": texts,
        "score": score,
        "w": rng.integers(1, 16, size) / 8,
        "who": rng.integers(0, size // 2, size),
        "shop": rng.choice(["a", "b"], size).tolist(),
        "layer": (np.arange(size) % 3).tolist(),
    }


def split(data: dict[str, Any], key: str) -> tuple[list[int], list[int], list[int]]:
    """Numbers of the rows with the theme, with a text without it, and without a text."""
    rated = [i for i, score in enumerate(data["score"]) if score is not None]
    said = [i for i in rated if data["why"][i] is not None]
    own = [i for i in said if key in data["why"][i].split()]
    return own, [i for i in said if i not in own], [i for i in rated if data["why"][i] is None]


def scored(data: dict[str, Any], chosen: list[int], **columns: str) -> cx.Score:
    part = {name: [values[i] for i in chosen] for name, values in data.items()}
    return cx.nps(part, rating="score", **columns)


def test_each_number_is_that_of_the_rows_measured_by_hand() -> None:
    data = rows()
    found = impact(data, **OWN)
    assert list(found) == ["alpha", "gamma", "beta"]  # the heaviest burden first
    pairs = {}
    for key, each in found.items():
        own, others, silent = split(data, key)
        with_it, without = scored(data, own), scored(data, others)
        pairs[key] = with_it.compare(without)
        assert each.mentioned.tally == with_it.tally
        assert each.others.tally == without.tally
        assert each.difference == pytest.approx(with_it.value - without.value)
        assert each.comparison is not None
        assert each.comparison.interval == pairs[key].interval
        n = len(own) + len(others)
        assert each.share.value == pytest.approx(100 * len(own) / n)
        interval = each.share.interval()
        assert [interval.low / 100, interval.high / 100] == pytest.approx(wilson(len(own), n))
        for name, points in (("detractors", range(7)), ("promoters", (9, 10))):
            inside = [i for i in own + others if data["score"][i] in points]
            hits = len(set(inside) & set(own))
            assert each.parts[name].value == pytest.approx(100 * hits / len(inside))
            assert each.parts[name].n == len(inside)
        assert found.silent.tally == scored(data, silent).tally
        everything = scored(data, own + others).value
        assert each.burden == pytest.approx(without.value - everything)
        assert each.burden == pytest.approx(-len(own) / n * each.difference)
    expected = adjust([pairs[key].difference.p_value for key in found], "holm")
    assert [each.p_value for each in found.values()] == pytest.approx(expected)
    assert found["alpha"].significant
    assert found["beta"].significant
    assert (found.rows, found.texts) == (400, 400 - len(range(0, 400, 7)))
    assert found.unrated == sum(
        s is None and t is not None for s, t in zip(data["score"], data["why"], strict=True)
    )


def test_no_text_is_not_no_theme_unless_asked_for() -> None:
    data = rows()
    own, others, silent = split(data, "alpha")
    whole = impact(data, reference="all", **OWN)["alpha"]
    assert whole.others.tally == scored(data, others + silent).tally
    assert whole.share.value == pytest.approx(100 * len(own) / len(own + others + silent))


@pytest.mark.parametrize("beside", [("weight",), ("unit",), ("weight", "unit", "strata")])
def test_weights_units_and_strata_are_those_of_the_metric(beside: tuple[str, ...]) -> None:
    data = rows()
    columns = {"weight": "w", "unit": "who", "strata": "layer"}
    if "strata" in beside:
        data["layer"] = (data["who"] % 3).tolist()  # a unit is in one stratum
    options = {name: columns[name] for name in beside}
    each = impact(data, **OWN, **options)["alpha"]
    own, others, _ = split(data, "alpha")
    part = {name: [values[i] for i in own + others] for name, values in data.items()}
    part["side"] = [1] * len(own) + [0] * len(others)
    scores = cx.nps(part, rating="score", by="side", **options)
    expected = scores[1].compare(scores[0])
    assert each.comparison is not None
    assert each.comparison.interval.low == pytest.approx(expected.interval.low)
    assert each.comparison.difference.p_value == pytest.approx(expected.difference.p_value)
    assert each.burden == pytest.approx(scores[0].value - scores.overall.value)


def test_the_interval_of_the_burden_is_the_linearised_one() -> None:
    """Against the variance of the influences, row by row."""
    data = rows()
    each = impact(data, **OWN, weight="w")["alpha"]
    own, others, _ = split(data, "alpha")
    worth = {**dict.fromkeys(range(7), -100), 7: 0, 8: 0, 9: 100, 10: 100}
    w = np.array([data["w"][i] for i in own + others])
    x = np.array([worth[data["score"][i]] for i in own + others], dtype=float)
    out = np.array([0] * len(own) + [1] * len(others))
    whole, rest = np.average(x, weights=w), np.average(x, weights=w * out)
    influence = w * out * (x - rest) / (w * out).sum() - w * (x - whole) / w.sum()
    n = len(x)
    variance = n / (n - 1) * (influence**2).sum()
    margin = stdtrit(len(own) - 1, 0.975) * math.sqrt(variance)
    assert each.burden_interval is not None
    assert each.burden_interval.low == pytest.approx(each.burden - margin)
    assert each.burden_interval.high == pytest.approx(each.burden + margin)


def test_the_interval_of_the_burden_covers() -> None:
    """At 95 %, a theme of one answer in ten with 200 answers: between 93 and 98 of 100."""
    rng = np.random.default_rng(5)
    true = 0.1 * 100 * ((0.5 - 0.2) - (0.1 - 0.7))
    hits, trials = 0, 300
    for _ in range(trials):
        said = rng.random(200) < 0.1
        score = np.where(
            said,
            rng.choice([3, 7, 10], 200, p=[0.7, 0.2, 0.1]),
            rng.choice([3, 7, 10], 200, p=[0.2, 0.3, 0.5]),
        )
        data = {"why": np.where(said, "alpha", "word").tolist(), "score": score}
        interval = impact(data, **OWN, themes=["alpha"])["alpha"].burden_interval
        assert interval is not None
        hits += interval.low <= true <= interval.high
    assert 0.93 <= hits / trials <= 0.98


def test_where_low_is_good_a_positive_burden_is_still_bad() -> None:
    data = rows()
    data["score"] = [None if s is None else 1 + s // 2.51 for s in data["score"]]
    good, bad = (impact(data, **OWN, metric=m)["alpha"] for m in (cx.csat, cx.dsat))
    assert good.difference < 0 < bad.difference
    assert min(good.burden, bad.burden) > 0


def test_a_metric_without_parts_has_none() -> None:
    found = impact(rows(), **OWN, metric=cx.mean_rating.using(scale=cx.zero_to_ten))
    assert found["alpha"].parts == {}
    assert found["alpha"].comparison is not None
    assert found["alpha"].comparison.difference.test == "Welch t"
    assert "of detractors" not in str(found)


@given(st.data())
def test_the_order_of_the_rows_does_not_matter(data: st.DataObject) -> None:
    given = rows(60)
    order = data.draw(st.permutations(range(60)))
    mixed = {name: [values[i] for i in order] for name, values in given.items()}
    one, other = impact(given, **OWN), impact(mixed, **OWN)
    assert one.to_dict() == other.to_dict()


def test_groups_are_read_alone_and_adjusted_together() -> None:
    data = rows()
    found = impact(data, by="shop", **OWN)
    assert list(found.groups) == ["a", "b"]
    raw = []
    for shop, group in found.groups.items():
        alone = impact(data, where={"shop": shop}, **OWN)
        assert group.group == {"shop": shop}
        assert {k: e.burden for k, e in group.items()} == pytest.approx(
            {k: e.burden for k, e in alone.items()}
        )
        raw += [each.comparison for each in group.values()]
    assert len(raw) == 6
    expected = adjust([pair.difference.p_value for pair in raw if pair], "holm")
    assert [pair.p_value for pair in raw if pair] == pytest.approx(expected)
    assert {k: e.p_value for k, e in found.items()} == pytest.approx(
        {k: e.p_value for k, e in impact(data, **OWN).items()}
    )
    assert "Burden by shop" in str(found)
    assert [each["group"] for each in found.to_dict()["groups"]] == [{"shop": "a"}, {"shop": "b"}]


@pytest.mark.parametrize(
    "frame",
    [
        pd.DataFrame,
        lambda d: pd.DataFrame(d).astype({"why": "category", "shop": "category"}).convert_dtypes(),
        pl.DataFrame,
        lambda d: pl.DataFrame(d).lazy(),
        lambda d: pl.DataFrame(d).cast({"why": pl.Categorical, "shop": pl.Categorical}),
    ],
    ids=["pandas", "category", "polars", "lazy", "Categorical"],
)
def test_any_frame_gives_the_same(frame: Any) -> None:
    data = rows()
    found = impact(frame(data), by="shop", **OWN)
    assert found.to_dict() == impact(data, by="shop", **OWN).to_dict()


def test_a_batch_knows_its_columns() -> None:
    data = rows(80)
    batch = Batch.of(
        Response,
        [
            {"id": str(i), "rating": s, "scale": "0:10", "verbatim": t, "language": "en"}
            for i, (s, t) in enumerate(zip(data["score"], data["why"], strict=True))
        ],
    )
    assert impact(batch, dictionary=WORDS).to_dict() == impact(data, **OWN).to_dict()
    mixed = Batch.of(Response, [*batch, Response(id="x", rating=1, scale="1:5", verbatim="a")])
    with pytest.raises(ScaleError, match="several scales"):
        impact(mixed, dictionary=WORDS)


def test_small_cells_are_flagged_and_a_single_answer_is_not_compared() -> None:
    data = {
        "why": ["alpha"] + ["beta"] * 20 + ["word"] * 60,
        "score": [0] + [9] * 20 + [8, 10, 3] * 20,
    }
    found = impact(data, **OWN)
    assert found["alpha"].comparison is None
    assert found["alpha"].p_value is None
    assert not found["alpha"].significant
    assert found["beta"].comparison is not None
    assert found.absent == ("gamma",)
    said = {caution.code: caution.message for caution in found.cautions}
    assert "alpha" in said["SMALL_SAMPLE"]
    assert "beta" in said["SMALL_SAMPLE"]
    json.dumps(found.to_dict(), allow_nan=False)


def test_all_alike_still_has_an_interval_with_a_width() -> None:
    found = impact({"why": ["alpha"] * 5 + ["word"] * 40, "score": [10] * 45}, **OWN)["alpha"]
    assert found.burden == 0
    assert found.burden_interval is not None
    assert found.burden_interval.low < 0 < found.burden_interval.high


def test_a_theme_of_every_text_has_nothing_to_be_compared_with() -> None:
    found = impact({"why": ["alpha"] * 40, "score": [10, 3] * 20}, **OWN)["alpha"]
    assert found.comparison is None
    assert math.isnan(found.burden)
    assert found.to_dict()["burden"] is None
    assert found.share.value == 100


def test_employee_themes_of_few_are_hidden() -> None:
    data = {
        "why": ["alpha"] * 3 + ["beta"] * 20 + ["word"] * 40,
        "score": [0] * 3 + [9, 3] * 10 + [8, 10] * 20,
    }
    found = impact(data, **OWN, metric=cx.enps)
    assert list(found) == ["beta"]
    assert found.hidden == ("alpha",)
    assert "SUPPRESSED" in {caution.code for caution in found.cautions}
    assert '"n": 3,' not in json.dumps(found.to_dict())
    assert "passives" in found["beta"].parts  # 20 of the others
    assert impact(data, **OWN)["alpha"].n == 3


def test_a_small_part_of_employees_hides_all_parts() -> None:
    data = {"why": ["beta", "word"] * 20, "score": [0] * 3 + [9, 8] * 18 + [10]}
    found = impact(data, **OWN, metric=cx.enps)
    assert found["beta"].parts == {}
    assert len(impact(data, **OWN)["beta"].parts) == 3


def test_nothing_small_of_employees_can_be_told_from_the_rest() -> None:
    teams = {  # alpha, beta, neither
        "a": (8, 6, 10), "b": (7, 2, 10), "c": (9, 7, 9), "d": (1, 1, 1),
    }  # fmt: skip
    data: dict[str, Any] = {"why": [], "score": [], "team": []}
    for team, counts in teams.items():
        for word, many in zip(("alpha", "beta", "word"), counts, strict=True):
            data["why"] += [word] * many
            data["team"] += [team] * many
            data["score"] += [0, 10, 8, 3, 9, 7, 2, 10, 9, 5][:many]
    found = impact(data, by="team", **OWN, metric=cx.enps)
    # Team d has three answers; alone it could be told from the total, so the next one goes with it.
    assert len(found.groups) == 2
    assert "d" in found.left_out
    assert len(found.left_out) == 2
    assert "No answer to compare, or too few" in str(found)
    if "b" in found.groups:  # beta of b is too small, and is the total minus the others
        assert all("beta" not in group for group in found.groups.values())
    assert "beta" in found
    assert impact(data, by="team", **OWN).groups["b"]["beta"].n == 2


def test_a_theme_that_is_hidden_in_one_group_is_hidden_in_all() -> None:
    data = {
        "why": (["alpha"] * 8 + ["beta"] * 6 + ["word"] * 10) * 2 + ["beta"] * 2 + ["word"] * 20,
        "team": ["a"] * 24 + ["b"] * 24 + ["c"] * 22,
        "score": [0, 10, 8, 3, 9, 7, 2] * 10,
    }
    found = impact(data, by="team", **OWN, metric=cx.enps)
    assert list(found.groups) == ["a", "b", "c"]
    assert "beta" in found
    assert all("beta" not in group for group in found.groups.values())
    assert all(group.hidden == ("beta",) for group in found.groups.values())


def test_an_answer_of_weight_zero_is_none() -> None:
    data = rows(100)
    data["w"] = np.where(np.arange(100) < 30, 0.0, data["w"])
    found = impact(data, weight="w", **OWN)
    later = {name: list(values)[30:] for name, values in data.items()}
    assert found["alpha"].to_dict() == impact(later, weight="w", **OWN)["alpha"].to_dict()


def test_those_who_write_are_not_all() -> None:
    data = {"why": ["alpha", "word"] * 50 + [None] * 100, "score": [2, 5] * 50 + [9, 10] * 50}
    said = {c.code: c.message for c in impact(data, **OWN).cautions}
    assert "those without +100.0" in said["SELF_SELECTED"]
    data["score"] = [9, 2] * 100
    assert "SELF_SELECTED" not in {c.code for c in impact(data, **OWN).cautions}


def test_texts_in_other_languages_are_left_out_and_counted() -> None:
    data = {"why": ["alpha", "word", "wort"] * 30, "score": [2, 9, 5] * 30,
            "spoken": ["en", "fr", "de"] * 30}  # fmt: skip
    found = impact(data, **{**OWN, "language": "spoken"})
    assert (found.texts, found.unread, found.spoken.n) == (90, 30, 60)
    assert "UNKNOWN_LANGUAGE" in {caution.code for caution in found.cautions}


def test_an_evaluation_takes_the_caution_away_or_names_what_is_read_badly() -> None:
    data = rows(100)
    assert "NOT_EVALUATED" in {c.code for c in impact(data, **OWN).cautions}
    readings = read(data["why"], language="en", dictionary=WORDS)
    labels = [None if text is None else text.split()[1:] for text in data["why"]]
    told = impact(data, evaluation=evaluate(readings, labels), **OWN)
    assert not {"NOT_EVALUATED", "DISAGREEMENT"} & {c.code for c in told.cautions}
    labels = [None if own is None else [k for k in own if k != "beta"] for own in labels]
    told = impact(data, evaluation=evaluate(readings, labels), **OWN)
    said = {c.code: c.message for c in told.cautions}
    assert said["DISAGREEMENT"].endswith("blurred: beta.")
    other = read(data["why"], language="en", dictionary=WORDS.add("delta", en=["delta"]))
    with pytest.raises(UsageError, match="another dictionary"):
        impact(data, evaluation=evaluate(other, labels), **OWN)


def test_readings_made_before_are_used() -> None:
    data = rows(100)
    readings = read(data["why"], language="en", dictionary=WORDS)
    again = impact(data, text="why", rating="score", readings=readings)
    assert again.to_dict() == impact(data, **OWN).to_dict()
    with pytest.raises(UsageError, match="100 texts, and the data have 50 rows"):
        impact(rows(50), text="why", rating="score", readings=readings)


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        ({"text": None}, UsageError, "text='…'"),
        ({"text": "wy"}, ColumnError, "did you mean 'why'"),
        ({"text": "score"}, ColumnError, "is no text"),
        ({"themes": ["alpa"]}, UsageError, "did you mean 'alpha'"),
        ({"reference": "none"}, UsageError, "'texts' or 'all'"),
        ({"level": 2}, UsageError, "level"),
        ({"adjustment": "hol"}, UsageError, "holm"),
        ({"metric": cx.csat}, ScaleError, "no point of the scale"),
        ({"language": "de"}, DataError, "none of the 85 texts"),
        ({"where": {"shop": "z"}}, DataError, "no text"),
    ],
)
def test_what_is_wrong_is_said(change: dict[str, Any], error: type, words: str) -> None:
    with pytest.raises(error, match=words):
        impact(rows(100), **{**OWN, **change})


def test_ratings_off_the_scale_are_refused_or_counted() -> None:
    data = rows(100)
    data["score"][1] = 11
    with pytest.raises(ScaleError, match="11"):
        impact(data, **OWN)
    found = impact(data, **OWN, off_scale="set_aside")
    assert "1 off the scale" in {c.code: c.message for c in found.cautions}["OFF_SCALE"]
    assert impact(data, **OWN, missing=[11]).spoken.n == found.spoken.n


# -- the generated company -------------------------------------------------------------------------


@pytest.fixture(scope="module")
def answers() -> dict[str, Any]:
    """The recommendation answers of a company that have a text."""
    found = company(60_000, seed=2026).responses
    keep = np.array([q == "nps" for q in found["question"]])
    keep &= np.array([text is not None for text in found["verbatim"]])
    return {name: found[name][keep] for name in ("rating", "verbatim", "language")}


def planted(problem: tuple[str, ...]) -> set[str]:
    """The themes that the sentences of a planted problem speak of, that of the frame apart."""
    said = read([each.format(n=11) for each in problem])
    return {key for each in said for key in each.themes} - {"overall"}


@pytest.mark.parametrize("spoken", ["en", "fr"])
def test_the_planted_irritants_have_the_heaviest_burdens(answers: Any, spoken: str) -> None:
    found = impact(
        answers, text="verbatim", rating="rating", language="language", where={"language": spoken}
    )
    heavy = [each.key for each in found.significant if each.burden > 0]
    known: set[str] = set()
    for irritant in blueprint.IRRITANTS:
        own = planted(getattr(irritant, spoken))
        assert own, irritant.id
        assert own <= set(heavy), irritant.id
        known |= own
    failures = text._FAILURES[("en", "fr").index(spoken)]
    assert set(heavy) <= known | planted(failures)  # and nothing else is one
    assert heavy[0] == "waiting"  # the most frequent, among the most severe
    assert found["waiting"].difference < -60
    assert all(found[key].burden > 0 > found[key].difference for key in heavy)
    assert found["recognition"].burden < 0
