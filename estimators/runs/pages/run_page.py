"""The page of one run."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from estimators.runs.directory.stored_run import StoredRun
from estimators.runs.pages.content.charts import run_charts
from estimators.runs.pages.content.code import CodeFile, highlighted, read_code
from estimators.runs.pages.content.console import read_console
from estimators.runs.pages.content.formats import moment, seconds_between
from estimators.runs.pages.content.history import RunHistory
from estimators.runs.pages.content.pictures import pictures
from estimators.runs.pages.content.settings import optimisation
from estimators.runs.pages.rendering import environment, render

_MOST_FILES = 500
_MOST_CHILDREN = 500
_LIVE_PARTS = ("status", "problem", "charts", "figures", "console")


def run_page(folder: Path, *, is_linked: bool = True) -> str:
    """Return the page of a run.

    Parameters
    ----------
    folder : Path
    is_linked : bool, default=True
        Whether the page will stand in the run's directory, so that it may link to the files and
        load what is new.

    Returns
    -------
    str
    """
    run = StoredRun(folder)
    history = RunHistory(run)
    context = _moving(run, history)
    patch = _patch(run)
    is_live = is_linked and run.status == "running"
    return render(
        "run.html",
        {
            "id": run.id,
            "live": is_live,
            "charts": [chart.as_data() for chart in context["charts"]],
            "history": history.as_data(),
        },
        scripts=("live.js",) if is_live else (),
        is_live=is_live,
        is_linked=is_linked,
        **context,
        optimisation=optimisation(run),
        commit=_commit(run),
        packages=dict(sorted((run.environment.get("packages") or {}).items())),
        declared=_declared(run),
        children=_children(run, is_linked),
        parent=_parent(run, is_linked),
        files=_files(run),
        pictures=pictures(run),
        sources=[read_code(name, path) for name, path in run.sources.items()],
        patch=patch,
        changes=_changes(run, patch),
        written=moment(datetime.now(UTC).isoformat()),
    )


def live_data(folder: Path) -> dict[str, Any]:
    """Return what changes on the page of a run while it goes.

    Parameters
    ----------
    folder : Path

    Returns
    -------
    dict
    """
    run = StoredRun(folder)
    history = RunHistory(run)
    context = _moving(run, history, tail=60_000)
    templates = {part: environment().get_template(f"parts/{part}.html") for part in _LIVE_PARTS}
    return {
        "running": run.status == "running",
        "charts": [chart.as_data() for chart in context["charts"]],
        "history": history.as_data(),
        "html": {part: template.render(context) for part, template in templates.items()},
    }


def _moving(run: StoredRun, history: RunHistory, tail: int = 160_000) -> dict[str, Any]:
    """Return what the parts of the page that are live read."""
    end = run.info.get("end")
    now = datetime.now(UTC).isoformat() if run.status == "running" else None
    error = run.text("error.txt")
    return {
        "run": run,
        "info": run.info,
        # Now that the epochs have been read.
        "damage": run.damage,
        "seconds": seconds_between(run.info.get("start"), end or now),
        "history": history,
        "charts": run_charts(history),
        "console": read_console(run.dir / "output.log", tail=tail),
        "traceback": highlighted(error[-50_000:], "error.pytb") if error else [],
    }


def _commit(run: StoredRun) -> str:
    git = run.environment.get("git") or {}
    if not git.get("commit"):
        return ""
    branch = f" on {git['branch']}" if git.get("branch") else ""
    return f"{git['commit'][:12]}{branch}"


def _changes(run: StoredRun, patch: CodeFile | None) -> str:
    """Return what became of the changes that were not committed; empty where there were none."""
    if not (run.environment.get("git") or {}).get("dirty"):
        return ""
    kept = "in git.patch" if patch else "not recorded; record_patch=True keeps them"
    return f"uncommitted, {kept}"


def _declared(run: StoredRun) -> list[dict[str, Any]]:
    """Return the flags, each with its default where it differs from that."""
    known = {item.get("name"): item for item in run.flags_file.get("declared") or ()}
    return [
        {
            "name": name,
            "value": value,
            "help": known.get(name, {}).get("help") or "",
            "default": known[name].get("default") if name in known else value,
        }
        for name, value in run.flags.items()
    ]


def _children(run: StoredRun, is_linked: bool) -> dict[str, Any]:
    found = run.children
    shown = found[-_MOST_CHILDREN:]
    rows = []
    for child in shown:
        history = RunHistory(child)
        measures = {row["name"]: row["best"] for row in history.rows() if row["best"] is not None}
        for evaluation in child.evaluations:
            measures |= {f"eval {name}": value for name, value in evaluation["metrics"].items()}
        page = child.dir / "view.html"
        has_page = is_linked and page.exists()
        link = page.relative_to(run.dir).as_posix() if has_page else ""
        rows.append({"run": child, "link": link, "measures": measures})
    flags = list(dict.fromkeys(name for row in rows for name in row["run"].flags))
    measures = list(dict.fromkeys(name for row in rows for name in row["measures"]))
    return {"rows": rows, "flags": flags, "measures": measures, "count": len(found)}


def _parent(run: StoredRun, is_linked: bool) -> dict[str, str] | None:
    parent = run.info.get("parent")
    if not parent:
        return None
    page = run.dir.parent.parent / "view.html"
    has_page = is_linked and run.dir.parent.name == "runs" and page.exists()
    return {"id": parent, "link": "../../view.html" if has_page else ""}


def _files(run: StoredRun) -> dict[str, Any]:
    found = run.files
    rows = [
        {"name": path.relative_to(run.dir).as_posix(), "size": path.stat().st_size}
        for path in found[:_MOST_FILES]
        if path.exists()
    ]
    return {"rows": rows, "left_out": max(0, len(found) - _MOST_FILES)}


def _patch(run: StoredRun) -> CodeFile | None:
    path = run.dir / "git.patch"
    return read_code("git.patch", path) if path.exists() and path.stat().st_size else None
