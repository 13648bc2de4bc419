"""Quantiles of a row, put in order."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="estimators")
class SortedQuantiles(keras.layers.Layer):
    """Outputs of a row in rising order, those of each value by themselves.

    Parameters
    ----------
    count : int
        Number of quantiles of a value.
    **kwargs
        Of ``keras.layers.Layer``.

    Examples
    --------
    >>> import numpy as np
    >>> from estimators.layers import SortedQuantiles
    >>> np.asarray(SortedQuantiles(2)(np.array([[3.0, 1.0, 0.0, 5.0]]))).tolist()
    [[1.0, 3.0, 0.0, 5.0]]

    References
    ----------
    Chernozhukov, Fernández-Val and Galichon, Quantile and probability curves without crossing,
    2010.
    """

    def __init__(self, count: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.count = count

    def call(self, outputs: Any) -> Any:
        """Return outputs of the same shape, (rows, values * count)."""
        by_value = ops.reshape(outputs, (-1, outputs.shape[-1] // self.count, self.count))
        return ops.reshape(ops.sort(by_value, axis=-1), (-1, outputs.shape[-1]))

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """Return the shape of the outputs."""
        return input_shape

    def get_config(self) -> dict[str, Any]:
        """Return what rebuilds the layer."""
        return {**super().get_config(), "count": self.count}
