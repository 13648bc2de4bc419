"""Counts that vary more than Poisson's: likelihoods of SciPy, what spread is worth, files."""

import keras
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import nbinom
from small_models import ROWS, X

from estimators import (
    DNNRegressor,
    KerasRegressor,
    LinearRegressor,
    NegativeBinomialLoss,
    NeighborNetworkRegressor,
    load_model,
)

RNG = np.random.default_rng(5)
ALPHA = 0.8
MEANS = np.exp(1.5 + X @ [0.5, -0.3, 0.2])
COUNTS = RNG.poisson(RNG.gamma(1 / ALPHA, ALPHA * MEANS)).astype(float)


def deviance(y, mean, alpha):
    def log_likelihood(mean):
        return nbinom.logpmf(y, 1 / alpha, 1 / (1 + alpha * mean))

    return 2 * (log_likelihood(np.maximum(y, 1e-9)) - log_likelihood(mean))


@given(st.integers(0, 200), st.floats(1e-2, 1e3), st.floats(0.05, 20))
def test_the_loss_is_twice_what_scipy_says_of_the_likelihood(count, mean, alpha):
    found = NegativeBinomialLoss(alpha)(np.array([[float(count)]]), np.array([[mean]]))
    np.testing.assert_allclose(float(found), deviance(count, mean, alpha), rtol=5e-3, atol=5e-3)


def test_linear_models_reach_the_best_likelihood():
    loss = NegativeBinomialLoss(ALPHA)
    model = LinearRegressor(loss=loss, epochs=400, batch_size=ROWS, random_state=0).fit(X, COUNTS)
    found = deviance(COUNTS, model.predict(X), ALPHA).mean()
    assert found <= deviance(COUNTS, MEANS, ALPHA).mean()
    np.testing.assert_allclose(model.evaluate(X, COUNTS)["average_loss"], found, rtol=1e-3)
    # The gradient of the likelihood by the line is 0 at its best.
    predicted = model.predict(X)
    score = (COUNTS - predicted) / (1 + ALPHA * predicted)
    np.testing.assert_allclose(np.c_[X, np.ones(ROWS)].T @ score / ROWS, 0, atol=0.03)


def test_other_families_know_them_and_files_keep_them(tmp_path):
    def network(inputs, units):
        return keras.layers.Dense(units, activation="softplus")(inputs)

    settings = {"loss": "negative_binomial", "random_state": 0}
    models = [
        DNNRegressor(hidden_units=4, epochs=3, members=3, **settings),
        NeighborNetworkRegressor(epochs=2, **settings),
        KerasRegressor(network, epochs=3, **settings),
    ]
    for model in models:
        predicted = model.fit(X, COUNTS).predict(X)
        assert (predicted > 0).all()
        if not isinstance(model, KerasRegressor):
            model.save(tmp_path / "a.model")
            again = load_model(tmp_path / "a.model")
            np.testing.assert_array_equal(again.predict(X), predicted)
    lower, upper = models[0].predict_interval(X).T
    assert (lower >= 0).all()
    assert 0.8 < ((lower <= COUNTS) & (upper >= COUNTS)).mean() <= 1


def test_a_count_is_not_negative():
    with pytest.raises(ValueError, match="negative count in row 1; loss='negative_binomial'"):
        LinearRegressor(loss="negative_binomial").fit(X, np.r_[1.0, -2.0, COUNTS[2:]])


@pytest.mark.parametrize("alpha", [0, -1, "2", True, None, float("inf"), float("nan")])
def test_alpha_is_a_number_above_0(alpha):
    with pytest.raises(ValueError, match="alpha must be a number above 0"):
        NegativeBinomialLoss(alpha)
