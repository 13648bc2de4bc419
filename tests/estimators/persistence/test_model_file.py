"""Estimators written to one file and read back."""

import copy
import errno
import io
import os
import pickle
import re
import threading
import zipfile
from pathlib import Path

import cloudpickle
import joblib
import keras
import numpy as np
import pandas as pd
import pytest
from fitted_cases import CASES, GO_ON, X, fitted
from forging import forge
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

from estimators import DNNClassifier, KerasClassifier, KerasRegressor, load_model
from estimators.persistence.archive import ModelFileError, packed, write_atomically
from estimators.persistence.model_file import manifest_of

TRUSTED = ["fitted_cases.bring_your_own"]


@pytest.mark.parametrize("name", CASES)
def test_it_predicts_the_same_bits(name, tmp_path):
    model, X, _ = fitted(name)
    model.save(tmp_path / "model")
    again = load_model(tmp_path / "model", trusted=TRUSTED)
    assert type(again) is type(model)
    np.testing.assert_array_equal(again.predict(X), model.predict(X))
    parts = [(again, model)]
    if name not in GO_ON:
        parts = zip(again.estimators_.values(), model.estimators_.values(), strict=True)
    assert all(ours.history_ == theirs.history_ for ours, theirs in parts)
    assert described(again) == described(model)


def described(model):
    return re.sub(r" object at 0x\w+", "", repr(model))


@pytest.mark.parametrize("name", GO_ON)
def test_it_goes_on_as_if_it_had_never_stopped(name, tmp_path):
    model, X, y = fitted(name)
    model.save(tmp_path / "model")
    again = load_model(tmp_path / "model", trusted=TRUSTED)
    straight = copy.deepcopy(model)
    for one in (straight, again):
        one.set_params(warm_start=True).fit(X, y)
        if hasattr(one, "partial_fit"):
            one.partial_fit(X, y)
    for ours, theirs in zip(again.trained_.weights, straight.trained_.weights, strict=True):
        np.testing.assert_array_equal(ours, theirs)
    assert again.history_ == straight.history_


def test_an_unfitted_estimator_comes_back_unfitted(tmp_path):
    model = DNNClassifier(hidden_units=(3,), class_weight={0: 1.0, 1: 2.0}, random_state=3)
    model.save(tmp_path / "model")
    again = load_model(tmp_path / "model")
    assert again.get_params() == model.get_params()
    with pytest.raises(NotFittedError):
        again.predict(X)


@pytest.mark.parametrize("dump", [pickle.dumps, cloudpickle.dumps])
def test_a_loaded_estimator_can_be_pickled_and_searched(dump, tmp_path):
    model, rows, target = fitted("table")
    model.save(tmp_path / "model")
    again = pickle.loads(dump(load_model(tmp_path / "model")))
    np.testing.assert_array_equal(again.predict_proba(rows), model.predict_proba(rows))
    refitted = clone(again).fit(rows, target)
    np.testing.assert_array_equal(refitted.predict(rows), model.predict(rows))


# What a file can hold

VALUES_OF_PARAMETERS = {
    "numbers": {"a": 1, 2: [3.5, -np.inf], (1, "b"): {None, True}, "c": frozenset([4])},
    "texts": ("é\n\"'</script>", b"\x00\xff", Path("a/b")),
    "arrays": [np.arange(6).reshape(2, 3), np.array(["a", None, 2.5], object), np.float32(0.1)],
    "moments": [np.array(["2020-01-01", "NaT"], "datetime64[s]"), np.datetime64("2020-01-01")],
    "tables": pd.DataFrame({"a": [1.5, np.nan], "b": ["x", None]}, index=["r", "s"]),
    "columns": pd.Series(pd.array([1, None], "Int64"), name="n"),
    "categories": pd.Series(pd.Categorical(["a", None, "b"], ["b", "a"], ordered=True)),
    "keras": keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(0.1, 10)),
    "functions": [np.log1p, keras.ops.log, keras.activations.gelu, slice(1, None, 2)],
    "numpy": [np.dtype("float32"), np.float64(1e-300), np.bool_(True), np.int8(-1)],
}


