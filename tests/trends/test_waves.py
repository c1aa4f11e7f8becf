"""Planned comparisons, the same period a year before, the detectable difference; bad input."""

from __future__ import annotations

import pytest

import cxmetrics as cx
from cxmetrics.errors import ColumnError, DataError, UsageError
from cxmetrics.stats.multiplicity import adjust
from cxmetrics.trends import (
    change_points,
    control_chart,
    cusum,
    decompose,
    ewma,
    minimum_detectable,
    planned,
    year_on_year,
)

MONTHS = [f"{year}-{month:02}" for year in (2024, 2025) for month in (1, 6, 12)] + ["2026-01"]
BY_MONTH = cx.nps([9, 3, 8, 10, 10, 7] * 7, by=[m for m in MONTHS for _ in range(6)])
WAVE = cx.nps([9, 3, 8], by=[2026] * 3)
THREE = cx.nps([9, 3, 8, 10] * 3, by=[1, 2, 3] * 4)
TWO_WAYS = cx.nps([9, 3, 8, 10], by={"wave": [1, 1, 2, 2], "site": list("abab")})


def test_the_same_period_a_year_before() -> None:
    found = year_on_year(BY_MONTH, adjustment="none")
    told = [(pair.first["group"], pair.second["group"]) for pair in found]
    assert told == [
        ("2025-01", "2024-01"),
        ("2025-06", "2024-06"),
        ("2025-12", "2024-12"),
        ("2026-01", "2025-01"),
    ]


@pytest.mark.parametrize(
    ("labels", "pairs"),
    [
        ([2017, 2018], 1),
        (["2025-W09", "2026-W09"], 1),
        (["2025-Q1", "2026-Q1", "2026-Q2"], 1),
        (["2025-03-01", "2026-03-01"], 1),
    ],
)
def test_labels_of_every_kind(labels, pairs) -> None:
    scores = cx.nps([9, 3, 8] * len(labels), by=[label for label in labels for _ in range(3)])
    assert len(year_on_year(scores)) == pairs


def test_planned_pairs_share_the_adjustment() -> None:
    pairs = [("2024-01", "2025-01"), ("2024-01", "2026-01")]
    found = planned(BY_MONTH, pairs)
    raw = [BY_MONTH[a].compare(BY_MONTH[b]).p_value for a, b in pairs]
    assert [pair.p_value for pair in found] == adjust(raw, "holm")


def test_detectable_is_what_the_plan_says() -> None:
    scores = cx.nps([10, 8, 3, 10] * 400, by=[1] * 800 + [2] * 800)
    comparison = scores[1].compare(scores[2])
    z = 1.959964 + 0.841621
    assert minimum_detectable(comparison) == pytest.approx(
        z * comparison.difference.standard_error, rel=1e-6
    )


REFUSED = {
    "one wave, control": (lambda: control_chart(WAVE), DataError, ("1 period", "2026", "3")),
    "one wave, CUSUM": (lambda: cusum(WAVE), DataError, ("1 period",)),
    "one wave, EWMA": (lambda: ewma(WAVE), DataError, ("1 period",)),
    "one wave, steps": (lambda: change_points(WAVE), DataError, ("1 period", "at least 6")),
    "one wave, year": (lambda: year_on_year(WAVE), DataError, ("a year before",)),
    "one wave, mix": (
        lambda: decompose(cx.nps([9, 3], by={"wave": [1, 1], "site": [1, 2]}), time="wave"),
        DataError,
        ("one wave only",),
    ),
    "no answer at all": (
        lambda: control_chart(cx.nps([None] * 3, by=[1, 2, 3])),
        DataError,
        ("0 periods",),
    ),
    "all the same": (
        lambda: control_chart(cx.nps([9, 10] * 3, by=[1, 2, 3] * 2)),
        DataError,
        ("worth the same",),
    ),
    "a score": (lambda: control_chart(cx.nps([9, 3])), UsageError, ("by=",)),
    "two dimensions": (lambda: control_chart(TWO_WAYS), UsageError, ("one dimension",)),
    "baseline": (lambda: control_chart(THREE, baseline=[1, 2, "x"]), UsageError, ("'x'",)),
    "short baseline": (lambda: control_chart(THREE, baseline=1), DataError, ("at least 3",)),
    "slack": (lambda: cusum(THREE, slack=0), UsageError, ("slack",)),
    "target": (lambda: cusum(THREE, target=float("nan")), UsageError, ("finite",)),
    "weight": (lambda: ewma(THREE, weight=1.5), UsageError, ("at most 1",)),
    "level": (lambda: change_points(BY_MONTH, level=95), UsageError, ("did you mean 0.95",)),
    "hidden": (
        lambda: control_chart(cx.enps([9] * 3 + [3] * 30, by=[1] * 3 + [2] * 30)),
        UsageError,
        ("hidden",),
    ),
    "no such time": (
        lambda: decompose(TWO_WAYS, time="wav"),
        ColumnError,
        ("did you mean 'wave'",),
    ),
    "no such wave": (
        lambda: decompose(TWO_WAYS, time="wave", after=3),
        DataError,
        ("no wave 3", "1, 2"),
    ),
    "no segment": (lambda: decompose(THREE, time="group"), UsageError, ("by a segment too",)),
    "an empty wave": (
        lambda: decompose(cx.nps([9, None], by={"wave": [1, 2], "site": ["a", "a"]}), time="wave"),
        DataError,
        ("no answers",),
    ),
    "smooth": (
        lambda: decompose(
            cx.smooth("odd", cx.zero_to_ten, lambda s: s[..., 0] ** 2)(
                [9, 3, 8, 10], by={"wave": [1, 1, 2, 2], "site": list("abab")}
            ),
            time="wave",
        ),
        UsageError,
        ("no mean of points",),
    ),
    "unknown group": (lambda: planned(THREE, [(1, 9)]), UsageError, ("no group 9",)),
    "itself": (lambda: planned(THREE, [(1, 1)]), UsageError, ("two different",)),
    "twice": (lambda: planned(THREE, [(1, 2), (2, 1)]), UsageError, ("twice",)),
    "no pair": (lambda: planned(THREE, []), UsageError, ("which groups",)),
    "power": (
        lambda: minimum_detectable(THREE[1].compare(THREE[2]), power=80),
        UsageError,
        ("power",),
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refused(case) -> None:
    call, kind, words = REFUSED[case]
    with pytest.raises(kind) as caught:
        call()
    for word in words:
        assert word in str(caught.value)


def test_two_respondents_have_a_change_without_an_interval() -> None:
    scores = cx.nps([9, 3], by={"wave": [1, 2], "site": ["a", "a"]})
    found = decompose(scores, time="wave")
    assert (found.change, found.rate_interval) == (-200.0, None)
    assert {caution.code for caution in found.cautions} == {"NO_INTERVAL"}
    assert not found.comparisons
    assert "no interval" in str(found)
