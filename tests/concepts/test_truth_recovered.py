"""The generated company has known true values: does every concept recover them at its rate?

For each of many seeds a company is made once, every concept measures it, and it is counted how
often the interval holds the true value. Estimates are of the weighted answers of those who were
asked and answered, or of a sample of customers; true values are planted constants, or expectations
over everything that *all* customers lived (`cxmetrics.datasets.truth`, and `_company.py` beside).
`CXMETRICS_SEEDS=200` looks longer; `--log-cli-level=INFO` shows the table.

Nothing is planted, and nothing can be derived, for:

* `maturity` and `soco`: the company answers no such questionnaire;
* complaints and recurrence of `irritants`: nobody complains in the data;
* `moments_of_truth` and `crossings`: associations with the score, led by the whole path; the
  planted rule of memory is recovered by `recall`;
* shares of the explained variance, ranks, verdicts and p-values: no planted counterpart;
* the share of contacts that repair a failure (0.60): a contact that does not is not marked in the
  data. The rate of repaired failures is that of contact times that of repair, 0.42;
* `journey_shares`, those of habits: a type is made of the journeys nearest a medoid, another set
  (tests/journeys/test_types.py finds one in the other). Here types found in a sample are compared
  with the same types in the whole company;
* `fatigue`: it counts delivered invitations, the planted fatigue those that bounced, too.
"""

from __future__ import annotations

import logging
import math
import os
import time
from collections import defaultdict
from typing import Final

import numpy as np
import pytest
from scipy.stats import binom

from . import _moments, _remembered, _walks
from ._company import Lived

LOG = logging.getLogger(__name__)
SEEDS: Final = int(os.environ.get("CXMETRICS_SEEDS", "40"))
SIZES: Final = (1_500, 2_000, 2_500)
NOMINAL: Final = 0.95
TARGETS: Final = {
    target.__name__: target for target in (*_remembered.TARGETS, *_moments.TARGETS, *_walks.TARGETS)
}
SHORT: Final = {"handwritten_card lift, asked": 0.90}
"""Values whose interval is known to be short, and how often it holds.

Some 15 answers, nearly all of them the best of the scale: t is short of nominal on skewed ratings
under 30 answers (tests/stats/test_coverage.py, with the same floor).
"""

Held = dict[str, dict[int, bool]]


@pytest.fixture(scope="module")
def covered() -> dict[str, Held]:
    """By target and value, whether the interval held the truth, by seed."""
    found: dict[str, Held] = {name: defaultdict(dict) for name in TARGETS}
    spent: dict[str, float] = defaultdict(float)
    for seed in range(SEEDS):
        start = time.process_time()
        lived = Lived.of(SIZES[seed % len(SIZES)], seed)
        spent["the companies"] += time.process_time() - start
        for name, target in TARGETS.items():
            start = time.process_time()
            for value, true, interval in target(lived):
                if interval is not None:
                    found[name][value][seed] = true in interval
            spent[name] += time.process_time() - start
    told = ", ".join(f"{name} {seconds:.1f}" for name, seconds in spent.items())
    LOG.info("CPU %.0f s: %s", sum(spent.values()), told)
    return found


@pytest.mark.parametrize("name", TARGETS)
def test_the_interval_holds_the_truth(name: str, covered: dict[str, Held]) -> None:
    held = covered[name]
    each = {value: float(np.mean([*hits.values()])) for value, hits in held.items()}
    hits = [hit for own in held.values() for hit in own.values()]
    by_seed = [
        np.mean([own[seed] for own in held.values() if seed in own]) for seed in range(SEEDS)
    ]
    share, worst = float(np.mean(hits)), min(each, key=each.__getitem__)
    LOG.info(
        "%-20s %5d intervals of %2d values  coverage %.3f  lowest %.3f (%s)",
        name, len(hits), len(held), share, each[worst], worst,
    )  # fmt: skip
    # Values of one company go together: it is seeds that are independent.
    binomial = math.sqrt(NOMINAL * (1 - NOMINAL) / SEEDS)
    error = min(binomial, float(np.std(by_seed, ddof=1)) / math.sqrt(SEEDS))
    assert share >= NOMINAL - 3 * error, f"{share:.3f} of {name} over {SEEDS} seeds"
    # Nor by being too wide, save the set that holds the peak, which is cautious by construction.
    if len(hits) >= 1_000:
        assert share <= 0.985, f"{share:.3f} of {name} over {SEEDS} seeds"
    # Of many values one is low by chance: all together are held to a chance of one in a thousand.
    for value, own in held.items():
        chance = float(binom.cdf(sum(own.values()), len(own), SHORT.get(value, NOMINAL)))
        assert chance >= 0.001 / len(held), f"{value}: {sum(own.values())} of {len(own)}"
