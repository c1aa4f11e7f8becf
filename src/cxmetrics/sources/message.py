"""What is asked, and what comes back: no secret is in either, and nothing of the HTTP client."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cached_property
from typing import Any, Final, Self, TypeAlias
from urllib.parse import quote, urlencode

import attrs
from attrs import Factory, field, frozen

from cxmetrics.errors import DriftError, UsageError
from cxmetrics.sources import slot, strict

Param: TypeAlias = str | int | float | bool | slot.Slot | None
Params: TypeAlias = Mapping[str, Param | Sequence[Param]]

_SAFE: Final = frozenset({"GET", "HEAD"})
_DEFAULTS: Final[Mapping[str, Any]] = {
    "method": "GET",
    "params": {},
    "headers": {},
    "json": None,
    "form": None,
    "as_json": True,
    "repeatable": None,
}
_LINK: Final = re.compile(r"<([^<>]*)>((?:\s*;\s*[\w*-]+\s*=\s*(?:\"[^\"]*\"|[^\s\",;]*))*)")
_RELATION: Final = re.compile(r";\s*rel\s*=\s*(?:\"([^\"]*)\"|([^\s\",;]*))", re.IGNORECASE)
_CHARSET: Final = re.compile(r";\s*charset\s*=\s*\"?([\w.:-]+)", re.IGNORECASE)


def _upper(method: str) -> str:
    return method.upper()


@frozen
class Request:
    """Something to ask the vendor for, without address and credentials.

    It can be written as JSON values and read back, so it serves as the cursor of a page.

    Attributes:
        path: below the base address ("surveys"), or from the root of the host ("/v3/surveys").
        method: GET unless a body is sent.
        params: of the query; merged with a query in the path. None leaves one out, a sequence
            repeats it.
        headers: beside those of the transport.
        json: the body as JSON values, slots included.
        form: the body as form fields.
        as_json: the answer must be JSON: a page of HTML or nothing is asked for again.
        repeatable: whether asking twice does no harm; None for GET only. Say True for a POST that
            only reads.

    Example:
        >>> ask = Request("surveys", params={"page": 2})
        >>> ask.to_dict(), Request.from_dict(ask.to_dict()) == ask
        ({'path': 'surveys', 'params': {'page': 2}}, True)
    """

    path: str
    method: str = field(default="GET", kw_only=True, converter=_upper)
    params: Params = field(default=Factory(dict), kw_only=True)
    headers: Mapping[str, str | slot.Slot] = field(default=Factory(dict), kw_only=True)
    json: Any = field(default=None, kw_only=True)
    form: Params | None = field(default=None, kw_only=True)
    as_json: bool = field(default=True, kw_only=True)
    repeatable: bool | None = field(default=None, kw_only=True)

    def __attrs_post_init__(self) -> None:
        if self.json is not None and self.form is not None:
            raise UsageError("a request has one body: json or form.")

    @property
    def repeats(self) -> bool:
        """Whether asking twice does no harm."""
        return self.method in _SAFE if self.repeatable is None else self.repeatable

    def to_dict(self) -> dict[str, Any]:
        """Return the request as JSON values, what is left at its default left out."""
        return {
            name: slot.told(value)
            for name, value in attrs.asdict(self, recurse=False).items()
            if name not in _DEFAULTS or value != _DEFAULTS[name]
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Build the request that `to_dict` wrote."""
        return cls(**{name: slot.heard(value) for name, value in data.items()})


@frozen(eq=False, repr=False)
class Answer:
    """What the vendor answered, read to its end and within every limit.

    Attributes:
        status: of HTTP.
        headers: by lower-case name; several of one name are joined by commas.
        body: decoded.
        request: what was asked.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes
    request: Request

    def json(self) -> Any:
        """Return the body as JSON values, read strictly and once.

        Raises:
            JsonError: it is no JSON, or ambiguous JSON.
        """
        return self._parsed

    @cached_property
    def _parsed(self) -> Any:
        return strict.parse(self.body)

    @property
    def text(self) -> str:
        """The body as text, in the charset it declares or in UTF-8.

        Raises:
            DriftError: it is no text in that charset.
        """
        declared = _CHARSET.search(self.headers.get("content-type", ""))
        try:
            return self.body.decode(declared[1] if declared else "utf-8")
        except (UnicodeDecodeError, LookupError):
            raise DriftError("the answer is no text in the charset it declares.", "$") from None

    def links(self) -> dict[str, str]:
        """Return the addresses of the `Link` header by their relation ("next").

        Hand one to `Http.resolve` before asking for it.
        """
        found: dict[str, str] = {}
        for address, details in _LINK.findall(self.headers.get("link", "")):
            for quoted, bare in _RELATION.findall(details):
                for relation in (quoted or bare).lower().split():
                    found.setdefault(relation, address)
        return found

    @property
    def date(self) -> datetime | None:
        """The vendor's clock when it answered, in UTC; None where it does not say."""
        return http_date(self.headers.get("date", ""))

    def __repr__(self) -> str:
        return f"Answer({self.status}, {len(self.body)} bytes)"


def http_date(text: str) -> datetime | None:
    """Return a date of an HTTP header in UTC; None where the text is none.

    Example:
        >>> str(http_date("Sunday, 06-Nov-94 08:49:37 GMT")), http_date("soon")
        ('1994-11-06 08:49:37+00:00', None)
    """
    try:
        found = parsedate_to_datetime(text)
        # `-0000` and the form of asctime come back without a zone: HTTP dates are in UTC.
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def encoded(params: Params) -> str:
    """Return filled parameters as they stand in a query.

    Example:
        >>> encoded({"since": "2026-01-01T00:00:00+00:00", "open": True, "tag": ["a b", "c"]})
        'since=2026-01-01T00%3A00%3A00%2B00%3A00&open=true&tag=a%20b&tag=c'
    """
    return urlencode(list(pairs(params)), quote_via=quote, safe="")


def pairs(params: Params) -> Iterator[tuple[str, str]]:
    """Yield the names and texts of filled parameters."""
    for name, value in params.items():
        for item in value if isinstance(value, list | tuple) else (value,):
            if isinstance(item, bool):
                yield name, "true" if item else "false"
            elif isinstance(item, str | int | float):
                yield name, str(item)
            elif item is not None:
                raise UsageError(
                    f"the parameter {name!r} is a {type(item).__name__}: write a text, a number, "
                    "True, False or None."
                )
