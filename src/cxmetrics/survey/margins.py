"""Margins: what is known of the population, checked against the respondents."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import isfinite
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import numpy as np
from attrs import frozen

from cxmetrics.engines.encode import plain
from cxmetrics.errors import ColumnError, DataError, UsageError, did_you_mean
from cxmetrics.metrics.text import label_text
from cxmetrics.summaries import Key, Label
from cxmetrics.summaries.design import label_order

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

Targets: TypeAlias = Mapping[Any, Mapping[Any, float]]
"""By column (or tuple of columns), by label (or tuple of labels): shares, percentages or counts."""

Unknown = Literal["error", "keep"]

_CLOSE = 1e-6


@frozen(eq=False, kw_only=True)
class Margin:
    """One margin: the categories of a column, or of several columns together.

    Attributes:
        dims: the columns.
        keys: the categories.
        share: shape (categories,): of the population; they add up to 1.
        code: shape (cells,): the category of each cell of respondents.
    """

    dims: tuple[str, ...]
    keys: tuple[Key, ...]
    share: Floats
    code: Ints

    @property
    def name(self) -> str:
        """The columns as people read them."""
        return " × ".join(self.dims)


def columns_of(targets: Targets) -> tuple[str, ...]:
    """Return every column that the targets name, each once.

    Raises:
        UsageError: there are no targets, or one of them is no mapping.
    """
    given: Any = targets  # what the types forbid can still be handed over
    if not isinstance(given, Mapping) or not given:
        raise UsageError(
            "which margins? Say targets={'age': {'18-34': 0.3, '35+': 0.7}, …}: for each column "
            "the share of every category in the population."
        )
    for name, wanted in given.items():
        if not isinstance(wanted, Mapping) or not wanted:
            raise UsageError(
                f"the target of {name!r} is no mapping from category to share: write "
                f"{{{name!r}: {{'category': 0.5, …}}}}."
            )
    return tuple(dict.fromkeys(dim for name in targets for dim in _dims(name)))


def read_margins(
    targets: Targets,
    *,
    dims: Sequence[str],
    groups: Sequence[tuple[Label, ...]],
    n: Ints,
    base: Floats,
    unknown: Unknown = "error",
) -> tuple[list[Margin], float | None]:
    """Check targets against the cells of respondents.

    Args:
        targets: what is known of the population.
        dims: the columns that the cells are made of.
        groups: the labels of each cell.
        n: shape (cells,): respondents.
        base: shape (cells,): their weights so far.
        unknown: what to do with respondents whose label is missing, where no target names it:
            `"error"`, or `"keep"` the share they have.

    Returns:
        The margins, and the size of the population; None where only shares are known.

    Raises:
        ColumnError: a column is unknown.
        DataError: a category has no respondent, or respondents have a category without target.
        UsageError: a target is negative or no number, or the targets of a margin do not add up.
    """
    if unknown not in {"error", "keep"}:
        raise UsageError(f"unknown is 'error' or 'keep', not {unknown!r}.")
    found, sizes = [], {}
    for name, wanted in targets.items():
        axes = []
        for dim in _dims(name):
            if dim not in dims:
                raise ColumnError(f"there is no column {dim!r}; {did_you_mean(dim, dims)}")
            axes.append(list(dims).index(dim))
        keys = [_key(group, axes) for group in groups]
        shares, size = _shares(_title(name), wanted, respondents=int(n.sum()))
        if unknown == "keep" and None not in shares and None in keys:
            own = sum(b for key, b in zip(keys, base.tolist(), strict=True) if key is None)
            kept = own / float(base.sum())
            shares = {key: share * (1 - kept) for key, share in shares.items()} | {None: kept}
        if size is not None:
            sizes[_title(name)] = size
        found.append(_margin(_dims(name), shares, keys, n, base))
    if sizes and max(sizes.values()) > min(sizes.values()) * (1 + _CLOSE):
        said = ", ".join(f"{name} to {size:,g}" for name, size in sizes.items())
        raise UsageError(
            f"the margins do not describe one population: {said}. Correct the counts, or give "
            "shares that add up to 1."
        )
    return found, next(iter(sizes.values()), None)


def _dims(name: Any) -> tuple[str, ...]:
    return tuple(name) if isinstance(name, tuple) else (name,)


def _title(name: Any) -> str:
    return " × ".join(map(str, _dims(name)))


def _key(group: tuple[Label, ...], axes: list[int]) -> Key:
    return group[axes[0]] if len(axes) == 1 else tuple(group[a] for a in axes)


def key_text(key: Key) -> str:
    """Write a category for people."""
    labels = key if isinstance(key, tuple) else (key,)
    return " · ".join(map(label_text, labels))


def _shares(
    name: str, wanted: Mapping[Any, float], *, respondents: int
) -> tuple[dict[Key, float], float | None]:
    """Return targets as shares, and the size of the population where they are counts."""
    numbers: dict[Key, float] = {}
    given: Mapping[Any, Any] = wanted
    for label, value in given.items():
        key: Key = tuple(map(plain, label)) if isinstance(label, tuple) else plain(label)
        number = isinstance(value, int | float | np.number) and not isinstance(value, bool)
        if not number or not isfinite(value) or value < 0:
            raise UsageError(
                f"the target of {key_text(key)!r} in {name!r} is {value!r}: a share or a count is "
                "a number of at least 0."
            )
        if key in numbers:
            raise UsageError(f"{key_text(key)!r} has two targets in {name!r}.")
        numbers[key] = float(value)
    total = sum(numbers.values())
    whole = abs(total - 1) <= _CLOSE or abs(total - 100) <= 100 * _CLOSE
    if not whole and (total < respondents or 0.9 < total < 1.1 or 90 < total < 110):
        raise UsageError(
            f"the targets of {name!r} add up to {total:g}: shares add up to 1, percentages to 100, "
            f"counts to a population of at least the {respondents:,} respondents. Correct them, or "
            "divide each by their sum."
        )
    return {key: value / total for key, value in numbers.items()}, None if whole else total


def _margin(
    dims: tuple[str, ...], shares: Mapping[Key, float], keys: list[Key], n: Ints, base: Floats
) -> Margin:
    name = " × ".join(dims)
    have: dict[Key, list[float]] = {}
    for key, count, weight in zip(keys, n.tolist(), base.tolist(), strict=True):
        own = have.setdefault(key, [0, 0.0])
        own[0] += count
        own[1] += weight
    for key, (count, _) in have.items():
        if key in shares or not count:
            continue
        if key is None:
            raise DataError(
                f"{count:,} respondents have no {name!r}: give a target for None, leave them out, "
                "or let them keep their share with unknown='keep'."
            )
        raise DataError(
            f"{count:,} respondents are {key_text(key)!r} in {name!r}, which has no target; "
            f"{did_you_mean(key_text(key), map(key_text, shares))}"
        )
    for key, share in shares.items():
        count, weight = have.get(key, (0, 0.0))
        if share > 0 and not weight:
            labels = map(key_text, have)
            nobody = "no respondent" if not count else "no respondent with a weight above 0"
            raise DataError(
                f"{nobody} is {key_text(key)!r} in {name!r}, though {share:.1%} of the population "
                "are: no weight can make up for that. Merge the category with a neighbour, in the "
                f"data and in the targets; {did_you_mean(key_text(key), labels)}"
            )
        if share == 0 and count:
            raise DataError(
                f"the target of {key_text(key)!r} in {name!r} is 0, but {count:,} respondents are: "
                "leave them out on purpose, before weighting."
            )
    order = sorted(
        (key for key in shares if key in have),
        key=lambda key: [label_order(x) for x in (key if isinstance(key, tuple) else (key,))],
    )
    place = {key: code for code, key in enumerate(order)}
    return Margin(
        dims=dims,
        keys=tuple(order),
        share=np.array([shares[key] for key in order]),
        # A cell of a cube without a valid answer weighs nothing, whatever it is called.
        code=np.array([place.get(key, 0) for key in keys], dtype=np.int64),
    )
