"""One task, several contestants: each in processes of its own, in turns, medians in a table.

A benchmark is a file that ends in `sys.exit(main(Benchmark(...)))`. Run as a module it writes its
table beside itself, with `--quick` (few rows, one repeat) under `benchmarks/output/quick`.
"""

from __future__ import annotations

import argparse
import json
import os
import pickle
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.harness.markdown import machine_lines, table
from benchmarks.harness.report import _timed
from benchmarks.harness.results import REFERENCE, Results
from benchmarks.harness.works import REPOSITORY

HERE = Path(__file__).resolve().parents[1]
MEASURE = "fits"

HOW = """\
Every contestant has processes of its own, they take turns, and the figures are medians. Importing
and reading data are not counted. `(3.0×)` means three times as fast as plain Keras.
"""


@dataclass(frozen=True)
class Learner:
    """What a contestant can do once it has imported what it needs."""

    fit: Callable[[Any, np.ndarray, int], Any]  # X, y, seed -> a model built from nothing
    predict: Callable[[Any, Any], np.ndarray]  # model, X -> labels
    another_epoch: Callable[[Any, Any, np.ndarray], Any] | None = None  # model, X, y


@dataclass(frozen=True)
class Contestant:
    """A line of the table. `prepare` imports, which is not counted."""

    title: str
    prepare: Callable[[], Learner]


@dataclass(frozen=True)
class Benchmark:
    """A task, who takes part in it, and what is told of it."""

    name: str
    head: str
    load: Callable[[bool], tuple]  # quick -> X, y, X_test, y_test
    contestants: dict[str, Contestant]
    columns: dict[str, str]  # title by figure: first, later, another_epoch, predict
    goals: dict[str, float] = field(default_factory=dict)  # times as fast as Keras, by figure


def main(benchmark: Benchmark) -> int:
    """Run the benchmark, or in a process started for it, one contestant once."""
    parser = argparse.ArgumentParser(prog=f"python -m benchmarks.{benchmark.name}")
    parser.add_argument("--repeats", type=int, default=3, help="processes of each (default 3)")
    parser.add_argument("--quick", action="store_true", help="few rows, one repeat")
    parser.add_argument("--process", nargs=3, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.process:
        contestant, repeat, folder = options.process
        take_part(benchmark, contestant, int(repeat), Path(folder), options.quick)
        return 0

    results = Results(quick=options.quick, repeats=1 if options.quick else options.repeats)
    folder = HERE / "output" / ("quick" if options.quick else "full") / benchmark.name
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "data.pickle").write_bytes(pickle.dumps(benchmark.load(options.quick)))
    names = list(benchmark.contestants)
    for repeat in range(results.repeats):
        first = repeat % len(names)
        for name in names[first:] + names[:first]:
            figures = run(benchmark, name, repeat, folder, options.quick)
            results.add(MEASURE, benchmark.name, name, figures)
            print(f"[{repeat + 1}/{results.repeats}] {name} {figures}", flush=True)

    text = render(benchmark, results)
    path = (folder.parent if options.quick else HERE) / f"{benchmark.name.upper()}.md"
    path.write_text(text)
    print(f"\n{text}\nwritten to {path}")
    return any(results.trouble(MEASURE, benchmark.name, name) for name in names)


def run(benchmark: Benchmark, name: str, repeat: int, folder: Path, quick: bool) -> dict:
    """The figures of one process, or what kept it from having any."""
    command = [sys.executable, "-m", f"benchmarks.{benchmark.name}"] + ["--quick"] * quick
    process = subprocess.run(
        [*command, "--process", name, str(repeat), str(folder)],
        cwd=REPOSITORY, env=os.environ | {"TF_CPP_MIN_LOG_LEVEL": "3"},
        stderr=subprocess.PIPE, text=True, check=False,
    )  # fmt: skip
    if process.returncode:
        sys.stderr.write(process.stderr)
        return {"failed": (process.stderr.strip().splitlines() or ["no message"])[-1]}
    return json.loads(_figures_path(folder, name, repeat).read_text())


