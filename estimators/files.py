"""Files that are written whole or not at all, and folders where files can be.

A context manager of a path, where libraries offer one of an open file: pandas, Keras and ``shutil``
write to names.
"""

from __future__ import annotations

import os
import platform
import re
import secrets
import stat
import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path

# Of a machine that cannot be asked who is still alive: no writer of one file takes as long.
_SECONDS_UNTIL_ABANDONED = 3_600
# The machine and process that write, then what makes the name unique, then the file's own name.
_TEMPORARY = re.compile(r"\.(?:([0-9a-f]{8})-(\d{1,9})-)?[0-9a-f]{16}\..+")


class NoFolderError(ValueError, NotADirectoryError):
    """A path that is to be a folder is a file, or lies in one."""


def check_folder(path: str | os.PathLike, name: str) -> None:
    """Raise where there is no folder and none can be made.

    Parameters
    ----------
    path : str or Path
    name : str
        Of the parameter that holds it.

    Raises
    ------
    NoFolderError
        A ValueError.

    Examples
    --------
    >>> import tempfile
    >>> from estimators.files import check_folder
    >>> check_folder(tempfile.mkdtemp() + "/new/newer", "model_dir")
    """
    place = Path(os.path.abspath(path))
    # Of a file, nothing below is there.
    found = next(each for each in (place, *place.parents) if os.path.lexists(each))
    if not os.path.isdir(found):
        raise NoFolderError(
            f"{name}={str(path)!r} can be no folder, since {str(found)!r} is a file; name another."
        )


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Give a temporary path beside `path` that takes its place when the block ends well.

    A reader sees the old file or the new one, never a part; after an error neither the temporary
    file nor a part of it is left. The file keeps its mode. A symbolic link stays one, and what it
    points to is replaced. What writers that were killed have left in the folder is removed.

    Parameters
    ----------
    path : pathlib.Path
        The file to write.

    Yields
    ------
    pathlib.Path
        Where to write in the meantime, with the same suffixes.

    Raises
    ------
    OSError
        Where `path` is a device or pipe, or the disk is full.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from estimators.files import replacing
    >>> target = Path(tempfile.mkdtemp()) / "table.csv"
    >>> with replacing(target) as temporary:
    ...     _ = temporary.write_text("a,b")
    >>> target.read_text()
    'a,b'
    """
    target = Path(os.path.realpath(path))
    mode = _mode_of(target)
    _sweep(target.parent)
    # Not mkstemp: it would leave a file that nobody else who shares the folder can read.
    token = f"{_machine()}-{os.getpid()}-{secrets.token_hex(8)}"
    temporary = target.with_name(f".{token}.{target.name}")
    try:
        yield temporary
        if mode is not None:
            os.chmod(temporary, mode)
        os.replace(temporary, target)
    finally:
        temporary.unlink(missing_ok=True)


def _mode_of(path: Path) -> int | None:
    """Return the mode that a file keeps, None for one that is new."""
    try:
        mode = path.stat().st_mode
    except OSError:  # told by whoever writes
        return None
    if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
        raise OSError(f"{str(path)!r} is a device or pipe, which no file can replace; name a file.")
    return stat.S_IMODE(mode)


def _sweep(folder: Path) -> None:
    """Remove what writers that were killed have left behind."""
    with suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            found = _TEMPORARY.fullmatch(entry.name)
            # Another process may be faster, or the file another user's.
            with suppress(OSError):
                if found and _is_abandoned(entry, *found.groups()):
                    os.unlink(entry)


def _is_abandoned(entry: os.DirEntry, machine: str | None, process: str | None) -> bool:
    if machine == _machine() and os.name == "posix":
        try:
            os.kill(int(process), 0)
        except ProcessLookupError:
            return True
        except OSError:
            return False
    age = time.time() - entry.stat(follow_symlinks=False).st_mtime
    return age > _SECONDS_UNTIL_ABANDONED


@cache
def _machine() -> str:
    """Return what tells machines apart, and containers, which number their own processes."""
    namespace = 0
    with suppress(OSError):
        namespace = os.stat("/proc/self/ns/pid").st_ino
    return f"{zlib.crc32(f'{platform.node()} {namespace}'.encode()):08x}"
