"""An activation for layers without negative weights."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
from keras import ops

# Of all units those that bend upwards, and as many downwards.
_CONVEX = 7 / 16


@keras.saving.register_keras_serializable(package="feature_specs")
class MonotonicActivation(keras.layers.Layer):
    """Applies an activation, its mirror image, and both joined into a step, each to some units.

    Without negative weights, units that all bend upwards can only say what bends upwards. Of 16
    units 7 have ``activation(x)``, 7 have ``-activation(-x)``, and 2 are bounded on both sides.

    Parameters
    ----------
    activation : str or callable, default='relu'
        One that never falls.
    **kwargs
        Of ``keras.layers.Layer``.

    Examples
    --------
    >>> import numpy as np
    >>> layer = MonotonicActivation("relu")
    >>> np.asarray(layer(np.array([[-3.0] * 3, [3.0] * 3], "float32"))).tolist()
    [[0.0, -3.0, -1.0], [3.0, -0.0, 1.0]]

    References
    ----------
    Runje and Shankaranarayana, Constrained Monotonic Neural Networks, 2023.
    """

    def __init__(self, activation: str | Callable = "relu", **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.activation = keras.activations.get(activation)

    def call(self, inputs: Any) -> Any:
        """Return the activated inputs."""
        up = max(1, round(inputs.shape[-1] * _CONVEX))
        convex, concave = inputs[..., :up], inputs[..., up : 2 * up]
        step = inputs[..., 2 * up :]
        f, top = self.activation, self.activation(ops.ones_like(inputs[..., :1]))
        bounded = ops.where(step < 0, f(step + 1) - top, top - f(1 - step))
        return ops.concatenate([f(convex), -f(-concave), bounded], axis=-1)

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """Return the shape of the inputs."""
        return input_shape

    def get_config(self) -> dict[str, Any]:
        """Return what rebuilds the layer."""
        return {
            **super().get_config(),
            "activation": keras.activations.serialize(self.activation),
        }
