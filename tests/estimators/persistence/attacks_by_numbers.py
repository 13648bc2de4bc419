"""Attacks by what a file holds: sizes, shapes, numbers, and what is no file at all."""

import hashlib
import io
import json
import os
import warnings
import zipfile

import h5py
import keras
import numpy as np
from forging import (
    GOOD,
    SESSION,
    altered,
    array,
    array_header,
    attack,
    changed,
    estimator_with,
    forge,
    forged,
    keras_model,
    layer,
    members_of,
    objects,
    sequential,
)
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, PowerTransformer, StandardScaler

from estimators import DNNClassifier
from estimators.persistence.archive import packed
from estimators.persistence.begun_fit import begun_in
from estimators.persistence.weight_files import read_weights
from feature_specs import FeatureSpec, all_numeric

SECRET = "secret"

# Sizes


@attack
def a_bomb(folder):
    rewritten(folder, lambda members: None, inner=GOOD["bomb"].read_bytes())


def rewritten(folder, change, inner=None):
    """Write an archive by hand, whose digest is right."""
    buffer = io.BytesIO(inner or b"")
    with zipfile.ZipFile(buffer, "a") as archive:
        if inner is None:
            change(archive)
        archive.comment = b"keras-estimators sha256=" + b"0" * 64
    content = bytearray(buffer.getvalue())
    content[-64:] = hashlib.sha256(content[:-64]).hexdigest().encode()
    (folder / "model").write_bytes(content)


def entries(*pairs, **how):
    def change(archive):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            for name, content in pairs:
                archive.writestr(name, content, **how)

    return lambda folder: rewritten(folder, change)


MANIFEST = b'{"format": "keras-estimators", "version": 1}'
attack(entries(("manifest.json", MANIFEST), ("estimator.json", b"1"), ("estimator.json", b"2")),
       name="a name twice")  # fmt: skip
attack(
    entries(("manifest.json", MANIFEST), compress_type=zipfile.ZIP_LZMA),
    name="another compression",
)
for text in ('"1"', "NaN", "1e400", "-1", "0", "true", "null", "[1]", "2"):
    attack(entries(("manifest.json", MANIFEST.replace(b": 1", b": " + text.encode()))),
           name=f"version {text}")  # fmt: skip
for text in ("[]", "3", '"a"', "{}", "null", "{", "[" * 100_000, "\udcff"):
    attack(entries(("manifest.json", text.encode(errors="surrogateescape"))),
           name=f"manifest {text[:9]!r}")  # fmt: skip
attack(entries(), name="no members")
forged("endless depth", lambda folder: "[" * 100_000 + "]" * 100_000)
forged("a number of a million digits", lambda folder: "9" * 1_000_000)
forged("a number beyond 64 bits", lambda folder: estimator_with(epochs=1 << 64))

HEADERS = {
    "larger than memory": ((1 << 50,), "<f4", b""),
    "larger than it is": ((100,), "<f4", b"1234"),
    "of numbers without a size": ((1 << 50,), "|V0", b""),
    "of nothing, and long": ((1 << 50, 0), "<f4", b""),
    "of a negative length": ((-1,), "<f4", b""),
    "of objects": ((1,), "|O", b"cos\nsystem\n(S'true'\ntR."),
}
for name, (shape, dtype, content) in HEADERS.items():
    attack(lambda folder, shape=shape, dtype=dtype, content=content: forge(
        folder / "model",
        estimator_with(hidden_units={"$": "array", "member": "a.npy", "id": 950}),
        **{"a.npy": array_header(shape, dtype, content)}), name=f"an array {name}")  # fmt: skip


@attack
def references_that_grow(folder):
    node = {"$": "tuple", "items": [1, 1], "id": 1000}
    nodes = [node]
    for number in range(1001, 1060):
        again = {"$": "again", "id": number - 1}
        nodes.append({"$": "objects", "shape": [2], "items": [again, again], "id": number})
    forge(folder / "model", estimator_with(class_weight=nodes))


