"""The quantile loss, which Keras lacks."""

from __future__ import annotations

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="estimators")
class QuantileLoss(keras.losses.Loss):
    """Pinball loss, whose minimum is a quantile of the target.

    Parameters
    ----------
    quantile : float, default=0.5
        Which quantile to predict, between 0 and 1.
    reduction : str, default="sum_over_batch_size"
        As in ``keras.losses.Loss``.
    name : str, default="quantile_loss"

    Examples
    --------
    >>> import numpy as np
    >>> from estimators import QuantileLoss
    >>> float(QuantileLoss(0.9)(np.array([[3.0]]), np.array([[1.0]])))
    1.7999999523162842

    References
    ----------
    ``sklearn.metrics.mean_pinball_loss``; Koenker and Bassett, Regression Quantiles, 1978.
    """

    def __init__(
        self,
        quantile: float = 0.5,
        reduction: str = "sum_over_batch_size",
        name: str = "quantile_loss",
    ) -> None:
        super().__init__(name=name, reduction=reduction)
        if not 0 < quantile < 1:
            raise ValueError(f"quantile must lie between 0 and 1, got {quantile}.")
        self.quantile = quantile

    def call(self, y_true: object, y_pred: object) -> object:
        """Return the loss of each row.

        Parameters
        ----------
        y_true : tensor of shape (rows, outputs)
        y_pred : tensor of shape (rows, outputs)

        Returns
        -------
        tensor of shape (rows,)
        """
        error = y_true - y_pred
        return ops.mean(ops.maximum(self.quantile * error, (self.quantile - 1) * error), axis=-1)

    def get_config(self) -> dict[str, object]:
        """Return what rebuilds the loss.

        Returns
        -------
        dict
        """
        return {**super().get_config(), "quantile": self.quantile}
