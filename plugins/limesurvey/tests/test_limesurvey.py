"""The source against a LimeSurvey in memory, over real HTTP; the vendor's traps by name."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

import cxmetrics as cx
from cxmetrics.datasets.loopback import Reply
from cxmetrics.errors import (
    AuthError,
    ConfigError,
    DriftError,
    PagingError,
    RefusedError,
    TransportError,
)
from cxmetrics.records import Response
from cxmetrics.sources import Since
from cxmetrics.sources.walk import Walk, read
from cxmetrics.testing import faults
from cxmetrics_limesurvey.remote import exported


def pulled(feed, clock, stream="responses", **given):
    return read(feed, stream, clock=clock, **given)


def test_answers_become_responses(lime, feed, clock):
    lime.add(1, NPS="9", WHY="rapide, « très bien »\nmerci", CSAT="5", EFFORT="3.5", token="tok1")
    lime.add(2, NPS="", CSAT="2")
    batch, receipt = pulled(feed(), clock)
    assert (receipt.status, receipt.objects, receipt.total) == ("complete", 2, 2)
    first, second, third, fourth = batch
    assert (first.id, first.question, first.rating, first.scale.spell()) == (
        "1234:1:NPS", "nps", 9, "0:10",
    )  # fmt: skip
    assert first.verbatim == "rapide, « très bien »\nmerci"
    assert first.customer == "tok1"
    assert first.answered_at == datetime(2026, 3, 1, 9, tzinfo=UTC)  # Paris, in winter
    assert (first.language, first.dims) == ("fr", {"survey": "1234"})
    assert (second.question, second.rating, second.verbatim) == ("csat", 5, None)
    assert (third.rating, third.customer) == (None, None)  # not answered: no zero
    assert fourth.rating == 2


def test_a_number_input_is_read_on_a_declared_scale_and_off_it_is_refused(lime, feed, clock):
    lime.add(1, NPS="9", EFFORT="3.5")
    lime.add(2, NPS="8", EFFORT="3")
    batch, receipt = pulled(feed(scales="EFFORT=1:7", questions="EFFORT=ces2,NPS=nps"), clock)
    assert [(r.id, r.rating) for r in batch] == [
        ("1234:1:NPS", 9),
        ("1234:2:NPS", 8),
        ("1234:2:EFFORT", 3),
    ]
    assert receipt.status == "partial"
    assert "rating must be a point" in receipt.reasons[0]


def test_half_points_fit_a_scale_of_half_points(lime, feed, clock):
    lime.add(1, EFFORT="3.5")
    batch, _ = pulled(feed(scales="EFFORT=1:7:0.5", questions="EFFORT=ces2"), clock)
    assert [r.rating for r in batch] == [3.5]


@pytest.mark.parametrize("answer", ["nine", "9,5", "١٠", "9_0", "1e1", "11", "-1"])
def test_an_answer_that_is_no_point_of_the_scale_is_kept_aside(lime, feed, clock, answer):
    lime.add(1, NPS=answer, CSAT="4")
    batch, receipt = pulled(feed(), clock)
    assert [r.question for r in batch] == ["csat"]
    assert receipt.status == "partial"


# -- traps -----------------------------------------------------------------------------------------


def test_trap_gaps_wider_than_the_window_are_no_end(lime, feed, clock):
    for number in (1, 2, 50_000, 50_001, 9_000_000):
        lime.add(number, NPS="9")
    batch, receipt = pulled(feed(window=2), clock)
    assert len(batch) == 10
    assert (receipt.status, receipt.pages, receipt.total) == ("complete", 3, 5)
    windows = [call[7:9] for call in lime.calls if call[0] == "export_responses"]
    assert windows == [(1, None), (1, 2), (50_000, 50_001), (9_000_000, 9_000_000)]


def test_trap_an_expired_key_is_said_with_status_200_and_renewed_once(lime, feed, clock):
    lime.add(1, NPS="9")
    lime.expire_at = {5}
    batch, receipt = pulled(feed(), clock)
    assert (receipt.status, len(batch), lime.logins) == ("complete", 2, 2)


def test_trap_a_key_that_never_holds_is_no_endless_loop(lime, feed, clock):
    lime.add(1, NPS="9")
    lime.expire_at = set(range(1, 100))
    with pytest.raises(AuthError):
        pulled(feed(), clock)
    assert lime.logins <= 3


def test_trap_a_wrong_password_is_said_with_status_200(lime, feed, clock):
    with pytest.raises(AuthError, match="refuses user or password") as caught:
        pulled(feed(password="CANARY-wrong"), clock)
    assert "CANARY" not in str(caught.value)
    assert lime.logins == 0


def test_trap_an_empty_answer_says_that_the_interface_is_off(lime, feed, clock):
    lime.on = False
    with pytest.raises(ConfigError, match=r"RemoteControl is switched off"):
        pulled(feed(), clock)
    assert clock.slept == []  # no use in trying again


def test_trap_an_empty_survey_is_no_error_and_an_inactive_one_is(lime, feed, clock):
    batch, receipt = pulled(feed(), clock)
    assert (len(batch), receipt.status) == (0, "complete")
    lime.active = False
    with pytest.raises(ConfigError, match="not active"):
        pulled(feed(), clock)


def test_trap_status_texts_that_are_errors_are_never_an_empty_list(lime, feed, clock):
    lime._list_questions = lambda *_: {"status": "<b>No permission</b>"}
    with pytest.raises(RefusedError, match="refuses: No permission") as caught:
        pulled(feed(), clock)
    assert "<b>" not in str(caught.value)


def test_trap_the_page_of_an_unknown_method_does_not_reach_the_error(lime, feed, clock):
    lime._list_questions = None
    with pytest.raises(TransportError, match="500") as caught:
        pulled(feed(), clock)
    assert len(str(caught.value)) < 400
    assert "<h1>" not in str(caught.value)


def test_trap_participants_end_with_a_status(lime, feed, clock):
    for number in range(1, 6):
        lime.invite(number)
    batch, receipt = pulled(feed(window=2), clock, "customers")
    assert [c.id for c in batch] == ["tok1", "tok2", "tok3", "tok4", "tok5"]
    assert receipt.status == "complete"
    starts = [call[2] for call in lime.calls if call[0] == "list_participants"]
    assert starts == [0, 2, 4, 5]  # a short page is not the end


@pytest.mark.parametrize("stream", ["customers", "responses"])
def test_participants_that_never_end_are_an_error(lime, vendor, feed, clock, stream):
    lime.invite(1)
    lime.add(1, NPS="9")
    again = lime._list_participants(None, 1234, 0, 10, False, ())
    lime._list_participants = lambda *_: again
    with pytest.raises(PagingError):
        pulled(feed(customer="email"), clock, stream)
    assert len(vendor.log) < 20


def test_trap_a_survey_without_participants_has_none(feed, clock):
    batch, receipt = pulled(feed(), clock, "customers")
    assert (len(batch), receipt.status) == (0, "complete")


def test_trap_limesurvey_3_wraps_each_row_in_its_id(lime, feed, clock):
    lime.wrapped = True
    lime.add(17, NPS="9", id="17")  # and writes ids as texts
    batch, _ = pulled(feed(), clock)
    assert batch.native()["id"][0] == "1234:17:NPS"


def test_trap_without_date_stamps_every_response_is_of_1980(lime, feed, clock):
    lime.add(1, NPS="9", submitdate="1980-01-01 00:00:00", startdate="", datestamp="")
    batch, _ = pulled(feed(), clock)
    assert next(iter(batch)).answered_at is None


def test_trap_two_labels_are_one_key_in_full_headings_and_codes_are_not(recorded):
    full = json.loads(recorded["export_full_dup_labels"]["body"])["result"]
    (row,) = exported(full)
    assert list(row).count("Pourquoi ?") == 1  # the other answer is lost, as the vendor sends it
    short = json.loads(recorded["export_json_code_short"]["body"])["result"]
    assert {"NPS", "VERB", "CSAT", "CES"} <= set(exported(short)[0])


def test_trap_times_are_local_to_the_server(lime, feed, clock):
    lime.add(1, NPS="9", submitdate="2026-07-01 10:00:00", startdate="2026-07-01 09:00:00")
    batch, _ = pulled(feed(zone="America/New_York"), clock)
    assert next(iter(batch)).answered_at == datetime(2026, 7, 1, 14, tzinfo=UTC)


def test_trap_the_clock_set_back_between_start_and_end(lime, feed, clock):
    # 02:50 in summer time, then 02:10 in winter time: twenty minutes later
    lime.add(1, NPS="9", startdate="2026-10-25 02:50:00", submitdate="2026-10-25 02:10:00")
    batch, receipt = pulled(feed(), clock)
    assert receipt.status == "complete"
    assert next(iter(batch)).asked_at is None


def test_trap_a_late_completion_has_a_low_id(lime, feed, clock):
    lime.add(5, NPS="9", submitdate="")
    lime.add(900, NPS="8")
    source, state = feed(), None
    with source.connect(clock=clock) as http:
        for portion in Walk(source, http, "responses", state):
            state = portion.state
        assert state.mark == 900
        lime.add(5, NPS="9")  # completed now
        again = list(Walk(source, http, "responses", state))
    assert "1234:5" in [entry.object for portion in again for entry in portion.entries]


def test_other_is_no_rating(lime, feed, clock):
    lime.add(1, NPS="-oth-", CSAT="4")
    batch, _ = pulled(feed(), clock)
    assert [r.rating for r in batch] == [None, 4]


def test_rows_of_arrays(lime, feed, clock):
    lime.questions = [lime.question(7, "SAT", "F")]
    lime.properties = {
        7: {
            "answeroptions": lime.options("1", "2", "3", "4"),
            "subquestions": {"71": {"title": "A", "question": "Price", "scale_id": 0}},
        }
    }
    lime.add(1, **{"SAT[A]": "3"})
    lime.add(2, SAT_A="4")  # as other headings of codes are written
    batch, _ = pulled(feed(), clock)
    assert [(r.question, r.rating, r.scale.spell()) for r in batch] == [
        ("sat_a", 3, "1:4"),
        ("sat_a", 4, "1:4"),
    ]


def test_a_column_that_the_export_lacks_is_drift_of_the_row(lime, feed, clock):
    lime.add(1, NPS="9", CSAT="5")
    del lime.responses[1]["CSAT"]
    _, receipt = pulled(feed(), clock)
    assert receipt.status == "partial"
    assert "no column 'CSAT'" in receipt.reasons[0]


@pytest.mark.parametrize(
    ("result", "says"),
    [
        ("%%%", "no base64"),
        (base64.b64encode(b"<html>").decode(), "no JSON"),
        (base64.b64encode(b'{"answers": []}').decode(), r"\$\.responses"),
        (base64.b64encode(b'{"responses": [7]}').decode(), "no object"),
        (base64.b64encode(b'{"responses": [{"id": 1, "id": 2}]}').decode(), "comes twice"),
        (["list"], "no text"),
    ],
)
def test_an_export_of_another_shape_is_drift(result, says):
    with pytest.raises(DriftError, match=says):
        exported(result)


# -- customers and invitations ---------------------------------------------------------------------


def test_customers_by_an_attribute_join_the_answers(lime, feed, clock):
    lime.invite(1, attribute_1="C-100", attribute_2="gold")
    lime.invite(2, attribute_1="", attribute_2="gold")
    lime.add(1, NPS="9", token="tok1")
    lime.add(2, NPS="8", token="tok2")
    source = feed(customer="attribute_1", attributes="attribute_2")
    people, receipt = pulled(source, clock, "customers")
    assert [(c.id, c.dims) for c in people] == [("C-100", {"attribute_2": "gold"})]
    assert receipt.skipped == {"no attribute_1": 1}
    batch, _ = pulled(source, clock)
    assert [r.customer for r in batch if r.question == "nps"] == ["C-100", None]


def test_customers_by_mail(lime, feed, clock):
    lime.invite(1)
    people, _ = pulled(feed(customer="email"), clock, "customers")
    assert [c.id for c in people] == ["client1@example.test"]


def test_no_name_is_kept(lime, feed, clock):
    lime.invite(1)
    (customer,), _ = pulled(feed(), clock, "customers")
    assert "Client" not in str(customer.to_dict())


def test_invitations(lime, feed, clock):
    lime.invite(1, completed="2026-02-21 09:30", remindercount=2)
    lime.invite(2, completed="Y", emailstatus="bounced")
    lime.invite(3, sent="N")
    batch, receipt = pulled(feed(), clock, "invitations")
    first, second = batch
    assert (first.id, first.customer, first.survey) == ("1234:1", "tok1", "1234")
    assert first.sent_at == datetime(2026, 2, 20, 7, tzinfo=UTC)
    assert first.answered_at == datetime(2026, 2, 21, 8, 30, tzinfo=UTC)
    assert first.dims == {"reminders": 2}
    assert (second.delivered, second.answered_at) == (False, None)
    assert receipt.skipped == {"not invited": 1}


def test_touchpoint_and_dims(lime, feed, clock):
    lime.add(1, NPS="9", refurl="https://shop.example.test", area="north")
    lime.add(2, NPS="8", refurl="", area="")
    given = {"touchpoint": "delivery", "touchpoint_column": "area", "dims": "refurl"}
    batch, _ = pulled(feed(questions="NPS=nps", **given), clock)
    assert [r.touchpoint for r in batch] == ["north", "delivery"]
    assert [r.dims.get("refurl") for r in batch] == ["https://shop.example.test", None]


# -- walks -----------------------------------------------------------------------------------------


def test_an_interrupted_walk_goes_on_and_knows_the_total(lime, feed, clock):
    for number in range(1, 8):
        lime.add(number, NPS="9")
    source = feed(window=2)
    with source.connect(clock=clock) as http:
        pages = list(source.source.pages(http, "responses", Since()))
        rest = list(source.source.pages(http, "responses", Since(resume=pages[1].cursor)))
    assert [page.total for page in pages] == [7, 7, 7, 7]
    assert [page.records for page in rest] == [page.records for page in pages[2:]]
    assert [page.total for page in rest] == [7, 7]


def test_incomplete_responses_are_read_when_asked_for(lime, feed, clock):
    lime.add(1, NPS="9")
    lime.add(2, NPS="8", submitdate="")
    assert len(pulled(feed(), clock)[0]) == 2
    batch, _ = pulled(feed(state="all"), clock)
    assert len(batch) == 4
    assert list(batch)[2].answered_at == datetime(2026, 3, 1, 9, tzinfo=UTC)  # by its stamp
    assert feed().source.filters("responses") != feed(state="all").source.filters("responses")


def test_index_php_r(lime, vendor, feed, clock):
    lime.add(1, NPS="9")
    vendor.on("POST", "/index.php?r=admin/remotecontrol", lime)
    batch, _ = pulled(feed(route="query"), clock)
    assert len(batch) == 2
    assert {asked.path for asked in vendor.log} == {"/index.php"}


@pytest.mark.parametrize(
    "fault",
    [
        faults.status(503),
        faults.status(429, retry_after="2"),
        faults.html(),
        faults.body(b'{"result": [{"cut'),
        faults.cut(keep=0.5),
    ],
)
def test_a_passing_fault_changes_nothing(lime, vendor, feed, clock, fault):
    lime.add(1, NPS="9", CSAT="4")
    vendor.misbehave(fault, at={2, 4})
    batch, receipt = pulled(feed(), clock)
    assert ([r.rating for r in batch], receipt.status) == ([9, 4], "complete")


def test_the_session_ends_with_the_connection_and_its_key_shows_nowhere(lime, vendor, feed, clock):
    lime.add(1, NPS="9")
    source = feed()
    with source.connect(clock=clock) as http:
        pages = list(source.source.pages(http, "responses", Since()))
    assert not lime.keys
    assert lime.calls[-1] == ("release_session_key",)
    told = json.dumps([[page.cursor, page.context, list(page.records)] for page in pages])
    assert "EXAMPLE000" not in told
    assert lime.password not in f"{told}{source}{http}"


def test_the_key_names_site_and_survey(vendor, feed):
    assert feed().key == f"limesurvey:{vendor.url.removeprefix('http://')}/1234"


# -- the recorded exchanges ------------------------------------------------------------------------


def test_the_recorded_survey_is_read(recorded, vendor, feed, clock):
    """Every answer is the recorded one, byte for byte."""
    replies = {
        "get_session_key": "get_session_key",
        "list_questions": "list_questions",
        "list_surveys": "list_surveys",
        "release_session_key": "get_session_key",
    }

    def respond(asked):
        call = asked.json()
        name = replies.get(call["method"])
        if call["method"] == "get_question_properties":
            first = call["params"][1] == 1
            name = "get_question_properties" if first else "get_question_properties_no_options"
        if call["method"] == "export_responses":
            name = "export_json_code_short"
        if call["method"] == "list_participants":
            name = "list_participants_empty" if call["params"][2] else "list_participants"
        told = recorded[name]
        return Reply(told["body"].encode(), told["status"], told["headers"])

    vendor.on("POST", "/index.php/admin/remotecontrol", respond)
    batch, receipt = pulled(feed(survey="126243", customer="email"), clock)
    assert (receipt.status, receipt.objects) == ("complete", 6)
    nps = [r for r in batch if r.question == "nps"]
    assert [r.rating for r in nps] == [2, 4, 6, 8, 10, 9]
    assert nps[0].verbatim.startswith('Colis "abîmé", appelé deux fois\nsans réponse;')
    assert nps[5].verbatim is None
    assert [r.customer for r in nps] == ["lea@example.test", *[None] * 5]
    assert [r.rating for r in batch if r.question == "csat"] == [1, 2, 3, 4, 5, None]
    people, _ = pulled(feed(survey="126243"), clock, "customers")
    assert [c.id for c in people] == ["tokEXAMPLE00001", "tokEXAMPLE00002"]


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("export_inactive", ConfigError),
        ("list_surveys_bad_key", AuthError),
        ("unknown_method", TransportError),
        ("wrong_content_type_empty_body", ConfigError),
    ],
)
def test_recorded_failures_are_errors(recorded, lime, vendor, feed, clock, name, error):
    told = recorded[name]
    answer = Reply(told["body"].encode(), told["status"], told["headers"])
    vendor.on("POST", lime.path, answer, when=lambda a: a.json()["method"] == "list_questions")
    with pytest.raises(error):
        pulled(feed(), clock)


@pytest.mark.parametrize("name", ["list_surveys_none", "list_participants_empty"])
def test_recorded_empty_lists_are_empty(recorded, lime, vendor, feed, clock, name):
    told = recorded[name]
    answer = Reply(told["body"].encode(), told["status"], told["headers"])
    vendor.on("POST", lime.path, answer, when=lambda a: a.json()["method"] == "list_participants")
    batch, receipt = pulled(feed(), clock, "customers")
    assert (len(batch), receipt.status) == (0, "complete")


def test_recorded_pages_become_the_expected_records(vendor, lime, feed, clock):
    told = json.loads((Path(__file__).parent / "recorded" / "responses.json").read_text())
    left = iter(told["pages"])

    def respond(asked):
        call = asked.json()["method"]
        if call == "release_session_key":
            return {"id": 1, "result": "OK", "error": None}
        page = next(left)
        assert page["call"] == call
        if "export" in page:
            packed = base64.b64encode(json.dumps(page["export"]).encode()).decode()
            return {"id": 1, "result": packed, "error": None}
        return page["answer"]

    vendor.on("POST", lime.path, respond)
    settings = {name: told["settings"][name] for name in ("survey", "zone")}
    batch, receipt = pulled(feed(**settings), clock)
    assert list(batch) == [Response.from_dict(each) for each in told["expect"]]
    assert receipt.status == "complete"


def test_into_a_store_twice_and_measured(lime, feed, clock, tmp_path):
    for number in range(1, 101):
        lime.add(number, NPS=str(number % 11), CSAT=str(1 + number % 5), token=f"tok{number}")
        lime.invite(number)
    tmp_path.chmod(0o700)
    with cx.open_store(tmp_path / "store.db") as store:
        first = store.pull(feed(window=7), clock=clock)
        again = store.pull(feed(window=7), clock=clock)
        assert (first.status, again.status) == ("complete", "complete")
        assert [s.changes.new for s in first.streams] == [200, 100, 100]
        assert [(s.changes.new, s.changes.changed) for s in again.streams] == [(0, 0)] * 3
        expected = [number % 11 for number in range(1, 101)]
        assert cx.nps(store, where={"question": "nps"}).value == cx.nps(expected).value
