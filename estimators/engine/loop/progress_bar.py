"""The progress of a training on the screen: rate, time left, the last epoch's measures."""

from __future__ import annotations

import sys
from typing import Any

from tqdm.auto import tqdm

from estimators.engine.loop.training_observer import Moment, TrainingObserver

SECONDS_BETWEEN_UPDATES = 0.2


class ProgressBar(TrainingObserver):
    """Shows a bar of steps, for ``verbose=1``; each of several members has its own.

    Parameters
    ----------
    member : str, default=""
        What the bar says of the network that it belongs to.
    """

    looks_at_clock = True

    def __init__(self, member: str = "") -> None:
        super().__init__()
        self._member = member

    def on_begin(self, moment: Moment) -> None:
        """Draw the bar."""
        self._bar = tqdm(
            # In a log there is no line above to go back to; bars one below another are for screens.
            position=None if sys.stderr.isatty() else 0,
            total=moment.steps_planned,
            initial=moment.steps_taken,
            unit="step",
            desc=self._member,
            mininterval=SECONDS_BETWEEN_UPDATES,
        )

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Say which epoch begins."""
        text = f"{self._member} epoch {epoch + 1}/{self.params['epochs']}".strip()
        self._bar.set_description(text, refresh=False)

    def on_moment(self, moment: Moment) -> None:
        """Let the bar grow."""
        self._bar.update(moment.steps_taken - self._bar.n)

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Show what the epoch measured."""
        self._bar.set_postfix(logs or {}, refresh=False)

    def close(self) -> None:
        """Leave the bar as it is."""
        if hasattr(self, "_bar"):
            self._bar.close()
