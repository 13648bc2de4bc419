"""The encoder of moments: which parts there are, and how each becomes numbers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from feature_specs.columns.table import MISSING_INTEGER, Table, missing_everywhere
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
        Of "year", "month", "day", "dayofweek", "hour", "minute".
    cyclic : bool
        Whether parts other than the year become points on a circle, else fractions of it.
    """

    def __init__(self, name: str, source: str, parts: list[str], cyclic: bool) -> None:
        self.name = name
        self.source = source
        self.parts = parts
        self.cyclic = cyclic

    def fit(self, table: Table, sample_weight: np.ndarray | None) -> DateEncoder:
        """Learn the middle and the spread of the years."""
        seconds = table.seconds(self.source)
        known = seconds[seconds != MISSING_INTEGER]
        if not len(known):
            raise missing_everywhere(self.source)
        years = _parts(known, np)["year"].astype(np.float64)
        self.center_ = float(years.mean())
        self.inv_scale_ = 1.0 / (float(years.std()) or 1.0)
        self.has_gaps_ = len(known) < len(seconds)
        return self

    def says_nothing(self, table: Table) -> bool:
        """Return whether all rows have the same parts."""
        block = self.encode(table)
        return bool((block == block[0]).all())

    def encode(self, table: Table) -> np.ndarray:
        """Return the parts' columns, 0 where missing, then the mark of missing ones."""
        seconds = table.seconds(self.source)
        missing = seconds == MISSING_INTEGER
        parts = _parts(np.where(missing, 0, seconds), np)
        columns = []
        for part in self.parts:
            if part == "year":
                columns.append((parts[part].astype(np.float64) - self.center_) * self.inv_scale_)
            else:
                columns += [table[parts[part]] for table in _positions(part, self.cyclic)]
        block = np.stack(columns, axis=1).astype(np.float32)
        block = np.where(missing[:, None], np.float32(0), block)
        if self.has_gaps_:
            block = np.hstack([block, missing[:, None].astype(np.float32)])
        return np.ascontiguousarray(block)

    def in_graph(self, columns: Columns, lookup: keras.Layer | None = None) -> tf.Tensor:
        """Return the same columns."""
        import tensorflow as tf

        seconds = columns[self.source]
        missing = tf.equal(seconds, MISSING_INTEGER)
        parts = _parts(tf.where(missing, tf.zeros_like(seconds), seconds), tf)
        outputs = []
        for part in self.parts:
            if part == "year":
                years = tf.cast(parts[part], tf.float64)
                scaled = (years - tf.constant(self.center_, tf.float64)) * self.inv_scale_
                outputs.append(tf.cast(scaled, tf.float32))
            else:
                tables = _positions(part, self.cyclic)
                outputs += [tf.gather(tf.constant(table), parts[part]) for table in tables]
        block = tf.where(missing[..., None], 0.0, tf.stack(outputs, axis=-1))
        if self.has_gaps_:
            block = tf.concat([block, tf.cast(missing, tf.float32)[..., None]], axis=-1)
        return block

    @property
    def sources(self) -> dict[str, str]:
        """The raw column, with the dtype of its serving input: seconds since 1970."""
        return {self.source: "int64"}

    @property
    def output_names(self) -> list[str]:
        """The column's name with each part."""
        names = []
        for part in self.parts:
            waves = ("_sin", "_cos") if self.cyclic and part != "year" else ("",)
            names += [f"{self.name}_{part}{wave}" for wave in waves]
        return [*names, f"{self.name}_missing"] if self.has_gaps_ else names


PART_SIZES = {"month": 12, "day": 31, "dayofweek": 7, "hour": 24, "minute": 60}


def _positions(part: str, cyclic: bool) -> list[np.ndarray]:
    """Return tables from a part's number to its place on the circle, or its fraction of it."""
    turn = np.arange(PART_SIZES[part]) / PART_SIZES[part]
    if not cyclic:
        return [turn.astype(np.float32)]
    angles = 2 * np.pi * turn
    return [np.sin(angles).astype(np.float32), np.cos(angles).astype(np.float32)]


def _parts(seconds: Any, module: Any) -> Mapping[str, Any]:
    """Return calendar parts of seconds since 1970, counted from 0, in whole numbers throughout.

    The days are counted in eras of 400 years that begin in March, so that a leap day comes last
    (Hinnant, chrono-compatible low-level date algorithms).
    """
    days, rest = seconds // 86_400, seconds % 86_400
    shifted = days + 719_468
    era = shifted // 146_097
    of_era = shifted % 146_097
    year_of_era = (of_era - of_era // 1_460 + of_era // 36_524 - of_era // 146_096) // 365
    of_year = of_era - (365 * year_of_era + year_of_era // 4 - year_of_era // 100)
    march_month = (5 * of_year + 2) // 153
    month = (march_month + 2) % 12
    early = module.where(month < 2, module.ones_like(month), module.zeros_like(month))
    return {
        "year": year_of_era + era * 400 + early,
        "month": month,
        "day": of_year - (153 * march_month + 2) // 5,
        "dayofweek": (days + 3) % 7,
        "hour": rest // 3_600,
        "minute": rest % 3_600 // 60,
    }
