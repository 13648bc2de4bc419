"""Encoders of numbers into float32 columns: of whole blocks of columns, and of vectors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from feature_specs.columns.table import Table
from feature_specs.columns.values.constant_columns import (
    chosen_columns,
    two_valued_positions,
)
from feature_specs.columns.values.row_pieces import map_pieces
from feature_specs.encoders.encoder import Columns, NumericEncoder, as_numbers
from feature_specs.scalers import as_scaler

if TYPE_CHECKING:
    import keras
    import tensorflow as tf

_SLOW_PIECES_FOR_THREADS = 4


class ColumnsEncoder(NumericEncoder):
    """Fills the gaps of numeric columns, scales them, and may tell where the gaps were.

    Parameters
    ----------
    name : str
    columns : list of str
    normalizer : str, scaler, transformer, callable or None
    default_value : float or {"mean", "median"}
        What stands for a missing value.
    add_indicator : bool or "auto"
        Whether a column of 0 and 1 marks missing values; "auto" where the training rows had any.
    """

    _in_lookup = ("normalizer", "scaler_")
    # The columns with those that were left out, for whoever needs each in its place.
    places: list[str] | None = None
    # Older files do not know of any.
    two_valued_: Sequence[int] = ()

    def __init__(
        self,
        name: str,
        columns: list[str],
        normalizer: Any,
        default_value: float | str,
        add_indicator: bool | str,
    ) -> None:
        self.name = name
        self.columns = columns
        self.normalizer = normalizer
        self.default_value = default_value
        self.add_indicator = add_indicator

    def fit(self, table: Table, sample_weight: np.ndarray | None) -> ColumnsEncoder:
        """Learn fillings and scales."""
        block = table.numbers(self.columns)
        low, high = _extremes(block)
        self._one_number = self._find_one_number(block, low, high)
        kept = [i for i, name in enumerate(self.columns) if name not in self._one_number]
        self.columns = [self.columns[i] for i in kept]
        if not self.columns:
            return self
        block, with_gaps = chosen_columns(block, np.array(kept)), np.isnan(low[kept])
        self.fill_ = self._fillings(block, with_gaps, sample_weight)
        marks = with_gaps if self.add_indicator == "auto" else np.full(len(with_gaps), True)
        self.marked_ = np.flatnonzero(marks & bool(self.add_indicator)).tolist()
        self.scaler_ = as_scaler(self.normalizer)
        if with_gaps.any():
            block = self._filled(block)
        extremes = _extremes(block) if with_gaps.any() else (low[kept], high[kept])
        self.two_valued_ = two_valued_positions(block, extremes)
        self.scaler_.fit(block, sample_weight)
        return self

    def one_number(self) -> dict[str, bool]:
        """Return, once after `fit`, columns left out as they hold one number: whether with gaps."""
        return vars(self).pop("_one_number", {})

    def _find_one_number(
        self, block: np.ndarray, low: np.ndarray, high: np.ndarray
    ) -> dict[str, bool]:
        """Return the columns that hold one number once they are filled, and whether with gaps."""
        found = dict.fromkeys(np.flatnonzero(low == high).tolist(), False)
        for i in np.flatnonzero(np.isnan(low)).tolist():
            known = block[~np.isnan(block[:, i]), i]
            if len(known) == 0:
                found[i] = False
            elif isinstance(self.default_value, str) and (known == known[0]).all():
                found[i] = True
        return {self.columns[i]: has_gaps for i, has_gaps in found.items()}

    def encode(self, table: Table) -> np.ndarray:
        """Return the filled and scaled columns, then the marks."""
        block, places, may_have_gaps = table.numbers_among(self.columns)
        width = len(self.columns)
        encoded = np.empty((len(block), width + len(self.marked_)), np.float32)

        def encode_rows(chosen: slice) -> None:
            piece = chosen_columns(block[chosen], places)
            piece = np.asarray(piece, np.float64)
            rows = encoded[chosen]
            if may_have_gaps:
                missing = np.isnan(piece)
                rows[:, width:] = missing[:, self.marked_]
                piece = np.where(missing, self.fill_, piece) if missing.any() else piece
            else:
                rows[:, width:] = 0
            rows[:, :width] = self.scaler_.transform(piece)

        shape = len(block), width
        if self.scaler_._takes_long:
            map_pieces(encode_rows, shape, _SLOW_PIECES_FOR_THREADS)
        else:
            map_pieces(encode_rows, shape)
        return encoded

    def in_graph(self, columns: Columns, lookup: keras.Layer | None = None) -> tf.Tensor:
        """Return the same columns."""
        import tensorflow as tf

        block = _side_by_side([columns[name] for name in self.columns])
        missing = tf.math.is_nan(block)
        filled = tf.where(missing, tf.constant(self.fill_, block.dtype), block)
        scaled = tf.cast(lookup(filled), tf.float32)
        marks = tf.gather(tf.cast(missing, tf.float32), np.array(self.marked_, np.int32), axis=-1)
        return tf.concat([scaled, marks], axis=-1)

    def make_lookup(self) -> keras.Layer:
        """Return the scaler as a Keras layer."""
        return self.scaler_.to_keras()

    @property
    def sources(self) -> dict[str, str]:
        """The raw columns, with the dtype of their serving inputs."""
        return dict.fromkeys(self.columns, "float64")

    @property
    def output_names(self) -> list[str]:
        """The columns, then their marks."""
        return [*self.columns, *(f"{self.columns[i]}_missing" for i in self.marked_)]

    @property
    def owners(self) -> list[str]:
        """The columns, then those that are marked."""
        return [*self.columns, *(self.columns[i] for i in self.marked_)]

    @property
    def two_valued(self) -> list[bool]:
        """Whether each column had two values; marks have no others."""
        found = set(self.two_valued_)
        return [i in found for i in range(len(self.columns))] + [True] * len(self.marked_)

    def _fillings(
        self, block: np.ndarray, with_gaps: np.ndarray, sample_weight: np.ndarray | None
    ) -> np.ndarray:
        if not isinstance(self.default_value, str):
            return np.full(block.shape[1], float(self.default_value))
        if self.default_value == "median":
            return np.asarray(np.nanmedian(block, axis=0), np.float64)
        fillings = _means(block, sample_weight)
        gaps = np.flatnonzero(with_gaps)
        if len(gaps):
            known = chosen_columns(block, gaps)
            weight = np.ones(len(block)) if sample_weight is None else sample_weight
            weights = np.where(np.isnan(known), 0.0, weight[:, None])
            totals = np.sum(np.where(np.isnan(known), 0.0, known) * weights, axis=0)
            fillings[gaps] = totals / weights.sum(axis=0)
        return fillings

    def _filled(self, block: np.ndarray) -> np.ndarray:
        filled = np.empty_like(block, np.float64)

        def fill(rows: slice) -> None:
            piece = block[rows]
            filled[rows] = np.where(np.isnan(piece), self.fill_, piece)

        map_pieces(fill, block.shape)
        return filled


def _means(block: np.ndarray, sample_weight: np.ndarray | None) -> np.ndarray:
    if sample_weight is None:
        return block.mean(axis=0, dtype=np.float64)
    totals = map_pieces(lambda rows: sample_weight[rows] @ np.float64(block[rows]), block.shape)
    return sum(totals) / sample_weight.sum()


def _extremes(block: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the least and the greatest of each column of numbers, NaN where one is missing."""

    def of_piece(rows: slice) -> tuple[np.ndarray, np.ndarray]:
        with np.errstate(invalid="ignore"):
            return block[rows].min(axis=0), block[rows].max(axis=0)

    lows, highs = zip(*map_pieces(of_piece, block.shape), strict=True)
    with np.errstate(invalid="ignore"):
        return np.minimum.reduce(lows), np.maximum.reduce(highs)


