"""The mean of what several networks give, on the scale that their outputs stand for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="estimators")
class MeanOfMembers(keras.layers.Layer):
    """Averages the outputs of several networks and gives the mean back on the scale of outputs.

    Parameters
    ----------
    scale : {"values", "logarithms", "log_odds", "log_probabilities"}
        What outputs are: values, logarithms of means, log-odds of probabilities, or logits of
        exclusive classes. It is values, means and probabilities that are averaged.
    weights : sequence of float, default=None
        Of the networks, with a sum of 1; equal by default.

    See Also
    --------
    estimators.heads.averages.average : The same on the host.
    """

    def __init__(self, scale: str, weights: Sequence[float] | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.scale, self.given_weights = scale, weights

    def call(self, outputs: Sequence[Any]) -> Any:
        """Return the mean, of the shape of each of the outputs."""
        count, outputs = len(outputs), ops.stack(outputs)
        weights = [1 / count] * count if self.given_weights is None else self.given_weights
        shares = ops.reshape(ops.convert_to_tensor(weights, outputs.dtype), (-1, 1, 1))
        if self.scale == "values":
            return ops.sum(shares * outputs, axis=0)
        if self.scale == "log_odds":
            sides = (ops.log_sigmoid(outputs), ops.log_sigmoid(-outputs))
            yes, no = (_log_sum(side, shares) for side in sides)
            return yes - no
        if self.scale == "log_probabilities":
            outputs = ops.log_softmax(outputs, axis=-1)
        return _log_sum(outputs, shares)

    def compute_output_shape(self, shapes: Sequence[tuple]) -> tuple:
        """Return the shape of each of the outputs."""
        return shapes[0]

    def get_config(self) -> dict[str, Any]:
        """Return what rebuilds the layer."""
        return {**super().get_config(), "scale": self.scale, "weights": self.given_weights}


def _log_sum(logarithms: Any, shares: Any) -> Any:
    return ops.logsumexp(logarithms + ops.log(shares), axis=0)
