"""Keras layers on a sparse matrix: one that looks up its entries, one that gives its zeros."""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf

_registered = keras.saving.register_keras_serializable(package="feature_specs")

# What is looked up at a time: 16 MiB of float32.
_MOST_NUMBERS = 1 << 22


def dense_layer_for(features: keras.KerasTensor) -> type[keras.layers.Dense]:
    """Return the class of a fully connected layer on `features`."""
    return SparseDense if features.sparse else keras.layers.Dense


def as_dense(features: keras.KerasTensor) -> keras.KerasTensor:
    """Return `features` with their zeros, for layers that know nothing of sparse ones."""
    return ToDense()(features) if features.sparse else features


@_registered
class SparseDense(keras.layers.Dense):
    """``keras.layers.Dense`` that looks up the rows of its kernel where the input is not zero.

    Unlike Keras's own it can be compiled by XLA. Its outputs are those on the dense input, up to
    rounding.
    """

    def call(self, inputs: Any, training: Any = None) -> Any:
        """Return the outputs, dense."""
        if not isinstance(inputs, tf.SparseTensor):
            return super().call(inputs, training=training)
        rows, columns = tf.unstack(inputs.indices, axis=1)
        kernel = tf.convert_to_tensor(self.kernel)
        count = inputs.dense_shape[0] if inputs.shape[0] is None else inputs.shape[0]
        outputs = _product(rows, columns, inputs.values, kernel, count)
        if self.bias is not None:
            outputs = outputs + self.bias
        return outputs if self.activation is None else self.activation(outputs)


@_registered
class ToDense(keras.layers.Layer):
    """Gives the rows of a batch with all their zeros."""

    def call(self, inputs: Any) -> Any:
        """Return the rows."""
        if not isinstance(inputs, tf.SparseTensor):
            return inputs
        # Entries of weight 0, which fill batches up, stand at places that others have.
        dense = tf.scatter_nd(inputs.indices, inputs.values, inputs.dense_shape)
        return tf.ensure_shape(dense, inputs.shape)

    def compute_output_spec(self, inputs: Any) -> keras.KerasTensor:
        """Return the same shape, dense."""
        return keras.KerasTensor(inputs.shape, inputs.dtype)


def _product(
    rows: tf.Tensor, columns: tf.Tensor, values: tf.Tensor, kernel: tf.Tensor, count: Any
) -> tf.Tensor:
    """Return the matrix of these entries, of `count` rows, times `kernel`."""

    @tf.custom_gradient
    def product(kernel: tf.Tensor) -> tuple[tf.Tensor, Any]:
        def gradient(upstream: tf.Tensor) -> tf.Tensor:
            return _spread(upstream, rows, columns, values, kernel.shape[0])

        return _spread(kernel, columns, rows, values, count), gradient

    return product(kernel)


def _spread(
    source: tf.Tensor, taken: tf.Tensor, put: tf.Tensor, values: tf.Tensor, count: Any
) -> tf.Tensor:
    """Return `count` rows: for every entry, row `taken` of `source` times its value, at `put`.

    One entry is added after the other, so that a row's sum does not depend on other rows.
    """
    width, entries = source.shape[1], values.shape[0]
    total = tf.zeros((count, width), source.dtype)
    at_once = max(1, _MOST_NUMBERS // width)

    def add(total: tf.Tensor, taken: tf.Tensor, put: tf.Tensor, values: tf.Tensor) -> tf.Tensor:
        spread = tf.gather(source, taken) * tf.cast(values, source.dtype)[:, None]
        return tf.tensor_scatter_nd_add(total, put[:, None], spread)

    if entries is None or entries <= at_once:
        return add(total, taken, put, values)
    pieces = -(-entries // at_once)
    arrays = [tf.pad(array, [[0, pieces * at_once - entries]]) for array in (taken, put, values)]

    def step(piece: tf.Tensor, total: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        parts = (tf.slice(array, [piece * at_once], [at_once]) for array in arrays)
        return piece + 1, add(total, *parts)

    return tf.while_loop(lambda piece, _: piece < pieces, step, (0, total))[1]