class MissingMark(NumericEncoder):
    """Tells where a column of numbers has gaps, for one that says nothing beside.

    Parameters
    ----------
    name : str
        Of the column.
    """

    def __init__(self, name: str) -> None:
        self.name = name

    def fit(self, table: Table, sample_weight: np.ndarray | None) -> MissingMark:
        """Learn nothing."""
        return self

    def encode(self, table: Table) -> np.ndarray:
        """Return 1 where the column is missing, else 0."""
        return np.isnan(table.numbers([self.name]).astype(np.float64)).astype(np.float32)

    def in_graph(self, columns: Columns, lookup: keras.Layer | None = None) -> tf.Tensor:
        """Return the same."""
        import tensorflow as tf

        missing = tf.math.is_nan(as_numbers(columns[self.name]))
        return tf.cast(missing, tf.float32)[..., None]

    @property
    def sources(self) -> dict[str, str]:
        """The raw column, with the dtype of its serving input."""
        return {self.name: "float64"}

    @property
    def output_names(self) -> list[str]:
        """The name that other marks have, too."""
        return [f"{self.name}_missing"]

    @property
    def two_valued(self) -> list[bool]:
        """It is 0 or 1."""
        return [True]


class Nothing(NumericEncoder):
    """One column of 0, for a table in which no column says anything; none is read.

    Parameters
    ----------
    counted : str
        A column, whose serving input says how many rows there are.
    """

    name = "nothing"

    def __init__(self, counted: str) -> None:
        self.counted = counted

    def fit(self, table: Table, sample_weight: np.ndarray | None) -> Nothing:
        """Learn nothing."""
        return self

    def encode(self, table: Table) -> np.ndarray:
        """Return the column."""
        return np.zeros((len(table), 1), np.float32)

    def in_graph(self, columns: Columns, lookup: keras.Layer | None = None) -> tf.Tensor:
        """Return the column."""
        import tensorflow as tf

        return tf.zeros_like(columns[self.counted], tf.float32)[..., None]

    @property
    def sources(self) -> dict[str, str]:
        """The column that is counted, as numbers that may be anything."""
        return {self.counted: "float64"}

    @property
    def output_names(self) -> list[str]:
        """One name."""
        return [self.name]

    @property
    def two_valued(self) -> list[bool]:
        """It has one value."""
        return [True]


