"""Losses that Keras lacks: of quantiles, and of counts and values that vary with their mean."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from itertools import pairwise
from numbers import Real
from typing import Any

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="estimators")
class QuantileLoss(keras.losses.Loss):
    """Pinball loss, whose minimum is a quantile of the target, or several.

    Parameters
    ----------
    quantile : float or sequence of float, default=0.5
        Which quantile to predict, between 0 and 1. Several, in increasing order, are learnt by
        one network and never cross: ``predict_quantiles`` gives them, ``predict`` the one in the
        middle.
    reduction : str, default="sum_over_batch_size"
        As in ``keras.losses.Loss``.
    name : str, default="quantile_loss"

    Raises
    ------
    ValueError
        For a quantile that does not lie between 0 and 1, or several that do not increase.

    Examples
    --------
    >>> import numpy as np
    >>> from estimators import QuantileLoss
    >>> float(QuantileLoss(0.9)(np.array([[3.0]]), np.array([[1.0]])))
    1.7999999523162842
    >>> float(QuantileLoss([0.5, 0.9])(np.array([[3.0]]), np.array([[2.0, 3.0]])))
    0.25

    References
    ----------
    ``sklearn.metrics.mean_pinball_loss``; Koenker and Bassett, Regression Quantiles, 1978.
    """

    def __init__(
        self,
        quantile: float | Sequence[float] = 0.5,
        reduction: str = "sum_over_batch_size",
        name: str = "quantile_loss",
    ) -> None:
        super().__init__(name=name, reduction=reduction)
        is_several = isinstance(quantile, Iterable) and not isinstance(quantile, str)
        self.quantile = _several(quantile) if is_several else _one(quantile)

    @property
    def quantiles(self) -> tuple[float, ...]:
        """All of them, in increasing order."""
        return self.quantile if self.is_several else (self.quantile,)

    @property
    def is_several(self) -> bool:
        """Whether they were given as a sequence."""
        return not isinstance(self.quantile, float)

    def call(self, y_true: object, y_pred: object) -> object:
        """Return the loss of each row.

        Parameters
        ----------
        y_true : tensor of shape (rows, outputs)
        y_pred : tensor of shape (rows, outputs), or (rows, quantiles) of one output

        Returns
        -------
        tensor of shape (rows,)
        """
        error = y_true - y_pred
        quantile = self.quantile
        if self.is_several:
            dtype = keras.backend.standardize_dtype(error.dtype)
            quantile = ops.convert_to_tensor(quantile, dtype)
        return ops.mean(ops.maximum(quantile * error, (quantile - 1) * error), axis=-1)

    def get_config(self) -> dict[str, object]:
        """Return what rebuilds the loss.

        Returns
        -------
        dict
        """
        return {**super().get_config(), "quantile": self._given}

    def __repr__(self) -> str:
        return f"QuantileLoss({self._given})"

    @property
    def _given(self) -> float | list[float]:
        return list(self.quantile) if self.is_several else self.quantile


def _one(quantile: Any) -> float:
    is_number = isinstance(quantile, Real) and not isinstance(quantile, bool)
    if not is_number or not 0 < quantile < 1:
        raise ValueError(f"quantile must lie between 0 and 1, got {quantile!r}.")
    return float(quantile)


def _several(quantiles: Iterable) -> tuple[float, ...]:
    found = tuple(map(_one, quantiles))
    if not found or any(right <= left for left, right in pairwise(found)):
        raise ValueError(
            f"quantile holds {list(found)}; several quantiles increase, as in [0.05, 0.5, 0.95]."
        )
    return found


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

    def __repr__(self) -> str:
        return f"TweedieLoss({self.power})"


@keras.saving.register_keras_serializable(package="estimators")
class NegativeBinomialLoss(keras.losses.Loss):
    """Deviance of counts that vary more than Poisson's do.

    Their variance is ``mean + alpha * mean ** 2``. The estimators train logarithms of means by it.

    Parameters
    ----------
    alpha : float, default=1.0
        How much more counts vary, above 0; Poisson's would be 0.
    reduction : str, default="sum_over_batch_size"
        As in ``keras.losses.Loss``.
    name : str, default="negative_binomial_loss"

    Raises
    ------
    ValueError
        For an `alpha` that is no number above 0.

    Examples
    --------
    >>> import numpy as np
    >>> from estimators import NegativeBinomialLoss
    >>> loss = NegativeBinomialLoss(0.5)
    >>> [round(float(loss(np.array([[3.0]]), np.array([[mean]]))), 3) for mean in (1.0, 3.0, 9.0)]
    [1.483, 0.0, 1.293]

    References
    ----------
    ``statsmodels.genmod.families.NegativeBinomial``; Hilbe, Negative Binomial Regression, 2011.
    """

    def __init__(
        self,
        alpha: float = 1.0,
        reduction: str = "sum_over_batch_size",
        name: str = "negative_binomial_loss",
    ) -> None:
        super().__init__(name=name, reduction=reduction)
        if isinstance(alpha, bool) or not isinstance(alpha, Real) or not 0 < alpha < float("inf"):
            raise ValueError(f"alpha must be a number above 0, got {alpha!r}.")
        self.alpha = float(alpha)

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
        return ops.mean(negative_binomial_deviance(y_true, ops.log(means), self.alpha), axis=-1)

    def get_config(self) -> dict[str, object]:
        """Return what rebuilds the loss.

        Returns
        -------
        dict
        """
        return {**super().get_config(), "alpha": self.alpha}

    def __repr__(self) -> str:
        return f"NegativeBinomialLoss({self.alpha})"


def negative_binomial_deviance(target: object, log_mean: object, alpha: float) -> object:
    """Return the unit deviance of each count.

    Parameters
    ----------
    target, log_mean : tensor
    alpha : float
        Above 0.
    """
    # Of a mean m, ln(1 + alpha * m) is softplus(ln(alpha * m)), which does not overflow.
    own = ops.log(ops.maximum(target, keras.backend.epsilon()))
    beyond = ops.log1p(alpha * target) - ops.softplus(log_mean + math.log(alpha))
    return 2 * (target * (own - log_mean) - (target + 1 / alpha) * beyond)


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
