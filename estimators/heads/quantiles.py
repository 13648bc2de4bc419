"""The head of several quantiles, which one network predicts and which never cross."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from estimators.heads.conformal.intervals import ABSOLUTE
from estimators.heads.regression import RegressionHead, columns_of

if TYPE_CHECKING:
    import keras


class QuantilesHead(RegressionHead):
    """Several quantiles of real values, one or several values a row.

    A network has an output for each quantile of the first value, then of the second, and so on.
    Outputs that cross are put in order, which brings them nearer to the true quantiles.

    Parameters
    ----------
    loss : QuantileLoss
        Of several quantiles.
    standardize : bool
        As of `RegressionHead`.

    References
    ----------
    Chernozhukov, Fernández-Val and Galichon, Quantile and probability curves without crossing,
    Econometrica 78, 2010.
    """

    residuals = ABSOLUTE

    def fit(self, y: np.ndarray, sample_weight: np.ndarray) -> QuantilesHead:
        """Learn the number of outputs and the target's scale."""
        super().fit(y, sample_weight)
        count = len(self.quantiles)
        self.units *= count
        self.offset_, self.scale_ = (np.repeat(v, count) for v in (self.offset_, self.scale_))
        return self

    @property
    def quantiles(self) -> tuple[float, ...]:
        """Which ones, in increasing order."""
        return self.objective.loss.quantiles

    @property
    def output_names(self) -> list[str]:
        """Which quantile, of several values in turn."""
        count = self.units // len(self.quantiles)
        return [f"quantile {quantile:g}" for quantile in self.quantiles] * count

    def encode(self, y: np.ndarray) -> np.ndarray:
        """Return the target, standardised, shape (rows, values)."""
        return self.averaged(y)[:, :: len(self.quantiles)].astype("float32")

    def averaged(self, y: np.ndarray) -> np.ndarray:
        """Return the values, standardised, once for each quantile."""
        repeated = np.repeat(columns_of(y), len(self.quantiles), axis=1)
        return (repeated - self.offset_) / self.scale_

    def predict_quantiles(self, outputs: np.ndarray) -> np.ndarray:
        """Return quantiles in the target's units.

        Returns
        -------
        ndarray of shape (rows, quantiles) or (rows, values, quantiles)
        """
        values = self._in_order(outputs)
        return values[:, 0] if self.is_vector_ else values

    def predict(self, outputs: np.ndarray) -> np.ndarray:
        """Return the middle one in the target's units, shape (rows,) or (rows, values)."""
        middle = self._in_order(outputs)[..., self.objective.middle].mean(axis=-1)
        return middle[:, 0] if self.is_vector_ else middle

    def interval_ends(self, outputs: np.ndarray, coverage: float) -> tuple[np.ndarray, np.ndarray]:
        """Return the quantiles between which `coverage` lies, or nearly, (rows, values) each.

        The middle one twice, where all of them lie on one side of the median.
        """
        quantiles = np.array(self.quantiles)
        below, above = np.flatnonzero(quantiles < 0.5), np.flatnonzero(quantiles > 0.5)
        if not len(below) or not len(above):
            return super().interval_ends(outputs, coverage)
        values = self._in_order(outputs)
        lower = below[np.abs(quantiles[below] - (1 - coverage) / 2).argmin()]
        upper = above[np.abs(quantiles[above] - (1 + coverage) / 2).argmin()]
        return values[..., lower], values[..., upper]

    def finish(self, network: keras.Model) -> keras.Model:
        """Return `network` with its outputs in order and in the units of the target."""
        import keras

        from estimators.layers import SortedQuantiles

        finished = super().finish(network)
        in_order = SortedQuantiles(len(self.quantiles))(finished.output)
        return keras.Model(finished.input, in_order)

    def _in_order(self, outputs: np.ndarray) -> np.ndarray:
        values = outputs.astype(np.float64) * self.scale_ + self.offset_
        count = len(self.quantiles)
        return np.sort(values.reshape(len(values), self.units // count, count), axis=-1)
