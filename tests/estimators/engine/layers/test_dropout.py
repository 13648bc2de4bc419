"""Dropout by hash: the right share, independent of place and time, repeatable."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from estimators.engine.layers.dropout import HashedDropout

SHAPE = (512, 256)


def masks(rate, count, seed=0):
    layer = HashedDropout(rate, seed=seed)
    return np.array([layer(tf.ones(SHAPE), training=True) for _ in range(count)])


@pytest.mark.parametrize("rate", [0.1, 0.5, 0.8])
def test_share_and_scale(rate):
    drawn = masks(rate, 4)
    np.testing.assert_allclose(np.unique(drawn), [0, 1 / (1 - rate)], rtol=1e-6)
    assert abs((drawn == 0).mean() - rate) < 5 * np.sqrt(rate * (1 - rate) / drawn.size)


def test_no_correlation_between_neighbours_and_steps():
    kept = (masks(0.5, 3) > 0) - 0.5
    tolerance = 5 / np.sqrt(kept[0].size) / 4
    for a, b in [
        (kept[0], kept[1]),
        (kept[1], kept[2]),
        (kept[0, 1:], kept[0, :-1]),
        (kept[0, :, 1:], kept[0, :, :-1]),
    ]:
        assert abs((a * b).mean()) < tolerance


def test_seed_decides():
    np.testing.assert_array_equal(masks(0.5, 2, seed=3), masks(0.5, 2, seed=3))
    assert not np.array_equal(masks(0.5, 2, seed=3), masks(0.5, 2, seed=4))


def test_prediction_is_untouched_and_config_round_trips():
    layer = HashedDropout(0.5, seed=1)
    inputs = tf.ones((2, 3))
    np.testing.assert_array_equal(layer(inputs), inputs)
    again = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(layer))
    assert isinstance(again, HashedDropout)
    assert again.rate == 0.5
