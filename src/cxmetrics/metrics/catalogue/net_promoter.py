"""NPS and eNPS."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cxmetrics.errors import Caution, ScaleError
from cxmetrics.metrics._base import Example, Metric
from cxmetrics.metrics.boxes import net, points_text
from cxmetrics.scale import Scale, zero_to_ten

_NOTICE = (
    "Net Promoter, Net Promoter Score and NPS are registered trademarks of Bain & Company, Inc., "
    "NICE Satmetrix, Inc. and Fred Reichheld."
)


def _net_promoter(
    name: str,
    about: Mapping[str, Any],
    scale: Scale = zero_to_ten,
    detractor_max: float | None = None,
    passive_max: float | None = None,
) -> Metric:
    standard = scale.same_points(zero_to_ten)
    about = dict(about)
    if scale.reverse:
        raise ScaleError("NPS counts high ratings as good; turn the ratings round first.")
    if not standard and (detractor_max is None or passive_max is None):
        raise ScaleError(
            f"NPS is defined on 0-10, not on {scale}. If the question really was asked so, say "
            "which ratings are detractors and passives, for instance detractor_max=6, "
            "passive_max=8; the result will carry the caution NONSTANDARD_SCALE and must not be "
            "compared with an NPS."
        )
    lower = 6 if detractor_max is None else detractor_max
    upper = 8 if passive_max is None else passive_max
    if not scale.low <= lower <= upper < scale.high:
        raise ScaleError(
            f"detractor_max={lower} and passive_max={upper} do not cut {scale} in three: they must "
            "ascend, and leave room for promoters."
        )
    bad = tuple(point for point in scale.points if point <= lower)
    good = tuple(point for point in scale.points if point > upper)
    cautions: tuple[Caution, ...] = ()
    if not standard or (lower, upper) != (6, 8):
        about["examples"] = ()
        cautions = (
            Caution(
                "NONSTANDARD_SCALE",
                f"detractors {points_text(bad)} and promoters {points_text(good)} on {scale}: not "
                "comparable with an NPS.",
            ),
        )
    return net(
        scale,
        good,
        bad,
        name=name,
        names=("detractors", "passives", "promoters"),
        formula=(
            f"Percent promoters ({points_text(good)}) minus percent detractors "
            f"({points_text(bad)}); from -100 to 100."
        ),
        cautions=cautions,
        **about,
    )


def _nps(
    scale: Scale = zero_to_ten,
    *,
    detractor_max: float | None = None,
    passive_max: float | None = None,
) -> Metric:
    return _net_promoter(
        "nps",
        {
            "title": "NPS",
            "question": "How likely is it that you would recommend us to a friend or colleague?",
            "reference": "Reichheld 2003, Harvard Business Review 81(12):46",
            "notice": _NOTICE,
            "notes": (
                "A relational score (asked cold) and a transactional one (asked hot) are two "
                "series. Its superiority for predicting growth was not replicated (Keiningham et "
                "al. 2007)."
            ),
            "examples": (
                Example(
                    counts={3: 4, 8: 5, 10: 6}, value=200 / 15, source="definition: (6 - 4) / 15"
                ),
            ),
            "factory": _nps,
            "options": {
                "scale": scale,
                "detractor_max": detractor_max,
                "passive_max": passive_max,
            },
        },
        scale,
        detractor_max,
        passive_max,
    )


def _enps(scale: Scale = zero_to_ten) -> Metric:
    return _net_promoter(
        "enps",
        {
            "title": "eNPS",
            "question": "How likely is it that you would recommend us as a place to work?",
            "reference": "practice; arithmetic of Reichheld 2003",
            "notice": _NOTICE,
            "notes": (
                "Employees, not customers: often a census, so an interval speaks of next time, "
                "not of people who were not asked. Groups under 5 answers are hidden."
            ),
            "floor": 5,
            "examples": (Example(counts={2: 20, 7: 50, 9: 30}, value=10.0, source="definition"),),
            "factory": _enps,
            "options": {"scale": scale},
        },
        scale,
    )


nps = _nps()
enps = _enps()
METRICS = (nps, enps)
