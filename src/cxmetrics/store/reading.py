"""Reading records back: by columns where a frame can hold them exactly, else by rows."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, TypeVar

from cxmetrics.batch import Batch
from cxmetrics.records import Record
from cxmetrics.store.rows import Row, codec_of
from cxmetrics.store.tables import columns_of

R = TypeVar("R", bound=Record)

_FEW = 2_000  # rows: a frame of fewer takes longer to make
_WHOLE = 2**63  # what a column of whole numbers holds


def batch_of(record: type[R], rows: Sequence[Row]) -> Batch[R]:
    """Return the records of whole rows."""
    codec = codec_of(record)
    columns = dict(zip(codec.columns, zip(*rows, strict=True), strict=True)) if rows else {}
    few = len(rows) < _FEW or any(columns.get("scale_labels", ()))
    dims = None if few else _dims_columns(columns["dims"])
    if dims is None:
        return Batch.of(record, map(codec.record_of, rows))
    import pyarrow as pa

    kinds = {
        "text": pa.string(),
        "number": pa.float64(),
        "boolean": pa.bool_(),
        "datetime": pa.timestamp("us", "UTC"),
    }
    arrays = {
        name: pa.array(columns[name], kinds[kind])
        for name, kind in columns_of(record).items()
        if name not in {"dims", "scale_labels"}
    }
    arrays |= {name: pa.array(values) for name, values in dims.items()}
    return Batch.read(record, pa.table(arrays), dims=list(dims))


def _dims_columns(spelled: Sequence[str]) -> dict[str, list[Any]] | None:
    """Return the dims as columns; None where columns would not hold them exactly.

    A column has a value in every row, all of one kind: a dim that some rows do not have, or that is
    a text here and a number there, needs rows.
    """
    known: dict[str, Any] = {}
    found = [
        known[text] if text in known else known.setdefault(text, json.loads(text))
        for text in spelled
    ]
    kinds: dict[str, set[type]] = {}
    names = found[0].keys() if found else ()
    for each in known.values():
        if each.keys() != names:
            return None
        for name, value in each.items():
            if type(value) is int and not -_WHOLE <= value < _WHOLE:
                return None
            kinds.setdefault(name, set()).add(type(value))
    if any(len(kind - {type(None)}) != 1 for kind in kinds.values()):
        return None
    return {name: [each[name] for each in found] for name in names}
