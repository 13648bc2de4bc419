"""What a target asks of a model: several outputs, several labels, weights of classes."""

import numpy as np
import pytest
from scipy.sparse import coo_array, csr_array, csr_matrix
from sklearn import metrics
from sklearn.base import clone
from sklearn.datasets import make_multilabel_classification
from small_models import LABELS, ROWS, THREE, X, Y

from estimators import DNNLinearCombined, DNNRegressor, LinearClassifier, LinearRegressor


def test_several_outputs():
    both = np.c_[Y, 10 * Y + 3]
    model = LinearRegressor(random_state=0).fit(X, both)
    assert model.predict(X).shape == both.shape
    assert model.coef_.shape == (2, 3)
    assert metrics.r2_score(both, model.predict(X), multioutput="raw_values").min() > 0.9


def test_several_labels():
    features, labels = make_multilabel_classification(ROWS, 5, n_classes=3, random_state=0)
    model = LinearClassifier(random_state=0).fit(features, labels)
    assert model.predict_proba(features).shape == (ROWS, 3)
    assert set(np.unique(model.predict(features))) == {0, 1}
    found = model.evaluate(features, labels)
    assert found["accuracy"] == metrics.accuracy_score(labels, model.predict(features))
    assert metrics.f1_score(labels, model.predict(features), average="micro") > 0.8


def test_task_is_found():
    for y, task in ((Y, "regression"), (LABELS, "classification"), (THREE, "classification")):
        model = DNNLinearCombined(dnn_hidden_units=4, epochs=2).fit(X, y)
        assert model.task_ == task
        assert hasattr(model, "predict_proba") == (task == "classification")


def test_class_weight_is_a_sample_weight():
    weighted = LinearClassifier(epochs=5, random_state=0, class_weight={"yes": 3.0, "no": 1.0})
    plain = clone(weighted).set_params(class_weight=None)
    plain.fit(X, LABELS, sample_weight=np.where(LABELS == "yes", 3.0, 1.0))
    np.testing.assert_array_equal(weighted.fit(X, LABELS).predict_proba(X), plain.predict_proba(X))
    rare = np.where(Y > 2.5, "yes", "no")
    shares = [
        (clone(weighted).set_params(class_weight=w).fit(X, rare).predict(X) == "yes").mean()
        for w in ("balanced", None)
    ]
    assert shares[0] > shares[1]


@pytest.mark.parametrize("kind", [LinearClassifier, LinearRegressor])
@pytest.mark.parametrize(
    ("y", "advice"),
    [
        (csr_array(np.eye(8)[:, :1]), r"pass y.toarray\(\).ravel\(\).$"),
        (csr_matrix(np.eye(8)[:, :2]), r"pass y.toarray\(\).$"),
        (coo_array(np.eye(8)[0]), r"pass y.toarray\(\).$"),
    ],
)
def test_a_sparse_target_is_told(kind, y, advice):
    X, dense = np.arange(8.0)[:, None], np.arange(8) % 2
    model = kind(epochs=1)
    with pytest.raises(ValueError, match=f"y is a sparse {type(y).__name__}, and .*{advice}"):
        model.fit(X, y)
    with pytest.raises(ValueError, match="y is a sparse"):
        model.fit(X, dense, validation_data=(X, y))
    with pytest.raises(ValueError, match="y is a sparse"):
        model.fit(X, dense).evaluate(X, y)


def test_scores_of_a_sparse_target():
    X, y = np.arange(8.0)[:, None], np.stack([np.arange(8) % 2, np.arange(8) > 3], axis=1)
    labels = LinearClassifier(epochs=1).fit(X, y.astype(int))
    assert labels.score(X, csr_array(y.astype(int))) == labels.score(X, y.astype(int))
    with pytest.raises(ValueError, match="y is a sparse csr_array"):
        LinearRegressor(epochs=1).fit(X, y.astype(float)).score(X, csr_array(y))


@pytest.mark.parametrize("kind", ["datetime64[s]", "timedelta64[s]", object])
def test_times_are_no_targets_of_regression(kind):
    y = np.arange(8).astype("timedelta64[s]" if kind is object else kind).astype(kind)
    with pytest.raises(ValueError, match="y holds (dates|durations); pass numbers"):
        DNNRegressor(epochs=1).fit(np.arange(8.0)[:, None], y)
