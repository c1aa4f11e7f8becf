"""What is planted comes back: the truth of a company, checked against its rows.

Checks of one big company are z scores: an estimate minus the truth, in standard errors; with
fixed seeds they neither flake nor pass by being wide (the standard errors are small).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from cxmetrics.datasets import Company, company

Array = NDArray[Any]
LIMIT = 3.5
"""About 150 z scores are checked: one in fifteen such sets has one above it by chance alone."""
PURPOSES = (("interaction", "transactional"), ("customer", "relational"))
FIVE_A = ("aware", "appeal", "ask", "act", "advocate")


@pytest.fixture(scope="module")
def big() -> Company:
    return company(40_000, seed=11)


def rated(made: Company, question: str) -> tuple[Array, Array, Array]:
    """Return the rows of a question with a rating, the ratings, and the weights."""
    answers = made.employees if question == "enps" else made.responses
    rows = np.flatnonzero((answers["question"] == question) & ~np.isnan(answers["rating"]))
    return rows, answers["rating"][rows], answers["weight"][rows]


def code(rating: Array) -> Array:
    return 100.0 * ((rating >= 9).astype(float) - (rating <= 6))


def z_mean(values: Array, truth: float, weight: Array | None = None) -> float:
    """Return the weighted mean minus the truth in linearised standard errors."""
    w = np.ones(len(values)) if weight is None else weight
    mean = np.average(values, weights=w)
    return float((mean - truth) / np.sqrt(np.sum((w * (values - mean)) ** 2)) * w.sum())


def adjusted_wald(rating: Array, weight: Array) -> tuple[float, float]:
    """Return the 95 % interval of NPS by Rocks (2016), on Kish's effective number."""
    n = weight.sum() ** 2 / np.sum(weight**2) + 3
    promoters = ((n - 3) * np.average(rating >= 9, weights=weight) + 0.75) / n
    detractors = ((n - 3) * np.average(rating <= 6, weights=weight) + 0.75) / n
    score = promoters - detractors
    margin = 1.959964 * np.sqrt((promoters + detractors - score**2) / n)
    return 100 * (score - margin), 100 * (score + margin)


def test_intervals_of_the_weighted_nps_cover_the_truth() -> None:
    covered = biased = 0
    for seed in range(60):
        made = company(1_500, seed=seed)
        _, rating, weight = rated(made, "nps")
        low, high = adjusted_wald(rating, weight)
        covered += low <= made.truth.nps <= high
        low, high = adjusted_wald(rating, np.ones(len(rating)))
        biased += low <= made.truth.nps <= high
    # 57 of 60 expected; under 52 has probability .007 at a coverage of 95 %.
    assert 52 <= covered <= 60
    assert biased < covered - 4  # without weights the same interval misses much more often


def test_unweighted_nps_has_the_other_truth(big: Company) -> None:
    _, rating, weight = rated(big, "nps")
    assert abs(z_mean(code(rating), big.truth.nps, weight)) < LIMIT
    assert abs(z_mean(code(rating), big.truth.nps_unweighted)) < LIMIT
    assert z_mean(code(rating), big.truth.nps) > 4


def check_groups(truth: Mapping[str, float], values: Array, weight: Array, group: Array) -> None:
    assert set(truth) == {name for name in group if name is not None}
    scores = []
    for name, value in truth.items():
        rows = group == name
        scores.append(z_mean(values[rows], value, weight[rows]))
    assert np.max(np.abs(scores)) < LIMIT, dict(zip(truth, scores, strict=True))


@pytest.mark.parametrize("by", ["persona", "region", "month"])
def test_nps_of_groups(big: Company, by: str) -> None:
    rows, rating, weight = rated(big, "nps")
    truth = getattr(big.truth, f"nps_by_{by}")
    check_groups(truth, code(rating), weight, big.responses[by][rows])
    assert max(truth.values()) - min(truth.values()) > 15


def test_nps_by_recovery(big: Company) -> None:
    rows, rating, weight = rated(big, "nps")
    lived = big.interactions
    failed, repaired = (set(lived["case"][lived[c]]) for c in ("failure", "recovered"))
    assert repaired < failed
    fate = np.array(
        [
            "recovered" if case in repaired else "unrecovered" if case in failed else "none"
            for case in big.responses["case"][rows]
        ]
    )
    truth = big.truth.nps_by_recovery
    check_groups(truth, code(rating), weight, fate)
    assert truth["recovered"] > truth["none"] > truth["unrecovered"] + 20


