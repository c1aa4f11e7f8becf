"""TLS and proxies (S12)."""

from __future__ import annotations

import ipaddress
import socket
import ssl
import threading
from datetime import UTC, datetime, timedelta

import pytest

from cxmetrics.errors import ConfigError, TransportError, UsageError
from cxmetrics.sources.auth import HeaderToken
from cxmetrics.sources.http import Policy, connect
from cxmetrics.sources.transport.vault import Vault
from cxmetrics.testing.clock import FakeClock


class Adapter:
    config = None

    def __init__(self, base):
        self._base = base

    def base(self):
        return self._base

    def auth(self):
        return HeaderToken("X-API-TOKEN")

    def policy(self):
        return Policy(tries=2)


@pytest.fixture
def connected():
    opened = []

    def make(base, **details):
        vault = Vault({"token": "CANARY-token-value"})
        opened.append(connect(Adapter(base), vault, clock=FakeClock(), **details))
        return opened[-1]

    yield make
    for http in opened:
        http.close()


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """A certificate for 127.0.0.1 that nobody has signed but itself."""
    x509 = pytest.importorskip("cryptography.x509")
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]),
            critical=False,
        )
        .sign(key, hashes.SHA256())
    )
    folder = tmp_path_factory.mktemp("tls")
    pem = serialization.Encoding.PEM
    (folder / "ca.pem").write_bytes(made.public_bytes(pem))
    (folder / "key.pem").write_bytes(
        key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return folder


class Listener:
    """Takes connections and keeps what it reads; `wrap` may encrypt, `answer` is sent back."""

    def __init__(self, answer, wrap=lambda connection: connection):
        self.received, self.answer, self.wrap = [], answer, wrap
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            try:
                with self.wrap(connection) as stream:
                    self.received.append(stream.recv(65536))
                    stream.sendall(self.answer)
            except OSError:
                continue

    def close(self):
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()


@pytest.fixture
def listening():
    opened = []

    def make(*args):
        opened.append(Listener(*args))
        return opened[-1]

    yield make
    for listener in opened:
        listener.close()


OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}"


@pytest.fixture
def encrypted(listening, certificate):
    def make(version=None):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate / "ca.pem", certificate / "key.pem")
        if version is not None:
            context.set_ciphers("DEFAULT:@SECLEVEL=0")
            context.minimum_version = context.maximum_version = version
        return listening(OK, lambda stream: context.wrap_socket(stream, server_side=True))

    return make


def test_s12_a_certificate_that_is_not_trusted_stops_before_anything_is_sent(connected, encrypted):
    server = encrypted()
    http = connected(f"https://127.0.0.1:{server.port}/")
    with pytest.raises(TransportError, match=r"certificate is not trusted .* ca_file") as caught:
        http.get("x")
    assert "tried" not in str(caught.value)  # it does not pass by itself
    assert server.received == []


def test_s12_a_file_of_certificates_makes_it_trusted(connected, encrypted, certificate):
    server = encrypted()
    ca_file = str(certificate / "ca.pem")
    http = connected(f"https://127.0.0.1:{server.port}/", ca_file=ca_file)
    assert http.get("x").json() == {}
    assert b"x-api-token: canary-token-value" in server.received[0].lower()


def test_s12_a_name_that_is_not_the_certificate_s_is_refused(connected, encrypted, certificate):
    server = encrypted()
    ca_file = str(certificate / "ca.pem")
    http = connected(f"https://localhost:{server.port}/", ca_file=ca_file)
    with pytest.raises(TransportError, match="certificate is not trusted"):
        http.get("x")
    assert server.received == []


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion.TLSv1_1 is deprecated")
def test_s12_old_tls_is_refused(connected, encrypted, certificate):
    server = encrypted(ssl.TLSVersion.TLSv1_1)
    ca_file = str(certificate / "ca.pem")
    with pytest.raises(TransportError):
        connected(f"https://127.0.0.1:{server.port}/", ca_file=ca_file).get("x")
    assert server.received == []


def test_s12_there_is_no_switch_that_turns_verification_off():
    with pytest.raises(UsageError, match="no 'verify'"):
        connect(Adapter("https://api.acme.test/"), verify=False)


@pytest.mark.parametrize("content", [None, "no certificates"])
def test_s12_a_file_of_certificates_that_is_none_is_told(tmp_path, content):
    path = tmp_path / "ca.pem"
    if content is not None:
        path.write_text(content)
    with pytest.raises(ConfigError, match="file of certificates"):
        connect(Adapter("https://api.acme.test/"), ca_file=str(path))


@pytest.fixture
def proxied(monkeypatch, listening):
    proxy = listening(b"HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n")
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "all_proxy"):
        monkeypatch.setenv(name, f"http://ann:CANARY-proxy@127.0.0.1:{proxy.port}")
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    return proxy


def test_s12_a_proxy_of_the_environment_holds_only_when_asked_for(connected, proxied):
    http = connected("https://api.acme.test/", trust_env=True)
    with pytest.raises(TransportError) as caught:
        http.get("x")
    assert proxied.received[0].startswith(b"CONNECT api.acme.test:443 ")
    assert not any(b"CANARY-token" in sent for sent in proxied.received)
    assert "CANARY" not in str(caught.value)
    assert connected("https://api.acme.test/")._wire._transport._proxies == {}


def test_s12_what_goes_to_this_machine_never_goes_through_a_proxy(connected, proxied, listening):
    server = listening(OK)
    for trust_env in (True, False):
        http = connected(f"http://127.0.0.1:{server.port}/", trust_env=trust_env)
        assert http.get("x").json() == {}
    assert proxied.received == []
