"""Several quantiles of one network: losses of scikit-learn, order, its linear models, intervals."""

import keras
import numpy as np
import pytest
from held_out_members import Values, held_out
from hypothesis import given
from hypothesis import strategies as st
from sklearn.linear_model import QuantileRegressor
from sklearn.metrics import mean_pinball_loss

from estimators import (
    DNNClassifier,
    DNNLinearCombined,
    DNNRegressor,
    KerasRegressor,
    LinearRegressor,
    NeighborNetworkRegressor,
    QuantileLoss,
    TabularRegressor,
    load_model,
)
from estimators.heads.quantiles import QuantilesHead

RNG = np.random.default_rng(0)
X = RNG.normal(size=(600, 3)).astype("float32")
# The first column moves the target, the second decides how far it spreads.
Y = 3 * X[:, 0] + np.exp(X[:, 1]) * RNG.normal(size=600)
QUANTILES = [0.05, 0.5, 0.95]
SETTINGS = {"loss": QuantileLoss(QUANTILES), "random_state": 0}


@pytest.fixture(scope="module")
def model():
    return DNNRegressor(hidden_units=16, members=3, epochs=40, **SETTINGS).fit(X, Y)


@given(st.lists(st.floats(0.01, 0.99), min_size=1, max_size=4, unique=True), st.integers(0, 99))
def test_the_loss_is_the_mean_of_those_of_scikit_learn(quantiles, seed):
    y, *predicted = np.random.default_rng(seed).normal(size=(1 + len(quantiles), 9))
    quantiles = sorted(quantiles)
    found = QuantileLoss(quantiles)(y[:, None], np.stack(predicted, axis=1))
    expected = [
        mean_pinball_loss(y, of_one, alpha=quantile)
        for of_one, quantile in zip(predicted, quantiles, strict=True)
    ]
    np.testing.assert_allclose(float(found), np.mean(expected), rtol=1e-4)


def test_linear_models_find_the_quantiles_of_scikit_learn():
    model = LinearRegressor(epochs=400, learning_rate="cosine", **SETTINGS).fit(X, Y)
    found = model.predict_quantiles(X)
    for column, quantile in enumerate(QUANTILES):
        theirs = QuantileRegressor(quantile=quantile, alpha=0).fit(X, Y).predict(X)
        best = mean_pinball_loss(Y, theirs, alpha=quantile)
        assert mean_pinball_loss(Y, found[:, column], alpha=quantile) < 1.02 * best
    assert model.coef_.shape == (3, 3)
    assert model.intercept_.shape == (3,)


def test_quantiles_never_cross_and_the_loss_is_that_of_what_is_predicted(model):
    far = np.float32(30) * X
    for rows in (X, far):
        assert (np.diff(model.predict_quantiles(rows)) >= 0).all()
    # Without order some would, or nothing would be tested.
    outputs = model.head_.average(model._member_outputs(far))
    assert (np.diff(outputs) < 0).any()
    found = model.predict_quantiles(X)
    expected = [
        mean_pinball_loss(Y, of_one, alpha=quantile)
        for of_one, quantile in zip(found.T, QUANTILES, strict=True)
    ]
    np.testing.assert_allclose(model.evaluate(X, Y)["average_loss"], np.mean(expected), rtol=1e-5)
    encoded = model.feature_spec_.encode(X)
    of_network = model.network_.predict(encoded, verbose=0)
    np.testing.assert_allclose(of_network, found, rtol=1e-4, atol=1e-4)


def test_predictions_are_the_middle_and_keep_the_form_of_the_target(model):
    np.testing.assert_array_equal(model.predict(X), model.predict_quantiles(X)[:, 1])
    assert model.score(X, Y) > 0.5
    even = LinearRegressor(loss=QuantileLoss([0.05, 0.95]), epochs=5).fit(X, Y)
    np.testing.assert_allclose(even.predict(X), even.predict_quantiles(X).mean(axis=1))
    two = LinearRegressor(epochs=5, **SETTINGS).fit(X, np.stack([Y, 100 - Y], axis=1))
    assert two.predict(X).shape == (600, 2)
    assert two.predict_quantiles(X).shape == (600, 2, 3)
    assert (two.predict_quantiles(X)[:, 1] > 50).all()


def test_they_are_explained_and_rise_with_columns(model):
    explanation = model.explain(X[:50])
    assert explanation.output_names == ["quantile 0.05", "quantile 0.5", "quantile 0.95"]
    whole = explanation.base_values + explanation.values.sum(axis=1)
    found = model.predict_quantiles(X[:50])
    np.testing.assert_allclose(np.sort(whole, axis=1), found, rtol=1e-5, atol=1e-5)
    bound = DNNRegressor(hidden_units=8, epochs=5, monotonic_cst=[1, 0, 0], **SETTINGS).fit(X, Y)
    further = bound.predict_quantiles(X + np.float32([1, 0, 0]))
    assert (further >= bound.predict_quantiles(X)).all()


