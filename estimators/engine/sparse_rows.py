"""A sparse matrix on the device, of which every batch takes the entries of its rows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import keras
import numpy as np
import tensorflow as tf


class SparseRows(NamedTuple):
    """Compressed rows as tensors, or as arrays that will become some.

    Attributes
    ----------
    offsets : shape (rows + 1,)
        Where the entries of each row begin.
    columns, values : shape (entries,)
    places : shape (most,)
        0, 1 and so on, as many as the rows that are taken together have entries at most: compiled
        programs need to know a length.
    """

    offsets: tf.Tensor
    columns: tf.Tensor
    values: tf.Tensor
    places: tf.Tensor

    def taken(self, chosen: tf.Tensor, width: int) -> tf.SparseTensor:
        """Return chosen rows of a matrix of `width` columns, filled up with zeros that count."""
        count = chosen.shape[0]
        starts = tf.gather(self.offsets, chosen)
        lengths = tf.gather(self.offsets, chosen + 1) - starts
        ends = tf.cumsum(lengths)
        row = _rows_before(ends, self.places)
        is_entry = row < count
        row = tf.minimum(row, count - 1)
        entry = tf.gather(starts - (ends - lengths), row) + self.places
        entry = tf.where(is_entry, entry, tf.zeros_like(entry))
        values = tf.gather(self.values, entry)
        return tf.SparseTensor(
            tf.cast(tf.stack([row, tf.gather(self.columns, entry)], axis=1), tf.int64),
            tf.where(is_entry, values, tf.zeros_like(values)),
            tf.constant([count, width], tf.int64),
        )

    def between(self, start: int, stop: int) -> SparseRows:
        """Return the rows from `start` to `stop`."""
        return self._replace(offsets=self.offsets[start : stop + 1])


def _rows_before(ends: tf.Tensor, places: tf.Tensor) -> tf.Tensor:
    """Return how many rows have ended at each place, by halving: XLA would compare all pairs."""
    count = ends.shape[0]
    rows = tf.zeros_like(places)
    for power in reversed(range(count.bit_length())):
        further = rows + (1 << power)
        end = tf.gather(ends, tf.minimum(further, count) - 1)
        rows = tf.where((further <= count) & (end <= places), further, rows)
    return rows


def chosen_rows(
    network: keras.Model, inputs: Mapping[str, tf.Tensor | SparseRows], chosen: tf.Tensor
) -> dict[str, tf.Tensor | tf.SparseTensor]:
    """Return chosen rows of all inputs of a network as it takes them."""
    return {
        name: array.taken(chosen, network.input[name].shape[1])
        if isinstance(array, SparseRows)
        else tf.gather(array, chosen)
        for name, array in inputs.items()
    }


def all_rows(
    network: keras.Model, inputs: Mapping[str, tf.Tensor | SparseRows]
) -> dict[str, tf.Tensor | tf.SparseTensor]:
    """Return all rows of the inputs of a network as it takes them."""
    return {
        name: array.taken(tf.range(array.offsets.shape[0] - 1), network.input[name].shape[1])
        if isinstance(array, SparseRows)
        else array
        for name, array in inputs.items()
    }


def in_memory(matrix: Any, row_count: int, entry_count: int) -> SparseRows:
    """Return compressed rows as arrays, filled up with empty rows and with entries.

    Parameters
    ----------
    matrix : scipy.sparse matrix or array in compressed rows
    row_count, entry_count : int
        After filling.
    """
    dtype = np.int32 if entry_count <= np.iinfo(np.int32).max else np.int64
    offsets = np.full(row_count + 1, matrix.nnz, dtype)
    offsets[: len(matrix.indptr)] = matrix.indptr
    columns, values = np.zeros(entry_count, np.int32), np.zeros(entry_count, np.float32)
    columns[: matrix.nnz], values[: matrix.nnz] = matrix.indices, matrix.data
    return SparseRows(offsets, columns, values, np.arange(entry_count, dtype=dtype))


def most_entries(offsets: np.ndarray, count: int) -> int:
    """Return how many entries `count` rows that follow each other have at most, in any order.

    A batch longer than the table begins anew, and holds rows more than once.
    """
    lengths = np.diff(offsets).astype(np.int64)
    rounds, rest = divmod(count, len(lengths))
    longest = np.partition(lengths, len(lengths) - rest)[len(lengths) - rest :] if rest else 0
    return int(rounds * lengths.sum() + np.sum(longest))
