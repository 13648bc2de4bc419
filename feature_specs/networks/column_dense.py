"""A dense layer of each column by itself: no column sees what stands for another."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="feature_specs")
class ColumnDense(keras.layers.Layer):
    """Combines the values that stand for a column, by weights of the column's own.

    Parameters
    ----------
    columns : int
        Number of columns; the inputs hold as many values for each, one column after another.
    units : int
        Number of outputs of each column.
    kernel_initializer, bias_initializer : str or keras.initializers.Initializer
    learning_rate_multiplier : float, default=1.0
        See `estimators.layers`.

    Examples
    --------
    >>> import numpy as np
    >>> layer = ColumnDense(2, 1, "ones", "zeros")
    >>> np.asarray(layer(np.array([[1.0, 2.0, 10.0, 20.0]], "float32"))).tolist()
    [[3.0, 30.0]]
    """

    def __init__(
        self,
        columns: int,
        units: int,
        kernel_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        learning_rate_multiplier: float = 1.0,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.columns = columns
        self.units = units
        self.kernel_initializer = keras.initializers.get(kernel_initializer)
        self.bias_initializer = keras.initializers.get(bias_initializer)
        self.learning_rate_multiplier = learning_rate_multiplier

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        """Create kernel and bias."""
        each = input_shape[-1] // self.columns
        shapes = {
            "kernel": (self.columns, each, self.units),
            "bias": (self.columns, self.units),
        }
        for name, shape in shapes.items():
            initializer = getattr(self, f"{name}_initializer")
            weight = self.add_weight(shape=shape, initializer=initializer, name=name)
            weight.learning_rate_multiplier = self.learning_rate_multiplier
            setattr(self, name, weight)

    def call(self, values: Any) -> Any:
        """Return (rows, columns * units) numbers."""
        values = ops.reshape(values, (-1, self.columns, values.shape[-1] // self.columns))
        combined = ops.einsum("rcv,cvu->rcu", values, self.kernel) + self.bias
        return ops.reshape(combined, (-1, self.columns * self.units))

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """Return the shape of what `call` returns."""
        return (*input_shape[:-1], self.columns * self.units)

    def get_config(self) -> dict[str, Any]:
        """Return what rebuilds the layer."""
        return {
            **super().get_config(),
            "columns": self.columns,
            "units": self.units,
            "kernel_initializer": keras.initializers.serialize(self.kernel_initializer),
            "bias_initializer": keras.initializers.serialize(self.bias_initializer),
            "learning_rate_multiplier": self.learning_rate_multiplier,
        }
