"""Scalers that shift and stretch columns: ``(x - center_) * inv_scale_``."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

import numpy as np

from feature_specs.columns.values.row_pieces import map_pieces
from feature_specs.scalers import exact_math
from feature_specs.scalers.scaler import Scaler

if TYPE_CHECKING:
    import keras

_EPS = float(np.finfo(np.float64).eps)


class _Affine(Scaler):
    """A scaler that shifts and stretches each column."""

    def _learn(self, block: np.ndarray, weight: np.ndarray | None) -> None:
        if weight is not None and not (weight > 0).all():
            block, weight = block[weight > 0], weight[weight > 0]
        n_columns = block.shape[1]
        center, scale = np.full(n_columns, np.nan), np.zeros(n_columns)
        with np.errstate(all="ignore"):
            if len(block):
                center, scale = self._columns(block, weight)
            for j in np.flatnonzero(~np.isfinite(center + scale)):
                known = np.isfinite(block[:, j])
                center[j] = scale[j] = 0.0
                if known.any():
                    known_weight = None if weight is None else weight[known]
                    center[[j]], scale[[j]] = self._columns(block[known, j : j + 1], known_weight)
            inverse = 1.0 / scale
        self.center_ = center
        self.inv_scale_ = np.where((inverse > 0) & np.isfinite(inverse), inverse, 1.0)

    def _columns(
        self, block: np.ndarray, weight: np.ndarray | None
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return centre and scale of each column; a scale of 0 marks a constant column.

        A column with a value that is missing or infinite may get any number that is not finite.
        """
        raise NotImplementedError

    def _scale(self, block: np.ndarray) -> np.ndarray:
        scaled = block - self.center_
        scaled *= self.inv_scale_
        return scaled

    def _never_underflows(self) -> bool:
        # The least difference of two doubles near the centre is a 2**53rd of it.
        least = np.abs(self.center_) * 2.0**-54 * self.inv_scale_
        return bool((least > exact_math.SMALLEST).all())

    def _layer(self) -> keras.layers.Layer:
        from feature_specs.scalers.layers import AffineScaling

        return AffineScaling(self.center_, self.inv_scale_)

    @property
    def affine(self) -> bool:
        """Whether it computes exactly ``(x - center_) * inv_scale_``: it does."""
        return True


class Identity(_Affine):
    """Leaves columns as they are.

    Examples
    --------
    >>> import numpy as np
    >>> from feature_specs.scalers import Identity
    >>> Identity().fit(np.ones((2, 1))).transform(np.array([[3.0]])).tolist()
    [[3.0]]
    """

    def _learn(self, block: np.ndarray, weight: np.ndarray | None) -> None:
        self.center_ = np.zeros(block.shape[1])
        self.inv_scale_ = np.ones(block.shape[1])


class Standard(_Affine):
    """Gives each column mean 0 and standard deviation 1.

    Parameters
    ----------
    ddof : int, default=0
        What is taken off the number of rows (or off the sum of the weights) in the variance.

    Attributes
    ----------
    center_, inv_scale_ : ndarray of shape (k,)
        Means, and reciprocals of the standard deviations; 1 for a constant column.

    Examples
    --------
    >>> import numpy as np
    >>> from feature_specs.scalers import Standard
    >>> block = np.array([[1.0, 5.0], [3.0, 5.0], [np.nan, 5.0]])
    >>> Standard().fit(block).transform(block).tolist()
    [[-1.0, 0.0], [1.0, 0.0], [nan, 0.0]]
    """

    def __init__(self, ddof: int = 0) -> None:
        self.ddof = ddof

    def _columns(
        self, block: np.ndarray, weight: np.ndarray | None
    ) -> tuple[np.ndarray, np.ndarray]:
        mean, variance, count, constant = _moments(block, weight)
        # The rounding errors that the mean of a constant column leaves, as scikit-learn bounds it.
        noise = len(block) * _EPS * variance + (len(block) * mean * _EPS) ** 2
        if count <= self.ddof:
            return mean, np.zeros_like(mean)
        scale = np.sqrt(variance * (count / (count - self.ddof)))
        return mean, np.where(constant | (variance <= noise), 0.0, scale)


