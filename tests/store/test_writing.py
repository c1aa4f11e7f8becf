"""What goes into a store comes out of it, and of two versions the later one."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from enum import Enum
from typing import Any
from zoneinfo import ZoneInfo

import attrs
import numpy as np
import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

import cxmetrics as cx
from cxmetrics.records import Customer, Interaction, Invitation, Outcome, Response, Touchpoint
from cxmetrics.scale import Scale, stars, zero_to_ten
from cxmetrics.sources.portion import Changes, Entry, Portion, Refusal
from cxmetrics.sources.state import State

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
STATE = State(field="updated", version=3)


def answer(ident: str = "r1", rating: float | None = 9, **fields: Any) -> Response:
    return Response(**{"id": ident, "rating": rating, "scale": zero_to_ten, **fields})


def entry(object_: str, *records: Response, hour: float | None = None) -> Entry:
    stamp = None if hour is None else NOON + timedelta(hours=hour)
    return Entry(object=object_, records=records, updated_at=stamp)


def write(store: Any, *entries: Entry, **portion: Any) -> dict[str, int]:
    """Write a portion and return what is not 0 of the changes."""
    given = {"state": STATE, "entries": entries, **portion}
    changes: Changes = store.write("v", "responses", Portion(**given))
    return {name: n for name, n in attrs.asdict(changes).items() if n}


def ratings(store: Any, **how: Any) -> dict[str, Any]:
    return {r.id: r.rating for r in store.batch(Response, source="v", **how)}


# -- and back --------------------------------------------------------------------------------------

texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)
names = texts.filter(lambda text: text.strip() != "")
moments = st.datetimes(
    min_value=datetime(1, 1, 2),
    max_value=datetime(9999, 12, 30),
    timezones=st.sampled_from(
        [UTC, ZoneInfo("Europe/Paris"), ZoneInfo("America/St_Johns"), timezone(timedelta(hours=14))]
    ),
)
numbers = st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(2**53), 2**53)
scalars = texts | st.booleans() | st.none() | numbers | st.integers(-(10**30), 10**30)
own = {field.name for field in attrs.fields(Response)}
dims = st.dictionaries(names.filter(lambda n: n not in own), scalars, max_size=4)
scales = st.sampled_from(
    [zero_to_ten, stars, cx.effort_one_to_five, Scale(0, 1, step=0.1), Scale(0.1234567, 1.1234567)]
)


@st.composite
def responses(draw: st.DrawFn) -> Response:
    scale = draw(scales)
    asked, answered = draw(st.none() | moments), draw(st.none() | moments)
    if asked and answered and answered - asked < timedelta():
        asked, answered = answered, asked
    optional = st.none() | names
    return Response(
        id=draw(names),
        rating=draw(st.none() | st.sampled_from(scale.points)),
        scale=scale,
        question=draw(optional),
        customer=draw(optional),
        respondent=draw(st.sampled_from(["customer", "employee"])),
        verbatim=draw(st.none() | texts),
        language=draw(st.sampled_from([None, "fr", "fr-CA"])),
        weight=draw(st.floats(0, 1e300) | st.integers(0, 9)),
        asked_at=asked,
        answered_at=answered,
        touchpoint=draw(optional),
        interaction=draw(optional),
        dims=draw(dims),
    )


@given(row=responses())
@example(answer(weight=-0.0, dims={"a": -0.0, "b": 1e-320, "c": 10**25, "d": 0.1 + 0.2}))
@example(answer(dims={"t": True, "one": 1, "float": 1.0, "none": None, "text": "1"}))
@settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_record_comes_back_as_it_was(store: Any, row: Response) -> None:
    store.put([row], source="once")
    (back,) = (r for r in store.batch(Response, source="once") if r.id == row.id)
    assert back == row
    assert {name: type(v) for name, v in back.dims.items()} == {
        name: type(v) for name, v in row.dims.items()
    }
    assert back.scale.labels == row.scale.labels
    for name in ("asked_at", "answered_at"):  # equal datetimes of one zone may be two instants
        one, two = getattr(row, name), getattr(back, name)
        assert (one is None and two is None) or one - NOON == two - NOON
    assert store.put([row], source="once").unchanged == 1


def test_the_repeated_hour_is_two_instants(store: Any) -> None:
    paris = ZoneInfo("Europe/Paris")
    first = datetime(2026, 10, 25, 2, 30, tzinfo=paris)
    second = first.replace(fold=1)
    assert first == second  # as Python has it
    store.put([answer("r1", answered_at=first), answer("r2", answered_at=second)])
    one, two = (r.answered_at for r in store.batch(Response))
    assert two - one == timedelta(hours=1)


@pytest.mark.parametrize(
    "row",
    [
        Customer(id="c1", persona="p", since=NOON, dims={"country": "FR"}),
        Interaction(id="i1", customer="c1", touchpoint="t", at=NOON),
        Invitation(id="v1", customer="c1", survey="s", sent_at=NOON, delivered=False),
        Invitation(id="v2", customer="c1", survey="s", sent_at=NOON, answered_at=NOON),
        Outcome(id="o1", customer="c1", kind="revenue", value=-129.95, at=NOON),
    ],
    ids=lambda row: row.id,
)
def test_every_stream(store: Any, row: Any) -> None:
    assert store.put([row]).new == 1
    assert list(store.batch(type(row))) == [row]
    assert store.put([row]).unchanged == 1


class Shop(str, Enum):  # noqa: UP042  # many programs have such
    NORTH = "north"


def test_texts_of_other_classes(store: Any) -> None:
    store.put([answer(np.str_("r1"), touchpoint=Shop.NORTH, customer=np.str_("c"))])
    (back,) = store.batch(Response)
    assert (back.id, back.touchpoint, back.customer) == ("r1", "north", "c")
    assert store.put([back]).unchanged == 1
    assert store.check().sound


def test_numpy_values(store: Any) -> None:
    row = answer(
        rating=np.float32(9), weight=np.int16(2), dims={"n": np.int64(3), "b": np.bool_(1)}
    )  # type: ignore[arg-type]
    store.put([row])
    (back,) = store.batch(Response)
    assert (back.rating, back.weight, dict(back.dims)) == (9, 2, {"n": 3, "b": True})


@pytest.mark.parametrize(
    "odd", [{"a": "four"}, {}, {"a": 1, "b": "x", "c": None}, {"a": 2**70, "b": "x"}], ids=str
)
def test_many_are_read_by_columns_where_those_hold_them(
    store: Any, monkeypatch: pytest.MonkeyPatch, odd: dict[str, Any]
) -> None:
    from cxmetrics.store import reading

    monkeypatch.setattr(reading, "_FEW", 3)
    same = [answer(f"r{n}", n, dims={"a": n, "b": "x"}, asked_at=NOON) for n in range(3)]
    store.put(same)
    assert not isinstance(store.batch(Response).native(), dict)  # columns
    assert list(store.batch(Response)) == same
    store.put([answer("r4", 4, dims=odd)])
    assert list(store.batch(Response)) == [*same, answer("r4", 4, dims=odd)]
    store.put([answer("r4", 4, scale=Scale(0, 4, labels="abcde"), dims=same[0].dims)])
    assert list(store.batch(Response))[3].scale.labels == tuple("abcde")


def test_several_classes_and_batches(store: Any) -> None:
    rows = [answer("r1"), Customer(id="c1"), answer("r2")]
    assert store.put(rows).new == 3
    assert store.put(cx.Batch.of(Response, [answer("r3")])).new == 1
    assert len(store.batch(Response)) == 3
    with pytest.raises(cx.CxError, match="a store keeps no Touchpoint"):
        store.put([Touchpoint(id="t", name="t", channel="web")])
    with pytest.raises(cx.CxError, match="0 of 1 rows are valid"):
        store.put(cx.Batch.of(Response, [{"id": "x", "rating": 11, "scale": "0:10"}]))
    assert store.put([]) == Changes()
    with pytest.raises(cx.CxError, match="updated_at= needs a time zone"):
        store.put(rows, updated_at=datetime(2026, 3, 1))


# -- what a database can't keep --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"verbatim": "a\0b"}, "verbatim holds a NUL character."),
        ({"verbatim": "\ud800"}, "verbatim holds half a surrogate pair."),
        ({"dims": {"a": "\0"}}, "dims holds a NUL character."),
        ({"dims": {"\udfff": 1}}, "dims holds half a surrogate pair."),
        ({"customer": "\0"}, "customer holds a NUL character."),
        ({"weight": 2**53 + 1}, "weight is a whole number with more digits than a database keeps."),
        ({"weight": 10**400}, "weight"),
        (
            {"asked_at": datetime.max.replace(tzinfo=timezone(timedelta(hours=-14)))},
            "asked_at lies outside the years 1 to 9999 of UTC.",
        ),
    ],
    ids=str,
)
def test_what_no_database_keeps_is_put_aside(
    store: Any, fields: dict[str, Any], reason: str
) -> None:
    # D12: the same on both databases, and the rest of the page is kept.
    changes = write(store, entry("o1", answer("bad", **fields)), entry("o2", answer("good")))
    assert changes == {"new": 1, "refused": 1}
    assert list(ratings(store)) == ["good"]
    (refused,) = store.refused("v")
    assert (refused.object, refused.record) == ("o1", "bad")
    assert refused.reasons[0].startswith(reason)
    assert write(store, entry("o1", answer("bad"))) == {"new": 1}
    assert store.refused() == ()


def test_a_backslash_is_not_a_nul(store: Any) -> None:
    row = answer(verbatim="\\u0000 and \\x00", dims={"a": "\\u0000"})
    assert store.put([row]).new == 1
    assert list(store.batch(Response)) == [row]


# -- versions --------------------------------------------------------------------------------------


def test_the_same_again_changes_nothing(store: Any) -> None:
    page = [entry(f"o{n}", answer(f"r{n}", n), hour=n) for n in range(10)]
    assert write(store, *page) == {"new": 10}
    assert write(store, *page) == {"unchanged": 10}


def test_an_edit_is_a_change(store: Any) -> None:
    write(store, entry("o", answer("r", 3), hour=0))
    assert write(store, entry("o", answer("r", 9), hour=1)) == {"changed": 1}
    assert ratings(store) == {"r": 9}
    assert write(store, entry("o", answer("r", 9), hour=2)) == {"unchanged": 1}  # stamped anew
    assert write(store, entry("o", answer("r", 1), hour=1)) == {"stale": 1}


@pytest.mark.parametrize("together", [True, False])
def test_the_later_version_wins_whatever_the_order(store: Any, together: bool) -> None:
    # T15: by the vendor's stamp, then by arrival.
    versions = [
        (entry("o", answer("r", 5), hour=1), {"new": 1}),
        (entry("o", answer("r", 2), hour=0), {"stale": 1}),  # older, and later
        (entry("o", answer("r", 6), hour=1), {"changed": 1}),  # the same stamp: arrival
        (entry("o", answer("r", 7)), {"changed": 1}),  # no stamp: arrival
        (entry("o", answer("r", 3), hour=0.5), {"stale": 1}),  # the stamp is still known
    ]
    if together:
        assert write(store, *(v for v, _ in versions)) == {"new": 1, "changed": 2, "stale": 2}
    else:
        assert [write(store, v) for v, _ in versions] == [changes for _, changes in versions]
    assert ratings(store) == {"r": 7}


def test_records_a_newer_version_does_not_have_are_gone(store: Any) -> None:
    write(store, entry("o", answer("a", 1), answer("b", 2), answer("c", 3), hour=0))
    newer = entry("o", answer("a", 1), hour=1)
    aside = [Refusal(object="o", record="c", raw={"c": 11}, reasons=["rating is off"])]
    assert write(store, newer, refused=aside) == {"unchanged": 1, "gone": 1, "refused": 1}
    assert ratings(store) == {"a": 1, "c": 3}  # c is there at the vendor, though not usable
    assert ratings(store, gone=True) == {"a": 1, "b": 2, "c": 3}
    assert write(store, entry("o", answer("b", 2), hour=0)) == {"stale": 1}
    assert write(store, entry("o", answer("b", 2), hour=2)) == {"changed": 1, "gone": 2}
    assert ratings(store) == {"b": 2}
    assert write(store, entry("o", hour=3)) == {"gone": 1}  # an object without a record
    assert write(store, entry("o", answer("b", 2), hour=2)) == {"stale": 1}
    assert ratings(store) == {}


def test_versions_within_one_page(store: Any) -> None:
    page = [
        entry("o", answer("a"), answer("b"), hour=0),
        entry("o", answer("a"), hour=1),
        entry("o", answer("a"), answer("b"), answer("c"), hour=2),
        entry("p", answer("d"), hour=0),
        entry("p", hour=1),
    ]
    assert write(store, *page) == {"new": 4, "unchanged": 2, "changed": 1, "gone": 2}
    assert set(ratings(store)) == {"a", "b", "c"}


def test_a_record_may_move_to_another_object(store: Any) -> None:
    write(store, entry("o", answer("a"), answer("b"), hour=0))
    assert write(store, entry("p", answer("a"), hour=1)) == {"changed": 1}
    assert write(store, entry("o", answer("a", 1), answer("b"), hour=0.5)) == {
        "unchanged": 1,
        "stale": 1,
    }
    assert write(store, gone=["p"]) == {"gone": 1}
    assert ratings(store) == {"b": 9}


def test_sources_do_not_share_ids(store: Any) -> None:
    store.put([answer("r", 1)], source="one")
    store.put([answer("r", 2)], source="two")
    assert [r.rating for r in store.batch(Response)] == [1, 2]
    assert [r.rating for r in store.batch(Response, source="two")] == [2]


def test_deletions_of_the_vendor(store: Any, now: Any) -> None:
    # D7
    write(store, entry("o", answer("a"), answer("b")), entry("p", answer("p", 1)))
    assert write(store, gone=["o", "nobody", "o"]) == {"gone": 1}
    assert write(store, gone=["o"]) == {}
    assert ratings(store) == {"p": 1}
    assert write(store, gone=["p"]) == {"gone": 1}
    assert write(store, entry("o", answer("a"), answer("b"))) == {"changed": 2}  # they are back
    assert len(ratings(store)) == 2


def test_many_at_once(store: Any) -> None:
    entries = [entry(f"o{n}", answer(f"r{n}", n % 11), answer(f"s{n}", 1)) for n in range(4000)]
    assert write(store, *entries) == {"new": 8000}
    assert write(store, *entries, gone=[f"o{n}" for n in range(0, 4000, 2)]) == {
        "unchanged": 8000,
        "gone": 2000,
    }
    assert len(store.batch(Response)) == 4000


# -- refusals --------------------------------------------------------------------------------------


def test_refusals_are_kept_raw_until_a_good_version_comes(store: Any, now: Any) -> None:
    raw = {"id": 7, "score": "very good", "é": ["\ud800", float("nan"), None, 10**30]}
    refusal = Refusal(object="7", raw=raw, reasons=("score is no number",), context={"q": [1]})
    assert write(store, refused=[refusal]) == {"refused": 1}
    (kept,) = store.refused()
    assert math.isnan(kept.raw["é"].pop(1))
    raw["é"].pop(1)  # type: ignore[attr-defined]
    assert (kept.raw, kept.reasons, kept.context) == (raw, refusal.reasons, {"q": [1]})
    assert (kept.version, kept.refused_at, kept.source) == (3, now.at, "v")
    other = Refusal(object="7", raw={"id": 7}, reasons=("another",))
    assert write(store, refused=[other]) == {"refused": 1}
    assert [each.reasons for each in store.refused()] == [("another",)]
    assert write(store, entry("7", answer("7"))) == {"new": 1}
    assert store.refused() == ()


def test_a_refused_version_leaves_the_good_one_alone(store: Any) -> None:
    write(store, entry("7", answer("7", 5)))
    write(store, refused=[Refusal(object="7", raw={}, reasons=("bad",))])
    assert ratings(store) == {"7": 5}
    assert len(store.refused("v", stream="responses")) == 1
    assert store.refused("v", stream="customers") == ()
    write(store, gone=["7"])
    assert store.refused() == ()


def test_an_old_version_does_not_clear_what_a_new_one_broke(store: Any) -> None:
    write(store, entry("7", answer("7", 5), hour=2))
    write(store, refused=[Refusal(object="7", raw={}, reasons=("bad",))])
    assert write(store, entry("7", answer("7", 4), hour=1)) == {"stale": 1}
    assert len(store.refused()) == 1


def test_objects_without_an_id_are_told_apart_by_what_they_hold(store: Any) -> None:
    aside = [Refusal(object="", raw={"n": n % 2}, reasons=("no id",)) for n in range(4)]
    assert write(store, refused=aside) == {"refused": 2}
    assert write(store, refused=aside) == {"refused": 2}
    assert len(store.refused()) == 2


def test_odd_raw_values_are_kept_somehow(store: Any) -> None:
    loop: list[Any] = []
    loop.append(loop)
    deep: Any = 1
    for _ in range(100_000):
        deep = [deep]
    odd: list[Any] = [loop, deep, {(1, 2): 3}, {1}, NOON, b"\xff", 10**5000]
    aside = [Refusal(object=f"{n}\0\ud800", raw=raw, reasons=()) for n, raw in enumerate(odd)]
    for _ in range(2):
        assert write(store, refused=aside) == {"refused": len(odd)}
        assert len(store.refused()) == len(odd)
    assert write(store, gone=[each.object for each in aside]) == {}
    assert store.refused() == ()


@pytest.mark.parametrize("odd", ["\0", "a\0b", "\ud800", "😀\udfff"])
def test_ids_no_database_keeps(store: Any, odd: str) -> None:
    page = [entry(odd, answer("r1")), entry("o", answer(odd)), entry("p😀", answer("r2"))]
    for changes in ({"new": 1, "refused": 2}, {"unchanged": 1, "refused": 2}):
        assert write(store, *page, gone=[odd]) == changes
        assert [r.id for r in store.batch(Response)] == ["r2"]


# -- one transaction -------------------------------------------------------------------------------


def test_records_and_cursor_are_one(store: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    assert store.cursor("v", "responses") is None
    state = State(
        field="updated", mark=NOON, at_mark=("a",), filters="f", resume={"page": 2}, seen=NOON
    )
    write(store, entry("o", answer("a")), state=state)
    assert store.cursor("v", "responses") == state
    from cxmetrics.store import ledger

    def broken(*_: Any) -> None:
        raise RuntimeError("in the middle")

    monkeypatch.setattr(ledger, "upsert", broken)
    with pytest.raises(RuntimeError):
        write(store, entry("o", answer("a", 1)), state=STATE)
    monkeypatch.undo()
    assert store.cursor("v", "responses") == state
    assert ratings(store) == {"a": 9}
    assert write(store, entry("o", answer("a", 1)), state=STATE) == {"changed": 1}
    assert store.cursor("v", "responses") == STATE


def test_a_failed_page_leaves_no_name_behind(store: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from cxmetrics.store import ledger

    real = ledger.upsert

    def broken(connection: Any, table: Any, rows: Any) -> None:
        if table.name == "states":
            raise RuntimeError("at the end")
        real(connection, table, rows)

    monkeypatch.setattr(ledger, "upsert", broken)
    with pytest.raises(RuntimeError):
        write(store, entry("o", answer("a", dims={"shop": "N"})))
    monkeypatch.undo()
    write(store, entry("o", answer("a", dims={"shop": "N"})))
    assert list(cx.tally(store, zero_to_ten, by="shop")) == ["N"]


def test_a_reader_sees_one_state_and_keeps_nobody_waiting(reopen: Callable[..., Any]) -> None:
    one, two = reopen(), reopen()
    one.put([answer(f"r{n}") for n in range(3)])
    with two._database.reading() as connection:
        if not two._database.sqlite:
            connection.execute(sa.text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"))
        count = sa.text("SELECT count(*) FROM responses")
        assert connection.execute(count).scalar() == 3
        assert one.put([answer("r9")]).new == 1
        assert connection.execute(count).scalar() == 3
    assert len(two.batch(Response)) == 4


def test_both_databases_have_the_same_checksums(database: str) -> None:
    rows = [answer(f"r{n}", n, dims={"a": n / 3}, asked_at=NOON, weight=0.1) for n in range(5)]
    more = [Invitation(id="v", customer="c", survey="s", sent_at=NOON, delivered=True)]
    found = []
    for target in (":memory:", database):
        with cx.open_store(target) as store:
            store.put([*rows, *more])
            with store._database.reading() as connection:
                for table in ("responses", "invitations"):
                    question = sa.text(f"SELECT id, checksum FROM {table} ORDER BY id")
                    found.append([tuple(row) for row in connection.execute(question)])
    assert found[:2] == found[2:]
    assert len({checksum for _, checksum in found[0]}) == 5


# -- the account -----------------------------------------------------------------------------------


def test_info_counts(store: Any, now: Any) -> None:
    from cxmetrics.sources.receipt import Receipt, StreamReceipt

    write(store, *(entry(f"o{n}", answer(f"r{n}")) for n in range(3)), gone=["o1"])
    write(store, refused=[Refusal(object="x", raw={}, reasons=())], state=State(field="id", mark=7))
    store.put([Customer(id="c")])
    receipts = [
        Receipt(
            source="v",
            started_at=NOON,
            ended_at=NOON + timedelta(hours=n),
            streams=(StreamReceipt(stream="responses", status=status, skipped={"open": 2}),),
        )
        for n, status in enumerate(["complete", "partial"])
    ]
    for receipt in receipts:
        store.save(receipt)  # type: ignore[arg-type]
    assert store.receipts() == tuple(receipts) == store.receipts("v")
    assert store.receipts("w") == ()
    one, two = store.info().streams
    assert (one.source, one.stream, one.records, one.gone) == ("local", "customers", 1, 0)
    assert (two.records, two.gone, two.refused, two.read_to) == (2, 1, 1, 7)
    assert (two.status, two.pulled_at) == ("partial", NOON + timedelta(hours=1))
    assert store.info().to_dict()["streams"][1]["pulled_at"] == "2026-03-01T13:00:00+00:00"


def test_what_is_old_expires(store: Any, now: Any) -> None:
    ages = {"young": 10, "old": 800, "undated": None}
    rows = [
        answer(name, asked_at=None if age is None else now.at - timedelta(days=age))
        for name, age in ages.items()
    ]
    store.put(rows, source="v")
    assert store.expire(Response, timedelta(days=730)) == 1
    assert set(ratings(store)) == {"young", "undated"}
