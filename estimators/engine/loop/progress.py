"""Where a training stands: enough to go on from there as if it had never stopped."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import keras
import numpy as np

from estimators.engine.compiled.trainer import State
from estimators.engine.history import History

if TYPE_CHECKING:
    from estimators.engine.trained_network import Session


@dataclass
class Best:
    """The best epoch so far.

    Attributes
    ----------
    monitor : str
        The measure that decides, the smaller the better.
    value : float
    epoch : int
        -1 before the first epoch.
    """

    monitor: str
    value: float = np.inf
    epoch: int = -1

    def improves(self, epoch: int, logs: Mapping[str, float]) -> bool:
        """Take note of `epoch`; return whether it is the best one."""
        if not logs[self.monitor] < self.value:
            return False
        self.value, self.epoch = logs[self.monitor], epoch
        return True


@dataclass
class Progress:
    """A moment between two steps of a training.

    Attributes
    ----------
    state : State
    history : History
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

    state: State
    history: History
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


class Recorder(Protocol):
    """Keeps the progress of a training somewhere safe.

    Attributes
    ----------
    steps_between : int or None
        Number of steps after which progress is due; None where epochs or seconds decide.
    seconds_between : float or None
    new_session : callable
        Returns a session of a state and a history; set before training begins.
    """

    steps_between: int | None
    seconds_between: float | None
    new_session: Callable[[State, History], Session]

    def is_due(self, iteration: int, *, ends_epoch: bool) -> bool:
        """Return whether progress should be kept after so many steps."""

    def keep(self, progress: Progress, *, is_best: bool) -> None:
        """Keep `progress`."""

    def finish(self, session: Session) -> None:
        """Take note of what a fit ends with that has gone back to its best epoch."""


class Memory:
    """What callbacks learn while they train, in plain attributes: a patience, a best value.

    Parameters
    ----------
    callbacks : sequence of keras.callbacks.Callback
        As they are when training begins; what does not change from then on is a setting.
    """

    def __init__(self, callbacks: Sequence[keras.callbacks.Callback]) -> None:
        self._callbacks: dict[str, keras.callbacks.Callback] = {}
        for callback in callbacks:
            kind = type(callback).__qualname__
            place = sum(type(other) is type(callback) for other in self._callbacks.values())
            self._callbacks[f"{kind} {place}"] = callback
        self._settings = {n: _plain_attributes(c) for n, c in self._callbacks.items()}

    def changes(self) -> dict[str, dict[str, Any]]:
        """Return what each callback has learnt since."""
        return {
            key: {
                name: value
                for name, value in _plain_attributes(callback).items()
                if name not in self._settings[key]
                or not _are_equal(value, self._settings[key][name])
            }
            for key, callback in self._callbacks.items()
        }

    def remind(self, changes: Mapping[str, dict[str, Any]]) -> None:
        """Give the callbacks back what those of the same class had learnt."""
        for key, callback in self._callbacks.items():
            vars(callback).update(changes.get(key, {}))


def _plain_attributes(callback: keras.callbacks.Callback) -> dict[str, Any]:
    return {name: copy(value) for name, value in vars(callback).items() if _is_plain(value)}


def _is_plain(value: Any) -> bool:
    if isinstance(value, list):
        return all(map(_is_plain, value))
    return value is None or isinstance(value, bool | int | float | str | np.ndarray | np.generic)


def _are_equal(value: Any, other: Any) -> bool:
    if isinstance(value, list) and isinstance(other, list):
        return len(value) == len(other) and all(map(_are_equal, value, other))
    return type(value) is type(other) and np.array_equal(value, other)
