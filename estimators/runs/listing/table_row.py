"""One run as a row of the table of all runs."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any

from estimators.runs.directory.json_values import from_plain
from estimators.runs.directory.stored_run import StoredRun

__all__ = ["PREFIXES", "evaluation_prefix", "row_of"]

# Of the columns that evaluations, epochs and flags bring along.
PREFIXES = ("eval_", "metric_", "flag_")


def row_of(run: StoredRun) -> dict[str, Any] | None:
    """Return what the table of runs says of one run.

    Parameters
    ----------
    run : StoredRun

    Returns
    -------
    dict or None
        None where there is no run: it may have been moved away in this very moment.
    """
    folder = run.dir
    try:
        files = set(os.listdir(folder))
    except FileNotFoundError:
        return None
    document, model, epochs = run.info, run.model, run.measured
    optimizer = model.get("optimizer") or {}
    error = "; ".join(run.damage) or (document.get("error") or {}).get("message")

    def path_of(name: str) -> str | None:
        return os.path.join(folder, name) if name in files else None

    row = {
        "run_dir": str(folder),
        "name": document.get("name"),
        **_evaluated(run.evaluations),
        **{f"metric_{name}": from_plain(value) for name, value in epochs["last"].items()},
        **{f"metric_{name}_best": from_plain(value) for name, value in epochs["best"].items()},
        **{f"flag_{name}": value for name, value in run.flags.items()},
        "samples": model.get("samples"),
        "validation_samples": model.get("validation_samples"),
        "batch_size": model.get("batch_size"),
        "epochs": model.get("epochs"),
        "epochs_completed": epochs["epochs_completed"],
        "metrics": path_of("metrics.jsonl"),
        "model": model.get("class"),
        "loss_function": model.get("loss"),
        "optimizer": optimizer.get("name"),
        "learning_rate": optimizer.get("learning_rate"),
        "script": document.get("script"),
        "start": run.start and run.start.isoformat(),
        "end": run.end and run.end.isoformat(),
        "status": run.status,
        "completed": run.status == "completed",
        "output": path_of("output.log"),
        "error_message": error,
        "error_traceback": path_of("error.txt"),
        "source_code": path_of("source"),
        "type": "training",
        "tags": run.tags,
        "parent": document.get("parent"),
    }
    # What was set never stands for what was recorded.
    return row | {
        f"property_{name}" if name in row else name: value
        for name, value in (document.get("properties") or {}).items()
    }


def evaluation_prefix(name: str) -> str:
    """Return how the columns of an evaluation begin; one on test data has no name in them.

    Parameters
    ----------
    name : str
        Of the evaluation.

    Returns
    -------
    str

    Examples
    --------
    >>> from estimators.runs.listing.table_row import evaluation_prefix
    >>> evaluation_prefix("test"), evaluation_prefix("train")
    ('eval_', 'eval_train_')
    """
    return "eval_" if name == "test" else f"eval_{name}_"


def _evaluated(lines: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the last evaluation of each name."""
    found: dict[str, Any] = {}
    for line in lines:
        prefix = evaluation_prefix(line.get("name") or "unnamed")
        found |= {f"{prefix}{name}": value for name, value in line["metrics"].items()}
    return found
