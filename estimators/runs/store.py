"""The files of a run directory: names, JSON documents, JSON lines.

A document is written beside its place and then put there; a line is appended by one write. A reader
sees whole documents only, and skips the last line where the writer was stopped in the middle of it.
"""

from __future__ import annotations

import json
import math
import os
import secrets
import threading
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

__all__ = [
    "RUNS_VARIABLE",
    "SCHEMA",
    "append_line",
    "as_plain",
    "from_plain",
    "new_folder",
    "now",
    "read_json",
    "read_last",
    "read_lines",
    "runs_folder",
    "update_json",
    "write_json",
]

RUNS_VARIABLE = "KERAS_ESTIMATORS_RUNS"
SCHEMA = 1

# Enough for the last line, unless it is a very long one.
_TAIL = 8192
_updating = threading.RLock()


def runs_folder(runs_dir: str | os.PathLike[str] | None = None) -> Path:
    """Return the folder that run directories are in.

    Parameters
    ----------
    runs_dir : str or path-like, default=None
        None takes the environment variable ``KERAS_ESTIMATORS_RUNS``, or else ``runs`` in the
        working directory.

    Returns
    -------
    pathlib.Path
        As it was given; it need not exist.

    Examples
    --------
    >>> from estimators.runs.store import runs_folder
    >>> runs_folder("experiments").name
    'experiments'
    """
    return Path(runs_dir or os.environ.get(RUNS_VARIABLE) or "runs").expanduser()


def new_folder(folder: Path) -> Path:
    """Create a run directory named after this second, and a number where that name is taken.

    Parameters
    ----------
    folder : pathlib.Path
        Where run directories are; created where it is missing.

    Returns
    -------
    pathlib.Path
        An empty directory that no other process was given.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from estimators.runs.store import new_folder
    >>> folder = Path(tempfile.mkdtemp())
    >>> new_folder(folder) != new_folder(folder)
    True
    """
    folder.mkdir(parents=True, exist_ok=True)
    second = datetime.now(UTC).strftime("%Y-%m-%dT%H-%M-%SZ")
    number = 0
    while True:
        path = folder / (f"{second}-{number:02}" if number else second)
        try:
            path.mkdir()
            return path
        except FileExistsError:
            number += 1


