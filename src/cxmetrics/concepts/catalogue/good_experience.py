"""The share of customers who report a good experience."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final, Literal, get_args

import numpy as np
from attrs import frozen

from cxmetrics.concepts._base import Concept, Worked
from cxmetrics.concepts.answers import answers
from cxmetrics.concepts.breakdown import Group, Shares, shares
from cxmetrics.concepts.estimate import Estimate, Gap
from cxmetrics.engines.query import OffScale
from cxmetrics.errors import Caution, DataError, UsageError, did_you_mean
from cxmetrics.links.results import lost
from cxmetrics.metrics.sheet import Sheet
from cxmetrics.metrics.text import count, level_text
from cxmetrics.scale import Scale
from cxmetrics.stats.distributions import check_level

Need = Literal["all", "any", "most"]
"""How many items have to be good."""


@frozen(kw_only=True)
class GoodExperience:
    """Who reports a good experience.

    Attributes:
        shares: in all, by group, and each group minus all others.
        rule: what counts as good, in a sentence.
        incomplete: rows that lack an answer, and are left out.
        level: the confidence level.
        cautions: what a reader has to know.
    """

    shares: Shares
    rule: str
    incomplete: int
    level: float
    cautions: tuple[Caution, ...]

    @property
    def overall(self) -> Estimate:
        """The share in all, in percent."""
        return self.shares.overall

    @property
    def groups(self) -> Mapping[Group, Estimate]:
        """The share of each group."""
        return self.shares.groups

    @property
    def gaps(self) -> tuple[Gap, ...]:
        """Each group minus all others together, adjusted by Holm."""
        return self.shares.gaps

    @property
    def title(self) -> str:
        """The news in one line."""
        value, ends, n = self.overall.texts()
        lost = f", {count(self.incomplete)} incomplete" if self.incomplete else ""
        return (
            f"Good experience: {value}  ({level_text(self.level)} interval {ends}; n = {n}{lost})"
        )

    def sheet(self) -> Sheet:
        """Return the table."""
        return Sheet(
            title=self.title,
            head=("group", *self.shares.head),
            rows=self.shares.rows(),
            notes=(self.rule,),
            cautions=self.cautions,
        )

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready values."""
        return {
            **self.shares.to_dict(),
            "rule": self.rule,
            "incomplete": self.incomplete,
            "level": self.level,
            "cautions": [c.to_dict() for c in self.cautions],
        }

    def __str__(self) -> str:
        return str(self.sheet())

    def _repr_html_(self) -> str:
        return self.sheet().html()


