"""S3: a canary for a secret, every failure, and everything that anybody could read afterwards."""

from __future__ import annotations

import base64
import json
import logging
import pickle
import re
import traceback
from urllib.parse import quote

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cxmetrics.errors import CxError, RefusedError
from cxmetrics.sources.auth import (
    Basic,
    ClientCredentials,
    HeaderToken,
    Jwt,
    QueryToken,
    RefreshToken,
    SessionLogin,
)
from cxmetrics.sources.http import Request
from cxmetrics.sources.secret import Secret
from cxmetrics.sources.slot import Slot
from cxmetrics.sources.transport.vault import Vault

CANARY = "CANARY/7f3+a b=ü&\"x'"
PLAIN = "CANARY-9c1e44d2a7"


def spellings(secret):
    raw = secret.encode()
    return {
        secret,
        quote(secret),
        quote(secret, safe=""),
        re.sub("%..", lambda escape: escape[0].lower(), quote(secret, safe="")),
        secret.replace(" ", "+"),
        json.dumps(secret)[1:-1],
        json.dumps(secret, ensure_ascii=False)[1:-1],
        base64.b64encode(raw).decode().rstrip("="),
        *(base64.b64encode(b"u" * n + b":" + raw + b"tail").decode() for n in range(3)),
    }


def leaks(text, secret):
    return [spelled for spelled in spellings(secret) if spelled in text]


def told(error):
    """Everything an error tells: its text, its chain, and the locals of every frame of ours."""
    parts = []
    while error is not None:
        parts += [repr(error), repr(error.args), repr(vars(error))]
        parts += traceback.format_exception(error)
        for frame, _ in traceback.walk_tb(error.__traceback__):
            if frame.f_code.co_filename != __file__:
                parts += [repr(value) for value in frame.f_locals.values()]
        error = error.__cause__ or error.__context__
    return "\n".join(parts)


def echo(request):
    """Answer with everything that was received, as a careless vendor does."""
    said = f"{request.url} {dict(request.headers)} {request.content.decode()}"
    basic = base64.b64encode(request.content).decode()
    return f"{said} {quote(said)} {quote(said, safe='')} {basic} {json.dumps(said)}"


ANSWERS = {
    "refused": lambda request: httpx.Response(403, text=echo(request)),
    "out of order": lambda request: httpx.Response(500, text=echo(request)),
    "no JSON": lambda request: httpx.Response(200, text=f"<p>{echo(request)}"),
    "ambiguous JSON": lambda request: httpx.Response(200, text=f'{{"{PLAIN}": NaN}}'),
    "unauthorized": lambda request: httpx.Response(401, text=echo(request)),
    "patience": lambda request: httpx.Response(
        429, text=echo(request), headers={"Retry-After": "9999", "X-Request-Id": PLAIN}
    ),
    "redirect": lambda request: httpx.Response(302, headers={"Location": f"https://{PLAIN}.test/"}),
    "redirect inside": lambda request: httpx.Response(
        302, headers={"Location": f"/{quote(PLAIN)}?key={PLAIN}"}
    ),
    "cut": lambda request: httpx.ReadError(f"cut after {request.url} {dict(request.headers)}"),
    "no connection": lambda request: httpx.ConnectError(f"{request.url}"),
    "protocol": lambda request: httpx.RemoteProtocolError(f"bad line {echo(request)}"),
    "gzip": lambda request: httpx.Response(
        200, content=PLAIN.encode(), headers={"Content-Encoding": "x-" + PLAIN}
    ),
}
AUTHS = {
    "header": HeaderToken("X-API-TOKEN"),
    "bearer": HeaderToken("Authorization", prefix="Bearer "),
    "basic": Basic("token", "token"),
    "query": QueryToken("api_key"),
    "client": ClientCredentials("t", client_id="token", client_secret="token"),
    "client basic": ClientCredentials("t", client_id="user", client_secret="token", basic=True),
    "refresh": RefreshToken("t", refresh_token="token", client_id="token", client_secret=None),
    "jwt": Jwt("ES256", key="token"),
    "session": SessionLogin(
        Request("login", method="POST", json=[Slot("token")]), read=lambda answer: answer.json()
    ),
}


@pytest.mark.parametrize("auth", AUTHS)
@pytest.mark.parametrize("answer", ANSWERS)
def test_s3_no_failure_tells_a_secret(scene, caplog, answer, auth):
    asked = Request(
        "x",
        method="POST",
        params={"k": Slot("token")},
        headers={"X-Other": Slot("token", "<", ">")},
        json={"key": Slot("token")},
        repeatable=True,
    )
    vendor = scene(ANSWERS[answer], auth=AUTHS[auth], secrets={"token": PLAIN},
                   config={"user": "ann"})  # fmt: skip
    with caplog.at_level(logging.DEBUG), pytest.raises(CxError) as caught:
        vendor.http.send(asked)
    assert leaks(told(caught.value), PLAIN) == []
    assert leaks(caplog.text, PLAIN) == []
    assert leaks(repr(vendor.http) + repr(vendor.vault) + repr(vars(vendor.http)), PLAIN) == []


