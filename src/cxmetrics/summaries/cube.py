"""The cube: one tally a group, in arrays, with the moves an analyst makes on a table."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any, Self, TypeAlias

import numpy as np
from attrs import field, frozen

from cxmetrics.errors import ColumnError, MergeError, UsageError, did_you_mean
from cxmetrics.scale import Scale
from cxmetrics.summaries.cells import Cells
from cxmetrics.summaries.design import label_order
from cxmetrics.summaries.suppression import hidden
from cxmetrics.summaries.tally import Tally

Label: TypeAlias = str | int | float | bool | None
"""What names a group along one dimension; None is the group of rows without a label."""
Key: TypeAlias = Label | tuple[Label, ...]
"""What names a group: the label itself with one dimension, else a tuple of labels."""


@frozen(eq=False, slots=False)
class Cube(Mapping[Key, Tally]):
    """Tallies of groups over the dimensions they were split by.

    A mapping from group to `Tally`: with one dimension the key is the label (`cube["web"]`), with
    several a tuple (`cube["web", 2026]`). Groups that share units (customers, respondents of a
    wide questionnaire) keep their covariance.

    Attributes:
        scale: the points.
        dims: the names of the dimensions.
        groups: one tuple of labels a group, sorted.
        hidden: the places of the groups that `suppress` emptied.

    Example:
        >>> from cxmetrics.engines import tally
        >>> from cxmetrics.scale import zero_to_ten
        >>> cube = tally([10, 9, 3, None], zero_to_ten, by=["web", "web", "shop", "shop"])
        >>> cube["web"].n, cube["shop"].missing, cube.overall.n
        (2, 1, 3)
    """

    scale: Scale
    dims: tuple[str, ...]
    groups: tuple[tuple[Label, ...], ...]
    cells: Cells = field(repr=False)
    hidden: frozenset[int] = field(default=frozenset(), repr=False)

    @cached_property
    def _places(self) -> dict[tuple[Label, ...], int]:
        return {group: place for place, group in enumerate(self.groups)}

    def key(self, group: tuple[Label, ...]) -> Key:
        """Return the key under which a group is found."""
        return group[0] if len(self.dims) == 1 else group

    def __getitem__(self, key: Key) -> Tally:
        group = key if isinstance(key, tuple) else (key,)
        place = self._places[group]
        return Tally(self.scale, self.cells, place, place in self.hidden)

    def __iter__(self) -> Iterator[Key]:
        return (self.key(group) for group in self.groups)

    def __len__(self) -> int:
        return len(self.groups)

    @cached_property
    def overall(self) -> Tally:
        """All groups together."""
        everything = self._regrouped((), [()] * len(self.groups), [()])
        return everything[()]

    @property
    def n(self) -> int:
        """Valid answers in all groups."""
        return int(self.cells.counts.sum())

    def _axis(self, dim: str) -> int:
        if dim not in self.dims:
            raise ColumnError(
                f"{dim!r} is no dimension of this cube; {did_you_mean(dim, self.dims)}"
            )
        return self.dims.index(dim)

    def _regrouped(
        self,
        dims: tuple[str, ...],
        targets: Sequence[tuple[Label, ...]],
        groups: Sequence[tuple[Label, ...]] | None = None,
        sources: Sequence[int] | None = None,
    ) -> Cube:
        """Add group `sources[i]` into the group labelled `targets[i]`."""
        if self.hidden:
            raise MergeError("suppressed groups have no counts to add: regroup, then suppress.")
        if groups is None:
            groups = sorted(set(targets), key=lambda group: [label_order(x) for x in group])
        places = {group: place for place, group in enumerate(groups)}
        cells = self.cells.mapped(
            range(len(self.groups)) if sources is None else sources,
            [places[target] for target in targets],
            len(groups),
        )
        return Cube(self.scale, dims, tuple(groups), cells)

    def roll_up(self, *dims: str) -> Cube:
        """Return the cube over these dimensions only; the others are added up.

        Raises:
            ColumnError: a name is no dimension of the cube.
        """
        axes = [self._axis(dim) for dim in dims]
        return self._regrouped(dims, [tuple(group[a] for a in axes) for group in self.groups])

    def slice(self, **labels: Label | Sequence[Label]) -> Cube:
        """Return the groups with these labels; every dimension stays.

        Args:
            **labels: for a dimension, the label to keep or a list of them.

        Raises:
            ColumnError: a name is no dimension, or nothing is left.
        """
        wanted: dict[int, tuple[Label, ...]] = {}
        for dim, value in labels.items():
            one = isinstance(value, str) or not isinstance(value, Sequence)
            wanted[self._axis(dim)] = (value,) if one else tuple(value)  # type: ignore[arg-type, assignment]  # narrowed by `one`
        kept = [
            place
            for place, group in enumerate(self.groups)
            if all(group[axis] in values for axis, values in wanted.items())
        ]
        if not kept:
            known = {axis: sorted({str(g[axis]) for g in self.groups}) for axis in wanted}
            listing = "; ".join(f"{self.dims[a]}: {', '.join(v[:20])}" for a, v in known.items())
            raise ColumnError(f"no group has {labels!r}. Known labels: {listing}.")
        groups = [self.groups[place] for place in kept]
        return self._regrouped(self.dims, groups, groups, kept)

    def rolling(self, dim: str, window: int) -> Cube:
        """Return, for each label of an ordered dimension, the sum of the last `window` labels.

        Labels are taken in their sorted order; the first `window - 1` have no full window and are
        left out. Neighbouring windows share answers: never test one against the next.

        Raises:
            UsageError: the window is under 1 or longer than the dimension.
        """
        axis = self._axis(dim)
        labels = sorted({group[axis] for group in self.groups}, key=label_order)
        if not 1 <= window <= len(labels):
            raise UsageError(f"a window of {window} over {len(labels)} labels of {dim!r}.")
        place = {label: i for i, label in enumerate(labels)}
        sources, targets = [], []
        for source, group in enumerate(self.groups):
            first = place[group[axis]]
            for last in range(max(first, window - 1), min(first + window, len(labels))):
                sources.append(source)
                targets.append((*group[:axis], labels[last], *group[axis + 1 :]))
        return self._regrouped(self.dims, targets, None, sources)

    def suppress(self, floor: int) -> Cube:
        """Empty every group with fewer than `floor` answers, so that nobody can be singled out.

        At least two are: the total minus the groups that are shown tells of the hidden ones
        together (see `cxmetrics.summaries.suppression`).

        Args:
            floor: the smallest group that may be shown; 5 to 10 is usual for employees.
        """
        n = self.cells.counts.sum(axis=1)
        small = hidden(n[:, None], floor)
        if not small.any():
            return self
        keep = np.flatnonzero(~small)
        return Cube(
            self.scale,
            self.dims,
            self.groups,
            self.cells.mapped(keep.tolist(), keep.tolist(), len(n)),
            frozenset(np.flatnonzero(small).tolist()),
        )

    def _merged(self, other: Cube, sign: int) -> Cube:
        if self.dims != other.dims:
            raise MergeError(f"a cube by {self.dims} and one by {other.dims} can't be added.")
        if not self.scale.same_points(other.scale):
            raise MergeError(f"a cube on {self.scale} and one on {other.scale} can't be added.")
        groups = self.groups + other.groups
        both = Cube(self.scale, self.dims, groups, self.cells.joined(other.cells, sign))
        return both._regrouped(self.dims, groups)

    def __add__(self, other: object) -> Cube:
        return self._merged(other, 1) if isinstance(other, Cube) else NotImplemented

    def __sub__(self, other: object) -> Cube:
        return self._merged(other, -1) if isinstance(other, Cube) else NotImplemented

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Cube) and self.to_dict() == other.to_dict()

    __hash__ = None  # type: ignore[assignment]  # holds arrays: equal by value, not hashable

    def to_native(self, backend: str = "polars") -> Any:
        """Return one row a group and point, in the data frame library of your choice.

        Args:
            backend: `"pandas"`, `"polars"` or `"pyarrow"`; it has to be installed.

        Returns:
            Columns: the dimensions, `rating`, `count`, `weight`.
        """
        points = self.scale.size
        return to_frame(
            {
                **{
                    dim: [group[a] for group in self.groups for _ in range(points)]
                    for a, dim in enumerate(self.dims)
                },
                "rating": list(self.scale.points) * len(self.groups),
                "count": self.cells.counts.ravel().tolist(),
                "weight": self.cells.weights.ravel().tolist(),
            },
            backend,
        )

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready values."""
        return {
            "scale": self.scale.to_dict(),
            "dims": list(self.dims),
            "groups": [list(group) for group in self.groups],
            "hidden": sorted(self.hidden),
            **self.cells.to_dict(),
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Build the cube that `to_dict` wrote."""
        return cls(
            Scale.from_dict(data["scale"]),
            tuple(data["dims"]),
            tuple(tuple(group) for group in data["groups"]),
            Cells.from_dict(data),
            frozenset(data["hidden"]),
        )


def to_frame(columns: Mapping[str, Iterable[Any]], backend: str) -> Any:
    """Return columns as a native data frame.

    Raises:
        UsageError: the backend is unknown or not installed.
    """
    import narwhals as nw  # not needed to compute, only to hand over

    try:
        frame = nw.from_dict({name: list(c) for name, c in columns.items()}, backend=backend)  # type: ignore[arg-type]  # checked at run time: the name comes from the caller
    except (ValueError, ImportError) as error:
        raise UsageError(
            f"no data frame of backend {backend!r}: use 'pandas', 'polars' or 'pyarrow', "
            f"and install it. ({error})"
        ) from error
    return frame.to_native()