class MinMax(_Affine):
    """Maps each column's smallest value to 0 and its largest to 1.

    Attributes
    ----------
    center_, inv_scale_ : ndarray of shape (k,)
        Smallest values, and reciprocals of the ranges; 1 for a constant column.

    Examples
    --------
    >>> import numpy as np
    >>> from feature_specs.scalers import MinMax
    >>> MinMax().fit(np.array([[1.0], [5.0]])).transform(np.array([[2.0], [7.0]])).tolist()
    [[0.25], [1.5]]
    """

    def _columns(
        self, block: np.ndarray, weight: np.ndarray | None
    ) -> tuple[np.ndarray, np.ndarray]:
        low, high = _range(block)
        return low, _spread(high - low, low, high)


class Robust(_Affine):
    """Gives each column median 0 and a distance of 1 between its quartiles.

    Attributes
    ----------
    center_, inv_scale_ : ndarray of shape (k,)
        Medians, and reciprocals of the interquartile ranges; 1 where that range is 0.

    Examples
    --------
    >>> import numpy as np
    >>> from feature_specs.scalers import Robust
    >>> scaler = Robust().fit(np.array([[1.0], [2.0], [3.0], [4.0], [1000.0]]))
    >>> scaler.center_.tolist(), scaler.inv_scale_.tolist()
    ([3.0], [0.5])
    """

    def _columns(
        self, block: np.ndarray, weight: np.ndarray | None
    ) -> tuple[np.ndarray, np.ndarray]:
        medians, lows, highs = [], [], []
        for column in block.T:
            values = column.astype(np.float64)
            low, high = np.percentile(values, (25.0, 75.0))
            medians.append(np.median(values))
            lows.append(low)
            highs.append(high)
        low, high = np.array(lows), np.array(highs)
        return np.array(medians), _spread(high - low, low, high)


class MaxAbs(_Affine):
    """Divides each column by its largest absolute value.

    Attributes
    ----------
    center_, inv_scale_ : ndarray of shape (k,)
        Zeros, and reciprocals of the largest absolute values; 1 for a column of zeros.

    Examples
    --------
    >>> import numpy as np
    >>> from feature_specs.scalers import MaxAbs
    >>> MaxAbs().fit(np.array([[1.0], [-4.0]])).transform(np.array([[2.0]])).tolist()
    [[0.5]]
    """

    def _columns(
        self, block: np.ndarray, weight: np.ndarray | None
    ) -> tuple[np.ndarray, np.ndarray]:
        low, high = _range(block)
        return np.zeros(len(low)), np.maximum(-low, high)


def _spread(spread: np.ndarray, low: np.ndarray, high: np.ndarray) -> np.ndarray:
    """Return 0 for a spread that is only the rounding error of its ends."""
    noise = 10 * _EPS * np.maximum(np.abs(low), np.abs(high))
    return np.where(spread <= noise, 0.0, spread)


def _range(block: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return block.min(axis=0).astype(np.float64), block.max(axis=0).astype(np.float64)


def _moments(
    block: np.ndarray, weight: np.ndarray | None
) -> tuple[np.ndarray, np.ndarray, float, np.ndarray]:
    """Return means, variances, the sum of the weights, and whether each column is constant.

    One pass over pieces that stay in the cache, so that an array of small integers needs no
    float64 copy. Differences are taken from the mean of a few rows: close enough to every
    column's own that their squares lose nothing.
    """
    n_rows, n_columns = block.shape
    origin = block[:: max(1, n_rows // 64)].mean(axis=0, dtype=np.float64)

    def of_piece(rows: slice) -> tuple[np.ndarray, ...]:
        # What NumPy is told to ignore is not known in other threads.
        with np.errstate(all="ignore"):
            difference = np.subtract(block[rows], origin, dtype=np.float64)
            share = np.ones(len(difference)) if weight is None else weight[rows]
            low, high = difference.min(axis=0), difference.max(axis=0)
            return low, high, share @ difference, share @ np.square(difference, out=difference)

    lows, highs, totals, of_squares = zip(*map_pieces(of_piece, block.shape), strict=True)
    low, high = np.minimum.reduce(lows), np.maximum.reduce(highs)
    # One after the other, whichever threads they come from.
    total, squares = functools.reduce(np.add, totals), functools.reduce(np.add, of_squares)
    count = float(n_rows) if weight is None else weight.sum()
    shift = total / count
    constant = low == high
    mean = np.where(constant, block[0], origin + shift)
    return mean, np.maximum(squares / count - np.square(shift), 0.0), count, constant
