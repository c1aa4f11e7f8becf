"""Signing and renewing (T16): once for all threads, one retry, no loop."""

from __future__ import annotations

import base64
import json
import threading
import time
from datetime import timedelta
from urllib.parse import parse_qs

import httpx
import pytest

from cxmetrics.errors import AuthError, ConfigError, DriftError, OriginError, TransportError
from cxmetrics.sources.auth import (
    Basic,
    ClientCredentials,
    HeaderToken,
    Jwt,
    QueryToken,
    RefreshToken,
    SessionLogin,
    Text,
)
from cxmetrics.sources.http import Request
from cxmetrics.sources.slot import Slot
from cxmetrics.sources.transport.vault import Vault

CLIENT = {"client_id": "CANARY-id", "client_secret": "CANARY-secret"}


def form(request):
    return {name: values[0] for name, values in parse_qs(request.content.decode()).items()}


def test_static_schemes(scene):
    vendor = scene({}, auth=HeaderToken("Authorization", "token", prefix="Bearer "))
    vendor.http.get("x")
    assert vendor.asked[0].headers["authorization"] == "Bearer CANARY-token-value"
    secrets, config = {"token": "CANARY-token-value"}, {"email": "ann@example.test"}
    basic = Basic(Slot("email", after="/token"), "token")
    vendor = scene({}, auth=basic, secrets=secrets, config=config)
    vendor.http.get("x")
    sent = vendor.asked[0].headers["authorization"].removeprefix("Basic ")
    assert base64.b64decode(sent) == b"ann@example.test/token:CANARY-token-value"
    vendor = scene({}, auth=Basic("token", Text("X")))
    vendor.http.get("x")
    sent = vendor.asked[0].headers["authorization"].removeprefix("Basic ")
    assert base64.b64decode(sent) == b"CANARY-token-value:X"
    auth = QueryToken("api_token", "token", more={"api_token_secret": "second"})
    vendor = scene({}, auth=auth, secrets={"token": "a b&c", "second": "d=é"})
    vendor.http.get("x?page=1")
    assert vendor.asked[0].url.query == b"page=1&api_token=a%20b%26c&api_token_secret=d%3D%C3%A9"


def test_an_adapter_can_not_replace_the_signature(scene):
    vendor = scene({})
    vendor.http.get("x", headers={"X-API-TOKEN": "mine", "X-Version": "3"})
    assert vendor.asked[0].headers["x-api-token"] == "CANARY-token-value"
    assert vendor.asked[0].headers["x-version"] == "3"


@pytest.mark.parametrize("secret", ["two\nlines", "\x00", "tëxt", " blank"])
def test_a_secret_that_fits_no_header_is_told_without_the_secret(scene, secret):
    vendor = scene({}, secrets={"token": secret})
    with pytest.raises(ConfigError, match="X-API-TOKEN") as caught:
        vendor.http.get("x")
    assert secret not in str(caught.value)
    assert vendor.asked == []


def test_a_setting_that_is_missing_is_named(scene):
    with pytest.raises(ConfigError, match="'token' is missing"):
        scene({}, secrets={"other": "CANARY"}).http.get("x")
    with pytest.raises(ConfigError, match="'nobody' is missing"):
        scene({}).http.post("x", json={"a": Slot("nobody")})


def token(value="T1", **more):
    return httpx.Response(200, json={"access_token": f"CANARY-{value}", **more})


def test_client_credentials_in_the_form_and_by_basic(scene):
    auth = ClientCredentials("oauth/token", form={"scope": "read"})
    vendor = scene(token(), {}, auth=auth, secrets=CLIENT)
    vendor.http.get("x")
    asked, used = vendor.asked
    assert str(asked.url) == "https://api.acme.test/v1/oauth/token"
    assert form(asked) == {"grant_type": "client_credentials", "scope": "read", **CLIENT}
    assert "authorization" not in asked.headers
    assert used.headers["authorization"] == "Bearer CANARY-T1"
    vendor = scene(token(), {}, auth=ClientCredentials("t", basic=True), secrets=CLIENT)
    vendor.http.get("x")
    assert base64.b64decode(vendor.asked[0].headers["authorization"][6:]) == (
        b"CANARY-id:CANARY-secret"
    )
    assert form(vendor.asked[0]) == {"grant_type": "client_credentials"}


