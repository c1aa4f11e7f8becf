"""Irritants: numbers by hand and by statsmodels, the rule, the airport, and planted irritants."""

from __future__ import annotations

import json
from math import sqrt
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy import stats

import cxmetrics as cx
from cxmetrics.concepts.catalogue.annoyances import Irritants, irritants
from cxmetrics.concepts.estimate import Estimate, Gap
from cxmetrics.concepts.issue import Issue, Rule
from cxmetrics.datasets import company
from cxmetrics.errors import ColumnError, DataError, UsageError
from cxmetrics.stats.intervals import Interval
from cxmetrics.stats.intervals.wilson import wilson
from cxmetrics.stats.multiplicity import adjust
from cxmetrics.verbatims import read

FELT = cx.Scale(-5, 5)


def made(n: int = 400) -> dict[str, Any]:
    """Waiting comes with fees, and only waiting hurts."""
    dice = np.random.default_rng(12)
    waiting = dice.random(n) < 0.3
    fees = dice.random(n) < np.where(waiting, 0.7, 0.1)
    times = np.where(waiting, 1 + dice.poisson(1.2, n), 0)
    score = np.clip(np.rint(8 - 2 * waiting + dice.normal(size=n)), 0, 10)
    score[::37] = np.nan
    return {
        "waiting": times.astype(float),
        "fees": fees.astype(float),
        "typo": (dice.random(n) < 0.01).astype(float),
        "recommend": score,
        "complained": (dice.random(n) < 0.05).astype(float),
        "area": np.array(list("abcd"))[dice.integers(0, 4, n)],
        "w": dice.integers(1, 4, n) / 2.0,
    }


ITEMS = ["waiting", "fees", "typo"]


def test_numbers_by_hand() -> None:
    data = made()
    found = irritants(
        data, items=ITEMS, score="recommend", complaint="complained", spread="area", level=0.9
    )
    one = found["waiting"]
    met, score = data["waiting"] > 0, data["recommend"]
    assert one.exposed == met.sum()
    assert one.incidence.interval is not None
    assert one.incidence.interval.low == pytest.approx(100 * wilson(met.sum(), 400, level=0.9)[0])
    assert one.recurrence is not None
    assert one.recurrence.value == pytest.approx(data["waiting"][met].mean())
    told = ~np.isnan(score)
    without, with_it = score[told & ~met], score[told & met]
    welch = stats.ttest_ind(without, with_it, equal_var=False)
    assert one.severity is not None
    assert one.severity.value == pytest.approx(without.mean() - with_it.mean())
    assert one.severity.p_value == pytest.approx(welch.pvalue)
    raw = [own.severity.p_value if own.severity else None for own in found.issues.values()]
    own = [own.severity.p_adjusted if own.severity else None for own in found.issues.values()]
    assert own == pytest.approx(adjust(raw))
    share, severity = met.mean(), one.severity.value
    assert one.burden == pytest.approx(share * severity)
    error = sqrt(without.var(ddof=1) / without.size + with_it.var(ddof=1) / with_it.size)
    spread = sqrt(severity**2 * share * (1 - share) / 400 + share**2 * error**2)
    assert one.burden_interval is not None
    assert one.burden_interval.margin == pytest.approx(stats.norm.ppf(0.95) * spread)
    assert one.complaints is not None
    assert one.complaints.value == pytest.approx(100 * data["complained"][met].mean())
    assert one.spread == (4, 4)
    assert list(found.issues) == sorted(ITEMS, key=lambda name: -(found[name].burden or 0))


def test_burden_is_what_the_mean_would_gain() -> None:
    """I x S is the mean of those who did not meet it minus the mean of all: to the last digit."""
    data = made()
    data["recommend"] = np.nan_to_num(data["recommend"], nan=7.0)
    one = irritants(data, items=["waiting"], score="recommend")["waiting"]
    score = data["recommend"]
    assert one.burden == pytest.approx(score[data["waiting"] == 0].mean() - score.mean())


def test_adjustment_stops_blaming_the_company_an_issue_keeps() -> None:
    data = made()
    alone = irritants(data, items=ITEMS, score="recommend")
    fixed = irritants(data, items=ITEMS, score="recommend", adjust="others")
    for found, guilty in ((alone, True), (fixed, False)):
        severity = found["fees"].severity
        assert severity is not None
        assert severity.significant == guilty
    told = ~np.isnan(data["recommend"])
    columns = np.column_stack([data[name][told] > 0 for name in ITEMS]).astype(float)
    oracle = sm.OLS(data["recommend"][told], sm.add_constant(columns)).fit(cov_type="HC3")
    for place, name in enumerate(ITEMS, start=1):
        severity = fixed[name].severity
        assert severity is not None
        assert severity.value == pytest.approx(-oracle.params[place])
        few = min(int(columns[:, place - 1].sum()), int((1 - columns[:, place - 1]).sum()))
        p = 2 * stats.t.sf(abs(oracle.params[place] / oracle.bse[place]), few - 1)
        assert severity.p_value == pytest.approx(p)


