"""A request that failed: what to do about it, and how it is told."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from http import HTTPStatus
from typing import Final

from attrs import frozen

from cxmetrics.errors import (
    AuthError,
    CxError,
    DriftError,
    RefusedError,
    RetryError,
    TransportError,
)
from cxmetrics.sources.clock import Clock
from cxmetrics.sources.transport.retry import moment
from cxmetrics.sources.transport.vault import Vault

EXCERPT: Final = 200
_WINDOW: Final = 20_000
_MAIL: Final = re.compile(r"[^\s@\"'<>=&]{1,64}@[^\s@\"'<>=&]{1,255}")
_TAG: Final = re.compile(r"<(?:script|style)\b.*?</(?:script|style)\s*>|<[^<>]*>", re.DOTALL | re.I)
_REQUEST_IDS: Final = ("x-request-id", "request-id", "x-zendesk-request-id", "x-amzn-requestid")


@frozen(kw_only=True)
class Failure:
    """What went wrong with a try.

    Attributes:
        what: half a sentence: method, path, and what happened; no secret is in it.
        kind: the class of the error it becomes.
        again: whether another try may help.
        sure: whether the vendor surely did not act on the request: then even one that is not
            repeatable is repeated.
        told: seconds the vendor asks to wait.
        renew: whether the credentials have to be renewed first.
        status: of HTTP.
        path: the JSON path of what drifted.
    """

    what: str
    kind: type[CxError] = TransportError
    again: bool = False
    sure: bool = False
    told: float | None = None
    renew: bool = False
    status: int = 0
    path: str = "$"

    def error(self, tries: int, most_wait: timedelta, clock: Clock) -> CxError:
        """Return the error to raise.

        Args:
            tries: how many there were.
            most_wait: how long is waited at most.
            clock: tells the time.
        """
        tried = f" (tried {tries} times)" if tries > 1 else ""
        most = most_wait.total_seconds()
        if self.kind is RetryError or self.told is not None:
            resume_at = moment(clock.now(), most if self.told is None else self.told)
            told = "" if self.told is None else f"; told to wait {self.told:.0f} s"
            return RetryError(
                f"{self.what}{tried}{told}: come back at {resume_at:%Y-%m-%d %H:%M:%S} UTC.",
                resume_at,
            )
        if self.kind is RefusedError:
            return RefusedError(f"{self.what}{tried}.", self.status)
        if self.kind is DriftError:
            return DriftError(f"{self.what}{tried}.", self.path)
        if self.kind is AuthError:
            return AuthError(f"{self.what}{tried}: check or renew the credentials.")
        return self.kind(f"{self.what}{tried}.")


def phrase(status: int) -> str:
    """Return a status with its name.

    Example:
        >>> phrase(503), phrase(520)
        ('503 Service Unavailable', '520')
    """
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)


def excerpt(body: bytes, vault: Vault) -> str:
    """Return the first characters of a body as one line: no secret, address, markup or control.

    Example:
        >>> excerpt(b"<h1>Oops</h1><p>no such key: s3cr3t!", Vault({"key": "s3cr3t!"}))
        'Oops no such key: ••••'
    """
    text = vault.scrub(body[:_WINDOW].decode("utf-8", "replace"))
    if len(body) > _WINDOW:
        # The last letters may be the beginning of a secret.
        text = text[: -vault.longest or None]
    return plain(_TAG.sub(" ", text))[:EXCERPT]


def plain(text: str) -> str:
    """Return a text as one line that can be printed anywhere, mail addresses taken out."""
    line = "".join(letter if letter.isprintable() else " " for letter in text)
    return _MAIL.sub("…@…", " ".join(line.split()))


def request_id(headers: Mapping[str, str], vault: Vault) -> str:
    """Return the vendor's id of the request, for its support; "" where it gives none."""
    found = next((headers[name] for name in _REQUEST_IDS if headers.get(name)), "")
    return f" (request {plain(vault.scrub(found))[:80]})" if found else ""
