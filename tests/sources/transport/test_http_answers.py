"""What an answer means, and what happens then (T1, T2, T5, T10, T19; judges)."""

from __future__ import annotations

import gzip
import json
import logging
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from cxmetrics.errors import (
    AuthError,
    DriftError,
    LimitError,
    OriginError,
    RefusedError,
    RetryError,
    TransportError,
    UsageError,
)
from cxmetrics.sources.auth import SessionLogin
from cxmetrics.sources.http import Request
from cxmetrics.sources.slot import Slot
from cxmetrics.sources.strict import member

HTML = (
    "<html><head><title>x</title><style>p{}</style></head><body>We are \x1b[31mbusy</body></html>"
)


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504, 520, 524, 599])
def test_t1_what_may_pass_is_asked_again(scene, status):
    vendor = scene(status, status, {"ok": 1})
    assert vendor.http.get("x").json() == {"ok": 1}
    assert (len(vendor.asked), vendor.clock.slept) == (3, [1.0, 2.0])


@pytest.mark.parametrize("status", [408, 500, 503])
def test_t1_after_five_tries_it_stops_and_says_what_it_saw(scene, status):
    vendor = scene(httpx.Response(status, text=HTML + "y" * 500, headers={"X-Request-Id": "r-1"}))
    with pytest.raises(TransportError) as caught:
        vendor.http.get("x", params={"who": "ann@example.test"})
    text = str(caught.value)
    assert len(vendor.asked) == 5
    assert f"GET /v1/x: {status} " in text
    assert "We are [31mbusy yyy" in text
    assert "(request r-1) (tried 5 times)" in text
    assert len(text) < 350
    assert not any(word in text for word in ("<", "\x1b", "ann@", "?"))


def test_t1_a_429_without_end_says_when_to_come_back(scene):
    vendor = scene(429)
    with pytest.raises(RetryError) as caught:
        vendor.http.get("x")
    assert caught.value.resume_at == vendor.clock.now() + timedelta(seconds=300)


def test_t1_jitter_is_drawn_below_a_ceiling_that_doubles(scene):
    drawn = []
    vendor = scene(500, uniform=lambda low, high: drawn.append((low, high)) or high / 4)
    with pytest.raises(TransportError):
        vendor.http.get("x")
    assert drawn[:4] == [(0, 1), (0, 2), (0, 4), (0, 8)]
    assert vendor.clock.slept == [0.25, 0.5, 1, 2]


@pytest.mark.parametrize("status", [400, 402, 403, 404, 405, 406, 409, 410, 413, 418, 422, 451])
def test_t2_a_refusal_stops_at_once_and_is_never_empty(scene, status):
    vendor = scene(httpx.Response(status, json={"error": "no"}))
    with pytest.raises(RefusedError, match=f"GET /v1/x: {status} .*error.*no") as caught:
        vendor.http.get("x")
    assert (caught.value.status, len(vendor.asked)) == (status, 1)


def test_t2_refused_credentials_are_an_error_of_their_own(scene):
    vendor = scene(401)
    with pytest.raises(AuthError, match="check or renew the credentials"):
        vendor.http.get("x")
    assert len(vendor.asked) == 1


def test_t5_every_second_request_429_completes(scene):
    answers = [answer for page in range(6) for answer in ((429, {"Retry-After": "1"}), {"p": page})]
    vendor = scene(*answers)
    assert [vendor.http.get(f"x?page={n}").json()["p"] for n in range(6)] == list(range(6))
    assert len(vendor.asked) <= 40


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(200, text=HTML, headers={"Content-Type": "text/html"}),
        httpx.Response(200, text=""),
        httpx.Response(200, text="  \n"),
        httpx.Response(204),
        httpx.Response(200, text='{"a": [1, 2'),
        httpx.Response(200, text='{"a": 1} {"a": 2}'),
        httpx.Response(200, content=b'\xef\xbb\xbf{"a": 1}'),
        httpx.Response(200, content='{"a": "é"}'.encode("latin-1")),
        httpx.Response(200, content='{"a": 1}'.encode("utf-16")),
    ],
)
def test_t10_what_is_no_json_is_asked_again_and_then_stops(scene, answer):
    vendor = scene(answer)
    with pytest.raises(DriftError, match=r"200|204"):
        vendor.http.get("x")
    assert len(vendor.asked) == 5
    assert scene(answer, {"ok": 1}).http.get("x").json() == {"ok": 1}


