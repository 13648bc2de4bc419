"""What users of Keras, skorch, XGBoost, LightGBM and others type first, and what they are told."""

import inspect
import re

import pandas as pd
import pytest

import estimators
from estimators import (
    DNNClassifier,
    DNNRegressor,
    ImageClassifier,
    KerasRegressor,
    LinearClassifier,
    TabularClassifier,
)
from estimators.heads.tasks import ClassificationTask, RegressionTask
from estimators.names_elsewhere import _ELSEWHERE

X = pd.DataFrame({"a": [1.0, 2.0, 3.0, 4.0]})
Y = [0, 1, 0, 1]


@pytest.mark.parametrize(
    ("estimator", "theirs", "ours"),
    [
        (DNNClassifier, "hidden_layers", "hidden_units"),
        (DNNClassifier, "hidden_layer_sizes", "hidden_units"),
        (DNNClassifier, "max_iter", "epochs"),
        (DNNClassifier, "n_epochs", "epochs"),
        (DNNClassifier, "lr", "learning_rate"),
        (DNNClassifier, "eta", "learning_rate"),
        (DNNClassifier, "solver", "optimizer"),
        (DNNRegressor, "objective", "loss"),
        (DNNRegressor, "criterion", "loss"),
        (LinearClassifier, "alpha", "l2"),
        (LinearClassifier, "C", "l2"),
        (DNNRegressor, "reg_alpha", "l1"),
        (DNNClassifier, "dropout_rate", "dropout"),
        (DNNClassifier, "batch_normalization", "batch_norm"),
        (DNNClassifier, "early_stopping_rounds", "early_stopping"),
        (DNNClassifier, "patience", "early_stopping"),
        (DNNClassifier, "validation_split", "validation_fraction"),
        (DNNClassifier, "seed", "random_state"),
        (TabularClassifier, "n_estimators", "members"),
        (DNNClassifier, "nthread", "n_jobs"),
        (DNNClassifier, "scale_pos_weight", "class_weight"),
        (DNNClassifier, "verbosity", "verbose"),
        (DNNClassifier, "cat_features", "feature_spec"),
        (KerasRegressor, "module", "network"),
        (ImageClassifier, "channels", "filters"),
        (DNNClassifier, "hiden_units", "hidden_units"),
    ],
)
def test_a_parameter_of_another_name_is_told_ours(estimator, theirs, ours):
    told = re.escape(f"parameter {theirs!r}; did you mean {ours!r}?")
    required = {"network": lambda inputs, units: None} if estimator is KerasRegressor else {}
    with pytest.raises(TypeError, match=f"{estimator.__name__} has no {told}"):
        estimator(**required, **{theirs: 1})
    with pytest.raises(ValueError, match=rf"Invalid parameter {theirs!r} .*did you mean {ours!r}"):
        estimator(**required).set_params(**{theirs: 1})


@pytest.mark.parametrize(
    ("method", "theirs", "ours"),
    [
        ("fit", "eval_set", "validation_data"),
        ("fit", "group", "groups"),
        ("fit", "weights", "sample_weight"),
        ("partial_fit", "sample_weights", "sample_weight"),
        ("evaluate", "labels", "y"),
        ("predict_set", "confidence_level", "coverage"),
        ("predict_set", "alpha", "coverage"),
    ],
)
def test_an_argument_of_another_name_is_told_ours(method, theirs, ours):
    asked = getattr(DNNClassifier(), method)
    told = f"DNNClassifier.{method} has no parameter {theirs!r}; did you mean {ours!r}"
    with pytest.raises(TypeError, match=re.escape(told)):
        asked(X, **{theirs: Y})


def test_a_name_like_no_other_gets_a_list():
    with pytest.raises(TypeError, match="no parameter 'xgb'; there are feature_spec, "):
        DNNClassifier(xgb=1)


def test_records_are_no_table():
    model = DNNClassifier(epochs=1, random_state=0).fit(X, Y)
    with pytest.raises(ValueError, match=r"pandas.DataFrame\(X\), or ask model.serving_function"):
        model.predict([{"a": 1.0}])


def test_every_name_of_ours_is_one():
    public = [getattr(estimators, name) for name in estimators.__all__ if name[0].isupper()]
    functions = [c.__init__ for c in public] + [getattr(c, "fit", c.__init__) for c in public]
    functions += [RegressionTask.predict, RegressionTask.predict_interval]
    functions += [ClassificationTask.predict_set]
    known = {name for function in functions for name in inspect.signature(function).parameters}
    assert set(_ELSEWHERE) <= known