def test_weights_and_respondents() -> None:
    data = made()
    found = irritants(data, items=["fees"], score="recommend", weight="w")["fees"]
    met, w = data["fees"] == 1, data["w"]
    assert found.incidence.value == pytest.approx(100 * w[met].sum() / w.sum())
    told = ~np.isnan(data["recommend"])
    means = [np.average(data["recommend"][told & s], weights=w[told & s]) for s in (~met, met)]
    assert found.severity is not None
    assert found.severity.value == pytest.approx(means[0] - means[1])
    options: dict[str, Any] = {"items": ["fees", "waiting"], "score": "recommend", "weight": "w"}
    kept = irritants(data, adjust="others", where={"area": ["a", "b", "c"]}, **options)
    data["w"] = np.where(data["area"] == "d", 0.0, w)
    nobody = irritants(data, adjust="others", **options)
    for name in ("fees", "waiting"):
        first, second = kept[name].severity, nobody[name].severity
        assert first is not None
        assert second is not None
        assert second.value == pytest.approx(first.value)
        assert second.p_value == pytest.approx(first.p_value)


def long_form(data: dict[str, Any]) -> dict[str, list[Any]]:
    """The same customers, a row a mention, and a row without issue for each."""
    rows: dict[str, list[Any]] = {"who": [], "issue": [], "score": [], "loud": [], "area": []}
    for person in range(len(data["fees"])):
        named = ["waiting"] * int(data["waiting"][person]) + ["fees"] * int(data["fees"][person])
        for issue in [*named, None]:
            rows["who"].append(person)
            rows["issue"].append(issue)
            rows["score"].append(data["recommend"][person])
            rows["loud"].append(data["complained"][person])
            rows["area"].append(data["area"][person])
    return rows


def test_mentions_and_columns_say_the_same() -> None:
    data = made()
    options: dict[str, Any] = {"adjust": "others", "spread": "area"}
    wide = irritants(
        data, items=["waiting", "fees"], score="recommend", complaint="complained", **options
    )
    long = irritants(
        long_form(data), issue="issue", customer="who", score="score", complaint="loud", **options
    )
    assert long.cases == (400, "customers")
    for name in ("waiting", "fees"):
        one, same = wide[name].to_dict(), long[name].to_dict()
        for part in ("value", "n"):
            assert one["incidence"][part] == pytest.approx(same["incidence"][part])
        assert one["spread"] == same["spread"]
        assert one["complaints"]["value"] == pytest.approx(same["complaints"]["value"])
        for part in ("value", "p_value", "p_adjusted"):
            assert one["severity"][part] == pytest.approx(same["severity"][part])
        assert one["burden"] == pytest.approx(same["burden"])


def test_several_issues_of_one_row_and_how_often() -> None:
    data = {
        "issue": ["late; cold", "late", None, "cold;late", "-", ""],
        "often": [2, 1, None, 3, None, None],
        "felt": [1, 2, 5, 0, 4, 5],
        "who": ["a", "a", "b", "c", "d", None],
        "place": ["x", "x", "y", None, "z", "x"],
    }
    found = irritants(
        data,
        issue="issue",
        separator=";",
        occurrences="often",
        customer="who",
        score="felt",
        missing=["-"],
        spread="place",
    )
    assert found["late"].spread == (1, 3)  # where it was not written is no place
    assert found.cases == (4, "customers")
    assert found["late"].exposed == 2
    assert found["late"].recurrence is not None
    assert found["late"].recurrence.value == pytest.approx(3)  # a: 2 + 1, c: 3
    assert "UNMATCHED" in [c.code for c in found.cautions]
    severity = found["late"].severity
    assert severity is not None
    assert severity.value == pytest.approx((5 + 4) / 2 - (1.5 + 0) / 2)


def test_who_met_it_did_at_least_once() -> None:
    found = irritants({"slow": [1, 1, 1, 1, 1, 4, 0], "r": [5] * 7}, items=["slow"], score="r")
    recurrence = found["slow"].recurrence
    assert recurrence is not None
    assert recurrence.interval is not None
    assert recurrence.value == 1.5
    assert recurrence.interval.low == 1


