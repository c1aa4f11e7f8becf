"""The sections of the report, from results to what the template shows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from attrs import evolve, frozen

from cxmetrics.errors import Caution, CautionCode
from cxmetrics.metrics import Comparison, Score, Scores
from cxmetrics.metrics.comparison import adjusted_pairs
from cxmetrics.metrics.text import level_text, limits, number
from cxmetrics.plots.distribution import distribution
from cxmetrics.plots.groups import (
    ITEM,
    Group,
    groups_of,
    headline,
    label_of,
    share_of,
    share_text,
    title_of,
)
from cxmetrics.plots.shares import shares
from cxmetrics.plots.theme import LIGHT, bands
from cxmetrics.plots.trend import trend
from cxmetrics.report.picture import Picture, picture
from cxmetrics.report.tables import (
    Table,
    change_table,
    group_table,
    rating_table,
    wave_table,
    whole_of,
)
from cxmetrics.report.words import (
    EXPLAINED,
    Change,
    change_sentence,
    groups_sentence,
    last_change,
    lines_sentence,
    score_sentence,
    waves_of,
)
from cxmetrics.summaries import Cube

_WIDE: Final = 100.0
_NAMED = 6


@frozen(kw_only=True)
class Card:
    """A number at the top of the page.

    Attributes:
        head: what it is.
        value: the number, or why there is none.
        about: interval and answers.
        bar: (x, width, colour role) of the pieces of the answers, in percent.
        parts: the pieces in words.
        verdict: for a change: `better`, `worse`, or that none is shown; empty for a score.
        tone: `positive` or `negative` for a verdict, else empty.
    """

    head: str
    value: str
    about: str
    bar: tuple[tuple[float, float, str], ...] = ()
    parts: str = ""
    verdict: str = ""
    tone: str = ""


@frozen(kw_only=True)
class Block:
    """One result in one section.

    Attributes:
        title: of the block.
        cards: numbers.
        sentences: the news in words.
        picture: the chart, if any.
        tables: the data behind it.
    """

    title: str = ""
    cards: tuple[Card, ...] = ()
    sentences: tuple[str, ...] = ()
    picture: Picture | None = None
    tables: tuple[Table, ...] = ()


@frozen(kw_only=True)
class Caveat:
    """A caution, once for all groups that carry it.

    Attributes:
        code: for programs.
        plain: what it means.
        where: the groups, with what was said of each.
    """

    code: str
    plain: str
    where: tuple[str, ...]


def time_of(result: Score | Scores, time: Sequence[str]) -> str | None:
    """Return the dimension of time of a result, if it has one."""
    if isinstance(result, Score):
        return None
    return next((dim for dim in result.cube.dims if dim in time), None)


def is_items(scores: Scores) -> bool:
    """Say whether the groups are the items of wide data, and nothing else."""
    return scores.cube.dims == (ITEM,)


# -- summary ---------------------------------------------------------------------------------------


def summary(results: Sequence[Score | Scores], time: Sequence[str]) -> list[Block]:
    """Return the headline cards and the news, one block a result."""
    blocks = []
    for result in results:
        dim = time_of(result, time)
        if isinstance(result, Score):
            blocks.append(_single(result))
        elif dim is not None and len(result.cube.dims) == 1:
            blocks.append(_waves(result, dim))
    if blocks:
        return blocks
    for result in results:  # nothing but groups: all of them together, or the best and the worst
        if isinstance(result, Scores) and is_items(result):
            blocks.append(_ends(result))
        elif time_of(result, time) is None:
            whole = whole_of(result)
            if len(whole) == 1:
                blocks.append(_single(whole[0]))
    return blocks


def _single(score: Score) -> Block:
    return Block(cards=(_card(score),), sentences=(score_sentence(score),))


def _waves(scores: Scores, dim: str) -> Block:
    waves = waves_of(scores, dim)
    change = last_change(waves)
    if change is None:
        last = waves[-2:]
        return Block(
            cards=tuple(_card(group.score) for group in last),
            sentences=tuple(score_sentence(group.score) for group in last[-1:]),
        )
    sentences = [change_sentence(change, subject=title_of(scores.metric))]
    if waves[-1].gap:
        sentences.append(score_sentence(waves[-1].score))
    return Block(
        cards=(_card(change.before), _card(change.after), _change_card(change)),
        sentences=tuple(sentences),
    )


def _ends(scores: Scores) -> Block:
    ranked = [scores[key] for key in scores.rank() if scores[key].defined]
    shown = ranked if len(ranked) < 2 else [ranked[0], ranked[-1]]
    return Block(cards=tuple(_card(s) for s in shown), sentences=(groups_sentence(scores),))


def _card(score: Score) -> Card:
    title = title_of(score.metric)
    head = f"{title} · {label_of(score.group)}" if score.group else title
    group = groups_of(score)[0]
    if group.gap:
        first, _, rest = group.gap.partition(": ")
        about = rest or f"n = {score.n_text}"
        return Card(head=head, value=first, about=about)
    interval = score.interval_or_none
    about = f"n = {score.n_text}"
    if interval is not None:
        between = limits(interval.low, interval.high, score.metric.unit)
        about = f"{level_text(interval.level)}: {between} · {about}"
    pieces, bar, start = bands(score.metric), [], 0.0
    for band in pieces:
        wide = _WIDE * share_of(score, band.points)
        bar.append((round(start, 2), round(wide, 2), _ROLES[band.fill]))
        start += wide
    parts = ""
    if score.metric.parts:
        parts = " · ".join(f"{name} {share_text(share)}" for name, share in score.parts.items())
    return Card(
        head=head,
        value=number(score.value, score.metric.unit),
        about=about,
        bar=tuple(bar),
        parts=parts,
    )


_ROLES: Final = {colour: role for role, colour in reversed(list(LIGHT.roles()))}


def _change_card(change: Change) -> Card:
    head = f"Change {label_of(change.before.group)} to {label_of(change.after.group)}"
    found = change.comparison
    if found is None:
        moved = change.after.value - change.before.value
        value = number(moved, change.after.metric.unit, difference=True)
        return Card(head=head, value=value, about="no interval", verdict="not tested")
    interval = found.interval
    between = limits(interval.low, interval.high, found.unit, difference=True)
    return Card(
        head=head,
        value=number(found.value, found.unit, difference=True),
        about=f"{level_text(interval.level)}: {between}",
        verdict=change.verdict or "no change shown",
        tone={"better": "positive", "worse": "negative", "": ""}[change.verdict],
    )


# -- charts ----------------------------------------------------------------------------------------


def distributions(results: Sequence[Score | Scores], time: Sequence[str]) -> Iterator[Block]:
    """Yield the ratings behind each score, and behind the last two waves."""
    for place, result in enumerate(results):
        dim = time_of(result, time)
        if isinstance(result, Score):
            groups = groups_of(result)
        elif dim is not None and len(result.cube.dims) == 1:
            groups = waves_of(result, dim)[-2:]
        else:
            continue
        only = [group.key for group in groups]
        wide, narrow = (distribution(result, only=only, narrow=small) for small in (False, True))
        shown = picture(wide, narrow, result, name=f"distribution-{place}")
        yield Block(title=shown.title, picture=shown, tables=(rating_table(result, groups),))


def trends(results: Sequence[Score | Scores], time: Sequence[str]) -> Iterator[Block]:
    """Yield each score over time."""
    for place, result in enumerate(results):
        dim = time_of(result, time)
        if dim is None or isinstance(result, Score):
            continue
        waves = waves_of(result, dim)
        tables = [wave_table(result, waves, dim)]
        sentences: list[str] = []
        if len(result.cube.dims) > 1:
            pairs = _last_pairs(waves, dim)
            sentences.append(lines_sentence(pairs, level=result.level))
            tables.append(change_table(result, pairs))
        wide, narrow = (trend(result, time=dim, narrow=small) for small in (False, True))
        shown = picture(wide, narrow, result, name=f"trend-{place}")
        yield Block(
            title=shown.title, picture=shown, sentences=tuple(sentences), tables=tuple(tables)
        )


def _last_pairs(waves: Sequence[Group], dim: str) -> dict[str, Comparison]:
    """Compare the last two waves of each line, adjusted for the number of lines."""
    lines: dict[str, list[Group]] = {}
    for group in waves:
        rest = {other: label for other, label in group.score.group.items() if other != dim}
        lines.setdefault(label_of(rest), []).append(group)
    changes = {name: last_change(groups) for name, groups in lines.items()}
    found = {
        name: change.comparison
        for name, change in changes.items()
        if change is not None and change.comparison is not None
    }
    return dict(zip(found, adjusted_pairs(list(found.values()), "holm"), strict=True))


def segments(results: Sequence[Score | Scores], time: Sequence[str]) -> Iterator[Block]:
    """Yield each score by groups that are neither time nor items."""
    for place, result in enumerate(results):
        if isinstance(result, Score) or is_items(result) or time_of(result, time) is not None:
            continue
        yield _grouped(result, f"segments-{place}")


def touchpoints(results: Sequence[Score | Scores]) -> Iterator[Block]:
    """Yield the items of wide data, from the best to the worst."""
    for place, result in enumerate(results):
        if isinstance(result, Scores) and is_items(result):
            yield _grouped(ranked(result), f"touchpoints-{place}")


def _grouped(scores: Scores, name: str) -> Block:
    shown = picture(shares(scores), shares(scores, narrow=True), scores, name=name)
    return Block(
        title=shown.title,
        sentences=(groups_sentence(scores),),
        picture=shown,
        tables=(group_table(scores),),
    )


def ranked(scores: Scores) -> Scores:
    """Return the same scores with the best group first."""
    cube = scores.cube
    places = {cube.key(group): place for place, group in enumerate(cube.groups)}
    order = [places[key] for key in scores.rank()]
    moved = Cube(
        cube.scale,
        cube.dims,
        tuple(cube.groups[place] for place in order),
        cube.cells.mapped(order, range(len(order)), len(order)),
        frozenset(now for now, place in enumerate(order) if place in cube.hidden),
    )
    return evolve(scores, cube=moved)


# -- cautions --------------------------------------------------------------------------------------


def caveats(
    results: Sequence[Score | Scores], more: Iterable[tuple[str, Caution]] = ()
) -> list[Caveat]:
    """Return every caution of every group and of further results, gathered by code."""
    found: dict[CautionCode, list[str]] = {}
    for result in results:
        for group in groups_of(result):
            name = headline(result)
            if isinstance(result, Scores):
                name = f"{name}, {group.label}"
            for caution in group.score.cautions:
                where = found.setdefault(caution.code, [])
                text = f"{name}: {caution.message}"
                if text not in where:
                    where.append(text)
    for name, caution in more:
        where = found.setdefault(caution.code, [])
        where += [text] if (text := f"{name}: {caution.message}") not in where else []
    return [
        Caveat(code=code, plain=EXPLAINED[code], where=_few(where)) for code, where in found.items()
    ]


def _few(texts: Sequence[str]) -> tuple[str, ...]:
    if len(texts) <= _NAMED:
        return tuple(texts)
    return (*texts[:_NAMED], f"and {len(texts) - _NAMED} more groups")
