"""`cxmetrics compare`: which groups of a file differ, after allowing for the number of tests."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, get_args

import click

from cxmetrics.cli.measure import title
from cxmetrics.cli.question import Question, as_number, asks
from cxmetrics.cli.screen import Screen, screen
from cxmetrics.cli.words import visible
from cxmetrics.errors import UsageError, did_you_mean
from cxmetrics.metrics import Comparisons, Scores
from cxmetrics.metrics.text import group_text, level_text, limits, number, p_text
from cxmetrics.stats.multiplicity import Adjustment
from cxmetrics.summaries import Key
from cxmetrics.trends import minimum_detectable, planned, year_on_year

if TYPE_CHECKING:
    from rich.text import Text


@click.command(
    epilog="Exit codes: 0 ok; 1 the data can't be measured as they are; 2 wrong usage.",
    short_help="Test which groups or waves differ.",
)
@asks
@click.option(
    "--by", metavar="COL", multiple=True, help="The column of groups. Repeated: their combinations."
)
@click.option(
    "--with",
    "against",
    type=click.Choice(["each", "rest", "before", "year-before"]),
    default="each",
    show_default=True,
    help="Each group with each other, with all others together, with the one before it, or with "
    "the same period a year before.",
)
@click.option(
    "--pair",
    "pairs",
    nargs=2,
    multiple=True,
    metavar="FIRST SECOND",
    help="A comparison that was planned: first minus second. Repeated: only these are tested.",
)
@click.option(
    "--adjust",
    type=click.Choice(get_args(Adjustment)),
    default="holm",
    show_default=True,
    help="For the number of comparisons: holm for conclusions, bh to explore.",
)
@click.option("--test", metavar="NAME", help="How two groups are compared, such as mover or welch.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", "json"]),
    default="table",
    show_default=True,
    help="json: one object a metric, in a list.",
)
def compare(
    *,
    question: Question,
    by: tuple[str, ...],
    against: str,
    pairs: tuple[tuple[str, str], ...],
    adjust: Adjustment,
    test: str | None,
    form: str,
) -> None:
    """Compare groups of FILE: differences with intervals, and p-values for all of them together.

    \b
    Examples:
      cxmetrics compare answers.csv --metric nps --rating recommend --by shop
      cxmetrics compare answers.csv --metric nps --rating recommend --by shop --with rest
      cxmetrics compare answers.csv --metric nps --rating recommend --by wave --pair 2026 2025
      cxmetrics compare answers.csv --metric csat --rating stars --by month --with year-before
      cxmetrics compare answers.csv --metric nps --rating recommend --by shop --format json
    """  # noqa: D301  # click reads the \b as "leave these lines as they are"
    metrics = question.metrics()
    if not by and len(question.rating) < 2:
        raise UsageError("which groups? Say --by COL, or --rating several times.")
    with question.answers(labels=by) as answers:
        measured = answers.scores(metrics, by=by)
    options: dict[str, Any] = {"adjustment": adjust, "method": test}
    found: list[tuple[Scores, Comparisons]] = []
    for scores in measured:
        assert isinstance(scores, Scores)  # noqa: S101  # there are groups
        if pairs:
            keys = [(_key(scores, first), _key(scores, second)) for first, second in pairs]
            found.append((scores, planned(scores, keys, **options)))
        else:
            made = {
                "each": scores.compare,
                "rest": scores.against_rest,
                "before": scores.trend,
                "year-before": lambda own=scores, **how: year_on_year(own, **how),
            }[against]
            found.append((scores, made(**options)))
    answers.announce(form)
    if form == "json":
        objects = [
            {"metric": scores.metric.name, **told, "pairs": _detectable(told["pairs"], compared)}
            for scores, compared in found
            for told in [compared.to_dict()]
        ]
        text = json.dumps(objects, ensure_ascii=False, indent=2, allow_nan=False)
        click.echo(f"{text}\n".encode(), nl=False)  # bytes: UTF-8 whatever the terminal speaks
        return
    here = screen()
    for place, (scores, compared) in enumerate(found):
        head = f"{scores.metric.title} {title(scores, answers)}"
        here.show([*(["", ""] if place else []), *_table(compared, head, here)])


def _key(scores: Scores, typed: str) -> Key:
    """Return the group that was typed."""
    if len(scores.cube.dims) > 1:
        raise UsageError("--pair names groups of one column: say --by once.")
    for key in scores:
        if str(key) == typed or (isinstance(key, int | float) and as_number(typed) == key):
            return key
    raise UsageError(f"--pair {typed}: no such group; {did_you_mean(typed, map(str, scores))}")


def _detectable(pairs: list[dict[str, Any]], compared: Comparisons) -> list[dict[str, Any]]:
    return [
        {**pair, "detectable": minimum_detectable(own)}
        for pair, own in zip(pairs, compared, strict=True)
    ]


def _table(compared: Comparisons, head: str, here: Screen) -> Iterator[Text | str]:
    from rich.text import Text

    for text in here.prose(head):
        yield Text(text, style="bold")
    yield ""
    if not compared:
        yield from here.prose("Nothing to compare: fewer than two groups have 2 answers.")
        return
    level = level_text(compared[0].interval.level)
    rows: list[tuple[str, ...]] = [
        ("first minus second", "difference", f"{level} interval", "p", "detectable")
    ]
    for pair in compared:
        interval = pair.interval
        rows.append(
            (
                visible(f"{group_text(pair.first)} − {group_text(pair.second)}"),
                number(pair.value, pair.unit, difference=True),
                limits(interval.low, interval.high, pair.unit, difference=True),
                p_text(pair.p_value).removeprefix("p ").removeprefix("= ")
                + ("*" if pair.significant else " "),
                number(minimum_detectable(pair), pair.unit, difference=True).removeprefix("+"),
            )
        )
    widths = [max(len(row[place]) for row in rows) for place in range(len(rows[0]))]
    for place, row in enumerate(rows):
        cells = [
            text.rjust(width) if column else text.ljust(width)
            for column, (text, width) in enumerate(zip(row, widths, strict=True))
        ]
        line = Text("  ".join(cells).rstrip(), style="" if place else "bold")
        line.truncate(here.width, overflow="ellipsis")
        yield line
    yield ""
    adjusted = "" if compared.adjustment == "none" else f", {compared.adjustment}-adjusted"
    yield from here.prose(
        f"{len(compared.significant)} of {len(compared)} significant (*{adjusted}). Detectable: "
        "the difference that would have been found 4 times in 5; no significant difference does "
        "not mean none."
    )
