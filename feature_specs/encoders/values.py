"""What encoders of text and of whole numbers share: one value a cell, or a list of them."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from feature_specs.columns.column_info import is_missing_cell
from feature_specs.columns.table import Table
from feature_specs.columns.values.category_values import (
    MISSING_INTEGER,
    MISSING_TEXT,
    TEXT,
    spelled_among,
)
from feature_specs.encoders.encoder import CategoricalEncoder

if TYPE_CHECKING:
    import tensorflow as tf

_FEW = 32


class ValueEncoder(CategoricalEncoder):
    """Encodes text or whole numbers, one a cell or a list a cell.

    Parameters
    ----------
    name : str
    source : str
    dtype : {"string", "int64"}
    is_multi_valued : bool
    weight_source : str, optional
    """

    def __init__(
        self,
        name: str,
        source: str,
        dtype: str,
        is_multi_valued: bool = False,
        weight_source: str | None = None,
    ) -> None:
        self.name = name
        self.source = source
        self.dtype = dtype
        self.is_multi_valued = is_multi_valued
        self.weight_source = weight_source

    @property
    def sources(self) -> dict[str, str]:
        """The raw columns, each with the dtype of its serving input."""
        weight = {} if self.weight_source is None else {self.weight_source: "float64"}
        return {self.source: self.dtype, **weight}

    def encode(self, table: Table) -> np.ndarray:
        """Return codes of shape (rows,), or (rows, length) for lists."""
        if not self.is_multi_valued:
            return self.codes(self.values(table))
        flat, lengths = table.lists(self.source)
        codes = self.codes(self.canonical(flat, self.source)) if len(flat) else flat
        return spread(codes, lengths, self._width(lengths), np.int32)

    def values(self, table: Table) -> pd.Series | np.ndarray:
        """Return the values as they are known, those of lists one after the other."""
        spelled = None if self.spelled is None else tuple(self.spelled)
        return table.once((self.source, self.dtype, spelled), lambda: self._values(table))

    def _values(self, table: Table) -> pd.Series | np.ndarray:
        if self.is_multi_valued:
            return self.canonical(table.lists(self.source)[0], self.source)
        texts = table.few_texts(self.source) if self.dtype == TEXT else None
        return (
            texts if texts is not None else self.canonical(table.column(self.source), self.source)
        )

    def unseen_examples(self, table: Table) -> list:
        """Return some values of a table that the fit did not see."""
        values = self.values(table)
        codes = self.codes(values)
        values = pd.Series(values).astype(object)
        return values[(codes > 0) & (codes <= self.last_unseen)].unique()[:3].tolist()

    def encode_weight(self, table: Table) -> np.ndarray:
        """Return the weight of every code, in its shape; a missing weight is 0."""
        if not self.is_multi_valued:
            weights = table.numbers([self.weight_source])[:, 0]
            return np.nan_to_num(weights).astype(np.float32)
        flat, lengths = table.lists(self.weight_source)
        _, expected = table.lists(self.source)
        row = np.flatnonzero(lengths != expected)
        if len(row):
            raise ValueError(
                f"Column {self.weight_source!r} has {lengths[row[0]]} weights for "
                f"{expected[row[0]]} values of column {self.source!r} in row {row[0]}; give one "
                "weight a value."
            )
        weights = np.nan_to_num(flat.to_numpy(np.float64)) if len(flat) else flat
        return spread(weights, lengths, self._width(lengths), np.float32)

    def fit(self, table: Table) -> ValueEncoder:
        """Learn what the training rows hold."""
        if self.is_multi_valued:
            column, lengths = table.lists(self.source)
            self.length = max(1, int(lengths.max(initial=0)))
        else:
            column = table.column(self.source)
        self.spelled = spelled_among({self.source: column}) if self.dtype == TEXT else []
        values = self.canonical(column, self.source)
        self.learn(values)
        return super().fit(table)

    def learn(self, values: pd.Series | np.ndarray) -> None:
        """Learn the vocabulary, where there is one to learn."""

    @abstractmethod
    def codes(self, values: pd.Series | np.ndarray) -> np.ndarray:
        """Return the int32 code of each value."""

    def _width(self, lengths: np.ndarray) -> int:
        return max(self.length, int(lengths.max(initial=0)))


def factorize(values: pd.Series | np.ndarray, dtype: str) -> tuple[np.ndarray, np.ndarray]:
    """Return the number of each value among the distinct ones, -1 for missing, and these."""
    if isinstance(values, pd.Series) and isinstance(values.dtype, pd.CategoricalDtype):
        codes = values.array.codes
        uniques = values.dtype.categories.to_numpy(object)
    else:
        few = len(values) <= _FEW
        codes, uniques = _factorize_few(values) if few else pd.factorize(values)
        uniques = np.asarray(uniques, object)
    absent = MISSING_TEXT if dtype == TEXT else MISSING_INTEGER
    empty = np.flatnonzero(uniques == absent)
    if len(empty):
        codes = np.where(codes == empty[0], -1, codes)
    return codes, uniques


def _factorize_few(values: pd.Series | np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return what ``pandas.factorize`` does, which takes long to begin."""
    numbers: dict[Any, int] = {}
    codes = [
        -1
        if type(cell) not in (str, int) and is_missing_cell(cell)
        else numbers.setdefault(cell, len(numbers))
        for cell in values.tolist()
    ]
    uniques = np.empty(len(numbers), object)
    uniques[:] = list(numbers)
    return np.array(codes, np.intp), uniques


def is_missing(values: tf.Tensor) -> tf.Tensor:
    """Return where a raw column in a graph holds what stands for a missing value."""
    import tensorflow as tf

    return tf.equal(values, MISSING_TEXT if values.dtype == tf.string else MISSING_INTEGER)


def spread(
    flat: np.ndarray | pd.Series,
    lengths: np.ndarray,
    width: int,
    dtype: type | str,
    filling: Any = 0,
) -> np.ndarray:
    """Return what stands side by side as rows of `width`, each of its length, and filled up."""
    block = np.full((len(lengths), width), filling, dtype)
    block[np.arange(width) < lengths[:, None]] = flat
    return block