def test_t10_json_that_is_ambiguous_stops_at_once_and_says_where(scene):
    vendor = scene(httpx.Response(200, text='{"rows": [{"id": 1}, {"score": NaN}]}'))
    with pytest.raises(DriftError, match=r"\$\.rows\[1\]\.score: NaN is no number") as caught:
        vendor.http.get("x")
    assert (caught.value.path, len(vendor.asked)) == ("$.rows[1].score", 1)


@pytest.mark.parametrize("body", [{}, [], None, {"error": "x"}, {"rows": None}, {"rows": {}}])
def test_t10_a_body_without_its_records_is_drift_never_zero_records(scene, body):
    answer = scene(httpx.Response(200, text=json.dumps(body))).http.get("x")
    with pytest.raises(DriftError) as caught:
        member(answer.json(), "$.rows", list)
    assert caught.value.path in ("$", "$.rows")


def test_an_answer_that_is_no_json_by_design_is_taken_as_it_is(scene):
    answer = scene((200, {"Content-Type": "text/csv; charset=latin-1"}, b"\xe9,1")).http.send(
        Request("x", as_json=False)
    )
    assert answer.text == "é,1"
    with pytest.raises(DriftError):
        scene((200, {}, b"\xe9")).http.send(Request("x", as_json=False)).text  # noqa: B018


def test_a_post_is_repeated_only_if_it_may_be(scene):
    vendor = scene(503, {})
    with pytest.raises(TransportError):
        vendor.http.post("x", json={"start": 1})
    assert len(vendor.asked) == 1
    assert scene(503, {}).http.post("x", json={"query": 1}, repeatable=True).json() == {}
    with pytest.raises(TransportError):
        scene(httpx.ReadTimeout("x"), {}).http.post("x", json={})
    # Here the vendor surely did not act.
    assert scene(429, {}).http.post("x", json={}).json() == {}
    assert scene(httpx.ConnectError("refused"), {}).http.post("x", json={}).json() == {}


def test_bodies_are_filled_at_the_moment_they_are_sent(scene):
    vendor = scene({}, config={"user": "ann", "number": 7})
    asked = Request(
        "x",
        method="post",
        json={
            "params": [Slot("token"), Slot("number"), {"u": Slot("user", before="<", after=">")}]
        },
        headers={"X-U": Slot("user")},
        params={"n": Slot("number"), "on": True},
    )
    assert "CANARY" not in repr(asked) + json.dumps(asked.to_dict())
    assert Request.from_dict(json.loads(json.dumps(asked.to_dict()))) == asked
    vendor.http.send(asked)
    sent = vendor.asked[0]
    assert json.loads(sent.content) == {"params": ["CANARY-token-value", 7, {"u": "<ann>"}]}
    assert (sent.url.query, sent.headers["x-u"]) == (b"n=7&on=true", "ann")
    vendor.http.post("x", form={"a": "b c", "k": Slot("token")})
    assert vendor.asked[1].content == b"a=b+c&k=CANARY-token-value"


def test_an_empty_body_of_json_survives_as_a_cursor():
    for body in ({}, [], False, 0, ""):
        asked = Request("x", method="POST", json=body, as_json=False, repeatable=True)
        assert Request.from_dict(asked.to_dict()) == asked
    with pytest.raises(UsageError, match="one body"):
        Request("x", json={}, form={})


# --- judges ---------------------------------------------------------------------------------------


def replay(shared, name):
    told = json.loads((shared / "fixtures" / name).read_text())
    headers = {k: v for k, v in told["headers"].items() if k != "content-length"}
    return lambda _: httpx.Response(told["status"], headers=headers, content=told["body"].encode())


def lime_judge(answer):
    """Say what LimeSurvey means: errors are 200, an object with a status alone."""
    result = member(answer.json(), "$.result", (dict, list, str))
    if isinstance(result, dict) and set(result) == {"status"}:
        return "renew" if "session key" in result["status"] else None
    return "ok"


def lime_key(answer):
    result = member(answer.json(), "$.result", (dict, str))
    if isinstance(result, dict):
        raise AuthError(f"LimeSurvey: {result['status']}.")
    return result


def rpc(method, *params):
    body = {"method": method, "params": [Slot("session"), *params], "id": 1}
    return Request("rc", method="POST", json=body, repeatable=True)


@pytest.fixture
def lime(scene, shared):
    login = {"method": "get_session_key", "params": [Slot("user"), Slot("password")], "id": 1}

    def make(*names, **details):
        return scene(
            *(replay(shared, f"limesurvey/{name}.json") for name in names),
            auth=SessionLogin(
                Request("rc", method="POST", json=login, repeatable=True), read=lime_key
            ),
            secrets={"password": "CANARY-password"},
            config={"user": "demo-user"},
            policy={"judge": lime_judge},
            **details,
        )

    return make


