"""Where a secret is read from: the environment, a file, a program, the keyring; never argv."""

from __future__ import annotations

import logging
import os
import shlex
import stat
import subprocess
from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any, Final, NoReturn

from cxmetrics.sources.kinds import MisfitError
from cxmetrics.sources.options import Option
from cxmetrics.sources.secret import Secret

_log = logging.getLogger(__name__)

_MOST_BYTES: Final = 1 << 16
_SECONDS: Final = 60
SERVICE: Final = "cxmetrics"
"""The service under which the keyring keeps secrets, by `source.field`."""


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
        raise PermissionError("only the transport sees secrets: `auth` names the field.")


def keep(option: Option, secret: Secret, environ: Mapping[str, str] | None) -> None:
    """Put a secret that the vendor replaced where the old one came from: its file, or the keyring.

    A vendor may hand out a new refresh token each time and forget the old one. Where it can't be
    kept, because it was given by hand (`environ` is None), in a variable or by a program, the log
    says so.
    """
    path = (environ or {}).get(f"{option.variable}_FILE")
    try:
        if path:
            new = Path(f"{path}.new")
            new.unlink(missing_ok=True)
            with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
                file.write(secret.reveal())
                file.flush()
                os.fsync(file.fileno())
            new.replace(path)
            return
        named = environ is None or {option.variable, f"{option.variable}_COMMAND"} & environ.keys()
        if not named and _from_keyring(option) is not None:
            import_module("keyring").set_password(SERVICE, _user(option), secret.reveal())
            return
        why = "it came from neither a file nor the keyring"
    except Exception as error:  # noqa: BLE001  # the pull goes on; the text may hold anything
        why = type(error).__name__
    _log.warning(
        "%s has replaced %s, and the new one could not be kept (%s): the next pull may be refused. "
        "Give it as %s_FILE, a file that can be rewritten.",
        option.source, option.name, why, option.variable,
    )  # fmt: skip


def secret_of(option: Option, given: Any, environ: Mapping[str, str]) -> Secret | None:
    """Return the secret of an option: as given, or from where the environment says.

    Raises:
        MisfitError: it is given twice, blank, or can't be read; its value is in no message.
    """
    if given is not None:
        return _secret(given)
    readers: Mapping[str, Callable[[str], str]] = {
        "": str,
        "_FILE": _from_file,
        "_COMMAND": _from_command,
    }
    named = [end for end in readers if environ.get(option.variable + end)]
    if len(named) > 1:
        both = " and ".join(option.variable + end for end in named)
        raise MisfitError(f"is given more than once: keep one of {both}")
    for end in named:
        variable = option.variable + end
        try:
            return _secret(readers[end](environ[variable]).rstrip("\r\n"))
        except MisfitError as error:
            raise MisfitError(f"{error} ({variable})") from None
    kept = _from_keyring(option)
    return None if kept is None else _secret(kept)


def is_told(option: Option, environ: Mapping[str, str]) -> bool:
    """Say whether the environment or the keyring has a secret; it is not read from files yet."""
    ends = ("", "_FILE", "_COMMAND")
    return any(environ.get(option.variable + end) for end in ends) or bool(_from_keyring(option))


def _secret(value: Any) -> Secret:
    if isinstance(value, Secret):
        return value
    if not isinstance(value, str) or not value.strip():
        raise MisfitError("is a text that is not blank")
    return Secret(value)


def _from_file(path: str) -> str:
    try:
        with open(path, "rb") as file:  # noqa: PTH123  # the mode of what was opened is judged
            mode = os.fstat(file.fileno()).st_mode
            if os.name == "posix" and mode & (stat.S_IRWXG | stat.S_IRWXO):
                raise MisfitError(f"is in a file that others may open: chmod 600 {path}")
            data = file.read(_MOST_BYTES + 1)
    except OSError as error:
        raise MisfitError(f"is in a file that can't be read: {error.strerror}") from None
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        raise MisfitError("is in a file that is no text in UTF-8") from None
    if len(data) > _MOST_BYTES:
        raise MisfitError("is in a file larger than 64 KiB")
    return text


def _from_command(line: str) -> str:
    """Run a program without a shell; what it says on stderr goes to the user's own."""
    try:
        ran = subprocess.run(  # noqa: S603  # the user's own program
            shlex.split(line), stdout=subprocess.PIPE, check=True, timeout=_SECONDS
        )
        return ran.stdout.decode("utf-8")
    except subprocess.CalledProcessError as error:
        why = f"exited with {error.returncode}"
    except subprocess.TimeoutExpired:
        why = f"took longer than {_SECONDS} s"
    except OSError as error:
        why = f"can't be started: {error.strerror}"
    except ValueError:  # an open quote, or bytes that are no UTF-8
        why = "can't be understood, or does not print UTF-8"
    raise MisfitError(f"can't be read: the program {why}")


def _from_keyring(option: Option) -> str | None:
    try:
        found = import_module("keyring").get_password(SERVICE, _user(option))
    except Exception:  # noqa: BLE001  # not installed, no backend, locked: as if it were not there
        return None
    return found if isinstance(found, str) else None


def _user(option: Option) -> str:
    return f"{option.source}.{option.name}"
