"""What a user's type checker sees when measuring; checked, never run."""

# pyright: reportUnnecessaryTypeIgnoreComment=true
from __future__ import annotations

from collections.abc import Mapping
from typing import Any, assert_type

import cxmetrics as cx
from cxmetrics.summaries import Key


def one_score(ratings: list[int], frame: Any) -> None:
    assert_type(cx.nps(ratings), cx.Score)
    assert_type(cx.nps(frame, rating="recommend"), cx.Score)
    assert_type(cx.nps(frame, rating="recommend", weight="w", unit="customer"), cx.Score)
    assert_type(cx.csat(frame, rating="q", positive={4, 5}, level=0.9, method="wilson"), cx.Score)
    assert_type(cx.top_box(2)(ratings), cx.Score)


def scores_by_group(ratings: list[int], frame: Any) -> None:
    assert_type(cx.nps(frame, rating="recommend", by="region"), cx.Scores)
    assert_type(cx.nps(frame, rating="recommend", by=["region", "wave"]), cx.Scores)
    assert_type(cx.nps(ratings, by=["a", "b"]), cx.Scores)
    assert_type(cx.csat(frame, rating=["signs", "wifi"]), cx.Scores)
    assert_type(cx.csat(frame, rating=["signs", "wifi"], by="terminal"), cx.Scores)


def counted(tally: cx.Tally, cube: cx.Cube) -> None:
    assert_type(cx.nps.of(tally), cx.Score)
    assert_type(cx.nps.of(cube), cx.Scores)
    assert_type(tally + tally, cx.Tally)
    assert_type(tally - tally, cx.Tally)
    assert_type(cube + cube, cx.Cube)
    assert_type(cube.roll_up("wave").slice(wave=[2025, 2026]).rolling("wave", 2), cx.Cube)
    assert_type(cube.overall, cx.Tally)


def a_score_answers(score: cx.Score) -> None:
    assert_type(score.value, float)
    assert_type(score.interval(0.9, method="tango"), cx.Interval)
    assert_type(score.interval_or_none, cx.Interval | None)
    assert_type(score.interval().low, float)
    assert_type(score.cautions, tuple[cx.Caution, ...])
    assert_type(score.parts, dict[str, float])
    assert_type(score.compare(score), cx.Comparison)
    assert_type(cx.Score.from_dict(score.to_dict()), cx.Score)


def scores_are_a_mapping(scores: cx.Scores, cube: cx.Cube) -> None:
    by_group: Mapping[Key, cx.Score] = scores
    tallies: Mapping[Key, cx.Tally] = cube
    assert_type(by_group["web"], cx.Score)
    assert_type(tallies["web", 2026], cx.Tally)
    assert_type(scores["web"], cx.Score)
    assert_type(scores.get("web"), cx.Score | None)
    assert_type(scores.overall, cx.Score)
    assert_type(scores.rank(), list[Key])
    assert_type(scores.compare().significant, list[cx.Comparison])
    for key, score in scores.items():
        assert_type(key, Key)
        assert_type(score, cx.Score)
    for pair in scores.trend():
        assert_type(pair, cx.Comparison)


def several(frame: Any) -> None:
    assert_type(cx.measure(frame, [cx.nps, "csat"], rating="q"), dict[str, cx.Score | cx.Scores])


def own_metrics(ratings: list[int]) -> None:
    strict = cx.linear("strict", cx.zero_to_ten, {(0, 7): -100, (8, 9): 0, 10: 100})
    split = cx.smooth("split", cx.one_to_five, lambda share: 1 - (share**2).sum(axis=-1))
    assert_type(strict, cx.Metric)
    assert_type(split(ratings), cx.Score)
    assert_type(strict.using(), cx.Metric)


def wrong(frame: Any, score: cx.Score) -> None:
    # Each line must be refused: an ignore that is not needed is an error here.
    cx.nps(frame, "recommend")  # type: ignore[call-overload]  # names only, after the data
    cx.nps(frame, off_scale="ignore")  # type: ignore[call-overload]  # no such way
    score.interval(0.9, "wilson")  # type: ignore[call-arg]  # the method by name
    score.level = 0.9  # type: ignore[misc]  # frozen
    cx.Caution("TYPO", "no such code")  # type: ignore[arg-type]  # codes are a closed list
    cx.linear("x", cx.yes_no, {0: 0, 1: 1}, unit="euros")  # type: ignore[arg-type]  # no such unit
