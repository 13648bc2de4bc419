"""Scalers that shift and stretch columns: ``(x - center_) * inv_scale_``."""

from __future__ import annotations

import keras
import numpy as np

from feature_specs.scaler_base import Scaler

_EPS = float(np.finfo(np.float64).eps)


class _Affine(Scaler):
    """A scaler that shifts and stretches each column."""

    def _learn(self, block: np.ndarray, weight: np.ndarray | None) -> None:
        n_columns = block.shape[1]
        self.center_ = np.zeros(n_columns)
        self.inv_scale_ = np.ones(n_columns)
        for j in range(n_columns):
            known = np.isfinite(block[:, j])
            if weight is not None:
                known &= weight > 0
            if not known.any():
                continue
            values = block[known, j]
            with np.errstate(all="ignore"):
                center, scale = self._column(values, None if weight is None else weight[known])
                inverse = 1.0 / scale if scale > 0 else 1.0
            self.center_[j] = center
            self.inv_scale_[j] = inverse if 0 < inverse < np.inf else 1.0

    def _column(self, values: np.ndarray, weight: np.ndarray | None) -> tuple[float, float]:
        """Return centre and scale of finite values; a scale of 0 marks a constant column."""
        raise NotImplementedError

    def _scale(self, block: np.ndarray) -> np.ndarray:
        scaled = block - self.center_
        scaled *= self.inv_scale_
        return scaled

    def _layer(self) -> keras.layers.Layer:
        from feature_specs.scaler_layers import AffineScaling

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

    def _column(self, values: np.ndarray, weight: np.ndarray | None) -> tuple[float, float]:
        if values.min() == values.max():
            return float(values[0]), 0.0
        if weight is None:
            count, mean = float(len(values)), values.mean()
            variance = np.square(values - mean).sum() / count
        else:
            count = weight.sum()
            mean = (weight / count) @ values
            variance = (weight / count) @ np.square(values - mean)
        # The rounding errors that the mean of a constant column leaves, as scikit-learn bounds it.
        noise = len(values) * _EPS * variance + (len(values) * mean * _EPS) ** 2
        if variance <= noise or count <= self.ddof:
            return mean, 0.0
        return mean, np.sqrt(variance * (count / (count - self.ddof)))


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

    def _column(self, values: np.ndarray, weight: np.ndarray | None) -> tuple[float, float]:
        low, high = values.min(), values.max()
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

    def _column(self, values: np.ndarray, weight: np.ndarray | None) -> tuple[float, float]:
        low, high = np.percentile(values, (25.0, 75.0))
        return np.median(values), _spread(high - low, low, high)


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

    def _column(self, values: np.ndarray, weight: np.ndarray | None) -> tuple[float, float]:
        return 0.0, np.abs(values).max()


def _spread(spread: float, low: float, high: float) -> float:
    """Return 0 for a spread that is only the rounding error of its ends."""
    return 0.0 if spread <= 10 * _EPS * max(abs(low), abs(high)) else spread