def test_nps_points_and_low_is_good() -> None:
    data = {"slow": [1, 1, 0, 0, 0], "r": [3, 9, 9, 10, 8]}
    found = irritants(data, items=["slow"], score="r", scale=cx.zero_to_ten, score_as="nps")
    severity = found["slow"].severity
    assert severity is not None
    assert severity.value == pytest.approx(200 / 3 - 0)
    assert found.unit == "points"
    effort = irritants(
        {"slow": [1, 1, 0, 0], "e": [5, 4, 1, 2]},
        items=["slow"],
        score="e",
        scale=cx.Scale(1, 5, reverse=True),
    )["slow"].severity
    assert effort is not None
    assert effort.value == 3  # more effort is worse


# -- the rule --------------------------------------------------------------------------------------


def estimate(low: float, high: float, unit: str = "percent") -> Estimate:
    interval = Interval(low, high, 0.95, "made")
    return Estimate(value=(low + high) / 2, interval=interval, n=99, n_effective=99, unit=unit)


def issue(
    met: tuple[float, float],
    severity: tuple[float, float] | None,
    *,
    times: tuple[float, float] | None = None,
    loud: tuple[float, float] | None = None,
) -> Issue:
    gap = None
    if severity is not None:
        low, high = severity
        p = 0.001 if low > 0 or high < 0 else 0.4
        interval = Interval(low, high, 0.95, "t")
        gap = Gap(
            name="x",
            value=(low + high) / 2,
            interval=interval,
            p_value=p,
            p_adjusted=p,
            unit="rating",
        )
    return Issue(
        name="x",
        incidence=estimate(*met),
        exposed=50,
        recurrence=None if times is None else estimate(*times, unit="rating"),
        severity=gap,
        burden=None,
        burden_interval=None,
        complaints=None if loud is None else estimate(*loud),
        spread=None,
    )


@pytest.mark.parametrize(
    ("one", "kind"),
    [
        (issue((10, 20), (0.5, 1.0)), "irritant"),
        (issue((10, 20), (0.5, 1.0), loud=(1, 10)), "irritant"),
        (issue((1, 2), (0.5, 1.0), times=(2.5, 4.0), loud=(1, 10)), "irritant"),
        (issue((10, 20), (0.5, 1.0), loud=(30, 60)), "incident"),
        (issue((1, 2), (0.5, 1.0), loud=(30, 60)), "incident"),
        (issue((1, 2), (0.5, 1.0), times=(1.0, 1.5), loud=(1, 10)), "rare"),
        (issue((10, 20), (-1.0, 0.0)), "noise"),
        (issue((1, 2), (-0.2, 0.6)), "noise"),
        (issue((10, 20), (-0.2, 0.6)), "undetermined"),
        (issue((10, 20), (0.5, 1.0), loud=(10, 40)), "undetermined"),
        (issue((3, 20), (0.5, 1.0)), "undetermined"),
        (issue((10, 20), (-0.2, 0.6), loud=(30, 60)), "undetermined"),
        (issue((10, 20), None), "undetermined"),
    ],
)
def test_the_rule_reads_whole_intervals(one: Issue, kind: str) -> None:
    rule = Rule(frequent=0.05, repeated=2.0, quiet=0.2, least=0.0)
    assert rule.kind(one) == kind


def test_what_may_cost_less_than_matters_is_not_proved_to_matter() -> None:
    one = issue((10, 20), (0.1, 1.5))
    assert one.costs(0.0)
    assert one.costs(0.05)
    assert one.costs(0.5) is None
    assert one.costs(1.5) is False


def test_thresholds_move_classes_and_are_printed() -> None:
    data = made()
    asked: dict[str, Any] = {
        "items": ITEMS,
        "score": "recommend",
        "complaint": "complained",
        "adjust": "others",
    }
    found = irritants(data, **asked)
    assert found.of("irritant") == ["waiting"]
    assert found["fees"].kind == "undetermined"
    assert "above 5 % met it or 2 times each, and under 20 % of them complain" in str(found)
    harmless = irritants(data, least=0.6, **asked)
    assert harmless["fees"].kind == "noise"
    loud = irritants(data, quiet=0.01, **asked)
    assert loud["waiting"].kind != "irritant"
    json.dumps(found.to_dict(), allow_nan=False)
    assert found.to_dict()["rule"]["frequent"] == 0.05


