"""Data with something to say of themselves that no count can show."""

from __future__ import annotations

from typing import Any

from attrs import frozen

from cxmetrics.engines import collect
from cxmetrics.engines.query import Query
from cxmetrics.errors import Caution
from cxmetrics.summaries import Cube


@frozen(kw_only=True, eq=False)
class Declared:
    """Data, and the cautions that go with every result made of them.

    Attributes:
        data: anything that can be measured.
        cautions: what a reader of every result has to know.
    """

    data: Any
    cautions: tuple[Caution, ...]

    def __cx_tally__(self, query: Query) -> Cube:
        """Count what is inside."""
        return collect(self.data, query)

    def __cx_cautions__(self, where: Any = None) -> tuple[Caution, ...]:
        """Return what was declared, after what the data say themselves."""
        says = getattr(self.data, "__cx_cautions__", None)
        return (*(() if says is None else says(where)), *self.cautions)
