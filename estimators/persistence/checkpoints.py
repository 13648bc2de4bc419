"""Checkpoints of a training under way: how often, how many, and how to go on from them.

A checkpoint is the file of a saved estimator, as it would be had the training ended there, with
one part more: the progress of the fit.
"""

from __future__ import annotations

import hashlib
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import copy
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import filelock

from estimators.engine.loop.progress import Best, Progress
from estimators.persistence.archive import packed, write_atomically
from estimators.persistence.model_file import (
    ESTIMATOR,
    MANIFEST,
    SESSION,
    manifest_of,
    read_parts,
)
from estimators.persistence.serialization.objects import Writer

if TYPE_CHECKING:
    from estimators.base.estimator import KerasEstimator
    from estimators.engine.compiled.trainer import State
    from estimators.engine.history import History
    from estimators.engine.trained_network import Session

_PROGRESS = "progress"
_BEST = "best.model"
_LOCK = ".lock"
_NAME = re.compile(r"checkpoint-(\d{8,})\.model")
# What may differ between a fit that was interrupted and the one that goes on.
_FREE = (
    *("epochs", "callbacks", "verbose", "model_dir", "log_dir", "warm_start", "warm_start_from"),
)


class Checkpoints:
    """Where checkpoints are kept, how often they are made and how many stay.

    Parameters
    ----------
    model_dir : str or Path
        Folder, made where it is missing. One fit at a time may use it.
    save_freq : int or "epoch", default="epoch"
        Number of steps from one checkpoint to the next, or one after every epoch.
    save_seconds : float, default=None
        Seconds from one checkpoint to the next, instead of steps or epochs.
    keep : int, default=5
        How many of the newest stay. The best epoch's, ``best.model``, stays in any case.

    Raises
    ------
    ValueError
        For settings that contradict each other.

    See Also
    --------
    latest_checkpoint : Finds the newest one.

    Examples
    --------
    >>> import tempfile
    >>> from estimators import Checkpoints, DNNClassifier, load_model
    >>> from sklearn.datasets import load_iris
    >>> X, y = load_iris(return_X_y=True)
    >>> checkpoints = Checkpoints(tempfile.mkdtemp(), keep=2)
    >>> model = DNNClassifier(epochs=5, model_dir=checkpoints, random_state=0).fit(X, y)
    >>> sorted(path.name for path in checkpoints.folder.glob("*.model"))
    ['best.model', 'checkpoint-00000020.model', 'checkpoint-00000025.model']
    >>> bool((load_model(checkpoints.folder).predict(X) == model.predict(X)).all())
    True

    References
    ----------
    ``tf.estimator.RunConfig``; ``keras.callbacks.BackupAndRestore`` for `save_freq`.
    """

    def __init__(
        self,
        model_dir: str | Path,
        save_freq: int | str = "epoch",
        save_seconds: float | None = None,
        keep: int = 5,
    ) -> None:
        self.model_dir = model_dir
        self.save_freq = save_freq
        self.save_seconds = save_seconds
        self.keep = keep
        if self.save_freq != "epoch" and not (
            isinstance(self.save_freq, int) and self.save_freq > 0
        ):
            raise ValueError(
                f"save_freq must be 'epoch' or a number of steps of at least 1, not "
                f"{self.save_freq!r}."
            )
        if self.save_seconds is not None and (self.save_freq != "epoch" or self.save_seconds < 0):
            raise ValueError(
                f"save_seconds={self.save_seconds!r} must be at least 0 and stands instead of "
                "save_freq; give one of the two."
            )
        if not (isinstance(self.keep, int) and self.keep > 0):
            raise ValueError(f"keep must be at least 1, not {self.keep!r}.")

    @property
    def folder(self) -> Path:
        """`model_dir` as a path."""
        return Path(self.model_dir)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Checkpoints) and vars(self) == vars(other)

    __hash__ = None

    def __repr__(self) -> str:
        settings = ", ".join(f"{name}={value!r}" for name, value in vars(self).items())
        return f"Checkpoints({settings})"


