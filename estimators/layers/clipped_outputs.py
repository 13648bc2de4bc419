"""Outputs that stay within what training has seen of the target."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
from keras import ops

# By its name a fit that goes on finds the range of those before, and widens it.
LEARNT = "learnt_"
# Infinite weights would be refused by files.
_LARGEST = float(np.finfo(np.float32).max)


@keras.saving.register_keras_serializable(package="estimators")
class ClippedOutputs(keras.layers.Layer):
    """Clips outputs to a range, but in training, where gradients must pass.

    Parameters
    ----------
    minimum, maximum : sequence of float, default=None
        Of each output. By default an estimator sets them to those of its training target; a fit
        that goes on on other rows widens them.
    **kwargs
        Of ``keras.layers.Layer``.

    Examples
    --------
    >>> import numpy as np
    >>> from estimators.layers import ClippedOutputs
    >>> layer = ClippedOutputs([0.0], [1.0])
    >>> outputs = np.array([[-3.0], [0.5]], "float32")
    >>> np.asarray(layer(outputs)).tolist(), np.asarray(layer(outputs, training=True)).tolist()
    ([[0.0], [0.5]], [[-3.0], [0.5]])

    References
    ----------
    Holzmüller, Grinsztajn and Steinwart, Better by Default, 2024.
    """

    def __init__(
        self,
        minimum: Sequence[float] | None = None,
        maximum: Sequence[float] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.given_minimum, self.given_maximum = minimum, maximum

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        """Make room for the ends of the range, which no step changes."""
        ends = {"minimum": self.given_minimum, "maximum": self.given_maximum}
        beyond = {"minimum": -_LARGEST, "maximum": _LARGEST}
        for name, given in ends.items():
            initializer = keras.initializers.Constant(beyond[name] if given is None else given)
            setattr(
                self, f"{name if given is not None else LEARNT + name}_initializer", initializer
            )
            weight = self.add_weight(
                shape=(input_shape[-1],),
                initializer=initializer,
                trainable=False,
                name=name if given is not None else f"{LEARNT}{name}",
            )
            setattr(self, name, weight)

    def call(self, outputs: Any, training: bool = False) -> Any:
        """Return the outputs, clipped outside training."""
        if training:
            return outputs
        return ops.minimum(ops.maximum(outputs, self.minimum), self.maximum)

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """Return the shape of the outputs."""
        return input_shape

    def get_config(self) -> dict[str, Any]:
        """Return what rebuilds the layer."""
        own = {"minimum": self.given_minimum, "maximum": self.given_maximum}
        return {**super().get_config(), **own}
