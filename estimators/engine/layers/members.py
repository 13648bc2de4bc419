"""The mean of what several networks give, on the scale that their outputs stand for."""

from __future__ import annotations

import math
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

    See Also
    --------
    estimators.heads.averages.average : The same on the host.
    """

    def __init__(self, scale: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.scale = scale

    def call(self, outputs: Sequence[Any]) -> Any:
        """Return the mean, of the shape of each of the outputs."""
        count, outputs = len(outputs), ops.stack(outputs)
        if self.scale == "values":
            return ops.mean(outputs, axis=0)
        if self.scale == "log_odds":
            return _log_sum(ops.log_sigmoid(outputs)) - _log_sum(ops.log_sigmoid(-outputs))
        if self.scale == "log_probabilities":
            outputs = ops.log_softmax(outputs, axis=-1)
        return _log_sum(outputs) - math.log(count)

    def compute_output_shape(self, shapes: Sequence[tuple]) -> tuple:
        """Return the shape of each of the outputs."""
        return shapes[0]

    def get_config(self) -> dict[str, Any]:
        """Return what rebuilds the layer."""
        return {**super().get_config(), "scale": self.scale}


def _log_sum(logarithms: Any) -> Any:
    return ops.logsumexp(logarithms, axis=0)
