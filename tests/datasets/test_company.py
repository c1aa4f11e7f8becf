"""The company hangs together: same bytes, whole keys, ordered times, no personal data."""

from __future__ import annotations

import csv
import re
from datetime import UTC
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cxmetrics import records
from cxmetrics.datasets import TABLES, Company, company
from cxmetrics.errors import ColumnError, UsageError


@pytest.fixture(scope="module")
def shop() -> Company:
    return company(3_000, seed=5)


def test_same_arguments_give_the_same_bytes(tmp_path: Path) -> None:
    one = company(150, seed=3, months=5).write(tmp_path / "one")
    two = company(150, seed=3, months=5).write(tmp_path / "two")
    assert [file.name for file in one] == [f"{name}.csv" for name in (*TABLES, "wide")]
    assert [file.read_bytes() for file in one] == [file.read_bytes() for file in two]


@pytest.mark.parametrize("other", [{"seed": 4}, {"customers": 151}, {"months": 6}])
def test_other_arguments_give_another_company(other: dict[str, int]) -> None:
    base = company(customers=150, seed=3, months=5)
    changed = company(**{"customers": 150, "seed": 3, "months": 5, **other})
    assert not np.array_equal(base.interactions["at"], changed.interactions["at"])


@pytest.mark.parametrize("size", [100, 999])
def test_size_is_the_number_of_customers(size: int) -> None:
    made = company(size)
    assert made.customers.height == size
    assert made.outcomes.height == 3 * size
    assert set(made.interactions["customer"]) == set(made.customers["id"])
    assert f"{size:,} customers" in repr(made)


@pytest.mark.parametrize(
    "wrong",
    [
        {"customers": 99},
        {"customers": 5_000_001},
        {"customers": 1e3},
        {"customers": True},
        {"seed": -1},
        {"months": 1},
        {"months": 61},
    ],
)
def test_arguments_out_of_range_are_refused(wrong: dict[str, Any]) -> None:
    (name,) = wrong
    with pytest.raises(UsageError, match=name):
        company(**wrong)


@pytest.mark.parametrize("name", [n for n in TABLES if n != "personas"])
def test_ids_are_unique(shop: Company, name: str) -> None:
    ids = getattr(shop, name)["id"]
    assert len(set(ids)) == len(ids) > 0


@pytest.mark.parametrize(
    ("table", "column", "target", "key"),
    [
        ("customers", "persona", "personas", "id"),
        ("interactions", "customer", "customers", "id"),
        ("interactions", "touchpoint", "touchpoints", "id"),
        ("invitations", "customer", "customers", "id"),
        ("invitations", "touchpoint", "touchpoints", "id"),
        ("invitations", "interaction", "interactions", "id"),
        ("responses", "customer", "customers", "id"),
        ("responses", "touchpoint", "touchpoints", "id"),
        ("responses", "interaction", "interactions", "id"),
        ("responses", "invitation", "invitations", "id"),
        ("responses", "case", "interactions", "case"),
        ("outcomes", "customer", "customers", "id"),
    ],
)
def test_foreign_keys_exist(shop: Company, table: str, column: str, target: str, key: str) -> None:
    used = {value for value in getattr(shop, table)[column] if value is not None}
    assert used
    assert used <= set(getattr(shop, target)[key])


def test_interactions_name_the_ready_made_journey_and_its_stages(shop: Company) -> None:
    assert set(shop.interactions["journey"]) == {records.five_phases.id}
    assert set(shop.interactions["stage"]) == set(records.five_phases.stages)
    assert set(shop.touchpoints["five_a"]) == set(records.five_a.stages)


def test_copied_columns_agree_with_their_source(shop: Company) -> None:
    at = {row["id"]: row for row in shop.interactions.rows()}
    who = {row["id"]: row for row in shop.customers.rows()}
    for row in shop.responses.rows():
        assert row["language"] == who[row["customer"]]["language"]
        assert row["persona"] == who[row["customer"]]["persona"]
        assert row["month"] == f"{row['asked_at']:%Y-%m}"
        if row["interaction"] is not None:
            asked = at[row["interaction"]]
            assert (row["customer"], row["touchpoint"], row["case"]) == (
                asked["customer"],
                asked["touchpoint"],
                asked["case"],
            )


