"""Labels of an ordered dtype: `classes_` stays sorted, as measures need it, and this is told."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from sklearn.metrics import log_loss, roc_auc_score
from sklearn.model_selection import cross_val_score

from estimators import LinearClassifier
from feature_specs import ColumnWarning, FeatureSpec

ORDER = ["low", "mid", "high"]
RNG = np.random.default_rng(0)
X = RNG.normal(size=(90, 2))
Y = np.array(ORDER)[np.digitize(X[:, 0], [-0.5, 0.5])]


def fit(X, y):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", ColumnWarning)
        model = LinearClassifier(epochs=30, batch_size=32, random_state=0).fit(X, y)
    return model, [str(w.message) for w in caught if issubclass(w.category, ColumnWarning)]


def dictionary(order):
    codes = [ORDER.index(label) for label in Y]
    array = pa.DictionaryArray.from_arrays(pa.array(codes), pa.array(ORDER), ordered=order)
    return pa.chunked_array([array])


TARGETS = {
    "pandas": pd.Series(pd.Categorical(Y, ORDER, ordered=True)),
    "pandas, an array": pd.Categorical(Y, ORDER, ordered=True),
    "polars": pl.Series(Y, dtype=pl.Enum(ORDER)),
    "Arrow": dictionary(True),
}


@pytest.mark.parametrize("y", TARGETS.values(), ids=TARGETS)
def test_an_order_that_classes_do_not_follow_is_told_once(y):
    model, messages = fit(X, y)
    assert model.classes_.tolist() == sorted(ORDER)
    assert len(messages) == 1
    assert "ordered, 'low', 'mid', 'high'" in messages[0]


UNTOLD = {
    "text": Y,
    "no order": pd.Series(pd.Categorical(Y, ORDER)),
    "Arrow, no order": dictionary(False),
    "sorted": pd.Series(pd.Categorical(Y, sorted(ORDER), ordered=True)),
    "numbers": pd.Series(pd.Categorical(np.digitize(X[:, 0], [0]) + 9, ordered=True)),
    "what is there is sorted": pd.Series(
        pd.Categorical(np.where(Y == "low", "low", "mid"), ORDER, ordered=True)
    ),
}


@pytest.mark.parametrize("y", UNTOLD.values(), ids=UNTOLD)
def test_other_labels_are_told_nothing_of(y):
    assert fit(X, y)[1] == []


@pytest.mark.filterwarnings("ignore::feature_specs.ColumnWarning")
def test_measures_of_scikit_learn_are_right():
    two = ["low", "high"]
    labels = np.where(X[:, 0] > 0, "high", "low")
    y = pd.Series(pd.Categorical(labels, two, ordered=True))
    model, _ = fit(X, y)
    assert log_loss(y, model.predict_proba(X)) < 0.3
    assert roc_auc_score(y, model.predict_proba(X)[:, 1]) > 0.9
    scores = cross_val_score(model, X, y, scoring="roc_auc", cv=3)
    assert scores.min() > 0.9


def test_a_target_that_the_formula_names():
    table = pd.DataFrame(X, columns=["a", "b"]).assign(y=TARGETS["pandas"])
    with pytest.warns(ColumnWarning, match="'low', 'mid', 'high'"):
        LinearClassifier(FeatureSpec("y ~ .").step_numeric_column(["a", "b"]), epochs=1).fit(table)
