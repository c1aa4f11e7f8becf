"""Steps: what they take out is never stored, and nothing else changes."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cxmetrics.errors import ConfigError, UsageError
from cxmetrics.plugins import registry
from cxmetrics.records.masking import LONGEST, redacted
from cxmetrics.sources import Page, Read, Stream
from cxmetrics.sources.secret import Secret
from cxmetrics.sources.steps import Deduplicate, Drop, Label, Pseudonymise, Redact, Step
from cxmetrics.sources.walk import Walk, read
from cxmetrics.testing.scripted import scripted

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
KEY = Secret("only for these tests, 32 characters")
RESPONSES = Stream(name="responses")


def answer(ident: str = "a", **fields: Any) -> dict[str, Any]:
    return {"id": ident, "at": NOON.isoformat(), "rating": 9, **fields}


# -- redact ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("écrivez à ana.durand+x@mail.example.test, merci", "écrivez à <EMAIL>, merci"),
        ("ANA@EXAMPLE.TEST/bob@example.test", "<EMAIL>/<EMAIL>"),
        ("ana\u200b.durand@example.test", "<EMAIL>"),
        ("ana＠example.test", "<EMAIL>"),
        ("éloïse@exemple.test", "<EMAIL>"),
        ("06 12 34 56 78", "<PHONE>"),
        ("0612345678.", "<PHONE>."),
        ("06.12.34.56.78 ou 06-12-34-56-78", "<PHONE> ou <PHONE>"),
        ("01\u00a099\u00a000\u00a012\u00a034", "<PHONE>"),
        ("+33 1 99 00 12 34", "<PHONE>"),
        ("+33 (0)1 99 00 12 34", "<PHONE>"),
        ("0033199001234", "<PHONE>"),
        ("+44 20 7946 0958, +1 (555) 012-3456", "<PHONE>, <PHONE>"),
        ("(555) 012-3456", "<PHONE>"),
        ("carte 4111 1111 1111 1111 refusée", "carte <CARD> refusée"),
        ("5500-0000-0000-0004", "<CARD>"),
        ("378282246310005", "<CARD>"),
        ("FR76 3000 6000 0112 3456 7890 189 merci", "<IBAN> merci"),
        ("de89370400440532013000", "<IBAN>"),
        ("GB82 WEST 1234 5698 7654 32", "<IBAN>"),
        ("depuis 192.0.2.17 hier", "depuis <IP> hier"),
        ("de 2001:db8::8a2e:370:7334.", "de <IP>."),
        ("ftp://bob:s3cret@host.example/x", "ftp://<USERINFO>@host.example/x"),
        ("https://bob:p@ss@host.example", "https://<USERINFO>@host.example"),
    ],
)
def test_what_points_to_a_person_is_marked(text: str, left: str) -> None:
    assert redacted(text) == left


@pytest.mark.parametrize(
    "text",
    [
        "Note 9/10, livré le 01.02.2026 à 12:30:45, commande 1234567890",
        "2026-03-01T12:00:00Z",
        "12 345 678,90 EUR, soit 10 000 000",
        "4111 1111 1111 1112",  # not a card: the checksum is wrong
        "FR76 3000 6000 0112 3456 7890 188",  # nor an IBAN
        "version 1.2.3, page 1.2.3.4.5",
        "999.1.1.1",
        "10:30 puis 11:45",
        "@ana a répondu : super !",
        "https://example.test/path?x=1",
        "SIRET 732 829 320 00074",
        "",
    ],
)
def test_what_does_not_is_left(text: str) -> None:
    assert redacted(text) == text


MEANT = st.sampled_from(
    ["ana@example.test", "06 12 34 56 78", "4111111111111111", "FR7630006000011234567890189"]
)
BITS = st.sampled_from([*"@0 .-<éa\u200b", "192.0.2.1", "://a:b@c.d", "+33", "12"])
TEXTS = st.lists(BITS | st.text(max_size=3), max_size=12).map("".join)


@given(st.lists(MEANT | st.sampled_from(["bien", "9", "-", "le 3"]), max_size=6))
def test_redacting_twice_is_redacting_once(words: list[str]) -> None:
    once = redacted(", ".join(words))
    assert redacted(once) == once


@given(before=TEXTS, after=TEXTS)
def test_an_address_between_blanks_is_always_found(before: str, after: str) -> None:
    assert "ana@example.test" not in redacted(f"{before} ana@example.test {after}")


@pytest.mark.parametrize(
    "piece", ["a", "a.", "a@", "@", "1", "1 ", "12.", "a:", "://", "://a", "://a@", "FR76 ", "+33 "]
)
def test_the_patterns_are_linear(piece: str) -> None:
    """S20: ten times the text takes ten times the time, and not a hundred times."""

    def takes(size: int) -> float:
        text = piece * (size // len(piece))
        started = time.process_time()
        redacted(text)
        return time.process_time() - started

    short = max(min(takes(LONGEST // 10) for _ in range(3)), 1e-4)
    assert min(takes(LONGEST) for _ in range(2)) < 40 * short


def test_a_text_that_is_too_long_is_cut_before_it_is_looked_at() -> None:
    text = redacted("é" * (LONGEST + 5) + "ana@example.test")
    assert text == "é" * LONGEST + "<CUT>"


def test_verbatim_and_dims_are_redacted_and_nothing_else() -> None:
    fields = {"id": "0612345678", "verbatim": "0612345678", "dims": {"agent": "a@b.fr", "n": 1}}
    Redact().apply("responses", fields)
    assert fields == {
        "id": "0612345678",
        "verbatim": "<PHONE>",
        "dims": {"agent": "<EMAIL>", "n": 1},
    }


def test_only_the_kinds_that_are_asked_for() -> None:
    fields = {"verbatim": "a@b.fr 0612345678"}
    Redact(kinds=["phone"]).apply("responses", fields)
    assert fields == {"verbatim": "a@b.fr <PHONE>"}
    with pytest.raises(UsageError, match="did you mean 'email'"):
        Redact(kinds=["emails"])


def test_an_object_that_is_refused_is_redacted_where_it_is_kept_and_can_be_read_again() -> None:
    phone, rest = "0612345678", {"when": NOON.isoformat(), "n": [1]}
    asked = {"phone": phone, "ticket_id": phone, **rest}
    wrong = answer(phone, rating=11, verbatim="ana@example.test", asked=asked)
    walk = Walk(scripted([Page([wrong])]), None, "responses", None, steps=[Redact()])
    (refusal,) = next(iter(walk)).refused
    assert refusal.raw["verbatim"] == "<EMAIL>"
    assert refusal.raw["asked"] == {"phone": "<PHONE>", "ticket_id": phone, **rest}
    assert refusal.object == refusal.raw["id"] == "0612345678"


# -- pseudonymise ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "spelling",
    [
        "ana@example.test",
        " Ana@Example.TEST ",
        "ａｎａ@example.test",
        "a\u200bna@example.test\ufeff",
    ],
)
def test_one_customer_has_one_pseudonym(spelling: str) -> None:
    step = Pseudonymise(KEY)
    assert step.pseudonym(spelling) == step.pseudonym("ana@example.test")


def test_another_key_or_another_customer_has_another() -> None:
    made = {
        Pseudonymise(KEY).pseudonym("ana"),
        Pseudonymise(KEY).pseudonym("bob"),
        Pseudonymise("another key of 26 letters!").pseudonym("ana"),
    }
    assert len(made) == 3
    exact = Pseudonymise(KEY, exact=True)
    assert exact.pseudonym("003A") != exact.pseudonym("003a")


@given(st.text())
def test_the_pseudonym_of_a_pseudonym_is_itself(value: str) -> None:
    step = Pseudonymise(KEY)
    assert step.pseudonym(step.pseudonym(value)) == step.pseudonym(value)


def test_what_only_looks_like_a_pseudonym_is_a_customer_like_any_other() -> None:
    forged = "cx_" + "0" * 40
    assert Pseudonymise(KEY).pseudonym(forged) != forged


@pytest.mark.parametrize("key", ["", "  ", "short"])
def test_an_empty_or_short_key_is_refused(key: str) -> None:
    with pytest.raises(ConfigError, match="key of the pseudonyms") as caught:
        Pseudonymise(key)
    assert "short key" not in str(caught.value)


def test_the_key_comes_from_a_file_that_only_its_owner_reads(tmp_path: Path) -> None:
    path = tmp_path / "key"
    with pytest.raises(ConfigError, match="new_key"):
        Pseudonymise.from_file(path)
    Pseudonymise.new_key(path)
    with pytest.raises(ConfigError, match="there already"):
        Pseudonymise.new_key(path)
    step = Pseudonymise.from_file(path, dims=["email"])
    assert step == Pseudonymise(path.read_text().strip(), dims=["email"])
    assert path.read_text().strip() not in repr(step)
    path.chmod(0o644)
    with pytest.raises(ConfigError, match="chmod 600"):
        Pseudonymise.from_file(path)


def test_customers_are_named_alike_in_every_stream() -> None:
    step = Pseudonymise(KEY, dims=["mail"])
    response: dict[str, Any] = {"id": "r1", "customer": "C-1", "dims": {"mail": "a@b.fr", "n": 1}}
    customer = {"id": "c-1"}
    step.apply("responses", response)
    step.apply("customers", customer)
    assert response["customer"] == customer["id"] == step.ident("customers", "C-1")
    assert response["id"] == step.ident("responses", "r1") == "r1"
    assert response["dims"] == {"mail": step.pseudonym("a@b.fr"), "n": 1}
    for nothing in ({"customer": None}, {"customer": 5}, {"customer": " "}, {}):
        given_fields: dict[str, Any] = dict(nothing)
        step.apply("responses", given_fields)
        assert given_fields == nothing


def test_no_customer_is_in_anything_that_a_walk_hands_on() -> None:
    """Not in records, ids of objects, deletions, states, refused objects or receipts."""
    who = "ana@example.test"

    def reads(raw: Any, _: Any) -> Read:
        if raw.get("broken"):
            raise KeyError(who)
        return Read(
            id=raw["email"], updated_at=NOON, records=[{"id": raw["email"], "since": raw["s"]}]
        )

    rows: list[Any] = [
        {"email": who, "s": None},
        {"email": who.upper(), "s": "wrong", "nested": [{"note": who}]},
        {"email": who, "broken": True, "id": who, "user": {"phone": "1", "name": "x", "ID": 7}},
    ]
    feed = scripted([Page(rows, gone=[f"{who}.gone"])], Stream(name="customers"), read=reads)
    walk = Walk(feed, None, "customers", None, steps=[Pseudonymise(KEY)])
    portions = list(walk)
    everything = f"{portions}{[p.state.to_dict() for p in portions]}{walk.receipt()}".casefold()
    assert who not in everything
    assert len({r.object for p in portions for r in p.refused}) == 1


# -- drop -----------------------------------------------------------------------------------------


def test_what_is_dropped_is_nowhere_not_even_where_it_is_refused() -> None:
    wrong = answer("b", rating=99, verbatim="Ana, 12 rue X", copy={"deep": ["Ana, 12 rue X"]})
    unread = {"id": "c", "Comment": "Ana, 12 rue X", "at": None, "agent": "Ana"}
    rows = [
        answer("a", verbatim="Ana, 12 rue X", dims={"agent": "Ana", "shop": "S"}),
        wrong,
        unread,
    ]
    walk = Walk(
        scripted([Page(rows)]), None, "responses", None, steps=[Drop(["verbatim", "agent"])]
    )
    (portion, _) = list(walk)
    assert "Ana" not in str(portion)
    (entry,) = portion.entries
    assert dict(entry.records[0].dims) == {"shop": "S"}  # type: ignore[attr-defined]
    assert len(portion.refused) == 2


def test_a_field_that_a_stream_needs_is_not_dropped() -> None:
    with pytest.raises(UsageError, match="responses need their rating"):
        Walk(scripted([]), None, "responses", None, steps=[Drop(["rating"])])
    with pytest.raises(ValueError, match="fields"):
        Drop([])


# -- label ----------------------------------------------------------------------------------------


def test_the_first_rule_that_holds_names_the_touchpoint() -> None:
    step = Label([({"survey": "s1", "question": "nps"}, "checkout"), ({"survey": "s1"}, "site")])
    rows = [
        answer("a", question="nps", dims={"survey": "s1"}),
        answer("b", question="csat", dims={"survey": "s1"}),
        answer("c", dims={"survey": "s2"}),
        answer("d", dims={"survey": "s1"}, touchpoint="given"),
    ]
    batch, _ = read(scripted([Page(rows)]), steps=[step])
    assert [r.touchpoint for r in batch] == ["checkout", "site", None, "given"]
    over, _ = read(scripted([Page(rows)]), steps=[Label(step.rules, replace=True)])
    assert [r.touchpoint for r in over] == ["checkout", "site", None, "site"]


def test_a_label_leaves_streams_without_touchpoints_alone() -> None:
    step = Label.by("country", {"FR": "shop"}).begin(Stream(name="customers"))
    customer = {"id": "c", "dims": {"country": "FR"}}
    step.apply("customers", customer)
    assert "touchpoint" not in customer
    with pytest.raises(UsageError, match="not blank"):
        Label([({}, " ")])


# -- de-duplicate ---------------------------------------------------------------------------------


def test_an_answer_that_repeats_another_shortly_after_is_left_out_and_counted() -> None:
    def given_at(ident: str, minutes: float, **fields: Any) -> dict[str, Any]:
        at = (NOON + timedelta(minutes=minutes)).isoformat()
        told = {"customer": "c", "question": "nps", "verbatim": "bien", "answered_at": at, **fields}
        return answer(ident, **told)

    def reads(raw: Any, _: Any) -> Read:
        when = raw["answered_at"] and datetime.fromisoformat(raw["answered_at"])
        fields = {**raw, "scale": "0:10", "answered_at": when}
        del fields["at"]
        return Read(id=raw["id"], updated_at=NOON, records=[fields])

    rows = [
        given_at("first", 0),
        given_at("again", 5),
        given_at("before", -9),
        given_at("later", 20),
        given_at("other rating", 1, rating=8),
        given_at("other words", 1, verbatim="bof"),
        given_at("other question", 1, question="csat"),
        given_at("other customer", 1, customer="d"),
        given_at("nobody", 1, customer=None),
        given_at("nobody else", 1, customer=None),
        {**given_at("timeless", 0), "answered_at": None},
        given_at("first", 0),  # the overlap of two pages: the same answer, no repetition
    ]
    feed = scripted([Page(rows)], read=reads)
    walk = Walk(feed, None, "responses", None, steps=[Deduplicate()])
    (portion, _) = list(walk)
    left_out = {e.object for e in portion.entries if not e.records}
    assert left_out == {"again", "before"}
    assert walk.receipt().skipped == {"repeats another answer": 2}
    assert walk.receipt().status == "complete"
    batch, _ = read(feed, steps=[Deduplicate()])
    assert len(batch) == 9
    with pytest.raises(UsageError):
        Deduplicate(within=timedelta(0))


# -- all of them ----------------------------------------------------------------------------------


def test_the_steps_are_found_by_name() -> None:
    for step in (Deduplicate, Drop, Label, Pseudonymise, Redact):
        assert registry.find("step", step.name) is step
        assert issubclass(step, Step)


def test_steps_are_taken_in_their_order_and_before_the_rules() -> None:
    class Shout(Step):
        name = "shout"

        def apply(self, stream: str, fields: Any) -> None:
            fields["verbatim"] = fields["verbatim"].upper()
            fields["weight"] = -1

    class Mend(Step):
        name = "mend"

        def apply(self, stream: str, fields: Any) -> None:
            fields["weight"] = abs(fields["weight"])

    batch, receipt = read(scripted([Page([answer(verbatim="oh")])]), steps=[Shout(), Mend()])
    assert [(r.verbatim, r.weight) for r in batch] == [("OH", 1)]
    assert receipt.status == "complete"


def test_a_step_that_fails_stops_the_walk_before_anything_is_handed_on() -> None:
    class Broken(Step):
        name = "broken"

        def apply(self, stream: str, fields: Any) -> None:
            raise RuntimeError("no")

    walk = Walk(scripted([Page([answer()])]), None, "responses", None, steps=[Broken()])
    with pytest.raises(RuntimeError):
        list(walk)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(-1e9, 1e9) | MEANT | BITS,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=10,
)


@given(JSON)
def test_what_is_kept_raw_stays_json_and_steps_taken_twice_change_nothing(value: Any) -> None:
    for step in (Redact(), Pseudonymise(KEY), Drop(["verbatim"])):
        once = step.raw("responses", value, ())
        assert step.raw("responses", once, ()) == once
        json.dumps(once, allow_nan=False)
