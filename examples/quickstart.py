"""From a file of answers to a score, a comparison and a table: run it as it is.

It makes its own file first; on yours, start at `read_file`.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import cxmetrics as cx
from cxmetrics.datasets import company
from cxmetrics.sources import read_file


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        company(customers=2000, seed=2026).write(folder)
        answers = read_file(
            Path(folder, "wide.csv"),
            numeric=["recommend", "weight"],
            columns=["segment", "month"],
        )
    print(*answers.notes, f"{answers.rows} respondents", sep="\n")

    score = cx.nps(answers.table, rating="recommend", weight="weight")
    print(score)
    print(score.method)

    groups = cx.nps(answers.table, rating="recommend", weight="weight", by="segment")
    print(groups)
    print(groups.compare())

    months = cx.nps(answers.table, rating="recommend", weight="weight", by="month")
    changes = months.trend().significant
    print(*(changes or ["no month differs significantly from the one before"]), sep="\n")


if __name__ == "__main__":
    main()
