"""One fit in a folder of its own: measures of every epoch, the graph, the parameters."""

from __future__ import annotations

import os
from collections.abc import Mapping
from itertools import count
from pathlib import Path
from typing import Any

import keras

from estimators.tensorboard.event_file import numbers, scalar
from estimators.tensorboard.graph import graph_summary
from estimators.tensorboard.hyperparameters import ParameterLog

__all__ = ["FitLog"]

_FOLDER = "fit-{}"


class FitLog(ParameterLog):
    """Writes one fit to a folder of its own."""

    def __init__(
        self, log_dir: str | os.PathLike, values: Mapping[str, Any], continued: str | None
    ) -> None:
        self._log_dir = Path(os.path.abspath(log_dir))
        if self._log_dir.exists() and not self._log_dir.is_dir():
            raise NotADirectoryError(f"log_dir {str(log_dir)!r} is a file; name a folder.")
        folder = None if continued is None else Path(continued)
        goes_on = folder is not None and folder.parent == self._log_dir and folder.is_dir()
        super().__init__(folder if goes_on else None, values)
        self.is_begun = goes_on

    def on_epoch_end(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:
        super().on_epoch_end(epoch, logs)
        logs = numbers({**(logs or {}), "learning_rate": self._learning_rate()})
        validation = {name for name in logs if name.startswith("val_")}
        self._write("train", epoch, {name: logs[name] for name in logs.keys() - validation})
        self._write("validation", epoch, {name[4:]: logs[name] for name in validation})

    def _begin(self) -> None:
        self.folder = str(_new_folder(self._log_dir))
        super()._begin()
        if graph := graph_summary(self.model):
            self._file("train").write(0, [graph])

    def _write(self, run: str, epoch: int, measures: Mapping[str, float]) -> None:
        if measures:
            summaries = [scalar(f"epoch_{name}", measures[name]) for name in sorted(measures)]
            self._file(run).write(epoch, summaries)

    def _learning_rate(self) -> float:
        return float(keras.ops.convert_to_tensor(self.model.optimizer.learning_rate))


def _new_folder(log_dir: Path) -> Path:
    """Make the next numbered folder, also where other processes do the same."""
    log_dir.mkdir(parents=True, exist_ok=True)
    taken = {path.name for path in log_dir.iterdir()}
    for number in count(1):
        folder = log_dir / _FOLDER.format(number)
        if folder.name in taken:
            continue
        try:
            folder.mkdir()
        except FileExistsError:
            continue
        return folder
