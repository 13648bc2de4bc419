"""One contestant's fits, in a process of its own; each leaves a JSON line on standard output.

`python -m benchmarks.quality.measure CONTESTANT FOLDER ROWS TABLE:SEED ...`; FOLDER is `-` for the
tables of the packages, ROWS the most rows of a table.
"""

from __future__ import annotations

import json
import sys
import time
import warnings
from dataclasses import asdict
from pathlib import Path

from benchmarks.quality import score, tables
from benchmarks.quality.contestants import CONTESTANTS
from benchmarks.quality.results import Result


def main() -> None:
    name, folder, rows, *cells = sys.argv[1:]
    warnings.simplefilter("ignore")  # they tell of convergence and of columns, eleven times over
    for cell in cells:
        table, seed = cell.rsplit(":", 1)
        data = tables.load(table, None if folder == "-" else Path(folder)).head(int(rows))
        result = measure(name, data, int(seed))
        print(json.dumps(asdict(result)), flush=True)


def measure(name: str, data: tables.Table, seed: int) -> Result:
    """Fit on three quarters of the rows and score the rest."""
    contestant = CONTESTANTS[name]
    of = {"contestant": name, "table": data.name, "seed": seed, "key": contestant.key()}
    X, X_test, y, y_test = data.split(seed)
    try:
        model = contestant.make(seed, data.classes)
        cpu, wall = time.process_time(), time.perf_counter()
        model.fit(X, y)
        fitted, fit_wall = time.process_time(), time.perf_counter() - wall
        answer = model.predict_proba(X_test) if data.classes else model.predict(X_test)
        predict_cpu = time.process_time() - fitted
        if data.classes:
            error, loss, brier = score.class_errors(y_test, answer, list(model.classes_))
        else:
            error, loss, brier = score.value_error(y_test, answer), None, None
        coverage, width = score.coverage(model, X_test, y_test, data.classes)
    except Exception as trouble:  # told in the table, and the other fits go on
        return Result(**of, failed=f"{type(trouble).__name__}: {trouble}")
    return Result(
        **of, error=error, log_loss=loss, brier=brier, fit_cpu=fitted - cpu, fit_wall=fit_wall,
        predict_cpu=predict_cpu, coverage=coverage, width=width,
    )  # fmt: skip


if __name__ == "__main__":
    main()