def test_the_unit_of_the_target_changes_nothing():
    models = [
        DNNRegressor(hidden_units=8, epochs=5, **SETTINGS).fit(X, unit * Y) for unit in (1, 1000)
    ]
    one, thousand = (model.predict_quantiles(X) for model in models)
    np.testing.assert_allclose(thousand, 1000 * one, rtol=1e-3, atol=1)


def test_intervals_are_wide_where_the_target_spreads(model):
    lower, upper = model.predict_interval(X).T
    assert 0.87 <= ((lower <= Y) & (upper >= Y)).mean() <= 0.96
    spread = np.argsort(X[:, 1])
    widths = (upper - lower)[spread]
    assert widths[-100:].mean() > 3 * widths[:100].mean()


@pytest.mark.parametrize("coverage", [0.8, 0.9])
def test_intervals_of_one_network_are_those_of_mapie(coverage):
    from mapie.regression import ConformalizedQuantileRegressor

    ends = [(1 - coverage) / 2, (1 + coverage) / 2]
    wanted = [*ends, 0.5]
    fitted = [QuantileRegressor(quantile=q, alpha=0).fit(X[:200], Y[:200]) for q in wanted]
    # MAPIE leaves lines and ends that cross as they are.
    fitted[0].intercept_ -= 3
    fitted[1].intercept_ += 3
    peer = ConformalizedQuantileRegressor(fitted, confidence_level=coverage, prefit=True)
    peer.conformalize(X[200:400], Y[200:400])
    expected = peer.predict_interval(X[400:], symmetric_correction=True)[1][..., 0]

    loss = QuantileLoss([ends[0], 0.5, ends[1]])
    head = QuantilesHead(loss, standardize=False).fit(Y, np.ones(len(Y)))
    of_quantiles = [fitted[0], fitted[2], fitted[1]]
    member = lambda X: np.stack([one.predict(X) for one in of_quantiles], axis=1)  # noqa: E731
    unseen = np.arange(400)[:, None] >= 200
    ours = Values(head, [member], held_out(head, [member], X[:400], Y[:400], unseen, None))
    found = ours.predict_interval(X[400:], coverage)
    np.testing.assert_allclose(found, np.sort(expected, axis=1), rtol=1e-5)


def test_every_family_knows_them_and_files_keep_them(tmp_path):
    def network(inputs, units):
        return keras.layers.Dense(units)(keras.layers.Dense(4, activation="relu")(inputs))

    models = [
        KerasRegressor(network, epochs=3, **SETTINGS),
        DNNLinearCombined(dnn_hidden_units=(4,), epochs=3, **SETTINGS),
        TabularRegressor(
            estimators=[
                ("linear", LinearRegressor(epochs=3)),
                ("deep", DNNRegressor(hidden_units=4, epochs=3)),
            ],
            members=2,
            **SETTINGS,
        ),
    ]
    for model in models:
        found = model.fit(X, Y).predict_quantiles(X)
        assert found.shape == (600, 3)
        assert (np.diff(found) >= 0).all()
        if not isinstance(model, KerasRegressor):
            model.save(tmp_path / "a.model")
            again = load_model(tmp_path / "a.model")
            np.testing.assert_array_equal(again.predict_quantiles(X), found)


def test_other_losses_have_no_such_method():
    for loss in (None, "quantile", QuantileLoss(0.9)):
        assert not hasattr(LinearRegressor(loss=loss), "predict_quantiles")
    assert not hasattr(DNNLinearCombined(), "predict_quantiles")


@pytest.mark.parametrize("quantile", [0, 1.5, "0.5", None, True, [0.5, 2], [0.1, "0.5"]])
def test_a_quantile_lies_between_0_and_1(quantile):
    with pytest.raises(ValueError, match="quantile must lie between 0 and 1"):
        QuantileLoss(quantile)


@pytest.mark.parametrize("quantiles", [[], [0.5, 0.5], [0.9, 0.1], np.array([0.9, 0.1])])
def test_several_quantiles_increase(quantiles):
    with pytest.raises(ValueError, match=r"several quantiles increase, as in"):
        QuantileLoss(quantiles)


@pytest.mark.parametrize(
    ("model", "y", "message"),
    [
        (DNNClassifier(**SETTINGS), Y > 0, "several quantiles is for regressors"),
        (NeighborNetworkRegressor(**SETTINGS), Y, "asks for a quantile, which no average"),
    ],
)
def test_what_has_no_quantiles_says_so(model, y, message):
    with pytest.raises(ValueError, match=message):
        model.fit(X, y)
