"""skorch on torch; the process's OMP_NUM_THREADS is its thread count.

Weights start as Keras starts them (Glorot uniform, zero biases), so that the networks are the same.
"""

from __future__ import annotations

import skorch
import torch
import torch._dynamo  # noqa: F401  the first optimizer would import it, and imports are not counted
from torch import nn

SEARCH = {"hidden_units": "module__hidden_units", "learning_rate": "lr"}


def network(n_features, hidden_units, outputs):
    """Dense layers with relu between them."""
    layers, width = [], n_features
    for units in hidden_units:
        layers += [_dense(width, units), nn.ReLU()]
        width = units
    return nn.Sequential(*layers, _dense(width, outputs))


def _dense(width, units):
    layer = nn.Linear(width, units)
    nn.init.xavier_uniform_(layer.weight)
    nn.init.zeros_(layer.bias)
    return layer


class Regressor(skorch.NeuralNetRegressor):
    """Takes y as everybody has it; torch would broadcast one dimension against two."""

    def fit(self, X, y):
        return super().fit(X, y.reshape(-1, 1))


class BinaryClassifier(skorch.NeuralNetBinaryClassifier):
    """Takes whole-number labels, where its loss wants floats."""

    def fit(self, X, y):
        return super().fit(X, y.astype("float32"))


NETS = {
    "regression": (Regressor, {}),
    "binary": (BinaryClassifier, {}),
    "multiclass": (skorch.NeuralNetClassifier, {"criterion": nn.CrossEntropyLoss}),
}


def estimator(work, table, seed):
    torch.manual_seed(seed)
    net, options = NETS[work.task]
    return net(
        network,
        module__n_features=table.X.shape[1],
        module__hidden_units=work.hidden_units,
        module__outputs=work.outputs,
        optimizer=torch.optim.Adam,
        optimizer__eps=1e-7,
        lr=work.learning_rate,
        max_epochs=work.epochs,
        batch_size=work.batch_size,
        iterator_train__shuffle=True,
        train_split=None,
        verbose=0,
        **options,
    )


def fit(work, table, seed):
    return estimator(work, table, seed).fit(table.X, table.y)


def predict(model, X):
    return model.predict(X)


values = predict
