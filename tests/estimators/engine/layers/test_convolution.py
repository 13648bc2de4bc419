"""A convolution with its pooling against the two layers of Keras that it stands for."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from estimators.engine.layers.convolution import PooledConv2D

# height, width, channels, kernel, pool, padding; whether tiles are taken
CASES = [
    (28, 28, 1, 5, 2, "same", True),
    (28, 28, 1, 5, 2, "valid", True),
    (27, 31, 1, 3, 2, "valid", True),
    (12, 12, 3, 3, 2, "same", True),
    (12, 15, 3, 4, 3, "same", True),
    (13, 11, 2, 4, 3, "valid", True),
    (8, 8, 1, 1, 2, "same", True),
    (12, 12, 1, 2, 4, "same", True),
    (14, 14, 16, 5, 2, "same", True),
    (14, 14, 16, 3, 2, "same", False),
    (9, 9, 1, 5, 2, "same", False),
]


@pytest.mark.parametrize(("height", "width", "channels", "kernel", "pool", "padding", "_"), CASES)
def test_outputs_and_gradients_equal_convolution_then_pooling(
    height, width, channels, kernel, pool, padding, _
):
    rng = np.random.default_rng(0)
    images = tf.constant(rng.normal(size=(5, height, width, channels)), tf.float32)
    layer = PooledConv2D(6, kernel, pool, padding=padding)
    layer.build(images.shape)
    layer.bias.assign(rng.normal(size=6))

    def two_layers(images):
        convolved = tf.nn.conv2d(images, layer.kernel, 1, padding.upper()) + layer.bias
        return tf.nn.max_pool2d(convolved, pool, pool, padding.upper())

    ours, theirs = (
        outputs_and_gradients(function, images, layer) for function in (layer, two_layers)
    )
    assert layer.compute_output_shape(images.shape) == ours[0].shape
    for mine, reference in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(mine, reference, rtol=1e-4, atol=1e-4)


def outputs_and_gradients(function, images, layer):
    sources = [images, layer.kernel.value, layer.bias.value]
    with tf.GradientTape() as tape:
        tape.watch(images)
        outputs = function(images)
        total = tf.reduce_sum(tf.sin(outputs))
    return [outputs.numpy(), *(gradient.numpy() for gradient in tape.gradient(total, sources))]


@pytest.mark.parametrize("case", CASES)
def test_tiles_are_taken_where_they_are_faster(case):
    *shape, kernel, pool, padding, by_tiles = case
    layer = PooledConv2D(6, kernel, pool, padding=padding)
    layer.build((None, *shape))
    assert layer._goes_by_tiles((None, *shape)) == by_tiles


def test_it_comes_back_from_a_file(tmp_path):
    images = np.random.default_rng(0).normal(size=(3, 12, 12, 1)).astype("float32")
    network = keras.Sequential([keras.Input((12, 12, 1)), PooledConv2D(4, 3, 2, padding="same")])
    network.save(tmp_path / "network.keras")
    again = keras.models.load_model(tmp_path / "network.keras")
    np.testing.assert_array_equal(again(images), network(images))