forged("a random stream beyond its end", lambda folder: estimator_with(random_state={
    "$": "random state", "state": {"$": "map", "items": {
        "bit_generator": "MT19937", "has_gauss": 0, "gauss": 0.0,
        "state": {"$": "map", "items": {"key": list(range(624)), "pos": 1 << 30}}}}}))  # fmt: skip
forged("a layer larger than memory", lambda folder: keras_model({
    "$": "keras", "weights": [], "config": large(sequential(
        keras.Input((7,)), keras.layers.Dense(5)))}))  # fmt: skip
forged(
    "a metric larger than memory",
    lambda folder: keras_model(layer("MeanIoU", "keras.metrics", num_classes=1 << 20, name="m")),
)
forged(
    "a metric that counts for ever",
    lambda folder: keras_model(layer("AUC", "keras.metrics", num_thresholds=1 << 40, name="m")),
)


def large(config):
    return json.loads(json.dumps(config).replace("5", str(1 << 20)).replace("7", str(1 << 20)))


def wider(tree):
    for node in (tree, tree["state"]["builder_"]):
        node["state"]["hidden_units"] = [1 << 40, 1 << 40]


altered("a network larger than memory", wider)
for name, attribute in [("HashEncoder", "hash_bucket_size"), ("CrossEncoder", "hash_bucket_size")]:
    altered(
        f"{name} of too many buckets",
        lambda tree, name=name, attribute=attribute: (
            [node["state"].update({attribute: 10**12}) for node in objects(tree, name)] and None
        ),
    )


# Numbers

SCALE = {"$": "array", "member": "scale.npy", "id": 960}


def weights(change):
    def write(folder):
        members = members_of(GOOD["table"])
        tree = json.loads(members[SESSION])
        items = tree["state"]["state"]["items"]
        change(items, members)
        members[SESSION] = json.dumps(tree).encode()
        (folder / "model").write_bytes(packed(members))

    return write


def first_weight(value):
    def change(items, members):
        members[items[0][0]["member"]] = array(value(members[items[0][0]["member"]]))

    return weights(change)


def read(content):
    return np.load(io.BytesIO(content))


attack(first_weight(lambda content: read(content) * np.nan), name="weights that are NaN")
attack(first_weight(lambda content: read(content) + np.inf), name="weights that are infinite")
attack(first_weight(lambda content: read(content)[:-1]), name="weights of another shape")
attack(first_weight(lambda content: read(content).T), name="weights turned round")
attack(
    first_weight(lambda content: np.full(read(content).shape, "a")), name="weights that are texts"
)
attack(weights(lambda items, members: items[0].pop()), name="a weight less")
attack(weights(lambda items, members: items.pop()), name="no slots")
attack(weights(lambda items, members: items[1].clear()), name="no optimizer")
altered(
    "names of other weights", lambda tree: tree["state"]["names"].pop() and None, member=SESSION
)
altered("a history of two lengths", lambda tree: next(objects(tree, "History"))["state"]["epoch"]
        .append(9), member=SESSION)  # fmt: skip
altered("marks of other columns", lambda tree: [n["state"].update(marked_=[99]) for n in objects(
    tree, "ColumnsEncoder")] and None)  # fmt: skip
altered("two values of other columns", lambda tree: [n["state"].update(two_valued_=[99]) for n in
    objects(tree, "ColumnsEncoder")] and None)  # fmt: skip
altered("scales of fewer columns", lambda tree: [n["state"].update(n_features_in_=99) for n in
    objects(tree, "Quantile")] and None)  # fmt: skip
altered("another number of units", lambda tree: [n["state"].update(units=99) for n in objects(
    tree, "BinaryHead")] and None)  # fmt: skip

# Several networks


def of_members(name, change, member=SESSION):
    def write(tree):
        (node,) = objects(tree, "TrainedMembers" if member == SESSION else "HeldOutRows")
        change(node["state"])

    altered(name, write, "members", member)


of_members("a member less", lambda state: state["members"].pop())
of_members("no member", lambda state: state["members"].clear())
of_members("a member twice", lambda state: state["members"].__setitem__(
    1, {"$": "again", "id": state["members"][0]["id"]}))  # fmt: skip
of_members("members without number", lambda state: state.update(members=[
    *state["members"], *[{"$": "again", "id": state["members"][0]["id"]}] * 100_000]))  # fmt: skip
