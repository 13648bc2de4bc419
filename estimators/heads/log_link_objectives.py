"""What training minimises where the network gives logarithms of means: counts, positive values."""

from __future__ import annotations

from dataclasses import dataclass

import keras
import tensorflow as tf

from estimators.heads.losses import negative_binomial_deviance, tweedie_deviance
from estimators.heads.objectives import Constants


@dataclass(frozen=True)
class CountObjective:
    """The negative log-likelihood of Poisson counts, whose mean is the exponential of the output.

    The term ln(target!) is Stirling's, zero for counts up to 1, as in TensorFlow.

    Parameters
    ----------
    from_means : bool
        Whether the outputs are the means themselves.
    """

    from_means: bool = False
    measure_names: tuple[str, ...] = ("loss", "mean_absolute_error")

    def losses(self, target: tf.Tensor, outputs: tf.Tensor, constants: Constants) -> tf.Tensor:
        """Return the loss of each row."""
        log_mean = _log_means(outputs, constants, self.from_means)
        return tf.reduce_mean(tf.nn.log_poisson_loss(target, log_mean, True), axis=-1)

    def measures(
        self, target: tf.Tensor, outputs: tf.Tensor, constants: Constants
    ) -> list[tf.Tensor]:
        """Return loss and absolute error of each row."""
        errors = tf.abs(target - tf.exp(_log_means(outputs, constants, self.from_means)))
        return [self.losses(target, outputs, constants), tf.reduce_mean(errors, axis=-1)]


@dataclass(frozen=True)
class NegativeBinomialObjective:
    """The deviance of counts that vary more than Poisson's, with a logarithmic link.

    Parameters
    ----------
    alpha : float
    from_means : bool
        Whether the outputs are the means themselves.
    """

    alpha: float
    from_means: bool = False
    measure_names: tuple[str, ...] = ("loss", "mean_absolute_error")

    def losses(self, target: tf.Tensor, outputs: tf.Tensor, constants: Constants) -> tf.Tensor:
        """Return the deviance of each row."""
        log_mean = _log_means(outputs, constants, self.from_means)
        deviance = negative_binomial_deviance(target, log_mean, self.alpha)
        return tf.reduce_mean(deviance, axis=-1)

    def measures(
        self, target: tf.Tensor, outputs: tf.Tensor, constants: Constants
    ) -> list[tf.Tensor]:
        """Return deviance and absolute error of each row."""
        errors = tf.abs(target - tf.exp(_log_means(outputs, constants, self.from_means)))
        return [self.losses(target, outputs, constants), tf.reduce_mean(errors, axis=-1)]


@dataclass(frozen=True)
class TweedieObjective:
    """The deviance of a Tweedie distribution, whose mean is the exponential of the output.

    Training sees target and means as shares of the mean target: penalties and steps weigh the same
    in any unit.

    Parameters
    ----------
    power : float
    from_means : bool
        Whether the outputs are the means themselves.
    """

    power: float
    from_means: bool = False
    measure_names: tuple[str, ...] = ("loss", "mean_absolute_error")

    def losses(self, target: tf.Tensor, outputs: tf.Tensor, constants: Constants) -> tf.Tensor:
        """Return the loss of each row on the scale of the mean target."""
        offset = constants["offset"]
        share = _log_means(outputs, constants, self.from_means) - offset
        deviance = tweedie_deviance(target * tf.exp(-offset), share, self.power)
        return tf.reduce_mean(deviance, axis=-1)

    def measures(
        self, target: tf.Tensor, outputs: tf.Tensor, constants: Constants
    ) -> list[tf.Tensor]:
        """Return deviance and absolute error of each row, in the units of the target."""
        log_mean = _log_means(outputs, constants, self.from_means)
        errors = tf.abs(target - tf.exp(log_mean))
        deviance = tweedie_deviance(target, log_mean, self.power)
        return [tf.reduce_mean(deviance, axis=-1), tf.reduce_mean(errors, axis=-1)]


def _log_means(outputs: tf.Tensor, constants: Constants, from_means: bool) -> tf.Tensor:
    if from_means:
        return tf.math.log(tf.maximum(outputs, keras.backend.epsilon()))
    return outputs + constants["offset"]
