"""The estimators among their neighbours: scikit-learn, joblib, pandas, polars, threads."""

import copy
import pickle
import random
from concurrent.futures import ThreadPoolExecutor

import cloudpickle
import joblib
import keras
import numpy as np
import pandas as pd
import polars as pl
import pytest
import tensorflow as tf
from sklearn import config_context
from sklearn.base import clone, is_classifier
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import BaggingClassifier, StackingClassifier
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.frozen import FrozenEstimator
from sklearn.inspection import permutation_importance
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import (
    GridSearchCV,
    HalvingGridSearchCV,
    cross_val_score,
    cross_validate,
)
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from estimators import (
    DNNClassifier,
    DNNLinearCombinedClassifier,
    DNNRegressor,
    KerasClassifier,
    LinearClassifier,
    LinearRegressor,
)
from feature_specs import FeatureSpec, all_nominal, all_numeric

ROWS = 96
COLUMNS = ["age", "pay", "city"]


def network(inputs, units):
    return keras.layers.Dense(units)(keras.layers.Dense(4, activation="relu")(inputs))


def make_table():
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(
        {
            "age": rng.normal(40, 10, ROWS).round(),
            "pay": rng.lognormal(size=ROWS),
            "city": rng.choice(["Bonn", "Rome", "Oslo"], ROWS),
        }
    )
    frame["label"] = np.where(frame["age"] + 9 * (frame["city"] == "Rome") > 43, "yes", "no")
    return frame


TABLE = make_table()
X, Y = TABLE[COLUMNS], TABLE["label"].to_numpy()
SPEC = (
    FeatureSpec()
    .step_numeric_column(all_numeric(), normalizer="standard")
    .step_categorical_column_with_vocabulary_list(all_nominal())
    .step_indicator_column(all_nominal())
)
SHORT = {"epochs": 3, "random_state": 0, "jit_compile": False}
MODELS = {
    "linear": LinearClassifier(**SHORT),
    "dnn": DNNClassifier(SPEC, hidden_units=4, dropout=0.2, **SHORT),
    "combined": DNNLinearCombinedClassifier(SPEC, dnn_hidden_units=4, **SHORT),
    "keras": KerasClassifier(network, **SHORT),
    "regression": LinearRegressor(**SHORT),
}
CHEAP = DNNClassifier(hidden_units=4, **SHORT)


def outputs(model, X=X):
    return model.predict_proba(X) if is_classifier(model) else model.predict(X)


def fit(model):
    return model.fit(X, Y if is_classifier(model) else X["pay"])


@pytest.fixture(scope="module", params=MODELS)
def model(request):
    return fit(clone(MODELS[request.param]))


# Copies


def by_joblib(model, path):
    joblib.dump(model, path / "model.joblib")
    return joblib.load(path / "model.joblib")


@pytest.mark.parametrize(
    "copied",
    [
        lambda model, path: pickle.loads(pickle.dumps(model)),
        lambda model, path: cloudpickle.loads(cloudpickle.dumps(model)),
        lambda model, path: copy.deepcopy(model),
        by_joblib,
    ],
    ids=["pickle", "cloudpickle", "deepcopy", "joblib"],
)
def test_copies_predict_the_same_bits(model, copied, tmp_path):
    other = copied(model, tmp_path)
    np.testing.assert_array_equal(outputs(other), outputs(model))
    assert other.history_ == model.history_
    assert other.n_iter_ == model.n_iter_


def test_clone_is_unfitted_and_fits_the_same_bits(model):
    other = clone(model)
    assert not hasattr(other, "history_")
    np.testing.assert_array_equal(outputs(fit(other)), outputs(model))


def test_a_pickle_continues_where_the_original_does(model):
    first, second = copy.deepcopy(model), pickle.loads(pickle.dumps(model))
    y = Y if is_classifier(model) else X["pay"]
    for each in (first, second):
        each.partial_fit(X, y)
    np.testing.assert_array_equal(outputs(first), outputs(second))


# Meta-estimators


def test_pipeline_and_column_transformer():
    encode = ColumnTransformer(
        [("numbers", StandardScaler(), ["age", "pay"]), ("words", OneHotEncoder(), ["city"])]
    )
    for first in (encode, SPEC):
        model = make_pipeline(first, clone(CHEAP)).fit(X, Y)
        assert model.predict_proba(X).shape == (ROWS, 2)
        assert set(model.predict(X)) <= {"no", "yes"}
    spec_first = make_pipeline(SPEC, LogisticRegression()).fit(X, Y)
    assert spec_first.score(X, Y) > 0.8


