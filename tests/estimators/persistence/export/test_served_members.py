"""Several networks are served by one graph that averages what they give."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from export_cases import sent
from exported_models import plain
from fitted_cases import COUNTS, LABELS, QUICK, THREE, TWO, VALUES, X
from sklearn.base import clone, is_classifier

from estimators import DNNClassifier, DNNRegressor, KerasClassifier, NeighborNetworkRegressor
from estimators.persistence.export.serving import Serving


def softmax_network(inputs, units):
    return keras.layers.Dense(units, activation="softmax")(inputs)


FEW = {"members": 3, **QUICK}
SMALL = {"hidden_units": 4, **FEW}
HEADS = {
    "values": (DNNRegressor(**SMALL), VALUES),
    "several values": (DNNRegressor(**SMALL), np.stack([VALUES, X[:, 0]], 1)),
    "counts": (DNNRegressor(loss="poisson", **SMALL), COUNTS),
    "two classes": (DNNClassifier(**SMALL), TWO),
    "classes": (DNNClassifier(**SMALL), THREE),
    "labels": (DNNClassifier(**SMALL), LABELS),
    "neighbors": (NeighborNetworkRegressor(loss="poisson", **SMALL), COUNTS),
    "probabilities": (KerasClassifier(softmax_network, **FEW), THREE),
}


@pytest.mark.parametrize("name", HEADS)
def test_the_graph_of_all_members_answers_as_predict_does(name):
    model, target = HEADS[name]
    model = clone(model).fit(X, target)
    is_class = is_classifier(model)
    expected = model.predict_proba(X) if is_class else model.predict(X)
    for dtype in ("float64", "float32"):
        rows = {"X": tf.constant(sent(model, X, dtype)["X"])}
        answers = Serving(model, dtype).functions()["serving_default"](rows)
        found = answers["probabilities" if is_class else "predictions"]
        np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-5)
        if is_class:
            classes = plain(answers["classes"].numpy())
            np.testing.assert_array_equal(classes.astype(str), model.predict(X).astype(str))
