"""Weights in Keras's files, by name, and as the start of another training."""

import resource
import shutil
import signal
import subprocess
from contextlib import contextmanager

import keras
import numpy as np
import pytest
from fitted_cases import CASES, GO_ON, IMAGES, TABLE, THREE, TWO, VALUES, X, fitted
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import cross_val_score

from estimators import DNNClassifier, DNNRegressor, ImageClassifier
from estimators.persistence.archive import ModelFileError

STATISTICS = ("gamma", "beta", "moving_mean", "moving_variance")
DEEP = DNNRegressor(
    numeric_embedding=None,
    hidden_units=(8, 4),
    batch_norm=True,
    epochs=3,
    jit_compile=False,
    random_state=0,
)


@pytest.mark.parametrize("name", GO_ON)
def test_weights_find_their_way_into_an_untrained_estimator(name, tmp_path):
    model, rows, target = fitted(name)
    model.save_weights(tmp_path / "model.weights.h5")
    untrained = clone(model).set_params(epochs=0, random_state=1).fit(rows, target)
    assert untrained.n_iter_ == 0
    untrained.load_weights(tmp_path / "model.weights.h5")
    np.testing.assert_array_equal(
        [*untrained.trained_.named_weights], [*model.trained_.named_weights]
    )
    for weight, reference in zip(
        untrained.trained_.named_weights.values(), model.trained_.named_weights.values()
    ):
        np.testing.assert_array_equal(weight, reference)


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("suffix", [".keras", ".h5", ".weights.h5"])
def test_keras_saves_and_loads_the_network(name, suffix, tmp_path):
    model, _, _ = fitted(name)
    network, path = model.network_, tmp_path / f"network{suffix}"
    if suffix == ".weights.h5":
        network.save_weights(path)
        again = clone_of(network)
        again.load_weights(path)
    else:
        network.save(path)
        again = keras.models.load_model(path, compile=False)
    for weight, reference in zip(again.weights, network.weights, strict=True):
        np.testing.assert_array_equal(weight.numpy(), reference.numpy())


def clone_of(network):
    return keras.models.clone_model(network)


def test_an_unfitted_estimator_starts_from_the_weights(tmp_path):
    path = tmp_path / "first.weights.h5"
    first = clone(DEEP).fit(X, VALUES)
    first.save_weights(path)
    model = clone(DEEP).set_params(epochs=0).load_weights(path)
    np.testing.assert_array_equal(model.fit(X, VALUES).predict(X), first.predict(X))
    # Once: the next fit is a fit like any other.
    model.set_params(epochs=3).fit(X, VALUES)
    np.testing.assert_array_equal(model.predict(X), first.predict(X))


@pytest.mark.parametrize(
    ("hidden_units", "message"),
    [
        ((9, 4), r"has shape \(3, 8\) for 'dense/kernel' and the network \(3, 9\)"),
        ((8, 4, 2), "holds 12 arrays of weights and the network has 17"),
    ],
)
def test_other_architectures_are_refused(hidden_units, message, tmp_path):
    path = tmp_path / "deep.weights.h5"
    clone(DEEP).fit(X, VALUES).save_weights(path)
    other = clone(DEEP).set_params(hidden_units=hidden_units)
    with pytest.raises(ValueError, match=message):
        clone(other).load_weights(path).fit(X, VALUES)
    other.fit(X, VALUES)
    before = other.predict(X)
    with pytest.raises(ValueError, match=message):
        other.load_weights(path)
    np.testing.assert_array_equal(other.predict(X), before)


def test_files_that_are_no_weights(tmp_path):
    model = clone(DEEP).fit(X, VALUES)
    with pytest.raises(ValueError, match=r"must end in '.weights.h5'"):
        model.save_weights(tmp_path / "model.h5")
    with pytest.raises(FileNotFoundError, match="There is no file"):
        model.load_weights(tmp_path / "none.weights.h5")
    with pytest.raises(FileNotFoundError, match="There is no file"):
        clone(DEEP).load_weights(tmp_path / "none.weights.h5")
    (tmp_path / "bad.weights.h5").write_bytes(b"weights")
    with pytest.raises(ModelFileError, match="damaged or no file of Keras weights"):
        model.load_weights(tmp_path / "bad.weights.h5")
    (tmp_path / "bad.keras").write_bytes(b"weights")
    with pytest.raises(ValueError, match=r"must end in '.weights.h5'"):
        model.load_weights(tmp_path / "bad.keras")
    assert not list(tmp_path.glob(".*"))


