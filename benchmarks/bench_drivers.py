"""Drivers: correlations of a million rows against pandas, exact shares against refitting.

Pingouin is licensed under the GPL, so it is no dependency here, not even of the benchmarks. To time
it, make an environment of its own and say where its Python is:

    python -m venv /tmp/rival && /tmp/rival/bin/pip install pingouin
    PINGOUIN_PYTHON=/tmp/rival/bin/python python benchmarks/bench_drivers.py

It gets the same rows through a file and times itself; its start is not counted. Statsmodels refits
64 of the 2^p subsets and is scaled up, which is fair because the time of a subset hardly varies.
"""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
import statsmodels.api as sm
from _clock import milliseconds, table

from cxmetrics.engines.products import moments
from cxmetrics.items import drivers
from cxmetrics.stats import importance

ROWS, MANY = 1_000_000, 15
FEW_ROWS, TEN, REFITTED = 10_000, 10, 64
RIVAL = """
import json, sys, time
import numpy as np, pingouin
data = np.load(sys.argv[1])
times = []
for _ in range(4):
    start = time.perf_counter()
    found = pingouin.linear_regression(data["x"], data["y"], relimp=True)
    times.append(1000 * (time.perf_counter() - start))
print(json.dumps({"ms": sorted(times[1:])[1], "shares": list(found["relimp"])[1:]}))
"""


def survey(rows: int, many: int) -> pd.DataFrame:
    rng = np.random.default_rng(2026)
    common = rng.normal(size=rows)
    frame = {
        f"x{place}": np.clip(np.rint(3 + 0.6 * common + rng.normal(size=rows)), 1, 5)
        for place in range(many)
    }
    frame["y"] = np.clip(np.rint(7 + common + rng.normal(size=rows)), 0, 10)
    return pd.DataFrame({name: column.astype(np.int8) for name, column in frame.items()})


def subset(number: int, names: list[str]) -> list[str]:
    return [name for place, name in enumerate(names) if number >> place & 1]


def pingouin(frame: pd.DataFrame, names: list[str]) -> tuple[float, list[float]] | None:
    python = os.environ.get("PINGOUIN_PYTHON")
    if python is None:
        print("\npingouin is not timed: say PINGOUIN_PYTHON=… (see the head of this file)")
        return None
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "rows.npz")
        np.savez(path, x=frame[names].to_numpy(float), y=frame["y"].to_numpy(float))
        ran = subprocess.run(
            [python, "-c", RIVAL, str(path)], capture_output=True, text=True, check=True
        )
    found = json.loads(ran.stdout)
    return found["ms"], found["shares"]


def correlations() -> None:
    frame = survey(ROWS, MANY)
    everything = list(frame)
    own = moments(frame, everything)
    assert np.abs(own.correlation - frame.corr().to_numpy()).max() < 1e-12
    table(
        f"correlations of {MANY} drivers and the outcome, {ROWS:,} int8 rows",
        {
            "cxmetrics, means and correlations": lambda: moments(frame, everything).correlation,
            "numpy.corrcoef, rows at hand as float64": lambda: np.corrcoef(
                frame.to_numpy(float), rowvar=False
            ),
            "pandas.corr": frame.corr,
        },
        repeats=5,
    )
    names = everything[:-1]
    whole = milliseconds(lambda: drivers(frame, outcome="y", items=names), repeats=3)
    read = milliseconds(lambda: drivers(frame, outcome="y", items=names).summary(), repeats=3)
    print(f"  drivers(): rows dealt into 1,000 parts {whole:>27.0f} ms")
    print(f"  … and read: exact shares, 1,000 replicates {read:>23.0f} ms")


def shares() -> None:
    rng = np.random.default_rng(1)
    print("\nexact shares (LMG) from correlations")
    for many in (5, 10, 12, 15, 18, 20):
        rows = rng.normal(size=(400, many + 1)) + rng.normal(size=(400, 1))
        whole = np.corrcoef(rows.T)
        among, outcome = whole[1:, 1:], whole[1:, 0]
        spent = milliseconds(lambda a=among, o=outcome: importance.lmg(a, o), repeats=5)  # type: ignore[misc]  # bound now
        print(f"  {many} drivers, {2**many:,} subsets {spent:>30.2f} ms")


def against() -> None:
    frame = survey(FEW_ROWS, TEN)
    names = list(frame)[:-1]
    numbers = np.random.default_rng(3).permutation(2**TEN - 1)[:REFITTED] + 1
    subsets = [subset(int(number), names) for number in numbers]

    def refit() -> list[float]:
        return [
            sm.OLS(frame["y"], sm.add_constant(frame[chosen])).fit().rsquared for chosen in subsets
        ]

    columns = {name: frame[name].to_numpy() for name in frame}  # the rival gets arrays too

    def ours(data: object = columns) -> np.ndarray:
        whole = moments(data, ["y", *names]).correlation
        return importance.lmg(whole[1:, 1:], whole[1:, 0])

    whole = moments(frame, ["y", *names]).correlation
    found = importance.subset_r2(whole[1:, 1:], whole[1:, 0])[numbers]
    assert np.abs(found - refit()).max() < 1e-9
    times = {
        "cxmetrics, from the rows": milliseconds(ours),
        "cxmetrics, from the rows of a pandas frame": milliseconds(lambda: ours(frame)),
        "cxmetrics, from the correlations": milliseconds(
            lambda: importance.lmg(whole[1:, 1:], whole[1:, 0])
        ),
        f"statsmodels, {2**TEN:,} regressions (scaled)": milliseconds(refit, repeats=3)
        * 2**TEN
        / REFITTED,
    }
    rival = pingouin(frame, names)
    if rival is not None:
        times["pingouin.linear_regression(relimp=True)"] = rival[0]
        assert np.abs(ours() - rival[1]).max() < 1e-9
    base = times["cxmetrics, from the rows"]
    print(f"\nexact shares of {TEN} drivers, {FEW_ROWS:,} rows")
    for name, spent in times.items():
        print(f"  {name:<52} {spent:>10.2f} ms   {spent / base:>8.2f}x")


def main() -> None:
    correlations()
    shares()
    against()


if __name__ == "__main__":
    main()
