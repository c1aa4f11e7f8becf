"""Customer Effort Score, 1.0 and 2.0, and Net Easy."""

from __future__ import annotations

from typing import Any, Literal, get_args

from cxmetrics.errors import ScaleError, UsageError, did_you_mean
from cxmetrics.metrics._base import Example, Metric
from cxmetrics.metrics.boxes import net, points_text, share, three_parts
from cxmetrics.metrics.catalogue.average import average
from cxmetrics.scale import Scale, effort_one_to_five, one_to_seven

Headline1 = Literal["mean", "share"]
Headline2 = Literal["mean", "share", "net"]

_COUNTS = {1: 80, 2: 210, 3: 140, 4: 110, 5: 160, 6: 180, 7: 120}
_CEB = "CEB 2013; Dixon, Toman & DeLisi 2013, The Effortless Experience"
_CYS = "4,080 / 1,000, support.cys.group article 3000095529"


def _headline(headline: str, known: tuple[str, ...]) -> None:
    if headline not in known:
        raise UsageError(f"no headline {headline!r}; {did_you_mean(headline, known)}")


def _size(scale: Scale, size: int, name: str) -> None:
    if scale.size != size:
        raise ScaleError(
            f"{name} is defined on {size} points, not on {scale}: for another scale use "
            "top_box, net_box or mean_rating, which say what they count."
        )


def _if_usual(scale: Scale, example: Example) -> tuple[Example, ...]:
    """Keep a worked example where the scale is one it was worked on."""
    usual = (effort_one_to_five, one_to_seven)
    return (example,) if any(map(scale.same_points, usual)) else ()


def _ces1(scale: Scale = effort_one_to_five, *, headline: Headline1 = "mean") -> Metric:
    _headline(headline, get_args(Headline1))
    _size(scale, 5, "CES 1.0")
    if not scale.reverse:
        scale = scale.reversed  # the question asks for effort: low is good, however it was typed
    low, high = scale.top(2), scale.bottom(2)
    parts = three_parts(scale, low, high, ("high effort", "medium effort", "low effort"))
    about: dict[str, Any] = {
        "name": "ces1",
        "title": "CES 1.0",
        "question": "How much effort did you personally have to put forth to handle your request?",
        "reference": "Dixon, Freeman & Toman 2010, Harvard Business Review 88(7/8):116",
        "notes": (
            "Low is good. Headline `mean` (default), or `share`: percent low effort (1-2). Never "
            "mix with CES 2.0, whose direction is opposite. Transactional only."
        ),
        "factory": _ces1,
        "options": {"scale": scale, "headline": headline},
        "parts": parts,
    }
    if headline == "share":
        return share(
            scale, low, formula=f"Percent low effort ({points_text(low)} on {scale}).", **about
        )
    return average(
        scale,
        direction="lower",
        formula=f"Mean effort on {scale}.",
        examples=_if_usual(
            scale, Example(counts={1: 5, 2: 3, 5: 2}, value=2.1, source="definition: 21 / 10")
        ),
        **about,
    )


def _ces2(scale: Scale = one_to_seven, *, headline: Headline2 = "mean") -> Metric:
    _headline(headline, get_args(Headline2))
    _size(scale, 7, "CES 2.0")
    if scale.reverse:
        raise ScaleError("CES 2.0 asks for agreement: high is good. For effort use ces1.")
    points = scale.points
    parts = three_parts(scale, points[4:], points[:3], ("difficult", "neutral", "easy"))
    about: dict[str, Any] = {
        "name": "ces2",
        "title": "CES 2.0",
        "question": "The company made it easy for me to handle my issue.",
        "reference": _CEB,
        "notes": (
            "Three headline conventions are in use and give different numbers for the same "
            "answers: `mean` (the default here), `share` (percent agreeing, 5-7, as CEB) and `net` "
            "(6-7 minus 1-3). Say which. Transactional only."
        ),
        "factory": _ces2,
        "options": {"scale": scale, "headline": headline},
    }
    if headline == "share":
        easy = points[4:]
        return share(
            scale,
            easy,
            parts=parts,
            formula=f"Percent who found it easy ({points_text(easy)} on {scale}).",
            examples=_if_usual(scale, Example(counts=_COUNTS, value=46.0, source="460 / 1,000")),
            **about,
        )
    if headline == "net":
        good, bad = points[5:], points[:3]
        return net(
            scale,
            good,
            bad,
            names=("difficult", "neutral", "easy"),
            formula=f"Percent {points_text(good)} minus percent {points_text(bad)} on {scale}.",
            examples=_if_usual(
                scale, Example(counts=_COUNTS, value=-13.0, source="(300 - 430) / 1,000")
            ),
            **about,
        )
    return average(
        scale,
        parts=parts,
        formula=f"Mean agreement on {scale}.",
        examples=_if_usual(scale, Example(counts=_COUNTS, value=4.08, source=_CYS)),
        **about,
    )


def _net_easy(scale: Scale = one_to_seven) -> Metric:
    _size(scale, 7, "Net Easy")
    points = scale.points
    good, bad = (points[4:], points[:3]) if not scale.reverse else (points[:3], points[4:])
    return net(
        scale,
        good,
        bad,
        names=("difficult", "neutral", "easy"),
        name="net_easy",
        title="Net Easy",
        question="How easy was it to get the help you wanted?",
        formula=f"Percent easy ({points_text(good)}) minus percent difficult ({points_text(bad)}).",
        reference="BT's Net Easy Score, as practised; no primary document known",
        notes="Unlike the net headline of CES 2.0, 5 counts as easy.",
        examples=_if_usual(scale, Example(counts=_COUNTS, value=3.0, source="(460 - 430) / 1,000")),
        factory=_net_easy,
        options={"scale": scale},
    )


ces1 = _ces1()
ces2 = _ces2()
net_easy = _net_easy()
METRICS = (ces1, ces2, net_easy)
