"""Copying runs elsewhere, putting old ones away, deleting those that were put away."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from estimators.runs.directory.folders import ARCHIVE, run_folders, runs_folder
from estimators.runs.directory.run import Run
from estimators.runs.listing.finding import find_run

if TYPE_CHECKING:
    import pandas

__all__ = ["clean_runs", "copy_run", "copy_run_files", "purge_runs"]

# What a run writes about itself; the rest is what it made.
_RECORDS = {
    *("run.json", "flags.json", "model.json", "environment.json", "git.patch", "source.json"),
    *("metrics.jsonl", "evaluation.jsonl", "output.log", "error.txt", "source", "runs"),
    *(".lock", "view.html", "live.js", "plots", "logs"),
}


def copy_run(
    run: Run | str | os.PathLike[str],
    to: str | os.PathLike[str] = ".",
    *,
    rename: str | None = None,
    runs_dir: str | os.PathLike[str] | None = None,
) -> Path:
    """Copy a run directory, whole.

    Parameters
    ----------
    run : Run, str or path-like
        A run, its directory or its id.
    to : str or path-like, default="."
        The folder to put the copy in; created where it is missing.
    rename : str, default=None
        Name of the copy; the run's id by default.
    runs_dir : str or path-like, default=None
        As in `ls_runs`.

    Returns
    -------
    pathlib.Path
        The copy.

    Raises
    ------
    FileExistsError
        Where something of that name is there already.

    Examples
    --------
    >>> import tempfile
    >>> from estimators.runs import copy_run, start_run
    >>> with start_run(runs_dir=tempfile.mkdtemp()) as run:
    ...     pass
    >>> copy_run(run, tempfile.mkdtemp(), rename="best").name
    'best'
    """
    found = find_run(run, runs_dir=runs_dir)
    target = _free(Path(to) / (rename or found.id))
    return Path(shutil.copytree(found.dir, target, ignore=shutil.ignore_patterns(".lock")))


def copy_run_files(
    run: Run | str | os.PathLike[str],
    to: str | os.PathLike[str] = ".",
    *,
    rename: str | None = None,
    runs_dir: str | os.PathLike[str] | None = None,
) -> Path:
    """Copy what a run made: its artifacts and the files it wrote to its directory itself.

    Parameters
    ----------
    run : Run, str or path-like
        A run, its directory or its id.
    to : str or path-like, default="."
        The folder to put the copy in; created where it is missing.
    rename : str, default=None
        Name of the copy; the run's id by default.
    runs_dir : str or path-like, default=None
        As in `ls_runs`.

    Returns
    -------
    pathlib.Path
        The copy: a folder without records, plots and logs.

    Raises
    ------
    FileExistsError
        Where something of that name is there already.

    Examples
    --------
    >>> import tempfile
    >>> from estimators.runs import copy_run_files, run_dir, start_run
    >>> with start_run(runs_dir=tempfile.mkdtemp()) as run:
    ...     _ = (run_dir() / "predictions.csv").write_text("id,churn")
    >>> [path.name for path in copy_run_files(run, tempfile.mkdtemp()).iterdir()]
    ['predictions.csv']
    """
    found = find_run(run, runs_dir=runs_dir)
    target = _free(Path(to) / (rename or found.id))
    target.mkdir(parents=True)
    for path in sorted(found.dir.iterdir()):
        if path.name == "artifacts":
            shutil.copytree(path, target, dirs_exist_ok=True)
        elif path.name not in _RECORDS:
            (shutil.copytree if path.is_dir() else shutil.copy2)(path, target / path.name)
    return target


def clean_runs(
    runs: pandas.DataFrame | Run | str | os.PathLike[str] | Iterable[Any] | None = None,
    *,
    runs_dir: str | os.PathLike[str] | None = None,
) -> list[Path]:
    """Put runs away: move them to the folder ``archive`` among the runs, where none is listed.

    Parameters
    ----------
    runs : DataFrame, Run, str, path-like or iterable of them, default=None
        Rows of `ls_runs`, or runs; all that are over by default.
    runs_dir : str or path-like, default=None
        As in `ls_runs`.

    Returns
    -------
    list of pathlib.Path
        Where they are now.

    Raises
    ------
    ValueError
        Where one of `runs` is running; none is moved then.

    Examples
    --------
    >>> import tempfile
    >>> from estimators.runs import clean_runs, ls_runs, start_run
    >>> folder = tempfile.mkdtemp()
    >>> for loss in (0.2, 0.4):
    ...     with start_run(runs_dir=folder) as run:
    ...         run.log_metrics({"loss": loss})
    >>> len(clean_runs(ls_runs("metric_loss > 0.3", runs_dir=folder), runs_dir=folder))
    1
    >>> ls_runs(runs_dir=folder)["metric_loss"].tolist()
    [0.2]
    """
    folder = runs_folder(runs_dir)
    if runs is None:
        chosen = [run for run in map(Run, run_folders(folder)) if run.status != "running"]
    else:
        chosen = [find_run(run, runs_dir=runs_dir) for run in _listed(runs)]
        for run in chosen:
            if run.status == "running":
                raise ValueError(f"{run!r} cannot be put away; wait for its end.")
    archive = folder / ARCHIVE
    archive.mkdir(parents=True, exist_ok=True)
    return [Path(shutil.move(run.dir, _free(archive / run.id))) for run in chosen]


def purge_runs(runs_dir: str | os.PathLike[str] | None = None) -> int:
    """Delete for good the runs that `clean_runs` put away.

    Parameters
    ----------
    runs_dir : str or path-like, default=None
        As in `ls_runs`.

    Returns
    -------
    int
        How many they were.

    Examples
    --------
    >>> import tempfile
    >>> from estimators.runs import clean_runs, purge_runs, start_run
    >>> folder = tempfile.mkdtemp()
    >>> with start_run(runs_dir=folder):
    ...     pass
    >>> _ = clean_runs(runs_dir=folder)
    >>> purge_runs(folder)
    1
    """
    archive = runs_folder(runs_dir) / ARCHIVE
    count = len(run_folders(archive))
    if archive.exists():
        shutil.rmtree(archive)
    return count


def _listed(runs: Any) -> list[Any]:
    if hasattr(runs, "columns"):
        return runs["run_dir"].tolist()
    return [runs] if isinstance(runs, str | os.PathLike) else list(runs)


def _free(path: Path) -> Path:
    if path.exists():
        raise FileExistsError(f"{path} is there already; move it, or give rename= another name.")
    return path
