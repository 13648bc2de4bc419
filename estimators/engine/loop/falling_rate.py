"""A learning rate that falls from epoch to epoch, whatever the length of the fit."""

from __future__ import annotations

from typing import Any

import keras


class FallingRate(keras.callbacks.Callback):
    """Halves the learning rate of a network every `epochs` epochs, in equal steps.

    The rate is the optimizer's own variable, so that other callbacks may change it too, and a
    training that goes on, or is asked for more epochs, ends as one that was never interrupted.

    Parameters
    ----------
    epochs : int
    """

    def __init__(self, epochs: int) -> None:
        super().__init__()
        self.epochs = epochs

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Let the rate fall."""
        optimizer = self.model.optimizer
        optimizer.learning_rate = float(optimizer.learning_rate) * 0.5 ** (1 / self.epochs)
