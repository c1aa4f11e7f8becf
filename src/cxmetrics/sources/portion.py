"""What one page became: the unit that a store writes in one transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import attrs
from attrs import Factory, frozen

from cxmetrics.records import FrozenMap, Record
from cxmetrics.sources.state import State


@frozen(kw_only=True)
class Entry:
    """The records of one object of the vendor; they replace those of its earlier versions.

    Attributes:
        object: the vendor's id of the object.
        records: valid records of the stream's class.
        updated_at: the vendor's stamp of the last change; None where it gives none.
    """

    object: str
    records: Sequence[Record]
    updated_at: datetime | None = None


@frozen(kw_only=True)
class Refusal:
    """An object, or one record of it, that was refused: kept raw, with the reason.

    Attributes:
        object: the vendor's id of the object; "" where even that is missing.
        record: the id of the record that was refused; "" for the whole object.
        raw: the object as the vendor sent it, JSON values (after the steps that take personal data
            out).
        context: what reading it needed beside it.
        reasons: why, one sentence a broken rule; no value of the object is in them.
    """

    object: str
    raw: Any
    reasons: Sequence[str]
    record: str = ""
    context: Mapping[str, Any] = FrozenMap()


@frozen(kw_only=True)
class Portion:
    """What one page became: written in one transaction, together with the state.

    Attributes:
        state: the state to store with it; `state.resume` is the page's cursor. The last portion of
            a walk that ended well carries the new watermark and no cursor.
        entries: what is valid.
        refused: what is not.
        skipped: how many objects hold no record, by reason.
        gone: ids of objects the vendor has deleted.
        objects: how many objects the page had.
        last: True on the last portion of a walk that ended by the vendor's own rule.
    """

    state: State
    entries: Sequence[Entry] = ()
    refused: Sequence[Refusal] = ()
    skipped: Mapping[str, int] = Factory(dict)
    gone: Sequence[str] = ()
    objects: int = 0
    last: bool = False


@frozen(kw_only=True)
class Changes:
    """What writing a portion changed, counted in records (refused: in objects).

    Attributes:
        new: not there before.
        changed: there with other values.
        unchanged: there already, the same.
        stale: an older version than the one stored, left alone.
        refused: kept raw.
        gone: marked as gone: objects the vendor deleted, and records that a newer version of their
            object does not hold any more.
        erased: of a customer who was forgotten: not stored.
    """

    new: int = 0
    changed: int = 0
    unchanged: int = 0
    stale: int = 0
    refused: int = 0
    gone: int = 0
    erased: int = 0

    def __add__(self, other: Changes) -> Changes:
        """Return both together."""
        both = zip(attrs.astuple(self), attrs.astuple(other), strict=True)
        return Changes(**dict(zip(attrs.fields_dict(Changes), map(sum, both), strict=True)))