def test_a_token_is_renewed_before_it_ends(scene):
    answers = (token("T1", expires_in=3600), {}, {}, token("T2", expires_in="3600"), {})
    vendor = scene(*answers, auth=ClientCredentials("t"), secrets=CLIENT)
    vendor.http.get("x")
    vendor.clock.advance(3500)
    vendor.http.get("x")
    vendor.clock.advance(80)
    vendor.http.get("x")
    sent = [request.headers.get("authorization", "")[-2:] for request in vendor.asked]
    assert sent == ["", "T1", "T1", "", "T2"]


def test_t16_a_token_that_ends_in_mid_pull_is_renewed_and_the_same_page_asked_again(scene):
    vendor = scene(token("T1"), {"p": 1}, 401, token("T2"), {"p": 2},
                   auth=ClientCredentials("t"), secrets=CLIENT)  # fmt: skip
    assert [vendor.http.get(f"x?p={n}").json() for n in (1, 2)] == [{"p": 1}, {"p": 2}]
    assert [str(request.url)[21:] for request in vendor.asked] == [
        "/v1/t", "/v1/x?p=1", "/v1/x?p=2", "/v1/t", "/v1/x?p=2",
    ]  # fmt: skip
    assert vendor.asked[-1].headers["authorization"] == "Bearer CANARY-T2"


def test_t16_a_post_that_is_not_repeatable_is_sent_again_after_a_401(scene):
    vendor = scene(token(), 401, token("T2"), {}, auth=ClientCredentials("t"), secrets=CLIENT)
    assert vendor.http.post("x", json={"a": 1}).json() == {}


def test_t16_there_is_no_refresh_loop(scene):
    vendor = scene(token(), 401, token("T2"), 401, auth=ClientCredentials("t"), secrets=CLIENT)
    with pytest.raises(AuthError) as caught:
        vendor.http.get("x")
    assert len(vendor.asked) == 4
    assert "CANARY" not in str(caught.value)


class Gate:
    """A vendor whose token T1 has ended: everybody asks with it before anybody hears so."""

    def __init__(self, threads, *, refuse=False):
        self.barrier = threading.Barrier(threads)
        self.refuse, self.granted, self.lock = refuse, 0, threading.Lock()

    def __call__(self, request):
        if request.url.path.endswith("/t"):
            with self.lock:
                self.granted += 1
                granted = self.granted
            if self.refuse and granted > 1:
                time.sleep(0.02)
                return httpx.Response(400, json={"error": "invalid_client"})
            return token(f"T{granted}")
        if request.headers["authorization"].endswith("T1"):
            self.barrier.wait(5)
            return httpx.Response(401)
        return httpx.Response(200, json={"ok": 1})


def together(http, threads):
    found = []

    def ask():
        try:
            found.append(http.get("x").json())
        except AuthError as error:
            found.append(error)

    running = [threading.Thread(target=ask) for _ in range(threads)]
    for thread in running:
        thread.start()
    for thread in running:
        thread.join(10)
    return found


def test_t16_concurrent_requests_share_one_refresh(scene):
    gate = Gate(8)
    vendor = scene(gate, auth=ClientCredentials("t"), secrets=CLIENT)
    assert together(vendor.http, 8) == [{"ok": 1}] * 8
    assert gate.granted == 2  # the first one, and one renewal


def test_t16_a_refresh_that_is_refused_is_refused_once_for_all(scene):
    gate = Gate(8, refuse=True)
    vendor = scene(gate, auth=ClientCredentials("t"), secrets=CLIENT)
    assert [type(found) for found in together(vendor.http, 8)] == [AuthError] * 8
    assert gate.granted == 2


def test_a_refresh_that_fails_for_a_moment_may_be_tried_later(scene):
    vendor = scene(500, token(), {}, auth=ClientCredentials("t"), secrets=CLIENT, tries=1)
    with pytest.raises(TransportError):
        vendor.http.get("x")
    assert vendor.http.get("x").json() == {}


