"""Layers that keep the order of their inputs: whatever the weights, to the last bit."""

import keras
import numpy as np
import pandas as pd
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from feature_specs import FeatureSpec
from feature_specs.monotonic_columns import block_signs
from feature_specs.networks.monotonic_activation import MonotonicActivation
from feature_specs.networks.monotonic_dense import MonotonicDense

FLOATS = st.floats(-100, 100, width=32)
SIGNS = [1, -1, 0, 1]


def rising_network():
    """Two layers and an activation between."""
    inputs = keras.Input((4,))
    hidden = MonotonicActivation("relu")(MonotonicDense(9, SIGNS)(inputs))
    return keras.Model(inputs, MonotonicDense(1, [1] * 9)(hidden))


NETWORK = rising_network()
ANSWERS = [tf.function(NETWORK, jit_compile=compiled) for compiled in (False, True)]


@settings(max_examples=100, deadline=None)
@given(
    arrays(np.float32, (7, 9), elements=FLOATS),
    arrays(np.float32, (8, 4), elements=FLOATS),
    arrays(np.float32, (8, 4), elements=st.floats(0, 100, width=32)),
)
def test_outputs_keep_the_order_of_inputs(weights, rows, steps):
    NETWORK.set_weights([weights[:4], weights[4], weights[5:6].T, weights[6, :1]])
    further = rows + steps * np.array(SIGNS, "float32")
    for answer in ANSWERS:
        below, above = answer(tf.constant(rows)), answer(tf.constant(further))
        assert (below.numpy() <= above.numpy()).all()


@pytest.mark.parametrize("reflects", [True, False])
def test_kernel_has_the_signs_it_is_told_and_its_own_where_it_may(reflects):
    layer = MonotonicDense(3, SIGNS, reflects, bias_initializer="ones")
    layer.build((None, 4))
    weights = np.float32([[1, -2, 0], [3, -4, 0], [5, -6, 0], [-7, 8, 0]])
    layer.set_weights([weights, np.ones(3)])
    absolute = np.array(SIGNS)[:, None] * np.abs(weights)
    wrong = np.array(SIGNS)[:, None] * weights < 0
    expected = np.where(wrong, absolute if reflects else 0, weights)
    np.testing.assert_array_equal(layer.kernel, expected)
    x = np.float32([[1, 2, 3, 4]])
    np.testing.assert_allclose(layer(x), x @ expected + 1)
    again = MonotonicDense.from_config(layer.get_config())
    again.build((None, 4))
    again.set_weights(layer.get_weights())
    np.testing.assert_array_equal(again(x), layer(x))


@pytest.mark.parametrize("reflects", [True, False])
def test_weights_leave_zero(reflects):
    layer = MonotonicDense(1, [1], reflects, kernel_initializer="zeros")
    layer.build((None, 1))
    with tf.GradientTape() as tape:
        loss = -tf.reduce_sum(layer(tf.ones((1, 1))))
    assert tape.gradient(loss, layer.trainable_variables[0].value).numpy() == -1


@pytest.mark.parametrize("name", ["relu", "leaky_relu", "elu", "softplus"])
@pytest.mark.parametrize("width", [1, 2, 3, 16, 50])
def test_activation_bends_both_ways_and_never_falls(name, width):
    x = np.linspace(-4, 4, 801, dtype="float32")[:, None].repeat(width, axis=1)
    values = np.asarray(MonotonicActivation(name)(x))
    assert (np.diff(values, axis=0) >= -1e-6).all()
    up = max(1, round(width * 7 / 16))
    bends = np.diff(values, 2, axis=0)
    assert (bends[:, :up] >= -1e-5).all()
    assert (bends[:, up : 2 * up] <= 1e-5).all()
    if name in ("relu", "elu") and width > 2:
        assert np.abs(values[:, 2 * up :]).max() <= 2


def test_a_network_of_these_layers_in_a_file(tmp_path):
    network = rising_network()
    network.save(tmp_path / "network.keras")
    again = keras.models.load_model(tmp_path / "network.keras")
    x = np.random.default_rng(1).normal(size=(5, 4)).astype("float32")
    np.testing.assert_array_equal(again(x), network(x))


TABLE = pd.DataFrame(
    {
        "gaps": [1.0, np.nan, 3.0, 4.0],
        "text": ["1", "2", "3", "4.5"],
        "kind": [*"abab"],
        "same": 1.0,
        "whole": [3, 1, 2, 5],
    }
)


@pytest.mark.filterwarnings("ignore::feature_specs.ColumnWarning")
def test_numbers_of_bound_columns_have_their_signs_and_marks_have_none():
    spec = FeatureSpec().fit(TABLE)
    names = [name for name in spec.get_feature_names_out() if not name.startswith("kind")]
    bound = {"gaps": 1, "text": -1, "whole": 1, "same": 1}
    signs = dict(zip(names, block_signs(spec, bound), strict=True))
    assert signs == {"gaps": 1, "text": -1, "whole": 1, "gaps_missing": 0}
    assert block_signs(spec, {"same": 1}) == block_signs(spec, {}) == ()
