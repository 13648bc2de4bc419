"""Thresholds between classes that have an order."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from keras import ops


@keras.saving.register_keras_serializable(package="estimators")
class CumulativeLogits(keras.layers.Layer):
    """The log-odds of reaching each class but the first: one number less rising thresholds.

    An estimator lets the thresholds begin at what the shares of the classes say.

    Parameters
    ----------
    units : int
        Number of thresholds, one fewer than classes.
    **kwargs
        Of ``keras.layers.Layer``.

    Examples
    --------
    >>> import numpy as np
    >>> from estimators.layers import CumulativeLogits
    >>> logits = np.asarray(CumulativeLogits(3)(np.zeros((1, 1), "float32")))
    >>> bool((np.diff(logits) < 0).all())
    True

    References
    ----------
    McCullagh, Regression models for ordinal data, 1980; ``statsmodels`` ``OrderedModel``.
    """

    def __init__(self, units: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.units = units

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        """Make the first threshold and the steps from each to the next."""
        self.first = self.add_weight(shape=(1,), initializer="zeros", name="first")
        self.steps = self.add_weight(shape=(self.units - 1,), initializer="zeros", name="steps")

    def call(self, outputs: Any) -> Any:
        """Return logits of shape (rows, units), which fall from left to right."""
        rises = ops.cumsum(ops.softplus(self.steps))
        return outputs - self.first - ops.concatenate([ops.zeros((1,), rises.dtype), rises])

    def thresholds_of(self, logits: np.ndarray) -> list[tuple[keras.Variable, np.ndarray]]:
        """Return the weights with their values by which an output of 0 has these logits."""
        steps = np.log(np.expm1(-np.diff(logits)))
        return [(self.first, np.float32(-logits[:1])), (self.steps, np.float32(steps))]

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """Return the shape of the logits."""
        return (*input_shape[:-1], self.units)

    def get_config(self) -> dict[str, Any]:
        """Return what rebuilds the layer."""
        return {**super().get_config(), "units": self.units}
