"""A callback that sees a training whole, between any two of its steps."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import keras

if TYPE_CHECKING:
    from estimators.engine.loop.progress import Progress
    from estimators.engine.trained_network import TrainedNetwork


@dataclass(frozen=True)
class Moment:
    """What is to be seen of a training between two steps.

    Attributes
    ----------
    iteration : int
        Number of steps taken since the weights were drawn.
    steps_taken, steps_planned : int
        Number of steps of this fit.
    ends_epoch : bool
        Whether the epoch is over and measured.
    is_best : bool
        Whether that epoch is the best so far.
    is_over : bool
        Whether no further step will be taken.
    progress : callable
        Returns the `Progress`, which copies all weights.
    """

    iteration: int
    steps_taken: int
    steps_planned: int
    ends_epoch: bool
    is_best: bool
    is_over: bool
    progress: Callable[[], Progress]


class TrainingObserver(keras.callbacks.Callback):
    """A Keras callback that is shown more: each moment at which the loop comes up for air.

    Attributes
    ----------
    steps_between : int or None
        Number of steps after which it must be shown a moment; None where epochs will do.
    looks_at_clock : bool
        Whether it wants to be shown a moment several times a second.
    """

    steps_between: int | None = None
    looks_at_clock: bool = False

    def on_begin(self, moment: Moment) -> None:
        """Take note of where the training begins, or goes on."""

    def on_moment(self, moment: Moment) -> None:
        """Take note of where the training stands."""

    def on_best_restored(self, trained: TrainedNetwork) -> None:
        """Take note of what a fit ends with that has gone back to its best epoch."""

    def close(self) -> None:
        """Let go of everything, whether the training ended well or not."""
