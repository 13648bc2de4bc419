"""Weights on their own, in Keras's files."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from pathlib import Path

import h5py
import keras
import numpy as np

from estimators.engine.trained_members import network_of_members
from estimators.engine.variable_names import variable_names
from estimators.persistence.archive import ModelFileError, check_unpacked, write_atomically

_SUFFIX = ".weights.h5"
# Other names make Keras look for other things than an HDF5 file.
_READABLE = (".h5", ".hdf5")
# HDF5 would look for the code of any other filter beside its own.
_FILTERS = {"gzip", "lzf", None}


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
    # HDF5 notices a full disk when it closes a file, if at all; a plain file notices it at once.
    content = _InMemory()
    network.save_weights(content)
    write_atomically(path, content.getvalue())


class _InMemory(io.BytesIO):
    """A file of weights that Keras writes into memory."""

    def __str__(self) -> str:
        return _SUFFIX


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
    if not path.name.endswith(_READABLE):
        raise ValueError(f"path={str(path)!r} must end in '{_SUFFIX}', as Keras's weights do.")
    try:
        count = _count_arrays(path)
        if count == len(network.weights):
            network.load_weights(path)
    except ModelFileError:
        raise
    except ValueError as error:
        raise ValueError(f"{str(path)!r} {_misfit(str(error), network)}.") from None
    except Exception as error:  # whatever HDF5 and Keras say to bytes that they do not know
        raise ModelFileError(
            f"{str(path)!r} is damaged or no file of Keras weights ({_first_line(error)}); take "
            "another copy."
        ) from error
    if count != len(network.weights):
        raise ValueError(
            f"{str(path)!r} holds {count} arrays of weights and the network has "
            f"{len(network.weights)}; load it into an estimator of the same architecture."
        )
    for variable in network.weights:
        if variable.dtype.startswith("float") and not np.isfinite(variable.numpy()).all():
            raise ModelFileError(
                f"{str(path)!r} holds NaN or infinite weights, with which nothing can be "
                "predicted; take another copy."
            )
    return [np.array(variable.value.numpy()) for variable in network.variables]


def read_member_weights(
    network: keras.Model, path: Path, member: int, members: int
) -> list[np.ndarray]:
    """Return the weights of one of several networks, from a file of all of them or of one for all.

    Parameters
    ----------
    network : keras.Model
    path : Path
    member : int
        Counted from 0.
    members : int

    Raises
    ------
    FileNotFoundError
    ValueError
        Where the file is no such file or its weights have other shapes.
    """
    if members == 1 or not _holds(path, members * len(network.weights)):
        return read_weights(network, path)
    whole = network_of_members([keras.models.clone_model(network) for _ in range(members)])
    count = len(network.variables)
    return read_weights(whole, path)[member * count : (member + 1) * count]


def _holds(path: Path, count: int) -> bool:
    try:
        return _count_arrays(path) == count
    except (OSError, ValueError, KeyError, RuntimeError):  # `read_weights` says what is wrong
        return False


def _count_arrays(path: Path) -> int:
    """Return the number of weights in a file that holds all of them itself."""
    count = unpacked = 0
    with h5py.File(path) as file:
        for name, array in _arrays(file, path):
            unpacked += array.nbytes
            # States of random generators are no weights.
            count += not re.search("^optimizer/|seed_generator", name)
    check_unpacked(unpacked, path.stat().st_size)
    return count


def _arrays(file: h5py.File, path: Path) -> Iterator[tuple[str, h5py.Dataset]]:
    """Yield every array by its name.

    Raises
    ------
    ModelFileError
        Where a part of it lies in another file, or needs code that HDF5 has not.
    """
    pending = [("", file)]
    seen = set()
    while pending:
        place, group = pending.pop()
        for part in group:
            name = f"{place}/{part}".lstrip("/")
            if not isinstance(group.get(part, getlink=True), h5py.HardLink):
                raise ModelFileError(f"{str(path)!r} holds a link {name!r}; take another copy.")
            item = group[part]
            address = h5py.h5o.get_info(item.id).addr
            if address in seen:
                raise ModelFileError(f"{str(path)!r} holds {name!r} twice; take another copy.")
            seen.add(address)
            if isinstance(item, h5py.Group):
                pending.append((name, item))
            elif isinstance(item, h5py.Dataset):
                if item.external or item.is_virtual or item.compression not in _FILTERS:
                    raise ModelFileError(
                        f"{str(path)!r} holds {name!r} in another file or form; take another copy."
                    )
                yield name, item


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
