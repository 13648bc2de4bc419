"""What a checkpoint knows of the fit that made it, and whether that fit can go on."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import keras
from sklearn.base import BaseEstimator

from estimators.engine.architecture import Architecture
from estimators.engine.loop.progress import Best, Progress
from estimators.engine.trained_network import TrainedNetwork
from estimators.persistence.archive import ModelFileError
from estimators.persistence.checkpoints import Checkpoints, latest_checkpoint, member_folders
from estimators.persistence.model_file import SESSION, read_parts
from estimators.persistence.serialization.attribute_types import fits
from estimators.persistence.serialization.schemas import PROGRESS as TYPES
from estimators.persistence.serialization.trusted import Known
from estimators.persistence.trained_check import check_finite, check_shapes

PROGRESS = "progress"
# What callbacks were called in checkpoints of version 0.1.0.
_RENAMED = {"_FitLog 0": "FitLog 0", "_ParameterLog 0": "ParameterLog 0"}


class BegunFit(NamedTuple):
    """A fit that was interrupted.

    Attributes
    ----------
    progress : Progress
    parameters : dict of str to str
        Digests of what decided it.
    data : str
        Digest of its rows.
    seed : int
        From which those of members were drawn.
    """

    progress: Progress
    parameters: dict[str, str]
    data: str
    seed: int

    def check(
        self,
        architecture: Architecture,
        estimator: BaseEstimator,
        callbacks: Sequence[keras.callbacks.Callback],
    ) -> None:
        """Raise where a fit of this network, with these callbacks, cannot go on from here.

        Raises
        ------
        ModelFileError
        """
        network = architecture.new_network()
        for weights in (self.progress.trained.weights, self.progress.best_weights):
            if weights:
                check_shapes(network, weights)
        places = [os.path.abspath(text) for text in _own_paths(estimator, callbacks)]
        for text in _texts(self.progress.callbacks):
            if os.path.basename(text) != text and not _lies_in(text, places):
                raise ModelFileError(
                    f"The checkpoint would let a callback act on {text!r}, which no parameter and "
                    "no callback of this fit names; start anew in another folder."
                )


def begun_in(folder: Path) -> dict[int | None, BegunFit]:
    """Return where an earlier fit got to, with each of its members or, under None, with its one."""
    folders = member_folders(folder) or {None: folder}
    begun = {member: _newest_in(path) for member, path in folders.items()}
    return {member: fit for member, fit in begun.items() if fit is not None}


def interruption(folder: Path) -> str | None:
    """Return in words where an earlier fit was interrupted, None where it ended or never began."""
    members = member_folders(folder)
    if members and latest_checkpoint(folder) is None:
        return f"member {max(members) + 1}"
    begun = begun_in(folder)
    return next(
        (
            f"epoch {fit.progress.epoch + 1}"
            for fit in begun.values()
            if not fit.progress.is_complete
        ),
        None,
    )


def _newest_in(folder: Path) -> BegunFit | None:
    newest = latest_checkpoint(folder)
    return None if newest is None else read_parts(newest, (SESSION, PROGRESS), together=_begun)


def _begun(parts: list[Any], known: Known) -> BegunFit:
    trained, kept = parts
    if isinstance(kept, dict) and isinstance(trained, TrainedNetwork):
        # Checkpoints of version 0.1.0 are those of single networks.
        kept.setdefault("seed", trained.seed)
    if (
        not isinstance(trained, TrainedNetwork)
        or not isinstance(kept, dict)
        or kept.keys() != TYPES.keys()
        or not all(fits(value, TYPES[name], known.size) for name, value in kept.items())
    ):
        raise ModelFileError("The file holds no progress of a fit; take another checkpoint.")
    check_finite(trained)
    parameters, data, seed = (kept.pop(name) for name in ("parameters", "data", "seed"))
    kept["best"] = Best(**kept["best"])
    kept["callbacks"] = {
        _RENAMED.get(name, name): kept["callbacks"][name] for name in kept["callbacks"]
    }
    trained = trained.replaced(history=trained.history.copy())
    return BegunFit(Progress(trained=trained, **kept), parameters, data, seed)


def _own_paths(
    estimator: BaseEstimator, callbacks: Sequence[keras.callbacks.Callback]
) -> Iterator[str | Path]:
    for owner in (estimator, *callbacks):
        for value in vars(owner).values():
            value = value.model_dir if isinstance(value, Checkpoints) else value
            if isinstance(value, str | Path):
                yield value


def _texts(values: Any) -> Iterator[str]:
    if isinstance(values, str):
        yield values
    elif isinstance(values, dict | list):
        for value in values.values() if isinstance(values, dict) else values:
            yield from _texts(value)


def _lies_in(text: str, places: Sequence[str]) -> bool:
    path = os.path.abspath(text)
    return any(path == place or path.startswith(place.rstrip(os.sep) + os.sep) for place in places)
