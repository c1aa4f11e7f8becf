"""The truth vectors: published numbers, R's numbers, and closed forms."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import cxmetrics as cx
from cxmetrics.concepts.catalogue.delivery import delivery_gap
from cxmetrics.concepts.catalogue.demerits import weighted_count
from cxmetrics.concepts.catalogue.emotions import emotion_ratio
from cxmetrics.concepts.catalogue.five_stages import five_a
from cxmetrics.concepts.catalogue.mirror_survey import mirror
from cxmetrics.concepts.catalogue.net_index import cxi
from cxmetrics.concepts.catalogue.satisfaction import satisfaction_index
from cxmetrics.items import penalty_reward, reliability, rescale
from cxmetrics.items.kano_model import TABLE
from cxmetrics.journeys import paths, transitions
from cxmetrics.links import leads
from cxmetrics.stats import charts, distributions, importance, multiplicity, planning
from cxmetrics.stats import reliability as consistency
from cxmetrics.stats.changepoint import best_split, likelihood_ratios
from cxmetrics.stats.correlation import cross_correlation, leading
from cxmetrics.stats.intervals.adjusted_wald import ROCKS, adjusted_wald
from cxmetrics.stats.intervals.agresti_coull import agresti_coull
from cxmetrics.stats.intervals.clopper_pearson import clopper_pearson
from cxmetrics.stats.intervals.jeffreys import jeffreys
from cxmetrics.stats.intervals.tango import tango
from cxmetrics.stats.intervals.wilson import wilson
from cxmetrics.stats.medoids import pam, silhouettes
from cxmetrics.stats.regression import least_squares
from cxmetrics.stats.sequences import edit_distance
from cxmetrics.stats.trimming import trim
from cxmetrics.survey import Cap, ContactRules, Weighting, calibrate, poststratify, rake
from cxmetrics.trends import control_chart

PATH = Path(__file__).resolve().parents[2] / "shared" / "reference" / "truth.json"
VECTORS: list[dict[str, Any]] = json.loads(PATH.read_text("utf-8")) if PATH.exists() else []
BY_ID = {vector["id"]: vector for vector in VECTORS}


def score(data: dict[str, Any]) -> cx.Score:
    counts = {3: data["detractors"], 7: data["passives"], 10: data["promoters"]}
    return cx.nps(cx.Tally.of(cx.zero_to_ten, counts))


def trinomial(data: dict[str, Any]) -> tuple[int, int, int]:
    n = data["promoters"] + data["passives"] + data["detractors"]
    return data["promoters"], data["detractors"], n


def ends(interval: cx.Interval) -> list[float]:
    return [interval.low / 100, interval.high / 100]


def point(data: dict[str, Any]) -> Any:
    found = score(data)
    if "conf" in data:
        return found.value / 100
    se = found.standard_error / 100
    return {"nps": found.value / 100, "var": se**2 * found.n, "se": se}


def tango_ci(data: dict[str, Any]) -> Any:
    limits = list(tango(*trinomial(data)))
    assert ends(score(data).interval(method="tango")) == pytest.approx(limits)
    return limits if "conf" in data else {"nps": score(data).value / 100, "ci": limits}


def custom_cutoffs(data: dict[str, Any]) -> Any:
    found = cx.nps(
        data["scores"],
        scale=cx.Scale(0, 15),
        detractor_max=data["detractor_max"],
        passive_max=data["passive_max"],
    )
    return {"nps": found.value / 100, "var": (found.standard_error / 100) ** 2 * found.n}


def pair(data: dict[str, Any]) -> tuple[cx.Score, cx.Score]:
    names = {"d": "detractors", "pa": "passives", "pr": "promoters"}
    x, y = ({names[k]: v for k, v in data[side].items()} for side in ("x", "y"))
    return score(x), score(y)


def two_adjusted(data: dict[str, Any]) -> Any:
    x, y = pair(data)
    found = x.compare(y)
    assert found.value == pytest.approx(x.value - y.value)
    return {
        "diff_adjusted": (found.interval.low + found.interval.high) / 200,
        "se": found.difference.standard_error / 100,
        "p": found.p_value,
        "ci": ends(found.interval),
    }


def two_wald(data: dict[str, Any]) -> Any:
    x, y = pair(data)
    found = x.compare(y, method="wald")
    return {
        "diff": found.value / 100,
        "se": found.difference.standard_error / 100,
        "p": found.p_value,
        "ci": ends(found.interval),
    }


def shares(method: str, limits: Callable[..., tuple[float, float]]) -> Callable[[Any], Any]:
    def run(data: dict[str, Any]) -> Any:
        x, n = data["x"], data["n"]
        found = list(limits(x, n))
        yes = cx.top_box(1, scale=cx.yes_no)(cx.Tally.of(cx.yes_no, [n - x, x]))
        assert ends(yes.interval(method=method)) == pytest.approx(found)
        return found

    return run


def two_shares(method: str) -> Callable[[Any], Any]:
    def run(data: dict[str, Any]) -> Any:
        first, second = (
            cx.top_box(1, scale=cx.yes_no)(cx.Tally.of(cx.yes_no, [n - x, x]))
            for x, n in ((data["x1"], data["n1"]), (data["x2"], data["n2"]))
        )
        found = first.compare(second, method=method)
        if method == "newcombe":
            return ends(found.interval)
        return {"diff": found.value / 100, "ci": ends(found.interval)}

    return run


def counted(data: dict[str, Any], scale: cx.Scale) -> cx.Tally:
    return cx.Tally.of(scale, {int(k): v for k, v in data["counts"].items()})


def t_interval(data: dict[str, Any]) -> Any:
    tally = counted(data, cx.one_to_five)
    mean = cx.mean_rating(tally)
    interval = mean.interval()
    return {
        "mean": mean.value,
        "sd": mean.standard_error * math.sqrt(mean.n),
        "ci": [interval.low, interval.high],
        "top2": cx.csat(tally).value / 100,
        "mean_0_100": cx.mean_rating(tally, percent=True).value,
    }


def welch(data: dict[str, Any]) -> Any:
    found = cx.mean_rating(data["x"]).compare(cx.mean_rating(data["y"]))
    return {
        "t": found.difference.statistic,
        "df": found.difference.df,
        "p": found.p_value,
        "ci": [found.interval.low, found.interval.high],
    }


def mann_whitney(data: dict[str, Any]) -> Any:
    found = cx.mean_rating(data["x"]).compare(cx.mean_rating(data["y"]), method="mann_whitney")
    return {"W": found.difference.statistic, "p": found.p_value}


def taylor(data: dict[str, Any]) -> Any:
    rows = data["data"]
    clustered = data["id"] == "svy-strat-cluster"  # both vectors have the same rows
    design = {"unit": "cluster", "strata": "stratum"} if clustered else {}
    found = cx.nps(rows, rating="score", weight="weight", **design)
    sample, value = found.sample, found.value / 100
    se = math.sqrt(sample.variance) / 100
    simple = float((sample.share * sample.influence**2).sum()) / (found.n - 1) / 100**2
    if clustered:
        assert found.deff == pytest.approx(se**2 / simple)
        assert found.n_effective == found.n  # capped: a deff below 1 from 8 PSUs is noise
    margin = distributions.two_sided_z(0.95) * se
    return {
        "nps": value,
        "se": se,
        "df": sample.degrees_of_freedom,
        "deff_srswr": se**2 / simple,
        "deff_srswor": se**2 / simple / (1 - found.n / sum(rows["weight"])),
        "ci_t": ends(found.interval(method="t")),
        "ci_z": [value - margin, value + margin],
    }


def domain(data: dict[str, Any]) -> Any:
    found = cx.nps(
        data["data"],
        rating="score",
        by="segment",
        weight="weight",
        unit="cluster",
        strata="stratum",
    )
    x, y = found["x"], found["y"]
    change = x.compare(y)
    se_x, se_y = (math.sqrt(s.sample.variance) / 100 for s in (x, y))
    se = change.difference.standard_error / 100
    return {
        "x": x.value / 100,
        "y": y.value / 100,
        "se_x": se_x,
        "se_y": se_y,
        "cov": (se_x**2 + se_y**2 - se**2) / 2,
        "diff": change.value / 100,
        "se_diff": se,
    }


def weighted(
    make: Callable[..., Weighting], targets: str = "margins"
) -> Callable[[dict[str, Any]], Any]:
    """The rows must give what the cube gives, so both are asked."""

    def run(data: dict[str, Any]) -> Any:
        known = data[targets] if targets == "margins" else {"gender": data[targets]}
        rows = data["data"]
        found = make(rows, targets=known, weight="weight")
        score = cx.nps(found, rating="score")
        cube = cx.tally(rows, cx.zero_to_ten, rating="score", by=list(known), weight="weight")
        counted = make(cube, targets=known)
        se = math.sqrt(score.sample.variance) / 100
        assert cx.nps(counted).value == pytest.approx(score.value, rel=1e-12)
        assert cx.nps(counted).standard_error == pytest.approx(100 * se, rel=1e-12)
        return {
            "nps": score.value / 100,
            "se": se,
            "greg_base_weights": se,
            "naive": math.sqrt(cx.nps(found.naive, rating="score").sample.variance) / 100,
            "weight_first8": found.weights()[:8].tolist(),
            "total": found.total,
            "kish_deff": found.deff,
        }

    return run


def rake_se(data: dict[str, Any]) -> Any:
    found = weighted(rake)(data)["greg_base_weights"]
    return dict.fromkeys(("R_survey", "greg_base_weights", "greg_raked_weights"), found)


def trimmed(data: dict[str, Any]) -> Any:
    weights = np.array(data["weights"], dtype=float)
    bounds = {"lower": data["lower"], "upper": data["upper"]}
    rows = {"who": ["all"] * len(weights), "w": weights}
    rows_trimmed = rake(rows, targets={"who": {"all": 1}}, weight="w").trim(**bounds, of="weight")
    strict = trim(weights, **bounds).tolist()
    assert rows_trimmed.weights().tolist() == strict
    return {"one_pass": trim(weights, **bounds, passes="once").tolist(), "strict": strict}


def quarantine(data: dict[str, Any]) -> Any:
    today, days = datetime(2026, 6, 1, tzinfo=UTC), data["quarantine"]
    rules = ContactRules(
        caps=(
            Cap(days=days["transactional"], survey="transactional"),
            Cap(days=days["relational"], survey="relational", counting="same"),
        )
    )
    assert rules == ContactRules()  # these are the defaults
    ago = [data["last_contact_days_ago"], data["last_relational_days_ago"]]
    history = {
        "customer": ["c", "c"],
        "survey": ["transactional", "relational"],
        "sent_at": [today - timedelta(days=days) for days in ago],
    }

    def may_ask(survey: str) -> bool:
        one = {"customer": ["c"], "survey": [survey], "sent_at": [today]}
        return bool(rules.select(one, history=history).allowed[0])

    return {survey: may_ask(survey) for survey in days}


def kish(data: dict[str, Any]) -> Any:
    answers = [0] * len(data["weights"])
    found = cx.tally(answers, cx.zero_to_ten, weight=data["weights"]).overall
    return {"deff": found.deff, "n_eff": found.n_effective, "cv2": found.deff - 1}


def kish_interval(data: dict[str, Any]) -> Any:
    found = cx.nps(data["scores"], weight=data["weights"])
    return {"nps": found.value / 100, "n_eff": found.n_effective, "ci": ends(found.interval())}


def categories(data: dict[str, Any]) -> Any:
    of = {p: part.name.removesuffix("s") for part in cx.nps.parts for p in part.points}
    return [of[rating] for rating in data["scores"]]


def enps(data: dict[str, Any]) -> Any:
    counts = {0: data["detractors"], 8: data["passives"], 9: data["promoters"]}
    return {"enps_points": cx.enps(cx.Tally.of(cx.zero_to_ten, counts)).value}


def ces2_shares(data: dict[str, Any]) -> Any:
    tally = counted(data, cx.one_to_seven)
    return {
        "pct_5_7": cx.ces2(tally, headline="share").value,
        "pct_6_7": cx.top_box(2, scale=cx.one_to_seven)(tally).value,
        "net_67_123": cx.ces2(tally, headline="net").value,
        "mean_0_100": cx.mean_rating(tally, scale=cx.one_to_seven, percent=True).value,
    }


def multiple(data: dict[str, Any]) -> Any:
    adjusted = {
        name: multiplicity.adjust(data["p"], name) for name in ("holm", "bh", "by", "hochberg")
    }
    bonferroni = multiplicity.adjust(data["p"], "bonferroni")
    return {
        **adjusted,
        "reject_bh_05": sum(p <= 0.05 for p in adjusted["bh"]),
        "reject_bonf_05": sum(p <= 0.05 for p in bonferroni),
    }


def rejections(data: dict[str, Any]) -> Any:
    found = multiple(data)
    return {"bh": found["reject_bh_05"], "bonferroni": found["reject_bonf_05"]}


def split(data: dict[str, Any]) -> tuple[Any, Any]:
    whole = np.array(data["R"])
    return whole[1:, 1:], whole[0, 1:]


def johnson(data: dict[str, Any]) -> Any:
    among, outcome = split(data)
    raw = importance.relative_weights(among, outcome)
    beta = importance.coefficients(among, outcome)
    r2 = beta @ outcome
    return {"r2": r2, "raw": raw, "percent": 100 * raw / r2, "std_beta": beta}


def lmg(data: dict[str, Any]) -> Any:
    among, outcome = split(data)
    shares = importance.lmg(among, outcome)
    assert shares.sum() == pytest.approx(importance.subset_r2(among, outcome)[-1], abs=1e-14)
    last = importance.last(among, outcome)
    return {"r2": shares.sum(), "lmg": shares, "last": last, "first": outcome**2}


def contrasts(data: dict[str, Any]) -> Any:
    found = penalty_reward(data, outcome="overall", items=["attr1", "attr2"], low={1, 2}, high={5})
    one, two = found.values()
    effects = [found.intercept, one.penalty, one.reward, two.penalty, two.reward]
    names = ["intercept", "penalty1", "reward1", "penalty2", "reward2"]
    return {
        **{name: effect.value for name, effect in zip(names, effects, strict=True)},
        "r2": found.r2,
        "se": [effect.standard_error for effect in effects],
        "p": [effect.p_value for effect in effects],
    }


def cronbach(data: dict[str, Any]) -> Any:
    found = reliability(data["columns"], items=list(data["columns"]))
    return {
        "raw": found.alpha,
        "std": found.standardised_alpha,
        "drop": [item.alpha_dropped for item in found.items],
        "feldt_ci": [found.alpha_interval.low, found.alpha_interval.high],
        "r_drop": [item.rest_correlation for item in found.items],
    }


def mcdonald(data: dict[str, Any]) -> Any:
    found = reliability(data["columns"], items=list(data["columns"]))
    return {"loadings": [item.loading for item in found.items], "omega": found.omega}


def from_loadings(data: dict[str, Any]) -> Any:
    implied = np.outer(data["loadings"], data["loadings"])
    np.fill_diagonal(implied, 1)
    return {
        "alpha": consistency.alpha(implied),
        "omega": consistency.omega(consistency.one_factor(implied)),
    }


def rescaled(data: dict[str, Any]) -> Any:
    scales = [cx.Scale(*data[end]) for end in ("from_", "to") if end in data]
    made = rescale(*(scales or (cx.one_to_five, cx.zero_to_ten)))
    values = list(made(data["scores"] if "scores" in data else [data["x"]]).values)
    return values if "scores" in data else values[0]


def trap(data: dict[str, Any]) -> Any:
    tally = counted(data, cx.one_to_five)
    told = rescale(cx.one_to_five, cx.zero_to_ten).counted(tally)
    converted = cx.nps.using(scale=told.scale, detractor_max=6, passive_max=8)(told)
    assert {"CONVERTED_SCALE", "NONSTANDARD_SCALE"} <= {c.code for c in converted.cautions}
    like = cx.nps.using(scale=cx.one_to_five, detractor_max=3, passive_max=4)(tally)
    return {"nps_after_linear": converted.value, "nps_top_minus_bottom3": like.value}


def laney(data: dict[str, Any]) -> Any:
    weeks = [week for week, n in enumerate(data["n"]) for _ in range(n)]
    rows = [int(i < x) for x, n in zip(data["x"], data["n"], strict=True) for i in range(n)]
    scores = cx.top_box(1, scale=cx.yes_no)(rows, by=weeks)
    found = control_chart(scores)
    binomial = [point.z * found.sigma_z for point in found.points]
    return {
        "center": found.centre / 100,
        "sigma_z": found.sigma_z,
        "sd_z": np.std(binomial, ddof=1),
        "ucl": [point.high / 100 for point in found.points],
        "lcl": [point.low / 100 for point in found.points],
        "p_chart_out": [i + 1 for i, z in enumerate(binomial) if abs(z) > 3],
        "pprime_out": [point.label + 1 for point in found.out],
    }


def montgomery(data: dict[str, Any]) -> Any:
    sums = charts.cusum(np.array(data["x"]) - data["target"], slack=data["k"])
    over = (sums.up > data["h"]) | (sums.down > data["h"])
    return {"c_plus": sums.up, "c_minus": sums.down, "first_signal": int(over.argmax()) + 1}


def trinomial_lr(data: dict[str, Any]) -> Any:
    n, p, d = (np.array(data[name]) for name in ("n", "promoters", "detractors"))
    counts = np.column_stack([d, n - p - d, p])
    return {"lr": likelihood_ratios(counts), "k": best_split(counts).after}


def lead_correlation(data: dict[str, Any]) -> Any:
    found = leads(data["x"], data["y"], most=3)
    straight = [leading(data["x"], data["y"], lead=k) for k in range(4)]
    assert [lead.value for lead in found] == pytest.approx(straight, rel=1e-14)
    return straight


def pam_silhouette(data: dict[str, Any]) -> Any:
    points = np.array(data["points"])
    apart = np.sqrt(((points[:, None] - points) ** 2).sum(axis=2))
    found = pam(apart, 3)
    own = silhouettes(apart, found.of)
    tied = {1: 2, 3: 4}  # points 1 and 2, and 3 and 4, are equally good: the note of the vector
    return {
        "medoids": [tied.get(medoid, medoid) for medoid in (found.medoids + 1).tolist()],
        "clusters": (found.of + 1).tolist(),
        "silhouette": own.tolist(),
        "avg": float(own.mean()),
    }


def transition_matrix(data: dict[str, Any]) -> Any:
    start = datetime(2026, 1, 1, tzinfo=UTC)
    events = [
        (str(row), stage, start + timedelta(days=day))
        for row, stages in enumerate(data["sequences"])
        for day, stage in enumerate(stages)
    ]
    log = dict(zip(("customer", "stage", "at"), map(list, zip(*events, strict=True)), strict=True))
    return transitions(paths(log, step="stage").flow()).between()


def peak_end(data: dict[str, Any]) -> Any:
    columns = np.column_stack([data[name] for name in ("peak", "end", "mean")])
    found = least_squares(data["y"], columns)
    return {"coef": found.coefficients.tolist(), "r2": found.r2}


def par_bar(data: dict[str, Any]) -> Any:
    counts = {name: n for name, n in data.items() if name != "id"}
    found = five_a(counts)
    return {"PAR": found.par.value, "BAR": found.bar.value, "BAR_correct": found.bar.value}


def acsi(data: dict[str, Any]) -> float:
    means = data.get("means") or [data[name] for name in ("satisfaction", "expectancy", "ideal")]
    names = ("satisfaction", "expectancy", "ideal")
    answers = {name: [mean, mean] for name, mean in zip(names, means, strict=True)}
    weights = data.get("weights")
    own = None if weights is None else dict(zip(names, weights, strict=True))
    return float(satisfaction_index(answers, weights=own).value)


def cxpi(data: dict[str, Any]) -> Any:
    found = cxi({name: data[name] for name in ("needs", "ease", "emotion")})
    net = cx.linear("net", cx.one_to_five, {(1, 2): -100, 3: 0, (4, 5): 100})
    alone = [net(data[name]) for name in found.parts]
    return {
        "items": [part.value for part in found.parts.values()],
        "cxpi": found.value,
        "se": found.standard_error,
        "se_if_items_wrongly_independent": math.sqrt(sum(s.sample.variance for s in alone)) / 3,
    }


def demerit(data: dict[str, Any]) -> float:
    kinds = [f"kind {place}" for place in range(len(data["weights"]))]
    rows = {"kind": kinds, "many": data["counts"]}
    weights = dict(zip(kinds, data["weights"], strict=True))
    return weighted_count(rows, category="kind", counts="many", weights=weights).total


def symmetry(data: dict[str, Any]) -> float:
    sides = {"customer": data["customers_pct"], "employee": data["employees_pct"]}
    answers = {
        "who": [who for who in sides for _ in range(100)],
        "q": [r for percent in sides.values() for r in [5] * percent + [1] * (100 - percent)],
    }
    gap = mirror(answers, dimensions={"q": ["q"]}, side="who")["q"].gap
    assert gap is not None
    return gap.value


def delivery(data: dict[str, Any]) -> Any:
    found = delivery_gap({
        "company": data["firms_believing"], "customers": data["customers_agreeing"],
    })  # fmt: skip
    return {"gap_points": found.gap.value, "ratio": found.ratio}


def emotions(data: dict[str, Any]) -> Any:
    found = emotion_ratio({"positive": data["pos"], "negative": data["neg"]}).overall
    assert found.interval is not None
    return {"ratio": found.value, "ci": [found.interval.low, found.interval.high]}


METHODS: dict[str, Callable[[Any], Any]] = {
    "journey.edit_distance": lambda d: edit_distance(d["a"], d["b"]),
    "journey.pam_silhouette": pam_silhouette,
    "journey.transition_matrix": transition_matrix,
    "journey.ols": peak_end,
    "journey.par_bar": par_bar,
    "composite.acsi": acsi,
    "composite.cxpi": cxpi,
    "composite.weighted_count_score": demerit,
    "gap.symmetry": symmetry,
    "gap.delivery": delivery,
    "emotion.ratio": emotions,
    "chart.laney_p": laney,
    "chart.cusum": montgomery,
    "changepoint.trinomial_lr": trinomial_lr,
    "link.ccf_r_convention": lambda d: {
        "lags": list(range(-3, 4)),
        "ccf": cross_correlation(d["x"], d["y"], most=3),
    },
    "link.lead_correlation": lead_correlation,
    "drivers.johnson": johnson,
    "drivers.lmg": lmg,
    "drivers.penalty_reward": contrasts,
    "drivers.kano_table": lambda _: [list(row) for row in TABLE],
    "reliability.alpha": cronbach,
    "reliability.omega": mcdonald,
    "reliability.alpha_omega_from_loadings": from_loadings,
    "scale.linear": rescaled,
    "scale.nps_like_trap": trap,
    "stats.normal_quantile": lambda d: distributions.normal_quantile(d["p"]),
    "stats.t_quantile": lambda d: distributions.t_quantile(d["p"], d["df"]),
    "stats.beta_quantile": lambda d: distributions.beta_quantile(d["p"], d["a"], d["b"]),
    "nps.point": point,
    "nps.se": lambda d: score(d).standard_error / 100,
    "nps.ci.wald": lambda d: ends(score(d).interval(method="wald")),
    "nps.ci.adjusted_wald": lambda d: list(adjusted_wald(*trinomial(d), pseudo=ROCKS)),
    "nps.ci.adjusted_wald_pseudo": lambda d: list(
        adjusted_wald(*trinomial(d), pseudo=tuple(d["pseudo"]))
    ),
    "nps.ci.adjusted_wald_clipped": lambda d: ends(score(d).interval()),
    "nps.ci.adjusted_wald_kish": kish_interval,
    "nps.ci.tango": tango_ci,
    "nps.ci.tango_closed_form": lambda d: list(tango(0, 0, d["n"])),
    "nps.categories": categories,
    "nps.custom_cutoffs": custom_cutoffs,
    "nps.enps": enps,
    "nps.two_sample.adjusted_wald": two_adjusted,
    "nps.two_sample.wald": two_wald,
    "nps.sample_size.one_sample": lambda d: planning.answers_for_net(
        d["moe"], variance=d["variance"], level=d["conf"]
    ),
    "nps.sample_size.two_groups": lambda d: planning.answers_to_tell_nets_apart(
        d["diff"], variances=(d["v1"], d["v2"]), level=1 - d["alpha"], power=d["power"]
    ),
    "proportion.sample_size_finite": lambda d: planning.answers_for_share(
        d["moe"], share=d["p"], population=d["N"]
    ),
    "proportion.ci.wilson": shares("wilson", wilson),
    "proportion.ci.clopper_pearson": shares("clopper_pearson", clopper_pearson),
    "proportion.ci.agresti_coull": shares("agresti_coull", agresti_coull),
    "proportion.ci.jeffreys": shares("jeffreys", jeffreys),
    "proportion.diff.newcombe": two_shares("newcombe"),
    "proportion.diff.agresti_caffo": two_shares("agresti_caffo"),
    "proportion.diff.wald": two_shares("wald"),
    "mean.t_interval": t_interval,
    "mean.welch": welch,
    "mean.mann_whitney": mann_whitney,
    "contact.quarantine": quarantine,
    "survey.domain": domain,
    "survey.poststratify": weighted(poststratify, "population"),
    "survey.rake": weighted(rake),
    "survey.rake_se": rake_se,
    "survey.rake_naive_se": lambda d: {"se": weighted(rake)(d)["naive"]},
    "survey.calibrate_linear": weighted(calibrate),
    "survey.trim": trimmed,
    "survey.kish": kish,
    "survey.nps_taylor": taylor,
    "ces.ces2_mean": lambda d: cx.ces2(counted(d, cx.one_to_seven)).value,
    "ces.ces2_shares": ces2_shares,
    "multiplicity.adjust": multiple,
    "multiplicity.rejections": rejections,
}


def close(got: Any, expected: Any, tol: float, where: str) -> None:
    if isinstance(expected, dict):
        for name, value in expected.items():
            close(got[name], value, tol, f"{where}.{name}")
    elif isinstance(expected, list):
        assert len(got) == len(expected), where
        for i, value in enumerate(expected):
            close(got[i], value, tol, f"{where}[{i}]")
    elif expected is None or isinstance(expected, str):
        assert got == expected, where
    else:
        assert abs(got - expected) <= tol * max(1, abs(expected)), (where, got, expected)


OF_PLUGINS = {"text.optional_plugin"}
"""Run by the tests of the plugin that offers it."""
BUILT = [vector for vector in VECTORS if vector["method"] in METHODS]

pytestmark = pytest.mark.skipif(
    not VECTORS, reason="the folder shared/ beside the repository is absent"
)


def test_every_method_is_built() -> None:
    assert {vector["method"] for vector in VECTORS} - set(METHODS) == OF_PLUGINS


@pytest.mark.parametrize("vector", BUILT, ids=lambda vector: vector["id"])
def test_vector(vector: dict[str, Any]) -> None:
    data = vector["input"]
    if "ref" in data:
        data = BY_ID[data["ref"]]["input"]
    got = METHODS[vector["method"]]({**data, "id": vector["id"]})
    close(got, vector["expected"], vector["tol"], vector["id"])
