"""The encoder of moments: which parts there are, and how each becomes numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from feature_specs.columns.column_warning import warn_of_column
from feature_specs.columns.table import Table, missing_everywhere
from feature_specs.columns.values.category_values import MISSING_INTEGER
from feature_specs.columns.values.date_texts import DateFormat
from feature_specs.columns.values.moments import FIRST, LAST, UNITS, Moments
from feature_specs.encoders.encoder import Columns, NumericEncoder

if TYPE_CHECKING:
    import keras
    import tensorflow as tf


class DateEncoder(NumericEncoder):
    """Takes moments apart: cyclic parts as sine and cosine, the year standardised.

    Parameters
    ----------
    name : str
    source : str
    parts : list of str
        Of "year" and the names in `PART_SIZES`.
    cyclic : bool
        Whether parts other than the year become points on a circle, else fractions of it.
    datetime_format : str, optional
        Of texts, as `datetime.strptime` has it; learnt from all of them by default.
    unit : {"D", "s", "ms", "us", "ns"}, optional
        Of numbers, which count from 1970.

    Attributes
    ----------
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

    def __init__(
        self,
        name: str,
        source: str,
        parts: list[str],
        cyclic: bool,
        datetime_format: str | None = None,
        unit: str | None = None,
    ) -> None:
        self.name = name
        self.source = source
        self.parts = parts
        self.cyclic = cyclic
        self.datetime_format = datetime_format
        self.unit = unit

    def fit(self, table: Table, sample_weight: np.ndarray | None) -> DateEncoder:
        """Learn the format of texts, the years' range, middle and spread, and fillings.

        Raises
        ------
        ValueError
            For a column without a single value, or with one that is no moment.
        """
        moments = table.moments(self.source)
        self.format_ = self.datetime_format or moments.find_format()
        seconds = moments.seconds(self.format_, self.unit)
        known = seconds[seconds != MISSING_INTEGER]
        if not len(known):
            raise missing_everywhere(self.source)
        if "text" in moments.kinds and self.format_ is not None:
            self.served_ = "text"
        else:
            self.served_ = "number" if "number" in moments.kinds else "moment"
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
            self.parts = []
        return self

    def encode(self, table: Table) -> np.ndarray:
        """Return the parts' columns, filled where missing, then the mark of missing ones."""
        seconds = table.moments(self.source).seconds(self.format_, self.unit)
        share = self._share_beyond(seconds)
        if share:
            table.beyond_fit[self.source] = share, self.years_
        return self._encoded(seconds)

    def served(self, moments: Moments) -> np.ndarray:
        """Return a column as a serving model takes it."""
        if self.served_ == "text":
            return moments.texts(self.format_, self.unit)
        seconds = moments.seconds(self.format_, self.unit)
        if self.served_ == "moment":
            return seconds
        missing = seconds == MISSING_INTEGER
        if self.unit is None:
            texts = moments.texts(self.format_)
            numbers = np.array([int(text or 0) for text in texts], np.int64)
        else:
            factor, divisor = UNITS[self.unit]
            numbers = np.where(missing, 0, seconds) * divisor // factor
        return np.where(missing, MISSING_INTEGER, numbers)

    def _encoded(self, seconds: np.ndarray) -> np.ndarray:
        missing = seconds == MISSING_INTEGER
        parts = _parts(np.where(missing, 0, seconds), np, self.parts)
        columns = []
        for part in self.parts:
            if part == "year":
                years = parts[part] if self.years_ is None else np.clip(parts[part], *self.years_)
                columns.append((years.astype(np.float64) - self.center_) * self.inv_scale_)
            else:
                columns += [table[parts[part]] for table in _positions(part, self.cyclic)]
        block = np.stack(columns, axis=1) if columns else np.empty((len(seconds), 0))
        block = block.astype(np.float32)
        block = np.where(missing[:, None], self._filling, block)
        if self.has_gaps_:
            block = np.hstack([block, missing[:, None].astype(np.float32)])
        return np.ascontiguousarray(block)

    def in_graph(self, columns: Columns, lookup: keras.Layer | None = None) -> tf.Tensor:
        """Return the same columns."""
        import tensorflow as tf

        seconds = self._seconds_in_graph(columns[self.source])
        missing = tf.equal(seconds, MISSING_INTEGER)
        if not self.parts:
            return tf.cast(missing, tf.float32)[..., None]
        parts = _parts(tf.where(missing, tf.zeros_like(seconds), seconds), tf, self.parts)
        outputs = []
        for part in self.parts:
            if part == "year":
                years = parts[part]
                if self.years_ is not None:
                    years = tf.clip_by_value(years, *self.years_)
                years = tf.cast(years, tf.float64)
                scaled = (years - tf.constant(self.center_, tf.float64)) * self.inv_scale_
                outputs.append(tf.cast(scaled, tf.float32))
            else:
                tables = _positions(part, self.cyclic)
                outputs += [tf.gather(tf.constant(table), parts[part]) for table in tables]
        block = tf.where(missing[..., None], self._filling, tf.stack(outputs, axis=-1))
        if self.has_gaps_:
            block = tf.concat([block, tf.cast(missing, tf.float32)[..., None]], axis=-1)
        return block

    @property
    def sources(self) -> dict[str, str]:
        """The raw column, with the dtype of its serving input."""
        return {self.source: "string" if self.served_ == "text" else "int64"}

    @property
    def output_names(self) -> list[str]:
        """The column's name with each part."""
        names = []
        for part in self.parts:
            waves = ("_sin", "_cos") if self.cyclic and part != "year" else ("",)
            names += [f"{self.name}_{part}{wave}" for wave in waves]
        return [*names, f"{self.name}_missing"] if self.has_gaps_ else names

    @property
    def two_valued(self) -> list[bool]:
        """The mark has two values."""
        parts = [False] * (len(self.output_names) - self.has_gaps_)
        return parts + [True] * self.has_gaps_

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

    def _seconds_in_graph(self, values: tf.Tensor) -> tf.Tensor:
        """Return seconds since 1970 of texts, numbers or seconds; what is no moment is missing."""
        import tensorflow as tf

        if self.served_ == "number" and self.unit is None:
            values = tf.strings.as_string(values)
        if values.dtype == tf.string:
            return DateFormat(self.format_).seconds_in_graph(values)
        if self.served_ != "number":
            return values
        factor, divisor = UNITS[self.unit]
        first = max(FIRST * divisor // factor, MISSING_INTEGER + 1)
        last = min(LAST * divisor // factor, np.iinfo(np.int64).max)
        possible = (values >= first) & (values <= last)
        seconds = tf.where(possible, values, tf.zeros_like(values)) * factor // divisor
        return tf.where(possible, seconds, tf.constant(MISSING_INTEGER, tf.int64))


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


def _positions(part: str, cyclic: bool) -> list[np.ndarray]:
    """Return tables from a part's number to its place on the circle, or its fraction of it."""
    turn = np.arange(PART_SIZES[part]) / PART_SIZES[part]
    if not cyclic:
        return [turn.astype(np.float32)]
    angles = 2 * np.pi * turn
    return [np.sin(angles).astype(np.float32), np.cos(angles).astype(np.float32)]


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