def test_grid_search_over_network_and_spec():
    grid = {
        "hidden_units": [(2,), (4, 4)],
        "feature_spec__numeric__normalizer": ["standard", "min_max"],
    }
    spec = FeatureSpec().step_numeric_column(all_numeric(), normalizer="standard")
    (name, _), *_ = spec.steps
    grid = {key.replace("numeric", name): values for key, values in grid.items()}
    search = GridSearchCV(DNNClassifier(spec, **SHORT), grid, cv=2, error_score="raise")
    search.fit(X[["age", "pay"]], Y)
    assert len(search.cv_results_["params"]) == 4
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()
    assert not hasattr(spec, "features_")
    best = search.best_params_
    again = DNNClassifier(spec, **SHORT).set_params(**best).fit(X[["age", "pay"]], Y)
    np.testing.assert_array_equal(
        again.predict_proba(X[["age", "pay"]]), search.predict_proba(X[["age", "pay"]])
    )


@pytest.mark.parametrize("name", MODELS)
def test_cross_val_score(name):
    model = MODELS[name]
    y = Y if is_classifier(model) else X["pay"]
    first, second = (cross_val_score(model, X, y, cv=2, error_score="raise") for _ in range(2))
    np.testing.assert_array_equal(first, second)


def test_calibration_stacking_bagging():
    numbers = X[["age", "pay"]].to_numpy()
    for model in (
        CalibratedClassifierCV(clone(CHEAP), cv=2),
        StackingClassifier([("a", clone(CHEAP)), ("b", LinearClassifier(**SHORT))], cv=2),
        BaggingClassifier(clone(CHEAP), n_estimators=2, random_state=0),
    ):
        probability = model.fit(numbers, Y).predict_proba(numbers)
        np.testing.assert_allclose(probability.sum(axis=1), 1)
        assert set(model.predict(numbers)) <= {"no", "yes"}


def test_permutation_importance():
    model = LinearClassifier(**SHORT | {"epochs": 30}).fit(X, Y)
    found = permutation_importance(model, X, Y, n_repeats=3, random_state=0)
    assert COLUMNS[found["importances_mean"].argmax()] == "age"


def test_frozen_spec_keeps_one_fit_for_all_folds():
    frozen = FrozenEstimator(clone(SPEC).fit(X))
    folds = cross_validate(
        clone(CHEAP).set_params(feature_spec=frozen), X, Y, cv=3, return_estimator=True
    )
    assert all(model.feature_spec_ is frozen.estimator for model in folds["estimator"])
    own = cross_validate(
        clone(CHEAP).set_params(feature_spec=SPEC), X, Y, cv=3, return_estimator=True
    )
    means = {float(model.feature_spec_.encode(X)["numeric"][0, 0]) for model in own["estimator"]}
    assert len(means) == 3


def test_metadata_routing_of_sample_weight():
    weight = 0.1 + (Y == "yes")
    first, last = np.arange(48), np.arange(48, ROWS)
    with config_context(enable_metadata_routing=True):
        model = clone(CHEAP).set_fit_request(sample_weight=True)
        model.set_score_request(sample_weight=True)
        routed = cross_validate(
            model,
            X,
            Y,
            cv=[(last, first)],
            params={"sample_weight": weight},
            return_estimator=True,
        )
    direct = clone(CHEAP).fit(X[48:], Y[48:], sample_weight=weight[48:])
    np.testing.assert_array_equal(outputs(routed["estimator"][0]), outputs(direct))
    assert routed["test_score"][0] == direct.score(X[:48], Y[:48], weight[:48])


# Randomness and concurrency


def test_same_seed_same_bits_also_after_other_fits():
    model = clone(MODELS["dnn"])
    first = outputs(fit(model))
    fit(clone(model).set_params(random_state=1, epochs=2))
    clone(model).fit(X[:70], Y[:70])
    again = outputs(fit(clone(model)))
    np.testing.assert_array_equal(again, first)
    assert not np.array_equal(outputs(fit(clone(model).set_params(random_state=1))), first)


@pytest.mark.parametrize("name", MODELS)
def test_global_random_states_are_left_alone(name):
    keras.utils.set_random_seed(7)
    fit(clone(MODELS[name]))
    after = draw_globally()
    keras.utils.set_random_seed(7)
    assert after == draw_globally()


