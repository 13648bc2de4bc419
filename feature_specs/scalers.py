"""Bring numeric columns to a common scale: by name, as an object, or anything of scikit-learn.

A scaler learns from a block of columns, one row of state for each column, passes over missing
values, and gives float64. `Scaler.to_keras` makes the Keras layer that does the same to the last
bit (after the cast to float32), from the same state.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import keras
import numpy as np
from scipy.special import ndtri
from sklearn.base import BaseEstimator, clone
from sklearn.exceptions import NotFittedError
from sklearn.utils.validation import has_fit_parameter

from feature_specs.names import did_you_mean
from feature_specs.scaler_layers import (
    SMALLEST,
    AffineLayer,
    IdentityLayer,
    Log1pLayer,
    PiecewiseLayer,
    log1p,
    without_double_underflow,
    without_underflow,
)

__all__ = [
    "Identity",
    "Log1p",
    "MaxAbs",
    "MinMax",
    "Quantile",
    "Robust",
    "Scaler",
    "Standard",
    "as_scaler",
]

# Rows read at a time, so that a block of small integers needs no float64 copy of the whole.
_ROWS_AT_ONCE = 4096


class Scaler(BaseEstimator):
    """What every scaler does; see `Standard`, `MinMax`, `Robust`, `MaxAbs`, `Log1p`, `Quantile`.

    Scalers of the same parameters are equal.
    """

    def fit(self, block: np.ndarray, sample_weight: np.ndarray | None = None) -> Scaler:
        """Learn the scale of each column.

        Parameters
        ----------
        block : array of shape (n, k)
            Numbers of any dtype; NaN is missing and is passed over.
        sample_weight : array of shape (n,), default=None
            Weights of the rows; a row of weight 0 is not looked at.

        Returns
        -------
        Scaler
            The scaler itself. Its state are arrays with one entry for each column.
        """
        block = np.asarray(block)
        if sample_weight is not None:
            sample_weight = np.asarray(sample_weight, np.float64)
            if not sample_weight.all():
                block, sample_weight = block[sample_weight != 0], sample_weight[sample_weight != 0]
        self._learn(block, sample_weight)
        return self

    def transform(self, block: np.ndarray) -> np.ndarray:
        """Return the scaled columns.

        Parameters
        ----------
        block : array of shape (n, k)
            Numbers of any dtype; a missing one stays NaN.

        Returns
        -------
        array of shape (n, k)
            A new float64 array.
        """
        if not self.get_state():
            raise NotFittedError(f"{self!r} is not fitted; call fit first.")
        return self._scaled(np.asarray(block))

    def to_keras(self) -> keras.layers.Layer:
        """Return a Keras layer that does what `transform` does, float64 in and out.

        Returns
        -------
        keras.layers.Layer
            The layer; its constants are copies of the state.

        Raises
        ------
        TypeError
            When what was given as scaler cannot run inside a graph.
        """
        if not self.get_state():
            raise NotFittedError(f"{self!r} is not fitted; call fit first.")
        return self._layer()

    def get_state(self) -> dict[str, Any]:
        """Return what was learnt, by attribute name; empty before `fit`."""
        return {name: value for name, value in vars(self).items() if name.endswith("_")}

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and self._said() == other._said()

    def __hash__(self) -> int:
        return hash((type(self), self._said()))

    def _said(self) -> tuple:
        return tuple(sorted(self.get_params(deep=False).items()))

    def _learn(self, block: np.ndarray, weight: np.ndarray | None) -> None:
        raise NotImplementedError

    def _scaled(self, block: np.ndarray) -> np.ndarray:
        raise NotImplementedError

    def _layer(self) -> keras.layers.Layer:
        raise NotImplementedError


class Identity(Scaler):
    """Leave the numbers as they are.

    Examples
    --------
    >>> import numpy as np
    >>> Identity().fit(np.ones((2, 1))).transform(np.full((1, 1), 7)).tolist()
    [[7.0]]
    """

    def _learn(self, block, weight):
        self.n_columns_ = block.shape[1]

    def _scaled(self, block):
        if block.dtype.kind in "iub":
            return block.astype(np.float64)
        return without_underflow(block.astype(np.float64, copy=False)).copy()

    def _layer(self):
        return IdentityLayer()


class _Affine(Scaler):
    """Subtracts a center and multiplies by an inverse scale, in this order, in float64."""

    def _learn(self, block, weight):
        low, high = _range(block)
        center, scale = self._center_and_scale(block, weight, low, high)
        self._keep(center, scale, constant=_is_constant(low, high))

    def _center_and_scale(self, block, weight, low, high):
        raise NotImplementedError

    def _keep(self, center, scale, constant):
        if not (np.isfinite(center).all() and np.isfinite(scale).all()):
            column = np.flatnonzero(~(np.isfinite(center) & np.isfinite(scale)))[0]
            raise ValueError(
                f"Column {column} of the block holds numbers too large to be scaled; give finite "
                "numbers of ordinary size."
            )
        usable = ~constant & (scale > SMALLEST)
        self.center_ = center
        self.inv_scale_ = 1.0 / np.where(usable, scale, 1.0)

    def _scaled(self, block):
        scaled = np.subtract(block, self.center_, dtype=np.float64)
        scaled *= self.inv_scale_
        # Where the center is not tiny, the smallest difference from it is a normal float32.
        smallest = np.abs(self.center_) * 2.0**-54 * self.inv_scale_
        small = np.flatnonzero(smallest < SMALLEST)
        if len(small):
            scaled[:, small] = without_underflow(scaled[:, small])
        return scaled

    def _layer(self):
        return AffineLayer(self.center_, self.inv_scale_)


class Standard(_Affine):
    """Subtract the mean and divide by the standard deviation.

    Parameters
    ----------
    ddof : int, default=0
        What is subtracted from the number of rows in the variance: 0 as in scikit-learn, 1 as in
        R.

    Attributes
    ----------
    center_ : array of shape (k,)
        The means.
    inv_scale_ : array of shape (k,)
        One over the standard deviations, 1 for a constant column.

    Examples
    --------
    >>> import numpy as np
    >>> Standard().fit_transform(np.array([[1.0], [3.0], [np.nan]])).ravel().tolist()
    [-1.0, 1.0, nan]
    """

    def __init__(self, ddof: int = 0) -> None:
        self.ddof = ddof

    def _center_and_scale(self, block, weight, low, high):
        constant = _is_constant(low, high)
        mean, variance, count = _moments(block, weight)
        free = count - self.ddof
        with np.errstate(divide="ignore", invalid="ignore"):
            variance = np.where(free > 0, variance * (count / free), 0.0)
        return np.where(constant, (low + high) / 2, mean), np.sqrt(variance)


class MinMax(_Affine):
    """Bring the smallest and the largest number to the ends of a range.

    Parameters
    ----------
    feature_range : tuple of two numbers, default=(0, 1)
        The ends of the range.

    Attributes
    ----------
    center_, inv_scale_ : array of shape (k,)
        A number `x` becomes ``(x - center_) * inv_scale_``.

    Examples
    --------
    >>> import numpy as np
    >>> MinMax().fit_transform(np.array([[1.0], [2.0], [5.0]])).ravel().tolist()
    [0.0, 0.25, 1.0]
    """

    def __init__(self, feature_range: tuple[float, float] = (0, 1)) -> None:
        self.feature_range = feature_range

    def _center_and_scale(self, block, weight, low, high):
        start, end = map(float, self.feature_range)
        if not start < end:
            raise ValueError(
                f"feature_range goes from a smaller to a larger number, not {self.feature_range}."
            )
        with np.errstate(over="ignore"):
            scale = (high - low) / (end - start)
        usable = ~_is_constant(low, high) & (scale > SMALLEST)
        return low - start * np.where(usable, scale, 1.0), scale


class Robust(_Affine):
    """Subtract the median and divide by the distance between two quantiles.

    Parameters
    ----------
    quantile_range : tuple of two numbers, default=(25.0, 75.0)
        The quantiles, in percent.

    Attributes
    ----------
    center_ : array of shape (k,)
        The medians.
    inv_scale_ : array of shape (k,)
        One over the distances, 1 where the distance is 0.

    Notes
    -----
    Quantiles interpolate between rows as in scikit-learn. With unequal sample weights they do
    not: each is then a number of the column.

    Examples
    --------
    >>> import numpy as np
    >>> Robust().fit_transform(np.array([[1.0], [2.0], [3.0], [4.0], [900.0]])).ravel().tolist()
    [-1.0, -0.5, 0.0, 0.5, 448.5]
    """

    def __init__(self, quantile_range: tuple[float, float] = (25.0, 75.0)) -> None:
        self.quantile_range = quantile_range

    def _center_and_scale(self, block, weight, low, high):
        start, end = self.quantile_range
        if not 0 <= start < end <= 100:
            raise ValueError(
                f"quantile_range goes from 0 up to 100 percent, not {self.quantile_range}."
            )
        quantiles = [
            _quantiles(values, column_weight, [start / 100, 0.5, end / 100])
            for values, column_weight in _columns(block, weight)
        ]
        first, median, last = np.array(quantiles).reshape(-1, 3).T
        return median, last - first


class MaxAbs(_Affine):
    """Divide by the largest absolute number, so that 0 stays 0.

    Attributes
    ----------
    center_ : array of shape (k,)
        Zeros.
    inv_scale_ : array of shape (k,)
        One over the largest absolute numbers.

    Examples
    --------
    >>> import numpy as np
    >>> MaxAbs().fit_transform(np.array([[-4.0], [2.0]])).ravel().tolist()
    [-1.0, 0.5]
    """

    def _learn(self, block, weight):
        low, high = _range(block)
        largest = np.maximum(np.abs(low), np.abs(high))
        self._keep(np.zeros_like(low), largest, constant=np.zeros(len(low), bool))


class Log1p(Scaler):
    """Take the logarithm of 1 + x, for counts and amounts.

    Numbers of -1 and less have no such logarithm: `fit` refuses them, and `transform` takes the
    smallest number of the training rows for them.

    Attributes
    ----------
    floor_ : array of shape (k,)
        The smallest numbers of the training rows.

    Examples
    --------
    >>> import numpy as np
    >>> Log1p().fit_transform(np.array([[0.0], [np.e - 1]])).ravel().tolist()
    [0.0, 1.0]
    """

    def _learn(self, block, weight):
        low, _ = _range(block)
        refused = np.flatnonzero(low <= -1)
        if len(refused):
            raise ValueError(
                f"Column {refused[0]} of the block holds {low[refused[0]]}, and log(1 + x) needs "
                "numbers above -1; choose another normalizer for it."
            )
        self.floor_ = low

    def _scaled(self, block):
        x = np.array(block, np.float64)
        x = np.where(x <= -1.0, self.floor_, x)
        with np.errstate(invalid="ignore"):
            logarithms = log1p(
                x,
                bits_of=lambda numbers: numbers.view(np.int64),
                from_bits=lambda bits: bits.view(np.float64),
                module=np,
            )
        return without_underflow(np.where(np.isnan(x), x, logarithms))

    def _layer(self):
        return Log1pLayer(self.floor_)


class Quantile(Scaler):
    """Spread the numbers evenly, or as a normal distribution, by their ranks.

    Parameters
    ----------
    n_quantiles : int, default=1000
        The most quantiles to learn; there are never more than training rows.
    output : {"normal", "uniform"}, default="normal"
        The distribution of the training rows afterwards.

    Attributes
    ----------
    knots_, origins_, slopes_ : array
        Straight pieces between quantiles, see `feature_specs.scaler_layers.PiecewiseLayer`.

    Notes
    -----
    Numbers that are repeated get the middle of their ranks, numbers outside the range of the
    training rows its ends. With ``output="normal"`` the ends are the normal quantiles half a
    step from 0 and 1, not scikit-learn's 5.2, so that no training row becomes an outlier, and
    numbers between two quantiles are interpolated after the normal quantile function.

    Examples
    --------
    >>> import numpy as np
    >>> Quantile(output="uniform").fit_transform(np.array([[1.0], [9.0], [100.0]])).ravel().tolist()
    [0.0, 0.5, 1.0]
    """

    def __init__(self, n_quantiles: int = 1000, output: str = "normal") -> None:
        self.n_quantiles = n_quantiles
        self.output = output

    def _learn(self, block, weight):
        if self.output not in ("normal", "uniform"):
            raise ValueError(f"output is 'normal' or 'uniform', not {self.output!r}.")
        if self.n_quantiles < 2:
            raise ValueError(f"n_quantiles is at least 2, not {self.n_quantiles}.")
        pieces = [self._pieces(*column) for column in _columns(block, weight)]
        longest = max((len(knots) for knots, _, _ in pieces), default=0)
        self.knots_ = np.full((len(pieces), longest), np.finfo(np.float64).max)
        self.origins_ = np.zeros((len(pieces), 2 * longest + 1))
        self.slopes_ = np.zeros((len(pieces), 2 * longest + 1))
        for i, (knots, origins, slopes) in enumerate(pieces):
            self.knots_[i, : len(knots)] = knots
            self.origins_[i] = np.pad(origins, (0, 2 * (longest - len(knots))), mode="edge")
            self.slopes_[i, : len(slopes)] = slopes

    def _pieces(self, values, weight):
        """Return one column's knots, and the straight pieces between and at them."""
        count = min(self.n_quantiles, len(values))
        if count == 0:
            return np.zeros(0), np.zeros(1), np.zeros(1)
        ranks = np.linspace(0, 1, count) if count > 1 else np.array([0.5])
        quantiles = np.maximum.accumulate(_quantiles(values, weight, ranks))
        quantiles = without_double_underflow(quantiles)
        knots, first = np.unique(quantiles, return_index=True)
        last = np.append(first[1:], count) - 1
        if self.output == "normal":
            half = 0.5 / count
            before, at, after = (
                ndtri(np.clip(ranks_of, half, 1 - half))
                for ranks_of in (ranks[first], (ranks[first] + ranks[last]) / 2, ranks[last])
            )
        else:
            before, at, after = ranks[first], (ranks[first] + ranks[last]) / 2, ranks[last]
        origins, slopes = np.zeros(2 * len(knots) + 1), np.zeros(2 * len(knots) + 1)
        origins[1::2] = at
        origins[0], origins[-1] = before[0], after[-1]
        # A line that rises from after[i] at one knot to before[i + 1] at the next; steeper than
        # float64 can say, it is a step.
        with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
            slope = (before[1:] - after[:-1]) / np.diff(knots)
            origin = knots[:-1] - after[:-1] / slope
        straight = np.isfinite(slope) & np.isfinite(origin) & (slope > SMALLEST)
        slopes[2:-1:2] = np.where(straight, slope, 0.0)
        origins[2:-1:2] = np.where(straight, origin, after[:-1])
        return knots, origins, slopes

    def _scaled(self, block):
        x = without_double_underflow(block.astype(np.float64, copy=False))
        scaled = np.empty(x.shape)
        for i in range(x.shape[1]):
            column = np.where(np.isnan(x[:, i]), 0.0, x[:, i])
            knots = self.knots_[i]
            place = knots.searchsorted(column, "left") + knots.searchsorted(column, "right")
            origin, slope = self.origins_[i, place], self.slopes_[i, place]
            scaled[:, i] = np.where(slope == 0.0, origin, (column - origin) * slope)
        return without_underflow(np.where(np.isnan(x), x, scaled))

    def _layer(self):
        return PiecewiseLayer(self.knots_, self.origins_, self.slopes_)


