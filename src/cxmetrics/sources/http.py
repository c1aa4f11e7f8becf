"""HTTP: the only module that knows the client.

An adapter asks for paths below its base address (`connection`). The address is checked, the
credentials are added, the answer is read within limits (`exchange`), judged (`verdict`), and asked
for again where what went wrong may have passed. Another client is another `Wire`.
"""

from __future__ import annotations

import random
import ssl
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final
from urllib.request import getproxies, proxy_bypass

import httpcore
import httpx

from cxmetrics.errors import ConfigError, UsageError
from cxmetrics.sources.clock import Clock, SystemClock
from cxmetrics.sources.message import Answer, Request
from cxmetrics.sources.policy import Policy, Rate, Verdict
from cxmetrics.sources.secret import Secret
from cxmetrics.sources.transport import network
from cxmetrics.sources.transport.connection import Http
from cxmetrics.sources.transport.exchange import Opened, WireError
from cxmetrics.sources.transport.keyring import Keyring
from cxmetrics.sources.transport.origin import Origin, Origins
from cxmetrics.sources.transport.retry import Reset
from cxmetrics.sources.transport.scheme import Auth, Signature
from cxmetrics.sources.transport.vault import Vault

if TYPE_CHECKING:
    from cxmetrics.sources._base import Source

__all__ = ["Answer", "Http", "Policy", "Rate", "Request", "Reset", "Verdict", "connect"]

_CONNECT: Final = 10.0
_SILENCE: Final = 30.0
"""Seconds without a byte after which a connection counts as broken."""
_TIMEOUTS: Final = {"connect": _CONNECT, "read": _SILENCE, "write": _SILENCE, "pool": _SILENCE}
_CONNECTIONS: Final = 10
_DICE: Final = random.SystemRandom()
"""Waits draw from dice of their own: the random state of the program is its user's."""


def connect(
    source: Source[Any],
    vault: Vault | None = None,
    *,
    clock: Clock | None = None,
    transport: Any = None,
    uniform: Callable[[float, float], float] = _DICE.uniform,
    ca_file: str | None = None,
    trust_env: bool = False,
    **overrides: Any,
) -> Http:
    """Connect a source to its vendor; nothing is contacted yet.

    Args:
        source: gives the base address, the scheme and the policy.
        vault: its secrets.
        clock: tells the time; for tests.
        transport: a transport of httpx instead of the network; for tests.
        uniform: draws the random part of a wait; for tests.
        ca_file: certificates, in PEM, to trust instead of the usual ones.
        trust_env: whether proxies and certificates of the environment hold.
        **overrides: attributes of the policy, such as `tries=1`.

    Raises:
        ConfigError: an address is not encrypted, or can't be one.

    Example:
        >>> import httpx
        >>> from types import SimpleNamespace
        >>> from cxmetrics.sources.auth import HeaderToken
        >>> acme = SimpleNamespace(  # an adapter gives these three; settings are in `config`
        ...     base=lambda: "https://api.acme.com/v1/",
        ...     auth=lambda: HeaderToken("X-API-TOKEN"),
        ...     policy=lambda: Policy(tries=3),
        ...     config=None,
        ... )
        >>> vendor = httpx.MockTransport(lambda asked: httpx.Response(200, json=[str(asked.url)]))
        >>> with connect(acme, Vault({"token": "s3cr3t"}), transport=vendor) as http:
        ...     http.get("surveys?page=2", params={"size": 100}).json()
        ['https://api.acme.com/v1/surveys?page=2&size=100']
    """
    vault = Vault() if vault is None else vault
    clock = SystemClock() if clock is None else clock
    policy = (source.policy() or Policy()).replace(**overrides)
    origins = Origins.of(
        source.base(), trusted=policy.trusted_origins, exports=policy.export_origins
    )

    def setting(name: str) -> object:
        value = getattr(source.config, name, None)
        return None if isinstance(value, Secret) else value

    if transport is None:
        transport = _Network(_tls(origins, ca_file, trust_env), trust_env=trust_env)
    return Http(
        origins=origins,
        policy=policy,
        keyring=Keyring(source.auth() or _Unsigned(), vault, setting, clock),
        vault=vault,
        clock=clock,
        wire=_Client(transport),
        uniform=uniform,
    )


