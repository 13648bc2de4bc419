"""Elementary functions that give the same bits in NumPy, TensorFlow and XLA.

Libraries disagree in the last bit of ``log1p`` and of the normal quantile function, and one
library disagrees with itself between its vector loop and the remainder of that loop. The
functions here use only operations that IEEE 754 rounds correctly (sum, product, quotient,
square root) in one fixed order, so that a served model repeats what training saw.
"""

from __future__ import annotations

import functools
from typing import Any

import numpy as np

_LARGEST = float(np.finfo(np.float64).max)
_LN2_HIGH = 6.93147180369123816490e-01  # few enough bits that its product with k is exact
_LN2_LOW = 1.90821492927058770002e-10
_LOG_ODD = (
    6.666666666666735130e-01,
    2.857142874366239149e-01,
    1.818357216161805012e-01,
    1.479819860511658591e-01,
)
_LOG_EVEN = (3.999999999940941908e-01, 2.222219843214978396e-01, 1.531383769920937332e-01)
_SQRT_HALF_BITS = 0x3FE6A09E
_ONE_BITS = 0x3FF00000


# The smallest number that float32 holds with full precision.
SMALLEST = float(np.finfo(np.float32).tiny)


def without_underflow(x: Any, module: Any = np) -> Any:
    """Return `x` with 0 in place of numbers too small for float32.

    Some devices take such numbers for 0 when they become float32, and others keep some of their
    bits; this rule is the same everywhere.

    Parameters
    ----------
    x : array of float64
        Any values.
    module : module, default=numpy
        `numpy` or `tensorflow`.

    Returns
    -------
    array of float64

    Examples
    --------
    >>> import numpy as np
    >>> from feature_specs.scalers.exact_math import without_underflow
    >>> without_underflow(np.array([1.0, 1e-40, np.nan])).tolist()
    [1.0, 0.0, nan]
    """
    return module.where(module.abs(x) < SMALLEST, module.zeros_like(x), x)


class HostOps:
    """The operations of NumPy under the names that this module uses."""

    minimum = staticmethod(np.minimum)
    maximum = staticmethod(np.maximum)
    where = staticmethod(np.where)
    sqrt = staticmethod(np.sqrt)
    right_shift = staticmethod(np.right_shift)
    left_shift = staticmethod(np.left_shift)
    bitwise_and = staticmethod(np.bitwise_and)
    bitwise_or = staticmethod(np.bitwise_or)

    @staticmethod
    def bits(x: np.ndarray) -> np.ndarray:
        """Reinterpret float64 as int64."""
        return np.ascontiguousarray(x).view(np.int64)

    @staticmethod
    def from_bits(x: np.ndarray) -> np.ndarray:
        """Reinterpret int64 as float64."""
        return x.view(np.float64)

    @staticmethod
    def as_float(x: np.ndarray) -> np.ndarray:
        """Convert integers to float64."""
        return x.astype(np.float64)

    @staticmethod
    def integer(value: int) -> np.int64:
        """Return an int64 constant."""
        return np.int64(value)


@functools.cache
def graph_ops() -> Any:
    """Return the same operations of TensorFlow, imported on first use."""
    import tensorflow as tf

    class GraphOps:
        minimum = staticmethod(tf.minimum)
        maximum = staticmethod(tf.maximum)
        where = staticmethod(tf.where)
        sqrt = staticmethod(tf.sqrt)
        right_shift = staticmethod(tf.bitwise.right_shift)
        left_shift = staticmethod(tf.bitwise.left_shift)
        bitwise_and = staticmethod(tf.bitwise.bitwise_and)
        bitwise_or = staticmethod(tf.bitwise.bitwise_or)

        bits = staticmethod(functools.partial(tf.bitcast, type=tf.int64))
        from_bits = staticmethod(functools.partial(tf.bitcast, type=tf.float64))
        as_float = staticmethod(functools.partial(tf.cast, dtype=tf.float64))
        integer = staticmethod(functools.partial(tf.constant, dtype=tf.int64))

    return GraphOps