class _OfTransformer(Scaler):
    """A transformer of scikit-learn, applied to the block."""

    def __init__(self, transformer: Any) -> None:
        self.transformer = transformer

    def _learn(self, block, weight):
        block = np.asarray(block, np.float64)
        weights = {}
        if weight is not None and has_fit_parameter(self.transformer, "sample_weight"):
            weights = {"sample_weight": weight}
        self.transformer_ = clone(self.transformer).fit(block, **weights)
        self._scaled(block[:1])

    def _scaled(self, block):
        scaled = np.array(self.transformer_.transform(np.array(block, np.float64)), np.float64)
        return without_underflow(_of_same_shape(scaled, block, self.transformer))

    def _layer(self):
        raise TypeError(
            f"{self.transformer!r} runs in scikit-learn only and cannot become part of a serving "
            f"model; use one of the normalizers {', '.join(map(repr, _SCALERS))}."
        )

    def _said(self):
        return (type(self.transformer), self.transformer.__repr__(N_CHAR_MAX=10**6))

    def __repr__(self) -> str:
        return repr(self.transformer)


class _OfFunction(Scaler):
    """A function of the block, such as one made of `keras.ops`."""

    def __init__(self, function: Callable[[Any], Any]) -> None:
        self.function = function

    def _learn(self, block, weight):
        self.n_columns_ = block.shape[1]
        self._scaled(np.asarray(block[:1], np.float64))

    def _scaled(self, block):
        result = keras.ops.convert_to_numpy(self.function(np.array(block, np.float64)))
        scaled = np.array(result, np.float64)
        return without_underflow(_of_same_shape(scaled, block, self.function))

    def _layer(self):
        layer = keras.layers.Lambda(self.function, dtype="float64", autocast=False)
        try:
            layer(keras.Input((self.n_columns_,), dtype="float64"))
        except Exception as error:
            raise TypeError(
                f"{self!r} is a function that cannot become part of a serving model; write it "
                "with keras.ops, which takes arrays as well as tensors."
            ) from error
        return layer

    def _said(self):
        return (self.function,)

    def __repr__(self) -> str:
        return getattr(self.function, "__qualname__", repr(self.function))


