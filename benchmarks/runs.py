"""What tracking costs: the churn network fitted inside a run and outside, in turns.

``python -m benchmarks.runs`` prints the median of both and the difference, which is to stay under
3 %; and the seconds in which 2,000 runs of 50 epochs are listed.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from pathlib import Path

import numpy as np
from sklearn.base import clone

from estimators import DNNClassifier
from estimators.datasets import load_churn
from estimators.runs import Run, ls_runs, start_run
from estimators.runs.directory.documents import update_json, write_json
from estimators.runs.directory.json_lines import append_line
from estimators.runs.directory.json_values import now
from estimators.runs.directory.metric_summary import summary_of_run
from feature_specs import FeatureSpec, all_nominal, all_numeric

EPOCHS = 20


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=30)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        report_fits(Path(folder) / "fits", options.repeats)
        report_listing(Path(folder) / "many")


def report_fits(folder: Path, repeats: int) -> None:
    """Fit in turns, so that whatever slows the machine down slows both."""
    table = load_churn()
    spec = (
        FeatureSpec("churn ~ .")
        .step_numeric_column(all_numeric(), normalizer="standard")
        .step_categorical_column_with_vocabulary_list(all_nominal())
        .step_indicator_column(all_nominal())
    )
    for validation in (0.2, None):
        model = DNNClassifier(
            spec,
            numeric_embedding=None,
            hidden_units=(256, 128, 64, 32),
            weight_decay=0.0,
            dropout=0.2,
            epochs=EPOCHS,
            early_stopping=False,
            batch_size=128,
            validation_fraction=validation,
            random_state=0,
        ).fit(table)
        alone, tracked = [], []
        for _ in range(repeats):
            seconds, expected = timed(model, table)
            alone.append(seconds)
            with start_run(runs_dir=folder) as run:
                seconds, history = timed(model, table)
            tracked.append(seconds)
            assert expected == history
            # A comparison of nothing with nothing would pass as well.
            assert run.metrics["loss"].tolist() == history["loss"]
        seconds, more = statistics.median(alone), statistics.median(np.subtract(tracked, alone))
        print(
            f"{EPOCHS} epochs, validation_fraction={validation}: alone {seconds * 1e3:.1f} ms, "
            f"tracked {more * 1e3:+.1f} ms ({more / seconds:+.1%})"
        )


def timed(model: DNNClassifier, table: object) -> tuple[float, dict]:
    """Return the seconds of a fit and what it measured."""
    new = clone(model)
    began = time.perf_counter()
    new.fit(table)
    return time.perf_counter() - began, new.history_.history


def report_listing(folder: Path) -> None:
    """Write runs as they are written, and list them."""
    for number in range(2000):
        write_run(folder / f"run-{number:04}", number)
    # What the first call imports is not what is measured.
    ls_runs(runs_dir=folder / "none")
    seconds = []
    for _ in range(5):
        began = time.perf_counter()
        found = ls_runs(order="eval_accuracy", runs_dir=folder)
        seconds.append(time.perf_counter() - began)
    assert found["metric_loss"].notna().all()
    print(f"{len(found)} runs of 50 epochs listed in {statistics.median(seconds):.2f} s")


def write_run(folder: Path, number: int) -> None:
    """Write a run that has ended."""
    folder.mkdir(parents=True)
    document = {"schema": 1, "id": folder.name, "status": "completed", "start": now(), "end": now()}
    write_json(folder / "run.json", document | {"tags": [], "properties": {}})
    write_json(folder / "flags.json", {"values": {"layer1": number % 7, "dropout": 0.1}})
    optimizer = {"name": "adam", "learning_rate": 0.001}
    model = {"class": "DNNClassifier", "optimizer": optimizer, "summary": "-" * 2000}
    write_json(folder / "model.json", model)
    line = {"epoch": 49, "time": now(), "fit": 0}
    measured = {"loss": 0.4, "accuracy": 0.8, "val_loss": 0.45, "val_accuracy": 0.79}
    for _ in range(50):
        append_line(folder / "metrics.jsonl", line | {"metrics": measured})
    Run(folder).log_evaluation({"accuracy": number / 2000})
    update_json(folder / "run.json", {"measured": summary_of_run(folder)})


if __name__ == "__main__":
    main()
