"""The source against a Zendesk in memory; the vendor's traps by name."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from cxmetrics.datasets.loopback import Reply
from cxmetrics.errors import AuthError, ConfigError, OriginError, PagingError, RefusedError
from cxmetrics.records import Response
from cxmetrics.sources import Since
from cxmetrics.sources.config import configure
from cxmetrics.sources.walk import Walk, read
from cxmetrics.testing import faults
from cxmetrics_zendesk import Zendesk, reading

START = 1_767_225_600
DAY = 86_400


def pulled(feed, seams, stream="responses", **given):
    return read(feed, stream, **seams, **given)


# -- legacy ratings --------------------------------------------------------------------------------


def test_good_and_bad_become_yes_and_no(desk, feed, seams):
    desk.rate(1, "good", comment="Rapide et gentil", at=START)
    desk.rate(2, "bad_with_comment", comment="Trop long", reason="Took too long")
    desk.rate(3, "good_without_comment", reason="No reason provided")
    batch, receipt = pulled(feed(csat="legacy"), seams)
    first, second, third = batch
    assert (first.id, first.rating, first.scale.spell(), first.question) == (
        "rating:1", 1, "0:1", "csat",
    )  # fmt: skip
    assert (first.customer, first.interaction, first.verbatim) == (
        "101",
        "1001",
        "Rapide et gentil",
    )
    assert (first.touchpoint, first.dims) == ("support", {})
    assert (second.rating, second.dims) == (0, {"reason": "Took too long"})
    assert (third.rating, third.dims) == (1, {})
    assert receipt.status == "complete"


def test_trap_offered_and_unoffered_are_no_answers(desk, feed, seams):
    desk.rate(1, "offered")
    desk.rate(2, "unoffered")
    desk.rate(3, "good")
    batch, receipt = pulled(feed(csat="legacy"), seams)
    assert len(batch) == 1
    assert receipt.skipped == {"offered": 1, "unoffered": 1}
    assert receipt.status == "complete"


def test_a_score_of_another_kind_is_kept_aside(desk, feed, seams):
    desk.rate(1, "excellent")
    batch, receipt = pulled(feed(csat="legacy"), seams)
    assert (len(batch), receipt.status) == (0, "partial")
    assert "neither good nor bad" in receipt.reasons[0]
    assert "excellent" not in receipt.reasons[0]


# -- survey responses ------------------------------------------------------------------------------


def test_a_survey_response_takes_its_scale_from_its_version_of_the_survey(desk, feed, seams):
    desk.survey("S1", 1, [1, 2, 3, 4, 5])
    desk.survey("S1", 2, [1, 2])
    desk.respond("A", 4, version=1, words="Parfait", reason="O1")
    desk.respond("B", 2, version=2)
    batch, receipt = pulled(feed(csat="surveys"), seams)
    first, second = batch
    assert (first.id, first.rating, first.scale.spell()) == ("survey:A:Q1", 4, "1:5")
    assert (first.question, first.customer, first.interaction) == ("csat", "501", "99")
    assert (first.verbatim, first.dims) == ("Parfait", {"survey": "S1", "reason": "Too slow"})
    assert (second.rating, second.scale.spell(), second.verbatim) == (2, "1:2", None)
    assert receipt.status == "complete"


def test_a_survey_that_is_gone_leaves_the_scale_unknown_not_guessed(desk, feed, seams):
    desk.respond("A", 4)
    batch, receipt = pulled(feed(csat="surveys"), seams)
    assert (len(batch), receipt.status) == (0, "partial")
    assert "scale of the question is not known" in receipt.reasons[0]


def test_a_response_without_a_rating_is_no_answer(desk, feed, seams):
    desk.survey("S1", 1, [1, 2, 3])
    desk.respond("A", None)
    batch, receipt = pulled(feed(csat="surveys"), seams)
    assert (len(batch), receipt.skipped) == (0, {"not answered": 1})


def test_an_answer_off_its_scale_is_refused(desk, feed, seams):
    desk.survey("S1", 1, [1, 2, 3])
    desk.respond("A", 5)
    batch, receipt = pulled(feed(csat="surveys"), seams)
    assert (len(batch), receipt.status) == (0, "partial")


def test_one_definition_is_asked_for_once(desk, vendor, feed, seams):
    desk.survey("S1", 1, [1, 2, 3])
    desk.size = 2
    for number in range(5):
        desk.respond(f"R{number}", 3)
    assert len(pulled(feed(csat="surveys"), seams)[0]) == 5
    assert sum("/surveys/" in asked.path for asked in vendor.log) == 1


def test_options_told_with_the_response_are_used():
    question = {"id": "Q9", "type": "rating_scale_numeric", "sub_type": "other", "alias": "effort",
                "options": [{"rating": p} for p in (1, 2, 3, 4, 5, 6, 7)]}  # fmt: skip
    stamp = "2026-01-01T00:00:00.000Z"
    answer = {"type": "rating_scale", "rating": 6, "question": question, "created_at": stamp,
              "updated_at": stamp}  # fmt: skip
    raw = {"id": "A", "responder_id": 1, "subjects": [{"id": "x", "type": "conversation"}],
           "survey": {"id": "S", "version": 1}, "answers": [answer]}  # fmt: skip
    (record,) = reading.answers(raw, "support", {}).records
    assert (record["scale"], record["question"], record["interaction"]) == ("1:7", "effort", None)


# -- both ------------------------------------------------------------------------------------------


def test_both_kinds_come_in_one_stream(desk, feed, seams):
    desk.rate(1, "good")
    desk.survey("S1", 1, [1, 2, 3, 4, 5])
    desk.respond("A", 4)
    batch, receipt = pulled(feed(), seams)
    assert [r.id for r in batch] == ["rating:1", "survey:A:Q1"]
    assert receipt.status == "complete"


@pytest.mark.parametrize("status", [403, 404])
@pytest.mark.parametrize(
    ("barred", "said"),
    [
        ("satisfaction_ratings", "satisfaction ratings are not available"),
        ("guide/survey_responses", "survey responses are not available"),
    ],
)
def test_trap_a_stream_that_is_not_in_the_plan_is_skipped_with_its_reason(
    desk, feed, seams, barred, said, status
):
    desk.rate(1, "good")
    desk.survey("S1", 1, [1, 2, 3, 4, 5])
    desk.respond("A", 4)
    desk.barred = {barred: status}
    batch, receipt = pulled(feed(), seams)
    assert len(batch) == 1
    assert receipt.skipped == {f"{said} (HTTP {status})": 1}
    assert receipt.status == "complete"


def test_trap_refused_everywhere_is_no_empty_success(desk, feed, seams):
    desk.barred = {"satisfaction_ratings": 403, "guide": 403}
    with pytest.raises(RefusedError, match="403"):
        pulled(feed(), seams)
    with pytest.raises(RefusedError, match="403"):
        pulled(feed(csat="legacy"), seams)
    desk.barred = {"incremental": 403}
    with pytest.raises(RefusedError, match="403"):
        pulled(feed(), seams, "interactions")


def test_trap_a_refusal_in_the_middle_is_no_skip(desk, vendor, feed, seams):
    desk.size = 2
    for number in range(5):
        desk.rate(number, "good")
    vendor.misbehave(faults.status(403), at=2)
    with pytest.raises(RefusedError):
        pulled(feed(), seams)


def test_trap_an_answer_comes_after_what_was_asked_for_first(desk, feed, seams):
    """Ratings are filtered by when they were created: an increment goes back 31 days."""
    desk.rate(1, "offered", at=START)
    desk.rate(2, "good", at=START + 20 * DAY)
    source, state = feed(csat="legacy"), None
    with source.connect(**seams) as http:
        for portion in Walk(source, http, "responses", state):
            state = portion.state
        desk.ratings[0] |= {"score": "bad", "updated_at": "2026-01-25T00:00:00Z"}
        again = [e.object for p in Walk(source, http, "responses", state) for e in p.entries]
    assert "rating:1" in again


# -- exports ---------------------------------------------------------------------------------------


def test_tickets_become_interactions(desk, feed, seams):
    desk.ticket(1, at=START + 5)
    desk.ticket(2, requester_id=None)
    batch, receipt = pulled(feed(ticket_dims="status,360,tags"), seams, "interactions")
    (ticket,) = batch
    assert (ticket.id, ticket.customer, ticket.touchpoint) == ("1", "501", "support")
    assert (ticket.channel, ticket.at) == ("email", datetime(2026, 1, 1, tzinfo=UTC))
    assert ticket.dims == {"status": "solved", "360": "north", "tags": "vip,fr"}
    assert receipt.skipped == {"no requester": 1}


def test_users_become_customers_and_agents_do_not(desk, feed, seams):
    desk.user(1)
    desk.user(2, role="agent")
    batch, receipt = pulled(feed(user_dims="locale,plan"), seams, "customers")
    (customer,) = batch
    assert (customer.id, customer.dims) == ("1", {"locale": "fr-FR", "plan": "pro"})
    assert "Client" not in str(customer.to_dict())
    assert receipt.skipped == {"role agent": 1}


def test_deleted_tickets_and_users_are_gone(desk, feed, seams):
    desk.ticket(1)
    desk.ticket(2)
    source = feed()
    with source.connect(**seams) as http:
        desk.tickets[1]["status"] = "deleted"
        portions = list(Walk(source, http, "interactions", None))
        assert [ident for p in portions for ident in p.gone] == ["2"]
        desk.user(7, active=False)
        portions = list(Walk(source, http, "customers", None))
        assert [ident for p in portions for ident in p.gone] == ["7"]


def test_trap_more_than_a_page_shares_one_second(desk, feed, seams):
    desk.size = 3
    for number in range(1, 11):
        desk.ticket(number, at=START + 60)
    batch, receipt = pulled(feed(), seams, "interactions")
    assert len(batch) == 10
    assert (receipt.status, receipt.pages) == ("complete", 4)


def test_trap_the_second_record_of_a_second_appears_later(desk, feed, seams):
    desk.ticket(1, at=START + 60)
    source, state = feed(), None
    with source.connect(**seams) as http:
        for portion in Walk(source, http, "interactions", state):
            state = portion.state
        desk.ticket(2, at=START + 60)
        again = [e.object for p in Walk(source, http, "interactions", state) for e in p.entries]
    assert "2" in again


def test_trap_end_of_stream_ends_and_an_address_that_repeats_does_not_loop(
    desk, vendor, feed, seams
):
    desk.ticket(1)
    vendor.misbehave(faults.changed(lambda page: {**page, "end_of_stream": False}))
    with pytest.raises(PagingError):
        pulled(feed(), seams, "interactions")
    assert len(vendor.log) < 10


def test_the_next_address_of_another_host_is_not_contacted(desk, vendor, feed, seams):
    desk.ticket(1)
    elsewhere = {"end_of_stream": False, "after_url": "https://evil.example/api/v2/x?cursor=1"}
    vendor.misbehave(faults.changed(lambda page: {**page, **elsewhere}))
    with pytest.raises(OriginError):
        pulled(feed(), seams, "interactions")


def test_an_export_does_not_start_within_the_last_minute(desk, vendor, feed, seams):
    source = feed(start="2026-03-01")
    pulled(source, seams, "interactions")
    asked = int(vendor.log[0].query["start_time"])
    assert asked == int(datetime(2026, 2, 28, 23, 58, tzinfo=UTC).timestamp())


def test_a_first_day_bounds_what_is_asked(desk, vendor, feed, seams):
    desk.rate(1, "good", at=START)
    desk.rate(2, "good", at=START + 40 * DAY)
    source = feed(start="2026-02-01", csat="legacy")
    assert [r.id for r in pulled(source, seams)[0]] == ["rating:2"]
    assert source.source.filters("responses") != feed(csat="legacy").source.filters("responses")


# -- transport -------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [409, 429, 503, 520, 524])
def test_trap_what_passes_is_asked_again(desk, vendor, feed, seams, status):
    desk.rate(1, "good")
    vendor.misbehave(faults.status(status, retry_after="1"), at=1)
    batch, _ = pulled(feed(csat="legacy"), seams)
    assert len(batch) == 1


def test_signed_with_address_and_token(desk, vendor, feed, seams):
    pulled(feed(csat="legacy"), seams)
    shown = vendor.log[0].headers["authorization"].removeprefix("Basic ")
    assert base64.b64decode(shown) == b"agent@example.test/token:CANARY-zendesk-token"


def test_signed_with_an_oauth_token(desk, vendor, feed, seams):
    pulled(feed(csat="legacy", oauth="CANARY-oauth"), seams)
    assert vendor.log[0].headers["authorization"] == "Bearer CANARY-oauth"


def test_a_refused_token_is_an_auth_error_without_it(desk, vendor, feed, seams):
    vendor.misbehave(faults.status(401, body=b'{"error": "Couldn\'t authenticate you"}'))
    with pytest.raises(AuthError) as caught:
        pulled(feed(), seams)
    assert "CANARY" not in str(caught.value)


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"subdomain": "acme"}, "either an API token"),
        ({"subdomain": "acme", "token": "x1"}, "email must be given"),
        ({"subdomain": "evil.test/", "oauth": "x1"}, "subdomain is what stands before"),
        ({"subdomain": "acme", "oauth": "x1", "locale": "../x"}, "locale is a language"),
        ({"subdomain": "acme", "token": "x1", "email": "a@b.test", "oauth": "x2"}, "either"),
    ],
)
def test_settings_that_make_no_sense(given, says):
    with pytest.raises(ConfigError, match=says):
        configure(Zendesk, given, environ={})


def test_an_interrupted_walk_goes_on_in_the_list_it_was_in(desk, vendor, feed, seams):
    desk.size = 2
    desk.survey("S1", 1, [1, 2, 3, 4, 5])
    for number in range(3):
        desk.rate(number, "good")
        desk.respond(f"R{number}", 4)
    source = feed()
    with source.connect(**seams) as http:
        pages = list(source.source.pages(http, "responses", Since()))
        for at, page in enumerate(pages[:-1]):
            cursor = json.loads(json.dumps(page.cursor))
            rest = list(source.source.pages(http, "responses", Since(resume=cursor)))
            told = [r["id"] for p in pages[at + 1 :] for r in p.records]
            assert [r["id"] for p in rest for r in p.records] == told


def test_recorded_pages_become_the_expected_records(vendor, feed, seams):
    told = json.loads((Path(__file__).parent / "recorded" / "responses.json").read_text())
    left = iter(told["pages"])

    def respond(asked):
        page = next(left)
        assert asked.path == page["path"]
        return Reply.of(page["answer"], status=page.get("status", 200))

    vendor.answer = respond
    batch, receipt = pulled(feed(), seams)
    assert list(batch) == [Response.from_dict(each) for each in told["expect"]]
    assert receipt.status == "complete"