def rounded(x: Any, ops: Any = HostOps) -> Any:
    """Return finite `x` unchanged, rounded to float64 before anything else happens to it.

    A compiler may contract ``a * b + c`` into one operation with one rounding, and may cancel
    ``(1 + x) - 1``. It does neither across a minimum. NumPy rounds every time.

    Parameters
    ----------
    x : array of float64
        Finite values.
    ops : namespace, default=HostOps
        `HostOps` or what `graph_ops` returns.

    Returns
    -------
    array of float64

    Examples
    --------
    >>> import numpy as np
    >>> from feature_specs.scalers.exact_math import rounded
    >>> rounded(np.array([1.5, -2.0])).tolist()
    [1.5, -2.0]
    """
    return x if ops is HostOps else ops.minimum(x, _LARGEST)


def polynomial(x: Any, coefficients: tuple[float, ...], ops: Any = HostOps) -> Any:
    """Evaluate a polynomial, lowest order first, rounding after every operation.

    Parameters
    ----------
    x : array of float64
        Finite values.
    coefficients : tuple of float
        Coefficients in ascending order, at least two.
    ops : namespace, default=HostOps
        `HostOps` or what `graph_ops` returns.

    Returns
    -------
    array of float64

    Examples
    --------
    >>> import numpy as np
    >>> from feature_specs.scalers.exact_math import polynomial
    >>> polynomial(np.array([2.0]), (1.0, 3.0, 0.5)).tolist()
    [9.0]
    """
    total = coefficients[-1]
    for coefficient in reversed(coefficients[:-1]):
        total = rounded(x * total, ops) + coefficient
    return total


def _split(u: Any, ops: Any) -> tuple[Any, Any]:
    """Write positive normal `u` as ``2**k * m``, m between sqrt(1/2) and sqrt(2)."""
    integer = ops.integer
    bits = ops.bits(u)
    high = ops.right_shift(bits, integer(32)) + integer(_ONE_BITS - _SQRT_HALF_BITS)
    k = ops.right_shift(high, integer(20)) - integer(0x3FF)
    high = ops.bitwise_and(high, integer(0xFFFFF)) + integer(_SQRT_HALF_BITS)
    low = ops.bitwise_and(bits, integer(0xFFFFFFFF))
    mantissa = ops.from_bits(ops.bitwise_or(ops.left_shift(high, integer(32)), low))
    return ops.as_float(k), mantissa


def _log_of_parts(k: Any, f: Any, correction: Any, ops: Any) -> Any:
    """Return ``k * log(2) + log(1 + f) + correction``, the scheme of FreeBSD's libm."""
    half_square = rounded(0.5 * rounded(f * f, ops), ops)
    s = f / (2.0 + f)
    z = rounded(s * s, ops)
    w = rounded(z * z, ops)
    even = rounded(w * polynomial(w, _LOG_EVEN, ops), ops)
    odd = rounded(z * polynomial(w, _LOG_ODD, ops), ops)
    tail = rounded(s * (half_square + (odd + even)), ops)
    low = rounded(rounded(k * _LN2_LOW, ops) + correction, ops)
    total = rounded(tail + low, ops)
    total = rounded(total - half_square, ops)
    return rounded(total + f, ops) + rounded(k * _LN2_HIGH, ops)


def log(x: Any, ops: Any = HostOps) -> Any:
    """Return the natural logarithm of positive normal numbers.

    Parameters
    ----------
    x : array of float64
        Positive, finite, not subnormal.
    ops : namespace, default=HostOps
        `HostOps` or what `graph_ops` returns.

    Returns
    -------
    array of float64

    Examples
    --------
    >>> import numpy as np
    >>> from feature_specs.scalers.exact_math import log
    >>> log(np.array([1.0, 8.0])).round(6).tolist()
    [0.0, 2.079442]
    """
    k, mantissa = _split(x, ops)
    return _log_of_parts(k, rounded(mantissa - 1.0, ops), 0.0, ops)


