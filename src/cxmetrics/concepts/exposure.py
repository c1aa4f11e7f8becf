"""Who met which issue, how often, and who complained: from wide columns or from mentions."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from attrs import evolve, frozen

from cxmetrics.concepts.answers import Answers, answers
from cxmetrics.engines.encode import Labels, encode, plain
from cxmetrics.errors import Caution, ColumnError, DataError, UsageError
from cxmetrics.metrics.text import count, label_text
from cxmetrics.scale import Scale, yes_no

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.intp]


@frozen(kw_only=True, eq=False)
class Exposure:
    """Issues of cases: customers, or rows.

    Attributes:
        issues: their names.
        times: shape (cases, issues): how often, 0 for never, NaN where it is not known.
        often: whether `times` counts, so that recurrence is known; not only yes and no.
        complained: shape (cases, issues): 1 or 0 where the issue was met; None if it was not asked.
        score: shape (cases,), NaN where missing; None if there is none.
        read: weights, units and strata of the cases.
        spread: by issue, at how many places of how many it was seen; None if there are none.
        controls: shape (cases, dummies): the columns to control for.
        customers: whether cases are customers.
        cautions: what was set aside.
    """

    issues: tuple[str, ...]
    times: Floats
    often: bool
    complained: Floats | None
    score: Floats | None
    read: Answers
    spread: tuple[Ints, int] | None
    controls: Floats
    customers: bool
    cautions: tuple[Caution, ...]

    @property
    def met(self) -> Floats:
        """Shape (cases, issues): 1 where met, 0 where not, NaN where it is not known."""
        found: Floats = np.where(np.isnan(self.times), np.nan, self.times > 0)
        return found


def check_counts(values: Floats, name: str) -> None:
    """Refuse a column of yes/no or counts that holds anything but whole numbers from 0 on.

    Raises:
        ColumnError: it does.
    """
    bad = ~np.isnan(values) & ((values < 0) | (values != np.rint(values)))
    if bad.any():
        row = int(bad.argmax())
        raise ColumnError(
            f"{name!r} holds {values[row]:g} at index {row}: say 0 and 1, or how often it happened."
        )


def of_columns(
    data: Mapping[str, Any],
    items: Sequence[str],
    *,
    score: str | None,
    scale: Scale | None,
    complaint: str | None,
    spread: str | None,
    control: Sequence[str],
    options: dict[str, Any],
) -> Exposure:
    """Read one row a customer, one column an issue: yes/no, or how often."""
    read = _answers(data, items, score, scale, complaint, options)
    for name in items:
        check_counts(read.items[name], name)
    times = read.matrix(items)
    rows, codes = np.nonzero(times > 0)
    told = None
    if complaint is not None:
        told = np.where(times > 0, read.items[complaint][:, None], np.nan)
    places = None if spread is None else encode(data[spread])
    return Exposure(
        issues=tuple(items),
        times=times,
        often=bool((times > 1).any()),
        complained=told,
        score=None if score is None else read.items[score],
        read=read,
        spread=None if places is None else _spread(places, rows, codes, len(items)),
        controls=_dummies(data, control),
        customers=True,
        cautions=read.cautions,
    )


def of_mentions(
    data: Mapping[str, Any],
    issue: str,
    *,
    customer: str | None,
    separator: str | None,
    occurrences: str | None,
    score: str | None,
    scale: Scale | None,
    complaint: str | None,
    spread: str | None,
    control: Sequence[str],
    options: dict[str, Any],
) -> Exposure:
    """Read one row a contact or mention; rows without an issue say that there was none.

    With a customer, his rows are one case: mentions are added up, the score is the mean of his.
    """
    if customer is not None and control:
        raise UsageError(
            "control= holds differences between rows fixed, and with customer= a case is all rows "
            "of a customer: leave one of the two out."
        )
    read = _answers(data, [occurrences] if occurrences else [], score, scale, complaint, options)
    rows, codes, issues = _issues(encode(data[issue]), separator, options["missing"])
    if not issues:
        raise DataError(f"{issue!r} names no issue in {count(read.rows)} rows.")
    many = len(issues)
    times = np.ones(len(rows))
    if occurrences is not None:
        check_counts(read.items[occurrences], occurrences)
        times = read.items[occurrences][rows]
    places = None if spread is None else encode(data[spread])
    seen = times > 0
    case, cases = np.arange(read.rows), read.rows
    lost: list[Caution] = []
    kept = read
    if customer is not None:
        case, cases, nobody = _cases(encode(data[customer]))
        if nobody.any():
            said = f"{count(int(nobody.sum()))} rows name no customer and are left out."
            lost.append(Caution("UNMATCHED", said))
        there = ~nobody[rows]
        rows, codes, times, seen = rows[there], codes[there], times[there], seen[there]
        kept = _by_case(read, case, cases)
    cell = case[rows] * many + codes
    matrix = np.zeros((cases, many))
    np.add.at(matrix.ravel(), cell, times)
    told = None
    if complaint is not None:
        told = _ever(read.items[complaint][rows][seen], cell[seen], cases * many)
        told = told.reshape(cases, many)
    return Exposure(
        issues=tuple(issues),
        times=matrix,
        often=customer is not None or occurrences is not None,
        complained=told,
        score=None if score is None else kept.items[score],
        read=kept,
        spread=None if places is None else _spread(places, rows[seen], codes[seen], many),
        controls=_dummies(data, control),
        customers=customer is not None,
        cautions=(*read.cautions, *lost),
    )


def _answers(
    data: Mapping[str, Any],
    items: Sequence[str],
    score: str | None,
    scale: Scale | None,
    complaint: str | None,
    options: dict[str, Any],
) -> Answers:
    scales = {name: own for name, own in ((score, scale), (complaint, yes_no)) if name and own}
    names = [*items, *(name for name in (score, complaint) if name)]
    if names:
        return answers(data, names, scale=scales, **options)
    raise UsageError("nothing is measured: say score=…, complaint=… or occurrences=… as well.")


def _issues(
    labels: Labels, separator: str | None, missing: Collection[Any]
) -> tuple[Ints, Ints, list[str]]:
    """Return the rows with an issue, which it is, and the names; a row may have several."""
    gone = {plain(code) for code in missing}
    issues: dict[str, int] = {}
    named: list[list[int]] = []
    for label in labels.labels:
        if label is None or label in gone:
            named.append([])
            continue
        text = label_text(label)
        parts = [text] if separator is None else [part.strip() for part in text.split(separator)]
        named.append(
            [issues.setdefault(part, len(issues)) for part in dict.fromkeys(parts) if part]
        )
    rows, codes = [], []
    for place, own in enumerate(named):
        here = np.flatnonzero(labels.codes == place)
        for code in own:
            rows.append(here)
            codes.append(np.full(len(here), code, np.intp))
    if not rows:
        return np.zeros(0, np.intp), np.zeros(0, np.intp), []
    return np.concatenate(rows), np.concatenate(codes), list(issues)


def _cases(own: Labels) -> tuple[Ints, int, NDArray[np.bool_]]:
    """Return the case of each row, how many there are, and the rows without a customer."""
    known = [place for place, label in enumerate(own.labels) if label is not None]
    slot = np.full(len(own.labels), -1, np.intp)
    slot[known] = np.arange(len(known))
    case = slot[own.codes]
    return case, len(known), case < 0


def _by_case(read: Answers, case: Ints, cases: int) -> Answers:
    """Return one row a customer: means of what was answered, the weight as a mean, too."""
    here = case >= 0
    first = np.full(cases, len(case), np.intp)
    np.minimum.at(first, case[here], np.flatnonzero(here))

    def mean(values: Floats) -> Floats:
        known = here & ~np.isnan(values)
        n = np.bincount(case[known], minlength=cases)
        total = np.bincount(case[known], weights=values[known], minlength=cases)
        with np.errstate(invalid="ignore"):
            found: Floats = np.where(n > 0, total / n, np.nan)
        return found

    return evolve(
        read,
        items={name: mean(values) for name, values in read.items.items()},
        groups=np.zeros(cases, np.intp),
        weight=None if read.weight is None else mean(read.weight),
        unit=None if read.unit is None else read.unit[first],
        strata=None if read.strata is None else read.strata[first],
    )


def _ever(told: Floats, cell: Ints, cells: int) -> Floats:
    """Return 1 where anything was told, 0 where it was asked and never told; else NaN."""
    known = ~np.isnan(told)
    n = np.bincount(cell[known], minlength=cells)
    yes = np.bincount(cell[known], weights=told[known], minlength=cells)
    return np.where(n > 0, yes > 0, np.nan)


def _spread(places: Labels, rows: Ints, codes: Ints, many: int) -> tuple[Ints, int]:
    """Return at how many places each issue was seen, and how many places there are."""
    labels = len(places.labels)
    named = np.array([label is not None for label in places.labels], dtype=bool)
    pairs = np.unique(codes * labels + places.codes[rows])
    pairs = pairs[named[pairs % labels]]
    return np.bincount(pairs // labels, minlength=many), int(named[np.unique(places.codes)].sum())


def _dummies(data: Mapping[str, Any], control: Sequence[str]) -> Floats:
    """Return a column of zeros and ones a label of each control, the first label apart."""
    if not control:
        return np.zeros((0, 0))
    labels = (encode(data[name]).codes for name in control)
    columns = [codes == code for codes in labels for code in np.unique(codes)[1:]]
    return np.column_stack(columns).astype(float) if columns else np.zeros((0, 0))
