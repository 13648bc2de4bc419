"""Losses in the units of the target: values, quantiles, counts."""

import copy
import pickle

import keras
import numpy as np
import pytest
from scipy import optimize, special
from sklearn import metrics
from sklearn.base import clone
from small_models import LABELS, RAW, ROWS, THREE, X, Y

from estimators import DNNRegressor, LinearClassifier, LinearRegressor, QuantileLoss, load_model

HEAVY_TAILED = 3e5 + X @ [3e4, -6e4, 2e4] + 2e4 * np.random.default_rng(2).standard_t(3, ROWS)


def pseudo_huber(target, predicted):
    return keras.ops.sqrt(1 + ((target - predicted) / 1e4) ** 2) - 1


LOSSES = {
    "huber": (keras.losses.Huber(2e4), lambda y, p: special.huber(2e4, y - p).mean()),
    "narrow huber": ("huber", lambda y, p: special.huber(1, y - p).mean()),
    "log_cosh": ("log_cosh", lambda y, p: np.mean(np.logaddexp(y - p, p - y) - np.log(2))),
    "mape": ("mape", lambda y, p: 100 * metrics.mean_absolute_percentage_error(y, p)),
    "msle": (
        keras.losses.MeanSquaredLogarithmicError(),
        lambda y, p: metrics.mean_squared_log_error(y, np.maximum(p, 0)),
    ),
    "quantile": (
        QuantileLoss(0.8, name="of mine"),
        lambda y, p: metrics.mean_pinball_loss(y, p, alpha=0.8),
    ),
    "function": (pseudo_huber, lambda y, p: special.pseudo_huber(1, (y - p) / 1e4).mean()),
}


@pytest.mark.parametrize("name", LOSSES)
def test_training_ends_at_the_least_loss_in_the_units_of_the_target(name):
    loss, measure = LOSSES[name]
    model = LinearRegressor(loss=loss, epochs=600, batch_size=ROWS, random_state=0)
    model.fit(X, HEAVY_TAILED)
    mean, scale = HEAVY_TAILED.mean(), HEAVY_TAILED.std()
    unit = measure(HEAVY_TAILED, np.full(ROWS, mean))

    def loss_of(weights):
        return measure(HEAVY_TAILED, mean + scale * (X @ weights[1:] + weights[0])) / unit

    start = np.r_[model.intercept_ - mean, model.coef_] / scale
    # The coefficients are those of standardised columns.
    start[1:] /= X.std(axis=0)
    start[0] -= start[1:] @ X.mean(axis=0)
    settings = {"maxiter": 5000, "maxfev": 5000, "xatol": 1e-9, "fatol": 1e-9}
    least = optimize.minimize(loss_of, start, method="Nelder-Mead", options=settings).fun * unit
    found = model.evaluate(X, HEAVY_TAILED)["average_loss"]
    np.testing.assert_allclose(found, least, rtol=2e-3)
    np.testing.assert_allclose(found, measure(HEAVY_TAILED, model.predict(X)), rtol=1e-4)
    np.testing.assert_allclose(model.history_.history["loss"][-1], found, rtol=2e-3)


@pytest.mark.parametrize("loss", ["mape", "msle"])
def test_deep_networks_learn_losses_of_positive_targets(loss):
    model = DNNRegressor(hidden_units=8, loss=loss, learning_rate=0.01, random_state=0)
    assert model.fit(X, HEAVY_TAILED).score(X, HEAVY_TAILED) > 0.7


@pytest.mark.parametrize(
    "loss_in",
    [
        lambda unit: keras.losses.Huber(0.5 * unit),
        lambda unit: QuantileLoss(0.3, name="of mine"),
        lambda unit: lambda y, p: keras.ops.square(y - p),
    ],
    ids=["huber", "quantile", "function"],
)
def test_penalties_weigh_the_same_in_any_unit(loss_in):
    model = LinearRegressor(l2=0.1, epochs=20, random_state=0)
    one = model.set_params(loss=loss_in(1.0)).fit(X, Y).predict(X)
    other = clone(model).set_params(loss=loss_in(1000.0)).fit(X, 1000 * Y + 500).predict(X)
    np.testing.assert_allclose((other - 500) / 1000, one, rtol=1e-3, atol=1e-3)


def test_a_loss_keeps_what_it_was_made_with(tmp_path):
    model = LinearRegressor(loss=keras.losses.Huber(10.0), epochs=0).fit(X, 50 * Y)
    expected = special.huber(10, 50 * Y - model.predict(X)).mean()
    model.save(tmp_path / "model")
    LinearRegressor(loss=keras.losses.Huber(1.0), epochs=0).fit(X, 50 * Y)
    for kept in (
        model,
        clone(model).fit(X, 50 * Y),
        copy.deepcopy(model),
        pickle.loads(pickle.dumps(model)),
        load_model(tmp_path / "model"),
        clone(load_model(tmp_path / "model")).fit(X, 50 * Y),
    ):
        found = kept.evaluate(X, 50 * Y)["average_loss"]
        np.testing.assert_allclose(found, expected, rtol=1e-5)


class PowerLoss(keras.losses.Loss):
    """As callers write them: with no `get_config`."""

    def __init__(self, power):
        super().__init__()
        self.power = power

    def call(self, target, predicted):
        return abs(target - predicted) ** self.power


def test_programs_are_shared_by_equal_losses_alone():
    for power in (1.0, 3.0):
        model = LinearRegressor(loss=PowerLoss(power), learning_rate=1e-12, epochs=1)
        model = clone(model).fit(X, Y)
        expected = np.mean(np.abs(Y - model.predict(X)) ** power)
        assert model.history_.history["loss"][0] == pytest.approx(expected, rel=1e-4)


@pytest.mark.parametrize(
    ("loss", "y", "same"),
    [
        (keras.losses.BinaryCrossentropy(from_logits=True), LABELS, None),
        (keras.losses.CategoricalCrossentropy(), LABELS, None),
        (keras.losses.SparseCategoricalCrossentropy(from_logits=True), LABELS, None),
        (keras.losses.SparseCategoricalCrossentropy(), THREE, None),
        (keras.losses.CategoricalCrossentropy(from_logits=True), THREE, None),
        (keras.losses.sparse_categorical_crossentropy, THREE, None),
        (keras.losses.BinaryFocalCrossentropy(gamma=0, from_logits=True), LABELS, None),
    ],
    ids=lambda value: getattr(value, "name", None),
)
def test_cross_entropy_is_cross_entropy_however_it_is_given(loss, y, same):
    given, plain = (
        LinearClassifier(RAW, loss=loss, epochs=5, random_state=0).fit(X, y)
        for loss in (loss, same)
    )
    np.testing.assert_allclose(given.predict_proba(X), plain.predict_proba(X), atol=1e-3)
    found = given.evaluate(X, y)["average_loss"]
    assert found == pytest.approx(metrics.log_loss(y, given.predict_proba(X)), rel=1e-4)


@pytest.mark.parametrize("kind", [LinearRegressor, LinearClassifier])
def test_a_loss_of_all_rows_at_once_is_told(kind):
    def mean_error(target, predicted):
        return keras.ops.mean(keras.ops.abs(target - predicted))

    y = Y if kind is LinearRegressor else LABELS
    with pytest.raises(ValueError, match=r"'mean_error' returns shape \(\) .* axis=-1 alone"):
        kind(loss=mean_error, epochs=1).fit(X, y)


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