@pytest.mark.parametrize("name", VALUES_OF_PARAMETERS)
def test_every_kind_of_parameter_comes_back(name, tmp_path):
    value = VALUES_OF_PARAMETERS[name]
    KerasClassifier(len, network_params={"value": value}).save(tmp_path / "model")
    again = load_model(tmp_path / "model", trusted=["builtins.len"]).network_params["value"]
    if isinstance(value, pd.Series):
        pd.testing.assert_series_equal(again, value)
        return
    if name == "keras":
        again, value = again.get_config(), value.get_config()
    assert joblib.hash(again) == joblib.hash(value)


def test_a_random_state_goes_on(tmp_path):
    random = np.random.RandomState(7)
    random.normal(size=3)
    DNNClassifier(random_state=random).save(tmp_path / "model")
    again = load_model(tmp_path / "model").random_state
    np.testing.assert_array_equal(again.normal(size=5), random.normal(size=5))


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (lambda units: None, "network is .*<lambda>, which has no name"),
        (threading.Lock(), r"network_params\['value'\] is a lock, which cannot be saved"),
    ],
)
def test_what_cannot_be_saved_is_named(value, message, tmp_path):
    path = tmp_path / "model"
    path.write_bytes(b"old")
    model = KerasClassifier(value if callable(value) else len, network_params={"value": value})
    with pytest.raises(TypeError, match=message):
        model.save(path)
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_callbacks_are_saved_or_named(tmp_path):
    plateau = keras.callbacks.ReduceLROnPlateau("loss", patience=2)
    logger = keras.callbacks.CSVLogger(tmp_path / "log.csv")
    model = DNNClassifier(epochs=3, callbacks=[logger, plateau], random_state=0).fit(X, X[:, 0] > 0)
    with pytest.warns(UserWarning, match="callback CSVLogger is left out of the file: .*csv_file"):
        model.save(tmp_path / "model")
    (again,) = load_model(tmp_path / "model").callbacks
    assert (again.patience, again.best) == (2, plateau.best)


@keras.saving.register_keras_serializable("tests")
class Doubled(keras.layers.Layer):
    def call(self, inputs):
        return 2 * inputs


def test_registered_layers_come_back_where_they_are_trusted(tmp_path):
    network = keras.Sequential([keras.Input((3,)), Doubled(), keras.layers.Dense(1)])
    model = KerasRegressor(network, epochs=1, random_state=0).fit(X, X[:, 0])
    model.save(tmp_path / "model")
    with pytest.raises(ModelFileError, match="trusted=.*Doubled"):
        load_model(tmp_path / "model")
    again = load_model(tmp_path / "model", trusted=[f"{Doubled.__module__}.Doubled"])
    np.testing.assert_array_equal(again.predict(X), model.predict(X))
    model.network_.save(tmp_path / "network.keras")
    assert isinstance(
        keras.models.load_model(tmp_path / "network.keras").layers[-1].layers[0], Doubled
    )


# Files from strangers


def test_a_file_names_what_it_would_run(tmp_path):
    path = tmp_path / "model"
    KerasClassifier(os.system).save(path)
    with pytest.raises(ModelFileError, match=r"'posix.system'.*trusted=\['posix.system'\]"):
        load_model(path)
    # A name is no part of another.
    with pytest.raises(ModelFileError, match="'posix.system'"):
        load_model(path, trusted="posix.system2")
    assert load_model(path, trusted="posix.system").network is os.system
    assert load_model(path, trusted=["posix.system"]).network is os.system
    assert load_model(path, trusted=True).network is os.system


