"""Steps on moments."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from pandas.api import types
from sklearn.utils._param_validation import StrOptions

from feature_specs.columns.did_you_mean import did_you_mean
from feature_specs.columns.values.date_texts import DateFormat
from feature_specs.columns.values.moments import UNITS, moment_of
from feature_specs.columns.values.time_zones import zone_of
from feature_specs.encoders.dates import HOLIDAY_PARTS, PARTS, DateEncoder
from feature_specs.encoders.elapsed import TIME_UNITS, ElapsedEncoder
from feature_specs.steps.fitting import Fitting
from feature_specs.steps.step import Step

_READING = {
    "datetime_format": [str, None],
    "unit": [StrOptions(set(UNITS)), None],
    "time_zone": [str, None],
}


class DatetimeColumn(Step):
    """Parts of moments: the year, the month, the week, the hour and others; and holidays."""

    kind = "datetime"
    _parameter_constraints = {
        "parts": ["array-like"],
        "cyclic": ["boolean"],
        **_READING,
        "holidays": ["array-like", dict, None],
    }

    # Of steps that 0.1.0 saved.
    datetime_format: str | None = None
    unit: str | None = None
    time_zone: str | None = None
    holidays: Any = None

    def __init__(
        self,
        columns: Any,
        *,
        parts: Sequence[str] = ("year", "month", "dayofweek"),
        cyclic: bool = True,
        datetime_format: str | None = None,
        unit: str | None = None,
        time_zone: str | None = None,
        holidays: Any = None,
    ) -> None:
        self.columns = columns
        self.parts = parts
        self.cyclic = cyclic
        self.datetime_format = datetime_format
        self.unit = unit
        self.time_zone = time_zone
        self.holidays = holidays

    def fit_into(self, fitting: Fitting, name: str) -> None:
        """Add an encoder for each column."""
        _check_parts(self.parts, self.holidays)
        _check_reading(self.datetime_format, self.time_zone)
        holidays = None if self.holidays is None else _days_by_name(self.holidays)
        for column in fitting.select(self.columns):
            encoder = DateEncoder(
                column,
                column,
                list(self.parts),
                self.cyclic,
                self.datetime_format,
                self.unit,
                self.time_zone,
                holidays,
            )
            fitting.add(encoder)


class ElapsedTimeColumn(Step):
    """The time that has passed since a fixed moment, or since that of another column."""

    kind = "elapsed_time"
    _parameter_constraints = {
        "since": [str, datetime.date, np.datetime64],
        "output_unit": [StrOptions(set(TIME_UNITS))],
        **_READING,
    }

    def __init__(
        self,
        columns: Any,
        *,
        since: Any,
        output_unit: str = "D",
        normalizer: Any = "standard",
        datetime_format: str | None = None,
        unit: str | None = None,
        time_zone: str | None = None,
    ) -> None:
        self.columns = columns
        self.since = since
        self.output_unit = output_unit
        self.normalizer = normalizer
        self.datetime_format = datetime_format
        self.unit = unit
        self.time_zone = time_zone

    def fit_into(self, fitting: Fitting, name: str) -> None:
        """Add ``x_since_y`` for each column x but y itself."""
        _check_reading(self.datetime_format, self.time_zone)
        others = [info.name for info in fitting.table.infos()]
        since = self.since if isinstance(self.since, str) and self.since in others else None
        moment = None if since is not None else _fixed_moment(self.since, others)
        # A day that is the same in all rows still says something beside one that is not.
        select = fitting.select if since is None else fitting.select_all
        for column in select(self.columns):
            if column == since:
                continue
            encoder = ElapsedEncoder(
                f"{column}_since_{str(self.since).removesuffix(' 00:00:00')}",
                column,
                since,
                moment,
                self.output_unit,
                self.normalizer,
                self.datetime_format,
                self.unit,
                self.time_zone,
            )
            fitting.add(encoder)
            fitting.left_out.pop(column, None)


def _check_parts(parts: Sequence[str], holidays: Any) -> None:
    for part in parts:
        if part not in PARTS:
            known = ", ".join(map(repr, PARTS))
            raise ValueError(f"Unknown part {part!r}; parts are {known}.")
        if part in HOLIDAY_PARTS and holidays is None:
            raise ValueError(f"Part {part!r} needs holidays; pass their dates as holidays=.")


def _check_reading(datetime_format: str | None, time_zone: str | None) -> None:
    if datetime_format is not None:
        DateFormat(datetime_format)
    if time_zone is not None:
        zone_of(time_zone)


def _fixed_moment(since: Any, columns: Sequence[str]) -> list[int | None]:
    moment = moment_of(since)
    if moment is None:
        raise ValueError(
            f"since={since!r} is no date, such as '2020-01-31', and no column; "
            f"{did_you_mean(str(since), columns)}"
        )
    return list(moment)


def _days_by_name(holidays: Any) -> dict[str, list[int]]:
    """Return days since 1970, sorted, by names; "" where there are no names."""
    if isinstance(holidays, pd.Series) and types.is_datetime64_any_dtype(holidays.index.dtype):
        # What a calendar of pandas returns with return_name=True.
        holidays = dict(zip(holidays.index, holidays, strict=True))
    if not isinstance(holidays, Mapping):
        return {"": _days(holidays, "holidays")}
    if not holidays:
        raise ValueError("holidays holds no name; leave it None where there are none.")
    if all(isinstance(day, datetime.date) for day in holidays):
        # A calendar of the package holidays tells the name of each day, too.
        names = dict.fromkeys(holidays.values())
        holidays = {name: [day for day in holidays if holidays[day] == name] for name in names}
    return {str(name): _days(days, f"holidays[{name!r}]") for name, days in holidays.items()}


def _days(dates: Any, place: str) -> list[int]:
    # One name may have one day only.
    cells = list(dates) if types.is_list_like(dates) else [dates]
    if not cells:
        raise ValueError(f"{place} holds no date; leave it out where there are none.")
    days = set()
    for cell in cells:
        moment = moment_of(cell)
        if moment is None:
            raise ValueError(
                f"{place} holds {cell!r}, which is no date; give dates, or texts such as "
                "'2020-12-25'."
            )
        days.add(moment[0] // 86_400)
    return sorted(days)
