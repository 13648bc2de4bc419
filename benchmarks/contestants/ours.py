"""The estimators of this package, with the settings the others have and defaults otherwise.

The target of a regression is left unscaled, as the others leave it: by default it is standardised,
which ends at a lower test error and would compare two different trainings.
"""

from __future__ import annotations

import estimators.base.fit
import estimators.engine.training  # noqa: F401  TensorFlow would come with the first fit
from estimators import DNNClassifier, DNNRegressor

# Of joblib, for searches with several jobs.
BACKEND = "threading"
SEARCH = {"hidden_units": "hidden_units", "learning_rate": "learning_rate"}


def estimator(work, table, seed):
    settings = {
        "numeric_embedding": None,
        "hidden_units": work.hidden_units,
        "optimizer": "adam",
        "learning_rate": work.learning_rate,
        "epochs": work.epochs,
        "batch_size": work.batch_size,
        "early_stopping": False,
        "random_state": seed,
    }
    if work.task == "regression":
        return DNNRegressor(standardize_target=False, **settings)
    return DNNClassifier(**settings)


def fit(work, table, seed):
    return estimator(work, table, seed).fit(table.X, table.y)


def predict(model, X):
    return model.predict(X)


values = predict
