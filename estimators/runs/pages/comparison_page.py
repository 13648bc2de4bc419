"""The page about the differences of two or more runs; the others are compared with the first."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from estimators.engine.history import is_rising
from estimators.runs.directory.stored_run import StoredRun
from estimators.runs.pages.content.charts import comparison_charts, run_color
from estimators.runs.pages.content.console import as_shown, read_console
from estimators.runs.pages.content.differences import compare_texts
from estimators.runs.pages.content.formats import measure, moment, seconds_between, setting
from estimators.runs.pages.content.history import RunHistory
from estimators.runs.pages.content.pictures import pictures
from estimators.runs.pages.content.settings import environment, model, optimisation
from estimators.runs.pages.rendering import render

_PICTURES = 24_000_000
# Neither more nor less of these is any better.
_NEVER_BETTER = (
    *("learning_rate", "global_step", "accuracy_baseline", "label/mean", "prediction/mean"),
)


def comparison_page(folders: Sequence[Path]) -> str:
    """Return the page of several runs, to stand beside the first of them.

    Parameters
    ----------
    folders : sequence of Path

    Returns
    -------
    str
    """
    runs = [StoredRun(folder) for folder in folders]
    names = _names(runs)
    histories = [RunHistory(run) for run in runs]
    charts = comparison_charts(names, histories)
    plots = _plots(runs)
    return render(
        "comparison.html",
        {
            "charts": [chart.as_data() for chart in charts],
            "runs": [
                {"id": run.id, "history": history.as_data()}
                for run, history in zip(runs, histories)
            ],
        },
        runs=[
            {
                "name": name,
                "color": run_color(number),
                "run": run,
                "link": _link(run, folders[0].parent),
                "seconds": seconds_between(run.info.get("start"), run.info.get("end")),
            }
            for number, (name, run) in enumerate(zip(names, runs))
        ],
        charts=charts,
        measures=_measures(runs, histories),
        tables=[
            _table("Flags", [run.flags for run in runs]),
            _table("Optimisation", [optimisation(run) for run in runs]),
            _table("Model", [model(run) for run in runs]),
            _table("Environment", [environment(run) for run in runs], is_long=True),
        ],
        summaries=_against_first(runs, names, lambda run: run.model.get("summary") or ""),
        sources=_sources(runs, names),
        plots=plots,
        consoles=_against_first(runs, names, _printed),
        written=moment(datetime.now(UTC).isoformat()),
    )


def _names(runs: Sequence[StoredRun]) -> list[str]:
    """Return the names of the runs, with their ids where names do not tell them apart."""
    names = [run.name for run in runs]
    return [
        name if names.count(name) == 1 else f"{name} ({run.id})" if name != run.id else name
        for name, run in zip(names, runs)
    ]


def _link(run: StoredRun, folder: Path) -> str:
    page = run.dir / "view.html"
    return Path(os.path.relpath(page, folder)).as_posix() if page.exists() else ""


def _measures(runs: Sequence[StoredRun], histories: Sequence[RunHistory]) -> list[dict[str, Any]]:
    """Return the groups of figures: evaluations, best epochs, last epochs."""
    groups: dict[str, list[dict[str, float]]] = {}
    for place, run in enumerate(runs):
        for evaluation in run.evaluations:
            title = f"Evaluation: {evaluation.get('name') or 'unnamed'}"
            groups.setdefault(title, [{} for _ in runs])[place] |= evaluation["metrics"]
    rows = [history.rows() for history in histories]
    for title, kind in (("Best epoch", "best"), ("Last epoch", "last")):
        groups[title] = [
            {row["name"]: row[kind] for row in own if row[kind] is not None} for own in rows
        ]
    return [
        {
            "title": title,
            "rows": [
                _figures(name, [own.get(name) for own in values])
                for name in dict.fromkeys(name for own in values for name in own)
            ],
        }
        for title, values in groups.items()
    ]


def _figures(name: str, values: Sequence[float | None]) -> dict[str, Any]:
    finite = [value for value in values if value is not None and math.isfinite(value)]
    better = max if is_rising(name) else min
    best = better(finite) if len(set(finite)) > 1 and name not in _NEVER_BETTER else None
    return {
        "name": name,
        "cells": [
            {"text": measure(value), "is_best": value is not None and value == best}
            for value in values
        ],
    }


def _table(
    title: str, settings: Sequence[Mapping[str, Any]], is_long: bool = False
) -> dict[str, Any]:
    """Return a table of settings side by side; a long one shows only what differs at first."""
    rows = []
    for name in dict.fromkeys(name for own in settings for name in own):
        cells = [setting(own[name]) if name in own else "–" for own in settings]
        rows.append({"name": name, "cells": cells, "differs": len(set(cells)) > 1})
    return {
        "title": title,
        "id": f"t-{title.lower()}",
        "rows": rows,
        "is_long": is_long,
        "differing": sum(row["differs"] for row in rows),
    }


def _against_first(
    runs: Sequence[StoredRun], names: Sequence[str], text: Callable[[StoredRun], str]
) -> list[dict[str, Any]]:
    first = text(runs[0])
    return [
        {"name": name, "color": run_color(number), "found": compare_texts(first, text(run))}
        for number, (name, run) in enumerate(zip(names, runs))
        if number
    ]


def _sources(runs: Sequence[StoredRun], names: Sequence[str]) -> list[dict[str, Any]]:
    """Return for each run but the first how every source file differs from the first run's."""
    texts = [
        {path: run.text(f"source/{path}") for path in run.sources} | _patch(run) for run in runs
    ]
    found = []
    for number in range(1, len(runs)):
        twin = next((names[i] for i in range(1, number) if texts[i] == texts[number]), "")
        entry = {"name": names[number], "color": run_color(number), "twin": twin}
        files = [] if twin else list(_files(texts[0], texts[number]))
        entry["files"] = [file for file in files if file["found"]]
        entry["same"] = [file["path"] for file in files if not file["found"]]
        found.append(entry)
    return found


def _patch(run: StoredRun) -> dict[str, str]:
    patch = run.text("git.patch")
    return {"git.patch": patch} if patch else {}


def _files(old: Mapping[str, str], new: Mapping[str, str]):
    for path in dict.fromkeys([*old, *new]):
        state = "only here" if path not in old else "only in the first" if path not in new else ""
        found = compare_texts(old.get(path, ""), new.get(path, ""))
        yield {"path": path, "state": state, "found": found}


def _plots(runs: Sequence[StoredRun]) -> list[dict[str, Any]]:
    """Return the plots by name, each with one picture a run."""
    found = [
        {item["name"]: item["source"] for item in pictures(run, _PICTURES // len(runs))}
        for run in runs
    ]
    return [
        {"name": name, "sources": [own.get(name, "") for own in found]}
        for name in dict.fromkeys(name for own in found for name in own)
    ]


def _printed(run: StoredRun) -> str:
    console = read_console(run.dir / "output.log", head=60_000, tail=60_000)
    return as_shown(f"{console.head}\n{console.tail}" if console.tail else console.head)
