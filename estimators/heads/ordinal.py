"""The head of classes that have an order, told by one number and thresholds between them."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from copy import copy
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.special import log_expit, softmax

from estimators.heads.averages import LOG_ODDS
from estimators.heads.classification import ClassHead

if TYPE_CHECKING:
    import keras

    from estimators.heads.class_objectives import OrdinalObjective


class OrdinalHead(ClassHead):
    """Three or more classes in order; outputs are log-odds of reaching each but the first.

    The network gives one number, from which `CumulativeLogits` takes a threshold for each output:
    the proportional odds model.

    References
    ----------
    McCullagh, Regression models for ordinal data, Journal of the Royal Statistical Society B 42,
    1980.
    """

    exclusive = True
    stratifies = True

    def fit(self, y: np.ndarray, classes: np.ndarray | None = None) -> OrdinalHead:
        """Learn the labels: `classes` in their order, by default those of `y`, sorted."""
        self.classes_ = np.unique(y) if classes is None else pd.unique(np.asarray(classes))
        self.units = len(self.classes_) - 1
        return self

    @property
    def objective(self) -> OrdinalObjective:
        """The negative log-likelihood."""
        from estimators.heads.class_objectives import OrdinalObjective

        return OrdinalObjective()

    @property
    def averaging(self) -> str:
        """Probabilities of reaching a class are averaged."""
        return LOG_ODDS

    @property
    def output_units(self) -> tuple[np.ndarray, np.ndarray]:
        """Log-odds as they are, of any number of thresholds."""
        return np.ones(1), np.zeros(1)

    @property
    def output_names(self) -> list[str]:
        """Which class is reached."""
        return [f"{label} or beyond" for label in self.classes_[1:]]

    @property
    def end_key(self) -> Hashable:
        """Classes without order have as many outputs, and no thresholds."""
        return "ordinal", self.units

    def completed(self, build: Callable[[OrdinalHead], keras.Model]) -> keras.Model:
        """Return the network of one output that `build` makes, with thresholds after it."""
        import keras

        from estimators.layers import CumulativeLogits

        one_output = copy(self)
        one_output.units = 1
        network = build(one_output)
        thresholds = CumulativeLogits(self.units, name="cumulative_logits")
        return keras.Model(network.input, thresholds(network.output))

    def encode(self, y: np.ndarray) -> np.ndarray:
        """Return places in the order of the classes, shape (rows,)."""
        return pd.Index(self.classes_).get_indexer(y).astype("int32")

    def start(self, y: np.ndarray, weight: np.ndarray) -> np.ndarray:
        """Return the log-odds of the shares of rows that reach each class."""
        counts = np.bincount(self.encode(y), weight, minlength=len(self.classes_)) + 0.5
        reached = counts[::-1].cumsum()[::-1][1:]
        return np.log(reached / (counts.sum() - reached))

    def averaged(self, y: np.ndarray) -> np.ndarray:
        """Return whether each class but the first is reached, 0 and 1."""
        return np.float32(self.encode(y)[:, None] > np.arange(self.units))

    def indicators(self, y: np.ndarray) -> np.ndarray:
        """Return 0 and 1 in a column for each class."""
        return np.eye(len(self.classes_), dtype="float32")[self.encode(y)]

    def predict(self, outputs: np.ndarray) -> np.ndarray:
        """Return the most probable label."""
        return self.classes_[self.log_probabilities(outputs).argmax(axis=1)]

    def probabilities(self, outputs: np.ndarray) -> np.ndarray:
        """Return shape (rows, classes)."""
        # Once more, since logarithms are rounded.
        return softmax(self.log_probabilities(outputs), axis=1)

    def log_probabilities(self, outputs: np.ndarray) -> np.ndarray:
        """Return finite logarithms of probabilities, shape (rows, classes)."""
        logits = outputs.astype(np.float64)
        # σ(a) - σ(b) is σ(a) σ(-b) (1 - exp(b - a)), which does not cancel.
        gaps = np.maximum(logits[:, :-1] - logits[:, 1:], _LEAST_GAP)
        found = np.zeros((len(logits), self.units + 1))
        found[:, 1:] += log_expit(logits)
        found[:, :-1] += log_expit(-logits)
        found[:, 1:-1] += np.log(-np.expm1(-gaps))
        return found

    def decision(self, outputs: np.ndarray) -> np.ndarray:
        """Return logarithms of probabilities, shape (rows, classes)."""
        return self.log_probabilities(outputs)


_LEAST_GAP = 1e-12
