"""Rules of the records: one rule judges a value of a row, or a whole column of a frame.

A `Rule` is an attrs validator that also has a column form, so that a class states once what is
true of its fields, and rows and frames are held to the same. A missing value is `None` in a row
and null in a frame. pandas writes a missing number as NaN: there NaN is missing, everywhere else
it is not a finite number.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from itertools import repeat
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np
from attrs import frozen

from cxmetrics.errors import RecordError, ScaleError
from cxmetrics.scale import Scale

# narwhals is imported inside the functions that a frame has been handed to: rows don't need it.
if TYPE_CHECKING:
    import narwhals as nw

    Frame = nw.DataFrame[Any]

# What Python's str.strip() takes for blank, spelled out: polars, Arrow and Python disagree.
_BLANKS = "".join(chr(code) for code in range(0x3001) if chr(code).isspace())
_LANGUAGE = "[A-Za-z]{2,3}(?:-[A-Za-z0-9]{1,8})*"
_MOST_SCALES = 50
_REAL = (float, np.floating)
_WHOLE = (int, np.integer)
_PLAIN = (str, bool, np.bool_)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
FIELDS = "__attrs_attrs__"  # where attrs keeps the fields of a class
KEPT = "validator"  # where a field that is checked together with the others keeps its own rules


def _none(*_: object) -> nw.Expr:
    """No value of the right kind offends."""
    import narwhals as nw

    return nw.lit(value=False)


@frozen(kw_only=True)
class Rule:
    """What must be true of a field, for a row (call it) and for a column (`column`).

    A rule of two fields (`beside`) judges only where both values are of the right kind: the
    rules of the single fields tell the rest, so no fault is told twice.

    Attributes:
        code: the rule's stable name, for programs.
        message: how a sentence about the field goes on: "must be a finite number".
        holds: the row form: says whether a value keeps the rule; the value beside comes second.
        kinds: the kinds of column (see `kind`) that can hold such values; none: rows only.
        offends: the column form, on these kinds: frame, column and column beside, to the
            expression that is True on offenders, or None to judge row by row.
        beside: the other field the rule looks at, or "".
        beside_kind: the kind of column of that field, or "".
        optional: True where a missing value is fine.

    Example:
        >>> not_blank.breaks("  "), not_blank.breaks("Ana"), not_blank.breaks(None)
        (True, False, True)
    """

    code: str
    message: str
    holds: Callable[[Any, Any], bool]
    kinds: Sequence[str] = ()
    offends: Callable[[Frame, str, str], nw.Expr | None] = _none
    beside: str = ""
    beside_kind: str = ""
    optional: bool = False

    @property
    def rules(self) -> tuple[Rule, ...]:
        """The rule itself: one rule reads like several."""
        return (self,)

    def breaks(self, value: object, beside: object = None) -> bool:
        """Say whether a value of a row breaks the rule, given the value beside it."""
        return not self.optional if value is None else not self.holds(value, beside)

    def __call__(self, instance: object, attribute: attrs.Attribute[Any], value: object) -> None:
        """Raise `RecordError` where the value breaks the rule."""
        beside = getattr(instance, self.beside) if self.beside else None
        if self.breaks(value, beside):
            broken = f"{type(instance).__name__}.{attribute.name} {self.message}"
            raise RecordError(f"{broken}, not {shown(value)}.", broken)

    def column(self, frame: Frame, name: str) -> nw.Expr:
        """Return the expression that is True on the rows of a frame that break the rule.

        Args:
            frame: an eager frame; what its columns hold decides how they are judged.
            name: the column. The field beside is a column of its own name, or absent.
        """
        import narwhals as nw

        found = kind(frame[name])
        near = kind(frame[self.beside]) if self.beside in frame.columns else ""
        wrong: nw.Expr | None = nw.lit(not self.beside)  # the wrong kind of column
        if "mixed" in {found, near}:
            wrong = None
        elif found in self.kinds and near == self.beside_kind:
            wrong = self.offends(frame, name, self.beside)
        if wrong is None:
            others = cells(frame[self.beside]) if near else repeat(None)
            pairs = zip(cells(frame[name]), others, strict=False)
            flags = np.fromiter((self.breaks(*pair) for pair in pairs), dtype=bool)
            given: Any = lambda _: flags  # noqa: E731  # narwhals takes arrays, its types do not
            return nw.col(name).map_batches(given, return_dtype=nw.Boolean())
        missing = nw.col(name).is_null()
        judged = (~missing & wrong) if self.optional else (missing | wrong)
        return judged.fill_null(value=False)  # null: nothing beside to judge by


@frozen
class Rules:
    """The rules of one optional field, in the order they are checked."""

    rules: tuple[Rule, ...]

    def __call__(self, instance: object, attribute: attrs.Attribute[Any], value: object) -> None:
        """Raise `RecordError` at the first rule the value breaks."""
        if value is not None:
            for rule in self.rules:
                rule(instance, attribute, value)


def optional(*rules: Rule) -> Rules:
    """Let a value be missing; one that is there keeps every rule."""
    return Rules(tuple(attrs.evolve(rule, optional=True) for rule in rules))


def rules_of(attribute: attrs.Attribute[Any]) -> tuple[Rule, ...]:
    """Return the rules of a field."""
    return getattr(attribute.metadata.get(KEPT, attribute.validator), "rules", ())


def shown(value: object) -> str:
    """Return a short `repr`, fit for a message."""
    whole = repr(value)
    return whole if len(whole) <= 80 else f"{whole[:79]}…"


def kind(series: nw.Series[Any]) -> str:
    """Return what a column holds: text, number, boolean, datetime, mixed or other.

    A datetime without a time zone is "other". A "mixed" column (pandas objects, categories that
    are not texts) is judged cell by cell.
    """
    import narwhals as nw

    dtype = series.dtype
    # narwhals guesses what pandas objects are from the first hundred cells: look at them all.
    is_object = str(getattr(series.to_native(), "dtype", "")) == "object"
    if is_object or isinstance(dtype, nw.Object | nw.Categorical | nw.Enum):
        present = series.drop_nulls() if is_object else series.drop_nulls().unique()
        return "text" if all(isinstance(cell, str) for cell in present.to_list()) else "mixed"
    if isinstance(dtype, nw.Datetime):
        return "datetime" if dtype.time_zone else "other"
    if dtype.is_integer() or dtype.is_float():
        return "number"
    return {nw.String: "text", nw.Boolean: "boolean"}.get(type(dtype), "other")


def cells(series: nw.Series[Any]) -> list[Any]:
    """Return a column as Python values: None where missing, datetimes to the microsecond."""
    import narwhals as nw

    if isinstance(series.dtype, nw.Datetime) and series.dtype.time_unit == "ns":
        series = series.dt.truncate("1us").cast(nw.Datetime("us", series.dtype.time_zone))
    values = series.to_list()
    if not series.implementation.is_pandas_like():
        return values
    return [
        None
        if missing
        else cell.to_pydatetime(warn=False)
        if hasattr(cell, "to_pydatetime")
        else cell
        for cell, missing in zip(values, series.is_null().to_list(), strict=True)
    ]


@lru_cache(maxsize=1024)
def scale_of(spelled: str) -> Scale | None:
    """Return the scale a text spells, or None."""
    try:
        return Scale.parse(spelled)
    except ScaleError:
        return None


def _strings(frame: Frame, name: str) -> nw.Expr:
    """Return a text column as strings, also where it is stored as categories."""
    import narwhals as nw

    column = nw.col(name)
    return column if frame.schema[name] == nw.String else column.cast(nw.String)


def _floats(name: str) -> nw.Expr:
    import narwhals as nw

    return nw.col(name).cast(nw.Float64)


def _is_finite(value: object, _: object = None) -> bool:
    if value.__class__ is int:
        return True
    if isinstance(value, _REAL):
        return math.isfinite(value)
    return isinstance(value, _WHOLE) and not isinstance(value, bool)


def _is_aware(value: object, _: object = None) -> bool:
    return isinstance(value, datetime) and (value.tzinfo is UTC or value.utcoffset() is not None)


def _is_text(value: object, _: object = None) -> bool:
    return isinstance(value, str) and value.strip() != ""


@lru_cache(maxsize=1024)
def _is_language(text: str) -> bool:
    return re.fullmatch(_LANGUAGE, text) is not None


def _are_dims(value: object, fields: Sequence[attrs.Attribute[Any]]) -> bool:
    return (
        isinstance(value, Mapping)
        and all(map(_is_text, value))
        and _names(fields).isdisjoint(value)
        and not any(map(scalar.breaks, value.values()))
    )


_known_names: dict[int, tuple[object, frozenset[str]]] = {}


def _names(fields: Sequence[attrs.Attribute[Any]]) -> frozenset[str]:
    """Return the names of fields; they are looked up once a class, as fields are slow to hash."""
    known = _known_names.get(id(fields))
    if known is None or known[0] is not fields:
        known = (fields, frozenset(field.name for field in fields))
        _known_names[id(fields)] = known
    return known[1]


def _scales(frame: Frame, name: str) -> dict[str, Scale]:
    """Return the scales a column spells, by their text."""
    spelled = frame.select(_strings(frame, name))[name].drop_nulls().unique().to_list()
    return {text: scale for text in spelled if (scale := scale_of(text))}


text = Rule(
    code="text", message="must be text", holds=lambda v, _: isinstance(v, str), kinds=["text"]
)
"""Any text, blank or not."""

not_blank = Rule(
    code="not_blank",
    message="must be text that is not blank",
    holds=_is_text,
    kinds=["text"],
    offends=lambda frame, name, _: _strings(frame, name).str.strip_chars(_BLANKS) == "",
)
"""Text with something in it to read."""

language = Rule(
    code="language",
    message="must be a language tag such as 'en' or 'fr-CA'",
    holds=lambda value, _: isinstance(value, str) and _is_language(value),
    kinds=["text"],
    # Python's `$` lets a last newline pass, and only Python knows `\Z`.
    offends=lambda frame, name, _: (
        ~_strings(frame, name).str.contains(f"^{_LANGUAGE}$")
        | _strings(frame, name).str.contains("\n", literal=True)
    ),
)
"""A language tag of the form of BCP 47; whether the language exists is not looked up."""

boolean = Rule(
    code="boolean",
    message="must be True or False",
    holds=lambda value, _: isinstance(value, bool | np.bool_),
    kinds=["boolean"],
)
"""True or False, not 0 or 1."""

aware = Rule(
    code="aware",
    message="must be a datetime with a time zone (datetime.now(UTC), .replace(tzinfo=...))",
    holds=_is_aware,
    kinds=["datetime"],
)
"""A datetime that says its time zone."""


def between(low: float, high: float) -> Rule:
    """Return the rule of a finite number from `low` to `high`, both included."""
    return Rule(
        code="between",
        message=f"must be a number from {low} to {high}",
        holds=lambda value, _: _is_finite(value) and low <= value <= high,
        kinds=["number"],
        offends=lambda _, name, __: (
            ~_floats(name).is_finite() | (_floats(name) < low) | (_floats(name) > high)
        ),
    )


def at_least(low: float) -> Rule:
    """Return the rule of a finite number that is `low` or more."""
    return attrs.evolve(between(low, math.inf), code="at_least", message=f"must be {low} or more")


finite = attrs.evolve(
    between(-math.inf, math.inf), code="finite", message="must be a finite number", holds=_is_finite
)
"""A number that is neither NaN nor infinite; True is not a number."""

is_scale = Rule(
    code="is_scale",
    message="must be a Scale such as zero_to_ten, or its text such as '0:10'",
    holds=lambda value, _: (
        isinstance(value, Scale) or (isinstance(value, str) and scale_of(value) is not None)
    ),
    kinds=["text"],
    # With a scale of our own in it, as Arrow can't look into an empty list.
    offends=lambda frame, name, _: ~_strings(frame, name).is_in(["0:10", *_scales(frame, name)]),
)
"""A scale; in a column its text."""

scalar = Rule(
    code="scalar",
    message="must be text, a finite number, True, False or None",
    holds=lambda value, _: isinstance(value, _PLAIN) or _is_finite(value),
    kinds=["text", "boolean", "number"],
    offends=lambda frame, name, _: (
        ~_floats(name).is_finite() if kind(frame[name]) == "number" else _none()
    ),
    optional=True,
)
"""The value of one dim; each dim is a column."""

dims = Rule(
    code="dims",
    message=("must map names (not blank, no field's) to text, finite numbers, True, False or None"),
    holds=_are_dims,
    beside=FIELDS,
)
"""The dims of a row. In a frame, where each dim is a column, `scalar` judges each."""


def one_of(*choices: str) -> Rule:
    """Return the rule of a text that is one of the choices."""
    return Rule(
        code="one_of",
        message=f"must be one of {', '.join(map(repr, choices))}",
        holds=lambda value, _: isinstance(value, str) and value in choices,
        kinds=["text"],
        offends=lambda frame, name, _: ~_strings(frame, name).is_in(choices),
    )


def on_scale(scale: str) -> Rule:
    """Return the rule of a rating that is a point of the row's own scale.

    Args:
        scale: the field that holds the scale.
    """

    def holds(value: object, beside: object) -> bool:
        if isinstance(beside, Scale) and value.__class__ is int:  # almost always
            return value in beside.points
        own = scale_of(beside) if isinstance(beside, str) else beside
        return not (isinstance(own, Scale) and _is_finite(value)) or value in own.points

    def offends(frame: Frame, name: str, beside: str) -> nw.Expr | None:
        scales = _scales(frame, beside)
        if len(scales) > _MOST_SCALES:  # one comparison a scale costs more than going by rows
            return None
        wrong = _none()
        for spelled, own in scales.items():
            off = _floats(name).is_finite() & ~_floats(name).is_in([*map(float, own.points)])
            wrong |= (_strings(frame, beside) == spelled) & off
        return wrong

    return Rule(
        code="on_scale",
        message=f"must be a point of the row's {scale}",
        holds=holds,
        kinds=["number"],
        offends=offends,
        beside=scale,
        beside_kind="text",
    )


def not_before(start: str) -> Rule:
    """Return the rule of a datetime that is not before the one in the field `start`."""

    def offends(_frame: Frame, name: str, beside: str) -> nw.Expr:
        import narwhals as nw

        # As numbers: frames refuse to compare datetimes of other zones and units.
        return nw.col(name).dt.timestamp("us") < nw.col(beside).dt.timestamp("us")

    return Rule(
        code="not_before",
        message=f"must not be before {start}",
        # From the epoch, because datetimes of one zone compare by the clock on the wall.
        holds=lambda value, other: (
            not (_is_aware(value) and _is_aware(other)) or value - _EPOCH >= other - _EPOCH
        ),
        kinds=["datetime"],
        offends=offends,
        beside=start,
        beside_kind="datetime",
    )
