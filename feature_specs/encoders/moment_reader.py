"""How a column of moments is read: as the fit had it, on the host and in a graph alike."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from feature_specs.columns.table import Table
from feature_specs.columns.values.category_values import MISSING_INTEGER
from feature_specs.columns.values.date_texts import DateFormat
from feature_specs.columns.values.moments import FIRST, LAST, UNITS
from feature_specs.columns.values.time_zones import NAIVE, WRITTEN, clock_seconds
from feature_specs.encoders.encoder import NumericEncoder

if TYPE_CHECKING:
    import tensorflow as tf


@dataclass(frozen=True)
class MomentReader:
    """Reads a column of moments as seconds since 1970 by one clock.

    Parameters
    ----------
    source : str
        The raw column.
    format : str or None
        Of texts, and of numbers without `unit`.
    unit : {"D", "s", "ms", "us", "ns"} or None
        Of numbers.
    served : {"moment", "text", "number"}
        How a serving model takes the column, which is how the fit had it.
    clock : str
        See `columns.values.time_zones`.
    """

    source: str
    format: str | None
    unit: str | None
    served: Literal["moment", "text", "number"]
    clock: str

    @classmethod
    def fitted(
        cls,
        table: Table,
        source: str,
        format: str | None = None,
        unit: str | None = None,
        time_zone: str | None = None,
    ) -> MomentReader:
        """Return the reader of a column; format and clock are learnt where they are not given."""
        moments = table.moments(source)
        format = format or moments.find_format()
        if "text" in moments.kinds and format is not None:
            served = "text"
        else:
            served = "number" if "number" in moments.kinds else "moment"
        clock = time_zone or moments.find_clock(format, unit)
        return cls(source, format, unit, served, clock)

    def seconds(self, table: Table) -> np.ndarray:
        """Return seconds since 1970, the smallest int64 for missing ones."""
        return table.moments(self.source).seconds(self.format, self.unit, self.clock)

    @property
    def dtype(self) -> str:
        """The dtype of the serving input."""
        return "string" if self.served == "text" else "int64"

    def raw(self, table: Table) -> np.ndarray:
        """Return the column as a serving model takes it."""
        moments = table.moments(self.source)
        if self.served == "text":
            return moments.texts(self.format, self.unit, self.clock)
        if self.served == "moment":
            return moments.seconds(self.format, self.unit, self.clock)
        counted_from = self.clock if self.clock in (NAIVE, WRITTEN) else "UTC"
        seconds = moments.seconds(self.format, self.unit, counted_from)
        missing = seconds == MISSING_INTEGER
        if self.unit is None:
            texts = moments.texts(self.format, clock=self.clock)
            numbers = np.array([int(text or 0) for text in texts], np.int64)
        else:
            factor, divisor = UNITS[self.unit]
            numbers = np.where(missing, 0, seconds) * divisor // factor
        return np.where(missing, MISSING_INTEGER, numbers)

    def seconds_in_graph(self, values: tf.Tensor) -> tf.Tensor:
        """Return the same of what a serving model takes; what is no moment is missing."""
        import tensorflow as tf

        if self.served == "number" and self.unit is None:
            values = tf.strings.as_string(values)
        if values.dtype == tf.string:
            return self._seconds_of_texts(values)
        if self.served != "number":
            return values
        factor, divisor = UNITS[self.unit]
        first = max(FIRST * divisor // factor, MISSING_INTEGER + 1)
        last = min(LAST * divisor // factor, np.iinfo(np.int64).max)
        possible = (values >= first) & (values <= last)
        seconds = tf.where(possible, values, tf.zeros_like(values)) * factor // divisor
        if self.clock not in (NAIVE, WRITTEN):
            seconds = clock_seconds(seconds, self.clock, tf)
        return tf.where(possible, seconds, tf.constant(MISSING_INTEGER, tf.int64))

    def _seconds_of_texts(self, texts: tf.Tensor) -> tf.Tensor:
        import tensorflow as tf

        format = DateFormat(self.format)
        seconds = format.seconds_in_graph(texts)
        if self.clock == WRITTEN:
            return seconds
        offsets = format.offsets_in_graph(texts)
        missing = tf.constant(MISSING_INTEGER, tf.int64)
        has_zone = tf.not_equal(offsets, missing)
        if self.clock == NAIVE:
            return tf.where(has_zone, missing, seconds)
        known = has_zone & tf.not_equal(seconds, missing)
        instants = tf.where(known, seconds - offsets, tf.zeros_like(seconds))
        return tf.where(known, clock_seconds(instants, self.clock, tf), missing)


class MomentEncoder(NumericEncoder):
    """Gives numbers of moments."""

    @abstractmethod
    def reader(self, source: str) -> MomentReader:
        """Return how one of the raw columns is read."""
