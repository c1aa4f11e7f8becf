"""From results to one page."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from cxmetrics.errors import UsageError, did_you_mean
from cxmetrics.metrics import Score, Scores
from cxmetrics.plots.extra import extra
from cxmetrics.plots.groups import printable
from cxmetrics.plots.theme import DARK, FONT, LIGHT
from cxmetrics.report import sections
from cxmetrics.report.method import method_of
from cxmetrics.report.more import cautions_of, sections_of
from cxmetrics.report.tables import count_table


def render(
    results: Sequence[Score | Scores] | Score | Scores,
    *,
    title: str,
    source: str = "",
    time: Sequence[str] | str = (),
    notes: Sequence[str] = (),
    banner: str = "",
    more: Mapping[str, Sequence[Any]] | None = None,
    generated: date | datetime | str | None = None,
) -> str:
    """Return a report as one HTML page that needs nothing else, and runs no script.

    Args:
        results: what to report, in this order: a `Score` becomes a headline; `Scores` become a
            trend if they have a dimension of time, touchpoints if they are the items of wide
            data, and segments otherwise.
        title: of the page.
        source: where the answers come from.
        time: the dimensions that are waves, months or dates.
        notes: sentences to print with the data.
        banner: what a reader has to know before any number, on the first line: that the data are
            incomplete, for instance.
        more: further sections: by title, results that have a `sheet()` (concepts, themes, quotes)
            and drawings, as `JourneyMap.plot(theme="auto")` makes them.
        generated: when; now if left out. With the same value the page is the same.

    Returns:
        HTML. Whatever labels, titles and notes hold is shown as text.

    Raises:
        UsageError: there is no result, `time` names no dimension or two of one result, or the
            extra `report` is not installed.

    Example:
        >>> from cxmetrics import nps
        >>> page = render([nps([10, 9, 3, 8, 10])], title="Spring survey", generated="2026-03-01")
        >>> "NPS is +40.0" in page, "<script" in page
        (True, False)
    """
    shown = [results] if isinstance(results, Score | Scores) else list(results)
    waves = (time,) if isinstance(time, str) else tuple(time)
    _check(shown, waves)
    jinja2 = extra("jinja2")
    pages = jinja2.Environment(
        loader=jinja2.PackageLoader("cxmetrics.report"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        finalize=_unbroken,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    pages.filters["picture"] = lambda svg: jinja2.utils.markupsafe.Markup(svg)
    page: str = pages.get_template("report.html.j2").render(
        title=printable(title),
        source=printable(source),
        notes=[printable(note) for note in notes],
        banner=printable(banner),
        generated=_day(generated),
        version=_version(),
        font=FONT,
        light=tuple(LIGHT.roles()),
        dark=tuple(DARK.roles()),
        summary=sections.summary(shown, waves),
        charts=_charts(shown, waves),
        counted=count_table(shown),
        more=sections_of(more or {}),
        caveats=sections.caveats(shown, cautions_of(more or {})),
        method=method_of(shown),
    )
    return page


def write(
    path: str | Path,
    results: Sequence[Score | Scores] | Score | Scores,
    *,
    title: str,
    source: str = "",
    time: Sequence[str] | str = (),
    notes: Sequence[str] = (),
    banner: str = "",
    more: Mapping[str, Sequence[Any]] | None = None,
    generated: date | datetime | str | None = None,
) -> Path:
    """Write a report to a file; see `render` for the arguments.

    Returns:
        The path.
    """
    target = Path(path)
    page = render(
        results,
        title=title,
        source=source,
        time=time,
        notes=notes,
        banner=banner,
        more=more,
        generated=generated,
    )
    target.write_text(page, "utf-8")
    return target


def _charts(shown: Sequence[Score | Scores], waves: Sequence[str]) -> list[dict[str, Any]]:
    found: list[tuple[str, str, Iterable[sections.Block]]] = [
        ("distribution", "Distribution", sections.distributions(shown, waves)),
        ("trend", "Trend", sections.trends(shown, waves)),
        ("segments", "Segments", sections.segments(shown, waves)),
        ("touchpoints", "Touchpoints", sections.touchpoints(shown)),
    ]
    made = [{"id": name, "title": title, "blocks": list(blocks)} for name, title, blocks in found]
    return [section for section in made if section["blocks"]]


def _check(shown: Sequence[Score | Scores], waves: Sequence[str]) -> None:
    if not shown:
        raise UsageError("a report needs at least one score: render([nps(data, …)], title=…).")
    for result in shown:
        if not isinstance(result, Score | Scores):
            raise UsageError(f"a report is made of Score and Scores, not {type(result).__name__}.")
    dims = [result.cube.dims for result in shown if isinstance(result, Scores)]
    every = {dim for of_one in dims for dim in of_one}
    for name in waves:
        if name not in every:
            raise UsageError(
                f"time={name!r} is no dimension of the results; {did_you_mean(name, every)}"
            )
    for of_one in dims:
        both = [dim for dim in of_one if dim in waves]
        if len(both) > 1:
            raise UsageError(f"scores by {both}: only one dimension of a result can be time.")
        if both and len(of_one) > 2:
            raise UsageError(
                f"scores by {of_one}: a trend has at most one dimension beside time; roll up."
            )


def _unbroken(value: Any) -> Any:
    """Keep a number and its sign on one line, and a line from beginning with a dot."""
    if type(value) is not str:  # markup of a picture stays as it is drawn
        return value
    for loose, tied in ((" %", "\xa0%"), (" = ", "\xa0=\xa0"), (" · ", "\xa0· ")):
        value = value.replace(loose, tied)
    return value


def _day(generated: date | datetime | str | None) -> str:
    if generated is None:
        return datetime.now(UTC).date().isoformat()
    if isinstance(generated, datetime):
        return generated.isoformat(sep=" ", timespec="minutes")
    return generated.isoformat() if isinstance(generated, date) else printable(generated)


def _version() -> str:
    from cxmetrics import __version__  # the package is complete by now

    return __version__
