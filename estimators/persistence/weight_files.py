"""Weights on their own, in Keras's files."""

from __future__ import annotations

import re
from pathlib import Path

import h5py
import keras
import numpy as np

from estimators.engine.variable_names import variable_names
from estimators.files import replacing
from estimators.persistence.archive import ModelFileError

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
    with replacing(path) as temporary:
        network.save_weights(temporary)


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
