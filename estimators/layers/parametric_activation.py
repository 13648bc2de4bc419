"""An activation of which each unit learns how much it wants."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras


@keras.saving.register_keras_serializable(package="estimators")
class ParametricActivation(keras.layers.Layer):
    """Computes ``x + (activation(x) - x) * share``, with a share for each unit that begins at 1.

    With ``"relu"`` it is ``keras.layers.PReLU`` in another parametrisation: a share of 0 leaves a
    unit linear.

    Parameters
    ----------
    activation : str or callable, default='relu'
        As in ``keras.layers.Activation``.
    learning_rate_multiplier : float, default=1.0
        Of the shares; they are not subject to weight decay.
    **kwargs
        Of ``keras.layers.Layer``.

    Examples
    --------
    >>> import numpy as np
    >>> from estimators.layers import ParametricActivation
    >>> layer = ParametricActivation("relu")
    >>> layer.build((None, 2))
    >>> _ = layer.share.assign([1.0, 0.25])
    >>> np.asarray(layer(np.array([[-4.0, -4.0]], "float32"))).tolist()
    [[0.0, -3.0]]

    References
    ----------
    Holzmüller, Grinsztajn and Steinwart, Better by Default, 2024; He et al., Delving Deep into
    Rectifiers, 2015.
    """

    def __init__(
        self,
        activation: str | Callable = "relu",
        learning_rate_multiplier: float = 1.0,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.activation = keras.activations.get(activation)
        self.learning_rate_multiplier = learning_rate_multiplier

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        """Create the shares."""
        self.share_initializer = keras.initializers.Ones()
        self.share = self.add_weight(
            shape=(input_shape[-1],), initializer=self.share_initializer, name="share"
        )
        self.share.learning_rate_multiplier = self.learning_rate_multiplier

    def call(self, inputs: Any) -> Any:
        """Return the activated inputs."""
        return inputs + (self.activation(inputs) - inputs) * self.share

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """Return the shape of the inputs."""
        return input_shape

    def get_config(self) -> dict[str, Any]:
        """Return what rebuilds the layer."""
        return {
            **super().get_config(),
            "activation": keras.activations.serialize(self.activation),
            "learning_rate_multiplier": self.learning_rate_multiplier,
        }