def latest_checkpoint(model_dir: str | Path) -> Path | None:
    """Return the newest checkpoint in a folder.

    Parameters
    ----------
    model_dir : str or Path

    Returns
    -------
    Path or None
        None where there is none.

    Examples
    --------
    >>> import tempfile
    >>> from estimators import latest_checkpoint
    >>> latest_checkpoint(tempfile.mkdtemp()) is None
    True

    References
    ----------
    ``tf.train.latest_checkpoint``.
    """
    found = _checkpoints(Path(model_dir))
    return found[-1] if found else None


def newest_checkpoint(model_dir: Path) -> Path:
    """Return the newest checkpoint, or raise."""
    found = latest_checkpoint(model_dir)
    if found is None:
        raise FileNotFoundError(
            f"The folder {str(model_dir)!r} holds no checkpoint; give the file of a saved "
            "estimator, or the model_dir of a fit."
        )
    return found


def _checkpoints(folder: Path) -> list[Path]:
    numbered = [(_NAME.fullmatch(path.name), path) for path in folder.glob("checkpoint-*.model")]
    return [path for _, path in sorted((int(m[1]), path) for m, path in numbered if m)]


@dataclass
class Interrupted:
    """What a checkpoint knows of the fit that made it."""

    session: Session
    progress: Progress
    parameters: dict[str, str]
    data: str


class Folder:
    """The `model_dir` of one fit, locked against others.

    Parameters
    ----------
    settings : Checkpoints
    """

    def __init__(self, settings: Checkpoints) -> None:
        self.settings = settings
        self.path = settings.folder

    def interrupted(self, estimator: KerasEstimator) -> Interrupted | None:
        """Return where an earlier fit got to, None where it left no checkpoint.

        Raises
        ------
        ValueError
            Where it had other parameters than `estimator`.
        """
        found = self._found()
        now = digests_of(estimator)
        for name, digest in found.parameters.items() if found else ():
            if now.get(name) != digest:
                raise ValueError(
                    f"{name}={getattr(estimator, name, None)!r} is not what the fit in model_dir="
                    f"{str(self.path)!r} was begun with; set it back, or start anew in another "
                    "folder."
                )
        return found

    def recorder(
        self,
        estimator: KerasEstimator,
        builder: KerasEstimator,
        data: str,
        interrupted: Interrupted | None,
        *,
        continued: bool,
    ) -> CheckpointRecorder:
        """Return what writes the checkpoints of a fit, after making room for them.

        Parameters
        ----------
        estimator, builder : KerasEstimator
            As a fit leaves them, but for the session.
        data : str
            Digest of the rows.
        interrupted : Interrupted or None
            The fit that is to be finished.
        continued : bool
            Whether the fit goes on from an earlier one in this process.
        """
        if interrupted is not None and data != interrupted.data:
            raise ValueError(
                f"The rows or targets are not those that the fit in model_dir={str(self.path)!r} "
                "was begun with; resume with the same data in the same order, or start anew in "
                "another folder."
            )
        if interrupted is None and not continued:
            self._clear()
        kept = copy(estimator)
        vars(kept).pop("session_", None)
        # Callbacks know more of this process than a file can hold.
        kept.callbacks = kept.warm_start_from = None
        kept.builder_ = builder
        return CheckpointRecorder(self.settings, kept, data)

    def _found(self) -> Interrupted | None:
        newest = latest_checkpoint(self.path)
        if newest is None:
            return None
        session, kept = read_parts(newest, (SESSION, _PROGRESS))
        parameters, data = kept.pop("parameters"), kept.pop("data")
        kept["best"] = Best(**kept["best"])
        progress = Progress(state=session.state, history=session.history.copy(), **kept)
        return Interrupted(session, progress, parameters, data)

    def _clear(self) -> None:
        """Remove the checkpoints of an earlier fit, unless it was interrupted."""
        found = self._found()
        if found is not None and not found.progress.is_complete:
            raise ValueError(
                f"model_dir={str(self.path)!r} holds the checkpoints of a fit that was interrupted "
                f"in epoch {found.progress.epoch + 1}; continue it by fit(..., resume=True), or "
                "delete the folder."
            )
        # The newest goes first: what is left of a fit that ended never looks like one that began.
        for path in (*reversed(_checkpoints(self.path)), self.path / _BEST):
            path.unlink(missing_ok=True)


