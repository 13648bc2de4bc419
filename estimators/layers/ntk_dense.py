"""A fully connected layer in the neural tangent parametrisation."""

from __future__ import annotations

import math
from typing import Any

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="estimators")
class NTKDense(keras.layers.Layer):
    """Computes ``inputs @ kernel / sqrt(width of inputs) + bias``.

    The kernel is drawn from a standard normal distribution and the division is part of the
    function, so that one learning rate suits layers of any width.

    Parameters
    ----------
    units : int
        Number of outputs.
    kernel_initializer : str or keras.initializers.Initializer, default=None
        Standard normal by default.
    bias_initializer : str or keras.initializers.Initializer, default=None
        Standard normal by default.
    kernel_learning_rate_multiplier : float, default=1.0
    bias_learning_rate_multiplier : float, default=0.1
    **kwargs
        Of ``keras.layers.Layer``.

    Examples
    --------
    >>> import numpy as np
    >>> from estimators.layers import NTKDense
    >>> layer = NTKDense(2, kernel_initializer="ones", bias_initializer="zeros")
    >>> np.asarray(layer(np.ones((1, 4), "float32"))).tolist()
    [[2.0, 2.0]]

    References
    ----------
    Jacot, Gabriel and Hongler, Neural Tangent Kernel, 2018; Holzmüller, Grinsztajn and Steinwart,
    Better by Default, 2024.
    """

    def __init__(
        self,
        units: int,
        kernel_initializer: Any = None,
        bias_initializer: Any = None,
        kernel_learning_rate_multiplier: float = 1.0,
        bias_learning_rate_multiplier: float = 0.1,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.units = units
        self.kernel_initializer = _initializer(kernel_initializer)
        self.bias_initializer = _initializer(bias_initializer)
        self.kernel_learning_rate_multiplier = kernel_learning_rate_multiplier
        self.bias_learning_rate_multiplier = bias_learning_rate_multiplier

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        """Create kernel and bias."""
        self.kernel = self.add_weight(
            shape=(input_shape[-1], self.units), initializer=self.kernel_initializer, name="kernel"
        )
        self.bias = self.add_weight(
            shape=(self.units,), initializer=self.bias_initializer, name="bias"
        )
        self.kernel.learning_rate_multiplier = self.kernel_learning_rate_multiplier
        self.bias.learning_rate_multiplier = self.bias_learning_rate_multiplier

    def call(self, inputs: Any) -> Any:
        """Return the outputs."""
        return ops.matmul(inputs, self.kernel) / math.sqrt(inputs.shape[-1]) + self.bias

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """Return the shape of the outputs."""
        return (*input_shape[:-1], self.units)

    def get_config(self) -> dict[str, Any]:
        """Return what rebuilds the layer."""
        return {
            **super().get_config(),
            "units": self.units,
            "kernel_initializer": keras.initializers.serialize(self.kernel_initializer),
            "bias_initializer": keras.initializers.serialize(self.bias_initializer),
            "kernel_learning_rate_multiplier": self.kernel_learning_rate_multiplier,
            "bias_learning_rate_multiplier": self.bias_learning_rate_multiplier,
        }


def _initializer(given: Any) -> keras.initializers.Initializer:
    standard_normal = keras.initializers.RandomNormal(stddev=1.0)
    return standard_normal if given is None else keras.initializers.get(given)
