"""The estimators of this package, with the settings the others have and defaults otherwise."""

from __future__ import annotations

from estimators import DNNClassifier, DNNRegressor

SEARCH = {"hidden_units": "hidden_units", "learning_rate": "learning_rate"}


def estimator(work, table, seed):
    estimator = DNNRegressor if work.task == "regression" else DNNClassifier
    return estimator(
        hidden_units=work.hidden_units,
        optimizer="adam",
        learning_rate=work.learning_rate,
        epochs=work.epochs,
        batch_size=work.batch_size,
        random_state=seed,
    )


def fit(work, table, seed):
    return estimator(work, table, seed).fit(table.X, table.y)


def predict(model, X):
    return model.predict(X)


values = predict
