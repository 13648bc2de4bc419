"""A fit that keeps checkpoints while it trains, and goes on from those that it finds.

A checkpoint is the file of a saved estimator, as it would be had the training ended there, with
one part more: the progress of the fit. Of several members each has a folder of its own; all of them
together are a checkpoint once the last one is trained.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Sequence
from copy import copy
from pathlib import Path
from typing import Any

import filelock
import keras
from sklearn.base import BaseEstimator

from estimators.base.fit_extension import EncodedFit, FitExtension, FitRequest
from estimators.engine.loop.progress import Progress
from estimators.engine.loop.training_observer import Moment, TrainingObserver
from estimators.engine.trained_network import TrainedNetwork
from estimators.persistence.archive import packed, write_atomically
from estimators.persistence.begun_fit import PROGRESS, BegunFit, begun_in, interruption
from estimators.persistence.checkpoints import (
    Checkpoints,
    checkpoint_name,
    checkpoints_in,
    folder_of,
    member_folders,
)
from estimators.persistence.model_file import (
    ESTIMATOR,
    MANIFEST,
    SESSION,
    manifest_of,
    save_model,
)
from estimators.persistence.serialization.serializer import Writer

_BEST = "best.model"
_LOCK = ".lock"
# What may differ between a fit that was interrupted and the one that goes on.
_FREE = (
    *("epochs", "callbacks", "verbose", "model_dir", "log_dir", "warm_start", "warm_start_from"),
    "n_jobs",
)


class Checkpointing(FitExtension):
    """Keeps checkpoints in `model_dir`, which is locked against other fits meanwhile.

    Raises
    ------
    ValueError
        Where a fit is to be resumed and there is no folder to resume from, or where it was begun
        with other parameters or rows.
    RuntimeError
        Where another fit is using the folder.
    """

    def __init__(self, estimator: BaseEstimator, request: FitRequest) -> None:
        super().__init__(estimator, request)
        given = estimator.model_dir
        is_folder = given is not None and not isinstance(given, Checkpoints)
        self._settings = Checkpoints(given) if is_folder else given
        self._begun: dict[int | None, BegunFit] = {}
        self._lock: filelock.BaseFileLock | None = None

    def __enter__(self) -> Checkpointing:
        if self._settings is None:
            if self.request.resume:
                raise ValueError(
                    "resume=True continues a fit from its checkpoints; say by model_dir= where."
                )
            return self
        self._lock = _locked(self._settings.folder)
        try:
            if self.request.resume:
                self._begun = begun_in(self._settings.folder)
                for begun in self._begun.values():
                    self._check_parameters(begun)
                    self.seed = begun.seed
        except BaseException:
            self._lock.release()
            raise
        return self

    def __exit__(self, *exception: object) -> None:
        if self._lock is not None:
            self._lock.release()

    def progress(self, member: int | None) -> Progress | None:
        """Return where the training of a member was interrupted."""
        return self._begun[member].progress if member in self._begun else None

    def callbacks(
        self, fit: EncodedFit, others: Sequence[keras.callbacks.Callback]
    ) -> list[keras.callbacks.Callback]:
        """Return what writes the checkpoints, after making room for them."""
        if self._settings is None:
            return []
        settings, begun = self._settings, self._begun.get(fit.member)
        data = fit.training.digest()
        if begun is not None and data != begun.data:
            raise ValueError(
                "The rows or targets are not those that the fit in "
                f"model_dir={str(settings.folder)!r} was begun with; resume with the same "
                "data in the same order, or start anew in another folder."
            )
        if begun is not None:
            begun.check(fit.architecture, self.estimator, others)
        elif not self._begun and not fit.member and not self.request.continued:
            _clear(settings.folder)
        kept = copy(fit.estimator)
        vars(kept).pop("trained_", None)
        # Callbacks know more of this process than a file can hold.
        kept.callbacks = kept.warm_start_from = None
        kept.builder_ = fit.builder
        if fit.member is not None:
            settings = copy(settings)
            settings.model_dir = folder_of(settings.folder, fit.member)
            settings.folder.mkdir(exist_ok=True)
        return [CheckpointWriter(settings, kept, data, fit.seed)]

    def keep(self, estimator: BaseEstimator) -> None:
        """Write all members into one checkpoint, from which `load_model` restores them."""
        if self._settings is None or estimator.members == 1:
            return
        kept = copy(estimator)
        kept.callbacks = kept.warm_start_from = None
        number = estimator.trained_.iterations
        folder = self._settings.folder
        save_model(kept, folder / checkpoint_name(number))
        for old in checkpoints_in(folder)[: -self._settings.keep]:
            old.unlink()

    def _check_parameters(self, begun: BegunFit) -> None:
        now = digests_of(self.estimator)
        for name, digest in begun.parameters.items():
            if now.get(name) != digest:
                raise ValueError(
                    f"{name}={getattr(self.estimator, name, None)!r} is not what the fit in "
                    f"model_dir={str(self._settings.folder)!r} was begun with; set it back, or "
                    "start anew in another folder."
                )


def _locked(folder: Path) -> filelock.BaseFileLock:
    folder.mkdir(parents=True, exist_ok=True)
    lock = filelock.FileLock(folder / _LOCK, timeout=0, is_singleton=False)
    try:
        lock.acquire()
    except filelock.Timeout:
        raise RuntimeError(
            f"Another fit is writing its checkpoints to model_dir={str(folder)!r}; wait for it, "
            "or give each fit a folder of its own."
        ) from None
    return lock


def _clear(folder: Path) -> None:
    """Remove the checkpoints of an earlier fit, unless it was interrupted."""
    place = interruption(folder)
    if place is not None:
        raise ValueError(
            f"model_dir={str(folder)!r} holds the checkpoints of a fit that was interrupted in "
            f"{place}; continue it by fit(..., resume=True), or delete the folder."
        )
    # The newest goes first: what is left of a fit that ended never looks like one that began.
    for each in (*member_folders(folder).values(), folder):
        for path in (*reversed(checkpoints_in(each)), each / _BEST):
            path.unlink(missing_ok=True)


def digests_of(estimator: BaseEstimator) -> dict[str, str]:
    """Return a digest of each parameter that decides what a fit ends with."""
    return {
        name: _digest(name, value)
        for name, value in estimator.get_params(deep=False).items()
        if name not in _FREE and not (name == "random_state" and hasattr(value, "get_state"))
    }


def _digest(name: str, value: Any) -> str:
    members = Writer(name).write(value)
    return hashlib.sha256(b"".join(members[key] for key in sorted(members))).hexdigest()


class CheckpointWriter(TrainingObserver):
    """Writes a checkpoint whenever one is due.

    Parameters
    ----------
    settings : Checkpoints
    estimator : KerasEstimator
        Fitted but for its network.
    data : str
        Digest of the rows.
    seed : int
        Of the fit, from which those of members are drawn.
    """

    def __init__(
        self, settings: Checkpoints, estimator: BaseEstimator, data: str, seed: int
    ) -> None:
        super().__init__()
        self.steps_between = settings.save_freq if settings.save_freq != "epoch" else None
        self.looks_at_clock = bool(settings.save_seconds)
        self._settings = settings
        # What training leaves as it is, is encoded once.
        self._members = {MANIFEST: manifest_of(estimator), **Writer(ESTIMATOR).write(estimator)}
        self._fit = {"parameters": digests_of(estimator), "data": data, "seed": seed}
        self._last_time = time.monotonic()
        self._last: tuple[Progress, Path] | None = None

    def on_moment(self, moment: Moment) -> None:
        """Write a checkpoint if one is due, the fit is over, or its best epoch ends."""
        if moment.is_best or (moment.ends_epoch and moment.is_over) or self._is_due(moment):
            self._write(moment.progress(), is_best=moment.is_best)

    def on_best_restored(self, trained: TrainedNetwork) -> None:
        """Let the newest checkpoint predict as the fit does that went back to its best epoch."""
        if self._last is not None:
            progress, path = self._last
            write_atomically(path, self._content(trained, progress))

    def _is_due(self, moment: Moment) -> bool:
        if self._settings.save_seconds is not None:
            return time.monotonic() - self._last_time >= self._settings.save_seconds
        if self.steps_between is not None:
            return moment.iteration % self.steps_between == 0
        return moment.ends_epoch

    def _write(self, progress: Progress, *, is_best: bool) -> None:
        """Write a checkpoint, and remove those that are too old."""
        path = self._settings.folder / checkpoint_name(progress.trained.iterations)
        content = self._content(progress.trained, progress)
        if is_best:
            # Before the other: a fit that goes on from there knows that this epoch was the best.
            write_atomically(path.with_name(_BEST), content)
        write_atomically(path, content)
        for old in checkpoints_in(self._settings.folder)[: -self._settings.keep]:
            old.unlink(missing_ok=True)
        self._last_time = time.monotonic()
        self._last = progress, path

    def _content(self, trained: TrainedNetwork, progress: Progress) -> bytearray:
        kept = {name: value for name, value in vars(progress).items() if name != "trained"}
        kept |= {"best": vars(progress.best), **self._fit}
        return packed(
            {
                **self._members,
                **Writer(SESSION).write(trained),
                **Writer(PROGRESS).write(kept),
            }
        )