of_members("members of other weights", lambda state: (
    state["members"][0]["state"]["names"].reverse()))  # fmt: skip
of_members("members that are no networks", lambda state: state.update(members=[1, 2, 3]))
of_members("rows held out by other members", lambda state: state.update(
    patterns={"$": "again", "id": state["weight"]["id"]}), "estimator.json")  # fmt: skip
altered("a network for three", lambda tree: tree["state"]["members"][0], "members", SESSION)
altered("members of a single network", lambda tree: [
    node["state"].update(members=1) for node in (tree, tree["state"]["builder_"])] and None,
    "members")  # fmt: skip


# Parts of other libraries


@attack
def a_pipeline_with_a_memory(folder):
    scaler = make_pipeline(StandardScaler(), PowerTransformer(), memory=str(folder / "memory"))
    model = DNNClassifier(FeatureSpec().step_numeric_column(all_numeric(), normalizer=scaler))
    model.save(folder / "model")


@attack
def a_bomb_in_a_scaler(folder):
    members = members_of(GOOD["scaler"])
    (name,) = [name for name in members if name.endswith(".skops")][:1]
    members[name] = GOOD["bomb"].read_bytes()
    (folder / "model").write_bytes(packed(members))


@attack
def a_function_in_a_scaler(folder):
    scaler = FunctionTransformer(os.path.abspath)
    model = DNNClassifier(FeatureSpec().step_numeric_column(all_numeric(), normalizer=scaler))
    model.save(folder / "model")


# What is no file


@attack
def a_pipe(folder):
    os.mkfifo(folder / "model")


@attack
def a_device(folder):
    (folder / "model").symlink_to("/dev/zero")


@attack
def a_folder_for_a_checkpoint(folder):
    (folder / "model" / "checkpoint-00000001.model").mkdir(parents=True)


# Checkpoints, and weights alone


def resumed(folder):
    return begun_in(folder)


def progress(name, change):
    @attack(name=name, load=resumed)
    def write(folder):
        changed(GOOD["checkpoint"], folder / "checkpoint-00000001.model", change, "progress.json")


progress("progress of another kind", lambda tree: [1])
progress("progress with more", lambda tree: tree["items"].update(more=1))
progress("progress with less", lambda tree: tree["items"].pop("step") and None)
progress("progress of other types", lambda tree: tree["items"].update(epoch="one"))


def loaded_weights(folder):
    return read_weights(GOOD["network"], folder / "model.weights.h5")


def weight_file(name, change):
    @attack(name=name, load=loaded_weights)
    def write(folder):
        path = folder / "model.weights.h5"
        path.write_bytes(GOOD["weights"].read_bytes())
        with h5py.File(path, "a") as file:
            names = []
            file.visititems(
                lambda n, item: names.append(n) if isinstance(item, h5py.Dataset) else None
            )
            name = next(n for n in names if not n.startswith("optimizer"))
            shape = file[name].shape
            del file[name]
            change(file, name, shape, folder)


def in_another_file(file, name, shape, folder):
    np.zeros(shape, np.float32).tofile(folder / SECRET)
    count = int(np.prod(shape)) * 4
    file.create_dataset(name, shape, "f4", external=[(str(folder / SECRET), 0, count)])


def linked(file, name, shape, folder):
    file[name] = h5py.ExternalLink(str(GOOD["weights"]), name)


def virtual(file, name, shape, folder):
    layout = h5py.VirtualLayout(shape, "f4")
    layout[...] = h5py.VirtualSource(str(GOOD["weights"]), name, shape)
    file.create_virtual_dataset(name, layout)


def not_numbers(file, name, shape, folder):
    file[name] = np.full(shape, np.nan, np.float32)


def huge(file, name, shape, folder):
    file.create_dataset(name, (1 << 20, 1 << 20), "f4", chunks=(1 << 10, 1 << 10))


weight_file("weights in another file", in_another_file)
weight_file("weights by a link", linked)
weight_file("weights of a virtual array", virtual)
weight_file("weights alone that are NaN", not_numbers)
weight_file("weights alone larger than memory", huge)
