"""Heads for numbers: real values, counts, and positive values."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from estimators.heads.averages import LOGARITHMS, VALUES
from estimators.heads.conformal.intervals import ABSOLUTE, SCALED, SIGNED
from estimators.heads.head import Head

if TYPE_CHECKING:
    import keras

    from estimators.heads.log_link_objectives import (
        CountObjective,
        NegativeBinomialObjective,
        TweedieObjective,
    )
    from estimators.heads.losses import NegativeBinomialLoss, TweedieLoss


class RegressionHead(Head):
    """Real values, one or several a row.

    Parameters
    ----------
    loss : str or callable
        A loss of Keras or scikit-learn.
    standardize : bool
        Whether the network learns the target at mean 0 and standard deviation 1. The loss is that
        of the target's units all the same.
    """

    def __init__(self, loss: str | Callable = "squared_error", *, standardize: bool = True) -> None:
        from estimators.heads.keras_names import find_loss
        from estimators.heads.objectives import regression_objective

        self.objective = regression_objective(find_loss(loss))
        self.standardize = standardize

    def fit(self, y: np.ndarray, sample_weight: np.ndarray) -> RegressionHead:
        """Learn the number of outputs and the target's scale."""
        columns = columns_of(y)
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
        if self._keeps_units:
            self.to_lose_ = 1.0
            if self.standardize:
                self.to_lose_ = self.objective.to_lose(columns, self.offset_, sample_weight)
        return self

    @property
    def constants(self) -> dict[str, np.ndarray]:
        """Scale and offset, which change from fit to fit and need no new compilation."""
        constants = {"scale": self.scale_, "offset": self.offset_}
        if self._keeps_units:
            constants["to_lose"] = np.array(self.to_lose_)
        return {name: value.astype("float32") for name, value in constants.items()}

    @property
    def output_units(self) -> tuple[np.ndarray, np.ndarray]:
        """Scale and offset of the target."""
        return self.scale_, self.offset_

    def encode(self, y: np.ndarray) -> np.ndarray:
        """Return the target, standardised unless the loss sees units, shape (rows, units)."""
        columns = columns_of(y)
        if not self._keeps_units:
            columns = (columns - self.offset_) / self.scale_
        return columns.astype("float32")

    def ends(self, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return those of the smallest and the largest value."""
        outputs = self.averaged(y)
        return outputs.min(axis=0), outputs.max(axis=0)

    def averaged(self, y: np.ndarray) -> np.ndarray:
        """Return the values, standardised."""
        return (columns_of(y) - self.offset_) / self.scale_

    @property
    def is_squared(self) -> bool:
        """Whether the loss is the mean squared error."""
        return not self._keeps_units and self.objective.degree == 2

    @property
    def _keeps_units(self) -> bool:
        from estimators.heads.objectives import UnitsObjective

        return isinstance(self.objective, UnitsObjective)

    @property
    def residuals(self) -> str:
        """How an interval measures misses: with their sign beside a quantile, else without."""
        from estimators.heads.losses import QuantileLoss

        return SIGNED if isinstance(self.objective.loss, QuantileLoss) else ABSOLUTE

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
    """Counts with a Poisson distribution.

    Attributes
    ----------
    from_means : bool
        Whether the network gives means; by default it gives their logarithms.
    """

    from_means: bool = False
    told_as = "logarithm of the mean"
    residuals = SCALED

    @property
    def objective(self) -> CountObjective:
        """Poisson's negative log-likelihood."""
        from estimators.heads.log_link_objectives import CountObjective

        return CountObjective(self.from_means)

    def fit(self, y: np.ndarray, sample_weight: np.ndarray) -> CountHead:
        """Learn the number of outputs and the mean count.

        Raises
        ------
        ValueError
            For a negative count.
        """
        columns = columns_of(y)
        self._check(columns)
        self.is_vector_ = y.ndim == 1
        self.units = columns.shape[1]
        mean = np.average(columns, axis=0, weights=sample_weight)
        self.offset_ = np.log(np.maximum(mean, 1e-6))
        return self

    @property
    def constants(self) -> dict[str, np.ndarray]:
        """Logarithm of the mean count, from which training starts."""
        return {"offset": self.offset_.astype("float32")}

    @property
    def output_units(self) -> tuple[np.ndarray, np.ndarray]:
        """The logarithm of the mean count is added."""
        return np.ones(self.units), self.offset_

    @property
    def averaging(self) -> str:
        """Means are averaged."""
        return VALUES if self.from_means else LOGARITHMS

    def averaged(self, y: np.ndarray) -> np.ndarray:
        """Return the counts, or their ratio to the mean."""
        return columns_of(y) if self.from_means else columns_of(y) / np.exp(self.offset_)

    def encode(self, y: np.ndarray) -> np.ndarray:
        """Return the counts, shape (rows, units)."""
        self._check(columns_of(y))
        return columns_of(y).astype("float32")

    def predict(self, outputs: np.ndarray) -> np.ndarray:
        """Return expected counts, shape (rows,) or (rows, units)."""
        means = outputs.astype(np.float64)
        if not self.from_means:
            means = np.exp(means + self.offset_)
        return means[:, 0] if self.is_vector_ else means

    def spread(self, means: np.ndarray) -> np.ndarray:
        """Return the standard deviations that go with means above 0."""
        return means**0.5

    def _check(self, columns: np.ndarray) -> None:
        rows = np.flatnonzero((columns < 0).any(axis=1))
        if len(rows):
            raise ValueError(
                f"y holds a negative count in row {rows[0]}; loss={self._loss_name!r} needs counts "
                "of at least 0."
            )

    _loss_name = "poisson"


class NegativeBinomialHead(CountHead):
    """Counts whose variance is ``mean + alpha * mean ** 2``.

    Parameters
    ----------
    alpha : float
        As of `NegativeBinomialLoss`.
    """

    _loss_name = "negative_binomial"

    def __init__(self, alpha: float) -> None:
        self.alpha = alpha

    @property
    def objective(self) -> NegativeBinomialObjective:
        """The deviance of the distribution."""
        from estimators.heads.log_link_objectives import NegativeBinomialObjective

        return NegativeBinomialObjective(self.alpha, self.from_means)

    def spread(self, means: np.ndarray) -> np.ndarray:
        """Return the standard deviations that go with means above 0."""
        return np.sqrt(means + self.alpha * means**2)


class TweedieHead(CountHead):
    """Positive values, whose variance is their mean to some power.

    Parameters
    ----------
    power : float
        As of `TweedieLoss`.
    """

    def __init__(self, power: float) -> None:
        self.power = power

    @property
    def objective(self) -> TweedieObjective:
        """The deviance of the distribution."""
        from estimators.heads.log_link_objectives import TweedieObjective

        return TweedieObjective(self.power, self.from_means)

    def spread(self, means: np.ndarray) -> np.ndarray:
        """Return the standard deviations that go with means above 0, but for a factor."""
        return means ** (self.power / 2)

    def _check(self, columns: np.ndarray) -> None:
        is_bad = columns < 0 if self.power < 2 else columns <= 0
        rows = np.flatnonzero(is_bad.any(axis=1))
        if len(rows):
            value = columns[rows[0]][is_bad[rows[0]]][0]
            wanted = "values of at least 0" if self.power < 2 else "values above 0"
            raise ValueError(
                f"y holds {value:g} in row {rows[0]}; a Tweedie loss of power {self.power:g} needs "
                f"{wanted}."
            )
        if not columns.any():
            raise ValueError("y holds nothing but 0; a Tweedie loss needs values above it.")


def head_of_positive(loss: NegativeBinomialLoss | TweedieLoss) -> CountHead:
    """Return the head of a loss of ours that trains logarithms of means."""
    from estimators.heads.losses import TweedieLoss

    if isinstance(loss, TweedieLoss):
        return TweedieHead(loss.power)
    return NegativeBinomialHead(loss.alpha)


def columns_of(y: np.ndarray) -> np.ndarray:
    """Return a target as columns, shape (rows, outputs)."""
    y = np.asarray(y, dtype=np.float64)
    return y[:, None] if y.ndim == 1 else y
