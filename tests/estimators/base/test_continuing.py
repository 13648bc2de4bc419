"""A fit that goes on where another stopped, and fits that do not follow one another."""

import keras
import numpy as np
import pytest
from sklearn.base import clone
from small_models import DEEP, ROWS, THREE, X, Y

from estimators import (
    DNNClassifier,
    DNNLinearCombinedRegressor,
    KerasRegressor,
    LinearClassifier,
    LinearRegressor,
)
from feature_specs import FeatureSpec


@pytest.mark.parametrize(
    "model",
    [
        DEEP,
        DNNClassifier(hidden_units=8, dropout=0.2, batch_norm=True, random_state=0),
        DNNLinearCombinedRegressor(dnn_hidden_units=8, random_state=0),
        # The default rate of linear models falls to 0 within each fit.
        LinearRegressor(learning_rate=0.05, random_state=0),
    ],
    ids=lambda model: type(model).__name__,
)
def test_three_and_two_epochs_are_five(model):
    y = THREE if isinstance(model, DNNClassifier) else Y
    five = clone(model).set_params(epochs=5).fit(X, y)
    warm = clone(model).set_params(epochs=3, warm_start=True).fit(X, y)
    warm.set_params(epochs=2).fit(X, y)
    np.testing.assert_array_equal(warm.predict(X), five.predict(X))
    for ours, theirs in zip(warm.trained_.weights, five.trained_.weights, strict=True):
        np.testing.assert_array_equal(ours, theirs)
    assert warm.history_ == five.history_
    assert warm.history_.epoch == list(range(5))


def test_without_warm_start_a_fit_begins_anew():
    model = clone(DEEP)
    first = model.fit(X, Y).predict(X)
    np.testing.assert_array_equal(model.fit(X, Y).predict(X), first)
    assert model.n_iter_ == 5


def test_partial_fit_is_a_fit_epoch_by_epoch():
    model = clone(DEEP)
    for _ in range(5):
        model.partial_fit(X, Y)
    np.testing.assert_array_equal(model.predict(X), clone(DEEP).fit(X, Y).predict(X))


def test_partial_fit_knows_all_classes_from_the_first_call():
    model = LinearClassifier().partial_fit(X[THREE < 2], THREE[THREE < 2], classes=[0, 1, 2])
    assert model.predict_proba(X).shape == (ROWS, 3)
    assert model.partial_fit(X, THREE).classes_.tolist() == [0, 1, 2]


def recurrent(units, width):
    return keras.Sequential(
        [keras.layers.Reshape((-1, 1)), keras.layers.LSTM(width), keras.layers.Dense(units)]
    )


def test_shared_program_does_not_follow_later_parameters():
    model = KerasRegressor(recurrent, network_params={"width": 2}, epochs=1, random_state=0)
    before = model.fit(X, Y).predict(X)
    model.set_params(network_params={"width": 3}).fit(X, Y)
    again = clone(model).set_params(network_params={"width": 2}).fit(X, Y)
    np.testing.assert_array_equal(again.predict(X), before)


def test_a_fitted_model_does_not_follow_later_parameters():
    model = clone(DEEP).fit(X, Y)
    before = model.predict(X)
    model.set_params(hidden_units=(3,), feature_spec=FeatureSpec("other ~ ."))
    np.testing.assert_array_equal(model.predict(X), before)
    assert model.network_.count_params() == clone(DEEP).fit(X, Y).network_.count_params()


def test_warm_start_refuses_another_network():
    model = clone(DEEP).set_params(warm_start=True).fit(X, Y)
    with pytest.raises(ValueError, match="parameters of the network changed"):
        model.set_params(hidden_units=(3,)).fit(X, Y)
