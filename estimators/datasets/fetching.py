"""How a loader comes by its data: the kept file, or else its sources in turn, within a time limit.

Nothing here knows what the data are. A file is kept whole or not at all, and only once it was read.
"""

import shutil
import sys
import tarfile
import threading
import warnings
import zipfile
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from traceback import walk_stack
from typing import Any, TypeVar

from estimators.datasets.data_home import DATA_HOME_VARIABLE
from estimators.files import replacing

__all__ = ["ask_in_turn", "download", "keep", "notice", "read_fetched", "read_kept", "within"]

T = TypeVar("T")

CHUNK = 2**13

# What readers raise on a file that was cut off, changed, or is something else altogether.
DAMAGE = (
    OSError,
    EOFError,
    ValueError,
    LookupError,
    RuntimeError,
    zlib.error,
    zipfile.BadZipFile,
    tarfile.TarError,
)


def notice(message: str) -> None:
    """Warn at the line that called the loader, however deep the loader is in its work.

    Parameters
    ----------
    message : str
        One sentence.
    """
    outside = (
        level
        for level, (frame, _) in enumerate(walk_stack(sys._getframe()), start=1)
        if not frame.f_globals.get("__name__", "").startswith("estimators.")
    )
    warnings.warn(message, stacklevel=next(outside, 1))


def read_kept(path: Path, read: Callable[[Path], T]) -> T | None:
    """Read a kept file; None where there is none or, after a notice, where it is damaged.

    Parameters
    ----------
    path : pathlib.Path
        Where the file would be.
    read : callable
        Makes the data of a path, or raises where the file is not all it should be.

    Returns
    -------
    object or None
        What `read` returned.
    """
    try:
        return read(path)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except DAMAGE as error:
        notice(f"{path} cannot be read and is fetched again: {error}")
        return None


def read_fetched(path: Path, fetch: Callable[[Path], Path], read: Callable[[Path], T]) -> T:
    """Read a file that is fetched now, and keep it once it proved readable.

    Parameters
    ----------
    path : pathlib.Path
        Where the file is kept.
    fetch : callable
        Puts the file somewhere under the folder that it is given and returns its path.
    read : callable
        As in :func:`read_kept`.

    Returns
    -------
    object
        What `read` returned.
    """
    # A download that was given up may still be writing there when the folder goes.
    with TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        fetched = fetch(Path(folder))
        data = read(fetched)
        keep(path, lambda temporary: shutil.copyfile(fetched, temporary))
    return data


def keep(path: Path, write: Callable[[Path], Any]) -> None:
    """Write a file whole; a folder that cannot be written to costs a notice only.

    Parameters
    ----------
    path : pathlib.Path
        Where the file is kept.
    write : callable
        Writes to the path that it is given.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with replacing(path) as temporary:
            write(temporary)
    except OSError as error:
        notice(
            f"{path.name} could not be kept in {path.parent} ({error}); set data_home or "
            f"{DATA_HOME_VARIABLE} to a folder that can be written to."
        )


def ask_in_turn(what: str, sources: Mapping[str, Callable[[], T]], advice: str) -> T:
    """First answer of several sources; an error that says why each of them gave none.

    Parameters
    ----------
    what : str
        What is asked for, as the subject of a sentence.
    sources : mapping of str to callable
        The sources by their names, in their order.
    advice : str
        What to do where none answers: a sentence.

    Returns
    -------
    object
        What the first source that did not raise returned.

    Examples
    --------
    >>> from estimators.datasets.fetching import ask_in_turn
    >>> ask_in_turn("A number", {"words": lambda: int("one"), "digits": lambda: int("1")}, "Count.")
    1
    """
    failures = []
    for name, source in sources.items():
        try:
            return source()
        except Exception as error:  # whatever a source raises, the next one is asked
            reason = " ".join(str(error).split())
            failures.append(f"{name} ({type(error).__name__}: {reason})")
    raise OSError(f"{what} could not be fetched from {' nor from '.join(failures)}. {advice}")


def within(seconds: float, call: Callable[[], T], arrived: Callable[[], Any] = lambda: None) -> T:
    """Result or error of a call, TimeoutError after some seconds without either.

    Parameters
    ----------
    seconds : float
        How long to wait.
    call : callable
        Takes nothing. It goes on in a thread of its own when it is given up.
    arrived : callable, optional
        What has come so far: as long as that changes, the wait begins anew.

    Returns
    -------
    object
        What `call` returned.

    Examples
    --------
    >>> from estimators.datasets.fetching import within
    >>> within(10, lambda: 6 * 7)
    42
    """
    outcome: dict[str, Any] = {}

    def run() -> None:
        try:
            outcome["result"] = call()
        except Exception as error:  # raised again in the caller's thread
            outcome["error"] = error

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    goes_on = True
    while goes_on:
        before = arrived()
        thread.join(seconds)
        goes_on = thread.is_alive() and arrived() != before
    if "error" in outcome:
        raise outcome["error"]
    if "result" not in outcome:
        raise TimeoutError(f"no answer within {seconds:g} seconds")
    return outcome["result"]


def download(origin: str, folder: Path, timeout: float) -> Path:
    """Download a file, with a bar of progress on a terminal.

    Parameters
    ----------
    origin : str
        Address of the file.
    folder : pathlib.Path
        Where to put it.
    timeout : float
        Seconds to wait while nothing arrives.

    Returns
    -------
    pathlib.Path
        The file, under the name that it has in `origin`. Whether it is whole, its reader says.
    """
    from pooch import HTTPDownloader

    path = folder / origin.rpartition("/")[2]
    fetch = HTTPDownloader(
        progressbar=sys.stderr.isatty(),
        chunk_size=CHUNK,
        headers={"Accept-Encoding": "identity"},  # packed files stay packed
        timeout=2 * timeout,  # ends what was given up
    )
    # Looking up the name of a host takes no heed of that limit.
    within(timeout, lambda: fetch(origin, path, None), lambda: _size(path))
    return path


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0
