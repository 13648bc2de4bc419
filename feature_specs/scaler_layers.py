"""The scalers as Keras layers, and the arithmetic that host and graph share.

A layer holds constants, takes float64 and gives float64. Its results equal those of the scaler on
the host to the last bit after the cast to float32, whether it runs eagerly, in a graph or
compiled by XLA. What that asks of the arithmetic:

- ``(x - a) * b`` and never ``x * a + b`` or ``x / a``: a compiler may round a product and a sum
  once instead of twice, and may turn a division by a constant into a product.
- No function whose last bits are the library's own choice, such as a logarithm.
- Numbers too small for float32 become 0 by an explicit rule, because TensorFlow treats them as 0
  on some devices and not on others.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from keras import ops

SMALLEST = float(np.finfo(np.float32).tiny)
_SMALLEST_DOUBLE = float(np.finfo(np.float64).tiny)

_LN2 = 0.6931471805599453
_ROOT_OF_HALF = 0.7071067811865476
_MANTISSA = 0x000F_FFFF_FFFF_FFFF
_EXPONENT_OF_ONE = 0x3FF0_0000_0000_0000
# atanh(s) / s = 1 + z/3 + z²/5 + ... with z = s²; eleven terms reach the last bit for z < 0.03.
_ATANH_SERIES = [1.0 / (2 * k + 1) for k in range(11, 0, -1)]


def without_underflow(x: Any, module: Any = np) -> Any:
    """Return `x` with 0 in place of numbers too small for float32."""
    return module.where(module.abs(x) < SMALLEST, module.zeros_like(x), x)


def log1p(x: Any, bits_of: Callable[[Any], Any], from_bits: Callable[[Any], Any], module: Any):
    """Return log(1 + x) for float64 `x` > -1, the same bits from NumPy and from Keras.

    Parameters
    ----------
    x : array or tensor
        The numbers.
    bits_of, from_bits : callable
        Read float64 as int64, and back.
    module : module
        `numpy` or `keras.ops`.

    Returns
    -------
    array or tensor
        The logarithms, right to about one unit in the last place of float64.
    """

    def product(a, b):
        # Adding to a bare product could be rounded once instead of twice; the bound, which is
        # never reached, keeps the two apart.
        return module.maximum(a * b, -1e300)

    # 1 + x = 2**k * m, m from sqrt(1/2) to sqrt(2); the bound keeps (1 + x) - 1 from becoming x.
    whole = module.maximum(1.0 + x, 2.0**-60)
    bits = bits_of(whole)
    m = from_bits((bits & _MANTISSA) | _EXPONENT_OF_ONE)
    k = (bits >> 52) - 1023
    above = m > 2 * _ROOT_OF_HALF
    m = module.where(above, m * 0.5, m)
    k = module.where(above, k + 1, k)
    lost = (x - (whole - 1.0)) / whole
    s = (m - 1.0) / (m + 1.0)
    z = s * s
    series = module.full_like(z, 0.0)
    for coefficient in _ATANH_SERIES:
        series = product(series + coefficient, z)
    log_m = product(2.0 * s, 1.0 + series)
    exponent = k.astype(np.float64) if module is np else module.cast(k, "float64")
    return (product(exponent, _LN2) + log_m) + lost


class _ScalerLayer(keras.layers.Layer):
    """Takes and gives float64, whatever the global precision."""

    def __init__(self, **kwargs: Any) -> None:
        # Keras would cast float64 inputs to float32 before `call`.
        super().__init__(**{"dtype": "float64", "autocast": False, "trainable": False, **kwargs})

    def compute_output_spec(self, inputs: keras.KerasTensor) -> keras.KerasTensor:
        """Return the same shape, as float64."""
        return keras.KerasTensor(inputs.shape, "float64")


@keras.saving.register_keras_serializable(package="feature_specs")
class IdentityLayer(_ScalerLayer):
    """Gives numbers as they are, those too small for float32 as 0."""

    def call(self, inputs: tf.Tensor) -> tf.Tensor:
        """Return the numbers."""
        return without_underflow(ops.convert_to_tensor(inputs, "float64"), ops)


@keras.saving.register_keras_serializable(package="feature_specs")
class AffineLayer(_ScalerLayer):
    """Computes ``(x - center) * inv_scale`` for each column.

    Parameters
    ----------
    center, inv_scale : sequence of float
        One number a column.
    **kwargs
        Of `keras.layers.Layer`.
    """

    def __init__(self, center: Any, inv_scale: Any, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.center = np.asarray(center, np.float64).tolist()
        self.inv_scale = np.asarray(inv_scale, np.float64).tolist()

    def call(self, inputs: tf.Tensor) -> tf.Tensor:
        """Return the scaled columns."""
        x = ops.convert_to_tensor(inputs, "float64")
        center = ops.convert_to_tensor(self.center, "float64")
        return without_underflow((x - center) * ops.convert_to_tensor(self.inv_scale, x.dtype), ops)

    def get_config(self) -> dict[str, Any]:
        """Return what the layer is made from again."""
        return {**super().get_config(), "center": self.center, "inv_scale": self.inv_scale}


@keras.saving.register_keras_serializable(package="feature_specs")
class Log1pLayer(_ScalerLayer):
    """Computes log(1 + x), and that of a column's floor where `x` is -1 or less.

    Parameters
    ----------
    floor : sequence of float
        One number a column.
    **kwargs
        Of `keras.layers.Layer`.
    """

    def __init__(self, floor: Any, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.floor = np.asarray(floor, np.float64).tolist()

    def call(self, inputs: tf.Tensor) -> tf.Tensor:
        """Return the logarithms."""
        x = ops.convert_to_tensor(inputs, "float64")
        x = ops.where(x <= -1.0, ops.convert_to_tensor(self.floor, "float64"), x)
        logarithms = log1p(
            x,
            bits_of=lambda numbers: tf.bitcast(numbers, tf.int64),
            from_bits=lambda bits: tf.bitcast(bits, tf.float64),
            module=ops,
        )
        # NaN has no exponent to take apart.
        return without_underflow(ops.where(ops.isnan(x), x, logarithms), ops)

    def get_config(self) -> dict[str, Any]:
        """Return what the layer is made from again."""
        return {**super().get_config(), "floor": self.floor}


@keras.saving.register_keras_serializable(package="feature_specs")
class PiecewiseLayer(_ScalerLayer):
    """Computes a piecewise linear function of each column.

    Place 2i of a column's `origins` and `slopes` is for numbers between knot i - 1 and knot i,
    place 2i + 1 for numbers equal to knot i. The value is ``(x - origin) * slope``, or the origin
    itself where the slope is 0.

    Parameters
    ----------
    knots : sequence of sequence of float
        The knots of each column, in ascending order, columns of fewer knots filled up with the
        largest float64.
    origins, slopes : sequence of sequence of float
        ``2 * len(knots) + 1`` numbers for each column.
    **kwargs
        Of `keras.layers.Layer`.
    """

    def __init__(self, knots: Any, origins: Any, slopes: Any, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.knots = np.asarray(knots, np.float64).tolist()
        self.origins = np.asarray(origins, np.float64).tolist()
        self.slopes = np.asarray(slopes, np.float64).tolist()

    def call(self, inputs: tf.Tensor) -> tf.Tensor:
        """Return the values of the functions."""
        x = ops.transpose(ops.convert_to_tensor(inputs, "float64"))
        x = without_double_underflow(x, ops)
        known = ops.where(ops.isnan(x), ops.zeros_like(x), x)
        knots = tf.constant(self.knots, tf.float64)
        place = tf.searchsorted(knots, known, "left") + tf.searchsorted(knots, known, "right")
        origin = tf.gather(tf.constant(self.origins, tf.float64), place, batch_dims=1)
        slope = tf.gather(tf.constant(self.slopes, tf.float64), place, batch_dims=1)
        y = ops.where(ops.equal(slope, 0.0), origin, (known - origin) * slope)
        return ops.transpose(without_underflow(ops.where(ops.isnan(x), x, y), ops))

    def get_config(self) -> dict[str, Any]:
        """Return what the layer is made from again."""
        constants = {"knots": self.knots, "origins": self.origins, "slopes": self.slopes}
        return {**super().get_config(), **constants}


def without_double_underflow(x: Any, module: Any = np) -> Any:
    """Return `x` with 0 in place of numbers that TensorFlow may take for 0 in comparisons."""
    return module.where(module.abs(x) < _SMALLEST_DOUBLE, module.zeros_like(x), x)