@pytest.mark.parametrize("months", [2, 12, 18])
def test_times_are_ordered(months: int) -> None:
    made = company(800, seed=1, months=months)
    rows = made.interactions
    at, case, customer = rows["at"], rows["case"], rows["customer"]
    same = customer[1:] == customer[:-1]
    assert np.all(at[1:][same] > at[:-1][same])  # journeys of one customer never overlap
    assert np.all(customer[1:][case[1:] == case[:-1]] == customer[:-1][case[1:] == case[:-1]])
    start = np.datetime64("2025-01", "M")
    assert at.min() >= start.astype("datetime64[us]")
    assert at.max() < (start + np.timedelta64(months, "M")).astype("datetime64[us]")
    assert np.all(made.customers["since"] < at.min())
    assert len(set(made.responses["month"])) == months


def test_asked_after_the_moment_and_answered_after_asked(shop: Company) -> None:
    at = dict(zip(shop.interactions["id"], shop.interactions["at"], strict=True))
    # Interactions come by journey and time: the last one seen is the end of the journey.
    end = dict(zip(shop.interactions["case"], shop.interactions["at"], strict=True))
    answers = shop.responses
    about = zip(answers["interaction"], answers["case"], strict=True)
    lived = np.array([end[case] if one is None else at[one] for one, case in about])
    assert np.all(answers["asked_at"] > lived)
    assert np.all(answers["answered_at"] > answers["asked_at"])
    delay = answers["answered_at"] - answers["asked_at"]
    hot = np.mean(delay < np.timedelta64(48, "h"))
    assert 0.6 < hot < 0.73
    sent = shop.invitations
    answered = ~np.isnat(sent["answered_at"])
    assert np.all(sent["answered_at"][answered] > sent["sent_at"][answered])
    assert np.all(sent["delivered"][answered])
    assert set(answers["invitation"]) == set(sent["id"][answered])


def test_solicitations_count_the_invitations_of_the_last_90_days(shop: Company) -> None:
    invitations = shop.invitations
    customer, sent, told = (invitations[n] for n in ("customer", "sent_at", "solicitations"))
    window = np.timedelta64(90, "D")
    for one in np.unique(customer)[:300]:
        times = sent[customer == one]
        counted = [int(np.sum((times >= t - window) & (times < t))) for t in times]
        assert told[customer == one].tolist() == counted
    assert told.max() >= 4


def test_employees_are_no_customers(shop: Company) -> None:
    staff = shop.employees
    assert set(staff["respondent"]) == {"employee"}
    assert set(staff["customer"]) == {None}
    assert set(shop.responses["respondent"]) == {"customer"}
    assert set(staff["question"]) == {
        "enps",
        "mirror_trust",
        "mirror_listening",
        "mirror_consideration",
    }


def test_ratings_are_points_of_their_scale(shop: Company) -> None:
    for table in (shop.responses, shop.employees):
        for scale in set(table["scale"]):
            low, high = map(int, scale.split(":"))
            given = table["rating"][table["scale"] == scale]
            given = given[~np.isnan(given)]
            assert set(given) <= set(range(low, high + 1))
            assert len(set(given)) > (high - low) * 0.5


@pytest.mark.parametrize("name", TABLES)
def test_every_row_is_a_valid_record(name: str) -> None:
    made = company(100, seed=8)
    rows: list[Any] = list(made.records(name))
    table = getattr(made, name)
    assert len(rows) == table.height
    assert [row.id for row in rows] == list(table["id"])
    if name == "responses":
        assert {row.rating for row in rows} >= {None, 10.0}
        assert rows[0].asked_at.tzinfo is UTC
    if name == "personas":
        assert all(row.goals and row.dims["description_fr"] for row in rows)


@pytest.mark.parametrize("backend", ["pandas", "polars", "pyarrow"])
def test_tables_become_frames(backend: Any) -> None:
    import narwhals as nw

    made = company(120)
    for name in (*TABLES, "wide"):
        frame = nw.from_native(made.table(name, backend=backend), eager_only=True)
        source = made.wide() if name == "wide" else getattr(made, name)
        assert frame.columns == list(source)
        assert frame.shape[0] == source.height
    frame = nw.from_native(made.table("responses", backend=backend), eager_only=True)
    assert frame["rating"].null_count() == np.isnan(made.responses["rating"]).sum() > 0
    assert frame.schema["asked_at"].time_zone == "UTC"
    assert frame.schema["verbatim"] == nw.String
    employees = nw.from_native(made.table("employees", backend=backend), eager_only=True)
    assert employees["customer"].null_count() == len(employees)


