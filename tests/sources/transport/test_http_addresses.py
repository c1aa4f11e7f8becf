"""Where a request may go, and what it carries there (T17, T18, S1, S12)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cxmetrics.errors import ConfigError, DriftError, OriginError, RefusedError
from cxmetrics.sources.auth import QueryToken
from cxmetrics.sources.http import Request
from cxmetrics.sources.slot import Slot
from cxmetrics.sources.transport.origin import Origins

FOREIGN = [
    "https://evil.test/v1/x",
    "//evil.test/v1/x",
    "https://api.acme.test.evil.test/x",
    "https://evil.test/https://api.acme.test/v1/",
    "http://api.acme.test/v1/x",
    "https://api.acme.test:8443/v1/x",
    "https://api.acme.test:80/v1/x",
    "https://eve@api.acme.test/v1/x",
    "https://eve:pw@api.acme.test/v1/x",
    "https://@api.acme.test/v1/x",
    "https://api.acme.test@evil.test/v1/x",
    "https://api.acme.test\\@evil.test/v1/x",
    "https://evil.test\\@api.acme.test/v1/x",
    "\\\\evil.test/x",
    "/\\evil.test/x",
    "https://localhost/x",
    "http://localhost/x",
    "http://127.0.0.1/x",
    "http://[::1]/x",
    "http://169.254.169.254/latest/meta-data/",
    "file:///etc/passwd",
    "FILE:///etc/passwd",
    "ftp://api.acme.test/x",
    "javascript:alert(1)",
    "https:/evil.test",
    "https:evil.test",
    "https://",
    "https://api.acme.test:99999/x",
    "https://api.acme.test:x/x",
    "https://api.acme.test./v1/x",
    "https://api.acme.test%2eevil.test/x",
    "https://аpi.acme.test/v1/x",  # a Cyrillic letter
    "https://api。acme.test/v1/x",
    "https://api.acme.test\t.evil.test/x",
    "https://api.acme.test/x\r\nHost: evil.test",
    " https://evil.test/x",
    "https://[::1/x",
]


@pytest.mark.parametrize("address", FOREIGN)
def test_t17_a_foreign_address_is_refused_before_any_contact(scene, address):
    vendor = scene({})
    for ask in (vendor.http.get, vendor.http.post, vendor.http.resolve):
        with pytest.raises(OriginError, match="not contacted") as caught:
            ask(address)
        assert "pw" not in str(caught.value)
    with pytest.raises(OriginError), vendor.http.download(address):
        pass
    assert vendor.asked == []


@pytest.mark.parametrize("address", [a for a in FOREIGN if a.isascii() and "\r" not in a])
def test_t17_a_redirect_to_a_foreign_address_is_refused_before_any_contact(scene, address):
    vendor = scene((302, {"Location": address}))
    with pytest.raises(OriginError):
        vendor.http.get("x")
    assert [str(request.url.host) for request in vendor.asked] == ["api.acme.test"]


@given(st.text(max_size=40))
def test_t17_no_address_at_all_leads_anywhere_else(text):
    origins = Origins.of("https://api.acme.test/v1/")
    for address in (text, f"https://{text}", f"//{text}", f"https://api.acme.test{text}"):
        try:
            target = origins.locate(address)
        except OriginError:
            continue
        assert target.url().startswith("https://api.acme.test/")
        assert target.url().isascii()


@pytest.mark.parametrize(
    ("address", "path"),
    [
        ("surveys", "/v1/surveys"),
        ("/v3/surveys", "/v3/surveys"),
        ("https://api.acme.test/v1/surveys", "/v1/surveys"),
        ("HTTPS://API.ACME.TEST:443/v1/surveys", "/v1/surveys"),
        ("//api.acme.test/v1/surveys", "/v1/surveys"),
        ("?page=2", "/v1/?page=2"),
        ("", "/v1/"),
        ("../v2/surveys", "/v2/surveys"),
        ("surveys/é", "/v1/surveys/%C3%A9"),
        ("surveys/a%2Fb?cursor=a%3D%3D", "/v1/surveys/a%2Fb?cursor=a%3D%3D"),
        ("x#top", "/v1/x"),
    ],
)
def test_paths_are_below_the_base_or_from_the_root(scene, address, path):
    vendor = scene({})
    vendor.http.get(address)
    assert str(vendor.asked[0].url) == f"https://api.acme.test{path}"


@pytest.mark.parametrize("address", ["surveys", "/v3/x", "./a:b", ".//x", "?page=2", ""])
def test_what_resolve_returns_leads_to_the_same_place(scene, address):
    vendor = scene({})
    vendor.http.get(address)
    vendor.http.get(vendor.http.resolve(str(vendor.asked[0].url)))
    assert vendor.asked[0].url == vendor.asked[1].url


def test_params_merge_with_the_query_of_a_path_and_never_replace_it(scene):
    vendor = scene({})
    vendor.http.get("x?cursor=a%2Bb%3D&page=1", params={"page": 2, "size": 100, "none": None})
    vendor.http.get("x?cursor=abc", params={})
    vendor.http.get("x?cursor=abc")
    assert [request.url.raw_path for request in vendor.asked] == [
        b"/v1/x?cursor=a%2Bb%3D&page=2&size=100",
        b"/v1/x?cursor=abc",
        b"/v1/x?cursor=abc",
    ]


def test_a_token_in_the_query_is_added_once_and_taken_out_of_links(scene):
    vendor = scene({}, auth=QueryToken("api_key"))
    path = vendor.http.resolve("https://api.acme.test/v1/x?api_key=CANARY-token-value&page=2")
    assert path == "x?page=2"
    vendor.http.get(path)
    vendor.http.get("x?api_key=other&page=2")
    assert {request.url.query for request in vendor.asked} == {b"page=2&api_key=CANARY-token-value"}


def test_a_link_that_carries_a_secret_elsewhere_never_becomes_a_cursor(scene):
    with pytest.raises(DriftError, match="QueryToken") as caught:
        scene({}).http.resolve("https://api.acme.test/v1/x?key=CANARY%2Dtoken%2Dvalue")
    assert "CANARY" not in str(caught.value)


def test_redirects_of_the_same_origin_are_followed_with_credentials(scene):
    vendor = scene((302, {"Location": "/v2/x?page=3"}), {"ok": True})
    assert vendor.http.get("x", params={"page": 1}).json() == {"ok": True}
    assert str(vendor.asked[1].url) == "https://api.acme.test/v2/x?page=3"
    assert vendor.asked[1].headers["x-api-token"] == "CANARY-token-value"


def test_redirects_do_not_go_on_for_ever(scene):
    vendor = scene((302, {"Location": "x"}))
    with pytest.raises(Exception, match="redirected more than 5 times"):
        vendor.http.get("x")
    assert len(vendor.asked) == 6


def test_a_redirected_post_is_repeated_or_refused_never_turned_into_a_get(scene):
    vendor = scene((308, {"Location": "y"}), {})
    vendor.http.post("x", json={"a": 1})
    assert [(r.method, r.content) for r in vendor.asked] == [("POST", b'{"a":1}')] * 2
    for status in (301, 302, 303):
        vendor = scene((status, {"Location": "y"}))
        with pytest.raises(RefusedError, match="can't be followed"):
            vendor.http.post("x", json={"a": 1})
        assert len(vendor.asked) == 1


def test_t18_an_export_origin_is_contacted_without_credentials(scene):
    vendor = scene(
        (302, {"Location": "https://cdn.acme.test/f?sig=1"}),
        (200, {}, b"a,b"),
        auth=QueryToken("api_key"),
        policy={"export_origins": ("https://cdn.acme.test",), "headers": {"X-Account": "7"}},
    )
    with vendor.http.download("export/1", params={"full": True}) as file:
        assert file.read() == b"a,b"
    own, cdn = vendor.asked
    assert own.url.query == b"full=true&api_key=CANARY-token-value"
    assert str(cdn.url) == "https://cdn.acme.test/f?sig=1"
    assert set(cdn.headers) == {"host", "user-agent", "accept", "accept-encoding"}


def test_t18_an_export_origin_does_not_lead_back_in_with_credentials(scene):
    vendor = scene(
        (302, {"Location": "https://cdn.acme.test/f"}),
        (302, {"Location": "https://api.acme.test/v1/delete"}),
        (200, {}, b"x"),
        policy={"export_origins": ("https://cdn.acme.test",)},
    )
    with vendor.http.download("export/1"):
        pass
    assert ["x-api-token" in request.headers for request in vendor.asked] == [True, False, False]


def test_t18_a_trusted_origin_receives_them_and_only_when_listed(scene):
    vendor = scene({}, policy={"trusted_origins": ("https://eu.acme.test",)})
    vendor.http.get(vendor.http.resolve("https://eu.acme.test/v1/x"))
    assert vendor.asked[0].headers["x-api-token"] == "CANARY-token-value"
    with pytest.raises(OriginError):
        vendor.http.get("https://us.acme.test/v1/x")


def test_t18_hosts_below_an_export_origin(scene):
    vendor = scene({}, policy={"export_origins": ("https://*.cdn.test",)})
    vendor.http.get("https://a.b.cdn.test/f")
    for address in ("https://cdn.test/f", "https://evilcdn.test/f", "http://a.cdn.test/f"):
        with pytest.raises(OriginError):
            vendor.http.get(address)
    assert len(vendor.asked) == 1


@pytest.mark.parametrize(
    "request_",
    [
        Request("https://cdn.acme.test/f", params={"key": Slot("token")}),
        Request("https://cdn.acme.test/f", headers={"X-Key": Slot("token")}),
        Request("https://cdn.acme.test/f", method="POST", json={"key": Slot("token")}),
        Request("https://cdn.acme.test/f", method="POST", json={"customers": [1]}),
    ],
)
def test_s1_no_slot_and_no_body_goes_to_an_export_origin(scene, request_):
    vendor = scene({}, policy={"export_origins": ("https://cdn.acme.test",)})
    with pytest.raises(OriginError, match="not contacted"):
        vendor.http.send(request_)
    assert vendor.asked == []


@pytest.mark.parametrize(
    "base",
    [
        "http://api.acme.test/",
        "http://10.0.0.1/",
        "http://localhost.evil.test/",
        "https://user:pw@api.acme.test/",
        "https://api.acme.test/?key=1",
        "https://api.acme.test/#x",
        "ftp://api.acme.test/",
        "api.acme.test",
        "https://*.acme.test/",
        "https://api acme.test/",
    ],
)
def test_s12_a_base_address_is_encrypted_and_bare(scene, base):
    with pytest.raises(ConfigError) as caught:
        scene({}, base=base)
    assert "pw" not in str(caught.value)


@pytest.mark.parametrize("base", ["http://localhost:8080/", "http://127.0.0.1/", "http://[::1]:9/"])
def test_s12_this_machine_may_be_asked_without_encryption(scene, base):
    vendor = scene({}, base=base)
    vendor.http.get("x")
    assert str(vendor.asked[0].url) == f"{base}x"


def test_s12_other_origins_are_encrypted_too(scene):
    for which in ("trusted_origins", "export_origins"):
        with pytest.raises(ConfigError, match="not encrypted"):
            scene({}, policy={which: ("http://cdn.acme.test",)})
