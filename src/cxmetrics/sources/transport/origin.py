"""Addresses: which may be contacted, and which with credentials. Decided before any contact."""

from __future__ import annotations

import ipaddress
import re
from typing import Final, Literal, Self
from urllib.parse import quote, unquote_plus, urljoin, urlsplit

from attrs import frozen

from cxmetrics.errors import ConfigError, OriginError

Trust = Literal["own", "trusted", "export"]

_PORTS: Final = {"https": 443, "http": 80}
_UNSAFE: Final = re.compile(r"[\x00-\x20\x7f-\xa0\\\u200b-\u200f\u2028-\u202e\u2066-\u2069]")
_HOST: Final = re.compile(r"[a-z0-9._-]+|\[[0-9a-f:.]+\]", re.ASCII)
_KEPT: Final = "%/:@!$&'()*+,;=~-._"
"""What stays as it is in a path; a query keeps `?` as well."""


@frozen
class Origin:
    """A scheme, a host and a port: what must be equal before credentials are sent."""

    scheme: str
    host: str
    port: int

    @classmethod
    def of(cls, url: str) -> Self:
        """Return the origin of an absolute URL.

        Raises:
            OriginError: it is none that may ever be contacted.
        """
        if _UNSAFE.search(url):
            raise OriginError(
                "an address holds a blank, a backslash or a control character: not contacted. "
                "Quote parts of a path with urllib.parse.quote, and hand parameters as `params`."
            )
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError:
            raise OriginError("an address can't be read: it was not contacted.") from None
        scheme, host = parts.scheme.lower(), (parts.hostname or "").lower()
        host = f"[{host}]" if ":" in host else host
        if "@" in parts.netloc:
            raise OriginError("an address carries a user name or a password: not contacted.")
        if scheme not in _PORTS:
            raise OriginError(f"an address has the scheme {_shown(scheme)!r}: not contacted.")
        if not _HOST.fullmatch(host):
            raise OriginError("an address names no host in ASCII letters: not contacted.")
        return cls(scheme, host, _PORTS[scheme] if port is None else port)

    @property
    def secure(self) -> bool:
        """Whether what is sent can't be read on the way: TLS, or this machine itself."""
        return self.scheme == "https" or self.loopback

    @property
    def loopback(self) -> bool:
        """Whether it is this machine."""
        if self.host == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.host.strip("[]")).is_loopback
        except ValueError:
            return False

    def __str__(self) -> str:
        port = "" if self.port == _PORTS[self.scheme] else f":{self.port}"
        return f"{self.scheme}://{self.host}{port}"


@frozen
class Target:
    """An address that may be contacted."""

    origin: Origin
    path: str
    query: str
    trust: Trust

    def url(self) -> str:
        """Return it as a URL."""
        return f"{self.origin}{self.path}{'?' if self.query else ''}{self.query}"


@frozen
class Origins:
    """The addresses a source may contact.

    Attributes:
        base: the base address of the API, ending in "/".
        own: its origin.
        trusted: other origins that receive the credentials too.
        exports: other origins, contacted without; `https://*.example.com` allows every host below.
    """

    base: str
    own: Origin
    trusted: frozenset[Origin]
    exports: frozenset[Origin]

    @classmethod
    def of(cls, base: str, *, trusted: tuple[str, ...] = (), exports: tuple[str, ...] = ()) -> Self:
        """Check the addresses of an adapter.

        Raises:
            ConfigError: one is no `https` address (`http` is for this machine only), or carries
                more than it should.
        """
        base = base if base.endswith("/") else f"{base}/"
        own = _configured(base)
        if urlsplit(base).query or urlsplit(base).fragment:
            raise ConfigError("the base address has a query or a fragment: take it away.")
        return cls(
            f"{own}{_quoted(urlsplit(base).path)}",
            own,
            frozenset(map(_configured, trusted)),
            frozenset(_configured(export, wild=True) for export in exports),
        )

    def locate(self, address: str, *, seen_from: Target | None = None) -> Target:
        """Return where an address leads.

        Args:
            address: a path below the base ("surveys"), from the root of the origin ("/v3/surveys"),
                or a URL.
            seen_from: what a relative address is relative to, for redirects; the base otherwise.

        Raises:
            OriginError: it may not be contacted.
        """
        origin = self.own if seen_from is None else seen_from.origin
        try:
            parts = urlsplit(address)
        except ValueError:
            raise OriginError("an address can't be read: it was not contacted.") from None
        if parts.scheme or parts.netloc or address.startswith("//"):
            url = f"{origin.scheme}:{address}" if not parts.scheme else address
            origin = Origin.of(url)
        else:
            url = urljoin(self.base if seen_from is None else seen_from.url(), address)
            origin = Origin.of(url)
        found = urlsplit(url)
        return Target(
            origin, _quoted(found.path) or "/", _quoted(found.query, "?"), self._trust(origin)
        )

    def relative(self, target: Target) -> str:
        """Return a target of the own origin as an address below the base, or from the root."""
        path, below = target.path, urlsplit(self.base).path
        if path.startswith(below):
            path = path[len(below) :]
            # "a:b" alone would read as a scheme, "" as the base, "//" as a host.
            path = f"./{path}" if ":" in path.split("/")[0] or path.startswith("/") else path
        return f"{path}{'?' if target.query else ''}{target.query}"

    def _trust(self, origin: Origin) -> Trust:
        if origin == self.own:
            return "own"
        if origin in self.trusted:
            return "trusted"
        if origin in self.exports or any(
            export.host.startswith("*.")
            and origin.host.endswith(export.host[1:])
            and (origin.scheme, origin.port) == (export.scheme, export.port)
            for export in self.exports
        ):
            return "export"
        raise OriginError(
            f"an address leads to {_shown(str(origin))} instead of {self.own}: not contacted. If "
            "the host is the vendor's, the adapter's policy names it in `export_origins` "
            "(contacted without credentials) or `trusted_origins` (with them)."
        )


def merged(query: str, added: str, names: frozenset[str]) -> str:
    """Return a query with parameters added; what it holds stays, letter by letter.

    Args:
        query: as the vendor wrote it.
        added: encoded parameters.
        names: their names; the query's own parameters of these names give way.
    """
    kept = without(query, names)
    return f"{kept}&{added}" if kept and added else kept or added


def without(query: str, names: frozenset[str]) -> str:
    """Return a query without the parameters of some names."""
    if not query or not names:
        return query
    return "&".join(
        pair for pair in query.split("&") if unquote_plus(pair.partition("=")[0]) not in names
    )


def _quoted(text: str, more: str = "") -> str:
    return text if text.isascii() and not set('"<>^`{|}') & set(text) else quote(text, _KEPT + more)


def _shown(text: str) -> str:
    return text if len(text) <= 80 else f"{text[:80]}…"


def _configured(url: str, *, wild: bool = False) -> Origin:
    star = wild and "://*." in url
    try:
        origin = Origin.of(url.replace("://*.", "://", 1) if star else url)
    except OriginError as error:
        raise ConfigError(f"an address of the configuration is refused: {error}") from None
    if not origin.secure:
        raise ConfigError(f"{_shown(str(origin))} is not encrypted: write https://.")
    return Origin(origin.scheme, f"*.{origin.host}", origin.port) if star else origin