class _Unsigned(Auth):
    def signature(self) -> Signature:
        return Signature()


class _Client:
    """Carries requests by a transport of httpx."""

    def __init__(self, transport: httpx.BaseTransport) -> None:
        self._transport = transport

    @contextmanager
    def ask(
        self, method: str, url: str, headers: Mapping[str, str], content: bytes | None
    ) -> Iterator[Opened]:
        try:
            request = httpx.Request(
                method, url, headers=headers, content=content, extensions={"timeout": _TIMEOUTS}
            )
        except httpx.InvalidURL:
            raise UsageError("the address is too long: send fewer parameters at once.") from None
        try:
            response = self._transport.handle_request(request)
            stream = response.stream
            if not isinstance(stream, httpx.SyncByteStream):
                raise UsageError("the transport answers asynchronously: hand a synchronous one.")
            try:
                yield Opened(response.status_code, response.headers.raw, stream)
            finally:
                stream.close()
        except (*network.ERRORS, httpx.TransportError) as error:
            raise _wire_error(error) from None

    def close(self) -> None:
        self._transport.close()


def _wire_error(error: Exception) -> WireError:
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            why = f"the certificate is not trusted ({cause.verify_message}); a CA goes into ca_file"
            return WireError(why, again=False)
        cause = cause.__cause__ or cause.__context__
    name = type(error).__name__
    return WireError(
        f"{name}: {error}" if str(error) else name,
        sure=name in ("ConnectError", "ConnectTimeout", "PoolTimeout"),
    )


class _Network(httpx.BaseTransport):
    """The network, as a transport of httpx whose reads keep the deadline of the answer."""

    def __init__(self, context: ssl.SSLContext, *, trust_env: bool) -> None:
        self._direct = network.pool(context, _CONNECTIONS)
        self._proxies: dict[str, httpcore.ConnectionPool] = {}
        for scheme, url in getproxies().items() if trust_env else ():
            if scheme in ("http", "https", "all"):
                proxy = httpx.Proxy(url)
                self._proxies[scheme] = network.pool(
                    context,
                    _CONNECTIONS,
                    proxy_url=_url(proxy.url),
                    proxy_auth=proxy.raw_auth,
                )

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        proxy = self._proxies.get(request.url.scheme, self._proxies.get("all"))
        # What goes to this machine is not encrypted, and never leaves it.
        if proxy is None or _loopback(request.url.host) or proxy_bypass(request.url.host):
            proxy = self._direct
        answered = proxy.handle_request(
            httpcore.Request(
                request.method,
                _url(request.url),
                headers=request.headers.raw,
                content=request.stream,
                extensions=request.extensions,
            )
        )
        return httpx.Response(answered.status, headers=answered.headers, stream=_Stream(answered))

    def close(self) -> None:
        for pool in (self._direct, *self._proxies.values()):
            pool.close()


class _Stream(httpx.SyncByteStream):
    def __init__(self, answered: httpcore.Response) -> None:
        self._answered = answered

    def __iter__(self) -> Iterator[bytes]:
        return self._answered.iter_stream()

    def close(self) -> None:
        self._answered.close()


def _loopback(host: str) -> bool:
    return Origin("http", host, 0).loopback


def _url(url: httpx.URL) -> httpcore.URL:
    return httpcore.URL(
        scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path
    )


def _tls(origins: Origins, ca_file: str | None, trust_env: bool) -> ssl.SSLContext:  # noqa: FBT001
    try:
        if ca_file is not None:
            context = ssl.create_default_context(cafile=ca_file)
        elif any(o.scheme == "https" for o in (origins.own, *origins.trusted, *origins.exports)):
            context = httpx.create_ssl_context(trust_env=trust_env)
        else:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # loopback only: trusts nobody
    except (OSError, ssl.SSLError):
        raise ConfigError("the file of certificates can't be read: give one in PEM.") from None
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context
