"""What a theme weighs: how often it is mentioned, and the score where it is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import isnan
from typing import Any, Literal

from attrs import field, frozen

from cxmetrics.errors import Caution, UsageError
from cxmetrics.metrics import Comparison, Metric, Score
from cxmetrics.metrics.score import SMALL
from cxmetrics.metrics.sheet import Sheet
from cxmetrics.metrics.text import (
    count,
    group_text,
    interval_text,
    label_text,
    level_text,
    listed,
    number,
)
from cxmetrics.stats.intervals import Interval
from cxmetrics.stats.multiplicity import Adjustment
from cxmetrics.summaries import Label
from cxmetrics.verbatims.evaluating import NOT_EVALUATED, Evaluation

Reference = Literal["texts", "all"]

_LISTED = 6
_KAPPA = 0.6
"""Under it agreement is no more than moderate (Landis & Koch 1977)."""


@frozen(kw_only=True, eq=False)
class Impact:
    """One theme and the score.

    Attributes:
        key: of the theme.
        name: of the theme, for people.
        share: of the answers that mention it, in percent.
        parts: the same within each part of the metric, such as the detractors.
        mentioned: the score of the answers that mention it.
        others: of those that do not.
        comparison: mentioned minus others; None where one side has under 2 answers.
        burden: points of the score lost by the answers that mention it; negative where it gains.
        burden_interval: None where there can't be one.
    """

    key: str
    name: str
    share: Score
    parts: Mapping[str, Score]
    mentioned: Score
    others: Score
    comparison: Comparison | None
    burden: float
    burden_interval: Interval | None

    @property
    def n(self) -> int:
        """Answers that mention it."""
        return self.mentioned.n

    @property
    def difference(self) -> float:
        """The score of the answers that mention it minus that of the others."""
        return self.mentioned.value - self.others.value

    @property
    def interval(self) -> Interval | None:
        """Of the difference."""
        return None if self.comparison is None else self.comparison.interval

    @property
    def p_value(self) -> float | None:
        """Of the difference, adjusted for the number of themes."""
        return None if self.comparison is None else self.comparison.p_value

    @property
    def significant(self) -> bool:
        """Whether the difference stands, after adjustment."""
        return self.comparison is not None and self.comparison.significant

    @property
    def small(self) -> bool:
        """Whether one side of the difference has under 30 answers."""
        return min(self.mentioned.n, self.others.n) < SMALL

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready values."""
        limits = self.burden_interval
        return {
            "theme": self.key,
            "name": self.name,
            "n": self.n,
            "share": self.share.summary(),
            "parts": {name: score.summary() for name, score in self.parts.items()},
            "mentioned": self.mentioned.summary(),
            "others": self.others.summary(),
            "difference": None if self.comparison is None else self.comparison.to_dict(),
            "burden": None if isnan(self.burden) else self.burden,
            "burden_interval": None if limits is None else limits.to_dict(),
            "small": self.small,
        }


