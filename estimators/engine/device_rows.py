"""Rows on the device, padded to a coarse size so that few sizes are ever compiled."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf
from scipy.sparse import issparse

from estimators.engine.aligned_memory import aligned
from estimators.engine.sparse_rows import SparseRows, in_memory, most_entries

_MOST_PADDING = 32 << 20
_FEW_MEASURED = 1024
_FEW_ROWS = 256
# Of whole panels of the matrix products of every library: where one ends in pieces, the rows
# there round otherwise (24 rows of Eigen's with AVX2, 48 with AVX-512).
_CHUNK_SIZES = (48, 1008)
# Of a sparse entry: its column.
_BYTES_OF_PLACE = 4


class Rows(NamedTuple):
    """Arrays of equal length on the device; padding has weight 0."""

    inputs: dict[str, tf.Tensor | SparseRows]
    target: tf.Tensor
    weight: tf.Tensor
    constants: dict[str, tf.Tensor]


def place_rows(
    inputs: Mapping[str, np.ndarray],
    target: np.ndarray,
    weight: np.ndarray,
    constants: Mapping[str, np.ndarray],
    batch_size: int,
    room: int = 0,
    *,
    is_measured: bool = False,
) -> Rows:
    """Copy arrays to the device, padded to a size that serves other lengths, of `room` at least.

    Sparse ones know how many entries a batch of `batch_size` rows in any order has at most. Rows
    to be measured have less padding where they are many, for it is measured with them.
    """
    count = max(len(target), room)
    dense = (array for array in (*inputs.values(), target, weight) if not issparse(array))
    if is_measured and count > _FEW_MEASURED:
        size = coarse(count, 4)
    else:
        size = roomy(count, sum(array[:1].nbytes for array in dense))
    return Rows(
        {
            name: _place_sparse(array, size, batch_size) if issparse(array) else _place(array, size)
            for name, array in inputs.items()
        },
        _place(target, size),
        _place(weight, size),
        {name: tf.convert_to_tensor(value) for name, value in constants.items()},
    )


def _place(array: np.ndarray, size: int) -> tf.Tensor:
    """Return `array`, padded, as a tensor: one copy, where ``tf.constant`` would make two more."""
    if array.dtype == object:
        return tf.constant(pad(array, size), tf.string)
    return tf.identity(tf.experimental.dlpack.from_dlpack(_padded(array, size).__dlpack__()))


def _place_sparse(matrix: Any, size: int, batch_size: int) -> SparseRows:
    most = coarse(most_entries(matrix.indptr, batch_size))
    rows = in_memory(matrix, size, roomy(matrix.nnz, matrix.data.itemsize + _BYTES_OF_PLACE))
    return taken_together(SparseRows(*(_place(array, len(array)) for array in rows)), most)


def taken_together(rows: SparseRows, most: int) -> SparseRows:
    """Return the same rows, of which those taken together have `most` entries at most."""
    return rows._replace(places=tf.range(most, dtype=rows.offsets.dtype))


def coarse(count: int, parts: int = 8) -> int:
    """Return the next size that arrays are padded to: at most a part of `count` above it."""
    grain = max(8, (1 << max(0, (count - 1).bit_length() - 1)) // parts)
    return -(-count // grain) * grain


def roomy(count: int, bytes_each: int) -> int:
    """Return the next size of arrays of which what is chosen alone is read.

    A power of two, so that one program serves a learning curve and the folds and the refit of a
    search, where the padding costs little memory.
    """
    size = max(8, 1 << (count - 1).bit_length())
    return size if (size - count) * bytes_each <= _MOST_PADDING else coarse(count)


def pad(array: np.ndarray, size: int) -> np.ndarray:
    """Return `array` with rows of zeros, or of empty texts, appended up to `size` rows."""
    if len(array) == size:
        return array
    return _padded(array, size)


def _padded(array: np.ndarray, size: int) -> np.ndarray:
    if array.dtype == object:
        padded = np.full((size, *array.shape[1:]), b"", object)
    else:
        padded = aligned((size, *array.shape[1:]), array.dtype)
        padded[len(array) :] = 0
    padded[: len(array)] = array
    return padded


def chunks(
    inputs: Mapping[str, np.ndarray], *, of_one_size: bool = False
) -> Iterator[tuple[int, dict[str, np.ndarray | SparseRows]]]:
    """Cut arrays into chunks of one fixed size; yield each with its number of real rows.

    A matrix product may round differently for another number of rows. Chunks of a fixed
    size make the prediction of a row independent of the rows that happen to be beside it. There
    are two sizes: small chunks alone, looped within one program, would take half as long again
    for wide networks, and large ones alone ten times as long for one row. With `of_one_size`, all
    are small ones, so that many rows and few have the same bits.
    """
    length = _length(inputs)
    size = _CHUNK_SIZES[0] if of_one_size or are_few(inputs) else _CHUNK_SIZES[1]
    entries = {n: _entries_of_chunk(a, size) for n, a in inputs.items() if issparse(a)}
    for start in range(0, length, size):
        chunk = {name: array[start : start + size] for name, array in inputs.items()}
        yield (
            min(size, length - start),
            {
                name: in_memory(array, size, entries[name]) if name in entries else pad(array, size)
                for name, array in chunk.items()
            },
        )


def are_few(inputs: Mapping[str, np.ndarray]) -> bool:
    """Return whether the rows are cut into the smaller chunks."""
    return _length(inputs) <= _FEW_ROWS


def _length(inputs: Mapping[str, np.ndarray]) -> int:
    return next(iter(inputs.values())).shape[0]


def _entries_of_chunk(matrix: Any, size: int) -> int:
    """Return a power of two, so that few programs are compiled for chunks of any matrix."""
    ends = np.append(matrix.indptr[::size], matrix.nnz)
    return 1 << max(10, int(np.diff(ends).max() - 1).bit_length())
