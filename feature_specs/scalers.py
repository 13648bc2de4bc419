"""Scalers of numeric columns, each with a twin in the graph.

A scaler learns from an (n, k) block of float64 in which NaN stands for a missing value, and maps
such blocks to blocks. `to_keras` gives the layer that computes the same bits.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable
from typing import Any

import keras
import numpy as np
from sklearn.base import BaseEstimator, clone

from feature_specs import exact_math

_EPS = float(np.finfo(np.float64).eps)


class Scaler(BaseEstimator):
    """What every scaler has in common.

    Attributes
    ----------
    n_features_in_ : int
        Number of columns of the block it was fitted on.

    Examples
    --------
    >>> from feature_specs.scalers import Scaler, Standard
    >>> isinstance(Standard(), Scaler)
    True
    """

    def fit(self, block: np.ndarray, sample_weight: np.ndarray | None = None) -> Scaler:
        """Learn from a block.

        Parameters
        ----------
        block : ndarray of shape (n, k)
            Values; NaN and infinite ones are ignored.
        sample_weight : ndarray of shape (n,), default=None
            Weights of the rows. `Standard` honours them; other scalers use only whether a weight
            is above 0.

        Returns
        -------
        Scaler
            Itself.
        """
        block = np.asarray(block, np.float64)
        if block.ndim != 2:
            raise ValueError(f"A scaler needs a block of rows and columns, not {block.ndim}-D.")
        weight = None if sample_weight is None else np.asarray(sample_weight, np.float64).ravel()
        if weight is not None and len(weight) != len(block):
            raise ValueError(f"{len(weight)} sample weights were given for {len(block)} rows.")
        self.n_features_in_ = block.shape[1]
        self._learn(block, weight)
        return self

    def transform(self, block: np.ndarray) -> np.ndarray:
        """Scale a block.

        Parameters
        ----------
        block : ndarray of shape (n, k)
            Values; NaN stays NaN.

        Returns
        -------
        ndarray of shape (n, k)
            A new float64 array.
        """
        self._check_fitted()
        block = np.asarray(block, np.float64)
        if block.ndim != 2 or block.shape[1] != self.n_features_in_:
            raise ValueError(
                f"{type(self).__name__} was fitted on {self.n_features_in_} columns; it got an "
                f"array of shape {block.shape}."
            )
        with np.errstate(all="ignore"):
            return self._scale(block)

    def to_keras(self) -> keras.layers.Layer:
        """Return a layer that computes what `transform` does, float64 in and out.

        Returns
        -------
        keras.layers.Layer

        Raises
        ------
        TypeError
            For a scaler without a form in the graph.
        """
        self._check_fitted()
        return self._layer()

    @property
    def affine(self) -> bool:
        """Whether it computes exactly ``(x - center_) * inv_scale_``."""
        return False

    def __eq__(self, other: object) -> bool:
        if type(self) is not type(other):
            return NotImplemented
        mine, theirs = self.get_params(deep=False), other.get_params(deep=False)
        return all(_same(mine[name], theirs[name]) for name in mine)

    def __hash__(self) -> int:
        return hash(type(self))

    def _check_fitted(self) -> None:
        if not hasattr(self, "n_features_in_"):
            raise ValueError(f"This {type(self).__name__} is not fitted yet; call fit first.")

    def _learn(self, block: np.ndarray, weight: np.ndarray | None) -> None:
        """Remember what `_scale` needs."""

    def _scale(self, block: np.ndarray) -> np.ndarray:
        raise NotImplementedError

    def _layer(self) -> keras.layers.Layer:
        raise NotImplementedError


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


class Log1p(Scaler):
    """Takes ``log(1 + x)``: NaN below -1.

    Examples
    --------
    >>> import numpy as np
    >>> from feature_specs.scalers import Log1p
    >>> Log1p().fit(np.ones((1, 1))).transform(np.array([[0.0], [np.nan]])).tolist()
    [[0.0], [nan]]
    """

    def _scale(self, block: np.ndarray) -> np.ndarray:
        return exact_math.log1p(block)

    def _layer(self) -> keras.layers.Layer:
        from feature_specs.scaler_layers import Log1pScaling

        return Log1pScaling()


class Quantile(Scaler):
    """Maps each column to its ranks, and those to a normal distribution.

    Values between two learnt quantiles are interpolated; values that repeat, such as many zeros,
    get the middle of their ranks, so that a constant column becomes the middle of the distribution.

    Parameters
    ----------
    n_quantiles : int, default=1000
        Number of quantiles to learn, at most the number of rows.
    output : {"normal", "uniform"}, default="normal"
        The distribution that the training rows take. The normal one ends 5.2 from 0.

    Attributes
    ----------
    quantiles_ : ndarray of shape (k, number of quantiles)
        Quantiles at evenly spaced levels from 0 to 1.

    Examples
    --------
    >>> import numpy as np
    >>> from feature_specs.scalers import Quantile
    >>> block = np.array([[1.0], [10.0], [100.0]])
    >>> Quantile(output="uniform").fit(block).transform(block).tolist()
    [[0.0], [0.5], [1.0]]
    """

    def __init__(self, n_quantiles: int = 1000, output: str = "normal") -> None:
        self.n_quantiles = n_quantiles
        self.output = output

    def _learn(self, block: np.ndarray, weight: np.ndarray | None) -> None:
        if self.output not in ("normal", "uniform"):
            raise ValueError(f"output must be 'normal' or 'uniform', not {self.output!r}.")
        if self.n_quantiles < 1:
            raise ValueError(f"n_quantiles must be at least 1, not {self.n_quantiles}.")
        if weight is not None:
            block = block[weight > 0]
        n_quantiles = max(2, min(self.n_quantiles, len(block)))
        levels = np.linspace(0.0, 1.0, n_quantiles)
        self.quantiles_ = np.zeros((block.shape[1], n_quantiles))
        for j in range(block.shape[1]):
            values = block[np.isfinite(block[:, j]), j]
            if len(values):
                # Interpolation may break the order by a rounding error.
                self.quantiles_[j] = np.maximum.accumulate(np.quantile(values, levels))

    def _scale(self, block: np.ndarray) -> np.ndarray:
        from feature_specs.scaler_layers import interpolate_levels, quantile_tables

        levels, slopes = quantile_tables(self.quantiles_)
        last = len(levels) - 1
        scaled = np.empty_like(block)
        for j, quantiles in enumerate(self.quantiles_):
            x = block[:, j]
            missing = np.isnan(x)
            x = np.where(missing, 0.0, x)
            after = np.searchsorted(quantiles, x, side="right")
            first = np.minimum(np.searchsorted(quantiles, x, side="left"), last)
            below = np.maximum(after - 1, 0)
            column = interpolate_levels(
                x,
                below_x=quantiles[below],
                below_level=levels[below],
                above_level=levels[np.minimum(below + 1, last)],
                slope=slopes[j, below],
                first_x=quantiles[first],
                first_level=levels[first],
                outside=after == 0,
                normal=self.output == "normal",
                ops=exact_math.HostOps,
            )
            scaled[:, j] = np.where(missing, np.nan, column)
        return scaled

    def _layer(self) -> keras.layers.Layer:
        from feature_specs.scaler_layers import QuantileScaling

        return QuantileScaling(self.quantiles_, self.output)


class Wrapped(Scaler):
    """Hands the columns to a scikit-learn transformer that keeps their number.

    Parameters
    ----------
    transformer : scikit-learn transformer
        Fitted on a copy, with the whole block. It has no form in the graph.

    Attributes
    ----------
    transformer_ : scikit-learn transformer
        The fitted copy.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.preprocessing import PowerTransformer
    >>> from feature_specs.scalers import Wrapped
    >>> block = np.array([[1.0], [2.0], [9.0]])
    >>> Wrapped(PowerTransformer()).fit(block).transform(block).shape
    (3, 1)
    """

    def __init__(self, transformer: Any) -> None:
        self.transformer = transformer

    def _learn(self, block: np.ndarray, weight: np.ndarray | None) -> None:
        self.transformer_ = clone(self.transformer)
        if hasattr(self.transformer_, "set_output"):
            self.transformer_.set_output(transform="default")
        self.transformer_.fit(block)

    def _scale(self, block: np.ndarray) -> np.ndarray:
        scaled = self.transformer_.transform(block)
        scaled = scaled.toarray() if hasattr(scaled, "toarray") else scaled
        scaled = np.array(scaled, np.float64)
        if scaled.shape != block.shape:
            raise ValueError(
                f"{type(self.transformer).__name__} turned a block of shape {block.shape} into "
                f"{scaled.shape}; a scaler must keep the number of columns."
            )
        return scaled

    def _layer(self) -> keras.layers.Layer:
        raise TypeError(
            f"{type(self.transformer).__name__} is a scikit-learn transformer, which has no form "
            "in a Keras graph; use a scaler of feature_specs.scalers instead."
        )


class Function(Scaler):
    """Applies a function of one column to every column.

    Parameters
    ----------
    function : callable
        Takes one column of float64 and returns as many numbers. Write it with `keras.ops` if a
        model must hold it. Functions such as `keras.ops.log` agree between host and graph to
        rounding only; sums, products, quotients and square roots agree bit for bit.

    Examples
    --------
    >>> import keras
    >>> import numpy as np
    >>> from feature_specs.scalers import Function
    >>> Function(keras.ops.square).fit(np.ones((1, 1))).transform(np.array([[3.0]])).tolist()
    [[9.0]]
    """

    def __init__(self, function: Callable[[Any], Any]) -> None:
        self.function = function

    def _scale(self, block: np.ndarray) -> np.ndarray:
        scaled = np.empty_like(block)
        for j in range(block.shape[1]):
            column = np.asarray(self.function(block[:, j].copy()), np.float64)
            if column.shape != (len(block),):
                raise ValueError(
                    f"{_name(self.function)} turned a column of {len(block)} rows into an array "
                    f"of shape {column.shape}; it must return one number a row."
                )
            scaled[:, j] = column
        return scaled

    def _layer(self) -> keras.layers.Layer:
        from feature_specs.scaler_layers import FunctionScaling

        layer = FunctionScaling(self.function)
        try:
            layer.trace(self.n_features_in_)
        except Exception as error:
            raise TypeError(
                f"{_name(self.function)} has no form in a Keras graph; write it with keras.ops."
            ) from error
        return layer


_NAMED = {
    "identity": Identity,
    "standard": Standard,
    "minmax": MinMax,
    "robust": Robust,
    "maxabs": MaxAbs,
    "log1p": Log1p,
    "quantile": Quantile,
}


def as_scaler(spec: Any) -> Scaler:
    """Return an unfitted scaler for what a step was given.

    Parameters
    ----------
    spec : str, Scaler, scikit-learn transformer, callable or None
        A name ("identity", "standard", "minmax", "robust", "maxabs", "log1p", "quantile"), a
        scaler or its class, a transformer, a function of one column, or None for no scaling.

    Returns
    -------
    Scaler
        A new one: `spec` itself is never fitted.

    Examples
    --------
    >>> from feature_specs.scalers import as_scaler
    >>> as_scaler("minmax"), as_scaler(None)
    (MinMax(), Identity())
    """
    if spec is None:
        return Identity()
    if isinstance(spec, str):
        if spec not in _NAMED:
            near = difflib.get_close_matches(spec, _NAMED, 1)
            hint = f"; did you mean {near[0]!r}?" if near else f"; there are {', '.join(_NAMED)}."
            raise ValueError(f"There is no scaler named {spec!r}{hint}")
        return _NAMED[spec]()
    if isinstance(spec, type) and issubclass(spec, Scaler):
        return spec()
    if isinstance(spec, Scaler):
        return clone(spec)
    if hasattr(spec, "fit") and hasattr(spec, "transform") and not isinstance(spec, type):
        return Wrapped(spec)
    if callable(spec) and not isinstance(spec, type):
        return Function(spec)
    raise TypeError(
        "A scaler is a name, a scaler, a scikit-learn transformer, a function or None, not "
        f"{spec!r}."
    )


def _spread(spread: float, low: float, high: float) -> float:
    """Return 0 for a spread that is only the rounding error of its ends."""
    return 0.0 if spread <= 10 * _EPS * max(abs(low), abs(high)) else spread


def _name(function: Callable[..., Any]) -> str:
    return getattr(function, "__name__", repr(function))


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, BaseEstimator) and not isinstance(one, Scaler):
        return type(one) is type(other) and repr(one) == repr(other)
    return bool(one == other)
