"""The rows of several epochs in the order of their use, laid out for one call."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import tensorflow as tf

from estimators.engine.device_rows import roomy

# Calling a compiled function costs about a millisecond, so short epochs share a call.
_STEPS_PER_CALL = 512
_MOST_EPOCHS_PER_CALL = 32


class Orders(NamedTuple):
    """The rows of several epochs in the order of their use.

    Attributes
    ----------
    rows : int32 tensor of shape (epochs, steps * batch_size)
        Each epoch's permutation, its last batch filled up with rows from its own start: zeros
        would enter the statistics of batch normalisation.
    row_count : int
        How many rows an epoch holds before the filling.
    steps : int
        Number of batches in an epoch.
    """

    rows: tf.Tensor
    row_count: int
    steps: int


def epochs_per_call(row_count: int, batch_size: int) -> int:
    """Return how many epochs of `row_count` rows are laid out for one call."""
    return int(np.clip(_STEPS_PER_CALL // _room(row_count, batch_size), 1, _MOST_EPOCHS_PER_CALL))


def _room(row_count: int, batch_size: int) -> int:
    """Return for how many steps an epoch has room, alike for most numbers of rows."""
    steps = -(-row_count // batch_size)
    return roomy(steps, batch_size * np.dtype(np.int32).itemsize)


def lay_out(permutations: Sequence[np.ndarray], batch_size: int) -> Orders:
    """Return the orders of up to `epochs_per_call` epochs."""
    row_count = len(permutations[0])
    steps = -(-row_count // batch_size)
    shape = (epochs_per_call(row_count, batch_size), _room(row_count, batch_size) * batch_size)
    rows = np.zeros(shape, np.int32)
    for row, permutation in zip(rows, permutations, strict=False):
        row[: steps * batch_size] = np.resize(permutation, steps * batch_size)
    return Orders(tf.convert_to_tensor(rows), row_count, steps)
