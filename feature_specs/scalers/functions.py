"""Scalers that apply a function to each number: the logarithm, or any function given."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from feature_specs.scalers import exact_math
from feature_specs.scalers.scaler import Scaler

if TYPE_CHECKING:
    import keras


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


def _name(function: Callable[..., Any]) -> str:
    return getattr(function, "__name__", repr(function))
