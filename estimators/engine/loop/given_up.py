"""Trainings at the same time, of which none goes on once one has failed."""

from __future__ import annotations

import threading
from collections.abc import Mapping

from estimators.engine.loop.training_observer import TrainingObserver


class GivenUpError(RuntimeError):
    """Another training failed, for whose sake this one was given up."""


class GiveUpTogether(TrainingObserver):
    """Ends every training that it watches after its epoch, once `give_up` was called.

    Examples
    --------
    >>> from estimators.engine.loop.given_up import GiveUpTogether
    >>> together = GiveUpTogether()
    >>> together.check()
    >>> together.give_up()
    >>> together.check()
    Traceback (most recent call last):
    estimators.engine.loop.given_up.GivenUpError: Another member failed.
    """

    only_records = True

    def __init__(self) -> None:
        super().__init__()
        self._is_given_up = threading.Event()

    def give_up(self) -> None:
        """Let no training go on."""
        self._is_given_up.set()

    def check(self) -> None:
        """Raise where all is given up."""
        if self._is_given_up.is_set():
            raise GivenUpError("Another member failed.")

    def on_epoch_end(self, epoch: int, logs: Mapping[str, float] | None = None) -> None:
        """Raise where all is given up, before the epoch is written anywhere."""
        self.check()