def take_part(benchmark: Benchmark, name: str, repeat: int, folder: Path, quick: bool) -> None:
    """Leave the figures of one contestant in the folder."""
    data = pickle.loads((folder / "data.pickle").read_bytes())
    try:
        learner = benchmark.contestants[name].prepare()
    except ImportError as error:
        figures = {"missing": [str(error).partition(" (")[0]]}
    else:
        seeds = range(10 * repeat, 10 * repeat + (2 if quick else 4))
        figures = measure(learner, data, seeds, calls=2 if quick else 5)
    _figures_path(folder, name, repeat).write_text(json.dumps(figures))


def _figures_path(folder: Path, name: str, repeat: int) -> Path:
    return folder / f"{name}-{repeat}.json"


def measure(learner: Learner, data: tuple, seeds: range, calls: int) -> dict:
    """Seconds of the first fit and of later ones, of predictions and further epochs; accuracies."""
    X, y, X_test, y_test = data
    fits, accuracies = [], []
    for seed in seeds:
        seconds, model = _seconds(learner.fit, X, y, seed)
        fits.append(seconds)
        accuracies.append(float(np.mean(learner.predict(model, X_test) == y_test)))
    figures = {"first": fits[0], "later": fits[1:], "accuracy": accuracies}
    # The model has predicted before, so that nobody's compilation is in these.
    figures["predict"] = [_seconds(learner.predict, model, X_test)[0] for _ in range(calls)]
    if learner.another_epoch:
        learner.another_epoch(model, X, y)
        epochs = [_seconds(learner.another_epoch, model, X, y)[0] for _ in seeds[1:]]
        figures["another_epoch"] = epochs
    return figures


def _seconds(function: Callable, *arguments: Any) -> tuple[float, Any]:
    started = time.perf_counter()
    result = function(*arguments)
    return time.perf_counter() - started, result


def render(benchmark: Benchmark, results: Results) -> str:
    """The whole of the benchmark's file."""
    options = "--quick" if results.quick else f"--repeats {results.repeats}"
    parts = [
        benchmark.head,
        f"Written by `python -m benchmarks.{benchmark.name} {options}`; not edited by hand.\n{HOW}",
        "A quick run on few rows: no figures to quote.\n" * results.quick,
        _machine(results),
        _figures(benchmark, results),
        _goals(benchmark, results),
    ]
    return "\n".join(part for part in parts if part)


def _machine(results: Results) -> str:
    lines = machine_lines(f"processes for each contestant: {results.repeats}", results.load_average)
    return "\n".join([*lines, ""])


def _figures(benchmark: Benchmark, results: Results) -> str:
    cells = [_timed(results, MEASURE, benchmark.name, name) for name in benchmark.columns]

    def accuracy(name):
        values = results.all(MEASURE, benchmark.name, name, "accuracy")
        if not values:
            return "-"
        return f"{statistics.fmean(values):.4f} ± {statistics.pstdev(values):.4f}"

    rows = [
        [contestant.title, *(cell(name) for cell in cells), accuracy(name)]
        for name, contestant in benchmark.contestants.items()
    ]
    return table(["", *benchmark.columns.values(), "accuracy, mean ± deviation"], rows)


def _goals(benchmark: Benchmark, results: Results) -> str:
    rows = []
    for figure, goal in benchmark.goals.items():
        ratio = results.ratio(MEASURE, benchmark.name, "ours", figure, to=REFERENCE)
        measured = f"{ratio:.1f}×" if ratio else "not measured"
        met = "-" if results.quick or not ratio else "yes" if ratio >= goal else "**no**"
        rows.append([benchmark.columns[figure], f"{goal:g}×", measured, met])
    head = ["times as fast as plain Keras", "goal", "measured", "met"]
    return table(head, rows) if rows else ""
