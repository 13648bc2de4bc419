"""The weights of one model as the start of another: `warm_start_from`, and `load_weights`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator

from estimators.base.fit_extension import FitExtension
from estimators.engine.variable_names import variable_names
from estimators.persistence.model_file import SESSION, read_parts
from estimators.persistence.trained_check import check_finite
from estimators.persistence.weight_files import read_member_weights


class WarmStart(FitExtension):
    """Replaces fresh weights where training begins anew, and reports what was taken."""

    _chosen: WeightsByName | WeightsOfFile | None = None

    def initial_weights(self, member: int | None) -> WeightsByName | WeightsOfFile | None:
        """Return what replaces fresh weights: those of `load_weights` or of `warm_start_from`."""
        if hasattr(self.estimator, "_weights_file"):
            self._chosen = WeightsOfFile(
                self.estimator._weights_file, member or 0, self.estimator.members
            )
        elif self.estimator.warm_start_from is not None:
            self._chosen = WeightsByName(weights_of(self.estimator.warm_start_from, member or 0))
        return self._chosen

    def keep(self, estimator: BaseEstimator) -> None:
        """Keep the report, and forget the file of `load_weights`, which has served."""
        vars(estimator).pop("_weights_file", None)
        if isinstance(self._chosen, WeightsByName):
            estimator.warm_start_report_ = self._chosen.report


def weights_of(source: BaseEstimator | str | Path, member: int) -> dict[str, np.ndarray]:
    """Return the weights of a fitted estimator, a saved one or a checkpoint, by name.

    Where the source has several members, they are those of the same member, beginning anew after
    its last.

    Raises
    ------
    ValueError
        Where the source has not been fitted.
    """
    if hasattr(source, "variable_value"):
        trained = getattr(source, "trained_", None)
    else:
        (trained,) = read_parts(source, (SESSION,))
    if trained is None:
        raise ValueError(f"warm_start_from={source!r} has no weights: it is not fitted; fit it.")
    check_finite(trained)
    return trained.members[member % len(trained.members)].named_weights


class WeightsByName:
    """Replaces fresh weights by those of another model, where name and shape agree.

    Parameters
    ----------
    weights : mapping of str to ndarray

    Attributes
    ----------
    report : DataFrame
        A row for every weight of either model: whether it was taken, both shapes, and why not.
    """

    def __init__(self, weights: Mapping[str, np.ndarray]) -> None:
        self._weights = weights
        self.report = pd.DataFrame()

    def __call__(self, network: keras.Model, fresh: Sequence[np.ndarray]) -> list[np.ndarray]:
        """Return the weights to begin with."""
        names = variable_names(network)
        given = self._weights
        chosen = [
            given[name].copy() if name in given and given[name].shape == weight.shape else weight
            for name, weight in zip(names, fresh, strict=True)
        ]
        wanted = {name: w.shape for name, w in zip(names, fresh, strict=True) if name is not None}
        self.report = pd.DataFrame(
            [
                _report(name, wanted.get(name), given[name].shape if name in given else None)
                for name in dict.fromkeys([*wanted, *given])
            ]
        ).set_index("name")
        if not self.report["taken"].any():
            raise ValueError(
                "warm_start_from has no weight of the same name and shape as one of this network; "
                f"there: {_shapes(given)}; here: {_shapes(dict(zip(names, fresh, strict=True)))}."
            )
        return chosen


def _report(name: str, here: tuple | None, there: tuple | None) -> dict[str, Any]:
    if here is None:
        reason = "not in this network"
    elif there is None:
        reason = "not in the source"
    else:
        reason = "" if here == there else "another shape"
    return {
        "name": name,
        "taken": not reason,
        "shape": here,
        "source_shape": there,
        "reason": reason,
    }


def _shapes(weights: Mapping[str | None, np.ndarray]) -> str:
    return ", ".join(f"{name} {w.shape}" for name, w in weights.items() if name is not None)


class WeightsOfFile:
    """Replaces fresh weights by those of a file of Keras's, all of them.

    Parameters
    ----------
    path : Path
    member : int, default=0
        Whose weights, where the file holds those of several networks.
    members : int, default=1
        How many networks begin from the file.
    """

    def __init__(self, path: Path, member: int = 0, members: int = 1) -> None:
        self._path = path
        self._place = member, members

    def __call__(self, network: keras.Model, fresh: Sequence[np.ndarray]) -> list[np.ndarray]:
        """Return the weights to begin with."""
        for variable, weight in zip(network.variables, fresh, strict=True):
            variable.assign(weight)
        return read_member_weights(network, self._path, *self._place)