def _side_by_side(columns: Sequence[tf.Tensor]) -> tf.Tensor:
    """Return raw columns as one block of floats, in float32 where some of them come so."""
    import tensorflow as tf

    numbers = [as_numbers(column) for column in columns]
    dtype = min((number.dtype for number in numbers), key=lambda dtype: dtype.size)
    return tf.stack([tf.cast(number, dtype) for number in numbers], axis=-1)


class VectorEncoder(NumericEncoder):
    """Scales a column whose cells hold vectors of one length.

    Parameters
    ----------
    name : str
    source : str
    shape : int
    normalizer : str, scaler, transformer, callable or None
    """

    _in_lookup = ("normalizer", "scaler_")

    def __init__(self, name: str, source: str, shape: int, normalizer: Any) -> None:
        self.name = name
        self.source = source
        self.shape = shape
        self.normalizer = normalizer

    def fit(self, table: Table, sample_weight: np.ndarray | None) -> VectorEncoder:
        """Learn scales."""
        self.scaler_ = as_scaler(self.normalizer).fit(self.block(table), sample_weight)
        return self

    def encode(self, table: Table) -> np.ndarray:
        """Return one column an entry."""
        return self.scaler_.transform(self.block(table)).astype(np.float32)

    def in_graph(self, columns: Columns, lookup: keras.Layer | None = None) -> tf.Tensor:
        """Return the same columns."""
        import tensorflow as tf

        return tf.cast(lookup(as_numbers(columns[self.source])), tf.float32)

    def make_lookup(self) -> keras.Layer:
        """Return the scaler as a Keras layer."""
        return self.scaler_.to_keras()

    @property
    def sources(self) -> dict[str, str]:
        """The raw column, with the dtype of its serving input."""
        return {self.source: "float64"}

    @property
    def output_names(self) -> list[str]:
        """The column's name, numbered."""
        return [f"{self.name}_{i}" for i in range(self.shape)]

    def block(self, table: Table) -> np.ndarray:
        """Return the cells as one float64 array."""
        cells = [np.asarray(cell, np.float64).ravel() for cell in table.column(self.source)]
        for row, cell in enumerate(cells):
            if len(cell) != self.shape or not np.isfinite(cell).all():
                raise ValueError(
                    f"Column {self.source!r} needs {self.shape} finite numbers in every cell; row "
                    f"{row} holds {cell.tolist()}."
                )
        return np.array(cells).reshape(len(cells), self.shape)
