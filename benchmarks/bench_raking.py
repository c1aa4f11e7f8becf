"""Raking a million respondents on four margins: against balance, ipfn and weightipy.

Their dependencies clash, so each rival runs in an environment of its own (`_rivals.py`). All start
from the same pandas frame, in two forms, texts and categories, and end with an array of one weight
a row; everyone goes on until margins hold to about 1e-8, and the weights are compared.
"""

from __future__ import annotations

import json
import subprocess
import tempfile
import time
from pathlib import Path
from statistics import median

import numpy as np
import pandas as pd
from _clock import milliseconds
from _rivals import python_with

from cxmetrics.survey import rake

ROWS = 1_000_000
SHARES: dict[str, list[float]] = {
    "sex": [0.47, 0.53],
    "age": [0.08, 0.2, 0.25, 0.2, 0.15, 0.12],
    "region": [0.2, 0.15, 0.15, 0.12, 0.12, 0.1, 0.1, 0.06],
    "channel": [0.5, 0.2, 0.2, 0.1],
}
WANTED: dict[str, list[float]] = {
    "sex": [0.51, 0.49],
    "age": [0.12, 0.17, 0.17, 0.17, 0.15, 0.22],
    "region": [0.19, 0.14, 0.12, 0.12, 0.13, 0.12, 0.1, 0.08],
    "channel": [0.35, 0.3, 0.2, 0.15],
}
TARGETS = {
    name: {f"{name}{i}": share for i, share in enumerate(shares)} for name, shares in WANTED.items()
}

LOAD = """
import json, sys, time
import numpy as np, pandas as pd
folder, form = sys.argv[1:3]
targets = json.load(open(folder + "/targets.json"))
frame = pd.DataFrame({
    name: pd.Categorical.from_codes(np.load(f"{folder}/{name}.npy"), list(own))
    for name, own in targets.items()
})
if form == "texts":
    frame = frame.astype({name: str for name in targets})
N = len(frame)
"""
RIVALS = {
    "balance": """
import logging
from balance.weighting_methods.rake import rake
logging.disable(logging.CRITICAL)
base = pd.Series(np.ones(N))
def job():
    return rake(frame, base, None, None, target_margins=targets, convergence_rate=1e-9,
                rate_tolerance=0)["weight"].to_numpy()
""",
    "ipfn": """
from ipfn import ipfn
aggregates = []
for name, own in targets.items():
    index = pd.Index(list(own), name=name)
    aggregates.append(pd.Series(np.array(list(own.values())) * N, index=index))
def job():
    start = frame.assign(total=1.0)
    found = ipfn.ipfn(start, aggregates, [[name] for name in targets], convergence_rate=1e-9,
                      rate_tolerance=0).iteration()
    return found["total"].to_numpy()
""",
    "weightipy": """
import weightipy as wp
percent = {name: {k: 100 * v for k, v in own.items()} for name, own in targets.items()}
def job():
    scheme = wp.scheme_from_dict(percent, rim_params={"convcrit": 1e-9, "max_iterations": 1000})
    return wp.weight_dataframe(frame, scheme, weight_column="w")["w"].to_numpy()
""",
}
REPORT = """
job()
times = []
for _ in range(int(sys.argv[3])):
    start = time.perf_counter(); found = job(); times.append(1000 * (time.perf_counter() - start))
np.save(folder + "/found.npy", np.asarray(found, dtype=float))
print("TIMES", json.dumps(times))
"""


def run(rival: str, folder: str, form: str, repeats: int) -> tuple[float, np.ndarray]:
    """Return the median time of a rival, in milliseconds, and its weights."""
    program = LOAD + RIVALS[rival] + REPORT
    ran = subprocess.run(
        [python_with(rival, rival), "-W", "ignore", "-c", program, folder, form, str(repeats)],
        capture_output=True,
        text=True,
        check=False,
    )
    if ran.returncode:
        raise RuntimeError(f"{rival}: {ran.stderr[-2000:]}")
    line = next(line for line in ran.stdout.splitlines() if line.startswith("TIMES"))
    return median(json.loads(line.removeprefix("TIMES"))), np.load(f"{folder}/found.npy")


def main() -> None:
    rng = np.random.default_rng(2026)
    codes = {name: rng.choice(len(s), ROWS, p=s).astype(np.int8) for name, s in SHARES.items()}
    categories = pd.DataFrame(
        {name: pd.Categorical.from_codes(codes[name], list(TARGETS[name])) for name in codes}
    )
    texts = categories.astype(dict.fromkeys(codes, str))
    with tempfile.TemporaryDirectory() as folder:
        for name, own in codes.items():
            np.save(f"{folder}/{name}.npy", own)
        Path(folder, "targets.json").write_text(json.dumps(TARGETS))
        for form, frame in (("categories", categories), ("texts", texts)):
            weighting = rake(frame, targets=TARGETS)
            ours = weighting.weights()
            spent = milliseconds(lambda frame=frame: rake(frame, targets=TARGETS).weights())
            print(f"\nraking {ROWS:,} respondents on 4 margins, pandas {form}")
            print(f"  {'cxmetrics, weights of every row':<40} {spent:>10.1f} ms {1:>8.1f}x")
            counted = milliseconds(lambda frame=frame: rake(frame, targets=TARGETS).deff)
            print(f"  {'cxmetrics, cells and design effect only':<40} {counted:>10.1f} ms")
            for rival in RIVALS:
                start = time.perf_counter()
                theirs, weights = run(rival, folder, form, 1 if rival == "ipfn" else 3)
                weights = weights * ours.sum() / weights.sum()
                apart = float(np.abs(weights / ours - 1).max())
                print(
                    f"  {rival:<40} {theirs:>10.1f} ms {theirs / spent:>8.1f}x   weights agree to "
                    f"{apart:.0e}   ({time.perf_counter() - start:.0f} s in all)"
                )


if __name__ == "__main__":
    main()
