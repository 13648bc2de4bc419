"""A fit that keeps checkpoints while it trains, and goes on from those that it finds.

A checkpoint is the file of a saved estimator, as it would be had the training ended there, with
one part more: the progress of the fit. Of several members each has a folder of its own; all of them
together are a checkpoint once the last one is trained.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from copy import copy
from functools import partial
from pathlib import Path
from typing import Any

import filelock
import keras
from sklearn.base import BaseEstimator

from estimators.base.fit_extension import EncodedFit, FitExtension, FitRequest
from estimators.base.fitted_attributes import as_single
from estimators.engine.loop.progress import Progress
from estimators.engine.loop.training_observer import Moment, TrainingObserver
from estimators.engine.trained_network import TrainedNetwork
from estimators.files import check_folder
from estimators.persistence.archive import packed, write_atomically
from estimators.persistence.begun_fit import PROGRESS, BegunFit, begun_in, interruption
from estimators.persistence.checkpoints import (
    Checkpoints,
    checkpoint_name,
    checkpoints_in,
    folder_of,
    member_folders,
    newest_checkpoint,
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
        Where a fit is to be resumed and there is no folder to resume from, where it was begun
        with other parameters or rows, or where the folder is a file.
    RuntimeError
        Where another fit is using the folder.
    """

    def __init__(self, estimator: BaseEstimator, request: FitRequest) -> None:
        super().__init__(estimator, request)
        given = estimator.model_dir
        is_folder = given is not None and not isinstance(given, Checkpoints)
        self._settings = Checkpoints(given) if is_folder else given
        self._begun: dict[int | None, BegunFit] = {}
        self._writers: list[CheckpointWriter] = []
        self._lock: filelock.BaseFileLock | None = None

    def __enter__(self) -> Checkpointing:
        if self._settings is None:
            if self.request.resume:
                raise ValueError(
                    "resume=True continues a fit from its checkpoints; say by model_dir= where."
                )
            return self
        check_folder(self._settings.folder, "model_dir")
        self._lock = _locked(self._settings.folder)
        try:
            if self.request.resume:
                self._begun = begun_in(self._settings.folder)
                for member, begun in self._begun.items():
                    self._check_parameters(member, begun)
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
            clear(settings.folder)
        kept = _without_process(fit.estimator)
        # An earlier fit's.
        for outcome in ("trained_", "held_out_"):
            vars(kept).pop(outcome, None)
        kept.builder_ = fit.builder
        if fit.member is not None:
            settings = copy(settings)
            settings.model_dir = folder_of(settings.folder, fit.member)
            settings.folder.mkdir(exist_ok=True)
            kept, kept.builder_ = as_single(kept), as_single(fit.builder)
        known = {"parameters": digests_of(fit.estimator), "data": data, "seed": fit.seed}
        complete = partial(self.estimator._completed, fit)
        writer = CheckpointWriter(settings, kept, known, begun and begun.progress, complete)
        self._writers.append(writer)
        return [writer]

    def keep(self, estimator: BaseEstimator) -> None:
        """Let the newest checkpoint be what the fit ended with: all members, rows held out."""
        if self._settings is None:
            return
        if estimator.members == 1:
            if estimator.held_out_ is not None:
                self._writers[0].write_again(_without_process(estimator))
            return
        folder = self._settings.folder
        path = folder / checkpoint_name(estimator.trained_.iterations)
        save_model(_without_process(estimator), path)
        for old in checkpoints_in(folder)[: -self._settings.keep]:
            old.unlink()

    def _check_parameters(self, member: int | None, begun: BegunFit) -> None:
        now = digests_of(self.estimator)
        # Version 0.1.0 knew nothing of members.
        parameters = {"members": now["members"], **begun.parameters}
        if (member is None) is not (self.estimator.members == 1):
            parameters["members"] = ""
        for name, digest in parameters.items():
            if now.get(name) != digest:
                raise ValueError(
                    f"{name}={getattr(self.estimator, name, None)!r} is not what the fit in "
                    f"model_dir={str(self._settings.folder)!r} was begun with; set it back, or "
                    "start anew in another folder."
                )


def _without_process(estimator: BaseEstimator) -> BaseEstimator:
    """Return a copy without callbacks, which know more of this process than a file can hold."""
    kept = copy(estimator)
    kept.callbacks = kept.warm_start_from = None
    return kept


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


def clear(folder: Path) -> None:
    """Remove the checkpoints of an earlier fit, unless it was interrupted.

    Parameters
    ----------
    folder : Path

    Raises
    ------
    ValueError
        Where it was interrupted.
    """
    place = interruption(folder)
    if place is not None:
        raise ValueError(
            f"model_dir={str(folder)!r} holds the checkpoints of a fit that was interrupted in "
            f"{place}; continue it by fit(..., resume=True), or delete the folder."
        )
    # The newest goes last: what is left of a fit that ended never looks like one that began.
    members = member_folders(folder).values()
    for each in (*members, folder):
        for path in (each / _BEST, *checkpoints_in(each)):
            path.unlink(missing_ok=True)
    for each in members:
        with suppress(OSError):  # somebody else's files may lie there
            each.rmdir()


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
    known : mapping of str to object
        What `BegunFit` has to know of the fit: digests of parameters and rows, the seed.
    begun : Progress or None
        What the newest checkpoint in the folder holds.
    complete : callable
        Returns a trained network with what it knows of the rows once training is over.
    """

    def __init__(
        self,
        settings: Checkpoints,
        estimator: BaseEstimator,
        known: Mapping[str, Any],
        begun: Progress | None,
        complete: Callable[[TrainedNetwork], TrainedNetwork],
    ) -> None:
        super().__init__()
        self.steps_between = settings.save_freq if settings.save_freq != "epoch" else None
        self.looks_at_clock = bool(settings.save_seconds)
        self._settings = settings
        # What training leaves as it is, is encoded once.
        self._members = _members_of(estimator)
        self._fit = known
        self._complete = complete
        self._last_time = time.monotonic()
        self._last: tuple[Progress, Path] | None = None
        if begun is not None:
            self._last = begun, newest_checkpoint(settings.folder)

    def on_moment(self, moment: Moment) -> None:
        """Write a checkpoint if one is due, the fit is over, or its best epoch ends."""
        if moment.is_best or (moment.ends_epoch and moment.is_over) or self._is_due(moment):
            self._write(moment.progress(), is_best=moment.is_best)

    def on_best_restored(self, trained: TrainedNetwork) -> None:
        """Let the newest checkpoint predict as the fit does that went back to its best epoch."""
        if self._last is not None:
            progress, path = self._last
            write_atomically(path, self._content(trained, progress))

    def write_again(self, estimator: BaseEstimator) -> None:
        """Write the newest checkpoint once more, with what the fit learned when it was over."""
        if self._last is not None:
            bare = copy(estimator)
            trained = vars(bare).pop("trained_")
            self._members = _members_of(bare)
            self.on_best_restored(trained)

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
                **Writer(SESSION).write(self._complete(trained)),
                **Writer(PROGRESS).write(kept),
            }
        )


def _members_of(estimator: BaseEstimator) -> dict[str, bytes]:
    return {MANIFEST: manifest_of(estimator), **Writer(ESTIMATOR).write(estimator)}