def test_unknown_names_are_told_with_the_close_ones(shop: Company) -> None:
    with pytest.raises(UsageError, match="'customers'"):
        shop.table("custmers")
    with pytest.raises(UsageError, match="'polars'"):
        shop.table("customers", backend="polar")  # type: ignore[arg-type] # the point of the test
    with pytest.raises(UsageError, match="not records"):
        shop.records("wide")
    with pytest.raises(ColumnError, match="'persona'"):
        shop.customers["personna"]


def test_columns_cannot_be_changed(shop: Company) -> None:
    with pytest.raises(ValueError, match="read-only"):
        shop.responses["rating"][0] = 10


def test_wide_has_one_row_a_relational_respondent(shop: Company) -> None:
    wide = shop.wide()
    answers = shop.responses
    nps = answers["question"] == "nps"
    assert wide["id"].tolist() == answers["id"][nps].tolist()
    np.testing.assert_array_equal(wide["recommend"], answers["rating"][nps])
    np.testing.assert_array_equal(wide["weight"], answers["weight"][nps])
    for name in ("csat_delivery", "ease", "mirror_trust"):
        rows = answers["question"] == name
        by_customer = dict(zip(answers["customer"][rows], answers["rating"][rows], strict=True))
        expected = [by_customer.get(customer, np.nan) for customer in wide["customer"]]
        np.testing.assert_array_equal(wide[name], expected)
        assert np.isnan(wide[name]).any()
    region = dict(zip(shop.customers["id"], shop.customers["region"], strict=True))
    assert wide["region"].tolist() == [region[customer] for customer in wide["customer"]]


def test_files_read_back(tmp_path: Path) -> None:
    made = company(200, seed=9)
    made.write(tmp_path / "new" / "folder")
    with (tmp_path / "new" / "folder" / "responses.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == list(made.responses)
    ratings = [float(row["rating"]) if row["rating"] else np.nan for row in rows]
    np.testing.assert_array_equal(ratings, made.responses["rating"])
    assert [row["verbatim"] or None for row in rows] == made.responses["verbatim"].tolist()
    assert re.fullmatch(r"2025-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00", rows[0]["asked_at"])
    invited = (tmp_path / "new" / "folder" / "invitations.csv").read_text(encoding="utf-8")
    assert ",true," in invited
    assert ",false," in invited


FRENCH = re.compile(
    r"\b(le|la|les|une?|est|mais|que|tout|merci|pas|du|mon|ma|on|rien|fin)\b|[éèàçù]"
)
ENGLISH = re.compile(r"\b(the|and|was|but|you|my|in|still|thank|loved|disappointed|not|it|to)\b")


def test_verbatims_speak_the_language_of_their_row(shop: Company) -> None:
    texts, languages = shop.responses["verbatim"], shop.responses["language"]
    for language, pattern, other in (("fr", FRENCH, ENGLISH), ("en", ENGLISH, FRENCH)):
        said = [t.lower() for t, own in zip(texts, languages, strict=True) if t and own == language]
        assert len(set(said)) > 20
        for text in said:
            assert len(pattern.findall(text)) > len(other.findall(text)), text


def test_nothing_looks_personal(shop: Company) -> None:
    words = {
        str(value)
        for name in TABLES
        for column in getattr(shop, name)
        if getattr(shop, name)[column].dtype == object
        for value in set(getattr(shop, name)[column])
    }
    free = [word for word in words if not re.fullmatch(r"[A-Z]\d{8}", word)]
    for word in free:
        assert not re.search(r"@|https?:|www\.|\d{5,}|\b(mr|mrs|ms|mme|m)\. ", word.lower()), word
    columns = {column for name in TABLES for column in getattr(shop, name)}
    assert not columns & {"email", "phone", "first_name", "last_name", "address", "birthdate", "ip"}
