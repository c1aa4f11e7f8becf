"""Masking: marks in the place of what in a text points to a person."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Final

LONGEST: Final = 100_000
"""Characters of a text that are looked at and kept; of a longer one the rest is cut off."""

_HINT: Final = re.compile(r"[\d@＠:]")
"""Without one of these there is nothing to find, and most texts have none."""
_INVISIBLE: Final = re.compile("[\u00ad\u200b\u2060\ufeff]+")

# Every pattern is linear: what repeats is bounded or possessive, and starts only where its own kind
# of character does not precede it.
_USERINFO: Final = re.compile(r"(?<=://)[^\s/?#]{1,512}@(?=[^\s/?#@])")
_EMAIL: Final = re.compile(r"(?<![\w.+%'&~-])[\w.+%'&~-]++[@＠][\w-]++(?:[.。．][\w-]++)+")
_IBAN: Final = re.compile(r"(?<![A-Za-z0-9])[A-Za-z]{2}[0-9]{2}(?:[ \u00a0-]?[A-Za-z0-9]){11,30}")
_CARD: Final = re.compile(r"(?<!\d)[2-6](?:[ \u00a0-]?\d){12,18}(?!\d)")
_S: Final = r"[\s.\-\u2011/]"
_PHONE: Final = re.compile(
    # French: +33 6 12 34 56 78, 0033(0)6.12.34.56.78, 06 12 34 56 78, 0612345678
    rf"(?<![\w+])(?:(?:\+|00)33{_S}?(?:\(0\){_S}?)?|0)[1-9](?:(?P<s>{_S}?)\d\d(?:(?P=s)\d\d){{3}})(?!\w)"
    # any country: + or 00, and 8 to 15 digits
    rf"|(?<![\w+])(?:\+|00)[1-9](?:(?:{_S}|[()]){{0,3}}\d){{7,14}}(?!\w)"
    # North America: (555) 012-3456
    rf"|(?<!\w)\(?\d{{3}}\){{0,1}}{_S}\d{{3}}{_S}\d{{4}}(?!\w)"
)
_IP: Final = re.compile(
    r"(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?![\w.]*\d)"
    r"|(?<![\w:.])[0-9A-Fa-f:]{2,39}(?:\d{0,3}(?:\.\d{1,3}){3})?(?![\w:])"
)

_COUNTRIES: Final = """
    AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DK18 DO28 EE20
    EG29 ES24 FI18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30
    KW30 KZ20 LB28 LC32 LI21 LT20 LU20 LV21 LY25 MC27 MD24 ME22 MK19 MR27 MT31 MU30 NL18 NO15 PK24
    PL28 PS29 PT25 QA29 RO24 RS22 SA24 SC31 SE24 SI19 SK24 SM27 ST25 SV28 TL23 TN24 TR26 UA29 VA22
    VG24 XK20
"""
_LENGTHS: Final = {each[:2]: int(each[2:]) for each in _COUNTRIES.split()}


def _iban(found: re.Match[str]) -> str:
    """Mark what has the length and the checksum of an IBAN, and leave what follows it."""
    text = found[0]
    places = [place for place, character in enumerate(text, start=1) if character.isalnum()]
    length = _LENGTHS.get(text[:2].upper(), len(text) + 1)
    if length > len(places):
        return text
    end = places[length - 1]
    plain = "".join(filter(str.isalnum, text[:end])).upper()
    number = "".join(str(int(character, 36)) for character in plain[4:] + plain[:4])
    return f"<IBAN>{text[end:]}" if int(number) % 97 == 1 else text


def _card(found: re.Match[str]) -> str:
    """Mark what has the checksum of a card (Luhn)."""
    digits = [int(character) for character in found[0] if character.isdigit()]
    doubled = [digit * 2 - 9 * (digit > 4) for digit in digits[-2::-2]]
    if (sum(digits[-1::-2]) + sum(doubled)) % 10:
        return found[0]
    # 14 digits with that checksum are the number of a French company, where no card starts so.
    company = len(digits) == 14 and (digits[0] != 3 or digits[1] not in {0, 6, 8, 9})
    return found[0] if company else "<CARD>"


def _ip(found: re.Match[str]) -> str:
    """Mark what is an address of the internet, and not a time or a version."""
    try:
        address = ipaddress.ip_address(found[0])
    except ValueError:
        return found[0]
    return found[0] if address.is_unspecified else "<IP>"


FINDERS: Final[Mapping[str, Callable[[str], str]]] = {
    "userinfo": lambda text: _USERINFO.sub("<USERINFO>@", text) if "://" in text else text,
    "email": lambda text: _EMAIL.sub("<EMAIL>", text) if "@" in text or "＠" in text else text,
    "iban": lambda text: _IBAN.sub(_iban, text),
    "card": lambda text: _CARD.sub(_card, text),
    "phone": lambda text: _PHONE.sub("<PHONE>", text),
    "ip": lambda text: _IP.sub(_ip, text) if "." in text or ":" in text else text,
}
"""What is looked for, in this order: the digits of an IBAN hold what looks like a phone."""


def redacted(text: str, kinds: Sequence[str] = tuple(FINDERS)) -> str:
    """Return a text with marks in the place of what points to a person.

    Example:
        >>> redacted("Rappelez-moi au 06 12 34 56 78 ou écrivez à ana@example.test, merci !")
        'Rappelez-moi au <PHONE> ou écrivez à <EMAIL>, merci !'
    """
    if len(text) > LONGEST:
        text = f"{text[:LONGEST]}<CUT>"
    if not text.isascii():
        text = _INVISIBLE.sub("", text)
    if _HINT.search(text):
        for kind in kinds:
            text = FINDERS[kind](text)
    return text