@frozen(kw_only=True, eq=False)
class Impacts(Mapping[str, Impact]):
    """Themes and the score, the heaviest burden first.

    Attributes:
        metric: what was made of the ratings.
        themes: by key.
        absent: names of themes that no answer mentions.
        hidden: names of themes that too few mention to be shown (employee data).
        rows: answers asked for.
        texts: of them, with a text.
        unread: of the texts, in a language that the dictionary does not speak.
        unrated: of the texts that were read, without a rating.
        spoken: the score of the answers that are compared.
        silent: the score of the answers without a text.
        reference: `"texts"` or `"all"`: within which answers a theme is compared.
        adjustment: how the p-values were adjusted.
        level: of the intervals.
        group: the labels of the group; empty for all.
        groups: the same of each group, where groups were asked for.
        left_out: groups without an answer that can be compared, or too small to be shown.
        evaluation: of the dictionary against labelled texts, if there is one.
        about: what the data have to say of themselves.
    """

    metric: Metric
    themes: Mapping[str, Impact] = field(repr=False)
    absent: tuple[str, ...]
    hidden: tuple[str, ...]
    rows: int
    texts: int
    unread: int
    unrated: int
    spoken: Score
    silent: Score
    reference: Reference
    adjustment: Adjustment
    level: float
    group: Mapping[str, Label] = field(factory=dict)
    groups: Mapping[Label, Impacts] = field(factory=dict, repr=False)
    left_out: tuple[Label, ...] = ()
    evaluation: Evaluation | None = field(default=None, repr=False)
    about: tuple[Caution, ...] = ()

    def __getitem__(self, key: str) -> Impact:
        return self.themes[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self.themes)

    def __len__(self) -> int:
        return len(self.themes)

    @property
    def significant(self) -> list[Impact]:
        """The themes whose difference stands, the heaviest burden first."""
        return [each for each in self.values() if each.significant]

    @property
    def title(self) -> str:
        """The news in one line."""
        of = f"{group_text(self.group)}: " if self.group else ""
        about = f"{self.metric.title} of {count(self.spoken.n)} answers"
        worse = [each.name for each in self.significant if each.burden > 0]
        if not worse:
            return f"{of}No theme goes with a worse score ({about})"
        return f"{of}What goes with a worse score: {listed(worse, 3)} ({about})"

    @property
    def cautions(self) -> tuple[Caution, ...]:
        """What a reader has to know."""
        found = [*self.metric.about_data, *self.about]
        if self.evaluation is None:
            found.append(NOT_EVALUATED)
        else:
            found += self._poor(self.evaluation)
        if self.unread:
            found.append(
                Caution(
                    "UNKNOWN_LANGUAGE",
                    f"{count(self.unread)} of {count(self.texts)} texts are in languages that the "
                    "dictionary does not speak: left out.",
                )
            )
        small = [each.name for each in self.values() if each.small]
        if small:
            found.append(
                Caution(
                    "SMALL_SAMPLE",
                    f"under {SMALL} answers with or without: {listed(small, _LISTED)}.",
                )
            )
        if self.hidden:
            found.append(
                Caution(
                    "SUPPRESSED",
                    f"mentioned by too few to be shown (floor {self.metric.floor}): "
                    f"{listed(self.hidden, _LISTED)}.",
                )
            )
        gap = self._gap()
        return (*found, *([] if gap is None else [gap]))

    def _poor(self, evaluation: Evaluation) -> list[Caution]:
        """Name the themes on which reading and people agree too little."""
        kappas = {key: evaluation[key].kappa for key in self if key in evaluation}
        poor = [self[key].name for key, kappa in kappas.items() if (kappa or 0.0) < _KAPPA]
        if not poor:
            return []
        return [
            Caution(
                "DISAGREEMENT",
                f"kappa under {_KAPPA} against people's labels, so differences are blurred: "
                f"{listed(poor, _LISTED)}.",
            )
        ]

    def _gap(self) -> Caution | None:
        """Say so where those who write score unlike those who do not."""
        able = None not in (self.spoken.interval_or_none, self.silent.interval_or_none)
        if self.reference == "all" or not able:
            return None
        try:
            found = self.spoken.compare(self.silent)
        except UsageError:  # respondents who answered several times are on both sides
            return None
        if not found.significant:
            return None
        unit = self.metric.unit
        return Caution(
            "SELF_SELECTED",
            f"answers with a text score {number(self.spoken.value, unit)}, those without "
            f"{number(self.silent.value, unit)}: shares of themes are about those who write.",
        )

    @property
    def notes(self) -> tuple[str, ...]:
        """How it was computed, and what is left out."""
        within = "answers with a text" if self.reference == "texts" else "all answers"
        tested = sum(each.comparison is not None for each in self.values())
        burden = (
            f"Share: of {count(self.spoken.n)} {within} that were read and rated. Burden: points "
            "of the score lost by those that mention the theme."
        )
        difference = (
            f"Difference: {self.metric.title} where it is mentioned minus where it is not; * "
            f"stands after adjustment for {tested} themes ({self.adjustment}). Association, not "
            "cause; a text may hold several themes."
        )
        gaps = (
            f"{count(self.texts)} of {count(self.rows)} answers have a text; {count(self.unread)} "
            f"texts were not read, {count(self.unrated)} that were have no rating."
        )
        found = [burden, difference, gaps]
        if self.absent:
            found.append(f"Never mentioned: {listed(self.absent, _LISTED)}.")
        return tuple(found)

    def sheet(self) -> Sheet:
        """Return the themes as a table."""
        unit = self.metric.unit
        parts = [part.name for part in self.metric.parts]
        ends = parts if len(parts) < 2 else [parts[0], parts[-1]]

        def within(each: Impact, part: str) -> str:
            return number(each.parts[part].value, "percent") if part in each.parts else "–"

        rows = [
            (
                each.name,
                each.mentioned.n_text + " !"[each.small],
                number(each.share.value, "percent"),
                number(each.burden, unit, difference=True),
                number(each.difference, unit, difference=True) + " *"[each.significant],
                interval_text(each.interval, unit, difference=True),
                interval_text(each.burden_interval, unit, difference=True),
                *(within(each, part) for part in ends),
            )
            for each in self.values()
        ]
        level = level_text(self.level)
        head = ("theme", "n ", "share", "burden", "difference ", f"{level} interval")
        return Sheet(
            title=self.title,
            head=(*head, f"burden {level}", *(f"of {name}" for name in ends)),
            rows=rows,
            notes=self.notes,
            cautions=self.cautions,
        )

    def groups_sheet(self) -> Sheet:
        """Return the burden of each theme in each group as a table."""
        unit = self.metric.unit
        sizes = [f"{label_text(x)} {group.spoken.n_text}" for x, group in self.groups.items()]

        def cell(group: Impacts, key: str) -> str:
            if key not in group:
                return "–"
            each = group[key]
            return number(each.burden, unit, difference=True) + ("*" if each.significant else "")

        by = next(iter(self.groups.values())).group if self.groups else {}
        notes = [
            (
                "* the difference stands after adjustment for all themes of all groups "
                f"({self.adjustment})."
            ),
            "Answers compared: " + ", ".join(sizes) + ".",
        ]
        if self.left_out:
            notes.append(f"No answer to compare, or too few: {listed(self.left_out, _LISTED)}.")
        return Sheet(
            title=f"Burden by {', '.join(by)}, in points of the {self.metric.title}",
            head=("theme", *map(label_text, self.groups)),
            rows=[
                (self[key].name, *(cell(group, key) for group in self.groups.values()))
                for key in self
            ],
            notes=notes,
        )

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready values."""
        return {
            "metric": self.metric.name,
            "unit": self.metric.unit,
            "group": dict(self.group),
            "rows": self.rows,
            "texts": self.texts,
            "unread": self.unread,
            "unrated": self.unrated,
            "reference": self.reference,
            "adjustment": self.adjustment,
            "level": self.level,
            "spoken": self.spoken.summary(),
            "silent": self.silent.summary(),
            "themes": [each.to_dict() for each in self.values()],
            "absent": list(self.absent),
            "hidden": list(self.hidden),
            "left_out": list(self.left_out),
            "groups": [group.to_dict() for group in self.groups.values()],
            "cautions": [c.to_dict() for c in self.cautions],
        }

    def __str__(self) -> str:
        return "\n\n".join(map(str, self._sheets()))

    def _repr_html_(self) -> str:
        return "".join(sheet.html() for sheet in self._sheets())

    def _sheets(self) -> list[Sheet]:
        return [self.sheet(), *([self.groups_sheet()] if self.groups else [])]
