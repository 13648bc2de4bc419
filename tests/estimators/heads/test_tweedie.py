"""Positive values with a log link: deviances of scikit-learn, its linear models, units, files."""

import keras
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.linear_model import TweedieRegressor
from sklearn.metrics import mean_tweedie_deviance
from small_models import ROWS, X

from estimators import (
    DNNRegressor,
    KerasRegressor,
    LinearRegressor,
    NeighborNetworkRegressor,
    TabularRegressor,
    TweedieLoss,
    load_model,
)

RNG = np.random.default_rng(3)
MEANS = np.exp(1 + X @ [0.5, -0.3, 0.2])
POSITIVE = RNG.gamma(2.0, MEANS / 2)
# Sums of a number of claims: many are 0.
CLAIMS = np.array([RNG.gamma(2.0, 1.0, count).sum() for count in RNG.poisson(MEANS / 2)])
TARGETS = {1.0: RNG.poisson(MEANS).astype(float), 1.5: CLAIMS, 2.0: POSITIVE, 3.0: POSITIVE}
NUMBERS = st.floats(1e-2, 1e2)


@given(NUMBERS, NUMBERS, st.floats(1, 3))
def test_the_loss_is_the_deviance_of_scikit_learn(target, mean, power):
    power = round(power, 2)
    found = TweedieLoss(power)(np.array([[target]], "float64"), np.array([[mean]], "float64"))
    expected = mean_tweedie_deviance([target], [mean], power=power)
    np.testing.assert_allclose(float(found), expected, rtol=1e-3, atol=2e-4 * max(target, mean))


@pytest.mark.parametrize("power", TARGETS)
def test_linear_models_end_where_those_of_scikit_learn_do(power):
    y = TARGETS[power]
    given = {1.5: "tweedie", 2.0: "gamma"}.get(power, TweedieLoss(power))
    model = LinearRegressor(loss=given, l2=0.0, epochs=400, batch_size=ROWS, random_state=0)
    model.fit(X, y)
    theirs = TweedieRegressor(power=power, alpha=0, link="log", max_iter=2000, tol=1e-7).fit(X, y)
    np.testing.assert_allclose(model.predict(X), theirs.predict(X), rtol=0.02)
    deviance = mean_tweedie_deviance(y, model.predict(X), power=power)
    metrics = model.evaluate(X, y)
    np.testing.assert_allclose(metrics["average_loss"], deviance, rtol=1e-3)
    assert (model.predict(1e2 * X) > 0).all()


@pytest.mark.parametrize("power", TARGETS)
def test_the_unit_of_the_target_changes_nothing(power):
    model = DNNRegressor(hidden_units=8, loss=TweedieLoss(power), epochs=5, random_state=0, l2=0.1)
    one = model.fit(X, TARGETS[power]).predict(X)
    thousands = model.fit(X, 1000 * TARGETS[power]).predict(X)
    np.testing.assert_allclose(thousands, 1000 * one, rtol=1e-3)


def test_every_family_knows_them_and_files_keep_them(tmp_path):
    def network(inputs, units):
        return keras.layers.Dense(units, activation="softplus")(inputs)

    settings = {"random_state": 0, "loss": TweedieLoss(1.7)}
    models = [
        DNNRegressor(hidden_units=4, epochs=3, members=3, **settings),
        NeighborNetworkRegressor(epochs=2, **settings),
        KerasRegressor(network, epochs=3, **settings),
        TabularRegressor(
            estimators=[
                ("linear", LinearRegressor(epochs=3)),
                ("deep", DNNRegressor(hidden_units=4, epochs=3)),
            ],
            members=2,
            **settings,
        ),
    ]
    for model in models:
        predicted = model.fit(X, CLAIMS).predict(X)
        assert (predicted > 0).all()
        if not isinstance(model, KerasRegressor):
            model.save(tmp_path / "a.model")
            again = load_model(tmp_path / "a.model")
            np.testing.assert_array_equal(again.predict(X), predicted)
    lower, upper = models[0].predict_interval(X).T
    assert (lower >= 0).all()
    assert 0.8 < ((lower <= CLAIMS) & (upper >= CLAIMS)).mean() <= 1
    # They widen with the mean.
    order = models[0].predict(X).argsort()
    assert (upper - lower)[order[-1]] > (upper - lower)[order[0]]


@pytest.mark.parametrize(
    ("loss", "y", "message"),
    [
        ("gamma", np.r_[0.0, POSITIVE[1:]], "y holds 0 in row 0; .* power 2 needs values above 0"),
        ("tweedie", np.r_[1.0, -2.0, POSITIVE[2:]], "y holds -2 in row 1; .* of at least 0"),
        ("tweedie", np.zeros(ROWS), "y holds nothing but 0"),
    ],
)
def test_targets_that_no_such_distribution_has_are_told(loss, y, message):
    with pytest.raises(ValueError, match=message):
        LinearRegressor(loss=loss).fit(X, y)


@pytest.mark.parametrize("power", [0, 0.5, 3.5, "2", True, None])
def test_a_power_is_a_number_from_1_to_3(power):
    with pytest.raises(ValueError, match="power must be a number from 1 to 3"):
        TweedieLoss(power)
