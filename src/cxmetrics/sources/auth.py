"""How requests are signed: schemes that name fields, and never see what is in them.

```
HeaderToken("X-API-TOKEN", "token")              Qualtrics, SurveyMonkey, HubSpot ...
Basic("email", "token")                          Zendesk, Freshdesk ...
QueryToken("api_key", "token")                   Alchemer, Judge.me ...
ClientCredentials("oauth/token")                 Wootric, Medallia, Dynamics ...
RefreshToken("oauth/token")                      HubSpot, Typeform, Google ...
Jwt("ES256", key="private_key")                  App Store Connect, Google service accounts
SessionLogin(Request(...), read=..., slot=...)   LimeSurvey, Odoo
```
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import timedelta
from typing import Any, ClassVar, Final, Literal

from attrs import Factory, field, frozen

from cxmetrics.errors import AuthError, ConfigError, DriftError
from cxmetrics.sources import slot
from cxmetrics.sources.message import Answer, Params, Request
from cxmetrics.sources.slot import Slot
from cxmetrics.sources.strict import member
from cxmetrics.sources.transport.scheme import Auth, Renewed, Session, Signature

__all__ = [
    "Auth",
    "Basic",
    "ClientCredentials",
    "HeaderToken",
    "Jwt",
    "QueryToken",
    "RefreshToken",
    "Renewed",
    "Session",
    "SessionLogin",
    "Signature",
    "Text",
]

TOKEN: Final = "access_token"  # noqa: S105  # the name, not the thing
"""The field under which a token that was granted is kept."""


@frozen
class HeaderToken(Auth):
    """A token in a header.

    Args:
        header: its name.
        token: the field of the token.
        prefix: what stands before it, such as "Bearer ".

    Example:
        >>> HeaderToken("Authorization", "token", prefix="Bearer ").signature().headers
        {'Authorization': Slot(field='token', before='Bearer ', after='')}
    """

    header: str
    token: str = "token"  # noqa: S105  # the name of a field
    prefix: str = ""

    def signature(self) -> Signature:
        """Return the header."""
        return Signature(headers={self.header: Slot(self.token, before=self.prefix)})


@frozen
class Basic(Auth):
    """Basic authentication.

    Args:
        user: the field of the user name, or a `Slot` with text around it:
            `Slot("email", after="/token")`.
        password: the field of the password, or the text itself as `Text("X")`.

    Example:
        >>> Basic(Slot("email", after="/token"), "token").signature().basic[1]
        Slot(field='token', before='', after='')
    """

    user: str | Slot | Text
    password: str | Slot | Text

    def signature(self) -> Signature:
        """Return user name and password."""
        return Signature(basic=(_part(self.user), _part(self.password)))


@frozen
class Text:
    """A fixed text where a field is expected, such as the `X` some vendors want as password."""

    text: str


def _part(given: str | Slot | Text) -> str | Slot:
    if isinstance(given, Text):
        return given.text
    return given if isinstance(given, Slot) else Slot(given)


@frozen
class QueryToken(Auth):
    """A token in the query; it never shows in a log or an error, nor in a stored cursor.

    Args:
        param: its name.
        token: the field of the token.
        more: further parameters and their fields.
    """

    param: str
    token: str = "token"  # noqa: S105  # the name of a field
    more: Mapping[str, str] = Factory(dict)

    def signature(self) -> Signature:
        """Return the parameters."""
        names = {self.param: self.token, **self.more}
        return Signature(params={name: Slot(where) for name, where in names.items()})


class _Granted(Auth):
    """A scheme that is granted a token and sends it as bearer."""

    renews: ClassVar[bool] = True

    def signature(self) -> Signature:
        return Signature(headers={"Authorization": Slot(TOKEN, before="Bearer ")})


@frozen
class ClientCredentials(_Granted):
    """OAuth2 client credentials.

    Args:
        url: of the token endpoint: a path below the base, or an address on a trusted origin.
        client_id: the field of the client's id.
        client_secret: the field of its secret.
        form: further fields of the form, such as scope or audience.
        basic: whether id and secret go by basic authentication instead of the form.
    """

    url: str
    client_id: str = field(default="client_id", kw_only=True)
    client_secret: str = field(default="client_secret", kw_only=True)
    form: Params = field(default=Factory(dict), kw_only=True)
    basic: bool = field(default=False, kw_only=True)

    def renew(self, session: Session) -> Renewed:
        """Ask for a token."""
        form = {"grant_type": "client_credentials", **self.form}
        return _grant(session, self.url, form, self.client_id, self.client_secret, self.basic)


@frozen
class RefreshToken(_Granted):
    """OAuth2 with a refresh token; one that the vendor replaces is handed to the vault.

    Args:
        url: of the token endpoint: a path below the base, or an address on a trusted origin.
        refresh_token: the field of the refresh token.
        client_id: the field of the client's id.
        client_secret: the field of its secret; None for a client without.
        form: further fields of the form.
        basic: whether id and secret go by basic authentication instead of the form.
    """

    url: str
    refresh_token: str = field(default="refresh_token", kw_only=True)
    client_id: str = field(default="client_id", kw_only=True)
    client_secret: str | None = field(default="client_secret", kw_only=True)
    form: Params = field(default=Factory(dict), kw_only=True)
    basic: bool = field(default=False, kw_only=True)

    def renew(self, session: Session) -> Renewed:
        """Ask for a token."""
        form = {
            "grant_type": "refresh_token",
            "refresh_token": Slot(self.refresh_token),
            **self.form,
        }
        renew = _grant(session, self.url, form, self.client_id, self.client_secret, self.basic)
        replaced = renew.values.get("refresh_token")
        values = {TOKEN: renew.values[TOKEN]}
        if replaced:
            values[self.refresh_token] = replaced
        return Renewed(values, renew.lasts)


@frozen
class Jwt(Auth):
    """A token that is signed here; needs PyJWT (`pip install cxmetrics[jwt]`).

    Args:
        algorithm: "ES256" or "RS256".
        key: the field of the private key, in PEM.
        claims: of the token, slots included; `iat` and `exp` are added.
        headers: of the token, such as `{"kid": Slot("key_id")}`.
        lasts: how long a token is good, 20 minutes at most.
        url: where it is exchanged for an access token (service accounts of Google); "" to send it
            itself.
    """

    renews: ClassVar[bool] = True

    algorithm: Literal["ES256", "RS256"]
    key: str = field(default="private_key", kw_only=True)
    claims: Mapping[str, Any] = field(default=Factory(dict), kw_only=True)
    headers: Mapping[str, Any] = field(default=Factory(dict), kw_only=True)
    lasts: timedelta = field(default=timedelta(minutes=15), kw_only=True)
    url: str = field(default="", kw_only=True)

    def __attrs_post_init__(self) -> None:
        if not timedelta(0) < self.lasts <= timedelta(minutes=20):
            raise ConfigError("a signed token lasts 20 minutes at most: that is what vendors take.")

    def signature(self) -> Signature:
        """Return the token as bearer."""
        return Signature(headers={"Authorization": Slot(TOKEN, before="Bearer ")})

    def renew(self, session: Session) -> Renewed:
        """Sign a token, and exchange it where that is wanted."""
        if not self.url:
            return Renewed({TOKEN: self._minted(session)}, self.lasts.total_seconds())
        session.keep("assertion", self._minted(session))
        grant = "urn:ietf:params:oauth:grant-type:jwt-bearer"
        form: Params = {"grant_type": grant, "assertion": Slot("assertion")}
        return _granted(session.send(_token_request(self.url, form), Signature()))

    def _minted(self, session: Session) -> str:
        try:
            import jwt
        except ImportError:
            raise ConfigError(
                "signed tokens need PyJWT with its extra: pip install 'cxmetrics[jwt]'."
            ) from None
        now = int(session.clock.now().timestamp())
        claims = slot.filled(self.claims, session.fill)
        claims |= {"iat": now, "exp": now + int(self.lasts.total_seconds())}
        headers = slot.filled(self.headers, session.fill)
        with suppress(ValueError, TypeError, NotImplementedError, jwt.PyJWTError):
            return jwt.encode(
                claims, str(session.fill(self.key)), algorithm=self.algorithm, headers=headers
            )
        # Not within `except`: the error there knows frames that hold the key.
        raise ConfigError(
            f"the setting {self.key!r} is no private key for {self.algorithm} in PEM, or PyJWT "
            "lacks its extra: pip install 'cxmetrics[jwt]'."
        )


@frozen
class SessionLogin(Auth):
    """A login that gives a key, which the adapter puts into its requests as `Slot(slot)`.

    The policy's judge says "renew" where an answer means that the key has ended.

    Args:
        login: the request, with slots for user name and password.
        read: returns the key, a text or a number, from the answer; it raises `AuthError` where the
            login failed.
        slot: under which name the key is kept.
        header: a header in which the key is sent as well; "" for none.
        prefix: what stands before it there.
        logout: the request that ends the session, sent when the connection is closed.
        lasts: how long a key is good, where it is known.
    """

    renews: ClassVar[bool] = True

    login: Request
    read: Callable[[Answer], object] = field(kw_only=True, repr=False)
    slot: str = field(default="session", kw_only=True)
    header: str = field(default="", kw_only=True)
    prefix: str = field(default="", kw_only=True)
    logout: Request | None = field(default=None, kw_only=True)
    lasts: timedelta | None = field(default=None, kw_only=True)

    def signature(self) -> Signature:
        """Return the header, if there is one."""
        if not self.header:
            return Signature()
        return Signature(headers={self.header: Slot(self.slot, before=self.prefix)})

    def renew(self, session: Session) -> Renewed:
        """Log in."""
        key = self.read(session.send(self.login, Signature()))
        if isinstance(key, bool) or not isinstance(key, str | int) or not str(key).strip():
            raise AuthError("the login gave no key: check user name and password.")
        return Renewed({self.slot: key}, self.lasts.total_seconds() if self.lasts else None)

    def goodbye(self) -> Request | None:
        """Return the logout."""
        return self.logout


def _token_request(url: str, form: Params) -> Request:
    return Request(url, method="POST", form=form, repeatable=True)


def _grant(
    session: Session,
    url: str,
    form: Mapping[str, Any],
    client_id: str,
    client_secret: str | None,
    basic: bool,  # noqa: FBT001  # private
) -> Renewed:
    signature = Signature()
    if basic and client_secret is not None:
        signature = Signature(basic=(Slot(client_id), Slot(client_secret)))
    else:
        form = {**form, "client_id": Slot(client_id)}
        if client_secret is not None:
            form["client_secret"] = Slot(client_secret)
    return _granted(session.send(_token_request(url, form), signature))


def _granted(answer: Answer) -> Renewed:
    """Read the answer of a token endpoint."""
    found = answer.json()
    try:
        values = {TOKEN: member(found, "$.access_token", str)}
        refresh = member(found, "$.refresh_token", (str, type(None)), default=None)
        lasts = _seconds(member(found, "$.expires_in", default=None))
    except DriftError as error:
        drift = DriftError(f"token endpoint: {error}", error.path)
    else:
        if refresh:
            values["refresh_token"] = refresh
        if values[TOKEN].strip():
            return Renewed(values, lasts)
        drift = DriftError("token endpoint: $.access_token: blank.", "$.access_token")
    del found  # no token in the frames of the error
    raise drift


def _seconds(value: object) -> float | None:
    """Return a life in seconds, which some vendors write as a text; None where it is no number."""
    if isinstance(value, str) and value.isascii() and value.isdigit():
        value = int(value)
    return float(value) if isinstance(value, int | float) and value > 0 else None
