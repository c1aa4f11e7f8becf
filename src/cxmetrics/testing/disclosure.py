"""What must not be written down: secrets in any spelling, and personal data of real people."""

from __future__ import annotations

import html
import json
import re
from base64 import b64encode
from collections.abc import Iterable, Iterator
from typing import Final
from urllib.parse import quote, quote_plus

from cxmetrics.records.masking import FINDERS

_SHORTEST: Final = 6
"""A secret with fewer characters can't be told from other texts."""

_DOMAIN: Final = re.compile(
    r"@(?:[\w-]+\.)*(?:example\.[a-z]{2,6}|(?:[\w-]+\.)?(?:test|example|invalid|localhost))$", re.I
)
_FICTION: Final = re.compile(
    # France (ARCEP), the United Kingdom (Ofcom), North America: numbers nobody has
    r"0(?:19900|26191|35301|46571|53649|63998)\d{4}"
    r"|0(?:1632960|7700900)\d{3}|02079460\d{3}"
    r"|1?\d{3}55501\d{2}"
)
_TOKENS: Final = re.compile(
    r"eyJ[\w-]{16,}\.[\w-]{16,}|\b(?:sk|pk|rk)_live_\w{8,}|\bgh[pousr]_\w{20,}|\bxox[abprs]-[\w-]{10,}"
    r"|-----BEGIN [A-Z ]*PRIVATE KEY-----"
)


def spellings(secret: str) -> frozenset[str]:
    """Return the ways in which a secret may be written: plain, URL-encoded, escaped, base64.

    Example:
        >>> sorted(spellings("s3cr3t/value"))[:3]
        ['MzY3IzdC92YWx1Z', 'czNjcjN0L3ZhbHVl', 's3cr3t%2Fvalue']
    """
    forms = {secret, quote(secret, safe=""), quote_plus(secret), html.escape(secret)}
    forms |= {json.dumps(secret)[1:-1], repr(secret)[1:-1]}
    raw = secret.encode()
    for shift, skipped in ((0, 0), (1, 2), (2, 3)):
        # inside a longer text: the letters that the secret alone decides
        letters = b64encode(bytes(shift) + raw).decode()
        part = letters[skipped : (shift + len(raw)) * 8 // 6]
        forms |= (
            {part, part.replace("+", "-").replace("/", "_")} if len(part) >= _SHORTEST else set()
        )
    return frozenset(forms)


def shows(secrets: Iterable[str], text: str | bytes) -> bool:
    """Say whether a text, or the bytes of a file, holds a secret."""
    whole = text if isinstance(text, bytes) else text.encode(errors="backslashreplace")
    return any(
        form.encode() in whole
        for secret in secrets
        if len(secret) >= _SHORTEST
        for form in spellings(secret)
    )


def personal(texts: Iterable[str]) -> Iterator[str]:
    """Yield what in some texts may belong to a real person, or is a credential.

    Allowed are e-mail addresses of `example.*`, `.example`, `.test` and `.invalid`, and phone
    numbers that are reserved for fiction: 01 99 00 xx xx and its like in France, 01632 960 xxx and
    07700 900 xxx in Britain, 555-01xx in North America.

    Example:
        >>> list(personal(["ana@example.org, 01 99 00 12 34", "ana@acme.com, 06 12 34 56 78"]))
        ['an e-mail address', 'a phone number']
    """
    for text in texts:
        if _TOKENS.search(text):
            yield "a credential"
        for kind, word in _KINDS.items():
            marked = f"<{kind.upper()}>"
            found = FINDERS[kind](text)
            if marked in found and not _invented(kind, text, found, marked):
                yield word


_KINDS: Final = {
    "email": "an e-mail address",
    "iban": "an IBAN",
    "card": "a payment card",
    "phone": "a phone number",
}


def _invented(kind: str, text: str, found: str, mark: str) -> bool:
    """Say whether all that was found in a text is of the kind nobody has."""
    around = [re.escape(part) for part in found.split(mark)]
    match = re.fullmatch("(.+?)".join(around), text, re.DOTALL)
    if match is None:
        return False
    if kind == "email":
        return all(_DOMAIN.search(each) for each in match.groups())
    if kind == "phone":
        return all(_FICTION.fullmatch(_national(each)) for each in match.groups())
    return False


def _national(phone: str) -> str:
    """Return a phone number as dialled in its own country, digits only.

    Example:
        >>> _national("+33 (0)1 99 00 12 34"), _national("(212) 555-0123")
        ('0199001234', '2125550123')
    """
    digits = re.sub(r"\(0\)|\D", "", phone)
    bare = re.sub(r"^(?:00)?(?:33|44)(?=\d{9,10}$)", "0", digits)
    return bare if phone.lstrip().startswith(("+", "00")) else digits
