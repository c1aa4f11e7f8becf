"""Readings against labels: somebody else's kappa, formulas by hand, intervals that cover."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.inter_rater import cohens_kappa

from cxmetrics.errors import DataError, UsageError
from cxmetrics.verbatims import Agreement, Evaluation, evaluate, read

COUNTS = st.integers(0, 60)


def agreement(both: int, read_only: int, label_only: int, neither: int) -> Agreement:
    return Agreement(
        key="x", both=both, read_only=read_only, label_only=label_only, neither=neither
    )


@given(COUNTS, COUNTS, COUNTS, COUNTS)
def test_kappa_is_that_of_statsmodels(a: int, b: int, c: int, d: int) -> None:
    if not (0 < a + b < a + b + c + d and 0 < a + c < a + b + c + d and b + c and a + d):
        return  # statsmodels divides by zero, or has no width
    own = agreement(a, b, c, d)
    other = cohens_kappa(np.array([[a, b], [c, d]]))
    assert own.kappa == pytest.approx(other.kappa)
    if other.std_kappa > 1e-9:
        interval = own.kappa_interval
        assert interval is not None
        assert interval.low == pytest.approx(max(other.kappa_low, -1))
        assert interval.high == pytest.approx(min(other.kappa_upp, 1))


def test_by_hand() -> None:
    own = agreement(20, 5, 9, 66)
    assert own.precision == 20 / 25
    assert own.recall == 20 / 29
    assert own.f1 == pytest.approx(2 * 0.8 * (20 / 29) / (0.8 + 20 / 29))
    # chance: .25 x .29 + .75 x .71 = .605; (.86 - .605) / (1 - .605)
    assert own.kappa == pytest.approx((0.86 - 0.605) / 0.395)


@given(COUNTS, COUNTS, COUNTS, COUNTS)
def test_intervals_hold_their_estimate_and_have_a_width(a: int, b: int, c: int, d: int) -> None:
    if not a + b + c + d:
        return
    own = agreement(a, b, c, d)
    for name in ("precision", "recall", "f1", "kappa"):
        value, interval = getattr(own, name), getattr(own, f"{name}_interval")
        assert (value is None) == (interval is None)
        if value is not None:
            assert -1 <= interval.low <= value + 1e-12
            assert value - 1e-12 <= interval.high <= 1
            assert interval.width > 0


@pytest.mark.parametrize("share", [0.1, 0.3])
def test_the_interval_of_f1_covers(share: float) -> None:
    """Drawn texts with a known F1: 95 % intervals hold it about 95 times in 100."""
    rng = np.random.default_rng(20_180_501)
    recall, false = 0.8, 0.05
    truth = 2 * share * recall / (share + share * recall + (1 - share) * false)
    held = []
    for _ in range(2000):
        label = rng.random(200) < share
        seen = np.where(label, rng.random(200) < recall, rng.random(200) < false)
        both = int((label & seen).sum())
        counts = both, int(seen.sum()) - both, int(label.sum()) - both, int((~label & ~seen).sum())
        interval = agreement(*counts).f1_interval
        held.append(interval is not None and truth in interval)
    assert 0.93 <= np.mean(held) <= 0.97


def evaluation() -> Evaluation:
    texts = ["Endless queue", "Rude staff", "Too expensive", "Rien à redire", "Wifi"] * 12
    labels = [["waiting"], ["staff"], ["staff", "price"], [], None] * 12
    return evaluate(read(texts), labels)


def test_all_themes_together() -> None:
    found = evaluation()
    # read 12 x (waiting, staff, price, overall), labelled 12 x (waiting, staff, staff, price)
    assert (found.n, found.unlabelled) == (48, 12)
    assert (found.precision, found.recall, found.f1) == (36 / 48, 36 / 48, 36 / 48)
    assert found.macro_f1 == pytest.approx((1 + 2 / 3 + 1 + 0) / 4)
    assert list(found) == ["staff", "waiting", "price", "overall"]
    for name in ("precision", "recall", "f1", "macro_f1"):
        assert getattr(found, name) in getattr(found, f"{name}_interval")
    assert found.f1_interval == evaluation().f1_interval


def test_full_agreement_has_a_width() -> None:
    found = evaluate(read(["Endless queue"] * 20), [["waiting"]] * 20)
    assert found.f1 == 1
    assert found.f1_interval is not None
    assert found.f1_interval.low < 0.9
    assert found["waiting"].kappa is None  # everybody names it always: chance explains all


def test_the_result_shows_itself() -> None:
    found = evaluation()
    assert "36" not in found.title
    assert "precision 0.75" in str(found)
    assert [caution.code for caution in found.cautions] == ["SMALL_SAMPLE"]
    made = found.to_dict()
    assert made == json.loads(json.dumps(made))
    assert found.title in found._repr_html_()


@pytest.mark.parametrize(
    ("labels", "error", "words"),
    [
        ([["waiting"]], UsageError, "2 texts and 1 labels"),
        ([None, None], DataError, "no text has a label"),
        (["waiting", None], UsageError, "give a list"),
        ([["wating"], []], UsageError, "did you mean 'waiting'"),
    ],
)
def test_bad_labels_are_named(labels: list[list[str] | None], error: type, words: str) -> None:
    with pytest.raises(error) as caught:
        evaluate(read(["Endless queue", "Wifi"]), labels)
    assert words in str(caught.value)
