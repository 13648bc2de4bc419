"""Where a training stands: enough to go on from there as if it had never stopped."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from estimators.engine.trained_network import TrainedNetwork


@dataclass
class Best:
    """The best epoch so far.

    Attributes
    ----------
    monitor : str
        The measure that decides.
    value : float
        Of it, negative where more is better.
    epoch : int
        -1 before the first epoch.
    more_is_better : bool
        Whether a greater measure is better; a smaller one by default.
    """

    monitor: str
    value: float = np.inf
    epoch: int = -1
    more_is_better: bool = False

    def improves(self, epoch: int, logs: Mapping[str, float]) -> bool:
        """Take note of `epoch`; return whether it is the best one."""
        value = -logs[self.monitor] if self.more_is_better else logs[self.monitor]
        if not value < self.value:
            return False
        self.value, self.epoch = value, epoch
        return True


@dataclass
class Progress:
    """A moment between two steps of a training.

    Attributes
    ----------
    trained : TrainedNetwork
        As the fit would leave it, were it to end here.
    epoch : int
        The epoch under way, counted since the weights were drawn.
    step : int
        How many of its steps are taken.
    totals : ndarray of shape (measures + 1,) or None
        What these steps measured.
    first_epoch, first_iteration : int
        Number of epochs and of steps that had been taken when the fit began.
    last_epoch : int
        The epoch before which the fit ends by itself.
    best : Best
    best_weights : list of ndarray
        What early stopping would return to.
    is_stopped : bool
        Whether early stopping or a callback has ended the training.
    callbacks : dict of str to dict
        What each callback has learnt.
    """

    trained: TrainedNetwork
    epoch: int
    step: int
    totals: np.ndarray | None
    first_epoch: int
    first_iteration: int
    last_epoch: int
    best: Best
    best_weights: list[np.ndarray]
    is_stopped: bool
    callbacks: dict[str, dict[str, Any]]

    @property
    def is_complete(self) -> bool:
        """Whether nothing of the fit is left to do."""
        return self.is_stopped or self.epoch >= self.last_epoch
