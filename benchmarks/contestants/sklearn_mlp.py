"""scikit-learn's MLP: no penalty, no early end, Keras's epsilon."""

from __future__ import annotations

import warnings

from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier, MLPRegressor

SEARCH = {"hidden_units": "hidden_layer_sizes", "learning_rate": "learning_rate_init"}

# Ending after the epochs that were asked for is what the benchmark wants.
warnings.filterwarnings("ignore", category=ConvergenceWarning)


def estimator(work, table, seed):
    mlp = MLPRegressor if work.task == "regression" else MLPClassifier
    return mlp(
        hidden_layer_sizes=work.hidden_units,
        batch_size=work.batch_size,
        max_iter=work.epochs,
        learning_rate_init=work.learning_rate,
        n_iter_no_change=work.epochs + 1,
        alpha=0.0,
        epsilon=1e-7,
        random_state=seed,
    )


def fit(work, table, seed):
    return estimator(work, table, seed).fit(table.X, table.y)


def predict(model, X):
    return model.predict(X)


values = predict
