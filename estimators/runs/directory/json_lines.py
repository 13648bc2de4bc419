"""Files of JSON lines: appended to by one write, read without the line that is torn."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from estimators.runs.directory.documents import parse_json, read_file
from estimators.runs.directory.fields import FIELDS, checked
from estimators.runs.directory.json_values import as_plain

__all__ = ["append_line", "end_torn_line", "read_last", "read_lines"]

# Enough for the last line, unless it is a very long one.
_TAIL = 8192


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
        # A disk that fills up takes a part; the next call says why.
        while line := line[os.write(handle, line) :]:
            pass
    finally:
        os.close(handle)


def read_lines(path: Path, problems: list[str] | None = None) -> list[dict[str, Any]]:
    """Return the records of a file of JSON lines, without what is torn or no such record.

    Parameters
    ----------
    path : pathlib.Path
    problems : list of str, default=None
        Gets a sentence about each part that is left out; not about a last line without an end,
        which is being written, or was when its writer was killed.

    Returns
    -------
    list of dict
        Empty where there is no file.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from estimators.runs.directory.json_lines import append_line, read_lines
    >>> path = Path(tempfile.mkdtemp()) / "metrics.jsonl"
    >>> append_line(path, {"epoch": 0})
    >>> with path.open("a") as file:
    ...     _ = file.write('{"epoch": 1, "metr')
    >>> read_lines(path)
    [{'epoch': 0}]
    """
    problems = [] if problems is None else problems
    try:
        content = read_file(path) or b""
    except ValueError as error:
        problems.append(f"it {error}")
        return []
    lines = content[: content.rfind(b"\n") + 1].strip().split(b"\n")
    fields = FIELDS.get(path.name, {})
    records = []
    for number, record in _parsed(lines, problems):
        wrong: list[str] = []
        records.append(checked(record, fields, "", wrong))
        problems += [f"line {number}: {reason}" for reason in wrong]
    return records


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
    records = _parsed(tail[: tail.rfind(b"\n") + 1].split(b"\n"), [])
    if not records and length > _TAIL:
        return next(reversed(read_lines(path)), None)
    return checked(records[-1][1], FIELDS.get(path.name, {}), "", []) if records else None


def end_torn_line(path: Path) -> None:
    """End a last line that is whole, and cut one off that is torn: the next must not join it.

    Parameters
    ----------
    path : pathlib.Path
    """
    content = read_file(path) or b""
    start = content.rfind(b"\n") + 1
    if start == len(content):
        return
    with path.open("r+b") as file:
        if _parsed([content[start:]], []):
            file.seek(0, os.SEEK_END)
            file.write(b"\n")
        else:
            file.truncate(start)


def _parsed(lines: list[bytes], problems: list[str]) -> list[tuple[int, dict[str, Any]]]:
    """Return the records with the numbers of their lines."""
    try:
        # One call for all lines takes a third of the time of a call for each.
        found = parse_json(b"[" + b",".join(lines) + b"]")
        if len(found) == len(lines) and all(isinstance(record, dict) for record in found):
            return list(enumerate(found, 1))
    except ValueError:
        pass
    records = []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            record = parse_json(line)
        except ValueError:
            record = None
        if isinstance(record, dict):
            records.append((number, record))
        else:
            problems.append(f"line {number} is no JSON object")
    return records
