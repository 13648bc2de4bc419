"""Networks of the families and of the caller's own: activations, weights, inputs, optimizers."""

import random

import keras
import numpy as np
import pytest
from keras import layers, ops
from sklearn.base import clone
from small_models import DEEP, LABELS, RAW, ROWS, THREE, X, Y, small_network

from estimators import DNNLinearCombinedRegressor, KerasClassifier, KerasRegressor


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


class Subclassed(keras.Model):
    """A network whose last layer says nothing of what it computes."""

    def __init__(self, units, end):
        super().__init__()
        self.hidden, self.last, self.end = layers.Dense(4), layers.Dense(units), end

    def call(self, inputs):
        return self.end(self.last(self.hidden(inputs)))


def ends_of(name):
    """Networks that end in an activation, each in another way."""
    activation = getattr(ops, name)

    def last(units, **settings):
        return layers.Dense(units, **settings)

    return {
        "operation": lambda inputs, units: activation(last(units)(inputs)),
        "lambda": lambda inputs, units: last(units, activation=lambda x: activation(x))(inputs),
        "Lambda": lambda inputs, units: layers.Lambda(activation)(last(units)(inputs)),
        "Activation": lambda inputs, units: layers.Activation(name)(last(units)(inputs)),
        "Reshape": lambda units: keras.Sequential(
            [last(units, activation=name), layers.Reshape((units,))]
        ),
        "Dropout": lambda units: keras.Sequential(
            [last(units, activation=name), layers.Dropout(0.5)]
        ),
        "Identity": lambda units: keras.Sequential(
            [last(units, activation=name), layers.Identity()]
        ),
        "Average": lambda inputs, units: layers.Average()(
            [last(units, activation=name)(inputs) for _ in range(2)]
        ),
        "nested": lambda units: keras.Sequential(
            [layers.Dense(4), keras.Sequential([last(units, activation=name)])]
        ),
        "subclassed": lambda units: Subclassed(units, activation),
        "frozen": lambda inputs, units: activation(last(units, trainable=False)(inputs)),
        "codes": lambda inputs, units: activation(
            last(units)(layers.Flatten()(layers.Embedding(9, 2)(ops.abs(inputs))))
        ),
    }


@pytest.mark.parametrize("end", ends_of("softmax"))
@pytest.mark.parametrize("y", [THREE, LABELS], ids=["softmax", "sigmoid"])
def test_probabilities_are_what_the_network_computes(y, end):
    name = "softmax" if y is THREE else "sigmoid"
    model = KerasClassifier(ends_of(name)[end], RAW, epochs=0, random_state=0).fit(X, y)
    outputs = model.network_.predict(model.feature_spec_.encode(X), verbose=0)
    probabilities = model.predict_proba(X)
    np.testing.assert_allclose(probabilities[:, -outputs.shape[1] :], outputs, atol=1e-6)
    np.testing.assert_array_equal(model.predict(X), model.classes_[probabilities.argmax(axis=1)])


def test_other_ends_that_are_probabilities():
    ends = {
        "hard_sigmoid": lambda inputs, units: layers.Dense(units, activation="hard_sigmoid")(
            inputs
        ),
        "clipped": lambda inputs, units: ops.clip(layers.Dense(units)(inputs), 0, 1),
        "softmax layer": lambda inputs: layers.Softmax()(layers.Dense(2)(inputs))[:, 1:],
    }
    for end in ends.values():
        model = KerasClassifier(end, RAW, epochs=0, random_state=0).fit(X, LABELS)
        outputs = model.network_.predict(model.feature_spec_.encode(X), verbose=0)
        np.testing.assert_allclose(model.predict_proba(X)[:, 1:], outputs, atol=1e-6)


@pytest.mark.parametrize("end", [ops.tanh, ops.log_softmax, ops.copy])
def test_logits_stay_logits(end):
    def build(inputs, units):
        # Outputs near 0.5 look like probabilities for as long as no weight is moved.
        settings = {
            "kernel_initializer": "zeros",
            "bias_initializer": keras.initializers.Constant(0.5),
        }
        last = layers.Dense(units, trainable=False, **(settings if end is ops.copy else {}))
        return end(last(inputs))

    model = KerasClassifier(build, RAW, epochs=0, random_state=0).fit(X, THREE)
    outputs = model.network_.predict(model.feature_spec_.encode(X), verbose=0)
    odds = np.exp(outputs)
    np.testing.assert_allclose(
        model.predict_proba(X), odds / odds.sum(axis=1, keepdims=True), rtol=1e-5
    )


