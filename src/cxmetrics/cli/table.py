"""Scores as a table for the terminal: the number, its interval, a picture of both, the shares."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import accumulate, groupby
from typing import TYPE_CHECKING, Final

from attrs import frozen

from cxmetrics.cli.screen import Screen
from cxmetrics.cli.words import visible
from cxmetrics.metrics import Score, Scores
from cxmetrics.metrics.card import TONES
from cxmetrics.metrics.text import count, group_text, level_text, limits, number

if TYPE_CHECKING:
    from rich.text import Text

    from cxmetrics.errors import Caution
    from cxmetrics.metrics import Comparisons

_GAP: Final = 2
_LONGEST: Final = 28
_SHORTEST: Final = 12
_NUMBERS: Final = 62
_BARS: Final = 48
"""What the numbers and a small picture take, and what the bars take: labels get what is left."""
_COMPARED: Final = 26
"""Up to so many groups are compared pair by pair unless the user decides."""
_REPEATED: Final = 5


@frozen(kw_only=True)
class Column:
    """A column of a table: its head and its cells, padded to one width."""

    head: Text
    cells: list[Text]
    right: bool = False

    @property
    def width(self) -> int:
        """The widest of head and cells."""
        return max(cell.cell_len for cell in (self.head, *self.cells))


def table(
    result: Score | Scores,
    *,
    title: str,
    screen: Screen,
    compare: bool | None = None,
    legend: bool = True,
) -> Iterator[Text | str]:
    """Yield the lines of a table.

    Args:
        result: a score, or scores by group.
        title: what the numbers are about, beside the name of the metric.
        screen: where they are shown.
        compare: whether to compare the groups pair by pair; None: if they are not too many.
        legend: whether to explain below how the numbers were made; cautions are always shown.

    Raises:
        UsageError: `compare` is asked for and there are more than 100 groups.
    """
    from rich.text import Text

    scores = list(result.values()) if isinstance(result, Scores) else [result]
    found = _comparisons(result, compare=compare)
    rows = [*scores, result.overall] if isinstance(result, Scores) else scores
    metric = rows[-1].metric
    for line in screen.prose(f"{metric.title} {title}"):
        yield Text(line, style="bold")
    yield ""
    longest = min(max(screen.width - _NUMBERS, _SHORTEST), _LONGEST)
    columns = list(_words(result, rows, found, longest))
    letters = [] if found is None else [_letters(found, rows)]
    taken = sum(column.width + _GAP for column in (*columns, *letters))
    room = screen.width - taken
    parts = []  # beside the picture where there is room; a stacked bar else goes below the table
    if metric.parts or screen.signs.heights:
        beside = _parts(rows, 36, screen) if metric.parts else _distribution(rows, screen)
        if room >= beside.width + 2 * _GAP + (24 if metric.parts else 16):
            parts = [beside]
    room -= sum(column.width + _GAP for column in parts)
    picture = [_whiskers(rows, min(room, 41), screen)] if room >= 12 else []
    total = isinstance(result, Scores)
    yield from _drawn([*columns, *picture, *parts, *letters], screen, total=total)
    if metric.parts and not parts:
        yield ""
        longest = min(max(screen.width - _BARS, _SHORTEST), _LONGEST)
        label = [next(_words(result, rows, found, longest))] if total else []
        bars = _parts(rows, screen.width - sum(col.width + _GAP for col in label), screen)
        yield from _drawn([*label, bars], screen, total=total)
    below = [line for text in _cautions(rows) for line in screen.prose(f"! {text}", indent="  ")]
    if legend:
        below += [
            line for text in _below(result, rows, found, screen) for line in screen.prose(text)
        ]
    if below:
        yield ""
        yield from below


# -- columns ---------------------------------------------------------------------------------------


def _words(
    result: Score | Scores, rows: Sequence[Score], found: Comparisons | None, longest: int
) -> Iterator[Column]:
    from rich.text import Text

    score = rows[-1]
    if isinstance(result, Scores):
        names = [] if found is None else list(found.names.values())
        wide = max(map(len, names), default=0)
        cells = []
        for place, row in enumerate(rows):
            label = Text(visible(group_text(row.group)).replace("\n", " "))
            label.truncate(longest, overflow="ellipsis")
            if names:
                own = names[place] if place < len(names) else ""
                label = Text.assemble((f"{own:<{wide}}  ", "dim"), label)
            cells.append(label)
        head = Text(" " * (wide + 2 if names else 0) + visible(" · ".join(result.cube.dims)))
        head.truncate(longest + wide + 2, overflow="ellipsis")
        yield Column(head=head, cells=cells)
    marks = ["!" if _of_row(row) else " " for row in rows] if any(map(_of_row, rows)) else []
    yield Column(
        head=Text("n " if marks else "n"),
        cells=[Text(count(row.n) + (marks[at] if marks else "")) for at, row in enumerate(rows)],
        right=True,
    )
    yield Column(
        head=Text(score.metric.title),
        cells=[Text(number(row.value, row.metric.unit), style="bold") for row in rows],
        right=True,
    )
    intervals = []
    for row in rows:
        interval = row.interval_or_none
        intervals.append(
            "–" if interval is None else limits(interval.low, interval.high, row.metric.unit)
        )
    yield Column(
        head=Text(f"{level_text(score.level)} interval"),
        cells=[Text(text) for text in intervals],
        right=True,
    )


def _letters(found: Comparisons, rows: Sequence[Score]) -> Column:
    from rich.text import Text

    cells = [Text(text) for text in found.letters.values()]
    return Column(head=Text("above"), cells=[*cells, *[Text("")] * (len(rows) - len(cells))])


def _whiskers(rows: Sequence[Score], width: int, screen: Screen) -> Column:
    """Draw each score and its interval on the whole range of the metric, in half cells."""
    from rich.text import Text

    signs, last = screen.signs, rows[-1]
    low, high = last.sample.bounds
    halves = 2 * width - 1

    def half(value: float) -> int:
        return round((value - low) / (high - low) * halves)

    reference = half(last.value) // 2 if len(rows) > 1 and last.defined else -1
    cells = []
    for row in rows:
        drawn = [" "] * width
        if reference >= 0:
            drawn[reference] = signs.mark
        interval = row.interval_or_none
        if row.defined and interval is not None:
            first, final = half(interval.low), half(interval.high)
            for cell in range(first // 2, final // 2 + 1):
                begins, ends = first > 2 * cell, final < 2 * cell + 1
                drawn[cell] = signs.right if begins else signs.left if ends else signs.line
        if row.defined:
            drawn[half(row.value) // 2] = signs.dot
        cells.append(Text("".join(drawn)))
    ticks = [_tick(value, last.metric.unit) for value in (low, (low + high) / 2, high)]
    head = list(ticks[0].ljust(width))
    middle = (width - len(ticks[1])) // 2
    if middle > len(ticks[0]) and middle + len(ticks[1]) < width - len(ticks[2]):
        head[middle : middle + len(ticks[1])] = ticks[1]
    head[width - len(ticks[2]) :] = ticks[2]
    return Column(head=Text("".join(head)), cells=cells)


def _tick(value: float, unit: str) -> str:
    sign = "+" if unit == "points" and value > 0 else ""
    return f"{sign}{value:g}".replace("-", "−") + (" %" if unit == "percent" else "")


def _shares_width(rows: Sequence[Score]) -> int:
    return max(len(_shares(row)) for row in rows)


def _shares(row: Score) -> str:
    if not row.defined:
        return "–"
    return " / ".join(f"{100 * share:2.0f}" for share in row.parts.values()) + " %"


def _parts(rows: Sequence[Score], width: int, screen: Screen) -> Column:
    """Draw the shares of the parts as one stacked bar a row, with their percentages."""
    from rich.text import Text

    parts = rows[-1].metric.parts
    head = Text()
    for place, part in enumerate(parts):
        head.append(" / " if place else "")
        tone = TONES[part.tone]
        if screen.colour:  # a coloured square, not coloured words: those pale on some grounds
            head.append("■" if screen.unicode else " ", tone if screen.unicode else f"on {tone}")
        else:
            head.append(screen.signs.tones[part.tone])
        head.append(f" {part.name}")
    room = max(min(width - _shares_width(rows) - 1, 48), 8)
    cells = []
    for row in rows:
        bar = _bar(row, room, screen) if row.defined else Text(" " * room)
        cells.append(Text.assemble(bar, " ", _shares(row)))
    return Column(head=head, cells=cells)


def _bar(row: Score, width: int, screen: Screen) -> Text:
    from rich.text import Text

    tones = [part.tone for part in row.metric.parts]
    edges = list(accumulate(row.parts.values(), initial=0.0))
    cells = width * 2 if screen.colour and screen.unicode else width
    stops = [round(edge * cells) for edge in edges]
    drawn = [
        tone for tone, a, b in zip(tones, stops, stops[1:], strict=False) for _ in range(b - a)
    ]
    if not screen.colour:
        return Text("".join(screen.signs.tones[tone] for tone in drawn))
    bar = Text()
    if not screen.unicode:  # coloured blanks: no sign is needed
        for tone, run in groupby(drawn):
            bar.append(" " * len(list(run)), style=f"on {TONES[tone]}")
        return bar
    for left, right in zip(drawn[::2], drawn[1::2], strict=True):
        same = left == right
        bar.append(
            "█" if same else "▌",
            style=TONES[left] if same else f"{TONES[left]} on {TONES[right]}",
        )
    return bar


def _distribution(rows: Sequence[Score], screen: Screen) -> Column:
    """Draw the share of each point as a sparkline, where a metric has no parts."""
    from rich.text import Text

    heights, points = screen.signs.heights, rows[-1].tally.scale.points
    tallest = max((float(row.share.max()) for row in rows if row.defined), default=1.0)
    cells = []
    for row in rows:
        steps = [round(share / tallest * (len(heights) - 1)) for share in row.share.tolist()]
        shown = [
            heights[max(step, 1) if share else 0]
            for step, share in zip(steps, row.share.tolist(), strict=True)
        ]
        cells.append(Text("".join(shown) if row.defined else ""))
    return Column(head=Text(f"{points[0]:g} … {points[-1]:g}"), cells=cells)


# -- the page --------------------------------------------------------------------------------------


def _drawn(columns: Sequence[Column], screen: Screen, *, total: bool) -> Iterator[Text]:
    from rich.text import Text

    widths = [column.width for column in columns]
    rule = Text(screen.signs.rule * (sum(widths) + _GAP * (len(widths) - 1)), style="dim")

    def line(cells: Sequence[Text], style: str = "") -> Text:
        whole = Text()
        for cell, column, width in zip(cells, columns, widths, strict=True):
            padded = cell.copy()
            pad = width - padded.cell_len
            padded.pad_left(pad) if column.right else padded.pad_right(pad)
            padded.stylize_before(style)
            whole.append(" " * _GAP if whole else "")
            whole.append_text(padded)
        whole.rstrip()
        return whole

    yield line([column.head for column in columns], "bold")
    yield rule
    rows = list(zip(*(column.cells for column in columns), strict=True))
    for row in rows[:-1] if total else rows:
        yield line(row)
    if total:
        yield rule
        yield line(rows[-1])


def _below(
    result: Score | Scores, rows: Sequence[Score], found: Comparisons | None, screen: Screen
) -> Iterator[str]:
    overall = rows[-1]
    gaps = overall.n_missing + overall.n_off_scale
    if gaps:
        asked = overall.n + gaps
        off = f", {count(overall.n_off_scale)} off the scale" if overall.n_off_scale else ""
        yield (
            f"n counts valid answers; of {count(asked)} ratings asked for, "
            f"{count(overall.n_missing)} are missing{off}: left out, never replaced."
        )
    if found is not None and found.pairs:
        pairs = len(found.pairs)
        adjusted = "1 comparison" if pairs == 1 else f"{count(pairs)} comparisons (Holm)"
        yield (
            "Letters: the groups that this one is significantly above, at "
            f"{level_text(overall.level)}, {adjusted}. No letter: no difference was shown, which "
            "does not mean that there is none."
        )
    elif isinstance(result, Scores) and len(result) > _COMPARED:
        yield f"{len(result)} groups: not compared pair by pair (--compare does up to 100)."
    if isinstance(result, Scores) and overall.defined:
        yield f"The line {screen.signs.mark} marks the score of all together."
    yield overall.method
    if overall.metric.notice:
        yield overall.metric.notice


def _of_row(row: Score) -> list[Caution]:
    """Return the cautions of a row; what is true of all the data stands above the table."""
    return [caution for caution in row.cautions if caution not in row.metric.about_data]


def _cautions(rows: Sequence[Score]) -> Iterator[str]:
    """Yield the cautions in plain words, those of one code together, the first few only."""
    codes = list(dict.fromkeys(caution.code for row in rows for caution in _of_row(row)))
    for code in codes:
        said: dict[str, list[str]] = {}
        for row in rows:
            for caution in row.cautions:
                if caution.code == code:
                    said.setdefault(caution.message, []).append(group_text(row.group))
        if len(rows) == 1 or (len(said) == 1 and len(next(iter(said.values()))) == len(rows)):
            yield from said
            continue
        for message, groups in list(said.items())[:_REPEATED]:
            shown = ", ".join(groups[:_REPEATED])
            others = f" and {len(groups) - _REPEATED} more" if len(groups) > _REPEATED else ""
            yield f"{shown}{others}: {message}"
        others_too = sum(len(groups) for groups in list(said.values())[_REPEATED:])
        if others_too:
            yield f"… and {others_too} more groups with {code}."


def _comparisons(result: Score | Scores, *, compare: bool | None) -> Comparisons | None:
    if not isinstance(result, Scores) or compare is False:
        return None
    if compare is None and not 2 <= len(result.defined) <= len(result) <= _COMPARED:
        return None
    return result.compare()