def methods(vendor):
    return [json.loads(request.content)["method"] for request in vendor.asked]


def test_limesurvey_logs_in_first_and_fills_the_key(lime):
    vendor = lime("get_session_key", "list_surveys")
    rows = vendor.http.send(rpc("list_surveys")).json()["result"]
    assert [row["sid"] for row in rows][:1] == [126243]
    login, asked = (json.loads(request.content) for request in vendor.asked)
    assert login["params"] == ["demo-user", "CANARY-password"]
    assert asked["params"] == ["k3y0EXAMPLE0000000000000000000a1"]


def test_limesurvey_a_dead_key_is_renewed_once_and_asked_again(lime):
    vendor = lime("get_session_key", "list_surveys_bad_key", "get_session_key", "list_surveys")
    assert vendor.http.send(rpc("list_surveys")).json()["result"]
    assert methods(vendor) == ["get_session_key", "list_surveys"] * 2


def test_limesurvey_a_key_that_stays_dead_is_no_login_loop(lime):
    vendor = lime(
        "get_session_key", "list_surveys_bad_key", "get_session_key", "list_surveys_bad_key"
    )
    with pytest.raises(AuthError) as caught:
        vendor.http.send(rpc("list_surveys"))
    assert len(vendor.asked) == 4
    assert "k3y0EXAMPLE" not in str(caught.value)


def test_limesurvey_a_wrong_password_stops(lime):
    vendor = lime("get_session_key_bad")
    for _ in range(3):
        with pytest.raises(AuthError, match="Invalid user name or password"):
            vendor.http.send(rpc("list_surveys"))
    assert len(vendor.asked) == 1  # what was refused for good is not tried again


def test_limesurvey_an_empty_list_is_a_status_and_not_an_error(lime):
    vendor = lime("get_session_key", "list_surveys_none")
    assert vendor.http.send(rpc("list_surveys")).json()["result"] == {"status": "No surveys found"}


def test_limesurvey_an_unknown_method_never_reaches_a_log_in_full(lime, caplog):
    vendor = lime("get_session_key", "unknown_method", tries=2)
    with caplog.at_level(logging.DEBUG), pytest.raises(TransportError, match="500") as caught:
        vendor.http.send(rpc("nope"))
    assert "<" not in str(caught.value)
    assert max(map(len, caplog.messages)) < 400


def test_limesurvey_an_empty_body_is_never_an_empty_list(lime):
    vendor = lime("get_session_key", "wrong_content_type_empty_body")
    with pytest.raises(DriftError, match="the body is empty"):
        vendor.http.send(rpc("list_surveys"))
    assert methods(vendor) == ["get_session_key"] + ["list_surveys"] * 5


def odoo_judge(answer):
    """Say what Odoo means: errors of JSON-RPC are 200, a bad field is 500."""
    found = answer.json()
    if answer.status == 500:
        return "refuse" if "ValueError" in member(found, "$.name", str) else None
    error = member(found, "$.error", default=None) if isinstance(found, dict) else None
    if error is not None:
        name = member(error, "$.data.name", str)
        if "AccessDenied" in name:
            raise AuthError("Odoo denies the access: check database, user and password.")
        return "refuse"
    return None


def test_odoo_a_bad_field_is_500_and_not_asked_again(scene, shared):
    vendor = scene(replay(shared, "odoo/v19/json2_err_badfield.json"), policy={"judge": odoo_judge})
    with pytest.raises(RefusedError, match=r"Invalid field rating\.rating\.nofield") as caught:
        vendor.http.post("json/2/rating.rating/search_read", json={}, repeatable=True)
    assert (caught.value.status, len(vendor.asked)) == (500, 1)
    assert "Traceback" not in str(caught.value)


def test_odoo_another_500_is_asked_again(scene):
    vendor = scene(500, {"ok": 1}, policy={"judge": odoo_judge})
    assert vendor.http.get("x").json() == {"ok": 1}


def test_odoo_an_error_in_a_200_is_an_error(scene, shared):
    vendor = scene(replay(shared, "odoo/v19/jsonrpc_err_auth.json"), policy={"judge": odoo_judge})
    with pytest.raises(AuthError, match="denies the access"):
        vendor.http.post("jsonrpc", json={}, repeatable=True)


