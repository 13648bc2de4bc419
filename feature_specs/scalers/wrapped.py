"""A transformer of scikit-learn as a scaler, on the host alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.base import clone

from feature_specs.scalers.scaler import Scaler

if TYPE_CHECKING:
    import keras


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
        # With copy=False it would change the table.
        scaled = self.transformer_.transform(block.copy())
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
