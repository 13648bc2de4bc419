"""A factor for every input, so that a network learns early which inputs matter."""

from __future__ import annotations

from typing import Any

import keras


@keras.saving.register_keras_serializable(package="estimators")
class Scale(keras.layers.Layer):
    """Multiplies each input by a factor of its own, which begins at 1.

    Parameters
    ----------
    learning_rate_multiplier : float, default=1.0
        Of the factors; they are not subject to weight decay.
    **kwargs
        Of ``keras.layers.Layer``.

    Examples
    --------
    >>> import numpy as np
    >>> from estimators.layers import Scale
    >>> layer = Scale(learning_rate_multiplier=6.0)
    >>> np.asarray(layer(np.array([[2.0, 3.0]], "float32"))).tolist()
    [[2.0, 3.0]]
    >>> layer.scale.learning_rate_multiplier
    6.0

    References
    ----------
    Holzmüller, Grinsztajn and Steinwart, Better by Default, 2024.
    """

    def __init__(self, learning_rate_multiplier: float = 1.0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.learning_rate_multiplier = learning_rate_multiplier

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        """Create the factors."""
        self.scale_initializer = keras.initializers.Ones()
        self.scale = self.add_weight(
            shape=(input_shape[-1],), initializer=self.scale_initializer, name="scale"
        )
        self.scale.learning_rate_multiplier = self.learning_rate_multiplier

    def call(self, inputs: Any) -> Any:
        """Return the scaled inputs."""
        return inputs * self.scale

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """Return the shape of the inputs."""
        return input_shape

    def get_config(self) -> dict[str, Any]:
        """Return what rebuilds the layer."""
        own = {"learning_rate_multiplier": self.learning_rate_multiplier}
        return {**super().get_config(), **own}
