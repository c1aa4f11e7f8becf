"""What is special about a vendor: budgets, retries, limits, hosts, and how success is judged."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

import attrs
from attrs import field, frozen

from cxmetrics.errors import UsageError, did_you_mean

if TYPE_CHECKING:
    from cxmetrics.sources.message import Answer
    from cxmetrics.sources.transport.retry import Reset

Verdict = Literal["ok", "again", "renew", "refuse"]
Judge: TypeAlias = "Callable[[Answer], Verdict | None]"

RETRY_ON: Final = frozenset({408, 425, 429, *range(500, 600)})
"""Statuses that pass, as a rule."""


def _statuses(given: Iterable[int]) -> frozenset[int]:
    return frozenset(given)  # by a name of its own: type checkers lose the int otherwise


def _positive(_: object, attribute: attrs.Attribute[Any], value: Any) -> None:
    if value <= type(value)(0):
        raise UsageError(f"{attribute.name} must be more than 0.")


@frozen
class Rate:
    """At most so many requests in any span of that length.

    Example:
        >>> Rate(120, per=timedelta(minutes=1)).n
        120
    """

    n: int = field(validator=_positive)
    per: timedelta = field(kw_only=True, validator=_positive)


@frozen(kw_only=True)
class Policy:
    """How a vendor is asked.

    Attributes:
        tries: how often one request is sent at most.
        retry_on: statuses that pass: the request is sent again.
        rate: what the vendor allows, declared; requests wait for it.
        most_wait: how long one request may wait in total, for retries or for the budget; above it
            `RetryError` says when to come back.
        deadline: how long one answer may take, from the request to its last byte.
        most_bytes: how large an answer may be, decoded.
        download_deadline: the same for a download.
        most_download: the same for a download.
        trusted_origins: other origins that receive the credentials, such as
            "https://login.example.com".
        export_origins: other origins that may be contacted, without credentials, such as a CDN that
            serves exports; "https://*.example.com" for every host below.
        resets: how the vendor's own headers tell when to come back.
        judge: looks at each answer before the rules do. "ok" accepts it, "again" repeats, "renew"
            renews the credentials and repeats once, "refuse" stops, None leaves it to the rules; an
            error it raises stops too. It may find an answer that is no JSON: the rules apply then.
        headers: sent with every request, such as the version of the API.
    """

    tries: int = field(default=5, validator=_positive)
    retry_on: frozenset[int] = field(default=RETRY_ON, converter=_statuses)
    rate: tuple[Rate, ...] = ()
    most_wait: timedelta = timedelta(seconds=300)
    deadline: timedelta = field(default=timedelta(seconds=120), validator=_positive)
    most_bytes: int = field(default=64 * 2**20, validator=_positive)
    download_deadline: timedelta = field(default=timedelta(minutes=30), validator=_positive)
    most_download: int = field(default=2 * 2**30, validator=_positive)
    trusted_origins: tuple[str, ...] = ()
    export_origins: tuple[str, ...] = ()
    resets: tuple[Reset, ...] = ()
    judge: Judge | None = None
    headers: Mapping[str, str] = field(factory=dict)

    def replace(self, **changes: Any) -> Policy:
        """Return the policy with some attributes changed.

        Raises:
            UsageError: there is no attribute of that name.
        """
        known = [attribute.name for attribute in attrs.fields(Policy)]
        for name in changes:
            if name not in known:
                raise UsageError(f"a policy has no {name!r}: {did_you_mean(name, known)}")
        return attrs.evolve(self, **changes)
