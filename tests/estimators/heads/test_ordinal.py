"""Classes in order: the model of statsmodels, order of classes, what order is worth, files."""

import keras
import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import expit
from sklearn.metrics import log_loss

from estimators import (
    DNNClassifier,
    DNNRegressor,
    KerasClassifier,
    LinearClassifier,
    NeighborNetworkClassifier,
    TabularClassifier,
    TabularNetworkClassifier,
    load_model,
)
from estimators.heads.ordinal import OrdinalHead
from feature_specs import ColumnWarning

pytestmark = pytest.mark.filterwarnings("ignore:The target is ordered")
ORDER = ["poor", "fair", "good", "great"]
RNG = np.random.default_rng(0)
X = RNG.normal(size=(800, 4)).astype("float32")
LATENT = 2 * X[:, 0] - X[:, 1] + RNG.logistic(size=800)
CODES = np.digitize(LATENT, [-2.0, 0.5, 1.5])
Y = pd.Series(pd.Categorical.from_codes(CODES, ORDER, ordered=True))
SETTINGS = {"loss": "ordinal", "random_state": 0}


@pytest.fixture(scope="module")
def linear():
    model = LinearClassifier(l2=0.0, epochs=300, learning_rate="cosine", batch_size=100, **SETTINGS)
    return model.fit(X, Y)


def test_linear_models_find_the_proportional_odds_that_made_the_rows(linear):
    np.testing.assert_allclose(linear.coef_, [[2, -1, 0, 0]], atol=0.3)
    thresholds = np.array([-2.0, 0.5, 1.5])
    line = (2 * X[:, 0] - X[:, 1])[:, None]
    reached = np.hstack([np.ones_like(line), expit(line - thresholds), np.zeros_like(line)])
    truth = reached[:, :-1] - reached[:, 1:]
    np.testing.assert_allclose(linear.predict_proba(X), truth, atol=0.12)
    # The likelihood of what was fitted is not below that of the truth.
    assert linear.evaluate(X, Y)["average_loss"] <= log_loss(CODES, truth)


def test_classes_keep_their_order_in_whatever_library_it_is_told(linear):
    assert linear.classes_.tolist() == ORDER
    assert set(linear.predict(X)) <= set(ORDER)
    for y in (pl.Series(Y.tolist(), dtype=pl.Enum(ORDER)), CODES, CODES * 10 - 7):
        model = LinearClassifier(epochs=1, **SETTINGS).fit(X, y)
        expected = ORDER if isinstance(y, pl.Series) else np.unique(y).tolist()
        assert model.classes_.tolist() == expected


def test_predictions_probabilities_and_scores_agree(linear):
    probabilities = linear.predict_proba(X)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, rtol=1e-12)
    np.testing.assert_array_equal(linear.predict(X), linear.classes_[probabilities.argmax(axis=1)])
    np.testing.assert_allclose(np.log(probabilities), linear.decision_function(X), atol=1e-9)
    metrics = linear.evaluate(X, Y)
    codes = probabilities.argmax(axis=1)
    assert metrics["accuracy"] == pytest.approx(linear.score(X, Y))
    assert metrics["mean_absolute_error"] == pytest.approx(np.abs(codes - CODES).mean())
    assert metrics["average_loss"] == pytest.approx(log_loss(CODES, probabilities), rel=1e-5)


@given(
    st.lists(st.floats(0, 50, width=32), min_size=1, max_size=5),
    st.floats(-60, 60, width=32),
)
def test_probabilities_are_finite_and_sum_to_one_however_far(falls, first):
    logits = first - np.cumsum([0.0, *falls])[None]
    head = OrdinalHead().fit(np.arange(len(falls) + 2))
    found = head.log_probabilities(np.float32(logits))
    assert np.isfinite(found).all()
    np.testing.assert_allclose(np.exp(found).sum(), 1, atol=1e-5)
    y = np.arange(len(falls) + 2)
    outputs = np.repeat(np.float32(logits), len(y), axis=0)
    losses = head.objective.losses(head.encode(y), outputs, {}).numpy()
    np.testing.assert_allclose(losses, -found[0], rtol=1e-3, atol=20)
    near = -found[0] < 10
    np.testing.assert_allclose(losses[near], -found[0][near], rtol=1e-2, atol=1e-3)


