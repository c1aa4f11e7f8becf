"""The vault: secrets by field, given to the transport only, and wiped from every text."""

from __future__ import annotations

import html
import json
import re
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Callable, Iterator, Mapping
from threading import RLock
from typing import Final, NoReturn
from urllib.parse import quote

from cxmetrics.errors import ConfigError
from cxmetrics.sources.secret import MASK, Secret

_FRAGMENT: Final = 8
"""Base64 letters that must match before a text counts as part of an encoded secret."""

_SPELLED: Final = 200
"""A longer secret, such as a key, is looked for as it is and wholly encoded only."""

_LINE: Final = 16
"""A line of a secret of several lines (a private key) is a secret itself from this length on."""


class Vault:
    """Secrets by the name of their field.

    The transport asks it for values when it sends; nobody else has a reason to. It remembers every
    secret it ever held, so that one that was renewed is still wiped from late errors.

    Args:
        secrets: the secret settings by field.
        changed: called with field and value when the vendor replaces a setting, such as a refresh
            token that is good for one use: keep the new one where the old one came from.

    Example:
        >>> vault = Vault({"token": "s3cr3t value"})
        >>> vault, vault.scrub("asked /x?key=s3cr3t%20value")
        (Vault(token), 'asked /x?key=••••')
    """

    def __init__(
        self,
        secrets: Mapping[str, Secret | str] | None = None,
        *,
        changed: Callable[[str, Secret], None] | None = None,
    ) -> None:
        self._lock = RLock()
        self._values: dict[str, Secret | int] = {}
        self._hidden: set[str] = set()
        self._pattern: re.Pattern[str] | None = None
        self._changed = changed
        for name, secret in (secrets or {}).items():
            self.put(name, secret)
        self._settings = frozenset(self._values)

    def put(self, field: str, value: Secret | str | int) -> None:
        """Keep a value under a field; a setting that changes is reported to `changed`.

        Args:
            field: the setting, or a name of a session ("session", "access_token").
            value: a secret; a plain number, such as a user id, is kept and not wiped from texts.
        """
        kept = value if isinstance(value, int) else Secret(value)
        with self._lock:
            before = self._values.get(field)
            self._values[field] = kept
            if isinstance(kept, Secret):
                self.hide(kept.reveal())
        if (
            self._changed is not None
            and isinstance(kept, Secret)
            and before != kept
            and field in getattr(self, "_settings", ())
        ):
            self._changed(field, kept)

    def hide(self, text: str) -> None:
        """Wipe a text, in every usual spelling, from whatever is scrubbed from now on."""
        with self._lock:
            if text not in self._hidden:
                self._hidden.add(text)
                self._pattern = None

    def reveal(self, field: str) -> str | int:
        """Return the value of a field: for the transport only.

        Raises:
            ConfigError: nothing is kept under it.
        """
        with self._lock:
            kept = self._values.get(field)
        if kept is None:
            raise ConfigError(
                f"the setting {field!r} is missing: the source can't sign in without."
            )
        return kept.reveal() if isinstance(kept, Secret) else kept

    def scrub(self, text: str) -> str:
        """Return a text in which every secret is masked, also URL-encoded, escaped or in base64."""
        with self._lock:
            if self._pattern is None and self._hidden:
                longest = sorted(self._hidden, key=len, reverse=True)
                found = [pattern for secret in longest for pattern in _patterns(secret)]
                self._pattern = re.compile("|".join(found))
            pattern = self._pattern
        return text if pattern is None else pattern.sub(MASK, text)

    @property
    def longest(self) -> int:
        """The length of the longest text that is wiped."""
        with self._lock:
            return max((4 * len(secret.encode()) for secret in self._hidden), default=0)

    def __contains__(self, field: object) -> bool:
        return field in self._values

    def __iter__(self) -> Iterator[str]:
        return iter(tuple(self._values))

    def __repr__(self) -> str:
        return f"Vault({', '.join(self._values)})"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a vault is not pickled or copied: read the secrets where they are needed.")


def _patterns(secret: str) -> Iterator[str]:
    """Yield patterns of the spellings in which a secret may turn up."""
    if len(secret) <= _SPELLED:
        # Any of its letters may be URL-encoded.
        yield "".join(
            f"(?:{re.escape(letter)}|{'[+]|' if letter == ' ' else ''}"
            f"(?i:{''.join(f'%{byte:02x}' for byte in letter.encode())}))"
            for letter in secret
        )
    forms = {secret, quote(secret, safe=""), json.dumps(secret)[1:-1], repr(secret)[1:-1]}
    forms |= {json.dumps(secret, ensure_ascii=False)[1:-1], html.escape(secret)}
    raw = secret.encode()
    for shift, skipped in ((0, 0), (1, 2), (2, 3)):
        # Base64 of any text that contains the secret: the letters that the secret alone decides.
        whole = (shift + len(raw)) * 8 // 6
        for encode in (b64encode, urlsafe_b64encode):
            letters = encode(bytes(shift) + raw).decode()[skipped:whole]
            forms |= {letters} if len(letters) >= _FRAGMENT else set()
    lines = [line.strip() for line in secret.splitlines()]
    if len(lines) > 1:
        forms |= {line for line in lines if len(line) >= _LINE}
    yield from map(re.escape, forms)