_SCALERS: dict[str, type[Scaler]] = {
    "standard": Standard,
    "min_max": MinMax,
    "robust": Robust,
    "max_abs": MaxAbs,
    "log1p": Log1p,
    "quantile": Quantile,
}


def as_scaler(normalizer: Any) -> Scaler:
    """Turn what a person may write for a normalizer into a scaler.

    Parameters
    ----------
    normalizer : str, Scaler, scikit-learn transformer, callable or None
        A name (``"standard"``, ``"min_max"``, ``"robust"``, ``"max_abs"``, ``"log1p"``,
        ``"quantile"``), a scaler, a transformer that gives as many columns as it takes, a
        function of the block that does, or None to leave the numbers as they are.

    Returns
    -------
    Scaler
        A new one, not fitted; what was passed in is never fitted itself.

    Raises
    ------
    ValueError
        For an unknown name.
    TypeError
        For anything else.

    Examples
    --------
    >>> as_scaler("min_max")
    MinMax()
    >>> as_scaler("min-max")
    Traceback (most recent call last):
    ...
    ValueError: There is no normalizer 'min-max'; did you mean 'min_max'?
    """
    if normalizer is None:
        return Identity()
    if isinstance(normalizer, str):
        if normalizer not in _SCALERS:
            raise ValueError(
                f"There is no normalizer {normalizer!r}; {did_you_mean(normalizer, _SCALERS)}"
            )
        return _SCALERS[normalizer]()
    if isinstance(normalizer, Scaler):
        return clone(normalizer)
    if hasattr(normalizer, "fit") and hasattr(normalizer, "transform"):
        if not isinstance(normalizer, type):
            return _OfTransformer(clone(normalizer))
    elif callable(normalizer) and not isinstance(normalizer, type):
        return _OfFunction(normalizer)
    raise TypeError(
        "A normalizer is a name such as 'standard', a scaler, a scikit-learn transformer or a "
        f"function, not {normalizer!r}."
    )


