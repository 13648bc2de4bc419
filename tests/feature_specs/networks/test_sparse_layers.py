"""Layers on a sparse matrix give what Keras's own give on its dense copy, gradients too."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from scipy import sparse

from feature_specs.networks import sparse_layers
from feature_specs.networks.sparse_layers import SparseDense, ToDense


def entries_of(matrix, padding=0):
    """The matrix as a tensor of TensorFlow, with entries of 0 at a place that another has."""
    matrix = matrix.tocoo()
    indices = np.stack([matrix.row, matrix.col], axis=1)
    indices = np.concatenate([indices, np.tile(indices[-1:], (padding, 1))])
    values = np.concatenate([matrix.data, np.zeros(padding, np.float32)])
    return tf.SparseTensor(indices, values, matrix.shape)


MATRIX = sparse.random(7, 30, density=0.3, dtype=np.float32, random_state=0)


@pytest.mark.parametrize("compiled", [False, True])
@pytest.mark.parametrize("numbers_at_once", [1 << 23, 5 * 4, 1])
def test_product_and_gradient_are_dense_ones(compiled, numbers_at_once, monkeypatch):
    monkeypatch.setattr(sparse_layers, "_MOST_NUMBERS", numbers_at_once)
    ours, theirs = (kind(4, "tanh") for kind in (SparseDense, keras.layers.Dense))
    for layer in (ours, theirs):
        layer.build((None, 30))
    theirs.set_weights(ours.get_weights())

    def gradients(layer, inputs):
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum(layer(inputs) ** 2)
        return loss, *tape.gradient(loss, [v.value for v in layer.trainable_variables])

    on_entries = tf.function(
        lambda: gradients(ours, entries_of(MATRIX, padding=3)), jit_compile=compiled
    )
    for one, other in zip(
        on_entries(), gradients(theirs, tf.constant(MATRIX.toarray())), strict=True
    ):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-6)


def test_dense_copy():
    np.testing.assert_array_equal(ToDense()(entries_of(MATRIX, padding=3)), MATRIX.toarray())


def test_saved_network_predicts_alike_on_both(tmp_path):
    inputs = keras.Input((30,), sparse=True)
    network = keras.Model(inputs, ToDense()(inputs) @ keras.ops.ones((30, 2)))
    network = keras.Model(inputs, [SparseDense(2)(inputs), network(inputs)])
    network.save(tmp_path / "network.keras")
    again = keras.models.load_model(tmp_path / "network.keras")
    for given in (MATRIX.tocsr(), MATRIX.toarray()):
        for one, other in zip(again.predict(given, verbose=0), network(entries_of(MATRIX))):
            np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-6)
