"""Scalers of numeric columns, each with a twin in the graph.

A scaler learns from an (n, k) block of float64 in which NaN stands for a missing value, and maps
such blocks to blocks. `to_keras` gives the layer that computes the same bits, eager, in a graph
and compiled by XLA; numbers too small for float32 become 0 everywhere.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable
from typing import Any

import keras
import numpy as np
from sklearn.base import clone

from feature_specs.scalers import exact_math
from feature_specs.scalers.affine import Identity, MaxAbs, MinMax, Robust, Standard
from feature_specs.scalers.scaler import Scaler

__all__ = [
    "Function",
    "Identity",
    "Log1p",
    "MaxAbs",
    "MinMax",
    "Quantile",
    "Robust",
    "Scaler",
    "Standard",
    "Wrapped",
    "as_scaler",
]


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
        from feature_specs.scalers.layers import Log1pScaling

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
    levels_ : ndarray of shape (number of quantiles,)
        Those levels.
    slopes_ : ndarray of shape (k, number of quantiles)
        Rise of the level from each quantile to the next.

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
        from feature_specs.scalers.layers import quantile_tables

        if self.output not in ("normal", "uniform"):
            raise ValueError(f"output must be 'normal' or 'uniform', not {self.output!r}.")
        if self.n_quantiles < 1:
            raise ValueError(f"n_quantiles must be at least 1, not {self.n_quantiles}.")
        if weight is not None:
            block = block[weight > 0]
        n_quantiles = max(2, min(self.n_quantiles, len(block)))
        self.quantiles_ = np.zeros((block.shape[1], n_quantiles))
        for j in range(block.shape[1]):
            values = block[np.isfinite(block[:, j]), j].astype(np.float64)
            if len(values):
                quantiles = _quantiles(values, n_quantiles)
                # TensorFlow takes some small numbers for 0 when it compares them.
                self.quantiles_[j] = exact_math.without_underflow(quantiles)
        self.levels_, self.slopes_ = quantile_tables(self.quantiles_)

    def _scale(self, block: np.ndarray) -> np.ndarray:
        from feature_specs.scalers.layers import interpolate_levels

        missing = np.isnan(block)
        x = exact_math.without_underflow(np.where(missing, 0.0, block))
        after = np.empty(x.shape, np.intp)
        first = np.empty(x.shape, np.intp)
        for j, quantiles in enumerate(self.quantiles_):
            after[:, j] = quantiles.searchsorted(x[:, j], side="right")
            first[:, j] = quantiles.searchsorted(x[:, j], side="left")
        last = len(self.levels_) - 1
        first = np.minimum(first, last)
        below = np.maximum(after - 1, 0)
        columns = np.arange(x.shape[1])
        scaled = interpolate_levels(
            x,
            below_x=self.quantiles_[columns, below],
            below_level=self.levels_[below],
            above_level=self.levels_[np.minimum(below + 1, last)],
            slope=self.slopes_[columns, below],
            first_x=self.quantiles_[columns, first],
            first_level=self.levels_[first],
            outside=after == 0,
            normal=self.output == "normal",
            ops=exact_math.HostOps,
        )
        return np.where(missing, np.nan, scaled)

    def _layer(self) -> keras.layers.Layer:
        from feature_specs.scalers.layers import QuantileScaling

        return QuantileScaling(self.quantiles_, self.output)


def _quantiles(values: np.ndarray, count: int) -> np.ndarray:
    """Return what ``numpy.quantile`` does, but equal numbers where it lies between equal ones.

    Its rounding errors would tear values that repeat apart.
    """
    values = np.sort(values)
    place = np.round(np.linspace(0, len(values) - 1, count), 9)
    low, high = np.floor(place).astype(int), np.ceil(place).astype(int)
    quantiles = values[low] + (place - low) * (values[high] - values[low])
    return np.maximum.accumulate(quantiles)


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
        self.transformer_.fit(np.asarray(block, np.float64))

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
        from feature_specs.scalers.layers import FunctionScaling

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
    "min_max": MinMax,
    "robust": Robust,
    "max_abs": MaxAbs,
    "log1p": Log1p,
    "quantile": Quantile,
}


def as_scaler(spec: Any) -> Scaler:
    """Return an unfitted scaler for what a step was given.

    Parameters
    ----------
    spec : str, Scaler, scikit-learn transformer, callable or None
        A name ("identity", "standard", "min_max", "robust", "max_abs", "log1p", "quantile"), a
        scaler or its class, a transformer, a function of one column, or None for no scaling.

    Returns
    -------
    Scaler
        A new one: `spec` itself is never fitted.

    Examples
    --------
    >>> from feature_specs.scalers import as_scaler
    >>> as_scaler("min_max"), as_scaler(None)
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


def _name(function: Callable[..., Any]) -> str:
    return getattr(function, "__name__", repr(function))
