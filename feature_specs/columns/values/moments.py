"""A column of moments, whichever way a table holds them: as seconds since 1970.

Moments are dates of any library, texts in a format that is learnt at fit, or numbers in a unit
that the caller names. Each cell is read by itself, whatever its neighbours are.
"""

from __future__ import annotations

import datetime
from numbers import Real
from typing import Any, Literal

import numpy as np
import pandas as pd
from pandas.api import types

from feature_specs.columns.values.date_format import (
    AmbiguousDateFormat,
    common_format,
    find_date_format,
)
from feature_specs.columns.values.date_texts import BLANKS, ISO8601, MISSING, DateFormat
from feature_specs.columns.values.time_zones import (
    NAIVE,
    WRITTEN,
    clock_seconds,
    offset_name,
    zone_name,
)

__all__ = ["FIRST", "LAST", "UNITS", "Moments", "moment_of"]

_DAY = 86_400
# How numbers that count from 1970 become seconds: multiplied by the first, divided by the second.
UNITS = {"D": (_DAY, 1), "s": (1, 1), "ms": (1, 10**3), "us": (1, 10**6), "ns": (1, 10**9)}
# The years 1 to 9999, which calendars have, and 1900 to 2100, by which a unit is guessed.
FIRST, LAST = -62_135_596_800, 253_402_300_799
_LIKELY = (-2_208_988_800, 4_133_980_799)

Kind = Literal["moment", "text", "number", "other"]


