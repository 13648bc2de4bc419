"""Penalties, dropout rates and weight decay are inputs of one program, with bits of their own."""

import json

import keras
import numpy as np
import pytest

from estimators import (
    DNNClassifier,
    DNNLinearCombinedRegressor,
    DNNRegressor,
    LinearClassifier,
    TextRegressor,
    forget_programs,
)
from estimators.engine.compiled.function import Compiled
from estimators.engine.compiled.rates import Rates, without_rates

RNG = np.random.default_rng(0)
X, Y = RNG.normal(size=(200, 3)), RNG.normal(size=200)
LABELS = Y > 0
TEXTS = [" ".join(RNG.choice(list("abcdefgh"), 5)) for _ in Y]
ONCE = {"epochs": 2, "early_stopping": False, "random_state": 0}
DEEP = {"hidden_units": (4,), **ONCE}

# An estimator, its rows, and two settings that one program serves.
CASES = {
    "l2": (DNNRegressor(**DEEP), X, Y, {"l2": 0.1}, {"l2": 0.3}),
    "l1 and l2": (DNNClassifier(**DEEP), X, LABELS, {"l1": 0.1, "l2": 0.1}, {"l1": 0.2, "l2": 1.0}),
    "dropout": (DNNRegressor(**DEEP), X, Y, {"dropout": 0.1}, {"dropout": 0.7}),
    "weight decay": (DNNRegressor(**DEEP), X, Y, {"weight_decay": 0.5}, {"weight_decay": 5.0}),
    "linear": (LinearClassifier(**ONCE), X, LABELS, {"l2": 0.1}, {"l2": 0.01}),
    "both sides": (
        DNNLinearCombinedRegressor(dnn_hidden_units=(4,), **ONCE), X, Y,
        {"linear_l2": 0.1, "dnn_l2": 0.1, "dnn_dropout": 0.1},
        {"linear_l2": 0.3, "dnn_l2": 0.2, "dnn_dropout": 0.4},
    ),
    "texts": (TextRegressor(**ONCE), TEXTS, Y, {"dropout": 0.5}, {"dropout": 0.1}),
    "members": (DNNRegressor(members=3, n_jobs=2, **DEEP), X, Y, {"l2": 0.1}, {"l2": 0.3}),
}  # fmt: skip


@pytest.fixture
def traced(monkeypatch):
    """The number of programs traced so far."""
    count, trace = [], Compiled._traced
    monkeypatch.setattr(Compiled, "_traced", lambda *given: count.append(1) or trace(*given))
    return count


def weights(model):
    members = getattr(model.trained_, "members", [model.trained_])
    return [weight for member in members for weight in member.weights]


@pytest.mark.parametrize(("model", "X", "y", "first", "then"), CASES.values(), ids=CASES)
def test_a_search_has_one_program(model, X, y, first, then, traced):
    forget_programs()
    before = weights(model.set_params(**first).fit(X, y))
    count = len(traced)
    after = weights(model.set_params(**then).fit(X, y))
    assert len(traced) == count > 0
    forget_programs()
    fresh = weights(model.set_params(**then).fit(X, y))
    again = weights(model.set_params(**first).fit(X, y))
    assert any(not np.array_equal(*pair) for pair in zip(before, after, strict=True))
    for mine, wanted in zip(after + again, fresh + before, strict=True):
        np.testing.assert_array_equal(mine, wanted)


@pytest.mark.parametrize("name", ["l1", "l2", "dropout"])
def test_none_is_another_program(name):
    model = DNNRegressor(**DEEP)
    plain = weights(model.fit(X, Y))
    rated = weights(model.set_params(**{name: 0.2}).fit(X, Y))
    assert any(not np.array_equal(*pair) for pair in zip(plain, rated, strict=True))
    for mine, wanted in zip(weights(model.set_params(**{name: 0.0}).fit(X, Y)), plain, strict=True):
        np.testing.assert_array_equal(mine, wanted)


class Told(keras.callbacks.Callback):
    """Notes what the network and its optimizer say of themselves."""

    def on_epoch_end(self, epoch, logs=None):
        self.said = json.dumps([self.model.get_config(), self.model.optimizer.get_config()])


def test_callbacks_find_numbers(tmp_path):
    for rate in (0.25, 0.125):
        told, path = Told(), tmp_path / "network.keras"
        rates = {"l2": rate, "dropout": rate, "weight_decay": rate, "optimizer": "adamw"}
        callbacks = [told, keras.callbacks.ModelCheckpoint(path)]
        DNNRegressor(callbacks=callbacks, **rates, **DEEP).fit(X, Y)
        for name in ("l2", "rate", "weight_decay"):
            assert f'"{name}": {rate}' in told.said
        assert keras.saving.load_model(path).get_config() is not None


def test_the_penalty_is_that_of_keras():
    shared = keras.regularizers.L1L2(0.5, 0.25)
    layers = [
        keras.layers.Dense(3, kernel_regularizer=shared),
        keras.layers.Dense(2, kernel_regularizer=shared, bias_regularizer="l2"),
        keras.layers.Dense(1, kernel_regularizer=keras.regularizers.L1L2(0.0, 2.0)),
    ]
    network = keras.Sequential([keras.Input((4,)), *layers])
    rates = Rates(network, [])
    assert len(rates.variables) == 4
    wanted = [float(loss) for loss in network.losses]
    with rates.in_force():
        np.testing.assert_allclose([float(loss) for loss in network.losses], wanted, rtol=1e-6)
        rates.variables[-1].assign(4.0)
        assert float(network.losses[-1]) == pytest.approx(2 * wanted[-1])
    assert [float(loss) for loss in network.losses] == wanted


def test_what_else_differs_stays_in_the_key():
    assert without_rates({"hidden_units": (3,), "l1": 0}) != without_rates(
        {"hidden_units": (4,), "l1": 0}
    )