def test_from_logits_decides():
    def build(inputs, units):
        return ops.relu(layers.Dense(units, bias_initializer="ones")(inputs))

    model = KerasClassifier(build, RAW, from_logits=True, epochs=0, random_state=0).fit(X, LABELS)
    outputs = model.network_.predict(model.feature_spec_.encode(X), verbose=0)
    np.testing.assert_allclose(model.predict_proba(X)[:, 1:], 1 / (1 + np.exp(-outputs)), rtol=1e-5)
    several = clone(model).set_params(from_logits=False).fit(X, THREE)
    outputs = several.network_.predict(several.feature_spec_.encode(X), verbose=0)
    shares = outputs / outputs.sum(axis=1, keepdims=True)
    known = outputs.sum(axis=1) > 0
    np.testing.assert_allclose(several.predict_proba(X)[known], shares[known], rtol=1e-5)


def test_a_network_without_numbers_is_no_softmax():
    def build(inputs, units):
        return ops.sqrt(-1 - ops.square(layers.Dense(units)(inputs)))

    with pytest.raises(ValueError, match="or no numbers; say from_logits=True"):
        KerasClassifier(build, RAW, epochs=0).fit(X, LABELS)


def global_states():
    _, key, position, *_ = np.random.get_state()  # noqa: NPY002
    return random.getstate(), key.tolist(), position


def test_looking_at_a_network_changes_nothing():
    network = keras.Sequential(
        [keras.Input((3,)), layers.Dense(1), layers.Dropout(0.5), layers.Lambda(ops.sigmoid)]
    )
    before = network.get_weights()
    states = global_states()
    # Without a seed the fit would draw one, as everywhere in scikit-learn.
    model = KerasClassifier(network, RAW, epochs=0, random_state=0).fit(X, LABELS)
    assert states == global_states()
    for kept, fitted, given in zip(network.get_weights(), model.trained_.weights, before):
        np.testing.assert_array_equal(kept, given)
        np.testing.assert_array_equal(fitted, given)


@pytest.mark.parametrize("end", ["exponential", "softplus", None])
def test_counts_of_networks_that_give_means(end):
    def build(inputs, units):
        return layers.Dense(units, activation=end)(inputs)

    counts = np.random.default_rng(0).poisson(np.exp(1 + Y / 2))
    for loss in ("poisson", keras.losses.Poisson()):
        model = KerasRegressor(build, RAW, loss=loss, epochs=0, random_state=0).fit(X, counts)
        outputs = model.network_.predict(model.feature_spec_.encode(X), verbose=0)[:, 0]
        means = counts.mean() * np.exp(outputs) if end is None else outputs
        np.testing.assert_allclose(model.predict(X), means, rtol=1e-5)
    model.set_params(epochs=200, learning_rate=0.05).fit(X, counts)
    np.testing.assert_allclose(model.predict(X).mean(), counts.mean(), rtol=0.1)


def test_layers_made_elsewhere_may_have_the_names_of_others():
    keras.utils.clear_session()
    first = layers.Dense(4)
    second = layers.Dense(4)
    assert first.name == "dense"

    def build(inputs, units):
        return layers.Dense(units)(second(first(inputs)))

    model = KerasRegressor(build, epochs=1, random_state=0, jit_compile=False).fit(X, X[:, 0])
    assert np.isfinite(model.predict(X)).all()


def test_networks_of_two_models_fit_into_one():
    models = [clone(DEEP).set_params(random_state=seed).fit(X, X[:, 0]) for seed in (0, 1)]
    inputs = {name: keras.Input(t.shape[1:]) for name, t in models[0].network_.input.items()}
    both = keras.Model(inputs, layers.average([model.network_(inputs) for model in models]))
    assert both.output_shape == (None, 1)


def test_a_network_that_cannot_be_copied_is_told():
    with pytest.raises(ValueError, match="a Subclassed, which Keras cannot copy; pass a function"):
        KerasClassifier(Subclassed(1, ops.sigmoid), RAW, epochs=0).fit(X, LABELS)


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
