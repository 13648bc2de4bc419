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

__all__ = ["FIRST", "LAST", "UNITS", "Moments"]

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

    def seconds(self, format: str | None = None, unit: str | None = None) -> np.ndarray:
        """Return whole seconds since 1970, the smallest int64 for missing ones.

        The clock time counts as the table holds it; a time zone is not applied.

        Parameters
        ----------
        format : str, optional
            Of texts, and of numbers without `unit`; texts are ISO 8601 by default.
        unit : str, optional
            Of numbers, one of `UNITS`.

        Returns
        -------
        ndarray of int64

        Raises
        ------
        ValueError
            Naming column, row and value of a cell that is no moment.
        """
        if types.is_datetime64_any_dtype(self._column.dtype):
            return _seconds_of_column(self._column)
        # The one more at the end is for missing.
        seconds = np.full(len(self._cells) + 1, MISSING)
        for kind, places in self._of_kind.items():
            if kind == "moment":
                seconds[places] = [_seconds_of_moment(cell) for cell in self._cells[places]]
            elif kind == "other":
                raise ValueError(
                    f"Column {self._name!r} holds no dates but {self._found(places[0])}; convert "
                    "it with pandas.to_datetime."
                )
            elif kind == "text" or (format is not None and unit is None):
                seconds[places] = self._seconds_of_texts(places, format)
            else:
                seconds[places] = self._seconds_of_numbers(places, unit)
        return seconds[self._places]

    def texts(self, format: str, unit: str | None = None) -> np.ndarray:
        """Return texts as they are, other moments in the same format, and "" for missing ones."""
        seconds = self.seconds(format, unit)
        texts = self._column.astype(object).to_numpy(copy=True)
        for row, cell in enumerate(texts):
            if not isinstance(cell, str):
                texts[row] = DateFormat(format).text(seconds[row])
        return texts

    def _seconds_of_texts(self, places: np.ndarray, format: str | None) -> np.ndarray:
        texts = [cell if isinstance(cell, str) else _digits(cell) for cell in self._cells[places]]
        seconds = DateFormat(format or ISO8601).seconds(texts)
        for i in np.flatnonzero(seconds == MISSING):
            if texts[i].strip(BLANKS):
                fit = f"{ISO8601}, the one for texts where the fit saw none"
                raise self._unlike(places[i], fit if format is None else repr(format))
        return seconds

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


def _seconds_of_column(column: pd.Series) -> np.ndarray:
    if isinstance(column.dtype, pd.ArrowDtype):
        is_date = str(column.dtype).startswith("date")
        column = column.astype("datetime64[s]") if is_date else column.dt.tz_localize(None)
    elif getattr(column.dtype, "tz", None) is not None:
        column = column.dt.tz_localize(None)
    missing = column.isna().to_numpy()
    return np.where(missing, MISSING, column.to_numpy("datetime64[s]").astype(np.int64))


def _seconds_of_moment(cell: Any) -> int:
    if isinstance(cell, datetime.datetime):
        cell = cell.replace(tzinfo=None)
    return int(np.datetime64(cell, "s").astype(np.int64))


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
