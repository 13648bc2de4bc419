"""Files of named members that are whole or not there, and notice when they were damaged.

An archive is an ordinary zip file whose comment ends in the SHA-256 of everything before the
comment's digest: any changed, lost or swapped byte is found before a parser sees one of them.
Whoever writes a file can write its digest as well, so that its size is bounded before anything is
unpacked: to 16 MiB and sixteen times the size of the file.
"""

from __future__ import annotations

import hashlib
import io
import os
import re
import stat
import zipfile
from collections.abc import Mapping
from pathlib import Path

from estimators.files import replacing

_COMMENT = b"keras-estimators sha256="
_DIGEST_LENGTH = 64
_LARGE = 1 << 12
# Windows knows no pipes as files, and other systems no texts.
_AT_ONCE = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
# What all members together may unpack to: so much, and so many bytes for one of the file.
_UNPACKED_ANYWAY = 16 << 20
_UNPACKED_FOR_ONE = 16


class ModelFileError(ValueError):
    """A file that is no whole model of this library, or holds what may not be loaded."""


def packed(members: Mapping[str, bytes]) -> bytearray:
    """Return `members` as the bytes of an archive."""
    content = _zipped(members, may_shrink=True)
    if sum(map(len, members.values())) > _most_unpacked(len(content)):
        content = _zipped(members, may_shrink=False)
    digest = hashlib.sha256(memoryview(content)[:-_DIGEST_LENGTH]).hexdigest()
    content[-_DIGEST_LENGTH:] = digest.encode()
    return content


def _zipped(members: Mapping[str, bytes], *, may_shrink: bool) -> bytearray:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in members.items():
            # Numbers hardly shrink; text does, where there is enough of it.
            shrinks = may_shrink and name.endswith(".json") and len(content) > _LARGE
            entry = zipfile.ZipInfo(name)
            entry.compress_type = zipfile.ZIP_DEFLATED if shrinks else zipfile.ZIP_STORED
            archive.writestr(entry, content, compresslevel=1)
        archive.comment = _COMMENT + b"0" * _DIGEST_LENGTH
    return bytearray(buffer.getbuffer())


def read_archive(path: Path) -> zipfile.ZipFile:
    """Return the archive, read whole and found whole.

    Parameters
    ----------
    path : Path

    Raises
    ------
    FileNotFoundError
    ModelFileError
        Where the file is no archive of this library, not what was once written, or unpacks to
        more than a saved estimator does.
    """
    content = _content_of(path)
    foot = content[-_DIGEST_LENGTH - len(_COMMENT) :]
    if not re.fullmatch(re.escape(_COMMENT) + rb"[0-9a-f]{64}", foot):
        raise ModelFileError(
            f"{str(path)!r} is not the file of a saved estimator, or its end is missing; take "
            "another copy."
        )
    digest = hashlib.sha256(memoryview(content)[:-_DIGEST_LENGTH]).hexdigest()
    if digest.encode() != foot[len(_COMMENT) :]:
        raise ModelFileError(
            f"{str(path)!r} is damaged: its bytes are not those that were saved; take another copy."
        )
    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
    except (zipfile.BadZipFile, NotImplementedError, ValueError):
        raise ModelFileError(f"{str(path)!r} holds no readable archive.") from None
    check_members(archive, len(content))
    return archive


def _content_of(path: Path) -> bytes:
    try:
        # A pipe has no end to wait for.
        descriptor = os.open(path, os.O_RDONLY | _AT_ONCE)
    except FileNotFoundError:
        raise FileNotFoundError(f"There is no file {str(path)!r}; check the path.") from None
    except (OSError, ValueError) as error:
        raise ModelFileError(_no_file(path, str(error))) from None
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise ModelFileError(_no_file(path, "a folder, pipe or device"))
        with open(descriptor, "rb", closefd=False) as file:
            return file.read()
    finally:
        os.close(descriptor)


def _no_file(path: Path, what: str) -> str:
    return f"{str(path)!r} is no file of a saved estimator that can be read ({what})."


def check_members(archive: zipfile.ZipFile, size: int) -> None:
    """Raise where an archive of `size` bytes unpacks to too much, or to one name twice.

    `zipfile` itself never unpacks more of a member than its entry declares.
    """
    entries = archive.infolist()
    if len({entry.filename for entry in entries}) < len(entries):
        raise ModelFileError("The file holds two members of the same name; take another copy.")
    check_unpacked(sum(entry.file_size for entry in entries), size)
    known = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
    if any(entry.compress_type not in known or entry.flag_bits & 1 for entry in entries):
        raise ModelFileError("The file is packed in a way that no saved estimator is.")


def check_unpacked(unpacked: int, size: int) -> None:
    """Raise where a file of `size` bytes would unpack to too much."""
    if unpacked > _most_unpacked(size):
        raise ModelFileError(
            f"The file holds {size} bytes and would unpack to {unpacked}, where at most "
            f"{_most_unpacked(size)} are read; take another copy."
        )


def _most_unpacked(size: int) -> int:
    return _UNPACKED_ANYWAY + _UNPACKED_FOR_ONE * size


def write_atomically(path: Path, content: bytes | bytearray) -> None:
    """Write `content` beside `path` and move it there once it is on the disk."""
    with replacing(path) as temporary, open(temporary, "xb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