@contextmanager
def full_disk(folder):
    """A folder with room for 64 KiB: a file system of its own where one may be mounted."""
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(folder)]
    if shutil.which("mount") and subprocess.run(mount, capture_output=True).returncode == 0:
        try:
            yield
        finally:
            subprocess.run(["umount", str(folder)], check=True)
        return
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 16, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, handler)


def test_a_full_disk_is_told_and_leaves_the_old_weights(tmp_path):
    small = clone(DEEP).set_params(epochs=0).fit(X, VALUES)
    large = clone(DEEP).set_params(epochs=0, hidden_units=(200, 200)).fit(X, VALUES)
    path = tmp_path / "disk" / "model.weights.h5"
    with full_disk(path.parent):
        small.save_weights(path)
        before = path.read_bytes()
        for save in (large.save_weights, large.save):
            with pytest.raises(OSError, match="No space left|too large"):
                save(path)
        assert path.read_bytes() == before
        assert list(path.parent.iterdir()) == [path]


def test_variables_by_name():
    model = clone(DEEP).fit(X, VALUES)
    assert model.variable_names() == [
        "dense/kernel",
        *(f"batch_normalization/{n}" for n in ("gamma", "beta", "moving_mean", "moving_variance")),
        "dense_1/kernel",
        *(
            f"batch_normalization_1/{n}"
            for n in ("gamma", "beta", "moving_mean", "moving_variance")
        ),
        "logits/kernel",
        "logits/bias",
    ]
    np.testing.assert_array_equal(
        model.variable_value("dense_1/kernel"), model.network_.get_weights()[5]
    )
    model.variable_value("logits/bias")[:] = np.nan
    assert np.isfinite(model.predict(X)).all()
    with pytest.raises(ValueError, match=r"no weight 'dense_2/kernel': did you mean 'dense_1/ker"):
        model.variable_value("dense_2/kernel")
    with pytest.raises(NotFittedError):
        clone(DEEP).variable_names()


# Starting from another model


@pytest.mark.parametrize("kind", ["estimator", "file", "checkpoint", "folder"])
def test_a_fit_starts_from_another_model(kind, tmp_path):
    source = clone(DEEP).set_params(model_dir=tmp_path / "fit").fit(X, VALUES)
    source.save(tmp_path / "model")
    sources = {
        "estimator": source,
        "file": tmp_path / "model",
        "checkpoint": source.latest_checkpoint_,
        "folder": str(tmp_path / "fit"),
    }
    model = clone(DEEP).set_params(warm_start_from=sources[kind], epochs=0).fit(X, VALUES)
    np.testing.assert_array_equal(model.predict(X), source.predict(X))
    assert model.warm_start_report_["taken"].all()
    # The optimizer starts anew, and the source is left alone.
    assert model.trained_.iterations == 0
    assert source.n_iter_ == 3


def test_the_report_says_what_was_not_taken():
    source = clone(DEEP).fit(X, VALUES)
    kind = DNNClassifier(hidden_units=(8, 5), numeric_embedding=None, epochs=1, random_state=0)
    model = kind.set_params(warm_start_from=source)
    report = model.fit(X, THREE).warm_start_report_
    assert report.loc["dense/kernel"].tolist() == [True, (3, 8), (3, 8), ""]
    assert report.loc["dense_1/kernel"].tolist() == [False, (8, 5), (8, 4), "another shape"]
    assert report.loc["dense/bias", "reason"] == "not in the source"
    assert report.loc["batch_normalization/gamma", "reason"] == "not in this network"


def test_a_search_keeps_the_source():
    source = clone(DEEP).fit(X, VALUES)
    model = clone(DEEP).set_params(warm_start_from=source, epochs=1)
    assert clone(model).warm_start_from is source
    assert np.isfinite(cross_val_score(model, X, VALUES, cv=2)).all()


def test_a_source_without_weights_is_refused(tmp_path):
    with pytest.raises(ValueError, match="is not fitted"):
        clone(DEEP).set_params(warm_start_from=clone(DEEP)).fit(X, VALUES)
    images = ImageClassifier(filters=(4,), epochs=1).fit(IMAGES, THREE)
    with pytest.raises(ValueError, match="no weight of the same name and shape"):
        DNNClassifier(hidden_units=3, warm_start_from=images).fit(TABLE, TWO)
