"""One row at a time: how long it takes, and how many a second several threads get answered.

python -m benchmarks.serving [--quick] [--repeats N]
"""

from __future__ import annotations

import argparse
import os
import statistics
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.harness.markdown import machine_lines, table

HERE = Path(__file__).resolve().parent
ROWS, HIDDEN_UNITS = 2_000, (128, 64)
THREADS = (1, 8)
HEAD = """\
# One row at a time

A table of ten columns: five of measurements, a whole number, a truth, three of categories; and its
seven numbers as an array. Networks of 128 and 64 units. A row is asked for alone: one after the
other by one thread, and by eight threads at once. What is asked is a DataFrame of one row, a
record (a dictionary), or an array of shape (1, 7). The contestants take turns in one process, and
the figures are medians over the turns.
"""


def mixed_table() -> tuple[pd.DataFrame, np.ndarray]:
    """A table and its classes."""
    rng = np.random.default_rng(0)
    columns = {f"number{i}": rng.normal(size=ROWS) for i in range(5)}
    columns |= {"count": rng.integers(0, 9, ROWS), "is_new": rng.random(ROWS) < 0.5}
    columns |= {f"kind{i}": rng.choice(list("abcdef"), ROWS) for i in range(3)}
    X = pd.DataFrame(columns)
    return X, np.where(X["number0"] + (X["kind0"] == "a") > 0, "yes", "no")


def contestants(epochs: int) -> dict[str, tuple[Callable[[Any], Any], Callable[[int], Any]]]:
    """What answers, and what gives it the row of a number."""
    from sklearn.base import clone
    from sklearn.compose import make_column_transformer
    from sklearn.neural_network import MLPClassifier
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    from estimators import DNNClassifier

    X, y = mixed_table()
    numbers = X.drop(columns=["kind0", "kind1", "kind2"])
    array, records = numbers.to_numpy(float), X.to_dict("records")
    ours = DNNClassifier(hidden_units=HIDDEN_UNITS, epochs=epochs, random_state=0)
    of_table, of_array = clone(ours).fit(X, y), clone(ours).fit(array, y)
    mlp = MLPClassifier(HIDDEN_UNITS, max_iter=epochs, random_state=0)
    kinds = make_column_transformer(
        (OneHotEncoder(), ["kind0", "kind1", "kind2"]), remainder=StandardScaler()
    )
    pipeline = make_pipeline(kinds, clone(mlp)).fit(X, y)
    scaled = make_pipeline(StandardScaler(), clone(mlp)).fit(array, y)

    def frame(row: int) -> pd.DataFrame:
        return X.iloc[row : row + 1]

    def of_row(row: int) -> np.ndarray:
        return array[row : row + 1]

    record = records.__getitem__
    return {
        "ours, `predict` of a DataFrame": (of_table.predict, frame),
        "ours, `serving_function()` of a record": (of_table.serving_function(), record),
        "scikit-learn's pipeline with an MLP, a DataFrame": (pipeline.predict, frame),
        "ours, `predict` of an array": (of_array.predict, of_row),
        "ours, `serving_function()` of an array": (of_array.serving_function(), of_row),
        "scikit-learn's scaler and MLP, an array": (scaled.predict, of_row),
    }


def milliseconds(answer: Callable, row_of: Callable, count: int) -> float:
    """The median for one row; the row is made before."""
    times = []
    for row in range(count):
        asked = row_of(row)
        started = time.perf_counter()
        answer(asked)
        times.append(time.perf_counter() - started)
    return 1e3 * statistics.median(times)


def rows_a_second(answer: Callable, row_of: Callable, threads: int, count: int) -> float:
    """Rows that threads get answered in a second, each asking for the next as soon as it may."""

    def ask(first: int) -> None:
        for row in range(first, count, threads):
            answer(row_of(row))

    workers = [threading.Thread(target=ask, args=(first,)) for first in range(threads)]
    started = time.perf_counter()
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return count / (time.perf_counter() - started)


def main() -> None:
    """Time all contestants and write the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.serving")
    parser.add_argument("--repeats", type=int, default=5, help="turns (default 5)")
    parser.add_argument("--quick", action="store_true", help="one turn of few rows")
    options = parser.parse_args()
    repeats, count = (1, 50) if options.quick else (options.repeats, 1_000)
    load_average = os.getloadavg()[0]
    asked = contestants(1 if options.quick else 10)
    found: dict[str, list[list[float]]] = {name: [] for name in asked}
    for _ in range(repeats):
        for name, (answer, row_of) in asked.items():
            rates = [rows_a_second(answer, row_of, threads, count) for threads in THREADS]
            found[name].append([milliseconds(answer, row_of, count), *rates])
    rows = []
    for name, turns in found.items():
        one, *rates = (statistics.median(figures) for figures in zip(*turns, strict=True))
        rows.append([name, f"{one:.2f} ms", *(f"{rate:,.0f}" for rate in rates)])
    command = "--quick" if options.quick else f"--repeats {options.repeats}"
    packages = ("tensorflow", "keras", "scikit-learn", "pandas", "numpy")
    machine = machine_lines(f"medians of {repeats} turns", load_average, packages)
    head = ["", "one row", "rows a second, 1 thread", "8 threads"]
    text = "\n".join(
        [HEAD, f"Written by `python -m benchmarks.serving {command}`; not edited by hand.\n",
         *machine, "", table(head, rows)]
    )  # fmt: skip
    path = (HERE / "output" / "quick" if options.quick else HERE) / "SERVING.md"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    print(f"{text}\nwritten to {path}")


if __name__ == "__main__":
    main()
