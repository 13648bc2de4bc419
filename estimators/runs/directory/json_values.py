"""Values as strict JSON has them, and back: numbers that are none, and the time."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

__all__ = ["as_number", "as_plain", "from_plain", "now"]


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
    >>> from estimators.runs.directory.json_values import as_plain
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
    >>> from estimators.runs.directory.json_values import from_plain
    >>> from_plain("NaN"), from_plain(0.5)
    (nan, 0.5)
    """
    if value is None:
        return math.nan
    return float(value) if isinstance(value, str) and value in _NAMES.values() else value


def as_number(value: Any) -> float:
    """Return a stored measure as a number: ``"NaN"``, null and what is no number are NaN.

    Parameters
    ----------
    value : object

    Returns
    -------
    float or int
    """
    # So are nearly all of them.
    if type(value) is float:
        return value
    try:
        number = from_plain(value)
        return number if type(number) is int else float(number)
    except (TypeError, ValueError):
        return math.nan


def now() -> str:
    """Return the time as the files have it: UTC, to the millisecond.

    Returns
    -------
    str

    Examples
    --------
    >>> from datetime import datetime
    >>> from estimators.runs.directory.json_values import now
    >>> datetime.fromisoformat(now()).tzname()
    'UTC'
    """
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _kind(value: float) -> str:
    return "nan" if math.isnan(value) else "rise" if value > 0 else "fall"


_NAMES = {"nan": "NaN", "rise": "Infinity", "fall": "-Infinity"}
