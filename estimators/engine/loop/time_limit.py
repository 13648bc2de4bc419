"""A limit of time that several trainings share, some of them at the same time."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

from estimators.engine.loop.training_observer import Moment, TrainingObserver


class TimeLimit:
    """Seconds that a number of trainings share; those that are quicker leave more to the others.

    Parameters
    ----------
    seconds : float
        From now on.
    trainings : int
        That will ask for their share, one after another or several at a time.
    at_once : int, default=1
        How many of them are under way at the same time.
    clock : callable, optional
        Returns seconds.

    Attributes
    ----------
    clock : callable
    ended : list of int
        For each training that ran out of time, the number of epochs that it had.

    Examples
    --------
    >>> limit = TimeLimit(10.0, trainings=5, clock=lambda: 0.0)
    >>> limit.share(), limit.share()
    (2.0, 2.5)
    """

    def __init__(
        self,
        seconds: float,
        trainings: int,
        at_once: int = 1,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.clock = clock
        self._end = clock() + seconds
        self._left, self._at_once = trainings, at_once
        self._turn = threading.Lock()
        self.ended: list[int] = []

    @property
    def seconds_left(self) -> float:
        """Until the limit, below 0 after it."""
        return self._end - self.clock()

    def share(self) -> float:
        """Return the seconds that the next training may take."""
        with self._turn:
            rounds = max(1.0, self._left / self._at_once)
            self._left -= 1
            return self.seconds_left / rounds


class EndsInTime(TrainingObserver):
    """Ends a training after the epoch in which its share of the time is used up.

    Parameters
    ----------
    limit : TimeLimit
    """

    only_records = True

    def __init__(self, limit: TimeLimit) -> None:
        super().__init__()
        self._limit = limit
        self._end = 0.0
        self._epochs = 0
        self._is_ended = False

    def on_begin(self, moment: Moment) -> None:
        """Ask for the share."""
        self._end = self._limit.clock() + self._limit.share()

    def on_epoch_end(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:
        """End the training where its time is over and it is not."""
        self._epochs = epoch + 1
        is_last = self._epochs >= self.params["epochs"]
        if not is_last and not self.model.stop_training and self._limit.clock() >= self._end:
            self.model.stop_training = self._is_ended = True

    def on_train_end(self, logs: Mapping[str, Any] | None = None) -> None:
        """Note the epochs that there were: a call may have held some more, or all."""
        if self._is_ended and self._epochs < self.params["epochs"]:
            self._limit.ended.append(self._epochs)
