"""Copying runs elsewhere, putting old ones away, deleting those that were put away."""

from __future__ import annotations

import os
import shutil
import tempfile
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from estimators.runs.directory.folders import (
    ARCHIVE,
    checked_name,
    is_run,
    run_folders,
    runs_folder,
)
from estimators.runs.directory.lock import is_held
from estimators.runs.directory.run import Run
from estimators.runs.directory.status import RESERVE
from estimators.runs.directory.stored_run import StoredRun
from estimators.runs.listing.finding import find_run

if TYPE_CHECKING:
    import pandas

__all__ = ["clean_runs", "copy_run", "copy_run_files", "purge_runs"]

# Of the process that runs it.
_NOT_COPIED = (".lock", RESERVE)
# What a run writes about itself; the rest is what it made.
_RECORDS = {
    *("run.json", "flags.json", "model.json", "environment.json", "git.patch", "source.json"),
    *("metrics.jsonl", "evaluation.jsonl", "output.log", "error.txt", "source", "runs"),
    *("view.html", "live.js", "plots", "logs"),
    *_NOT_COPIED,
}


def copy_run(
    run: Run | str | os.PathLike[str],
    to: str | os.PathLike[str] = ".",
    *,
    rename: str | None = None,
    runs_dir: str | os.PathLike[str] | None = None,
) -> Path:
    """Copy a run directory, whole; links in it stay links.

    Parameters
    ----------
    run : Run, str or path-like
        A run, its directory or its id.
    to : str or path-like, default="."
        The folder to put the copy in; created where it is missing.
    rename : str, default=None
        Name of the copy, a plain one; the run's id by default.
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
    ValueError
        Where `rename` is no plain name, or `to` lies inside the run.

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
    with _copy_of(found, to, rename) as (copy, target):
        ignored = shutil.ignore_patterns(*_NOT_COPIED)
        shutil.copytree(found.dir, copy, symlinks=True, ignore=ignored, dirs_exist_ok=True)
    return target


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
        Name of the copy, a plain one; the run's id by default.
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
    ValueError
        Where `rename` is no plain name, or `to` lies inside the run.

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
    with _copy_of(found, to, rename) as (copy, target):
        for path in sorted(found.dir.iterdir()):
            if path.name in _RECORDS:
                continue
            place = copy if path.name == "artifacts" else copy / path.name
            if path.is_dir() and not path.is_symlink():
                shutil.copytree(path, place, symlinks=True, dirs_exist_ok=True)
            else:
                shutil.copy2(path, copy / path.name, follow_symlinks=False)
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
        chosen = [run for run in map(Run, run_folders(folder)) if not is_held(run.dir)]
    else:
        chosen = list(dict.fromkeys(find_run(run, runs_dir=runs_dir) for run in _listed(runs)))
        for run in chosen:
            if is_held(run.dir):
                raise ValueError(f"{run!r} cannot be put away; wait for its end.")
    archive = folder / ARCHIVE
    archive.mkdir(parents=True, exist_ok=True)
    # All of them first: of several runs none is moved where one cannot be.
    targets = [_free(archive / run.id) for run in chosen]
    if len(set(targets)) < len(targets):
        raise ValueError("Two of the runs have one id; put them away one after the other.")
    for run in chosen:
        if damage := run.damage:
            warnings.warn(
                f"The run {run.dir} is damaged and is put away too; {'; '.join(damage)}.",
                stacklevel=2,
            )
    return [Path(shutil.move(run.dir, target)) for run, target in zip(chosen, targets)]


def purge_runs(runs_dir: str | os.PathLike[str] | None = None) -> int:
    """Delete for good the runs that `clean_runs` put away, and nothing else.

    What is in ``archive`` and is no run, or one of which nobody can say so, stays; a warning names
    it.

    Parameters
    ----------
    runs_dir : str or path-like, default=None
        As in `ls_runs`.

    Returns
    -------
    int
        How many were deleted.

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
    if not archive.is_dir():
        return 0
    count, left = 0, []
    for path in sorted(archive.iterdir()):
        reason = _why_kept(path)
        if not reason:
            try:
                shutil.rmtree(path)
                count += 1
            except OSError as error:
                reason = f"cannot be deleted whole: {error.strerror}"
        if reason:
            left.append(f"{path.name} {reason}")
    if left:
        more = f" and {len(left) - _NAMED} more" if len(left) > _NAMED else ""
        warnings.warn(
            f"{archive} keeps {', '.join(left[:_NAMED])}{more}; what is to go needs your own hand.",
            stacklevel=2,
        )
    elif not archive.is_symlink():
        archive.rmdir()
    return count


def _why_kept(path: Path) -> str:
    """Return why something in the archive is not deleted; empty for a run that is over."""
    if path.is_symlink():
        return "is a link"
    if not path.is_dir() or not is_run(path):
        return "is no run"
    if is_held(path):
        return "is still running"
    run = StoredRun(path)
    # Somebody else's folder may hold a run.json too.
    return "is damaged" if not run.info or run.damage_seen else ""


def _listed(runs: Any) -> list[Any]:
    if hasattr(runs, "columns"):
        return runs["run_dir"].tolist()
    return [runs] if isinstance(runs, str | os.PathLike) else list(runs)


@contextmanager
def _copy_of(
    run: Run, to: str | os.PathLike[str], rename: str | None
) -> Iterator[tuple[Path, Path]]:
    """Give an empty folder to copy to, which becomes the copy when the block ends well."""
    name = run.id if rename is None else checked_name(rename, "rename")
    target = _free(Path(to) / name)
    if target.resolve().is_relative_to(run.dir.resolve()):
        raise ValueError(f"to={os.fspath(to)!r} lies inside {run!r}; give a folder elsewhere.")
    target.parent.mkdir(parents=True, exist_ok=True)
    copy = Path(tempfile.mkdtemp(prefix=".copy-", dir=target.parent))
    try:
        yield copy, target
        copy.chmod(run.dir.stat().st_mode)
        copy.rename(_free(target))
    except BaseException:
        shutil.rmtree(copy, ignore_errors=True)
        raise


def _free(path: Path) -> Path:
    if os.path.lexists(path):
        raise FileExistsError(f"{path} is there already; move it, or give rename= another name.")
    return path


# How many are named of what a purge left.
_NAMED = 5
