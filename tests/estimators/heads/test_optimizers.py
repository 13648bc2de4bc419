"""Optimizers from parameters: decay apart from the gradient, rates that fall by name."""

import keras
import numpy as np
import pytest
from sklearn.base import clone

from estimators import DNNLinearCombinedRegressor, DNNRegressor
from estimators.engine.layers.schedules import DecayWithinFit
from estimators.engine.optimizers import copy_optimizer, optimizer_key
from estimators.heads.optimizers import Auto, optimizer_of

ADAM = Auto("adam", 0.01)
RATE, DECAY, GRADIENT = 0.01, 0.3, 0.5
NAMES = ("kernel", "recurrent_kernel", "embeddings", "bias", "gamma", "beta", "edges")
X = np.random.default_rng(0).normal(size=(60, 3))
Y = X @ [1.0, -2.0, 0.5]
MODEL = DNNRegressor(
    hidden_units=4, epochs=3, numeric_embedding=None, jit_compile=False, random_state=0
)


def test_one_step_of_adamw_written_out():
    variables = [keras.Variable(np.full(2, 2.0, "float32"), name=name) for name in NAMES]
    optimizer = optimizer_of("auto", None, DECAY, ADAM)
    optimizer.build(variables)
    optimizer.apply([keras.ops.full((2,), GRADIENT) for _ in variables], variables)
    step = RATE * GRADIENT / (GRADIENT + 1e-7)
    for variable in variables:
        decayed = variable.name.endswith(("kernel", "embeddings"))
        expected = 2.0 * (1.0 - RATE * DECAY * decayed) - step
        np.testing.assert_allclose(variable.numpy(), expected, rtol=1e-5, err_msg=variable.name)


def own_adamw():
    optimizer = keras.optimizers.AdamW(RATE, weight_decay=DECAY)
    optimizer.exclude_from_weight_decay(var_names=["bias"])
    return optimizer


def predictions(**parameters):
    return clone(MODEL).set_params(**parameters).fit(X, Y).predict(X)


def test_decay_trains_as_adamw_of_keras():
    expected = predictions(optimizer=own_adamw())
    for optimizer in ("auto", keras.optimizers.AdamW(weight_decay=0.9)):
        found = predictions(optimizer=optimizer, learning_rate=RATE, weight_decay=DECAY)
        np.testing.assert_array_equal(found, expected)
    assert (predictions(optimizer=own_adamw(), weight_decay=0) != expected).any()


def test_rate_falls_and_weights_decay_within_an_optimizer_that_scales_the_loss():
    given = {"learning_rate": "cosine", "weight_decay": DECAY}
    plain = predictions(optimizer=keras.optimizers.SGD(0.05), **given)
    stated = {"learning_rate": DecayWithinFit(0.05), "weight_decay": DECAY}
    scaled = keras.optimizers.LossScaleOptimizer(keras.optimizers.SGD(0.05))
    np.testing.assert_array_equal(predictions(optimizer="sgd", **stated), plain)
    np.testing.assert_allclose(predictions(optimizer=scaled, **given), plain, rtol=1e-5)


@pytest.mark.parametrize(
    ("optimizer", "decay", "expected"),
    [("auto", None, 1.0), ("auto", 0, None), ("adam", None, None), ("adamw", None, 0.004)],
)
def test_none_leaves_the_optimizers_own(optimizer, decay, expected):
    model = DNNRegressor(optimizer=optimizer, weight_decay=decay)
    assert model._optimizers()[""].weight_decay == expected


def test_sides_have_rates_and_decay_of_their_own():
    model = DNNLinearCombinedRegressor(
        dnn_hidden_units=4, dnn_learning_rate="cosine", linear_learning_rate="cosine", epochs=2
    )
    linear, dnn = model._optimizers().values()
    assert linear._learning_rate.initial_learning_rate == pytest.approx(0.05)
    assert dnn._learning_rate.initial_learning_rate == pytest.approx(0.001)
    assert (linear.weight_decay, dnn.weight_decay) == (None, 1.0)


def test_decay_is_part_of_what_trainers_are_shared_by():
    one, same, other = (optimizer_of("auto", None, decay, ADAM) for decay in (0.1, 0.1, 0.2))
    assert optimizer_key(one) == optimizer_key(same) != optimizer_key(other)
    assert optimizer_key(copy_optimizer(one)) == optimizer_key(one)
    spared = keras.optimizers.Adam(0.1)
    spared.exclude_from_weight_decay(var_names=["recurrent"])
    assert (
        "recurrent"
        in optimizer_of(spared, None, 0.1, ADAM)._exclude_from_weight_decay_pattern.pattern
    )


@pytest.mark.parametrize(
    ("optimizer", "rate", "decay", "words"),
    [
        ("ftrl", None, 0.1, "weight_decay=0.1 does nothing with Ftrl.*l2"),
        (keras.optimizers.SGD(DecayWithinFit(0.1)), "cosine", None, None),
        (
            keras.optimizers.SGD(keras.optimizers.schedules.CosineDecay(0.1, 10)),
            *("cosine", None, "SGD given is a schedule already"),
        ),
    ],
)
def test_what_cannot_be(optimizer, rate, decay, words):
    if words is None:
        found = optimizer_of(optimizer, rate, decay, ADAM)
        assert found._learning_rate.initial_learning_rate == pytest.approx(0.1)
        return
    with pytest.raises(ValueError, match=words):
        optimizer_of(optimizer, rate, decay, ADAM)