def test_without_a_score_nothing_is_an_irritant() -> None:
    found = irritants(made(), items=ITEMS, complaint="complained")
    assert not found.of("irritant")
    assert "severity" not in str(found).splitlines()[1]
    assert "Without a score" in str(found)


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({}, UsageError, "say items="),
        ({"items": ["waiting"], "issue": "area"}, UsageError, "say items="),
        ({"items": ["w"]}, ColumnError, "holds 1.5"),
        ({"items": ["fees"], "control": ["area"]}, UsageError, "belongs to adjust"),
        ({"items": ["fees"], "score_as": "nps", "score": "w"}, UsageError, "zero_to_ten"),
        ({"items": ["fees"], "adjust": "all"}, UsageError, "no adjust='all'"),
        ({"items": ["fees"], "frequent": 5}, UsageError, "a share between 0 and 1"),
        ({"items": ["fees"], "repeated": 0.5}, UsageError, "at least 1"),
        ({"issue": "none", "score": "w"}, DataError, "names no issue"),
        ({"issue": "area"}, UsageError, "nothing is measured"),
        (
            {
                "issue": "area",
                "customer": "area",
                "score": "w",
                "adjust": "others",
                "control": ["area"],
            },
            UsageError,
            "leave one of the two out",
        ),
        (
            {"items": ["fees", "twin"], "score": "recommend", "adjust": "others"},
            DataError,
            "say the same",
        ),
    ],
)
def test_errors_say_what_to_do(options: dict[str, Any], error: type[Exception], words: str) -> None:
    data = made()
    data |= {"none": [None] * 400, "twin": data["fees"]}
    with pytest.raises(error, match=words):
        irritants(data, **options)


# -- planted, and real -----------------------------------------------------------------------------


def planted(lived: dict[str, Any], **where: Any) -> Irritants:
    return irritants(
        lived,
        issue="irritant",
        score="felt",
        scale=FELT,
        unit="customer",
        adjust="others",
        control=["touchpoint"],
        where=where or None,
    )


def test_planted_irritants_are_recovered() -> None:
    incidences = severities = cells = 0
    for seed in range(20):
        shop = company(customers=300, seed=seed)
        lived = dict(shop.interactions)
        calm = planted(lived, failure=False)  # failures end at the bottom of the scale
        for true in shop.truth.irritants:
            if true.id not in calm.issues:
                continue
            severity = calm[true.id].severity
            here = irritants(
                lived,
                issue="irritant",
                score="felt",
                unit="customer",
                where={"touchpoint": true.touchpoint},
            )[true.id].incidence
            if severity is None or severity.interval is None or here.interval is None:
                continue
            cells += 1
            severities += true.severity in severity.interval
            incidences += 100 * true.incidence in here.interval
    assert cells >= 110
    assert 0.9 < severities / cells < 0.99
    assert 0.9 < incidences / cells < 0.99


def test_the_heaviest_burdens_of_the_company_come_first() -> None:
    shop = company(customers=3_000, seed=1)
    found = planted(dict(shop.interactions))
    assert next(iter(found.issues)) == "hidden_fees"
    assert all(
        one.severity is not None and one.severity.significant for one in found.issues.values()
    )


def test_problems_of_the_airport(shared: Path) -> None:
    """The texts of 2018 by theme, crossed with recommendation, weighted."""
    sfo = pd.read_csv(shared / "data" / "sfo" / "sfo_2017_2018_tidy.csv")
    sfo = sfo[(sfo.wave == 2018) & sfo.had_problem.notna()].reset_index(drop=True)
    texts = sfo.problem_verbatim.where(sfo.problem_verbatim.notna(), None)
    reading = read(texts.tolist())
    themes = pd.DataFrame(reading.themes.astype(float), columns=list(reading.keys))
    themes = themes.loc[:, themes.sum() >= 20]
    found = irritants(
        pd.concat([sfo, themes], axis=1),
        items=list(themes.columns),
        score="recommend",
        scale=cx.zero_to_ten,
        score_as="nps",
        weight="weight",
        spread="boarding_area",
        adjust="others",
        frequent=0.005,
        adjustment="bh",
    )
    assert found.cases == (2616, "customers")
    assert found.unit == "points"
    for name, one in found.issues.items():
        share = np.average(themes[name], weights=sfo.weight)
        assert one.incidence.value == pytest.approx(100 * share)
        assert one.incidence.value < 6  # 347 passengers wrote of a problem
        assert one.spread is not None
        assert one.spread[1] == 7
    heaviest = next(iter(found.issues.values()))
    assert heaviest.costs()
    assert heaviest.kind == "irritant"  # nobody was asked about complaints
    assert 0 < len(found.of("undetermined")) < len(found.issues)


def test_groups_without_spread_have_no_interval_of_no_width() -> None:
    data = {"slow": [1, 1, 0, 0, 0], "r": [2, 2, 5, 5, 5]}
    bare = irritants(data, items=["slow"], score="r")["slow"]
    assert bare.severity is None
    assert bare.kind == "undetermined"
    one = irritants(data, items=["slow"], score="r", scale=cx.one_to_five)["slow"]
    assert one.severity is not None
    assert one.severity.value == 3
    assert one.severity.interval is not None
    assert one.severity.interval.width > 1
