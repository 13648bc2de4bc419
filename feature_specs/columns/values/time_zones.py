"""What the clocks of a time zone show at an instant: by a table, alike on the host and in a graph.

A clock is the name of a zone, as IANA has it, or its offset from UTC, such as ``"+01:00"``; or
`NAIVE`, that of moments without a zone; or `WRITTEN`, of each moment its own.
"""

from __future__ import annotations

import datetime
import re
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

import numpy as np
import pandas as pd

from feature_specs.columns.did_you_mean import did_you_mean

__all__ = [
    "NAIVE",
    "WRITTEN",
    "clock_seconds",
    "is_clock",
    "offset_name",
    "zone_name",
    "zone_of",
]

NAIVE = "naive"
WRITTEN = "written"

_EPOCH = datetime.datetime(1970, 1, 1)
_SECOND = datetime.timedelta(seconds=1)
_DAY = 86_400
# No zone had changed its clocks before; all follow rules of the calendar, if any, since.
_FIRST = (datetime.datetime(1800, 1, 1) - _EPOCH) // _SECOND
_BY_RULE = (datetime.datetime(2100, 1, 1) - _EPOCH) // _SECOND
# After 400 years the calendar repeats, weekdays included.
_CYCLE = 146_097 * _DAY
_OFFSET = re.compile(r"([+-])([0-9]{2}):([0-9]{2})(?::([0-9]{2}))?", re.ASCII)


def zone_name(zone: datetime.tzinfo) -> str | None:
    """Return the name of a time zone of any library, None for one that has no name.

    Examples
    --------
    >>> from datetime import timedelta, timezone
    >>> zone_name(ZoneInfo("Europe/Berlin")), zone_name(timezone(timedelta(hours=-5)))
    ('Europe/Berlin', '-05:00')
    """
    # zoneinfo calls it key, pytz zone.
    name = getattr(zone, "key", None) or getattr(zone, "zone", None)
    if name:
        return name
    offset = zone.utcoffset(None)
    return None if offset is None else offset_name(offset // _SECOND)


def offset_name(seconds: int) -> str:
    """Return the name of the zone that is always so far from UTC.

    Examples
    --------
    >>> offset_name(5400), offset_name(0)
    ('+01:30', 'UTC')
    """
    if seconds == 0:
        return "UTC"
    minutes, rest = divmod(abs(seconds), 60)
    name = f"{'-' if seconds < 0 else '+'}{minutes // 60:02}:{minutes % 60:02}"
    return f"{name}:{rest:02}" if rest else name


def zone_of(name: str) -> datetime.tzinfo:
    """Return the time zone of a name.

    Raises
    ------
    ValueError
        Where there is none, naming the zone that is most like it.

    Examples
    --------
    >>> zone_of("Europe/Berln")
    Traceback (most recent call last):
    ...
    ValueError: There is no time zone 'Europe/Berln'; did you mean 'Europe/Berlin'?
    """
    fixed = _OFFSET.fullmatch(name)
    if name == "UTC":
        return datetime.UTC
    try:
        if fixed is None:
            return ZoneInfo(name)
        hours, minutes, seconds = (int(digits or 0) for digits in fixed.groups()[1:])
        offset = datetime.timedelta(hours=hours, minutes=minutes, seconds=seconds)
        return datetime.timezone(-offset if fixed[1] == "-" else offset)
    except (KeyError, ValueError, OSError):
        zones = sorted(available_timezones())
        raise ValueError(f"There is no time zone {name!r}; {did_you_mean(name, zones)}") from None


def is_clock(name: str) -> bool:
    """Return whether a clock is known here."""
    if name in (NAIVE, WRITTEN):
        return True
    try:
        zone_of(name)
    except ValueError:
        return False
    return True


def clock_seconds(instants: Any, zone: str, module: Any = np) -> Any:
    """Return what the clocks of a zone show, as if they were UTC, at seconds since 1970.

    Parameters
    ----------
    instants : ndarray or tf.Tensor of int64, shape (rows,)
        Of the years 1 to 9999.
    zone : str
        Its name, or its offset from UTC.
    module : module, default=numpy
        NumPy, or TensorFlow in a graph.

    Returns
    -------
    ndarray or tf.Tensor of int64, shape (rows,)

    Examples
    --------
    >>> noon = np.array(["2020-01-31T12:00", "2020-07-31T12:00"], "datetime64[s]")
    >>> clock_seconds(noon.astype(np.int64), "Europe/Berlin").astype("datetime64[s]").tolist()
    [datetime.datetime(2020, 1, 31, 13, 0), datetime.datetime(2020, 7, 31, 14, 0)]
    """
    clock = zone_of(zone)
    if isinstance(clock, datetime.timezone):
        return instants + clock.utcoffset(None) // _SECOND
    if module is np:
        return _shown(instants, clock)
    changes, offsets = _changes_and_offsets(zone)
    repeated = (instants - _BY_RULE) % _CYCLE + _BY_RULE
    alike = module.where(instants >= _BY_RULE + _CYCLE, repeated, instants)
    places = module.searchsorted(module.constant(changes), alike, side="right")
    return instants + module.gather(module.constant(offsets), places)


def _shown(instants: np.ndarray, clock: datetime.tzinfo) -> np.ndarray:
    moments = pd.DatetimeIndex(instants.astype("datetime64[s]"), tz="UTC").tz_convert(clock)
    return moments.tz_localize(None).to_numpy("datetime64[s]").astype(np.int64)


@lru_cache(maxsize=16)
def _changes_and_offsets(zone: str) -> tuple[np.ndarray, np.ndarray]:
    """Return the instants at which clocks change, and their offsets before, in between and after.

    No zone has changed its clocks twice on one day.
    """
    clock = zone_of(zone)
    days = np.arange(_FIRST, _BY_RULE + _CYCLE + _DAY, _DAY)
    offsets = _shown(days, clock) - days
    changed = np.flatnonzero(np.diff(offsets))
    before, after = days[changed], days[changed + 1]
    while (after - before > 1).any():
        middle = (before + after) // 2
        is_before = _shown(middle, clock) - middle == offsets[changed]
        before, after = np.where(is_before, middle, before), np.where(is_before, after, middle)
    return after, offsets[np.r_[changed, -1]]
