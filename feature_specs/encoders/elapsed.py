"""The encoder of the time between a moment and another: a fixed one, or one in each row."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from feature_specs.columns.table import Table
from feature_specs.columns.values.category_values import MISSING_INTEGER
from feature_specs.columns.values.time_zones import NAIVE, WRITTEN, clock_seconds
from feature_specs.encoders.encoder import Columns
from feature_specs.encoders.moment_reader import MomentEncoder, MomentReader
from feature_specs.scalers import as_scaler

if TYPE_CHECKING:
    import keras
    import tensorflow as tf

# In seconds, and named as in feature_engine.
TIME_UNITS = {"D": 86_400, "h": 3_600, "m": 60, "s": 1}


class ElapsedEncoder(MomentEncoder):
    """Scales the time that has passed since a moment, by the clock; what is missing is marked.

    Parameters
    ----------
    name : str
    source : str
    since : str or None
        The other raw column.
    since_moment : list of int or None
        Instead of it, a moment as `columns.values.moments.moment_of` tells it.
    output_unit : {"D", "h", "m", "s"}
    normalizer : str, scaler, transformer, callable or None
    datetime_format : str, optional
    unit : {"D", "s", "ms", "us", "ns"}, optional
    time_zone : str, optional

    Attributes
    ----------
    formats_ : dict of str to (str or None)
        Of texts in each of the raw columns.
    served_ : dict of str to {"moment", "text", "number"}
        How a serving model takes them.
    clock_ : str
        On which all moments are read.
    origin_ : int
        The fixed moment in seconds since 1970, by the clock.
    fill_ : float
        What stands for a missing value: the mean.
    """

    _in_lookup = ("normalizer", "scaler_")

    def __init__(
        self,
        name: str,
        source: str,
        since: str | None,
        since_moment: list[int | None] | None,
        output_unit: str,
        normalizer: Any,
        datetime_format: str | None = None,
        unit: str | None = None,
        time_zone: str | None = None,
    ) -> None:
        self.name = name
        self.source = source
        self.since = since
        self.since_moment = since_moment
        self.output_unit = output_unit
        self.normalizer = normalizer
        self.datetime_format = datetime_format
        self.unit = unit
        self.time_zone = time_zone

    def fit(self, table: Table, sample_weight: np.ndarray | None) -> ElapsedEncoder:
        """Learn how the columns are read, the filling and the scale.

        Raises
        ------
        ValueError
            For columns of which no row has both, or that are not on one clock.
        """
        given = self.datetime_format, self.unit, self.time_zone
        readers = [MomentReader.fitted(table, source, *given) for source in self._columns]
        self.formats_ = {reader.source: reader.format for reader in readers}
        self.served_ = {reader.source: reader.served for reader in readers}
        self.clock_ = _common_clock(readers)
        self.origin_ = self._origin()
        elapsed = self._elapsed(table)
        known = ~np.isnan(elapsed)
        if not known.any():
            raise ValueError(
                f"Feature {self.name!r} is missing in every row, since none has all moments that "
                "it needs; take its step away."
            )
        weight = None if sample_weight is None else sample_weight[known]
        self.fill_ = float(np.average(elapsed[known], weights=weight))
        self.has_gaps_ = not known.all()
        values = np.unique(elapsed[known])
        self.two_values_ = len(values) < 3
        self._constant = len(values) == 1 and not self.has_gaps_
        self.scaler_ = as_scaler(self.normalizer).fit(self._filled(elapsed), sample_weight)
        return self

    def encode(self, table: Table) -> np.ndarray:
        """Return the scaled time, filled where missing, then the mark of missing ones."""
        elapsed = self._elapsed(table)
        block = self.scaler_.transform(self._filled(elapsed)).astype(np.float32)
        if self.has_gaps_:
            block = np.hstack([block, np.isnan(elapsed)[:, None].astype(np.float32)])
        return block

    def in_graph(self, columns: Columns, lookup: keras.Layer | None = None) -> tf.Tensor:
        """Return the same columns."""
        import tensorflow as tf

        moments = [self.reader(s).seconds_in_graph(columns[s]) for s in self._columns]
        if self.since is None:
            moments.append(tf.fill(tf.shape(moments[0]), tf.constant(self.origin_, tf.int64)))
        missing = tf.reduce_any([tf.equal(seconds, MISSING_INTEGER) for seconds in moments], axis=0)
        passed = tf.where(missing, tf.zeros_like(moments[0]), moments[0] - moments[1])
        elapsed = tf.cast(passed, tf.float64) * (1.0 / TIME_UNITS[self.output_unit])
        filled = tf.where(missing, tf.constant(self.fill_, tf.float64), elapsed)[..., None]
        block = tf.cast(lookup(filled), tf.float32)
        if self.has_gaps_:
            block = tf.concat([block, tf.cast(missing, tf.float32)[..., None]], axis=-1)
        return block

    def make_lookup(self) -> keras.Layer:
        """Return the scaler as a Keras layer."""
        return self.scaler_.to_keras()

    def reader(self, source: str) -> MomentReader:
        """Return how a column is read."""
        return MomentReader(
            source, self.formats_[source], self.unit, self.served_[source], self.clock_
        )

    @property
    def sources(self) -> dict[str, str]:
        """The raw columns, with the dtypes of their serving inputs."""
        return {source: self.reader(source).dtype for source in self._columns}

    @property
    def output_names(self) -> list[str]:
        """The feature's name, then its mark."""
        return [self.name, f"{self.name}_missing"] if self.has_gaps_ else [self.name]

    @property
    def two_valued(self) -> list[bool]:
        """Whether there were two times; the mark has no others."""
        return [self.two_values_] + [True] * self.has_gaps_

    @property
    def _columns(self) -> list[str]:
        return [self.source] if self.since is None else [self.source, self.since]

    def _origin(self) -> int:
        """Return the fixed moment by the clock of the column, 0 where there is none."""
        if self.since_moment is None:
            return 0
        seconds, offset = self.since_moment
        if offset is None:
            return seconds
        if self.clock_ == NAIVE:
            raise ValueError(
                f"since= has a time zone, but column {self.source!r} has none; leave the zone out, "
                "or give the column its own with .dt.tz_localize."
            )
        return int(clock_seconds(np.array([seconds - offset]), self.clock_)[0])

    def _elapsed(self, table: Table) -> np.ndarray:
        """Return the time as float64, NaN where it is missing."""
        moments = [self.reader(source).seconds(table) for source in self._columns]
        moments += [np.full(len(moments[0]), self.origin_)] if self.since is None else []
        missing = (moments[0] == MISSING_INTEGER) | (moments[1] == MISSING_INTEGER)
        passed = np.where(missing, 0, moments[0] - moments[1])
        # A product, which no compiler turns into something else, as it does with a quotient.
        elapsed = passed.astype(np.float64) * (1.0 / TIME_UNITS[self.output_unit])
        return np.where(missing, np.nan, elapsed)

    def _filled(self, elapsed: np.ndarray) -> np.ndarray:
        return np.where(np.isnan(elapsed), self.fill_, elapsed)[:, None]


def _common_clock(readers: Sequence[MomentReader]) -> str:
    for reader in readers:
        if reader.clock == WRITTEN:
            raise ValueError(
                f"Column {reader.source!r} has moments of several time zones, or some without one; "
                "give all of them one, and pass time_zone= to read them on one clock."
            )
    first, last = readers[0], readers[-1]
    if first.clock != last.clock:
        of_each = ["no time zone" if r.clock == NAIVE else repr(r.clock) for r in (first, last)]
        raise ValueError(
            f"Columns {first.source!r} and {last.source!r} are on two clocks, "
            f"{' and '.join(of_each)}; give both a zone, and pass time_zone= to read them on one."
        )
    return first.clock
