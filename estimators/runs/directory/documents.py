"""JSON documents and pages: written beside their place and then put there, whole or not at all."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from estimators.files import replacing
from estimators.runs.directory.json_values import as_plain

__all__ = ["read_json", "update_json", "write_json", "write_text"]

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