def now() -> str:
    """Return the time as the files have it: UTC, to the millisecond.

    Returns
    -------
    str

    Examples
    --------
    >>> from datetime import datetime
    >>> from estimators.runs.store import now
    >>> datetime.fromisoformat(now()).tzname()
    'UTC'
    """
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def as_plain(value: Any) -> Any:
    """Return `value` as strict JSON can hold it.

    Parameters
    ----------
    value : object
        Numbers of NumPy become Python's; NaN and the infinities become ``"NaN"``, ``"Infinity"``
        and ``"-Infinity"``; what JSON has no word for becomes its repr.

    Returns
    -------
    object

    Examples
    --------
    >>> import numpy as np
    >>> from estimators.runs.store import as_plain
    >>> as_plain({"loss": np.float32(0.5), "worst": float("nan"), "units": (8, 4)})
    {'loss': 0.5, 'worst': 'NaN', 'units': [8, 4]}
    """
    if value is None or isinstance(value, str | bool):
        return value
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else _NAMES[_kind(value)]
    if isinstance(value, Mapping):
        return {str(key): as_plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [as_plain(item) for item in value]
    if isinstance(value, os.PathLike):
        return os.fspath(value)
    if hasattr(value, "tolist") and hasattr(value, "dtype"):
        return as_plain(value.tolist())
    return repr(value)


def from_plain(value: Any) -> Any:
    """Return a measure as a number again; what is none is left as it is.

    Parameters
    ----------
    value : object
        What `as_plain` made of a number.

    Returns
    -------
    object

    Examples
    --------
    >>> from estimators.runs.store import from_plain
    >>> from_plain("NaN"), from_plain(0.5)
    (nan, 0.5)
    """
    if value is None:
        return math.nan
    return float(value) if isinstance(value, str) and value in _NAMES.values() else value


def write_json(path: Path, document: Any) -> None:
    """Put a JSON document in its place, whole or not at all.

    Parameters
    ----------
    path : pathlib.Path
    document : object
        Goes through `as_plain`.
    """
    temporary = path.with_name(f".{secrets.token_hex(6)}.{path.name}")
    text = json.dumps(as_plain(document), ensure_ascii=False, indent=1, allow_nan=False)
    try:
        # A surrogate in an argument of the command line must not cost the document.
        temporary.write_text(text + "\n", encoding="utf-8", errors="backslashreplace")
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def update_json(path: Path, changes: Mapping[str, Any]) -> None:
    """Change some entries of a JSON document, and keep the others.

    Parameters
    ----------
    path : pathlib.Path
    changes : mapping of str to object
    """
    with _updating:
        write_json(path, read_json(path) | dict(changes))


def read_json(path: Path) -> dict[str, Any]:
    """Return a JSON document; an empty one where there is none.

    Parameters
    ----------
    path : pathlib.Path

    Returns
    -------
    dict

    Raises
    ------
    ValueError
        Where the file holds something else.
    """
    try:
        with open(path, "rb") as file:
            document = json.loads(file.read())
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except ValueError as error:
        raise ValueError(f"{path} is not a JSON document: {error}.") from error
    if not isinstance(document, dict):
        raise ValueError(f"{path} holds a {type(document).__name__} where an object should be.")
    return document


def append_line(path: Path, record: Mapping[str, Any]) -> None:
    """Append a record to a file of JSON lines, by one write.

    Parameters
    ----------
    path : pathlib.Path
    record : mapping
        Goes through `as_plain`.
    """
    text = json.dumps(as_plain(record), ensure_ascii=False, allow_nan=False)
    line = f"{text}\n".encode(errors="backslashreplace")
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o666)
    try:
        os.write(handle, line)
    finally:
        os.close(handle)


def read_lines(path: Path) -> list[dict[str, Any]]:
    """Return the records of a file of JSON lines, without those that are torn.

    Parameters
    ----------
    path : pathlib.Path

    Returns
    -------
    list of dict
        Empty where there is no file.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from estimators.runs.store import append_line, read_lines
    >>> path = Path(tempfile.mkdtemp()) / "metrics.jsonl"
    >>> append_line(path, {"epoch": 0})
    >>> with path.open("a") as file:
    ...     _ = file.write('{"epoch": 1, "metr')
    >>> read_lines(path)
    [{'epoch': 0}]
    """
    try:
        with open(path, "rb") as file:
            content = file.read()
    except (FileNotFoundError, NotADirectoryError):
        return []
    whole = content[: content.rfind(b"\n") + 1]
    try:
        # One call for all lines takes a third of the time of a call for each.
        records = json.loads(b"[" + whole.strip().replace(b"\n", b",") + b"]")
    except ValueError:
        records = list(_readable(whole.splitlines()))
    return [record for record in records if isinstance(record, dict)]


def read_last(path: Path) -> dict[str, Any] | None:
    """Return the last record of a file of JSON lines that is not torn.

    Parameters
    ----------
    path : pathlib.Path

    Returns
    -------
    dict or None
        None where there is none.
    """
    try:
        with open(path, "rb") as file:
            length = file.seek(0, os.SEEK_END)
            file.seek(max(0, length - _TAIL))
            tail = file.read()
    except (FileNotFoundError, NotADirectoryError):
        return None
    records = list(_readable(tail[: tail.rfind(b"\n") + 1].splitlines()))
    if not records and length > _TAIL:
        return next(reversed(read_lines(path)), None)
    return records[-1] if records else None


def _readable(lines: list[bytes]) -> Iterator[Any]:
    """Yield what can be read: a writer killed in a line leaves half of it before the next."""
    for line in lines:
        try:
            record = json.loads(line)
        except ValueError:
            continue
        if isinstance(record, dict):
            yield record


def _kind(value: float) -> str:
    return "nan" if math.isnan(value) else "rise" if value > 0 else "fall"


_NAMES = {"nan": "NaN", "rise": "Infinity", "fall": "-Infinity"}
