"""`cxmetrics trend`: a score over time: limits, steps, and what moved it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from attrs import frozen

from cxmetrics.cli.measure import title
from cxmetrics.cli.question import Question, asks
from cxmetrics.cli.screen import Screen, screen
from cxmetrics.cli.words import visible
from cxmetrics.errors import DataError, UsageError
from cxmetrics.metrics import Scores
from cxmetrics.metrics.text import count, limits, number
from cxmetrics.trends import (
    ChangePoints,
    ControlChart,
    Cusum,
    Decomposition,
    Ewma,
    change_points,
    control_chart,
    cusum,
    decompose,
    ewma,
)

if TYPE_CHECKING:
    from rich.text import Text


@frozen(kw_only=True)
class _Found:
    """What can be said of one metric; None where there are too few periods, and why."""

    scores: Scores
    chart: ControlChart | None
    sums: Cusum | None
    smoothed: Ewma | None
    changes: ChangePoints | None
    split: Decomposition | None
    notes: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready values."""
        parts = {
            "control": self.chart,
            "cusum": self.sums,
            "ewma": self.smoothed,
            "change_points": self.changes,
            "decomposition": self.split,
        }
        return {
            "metric": self.scores.metric.name,
            **{name: None if part is None else part.to_dict() for name, part in parts.items()},
            "notes": list(self.notes),
        }


@click.command(
    epilog="Exit codes: 0 ok; 1 the data can't be measured as they are; 2 wrong usage.",
    short_help="Follow a score over time.",
)
@asks
@click.option(
    "--time", metavar="COL", required=True, help="The column of periods: years, months, weeks."
)
@click.option(
    "--segment",
    metavar="COL",
    multiple=True,
    help="A column of segments: the change from the first to the last period is split in their "
    "scores (rate) and who answered (mix).",
)
@click.option(
    "--baseline",
    metavar="N",
    type=click.IntRange(min=3),
    help="The first N periods are normal, and the later ones are judged by them. Default: all.",
)
@click.option(
    "--target", "aim", type=float, help="Of CUSUM and EWMA. Default: the score of the baseline."
)
@click.option(
    "--plot",
    "picture",
    type=click.Path(path_type=Path),
    help="Write the control chart to this .svg, .png, .pdf or .html file.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", "json"]),
    default="table",
    show_default=True,
    help="json: one object a metric, in a list.",
)
def trend(
    *,
    question: Question,
    time: str,
    segment: tuple[str, ...],
    baseline: int | None,
    aim: float | None,
    picture: Path | None,
    form: str,
) -> None:
    """Say which periods of FILE are out of the ordinary, where the score took a step, and why.

    \b
    Examples:
      cxmetrics trend answers.csv --metric nps --rating recommend --time month
      cxmetrics trend answers.csv --metric nps --rating recommend --time month --baseline 12
      cxmetrics trend answers.csv --metric nps --rating recommend --time wave --segment region
      cxmetrics trend answers.csv --metric csat --rating stars --time week --plot chart.svg
      cxmetrics trend answers.csv --metric nps --rating recommend --time month --format json
    """  # noqa: D301  # click reads the \b as "leave these lines as they are"
    metrics = question.metrics()
    if len(question.rating) > 1:
        raise UsageError("a trend follows one rating: say --rating once.")
    if picture is not None and len(metrics) > 1:
        raise UsageError("--plot draws one metric: say --metric once.")
    if time in segment:
        raise UsageError(f"{time!r} is the time and a segment at once.")
    by = (time, *segment)
    with question.answers(labels=by) as answers:
        measured = answers.scores(metrics, by=by)
    found = []
    for scores in measured:
        assert isinstance(scores, Scores)  # noqa: S101  # there are groups
        found.append(_followed(scores, time, baseline, aim))
    answers.announce(form)
    if picture is not None:
        from cxmetrics.plots import save  # the extra `report`

        chart = found[0].chart
        if chart is None:
            raise DataError(f"there is no chart to draw: {found[0].notes[0]}")
        save(chart.plot(), picture)
        click.echo(visible(str(picture)), err=True)
    if form == "json":
        text = json.dumps(
            [own.to_dict() for own in found], ensure_ascii=False, indent=2, allow_nan=False
        )
        click.echo(f"{text}\n".encode(), nl=False)  # bytes: UTF-8 whatever the terminal speaks
        return
    here = screen()
    for place, own in enumerate(found):
        head = f"{own.scores.metric.title} {title(own.scores, answers)}"
        here.show([*(["", ""] if place else []), *_table(own, head, here)])


def _followed(scores: Scores, time: str, baseline: int | None, target: float | None) -> _Found:
    """Ask everything; what needs more periods than there are leaves a note."""
    metric = scores.metric
    notes: dict[str, None] = {}
    whole = scores
    if len(scores.cube.dims) > 1:
        counted = scores.cube.roll_up(time)
        whole = metric.of(counted, level=scores.level, method=scores.interval_method)

    def asked(name: str, make: Callable[..., Any], data: Scores, **options: Any) -> Any:
        try:
            return make(data, **options)
        except DataError as error:
            notes[f"No {name}: {error}"] = None
            return None

    found = _Found(
        scores=whole,
        chart=asked("control limits", control_chart, whole, baseline=baseline),
        sums=asked("CUSUM", cusum, whole, baseline=baseline, target=target),
        smoothed=asked("EWMA", ewma, whole, baseline=baseline, target=target),
        changes=asked("search for steps", change_points, whole),
        split=asked("mix and rate", decompose, scores, time=time) if whole is not scores else None,
        notes=tuple(notes),
    )
    if not any((found.chart, found.changes, found.split)):
        raise DataError(found.notes[0])
    return found


def _table(found: _Found, head: str, here: Screen) -> Iterator[Text | str]:
    from rich.text import Text

    for text in here.prose(head):
        yield Text(text, style="bold")
    yield ""
    if found.chart is not None:
        yield from _periods(found.chart, here)
        yield ""
    parts = [found.chart, found.sums, found.smoothed, found.changes]
    said: set[str] = set()
    for part in [own for own in (*parts, found.split) if own is not None]:
        for line in str(part).splitlines():
            if line in said:
                continue  # cautions of one series, said once
            said.add(line)
            room = len(line) - len(line.lstrip())
            first, *rest = here.prose(line.strip(), indent=" " * (room + 2))
            yield " " * room + first
            yield from rest
    for note in found.notes:
        yield from here.prose(note)


def _periods(chart: ControlChart, here: Screen) -> Iterator[Text | str]:
    from rich.text import Text

    rows: list[tuple[str, ...]] = [(chart.dim, "score", "limits", "n", "")]
    for point in chart.points:
        within = "–"
        if point.low is not None and point.high is not None:
            within = limits(point.low, point.high, chart.unit)
        value = "–" if point.value is None else number(point.value, chart.unit)
        rows.append(
            (visible(str(point.label)), value, within, count(point.n), "out" if point.out else "")
        )
    widths = [max(len(row[place]) for row in rows) for place in range(len(rows[0]))]
    for place, row in enumerate(rows):
        cells = [
            text.rjust(width) if 0 < column < 4 else text.ljust(width)
            for column, (text, width) in enumerate(zip(row, widths, strict=True))
        ]
        line = Text("  ".join(cells).rstrip(), style="" if place else "bold")
        line.truncate(here.width, overflow="ellipsis")
        yield line
