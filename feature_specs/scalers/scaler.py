"""What every scaler of numeric columns has in common."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.base import BaseEstimator

from feature_specs.scalers import exact_math

if TYPE_CHECKING:
    import keras


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

    # Whether a million cells are worth a thread of their own.
    _takes_long = False

    def fit(self, block: np.ndarray, sample_weight: np.ndarray | None = None) -> Scaler:
        """Learn from a block.

        Parameters
        ----------
        block : ndarray of shape (n, k)
            Numbers of any dtype; missing (NaN) and infinite ones are ignored.
        sample_weight : ndarray of shape (n,), default=None
            Weights of the rows. `Standard` honours them; other scalers use only whether a weight
            is above 0.

        Returns
        -------
        Scaler
            Itself.
        """
        block = np.asarray(block)
        if block.dtype.kind not in "biuf":
            block = block.astype(np.float64)
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
            scaled = self._scale(block)
            if not self._never_underflows():
                # The rule of `exact_math.without_underflow`, in place.
                np.copyto(scaled, 0.0, where=np.abs(scaled) < exact_math.SMALLEST)
            return scaled

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

    def _never_underflows(self) -> bool:
        """Return whether nothing but 0 itself can become too small for float32."""
        return False

    def _layer(self) -> keras.layers.Layer:
        raise NotImplementedError


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, BaseEstimator) and not isinstance(one, Scaler):
        return type(one) is type(other) and repr(one) == repr(other)
    return bool(one == other)