def test_odoo_a_wrong_password_is_false_and_not_a_key(scene, shared):
    def uid(answer):
        return answer.json()["result"] or None

    auth = SessionLogin(Request("jsonrpc", method="POST", json={}), read=uid, slot="uid")
    vendor = scene(replay(shared, "odoo/v19/jsonrpc_auth_wrong_password.json"), auth=auth)
    with pytest.raises(AuthError, match="gave no key"):
        vendor.http.get("x")
    vendor = scene(replay(shared, "odoo/v14/jsonrpc_auth.json"), {}, auth=auth)
    vendor.http.post("x", json=[Slot("uid")])
    assert vendor.asked[-1].content == b"[2]"


def test_salesforce_a_403_may_be_the_rate_limit(scene):
    def judge(answer):
        if answer.status != 403:
            return None
        return "again" if "REQUEST_LIMIT" in member(answer.json(), "$[0].errorCode", str) else None

    limit = httpx.Response(403, json=[{"errorCode": "REQUEST_LIMIT_EXCEEDED"}])
    vendor = scene(limit, {"ok": 1}, policy={"judge": judge})
    assert vendor.http.get("x").json() == {"ok": 1}
    with pytest.raises(RetryError):
        scene(limit, policy={"judge": judge}).http.get("x")
    with pytest.raises(RefusedError):
        scene(httpx.Response(403, json=[{"errorCode": "NO"}]), policy={"judge": judge}).http.get(
            "x"
        )
    with pytest.raises(RefusedError):  # the judge finds an error page: the rules apply
        scene(403, policy={"judge": judge}).http.get("x")


def test_a_judge_may_accept_what_the_rules_refuse(scene):
    def judge(answer):
        return "ok" if answer.status == 404 else None

    vendor = scene(httpx.Response(404, json={"rows": []}), policy={"judge": judge})
    assert vendor.http.get("x").status == 404


# --- times ----------------------------------------------------------------------------------------


def test_t19_the_vendor_says_what_time_it_is(scene):
    vendor = scene((200, {"Date": "Wed, 31 Dec 2025 23:00:00 GMT"}))
    assert vendor.http.now() == vendor.clock.now()
    answer = vendor.http.get("x")
    assert answer.date == datetime(2025, 12, 31, 23, tzinfo=UTC)
    vendor.clock.advance(60)
    assert vendor.http.now() == datetime(2025, 12, 31, 23, 1, tzinfo=UTC)


def test_t19_a_vendor_ahead_does_not_move_our_clock(scene):
    for date in ("Fri, 01 Jan 2027 00:00:00 GMT", "nonsense", ""):
        vendor = scene((200, {"Date": date}))
        vendor.http.get("x")
        assert vendor.http.now() == vendor.clock.now()


def test_links_are_read_by_relation(scene):
    link = '<https://api.acme.test/v1/x?a=1,2>; rel="next"; title="a, b", <y>; rel=PREV, <z>'
    answer = scene((200, {"Link": link})).http.get("x")
    assert answer.links() == {"next": "https://api.acme.test/v1/x?a=1,2", "prev": "y"}
    assert scene({}).http.get("x").links() == {}


# --- what only a client that is not the network's own can get wrong -----------------------------


def test_t6_a_body_shorter_than_its_length_is_never_taken(scene):
    cut = (200, {"Content-Length": "100"}, b"[1, 2]")
    vendor = scene(cut, {"ok": 1})
    assert vendor.http.get("x").json() == {"ok": 1}
    with pytest.raises(TransportError, match="6 of 100 bytes"):
        scene(cut).http.get("x")


def test_t8_the_deadline_is_kept_between_two_pieces_of_a_body(scene):
    vendor = scene(lambda _: httpx.Response(200, content=slowly()))

    def slowly():
        for _ in range(4):
            vendor.clock.advance(50)
            yield b"1"

    with pytest.raises(LimitError, match="took too long"):
        vendor.http.get("x")


def test_t9_compressed_bytes_that_hold_nothing_are_bounded_too(scene):
    nothing = iter([gzip.compress(b"")] * 100)
    answer = httpx.Response(200, headers={"Content-Encoding": "gzip"}, content=nothing)
    with pytest.raises(LimitError, match="larger than 1000 bytes"):
        scene(answer, most_bytes=1000).http.get("x")


def test_what_can_not_be_sent_is_the_mistake_of_the_caller(scene):
    vendor = scene({}, policy={"export_origins": ("https://cdn.acme.test",)})
    with pytest.raises(UsageError, match="the parameter 'at' is a datetime"):
        vendor.http.get("x", params={"at": datetime(2026, 1, 1, tzinfo=UTC)})
    with pytest.raises(UsageError, match="too long"):
        vendor.http.get("x", params={"ids": "1" * 70_000})
    with pytest.raises(OriginError, match="by `download`"):
        vendor.http.resolve("https://cdn.acme.test/f")
    assert vendor.asked == []
