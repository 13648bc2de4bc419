"""One contestant, one work, one measurement, in a process of its own.

`python -m benchmarks.harness.measure CONTESTANT WORK MEASURE REPEAT OUTPUT [--quick]` writes the
figures to the JSON file OUTPUT. Imports and the reading of data happen before any clock starts.
"""

from __future__ import annotations

import argparse
import gc
import json
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import numpy as np
import psutil

from benchmarks.contestants import CONTESTANTS
from benchmarks.harness.works import WORKS, Table, Work

GRID = {
    "hidden_units": [(64,), (64, 64), (128, 64), (256, 128, 64, 32)],
    "learning_rate": [3e-4, 1e-3, 3e-3],
}
MEMORY_CHECKPOINTS = (50, 500)
MEMORY_SECONDS = 60.0  # a contestant that is slower stops early, and the table says where


def measure_fits(contestant, work, table, repeat, quick):
    """The first fit of a fresh process, later ones with other seeds, and their test scores."""
    seconds, models = [], []
    seeds = range(10 * repeat, 10 * repeat + (2 if quick else 4))
    for seed in seeds:
        started = time.perf_counter()
        models.append(contestant.fit(work, table, seed))
        seconds.append(time.perf_counter() - started)
    scored = table.held_out()
    if scored is not table:
        models = [contestant.fit(work, scored, seed) for seed in seeds]
    scores = [work.score(scored.y_test, contestant.values(m, scored.X_test)) for m in models]
    return {"first": seconds[0], "later": seconds[1:], "scores": scores}


def measure_predict(contestant, work, table, repeat, quick):
    """Prediction of one row and of 60,000 rows, by a model fitted for one epoch."""
    model = contestant.fit(work.with_epochs(1), table, repeat)
    many = np.resize(table.X, (60_000, table.X.shape[1]))
    calls = 20 if quick else 200
    return {
        "one_row": _median_seconds(lambda: contestant.predict(model, many[:1]), calls),
        "many_rows": _median_seconds(lambda: contestant.predict(model, many), 1 if quick else 5),
    }


def measure_search(contestant, work, table, repeat, quick, n_jobs=1):
    """GridSearchCV over GRID, 5 folds, the refit of the best included."""
    from joblib import parallel_config
    from sklearn.model_selection import GridSearchCV, StratifiedKFold

    grid = {contestant.SEARCH[name]: values for name, values in GRID.items()}
    if quick:
        grid = {name: values[:1] for name, values in grid.items()}
    folds = StratifiedKFold(2 if quick else 5, shuffle=True, random_state=0)
    model = contestant.estimator(work, table, repeat)
    search = GridSearchCV(model, grid, cv=folds, n_jobs=n_jobs)
    started = time.perf_counter()
    with parallel_config(backend=getattr(contestant, "BACKEND", "loky")):
        search.fit(table.X, table.y)
    seconds = time.perf_counter() - started
    fits = len(search.cv_results_["params"]) * search.n_splits_
    means = search.cv_results_["mean_test_score"].tolist()
    return {
        "seconds": seconds, "fits": fits, "scores": [float(search.best_score_)], "means": [means],
    }  # fmt: skip


def measure_search_in_two(contestant, work, table, repeat, quick):
    """The same with n_jobs=2, by processes or, where a contestant says so, by threads."""
    return measure_search(contestant, work, table, repeat, quick, n_jobs=2)


def measure_memory(contestant, work, table, repeat, quick):
    """Resident memory in MB as fits of five epochs follow each other in one process."""
    process, work = psutil.Process(), work.with_epochs(5)
    checkpoints = (3, 10) if quick else MEMORY_CHECKPOINTS
    started, resident = time.perf_counter(), {}
    for number in range(1, checkpoints[-1] + 1):
        contestant.fit(work, table, number)
        late = number > checkpoints[0] and time.perf_counter() - started > MEMORY_SECONDS
        if number in checkpoints or late:
            gc.collect()
            resident[number] = process.memory_info().rss / 1e6
        if late:
            break
    return {"resident": resident}


MEASURES: dict[str, Callable[[ModuleType, Work, Table, int, bool], dict]] = {
    "fits": measure_fits,
    "predict": measure_predict,
    "search": measure_search,
    "search-2": measure_search_in_two,
    "memory": measure_memory,
}


def _median_seconds(call: Callable[[], object], times: int) -> float:
    seconds = []
    for _ in range(times):
        started = time.perf_counter()
        call()
        seconds.append(time.perf_counter() - started)
    return statistics.median(seconds)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("contestant", choices=CONTESTANTS)
    parser.add_argument("work", choices=WORKS)
    parser.add_argument("measure", choices=MEASURES)
    parser.add_argument("repeat", type=int)
    parser.add_argument("output", type=Path)
    parser.add_argument("--quick", action="store_true")
    arguments = parser.parse_args()

    contestant = CONTESTANTS[arguments.contestant].load()
    work = WORKS[arguments.work]
    if arguments.quick:
        work = work.with_epochs(max(1, work.epochs // 10))
    table = work.load()
    if arguments.quick:
        table = table.head(5_000)
    measure = MEASURES[arguments.measure]
    figures = measure(contestant, work, table, arguments.repeat, arguments.quick)
    arguments.output.write_text(json.dumps(figures | {"source": table.source}))


if __name__ == "__main__":
    main()
