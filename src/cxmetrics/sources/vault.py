"""The vault: the secrets of one source, for the transport only."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NoReturn

from cxmetrics.errors import ConfigError
from cxmetrics.sources.secret import Secret


class Masked(Secret):
    """What an adapter sees of a secret: that there is one. It holds no value and reveals none.

    Example:
        >>> Masked()
        Secret('••••')
    """

    __slots__ = ()

    def __init__(self) -> None:
        self._value = ""

    def reveal(self) -> NoReturn:
        """Refuse.

        Raises:
            PermissionError: always.
        """
        raise PermissionError("only the transport sees secrets: name the field in `auth`.")


class Vault:
    """The secrets of a source by the names of their fields; never printed, pickled or compared.

    Args:
        secrets: the secrets by field.

    Example:
        >>> Vault({"token": Secret("s3cr3t")})
        Vault(token)
    """

    __slots__ = ("_secrets",)

    def __init__(self, secrets: Mapping[str, Secret] | None = None) -> None:
        self._secrets = dict(secrets or {})

    def reveal(self, field: str) -> str:
        """Return a secret: for the transport only.

        Raises:
            ConfigError: there is none of that name.
        """
        if field not in self._secrets:
            raise ConfigError(f"no secret {field!r} is configured.")
        return self._secrets[field].reveal()

    def __contains__(self, field: object) -> bool:
        return field in self._secrets

    def __iter__(self) -> Iterator[str]:
        return iter(self._secrets)

    def __repr__(self) -> str:
        return f"Vault({', '.join(self._secrets)})"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a vault is not pickled or copied: configure the source where it is read.")
