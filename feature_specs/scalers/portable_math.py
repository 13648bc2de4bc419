"""Scaling out of operations that LiteRT and ONNX have: close to `exact_math`, not bit for bit.

In float32 for devices without float64, and in float64 where only the bits are out of reach.
"""

from __future__ import annotations

from functools import reduce

import numpy as np
import tensorflow as tf

from feature_specs.scalers import exact_math


def affine(x: tf.Tensor, center: np.ndarray, inv_scale: np.ndarray) -> tf.Tensor:
    """Return ``(x - center) * inv_scale``, even where a centre is large beside its scale.

    Parameters
    ----------
    x : tensor of float32 or float64
    center, inv_scale : ndarray of float64

    Returns
    -------
    tensor of the same dtype

    Examples
    --------
    >>> import numpy as np
    >>> import tensorflow as tf
    >>> from feature_specs.scalers.portable_math import affine
    >>> affine(tf.constant([2021.0]), np.array([2020.3]), np.array([10.0])).numpy().round(5)
    array([7.], dtype=float32)
    """
    number = x.dtype.as_numpy_dtype
    high = center.astype(number)
    low = (center - high).astype(number)
    # No optimiser adds the two constants across a minimum.
    shifted = tf.minimum(x - high, x.dtype.max) - low
    return shifted * inv_scale.astype(number)


def levels(
    x: tf.Tensor, quantiles: np.ndarray, shares: np.ndarray, slopes: np.ndarray
) -> tuple[tf.Tensor, tf.Tensor]:
    """Return which share of the training rows lies below each value, and which above.

    The two add up to one; both are there so that neither end of a distribution loses its digits.

    Parameters
    ----------
    x : tensor of float32 or float64, shape (rows, columns)
        None missing.
    quantiles, slopes : ndarray of shape (columns, n)
    shares : ndarray of shape (n,)
        Of the rows up to each quantile, whose rise from one to the next the slopes are.

    Returns
    -------
    pair of tensors of the same dtype and shape
    """
    number = x.dtype.as_numpy_dtype
    edges = quantiles.astype(number)
    last = edges.shape[1] - 1
    after = count_up_to(x, edges)
    before = tf.reduce_sum(tf.cast(x[..., None] > edges, tf.int32), axis=-1)
    below = tf.maximum(after - 1, 0)
    lost = (quantiles - edges).astype(number)
    beyond = tf.minimum(x - _at(edges, below), x.dtype.max) - _at(lost, below)
    rise = beyond * _at(slopes.astype(number), below)
    tied = tf.minimum(before, last)
    is_tied = tf.equal(_at(edges, tied), x)
    outside = tf.equal(after, 0)
    above = tf.minimum(below + 1, last)
    share, rest = shares.astype(number), (1.0 - shares).astype(number)
    lower = tf.minimum(tf.gather(share, below) + rise, tf.gather(share, above))
    upper = tf.maximum(tf.gather(rest, below) - rise, tf.gather(rest, above))
    lower = 0.5 * (lower + tf.where(is_tied, tf.gather(share, tied), lower))
    upper = 0.5 * (upper + tf.where(is_tied, tf.gather(rest, tied), upper))
    least = tf.where(outside, tf.zeros_like(lower), lower)
    return least, tf.where(outside, tf.ones_like(upper), upper)


def count_up_to(values: tf.Tensor, edges: tf.Tensor) -> tf.Tensor:
    """Return how many of the edges are not above each value, edges along the last dimension.

    ``tf.searchsorted`` would do as well, but LiteRT has no such operation.
    """
    return tf.reduce_sum(tf.cast(values[..., None] >= edges, tf.int32), axis=-1)


def normal_quantile(lower: tf.Tensor, upper: tf.Tensor, lowest: float) -> tf.Tensor:
    """Return the standard normal value with a share `lower` below and `upper` above it.

    Parameters
    ----------
    lower, upper : tensor of float32 or float64
        Add up to one.
    lowest : float
        The least share that counts.

    Returns
    -------
    tensor of the same dtype

    Examples
    --------
    >>> import tensorflow as tf
    >>> from feature_specs.scalers.portable_math import normal_quantile
    >>> lower, upper = tf.constant([0.025, 0.5, 1.0]), tf.constant([0.975, 0.5, 0.0])
    >>> normal_quantile(lower, upper, 1e-7).numpy().round(3).tolist()
    [-1.9600000381469727, 0.0, 5.198999881744385]
    """
    q = 0.5 * (lower - upper)
    r = 0.180625 - q * q
    centre_top, centre_bottom = exact_math.NORMAL_CENTRE
    middle = _polynomial(r, centre_top) * q / _polynomial(r, centre_bottom)
    outer = tf.maximum(tf.minimum(lower, upper), lowest)
    # Within the centre the tail is not used, and its root must stay real.
    r = tf.sqrt(-tf.math.log(outer)) - 1.6
    tail_top, tail_bottom = exact_math.NORMAL_TAIL
    tail = _polynomial(r, tail_top) / _polynomial(r, tail_bottom)
    return tf.where(tf.abs(q) <= 0.425, middle, tf.where(q < 0.0, -tail, tail))


def _polynomial(x: tf.Tensor, coefficients: tuple[float, ...]) -> tf.Tensor:
    return reduce(lambda total, coefficient: total * x + coefficient, reversed(coefficients))


def _at(table: np.ndarray, place: tf.Tensor) -> tf.Tensor:
    """Return the entries of each column's row of the table."""
    offsets = np.arange(table.shape[0], dtype=np.int32) * table.shape[1]
    return tf.gather(table.ravel(), place + offsets)
