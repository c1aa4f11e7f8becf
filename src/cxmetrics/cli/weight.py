"""`cxmetrics weight`: weights that make a file of answers look like the population."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import click
import numpy as np

from cxmetrics.cli.question import as_number
from cxmetrics.cli.screen import screen
from cxmetrics.cli.words import visible
from cxmetrics.engines.encode import plain
from cxmetrics.errors import ColumnError, DataError, UsageError, did_you_mean
from cxmetrics.metrics import Metric, Score
from cxmetrics.plugins import registry
from cxmetrics.survey import Weighting, calibrate, poststratify, rake

_WAYS: Final[dict[str, Callable[..., Weighting]]] = {
    "rake": rake,
    "poststratify": poststratify,
    "calibrate": calibrate,
}


@click.command(
    epilog="Exit codes: 0 ok; 1 the data can't be weighted as they are; 2 wrong usage.",
    short_help="Weight a file of answers to the population.",
)
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--target",
    "targets",
    metavar="COL:LABEL=SHARE",
    multiple=True,
    help="The share (0 to 1), percentage or count of a category in the population. Repeated for "
    "every category of every margin; a blank label stands for missing.",
)
@click.option(
    "--targets",
    "book",
    type=click.Path(path_type=Path),
    help='The same as a JSON file: {"age": {"18-34": 30, "35+": 70}, …}.',
)
@click.option("--weight", metavar="COL", help="The column of design weights to start from.")
@click.option(
    "--how",
    type=click.Choice(list(_WAYS)),
    default="rake",
    show_default=True,
    help="rake: margin by margin; poststratify: one margin; calibrate: linear (GREG).",
)
@click.option(
    "--unknown",
    type=click.Choice(["error", "keep"]),
    default="error",
    show_default=True,
    help="What to do with rows without a label: refuse, or let them keep their share.",
)
@click.option(
    "--trim", metavar="TIMES", type=float, help="Cut weights at so many times their median."
)
@click.option("--metric", metavar="NAME", help="Also measure this, with the calibrated variance.")
@click.option("--rating", metavar="COL", help="The column of ratings for --metric.")
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Write the rows and weights.")
@click.option(
    "--name", default="weighting", show_default=True, help="The column of weights in --output."
)
@click.option("--encoding", default="utf-8", show_default=True, help="Of the texts of the file.")
@click.option("--delimiter", metavar="SIGN", help="What separates the columns of a CSV.")
@click.option("--decimal", metavar="SIGN", help="The decimal sign of a CSV: '.' or ','.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", "json"]),
    default="table",
    show_default=True,
    help="json: one object.",
)
def weight(
    *,
    file: Path,
    targets: tuple[str, ...],
    book: Path | None,
    weight: str | None,
    how: str,
    unknown: str,
    trim: float | None,
    metric: str | None,
    rating: str | None,
    output: Path | None,
    name: str,
    encoding: str,
    delimiter: str | None,
    decimal: str | None,
    form: str,
) -> None:
    """Weight the rows of FILE to known margins (redressement, calage sur marges).

    \b
    Examples:
      cxmetrics weight answers.csv --target sex:F=52 --target sex:M=48 -o weighted.csv
      cxmetrics weight answers.csv --targets population.json --weight design --trim 5
      cxmetrics weight answers.csv --targets population.json --metric nps --rating q1 --format json
    """  # noqa: D301  # click reads the \b as "leave these lines as they are"
    from cxmetrics.sources import read_file  # loads pyarrow

    wanted = _read_targets(targets, book)
    found_metric: Metric | None = None if metric is None else registry.find("metric", metric)
    if (metric is None) != (rating is None):
        raise UsageError("--metric and --rating belong together: what to measure, and of what.")
    if output is not None and output.exists() and output.resolve() == file.resolve():
        raise UsageError(f"{output} is the file itself: write the weights to another.")
    numeric = [column for column in (weight, rating) if column is not None]
    read = read_file(file, encoding=encoding, delimiter=delimiter, decimal=decimal, numeric=numeric)
    for note in read.notes:
        click.echo(f"{visible(file.name)}: {visible(note)}.", err=True)
    table = read.table
    known = {dim: _labels(table, dim, own) for dim, own in wanted.items()}
    if output is not None and name in table.column_names:
        raise UsageError(f"{file.name} has a column {name!r} already: --name another one.")
    weighting = _WAYS[how](table, targets=known, weight=weight, unknown=unknown)
    if trim is not None:
        weighting = weighting.trim(upper=trim)
    scores: list[Score] = []
    if found_metric is not None:
        scores = [found_metric(each, rating=rating) for each in (weighting, weighting.naive)]
    if output is not None:
        _write(table, weighting.weights(), name, output)
    if form == "json":
        told = weighting.to_dict()
        if scores:
            told["score"], told["score_if_weights_were_known"] = (s.summary() for s in scores)
        text = json.dumps(told, ensure_ascii=False, indent=2, allow_nan=False)
        click.echo(f"{text}\n".encode(), nl=False)  # bytes: UTF-8 whatever the terminal speaks
        return
    lines = [visible(line) for line in str(weighting).splitlines()]
    if scores:
        lines += ["", *str(scores[0]).splitlines()]
        naive = scores[1].standard_error
        lines.append(
            f"  standard error {scores[0].standard_error:.3g}; {naive:.3g} if the weights were "
            "taken for known"
        )
    if output is not None:
        lines += ["", f"{visible(str(output))}: {table.num_rows:,} rows with the column {name}."]
    screen().show(lines)


def _read_targets(texts: tuple[str, ...], book: Path | None) -> dict[str, dict[str, Any]]:
    found: Any = {}
    if book is not None:
        try:
            found = json.loads(book.read_text("utf-8"))
        except OSError as error:
            raise UsageError(f"{str(book)!r} can't be read: {error.strerror}.") from error
        except ValueError as error:
            raise DataError(f"{book.name!r} is no JSON: {error}.") from error
        if not isinstance(found, dict) or not all(isinstance(own, dict) for own in found.values()):
            raise DataError(f'{book.name!r} has to be an object of margins: {{"age": {{…}}, …}}.')
    for text in texts:
        column, colon, rest = text.partition(":")
        label, sign, value = rest.rpartition("=")
        number = as_number(value)
        if not (colon and sign and column) or number is None:
            raise UsageError(f"--target {text!r}: write --target sex:F=0.52.")
        found.setdefault(column, {})[label] = number
    if not found:
        raise UsageError("which population? Say --target COL:LABEL=SHARE, or --targets FILE.")
    wanted: dict[str, dict[str, Any]] = found
    return wanted


def _labels(table: Any, dim: str, own: dict[str, Any]) -> dict[Any, Any]:
    """Return targets under the labels of the column: files know no numbers in keys."""
    if dim not in table.column_names:
        raise ColumnError(f"there is no column {dim!r}; {did_you_mean(dim, table.column_names)}")
    known = {
        "" if label is None else str(label): label
        for label in map(plain, table[dim].unique().to_pylist())
    }
    return {known.get(label.strip(), label): value for label, value in own.items()}


def _write(table: Any, weights: np.ndarray, name: str, output: Path) -> None:
    with output.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow([*table.column_names, name])
        columns = [column.to_pylist() for column in table.columns]
        for row, own in zip(zip(*columns, strict=True), weights.tolist(), strict=True):
            writer.writerow([*("" if value is None else value for value in row), repr(own)])
