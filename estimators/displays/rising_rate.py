"""The callback of a learning rate range test."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np


class RisingRate(keras.callbacks.Callback):
    """Takes each step at the next of some rates, and remembers the losses.

    Parameters
    ----------
    rates : ndarray of shape (steps,)
    new_share : float
        What a step adds to the smoothed loss.
    too_high : float
        Training stops once the smoothed loss is as many times the least so far.
    """

    def __init__(self, rates: np.ndarray, new_share: float, too_high: float) -> None:
        super().__init__()
        self.rates = rates
        self.losses: list[float] = []
        self.smoothed: list[float] = []
        self._new_share = new_share
        self._too_high = too_high
        self._mean = 0.0
        self._before = 0.0

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        self._before = 0.0

    def on_train_batch_begin(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        self.model.optimizer.learning_rate = float(self.rates[len(self.losses)])

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        # The loss that is told is the mean over the epoch so far.
        mean = logs["loss"]
        loss = mean + batch * (mean - self._before)
        self._before = mean
        if not np.isfinite(loss):
            self.model.stop_training = True
            return
        self.losses.append(float(loss))
        self._mean += self._new_share * (loss - self._mean)
        # As if there had been steps before the first.
        self.smoothed.append(self._mean / (1 - (1 - self._new_share) ** len(self.losses)))
        least = min(self.smoothed)
        has_risen = self.smoothed[-1] > least + (self._too_high - 1) * abs(least)
        if has_risen or len(self.losses) == len(self.rates):
            self.model.stop_training = True
