"""Losses in the units of the target: values, quantiles, counts."""

import keras
import numpy as np
import pytest
from sklearn import metrics
from small_models import X, Y

from estimators import LinearRegressor, QuantileLoss


@pytest.mark.parametrize(
    ("loss", "measure"),
    [
        ("squared_error", metrics.mean_squared_error),
        ("mae", metrics.mean_absolute_error),
        (QuantileLoss(0.8), lambda y, p: metrics.mean_pinball_loss(y, p, alpha=0.8)),
        ("huber", lambda y, p: keras.losses.Huber()(y[:, None], p[:, None])),
    ],
)
def test_losses_are_in_the_units_of_the_target(loss, measure):
    y = 100 * Y + 1000
    model = LinearRegressor(loss=loss, epochs=60, random_state=0).fit(X, y)
    found = model.evaluate(X, y)["average_loss"]
    np.testing.assert_allclose(found, measure(y, model.predict(X)), rtol=1e-3)
    assert model.score(X, y) > 0.5


def test_quantiles_cover_their_share():
    shares = [
        (LinearRegressor(loss=QuantileLoss(q), random_state=0).fit(X, Y).predict(X) > Y).mean()
        for q in (0.1, 0.5, 0.9)
    ]
    np.testing.assert_allclose(shares, [0.1, 0.5, 0.9], atol=0.08)


def test_counts():
    counts = np.random.default_rng(1).poisson(np.exp(1 + X[:, 0]))
    model = LinearRegressor(loss="poisson", random_state=0).fit(X, counts)
    assert (model.predict(X) > 0).all()
    np.testing.assert_allclose(model.coef_, [1, 0, 0], atol=0.25)
    np.testing.assert_allclose(model.predict(X).mean(), counts.mean(), rtol=0.05)
