"""Networks of the families and of the caller's own: activations, weights, inputs, optimizers."""

import keras
import numpy as np
import pytest
from sklearn.base import clone
from small_models import DEEP, LABELS, RAW, ROWS, THREE, X, Y, small_network

from estimators import DNNLinearCombinedRegressor, KerasClassifier


@pytest.mark.parametrize("y", [LABELS, THREE], ids=["two", "three"])
def test_last_activation_does_not_matter(y):
    wanted = "softmax" if len(np.unique(y)) > 2 else "sigmoid"

    def build(inputs, units, activation):
        return keras.layers.Dense(units, activation=activation)(inputs)

    found = [
        KerasClassifier(
            build, network_params={"activation": activation}, epochs=5, random_state=0
        ).fit(X, y)
        for activation in (None, wanted)
    ]
    np.testing.assert_allclose(*[model.predict_proba(X) for model in found], rtol=1e-3)
    np.testing.assert_array_equal(*[model.predict(X) for model in found])
    np.testing.assert_allclose(found[1].predict_proba(X).sum(axis=1), 1, rtol=1e-6)


@pytest.mark.parametrize(("units", "activation"), [(2, "softmax"), (1, "sigmoid"), (1, None)])
def test_training_starts_from_the_weights_of_a_model(units, activation):
    network = small_network(units, activation)
    before = network.get_weights()
    model = KerasClassifier(network, RAW, optimizer="sgd", learning_rate=1e-12, epochs=1)
    model.fit(X, LABELS)
    outputs = np.array(network(X))
    if activation is None:
        outputs = 1 / (1 + np.exp(-outputs))
    np.testing.assert_allclose(model.predict_proba(X)[:, -1], outputs[:, -1], rtol=1e-4)
    model.set_params(learning_rate=0.1, epochs=5).fit(X, LABELS)
    assert not np.array_equal(model.trained_.weights[0], before[0])
    for kept, given in zip(network.get_weights(), before, strict=True):
        np.testing.assert_array_equal(kept, given)


def test_network_is_a_keras_model_of_encoded_features():
    model = clone(DEEP).fit(X, Y)
    encoded = model.feature_spec_.encode(X)
    found = model.network_.predict(encoded, verbose=0)[:, 0]
    np.testing.assert_allclose(found, model.predict(X), rtol=1e-4, atol=1e-5)


def test_arrays_of_more_dimensions_are_flattened():
    cube = np.random.default_rng(0).normal(size=(ROWS, 2, 3))
    flat = clone(DEEP).fit(cube.reshape(ROWS, 6), Y)
    model = clone(DEEP).fit(cube, Y)
    np.testing.assert_array_equal(model.predict(cube), flat.predict(cube.reshape(ROWS, 6)))


@pytest.mark.parametrize("still", ["linear", "dnn"])
def test_each_optimizer_updates_its_own_side(still):
    moving = {"linear": "dnn", "dnn": "linear"}[still]
    model = DNNLinearCombinedRegressor(
        dnn_hidden_units=4, linear_optimizer="sgd", dnn_optimizer="sgd", random_state=0
    ).set_params(**{f"{still}_learning_rate": 1e-12, f"{moving}_learning_rate": 0.05})
    once, often = (clone(model).set_params(epochs=n).fit(X, Y).network_ for n in (1, 9))

    def distance(side):
        pairs = zip(once.get_layer(side).get_weights(), often.get_layer(side).get_weights())
        return max(abs(a - b).max() for a, b in pairs)

    assert distance(still) < 1e-8
    assert distance(moving) > 1e-2
