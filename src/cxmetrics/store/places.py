"""Files and directories that are for their owner only."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from cxmetrics.errors import StoreError


def make_folder(folder: Path) -> None:
    """Make the directories that are missing, for the owner only."""
    missing = []
    while not folder.exists():
        missing.append(folder)
        folder = folder.parent
    for each in reversed(missing):
        each.mkdir(mode=0o700, exist_ok=True)


def refuse_open_folder(folder: Path) -> None:
    """Refuse a directory where anybody could put another file in the place of the store.

    With the sticky bit, as on /tmp, only the owner of a file can replace it.
    """
    mode = folder.stat().st_mode
    if os.name == "posix" and mode & stat.S_IWOTH and not mode & stat.S_ISVTX:
        raise StoreError(
            f"everybody may write in the directory {str(folder)!r}, and could replace the store: "
            f"choose another one, or chmod o-w {str(folder)!r}."
        )


def keep_private(path: Path) -> None:
    """Make the file, and see that only its owner can read it; its logs take over its mode."""
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    if os.name != "posix":
        return
    for each in (path, *(path.with_name(path.name + end) for end in ("-wal", "-shm"))):
        if each.exists() and each.stat().st_mode & 0o077 and each.stat().st_uid == os.geteuid():
            each.chmod(0o600)
