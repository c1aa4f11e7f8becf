"""The live credentials of a connection: signed once, renewed by one thread for all."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Callable, Mapping
from threading import Lock
from typing import Final

from attrs import evolve, field, frozen

from cxmetrics.errors import AuthError, ConfigError, SourceError
from cxmetrics.sources import slot
from cxmetrics.sources.clock import Clock
from cxmetrics.sources.message import Answer, Request, encoded
from cxmetrics.sources.transport.scheme import Auth, Session, Signature
from cxmetrics.sources.transport.vault import Vault

_PRINTED: Final = re.compile(r"[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?")
_EARLY: Final = 30.0
"""Seconds before they end that credentials are renewed, at most a tenth of their life."""


@frozen
class Signed:
    """Credentials as they are sent; never printed.

    Attributes:
        version: counts renewals.
        headers: by lower-case name.
        query: encoded parameters.
        names: the names of those parameters.
    """

    version: int
    headers: Mapping[str, str] = field(repr=False)
    query: str = field(repr=False)
    names: frozenset[str] = frozenset()


class Keyring:
    """Signs requests, and renews what signs them.

    Args:
        auth: the scheme.
        vault: the secrets.
        setting: gives settings that are no secret, or None.
        clock: tells the time.
    """

    def __init__(
        self,
        auth: Auth,
        vault: Vault,
        setting: Callable[[str], object],
        clock: Clock,
    ) -> None:
        self._auth = auth
        self._vault = vault
        self._setting = setting
        self._clock = clock
        self._lock = Lock()
        self._signed: Signed | None = None
        self._version = 0
        self._ends = float("inf")
        self._tries = 0
        self._error: SourceError | None = None

    @property
    def renews(self) -> bool:
        """Whether the credentials can be renewed."""
        return self._auth.renews

    @property
    def names(self) -> frozenset[str]:
        """The parameters that carry credentials."""
        return frozenset(self._auth.signature().params)

    def fill(self, name: str) -> str | int:
        """Return what goes into a slot: a secret, what a login gave, or a setting.

        Raises:
            ConfigError: there is nothing of that name.
        """
        if name not in self._vault:
            value = self._setting(name)
            if isinstance(value, str | int):
                return value
        return self._vault.reveal(name)

    def signed(self, send: Send) -> Signed:
        """Return the credentials, renewed before if they have ended.

        Args:
            send: sends a request of the scheme itself.
        """
        found = self._signed
        if found is None or self._clock.monotonic() >= self._ends:
            if self._auth.renews:
                self.renew(found.version if found else 0, send)
                found = self._signed
            if found is None:
                found = self._signed = self.sign(self._auth.signature())
        return found

    def renew(self, version: int, send: Send) -> None:
        """Renew the credentials, unless another thread has done it meanwhile.

        Args:
            version: of the credentials that are no longer good.
            send: sends a request of the scheme itself.

        Raises:
            SourceError: they can't be renewed; threads that waited get the same error, and what the
                vendor has refused for good is not asked for again.
        """
        tries = self._tries
        with self._lock:
            if version != self._version:
                return
            if self._error is not None and (
                tries != self._tries or isinstance(self._error, AuthError)
            ):
                raise self._error.with_traceback(None)
            self._tries += 1
            try:
                renewed = self._auth.renew(
                    Session(
                        send=lambda request, signature: send(request, self.sign(signature)),
                        clock=self._clock,
                        fill=self.fill,
                        keep=self._vault.put,
                    )
                )
            except SourceError as error:
                self._error = error
                raise
            self._error = None
            for name, value in renewed.values.items():
                self._vault.put(name, value)
            signed = self.sign(self._auth.signature())
            self._ends = float("inf")
            if renewed.lasts is not None:
                early = min(_EARLY, renewed.lasts / 10)
                self._ends = self._clock.monotonic() + renewed.lasts - early
            self._version += 1
            self._signed = evolve(signed, version=self._version)

    def sign(self, signature: Signature) -> Signed:
        """Fill a signature.

        Raises:
            ConfigError: something is missing, or can't be sent.
        """
        try:
            return self._filled(signature)
        except ConfigError as error:
            told = str(error)
        raise ConfigError(told)  # here, where no frame holds a secret

    def _filled(self, signature: Signature) -> Signed:
        headers = {}
        for name, value in signature.headers.items():
            headers[name.lower()] = header(name, str(slot.filled(value, self.fill)))
        if signature.basic is not None:
            user, password = (str(slot.filled(part, self.fill)) for part in signature.basic)
            if ":" in user:
                raise ConfigError("the user name of basic authentication can't hold a colon.")
            both = b64encode(f"{user}:{password}".encode()).decode()
            self._vault.hide(both)
            headers["authorization"] = f"Basic {both}"
        query = encoded(slot.filled(signature.params, self.fill))
        return Signed(self._version, headers, query, frozenset(signature.params))

    def close(self, send: Send) -> None:
        """Give the credentials back where the vendor wants that; failing is no matter."""
        if self._version and (request := self._auth.goodbye()) is not None:
            send(request, self.sign(Signature()))


Send = Callable[[Request, Signed], Answer]


def header(name: str, value: str) -> str:
    """Return the value of a header, if it is one.

    Raises:
        ConfigError: it holds what no header may; the value is not in the message.
    """
    if not _PRINTED.fullmatch(value):
        raise ConfigError(f"what goes into the header {name!r} holds other signs than ASCII's.")
    return value
