"""What a way of signing requests is, for those who write one."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from typing import ClassVar

from attrs import Factory, field, frozen

from cxmetrics.errors import AuthError
from cxmetrics.sources.clock import Clock
from cxmetrics.sources.message import Answer, Request
from cxmetrics.sources.slot import Slot


@frozen
class Signature:
    """What is added to a request, in slots.

    Attributes:
        headers: by name.
        params: of the query.
        basic: user name and password of basic authentication.
    """

    headers: Mapping[str, str | Slot] = Factory(dict)
    params: Mapping[str, str | Slot] = Factory(dict)
    basic: tuple[str | Slot, str | Slot] | None = None


@frozen
class Session:
    """What a scheme may use to renew its credentials.

    Attributes:
        send: sends a request with a signature of its own, under the same rules for addresses,
            retries and limits.
        clock: tells the time.
        fill: gives the value of a field.
        keep: puts a value under a field, for a slot.
    """

    send: Callable[[Request, Signature], Answer] = field(repr=False)
    clock: Clock
    fill: Callable[[str], str | int] = field(repr=False)
    keep: Callable[[str, str], None] = field(repr=False)


@frozen
class Renewed:
    """What renewing gave.

    Attributes:
        values: to keep, by field.
        lasts: for how many seconds; None where only the vendor knows.
    """

    values: Mapping[str, str | int] = field(repr=False)
    lasts: float | None = None


class Auth(ABC):
    """How requests are signed.

    Class attributes:
        renews: whether there is something to renew, before the first request and after a 401.
    """

    renews: ClassVar[bool] = False

    @abstractmethod
    def signature(self) -> Signature:
        """Return what is added to each request."""

    def renew(self, session: Session) -> Renewed:  # noqa: ARG002  # for schemes that can
        """Get new credentials.

        Raises:
            AuthError: the vendor refuses.
        """
        raise AuthError("these credentials can't be renewed.")

    def goodbye(self) -> Request | None:
        """Return the request that ends a session; None where there is none to end."""
        return None