def test_csat_by_touchpoint_and_ces(big: Company) -> None:
    rows, rating, weight = rated(big, "csat")
    touchpoint = big.responses["touchpoint"][rows]
    check_groups(big.truth.csat_by_touchpoint, (rating >= 4).astype(float), weight, touchpoint)
    rows, rating, weight = rated(big, "ces2")
    touchpoint = big.responses["touchpoint"][rows]
    check_groups(big.truth.ces2_by_touchpoint, (rating >= 5).astype(float), weight, touchpoint)
    assert abs(z_mean(rating, big.truth.ces2_mean, weight)) < LIMIT


def test_csat_by_month_of_the_interaction(big: Company) -> None:
    rows, rating, weight = rated(big, "csat")
    at = dict(zip(big.interactions["id"], big.interactions["at"], strict=True))
    times = np.array([at[i] for i in big.responses["interaction"][rows]], dtype="datetime64[M]")
    check_groups(big.truth.csat_by_month, (rating >= 4).astype(float), weight, times.astype(str))


def test_enps_and_mirrored_items() -> None:
    made = company(300_000, seed=2)
    rows, rating, weight = rated(made, "enps")
    assert abs(z_mean(code(rating), made.truth.enps, weight)) < LIMIT
    check_groups(made.truth.enps_by_team, code(rating), weight, made.employees["team"][rows])
    for table, truth in (
        (made.responses, made.truth.mirror_customers),
        (made.employees, made.truth.mirror_employees),
    ):
        question = table["question"].astype(str)
        asked = np.char.startswith(question, "mirror_") & ~np.isnan(table["rating"])
        positive = (table["rating"][asked] >= 4).astype(float)
        item = np.char.replace(question[asked], "mirror_", "")
        check_groups(truth, positive, table["weight"][asked], item)


def remembered(made: Company) -> dict[str, Array]:
    """Return peak, end, mean, recovery and region of each rated recommendation, from the rows."""
    rows, rating, _ = rated(made, "nps")
    lived = made.interactions
    case = np.char.lstrip(lived["case"].astype(str), "J").astype(int)
    first = np.flatnonzero(np.diff(case, prepend=-1))
    last = np.append(first[1:], len(case)) - 1
    felt = lived["felt"].astype(float)
    peak = np.array(
        [
            max(felt[a : b + 1][::-1], key=abs)  # reversed: max keeps the first, here the later
            for a, b in zip(first, last, strict=True)
        ]
    )
    mean = np.add.reduceat(felt, first) / (last - first + 1)
    recovery = np.logical_or.reduceat(lived["recovered"], first).astype(float)
    mine = np.char.lstrip(made.responses["case"][rows].astype(str), "J").astype(int)
    loyalty = made.truth.memory.region
    return {
        "peak": peak[mine],
        "end": felt[last][mine],
        "mean": mean[mine],
        "recovery": recovery[mine],
        "region": np.array([loyalty[r] for r in made.responses["region"][rows]]),
        "rating": rating,
    }


def test_peak_end_rule_is_the_likeliest(big: Company) -> None:
    """Score test: at the truth the gradient of the ordered logit likelihood is noise."""
    rule, data = big.truth.memory, remembered(big)

    def likelihood(**moved: float) -> Array:
        place = rule.intercept + data["region"]
        for name in ("peak", "end", "mean", "recovery"):
            place = place + (getattr(rule, name) + moved.get(name, 0.0)) * data[name]
        place = place + moved.get("intercept", 0.0)
        upper = np.where(data["rating"] == 10, np.inf, (data["rating"] + 0.5 - place) / rule.noise)
        lower = np.where(data["rating"] == 0, -np.inf, (data["rating"] - 0.5 - place) / rule.noise)
        return np.log(0.5 * (np.tanh(upper / 2) - np.tanh(lower / 2)))

    for name in ("intercept", "peak", "end", "mean", "recovery"):
        slope = (likelihood(**{name: 1e-4}) - likelihood(**{name: -1e-4})) / 2e-4
        assert abs(slope.sum() / np.sqrt(np.sum(slope**2))) < LIMIT, name
        wrong = 0.6 if name == "recovery" else 0.15
        assert likelihood().sum() > likelihood(**{name: wrong}).sum() + 5, name
        assert likelihood().sum() > likelihood(**{name: -wrong}).sum() + 5, name


