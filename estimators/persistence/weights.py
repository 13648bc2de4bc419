"""Weights on their own: in Keras's files, and from one model into the start of another."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import h5py
import keras
import numpy as np
import pandas as pd

from estimators.engine.variable_names import variable_names
from estimators.persistence.archive import ModelFileError
from estimators.persistence.model_file import SESSION, read_parts

if TYPE_CHECKING:
    from estimators.base.estimator import KerasEstimator

_SUFFIX = ".weights.h5"


def write_weights(network: keras.Model, path: str | Path) -> None:
    """Write the weights of `network` in Keras's format, at once.

    Raises
    ------
    ValueError
        Where the name does not end in ``.weights.h5``, by which Keras knows the format.
    """
    path = Path(path)
    if not path.name.endswith(_SUFFIX):
        raise ValueError(f"path={str(path)!r} must end in '{_SUFFIX}', as Keras's weights do.")
    temporary = path.with_name(f".{secrets.token_hex(8)}{_SUFFIX}")
    try:
        network.save_weights(temporary)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def read_weights(network: keras.Model, path: str | Path) -> list[np.ndarray]:
    """Return the weights in a file of Keras's, in the order of ``network.variables``.

    Raises
    ------
    FileNotFoundError
    ValueError
        Where the file is no such file or its weights have other shapes.
    """
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f"There is no file {str(path)!r}; check the path.")
    try:
        count = _count_arrays(path)
        if count == len(network.weights):
            network.load_weights(path)
    except ValueError as error:
        raise ValueError(f"{str(path)!r} {_misfit(str(error), network)}.") from None
    except (OSError, KeyError, RuntimeError) as error:
        raise ModelFileError(
            f"{str(path)!r} is damaged or no file of Keras weights ({_first_line(error)}); take "
            "another copy."
        ) from error
    if count != len(network.weights):
        raise ValueError(
            f"{str(path)!r} holds {count} arrays of weights and the network has "
            f"{len(network.weights)}; load it into an estimator of the same architecture."
        )
    return [np.array(variable.value.numpy()) for variable in network.variables]


def _count_arrays(path: Path) -> int:
    count = 0

    def visit(name: str, item: object) -> None:
        nonlocal count
        # States of random generators are no weights.
        if isinstance(item, h5py.Dataset) and not re.search("^optimizer/|seed_generator", name):
            count += 1

    with h5py.File(path) as file:
        file.visititems(visit)
    return count


def _misfit(message: str, network: keras.Model) -> str:
    shapes = re.search(
        r"variable\.shape=(\(.*?\)), Received: value\.shape=(\(.*?\)).*?path=([^,]*),", message
    )
    if shapes is None:
        return f"does not fit the network: {_first_line(message)}"
    here, there, variable = shapes.groups()
    names = dict(zip((v.path for v in network.variables), variable_names(network), strict=True))
    return (
        f"has shape {there} for {names.get(variable, variable)!r} and the network {here}; load it "
        "into an estimator of the same architecture"
    )


def _first_line(error: object) -> str:
    return str(error).partition("\n")[0].rstrip(".")


def weights_of(source: KerasEstimator | str | Path) -> dict[str, np.ndarray]:
    """Return the weights of a fitted estimator, a saved one or a checkpoint, by name.

    Raises
    ------
    ValueError
        Where the source has not been fitted.
    """
    if hasattr(source, "variable_value"):
        session = getattr(source, "session_", None)
    else:
        (session,) = read_parts(source, (SESSION,))
    if session is None:
        raise ValueError(f"warm_start_from={source!r} has no weights: it is not fitted; fit it.")
    return session.named_weights


class Start:
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


class FileStart:
    """Replaces fresh weights by those of a file of Keras's, all of them.

    Parameters
    ----------
    path : Path
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def __call__(self, network: keras.Model, fresh: Sequence[np.ndarray]) -> list[np.ndarray]:
        """Return the weights to begin with."""
        for variable, weight in zip(network.variables, fresh, strict=True):
            variable.assign(weight)
        return read_weights(network, self._path)
