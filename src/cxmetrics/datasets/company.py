"""One made-up company, any size, whose truth is known."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from attrs import frozen

from cxmetrics.datasets import paths, population, staff, surveys, tables, text
from cxmetrics.datasets.outcomes import observe
from cxmetrics.datasets.table import Backend, Table
from cxmetrics.datasets.truth import Truth, reveal
from cxmetrics.errors import UsageError, did_you_mean

if TYPE_CHECKING:
    from cxmetrics.records import Record

TABLES: Final = (
    "personas",
    "customers",
    "touchpoints",
    "interactions",
    "invitations",
    "responses",
    "employees",
    "outcomes",
)


@frozen(kw_only=True, eq=False, repr=False)
class Company:
    """A coherent company: its tables, and what is true of it.

    Every foreign key exists, times are ordered (interaction, asked, answered), and no row holds
    a name, an address or anything else personal. See the guide "A company to practise on".

    Attributes:
        seed: what it was made from.
        months: how long it was watched.
        personas: a table, as all the following: a mapping from column to numpy array.
        customers: one row a customer; `customers.height` is the size of the company.
        touchpoints: where the company meets its customers.
        interactions: what customers did.
        invitations: who was asked, when.
        responses: what customers answered, one row a question.
        employees: what employees answered.
        outcomes: what customers did in the end.
        truth: the true values, for checking an estimate.
    """

    seed: int
    months: int
    personas: Table
    customers: Table
    touchpoints: Table
    interactions: Table
    invitations: Table
    responses: Table
    employees: Table
    outcomes: Table
    truth: Truth

    def __repr__(self) -> str:
        size = self.customers.height
        return f"<Company of {size:,} customers, {self.months} months, seed {self.seed}>"

    def wide(self) -> Table:
        """Return one row a respondent of the relational survey, ready to be measured.

        Columns: `id`, `customer`, `persona`, `region`, `segment`, `age`, `language`, `month`,
        `asked_at`, `answered_at`, `weight`, `recommend` (0:10), `csat_anticipation` ...
        `csat_support` (1:5, NaN where the phase was not visited), `ease` (1:7, after support),
        `mirror_trust` ... (1:5), `verbatim`.

        Example:
            >>> wide = company(customers=100).wide()
            >>> len(wide["recommend"]) == len(set(wide["customer"]))
            True
        """
        return tables.wide(self.responses, self.customers)

    def table(self, name: str, *, backend: Backend = "polars") -> Any:
        """Return one table (or `"wide"`) as a data frame of pandas, polars or pyarrow.

        Raises:
            UsageError: no such table or backend.

        Example:
            >>> company(customers=100).table("customers", backend="polars").shape
            (100, 8)
        """
        return self._table(name).to_native(backend=backend)

    def records(self, name: str) -> Iterator[Record]:
        """Yield a table row by row as record objects of `cxmetrics.records`.

        Columns that are not fields of the record become its `dims`. For millions of rows use
        the columns instead.

        Raises:
            UsageError: no such table, or one (`"wide"`) that is not made of records.
        """
        if name == "wide":
            raise UsageError("records('wide'): wide rows are not records; use .wide() or .table().")
        return tables.records(name, self._table(name))

    def write(self, folder: Path | str) -> tuple[Path, ...]:
        """Write every table, and `wide`, as `<name>.csv` (UTF-8) into a folder; return the files.

        The folder is made where it does not exist. The same company gives the same bytes.
        """
        target = Path(folder)
        target.mkdir(parents=True, exist_ok=True)
        files = []
        for name in (*TABLES, "wide"):
            path = target / f"{name}.csv"
            self._table(name).write(path)
            files.append(path)
        return tuple(files)

    def _table(self, name: str) -> Table:
        if name == "wide":
            return self.wide()
        if name not in TABLES:
            raise UsageError(f"No table {name!r}: {did_you_mean(name, (*TABLES, 'wide'))}")
        table: Table = getattr(self, name)
        return table


def company(customers: int = 2_000, *, seed: int = 2026, months: int = 12) -> Company:
    """Make up one coherent company with known truth.

    Vectorised: a million customers (eight million interactions) take some ten seconds and
    1.4 GB. The same arguments give the same bytes under the same version of numpy.

    Args:
        customers: how many, 100 to 5,000,000.
        seed: not negative.
        months: length of the period in calendar months from January 2025, 2 to 60.

    Raises:
        UsageError: an argument is out of its range.

    Example:
        >>> shop = company(customers=500, seed=7)
        >>> shop
        <Company of 500 customers, 12 months, seed 7>
        >>> shop.interactions["touchpoint"][:3].tolist()
        ['website', 'reviews', 'website']
        >>> round(shop.truth.typical_share, 2), shop.truth.step_month
        (0.82, '2025-08')
    """
    _within("customers", customers, 100, 5_000_000)
    _within("seed", seed, 0, 2**63 - 1)
    _within("months", months, 2, 60)
    calendar = paths.calendar(months)
    people = population.populate(customers, seed=seed)
    moments = paths.walk(people, calendar, seed=seed)
    memory = surveys.remember(people, moments, seed=seed)
    asked = surveys.ask(people, moments, seed=seed)
    ratings = surveys.answer(moments, memory, asked, seed=seed)
    said = text.comment(people, moments, asked, ratings, seed=seed)
    crew = staff.employ(customers, calendar, seed=seed)
    facts = observe(people, memory, seed=seed)
    return Company(
        seed=seed,
        months=months,
        personas=tables.personas(),
        customers=tables.customers(people),
        touchpoints=tables.touchpoints(),
        interactions=tables.interactions(moments),
        invitations=tables.invitations(moments, asked),
        responses=tables.responses(people, moments, asked, ratings, said, calendar),
        employees=tables.employees(crew),
        outcomes=tables.outcomes(moments, facts),
        truth=reveal(people, moments, memory, asked, crew, calendar),
    )


def _within(name: str, value: object, low: int, high: int) -> None:
    if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
        raise UsageError(f"{name}={value!r}: give a whole number from {low:,} to {high:,}.")
