"""What 'auto' stands for, and who does without."""

import keras
import numpy as np
import pytest
from sklearn.base import clone
from sklearn.datasets import make_regression
from small_models import RAW, small_network

from estimators import DNNLinearCombinedRegressor, DNNRegressor, KerasRegressor, LinearRegressor
from estimators.base.automatic import epochs_at_most, held_out_share, rows_a_step
from estimators.base.fit_extension import FitRequest

X, Y = make_regression(400, 3, noise=1.0, random_state=0)
STEEP = DNNRegressor(hidden_units=8, learning_rate=0.3, weight_decay=0.0, random_state=0)


def request(**changes):
    return FitRequest(None, None, None, None, **{"epochs": "auto", "continued": False} | changes)


@pytest.mark.parametrize(
    ("rows", "share"), [(10, None), (299, None), (300, 0.2), (625, 0.2), (10_000, 0.05)]
)
def test_share_by_rows(rows, share):
    assert held_out_share(DNNRegressor(), request(), rows) == share


def test_share_falls_smoothly_and_holds_ever_more_rows():
    counts = np.arange(300, 100_000, 97)
    held = [count * held_out_share(DNNRegressor(), request(), int(count)) for count in counts]
    assert (np.diff(held) > 0).all()
    assert np.diff(held).max() < 97 * 0.2 + 1e-9


@pytest.mark.parametrize(
    ("model", "asked", "share"),
    [
        (LinearRegressor(), {}, None),
        (DNNRegressor(), {"epochs": 0}, None),
        (DNNRegressor(), {"is_part": True}, None),
        (DNNRegressor(early_stopping=False), {}, None),
        (DNNRegressor(early_stopping=True), {}, 0.1),
        (DNNRegressor(early_stopping=3), {}, 0.1),
        (DNNRegressor(validation_fraction=0.4), {}, 0.4),
        (DNNRegressor(early_stopping=False, validation_fraction=0.4), {}, 0.4),
    ],
)
def test_share_is_what_was_said(model, asked, share):
    assert held_out_share(model, request(**asked), 1_000) == share


def test_epochs_and_batches():
    assert epochs_at_most(DNNRegressor(), request(), 50) == 100
    assert epochs_at_most(DNNRegressor(), request(epochs=7), 50) == 7
    linear = [epochs_at_most(LinearRegressor(), request(), rows) for rows in (2_048, 2_049)]
    assert linear == [500, 100]
    batches = [rows_a_step(DNNRegressor(), rows) for rows in (1_024, 1_025, 4_096, 16_384)]
    assert batches == [32, 64, 128, 256]
    assert rows_a_step(DNNRegressor(batch_size=1_000), 5) == rows_a_step(DNNRegressor(), 5)


def test_a_fit_stops_and_keeps_its_best():
    model = clone(STEEP).fit(X, Y)
    best = model.history_.best_epoch
    assert best == np.argmin(model.history_["val_loss"])
    assert model.n_iter_ in (best + 21, 100)


def test_validation_data_is_watched_whatever_the_rows():
    model = clone(STEEP).fit(X[:40], Y[:40], validation_data=(X[200:], Y[200:]))
    assert model.history_.best_epoch == np.argmin(model.history_["val_loss"])


@pytest.mark.parametrize(
    "model",
    [
        LinearRegressor(epochs=2, random_state=0),
        DNNLinearCombinedRegressor(dnn_hidden_units=4, epochs=0, random_state=0),
    ],
    ids=["linear", "prepared"],
)
def test_who_trains_on_all_rows(model):
    model.fit(X, Y)
    plain = clone(model).set_params(early_stopping=False).fit(X, Y)
    assert "val_loss" not in model.history_
    np.testing.assert_array_equal(model.predict(X), plain.predict(X))


def test_own_networks_stop_too():
    model = KerasRegressor(small_network(), RAW, epochs=2, random_state=0)
    assert model.fit(X, Y).history_.best_epoch is not None


def rates_of(model, X, Y):
    """Return the rate of every epoch."""
    seen = []
    tell = keras.callbacks.LambdaCallback(
        on_epoch_begin=lambda epoch, logs: seen.append(float(tell.model.optimizer.learning_rate))
    )
    model = clone(model).set_params(callbacks=[*(model.callbacks or ()), tell])
    return seen, model.fit(X, Y)


def test_the_rate_falls_where_the_rows_stop_the_training(tmp_path):
    model = DNNRegressor(hidden_units=8, epochs=16, jit_compile=False, random_state=0)
    rates, whole = rates_of(model, X, Y)
    np.testing.assert_allclose(rates, 2e-3 * 0.5 ** (np.arange(16) / 15), rtol=1e-5)
    # More epochs may be asked for, whatever the first fit thought of its length.
    part = clone(model).set_params(epochs=6, model_dir=tmp_path).fit(X, Y)
    part.set_params(epochs=16).fit(X, Y, resume=True)
    np.testing.assert_array_equal(part.predict(X), whole.predict(X))
    for other in ({"early_stopping": 20}, {"early_stopping": False}, {"learning_rate": 1e-3}):
        assert set(rates_of(clone(model).set_params(**other), X, Y)[0]) == {np.float32(1e-3)}


def test_callbacks_may_set_the_rate_too():
    given = keras.callbacks.LearningRateScheduler(lambda epoch, rate: 0.5 if epoch == 2 else rate)
    model = DNNRegressor(hidden_units=8, epochs=4, callbacks=[given], jit_compile=False)
    rates, _ = rates_of(model, X, Y)
    np.testing.assert_allclose(rates[2:], [0.5, 0.5 * 0.5 ** (1 / 15)], rtol=1e-5)
