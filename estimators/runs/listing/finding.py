"""One run out of many: by its id, the latest, the best."""

from __future__ import annotations

import heapq
import os
import warnings
from pathlib import Path
from typing import Any

from estimators.engine.history import is_rising
from estimators.runs.directory.folders import is_run, run_folders, runs_folder
from estimators.runs.directory.run import Run
from estimators.runs.directory.stored_run import StoredRun
from estimators.runs.listing.table import ls_runs, measured_columns
from estimators.runs.listing.table_row import row_of

__all__ = ["best_run", "find_run", "latest_run", "latest_runs", "run_info"]


def find_run(
    run: Run | str | os.PathLike[str] | None = None,
    *,
    runs_dir: str | os.PathLike[str] | None = None,
) -> Run:
    """Return the run that is meant, or raise.

    Parameters
    ----------
    run : Run, str or path-like, default=None
        A run, its directory, its id or the beginning of that; the latest one by default.
    runs_dir : str or path-like, default=None
        As in `ls_runs`.

    Returns
    -------
    Run

    Raises
    ------
    ValueError
        Where there is no such run, or more than one.
    """
    folder = runs_folder(runs_dir)
    if run is None:
        latest = latest_run(runs_dir)
        if latest is None:
            raise ValueError(f"There are no runs in {folder}.")
        return latest
    if isinstance(run, Run):
        return run
    for path in (Path(run), folder / run):
        if os.fspath(run) and is_run(path):
            return Run(path)
    # The beginning of an id is no path: "." and "elsewhere/2026" begin nothing here.
    beginning = os.fspath(run)
    is_name = bool(beginning) and beginning == Path(beginning).name
    found = [path for path in run_folders(folder) if is_name and path.name.startswith(beginning)]
    if len(found) != 1:
        many = "none" if not found else f"{len(found)} of them"
        raise ValueError(f"run={str(run)!r} should be one run in {folder}; there is {many}.")
    return Run(found[0])


def latest_run(runs_dir: str | os.PathLike[str] | None = None) -> Run | None:
    """Return the run that began last.

    Parameters
    ----------
    runs_dir : str or path-like, default=None
        As in `ls_runs`.

    Returns
    -------
    Run or None
        None where there are no runs.

    Examples
    --------
    >>> import tempfile
    >>> from estimators.runs import latest_run
    >>> latest_run(tempfile.mkdtemp()) is None
    True
    """
    return next(iter(latest_runs(1, runs_dir=runs_dir)), None)


def latest_runs(count: int, *, runs_dir: str | os.PathLike[str] | None = None) -> list[Run]:
    """Return the runs that began last, the newest first.

    Parameters
    ----------
    count : int
        So many at most.
    runs_dir : str or path-like, default=None
        As in `ls_runs`.

    Returns
    -------
    list of Run
    """
    found = [StoredRun(path) for path in run_folders(runs_folder(runs_dir))]
    for run in found:
        if run.start is None:
            warnings.warn(
                f"Nobody can say when the run {run.dir} began: {'; '.join(run.damage_seen)}. It is "
                "taken for the oldest; mend it, or put it away with clean_runs().",
                stacklevel=3,
            )
    return [Run(run.dir) for run in heapq.nlargest(count, found, key=StoredRun.began)]


def best_run(
    metric: str, mode: str = "auto", *, runs_dir: str | os.PathLike[str] | None = None
) -> Run:
    """Return the run with the best value of a metric.

    Parameters
    ----------
    metric : str
        A column of `ls_runs`, or a metric's own name: that of an evaluation, or else that of the
        epochs, whose best counts.
    mode : {"auto", "max", "min"}, default="auto"
        Which value is better; "auto" sees it by the name: accuracies rise, losses fall.
    runs_dir : str or path-like, default=None
        As in `ls_runs`.

    Returns
    -------
    Run

    Raises
    ------
    ValueError
        Where no run has measured it.

    Examples
    --------
    >>> import tempfile
    >>> from estimators.runs import best_run, start_run
    >>> folder = tempfile.mkdtemp()
    >>> for loss in (0.4, 0.2, 0.3):
    ...     with start_run(f"loss {loss}", runs_dir=folder) as run:
    ...         run.log_metrics({"loss": loss})
    >>> best_run("loss", runs_dir=folder).name
    'loss 0.2'
    """
    import pandas as pd

    if mode not in ("auto", "max", "min"):
        raise ValueError(f"mode={mode!r} is none of 'auto', 'max' and 'min'.")
    frame = ls_runs(runs_dir=runs_dir)
    candidates = (metric, f"eval_{metric}", f"metric_{metric}_best")
    column = next((name for name in candidates if name in frame), None)
    values = pd.to_numeric(frame[column], errors="coerce") if column else pd.Series(dtype=float)
    if values.isna().all():
        raise ValueError(
            f"No run in {runs_folder(runs_dir)} has measured {metric!r}; "
            f"{measured_columns(frame.columns)}."
        )
    rises = mode == "max" or (mode == "auto" and is_rising(column))
    return Run(frame["run_dir"][values.idxmax() if rises else values.idxmin()])


def run_info(
    run: Run | str | os.PathLike[str] | None = None,
    *,
    runs_dir: str | os.PathLike[str] | None = None,
) -> dict[str, Any]:
    """Return all that `ls_runs` says of one run, and the model and the environment.

    Parameters
    ----------
    run : Run, str or path-like, default=None
        A run, its directory or its id; the latest one by default.
    runs_dir : str or path-like, default=None
        As in `ls_runs`.

    Returns
    -------
    dict
        What is not known is left out.

    Examples
    --------
    >>> import tempfile
    >>> from estimators.runs import run_info, start_run
    >>> with start_run("first", runs_dir=tempfile.mkdtemp(), flags={"units": 8}) as run:
    ...     pass
    >>> info = run_info(run)
    >>> info["name"], info["flag_units"], info["status"]
    ('first', 8, 'completed')
    """
    found = find_run(run, runs_dir=runs_dir)
    stored = StoredRun(found.dir)
    row = row_of(stored) or {}
    known = {name: value for name, value in row.items() if value is not None}
    return known | {"model_summary": stored.model.get("summary"), "environment": stored.environment}
