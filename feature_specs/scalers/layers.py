"""Keras layers that repeat fitted scalers inside a graph, in float64."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from feature_specs.scalers import exact_math, portable_math
from feature_specs.scalers.quantile_levels import (
    LOWEST_LEVEL,
    ends_of_two,
    interpolate_levels,
    quantile_tables,
    signs_of_two,
)


class ScalerLayer(keras.layers.Layer):
    """A layer without weights that takes and gives float64, or float32 for devices without it.

    Attributes
    ----------
    is_portable : bool
        Whether float64, too, is computed by operations that every runtime has, to a last bit other
        than on the host; set before the layer is traced for ONNX, which has no bit patterns.
    """

    is_portable = False

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{**kwargs, "dtype": "float64", "autocast": False, "trainable": False})
        self.built = True

    def compute_output_spec(self, inputs: Any) -> keras.KerasTensor:
        """Return the shape of the input, in float64 unless it is float32."""
        dtype = "float32" if inputs.dtype == "float32" else "float64"
        return keras.KerasTensor(inputs.shape, dtype=dtype)


def _floats(inputs: Any) -> tf.Tensor:
    x = tf.convert_to_tensor(inputs)
    return x if x.dtype == tf.float32 else tf.cast(x, tf.float64)


@keras.saving.register_keras_serializable(package="feature_specs")
class AffineScaling(ScalerLayer):
    """Computes ``(x - center) * inv_scale``.

    Parameters
    ----------
    center, inv_scale : sequence of float
        One number a column.
    **kwargs
        Passed to `keras.layers.Layer`.

    Examples
    --------
    >>> import numpy as np
    >>> from feature_specs.scalers.layers import AffineScaling
    >>> AffineScaling([1.0], [0.5])(np.array([[2.0], [3.0]])).numpy().tolist()
    [[0.5], [1.0]]
    """

    def __init__(self, center: Sequence[float], inv_scale: Sequence[float], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.center = np.asarray(center, np.float64)
        self.inv_scale = np.asarray(inv_scale, np.float64)

    def call(self, inputs: Any) -> tf.Tensor:
        """Scale a block."""
        x = _floats(inputs)
        if x.dtype == tf.float32:
            return portable_math.affine(x, self.center, self.inv_scale)
        scaled = (x - tf.constant(self.center)) * tf.constant(self.inv_scale)
        return exact_math.without_underflow(scaled, tf)

    def get_config(self) -> dict[str, Any]:
        """Return what rebuilds the layer."""
        own = {"center": self.center.tolist(), "inv_scale": self.inv_scale.tolist()}
        return {**super().get_config(), **own}


@keras.saving.register_keras_serializable(package="feature_specs")
class Log1pScaling(ScalerLayer):
    """Computes ``log(1 + x)``, with the bits of `feature_specs.scalers.exact_math.log1p`.

    Parameters
    ----------
    **kwargs
        Passed to `keras.layers.Layer`.

    Examples
    --------
    >>> import numpy as np
    >>> from feature_specs.scalers.layers import Log1pScaling
    >>> Log1pScaling()(np.array([[0.0]])).numpy().tolist()
    [[0.0]]
    """

    def call(self, inputs: Any) -> tf.Tensor:
        """Scale a block."""
        x = _floats(inputs)
        if self.is_portable or x.dtype == tf.float32:
            return tf.math.log(1.0 + x)  # ONNX and LiteRT have no log1p
        scaled = exact_math.log1p(x, exact_math.graph_ops())
        return exact_math.without_underflow(scaled, tf)


@keras.saving.register_keras_serializable(package="feature_specs")
class QuantileScaling(ScalerLayer):
    """Maps values to their rank among learnt quantiles, uniform or normal.

    Parameters
    ----------
    quantiles : nested sequence of float, of shape (columns, n)
        Ascending quantiles of each column, at evenly spaced levels from 0 to 1.
    output : {"normal", "uniform"}
        The distribution that the training rows take.
    limit : float, default=None
        Results end so far from 0.
    two_valued : sequence of int, default=()
        Places of the columns whose first and last quantile become -1 and 1.
    **kwargs
        Passed to `keras.layers.Layer`.

    Examples
    --------
    >>> import numpy as np
    >>> from feature_specs.scalers.layers import QuantileScaling
    >>> layer = QuantileScaling([[0.0, 1.0, 4.0]], "uniform")
    >>> layer(np.array([[0.5], [2.5], [9.0]])).numpy().tolist()
    [[0.25], [0.75], [1.0]]
    """

    def __init__(
        self,
        quantiles: Sequence[Sequence[float]],
        output: str = "normal",
        limit: float | None = None,
        two_valued: Sequence[int] = (),
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.quantiles = np.asarray(quantiles, np.float64)
        self.output_distribution = output
        self.limit = limit
        self.two_valued = list(two_valued)

    def call(self, inputs: Any) -> tf.Tensor:
        """Scale a block."""
        x = _floats(inputs)
        if self.is_portable or x.dtype == tf.float32:
            return self._portable(x)
        ops = exact_math.graph_ops()
        x = tf.transpose(x)
        missing = tf.math.is_nan(x)
        x = exact_math.without_underflow(tf.where(missing, tf.zeros_like(x), x), tf)
        quantiles = tf.constant(self.quantiles)
        after = tf.searchsorted(quantiles, x, side="right")
        first = tf.searchsorted(quantiles, x, side="left")
        levels, slopes = quantile_tables(self.quantiles)
        last = self.quantiles.shape[1] - 1
        below = tf.maximum(after - 1, 0)
        first = tf.minimum(first, last)
        result = interpolate_levels(
            x,
            below_x=tf.gather(quantiles, below, batch_dims=1),
            below_level=tf.gather(levels, below),
            above_level=tf.gather(levels, tf.minimum(below + 1, last)),
            slope=tf.gather(tf.constant(slopes), below, batch_dims=1),
            first_x=tf.gather(quantiles, first, batch_dims=1),
            first_level=tf.gather(levels, first),
            outside=tf.equal(after, 0),
            normal=self.output_distribution == "normal",
            ops=ops,
        )
        if self.two_valued:
            known, scaled = tf.transpose(x), tf.transpose(result)
            signs = signs_of_two(known, scaled, self.quantiles, self._has_two(), ops)
            result = tf.transpose(signs)
        result = self._limited(result)
        scaled = tf.where(missing, tf.zeros_like(x) + np.nan, result)
        return tf.transpose(exact_math.without_underflow(scaled, tf))

    def _portable(self, x: tf.Tensor) -> tf.Tensor:
        missing = tf.math.is_nan(x)
        known = tf.where(missing, tf.zeros_like(x), x)
        levels = portable_math.levels(known, self.quantiles, *quantile_tables(self.quantiles))
        if self.output_distribution == "normal":
            scaled = portable_math.normal_quantile(*levels, LOWEST_LEVEL)
        else:
            scaled = levels[0]
        if self.two_valued:
            low, inverse = ends_of_two(self.quantiles, self._has_two())
            share = tf.clip_by_value(portable_math.affine(known, low, inverse), 0.0, 1.0)
            scaled = tf.where(self._has_two(), 2.0 * share - 1.0, scaled)
        scaled = self._limited(scaled)
        return tf.where(missing, tf.constant(np.nan, x.dtype), scaled)

    def _has_two(self) -> np.ndarray:
        return np.isin(np.arange(len(self.quantiles)), self.two_valued)

    def _limited(self, scaled: tf.Tensor) -> tf.Tensor:
        return scaled if self.limit is None else tf.clip_by_value(scaled, -self.limit, self.limit)

    def get_config(self) -> dict[str, Any]:
        """Return what rebuilds the layer."""
        own = {
            "quantiles": self.quantiles.tolist(),
            "output": self.output_distribution,
            "limit": self.limit,
            "two_valued": self.two_valued,
        }
        return {**super().get_config(), **own}


@keras.saving.register_keras_serializable(package="feature_specs")
class FunctionScaling(ScalerLayer):
    """Applies a function of one column to every column.

    Parameters
    ----------
    function : callable
        Written with `keras.ops`. Register it with `keras.saving.register_keras_serializable` to
        save a model that holds the layer.
    **kwargs
        Passed to `keras.layers.Layer`.

    Examples
    --------
    >>> import keras
    >>> import numpy as np
    >>> from feature_specs.scalers.layers import FunctionScaling
    >>> FunctionScaling(keras.ops.abs)(np.array([[-1.0, 2.0]])).numpy().tolist()
    [[1.0, 2.0]]
    """

    def __init__(self, function: Callable[[Any], Any], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.function = function

    def call(self, inputs: Any) -> tf.Tensor:
        """Scale a block."""
        x = _floats(inputs)
        columns = tf.unstack(x, axis=-1)
        scaled = tf.stack([tf.cast(self.function(c), x.dtype) for c in columns], axis=-1)
        return exact_math.without_underflow(scaled, tf)

    def trace(self, n_columns: int) -> None:
        """Trace the function once, so that one without a graph form fails here.

        Parameters
        ----------
        n_columns : int
            Number of columns of a block.
        """
        signature = tf.TensorSpec((None, n_columns), tf.float64)
        tf.function(self.call).get_concrete_function(signature)

    def get_config(self) -> dict[str, Any]:
        """Return what rebuilds the layer."""
        function = keras.saving.serialize_keras_object(self.function)
        return {**super().get_config(), "function": function}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> FunctionScaling:
        """Rebuild the layer."""
        function = keras.saving.deserialize_keras_object(config["function"])
        return cls(**{**config, "function": function})
