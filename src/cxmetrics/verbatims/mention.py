"""A theme named in a text, and all that was read of one."""

from __future__ import annotations

from attrs import frozen

from cxmetrics.verbatims.matcher import Rule
from cxmetrics.verbatims.theme import Tone


@frozen(kw_only=True)
class Mention:
    """A theme named in a text.

    Attributes:
        theme: its key.
        start: where it begins in the text that is kept.
        end: where it ends.
        text: the words; "" where the texts are not kept.
        negated: whether a negation reaches it: "no waiting", "pas aimable".
        tone: "negative", "positive", "neutral" where praise and blame stand side by side, None
            where nothing is said.
        counts: whether the text counts as one of the theme: not where an irritant is denied or
            praised, or a wow denied.
        rule: what matched.
    """

    theme: str
    start: int
    end: int
    text: str
    negated: bool
    tone: Tone | None
    counts: bool
    rule: Rule


@frozen(kw_only=True)
class Reading:
    """What was read of one text.

    Attributes:
        text: as it was kept; None where there is none or nothing was kept.
        language: "en", "fr" ..., "und" where it is not clear, "" of an empty text.
        mentions: the themes, in the order of the text.
    """

    text: str | None
    language: str
    mentions: tuple[Mention, ...]

    @property
    def themes(self) -> tuple[str, ...]:
        """The keys of the themes the text counts for, in the order of the text."""
        return tuple(dict.fromkeys(each.theme for each in self.mentions if each.counts))
