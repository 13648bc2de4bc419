"""Rows to validate with: given or set aside, and when training stops by them."""

import keras
import numpy as np
import pandas as pd
import pytest
from sklearn import metrics
from sklearn.base import clone
from small_models import DEEP, WEIGHT, X, Y

from estimators import LinearRegressor
from feature_specs import FeatureSpec

RECKLESS = clone(DEEP).set_params(learning_rate=0.1, epochs=60, dropout=0.0)


def test_early_stopping_restores_the_best_weights():
    model = clone(RECKLESS).set_params(early_stopping=4)
    model.fit(X[:60], Y[:60], validation_data=(X[60:], Y[60:]))
    losses = model.history_["val_loss"]
    assert model.history_.best_epoch == np.argmin(losses)
    assert model.n_iter_ == np.argmin(losses) + 4 + 1 < 60
    found = metrics.mean_squared_error(Y[60:], model.predict(X[60:]))
    np.testing.assert_allclose(found, min(losses), rtol=1e-4)


def test_early_stopping_sets_rows_aside():
    model = clone(RECKLESS).set_params(early_stopping=True).fit(X, Y)
    assert "val_loss" in model.history_
    assert model.history_.best_epoch is not None


def test_early_stopping_object_of_keras():
    stop = keras.callbacks.EarlyStopping("val_loss", patience=4, restore_best_weights=True)
    model = clone(RECKLESS).set_params(early_stopping=stop)
    model.fit(X[:60], Y[:60], validation_data=(X[60:], Y[60:]))
    own = clone(RECKLESS).set_params(early_stopping=4)
    own.fit(X[:60], Y[:60], validation_data=(X[60:], Y[60:]))
    np.testing.assert_array_equal(model.predict(X), own.predict(X))


@pytest.mark.parametrize("form", ["pair", "triple", "table", "fraction"])
def test_validation_data(form):
    table = pd.DataFrame(X, columns=["a", "b", "c"]).assign(label=Y)
    model = LinearRegressor(FeatureSpec("label ~ ."), epochs=3, random_state=0)
    features = table[["a", "b", "c"]]
    given = {
        "pair": (features, Y),
        "triple": (features, Y, WEIGHT),
        "table": table,
        "fraction": None,
    }[form]
    if form == "fraction":
        model.set_params(validation_fraction=0.2)
    model.fit(table, validation_data=given)
    assert len(model.history_["val_loss"]) == 3
    if form != "fraction":
        weight = WEIGHT if form == "triple" else None
        found = metrics.mean_squared_error(Y, model.predict(features), sample_weight=weight)
        np.testing.assert_allclose(found, model.history_["val_loss"][-1], rtol=1e-4)
