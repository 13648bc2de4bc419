"""What a process keeps of each new network: fit, predict, drop, and look at resident memory.

``python -m benchmarks.memory`` fits 500 widths one after another in a process for each line and
writes MEMORY.md beside itself; with `--quick` 40, and a file under `benchmarks/output/quick`.
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
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np
import psutil

from benchmarks.harness.markdown import machine_lines, table
from benchmarks.harness.works import REPOSITORY

HERE = Path(__file__).resolve().parent
# The caches of programs and predictors are full by then, and TensorFlow has started.
WARM = 33
WORKER_TASKS = 25

LINES = {
    "ours": "this library, the caches at work",
    "forgetting": "this library, `forget_programs()` after each",
    "workers": f"this library, a worker renewed after {WORKER_TASKS} fits: worker and parent",
    "tensorflow": "TensorFlow alone: one `tf.function(jit_compile=True)` of a two-layer network",
}

HOW = """\
A `DNNRegressor` of two hidden layers, new widths each time, is fitted to 500 rows of 10 columns for
three epochs, predicts them and is dropped; XLA compiles both. Resident memory is read after a
collection and `malloc_trim`. Each line has a process of its own.
"""


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.memory")
    parser.add_argument("--count", type=int, default=500, help="networks of each line")
    parser.add_argument("--quick", action="store_true", help="40 networks")
    parser.add_argument("--lines", nargs="+", choices=LINES, default=list(LINES))
    parser.add_argument("--process", help=argparse.SUPPRESS)
    options = parser.parse_args()
    count = 40 if options.quick else options.count
    if options.process:
        print(json.dumps(resident(options.process, count)))
        return
    rows, load_average = [], os.getloadavg()[0]
    for line in options.lines:
        rows.append(row(line, run(line, count)))
        print(*rows[-1], sep=" | ", flush=True)
    folder = HERE / "output" / "quick" if options.quick else HERE
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "MEMORY.md"
    path.write_text(render(rows, f"--count {count}", load_average))
    print(f"written to {path}")


def run(line: str, count: int) -> dict[int, float]:
    """Return resident MB by the number of networks, measured in a new process."""
    process = subprocess.run(
        [sys.executable, "-m", "benchmarks.memory", "--count", str(count), "--process", line],
        cwd=REPOSITORY, env=os.environ | {"TF_CPP_MIN_LOG_LEVEL": "3"},
        stdout=subprocess.PIPE, text=True, check=True,
    )  # fmt: skip
    return {int(n): mb for n, mb in json.loads(process.stdout.splitlines()[-1]).items()}


def row(line: str, figures: dict[int, float]) -> list[str]:
    """Return a line of the table; a slope between the first and the last figure."""
    (first, low), *_, (last, high) = figures.items()
    kept = (high - low) / (last - first)
    return [LINES[line], f"{low:,.0f}", f"{high:,.0f}", str(last), f"{kept:.2f}"]


def render(rows: list[list[str]], options: str, load_average: float) -> str:
    head = ["", f"MB after {WARM}", "MB at the end", "networks", "MB kept of each"]
    return "\n".join(
        [
            "# Memory kept of each new network\n",
            f"Written by `python -m benchmarks.memory {options}`; not edited by hand.\n",
            HOW,
            *machine_lines("a process for each line", load_average),
            "",
            table(head, rows),
        ]
    )


def resident(line: str, count: int) -> dict[int, float]:
    """Return resident MB after some of the networks, the last one among them."""
    learn = {"tensorflow": tensorflow_alone, "workers": in_worker()}.get(line, fit)
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


def fit(number: int) -> None:
    from estimators import DNNRegressor

    X = np.random.default_rng(0).normal(size=(500, 10)).astype("float32")
    y = X.sum(axis=1)
    widths = (8 + number, 5 + number // 2)
    DNNRegressor(hidden_units=widths, epochs=3, random_state=0).fit(X, y).predict(X)


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


def tensorflow_alone(number: int) -> None:
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


if __name__ == "__main__":
    main()