def test_a_refresh_token_that_is_replaced_is_used_and_handed_over(scene):
    changed = []
    secrets = {"refresh_token": "CANARY-r1", **CLIENT}
    vault = Vault(secrets, changed=lambda name, secret: changed.append((name, secret.reveal())))
    vendor = scene(
        token("T1", refresh_token="CANARY-r2"), {}, 401, token("T2", refresh_token="CANARY-r2"), {},
        auth=RefreshToken("t"), vault=vault,
    )  # fmt: skip
    vendor.http.get("x")
    vendor.http.get("x")
    assert [form(vendor.asked[n])["refresh_token"] for n in (0, 3)] == ["CANARY-r1", "CANARY-r2"]
    assert changed == [("refresh_token", "CANARY-r2")]
    assert vault.scrub("old CANARY-r1, new CANARY-r2") == "old ••••, new ••••"


def test_a_refresh_token_without_a_client_secret(scene):
    auth = RefreshToken("t", client_secret=None)
    secrets = {"refresh_token": "CANARY-r1", "client_id": "CANARY-id"}
    vendor = scene(token(), {}, auth=auth, secrets=secrets)
    vendor.http.get("x")
    assert set(form(vendor.asked[0])) == {"grant_type", "refresh_token", "client_id"}


@pytest.mark.parametrize("status", [400, 401, 403])
def test_a_token_that_is_refused_says_nothing_of_the_answer(scene, status):
    answer = httpx.Response(status, json={"error": "invalid_grant", "seen": "CANARY-other"})
    vendor = scene(answer, auth=ClientCredentials("t"), secrets=CLIENT)
    with pytest.raises(AuthError, match=f"POST /v1/t: {status}") as caught:
        vendor.http.get("x")
    assert "CANARY" not in str(caught.value)
    assert len(vendor.asked) == 1


@pytest.mark.parametrize(
    "answer", [{}, {"access_token": None}, {"access_token": ""}, {"access_token": 5}, [], None]
)
def test_a_token_endpoint_that_drifts_is_drift(scene, answer):
    vendor = scene(httpx.Response(200, text=json.dumps(answer)),
                   auth=ClientCredentials("t"), secrets=CLIENT)  # fmt: skip
    with pytest.raises(DriftError, match="token endpoint"):
        vendor.http.get("x")


def test_s1_a_token_endpoint_obeys_the_rules_of_addresses(scene):
    auth = ClientCredentials("https://login.acme.test/token")
    for policy in ({}, {"export_origins": ("https://login.acme.test",)}):
        vendor = scene(token(), {}, auth=auth, secrets=CLIENT, policy=policy)
        with pytest.raises(OriginError):
            vendor.http.get("x")
        assert vendor.asked == []
    trusted = {"trusted_origins": ("https://login.acme.test",)}
    vendor = scene(token(), {}, auth=auth, secrets=CLIENT, policy=trusted)
    vendor.http.get("x")
    assert [request.url.host for request in vendor.asked] == ["login.acme.test", "api.acme.test"]


@pytest.mark.parametrize("status", [302, 307, 308])
def test_s1_a_token_endpoint_that_redirects_gets_nothing_sent_elsewhere(scene, status):
    answer = (status, {"Location": "https://evil.test/token"})
    for policy in ({}, {"export_origins": ("https://evil.test",)}):
        vendor = scene(answer, auth=ClientCredentials("t"), secrets=CLIENT, policy=policy)
        with pytest.raises(Exception, match=r"not contacted|can't be followed"):
            vendor.http.get("x")
        assert [request.url.host for request in vendor.asked] == ["api.acme.test"]


@pytest.fixture(scope="module")
def keys():
    pytest.importorskip("jwt")
    serialization = pytest.importorskip("cryptography.hazmat.primitives.serialization")
    from cryptography.hazmat.primitives.asymmetric import ec, rsa

    def pem(key):
        form = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        private = key.private_bytes(serialization.Encoding.PEM, *form).decode()
        return private, key.public_key()

    return {
        "ES256": pem(ec.generate_private_key(ec.SECP256R1())),
        "RS256": pem(rsa.generate_private_key(65537, 2048)),
    }


