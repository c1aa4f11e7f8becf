"""Reliability: formulas written out, weights, turned items, one factor against statsmodels."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from statsmodels.multivariate.factor import Factor

import cxmetrics as cx
from cxmetrics.items import reliability
from cxmetrics.stats.reliability import feldt, one_factor, spearman_brown

NAMES = ["a", "b", "c", "d"]


def survey(n: int = 600, *, seed: int = 6) -> pd.DataFrame:
    dice = np.random.default_rng(seed)
    common = dice.normal(size=n)
    frame = pd.DataFrame(
        {
            name: np.clip(np.rint(3 + weight * common + dice.normal(size=n)), 1, 5)
            for name, weight in zip(NAMES, (1.2, 1.0, 0.8, 0.5), strict=True)
        }
    )
    frame["w"] = dice.choice([0.5, 1.0, 2.0], n)
    return frame


def test_alpha_is_its_formula_weighted_too() -> None:
    frame = survey()
    found = reliability(frame, items=NAMES)
    items = frame[NAMES]
    assert found.alpha == pytest.approx(4 / 3 * (1 - items.var().sum() / items.sum(axis=1).var()))
    for item in found.items:
        rest = items.drop(columns=item.name)
        alone = 3 / 2 * (1 - rest.var().sum() / rest.sum(axis=1).var())
        assert item.alpha_dropped == pytest.approx(alone)
        assert item.rest_correlation == pytest.approx(items[item.name].corr(rest.sum(axis=1)))
    weighted = reliability(frame, items=NAMES, weight="w")
    cov = np.cov(items.T, aweights=frame["w"])
    assert weighted.alpha == pytest.approx(4 / 3 * (1 - np.trace(cov) / cov.sum()))
    assert weighted.alpha_interval.width > found.alpha_interval.width  # worth fewer answers


def test_feldt_is_the_f_distribution() -> None:
    low, high = feldt(0.7, 120, 5, level=0.9)
    f = stats.f(119, 119 * 4)
    assert [low, high] == pytest.approx([1 - 0.3 * f.ppf(0.95), 1 - 0.3 * f.ppf(0.05)])


def test_loadings_are_those_of_maximum_likelihood() -> None:
    frame = survey()
    theirs = Factor(frame[NAMES].to_numpy(), n_factor=1, method="ml").fit().loadings[:, 0]
    ours = one_factor(frame[NAMES].corr().to_numpy())
    assert ours == pytest.approx(theirs * np.sign(theirs.sum()), abs=1e-4)


def test_omega_interval_holds_the_truth() -> None:
    loadings = np.array([0.8, 0.7, 0.6, 0.5])
    truth = loadings.sum() ** 2 / (loadings.sum() ** 2 + (1 - loadings**2).sum())
    hits = 0
    for seed in range(25):
        dice = np.random.default_rng(seed)
        rows = dice.normal(size=(250, 1)) * loadings
        rows = rows + dice.normal(size=(250, 4)) * np.sqrt(1 - loadings**2)
        found = reliability(dict(zip(NAMES, rows.T, strict=True)), items=NAMES)
        hits += truth in found.omega_interval  # type: ignore[operator]
    assert hits >= 20  # 24 expected, sd 1.1


def test_an_item_that_runs_against_the_others_is_said_and_turned_round() -> None:
    frame = survey()
    against = frame.assign(b=6 - frame["b"])
    plain = reliability(frame, items=NAMES, scale=cx.one_to_five)
    found = reliability(against, items=NAMES, scale=cx.one_to_five)
    assert "REVERSED_ITEM" in {caution.code for caution in found.cautions}
    assert "NO_COMMON_FACTOR" in {caution.code for caution in found.cautions}
    assert found.omega is None
    turned = reliability(against, items=NAMES, scale=cx.one_to_five, reverse=["b"])
    assert turned.alpha == pytest.approx(plain.alpha)
    assert [item.mean for item in turned.items] == pytest.approx([i.mean for i in plain.items])
    scales = {**dict.fromkeys(NAMES, cx.one_to_five), "b": cx.effort_one_to_five}
    by_itself = reliability(against, items=NAMES, scale=scales)
    assert by_itself.alpha == pytest.approx(plain.alpha)
    assert by_itself.reverse == ("b",)
    assert reliability(frame, items=NAMES, scale=cx.effort_one_to_five).reverse == ()


def test_two_items_have_spearman_brown_and_no_omega() -> None:
    frame = survey()
    found = reliability(frame, items=["a", "b"])
    r = frame["a"].corr(frame["b"])
    assert found.spearman_brown == pytest.approx(2 * r / (1 + r))
    assert found.standardised_alpha == pytest.approx(found.spearman_brown)
    assert found.omega is None
    assert not found.cautions
    assert spearman_brown(found.spearman_brown, factor=0.5) == pytest.approx(r)


def test_a_heywood_case_has_no_omega() -> None:
    dice = np.random.default_rng(1)
    one = dice.normal(size=300)
    rows = {"a": one, "b": one + 0.01 * dice.normal(size=300), "c": dice.normal(size=300)}
    found = reliability(rows, items=["a", "b", "c"])
    assert found.omega is None
    assert "NO_COMMON_FACTOR" in {caution.code for caution in found.cautions}
    json.dumps(found.to_dict(), allow_nan=False)


def test_moments_and_texts() -> None:
    found = reliability(survey(), items=NAMES)
    again = reliability(type(found.moments).from_dict(found.to_dict()["evidence"]))
    assert again.alpha == found.alpha
    assert again.omega == pytest.approx(found.omega)
    assert again.omega_interval is None
    assert str(found).startswith("Reliability of 4 items: alpha 0.")
    assert found._repr_html_().count("<tr>") == 5
    assert found == reliability(survey(), items=NAMES)


def test_items_that_cancel_out_leave_nothing_to_correlate_with():
    one = [1, 2, 3, 4, 5] * 8
    answers = {"a": one, "b": one, "c": [6 - rating for rating in one]}
    found = cx.reliability(answers, items=["a", "b", "c"], scale=cx.one_to_five)
    assert [item.rest_correlation for item in found.items] == [None, None, pytest.approx(-1)]
    assert found.items[0].alpha_dropped is None
    json.dumps(found.to_dict(), allow_nan=False)
    assert "r with the rest –" in str(found)
