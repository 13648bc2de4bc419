"""What evaluate measures is what scikit-learn measures."""

import numpy as np
import pytest
from sklearn import metrics
from small_models import LABELS, ROWS, THREE, WEIGHT, X, Y

from estimators import LinearClassifier, LinearRegressor


@pytest.mark.parametrize(("positive", "named"), [("yes", None), ("yes", "yes"), ("no", "no")])
def test_binary_metrics_are_those_of_sklearn(positive, named):
    model = LinearClassifier(epochs=3, batch_size=32, random_state=0).fit(X, LABELS)
    found = model.evaluate(X, LABELS, sample_weight=WEIGHT, batch_size=30, pos_label=named)
    probability = model.predict_proba(X)[:, model.classes_.tolist().index(positive)]
    truth, predicted = LABELS == positive, model.predict(X) == positive
    weighted = {"sample_weight": WEIGHT}
    loss = -np.log(np.where(truth, probability, 1 - probability)) * WEIGHT
    expected = {
        "accuracy": metrics.accuracy_score(truth, predicted, **weighted),
        "accuracy_baseline": max(
            np.average(truth, weights=WEIGHT), 1 - np.average(truth, weights=WEIGHT)
        ),
        "auc": metrics.roc_auc_score(truth, probability, **weighted),
        "auc_precision_recall": metrics.average_precision_score(truth, probability, **weighted),
        "average_loss": metrics.log_loss(truth, probability, **weighted),
        "label/mean": np.average(truth, weights=WEIGHT),
        "loss": np.mean([loss[i : i + 30].mean() for i in range(0, ROWS, 30)]),
        "precision": metrics.precision_score(truth, predicted, **weighted),
        "prediction/mean": np.average(probability, weights=WEIGHT),
        "recall": metrics.recall_score(truth, predicted, **weighted),
        "global_step": 3 * 4,
    }
    assert list(found) == list(expected)
    # The areas are sums over 200 thresholds.
    close = {"auc": 2e-3, "auc_precision_recall": 5e-3}
    for name, value in expected.items():
        np.testing.assert_allclose(found[name], value, rtol=close.get(name, 1e-5), err_msg=name)


def test_other_metrics_are_those_of_sklearn():
    model = LinearRegressor(epochs=3, batch_size=32, random_state=0).fit(X, Y)
    found = model.evaluate(X, Y, sample_weight=WEIGHT)
    expected = {
        "average_loss": metrics.mean_squared_error(Y, model.predict(X), sample_weight=WEIGHT),
        "mean_absolute_error": metrics.mean_absolute_error(
            Y, model.predict(X), sample_weight=WEIGHT
        ),
        "label/mean": np.average(Y, weights=WEIGHT),
        "prediction/mean": np.average(model.predict(X), weights=WEIGHT),
    }
    for name, value in expected.items():
        np.testing.assert_allclose(found[name], value, rtol=1e-5, err_msg=name)
    three = LinearClassifier(epochs=3, batch_size=32, random_state=0).fit(X, THREE)
    found = three.evaluate(X, THREE, sample_weight=WEIGHT)
    loss = metrics.log_loss(THREE, three.predict_proba(X), sample_weight=WEIGHT)
    np.testing.assert_allclose(found["average_loss"], loss, rtol=1e-5)
    assert found["accuracy"] == pytest.approx(three.score(X, THREE, WEIGHT))


def test_a_positive_class_is_one_of_two():
    two = LinearClassifier(epochs=1, random_state=0).fit(X, LABELS)
    with pytest.raises(ValueError, match="pos_label='maybe' is no class .* 'no' and 'yes'"):
        two.evaluate(X, LABELS, pos_label="maybe")
    three = LinearClassifier(epochs=1, random_state=0).fit(X, THREE)
    with pytest.raises(ValueError, match="pos_label=1 is for two classes"):
        three.evaluate(X, THREE, pos_label=1)
