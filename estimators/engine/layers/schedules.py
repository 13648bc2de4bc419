"""Learning rates that follow a curve within a fit, however long the fit is."""

from __future__ import annotations

import math
from abc import abstractmethod
from typing import Any

import keras
import tensorflow as tf


class WithinFit(keras.optimizers.schedules.LearningRateSchedule):
    """A curve from the first step of a fit to its last.

    The length of the fit is a variable, so that no length needs a compilation of its own.

    Parameters
    ----------
    initial_learning_rate : float
    """

    def __init__(self, initial_learning_rate: float) -> None:
        super().__init__()
        self.initial_learning_rate = float(initial_learning_rate)
        self._first_step = tf.Variable(0.0, trainable=False)
        self._steps = tf.Variable(math.inf, trainable=False)

    @abstractmethod
    def share(self, gone: tf.Tensor) -> tf.Tensor:
        """Return the share of the rate that is in force once `gone` of the fit is over."""

    def plan(self, first_step: int, steps: float) -> None:
        """Let the curve span `steps` from `first_step` on; infinity keeps the rate constant."""
        self._first_step.assign(first_step)
        self._steps.assign(steps)

    @property
    def variables(self) -> list[tf.Variable]:
        """What says when a fit began and how long it is."""
        return [self._first_step, self._steps]

    def __call__(self, step: Any) -> Any:
        """Return the rate of a step."""
        gone = (tf.cast(step, tf.float32) - self._first_step) / self._steps
        share = self.share(tf.minimum(gone, 1.0))
        return self.initial_learning_rate * tf.where(tf.math.is_inf(self._steps), 1.0, share)

    def get_config(self) -> dict[str, Any]:
        """Return what rebuilds the schedule."""
        return {"initial_learning_rate": self.initial_learning_rate}


@keras.saving.register_keras_serializable(package="estimators")
class DecayWithinFit(WithinFit):
    """Half a cosine from the initial rate at the first step of a fit to zero at its last.

    References
    ----------
    Loshchilov and Hutter, SGDR: Stochastic Gradient Descent with Warm Restarts, 2017;
    ``keras.optimizers.schedules.CosineDecay``.
    """

    def share(self, gone: tf.Tensor) -> tf.Tensor:
        """Return half a cosine."""
        return 0.5 * (1.0 + tf.cos(math.pi * gone))


@keras.saving.register_keras_serializable(package="estimators")
class WavesWithinFit(WithinFit):
    """Four waves from zero to the given rate and back, each twice as long as the one before.

    References
    ----------
    "coslog4" of Holzmüller, Grinsztajn and Steinwart, Better by Default, 2024.
    """

    def share(self, gone: tf.Tensor) -> tf.Tensor:
        """Return the height of the wave."""
        return 0.5 * (1.0 - tf.cos(2 * math.pi * tf.math.log(1.0 + 15.0 * gone) / math.log(2.0)))
