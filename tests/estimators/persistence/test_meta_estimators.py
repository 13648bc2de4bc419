"""Pipelines, searches and other estimators of scikit-learn around ours, in one file."""

import numpy as np
import pandas as pd
import pytest
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import ColumnTransformer, TransformedTargetRegressor, make_column_selector
from sklearn.ensemble import StackingRegressor
from sklearn.feature_selection import SelectFromModel
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler

from estimators import DNNClassifier, LinearClassifier, LinearRegressor, load_model, save
from estimators.persistence.archive import ModelFileError
from feature_specs import FeatureSpec

RNG = np.random.default_rng(0)
TABLE = pd.DataFrame(
    {
        "size": np.where(RNG.random(120) < 0.1, np.nan, RNG.normal(size=120)),
        "kind": RNG.choice(["a", "b", "c"], 120),
    }
)
NUMBERS = RNG.normal(size=(120, 3))
VALUES = NUMBERS @ [1.0, -2.0, 0.5]
LABELS = np.where(VALUES > 0, "yes", "no")
QUICK = {"epochs": 2, "random_state": 0, "jit_compile": False}
COLUMNS = ColumnTransformer(
    [
        ("numbers", make_pipeline(SimpleImputer(), StandardScaler()), ["size"]),
        ("kinds", OneHotEncoder(), make_column_selector(dtype_exclude="number")),
    ]
)
MODELS = {
    "pipeline": (
        Pipeline([("columns", COLUMNS), ("model", DNNClassifier(hidden_units=4, **QUICK))]),
        TABLE,
        LABELS,
    ),
    "spec in a pipeline": (
        make_pipeline(FeatureSpec().step_numeric_column("size"), LinearClassifier(**QUICK)),
        TABLE,
        LABELS,
    ),
    "target": (
        TransformedTargetRegressor(LinearRegressor(**QUICK), transformer=StandardScaler()),
        NUMBERS,
        VALUES,
    ),
    "search": (
        GridSearchCV(LinearClassifier(**QUICK), {"l2": [0.0, 0.1]}, cv=2),
        NUMBERS,
        LABELS,
    ),
    "calibrated": (
        CalibratedClassifierCV(LinearClassifier(**QUICK), cv=2),
        NUMBERS,
        LABELS,
    ),
    "stack": (
        StackingRegressor([("ours", LinearRegressor(**QUICK)), ("theirs", Ridge())], cv=2),
        NUMBERS,
        VALUES,
    ),
    "selected": (
        make_pipeline(SelectFromModel(LinearClassifier(**QUICK)), LogisticRegression()),
        NUMBERS,
        LABELS,
    ),
}


@pytest.mark.parametrize("name", MODELS)
def test_what_comes_back_is_of_the_same_kind_and_predicts_the_same_bits(name, tmp_path):
    model, X, y = MODELS[name]
    model.fit(X, y)
    save(model, tmp_path / "model")
    again = load_model(tmp_path / "model")
    assert type(again) is type(model)
    np.testing.assert_array_equal(again.predict(X), model.predict(X))
    assert again.get_params().keys() == model.get_params().keys()
    if name == "search":
        assert again.best_params_ == model.best_params_
    # What was fitted goes on to be fitted.
    np.testing.assert_array_equal(again.fit(X, y).predict(X), model.fit(X, y).predict(X))


def test_an_estimator_of_ours_is_saved_as_by_its_method(tmp_path):
    model = LinearClassifier(**QUICK).fit(NUMBERS, LABELS)
    save(model, tmp_path / "a")
    model.save(tmp_path / "b")
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_one_model_in_two_places_is_one_model_again(tmp_path):
    shared = LinearClassifier(**QUICK)
    save(Pipeline([("a", SelectFromModel(shared)), ("b", shared)]), tmp_path / "model")
    again = load_model(tmp_path / "model")
    assert again[0].estimator is again[1]


def doubled(X):
    return 2 * X


def test_a_function_is_loaded_where_its_name_is_trusted(tmp_path):
    model = make_pipeline(FunctionTransformer(doubled), LinearRegressor(**QUICK))
    save(model.fit(NUMBERS, VALUES), tmp_path / "model")
    with pytest.raises(ModelFileError, match="doubled"):
        load_model(tmp_path / "model")
    again = load_model(tmp_path / "model", trusted=True)
    np.testing.assert_array_equal(again.predict(NUMBERS), model.predict(NUMBERS))


@pytest.mark.parametrize(
    ("model", "message"),
    [
        (make_pipeline(StandardScaler(), Ridge()), "Pipeline with no estimator of this library"),
        (Ridge(), "Ridge with no estimator of this library"),
        (3, "int with no estimator"),
        (
            make_pipeline(FunctionTransformer(lambda X: X), LinearRegressor()),
            "Pipeline holds what no file can",
        ),
    ],
)
def test_what_is_not_for_such_a_file_says_so(model, message, tmp_path):
    with pytest.raises(TypeError, match=message):
        save(model, tmp_path / "model")
    assert not list(tmp_path.iterdir())
