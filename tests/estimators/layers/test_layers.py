"""Layers of networks for tables against NumPy, by hand in a functional model, in files."""

import keras
import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from estimators import KerasRegressor, load_model
from estimators.layers import ClippedOutputs, NTKDense, ParametricActivation, Scale

RNG = np.random.default_rng(0)
X = RNG.normal(size=(64, 5)).astype("float32")
Y = X @ np.arange(5) + 1

LAYERS = {
    "scale": Scale(learning_rate_multiplier=6.0),
    "dense": NTKDense(3, bias_learning_rate_multiplier=0.5),
    "activation": ParametricActivation("silu", learning_rate_multiplier=0.1),
    "clipped": ClippedOutputs([-1.0] * 5, [0.5] * 5),
}


def of_numpy(name, x, weights):
    if name == "scale":
        return x * weights[0]
    if name == "dense":
        return x @ weights[0] / np.sqrt(x.shape[1]) + weights[1]
    if name == "activation":
        return x + (x / (1 + np.exp(-x)) - x) * weights[0]
    return np.clip(x, -1, 0.5)


@pytest.mark.parametrize("name", LAYERS)
def test_layers_compute_what_numpy_computes_and_are_rebuilt(name):
    layer = LAYERS[name]
    layer.build((None, 5))
    if name != "clipped":
        layer.set_weights([RNG.normal(size=w.shape) for w in layer.get_weights()])
    expected = of_numpy(name, X, layer.get_weights())
    assert_allclose(np.asarray(layer(X)), expected, rtol=1e-5, atol=1e-6)
    assert layer.compute_output_shape((None, 5)) == (None, expected.shape[1])
    again = type(layer).from_config(layer.get_config())
    assert again.get_config() == layer.get_config()
    again.build((None, 5))
    for variable, twin in zip(layer.trainable_variables, again.trainable_variables, strict=True):
        assert variable.learning_rate_multiplier == twin.learning_rate_multiplier


def network(units, multiplier=1.0):
    inputs = keras.Input((5,))
    scaled = Scale()(inputs)
    hidden = ParametricActivation()(NTKDense(8, bias_learning_rate_multiplier=1.0)(scaled))
    outputs = NTKDense(units, bias_learning_rate_multiplier=1.0)(hidden)
    built = keras.Model(inputs, ClippedOutputs()(outputs))
    for variable in built.trainable_variables:
        variable.learning_rate_multiplier = multiplier
    return built


def faster_network(units):
    return network(units, multiplier=3.0)


@pytest.mark.parametrize(
    ("optimizer", "jit_compile"), [("sgd", False), ("adam", True), ("rmsprop", False)]
)
def test_a_multiplier_is_a_rate_so_many_times_as_high(optimizer, jit_compile):
    """Three times the rate, weight decay included, in whatever way it is asked for."""
    shared = {"epochs": 3, "random_state": 0, "batch_size": 16, "optimizer": optimizer,
              "weight_decay": 0.1, "jit_compile": jit_compile}  # fmt: skip
    slow = KerasRegressor(network, learning_rate=0.003, **shared).fit(X, Y)
    multiplied = KerasRegressor(faster_network, learning_rate=0.001, **shared).fit(X, Y)
    plain = KerasRegressor(network, learning_rate=0.001, **shared).fit(X, Y)
    assert_allclose(multiplied.predict(X), slow.predict(X), rtol=2e-3, atol=2e-3)
    assert np.abs(plain.predict(X) - slow.predict(X)).max() > 0.05


def frozen_scale(units):
    built = network(units)
    built.layers[1].scale.learning_rate_multiplier = 0.0
    return built


def test_one_variable_alone_is_multiplied():
    model = KerasRegressor(frozen_scale, epochs=3, random_state=0).fit(X, Y)
    scale, kernel, *_ = model.trained_.weights
    assert_array_equal(scale, np.ones(5))
    assert (kernel != KerasRegressor(frozen_scale, epochs=0, random_state=0).fit(X, Y).trained_
            .weights[1]).any()  # fmt: skip


def test_a_network_of_these_layers_in_a_file(tmp_path):
    model = KerasRegressor(network(1), epochs=2, random_state=0).fit(X, Y)
    model.save(tmp_path / "a.model")
    assert_array_equal(load_model(tmp_path / "a.model").predict(X), model.predict(X))
