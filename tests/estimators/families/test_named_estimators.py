"""Estimators of a blend are its parameters: read, set, copied and searched by name."""

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV

from estimators import DNNClassifier, LinearClassifier, TabularClassifier

RNG = np.random.default_rng(0)
X = RNG.normal(size=(60, 2))
Y = np.where(X[:, 0] > 0, "yes", "no")
DEEP = DNNClassifier(hidden_units=8, epochs=5, numeric_embedding=None)
CLASSES = [("linear", LinearClassifier(epochs=5)), ("deep", DEEP)]


def test_estimators_are_read_and_set_by_name():
    deep = DNNClassifier(dropout=0.1)
    model = TabularClassifier(estimators=["linear", ("deep", deep)])
    params = model.get_params()
    assert params["deep"] is deep
    assert params["deep__dropout"] == 0.1
    assert "linear" not in params
    assert "deep" not in model.get_params(deep=False)
    copied = clone(model).set_params(deep__dropout=0.2, members=3)
    assert (copied.estimators[1][1].dropout, copied.members, deep.dropout) == (0.2, 3, 0.1)
    given = ("linear", ("deep", LinearClassifier()))
    assert model.set_params(estimators=given, deep__l1=0.5).estimators is given
    assert given[1][1].l1 == 0.5
    model.set_params(deep=deep, deep__dropout=0.3)
    assert model.estimators == ("linear", ("deep", deep))
    assert deep.dropout == 0.3
    assert not [name for name in TabularClassifier().get_params() if "__" in name]


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"linear__l1": 1}, "Invalid parameter 'linear'"),
        ({"deep__lr": 1}, "Invalid parameter 'lr' for estimator DNNClassifier"),
        ({"deep": "linear", "deep__lr": 1}, "deep__lr cannot be set: deep is 'linear', which has"),
    ],
)
def test_what_no_estimator_has_cannot_be_set(params, message):
    model = TabularClassifier(estimators=["linear", ("deep", DNNClassifier())])
    with pytest.raises(ValueError, match=message):
        model.set_params(**params)
    # What stands there by mistake is told at fit.
    for wrong in (DNNClassifier, "deep", ["deep", DNNClassifier], ("quality", DNNClassifier())):
        assert TabularClassifier(estimators=[wrong]).get_params()["quality"] == "good"


def test_parameters_of_estimators_are_searched():
    grid = {"deep__hidden_units": [2, 4], "linear": [LinearClassifier(epochs=3)]}
    model = TabularClassifier(estimators=CLASSES, members=2, jit_compile=False, random_state=0)
    search = GridSearchCV(model, grid, cv=2).fit(X, Y)
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()
    best = search.best_estimator_
    assert best.estimators_["deep"].hidden_units == search.best_params_["deep__hidden_units"]
    assert best.estimators_["linear"].epochs == 3
    assert CLASSES[1][1].hidden_units == 8