def good_experience(
    data: Any,
    *,
    items: Sequence[str],
    scale: Scale | None = None,
    at_least: float | None = None,
    good: Collection[float] = (),
    need: Need = "all",
    by: str | Sequence[str] | None = None,
    weight: str | None = None,
    unit: str | None = None,
    strata: str | None = None,
    where: Any = None,
    missing: Sequence[Any] = (),
    off_scale: OffScale = "error",
    level: float = 0.95,
) -> GoodExperience:
    """Count the customers who report a good experience, by a rule you give.

    A respondent counts if all items (or any, or more than half of them) are good. There is no
    standard rule, and the share depends on it more than on the customers: name it whenever you
    show the number. Only respondents with an answer to every item count, because a missing answer
    can only turn a yes into a no under "all", and the reverse under "any". No figure of others,
    such as the 6 % that are quoted for French consumers, is built in: nobody has shown how they
    were asked.

    Args:
        data: columns by name or a data frame, one row a respondent.
        items: the columns of ratings.
        scale: of the ratings.
        at_least: the lowest rating that is good, on a scale where high is good.
        good: the ratings that are good, in place of a threshold.
        need: `"all"` items have to be good, `"any"` of them, or `"most"`, more than half.
        by: the column or columns that make groups.
        weight: the column of survey weights.
        unit: the column that says who answered.
        strata: the column of sampling strata.
        where: rows to keep.
        missing: values that stand for "no answer".
        off_scale: `"error"`, or `"set_aside"` to count ratings that are no point of the scale.
        level: the confidence level.

    Returns:
        The share with Wilson's interval, on the effective number of answers; by group, and each
        group against all others together (Newcombe, N-1 chi-square; or with the covariance of
        shared respondents), adjusted by Holm.

    Raises:
        ColumnError: a column is not there, or holds no numbers.
        DataError: nobody answered every item.
        ScaleError: a rating is no point of the scale.
        UsageError: the rule is not said, or said twice.

    References:
        Wilson 1927; Newcombe 1998, Statistics in Medicine 17:873-890.

    Example:
        >>> made = {"easy": [5, 4, 2, 5], "warm": [4, 5, 5, None]}
        >>> found = good_experience(made, items=["easy", "warm"], at_least=4)
        >>> round(found.overall.value, 1), found.incomplete
        (66.7, 1)
    """
    check_level(level)
    if (at_least is None) == (not good):
        raise UsageError("say what is good: at_least=4, or good={4, 5}; one of the two.")
    if need not in get_args(Need):
        raise UsageError(f"no need={need!r}; {did_you_mean(need, get_args(Need))}")
    if at_least is not None and scale is not None and scale.reverse:
        raise UsageError(f"on {scale} a low rating is good: say good={{…}}, not at_least.")
    read = answers(
        data,
        items,
        scale=scale,
        by=by,
        weight=weight,
        unit=unit,
        strata=strata,
        where=where,
        missing=missing,
        off_scale=off_scale,
    )
    ratings = read.matrix(items)
    whole = ~np.isnan(ratings).any(axis=1)
    if not whole.any():
        most = items[int(np.isnan(ratings).sum(axis=0).argmax())]
        raise DataError(f"nobody answered every item; {most!r} is missing most often.")
    fine = np.isin(ratings, list(good)) if at_least is None else ratings >= at_least
    hits = fine.sum(axis=1)
    least = {"all": len(items), "any": 1, "most": len(items) // 2 + 1}[need]
    found = shares(np.where(whole, hits >= least, np.nan), read, level=level)
    boxes = f"at least {at_least:g}" if at_least is not None else _listed(good)
    counts = f"{need} of " if len(items) > 1 else ""
    kept = int(whole.sum())
    return GoodExperience(
        shares=found,
        rule=f"Good: {counts}{', '.join(items)} {boxes}.",
        incomplete=read.rows - kept,
        level=level,
        cautions=(*read.cautions, *lost(kept, read.rows, "rows"), *found.cautions),
    )


def _listed(good: Collection[float]) -> str:
    return f"in {{{', '.join(f'{point:g}' for point in sorted(good))}}}"


_EXAMPLE: Final = """from cxmetrics.concepts.catalogue.good_experience import good_experience

answers = {
    "easy": [5, 4, 2, 5, 4, 3, 5, 4],
    "warm": [4, 5, 5, 4, 4, 2, 3, None],
}
print(good_experience(answers, items=["easy", "warm"], at_least=4))"""

CONCEPTS: Final = (
    Concept(
        name="good_experience",
        title="Share with a good experience",
        french="part de clients déclarant une bonne expérience",
        topic="emotion",
        call="cxmetrics.concepts.catalogue.good_experience:good_experience",
        unit="percent of respondents",
        direction="higher",
        scale="any ratings, with a rule of what is good",
        formula="Respondents whose items are good (all, any or most) over respondents who answered "
        "every item",
        interval="Wilson, on the effective number of answers with weights, units or strata",
        reference="Wilson 1927; Newcombe 1998",
        limits=(
            "There is no standard rule: two shares compare only under the same rule and wording.",
            "More items under 'all' make a lower share without anything being worse.",
            "Figures of others that are quoted without their question are no benchmark.",
        ),
        example=Worked(
            code=_EXAMPLE,
            shows="""Good experience: 57.1 %  (95 % interval 25.0 to 84.2 %; n = 7, 1 incomplete)
  group   share        interval  n
  all    57.1 %  25.0 to 84.2 %  7
  Good: all of easy, warm at least 4.
  ! INCOMPLETE_ROWS: 1 of 8 rows miss a value and are left out: the result is about the others.
  ! SMALL_SAMPLE: all: 7 answers, under 30: read the interval, not the score.""",
            source="constructed: 4 of 7",
        ),
    ),
)