FORGED = {
    "a class of the standard library": {"$": "object", "class": "subprocess.Popen", "state": {}},
    "a function through a module of ours": {
        "$": "name", "name": "estimators.base.estimator.np.fromfile"
    },
    "a function that Keras imports": {"$": "name", "name": "keras.src.losses.loss.ops.print"},
    "a Keras lambda": {"$": "keras", "config": keras.saving.serialize_keras_object(
        keras.layers.Lambda(lambda x: x))},
    "a class by a Keras configuration": {"$": "keras", "config": {
        "module": "subprocess", "class_name": "Popen", "config": {"args": "true"},
        "registered_name": "Popen"}},
    "a function by a Keras configuration": {"$": "keras", "config": {
        "module": "os", "class_name": "function", "config": "system",
        "registered_name": "system"}},
    "a class through Keras's utilities": {"$": "keras", "config": {
        "module": "keras.utils", "class_name": "get_file", "config": {}, "registered_name": None}},
    "no kind": {"$": "eval", "text": "1"},
    "an unknown reference": {"$": "again", "id": 77},
    "not an estimator": [1, 2, 3],
    "endless depth": "[" * 100_000 + "]" * 100_000,
}  # fmt: skip


@pytest.mark.parametrize("name", FORGED)
def test_a_forged_file_runs_nothing(name, tmp_path):
    forge(tmp_path / "model", FORGED[name])
    with pytest.raises(ModelFileError):
        load_model(tmp_path / "model")


def test_a_newer_file_asks_for_an_update(tmp_path):
    manifest = manifest_of(DNNClassifier()).replace(b'"version": 1', b'"version": 2')
    write_atomically(tmp_path / "model", packed({"manifest.json": manifest}))
    with pytest.raises(ModelFileError, match="update keras-estimators"):
        load_model(tmp_path / "model")


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda path: None, FileNotFoundError, "There is no file"),
        (lambda path: path.mkdir(), FileNotFoundError, "holds no checkpoint"),
        (lambda path: path.write_bytes(b""), ModelFileError, "not the file of a saved estimator"),
        (lambda path: path.write_bytes(pickle.dumps([1])), ModelFileError, "not the file of a sav"),
    ],
)
def test_what_is_no_model_is_said_so(make, error, message, tmp_path):
    make(tmp_path / "model")
    with pytest.raises(error, match=message):
        load_model(tmp_path / "model")


def test_200_damaged_files_are_noticed(tmp_path):
    model, _, _ = fitted("table")
    path = tmp_path / "model"
    model.save(path)
    whole = path.read_bytes()
    random = np.random.default_rng(0)
    for number in range(200):
        path.write_bytes(DAMAGES[number % len(DAMAGES)](whole, random))
        assert path.read_bytes() != whole
        with pytest.raises(ModelFileError):
            load_model(path)


def truncated(content, random):
    return content[: random.integers(len(content))]


def flipped(content, random):
    damaged = bytearray(content)
    damaged[random.integers(len(content))] ^= 1 << random.integers(8)
    return bytes(damaged)


def overwritten(content, random):
    start = random.integers(len(content) - 64)
    return content[:start] + random.bytes(64) + content[start + 64 :]


def grown(content, random):
    start = random.integers(len(content))
    return content[:start] + b"\0" + content[start:]


def swapped(content, random):
    """Exchange two members, in a zip file that is otherwise right, down to its comment."""
    archive = zipfile.ZipFile(io.BytesIO(content))
    names = archive.namelist()
    first, second = random.choice(len(names), 2, replace=False)
    members = {name: archive.read(name) for name in names}
    members[names[first]], members[names[second]] = members[names[second]], members[names[first]]
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as other:
        for name, member in members.items():
            other.writestr(name, member)
        other.comment = archive.comment
    return buffer.getvalue()


DAMAGES = [truncated, flipped, overwritten, grown, swapped]


def test_a_full_disk_leaves_the_old_file(tmp_path, monkeypatch):
    model, _, _ = fitted("table")
    model.save(tmp_path / "model")
    before = (tmp_path / "model").read_bytes()

    def full(descriptor):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        model.save(tmp_path / "model")
    assert (tmp_path / "model").read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["model"]
