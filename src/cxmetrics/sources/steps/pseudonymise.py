"""Pseudonymise: a keyed hash in the place of what names a customer."""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import stat
import unicodedata
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, Final, Self

from attrs import field, frozen

from cxmetrics.errors import ConfigError
from cxmetrics.sources._base import StreamName
from cxmetrics.sources.secret import Secret
from cxmetrics.sources.steps._base import Fields, Step, each_leaf, plain_key

_SHORTEST: Final = 16
_INVISIBLE: Final = re.compile("[\u00ad\u200b-\u200f\u2060-\u2064\ufeff]")
_MADE: Final = re.compile("cx_([0-9a-f]{32})([0-9a-f]{8})")

_PERSONAL: Final = """
    email emailaddress mail recipientemail phone phonenumber mobile mobilephone tel telephone
    firstname lastname fullname givenname familyname surname username recipientfirstname
    recipientlastname customer customerid customeremail client clientid clientemail contact
    contactid contactemail user userid useremail requester requesterid respondent respondentid
    recipient recipientid person personid externaldatareference externalreference participant
    participantid
"""
"""Keys, without case and signs, under which vendors name a person."""


def _secret(value: Secret | str) -> Secret:
    try:
        secret = Secret(value)
    except (ValueError, TypeError):
        raise ConfigError("the key of the pseudonyms is empty: make one with new_key.") from None
    if len(secret.reveal()) < _SHORTEST:
        raise ConfigError(
            f"the key of the pseudonyms is shorter than {_SHORTEST} characters and can be guessed: "
            "make one with new_key."
        )
    return secret


@frozen
class Pseudonymise(Step):
    """Put a keyed hash in the place of a customer's id, in every stream alike.

    One customer has one pseudonym, however the id is written: case, blanks around it, invisible
    characters and compatible forms (full-width letters) make no difference, unless `exact`. Who has
    the key can compute the pseudonym of a known customer, which is how `store.forget` finds them;
    nobody can compute the customer. Without the key a dictionary of e-mail addresses is of no use;
    a plain hash would fall to it. Keep the key apart from the store, and do not lose it: with
    another key every customer is somebody else.

    In an object that is refused the same values are replaced wherever they stand, and so is what
    stands under keys that name a person (email, phone, customer_id, ...; say with `keys` what else
    your vendor calls them).

    Attributes:
        key: at least 16 characters, see `new_key` and `from_file`.
        dims: dims to pseudonymise as well.
        keys: more keys to pseudonymise in objects that are refused.
        exact: True where ids differ by case only.

    Raises:
        ConfigError: the key is empty or short.

    Example:
        >>> step = Pseudonymise(Secret("not a key for real use"))
        >>> answer, other = {"customer": "Ana@example.test"}, {"customer": " ana@example.test"}
        >>> step.apply("responses", answer), step.apply("responses", other)
        (None, None)
        >>> answer == other, answer["customer"][:3], len(answer["customer"])
        (True, 'cx_', 43)
    """

    name: ClassVar[str] = "pseudonymise"

    key: Secret = field(converter=_secret)
    dims: tuple[str, ...] = field(default=(), converter=tuple, kw_only=True)
    keys: tuple[str, ...] = field(default=(), converter=tuple, kw_only=True)
    exact: bool = field(default=False, kw_only=True)
    _bytes: bytes = field(init=False, repr=False, eq=False)

    def __attrs_post_init__(self) -> None:
        digest = hashlib.blake2b(self.key.reveal().encode(), digest_size=32, person=b"cxm:key:v1")
        object.__setattr__(self, "_bytes", digest.digest())

    @classmethod
    def from_file(cls, path: str | os.PathLike[str], **settings: Any) -> Self:
        """Read the key from a file that only its owner can read.

        Raises:
            ConfigError: the file is absent, empty, short, or open to others.
        """
        file = Path(path)
        try:
            text, mode = file.read_text().strip(), file.stat().st_mode
        except OSError as error:
            raise ConfigError(
                f"the key of the pseudonyms can't be read from {str(file)!r} ({error.strerror}): "
                "Pseudonymise.new_key(path) makes one."
            ) from None
        if os.name == "posix" and stat.S_IMODE(mode) & 0o077:
            raise ConfigError(f"others can read the key: chmod 600 {str(file)!r}.")
        return cls(_secret(text), **settings)

    @staticmethod
    def new_key(path: str | os.PathLike[str]) -> None:
        """Write a new random key to a file that is not there yet, readable by its owner only.

        Raises:
            ConfigError: the file is there.
        """
        try:
            file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            raise ConfigError(
                f"{os.fspath(path)!r} is there already: with another key every customer would be "
                "somebody else."
            ) from None
        with os.fdopen(file, "w") as opened:
            opened.write(f"{secrets.token_hex(32)}\n")

    def pseudonym(self, value: str) -> str:
        """Return the pseudonym of a customer's id; that of a pseudonym is itself."""
        found = _MADE.fullmatch(value)
        if found and self._mark(found[1]) == found[2]:
            return value
        digest = hashlib.blake2b(
            self._plain(value).encode("utf-8", "surrogatepass"),
            key=self._bytes,
            digest_size=16,
            person=b"cxm:customer:v1",
        ).hexdigest()
        return f"cx_{digest}{self._mark(digest)}"

    def _mark(self, digest: str) -> str:
        """Return what shows that a pseudonym was made with this key."""
        return hashlib.blake2b(
            digest.encode(), key=self._bytes, digest_size=4, person=b"cxm:check:v1"
        ).hexdigest()

    def _plain(self, value: str) -> str:
        text = unicodedata.normalize("NFKC", _INVISIBLE.sub("", value)).strip()
        return text if self.exact else unicodedata.normalize("NFKC", text.casefold())

    def apply(self, stream: StreamName, fields: Fields) -> None:
        """Replace the customer's id, and the dims that are named."""
        name = "id" if stream == "customers" else "customer"
        customer, dims = fields.get(name), fields.get("dims")
        if isinstance(customer, str) and customer.strip():
            fields[name] = self.pseudonym(customer)
        if self.dims and isinstance(dims, Mapping):
            fields["dims"] = {
                dim: self.pseudonym(value) if dim in self.dims and isinstance(value, str) else value
                for dim, value in dims.items()
            }

    def ident(self, stream: StreamName, ident: str) -> str:
        """Replace the id of an object that is a customer."""
        return self.pseudonym(ident) if stream == "customers" and ident else ident

    def raw(self, stream: StreamName, value: Any, records: Sequence[Mapping[str, Any]]) -> Any:
        """Replace the customers that could be read, and what stands where persons are named."""
        name = "id" if stream == "customers" else "customer"
        told = {str(record[name]) for record in records if record.get(name) is not None}
        told |= {
            str(dims[dim])
            for record in records
            for dims in [record.get("dims")]
            if isinstance(dims, Mapping)
            for dim in self.dims
            if dims.get(dim) is not None
        }
        named = {*_PERSONAL.split(), *map(plain_key, self.keys)}
        if stream == "customers":
            named.add("id")

        def change(key: str, leaf: Any) -> Any:
            if leaf is None or isinstance(leaf, bool) or not str(leaf).strip():
                return leaf
            hit = str(leaf) in told or plain_key(key) in named
            return self.pseudonym(str(leaf)) if hit else leaf

        return each_leaf(value, change)


STEPS = (Pseudonymise,)
