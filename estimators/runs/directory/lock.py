"""The lock that a run holds while it lives, and the question whether it still does.

The operating system gives it up when the last process that holds it is gone, however it went.
"""

from __future__ import annotations

import os
import time
from pathlib import Path

from filelock import lock_descriptor

__all__ = ["hold", "is_held"]

_NAME = ".lock"
# Two readers that ask at the same moment see each other's lock for microseconds.
_LOOKS, _PAUSE = 3, 0.002


def hold(folder: Path, *, wait: bool = True) -> int | None:
    """Take the lock of a run directory.

    Parameters
    ----------
    folder : pathlib.Path
    wait : bool, default=True
        Whether to wait where another process holds it.

    Returns
    -------
    int or None
        A file descriptor to close at the end, which a child process may be given to hold the lock
        as well; None where another process holds it.

    Examples
    --------
    >>> import os, tempfile
    >>> from pathlib import Path
    >>> from estimators.runs.directory.lock import hold, is_held
    >>> folder = Path(tempfile.mkdtemp())
    >>> descriptor = hold(folder)
    >>> is_held(folder)
    True
    >>> os.close(descriptor)
    >>> is_held(folder)
    False
    """
    descriptor = os.open(folder / _NAME, os.O_RDWR | os.O_CREAT, 0o666)
    if wait or _take(descriptor):
        lock_descriptor(descriptor, poll_interval=0.005)
        return descriptor
    os.close(descriptor)
    return None


def is_held(folder: Path) -> bool:
    """Return whether a process holds the lock of a run directory.

    Parameters
    ----------
    folder : pathlib.Path

    Returns
    -------
    bool
    """
    try:
        descriptor = os.open(folder / _NAME, os.O_RDONLY)
    except OSError:
        return False
    try:
        return not _take(descriptor)
    finally:
        os.close(descriptor)


def _take(descriptor: int) -> bool:
    for look in range(_LOOKS):
        if look:
            time.sleep(_PAUSE)
        if lock_descriptor(descriptor, blocking=False):
            return True
    return False
