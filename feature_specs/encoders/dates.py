"""The encoder of moments: which parts there are, and how each becomes numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np

from feature_specs.columns.column_warning import some_of, warn_of_column
from feature_specs.columns.table import Table, missing_everywhere
from feature_specs.columns.values.category_values import MISSING_INTEGER
from feature_specs.columns.values.time_zones import WRITTEN
from feature_specs.encoders.encoder import Columns
from feature_specs.encoders.moment_reader import MomentEncoder, MomentReader

if TYPE_CHECKING:
    import keras
    import tensorflow as tf


class DateEncoder(MomentEncoder):
    """Takes moments apart: cyclic parts as sine and cosine, the year standardised; and holidays.

    Parameters
    ----------
    name : str
    source : str
    parts : list of str
        Of `PARTS`.
    cyclic : bool
        Whether parts that come round become points on a circle, else fractions of it.
    datetime_format : str, optional
        Of texts, as `datetime.strptime` has it; learnt from all of them by default.
    unit : {"D", "s", "ms", "us", "ns"}, optional
        Of numbers, which count from 1970.
    time_zone : str, optional
        On whose clock parts are read; that of the fit by default.
    holidays : dict of str to list of int, optional
        Days since 1970 by the name of their column.

    Attributes
    ----------
    clock_ : str
        On which parts are read, see `columns.values.time_zones`.
    holidays_ : dict of str to list of int
        Those that rows of the fit fell on.
    format_ : str or None
        Of texts, given or learnt.
    years_ : list of int
        The first and the last year of the fit, to which others are clipped.
    served_ : {"moment", "text", "number"}
        How a serving model takes the column, which is how the fit had it.
    fill_ : list of float
        What stands for missing values in each column where the fit had none: the means.
    """

    # Of encoders that 0.1.0 saved.
    datetime_format: str | None = None
    unit: str | None = None
    format_: str | None = None
    years_: list[int] | None = None
    served_: str = "moment"
    fill_: list[float] | None = None
    time_zone: str | None = None
    holidays: Mapping[str, list[int]] | None = None
    clock_: str = WRITTEN
    holidays_: Mapping[str, list[int]] = MappingProxyType({})

    def __init__(
        self,
        name: str,
        source: str,
        parts: list[str],
        cyclic: bool,
        datetime_format: str | None = None,
        unit: str | None = None,
        time_zone: str | None = None,
        holidays: Mapping[str, list[int]] | None = None,
    ) -> None:
        self.name = name
        self.source = source
        self.parts = parts
        self.cyclic = cyclic
        self.datetime_format = datetime_format
        self.unit = unit
        self.time_zone = time_zone
        self.holidays = holidays

    def fit(self, table: Table, sample_weight: np.ndarray | None) -> DateEncoder:
        """Learn format and clock, the years' range, middle and spread, holidays, and fillings.

        Raises
        ------
        ValueError
            For a column without a single value, or with one that is no moment.
        """
        reader = MomentReader.fitted(
            table, self.source, self.datetime_format, self.unit, self.time_zone
        )
        self.format_, self.served_, self.clock_ = reader.format, reader.served, reader.clock
        seconds = reader.seconds(table)
        known = seconds[seconds != MISSING_INTEGER]
        if not len(known):
            raise missing_everywhere(self.source)
        self.holidays_ = self._seen_holidays(known)
        years = _parts(known, np)["year"]
        self.years_ = [int(years.min()), int(years.max())]
        years = years.astype(np.float64)
        self.center_ = float(years.mean())
        self.inv_scale_ = 1.0 / (float(years.std()) or 1.0)
        self.has_gaps_ = len(known) < len(seconds)
        if not self.has_gaps_:
            block = self._encoded(seconds)
            # The year's mean is 0 but for rounding.
            self.fill_ = block.mean(axis=0, dtype=np.float64).round(6).tolist()
            self._constant = bool((block == block[0]).all())
        elif (known == known[0]).all():
            # One moment says no more than that there is one.
            self.parts, self.holidays_ = [], {}
        return self

    def encode(self, table: Table) -> np.ndarray:
        """Return the parts' columns, filled where missing, then the mark of missing ones."""
        seconds = self.reader(self.source).seconds(table)
        share = self._share_beyond(seconds)
        if share:
            table.beyond_fit[self.source] = share, self.years_
        return self._encoded(seconds)

    def reader(self, source: str) -> MomentReader:
        """Return how the column is read."""
        return MomentReader(source, self.format_, self.unit, self.served_, self.clock_)

    def _encoded(self, seconds: np.ndarray) -> np.ndarray:
        missing = seconds == MISSING_INTEGER
        seconds = np.where(missing, 0, seconds)
        parts = _parts(seconds, np, self.parts)
        columns = []
        for part in self.parts:
            if part == "year":
                years = parts[part] if self.years_ is None else np.clip(parts[part], *self.years_)
                columns.append((years.astype(np.float64) - self.center_) * self.inv_scale_)
            elif part in HOLIDAY_PARTS:
                columns.append(_nearness(_days_apart(part, seconds // _DAY, self._holidays), np))
            else:
                columns += [table[parts[part]] for table in _positions(part, self.cyclic)]
        columns += [np.isin(seconds // _DAY, days) for days in self.holidays_.values()]
        block = np.stack(columns, axis=1) if columns else np.empty((len(missing), 0))
        block = block.astype(np.float32)
        block = np.where(missing[:, None], self._filling, block)
        if self.has_gaps_:
            block = np.hstack([block, missing[:, None].astype(np.float32)])
        return np.ascontiguousarray(block)

    def in_graph(self, columns: Columns, lookup: keras.Layer | None = None) -> tf.Tensor:
        """Return the same columns."""
        import tensorflow as tf

        seconds = self.reader(self.source).seconds_in_graph(columns[self.source])
        missing = tf.equal(seconds, MISSING_INTEGER)
        if not self.parts and not self.holidays_:
            return tf.cast(missing, tf.float32)[..., None]
        seconds = tf.where(missing, tf.zeros_like(seconds), seconds)
        parts = _parts(seconds, tf, self.parts)
        outputs = []
        for part in self.parts:
            if part == "year":
                years = parts[part]
                if self.years_ is not None:
                    years = tf.clip_by_value(years, *self.years_)
                years = tf.cast(years, tf.float64)
                scaled = (years - tf.constant(self.center_, tf.float64)) * self.inv_scale_
                outputs.append(tf.cast(scaled, tf.float32))
            elif part in HOLIDAY_PARTS:
                days = _days_apart_in_graph(part, seconds // _DAY, self._holidays)
                outputs.append(_nearness(days, tf))
            else:
                tables = _positions(part, self.cyclic)
                outputs += [tf.gather(tf.constant(table), parts[part]) for table in tables]
        for days in self.holidays_.values():
            falls_on = tf.equal((seconds // _DAY)[..., None], tf.constant(days, tf.int64))
            outputs.append(tf.reduce_max(tf.cast(falls_on, tf.float32), axis=-1))
        block = tf.where(missing[..., None], self._filling, tf.stack(outputs, axis=-1))
        if self.has_gaps_:
            block = tf.concat([block, tf.cast(missing, tf.float32)[..., None]], axis=-1)
        return block

    @property
    def sources(self) -> dict[str, str]:
        """The raw column, with the dtype of its serving input."""
        return {self.source: self.reader(self.source).dtype}

    @property
    def output_names(self) -> list[str]:
        """The column's name with each part and holiday."""
        names = []
        for part in self.parts:
            waves = ("_sin", "_cos") if self.cyclic and part in PART_SIZES else ("",)
            names += [f"{self.name}_{part}{wave}" for wave in waves]
        names += [f"{self.name}_holiday{holiday and '_'}{holiday}" for holiday in self.holidays_]
        return [*names, f"{self.name}_missing"] if self.has_gaps_ else names

    @property
    def two_valued(self) -> list[bool]:
        """Holidays and the mark have two values."""
        two = len(self.holidays_) + self.has_gaps_
        return [False] * (len(self.output_names) - two) + [True] * two

    @property
    def _holidays(self) -> np.ndarray:
        """All days, sorted, whether a row of the fit fell on them or not."""
        return np.unique([day for days in (self.holidays or {}).values() for day in days])

    @property
    def _filling(self) -> np.ndarray:
        return np.float32(self.fill_ or 0)

    def _share_beyond(self, seconds: np.ndarray) -> float:
        """Return the share of rows whose year was not within those of the fit."""
        if self.years_ is None or "year" not in self.parts:
            return 0.0
        years = _parts(seconds, np)["year"]
        beyond = (years < self.years_[0]) | (years > self.years_[1])
        return float(np.mean(beyond & (seconds != MISSING_INTEGER)))

    def _seen_holidays(self, seconds: np.ndarray) -> dict[str, list[int]]:
        """Return the holidays that moments fall on; what a fit has not seen it cannot weigh."""
        holidays = self.holidays or {}
        days = np.unique(seconds // _DAY)
        seen = {name: list(of) for name, of in holidays.items() if np.isin(of, days).any()}
        unseen = [name for name in holidays if name not in seen]
        if unseen:
            which = f" {some_of(unseen)}" if unseen[0] else ""
            warn_of_column(
                f"No row of the fit falls on the holidays{which} of column {self.source!r}, which "
                "are left out; give holidays of the years of the fit."
            )
        return seen


def warn_of_years(beyond_fit: Mapping[str, tuple[float, list[int]]]) -> None:
    """Tell of columns with years beyond those of the fit, by the share of rows that have them."""
    if not beyond_fit:
        return
    told = [
        f"{name!r} ({share:.1%} of the rows; the fit had {first} to {last})"
        for name, (share, (first, last)) in list(beyond_fit.items())[:3]
    ]
    others = f" and {len(beyond_fit) - 3} more" if len(beyond_fit) > 3 else ""
    warn_of_column(
        f"Dates of years that the fit has not seen, in {', '.join(told)}{others}, are given the "
        "nearest year that it has; fit on newer rows, or leave the year out with parts=."
    )


_DAY = 86_400

# Named as in pandas. A week is that of ISO 8601: it belongs to the year of its Thursday.
PART_SIZES = {
    "quarter": 4,
    "month": 12,
    "week": 53,
    "dayofyear": 366,
    "day": 31,
    "dayofweek": 7,
    "hour": 24,
    "minute": 60,
    "second": 60,
}
# How near the next holiday is, and the last one: 1 on the day itself, 1/2 a day away.
HOLIDAY_PARTS = ("to_holiday", "since_holiday")
PARTS = ("year", *PART_SIZES, *HOLIDAY_PARTS)
_FAR = 366


def _positions(part: str, cyclic: bool) -> list[np.ndarray]:
    """Return tables from a part's number to its place on the circle, or its fraction of it."""
    turn = np.arange(PART_SIZES[part]) / PART_SIZES[part]
    if not cyclic:
        return [turn.astype(np.float32)]
    angles = 2 * np.pi * turn
    return [np.sin(angles).astype(np.float32), np.cos(angles).astype(np.float32)]


def _days_apart(part: str, days: np.ndarray, holidays: np.ndarray) -> np.ndarray:
    """Return the days until the next holiday, or since the last one, `_FAR` for more."""
    if part == "to_holiday":
        ahead = np.append(holidays, np.iinfo(np.int64).max // 2)
        apart = ahead[np.searchsorted(holidays, days, side="left")] - days
    else:
        behind = np.append(np.iinfo(np.int64).min // 2, holidays)
        apart = days - behind[np.searchsorted(holidays, days, side="right")]
    return np.minimum(apart, _FAR)


def _days_apart_in_graph(part: str, days: tf.Tensor, holidays: np.ndarray) -> tf.Tensor:
    import tensorflow as tf

    apart = tf.constant(holidays, tf.int64) - days[..., None]
    apart = apart if part == "to_holiday" else -apart
    far = tf.fill(tf.shape(apart), tf.constant(_FAR, tf.int64))
    return tf.reduce_min(tf.where((apart >= 0) & (apart < _FAR), apart, far), axis=-1)


def _nearness(days: Any, module: Any) -> Any:
    table = (1 / (1 + np.arange(_FAR + 1))).astype(np.float32)
    table[_FAR] = 0
    return table[days] if module is np else module.gather(module.constant(table), days)


def _parts(seconds: Any, module: Any, wanted: Sequence[str] = ()) -> Mapping[str, Any]:
    """Return calendar parts of seconds since 1970, counted from 0, in whole numbers throughout.

    Weeks only where they are wanted, since they take as long as all others.
    """
    days, rest = seconds // 86_400, seconds % 86_400
    weekday = (days + 3) % 7
    parts = {
        **_of_year(days, module),
        "dayofweek": weekday,
        "hour": rest // 3_600,
        "minute": rest % 3_600 // 60,
        "second": rest % 60,
    }
    if "week" in wanted:
        parts["week"] = _of_year(days - weekday + 3, module)["dayofyear"] // 7
    return parts


def _of_year(days: Any, module: Any) -> dict[str, Any]:
    """Return the year and parts of it, of days since 1970.

    The days are counted in eras of 400 years that begin in March, so that a leap day comes last
    (Hinnant, chrono-compatible low-level date algorithms).
    """
    shifted = days + 719_468
    era = shifted // 146_097
    of_era = shifted % 146_097
    year_of_era = (of_era - of_era // 1_460 + of_era // 36_524 - of_era // 146_096) // 365
    since_march = of_era - (365 * year_of_era + year_of_era // 4 - year_of_era // 100)
    march_month = (5 * since_march + 2) // 153
    month = (march_month + 2) % 12
    one, none = module.ones_like(month), module.zeros_like(month)
    year = year_of_era + era * 400 + module.where(month < 2, one, none)
    by_four, by_hundred, by_four_hundred = (module.equal(year % n, 0) for n in (4, 100, 400))
    leap_day = module.where(by_four & (~by_hundred | by_four_hundred), one, none)
    return {
        "year": year,
        "quarter": month // 3,
        "month": month,
        "dayofyear": module.where(month < 2, since_march - 306, since_march + 59 + leap_day),
        "day": since_march - (153 * march_month + 2) // 5,
    }
