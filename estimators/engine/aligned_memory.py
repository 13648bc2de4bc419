"""Arrays where TensorFlow wants its buffers, which so become tensors without a copy."""

from __future__ import annotations

from functools import cache

import numpy as np
import tensorflow as tf

try:  # There is no public way that is as quick.
    from tensorflow.python.eager import context as _context
    from tensorflow.python.framework.ops import EagerTensor as _EagerTensor
except ImportError:
    _context = _EagerTensor = None

_ALIGNMENT = 64


def aligned(shape: tuple[int, ...], dtype: np.dtype) -> np.ndarray:
    """Return an uninitialised array that starts where a tensor may start."""
    count = int(np.prod(shape)) * dtype.itemsize
    memory = np.empty(count + _ALIGNMENT, np.uint8)
    start = -_address(memory) % _ALIGNMENT
    return memory[start : start + count].view(dtype).reshape(shape)


def tensor_of(array: np.ndarray) -> tf.Tensor:
    """Return `array` as a tensor, which may share its memory: let go of it before that changes."""
    if not _has_devices_of_its_own() and _may_be_shared(array):
        return tf.experimental.dlpack.from_dlpack(array.__dlpack__())
    if _EagerTensor is None or array.dtype == object:
        return tf.constant(array)
    return _EagerTensor(array, _context.context().device_name, None)


def _may_be_shared(array: np.ndarray) -> bool:
    return (
        array.dtype.kind in "fiu"
        and array.flags.c_contiguous
        and array.flags.writeable
        and _address(array) % _ALIGNMENT == 0
    )


def _address(array: np.ndarray) -> int:
    return array.__array_interface__["data"][0]


@cache
def _has_devices_of_its_own() -> bool:
    return bool(tf.config.list_logical_devices("GPU"))
