"""Reading the one expected file of a zip archive; nothing is ever extracted."""

from __future__ import annotations

import io
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from fnmatch import fnmatch
from typing import IO, Any, Final, cast
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from attrs import define

from cxmetrics.errors import DriftError, LimitError, TransportError

MOST_BYTES: Final = 2**31
"""How large the file in an archive may be, unpacked."""
MOST_MEMBERS: Final = 1_000
RATIO: Final = 200
"""How many times larger than packed it may be; survey data reach 20 to 60."""

_LENIENT: Final = 2**20  # below that a ratio says nothing
_MOST_READ: Final = 2**20
_ENCRYPTED: Final = 0x1
_ARCHIVES: Final = (b"PK\x03\x04", b"\x1f\x8b", b"7z\xbc\xaf", b"BZh", b"\xfd7zX", b"Rar!")
_DAMAGED: Final = (BadZipFile, EOFError, zlib.error, NotImplementedError)


@contextmanager
def unzip(
    file: IO[bytes], *, member: str = "*", most: int = MOST_BYTES, ratio: int = RATIO
) -> Iterator[IO[bytes]]:
    """Open the one expected file of an archive, to be read once from start to end.

    Args:
        file: the archive, seekable.
        member: what the name of the file looks like, without its folder: "*.csv".
        most: how many bytes may be read from it.
        ratio: how many times larger than packed it may be.

    Raises:
        DriftError: not exactly one file has such a name; or it is encrypted, packed in an unusual
            way, or an archive itself.
        LimitError: it is larger than allowed, or there are more than 1,000 files.
        TransportError: the archive is cut or damaged, which may show as late as at the last byte.

    Example:
        >>> packed = io.BytesIO()
        >>> with ZipFile(packed, "w") as archive:
        ...     archive.writestr("export/answers.csv", "id,score")
        >>> with unzip(packed, member="*.csv") as answers:
        ...     answers.read()
        b'id,score'
    """
    with _told():
        archive = ZipFile(cast("IO[bytes]", _Modest(file)))
    with archive:
        info = _chosen(archive.infolist(), member)
        allowed = min(most, max(_LENIENT, ratio * info.compress_size))
        if info.file_size > allowed:  # a size that is told too small ends the reading, as damage
            raise LimitError(
                f"the file in the export is larger than {allowed:,} bytes: export a shorter time."
            )
        with _told():
            inner = archive.open(info)
        with inner, io.BufferedReader(_Member(inner), 65_536) as opened:
            if opened.peek(4).startswith(_ARCHIVES):
                raise DriftError("the file in the export is an archive itself.", "$")
            yield cast("IO[bytes]", opened)


def _chosen(infos: list[ZipInfo], member: str) -> ZipInfo:
    if len(infos) > MOST_MEMBERS:
        raise LimitError(f"the export holds {len(infos):,} files: {MOST_MEMBERS:,} are allowed.")
    fitting = [i for i in infos if not i.is_dir() and fnmatch(i.filename.split("/")[-1], member)]
    if len(fitting) != 1:
        raise DriftError(
            f"the export holds {len(fitting)} files named like {member}, among {len(infos)}: "
            "exactly one is expected.",
            "$",
        )
    info = fitting[0]
    if info.flag_bits & _ENCRYPTED:
        raise DriftError("the file in the export is encrypted.", "$")
    if info.compress_type not in {ZIP_STORED, ZIP_DEFLATED}:
        raise DriftError("the file in the export is packed in an unusual way.", "$")
    return info


@define
class _Modest:
    """The archive, never read in large pieces: a directory of millions is refused unread."""

    _file: IO[bytes]

    def read(self, size: int = -1) -> bytes:
        if size > _MOST_READ:
            raise LimitError("the list of files in the export is larger than 1 MiB.")
        return self._file.read(size)

    def seek(self, offset: int, whence: int = 0) -> int:
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        return self._file.tell()

    def seekable(self) -> bool:
        return True


class _Member(io.RawIOBase):
    """A file of an archive, whose damage is told as that of any answer."""

    def __init__(self, inner: IO[bytes]) -> None:
        self._inner = inner

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        with _told():
            data = self._inner.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except _DAMAGED:
        raise TransportError("the export is a cut or damaged zip archive: pull again.") from None
