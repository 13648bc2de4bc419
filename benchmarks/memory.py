"""What a process keeps of each new network: fit, predict, drop, and look at resident memory.

``python -m benchmarks.memory`` fits new widths one after another, in a process for each line, and
writes MEMORY.md beside itself; with `--against FOLDER` another checkout gets a line as well, with
`--quick` every line is short and the file goes under `benchmarks/output/quick`.
"""

from __future__ import annotations

import argparse
import ctypes
import gc
import json
import multiprocessing
import os
import subprocess
import sys
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import psutil

HERE = Path(__file__).resolve().parent
# The caches of trainers and predictors are full by then, and TensorFlow has started.
WARM = 33
QUICK = 40
WORKER_TASKS = 25


@dataclass(frozen=True)
class Line:
    """A line of the table."""

    title: str
    networks: int = 120


LINES = {
    "ours": Line("this library, the caches at work", 250),
    "before": Line("the other checkout, the caches at work", 250),
    "tensorflow": Line("TensorFlow alone: a step of two layers in one compiled function", 500),
    "loop": Line("TensorFlow alone: Keras, its Adam and a loop in one compiled function"),
    "forgetting": Line("this library, `forget_programs()` after each"),
    "uncompiled": Line("this library, `jit_compile=False`"),
    "workers": Line(f"this library, a worker renewed after {WORKER_TASKS} fits: worker and parent"),
}

HOW = """\
A `DNNRegressor` of two hidden layers, new widths each time, is fitted to 500 rows of 10 columns for
three epochs, predicts them and is dropped; XLA compiles both. Resident memory is read after a
collection and `malloc_trim`. Each line has a process of its own, two at a time.
"""


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.memory")
    parser.add_argument("--quick", action="store_true", help=f"{QUICK} networks a line")
    parser.add_argument("--against", type=Path, help="another checkout, measured as well")
    parser.add_argument("--lines", nargs="+", choices=LINES, default=list(LINES))
    parser.add_argument("--process", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.process:
        print(json.dumps(resident(options.process[0], int(options.process[1]))))
        return
    lines = [line for line in options.lines if line != "before" or options.against]
    load_average = os.getloadavg()[0]

    def measured(line: str) -> list[str]:
        count = QUICK if options.quick else LINES[line].networks
        checkout = options.against if line == "before" else HERE.parent
        cells = row(line, run(line, count, checkout))
        print(*cells, sep=" | ", flush=True)
        return cells

    with ThreadPoolExecutor(2) as pool:
        rows = list(pool.map(measured, lines))
    folder = HERE / "output" / "quick" if options.quick else HERE
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "MEMORY.md"
    path.write_text(render(rows, options, load_average))
    print(f"written to {path}")


def run(line: str, count: int, checkout: Path) -> dict[int, float]:
    """Return resident MB by the number of networks, measured in a new process."""
    process = subprocess.run(
        [sys.executable, "-P", __file__, "--process", line, str(count)],
        cwd=checkout,
        env=os.environ | {"TF_CPP_MIN_LOG_LEVEL": "3", "PYTHONPATH": str(checkout.resolve())},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return {int(n): mb for n, mb in json.loads(process.stdout.splitlines()[-1]).items()}


def row(line: str, figures: dict[int, float]) -> list[str]:
    """Return a line of the table; a slope between the first and the last figure."""
    (first, low), *_, (last, high) = figures.items()
    kept = (high - low) / (last - first)
    return [LINES[line].title, f"{low:,.0f}", f"{high:,.0f}", str(last), f"{kept:.2f}"]


def render(rows: list[list[str]], options: argparse.Namespace, load_average: float) -> str:
    """Return the whole of MEMORY.md."""
    from benchmarks.harness.markdown import machine_lines, table

    head = ["", f"MB after {WARM}", "MB at the end", "networks", "MB kept of each"]
    how = " --quick" * options.quick + " --against FOLDER" * bool(options.against)
    return "\n".join(
        [
            "# Memory kept of each new network\n",
            f"Written by `python -m benchmarks.memory{how}`; not edited by hand.\n",
            HOW,
            *machine_lines("a process for each line", load_average),
            "",
            table(head, rows),
        ]
    )


def resident(line: str, count: int) -> dict[int, float]:
    """Return resident MB after some of the networks, the last one among them."""
    learn = {
        "tensorflow": tensorflow_step,
        "loop": tensorflow_loop,
        "uncompiled": lambda number: fit(number, jit_compile=False),
        "workers": in_worker(),
    }.get(line, fit)
    figures = {}
    for number in range(count):
        worker = learn(number)
        if line == "forgetting":
            from estimators.engine.training import forget_programs

            forget_programs()
        if number + 1 == WARM or number + 1 == count or (number + 1) % 100 == 0:
            # A worker that begins anew is small; the largest that it was is what counts.
            figures[number + 1] = resident_now() + (worker or 0)
    return figures


def resident_now() -> float:
    gc.collect()
    gc.collect()
    if sys.platform == "linux":
        ctypes.CDLL(None).malloc_trim(0)
    return psutil.Process().memory_info().rss / 1e6


def fit(number: int, **parameters: bool) -> None:
    from estimators import DNNRegressor

    X = np.random.default_rng(0).normal(size=(500, 10)).astype("float32")
    parameters = {
        "numeric_embedding": None,
        "early_stopping": False,
        "random_state": 0,
        **parameters,
    }
    model = DNNRegressor(hidden_units=widths(number), epochs=3, **parameters)
    model.fit(X, X.sum(axis=1)).predict(X)


def widths(number: int) -> tuple[int, int]:
    return 8 + number, 5 + number // 2


def in_worker():
    """Return what fits in a worker and returns the most MB that workers have had."""
    # A forked child would inherit TensorFlow's threads without their locks.
    pool = ProcessPoolExecutor(
        1, multiprocessing.get_context("spawn"), max_tasks_per_child=WORKER_TASKS
    )
    most = 0.0

    def learn(number: int) -> float:
        nonlocal most
        most = max(most, pool.submit(fit_and_measure, number).result())
        return most

    return learn


def fit_and_measure(number: int) -> float:
    fit(number)
    return resident_now()


def tensorflow_step(number: int) -> None:
    import tensorflow as tf

    width = 8 + number
    X = tf.random.normal((500, 10))
    weights = [tf.Variable(tf.random.normal(shape)) for shape in ((10, width), (width, 1))]

    @tf.function(jit_compile=True, autograph=False)
    def step(X):
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(tf.square(tf.nn.relu(X @ weights[0]) @ weights[1]))
        for weight, gradient in zip(weights, tape.gradient(loss, weights)):
            weight.assign_sub(0.01 * gradient)
        return loss

    step.get_concrete_function(X)(X)


def tensorflow_loop(number: int) -> None:
    import keras
    import tensorflow as tf

    X = tf.random.normal((512, 10))
    hidden = [keras.layers.Dense(width, activation="relu") for width in widths(number)]
    network = keras.Sequential([keras.Input((10,)), *hidden, keras.layers.Dense(1)])
    optimizer = keras.optimizers.Adam()
    optimizer.build(network.trainable_variables)

    @tf.function(jit_compile=True, autograph=False)
    def train(X):
        def step(number):
            with tf.GradientTape() as tape:
                loss = tf.reduce_mean(tf.square(network(X, training=True)))
            variables = network.trainable_variables
            optimizer.apply(tape.gradient(loss, [v.value for v in variables]), variables)
            return (number + 1,)

        return tf.while_loop(lambda number: number < 48, step, (tf.constant(0),))[0]

    train.get_concrete_function(X)(X)


if __name__ == "__main__":
    main()
