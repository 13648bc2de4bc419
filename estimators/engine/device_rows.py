"""Rows on the device, padded to a coarse size so that few sizes are ever compiled."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

import numpy as np
import tensorflow as tf

_ALIGNMENT = 64
_CHUNK_SIZES = (32, 1024)


class Rows(NamedTuple):
    """Arrays of equal length on the device; padding has weight 0."""

    inputs: dict[str, tf.Tensor]
    target: tf.Tensor
    weight: tf.Tensor
    constants: dict[str, tf.Tensor]


def place_rows(
    inputs: Mapping[str, np.ndarray],
    target: np.ndarray,
    weight: np.ndarray,
    constants: Mapping[str, np.ndarray],
) -> Rows:
    """Copy arrays to the device, padded to the coarse size of their length."""
    size = coarse(len(target))
    return Rows(
        {name: _place(array, size) for name, array in inputs.items()},
        _place(target, size),
        _place(weight, size),
        {name: tf.convert_to_tensor(value) for name, value in constants.items()},
    )


def _place(array: np.ndarray, size: int) -> tf.Tensor:
    """Return `array`, padded, as a tensor: one copy, where ``tf.constant`` would make two more."""
    if array.dtype == object:
        return tf.constant(pad(array, size), tf.string)
    padded = _aligned((size, *array.shape[1:]), array.dtype)
    padded[: len(array)] = array
    padded[len(array) :] = 0
    return tf.identity(tf.experimental.dlpack.from_dlpack(padded.__dlpack__()))


def _aligned(shape: tuple[int, ...], dtype: np.dtype) -> np.ndarray:
    """Return an uninitialised array that starts where TensorFlow wants its buffers to start."""
    count = int(np.prod(shape)) * dtype.itemsize
    memory = np.empty(count + _ALIGNMENT, np.uint8)
    start = -memory.ctypes.data % _ALIGNMENT
    return memory[start : start + count].view(dtype).reshape(shape)


def coarse(count: int) -> int:
    """Return the next size that arrays are padded to: at most an eighth above `count`."""
    grain = max(8, 1 << max(0, (count - 1).bit_length() - 4))
    return -(-count // grain) * grain


def pad(array: np.ndarray, size: int) -> np.ndarray:
    """Return `array` with rows of zeros, or of empty texts, appended up to `size` rows."""
    if len(array) == size:
        return array
    filling = b"" if array.dtype == object else 0
    padded = np.full((size, *array.shape[1:]), filling, array.dtype)
    padded[: len(array)] = array
    return padded


def chunks(inputs: Mapping[str, np.ndarray]) -> Iterator[tuple[int, dict[str, np.ndarray]]]:
    """Cut arrays into chunks of one fixed size; yield each with its number of real rows.

    A matrix product may round differently for another number of rows. Chunks of a fixed
    size make the prediction of a row independent of the rows that happen to be beside it. There
    are two sizes: chunks of 32 alone, looped within one program, would take half as long again
    for wide networks, and chunks of 1,024 alone ten times as long for one row.
    """
    length = len(next(iter(inputs.values())))
    size = _CHUNK_SIZES[0] if length <= 8 * _CHUNK_SIZES[0] else _CHUNK_SIZES[1]
    for start in range(0, length, size):
        chunk = {name: array[start : start + size] for name, array in inputs.items()}
        yield min(size, length - start), {name: pad(array, size) for name, array in chunk.items()}
