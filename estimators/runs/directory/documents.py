"""JSON documents and pages: written beside their place and then put there, whole or not at all."""

from __future__ import annotations

import json
import os
import re
import stat
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from estimators.files import replacing
from estimators.runs.directory.json_values import as_plain

__all__ = ["parse_json", "read_file", "read_json", "update_json", "write_json", "write_text"]

# Beyond these a file is none of ours, and would fill the memory of whoever lists runs.
_MOST_BYTES = 500_000_000
_MOST_LEVELS = 100
_ESCAPED = re.compile(rb"\\u[dD]")
_SURROGATE = re.compile("[\ud800-\udfff]")
_updating = threading.RLock()


def write_json(path: Path, document: Any) -> None:
    """Put a JSON document in its place, whole or not at all.

    Parameters
    ----------
    path : pathlib.Path
    document : object
        Goes through `as_plain`.
    """
    text = json.dumps(as_plain(document), ensure_ascii=False, indent=1, allow_nan=False)
    write_text(path, f"{text}\n")


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
    content = read_file(path)
    if content is None:
        return {}
    try:
        document = _readable(parse_json(content), _MOST_LEVELS)
    except ValueError as error:
        raise ValueError(f"{path} {error}.") from error
    if not isinstance(document, dict):
        raise ValueError(f"{path} holds a {type(document).__name__} where an object should be.")
    return document


def read_file(path: Path) -> bytes | None:
    """Return the bytes of a file, None where there is none.

    Parameters
    ----------
    path : pathlib.Path

    Returns
    -------
    bytes or None

    Raises
    ------
    ValueError
        Where it cannot be read: the end of a sentence about it.
    """
    try:
        status = os.stat(path)
        # Whoever opens a named pipe waits for its writer.
        if not stat.S_ISREG(status.st_mode):
            raise ValueError("is no file")
        if status.st_size > _MOST_BYTES:
            raise ValueError(f"is larger than {_MOST_BYTES // 10**6} MB")
        with open(path, "rb") as file:
            return file.read()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise ValueError(f"cannot be read: {error.strerror}") from error


def parse_json(content: bytes) -> Any:
    """Return what JSON says, halves of surrogate pairs replaced: no table or screen takes them.

    Parameters
    ----------
    content : bytes

    Returns
    -------
    object

    Raises
    ------
    ValueError
        Where it is none: the end of a sentence about it.
    """
    try:
        found = json.loads(content)
    except RecursionError as error:
        raise ValueError("is nested too deeply") from error
    except ValueError as error:
        raise ValueError(f"is not a JSON document: {error}") from error
    return _readable(found, _MOST_LEVELS) if _ESCAPED.search(content) else found


def _readable(value: Any, levels: int) -> Any:
    if isinstance(value, str):
        return _SURROGATE.sub("\N{REPLACEMENT CHARACTER}", value)
    if not isinstance(value, dict | list):
        return value
    if not levels:
        raise ValueError("is nested too deeply")
    if isinstance(value, list):
        return [_readable(item, levels - 1) for item in value]
    return {_readable(name, 1): _readable(item, levels - 1) for name, item in value.items()}


def write_text(path: Path, text: str) -> Path:
    """Put a text in its place, whole or not at all.

    Parameters
    ----------
    path : pathlib.Path
    text : str

    Returns
    -------
    pathlib.Path
        The same.
    """
    with replacing(path) as temporary:
        # A surrogate in an argument of the command line must not cost the document.
        temporary.write_bytes(text.encode(errors="backslashreplace"))
    return path
