"""One run as a row of the table of all runs."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from estimators.runs.directory.documents import read_json
from estimators.runs.directory.json_lines import read_lines
from estimators.runs.directory.json_values import from_plain
from estimators.runs.directory.metric_summary import is_up_to_date, summary_of
from estimators.runs.directory.status import status_of

__all__ = ["PREFIXES", "evaluation_prefix", "row_of"]

# Of the columns that evaluations, epochs and flags bring along.
PREFIXES = ("eval_", "metric_", "flag_")


def row_of(folder: Path) -> dict[str, Any] | None:
    """Return what the table of runs says of one run.

    Parameters
    ----------
    folder : pathlib.Path

    Returns
    -------
    dict or None
        None where there is no run.
    """
    document = read_json(folder / "run.json")
    if not document:
        return None
    files = set(os.listdir(folder))
    model, flags = (
        read_json(folder / name) if name in files else {} for name in ("model.json", "flags.json")
    )
    evaluations = read_lines(folder / "evaluation.jsonl") if "evaluation.jsonl" in files else []
    status = status_of(folder, document)
    optimizer = model.get("optimizer") or {}
    epochs = document.get("measured") if "metrics.jsonl" in files else summary_of([])
    if not is_up_to_date(epochs, folder):
        epochs = summary_of(read_lines(folder / "metrics.jsonl"))

    def path_of(name: str) -> str | None:
        return os.path.join(folder, name) if name in files else None

    return {
        "run_dir": str(folder),
        "name": document.get("name"),
        **_evaluated(evaluations),
        **{f"metric_{name}": from_plain(value) for name, value in epochs["last"].items()},
        **{f"metric_{name}_best": from_plain(value) for name, value in epochs["best"].items()},
        **{f"flag_{name}": value for name, value in flags.get("values", {}).items()},
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
        "start": document.get("start"),
        "end": document.get("end"),
        "status": status,
        "completed": status == "completed",
        "output": path_of("output.log"),
        "error_message": (document.get("error") or {}).get("message"),
        "error_traceback": path_of("error.txt"),
        "source_code": path_of("source"),
        "type": "training",
        "tags": document.get("tags", []),
        "parent": document.get("parent"),
        **document.get("properties", {}),
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
        prefix = evaluation_prefix(line["name"])
        found |= {f"{prefix}{name}": from_plain(value) for name, value in line["metrics"].items()}
    return found