def test_outcomes_follow_the_remembered_score(big: Company) -> None:
    truth, after = big.truth.outcomes, big.outcomes
    values = {kind: after["value"][after["kind"] == kind] for kind in set(after["kind"])}
    assert set(np.unique(values["churn"])) == {0.0, 1.0}
    assert abs(z_mean(values["churn"], truth.churn)) < LIMIT
    assert abs(z_mean(values["repurchase"], truth.repurchase)) < LIMIT
    np.testing.assert_array_equal(values["revenue"] > 0, values["repurchase"] == 1)

    rows, rating, _ = rated(big, "nps")
    number = np.char.lstrip(big.responses["customer"][rows].astype(str), "C").astype(int)
    for kind in ("churn", "repurchase"):
        at_7, per_point = getattr(truth, f"{kind}_at_7"), getattr(truth, f"{kind}_per_point")
        for shift in (0.0, 0.1, -0.1):
            odds = 1 / (1 + np.exp(-at_7 - (per_point + shift) * (rating - 7)))
            residual = (values[kind][number] - odds) * (rating - rating.mean())
            z = residual.sum() / np.sqrt(np.sum(residual**2))
            assert (abs(z) < 3) if shift == 0 else (abs(z) > 3), (kind, shift, z)
    bought = values["revenue"][number] > 0
    segment = big.responses["segment"][rows]
    base = np.array([truth.revenue_at_7[s] for s in segment])
    ratio = values["revenue"][number] / (base * (1 + truth.revenue_per_point * (rating - 7)))
    assert abs(z_mean(ratio[bought], 1.0)) < LIMIT


def test_response_propensity_falls_with_solicitations(big: Company) -> None:
    truth, sent = big.truth.responses, big.invitations
    assert abs(z_mean(1.0 * ~sent["delivered"], truth.bounced)) < LIMIT
    persona = dict(zip(big.customers["id"], big.customers["persona"], strict=True))
    who = np.array([persona[customer] for customer in sent["customer"]])
    answered = 1.0 * ~np.isnat(sent["answered_at"])
    for name, base in truth.base.items():
        rates = []
        for recent in range(5):
            rows = sent["delivered"] & (who == name) & (sent["solicitations"] == recent)
            expected = base * truth.fatigue ** min(recent, truth.cap)
            assert abs(z_mean(answered[rows], expected)) < LIMIT, (name, recent)
            rates.append(answered[rows].mean())
        assert rates[0] > rates[1] > rates[2] > rates[4]


def test_invitations_follow_the_design(big: Company) -> None:
    truth, sent = big.truth.responses, big.invitations
    lived = big.interactions
    hot, cold = (set(sent[n][sent["survey"] == kind]) for n, kind in PURPOSES)
    asked = np.array([one in hot for one in lived["id"]])
    check_groups(truth.invited, 1.0 * asked, np.ones(len(asked)), lived["touchpoint"])
    sampled = np.array([one in cold for one in big.customers["id"]])
    check_groups(truth.sampled, 1.0 * sampled, np.ones(len(sampled)), big.customers["region"])


def test_weights_add_up_to_the_population(big: Company) -> None:
    for question, population in (
        ("nps", big.customers.height),
        ("csat", big.interactions.height),
    ):
        weight = big.responses["weight"][big.responses["question"] == question]
        assert abs(weight.sum() - population) < 3.5 * np.sqrt(np.sum(weight**2)), question
        assert weight.sum() == pytest.approx(population, rel=0.03)


def test_share_of_missing_ratings(big: Company) -> None:
    missing = 1.0 * np.isnan(big.responses["rating"])
    assert abs(z_mean(missing, big.truth.responses.unrated)) < LIMIT


def test_typical_journeys(big: Company) -> None:
    truth, people, lived = big.truth, big.customers, big.interactions
    for name, share in truth.journey_shares.items():
        assert abs(z_mean(1.0 * (people["habit"] == name), share)) < LIMIT
    assert truth.typical_share == pytest.approx(1 - truth.journey_shares["varied"])
    assert truth.typical_share == pytest.approx(0.82)
    habit = dict(zip(people["id"], people["habit"], strict=True))
    of = np.array([habit[customer] for customer in lived["customer"]])
    for journey in truth.journeys:
        cases = len(set(lived["case"][of == journey.id]))
        rescued = {"hotline", "chat"}  # added after failures, whatever the habit
        for touchpoint in {step.touchpoint for step in journey.steps} - rescued:
            passages = np.sum((of == journey.id) & (lived["touchpoint"] == touchpoint))
            odds = np.array([s.probability for s in journey.steps if s.touchpoint == touchpoint])
            spread = np.sqrt(cases * np.sum(odds * (1 - odds)))
            assert abs(passages - cases * odds.sum()) <= 3.5 * spread, (journey.id, touchpoint)


