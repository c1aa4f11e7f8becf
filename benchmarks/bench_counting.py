"""Ten million ratings to an NPS with its interval: against pandas, polars and DuckDB.

Two kinds of rivals are timed: the short idiom, which compares twice and keeps nothing else, and the
idiom that yields what we keep, the count of every point. All rivals get the data in their own
native, categorical form; all jobs end with numbers in Python.
"""

from __future__ import annotations

import duckdb
import numpy as np
import pandas as pd
import polars as pl
from _clock import table

import cxmetrics as cx

ROWS, GROUPS = 10_000_000, 720

rng = np.random.default_rng(2026)
ratings = rng.choice(11, ROWS, p=np.array([1, 0.5, 1, 1, 1, 5, 4, 11, 25, 20, 30.5]) / 100)
ratings = ratings.astype(np.int8)
codes = rng.integers(0, GROUPS, ROWS).astype(np.int16)
names = np.array([f"shop {i}" for i in range(GROUPS)])

pandas_frame = pd.DataFrame({"r": ratings, "g": pd.Categorical.from_codes(codes, names)})
polars_frame = pl.DataFrame({"r": ratings, "g": pl.Series(names[codes]).cast(pl.Categorical)})
duck = duckdb.connect()
duck.register("frame", polars_frame.to_arrow())
duck.execute("create type shop as enum (" + ", ".join(f"'{name}'" for name in names) + ")")
duck.execute("create table t as select r, cast(cast(g as varchar) as shop) as g from frame")

series, column = pandas_frame["r"], polars_frame["r"]
high, low = pl.col("r") >= 9, pl.col("r") <= 6


def pandas_grouped() -> pd.DataFrame:
    code = (pandas_frame["r"] >= 9).astype("int8") - (pandas_frame["r"] <= 6).astype("int8")
    return code.groupby(pandas_frame["g"], observed=True).agg(["mean", "std", "size"])


def main() -> None:
    expected = 100 * float((ratings >= 9).mean() - (ratings <= 6).mean())
    assert abs(cx.nps(ratings).value - expected) < 1e-9
    assert cx.nps(polars_frame, rating="r", by="g").cube.n == ROWS
    table(
        f"NPS with interval, {ROWS:,} int8 ratings",
        {
            "cxmetrics, numpy": lambda: cx.nps(ratings).interval(),
            "cxmetrics, polars column": lambda: cx.nps(column).interval(),
            "cxmetrics, pandas column": lambda: cx.nps(series).interval(),
            "pandas, two comparisons (no distribution)": lambda: (
                (series >= 9).mean() - (series <= 6).mean()
            ),
            "pandas, value_counts": lambda: series.value_counts(),
            "pandas, cut and value_counts": lambda: pd.cut(series, [-1, 6, 8, 10]).value_counts(),
            "polars, two comparisons (no distribution)": lambda: polars_frame.select(
                a=high.mean(), b=low.mean()
            ).row(0),
            "polars, value_counts": lambda: column.value_counts().rows(),
            "DuckDB, count_if (no distribution)": lambda: duck.execute(
                "select count_if(r >= 9), count_if(r <= 6), count(*) from t"
            ).fetchall(),
            "DuckDB, group by rating": lambda: duck.execute(
                "select r, count(*) from t group by r"
            ).fetchall(),
        },
    )
    table(
        f"NPS by {GROUPS} categorical groups, {ROWS:,} rows (rivals count, without interval)",
        {
            "cxmetrics, polars frame, counts": lambda: cx.nps(polars_frame, rating="r", by="g"),
            "cxmetrics, pandas frame, counts": lambda: cx.nps(pandas_frame, rating="r", by="g"),
            "cxmetrics, polars frame, 720 scores with interval": lambda: [
                score.interval() for score in cx.nps(polars_frame, rating="r", by="g").values()
            ],
            "pandas, groupby mean, std, size": pandas_grouped,
            "polars, group_by two comparisons": lambda: (
                polars_frame.group_by("g").agg(a=high.sum(), b=low.sum(), n=pl.len()).rows()
            ),
            "polars, group_by group and rating": lambda: (
                polars_frame.group_by("g", "r").agg(pl.len()).rows()
            ),
            "DuckDB, count_if by group": lambda: duck.execute(
                "select g, count_if(r >= 9), count_if(r <= 6), count(*) from t group by g"
            ).fetchall(),
            "DuckDB, group by group and rating": lambda: duck.execute(
                "select g, r, count(*) from t group by g, r"
            ).fetchall(),
        },
        repeats=5,
    )


if __name__ == "__main__":
    main()
