"""A range test finds rates that train, alike every time, and leaves the estimator alone."""

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.dummy import DummyRegressor

from estimators import (
    DNNClassifier,
    DNNLinearCombinedRegressor,
    DNNRegressor,
    TabularRegressor,
    learning_rate_range_test,
)
from estimators.displays import LearningRateRangeDisplay

plt = pytest.importorskip("matplotlib.pyplot")

RNG = np.random.default_rng(0)
X = RNG.normal(size=(300, 4))
Y = X @ [1.0, -2.0, 0.5, 0.0] + np.sin(X[:, 0])
SGD = DNNRegressor(hidden_units=16, optimizer="sgd", batch_size=32, random_state=0)


@pytest.fixture(scope="module")
def found():
    return learning_rate_range_test(SGD, X, Y)


def test_the_rate_grows_by_a_factor_until_the_loss_has_risen(found):
    rates, losses, smoothed, suggested, highest = found
    np.testing.assert_allclose(rates, np.geomspace(1e-6, 10, 100)[: len(rates)])
    assert 50 < len(rates) < 100
    assert len(losses) == len(smoothed) == len(rates)
    assert smoothed[-1] > 4 * smoothed.min()
    assert 1e-4 < suggested <= highest < rates[smoothed.argmin()] < rates[-1]


def test_the_suggested_rate_trains_better_than_rates_far_from_it(found):
    scores = {}
    for rate in (found.suggested / 100, found.suggested):
        model = clone(SGD).set_params(learning_rate=rate, epochs=5, early_stopping=False)
        scores[rate] = model.fit(X, Y).score(X, Y)
    assert scores[found.suggested] > 0.5 > scores[found.suggested / 100]


def test_losses_are_those_of_steps_at_a_rate_of_nearly_nothing():
    # So small a rate changes no weight: the mean over an epoch is the loss of the whole.
    model = DNNRegressor(hidden_units=4, optimizer="sgd", batch_size=30, random_state=0)
    tested = learning_rate_range_test(model, X, Y, start=1e-30, stop=1e-29, steps=10)
    fresh = clone(model).set_params(epochs=1, learning_rate=1e-30, early_stopping=False)
    expected = fresh.fit(X, Y).history_.history["loss"][0]
    np.testing.assert_allclose(tested.losses.mean(), expected, rtol=1e-4)


def test_the_same_seed_finds_the_same_and_the_estimator_is_left_alone(found):
    model = clone(SGD)
    again = learning_rate_range_test(model, X, Y)
    for one, other in zip(found, again, strict=True):
        np.testing.assert_array_equal(one, other)
    assert not hasattr(model, "trained_")
    assert model.get_params() == SGD.get_params()


@pytest.mark.parametrize(
    "estimator",
    [
        DNNClassifier(members=3, hidden_units=8, random_state=0),
        DNNLinearCombinedRegressor(dnn_hidden_units=8, random_state=0),
    ],
)
def test_members_and_two_sides_are_tested_by_one_network(estimator):
    y = np.where(Y > 0, "yes", "no") if isinstance(estimator, DNNClassifier) else Y
    tested = learning_rate_range_test(estimator, X, y, steps=40)
    assert tested.suggested <= tested.highest < 10


def test_the_plot_shows_losses_and_the_rate_to_take():
    _, ax = plt.subplots()
    display = LearningRateRangeDisplay.from_estimator(SGD, X, Y, steps=60, ax=ax)
    assert display.ax_ is ax
    assert ax.get_xscale() == "log"
    labels = [text.get_text() for text in ax.get_legend().get_texts()]
    assert labels == ["a batch", "smoothed", f"suggested: {display.found.suggested:.2g}"]
    assert ax.get_ylim()[1] < 3 * display.found.smoothed[0]
    plt.close("all")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"start": 0}, "start=0 is no positive number"),
        ({"stop": "high"}, "stop='high' is no positive number"),
        ({"start": 1.0, "stop": 0.1}, "start=1.0 is not below stop=0.1"),
        ({"steps": 5}, "steps=5 is no whole number of at least 10"),
    ],
)
def test_bad_ranges_are_told(arguments, message):
    with pytest.raises(ValueError, match=message):
        learning_rate_range_test(SGD, X, Y, **arguments)


@pytest.mark.parametrize("estimator", [TabularRegressor(), DummyRegressor()])
def test_what_trains_no_network_by_epochs_is_told(estimator):
    with pytest.raises(TypeError, match=f"{type(estimator).__name__} trains no network by epochs"):
        learning_rate_range_test(estimator, X, Y)
