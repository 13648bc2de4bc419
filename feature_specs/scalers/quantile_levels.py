"""The level of a value among quantiles, with the same bits on the host and in the graph."""

from __future__ import annotations

from typing import Any

import numpy as np

from feature_specs.scalers import exact_math

# scikit-learn's QuantileTransformer stops here too: 5.2 standard deviations.
LOWEST_LEVEL = 1e-7 - float(np.spacing(1.0))


def quantile_tables(quantiles: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the levels of the quantiles and the slopes between them.

    Parameters
    ----------
    quantiles : ndarray of shape (columns, n)
        Ascending rows.

    Returns
    -------
    levels : ndarray of shape (n,)
    slopes : ndarray of shape (columns, n)
        Rise of the level from each quantile to the next; 0 at the last one and at ties.

    Examples
    --------
    >>> import numpy as np
    >>> from feature_specs.scalers.quantile_levels import quantile_tables
    >>> levels, slopes = quantile_tables(np.array([[0.0, 1.0, 5.0]]))
    >>> levels.tolist(), slopes.tolist()
    ([0.0, 0.5, 1.0], [[0.5, 0.125, 0.0]])
    """
    levels = np.linspace(0.0, 1.0, quantiles.shape[1])
    slopes = np.zeros_like(quantiles)
    with np.errstate(all="ignore"):
        slopes[:, :-1] = np.diff(levels) / np.diff(quantiles, axis=1)
    slopes[~np.isfinite(slopes)] = 0.0
    return levels, slopes


def interpolate_levels(
    x: Any,
    below_x: Any,
    below_level: Any,
    above_level: Any,
    slope: Any,
    first_x: Any,
    first_level: Any,
    outside: Any,
    normal: bool,
    ops: Any,
) -> Any:
    """Return the level of each value, given the quantiles next to it.

    A value that ties with several quantiles gets the middle of their levels.

    Parameters
    ----------
    x : array of float64
        Values, none missing.
    below_x, below_level, above_level, slope : array
        The last quantile not above each value, its level, the next level and the slope between.
    first_x, first_level : array
        The first quantile not below each value, and its level.
    outside : array of bool
        Whether a value lies below every quantile.
    normal : bool
        Whether levels become standard normal values.
    ops : namespace
        `feature_specs.scalers.exact_math.HostOps` or what `graph_ops` returns.

    Returns
    -------
    array of float64

    Examples
    --------
    >>> import numpy as np
    >>> from feature_specs.scalers.exact_math import HostOps
    >>> from feature_specs.scalers.quantile_levels import interpolate_levels
    >>> one = np.ones(1)
    >>> interpolate_levels(
    ...     1.5 * one, one, 0.5 * one, one, 0.5 * one, 2 * one, one, one < 0, False, HostOps
    ... ).tolist()
    [0.75]
    """
    rise = exact_math.rounded((x - below_x) * slope, ops)
    level = ops.minimum(below_level + rise, above_level)
    tied = ops.where(first_x == x, first_level, level)
    level = 0.5 * (level + tied)
    level = ops.where(outside, 0.0 * level, level)
    if not normal:
        return level
    level = ops.minimum(ops.maximum(level, LOWEST_LEVEL), 1.0 - LOWEST_LEVEL)
    return exact_math.normal_quantile(level, ops)


def signs_of_two(
    x: Any, scaled: Any, quantiles: np.ndarray, two_valued: np.ndarray, ops: Any
) -> Any:
    """Return -1 and 1 for the values of columns that had two, in place of their ranks.

    Values between the two are interpolated; those beyond become the nearer one.

    Parameters
    ----------
    x : array of float64, shape (rows, columns)
        Values, none missing.
    scaled : array of float64, shape (rows, columns)
        What the values of other columns become.
    quantiles : ndarray of shape (columns, n)
    two_valued : ndarray of bool, shape (columns,)
    ops : namespace
        `feature_specs.scalers.exact_math.HostOps` or what `graph_ops` returns.

    Returns
    -------
    array of float64

    Examples
    --------
    >>> import numpy as np
    >>> from feature_specs.scalers.exact_math import HostOps
    >>> x, two_valued = np.array([[0.0], [2.5], [10.0]]), np.array([True])
    >>> signs_of_two(x, x, np.array([[0.0, 10.0]]), two_valued, HostOps).ravel().round(9).tolist()
    [-1.0, -0.5, 1.0]
    """
    low, inverse = ends_of_two(quantiles, two_valued)
    share = ops.minimum(ops.maximum((x - low) * inverse, 0.0), 1.0)
    return ops.where(two_valued, 2.0 * share - 1.0, scaled)


def ends_of_two(quantiles: np.ndarray, two_valued: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the lower value of the columns of two, and the reciprocal of their distance.

    Parameters
    ----------
    quantiles : ndarray of shape (columns, n)
    two_valued : ndarray of bool, shape (columns,)
        Of the others it returns 0, and about 1.

    Returns
    -------
    pair of ndarrays of shape (columns,)
    """
    low, high = quantiles[:, 0], quantiles[:, -1]
    spread = np.where(two_valued, high - low, 1.0)
    # Rounded up, so that the product of both is not below 1.
    return np.where(two_valued, low, 0.0), np.nextafter(1.0 / spread, np.inf)
