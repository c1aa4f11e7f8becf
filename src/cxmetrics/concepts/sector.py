"""What a barometer found: players of a sector on several criteria, side by side."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any, Final, Literal

from attrs import frozen

from cxmetrics.concepts.breakdown import Group, group_name
from cxmetrics.concepts.coherence import agreement, doubts
from cxmetrics.concepts.composed import few, left_out
from cxmetrics.concepts.estimate import Estimate, Gap
from cxmetrics.errors import Caution, UsageError, did_you_mean
from cxmetrics.items.consistency import Reliability
from cxmetrics.metrics.sheet import Sheet
from cxmetrics.metrics.text import count, level_text
from cxmetrics.stats.ranking import DRAWS, Rank
from cxmetrics.summaries import Label

Verdict = Literal["strength", "watch", "improve"]
VERDICTS: Final[dict[Verdict, str]] = {
    "strength": "strengths",
    "watch": "points to watch",
    "improve": "points to improve",
}
"""The three lists."""


@frozen(kw_only=True)
class Standing:
    """One player on one criterion.

    Attributes:
        criterion: its name; `"overall"` for the mean of all.
        player: its label; None without players.
        part: the labels of `by`, such as the phase; () without.
        estimate: the score, 0 to 10.
        gap: minus what it is compared with; None where there is nothing to compare with.
        rank: among the players; None for fewer than two.
        verdict: which of the three lists it stands in; None without a comparison.
    """

    criterion: str
    player: Label
    part: tuple[Label, ...]
    estimate: Estimate
    gap: Gap | None = None
    rank: Rank | None = None
    verdict: Verdict | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready values."""
        return {
            "criterion": self.criterion,
            "player": self.player,
            "part": list(self.part),
            **self.estimate.to_dict(),
            "gap": None if self.gap is None else self.gap.to_dict(),
            "rank": None if self.rank is None else self.rank.to_dict(),
            "verdict": self.verdict,
        }


