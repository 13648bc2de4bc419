"""How pages write numbers, times and durations: short, and aligned below each other."""

from __future__ import annotations

import json
import math
from typing import Any

from estimators.runs.directory.fields import parse_time


def measure(value: float | None) -> str:
    """Return a measure with four decimals, or in powers of ten where those say nothing.

    Parameters
    ----------
    value : float or None

    Returns
    -------
    str

    Examples
    --------
    >>> from estimators.runs.pages.content.formats import measure
    >>> [measure(value) for value in (0.5, 123.45678, 1e-7, 504, float("nan"), None)]
    ['0.5000', '123.4568', '1.000e-07', '504', 'NaN', '–']
    """
    if value is None:
        return "–"
    if isinstance(value, int):
        return str(value)
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    size = abs(value)
    return f"{value:.4f}" if size == 0 or 1e-3 <= size < 1e6 else f"{value:.3e}"


def setting(value: Any) -> str:
    """Return a flag or parameter as one would type it, strings without quotes.

    Parameters
    ----------
    value : Any

    Returns
    -------
    str

    Examples
    --------
    >>> from estimators.runs.pages.content.formats import setting
    >>> [setting(value) for value in (0.1, True, None, "tanh", [64, 32])]
    ['0.1', 'true', '–', 'tanh', '[64, 32]']
    """
    if value is None:
        return "–"
    return value if isinstance(value, str) else json.dumps(value, default=str, ensure_ascii=False)


def duration(seconds: float | None) -> str:
    """Return a duration in its two largest units.

    Parameters
    ----------
    seconds : float or None

    Returns
    -------
    str

    Examples
    --------
    >>> from estimators.runs.pages.content.formats import duration
    >>> [duration(value) for value in (0.3, 12.3, 134, 7384, 200000, None)]
    ['0.3 s', '12.3 s', '2 min 14 s', '2 h 3 min', '2 d 7 h', '–']
    """
    if seconds is None:
        return "–"
    if seconds < 60:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    for large, big, small, little in (
        (86400, "d", 3600, "h"),
        (3600, "h", 60, "min"),
        (60, "min", 1, "s"),
    ):
        if whole >= large:
            return f"{whole // large} {big} {whole % large // small} {little}"
    return "–"


def moment(value: Any) -> str:
    """Return an ISO time as date and time of day, as it stands where it cannot be read.

    Parameters
    ----------
    value : Any

    Returns
    -------
    str

    Examples
    --------
    >>> from estimators.runs.pages.content.formats import moment
    >>> moment("2026-11-22T11:29:26.123456+00:00")
    '2026-11-22 11:29:26 UTC'
    """
    time = parse_time(value)
    if time is None:
        return setting(value)
    zone = time.strftime("%Z").replace("UTC+00:00", "UTC")
    return f"{time:%Y-%m-%d %H:%M:%S} {zone}".rstrip()


def seconds_between(start: Any, end: Any) -> float | None:
    """Return the seconds from one ISO time to another, None where one of them is none.

    Parameters
    ----------
    start, end : Any

    Returns
    -------
    float or None
    """
    first, last = parse_time(start), parse_time(end)
    if first is None or last is None:
        return None
    return max(0.0, (last - first).total_seconds())