def draw_globally():
    return (
        random.random(),
        np.random.random(),  # noqa: NPY002
        float(tf.random.uniform(())),
        float(keras.random.uniform(())),
    )


@pytest.mark.parametrize("name", ["dnn", "combined", "keras"])
def test_threads_fit_the_bits_of_one_after_the_other(name):
    models = [clone(MODELS[name]).set_params(random_state=i % 2) for i in range(4)]
    alone = [outputs(fit(model)) for model in models]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda model: outputs(fit(clone(model))), models))
    np.testing.assert_array_equal(together, alone)


@pytest.mark.parametrize("backend", ["loky", "threading"])
def test_jobs_score_the_same_bits(backend):
    alone = cross_val_score(MODELS["dnn"], X, Y, cv=2, scoring="neg_log_loss")
    with joblib.parallel_backend(backend, n_jobs=2):
        together = cross_val_score(MODELS["dnn"], X, Y, cv=2, scoring="neg_log_loss", n_jobs=2)
    np.testing.assert_array_equal(together, alone)


# Tables

TABLES = {
    "polars": lambda frame: pl.DataFrame(frame.to_dict("list")),
    "arrow": lambda frame: pl.DataFrame(frame.to_dict("list")).to_arrow(),
    "nullable": lambda frame: frame.astype(
        {"age": "Int64", "pay": "Float64", "city": "string", "label": "string"}
    ),
    "arrow-backed": lambda frame: frame.astype(
        {"age": "int64[pyarrow]", "pay": "double[pyarrow]", "city": "string[pyarrow]"}
    ),
    "category": lambda frame: frame.astype({"city": "category", "label": "category"}),
    "object": lambda frame: frame.astype({"city": object, "label": object}),
    "columns in another order": lambda frame: frame[frame.columns[::-1]],
}


@pytest.mark.parametrize("kind", TABLES)
def test_kind_of_table_does_not_matter(kind):
    reference = DNNClassifier(SPEC, hidden_units=4, **SHORT).fit(X, Y)
    table = TABLES[kind](TABLE)
    features = table[COLUMNS] if kind != "arrow" else table.select(COLUMNS)
    model = clone(reference).fit(features, table["label"])
    np.testing.assert_array_equal(model.predict_proba(features), reference.predict_proba(X))
    np.testing.assert_array_equal(reference.predict_proba(features), reference.predict_proba(X))
    assert model.classes_.tolist() == ["no", "yes"]


@pytest.mark.parametrize("kind", ["polars", "nullable", "category"])
def test_formula_names_the_target_of_any_table(kind):
    spec = FeatureSpec("label ~ age + pay", SPEC.steps[:1])
    reference = DNNClassifier(spec, hidden_units=4, **SHORT).fit(TABLE)
    model = clone(reference).fit(TABLES[kind](TABLE))
    np.testing.assert_array_equal(model.predict_proba(TABLE), reference.predict_proba(TABLE))
    assert model.score(TABLES[kind](TABLE)) == reference.score(TABLE)


def test_missing_values_of_any_dtype():
    holes = TABLE.copy()
    holes.loc[::7, "age"] = np.nan
    reference = DNNRegressor(hidden_units=4, **SHORT).fit(holes[["age"]], TABLE["pay"])
    for other in (holes.astype({"age": "Int64"}), holes.astype({"age": "int64[pyarrow]"})):
        np.testing.assert_array_equal(
            reference.predict(other[["age"]]), reference.predict(holes[["age"]])
        )


def test_feature_names():
    model = clone(CHEAP).fit(X, Y)
    assert model.feature_names_in_.tolist() == COLUMNS
    assert model.n_features_in_ == 3
    assert not hasattr(clone(CHEAP).fit(X[["age", "pay"]].to_numpy(), Y), "feature_names_in_")


def test_halving_by_epochs():
    """What looks bad after few epochs gets no more, and the best is trained on all."""
    search = HalvingGridSearchCV(
        DNNClassifier(FeatureSpec(), hidden_units=4, random_state=0, jit_compile=False),
        {"learning_rate": [1e-4, 1e-2, 3e-2, 1e-3]},
        resource="epochs",
        min_resources=2,
        max_resources=8,
        factor=2,
        cv=2,
        random_state=0,
    ).fit(X, Y)
    assert search.n_resources_ == [2, 4, 8]
    assert search.n_candidates_ == [4, 2, 1]
    assert len(search.best_estimator_.history_["loss"]) == 8
    assert search.best_params_["epochs"] == 8
