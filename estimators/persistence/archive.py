"""Files of named members that are whole or not there, and notice when they were damaged.

An archive is an ordinary zip file whose comment ends in the SHA-256 of everything before the
comment's digest: any changed, lost or swapped byte is found before a parser sees one of them.
"""

from __future__ import annotations

import glob
import hashlib
import io
import os
import re
import time
import zipfile
from collections.abc import Mapping
from pathlib import Path

from estimators.files import replacing

_COMMENT = b"keras-estimators sha256="
_DIGEST_LENGTH = 64
_SECONDS_UNTIL_ABANDONED = 3_600
_LARGE = 1 << 12


class ModelFileError(ValueError):
    """A file that is no whole model of this library, or holds what may not be loaded."""


def packed(members: Mapping[str, bytes]) -> bytearray:
    """Return `members` as the bytes of an archive."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in members.items():
            # Numbers hardly shrink; text does, where there is enough of it.
            shrinks = name.endswith(".json") and len(content) > _LARGE
            entry = zipfile.ZipInfo(name)
            entry.compress_type = zipfile.ZIP_DEFLATED if shrinks else zipfile.ZIP_STORED
            archive.writestr(entry, content, compresslevel=1)
        archive.comment = _COMMENT + b"0" * _DIGEST_LENGTH
    content = bytearray(buffer.getbuffer())
    digest = hashlib.sha256(memoryview(content)[:-_DIGEST_LENGTH]).hexdigest()
    content[-_DIGEST_LENGTH:] = digest.encode()
    return content


def read_archive(path: Path) -> zipfile.ZipFile:
    """Return the archive, read whole and found whole.

    Parameters
    ----------
    path : Path

    Raises
    ------
    FileNotFoundError
    ModelFileError
        Where the file is no archive of this library, or not what was once written.
    """
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise FileNotFoundError(f"There is no file {str(path)!r}; check the path.") from None
    except IsADirectoryError:
        raise ModelFileError(
            f"{str(path)!r} is a folder where the file of a saved estimator is needed."
        ) from None
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
        return zipfile.ZipFile(io.BytesIO(content))
    except zipfile.BadZipFile:
        raise ModelFileError(f"{str(path)!r} holds no readable archive.") from None


def write_atomically(path: Path, content: bytes | bytearray) -> None:
    """Write `content` beside `path` and move it there once it is on the disk."""
    _sweep(path)
    with replacing(path) as temporary, open(temporary, "xb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _sweep(path: Path) -> None:
    """Remove what writers of `path` that were killed have left behind."""
    for left in path.parent.glob(f".*.{glob.escape(path.name)}"):
        try:
            if time.time() - left.stat().st_mtime > _SECONDS_UNTIL_ABANDONED:
                left.unlink()
        except FileNotFoundError:
            continue  # another process was faster