class Moments:
    """The cells of a column of moments.

    Parameters
    ----------
    column : Series
    name : str
        Of the column, for errors.

    Attributes
    ----------
    kinds : list of {"moment", "text", "number", "other"}
        What the cells are; empty for a column without values.
    """

    def __init__(self, column: pd.Series, name: str) -> None:
        self._column = column
        self._name = name
        if types.is_datetime64_any_dtype(column.dtype):
            self.kinds: list[Kind] = ["moment"]
            self._of_kind: dict[Kind, np.ndarray] = {}
            return
        # The distinct cells, and each row's place among them, -1 where missing.
        self._places, self._cells = _distinct(column)
        self._of_kind = _by_kind(self._cells)
        self.kinds = list(self._of_kind)

    def find_format(self) -> str | None:
        """Return the format of the texts, None where there are none.

        Raises
        ------
        ValueError
            Where the texts follow no format, or several.
        """
        places = [i for i in self._of_kind.get("text", ()) if self._cells[i].strip(BLANKS)]
        if not places:
            return None
        texts = self._cells[places].tolist()
        try:
            format = find_date_format(pd.Series(texts))
        except AmbiguousDateFormat as error:
            raise ValueError(
                f"Column {self._name!r} can be read in several ways: {error}; pass one of them to "
                "step_datetime_column as datetime_format."
            ) from None
        if format is not None:
            return format
        common = common_format(texts)
        if common is None:
            raise ValueError(
                f"Column {self._name!r} holds no dates in a known format, such as "
                f"{self._found(places[0])}; pass datetime_format to step_datetime_column, or "
                "convert the column with pandas.to_datetime."
            )
        follows = DateFormat(common).seconds(texts) != MISSING
        raise self._unlike(places[int(np.argmin(follows))], f"{common!r} of most rows")

    def find_clock(self, format: str | None = None, unit: str | None = None) -> str:
        """Return the clock of the column: its zone, `NAIVE` without one, `WRITTEN` for several.

        Raises
        ------
        ValueError
            As `seconds` does.
        """
        if types.is_datetime64_any_dtype(self._column.dtype):
            zone = _zone_of_dtype(self._column.dtype)
            clocks = {NAIVE if zone is None else zone}
        else:
            clocks = set()
            for kind, places in self._of_kind.items():
                if kind == "moment":
                    zones = {getattr(cell, "tzinfo", None) for cell in self._cells[places]}
                    clocks |= {NAIVE if z is None else zone_name(z) or WRITTEN for z in zones}
                elif kind == "text" and DateFormat(format or ISO8601).has_offsets:
                    seconds, offsets = self._read_texts(places, format)
                    told = np.unique(offsets[seconds != MISSING]).tolist()
                    clocks |= {NAIVE if o == MISSING else offset_name(o) for o in told}
                elif kind == "text" or unit is None:
                    clocks.add(NAIVE)
        return (clocks or {NAIVE}).pop() if len(clocks) < 2 else WRITTEN

    def seconds(
        self, format: str | None = None, unit: str | None = None, clock: str = WRITTEN
    ) -> np.ndarray:
        """Return whole seconds since 1970 by a clock, the smallest int64 for missing ones.

        Parameters
        ----------
        format : str, optional
            Of texts, and of numbers without `unit`; texts are ISO 8601 by default.
        unit : str, optional
            Of numbers, one of `UNITS`.
        clock : str, default=WRITTEN
            The zone that moments are converted to, `NAIVE` where none may have one, or `WRITTEN`:
            each by its own clock.

        Returns
        -------
        ndarray of int64

        Raises
        ------
        ValueError
            Naming column, row and value of a cell that is no moment, or that has a time zone where
            it may have none, or has none where it must.
        """
        if types.is_datetime64_any_dtype(self._column.dtype):
            return self._seconds_of_column(clock)
        # The one more at the end is for missing.
        seconds = np.full(len(self._cells) + 1, MISSING)
        offsets = np.full(len(self._cells) + 1, MISSING)
        for kind, places in self._of_kind.items():
            if kind == "moment":
                read = [_read_moment(cell) for cell in self._cells[places]]
                seconds[places], offsets[places] = zip(*read, strict=True)
            elif kind == "other":
                raise ValueError(
                    f"Column {self._name!r} holds no dates but {self._found(places[0])}; convert "
                    "it with pandas.to_datetime."
                )
            elif kind == "text" or (format is not None and unit is None):
                seconds[places], offsets[places] = self._read_texts(places, format)
            else:
                seconds[places] = self._seconds_of_numbers(places, unit)
                # They count from 1970 in UTC, if zones matter at all.
                offsets[places] = MISSING if clock == NAIVE else 0
        return self._by_clock(seconds, offsets, clock)[self._places]

    def texts(self, format: str, unit: str | None = None, clock: str = WRITTEN) -> np.ndarray:
        """Return texts as they are, other moments in the same format, and "" for missing ones."""
        in_utc = clock not in (NAIVE, WRITTEN)
        seconds = self.seconds(format, unit, "UTC" if in_utc else clock)
        texts = self._column.astype(object).to_numpy(copy=True)
        for row, cell in enumerate(texts):
            if not isinstance(cell, str):
                texts[row] = DateFormat(format).text(seconds[row], in_utc)
        return texts

    def _seconds_of_column(self, clock: str) -> np.ndarray:
        column, zone = self._column, _zone_of_dtype(self._column.dtype)
        if (zone is None) != (clock == NAIVE) and clock != WRITTEN:
            if column.isna().all():
                return np.full(len(column), MISSING)
            raise self._unlike_clock("moments", clock)
        if zone is None:
            return _seconds_of_dtype(column)
        if clock in (WRITTEN, zone):
            return _seconds_of_dtype(column.dt.tz_localize(None))
        if isinstance(column.dtype, pd.ArrowDtype):
            column = pd.Series(column.array.__arrow_array__().to_pandas().array)
        return _shown(_seconds_of_dtype(column.dt.tz_convert(None)), clock)

    def _by_clock(self, seconds: np.ndarray, offsets: np.ndarray, clock: str) -> np.ndarray:
        """Return seconds as told, with their offsets from UTC where told, by a clock."""
        if clock == WRITTEN:
            return seconds
        has_zone = offsets != MISSING
        wrong = (seconds != MISSING) & (has_zone if clock == NAIVE else ~has_zone)
        if wrong.any():
            raise self._unlike_clock(self._found(int(np.argmax(wrong))), clock)
        if clock == NAIVE:
            return seconds
        return _shown(np.where(has_zone, seconds - np.where(has_zone, offsets, 0), MISSING), clock)

    def _unlike_clock(self, found: str, clock: str) -> ValueError:
        if clock == NAIVE:
            return ValueError(
                f"Column {self._name!r} holds {found} with a time zone, where the fit had none; "
                "take it off with .dt.tz_localize(None), or fit with moments that have one."
            )
        return ValueError(
            f"Column {self._name!r} holds {found} without a time zone, to be read on the clock of "
            f"{clock!r}; say which zone they are of with .dt.tz_localize."
        )

    def _read_texts(self, places: np.ndarray, format: str | None) -> tuple[np.ndarray, np.ndarray]:
        texts = [cell if isinstance(cell, str) else _digits(cell) for cell in self._cells[places]]
        seconds, offsets = DateFormat(format or ISO8601).seconds_and_offsets(texts)
        for i in np.flatnonzero(seconds == MISSING):
            if texts[i].strip(BLANKS):
                fit = f"{ISO8601}, the one for texts where the fit saw none"
                raise self._unlike(places[i], fit if format is None else repr(format))
        return seconds, offsets

    def _seconds_of_numbers(self, places: np.ndarray, unit: str | None) -> np.ndarray:
        numbers = self._cells[places]
        if numbers.dtype == object:
            numbers = np.array(numbers.tolist())
        if unit is None:
            raise ValueError(
                f"Column {self._name!r} holds {self._found(places[0])}, a number that is no date "
                f"by itself; {_cure(numbers)}."
            )
        about = _about(numbers, unit)
        outside = ~((about >= FIRST) & (about <= LAST))
        fractions = (numbers % 1 != 0) & (unit == "D")
        for wrong, what, cure in [
            (outside, "of the years 1 to 9999", _cure(numbers)),
            (fractions, "of whole days", "convert it with pandas.to_datetime"),
        ]:
            if wrong.any():
                raise ValueError(
                    f"Column {self._name!r} holds {self._found(places[int(np.argmax(wrong))])}, "
                    f"which is no moment {what} with unit={unit!r}; {cure}."
                )
        factor, divisor = UNITS[unit]
        return (numbers // 1).astype(np.int64) * factor // divisor

    def _unlike(self, place: int, format: str) -> ValueError:
        return ValueError(
            f"Column {self._name!r} holds {self._found(place)}, which does not follow the format "
            f"{format}; mend it, or convert the column with pandas.to_datetime."
        )

    def _found(self, place: int) -> str:
        """Return a cell and its row, for errors."""
        cell = self._cells[place]
        shown = cell.item() if isinstance(cell, np.generic) else cell
        return f"{shown!r} in row {int(np.argmax(self._places == place))}"


def _digits(number: Any) -> str:
    """Return a number as a text; whole ones stand as floats where others are missing."""
    return str(int(number)) if number % 1 == 0 else str(number)


def _distinct(column: pd.Series) -> tuple[np.ndarray, np.ndarray]:
    if types.infer_dtype(column) in ("string", "categorical"):
        places, cells = pd.factorize(column)
        return places, np.asarray(cells, dtype=object)
    # Few numbers come twice, and moments of two zones may be equal and still two by the clock.
    missing = column.isna().to_numpy()
    return np.where(missing, -1, np.cumsum(~missing) - 1), column[~missing].to_numpy()


def _by_kind(cells: np.ndarray) -> dict[Kind, np.ndarray]:
    """Return the places of the cells of each kind."""
    if cells.dtype.kind in "iuf":
        return {"number": np.arange(len(cells))}
    kinds = np.array([_kind(cell) for cell in cells], dtype=object)
    return {kind: np.flatnonzero(kinds == kind) for kind in dict.fromkeys(kinds)}


def _kind(cell: Any) -> Kind:
    if isinstance(cell, str):
        return "text"
    if isinstance(cell, datetime.date | np.datetime64):
        return "moment"
    is_number = isinstance(cell, Real) and not isinstance(cell, bool | np.bool_ | np.timedelta64)
    return "number" if is_number else "other"


def _zone_of_dtype(dtype: Any) -> str | None:
    """Return the zone of a column, `WRITTEN` for one without a name, None where there is none."""
    if isinstance(dtype, pd.ArrowDtype):
        return getattr(dtype.pyarrow_dtype, "tz", None)
    zone = getattr(dtype, "tz", None)
    return None if zone is None else zone_name(zone) or WRITTEN


def _seconds_of_dtype(column: pd.Series) -> np.ndarray:
    if isinstance(column.dtype, pd.ArrowDtype):
        is_date = str(column.dtype).startswith("date")
        column = column.astype("datetime64[s]") if is_date else column.dt.tz_localize(None)
    missing = column.isna().to_numpy()
    return np.where(missing, MISSING, column.to_numpy("datetime64[s]").astype(np.int64))


def _shown(instants: np.ndarray, clock: str) -> np.ndarray:
    missing = instants == MISSING
    return np.where(missing, MISSING, clock_seconds(np.where(missing, 0, instants), clock))


def moment_of(cell: Any) -> tuple[int, int | None] | None:
    """Return a moment's seconds since 1970 by its own clock, and how far from UTC that is.

    Parameters
    ----------
    cell : object
        A date, a datetime, or a text as ISO 8601 has it.

    Returns
    -------
    tuple of int and int or None
        The second is None for a moment without a zone; None alone for what is no moment.

    Examples
    --------
    >>> moment_of("1970-01-02"), moment_of("1970-01-01T02:00+01:00"), moment_of("soon")
    ((86400, None), (7200, 3600), None)
    """
    if isinstance(cell, str):
        seconds, offset = (int(a[0]) for a in DateFormat(ISO8601).seconds_and_offsets([cell]))
    elif isinstance(cell, datetime.date | np.datetime64) and not pd.isna(cell):
        seconds, offset = _read_moment(cell)
    else:
        return None
    return None if seconds == MISSING else (seconds, None if offset == MISSING else offset)


def _read_moment(cell: Any) -> tuple[int, int]:
    offset = MISSING
    if isinstance(cell, datetime.datetime) and cell.tzinfo is not None:
        offset = cell.utcoffset() // datetime.timedelta(seconds=1)
        cell = cell.replace(tzinfo=None)
    return int(np.datetime64(cell, "s").astype(np.int64)), offset


def _about(numbers: np.ndarray, unit: str) -> np.ndarray:
    factor, divisor = UNITS[unit]
    return numbers.astype(np.float64) * factor / divisor


def _cure(numbers: np.ndarray) -> str:
    """Return what to pass so that numbers become moments that are likely."""
    if not np.isfinite(numbers.astype(np.float64)).all():
        return "make it a moment, or NaN for missing"
    written = [_digits(number) for number in numbers]
    for format in ("%Y", "%Y%m%d"):
        if _are_likely(DateFormat(format).seconds(written)):
            return f"pass datetime_format={format!r} to step_datetime_column"
    for unit in UNITS if np.all(numbers % 1 == 0) else [*UNITS][1:]:
        if _are_likely(_about(numbers, unit)):
            return f"pass unit={unit!r} to step_datetime_column if they count from 1970"
    return f"pass unit= one of {[*UNITS]} to step_datetime_column, or convert it"


def _are_likely(seconds: np.ndarray) -> bool:
    return bool(np.all((seconds >= _LIKELY[0]) & (seconds <= _LIKELY[1])))
