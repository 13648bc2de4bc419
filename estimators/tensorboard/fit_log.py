"""One fit in a folder of its own: measures of every epoch, the graph, the parameters."""

from __future__ import annotations

import os
from collections.abc import Mapping
from itertools import count
from pathlib import Path
from threading import Lock
from typing import Any

import keras

from estimators.engine.loop.callback_state import learnt_by
from estimators.engine.loop.progress import Progress
from estimators.engine.trained_members import name_of
from estimators.files import check_folder
from estimators.tensorboard.event_file import numbers, scalar
from estimators.tensorboard.graph import graph_summary
from estimators.tensorboard.hyperparameters import ParameterLog

__all__ = ["FitFolder", "FitLog"]

_FOLDER = "fit-{}"


class FitFolder:
    """The folder of a fit, made when its first epoch begins; its members share one.

    Parameters
    ----------
    log_dir : str or Path
    continued : str, optional
        The folder of the fit that this one continues, taken where it stands in `log_dir`.

    Raises
    ------
    NoFolderError
        Where `log_dir` is a file.
    """

    def __init__(self, log_dir: str | os.PathLike, continued: str | None = None) -> None:
        check_folder(log_dir, "log_dir")
        self._log_dir = Path(os.path.abspath(log_dir))
        self._lock = Lock()
        self.path: str | None = None
        self.take(continued)

    def take(self, folder: str | None) -> None:
        """Take the folder of an earlier fit, if it stands here still."""
        if folder is not None and Path(folder).parent == self._log_dir and Path(folder).is_dir():
            self.path = folder

    def made(self) -> str:
        """Return the folder, which whoever asks first makes."""
        with self._lock:
            if self.path is None:
                self.path = str(_new_folder(self._log_dir))
            return self.path


class FitLog(ParameterLog):
    """Writes a fit, or one of its members, to the folder of the fit.

    Graph and parameters are written by the first member for all of them.

    Parameters
    ----------
    fit_folder : FitFolder
    values : mapping of str to bool, float or str
        The parameters, as `hyperparameters` has them.
    member : int or None
        Counted from 0; None for a network alone.
    """

    def __init__(
        self, fit_folder: FitFolder, values: Mapping[str, Any], member: int | None = None
    ) -> None:
        super().__init__(fit_folder.path, values, is_of_several=member is not None)
        self.is_begun = fit_folder.path is not None
        self._fit_folder = fit_folder
        self._member = member

    def of_member(self, member: int) -> FitLog:
        """Return the log of another member of the same fit."""
        return FitLog(self._fit_folder, self._values, member)

    def take(self, progress: Progress | None) -> None:
        """Go back to the folder of a fit that was interrupted, with all its members."""
        if progress is not None:
            self._fit_folder.take(learnt_by(FitLog, progress.callbacks).get("folder"))

    def on_epoch_end(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:
        super().on_epoch_end(epoch, logs)
        logs = numbers({**(logs or {}), "learning_rate": self._learning_rate()})
        validation = {name for name in logs if name.startswith("val_")}
        self._write("train", epoch, {name: logs[name] for name in logs.keys() - validation})
        self._write("validation", epoch, {name[4:]: logs[name] for name in validation})

    def _begin(self) -> None:
        self.folder = self._fit_folder.made()
        if self._member:
            return
        super()._begin()
        if graph := graph_summary(self.model):
            self._file(self._run("train")).write(0, [graph])

    def _write(self, run: str, epoch: int, measures: Mapping[str, float]) -> None:
        if measures:
            summaries = [scalar(f"epoch_{name}", measures[name]) for name in sorted(measures)]
            self._file(self._run(run)).write(epoch, summaries)

    def _run(self, name: str) -> str:
        return name if self._member is None else f"{name_of(self._member)}/{name}"

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
