"""Losses that Keras lacks: of quantiles, and of positive values that vary with their mean."""

from __future__ import annotations

from numbers import Real

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


@keras.saving.register_keras_serializable(package="estimators")
class TweedieLoss(keras.losses.Loss):
    """Deviance of a Tweedie distribution, whose variance is the mean to some power.

    The estimators train logarithms of means by it, so that predictions are positive.

    Parameters
    ----------
    power : float, default=1.5
        From 1 to 3: 1 is Poisson's, between 1 and 2 many zeros and sums beside them (claims of
        insurance, rain, sales), 2 gamma, 3 inverse Gaussian. From 2 on the target is above 0.
    reduction : str, default="sum_over_batch_size"
        As in ``keras.losses.Loss``.
    name : str, default="tweedie_loss"

    Examples
    --------
    >>> import numpy as np
    >>> from estimators import TweedieLoss
    >>> from sklearn.metrics import mean_tweedie_deviance
    >>> loss = float(TweedieLoss(2.0)(np.array([[3.0]]), np.array([[1.0]])))
    >>> bool(np.isclose(loss, mean_tweedie_deviance([3.0], [1.0], power=2)))
    True

    References
    ----------
    ``sklearn.metrics.mean_tweedie_deviance``; Jørgensen, Exponential Dispersion Models, 1987.
    """

    def __init__(
        self,
        power: float = 1.5,
        reduction: str = "sum_over_batch_size",
        name: str = "tweedie_loss",
    ) -> None:
        super().__init__(name=name, reduction=reduction)
        if isinstance(power, bool) or not isinstance(power, Real) or not 1 <= power <= 3:
            raise ValueError(f"power must be a number from 1 to 3, got {power!r}.")
        self.power = float(power)

    def call(self, y_true: object, y_pred: object) -> object:
        """Return the deviance of each row.

        Parameters
        ----------
        y_true : tensor of shape (rows, outputs)
        y_pred : tensor of shape (rows, outputs)
            Means.

        Returns
        -------
        tensor of shape (rows,)
        """
        means = ops.maximum(y_pred, keras.backend.epsilon())
        return ops.mean(tweedie_deviance(y_true, ops.log(means), self.power), axis=-1)

    def get_config(self) -> dict[str, object]:
        """Return what rebuilds the loss.

        Returns
        -------
        dict
        """
        return {**super().get_config(), "power": self.power}


def tweedie_deviance(target: object, log_mean: object, power: float) -> object:
    """Return the unit deviance of each value.

    Parameters
    ----------
    target, log_mean : tensor
    power : float
        From 1 to 3.
    """
    if power == 1:
        mean = ops.exp(log_mean)
        positive = ops.maximum(target, keras.backend.epsilon())
        return 2 * (target * (ops.log(positive) - log_mean) - target + mean)
    if power == 2:
        ratio = target * ops.exp(-log_mean)
        return 2 * (ratio - 1 - ops.log(target) + log_mean)
    one, two = 1 - power, 2 - power
    own = ops.power(target, two) / (one * two)
    return 2 * (own - target * ops.exp(one * log_mean) / one + ops.exp(two * log_mean) / two)