@frozen(kw_only=True, slots=False, eq=False)
class Barometer:
    """Scores from 0 to 10 by criterion, of one player or of a sector.

    Attributes:
        standings: every player on every criterion, part by part.
        criteria: the items of each criterion.
        consistencies: by criterion, alpha and omega of its items, or why there is none.
        against: what players are compared with, in words; "" for nothing.
        comparisons: how many p-values Holm adjusts.
        rule: how the three lists are made, in words.
        incomplete: by criterion: rows, rows that count, rows with items filled in.
        unnamed: rows without a player, left out.
        needed: how many items of a criterion a respondent has to answer, in words.
        level: of the intervals.
        noticed: what was set aside.
    """

    standings: tuple[Standing, ...]
    criteria: Mapping[str, tuple[str, ...]]
    consistencies: Mapping[str, Reliability | str]
    against: str
    comparisons: int
    rule: str
    incomplete: Mapping[str, tuple[int, int, int]]
    unnamed: int
    needed: str
    level: float
    noticed: tuple[Caution, ...]

    @property
    def players(self) -> tuple[Label, ...]:
        """Who is in it, in order of the labels."""
        return tuple(dict.fromkeys(own.player for own in self.standings))

    @property
    def parts(self) -> tuple[tuple[Label, ...], ...]:
        """The labels of `by`."""
        return tuple(dict.fromkeys(own.part for own in self.standings))

    def of(self, player: Label = None, part: Group = ()) -> dict[str, Standing]:
        """Return the standings of a player, by criterion.

        Args:
            player: which; may be left out if there is one.
            part: the label (or labels) of `by`; may be left out if there is one.

        Raises:
            UsageError: there is no such player or part, or several and none is named.
        """
        wanted = part if isinstance(part, tuple) else (part,)
        if player is None and len(self.players) == 1:
            player = self.players[0]
        if not wanted and len(self.parts) == 1:
            wanted = self.parts[0]
        found = {
            own.criterion: own
            for own in self.standings
            if own.player == player and own.part == wanted
        }
        if not found:
            names = [
                " · ".join(filter(None, (group_name(p) if p else "", group_name(who))))
                for p in self.parts
                for who in self.players
            ]
            asked = " · ".join([*map(str, wanted), str(player)])
            raise UsageError(f"no player {asked!r}; {did_you_mean(asked, names)}")
        return found

    def lists(self, player: Label = None, part: Group = ()) -> dict[Verdict, tuple[str, ...]]:
        """Return the three lists of a player: strengths, points to watch, points to improve."""
        own = self.of(player, part).values()
        return {
            verdict: tuple(one.criterion for one in own if one.verdict == verdict)
            for verdict in VERDICTS
        }

    @cached_property
    def cautions(self) -> tuple[Caution, ...]:
        """What a reader of the numbers has to know."""
        return (*self.noticed, *self._found())

    def _found(self) -> Iterator[Caution]:
        n: dict[str, int] = {}
        for own in self.standings:
            name = _told(own)
            n[name] = min(n.get(name, own.estimate.n), own.estimate.n)
        yield from few(n)
        if self.unnamed:
            yield Caution("UNMATCHED", f"{count(self.unnamed)} rows name no player: left out.")
        yield from left_out(self.incomplete)
        for name, consistency in self.consistencies.items():
            yield from doubts(consistency, name)

    @property
    def title(self) -> str:
        """What it is."""
        many = len(self.players)
        who = "one player" if many == 1 else f"{many} players"
        return f"Barometer of {who} on {len(self.criteria)} criteria, 0 to 10"

    def sheet(self) -> Sheet:
        """Return the table: each player, criterion by criterion."""
        compared = any(own.gap is not None for own in self.standings)
        ranked = any(own.rank is not None for own in self.standings)
        rows: list[tuple[str, ...]] = []
        for part in self.parts:
            for player in self.players:
                own = [o for o in self.standings if o.part == part and o.player == player]
                name = _told(own[0]) if own else ""
                if name:
                    rows.append((name, *[""] * (3 + 3 * compared + 2 * ranked)))
                rows += [
                    (
                        f"· {one.criterion}" if name else one.criterion,
                        *_cells(one, compared, ranked),
                    )
                    for one in own
                ]
        return Sheet(
            title=self.title,
            head=(
                "",
                "score",
                "interval",
                "n",
                *(("gap", "interval", "list") if compared else ()),
                *(("rank", "P(1st)") if ranked else ()),
            ),
            rows=rows,
            notes=tuple(self._notes(compared=compared, ranked=ranked)),
            cautions=self.cautions,
        )

    def _notes(self, *, compared: bool, ranked: bool) -> Iterator[str]:
        yield (
            "Ratings rescaled to 0-10; a respondent's criterion is the mean of its items "
            f"({self.needed})."
        )
        if compared:
            yield f"Gap: minus {self.against}."
            yield self.rule
            yield (
                f"* stands after Holm over {self.comparisons} comparisons; others may be chance."
            )
        else:
            yield "No lists: they need other players (player=) or declared values (sector=)."
        if ranked:
            yield (
                f"Rank: limits hold together at {level_text(self.level)} within a criterion (Holm "
                f"over all pairs); P(1st): share of {count(DRAWS)} draws from the joint "
                "distribution of the means."
            )
        if any(own.criterion == OVERALL for own in self.standings):
            yield "Overall: mean of a respondent's criteria, equal weights because asked for."
        for name, own in self.consistencies.items():
            if len(self.criteria[name]) > 1:
                yield f"{name}: {agreement(own)}."

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready values."""
        return {
            "criteria": {name: list(items) for name, items in self.criteria.items()},
            "standings": [own.to_dict() for own in self.standings],
            "against": self.against,
            "rule": self.rule,
            "reliability": {
                name: None if isinstance(own, str) else own.to_dict()
                for name, own in self.consistencies.items()
            },
            "unnamed": self.unnamed,
            "cautions": [c.to_dict() for c in self.cautions],
        }

    def __str__(self) -> str:
        return str(self.sheet())

    def __repr__(self) -> str:
        return f"<{self.title}>"

    def _repr_html_(self) -> str:
        return self.sheet().html()


OVERALL: Final = "overall"


def _told(own: Standing) -> str:
    labels = (*own.part, *(() if own.player is None else (own.player,)))
    return group_name(labels) if labels else ""


def _cells(own: Standing, compared: bool, ranked: bool) -> tuple[str, ...]:  # noqa: FBT001
    cells: tuple[str, ...] = own.estimate.texts()
    if compared:
        gap = ("–", "–") if own.gap is None else own.gap.texts()[:2]
        sure = own.gap is not None and own.gap.significant and own.verdict not in {None, "watch"}
        mark = "*" if sure else ""
        cells = (*cells, *gap, f"{own.verdict or '–'}{mark}")
    if ranked and own.rank is None:
        cells = (*cells, "–", "–")
    elif ranked and own.rank is not None:
        rank = own.rank
        reach = f" ({rank.low}–{rank.high})" if rank.low < rank.high else ""
        cells = (*cells, f"{rank.place}{reach}", f"{100 * rank.first:.0f} %")
    return cells
