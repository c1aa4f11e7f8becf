"""What to count: the question every engine answers with a cube."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from attrs import field, frozen

from cxmetrics.errors import ColumnError, UsageError
from cxmetrics.scale import Scale

OffScale = Literal["error", "set_aside"]


def _outside_scale(query: Query, _: object, codes: tuple[Any, ...]) -> None:
    inside = [code for code in codes if code in query.scale.points]
    if inside:
        raise UsageError(
            f"missing code {inside[0]!r} is a point of the scale {query.scale}: an answer can't be "
            "both. Give the scale without it, for instance scale=Scale(1, 10)."
        )


@frozen(kw_only=True)
class Query:
    """A question to an engine; names are column names.

    Attributes:
        scale: the points of every rating column.
        rating: the rating columns; more than one means wide data, and adds the dimension `item`.
        by: the columns that split the answers into groups.
        weight: the column of weights, or None: no weight column is ever made up.
        unit: the column that names who answered, where one customer may answer more than once.
        strata: the column of sampling strata.
        where: rows to keep: `{column: label or list of labels}`, or a narwhals expression.
        missing: values that stand for "no answer".
        off_scale: what to do with a rating that is no point of the scale.
    """

    scale: Scale
    rating: tuple[str, ...]
    by: tuple[str, ...] = ()
    weight: str | None = None
    unit: str | None = None
    strata: str | None = None
    where: Mapping[str, Any] | Any = None
    missing: tuple[Any, ...] = field(default=(), validator=_outside_scale)
    off_scale: OffScale = "error"

    def __attrs_post_init__(self) -> None:
        if not self.rating:
            raise UsageError("no rating column is named: say rating='…'.")
        if self.off_scale not in {"error", "set_aside"}:
            raise UsageError(f"off_scale is 'error' or 'set_aside', not {self.off_scale!r}.")
        for what, names in (("rating", self.rating), ("by", self.by)):
            if len(set(names)) < len(names):
                raise UsageError(f"{what}={list(names)!r} names a column twice.")
        if self.weight in (*self.rating, *self.by):
            raise ColumnError(f"{self.weight!r} is the weight and a rating or a group at once.")
        if len(self.rating) > 1 and "item" in self.by:
            raise UsageError(
                "several rating columns make the dimension 'item', and by names a column 'item' "
                "too: rename that column."
            )

    @property
    def dims(self) -> tuple[str, ...]:
        """The dimensions of the cube that answers the query."""
        return (*(("item",) if len(self.rating) > 1 else ()), *self.by)

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column the query reads, `where` apart."""
        extra = (name for name in (self.weight, self.unit, self.strata) if name is not None)
        return tuple(dict.fromkeys((*self.rating, *self.by, *extra)))
