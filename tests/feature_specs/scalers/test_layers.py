"""A scaler and its layer agree bit for bit: eager, in a graph and compiled by XLA."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from sklearn.base import clone

from feature_specs.scalers import Quantile

TINY_COLUMN = np.array(
    [0.0, -0.0, 1e-30, 3e-38, -1e-39, 1e-40, 1e-45, 1e-300, -1e-310, 5e-324, 2.0, np.nan]
)[:, None]


def blocks():
    numbers = st.floats(-1e30, 1e30, allow_subnormal=False) | st.integers(-3, 90).map(float)
    elements = numbers | st.just(np.nan)
    # Four columns whatever the data, so that few shapes are compiled.
    return st.integers(1, 40).flatmap(lambda n: hnp.arrays(np.float64, (n, 4), elements=elements))


@settings(max_examples=40, deadline=None)
@given(seen=blocks(), new=blocks())
def test_layer_repeats_transform_bit_for_bit(scaler, seen, new, assert_same_bits):
    scaler = clone(scaler).fit(seen)
    layer = scaler.to_keras()
    block = np.vstack([seen, new])
    host = scaler.transform(block)
    assert_same_bits(host, layer(block).numpy())
    np.testing.assert_array_equal(np.isnan(block) & ~np.isnan(host), False)


@pytest.mark.parametrize("jit_compile", [False, True], ids=["graph", "XLA"])
def test_compiled_layer_repeats_transform_bit_for_bit(scaler, jit_compile, assert_same_bits):
    rng = np.random.default_rng(0)
    block = np.stack(
        [
            rng.normal(size=5000),
            np.expm1(4 * rng.normal(size=5000)),
            rng.uniform(-0.999, 1e-3, 5000),
            rng.poisson(1.0, 5000),
            1e-9 * rng.normal(size=5000),
            np.where(rng.random(5000) < 0.3, 0.1, 7.3),
        ],
        axis=1,
    )
    block[rng.random(block.shape) < 0.05] = np.nan
    block[:4, 0] = [-0.0, -1.0, -2.0, 1e300]
    block[:1000, 5] = rng.normal(4, 4, 1000)
    scaler = clone(scaler).fit(block[1000:])
    compiled = tf.function(scaler.to_keras(), jit_compile=jit_compile)
    assert_same_bits(scaler.transform(block), compiled(tf.constant(block)).numpy())
    # The last rows of a batch take other instructions than the first.
    for rows in (1, 3):
        piece = block[:rows]
        assert_same_bits(scaler.transform(piece), compiled(tf.constant(piece)).numpy())
        assert_same_bits(scaler.transform(piece), scaler.transform(block)[:rows])


@pytest.fixture(scope="session", params=["graph", "XLA"])
def fitted_and_compiled(scaler, request):
    rng = np.random.default_rng(11)
    seen = np.stack(
        [
            rng.normal(7, 3, 60),
            np.exp(4 * rng.normal(size=60)),
            np.arange(60.0),
            1e-30 * rng.random(60),
        ],
        axis=1,
    )
    fitted = clone(scaler).fit(seen)
    # One compilation, then any number of examples of its shape.
    return fitted, tf.function(fitted.to_keras(), jit_compile=request.param == "XLA")


@settings(max_examples=40, deadline=None)
@given(new=hnp.arrays(np.float64, (6, 4), elements=st.floats(-1e30, 1e30) | st.just(np.nan)))
def test_compiled_layer_repeats_transform_for_any_numbers(
    fitted_and_compiled, new, assert_same_bits
):
    scaler, layer = fitted_and_compiled
    assert_same_bits(scaler.transform(new), layer(tf.constant(new)).numpy())


@pytest.mark.parametrize("mode", ["eager", "graph", "XLA"])
def test_numbers_too_small_for_float32_are_the_same_zero_everywhere(scaler_or_function, mode):
    new = TINY_COLUMN
    scaler = clone(scaler_or_function).fit(np.array([[0.0], [1e-3], [2.0]]))

    def cast(block):
        return tf.cast(scaler.to_keras()(block), tf.float32)

    if mode != "eager":
        cast = tf.function(cast, jit_compile=mode == "XLA")
    host = scaler.transform(new).astype(np.float32)
    np.testing.assert_array_equal(
        host.view(np.int32), cast(tf.constant(new)).numpy().view(np.int32)
    )


def test_layers_come_back_from_their_config_and_from_a_saved_model(
    scaler_or_function, tmp_path, assert_same_bits
):
    block = np.random.default_rng(5).normal(size=(20, 3))
    scaler = clone(scaler_or_function).fit(block)
    layer = scaler.to_keras()
    expected = scaler.transform(block)
    again = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(layer))
    assert again.name == layer.name
    assert_same_bits(expected, again(block).numpy())

    inputs = keras.Input((3,), dtype="float64")
    outputs = layer(inputs)
    assert outputs.dtype == "float64"
    model = keras.Model(inputs, outputs)
    model.save(tmp_path / "scaler.keras")
    loaded = keras.saving.load_model(tmp_path / "scaler.keras")
    assert_same_bits(expected, loaded(block).numpy())
    batches = tf.data.Dataset.from_tensor_slices(block).batch(7)  # arrays would become float32
    assert_same_bits(expected, model.predict(batches, verbose=0))


def test_quantiles_between_numbers_too_small_to_compare(assert_same_bits):
    block = np.array([[2.3e-308], [0.0], [1.0]])
    scaler = Quantile(n_quantiles=3, output="uniform").fit(block[:2])
    new = np.vstack([block, TINY_COLUMN])
    assert_same_bits(scaler.transform(new), scaler.to_keras()(new).numpy())
