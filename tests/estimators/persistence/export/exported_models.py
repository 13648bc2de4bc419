"""Answers of exported models, by TensorFlow alone: ``python exported_models.py``.

Each line of its input names a folder with the arrays of a model's inputs, and the model in one or
more formats; the answers of every signature are written beside them, and the line is repeated.
"""

import sys
import time
import warnings
from pathlib import Path

if __name__ == "__main__":
    for package in ("keras", "tf_keras", "sklearn", "estimators", "feature_specs"):
        sys.modules[package] = None  # whoever imports it gets an ImportError

import numpy as np  # noqa: E402
import tensorflow as tf  # noqa: E402

warnings.filterwarnings("ignore", ".*tf.lite.Interpreter is deprecated", UserWarning)


def saved_model(path):
    signatures = tf.saved_model.load(str(path)).signatures

    def caller(function):
        def call(**inputs):
            answer = function(**{name: tf.constant(array) for name, array in inputs.items()})
            return {name: tensor.numpy() for name, tensor in answer.items()}

        return call

    return {name: caller(function) for name, function in signatures.items()}


def litert(path):
    interpreter = tf.lite.Interpreter(str(path))
    return {
        name: interpreter.get_signature_runner(name) for name in interpreter.get_signature_list()
    }


def inputs_of(path):
    arrays = np.load(path)
    return {n: a.astype(object) if a.dtype.kind == "U" else a for n, a in arrays.items()}


def plain(array):
    if array.dtype.kind == "O" and isinstance(array.flat[0], str):
        return array.astype(str)
    return np.char.decode(array.astype("S"), "utf-8") if array.dtype.kind in "OS" else array


def seconds_a_row(function, inputs):
    row = {name: array[:1] for name, array in inputs.items()}
    times = []
    for _ in range(20):
        began = time.perf_counter()
        function(**row)
        times.append(time.perf_counter() - began)
    return np.median(times)


def answer(folder):
    for load, name in ((saved_model, "saved_model"), (litert, "litert")):
        if not (folder / name).exists():
            continue
        inputs, found = inputs_of(folder / f"{name}_inputs.npz"), {}
        for signature, function in load(folder / name).items():
            for output, array in function(**inputs).items():
                found[f"{signature} {output}"] = plain(array)
        found["seconds"] = seconds_a_row(function, inputs)
        np.savez(folder / f"{name}_answers.npz", **found)


if __name__ == "__main__":
    for line in sys.stdin:
        answer(Path(line.rstrip("\n")))
        print(line, end="", flush=True)
