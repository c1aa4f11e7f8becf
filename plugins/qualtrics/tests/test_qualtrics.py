"""The source against a Qualtrics in memory; the vendor's traps by name."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import pytest

from cxmetrics.datasets.loopback import Reply
from cxmetrics.errors import (
    AuthError,
    ConfigError,
    DriftError,
    LimitError,
    OriginError,
    RefusedError,
    TransportError,
)
from cxmetrics.records import Response
from cxmetrics.sources import Since
from cxmetrics.sources.config import configure
from cxmetrics.sources.walk import Walk, read
from cxmetrics.testing import faults
from cxmetrics_qualtrics import Qualtrics
from cxmetrics_qualtrics.questions import ratings

NONE = {"names": {}, "scales": {}, "comments": {}}


def pulled(feed, seams, stream="responses", **given):
    return read(feed, stream, **seams, **given)


def test_answers_become_responses(qualtrics, feed, seams):
    qualtrics.add("R_1", QID1=9, QID1_NPS_GROUP=3, QID2_TEXT="Très bien", QID3=5,
                  externalDataReference="C-1", store="Lyon")  # fmt: skip
    qualtrics.add("R_2", QID3=2)
    source = feed(dims="distributionChannel,store", touchpoint_field="store", touchpoint="shop")
    batch, receipt = pulled(source, seams)
    first, second, third, fourth = batch
    assert (first.id, first.question, first.rating, first.scale.spell()) == (
        "R_1:QID1", "q1", 9, "0:10",
    )  # fmt: skip
    assert (first.verbatim, first.customer, first.touchpoint) == ("Très bien", "C-1", "Lyon")
    assert first.dims == {"survey": qualtrics.survey, "distributionChannel": "email",
                          "store": "Lyon"}  # fmt: skip
    assert first.answered_at == datetime(2026, 3, 1, 10, tzinfo=UTC)
    assert (first.asked_at, first.language) == (datetime(2026, 3, 1, 9, 58, tzinfo=UTC), "fr")
    assert (second.question, second.rating, second.verbatim) == ("q3", 5, None)
    assert (third.rating, third.touchpoint) == (None, "shop")  # not answered: no zero
    assert fourth.rating == 2
    assert (receipt.status, receipt.objects) == ("complete", 2)


def test_names_of_questions_and_comments_by_tag_or_id(qualtrics, feed, seams):
    qualtrics.add("R_1", QID1=9, QID2_TEXT="words", QID3=5)
    source = feed(questions="Q1=nps,QID3=csat", comments="Q2=Q3")
    batch, _ = pulled(source, seams)
    assert [(r.question, r.verbatim) for r in batch] == [("nps", None), ("csat", "words")]


@pytest.mark.parametrize(
    ("values", "why"),
    [
        ({"status": 1}, "survey preview"),
        ({"status": 2}, "survey test"),
        ({"status": 8}, "spam"),
        ({"distributionChannel": "preview"}, "survey preview"),
        ({"finished": 0}, "not finished"),
    ],
)
def test_what_nobody_answered_is_skipped(qualtrics, feed, seams, values, why):
    qualtrics.add("R_1", QID1=9, **values)
    batch, receipt = pulled(feed(), seams)
    assert (len(batch), receipt.skipped, receipt.status) == (0, {why: 1}, "complete")


def test_unfinished_responses_are_read_when_asked_for(qualtrics, feed, seams):
    qualtrics.add("R_1", QID1=9, finished=0)
    assert len(pulled(feed(unfinished="true"), seams)[0]) == 2


def test_an_answer_off_its_scale_is_refused(qualtrics, feed, seams):
    qualtrics.add("R_1", QID1=11, QID3=4)
    batch, receipt = pulled(feed(), seams)
    assert ([r.rating for r in batch], receipt.status) == ([4], "partial")


# -- scales ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("recoded", "more", "scale"),
    [
        ((1, 2, 3, 4, 5), {}, "1:5"),
        ((5, 4, 3, 2, 1), {}, "1:5"),
        ((0, 1), {}, "0:1"),
        ((-2, -1, 0, 1, 2), {}, "-2:2"),
        ((1, 2, 3, 4, 99), {}, None),
        ((1, 2, 3, 4, 99), {"AnalyzeChoices": {"5": "No"}}, "1:4"),
        (("a", "b"), {}, None),
        ((4, 4, 5), {}, None),
    ],
)
def test_a_scale_is_made_of_recoded_values(qualtrics, recoded, more, scale):
    question = {"QuestionType": "MC", "Selector": "SAVR", **qualtrics.choices(*recoded, **more)}
    found = ratings(qualtrics.definition(QID1=question), **NONE)
    assert [rating.scale for rating in found] == ([scale] if scale else [])


def test_i_dont_know_is_no_rating(qualtrics, feed, seams):
    apart = {"AnalyzeChoices": {"5": "No"}}
    question = {
        "QuestionType": "MC",
        "Selector": "DL",
        **qualtrics.choices(1, 2, 3, 4, 99, **apart),
    }
    qualtrics.definition_ = qualtrics.definition(QID1=question)
    qualtrics.add("R_1", QID1=99)
    qualtrics.add("R_2", QID1=4)
    batch, receipt = pulled(feed(), seams)
    assert [r.rating for r in batch] == [None, 4]
    assert receipt.status == "complete"


def test_each_row_of_a_matrix_is_a_rating(qualtrics, feed, seams):
    matrix = {
        "QuestionType": "Matrix",
        "Selector": "Likert",
        "SubSelector": "SingleAnswer",
        "Choices": {"1": {"Display": "Price"}, "4": {"Display": "Speed"}},
        "Answers": {str(at): {"Display": "x"} for at in (1, 2, 3)},
        "RecodeValues": {"1": "1", "2": "2", "3": "3"},
    }
    qualtrics.definition_ = qualtrics.definition(QID4=matrix)
    qualtrics.add("R_1", QID4_1=3, QID4_4=1)
    batch, _ = pulled(feed(), seams)
    assert [(r.question, r.rating, r.scale.spell()) for r in batch] == [
        ("q4_1", 3, "1:3"),
        ("q4_4", 1, "1:3"),
    ]
    named, _ = pulled(feed(questions="Q4_4=speed"), seams)
    assert [r.question for r in named] == ["speed"]


def test_several_answers_and_texts_are_no_ratings(qualtrics):
    several = {"QuestionType": "MC", "Selector": "MAVR", **qualtrics.choices(1, 2, 3)}
    assert ratings(qualtrics.definition(QID1=several), **NONE) == []


def test_a_question_without_a_scale_needs_one_declared(qualtrics, feed, seams):
    odd = {"QuestionType": "MC", "Selector": "SAVR", **qualtrics.choices(1, 2, 4)}
    qualtrics.definition_ = qualtrics.definition(QID1=odd)
    qualtrics.add("R_1", QID1=4)
    batch, receipt = pulled(feed(), seams)
    assert receipt.skipped == {"the survey has no question on a known scale": 1}
    with pytest.raises(ConfigError, match="QID1 has no scale that can be known"):
        pulled(feed(questions="Q1=csat"), seams)
    batch, _ = pulled(feed(questions="Q1=csat", scales="Q1=1:5!"), seams)
    assert [(r.rating, r.scale.reverse) for r in batch] == [(4, True)]


def test_questions_thrown_away_are_not_read(qualtrics):
    told = qualtrics.definition(QID1={"QuestionType": "MC", "Selector": "NPS"})
    told["Questions"]["QID9"] = {"QuestionType": "MC", "Selector": "NPS"}
    told["Blocks"]["BL_T"] = {
        "Type": "Trash",
        "BlockElements": [{"Type": "Question", "QuestionID": "QID9"}],
    }
    assert [rating.key for rating in ratings(told, **NONE)] == ["QID1"]


def test_texts_follow_the_order_of_the_survey_not_of_their_numbers(qualtrics):
    nps = {"QuestionType": "MC", "Selector": "NPS"}
    told = qualtrics.definition(QID7=nps, QID2={"QuestionType": "TE"}, QID3=nps)
    found = ratings(told, **NONE)
    assert [(rating.key, rating.comments) for rating in found] == [
        ("QID7", ("QID2_TEXT",)),
        ("QID3", ()),
    ]


def test_an_unknown_question_is_named(qualtrics, feed, seams):
    with pytest.raises(ConfigError, match="no question 'Q99': it has Q1, Q2, Q3"):
        pulled(feed(questions="Q99=nps"), seams)


# -- the export job --------------------------------------------------------------------------------


def test_trap_a_failed_job_is_no_endless_loop(qualtrics, vendor, feed, seams):
    qualtrics.states = ["inProgress", "failed"]
    with pytest.raises(TransportError, match=r"is failed: req-1: E1"):
        pulled(feed(), seams)
    assert len(vendor.log) < 10


def test_trap_all_percent_done_and_no_file_yet(qualtrics, feed, seams):
    qualtrics.early = True
    qualtrics.states = ["inProgress", "null file", "null file", "complete"]
    qualtrics.add("R_1", QID1=9)
    batch, receipt = pulled(feed(), seams)
    assert (len(batch), receipt.status) == (2, "complete")


def test_trap_a_job_that_never_ends_has_a_deadline(qualtrics, vendor, feed, seams):
    qualtrics.states = ["inProgress"]
    with pytest.raises(LimitError, match="next pull"):
        pulled(feed(), seams)
    assert len(vendor.log) < 200  # waits grow


@pytest.mark.parametrize("state", ["queued for ever", "done"])
def test_an_unknown_state_is_drift(qualtrics, feed, seams, state):
    qualtrics.states = [state]
    with pytest.raises(DriftError, match="unknown"):
        pulled(feed(), seams)


def test_trap_an_expired_job_is_started_anew(qualtrics, feed, seams):
    qualtrics.add("R_1", QID1=9)
    source = feed()
    with source.connect(**seams) as http:
        first = next(iter(source.source.pages(http, "responses", Since())))
        qualtrics.jobs.clear()
        rest = list(source.source.pages(http, "responses", Since(resume=first.cursor)))
    assert len(qualtrics.start) == 2
    assert [raw["responseId"] for page in rest for raw in page.records] == ["R_1"]


def test_an_interrupted_pull_goes_on_with_the_same_job(qualtrics, feed, seams):
    for number in range(2_500):
        qualtrics.add(f"R_{number}", QID1=number % 11)
    source = feed()
    with source.connect(**seams) as http:
        pages = list(source.source.pages(http, "responses", Since()))
        assert [len(page.records) for page in pages] == [0, 1000, 1000, 500]
        cursor = json.loads(json.dumps(pages[1].cursor))
        rest = list(source.source.pages(http, "responses", Since(resume=cursor)))
    assert len(qualtrics.start) == 1
    assert sum(len(page.records) for page in rest) == 1_500


def test_trap_no_last_response_id_is_sent_it_is_ignored_or_refused(qualtrics, feed, seams):
    qualtrics.add("R_1", QID1=9)
    source, state = feed(), None
    with source.connect(**seams) as http:
        for portion in Walk(source, http, "responses", state):
            state = portion.state
        qualtrics.add("R_2", QID1=8, at="2026-03-02T10:00:00Z")
        again = [e.object for p in Walk(source, http, "responses", state) for e in p.entries]
    assert again == ["R_1", "R_2"]  # a day back from the watermark
    assert qualtrics.start == [
        {"format": "ndjson", "compress": True, "sortByLastModifiedDate": True},
        {"format": "ndjson", "compress": True, "sortByLastModifiedDate": True,
         "startDate": "2026-02-28T10:00:00Z"},
    ]  # fmt: skip


def test_by_when_they_were_recorded(qualtrics, feed, seams):
    qualtrics.add("R_1", QID1=9)
    pulled(feed(edits="false"), seams)
    assert "sortByLastModifiedDate" not in qualtrics.start[0]


def test_the_later_version_of_an_edited_response_wins(qualtrics, feed, seams):
    qualtrics.add("R_1", QID1=9, _lastModifiedDate="2026-03-05T00:00:00Z")
    qualtrics.add("R_1", QID1=3, _lastModifiedDate="2026-03-04T00:00:00Z")
    batch, receipt = pulled(feed(questions="Q1=nps"), seams)
    assert ([r.rating for r in batch], receipt.repeated) == ([9], 1)


def test_times_without_an_offset_are_of_the_declared_zone(qualtrics, feed, seams):
    qualtrics.add("R_1", QID1=9, at="2026-07-01 10:00:00", startDate=None)
    batch, _ = pulled(feed(zone="Europe/Paris"), seams)
    assert next(iter(batch)).answered_at == datetime(2026, 7, 1, 8, tzinfo=UTC)


def test_a_damaged_archive_is_no_empty_export(qualtrics, feed, seams):
    qualtrics.add("R_1", QID1=9)
    qualtrics.file = qualtrics.packed()[:-30]
    with pytest.raises(TransportError):
        pulled(feed(), seams)


def test_an_archive_of_two_files_is_drift(qualtrics, feed, seams):
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        archive.writestr("a.ndjson", "{}\n")
        archive.writestr("b.ndjson", "{}\n")
    qualtrics.file = held.getvalue()
    with pytest.raises(DriftError, match="2 files"):
        pulled(feed(), seams)


@pytest.mark.parametrize("line", ["[1]", "{oops", '{"responseId": "a", "responseId": "b"}', "NaN"])
def test_a_line_that_is_no_object_stops_the_export(qualtrics, feed, seams, line):
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        archive.writestr("a.ndjson", f"{line}\n")
    qualtrics.file = held.getvalue()
    with pytest.raises(DriftError):
        pulled(feed(), seams)


def test_a_bomb_is_not_unpacked(qualtrics, feed, seams):
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.ndjson", bytes(64 << 20))
    qualtrics.file = held.getvalue()
    with pytest.raises(LimitError):
        pulled(feed(), seams)


# -- refusals --------------------------------------------------------------------------------------


def test_trap_another_data_centre_looks_like_a_wrong_token(feed, seams):
    with pytest.raises(AuthError, match=r"AUTH_6.*request req-9.*data centre") as caught:
        pulled(feed(token="CANARY-wrong"), seams)
    assert "CANARY" not in str(caught.value)


def test_a_refusal_keeps_code_message_and_request_id(qualtrics, vendor, feed, seams):
    vendor.answer = lambda asked: qualtrics.refuse(400, "BRE_0.1", "Invalid  startDate.")
    with pytest.raises(RefusedError, match=r"BRE_0\.1: Invalid startDate\. \(request req-9\)"):
        pulled(feed(), seams)


@pytest.mark.parametrize("status", [429, 500, 503, 504])
def test_what_passes_is_asked_again(qualtrics, vendor, feed, seams, status):
    qualtrics.add("R_1", QID1=9)
    vendor.misbehave(faults.status(status), at=1)
    assert len(pulled(feed(), seams)[0]) == 2


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"datacenter": "evil.test/"}, "datacenter is what stands before"),
        ({"survey": "../users"}, "survey is an id"),
        ({"directory": "POOL/1"}, "directory is an id"),
    ],
)
def test_settings_that_make_no_sense(given, says):
    told = {"datacenter": "fra1", "survey": "SV_1", "token": "t1", **given}
    with pytest.raises(ConfigError, match=says):
        configure(Qualtrics, told, environ={})


# -- contacts and invitations ----------------------------------------------------------------------


def people(qualtrics):
    qualtrics.contacts = [
        {"contactId": f"CID_{at}", "firstName": "Client", "lastName": str(at), "language": "fr",
         "email": f"client{at}@example.test", "extRef": f"C-{at}" if at < 3 else None,
         "embeddedData": {"plan": "pro"}}
        for at in range(1, 4)
    ]  # fmt: skip


def test_contacts_become_customers(qualtrics, feed, seams):
    people(qualtrics)
    qualtrics.size = 2
    batch, receipt = pulled(
        feed(directory="POOL_1", contact_dims="language,plan"), seams, "customers"
    )
    assert [(c.id, dict(c.dims)) for c in batch] == [
        ("C-1", {"language": "fr", "plan": "pro"}),
        ("C-2", {"language": "fr", "plan": "pro"}),
    ]
    assert receipt.skipped == {"no extRef": 1}
    assert "Client" not in str(next(iter(batch)).to_dict())
    by_id, _ = pulled(feed(directory="POOL_1", contact="contactId"), seams, "customers")
    assert [c.id for c in by_id] == ["CID_1", "CID_2", "CID_3"]


def test_without_a_directory_there_are_no_customers(feed, seams):
    batch, receipt = pulled(feed(), seams, "customers")
    assert (len(batch), receipt.status) == (0, "complete")


def test_histories_of_invitations(qualtrics, feed, seams):
    people(qualtrics)
    qualtrics.distributions = [
        {"id": "EMD_2", "requestType": "Reminder"},
        {"id": "EMD_1", "requestType": "Invite"},
        {"id": "EMD_3", "requestType": "Invite"},
    ]
    qualtrics.histories = {
        "EMD_1": [
            {"contactId": "CID_1", "distributionId": "EMD_1", "status": "SurveyFinished",
             "sentAt": "2026-02-20T08:00:00Z", "responseCompletedAt": "2026-02-20T09:00:00Z"},
            {"contactId": "CID_2", "status": "HardBounce", "sentAt": "2026-02-20T08:00:00Z"},
            {"contactId": "CID_3", "status": "Pending", "sentAt": None},
        ],
        "EMD_3": [{"contactId": "CID_3", "status": "Success", "sentAt": "2026-02-21T08:00:00Z"}],
    }  # fmt: skip
    batch, receipt = pulled(feed(directory="POOL_1"), seams, "invitations")
    assert [(i.id, i.customer, i.delivered) for i in batch] == [
        ("EMD_1:CID_1", "C-1", True),
        ("EMD_1:CID_2", "C-2", False),
        ("EMD_3:CID_3", "CID_3", None),
    ]
    assert next(iter(batch)).answered_at == datetime(2026, 2, 20, 9, tzinfo=UTC)
    assert receipt.skipped == {"not sent": 1}


def test_the_next_page_of_another_host_is_not_contacted(qualtrics, vendor, feed, seams):
    people(qualtrics)
    page = {"result": {"elements": qualtrics.contacts[:1], "nextPage": "https://evil.example/x"}}
    vendor.answer = lambda asked: Reply.of(page)
    with pytest.raises(OriginError):
        pulled(feed(directory="POOL_1"), seams, "customers")


def test_recorded_pages_become_the_expected_records(vendor, feed, seams):
    told = json.loads((Path(__file__).parent / "recorded" / "responses.json").read_text())
    left = iter(told["pages"])

    def respond(asked):
        page = next(left)
        assert (asked.method, asked.path) == (page["method"], page["path"])
        if "export" not in page:
            return Reply.of(page["answer"])
        held = io.BytesIO()
        with zipfile.ZipFile(held, "w") as archive:
            archive.writestr("Client survey.ndjson", "\n".join(map(json.dumps, page["export"])))
        return Reply(held.getvalue(), headers={"Content-Type": "application/zip"})

    vendor.answer = respond
    batch, receipt = pulled(feed(survey=told["settings"]["survey"]), seams)
    assert list(batch) == [Response.from_dict(each) for each in told["expect"]]
    assert receipt.status == "complete"
