"""What the files of a run may hold, field by field: what is of another kind is told, not used.

Fields that are not named here pass as they are: a later version may add some.
"""

from __future__ import annotations

import reprlib
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, NamedTuple

__all__ = ["FIELDS", "REQUIRED", "STATUSES", "checked", "is_measure", "parse_time"]

STATUSES = ("running", "completed", "failed", "interrupted")


def checked(value: Any, kind: Any, where: str, problems: list[str]) -> Any:
    """Return a value without those parts of it that are not of the kind they should be.

    Parameters
    ----------
    value : object
        Of a JSON file; null is of every kind.
    kind : Kind, list or dict
        A list holds the kind of all items, a mapping the kinds of fields by name, or that of all
        fields by ``EVERY``.
    where : str
        What the value is called.
    problems : list of str
        Gets a sentence about each part that is left out.

    Returns
    -------
    object

    Examples
    --------
    >>> from estimators.runs.directory.fields import FIELDS, checked
    >>> problems = []
    >>> checked({"name": "first", "tags": 3}, FIELDS["run.json"], "", problems), problems
    ({'name': 'first'}, ['tags is 3 where a list should be'])
    """
    if value is None:
        return None
    if isinstance(kind, Kind):
        if kind.holds(value):
            return value
        problems.append(f"{where} is {_SHORT.repr(value)} where {kind.name} should be")
        return None
    if isinstance(kind, list):
        if not isinstance(value, list):
            problems.append(f"{where} is {_SHORT.repr(value)} where a list should be")
            return None
        items = (checked(item, kind[0], f"{where}[{i}]", problems) for i, item in enumerate(value))
        return [item for item in items if item is not None]
    if not isinstance(value, dict):
        problems.append(f"{where} is {_SHORT.repr(value)} where names and values should be")
        return None
    every = kind.get(EVERY)
    if every is _MEASURE and all(type(item) is float for item in value.values()):
        return value
    found = {}
    for name, item in value.items():
        own = kind.get(name, every)
        place = f"{where}.{name}" if where else name
        item = item if own is None else checked(item, own, place, problems)
        if item is not None or value[name] is None:
            found[name] = item
    return found


def is_measure(value: Any, levels: int = 8) -> bool:
    """Return whether a value of JSON is a measure: a number, null, or a list of them.

    Parameters
    ----------
    value : object
    levels : int, default=8
        How deep lists may be.

    Returns
    -------
    bool
    """
    if isinstance(value, list):
        return levels > 0 and all(is_measure(item, levels - 1) for item in value)
    if isinstance(value, str):
        return value in ("NaN", "Infinity", "-Infinity")
    return value is None or _is_number(value)


def parse_time(value: Any) -> datetime | None:
    """Return an ISO time, None where it is none or no time of this age; without a zone it is UTC.

    Parameters
    ----------
    value : object

    Returns
    -------
    datetime or None
    """
    try:
        time = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        return None
    # Tables count nanoseconds from 1970 in 64 bits.
    if not 1970 < time.year < 2262:
        return None
    return time if time.tzinfo else time.replace(tzinfo=UTC)


class Kind(NamedTuple):
    """What a field may hold: the word for it, and the test."""

    name: str
    holds: Callable[[Any], bool]


def _is_number(value: Any) -> bool:
    try:
        return isinstance(value, int | float) and float(value) is not None
    except OverflowError:
        return False


def _is_whole(value: Any) -> bool:
    return type(value) is int and abs(value) < 2**63


_SHORT = reprlib.Repr()
_SHORT.maxstring, _SHORT.maxlevel, _SHORT.maxlist, _SHORT.maxdict = 40, 2, 2, 2

# The kind of every field of a mapping whose names are free.
EVERY = object()
_TEXT = Kind("a text", lambda value: isinstance(value, str))
_COUNT = Kind("a whole number", _is_whole)
_TRUTH = Kind("true or false", lambda value: isinstance(value, bool))
_TIME = Kind("a time", lambda value: parse_time(value) is not None)
_MEASURE = Kind("a number", is_measure)
_STATUS = Kind(f"one of {', '.join(STATUSES)}", lambda value: value in STATUSES)
_MEASURES = {EVERY: _MEASURE}
_LINE = {"name": _TEXT, "time": _TIME, "metrics": _MEASURES} | dict.fromkeys(
    ("epoch", "fit", "member"), _COUNT
)

FIELDS: dict[str, dict[Any, Any]] = {
    "run.json": {
        **dict.fromkeys(("id", "name", "parent", "host", "script"), _TEXT),
        **dict.fromkeys(("tags", "args"), [_TEXT]),
        **dict.fromkeys(("schema", "pid", "exit_code"), _COUNT),
        **{"status": _STATUS, "start": _TIME, "end": _TIME},
        "error": {"type": _TEXT, "message": _TEXT},
        "properties": {},
        "measured": {"epochs_completed": _COUNT, "bytes": _COUNT}
        | {"last": _MEASURES, "best": _MEASURES},
    },
    "flags.json": {
        **{"values": {}, "given": {}},
        "declared": [{"name": _TEXT, "type": _TEXT, "help": _TEXT}],
    },
    "model.json": {
        **{"class": _TEXT, "parameters": {}, "summary": _TEXT, "loss": _TEXT},
        "optimizer": {"name": _TEXT},
        **dict.fromkeys(("samples", "validation_samples", "batch_size", "epochs", "steps"), _COUNT),
        "members": _COUNT,
    },
    "environment.json": {
        **{"python": _TEXT, "platform": _TEXT, "packages": {EVERY: _TEXT}},
        "git": {"commit": _TEXT, "branch": _TEXT, "dirty": _TRUTH},
    },
    "source.json": {"script": _TEXT, "files": [{"path": _TEXT, "sha256": _TEXT}]},
    "metrics.jsonl": _LINE,
    "evaluation.jsonl": _LINE,
}
# Of run.json: without these nobody can say how a run stands, or which is the latest.
REQUIRED = ("status", "start")