def _of_same_shape(scaled: np.ndarray, block: np.ndarray, source: Any) -> np.ndarray:
    if scaled.shape != block.shape:
        raise ValueError(
            f"{source!r} made shape {scaled.shape} of shape {block.shape}; a normalizer gives one "
            "number for each number."
        )
    return scaled


def _pieces_of_rows(block: np.ndarray, *others: np.ndarray | None) -> Iterator[tuple]:
    for start in range(0, len(block), _ROWS_AT_ONCE):
        rows = slice(start, start + _ROWS_AT_ONCE)
        piece = np.asarray(block[rows], np.float64)
        yield (piece, *(None if other is None else other[rows] for other in others))


def _range(block: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the smallest and the largest number of each column, 0 for one without any."""
    low = np.full(block.shape[1], np.nan)
    high = low.copy()
    for (piece,) in _pieces_of_rows(block):
        low = np.fmin(low, np.fmin.reduce(piece, axis=0))
        high = np.fmax(high, np.fmax.reduce(piece, axis=0))
    return np.nan_to_num(low, nan=0.0, posinf=np.inf), np.nan_to_num(high, nan=0.0, posinf=np.inf)


def _is_constant(low: np.ndarray, high: np.ndarray) -> np.ndarray:
    """Whether what a column varies by is no more than the rounding of its numbers."""
    rounding = 8 * np.finfo(np.float64).eps * np.maximum(np.abs(low), np.abs(high))
    with np.errstate(over="ignore", invalid="ignore"):
        return high - low <= np.maximum(rounding, SMALLEST)


def _moments(
    block: np.ndarray, weight: np.ndarray | None
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return mean, variance and sum of weights of each column, in two passes."""
    center = np.zeros(block.shape[1])
    for _ in range(2):
        count, first, second = np.zeros((3, block.shape[1]))
        for piece, weights in _pieces_of_rows(block, weight):
            missing = np.isnan(piece)
            share = np.ones(len(piece)) if weights is None else weights
            with np.errstate(over="ignore", invalid="ignore"):
                piece = piece - center
                piece[missing] = 0.0
                count += share.sum() - share @ missing
                first += share @ piece
                second += share @ np.square(piece)
        count = np.where(count > 0, count, 1.0)
        with np.errstate(over="ignore", invalid="ignore"):
            shift = first / count
            center = center + shift
            variance = np.maximum(second / count - np.square(shift), 0.0)
    return center, variance, count


def _columns(
    block: np.ndarray, weight: np.ndarray | None
) -> Iterator[tuple[np.ndarray, np.ndarray | None]]:
    """Yield the numbers of each column that are there, with their weights."""
    for column in np.asarray(block).T:
        values = column.astype(np.float64)
        known = ~np.isnan(values)
        yield values[known], None if weight is None else weight[known]


def _quantiles(values: np.ndarray, weight: np.ndarray | None, ranks: Any) -> np.ndarray:
    if not len(values):
        return np.zeros(len(ranks))
    if weight is None or np.ptp(weight) == 0:
        return np.quantile(values, ranks)
    return np.quantile(values, ranks, weights=weight, method="inverted_cdf")