def test_paths_are_not_linear(big: Company) -> None:
    lived = big.interactions
    rank = np.array([FIVE_A.index(stage) for stage in lived["five_a"]])
    step = np.diff(rank)[lived["case"][1:] == lived["case"][:-1]]
    assert np.mean(step < 0) > 0.06
    assert np.mean(step == 0) > 0.1
    assert np.mean(step > 0) > 0.3
    pairs = set(zip(lived["case"], lived["touchpoint"], strict=True))
    assert len(pairs) < 0.97 * lived.height  # touchpoints come back within a journey


def test_irritants_wows_and_failures(big: Company) -> None:
    lived, truth = big.interactions, big.truth
    for column, planted in (
        ("irritant", [(one, -one.severity) for one in truth.irritants]),
        ("wow", [(one, one.lift) for one in truth.wows]),
    ):
        assert {v for v in lived[column] if v} == {one.id for one, _ in planted}
        for one, effect in planted:
            here = (lived["touchpoint"] == one.touchpoint) & ~lived["failure"]
            happened = lived[column][here] == one.id
            assert abs(z_mean(1.0 * happened, one.incidence)) < LIMIT, one.id
            felt = lived["felt"][here].astype(float)
            lost = felt[happened].mean() - felt[~happened].mean()
            # The scale ends at 5, which swallows a part of the best moments.
            assert lost == pytest.approx(effect, abs=0.35), one.id
    for touchpoint, odds in truth.failure.items():
        here = lived["touchpoint"] == touchpoint
        assert abs(z_mean(1.0 * lived["failure"][here], odds)) < LIMIT, touchpoint
    failed = lived["failure"] & (lived["touchpoint"] == "parcel")
    fine = ~lived["failure"] & (lived["touchpoint"] == "parcel")
    lost = lived["felt"][failed].mean() - lived["felt"][fine].mean()
    assert lost == pytest.approx(truth.failure_felt, abs=0.4)


@pytest.mark.parametrize("months", [3, 12])
def test_step_of_satisfaction(months: int) -> None:
    made = company(20_000, seed=4, months=months)
    after = made.interactions["at"] >= np.datetime64(made.truth.step_month)
    felt, touchpoint = made.interactions["felt"].astype(float), made.interactions["touchpoint"]
    for name in ("website", "checkout", "first_use"):
        here = touchpoint == name
        change = felt[here & after].mean() - felt[here & ~after].mean()
        assert change == pytest.approx(made.truth.step_felt, abs=0.08), name
    by_month = list(made.truth.csat_by_month.values())
    falls = -np.diff(by_month)
    assert list(made.truth.csat_by_month)[int(np.argmax(falls)) + 1] == made.truth.step_month
    assert made.truth.nps_by_month[made.truth.step_month] < by_month[0] * 100


def test_verbatims_mostly_agree_with_their_rating(big: Company) -> None:
    answers = big.responses
    said = np.array([text is not None for text in answers["verbatim"]])
    assert set(answers["question"][said]) == {"nps", "csat"}
    assert not np.isnan(answers["rating"][said]).any()
    glad = ("Thank you", "What I loved", "Merci", "Ce que j'ai adoré")
    good = np.array([any(g in text for g in glad) for text in answers["verbatim"][said]])
    rating, question = answers["rating"][said], answers["question"][said]
    top = np.where(question == "nps", rating >= 9, rating >= 4)
    low = np.where(question == "nps", rating <= 6, rating <= 2)
    assert abs(z_mean(1.0 * good[top], 0.94)) < LIMIT
    assert abs(z_mean(1.0 * good[low], 0.06)) < LIMIT
    assert not good[~top & ~low].any()


def test_verbatims_name_what_happened(big: Company) -> None:
    irritant = dict(zip(big.interactions["id"], big.interactions["irritant"], strict=True))
    phrases = {one.id: one.en[0].format(n=11) for one in big.truth.irritants}
    seen = set()
    for text, about in zip(big.responses["verbatim"], big.responses["interaction"], strict=True):
        if text is None or about is None:
            continue
        for key, phrase in phrases.items():
            if phrase[1:] in text:
                assert irritant[about] == key
                seen.add(key)
    assert seen == set(phrases)