def test_the_order_is_worth_something_where_rows_are_few():
    few, rest = slice(0, 60), slice(60, None)

    def miss(**settings):
        model = LinearClassifier(epochs=150, random_state=0, **settings).fit(X[few], CODES[few])
        return np.abs(model.predict(X[rest]) - CODES[rest]).mean()

    assert miss(loss="ordinal") < miss()


def test_every_family_knows_them_and_files_keep_them(tmp_path):
    def network(inputs, units):
        return keras.layers.Dense(units)(keras.layers.Dense(4, activation="relu")(inputs))

    models = [
        DNNClassifier(hidden_units=8, epochs=10, members=3, **SETTINGS),
        TabularNetworkClassifier(hidden_units=8, epochs=10, **SETTINGS),
        KerasClassifier(network, epochs=10, learning_rate=0.01, **SETTINGS),
        TabularClassifier(
            estimators=[
                ("linear", LinearClassifier(epochs=20)),
                ("deep", DNNClassifier(hidden_units=4, epochs=20)),
            ],
            members=2,
            **SETTINGS,
        ),
    ]
    for model in models:
        probabilities = model.fit(X, Y).predict_proba(X)
        assert model.classes_.tolist() == ORDER
        assert model.score(X, Y) > 0.5
        assert (probabilities >= 0).all()
        if not isinstance(model, KerasClassifier):
            model.save(tmp_path / "a.model")
            again = load_model(tmp_path / "a.model")
            np.testing.assert_array_equal(again.predict_proba(X), probabilities)
    sets = models[0].predict_set(X, coverage=0.9)
    assert 0.85 < sets[np.arange(len(X)), CODES].mean() < 0.95


def test_it_is_explained_and_rises_with_columns():
    signs = [1, -1, 0, 0]
    model = DNNClassifier(hidden_units=8, epochs=5, monotonic_cst=signs, **SETTINGS).fit(X, Y)
    explanation = model.explain(X[:50])
    assert explanation.output_names == ["fair or beyond", "good or beyond", "great or beyond"]
    whole = explanation.base_values + explanation.values.sum(axis=1)
    reached = model.predict_proba(X[:50])[:, ::-1].cumsum(axis=1)[:, -2::-1]
    np.testing.assert_allclose(expit(whole), reached, atol=1e-5)
    places = np.arange(4)
    further = model.predict_proba(X + np.float32(signs)) @ places
    assert (further >= model.predict_proba(X) @ places).all()


def test_it_goes_on_and_gives_the_same_bits():
    def fitted():
        return DNNClassifier(hidden_units=8, epochs=3, **SETTINGS).fit(X, Y)

    once = fitted()
    np.testing.assert_array_equal(once.predict_proba(X), fitted().predict_proba(X))
    parts = LinearClassifier(**SETTINGS)
    for start in range(0, 800, 200):
        part = slice(start, start + 200)
        parts.partial_fit(X[part], np.array(Y)[part], classes=[*ORDER, "poor"])
    assert parts.classes_.tolist() == ORDER
    assert parts.score(X, Y) > 0.4


def test_two_classes_are_those_of_cross_entropy():
    y = CODES > 1
    ordinal, plain = (
        LinearClassifier(loss=loss, epochs=3, random_state=0).fit(X, y).predict_proba(X)
        for loss in ("ordinal", None)
    )
    np.testing.assert_array_equal(ordinal, plain)


def test_texts_without_an_order_are_told():
    with pytest.warns(ColumnWarning, match="texts without an order.*'fair', 'good', 'great'"):
        model = LinearClassifier(epochs=1, **SETTINGS).fit(X, Y.astype(str))
    assert model.classes_.tolist() == sorted(ORDER)


@pytest.mark.parametrize(
    ("model", "y", "message"),
    [
        (DNNRegressor(**SETTINGS), CODES, "loss='ordinal' is for the classes of a classifier"),
        (DNNClassifier(**SETTINGS), np.eye(4)[CODES], "loss='ordinal' is for one class a row"),
        (NeighborNetworkClassifier(**SETTINGS), CODES, "no average of targets has"),
    ],
)
def test_what_has_no_order_says_so(model, y, message):
    with pytest.raises(ValueError, match=message):
        model.fit(X, y)
