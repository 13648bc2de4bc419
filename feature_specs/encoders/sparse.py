"""The encoder of a sparse matrix: entries are scaled, zeros stay zeros and are never stored."""

from __future__ import annotations

from collections.abc import Hashable
from typing import TYPE_CHECKING, Any

import numpy as np

from feature_specs.columns.sparse_table import SparseTable, sparse_block
from feature_specs.columns.table import Table
from feature_specs.encoders.encoder import Columns, as_numbers
from feature_specs.encoders.numeric import ColumnsEncoder
from feature_specs.scalers import Identity, MaxAbs, as_scaler
from feature_specs.scalers.exact_math import without_underflow

if TYPE_CHECKING:
    import tensorflow as tf

# The raw column of a serving model: all columns of the matrix side by side, dense.
MATRIX = "X"
_ENTRIES_AT_ONCE = 1 << 20


class SparseEncoder(ColumnsEncoder):
    """Scales columns of a sparse matrix without moving their zeros.

    Attributes
    ----------
    positions_ : ndarray of int
        Where the columns stand in the matrix.
    width_ : int
        Number of columns of the matrix.
    """

    marked_ = ()

    def fit(self, table: SparseTable, sample_weight: np.ndarray | None) -> SparseEncoder:
        """Learn scales.

        Raises
        ------
        ValueError
            For a scaler that moves zeros, and for marks of missing values, of which there are none.
        """
        block = table.block(self.columns)
        self.positions_, self.width_ = table.positions(self.columns), table.width
        self.scaler_ = _scaler_for_zeros(self.normalizer)
        if self.add_indicator is True:
            raise ValueError(
                "add_indicator=True marks missing values, which a sparse matrix has none of; take "
                "'auto'."
            )
        largest = np.zeros(len(self.columns))
        np.maximum.at(largest, block.indices, np.abs(block.data.astype(np.float64)))
        self.scaler_.fit(largest[None])
        return self

    def encode(self, table: Table) -> Any:
        """Return the scaled columns as float32 in compressed rows."""
        block = sparse_block(table, self.columns)
        scaled = np.empty(len(block.data), np.float32)
        for start in range(0, len(scaled), _ENTRIES_AT_ONCE):
            piece = slice(start, start + _ENTRIES_AT_ONCE)
            scale = self.scaler_.inv_scale_[block.indices[piece]]
            scaled[piece] = without_underflow(block.data[piece].astype(np.float64) * scale)
        return type(block)((scaled, block.indices, block.indptr), block.shape)

    def in_graph(self, columns: Columns, lookup: Any = None) -> tf.Tensor:
        """Return the same columns, dense."""
        import tensorflow as tf

        block = tf.gather(as_numbers(columns[MATRIX]), np.asarray(self.positions_), axis=1)
        return tf.cast(lookup(block), tf.float32)

    def raw(self, table: Table) -> np.ndarray:
        """Return the whole matrix as a serving model takes it."""
        names = [info.name for info in table.infos()]
        return np.asarray(sparse_block(table, names).toarray(), np.float64)

    @property
    def sources(self) -> dict[str, str]:
        """The matrix, with the dtype of its serving input."""
        return {MATRIX: "float64"}

    def signature(self) -> Hashable:
        """Return the names, and that the columns are sparse."""
        return "sparse", super().signature()


def takes_sparse(features: Any) -> bool:
    """Return whether fitted features were learnt from a sparse matrix, and encode as one."""
    return any(isinstance(encoder, SparseEncoder) for encoder in features.values())


def _scaler_for_zeros(normalizer: Any) -> Any:
    scaler = as_scaler(normalizer)
    if not isinstance(scaler, Identity | MaxAbs):
        raise ValueError(
            f"normalizer={normalizer!r} may move the zeros of a sparse matrix, which would make it "
            "dense; take 'max_abs' or None, or give X.toarray()."
        )
    return scaler
