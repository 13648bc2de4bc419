"""Cosines of numbers whose frequencies and phases are learnt."""

from __future__ import annotations

import math
from typing import Any

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="feature_specs")
class Cosines(keras.layers.Layer):
    """Computes ``cos(2 * pi * frequency * number + phase)``, several times for each column.

    Parameters
    ----------
    count : int
        Number of cosines of each column.
    sigma : float
        Standard deviation of the frequencies at first.
    learning_rate_multiplier : float, default=1.0
        See `estimators.layers`.

    Examples
    --------
    >>> import numpy as np
    >>> layer = Cosines(2, 0.1)
    >>> layer.build((None, 1))
    >>> _ = layer.frequencies.assign([[0.5, 0.0]])
    >>> _ = layer.phases.assign([[0.0, 0.0]])
    >>> np.asarray(layer(np.array([[1.0]], "float32"))).round(3).tolist()
    [[-1.0, 1.0]]
    """

    def __init__(
        self, count: int, sigma: float, learning_rate_multiplier: float = 1.0, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.count = count
        self.sigma = sigma
        self.learning_rate_multiplier = learning_rate_multiplier
        # Where fresh weights are drawn anew, these tell how.
        self.frequencies_initializer = keras.initializers.RandomNormal(stddev=sigma)
        self.phases_initializer = keras.initializers.RandomUniform(-math.pi, math.pi)

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        """Draw frequencies and phases."""
        shape = (input_shape[-1], self.count)
        for name in ("frequencies", "phases"):
            initializer = getattr(self, f"{name}_initializer")
            weight = self.add_weight(shape=shape, initializer=initializer, name=name)
            weight.learning_rate_multiplier = self.learning_rate_multiplier
            setattr(self, name, weight)

    def call(self, numbers: Any) -> Any:
        """Return (rows, columns * count) numbers from -1 to 1."""
        turns = numbers[..., None] * (2 * math.pi * self.frequencies) + self.phases
        return ops.reshape(ops.cos(turns), (-1, numbers.shape[-1] * self.count))

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """Return the shape of what `call` returns."""
        return (*input_shape[:-1], input_shape[-1] * self.count)

    def get_config(self) -> dict[str, Any]:
        """Return what rebuilds the layer."""
        own = {
            "count": self.count,
            "sigma": self.sigma,
            "learning_rate_multiplier": self.learning_rate_multiplier,
        }
        return {**super().get_config(), **own}