def log1p(x: Any, ops: Any = HostOps) -> Any:
    """Return ``log(1 + x)``, accurate near zero; NaN below -1 and -inf at -1.

    Parameters
    ----------
    x : array of float64
        Any values.
    ops : namespace, default=HostOps
        `HostOps` or what `graph_ops` returns.

    Returns
    -------
    array of float64

    Examples
    --------
    >>> import numpy as np
    >>> from feature_specs.scalers.exact_math import log1p
    >>> log1p(np.array([0.0, 1e-12, 1.0, np.nan])).round(15).tolist()
    [0.0, 1e-12, 0.693147180559945, nan]
    """
    inside = (x > -1.0) & (x <= _LARGEST)
    safe = ops.where(inside, x, 0.0 * ops.as_float(inside))
    u = rounded(safe + 1.0, ops)
    k, mantissa = _split(u, ops)
    lost = ops.where(
        k >= 2.0,
        1.0 - rounded(u - safe, ops),
        safe - rounded(u - 1.0, ops),
    )
    lost = rounded(lost / u, ops)
    near = k == 0.0
    zero = 0.0 * u
    f = ops.where(near, safe, rounded(mantissa - 1.0, ops))
    result = _log_of_parts(k, f, ops.where(near | (k >= 54.0), zero, lost), ops)
    result = ops.where(safe == 0.0, safe, result)  # keeps the sign of zero
    result = ops.where(x == -1.0, zero - np.inf, result)
    result = ops.where(x > _LARGEST, zero + np.inf, result)
    return ops.where((x < -1.0) | (x != x), zero + np.nan, result)


# Coefficients of Wichura (1988), algorithm AS 241, ascending.
_CENTRE_TOP = (
    3.3871328727963666080e0,
    1.3314166789178437745e2,
    1.9715909503065514427e3,
    1.3731693765509461125e4,
    4.5921953931549871457e4,
    6.7265770927008700853e4,
    3.3430575583588128105e4,
    2.5090809287301226727e3,
)
_CENTRE_BOTTOM = (
    1.0,
    4.2313330701600911252e1,
    6.8718700749205790830e2,
    5.3941960214247511077e3,
    2.1213794301586595867e4,
    3.9307895800092710610e4,
    2.8729085735721942674e4,
    5.2264952788528545610e3,
)
_TAIL_TOP = (
    1.42343711074968357734e0,
    4.63033784615654529590e0,
    5.76949722146069140550e0,
    3.64784832476320460504e0,
    1.27045825245236838258e0,
    2.41780725177450611770e-1,
    2.27238449892691845833e-2,
    7.74545014278341407640e-4,
)
_TAIL_BOTTOM = (
    1.0,
    2.05319162663775882187e0,
    1.67638483018380384940e0,
    6.89767334985100004550e-1,
    1.48103976427480074590e-1,
    1.51986665636164571966e-2,
    5.47593808499534494600e-4,
    1.05075007164441684324e-9,
)
NORMAL_CENTRE = _CENTRE_TOP, _CENTRE_BOTTOM
NORMAL_TAIL = _TAIL_TOP, _TAIL_BOTTOM


def normal_quantile(p: Any, ops: Any = HostOps) -> Any:
    """Return the standard normal value below which a fraction `p` lies.

    Parameters
    ----------
    p : array of float64
        Probabilities between 2e-11 and 1 - 2e-11.
    ops : namespace, default=HostOps
        `HostOps` or what `graph_ops` returns.

    Returns
    -------
    array of float64

    Examples
    --------
    >>> import numpy as np
    >>> from feature_specs.scalers.exact_math import normal_quantile
    >>> normal_quantile(np.array([0.025, 0.5, 0.975])).round(6).tolist()
    [-1.959964, 0.0, 1.959964]
    """
    q = p - 0.5
    centre = (q <= 0.425) & (q >= -0.425)
    if ops is HostOps:
        result = _in_the_centre(q, ops)
        result[~centre] = _in_a_tail(p[~centre], q[~centre], ops)
        return result
    return ops.where(centre, _in_the_centre(q, ops), _in_a_tail(p, q, ops))


def _in_the_centre(q: Any, ops: Any) -> Any:
    r = 0.180625 - rounded(q * q, ops)
    top, bottom = polynomial(r, _CENTRE_TOP, ops), polynomial(r, _CENTRE_BOTTOM, ops)
    return rounded(top * q, ops) / bottom


def _in_a_tail(p: Any, q: Any, ops: Any) -> Any:
    outer = ops.minimum(p, rounded(1.0 - p, ops))
    r = rounded(ops.sqrt(-log(outer, ops)), ops) - 1.6
    tail = polynomial(r, _TAIL_TOP, ops) / polynomial(r, _TAIL_BOTTOM, ops)
    return ops.where(q < 0.0, -tail, tail)
