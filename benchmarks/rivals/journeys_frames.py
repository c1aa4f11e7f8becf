"""Transitions, variants, funnel and durations of a log: ours, polars, DuckDB, pandas.

Each engine gets the log in its own form, stages categorical, and ends with numbers in Python.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

from journeys_log import STEPS, events, report

Log = dict[str, Any]
Job = Callable[[], dict[str, Any]]
K = len(STEPS)


def cxmetrics(log: Log) -> Job:
    import polars as pl

    from cxmetrics.journeys import durations, funnel, paths, transitions

    frame = _polars(pl, log)

    def job() -> dict[str, Any]:
        flow = paths(frame, order=STEPS).flow()
        moves = transitions(flow)
        reach = funnel(flow)
        times = durations(flow)
        return {
            "moves": {f"{row.source}>{row.target}": row.count for row in moves.rows},
            "variants": len(flow.variants),
            "top": flow.variants[:20].tolist(),
            "ever": [row.ever for row in reach.rows],
            "reached": [row.reached for row in reach.rows],
            "medians": {
                f"{row.source}>{row.target}": row.median.total_seconds()
                for row in times.rows
                if row.median is not None
            },
        }

    return job


def _polars(pl: Any, log: Log) -> Any:
    return pl.DataFrame(
        {
            "customer": log["customer"],
            "stage": pl.Series(log["code"]).cast(pl.UInt32),
            "at": pl.Series(log["at"] * 1_000_000).cast(pl.Datetime("us", "UTC")),
        }
    ).with_columns(
        pl.col("stage").replace_strict(dict(enumerate(STEPS)), return_dtype=pl.Enum(STEPS))
    )


def polars(log: Log) -> Job:
    import polars as pl

    frame = _polars(pl, log)

    def job() -> dict[str, Any]:
        sorted_ = frame.sort("customer", "at", maintain_order=True)
        same = pl.col("customer") == pl.col("customer").shift(-1)
        moved = sorted_.with_columns(
            next=pl.when(same).then(pl.col("stage").shift(-1)),
            wait=pl.when(same).then(pl.col("at").shift(-1) - pl.col("at")),
            first=(pl.col("customer") != pl.col("customer").shift(1)).fill_null(value=True),
        ).with_row_index("row")
        moves = moved.group_by("stage", "next").agg(n=pl.len(), median=pl.col("wait").median())
        starts = moved.filter("first").group_by("stage").len()
        variants = (
            sorted_.group_by("customer")
            .agg(pl.col("stage").cast(pl.String).str.join(">"))
            .group_by("stage")
            .len()
            .sort("len", descending=True)
        )
        ever = frame.group_by("customer", "stage").len().group_by("stage").len()
        reached, at = [], None
        for step in STEPS:
            here = moved.lazy().filter(pl.col("stage") == step).select("customer", "row")
            if at is not None:
                here = here.join(at.lazy(), on="customer").filter(pl.col("row") > pl.col("before"))
            at = here.group_by("customer").agg(before=pl.col("row").min()).collect()
            reached.append(len(at))
        counts = dict(ever.rows())
        return {
            "moves": {f"{a}>{b or 'END'}": n for a, b, n, _ in moves.rows()}
            | {f"START>{a}": n for a, n in starts.rows()},
            "variants": len(variants),
            "top": variants["len"][:20].to_list(),
            "ever": [counts[step] for step in STEPS],
            "reached": reached,
            "medians": {
                f"{a}>{b}": median.total_seconds() for a, b, _, median in moves.rows() if b
            },
        }

    return job


def duckdb(log: Log) -> Job:
    import duckdb as db
    import polars as pl

    base = db.connect()
    base.register(
        "given", _polars(pl, log).with_columns(pl.col("stage").cast(pl.String)).to_arrow()
    )
    base.execute(f"create type step as enum {STEPS}")
    base.execute(
        'create table log as select customer, stage::step as stage, "at" as moment from given'
    )
    base.unregister("given")
    chain = ", ".join(
        f"r{i} as (select l.customer, min(l.moment) as moment from log l join r{i - 1} p on "
        f"l.customer = p.customer and l.stage = '{step}' and l.moment > p.moment "
        "group by l.customer)"
        for i, step in enumerate(STEPS)
        if i
    )
    reach = ", ".join(f"(select count(*) from r{i})" for i in range(K))

    def job() -> dict[str, Any]:
        base.execute(
            "create or replace temp table moved as select stage, lead(stage) over w as next, "
            "epoch_us(lead(moment) over w) - epoch_us(moment) as wait, "
            "lag(stage) over w is null as first "
            "from log window w as (partition by customer order by moment)"
        )
        moves = base.execute(
            "select stage, next, count(*), median(wait) / 1e6, count_if(first) "
            "from moved group by stage, next"
        ).fetchall()
        variants = base.execute(
            "select path, count(*) as n from (select list(stage order by moment) as path from log "
            "group by customer) group by path order by n desc"
        ).fetchnumpy()["n"]
        ever = dict(
            base.execute(
                "select stage, count(distinct customer) from log group by stage"
            ).fetchall()
        )
        reached = base.execute(
            f"with r0 as (select customer, min(moment) as moment from log "
            f"where stage = '{STEPS[0]}' group by customer), {chain} select {reach}"
        ).fetchone()
        assert reached is not None
        starts: dict[str, int] = {}
        for a, _, _, _, n in moves:
            starts[a] = starts.get(a, 0) + n
        return {
            "moves": {f"{a}>{b or 'END'}": n for a, b, n, _, _ in moves}
            | {f"START>{a}": n for a, n in starts.items() if n},
            "variants": len(variants),
            "top": variants[:20].tolist(),
            "ever": [ever[step] for step in STEPS],
            "reached": list(reached),
            "medians": {f"{a}>{b}": median for a, b, _, median, _ in moves if b},
        }

    return job


def pandas(log: Log) -> Job:
    import numpy as np
    import pandas as pd

    frame = pd.DataFrame(
        {
            "customer": log["customer"],
            "stage": pd.Categorical.from_codes(log["code"], STEPS),
            "at": pd.to_datetime(log["at"] * 1_000_000, unit="us", utc=True),
        }
    )

    def job() -> dict[str, Any]:
        rows = frame.sort_values(["customer", "at"], kind="stable").reset_index(drop=True)
        groups = rows.groupby("customer", sort=False)
        rows["next"] = groups["stage"].shift(-1)
        rows["wait"] = groups["at"].shift(-1) - rows["at"]
        rows["row"] = np.arange(len(rows))
        moves = rows.groupby(["stage", "next"], observed=True)["wait"].agg(["size", "median"])
        first = rows.loc[~rows["customer"].duplicated(), "stage"].value_counts()
        last = rows.loc[rows["next"].isna(), "stage"].value_counts()
        variants = groups["stage"].agg(tuple).value_counts()
        ever = rows.drop_duplicates(["customer", "stage"])["stage"].value_counts()
        reached, at = [], None
        for step in STEPS:
            here = rows.loc[rows["stage"] == step, ["customer", "row"]]
            if at is not None:
                here = here[here["row"] > here["customer"].map(at)]
            at = here.groupby("customer")["row"].min()
            reached.append(len(at))
        return {
            "moves": {f"{a}>{b}": int(n) for (a, b), n in moves["size"].items()}
            | {f"START>{a}": int(n) for a, n in first.items() if n}
            | {f"{a}>END": int(n) for a, n in last.items() if n},
            "variants": len(variants),
            "top": variants.iloc[:20].tolist(),
            "ever": [int(ever[step]) for step in STEPS],
            "reached": reached,
            "medians": {
                f"{a}>{b}": median.total_seconds() for (a, b), median in moves["median"].items()
            },
        }

    return job


if __name__ == "__main__":
    name, rows, order, repeats = sys.argv[1:]
    jobs = {"cxmetrics": cxmetrics, "polars": polars, "duckdb": duckdb, "pandas": pandas}
    report(
        jobs[name](events(int(rows), mixed=order == "mixed")),
        repeats=int(repeats),
        warm=jobs[name](events(1_000, mixed=False)),
    )
