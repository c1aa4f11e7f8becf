"""The words and numbers of maps and drawings, in English and in French."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final, TypeAlias

from cxmetrics import rules
from cxmetrics.errors import DataError, UsageError
from cxmetrics.metrics.text import MINUS
from cxmetrics.records._base import FrozenMap, frozen_map

Text: TypeAlias = str | Mapping[str, str]
"""What people read: one text, or one a language tag: `{"en": "Parcel", "fr": "Colis"}`."""

NARROW: Final = "\N{NARROW NO-BREAK SPACE}"
TIED: Final = "\N{NO-BREAK SPACE}"

_WORDS: Final[dict[str, dict[str, str]]] = {
    "en": {
        "touchpoint": "touchpoint",
        "stage": "stage",
        "channel": "channel",
        "interval": "interval",
        "answers": "n",
        "marks": "marks",
        "irritants": "irritants",
        "Irritants": "Irritants",
        "Moments": "Moments",
        "whole stage": "(whole stage)",
        "everyone": "all customers",
        "moment of truth": "moment of truth",
        "pain point": "pain point",
        "wow": "wow",
        "to": " to ",
        "scale": "{low} to {high}",
        "band": "band: {level} interval",
        "bridge": "dotted: no reading in between, nothing is interpolated",
        "number": "in the circle: {title}; below it: {level} interval",
        "number only": "in the circle: {title}",
        "ramp": "worse than, near and better than the mean of the touchpoints ({mean})",
        "size": "circle area grows with the answers ({least} to {most})",
        "small": "dashed rim: under 30 answers, read the interval",
        "route": "usual order of the touchpoints",
        "desc": "{stages} stages ({names}), {touchpoints} touchpoints, {channels} channels.",
        "lowest": "{persona}: lowest emotion at {low}, highest at {high}.",
        "lowest score": "Lowest {title}: {low}. Highest: {high}.",
        "visits": "visits",
        "customers": "customers",
        "flow": "How customers move between stages",
        "flow how": "Ribbons and arcs are as thick as their number of {unit}.",
        "began or left": "began or left here",
        "forward": "forward",
        "returns": "return",
        "repeats": "repeat",
        "began": "began here",
        "left": "left here",
        "stand": "still open",
        "back": "returns and repeats",
        "capped": "Not to scale, so that the rest stays visible: repeats of {names}.",
        "merged": (
            "Other moves, under {least} {unit} and too thin to draw: {many} of {all}, {sum} {unit} "
            "together ({share})."
        ),
        "flow desc": "{stages} stages. Largest move: {largest}. {back} of moves go back or repeat.",
        "share": "share of the stage",
        "start": "(start)",
        "end": "(end)",
        "open": "(still open)",
        "pain score": "Pain point: {title} below {limit}, with its whole interval.",
        "pain score above": "Pain point: {title} above {limit}, with its whole interval.",
        "pain emotion": "Pain point: emotion of a persona below {limit}, with its whole interval.",
        "table": "Data table",
        "colon": ": ",
    },
    "fr": {
        "touchpoint": "point de contact",
        "stage": "étape",
        "channel": "canal",
        "interval": "intervalle",
        "answers": "n",
        "marks": "repères",
        "irritants": "irritants",
        "Irritants": "Irritants",
        "Moments": "Moments",
        "whole stage": "(toute l’étape)",
        "everyone": "tous les clients",
        "moment of truth": "moment de vérité",
        "pain point": "point de douleur",
        "wow": "enchantement",
        "to": " à ",
        "scale": "{low} à {high}",
        "band": "bande : intervalle à {level}",
        "bridge": "pointillé : pas de mesure entre les deux, rien n’est interpolé",
        "number": "dans le cercle : {title} ; dessous : intervalle à {level}",
        "number only": "dans le cercle : {title}",
        "ramp": "moins bon, proche et meilleur que la moyenne des points de contact ({mean})",
        "size": "l’aire du cercle croît avec les réponses ({least} à {most})",
        "small": "contour tireté : moins de 30 réponses, lire l’intervalle",
        "route": "ordre habituel des points de contact",
        "desc": "{stages} étapes ({names}), {touchpoints} points de contact, {channels} canaux.",
        "lowest": "{persona} : émotion la plus basse à {low}, la plus haute à {high}.",
        "lowest score": "{title}, le plus bas : {low}. Le plus haut : {high}.",
        "visits": "visites",
        "customers": "clients",
        "flow": "Comment les clients passent d’une étape à l’autre",
        "flow how": "L’épaisseur des rubans et des arcs est leur nombre de {unit}.",
        "began or left": "début ou sortie ici",
        "forward": "vers l’avant",
        "returns": "retour",
        "repeats": "répétition",
        "began": "débutent ici",
        "left": "sortent ici",
        "stand": "encore ouverts",
        "back": "retours et répétitions",
        "capped": "Hors échelle, pour laisser voir le reste : répétitions ({names}).",
        "merged": (
            "Autres passages, sous {least} {unit} et trop fins pour être dessinés : {many} sur "
            "{all}, {sum} {unit} en tout ({share})."
        ),
        "flow desc": (
            "{stages} étapes. Passage le plus fréquent : {largest}. {back} des passages sont des "
            "retours ou des répétitions."
        ),
        "share": "part de l’étape",
        "start": "(début)",
        "end": "(fin)",
        "open": "(encore ouvert)",
        "pain score": "Point de douleur : {title} sous {limit}, intervalle compris.",
        "pain score above": "Point de douleur : {title} au-dessus de {limit}, intervalle compris.",
        "pain emotion": "Point de douleur : émotion d’un persona sous {limit}, intervalle compris.",
        "table": "Tableau des données",
        "colon": " : ",
    },
}


def language_of(tag: str) -> str:
    """Return `"en"` or `"fr"` for a language tag.

    Raises:
        UsageError: the words exist in English and French only.

    Example:
        >>> language_of("fr-CA")
        'fr'
    """
    base = tag.split("-")[0].lower()
    if base not in _WORDS:
        raise UsageError(
            f"a map speaks {' and '.join(map(repr, _WORDS))}, not {tag!r}; names and titles may be "
            "in any language."
        )
    return base


def word(key: str, language: str, **parts: object) -> str:
    """Return a word or a sentence in a language."""
    text = _WORDS[language_of(language)][key].format(**parts)
    for mark in (":", ";", "?", "!"):  # French sets them apart, and they must not begin a line
        text = text.replace(f" {mark}", f"{TIED}{mark}")
    return text


def said(text: Text, language: str) -> str:
    """Return a text in a language; in a near one, then in the first, where it is not there.

    Example:
        >>> said({"en": "Parcel", "fr": "Colis"}, "fr-CA"), said("Parcel", "fr")
        ('Colis', 'Parcel')
    """
    if isinstance(text, str):
        return text
    base = language.split("-")[0].lower()
    near = [value for tag, value in text.items() if tag.split("-")[0].lower() == base]
    return text.get(language) or next(iter((*near, *text.values())))


def frozen_texts(given: Iterable[Text]) -> tuple[Text, ...]:
    """Freeze several texts."""
    return tuple(frozen_text(text) for text in given)


def named_texts(given: Mapping[str, Text]) -> FrozenMap[Text]:
    """Freeze the texts of a mapping."""
    return frozen_map({key: frozen_text(text) for key, text in given.items()})


def frozen_text(value: Text) -> Text:
    """Freeze a text by language; leave anything else for `check_text` to refuse."""
    return value if isinstance(value, str) else frozen_map(value)


def check_text(value: object, where: str, *, blank: str = "no") -> None:
    """Raise where a value is no text, nor a mapping from language tags to texts.

    Args:
        value: what was given.
        where: what the message begins with.
        blank: `"yes"` where an empty text is fine.

    Raises:
        DataError: it is neither.
    """
    if isinstance(value, str):
        if not value.strip() and blank == "no":
            raise DataError(f"{where} is blank: give it a text.")
        return
    if not isinstance(value, FrozenMap) or not value:
        raise DataError(
            f"{where} must be a text, or texts by language such as "
            f"{{'en': 'Parcel', 'fr': 'Colis'}}, not {value!r}."
        )
    for tag, text in value.items():
        if rules.language.breaks(tag):
            raise DataError(f"{where}: {tag!r} is no language tag such as 'en' or 'fr-CA'.")
        if not isinstance(text, str) or not text.strip():
            raise DataError(f"{where}: the text of {tag!r} is missing or blank.")


def plain_text(text: Text) -> Any:
    """Return a text as JSON holds it."""
    return text if isinstance(text, str) else dict(text)


# -- numbers ---------------------------------------------------------------------------------------


def decimal(value: float, language: str, *, decimals: int = 0, sign: str = "") -> str:
    """Write a number with the decimal mark and the thousands of a language.

    Example:
        >>> decimal(-1234.5, "en", decimals=1), decimal(3.25, "fr", decimals=2)
        ('−1,234.5', '3,25')
    """
    text = f"{value:{sign},.{decimals}f}"
    if not any(digit in "123456789" for digit in text):
        text = text.replace("-", sign)
    text = text.replace("-", MINUS)
    if language_of(language) == "fr":
        text = text.replace(",", NARROW).replace(".", ",")
    return text


def amount(value: float, unit: str, language: str, *, finer: int = 0) -> str:
    r"""Write a score: points signed, percent with its sign, ratings with one decimal more.

    Args:
        value: the score.
        unit: `"points"`, `"percent"` or `"rating"`.
        language: of the words.
        finer: decimals beyond those a drawing shows (0, of ratings 1).

    Example:
        >>> amount(67.4, "percent", "en"), amount(18, "points", "en"), amount(3.92, "rating", "fr")
        ('67\xa0%', '+18', '3,9')
    """
    decimals = (1 if unit == "rating" else 0) + finer
    text = decimal(value, language, decimals=decimals, sign="+" if unit == "points" else "")
    return text + _percent(language) if unit == "percent" else text


def span(low: float, high: float, unit: str, language: str, *, finer: int = 0) -> str:
    r"""Write an interval, short: a dash where no sign can be mistaken for it.

    Example:
        >>> span(64, 70, "percent", "en"), span(9, 27, "points", "fr")
        ('64–70', '+9\xa0à\xa0+27')
    """
    ends = [
        amount(end, unit, language, finer=finer).removesuffix(_percent(language))
        for end in (low, high)
    ]
    if unit == "points" or low < 0:
        return word("to", language).replace(" ", TIED).join(ends)
    return "–".join(ends)


def count_text(count: float, language: str) -> str:
    """Write a count: whole where it is whole.

    Example:
        >>> count_text(1234, "en"), count_text(2.5, "fr")
        ('1,234', '2,5')
    """
    return decimal(count, language, decimals=0 if count == int(count) else 1)


def share_text(share: float, language: str) -> str:
    r"""Write a share (0 to 1) in percent; one decimal under 10 %.

    Example:
        >>> share_text(0.256, "en"), share_text(0.0123, "fr")
        ('26\xa0%', '1,2\u202f%')
    """
    decimals = 1 if 0 < share < 0.1 else 0
    return decimal(100 * share, language, decimals=decimals) + _percent(language)


def level_in(level: float, language: str) -> str:
    r"""Write a confidence level.

    Example:
        >>> level_in(0.95, "fr"), level_in(0.999, "en")
        ('95\u202f%', '99.9\xa0%')
    """
    decimals = len(f"{100 * level:g}".partition(".")[2])
    return decimal(100 * level, language, decimals=decimals) + _percent(language)


def _percent(language: str) -> str:
    return f"{NARROW if language_of(language) == 'fr' else TIED}%"
