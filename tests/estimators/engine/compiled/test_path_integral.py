"""A network is cut where codes become floats, and bends once within a segment without an error."""

import keras
import numpy as np
import pytest

from estimators.engine.compiled.feature_graph import FeatureGraph
from estimators.engine.compiled.path_integral import PathIntegral
from estimators.engine.compiled.predictor import new_predictor

RNG = np.random.default_rng(0)
NUMBERS = RNG.normal(size=(50, 3)).astype("float32")


def integrated(network, inputs, numbers, baseline=None):
    """Base and what every group adds, of one network with one output, compiled by nobody."""
    integral = PathIntegral(network, numbers, None, jit_compile=False)
    predictor = new_predictor(network, jit_compile=False)
    members = [predictor.place([variable.numpy() for variable in network.variables])]
    baseline = integral.zero_features(1) if baseline is None else baseline
    base, added = integral.attributions(members, inputs, baseline)
    return integral, base[0], added[..., 0]


@pytest.mark.parametrize("start", [0.0, 0.7])
def test_one_bend_is_exact(start):
    inputs = {"numbers": keras.Input((3,), name="numbers")}
    hinge = keras.layers.Dense(1, activation="relu")
    network = keras.Model(inputs, hinge(inputs["numbers"]))
    kernel, bias = np.array([[1.0], [-2.0], [0.5]]), np.array([-0.4])
    hinge.set_weights([kernel, bias])
    first = np.full(3, start, "float32")
    _, base, added = integrated(network, {"numbers": NUMBERS}, ["numbers"], [first])
    moves = (NUMBERS - start) * kernel[:, 0]
    begin, end = first @ kernel[:, 0] + bias, NUMBERS @ kernel[:, 0] + bias
    # The share of the line on which the unit is above 0.
    bend = np.clip(-begin / (end - begin), 0, 1)
    active = np.where(end > begin, 1 - bend, bend)
    assert (0 < active).any()
    assert (active < 1).any()
    np.testing.assert_allclose(added, moves * active[:, None], rtol=2e-3, atol=1e-5)
    np.testing.assert_allclose(base, max(0.0, begin[0]), rtol=1e-6)


def test_a_network_that_never_slopes_adds_nothing():
    inputs = {"numbers": keras.Input((3,), name="numbers")}
    flat = keras.layers.Dense(1, kernel_initializer="zeros", bias_initializer="ones")
    network = keras.Model(inputs, flat(inputs["numbers"]))
    _, base, added = integrated(network, {"numbers": NUMBERS}, ["numbers"])
    assert base == 1
    assert not added.any()


def test_a_step_that_no_slope_tells_of_is_not_lost():
    inputs = {"numbers": keras.Input((3,), name="numbers")}
    step = keras.ops.cast(keras.ops.sum(inputs["numbers"], -1, keepdims=True) > 0.5, "float32")
    network = keras.Model(inputs, step)
    _, base, added = integrated(network, {"numbers": NUMBERS}, ["numbers"])
    above = NUMBERS.sum(axis=1) > 0.5
    assert above.any()
    np.testing.assert_allclose(base + added.sum(axis=1), above, atol=1e-6)


def test_parts_of_a_network_are_looked_into():
    inputs = {
        "numbers": keras.Input((3,), name="numbers"),
        "kind": keras.Input((), dtype="int32", name="kind"),
        "kind_weight": keras.Input((), name="kind_weight"),
    }
    tensors = list(inputs.values())
    wide = keras.layers.Embedding(4, 1)(inputs["kind"]) * inputs["kind_weight"][:, None]
    deep = keras.layers.Embedding(4, 2)(inputs["kind"])
    deep = keras.layers.Concatenate()([inputs["numbers"], deep])
    deep = keras.layers.Dense(1)(keras.layers.Dense(4, activation="tanh")(deep))
    parts = [keras.Model(tensors, part) for part in (wide, deep)]
    network = keras.Model(inputs, keras.layers.Add()([part(tensors) for part in parts]))
    graph = FeatureGraph(network, ["numbers"])
    assert {feature.inputs[0] for feature in graph.features} == {"kind", "kind_weight"}
    rows = {
        "numbers": NUMBERS,
        "kind": RNG.integers(0, 4, 50).astype("int32"),
        "kind_weight": np.ones(50, "float32"),
    }
    features = graph.first_half(rows)
    outputs = graph.second_half([NUMBERS], features)
    np.testing.assert_allclose(outputs, network(rows), rtol=1e-6)
