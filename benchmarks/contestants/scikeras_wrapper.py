"""scikeras, whose last release predates the tags of scikit-learn 1.6: they are restated here."""

from __future__ import annotations

import scikeras.wrappers
from sklearn.base import BaseEstimator
from sklearn.utils import ClassifierTags, RegressorTags

from benchmarks.contestants import keras_fit

SEARCH = {"hidden_units": "model__hidden_units", "learning_rate": "model__learning_rate"}


class KerasClassifier(scikeras.wrappers.KerasClassifier):
    """Says that it is a classifier."""

    def __sklearn_tags__(self):
        tags = BaseEstimator.__sklearn_tags__(self)
        tags.estimator_type, tags.classifier_tags = "classifier", ClassifierTags()
        tags.target_tags.required = True
        return tags


class KerasRegressor(scikeras.wrappers.KerasRegressor):
    """Says that it is a regressor."""

    def __sklearn_tags__(self):
        tags = BaseEstimator.__sklearn_tags__(self)
        tags.estimator_type, tags.regressor_tags = "regressor", RegressorTags()
        tags.target_tags.required = True
        return tags


def estimator(work, table, seed):
    wrapper = KerasRegressor if work.task == "regression" else KerasClassifier
    return wrapper(
        model=_build,
        model__task=work.task,
        model__outputs=work.outputs,
        model__hidden_units=work.hidden_units,
        model__learning_rate=work.learning_rate,
        loss=keras_fit.LOSSES[work.task],
        batch_size=work.batch_size,
        epochs=work.epochs,
        verbose=0,
        random_state=seed,
    )


def _build(task, outputs, hidden_units, learning_rate, meta):
    return keras_fit.build(task, outputs, meta["n_features_in_"], hidden_units, learning_rate)


def fit(work, table, seed):
    return estimator(work, table, seed).fit(table.X, table.y)


def predict(model, X):
    return model.predict(X)


values = predict
