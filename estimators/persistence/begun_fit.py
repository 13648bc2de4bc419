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
from estimators.persistence.archive import ModelFileError
from estimators.persistence.checkpoints import Checkpoints, latest_checkpoint
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
    """

    progress: Progress
    parameters: dict[str, str]
    data: str

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


def begun_in(folder: Path) -> BegunFit | None:
    """Return where an earlier fit got to, None where it left no checkpoint."""
    newest = latest_checkpoint(folder)
    return None if newest is None else read_parts(newest, (SESSION, PROGRESS), together=_begun)


def _begun(parts: list[Any], known: Known) -> BegunFit:
    trained, kept = parts
    if (
        trained is None
        or not isinstance(kept, dict)
        or kept.keys() != TYPES.keys()
        or not all(fits(value, TYPES[name], known.size) for name, value in kept.items())
    ):
        raise ModelFileError("The file holds no progress of a fit; take another checkpoint.")
    check_finite(trained)
    parameters, data = kept.pop("parameters"), kept.pop("data")
    kept["best"] = Best(**kept["best"])
    kept["callbacks"] = {
        _RENAMED.get(name, name): kept["callbacks"][name] for name in kept["callbacks"]
    }
    trained = trained.replaced(history=trained.history.copy())
    return BegunFit(Progress(trained=trained, **kept), parameters, data)


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
