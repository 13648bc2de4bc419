"""Keras `Model.fit`, as its guide writes it."""

from __future__ import annotations

import keras
import numpy as np

SEARCH = None

LAST_LAYERS = {"regression": None, "binary": "sigmoid", "multiclass": "softmax"}
LOSSES = {
    "regression": "mean_squared_error",
    "binary": "binary_crossentropy",
    "multiclass": "sparse_categorical_crossentropy",
}


def build(task, outputs, n_features, hidden_units, learning_rate):
    """A compiled network, without metrics: nothing is measured that was not asked for."""
    network = keras.Sequential([keras.Input((n_features,))])
    for units in hidden_units:
        network.add(keras.layers.Dense(units, activation="relu"))
    network.add(keras.layers.Dense(outputs, activation=LAST_LAYERS[task]))
    network.compile(keras.optimizers.Adam(learning_rate), LOSSES[task])
    return network


def fit(work, table, seed):
    keras.utils.set_random_seed(seed)
    network = build(
        work.task, work.outputs, table.X.shape[1], work.hidden_units, work.learning_rate
    )
    network.fit(table.X, table.y, batch_size=work.batch_size, epochs=work.epochs, verbose=0)
    network.task = work.task
    return network


def predict(network, X):
    return network.predict(X, verbose=0)


def values(network, X):
    output = predict(network, X)
    if network.task == "multiclass":
        return np.argmax(output, axis=1)
    return (output > 0.5).astype(int) if network.task == "binary" else output
