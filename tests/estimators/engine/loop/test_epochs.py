"""Epochs that share a call and epochs that end one by one: same bits, stops and errors."""

import keras
import numpy as np
import pytest
from numpy.testing import assert_array_equal
from sklearn.base import clone

from estimators import (
    DNNClassifier,
    DNNLinearCombinedRegressor,
    DNNRegressor,
    KerasRegressor,
    LinearRegressor,
)
from estimators.engine.compiled.trainer import CompiledTrainer

RNG = np.random.default_rng(0)
X = RNG.normal(size=(330, 3))
Y = np.sin(2 * X[:, 0]) + RNG.normal(size=330) / 3
# XLA takes seconds for each; the first cases and that of members are compiled by it.
PLAIN = {"random_state": 0, "jit_compile": False}
SMALL = {"hidden_units": (8,), "epochs": 40, "random_state": 0}


class Watching(keras.callbacks.Callback):
    """Does nothing, and may not miss an epoch's end."""


def network(units):
    inputs = keras.Input((3,))
    return keras.Model(inputs, keras.layers.Dense(units)(keras.layers.Dropout(0.3)(inputs)))


CASES = {
    "a rate that falls": DNNRegressor(**SMALL),
    "without XLA": DNNRegressor(**SMALL, jit_compile=False, batch_norm=True),
    "random numbers": DNNRegressor(**SMALL | PLAIN, dropout=0.2, optimizer="sgd", batch_size=9),
    "members": DNNRegressor(**SMALL, members=2),
    "short patience": DNNClassifier(**SMALL | PLAIN, early_stopping=1),
    "no stop": DNNClassifier(hidden_units=(8,), epochs=9, early_stopping=False, **PLAIN)
    .set_params(validation_fraction=0.2),
    "two optimizers": DNNLinearCombinedRegressor(dnn_hidden_units=(8,), epochs=40, random_state=0),
    "a schedule": LinearRegressor(epochs=40, learning_rate="cosine", **PLAIN)
    .set_params(early_stopping=3),
    "own network": KerasRegressor(network, epochs=9, **PLAIN),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_same_bits_whether_epochs_end_one_by_one_or_several_at_once(case):
    at_once = clone(CASES[case])
    y = Y > 0 if isinstance(at_once, DNNClassifier) else Y
    one_by_one = clone(at_once).set_params(callbacks=[Watching()]).fit(X, y)
    at_once.fit(X, y)
    for found, expected in zip(at_once.trained_.members, one_by_one.trained_.members, strict=True):
        assert found.history.history == expected.history.history
        assert found.history.best_epoch == expected.history.best_epoch
        for some, others in zip(
            [found.weights, *found.state.slots], [expected.weights, *expected.state.slots]
        ):
            for one, other in zip(some, others, strict=True):
                assert_array_equal(one, other)


def test_an_infinite_loss_ends_both_in_the_same_epoch():
    model = LinearRegressor(
        optimizer="sgd", learning_rate=1e9, early_stopping=5, epochs=50, **PLAIN
    )
    told = []
    for callbacks in (None, [Watching()]):
        with pytest.raises(ValueError, match="in epoch") as error:
            clone(model).set_params(callbacks=callbacks).fit(X, Y)
        told.append(str(error.value))
    assert told[0] == told[1]


def test_a_fit_goes_on_after_one_whose_epochs_shared_a_call():
    halves = DNNRegressor(**SMALL | PLAIN, warm_start=True, early_stopping=5)
    watched = clone(halves).set_params(callbacks=[Watching()])
    for _ in range(2):
        halves.fit(X, Y)
        watched.fit(X, Y)
    assert_array_equal(halves.predict(X), watched.predict(X))


def test_members_of_unequal_folds_share_one_program(monkeypatch):
    seen = []
    call = CompiledTrainer.train_on

    def shapes_of(trainer, rows, validation, *arguments, **named):
        seen.append((len(rows.weight), len(validation.weight)))
        return call(trainer, rows, validation, *arguments, **named)

    monkeypatch.setattr(CompiledTrainer, "train_on", shapes_of)
    # Folds of 64 and 65 rows, which alone would be padded to 64 and to 72.
    DNNRegressor(**SMALL, members=5).fit(X[:322], Y[:322])
    assert len(set(seen)) == 1
