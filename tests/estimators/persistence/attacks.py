"""Files that mean harm, each loaded in a process that is watched; `test_attacks.py` runs this.

A hook of Python's audit events cannot be removed, so that everything happens in one process of its
own: libraries are warmed up on good files, then each attack gets a fresh folder. What the loading
reads, writes, starts or connects to beside its file is printed as JSON, one line an attack.

    python attacks.py FOLDER
"""

import json
import os
import resource
import socket
import subprocess
import sys
import threading
import warnings
import zipfile
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import attacks_by_names  # noqa: F401
import attacks_by_numbers  # noqa: F401
import keras
import tensorflow as tf
from fitted_cases import QUICK, TABLE, TEXTS, TWO, VALUES, X
from forging import ATTACKS, GOOD
from sklearn.preprocessing import PowerTransformer

from estimators import (
    Checkpoints,
    DNNClassifier,
    DNNRegressor,
    KerasClassifier,
    TextClassifier,
    load_model,
)
from estimators.persistence.begun_fit import begun_in
from feature_specs import FeatureSpec, all_numeric


class Writes(tf.Module):
    def __init__(self, path):
        super().__init__()
        self.path = str(path)

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string)])
    def __call__(self, texts):
        tf.io.write_file(self.path, "by the graph")
        return tf.zeros([tf.shape(texts)[0], 3])


SEEN = []
WATCHING = {"is_on": False}
ALLOWED = {"model", "model.weights.h5", "checkpoint-00000001.model"}
ACTS = (
    *("open", "os.", "shutil.", "socket.", "subprocess.", "tempfile.", "ctypes.dlopen", "urllib."),
    *("pathlib.", "glob.", "ftplib."),
)
READS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0)


def watch(event, arguments):
    if WATCHING["is_on"] and event.startswith(ACTS):
        path = arguments[0] if arguments else None
        if event in ("open", "os.listdir", "os.scandir", "pathlib.Path.glob", "glob.glob"):
            name = Path(os.fsdecode(path)).name if isinstance(path, str | bytes | Path) else path
            is_reading = event != "open" or arguments[2] & ~READS == 0
            is_own = name in ALLOWED or str(path) == str(WATCHING["folder"])
            # An open file that becomes a Python object is opened by its number.
            if is_reading and (is_own or isinstance(path, int)):
                return
        SEEN.append(f"{event} {arguments}"[:300])


def contents(folder):
    """Return what a folder holds, with what would tell of a change."""
    return {
        str(path.relative_to(folder)): (path.lstat().st_mtime_ns, path.lstat().st_size)
        for path in sorted(folder.rglob("*"))
    }


def warm_up(folder):
    models = {
        "plain": DNNClassifier(optimizer=keras.optimizers.SGD(0.1), callbacks=[
            keras.callbacks.ReduceLROnPlateau("loss")], **QUICK).fit(X, TWO),
        "table": DNNClassifier(spec(), **QUICK).fit(TABLE, TWO),
        "texts": TextClassifier(**QUICK).fit(TEXTS, TWO),
        "scaler": DNNRegressor(FeatureSpec().step_numeric_column(
            all_numeric(), normalizer=PowerTransformer()), **QUICK).fit(X, VALUES),
        "keras": KerasClassifier(keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)]),
                                 **QUICK).fit(X, TWO),
    }  # fmt: skip
    models["members"] = DNNRegressor(members=3, **QUICK).fit(X, VALUES)
    for name, model in models.items():
        GOOD[name] = folder / name
        model.save(GOOD[name])
        load_model(GOOD[name])
    fit = DNNRegressor(model_dir=Checkpoints(folder / "fit", keep=1), **QUICK).fit(X, VALUES)
    GOOD["checkpoint"] = fit.latest_checkpoint_
    GOOD["weights"] = folder / "good.weights.h5"
    fit.save_weights(GOOD["weights"])
    GOOD["network"] = fit._training_network()
    GOOD["sentence model"], GOOD["bomb"] = folder / "saved", folder / "bomb"
    tf.saved_model.save(Writes(folder / "written"), str(folder / "saved"))
    with zipfile.ZipFile(folder / "bomb", "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        archive.writestr("schema.json", b" " * (1 << 30))
    begun_in(folder / "fit")
    fit.load_weights(GOOD["weights"])


def spec():
    return (
        FeatureSpec()
        .step_numeric_column("age", normalizer="quantile")
        .step_bucketized_column("age", boundaries=[30, 50])
        .step_categorical_column_with_vocabulary_list("city")
        .step_categorical_column_with_hash_bucket("plan", hash_bucket_size=8)
        .step_crossed_column(["city", "plan"], hash_bucket_size=16)
    )


def outcome(folder, write, load):
    """Return what one attack comes to."""
    folder.mkdir()
    write(folder)
    before, threads = contents(folder), len(os.listdir("/proc/self/task"))
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    SEEN.clear()
    WATCHING.update(is_on=True, folder=folder)
    error = None
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        try:
            load(folder)
        except BaseException as raised:
            error = raised
        WATCHING["is_on"] = False
    return {
        "error": type(error).__name__,
        "message": str(error),
        "warnings": [str(warning.message) for warning in told],
        "seen": list(SEEN),
        "changed": sorted(set(before.items()) ^ set(contents(folder).items())),
        "ran": (folder.parent / "written").exists(),
        "threads": len(os.listdir("/proc/self/task")) - threads,
        "megabytes": (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - memory) / 1024,
    }


def do_everything(folder):
    """What none of the files may do."""
    (folder / "made").mkdir()
    (folder / "made.txt").write_text("a")
    (folder / "made.txt").unlink()
    with socket.socket() as door:
        door.connect_ex(("127.0.0.1", 9))
    subprocess.run(["true"], check=True)
    thread = threading.Thread(target=int)
    thread.start()
    thread.join()


CONTROL = "everything"


def main(folder):
    warm_up(folder)
    sys.addaudithook(watch)
    # Not every Python tells its hooks of threads.
    start = threading.Thread.start
    threading.Thread.start = lambda thread: (watch("os.thread", (str(thread),)), start(thread))[1]
    os.chdir(folder)
    told = {**ATTACKS, CONTROL: (lambda folder: None, do_everything)}
    # Once unwatched: what a library imports to tell of an error is none of the file's doing.
    for is_watched in (False, True):
        for number, (name, (write, load)) in enumerate(told.items()):
            found = outcome(folder / f"{is_watched}-{number}", write, load)
            if is_watched:
                print(json.dumps({"name": name, **found}), flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]).absolute())
