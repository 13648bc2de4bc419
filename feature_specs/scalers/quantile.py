"""The scaler by ranks: to a normal or a uniform distribution."""

from __future__ import annotations

from numbers import Integral, Real
from typing import TYPE_CHECKING, Any

import numpy as np

from feature_specs.columns.values.constant_columns import two_valued_positions
from feature_specs.scalers import exact_math
from feature_specs.scalers.quantile_levels import (
    interpolate_levels,
    quantile_tables,
    signs_of_two,
)
from feature_specs.scalers.scaler import Scaler

if TYPE_CHECKING:
    import keras


_ROWS_A_QUANTILE = 30
_FEWEST_AND_MOST = (10, 1000)
# Fewer comparisons take less time than a search in every column.
_COMPARED_AT_ONCE = 1 << 17


class Quantile(Scaler):
    """Maps each column to its ranks, and those to a normal distribution.

    Values between two learnt quantiles are interpolated; values that repeat, such as many zeros,
    get the middle of their ranks, so that a constant column becomes the middle of the distribution.
    Of a normal distribution, the values of a column of two become -1 and 1.

    Parameters
    ----------
    n_quantiles : int or "auto", default=1000
        Number of quantiles to learn, at most the number of rows; ``"auto"`` is one for 30 rows,
        from 10 to 1,000 of them.
    output : {"normal", "uniform"}, default="normal"
        The distribution that the training rows take. The normal one ends 5.2 from 0.
    limit : float, default=None
        Results end so far from 0, where that is nearer.

    Attributes
    ----------
    quantiles_ : ndarray of shape (k, number of quantiles)
        Quantiles at evenly spaced levels from 0 to 1.
    levels_ : ndarray of shape (number of quantiles,)
        Those levels.
    slopes_ : ndarray of shape (k, number of quantiles)
        Rise of the level from each quantile to the next.
    two_valued_ : ndarray of bool, shape (k,)
        Which columns become -1 and 1.

    Examples
    --------
    >>> import numpy as np
    >>> from feature_specs.scalers import Quantile
    >>> block = np.array([[1.0], [10.0], [100.0]])
    >>> Quantile(output="uniform").fit(block).transform(block).tolist()
    [[0.0], [0.5], [1.0]]
    """

    _takes_long = True

    def __init__(
        self, n_quantiles: int | str = 1000, output: str = "normal", limit: float | None = None
    ) -> None:
        self.n_quantiles = n_quantiles
        self.output = output
        self.limit = limit

    def __setstate__(self, state: dict[str, Any]) -> None:
        # Older files do not know of a limit, nor of signs.
        super().__setstate__({"limit": None, **state})
        if hasattr(self, "quantiles_") and not hasattr(self, "two_valued_"):
            self.two_valued_ = np.zeros(len(self.quantiles_), bool)

    def _learn(self, block: np.ndarray, weight: np.ndarray | None) -> None:
        if self.output not in ("normal", "uniform"):
            raise ValueError(f"output must be 'normal' or 'uniform', not {self.output!r}.")
        if self.limit is not None and not (isinstance(self.limit, Real) and self.limit > 0):
            raise ValueError(f"limit must be a number above 0, not {self.limit!r}.")
        if weight is not None:
            block = block[weight > 0]
        n_quantiles = max(2, min(self._asked(len(block)), len(block)))
        self.quantiles_ = np.zeros((block.shape[1], n_quantiles))
        self.two_valued_ = np.zeros(block.shape[1], bool)
        for j in range(block.shape[1]):
            values = block[np.isfinite(block[:, j]), j].astype(np.float64)
            if len(values):
                quantiles = _quantiles(values, n_quantiles)
                # TensorFlow takes some small numbers for 0 when it compares them.
                self.quantiles_[j] = exact_math.without_underflow(quantiles)
                self.two_valued_[j] = self.output == "normal" and _are_two(values)
        self.levels_, self.slopes_ = quantile_tables(self.quantiles_)

    def _asked(self, row_count: int) -> int:
        if self.n_quantiles == "auto":
            return int(np.clip(row_count // _ROWS_A_QUANTILE, *_FEWEST_AND_MOST))
        if not (isinstance(self.n_quantiles, Integral) and self.n_quantiles >= 1):
            raise ValueError(f"n_quantiles must be 'auto' or at least 1, not {self.n_quantiles!r}.")
        return int(self.n_quantiles)

    def _scale(self, block: np.ndarray) -> np.ndarray:
        missing = np.isnan(block)
        x = exact_math.without_underflow(np.where(missing, 0.0, block))
        after, first = _places(x, self.quantiles_)
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
        if self.two_valued_.any():
            scaled = signs_of_two(x, scaled, self.quantiles_, self.two_valued_, exact_math.HostOps)
        if self.limit is not None:
            scaled = np.clip(scaled, -self.limit, self.limit)
        return np.where(missing, np.nan, scaled)

    def _layer(self) -> keras.layers.Layer:
        from feature_specs.scalers.layers import QuantileScaling

        two_valued = np.flatnonzero(self.two_valued_).tolist()
        return QuantileScaling(self.quantiles_, self.output, self.limit, two_valued)


def _places(x: np.ndarray, quantiles: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return how many quantiles of its column are not above each value, and how many below."""
    if len(x) * quantiles.size <= _COMPARED_AT_ONCE:
        columns = x[..., None]
        return (quantiles <= columns).sum(axis=-1), (quantiles < columns).sum(axis=-1)
    after, first = np.empty(x.shape, np.intp), np.empty(x.shape, np.intp)
    for j, of_column in enumerate(quantiles):
        values = np.ascontiguousarray(x[:, j])
        beyond = of_column.searchsorted(values, side="right")
        after[:, j] = first[:, j] = beyond
        # Few are quantiles themselves, of which several may be alike.
        equal = np.flatnonzero(of_column[beyond - 1] == values)
        first[equal, j] = of_column.searchsorted(values[equal], side="left")
    return after, first


def _are_two(values: np.ndarray) -> bool:
    low, high = exact_math.without_underflow(np.array([values.min(), values.max()]))
    with np.errstate(over="ignore"):
        apart = 0 < high - low < np.inf
    return apart and two_valued_positions(values[:, None]) == [0]


def _quantiles(values: np.ndarray, count: int) -> np.ndarray:
    """Return what ``numpy.quantile`` does, but equal numbers where it lies between equal ones.

    Its rounding errors would tear values that repeat apart.
    """
    place = np.round(np.linspace(0, len(values) - 1, count), 9)
    quantiles = np.interp(place, np.arange(len(values)), np.sort(values))
    return np.maximum.accumulate(quantiles)
