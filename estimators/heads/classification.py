"""Heads for labels: two classes, several, or several labels at once."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from scipy.special import expit, log_expit, log_softmax, softmax
from sklearn.preprocessing import LabelEncoder

from estimators.heads.averages import LOG_ODDS, LOG_PROBABILITIES, VALUES
from estimators.heads.head import Head

if TYPE_CHECKING:
    from estimators.heads.class_objectives import ClassObjective


class ClassHead(Head):
    """Classes: two (one sigmoid), several (a softmax) or several labels at once (a sigmoid each).

    Parameters
    ----------
    loss : str or callable, optional
        A loss of Keras on probabilities; cross-entropy by default.
    """

    exclusive: ClassVar[bool] = False
    told_as = "log-odds"

    def __init__(self, loss: str | Callable | None = None) -> None:
        from estimators.heads.given_losses.per_row import of_probabilities
        from estimators.heads.keras_names import find_loss

        self.loss = None if loss in _CROSS_ENTROPIES else of_probabilities(find_loss(loss))
        self.from_probabilities = False

    @property
    def objective(self) -> ClassObjective:
        """Cross-entropy or the given loss."""
        from estimators.heads.class_objectives import ClassObjective

        return ClassObjective.of(self.exclusive, self.loss, self.from_probabilities)

    @property
    def output_names(self) -> list[str] | None:
        """The classes, where each has an output."""
        return list(map(str, self.classes_)) if len(self.classes_) == self.units else None

    @property
    def averaging(self) -> str:
        """Probabilities are averaged."""
        if self.from_probabilities:
            return VALUES
        return LOG_PROBABILITIES if self.exclusive else LOG_ODDS

    def logits(self, outputs: np.ndarray) -> np.ndarray:
        """Return outputs as log-odds or, for exclusive classes, logarithms of probabilities."""
        outputs = outputs.astype(np.float64)
        if not self.from_probabilities:
            return outputs
        with np.errstate(divide="ignore"):
            log = np.log(outputs)
            return log if self.exclusive else log - np.log1p(-outputs)

    def start(self, y: np.ndarray, weight: np.ndarray) -> np.ndarray:
        """Return the log-odds of each label, or the logarithms of the shares of classes."""
        target = self.encode(y)
        if self.exclusive:
            counts = np.bincount(target, weight, minlength=self.units)
            return np.log((counts + 0.5) / (counts.sum() + 0.5 * self.units))
        ones = weight @ target
        return np.log((ones + 0.5) / (weight.sum() - ones + 0.5))

    def averaged(self, y: np.ndarray) -> np.ndarray:
        """Return the target as what is averaged, 0 and 1."""
        return self.indicators(y)

    def indicators(self, y: np.ndarray) -> np.ndarray:
        """Return 0 and 1, for exclusive classes in a column each."""
        target = self.encode(y)
        return np.eye(self.units, dtype="float32")[target] if self.exclusive else target

    @abstractmethod
    def probabilities(self, outputs: np.ndarray) -> np.ndarray:
        """Return the probability of every class."""

    @abstractmethod
    def decision(self, outputs: np.ndarray) -> np.ndarray:
        """Return log-odds of the classes."""


class BinaryHead(ClassHead):
    """Two classes and one log-odds of the second."""

    units = 1
    stratifies = True

    def fit(self, y: np.ndarray, classes: np.ndarray | None = None) -> BinaryHead:
        """Learn the labels."""
        self.labels_ = LabelEncoder().fit(y if classes is None else classes)
        self.classes_ = self.labels_.classes_
        return self

    def encode(self, y: np.ndarray) -> np.ndarray:
        """Return 0 or 1, shape (rows, 1)."""
        return self.labels_.transform(y).astype("float32")[:, None]

    def predict(self, outputs: np.ndarray) -> np.ndarray:
        """Return labels; even odds mean the first."""
        return self.classes_[(self.logits(outputs)[:, 0] > 0).astype(int)]

    def probabilities(self, outputs: np.ndarray) -> np.ndarray:
        """Return shape (rows, 2)."""
        second = expit(self.logits(outputs))
        return np.hstack([1 - second, second])

    def log_probabilities(self, outputs: np.ndarray) -> np.ndarray:
        """Return finite logarithms of probabilities, shape (rows, 2)."""
        logits = np.clip(self.logits(outputs), _LEAST_LOGARITHM, -_LEAST_LOGARITHM)
        return log_expit(np.hstack([-logits, logits]))

    def decision(self, outputs: np.ndarray) -> np.ndarray:
        """Return shape (rows,)."""
        return self.logits(outputs)[:, 0]


class MultiClassHead(ClassHead):
    """Several classes, of which a row has one."""

    exclusive = True
    stratifies = True

    def fit(self, y: np.ndarray, classes: np.ndarray | None = None) -> MultiClassHead:
        """Learn the labels."""
        self.labels_ = LabelEncoder().fit(y if classes is None else classes)
        self.classes_ = self.labels_.classes_
        self.units = len(self.classes_)
        return self

    def encode(self, y: np.ndarray) -> np.ndarray:
        """Return class numbers, shape (rows,)."""
        return self.labels_.transform(y).astype("int32")

    def predict(self, outputs: np.ndarray) -> np.ndarray:
        """Return labels."""
        return self.classes_[outputs.argmax(axis=1)]

    def probabilities(self, outputs: np.ndarray) -> np.ndarray:
        """Return shape (rows, classes)."""
        return softmax(self.logits(outputs), axis=1)

    def log_probabilities(self, outputs: np.ndarray) -> np.ndarray:
        """Return finite logarithms of probabilities, shape (rows, classes)."""
        logits = self.logits(outputs)
        if self.from_probabilities:
            logits = np.maximum(logits, _LEAST_LOGARITHM)
        return log_softmax(logits, axis=1)

    def decision(self, outputs: np.ndarray) -> np.ndarray:
        """Return shape (rows, classes); two classes have one column, as everywhere."""
        logits = self.logits(outputs)
        return logits[:, 1] - logits[:, 0] if self.units == 2 else logits


class OneHotHead(MultiClassHead):
    """Several classes, of which a row has one; the target is a 0/1 column each.

    Predictions have the target's form, so that scikit-learn's scores can compare the two.
    """

    def fit(self, y: np.ndarray, classes: np.ndarray | None = None) -> OneHotHead:
        """Learn the number of classes."""
        self.units = y.shape[1]
        self.classes_ = np.arange(self.units)
        return self

    def encode(self, y: np.ndarray) -> np.ndarray:
        """Return class numbers, shape (rows,)."""
        row = first_row_not_one_hot(y)
        if row is not None:
            raise ValueError(
                f"Row {row} of y holds {int(y[row].sum())} classes where the rows of fit were "
                "one-hot; give each row a single 1."
            )
        return y.argmax(axis=1).astype("int32")

    def predict(self, outputs: np.ndarray) -> np.ndarray:
        """Return a single 1 a row, shape (rows, classes)."""
        return np.eye(self.units, dtype=int)[outputs.argmax(axis=1)]

    def decision(self, outputs: np.ndarray) -> np.ndarray:
        """Return shape (rows, classes)."""
        return self.logits(outputs)


class MultiLabelHead(ClassHead):
    """Several labels, of which a row has any number; the target is a 0/1 column each."""

    first_row_not_one_hot_: int | None = 0

    def fit(self, y: np.ndarray, classes: np.ndarray | None = None) -> MultiLabelHead:
        """Learn the number of labels, and whether every row had one."""
        self.units = y.shape[1]
        self.first_row_not_one_hot_ = first_row_not_one_hot(y)
        self.classes_ = np.arange(self.units)
        return self

    def encode(self, y: np.ndarray) -> np.ndarray:
        """Return 0 or 1, shape (rows, labels)."""
        return np.asarray(y, dtype="float32")

    def predict(self, outputs: np.ndarray) -> np.ndarray:
        """Return 0 or 1, shape (rows, labels)."""
        return (self.logits(outputs) > 0).astype(int)

    def probabilities(self, outputs: np.ndarray) -> np.ndarray:
        """Return shape (rows, labels)."""
        return expit(self.logits(outputs))

    def decision(self, outputs: np.ndarray) -> np.ndarray:
        """Return shape (rows, labels)."""
        return self.logits(outputs)


def first_row_not_one_hot(y: np.ndarray) -> int | None:
    """Return the first row of a matrix of 0 and 1 that does not hold a single 1, None for none."""
    rows = np.flatnonzero(y.sum(axis=1) != 1)
    return int(rows[0]) if len(rows) else None


# Below it no float32 probability is.
_LEAST_LOGARITHM = -110.0
_CROSS_ENTROPIES = (
    None,
    "log_loss",
    # Of two classes, one of which comes after the other in any case.
    "ordinal",
    "binary_crossentropy",
    "categorical_crossentropy",
    "sparse_categorical_crossentropy",
)
