"""The row of a fit in TensorBoard's tab HParams: its parameters and its last measures."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import keras
import numpy as np

from estimators.tensorboard.event_file import EventFile, numbers, scalar

__all__ = ["ParameterLog", "hyperparameters"]

_PARAMETERS = "hparams"
_NOT_HYPERPARAMETERS = ("callbacks", "log_dir", "model_dir", "verbose")
_LONGEST_TEXT = 100
_ADDRESS = re.compile(r"( object)? at 0x[0-9a-fA-F]+")


class ParameterLog(keras.callbacks.Callback):
    """Writes what TensorBoard's tab HParams shows: a row of parameters and last measures.

    Both go to a run of their own: TensorBoard finds no measures in folders below the one it is
    started on if the parameters stand in that one.

    Parameters
    ----------
    folder : str or Path or None
    values : mapping of str to bool, float or str
    is_of_several : bool, default=False
        Whether it tells of several members, whose end `on_fit_end` tells, and not of one training.
    """

    def __init__(
        self,
        folder: str | os.PathLike | None,
        values: Mapping[str, Any],
        is_of_several: bool = False,
    ) -> None:
        super().__init__()
        # Plain attributes, by which a fit that is resumed finds back to its folder.
        self.folder = None if folder is None else os.path.abspath(folder)
        self.is_begun = False
        self.is_of_several = is_of_several
        self._values = dict(values)
        self._files: dict[str, EventFile] = {}
        self._last_epoch = 0

    def on_epoch_begin(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:
        if not self.is_begun:
            self._begin()
            self.is_begun = True

    def on_epoch_end(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:
        self._last_epoch = epoch

    def on_train_end(self, logs: Mapping[str, Any] | None = None) -> None:
        if not self.is_of_several:
            self.on_fit_end(self._last_epoch, logs)

    def on_fit_end(self, epoch: int, logs: Mapping[str, Any] | None) -> None:
        """Write how the fit ended, and in which epoch."""
        self._last_epoch = epoch
        measures = {f"final/{name}": value for name, value in numbers(logs).items()}
        self._end("STATUS_SUCCESS", measures)

    def on_failure(self) -> None:
        self._end("STATUS_FAILURE", {})

    def _begin(self) -> None:
        from tensorboard.plugins.hparams import summary_v2

        start = summary_v2.hparams_pb(self._values, trial_id=str(self.folder))
        self._file(_PARAMETERS).write(0, [start])

    def _end(self, status: str, measures: Mapping[str, float]) -> None:
        from tensorboard.compat.proto.summary_pb2 import Summary
        from tensorboard.plugins.hparams import api_pb2, summary

        if self.is_begun:
            end = summary.session_end_pb(getattr(api_pb2, status))
            # TensorFlow's class of the same message.
            end = Summary.FromString(end.SerializeToString())
            summaries = [scalar(name, value) for name, value in measures.items()]
            self._file(_PARAMETERS).write(self._last_epoch, [*summaries, end])

    def _file(self, run: str) -> EventFile:
        if run not in self._files:
            self._files[run] = EventFile(Path(self.folder) / run)
        return self._files[run]


def hyperparameters(parameters: Mapping[str, Any]) -> dict[str, bool | float | str]:
    """Return the parameters that may tell fits apart: numbers, booleans and short texts."""
    return {
        name: _shown(value)
        for name, value in parameters.items()
        if name not in _NOT_HYPERPARAMETERS
    }


def _shown(value: Any) -> bool | float | str:
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, bool | int | float):
        return value
    text = value if isinstance(value, str) else _ADDRESS.sub("", repr(value))
    return text if len(text) <= _LONGEST_TEXT else f"{text[: _LONGEST_TEXT - 1]}…"