@contextmanager
def opened(model_dir: str | Path | Checkpoints | None, *, resume: bool) -> Iterator[Folder | None]:
    """Lock the folder of `model_dir` for one fit; yield None where there is none.

    Raises
    ------
    ValueError
        Where `resume` has no folder to resume from.
    RuntimeError
        Where another fit is using the folder.
    """
    if model_dir is None:
        if resume:
            raise ValueError(
                "resume=True continues a fit from its checkpoints; say by model_dir= where."
            )
        yield None
        return
    settings = model_dir if isinstance(model_dir, Checkpoints) else Checkpoints(model_dir)
    settings.folder.mkdir(parents=True, exist_ok=True)
    lock = filelock.FileLock(settings.folder / _LOCK, timeout=0, is_singleton=False)
    try:
        lock.acquire()
    except filelock.Timeout:
        raise RuntimeError(
            f"Another fit is writing its checkpoints to model_dir={str(settings.folder)!r}; wait "
            "for it, or give each fit a folder of its own."
        ) from None
    try:
        yield Folder(settings)
    finally:
        lock.release()


def digests_of(estimator: KerasEstimator) -> dict[str, str]:
    """Return a digest of each parameter that decides what a fit ends with."""
    return {
        name: _digest(name, value)
        for name, value in estimator.get_params(deep=False).items()
        if name not in _FREE and not (name == "random_state" and hasattr(value, "get_state"))
    }


def _digest(name: str, value: Any) -> str:
    members = Writer(name).write(value)
    return hashlib.sha256(b"".join(members[key] for key in sorted(members))).hexdigest()


class CheckpointRecorder:
    """Writes a checkpoint whenever one is due.

    Parameters
    ----------
    settings : Checkpoints
    estimator : KerasEstimator
        Fitted but for its session.
    data : str
        Digest of the rows.
    """

    new_session: Callable[[State, History], Session]

    def __init__(self, settings: Checkpoints, estimator: KerasEstimator, data: str) -> None:
        self.steps_between = settings.save_freq if settings.save_freq != "epoch" else None
        self.seconds_between = settings.save_seconds
        self._settings = settings
        # What training leaves as it is, is encoded once.
        self._members = {MANIFEST: manifest_of(estimator), **Writer(ESTIMATOR).write(estimator)}
        self._fit = {"parameters": digests_of(estimator), "data": data}
        self._last_time = time.monotonic()
        self._last: tuple[Progress, Path] | None = None

    def is_due(self, iteration: int, *, ends_epoch: bool) -> bool:
        """Return whether a checkpoint should be written after so many steps."""
        if self.seconds_between is not None:
            return time.monotonic() - self._last_time >= self.seconds_between
        if self.steps_between is not None:
            return iteration % self.steps_between == 0
        return ends_epoch

    def keep(self, progress: Progress, *, is_best: bool) -> None:
        """Write a checkpoint, and remove those that are too old."""
        session = self.new_session(progress.state, progress.history)
        path = self._settings.folder / f"checkpoint-{session.iterations:08d}.model"
        content = self._content(session, progress)
        if is_best:
            # Before the other: a fit that goes on from there knows that this epoch was the best.
            write_atomically(path.with_name(_BEST), content)
        write_atomically(path, content)
        for old in _checkpoints(self._settings.folder)[: -self._settings.keep]:
            old.unlink(missing_ok=True)
        self._last_time = time.monotonic()
        self._last = progress, path

    def finish(self, session: Session) -> None:
        """Let the newest checkpoint predict as the fit does that went back to its best epoch."""
        if self._last is not None:
            progress, path = self._last
            write_atomically(path, self._content(session, progress))

    def _content(self, session: Session, progress: Progress) -> bytearray:
        kept = {
            name: value
            for name, value in vars(progress).items()
            if name not in ("state", "history")
        }
        kept |= {"best": vars(progress.best), **self._fit}
        return packed(
            {
                **self._members,
                **Writer(SESSION).write(session),
                **Writer(_PROGRESS).write(kept),
            }
        )
