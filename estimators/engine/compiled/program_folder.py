"""A folder of compiled programs: the user's own, bounded in size, rid of what is damaged.

Programs are machine code, so that nobody else may write there. XLA writes each as a whole and
reads it without a look; whatever ends a process early or changes a file is seen here, before.
"""

from __future__ import annotations

import json
import os
import shutil
import stat
import zlib
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from filelock import FileLock, Timeout

from estimators.files import check_folder, replacing

_LOCK, _LISTED = ".lock", "programs.json"
_PROGRAMS = "xla_compile_cache__*.pb"
# Of a serialized program: what it was compiled from, by name and as a whole, and the code.
_PARTS = {1, 2, 3}
_MOST_SECONDS_OF_WAITING = 10
_LEAST_FREE = 256 << 20


class ForeignFolderError(PermissionError):
    """A folder that is another user's, or that others may write to."""


def private_folder(path: Path) -> Path:
    """Return the folder, made where there is none, if nobody but this user can write to it.

    Parameters
    ----------
    path : pathlib.Path

    Raises
    ------
    NoFolderError
        Where it can be no folder.
    ForeignFolderError
        A PermissionError, where it is another user's or others may write to it.
    OSError
        Where it cannot be made.
    """
    check_folder(path, "folder")
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    if hasattr(os, "getuid"):
        status = path.stat()
        if status.st_uid != os.getuid() or status.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
            raise ForeignFolderError(
                f"The program cache {str(path)!r} is another user's, or others may write to it, "
                "and programs from there would run as this user; name another folder."
            )
    return path


def opened(root: Path, key: str, max_bytes: int) -> Path | None:
    """Return the folder of the programs of `key`, whole and within bounds; None where it can't be.

    Parameters
    ----------
    root : pathlib.Path
        Of all programs, private.
    key : str
        Of what programs were compiled by and for.
    max_bytes : int
        Most of all programs together, whatever their key; the oldest go first.
    """
    # XLA fails, and a fit with it, where it cannot write.
    if shutil.disk_usage(root).free < _LEAST_FREE:
        return None
    folder = private_folder(root / key)
    return folder if tidied(root, folder, max_bytes) else None


def tidied(root: Path, folder: Path, max_bytes: int) -> bool:
    """Remove damaged programs of `folder` and the oldest of all; return whether that was done.

    Parameters
    ----------
    root, folder : pathlib.Path
        Of all programs, and of those with one key.
    max_bytes : int
    """
    try:
        with FileLock(root / _LOCK, timeout=_MOST_SECONDS_OF_WAITING):
            _remove_damaged(folder)
            _remove_oldest(root, max_bytes)
            return True
    except Timeout:
        return False


def _remove_damaged(folder: Path) -> None:
    known = _listed(folder)
    listed = {}
    for path in folder.glob(_PROGRAMS):
        entry = _looked_at(path, known.get(path.name))
        if entry is None:
            path.unlink(missing_ok=True)
        else:
            listed[path.name] = entry
    if listed != known:
        with replacing(folder / _LISTED) as temporary:
            temporary.write_text(json.dumps(listed))


def _listed(folder: Path) -> dict[str, dict]:
    """Return what is known of each program; nothing where the list is damaged itself."""
    try:
        found = json.loads((folder / _LISTED).read_bytes())
    except (OSError, ValueError):
        return {}
    is_list = isinstance(found, dict) and all(isinstance(each, dict) for each in found.values())
    return found if is_list else {}


def _looked_at(path: Path, known: dict | None) -> dict | None:
    """Return what the list shall say of a program, None for a damaged one."""
    try:
        status = path.stat()
        # They change whenever somebody writes to the file.
        marks = [status.st_size, status.st_mtime_ns, status.st_ctime_ns]
        if known is not None and known.get("number") != status.st_ino:
            known = None  # XLA has put another in its place
        if known is not None and known.get("marks") == marks:
            return known
        data = path.read_bytes()
    except OSError:
        return None
    checksum = zlib.crc32(data)
    is_whole = _is_whole(data) if known is None else known.get("checksum") == checksum
    return {"checksum": checksum, "number": status.st_ino, "marks": marks} if is_whole else None


def _is_whole(data: bytes) -> bool:
    """Return whether all parts of a program are there, and none goes on behind the end."""
    from google.protobuf.empty_pb2 import Empty
    from google.protobuf.message import DecodeError
    from google.protobuf.unknown_fields import UnknownFieldSet

    message = Empty()
    try:
        message.ParseFromString(data)
    except DecodeError:
        return False
    return {field.field_number for field in UnknownFieldSet(message)} >= _PARTS


def _remove_oldest(root: Path, max_bytes: int) -> None:
    programs = sorted(_sizes(root))
    total = sum(size for _, size, _ in programs)
    for _, size, path in programs:
        if total <= max_bytes:
            break
        path.unlink(missing_ok=True)
        total -= size


def _sizes(root: Path) -> Iterator[tuple[float, int, Path]]:
    for path in root.glob(f"*/{_PROGRAMS}"):
        with suppress(OSError):
            status = path.stat()
            yield status.st_mtime, status.st_size, path
