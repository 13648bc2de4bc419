"""Saved files taken apart, changed, and put together again with a right digest; and what for."""

import io
import json
import zipfile

import keras
import numpy as np

from estimators import DNNClassifier, load_model
from estimators.persistence.archive import packed
from estimators.persistence.model_file import manifest_of
from estimators.persistence.serialization.serializer import Writer

ESTIMATOR, SESSION = "estimator.json", "session.json"


def members_of(path):
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def changed(path, target, change, member=ESTIMATOR):
    """Copy a saved file with one of its JSON members changed in place."""
    members = members_of(path)
    tree = json.loads(members[member])
    members[member] = json.dumps(change(tree) or tree).encode()
    target.write_bytes(packed(members))


def forge(path, node, **others):
    """Write a whole archive whose estimator is `node`."""
    content = node if isinstance(node, str) else json.dumps(node)
    manifest = manifest_of(DNNClassifier())
    members = {"manifest.json": manifest, ESTIMATOR: content.encode(), **others}
    path.write_bytes(packed(members))


def estimator_with(**state):
    """Return the node of an estimator that was never fitted."""
    node = json.loads(Writer("estimator").write(DNNClassifier())[ESTIMATOR])
    node["state"].update(state)
    return node


def own(name, number=900, /, **state):
    package = "estimators" if name in ESTIMATORS else "feature_specs"
    return {"$": "object", "class": f"{package}.{name}", "id": number, "state": state}


ESTIMATORS = {
    *("KerasEstimator", "Head", "EventFile", "FitLog", "Predictor", "Architecture", "Pool"),
    *("BinaryHead", "Checkpoints", "DNNClassifier", "KerasClassifier", "History"),
}


def layer(name, module="keras.layers", registered=None, /, **config):
    return {
        "$": "keras",
        "config": {
            "module": module, "class_name": name, "config": config, "registered_name": registered,
        },
    }  # fmt: skip


def keras_model(node):
    """Return the node of an estimator whose network is `node`."""
    model = own("KerasClassifier", network=node)
    return model


def array(value):
    file = io.BytesIO()
    np.lib.format.write_array(file, np.asarray(value))
    return file.getvalue()


def array_header(shape, dtype="<f4", content=b""):
    file = io.BytesIO()
    header = {"descr": dtype, "fortran_order": False, "shape": shape}
    np.lib.format.write_array_header_1_0(file, header)
    return file.getvalue() + content


def objects(tree, name):
    """Yield every object of a class in a tree of nodes."""
    if isinstance(tree, dict):
        if str(tree.get("class", "")).endswith(f".{name}"):
            yield tree
        for part in tree.values():
            yield from objects(part, name)
    elif isinstance(tree, list):
        for part in tree:
            yield from objects(part, name)


def sequential(*layers):
    return keras.saving.serialize_keras_object(keras.Sequential(list(layers)))


ATTACKS = {}
GOOD = {}


def attack(function=None, *, name=None, load=lambda folder: load_model(folder / "model")):
    """Note a function that writes a file into a folder, and how the file is loaded."""
    if function is None:
        return lambda function: attack(function, name=name, load=load)
    ATTACKS[name or function.__name__.replace("_", " ")] = function, load
    return function


def forged(name, node, load=None):
    attack(lambda folder: forge(folder / "model", node(folder)), name=name, **(
        {} if load is None else {"load": load}
    ))  # fmt: skip


def altered(name, change, good="table", member=ESTIMATOR):
    attack(lambda folder: changed(GOOD[good], folder / "model", change, member), name=name)
