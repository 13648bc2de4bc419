"""The index of all runs of a folder: one table that the browser sorts and filters."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from estimators.runs.directory.fields import parse_time
from estimators.runs.directory.folders import run_folders
from estimators.runs.directory.member_epochs import joined
from estimators.runs.directory.stored_run import StoredRun
from estimators.runs.listing.table_row import PREFIXES, row_of
from estimators.runs.pages.content.charts import sparkline
from estimators.runs.pages.content.formats import (
    duration,
    measure,
    moment,
    seconds_between,
    setting,
)
from estimators.runs.pages.rendering import render

# Columns beyond these wait in the list of columns.
_EVALUATIONS, _MEASURES, _FLAGS = 4, 3, 8
_SETTINGS = (
    *("model", "loss_function", "optimizer", "learning_rate"),
    *("samples", "validation_samples", "batch_size", "epochs", "script", "error_message"),
)
# What a row says already, in its own words or as a path.
_KNOWN = {
    *("run_dir", "name", "metrics", "start", "end", "status", "completed", "output", "type"),
    *("error_traceback", "source_code", "tags", "parent", "epochs_completed"),
}


def index_page(folder: Path) -> str:
    """Return the index of the runs of a folder, and of the runs inside them.

    Parameters
    ----------
    folder : Path

    Returns
    -------
    str
    """
    runs = list(_runs(folder, folder))
    columns = _columns(runs)
    inside = folder.is_relative_to(Path.cwd())
    data = {
        "folder": (folder.relative_to(Path.cwd()) if inside else folder).as_posix(),
        "columns": columns,
        "runs": [
            {
                **{key: run[key] for key in ("id", "path", "link", "parent", "spark")},
                "values": [run["values"].get(column["key"]) for column in columns],
                "texts": [_text(run["values"].get(column["key"]), column) for column in columns],
            }
            for run in runs
        ],
    }
    return render(
        "index.html",
        data,
        scripts=("index.js",),
        folder=str(folder),
        count=len(runs),
        statuses=list(dict.fromkeys(run["values"]["status"] for run in runs)),
        has_children=any(run["parent"] for run in runs),
        written=moment(datetime.now(UTC).isoformat()),
    )


def _runs(folder: Path, root: Path, parent: str = "") -> Iterator[dict[str, Any]]:
    for path in run_folders(folder):
        run = StoredRun(path)
        # The epochs are drawn, so that what is damaged in them is seen as well.
        spark = sparkline(_losses(run))
        row = row_of(run)
        if row is None:
            continue
        has_page = (path / "view.html").exists()
        place = path.relative_to(root).as_posix()
        yield {
            "id": path.name,
            "path": place,
            "link": f"{place}/view.html" if has_page else "",
            "parent": parent,
            "spark": spark,
            "values": row
            | {
                "name": row["name"] or path.name,
                "id": path.name,
                "start": _short(row["start"]),
                "seconds": seconds_between(row["start"], row["end"]),
                "tags": " ".join(map(str, row["tags"] or ())),
            },
        }
        # A link may lead back to where we are.
        if not (path / "runs").is_symlink() and not path.is_symlink():
            yield from _runs(path / "runs", root, place)


def _losses(run: StoredRun) -> list[float]:
    epochs = [record["metrics"] for record in joined(run.metrics)]
    name = "val_loss" if any("val_loss" in epoch for epoch in epochs) else "loss"
    return [epoch.get(name, math.nan) for epoch in epochs]


def _columns(runs: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the columns, those first that tell runs apart."""
    keys = list(dict.fromkeys(key for run in runs for key in run["values"]))
    values = {key: [run["values"].get(key) for run in runs] for key in keys}
    flags = [key for key in keys if key.startswith("flag_")]
    varying = [key for key in flags if len({str(value) for value in values[key]}) > 1]
    evaluations = [key for key in keys if key.startswith("eval_")]
    best = [key for key in keys if key.startswith("metric_") and key.endswith("_best")]
    best.sort(key=lambda key: not key.startswith("metric_val_"))
    last = [key for key in keys if key.startswith("metric_") and key not in best]
    others = [key for key in keys if key not in _KNOWN and not key.startswith(PREFIXES)]
    others = [key for key in others if key not in _SETTINGS and key not in {"id", "seconds"}]
    shown = {
        *evaluations[:_EVALUATIONS],
        *best[: 1 if evaluations else _MEASURES],
        *varying[:_FLAGS],
        *(["tags"] if any(values.get("tags", ())) else []),
        *(["error_message"] if "damaged" in values.get("status", ()) else []),
    }
    fixed = [
        _column("name", "run", "name"),
        _column("status", "status", "status"),
        _column("start", "started", "text"),
        _column("seconds", "took", "duration"),
        _column("epochs_completed", "epochs", "number"),
        _column("spark", "loss", "spark"),
    ]
    free = [
        *(_column(key, key, "measure", key in shown) for key in evaluations),
        *(_column(key, _label(key), "measure", key in shown) for key in best),
        *(_column(key, key.removeprefix("flag_"), "value", key in shown) for key in flags),
        _column("tags", "tags", "text", "tags" in shown),
        *(_column(key, f"last {_label(key)}", "measure", False) for key in last),
        *(_column(key, key.replace("_", " "), "value", key in shown) for key in _SETTINGS),
        *(_column(key, key, "value", False) for key in others),
        _column("id", "id", "text", False),
    ]
    return [*fixed, *(column for column in free if any(_given(values.get(column["key"], ()))))]


def _column(key: str, label: str, kind: str, is_shown: bool = True) -> dict[str, Any]:
    return {"key": key, "label": label, "kind": kind, "shown": is_shown}


def _label(key: str) -> str:
    name = key.removeprefix("metric_")
    return f"best {name.removesuffix('_best')}" if name.endswith("_best") else name


def _text(value: Any, column: Mapping[str, Any]) -> str | None:
    """Return how a value is written, None where it is written as it is."""
    text = _FORMATS.get(column["kind"], str)(value)
    return None if value in (None, text) else text


def _given(values: Sequence[Any]) -> Iterator[bool]:
    return (value is not None and value != "" for value in values)


def _short(start: Any) -> Any:
    time = parse_time(start)
    return f"{time:%Y-%m-%d %H:%M:%S}" if time else start


_FORMATS = {"measure": measure, "duration": duration, "value": setting}
