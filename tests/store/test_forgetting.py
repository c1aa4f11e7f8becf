"""S14: who is erased leaves no byte behind, and does not come back."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import attrs
import pytest
import sqlalchemy as sa

import cxmetrics as cx
from cxmetrics.errors import StoreError
from cxmetrics.records import Customer, Interaction, Invitation, Outcome, Response
from cxmetrics.sources.portion import Entry, Portion, Refusal
from cxmetrics.sources.receipt import Receipt, StreamReceipt
from cxmetrics.sources.state import State
from cxmetrics.store import open_store

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
ANA = "ana.lopez@example.test"
COMMENT = "The lift at the north gate was broken again, and nobody told me « où aller »."
LONG = "Nobody answered. " * 700
CLASSES = (Response, Customer, Interaction, Invitation, Outcome)


def answer(ident: str, customer: str | None, **fields: Any) -> Response:
    return Response(**{"id": ident, "rating": 3, "scale": "0:10", "customer": customer, **fields})


def fill(store: Any) -> None:
    """Name Ana in every table, among a thousand others."""
    others = [answer(f"r{n:04d}", f"bob-{n}", verbatim=f"comment {n} of Bob") for n in range(1000)]
    own = [answer("a1", ANA, verbatim=COMMENT), answer("a2", ANA, verbatim=LONG)]
    entries = [
        Entry(object=f"o-{r.id}", records=(r,)) for r in [*others[:500], *own, *others[500:]]
    ]
    raw = {"id": 7, "requester": {"email": ANA, "ids": [1]}, "text": "pas bon du tout, hélas"}
    refused = [
        Refusal(object="7", raw=raw, reasons=("no score",)),
        Refusal(object="8", raw={"requester": f"x{ANA}"}, reasons=("no score",)),
        Refusal(object="o-a1", record="a3", raw={"n": 1}, reasons=("no score",)),
    ]
    state = State(field="updated", mark=NOON, at_mark=("o-a1", "o-r0001"))
    store.write("v", "responses", Portion(state=state, entries=entries, refused=refused))
    more: list[Any] = [
        Customer(id=ANA, dims={"name": "Ana"}),
        Customer(id="bob-1"),
        Interaction(id="i1", customer=ANA, touchpoint="t", at=NOON),
        Invitation(id="v1", customer=ANA, survey="s", sent_at=NOON),
        Outcome(id="x1", customer=ANA, kind="churn", value=1, at=NOON),
        Outcome(id="x2", customer="bob-1", kind="churn", value=1, at=NOON),
        answer("a4", None, dims={"email": ANA}),
    ]
    store.put(more)
    resumed = State(field="id", resume={"after": ANA}, seen=5, objects=9)
    store.write("v", "customers", Portion(state=resumed))
    told = StreamReceipt(stream="responses", status="partial", reasons=(f"{ANA} was refused",))
    for streams in ((told,), ()):
        store.save(Receipt(source="v", started_at=NOON, ended_at=NOON, streams=streams))


def holds(path: Path, text: str) -> bool:
    return any(text.encode() in each.read_bytes() for each in path.parent.glob(f"{path.name}*"))


def test_nothing_is_left(store: Any) -> None:
    fill(store)
    erasure = store.forget(ANA)
    assert erasure.complete, str(erasure)
    assert {name: n for name, n in erasure.removed.items() if n} == {
        "responses": 3,
        "customers": 1,
        "interactions": 1,
        "invitations": 1,
        "outcomes": 1,
        "refused": 2,
        "receipts": 1,
        "states": 2,
    }
    for kind in CLASSES:
        rows = list(store.batch(kind, gone=True))
        assert not [r for r in rows if ANA in (r.id, getattr(r, "customer", None))]
    assert len(store.batch(Response)) == 1000
    assert [each.object for each in store.refused()] == ["8"]  # an id in which hers is a part
    assert store.cursor("v", "responses").at_mark == ("o-r0001",)
    assert store.cursor("v", "customers") == State(field="id")
    assert len(store.receipts()) == 1
    assert store.check().sound
    assert json.loads(json.dumps(erasure.to_dict()))["complete"] is True
    assert "backups" in str(erasure)


def test_no_byte_of_the_files_is_left(tmp_path: Path) -> None:
    path = tmp_path / "data" / "cx.db"
    with open_store(path) as store:
        fill(store)
        assert holds(path, ANA)
        assert holds(path, COMMENT)
        erasure = store.forget(ANA)
        assert erasure.proof == "bytes"
        assert erasure.searched > 100_000
        assert erasure.complete, str(erasure)
        store.put([answer("r9999", "bob-9999")])
    for text in (COMMENT, COMMENT[40:70], "Nobody answered. Nobody", "pas bon du tout", "o-a1"):
        assert not holds(path, text), text
    # The id is a part of another one, in an object that was refused, and only there.
    data = b"".join(each.read_bytes() for each in path.parent.glob("cx.db*"))
    assert data.count(ANA.encode()) == data.count(f"x{ANA}".encode()) == 1


def test_without_overwriting_the_proof_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The search itself can fail: it finds what a plain DELETE leaves behind.
    from cxmetrics.store import database, forgetting

    kept = tuple(p.replace("secure_delete = ON", "secure_delete = OFF") for p in database._PRAGMAS)
    monkeypatch.setattr(database, "_PRAGMAS", kept)
    run = forgetting._run
    monkeypatch.setattr(
        forgetting,
        "_run",
        lambda own, statement: None if statement == "VACUUM" else run(own, statement),
    )
    with open_store(tmp_path / "cx.db") as store:
        fill(store)
        erasure = store.forget(ANA)
    assert not erasure.complete
    assert "in the bytes of cx.db" in str(erasure)


def test_a_reader_in_the_way_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from cxmetrics.store import database

    quick = tuple(p.replace("30000", "50") for p in database._PRAGMAS)
    monkeypatch.setattr(database, "_PRAGMAS", quick)
    path = tmp_path / "cx.db"
    with open_store(path) as store, open_store(path) as other:
        fill(store)
        with other._database.reading() as connection:
            connection.execute(sa.text("SELECT count(*) FROM responses")).scalar()
            erasure = store.forget(ANA)
            assert not erasure.complete
            assert "being read by another connection" in str(erasure)
        assert store.forget(ANA).complete
    assert not holds(path, COMMENT)


def test_others_who_name_the_customer_are_told(store: Any) -> None:
    store.put(
        [
            answer("r1", ANA, verbatim=COMMENT),
            answer("r2", "bob", verbatim=f"ask {ANA} about it"),
            answer("r3", "cyd", verbatim=COMMENT),
        ]
    )
    erasure = store.forget(ANA)
    assert erasure.left == ("responses local/r2 names the customer in verbatim",)
    assert len(store.batch(Response)) == 2  # the same comment by another is another's


def test_short_ids_do_not_take_others_along(store: Any) -> None:
    raws: list[Any] = [{"score": 12, "by": "12"}, {"text": "waited 12 minutes"}, {"by": 112}]
    refused = [Refusal(object=f"{n}", raw=raw, reasons=()) for n, raw in enumerate(raws)]
    store.write("v", "responses", Portion(state=State(field="id", mark=12), refused=refused))
    store.put([answer("12", "13"), answer("1", "12", dims={"wave": 12}), answer("2", None)])
    store.put([answer("3", "4", dims={"plan": "12"}), Customer(id="12"), Customer(id="121")])
    erasure = store.forget("12")
    assert erasure.complete
    assert {r.id for r in store.batch(Response)} == {"12", "2", "3"}
    assert [c.id for c in store.batch(Customer)] == ["121"]
    assert [each.object for each in store.refused()] == ["1", "2"]


# -- tombstones ------------------------------------------------------------------------------------


def test_the_next_pull_does_not_bring_the_customer_back(
    reopen: Callable[..., Any], target: str
) -> None:
    store, other = reopen(), reopen()
    fill(store)
    assert other.put([answer("r0", "nobody")]).new == 1
    store.forget(ANA)
    for one in (store, other, reopen()):  # another process, which was open all the while; a new one
        changes = one.put([answer("a1", ANA), answer("b1", "bob"), Customer(id=ANA)])
        assert (changes.erased, changes.new + changes.unchanged) == (2, 1)
        page = Portion(
            state=State(field="id"),
            entries=[Entry(object="o-a1", records=(answer("a1", ANA), answer("b2", "bob")))],
            refused=[Refusal(object="9", raw={"by": {"email": ANA}}, reasons=())],
        )
        assert one.write("w", "responses", page).erased == 2
        assert not one.refused("w")
    with store._database.reading() as connection:
        (tombstone,) = connection.execute(sa.text("SELECT digest FROM erased")).scalars()
    import hashlib

    assert tombstone not in {
        hashlib.blake2b(ANA.encode(), digest_size=n).hexdigest() for n in (16, 32)
    }


def test_the_key_is_kept_apart_and_missed(store: Any, tmp_path: Path) -> None:
    key = Path(os.environ["CXMETRICS_KEY"])
    store.put([answer("r1", "bob")])
    assert not key.exists()
    store.forget(ANA)
    assert key.exists()
    if os.name == "posix":
        assert key.stat().st_mode & 0o777 == 0o600
        assert key.parent.stat().st_mode & 0o777 == 0o700
    right = key.read_text()

    def refused(words: str) -> None:
        fresh = attrs.evolve(store)
        with pytest.raises(StoreError, match=words):
            fresh.put([answer("r1", ANA)])
        with pytest.raises(StoreError, match=words):
            fresh.forget("bob")

    key.unlink()
    refused("can't be read from .*put it back")
    key.write_text("0" * 64)
    key.chmod(0o600)
    refused("is not the key this store's erased customers are known by")
    key.write_text("short")
    refused("holds no key")
    key.write_text(right)
    key.chmod(0o644)
    if os.name == "posix":
        refused("others can read the key")
    key.chmod(0o600)
    assert attrs.evolve(store).put([answer("r1", ANA)]).erased == 1


def test_a_key_that_cannot_be_made(store: Any, tmp_path: Path, monkeypatch: Any) -> None:
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("CXMETRICS_KEY", str(tmp_path / "file" / "key"))
    store.put([answer("r1", ANA)])
    with pytest.raises(StoreError, match=r"can't be read from .* or made there"):
        store.forget(ANA)
    assert len(store.batch(Response)) == 1  # nothing was done by halves


def test_the_default_place_of_the_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from cxmetrics.store.keys import key_file

    monkeypatch.delenv("CXMETRICS_KEY")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    assert key_file() == tmp_path / "cxmetrics" / "erasure.key"
    monkeypatch.delenv("XDG_CONFIG_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert key_file() == tmp_path / ".config" / "cxmetrics" / "erasure.key"


def test_exports_are_listed(store: Any, tmp_path: Path) -> None:
    fill(store)
    here, gone = tmp_path / "here", tmp_path / "gone"
    for folder in (here, gone):
        store.export(folder)
    for each in gone.iterdir():
        each.unlink()
    gone.rmdir()
    assert store.forget(ANA).exports == (str(here),)


def test_nobody(store: Any) -> None:
    erasure = store.forget("nobody-at-all")
    assert erasure.complete
    assert "nothing was stored" in str(erasure)
    with pytest.raises(cx.CxError, match="which customer"):
        store.forget("  ")
