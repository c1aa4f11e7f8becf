"""Secrets: values that never show."""

from __future__ import annotations

from typing import Final, NoReturn

MASK: Final = "••••"


class Secret:
    """A value that can be used and never shows: not in `repr`, `str`, formats, errors or pickles.

    Only the transport asks for it, with `reveal()`, at the moment it sends.

    Args:
        value: the text, not blank.

    Raises:
        ValueError: it is blank, or no text; the value is not in the message.

    Example:
        >>> token = Secret("s3cr3t")
        >>> token, f"{token}", token == Secret("s3cr3t"), bool(token)
        (Secret('••••'), '••••', True, True)
    """

    __slots__ = ("_value",)

    def __init__(self, value: str | Secret) -> None:
        text = value.reveal() if isinstance(value, Secret) else value
        if not str.strip(text):
            raise ValueError("a secret is a text that is not blank.")
        self._value = text

    def reveal(self) -> str:
        """Return the value itself: for the transport only."""
        return self._value

    def __repr__(self) -> str:
        return f"Secret({MASK!r})"

    def __str__(self) -> str:
        return MASK

    def __format__(self, spec: str) -> str:
        return MASK

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and self._value == other._value

    def __hash__(self) -> int:
        return hash((Secret, self._value))

    def __reduce__(self) -> NoReturn:
        raise TypeError("a secret is not pickled or copied: read it again where it is needed.")

    def __copy__(self) -> Secret:
        return self

    def __deepcopy__(self, memo: object) -> Secret:
        return self
