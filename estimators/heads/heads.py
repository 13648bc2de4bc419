"""What a task asks of the last layer: target encoding, loss, link and metrics.

A head is fitted on the target alone. It knows nothing of columns or networks, so that any family
of networks ends in any head.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import ClassVar

import keras
import numpy as np
from scipy.special import expit, softmax
from sklearn.preprocessing import LabelEncoder

from estimators.engine.compiled.trainer import Objective
from estimators.heads.keras_names import find_loss
from estimators.heads.objectives import ClassObjective, CountObjective, RegressionObjective


class Head(ABC):
    """Encodes a target for training and turns the network's outputs into predictions.

    Attributes
    ----------
    units : int
        Number of outputs that the network must have.
    objective : Objective
    total_weight : float
        Sum of the training rows' weights, for penalties that weigh less the more of them there
        are.
    """

    units: int
    total_weight: float
    objective: Objective
    constants: ClassVar[dict[str, np.ndarray]] = {}
    stratifies: ClassVar[bool] = False

    @abstractmethod
    def encode(self, y: np.ndarray) -> np.ndarray:
        """Return the target as the objective takes it, for labels seen or unseen at fit."""

    @abstractmethod
    def predict(self, outputs: np.ndarray) -> np.ndarray:
        """Return predictions in the caller's own labels or units."""

    def finish(self, network: keras.Model) -> keras.Model:
        """Return `network` with its outputs in the units that a caller expects."""
        return network


class RegressionHead(Head):
    """Real values, one or several a row.

    Parameters
    ----------
    loss : str or callable
        A loss of Keras or scikit-learn.
    standardize : bool
        Whether the network learns the target at mean 0 and standard deviation 1.
    """

    def __init__(self, loss: str | Callable = "squared_error", *, standardize: bool = True) -> None:
        self.objective = RegressionObjective.of(find_loss(loss))
        self.standardize = standardize

    def fit(self, y: np.ndarray, sample_weight: np.ndarray) -> RegressionHead:
        """Learn the number of outputs and the target's scale."""
        columns = _columns(y)
        self.is_vector_ = y.ndim == 1
        self.units = columns.shape[1]
        self.offset_ = np.zeros(self.units)
        self.scale_ = np.ones(self.units)
        if self.standardize:
            self.offset_ = np.average(columns, axis=0, weights=sample_weight)
            spread = np.average((columns - self.offset_) ** 2, axis=0, weights=sample_weight)
            self.scale_ = np.sqrt(spread)
            # Rounding leaves a constant target a spread of about 1e-16 times its size.
            self.scale_[self.scale_ <= 1e-12 * np.abs(self.offset_)] = 1.0
            self.scale_[self.scale_ == 0] = 1.0
        return self

    @property
    def constants(self) -> dict[str, np.ndarray]:
        """Scale and offset, which change from fit to fit and need no new compilation."""
        return {"scale": self.scale_.astype("float32"), "offset": self.offset_.astype("float32")}

    def encode(self, y: np.ndarray) -> np.ndarray:
        """Return the standardised target, shape (rows, units)."""
        return ((_columns(y) - self.offset_) / self.scale_).astype("float32")

    def finish(self, network: keras.Model) -> keras.Model:
        """Return `network` with its outputs in the units of the target."""
        if not self.standardize:
            return network
        rescaling = keras.layers.Rescaling(self.scale_.tolist(), self.offset_.tolist())
        return keras.Model(network.input, rescaling(network.output))

    def predict(self, outputs: np.ndarray) -> np.ndarray:
        """Return values in the target's units, shape (rows,) or (rows, units)."""
        values = outputs.astype(np.float64) * self.scale_ + self.offset_
        return values[:, 0] if self.is_vector_ else values


class CountHead(Head):
    """Counts with a Poisson distribution and a logarithmic link."""

    objective = CountObjective()

    def fit(self, y: np.ndarray, sample_weight: np.ndarray) -> CountHead:
        """Learn the number of outputs and the mean count.

        Raises
        ------
        ValueError
            For a negative count.
        """
        columns = _columns(y)
        _check_counts(columns)
        self.is_vector_ = y.ndim == 1
        self.units = columns.shape[1]
        mean = np.average(columns, axis=0, weights=sample_weight)
        self.offset_ = np.log(np.maximum(mean, 1e-6))
        return self

    @property
    def constants(self) -> dict[str, np.ndarray]:
        """Logarithm of the mean count, from which training starts."""
        return {"offset": self.offset_.astype("float32")}

    def encode(self, y: np.ndarray) -> np.ndarray:
        """Return the counts, shape (rows, units)."""
        _check_counts(_columns(y))
        return _columns(y).astype("float32")

    def predict(self, outputs: np.ndarray) -> np.ndarray:
        """Return expected counts, shape (rows,) or (rows, units)."""
        means = np.exp(outputs.astype(np.float64) + self.offset_)
        return means[:, 0] if self.is_vector_ else means


class ClassHead(Head):
    """Classes: two (one sigmoid), several (a softmax) or several labels at once (a sigmoid each).

    Parameters
    ----------
    loss : str or callable, optional
        A loss of Keras on probabilities; cross-entropy by default.
    """

    exclusive: ClassVar[bool] = False

    def __init__(self, loss: str | Callable | None = None) -> None:
        loss = None if loss in _CROSS_ENTROPIES else find_loss(loss)
        self.loss = loss
        self.from_probabilities = False

    @property
    def objective(self) -> ClassObjective:
        """Cross-entropy or the given loss."""
        return ClassObjective.of(self.exclusive, self.loss, self.from_probabilities)

    def logits(self, outputs: np.ndarray) -> np.ndarray:
        """Return outputs as log-odds or, for exclusive classes, logarithms of probabilities."""
        outputs = outputs.astype(np.float64)
        if not self.from_probabilities:
            return outputs
        with np.errstate(divide="ignore"):
            log = np.log(outputs)
            return log if self.exclusive else log - np.log1p(-outputs)

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

    def decision(self, outputs: np.ndarray) -> np.ndarray:
        """Return shape (rows, classes); two classes have one column, as everywhere."""
        logits = self.logits(outputs)
        return logits[:, 1] - logits[:, 0] if self.units == 2 else logits


class MultiLabelHead(ClassHead):
    """Several labels, of which a row has any number; the target is a 0/1 column each."""

    def fit(self, y: np.ndarray, classes: np.ndarray | None = None) -> MultiLabelHead:
        """Learn the number of labels."""
        self.units = y.shape[1]
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


_CROSS_ENTROPIES = (
    None,
    "log_loss",
    "binary_crossentropy",
    "categorical_crossentropy",
    "sparse_categorical_crossentropy",
)


def _columns(y: np.ndarray) -> np.ndarray:
    y = np.asarray(y, dtype=np.float64)
    return y[:, None] if y.ndim == 1 else y


def _check_counts(columns: np.ndarray) -> None:
    rows = np.flatnonzero((columns < 0).any(axis=1))
    if len(rows):
        raise ValueError(
            f"y holds a negative count in row {rows[0]}; loss='poisson' needs counts of at least 0."
        )
