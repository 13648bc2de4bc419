"""Heads for numbers: real values, and counts."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from estimators.heads.head import Head

if TYPE_CHECKING:
    import keras

    from estimators.heads.objectives import CountObjective


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
        from estimators.heads.keras_names import find_loss
        from estimators.heads.objectives import RegressionObjective

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
        import keras

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

    @property
    def objective(self) -> CountObjective:
        """Poisson's negative log-likelihood."""
        from estimators.heads.objectives import CountObjective

        return CountObjective()

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


def _columns(y: np.ndarray) -> np.ndarray:
    y = np.asarray(y, dtype=np.float64)
    return y[:, None] if y.ndim == 1 else y


def _check_counts(columns: np.ndarray) -> None:
    rows = np.flatnonzero((columns < 0).any(axis=1))
    if len(rows):
        raise ValueError(
            f"y holds a negative count in row {rows[0]}; loss='poisson' needs counts of at least 0."
        )
