"""A learning rate that falls to zero within a fit, however long the fit is."""

from __future__ import annotations

import math
from typing import Any

import keras
import tensorflow as tf


@keras.saving.register_keras_serializable(package="estimators")
class DecayWithinFit(keras.optimizers.schedules.LearningRateSchedule):
    """Half a cosine from the initial rate at the first step of a fit to zero at its last.

    The length of the fit is a variable, so that no length needs a compilation of its own.

    Parameters
    ----------
    initial_learning_rate : float

    References
    ----------
    Loshchilov and Hutter, SGDR: Stochastic Gradient Descent with Warm Restarts, 2017;
    ``keras.optimizers.schedules.CosineDecay``.
    """

    def __init__(self, initial_learning_rate: float) -> None:
        super().__init__()
        self.initial_learning_rate = float(initial_learning_rate)
        self._first_step = tf.Variable(0.0, trainable=False)
        self._steps = tf.Variable(math.inf, trainable=False)

    def plan(self, first_step: int, steps: float) -> None:
        """Let the rate fall over `steps` from `first_step` on; infinity keeps it constant."""
        self._first_step.assign(first_step)
        self._steps.assign(steps)

    @property
    def variables(self) -> list[tf.Variable]:
        """What says when a fit began and how long it is."""
        return [self._first_step, self._steps]

    def __call__(self, step: Any) -> Any:
        """Return the rate of a step."""
        gone = (tf.cast(step, tf.float32) - self._first_step) / self._steps
        return self.initial_learning_rate * 0.5 * (1.0 + tf.cos(math.pi * tf.minimum(gone, 1.0)))

    def get_config(self) -> dict[str, Any]:
        """Return what rebuilds the schedule."""
        return {"initial_learning_rate": self.initial_learning_rate}
