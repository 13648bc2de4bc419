"""Averages of the targets of near rows: against NumPy, in training and after, where rows meet."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from numpy.testing import assert_allclose, assert_array_equal

from estimators.layers import NeighborAverage

RNG = np.random.default_rng(0)
MEAN = np.array([0.3, 0.2, 0.5])


def of_numpy(places, candidates, targets, counts, mean=MEAN):
    """Return averages where `counts`, a row for each of `places`, tells who is a neighbour."""
    distances = np.linalg.norm(places[:, None] - candidates[None], axis=2)
    shares = counts * np.exp(-distances)
    total = shares.sum(axis=1, keepdims=True)
    near = np.where(total > 0, shares @ targets / np.where(total > 0, total, 1), mean)
    return (1 - 1e-4) * near + 1e-4 * mean


def layer_of(scale="values", units=3, candidates=20):
    layer = NeighborAverage(units, candidates, scale)
    layer.build((None, 4))
    layer.mean.assign(MEAN[:units])
    return layer


CANDIDATES = RNG.normal(size=(20, 4)) + 100.0
TARGETS = np.eye(3)[RNG.integers(0, 3, 20)]
COUNTS = RNG.integers(0, 3, 20).astype(float)
PLACES = RNG.normal(size=(7, 4)) + 100.0


@pytest.mark.parametrize("scale", ["values", "logarithms", "log_odds", "log_probabilities"])
def test_it_compares_with_the_candidates_that_it_holds(scale):
    layer = layer_of(scale)
    for weight, values in zip(
        (layer.candidates, layer.targets, layer.counts), (CANDIDATES, TARGETS, COUNTS), strict=True
    ):
        weight.assign(values)
    expected = of_numpy(PLACES, CANDIDATES, TARGETS, COUNTS)
    if scale == "log_odds":
        expected = np.log(expected) - np.log(1 - expected)
    elif scale != "values":
        expected = np.log(expected)
    assert_allclose(np.asarray(layer(PLACES)), expected, rtol=1e-3, atol=1e-4)
    assert layer.compute_output_shape((None, 4)) == (None, 3)
    again = NeighborAverage.from_config(layer.get_config())
    assert again.get_config() == layer.get_config()
    again.build((None, 4))
    again.set_weights(layer.get_weights())
    assert_array_equal(np.asarray(again(PLACES)), np.asarray(layer(PLACES)))


def test_in_training_rows_of_other_numbers_are_compared_with():
    numbers = RNG.integers(0, 5, 20)
    others = numbers[:, None] != numbers[None]
    found = layer_of()(CANDIDATES, TARGETS, COUNTS[:, None], numbers[:, None].astype("int32"))
    expected = of_numpy(CANDIDATES, CANDIDATES, TARGETS, COUNTS * others)
    assert_allclose(np.asarray(found), expected, rtol=1e-3, atol=1e-4)


def test_a_row_without_any_neighbour_is_given_the_mean():
    row = [a.astype("float32") for a in (PLACES[:1], TARGETS[:1], np.ones((1, 1)))]
    assert_allclose(np.asarray(layer_of()(*row, np.zeros((1, 1), "int32"))), [MEAN], rtol=1e-6)
    # Nor has one that comes before any candidate.
    assert_allclose(np.asarray(layer_of()(PLACES[:1])), [MEAN], rtol=1e-6)


def test_probabilities_near_0_and_near_1_have_the_same_digits():
    odds = []
    for targets, mean in ((TARGETS[:, :1] * 0, 1e-6), (TARGETS[:, :1] * 0 + 1, 1 - 1e-6)):
        layer = layer_of("log_odds", units=1)
        layer.mean.assign([mean])
        layer.candidates.assign(CANDIDATES)
        layer.targets.assign(targets)
        layer.counts.assign(np.ones(20))
        odds.append(np.asarray(layer(PLACES)))
    assert_allclose(odds[0], np.log(1e-10), rtol=1e-4)
    assert_allclose(odds[0], -odds[1], rtol=2e-3)


@pytest.mark.parametrize("places", [np.ones((4, 4)), 1e4 * RNG.normal(size=(4, 4))])
def test_gradients_are_finite_where_rows_meet_and_where_they_are_far(places):
    places = tf.constant(places, tf.float32)
    with tf.GradientTape() as tape:
        tape.watch(places)
        counts = np.array([[1.0], [1.0], [1.0], [0.0]], "float32")
        found = layer_of("log_probabilities")(
            places, TARGETS[:4].astype("float32"), counts, np.arange(4, dtype="int32")[:, None]
        )
        loss = keras.ops.sum(found)
    assert np.isfinite(tape.gradient(loss, places)).all()
    assert np.isfinite(found).all()