@pytest.mark.parametrize("algorithm", ["ES256", "RS256"])
def test_a_token_is_signed_here_and_minted_anew_when_it_ends(scene, keys, algorithm):
    import jwt

    private, public = keys[algorithm]
    auth = Jwt(algorithm, claims={"iss": Slot("issuer"), "aud": "appstoreconnect-v1"},
               headers={"kid": Slot("key_id")})  # fmt: skip
    vendor = scene({}, auth=auth, secrets={"private_key": private},
                   config={"issuer": "i-1", "key_id": "k-1"})  # fmt: skip
    vendor.http.get("x")
    vendor.clock.advance(901)
    vendor.http.get("x")
    tokens = [request.headers["authorization"].removeprefix("Bearer ") for request in vendor.asked]
    claims = [
        jwt.decode(sent, public, [algorithm], audience="appstoreconnect-v1",
                   options={"verify_exp": False, "verify_iat": False})
        for sent in tokens
    ]  # fmt: skip
    start = int(vendor.clock.now().timestamp()) - 901
    assert [claim["iat"] - start for claim in claims] == [0, 901]
    assert {claim["exp"] - claim["iat"] for claim in claims} == {900}
    assert claims[0]["iss"] == "i-1"
    assert jwt.get_unverified_header(tokens[0])["kid"] == "k-1"


def test_a_signed_token_is_exchanged_where_the_vendor_wants_that(scene, keys):
    auth = Jwt("RS256", claims={"iss": "robot@example.test"}, url="token")
    secrets = {"private_key": keys["RS256"][0]}
    vendor = scene(token(expires_in=3600), {}, auth=auth, secrets=secrets)
    vendor.http.get("x")
    assert form(vendor.asked[0])["assertion"].count(".") == 2
    assert vendor.asked[1].headers["authorization"] == "Bearer CANARY-T1"


def test_a_key_that_is_none_is_told_without_the_key(scene):
    vendor = scene({}, auth=Jwt("ES256"), secrets={"private_key": "CANARY-no-pem"})
    with pytest.raises(ConfigError, match="'private_key' is no private key") as caught:
        vendor.http.get("x")
    assert "CANARY" not in str(caught.value)


def test_without_pyjwt_it_says_what_to_install(scene, monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, "jwt", None)
    with pytest.raises(ConfigError, match=r"cxmetrics\[jwt\]"):
        scene({}, auth=Jwt("ES256"), secrets={"private_key": "x"}).http.get("x")


def test_a_signed_token_lasts_20_minutes_at_most():
    with pytest.raises(ConfigError, match="20 minutes"):
        Jwt("ES256", lasts=timedelta(minutes=21))


LOGIN = Request("login", method="POST", json={"user": Slot("user"), "password": Slot("password")})


def session(**details):
    return SessionLogin(LOGIN, read=lambda answer: answer.json()["key"], **details)


LOGINS = {"secrets": {"password": "CANARY-pw"}, "config": {"user": "ann"}}


def test_a_session_in_a_header_ends_when_the_connection_is_closed(scene):
    out = Request("logout", method="POST", json={"key": Slot("session")})
    auth = session(header="X-Session", logout=out)
    vendor = scene({"key": "CANARY-k1"}, {}, auth=auth, **LOGINS)
    with vendor.http as http:
        http.get("x")
    paths = [request.url.path for request in vendor.asked]
    assert paths == ["/v1/login", "/v1/x", "/v1/logout"]
    assert vendor.asked[1].headers["x-session"] == "CANARY-k1"
    assert json.loads(vendor.asked[2].content) == {"key": "CANARY-k1"}


def test_a_logout_that_fails_is_tried_once_and_no_matter(scene):
    out = Request("logout", method="POST", json={}, repeatable=True)
    vendor = scene({"key": "CANARY-k1"}, {}, 503, auth=session(logout=out), **LOGINS)
    vendor.http.get("x")
    vendor.http.close()
    assert (len(vendor.asked), vendor.clock.slept) == (3, [])


def test_nothing_is_contacted_for_a_connection_that_was_never_used(scene):
    vendor = scene({}, auth=session(logout=Request("logout")), **LOGINS)
    vendor.http.close()
    assert vendor.asked == []


@pytest.mark.parametrize("key", [None, False, True, "", {}, []])
def test_a_login_without_a_key_stops(scene, key):
    with pytest.raises(AuthError, match="gave no key"):
        scene({"key": key}, auth=session(), **LOGINS).http.get("x")