@pytest.mark.parametrize("answer", ["refused", "out of order", "no JSON", "cut", "protocol"])
def test_s3_a_secret_of_any_letters_is_not_told_either(scene, caplog, answer):
    vendor = scene(ANSWERS[answer], auth=QueryToken("api_key"), secrets={"token": CANARY})
    with caplog.at_level(logging.DEBUG), pytest.raises(CxError) as caught:
        vendor.http.post("x", json={"key": Slot("token")}, repeatable=True)
    assert leaks(told(caught.value) + caplog.text, CANARY) == []


def test_s3_the_client_s_own_logs_name_no_address_and_no_header(served, caplog):
    def with_cookie(connection):
        head = b"HTTP/1.1 200 OK\r\nSet-Cookie: session=CANARY-cookie\r\nContent-Length: 2\r\n\r\n"
        connection.sendall(head + b"{}")

    def broken(connection):
        connection.sendall(b"HTTP/1.1 200 OK\r\nCANARY-cookie\r\n\r\n")

    with caplog.at_level(logging.DEBUG):
        vendor = served(with_cookie)
        vendor.http.get("x", params={"who": "CANARY-customer"})
        with pytest.raises(CxError) as caught:
            served(broken, tries=2).http.get("x", params={"who": "CANARY-customer"})
    assert "CANARY-customer" not in caplog.text + str(caught.value)
    assert "CANARY-cookie" not in caplog.text
    assert "GET /x: 200" in caplog.text
    assert "receive_response_headers.complete" in caplog.text


def test_s3_the_logs_of_others_who_use_the_client_stay_as_they_are(served, caplog):
    import httpcore

    vendor = served(b"HTTP/1.1 200 OK\r\nX-Theirs: yes\r\nContent-Length: 2\r\n\r\n{}")
    vendor.http.get("x")
    with caplog.at_level(logging.DEBUG), httpcore.ConnectionPool() as pool:
        pool.request("GET", vendor.server.base)
    assert "X-Theirs" in caplog.text


def test_s3_the_excerpt_never_ends_within_a_secret(scene):
    for shift in range(40):
        body = "y" * (180 + shift) + PLAIN * 2000
        vendor = scene(httpx.Response(403, text=body), secrets={"token": PLAIN})
        with pytest.raises(CxError) as caught:
            vendor.http.get("x")
        assert "CANAR" not in str(caught.value)


def test_s3_the_excerpt_never_ends_within_a_long_key(scene):
    key = "".join(f"CANARY{n:04}" for n in range(300))
    vendor = scene(httpx.Response(403, text=key * 50), secrets={"token": "other", "key": key})
    with pytest.raises(CxError) as caught:
        vendor.http.get("x")
    assert "CANARY" not in str(caught.value)


def test_s3_the_error_of_a_judge_is_scrubbed(scene):
    def judge(answer):
        raise RefusedError(f"the vendor says {answer.text}", 200)

    vendor = scene({"seen": PLAIN}, secrets={"token": PLAIN}, policy={"judge": judge})
    with pytest.raises(RefusedError, match=r"the vendor says .*••••") as caught:
        vendor.http.get("x")
    assert PLAIN not in str(caught.value)


@given(st.text(min_size=9, max_size=30).filter(str.strip))
def test_s3_a_vault_wipes_every_spelling(secret):
    try:
        secret.encode()
    except UnicodeEncodeError:
        return
    vault = Vault({"a": secret})
    for spelled in spellings(secret):
        assert spelled not in vault.scrub(f"<{spelled}>")


def test_s3_a_key_of_several_lines_is_wiped_line_by_line():
    lines = [f"MIGHAgEAMBMGByqGSM49AgEGCCqGSM49{n}" for n in range(3)]
    vault = Vault({"key": "\n".join(["-----BEGIN-----", *lines, "-----END-----"])})
    assert vault.scrub(f"bad line {lines[1]} of the key") == "bad line •••• of the key"
    assert vault.scrub(json.dumps("\n".join(lines))) == '"••••\\n••••\\n••••"'


def test_s3_a_vault_shows_names_only():
    vault = Vault({"token": Secret(PLAIN), "uid": "x"})
    vault.put("uid", 7)
    assert (repr(vault), list(vault)) == ("Vault(token, uid)", ["token", "uid"])
    assert vault.scrub("user 7") == "user 7"
    with pytest.raises(TypeError):
        pickle.dumps(vault)


def test_s3_a_short_secret_does_not_spoil_our_own_words(scene):
    vendor = scene({}, secrets={"token": "t"}, most_bytes=1)
    with pytest.raises(CxError, match="the body is larger than 1 bytes"):
        vendor.http.get("x")


def test_s3_addresses_of_people_are_not_told(scene):
    vendor = scene(httpx.Response(422, text="no such user: ann.b@example.test (ann@x.test)"))
    with pytest.raises(CxError) as caught:
        vendor.http.get("x")
    assert "no such user: …@… …@…" in str(caught.value)
