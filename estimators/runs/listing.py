"""All runs of a folder as a table, and the way from a table back to a run."""

from __future__ import annotations

import difflib
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from estimators.runs.measured import is_rising
from estimators.runs.row import row_of
from estimators.runs.run import Run
from estimators.runs.store import runs_folder

if TYPE_CHECKING:
    import pandas

__all__ = ["best_run", "find_run", "latest_run", "ls_runs", "run_info", "runs_in"]

ARCHIVE = "archive"


def ls_runs(
    where: str | Callable[[pandas.DataFrame], Any] | None = None,
    *,
    order: str | Sequence[str] = "start",
    descending: bool = True,
    limit: int | None = None,
    status: str | Iterable[str] | None = None,
    tags: str | Iterable[str] | None = None,
    runs_dir: str | os.PathLike[str] | None = None,
) -> pandas.DataFrame:
    """List the runs of a folder, one row each.

    Parameters
    ----------
    where : str or callable, default=None
        Which rows to keep: an expression as ``DataFrame.query`` takes it, or a function from the
        table to a column of booleans.
    order : str or sequence of str, default="start"
        Columns to sort by; they come right after the run's directory and name.
    descending : bool, default=True
        Whether the largest come first; runs that lack the value come last.
    limit : int, default=None
        Number of rows at most.
    status : str or iterable of str, default=None
        Only runs of this status: running, completed, failed, interrupted, crashed.
    tags : str or iterable of str, default=None
        Only runs with all of these tags.
    runs_dir : str or path-like, default=None
        None stands for the environment variable ``KERAS_ESTIMATORS_RUNS`` or the folder ``runs``;
        ``run.dir / "runs"`` holds the runs inside another one.

    Returns
    -------
    pandas.DataFrame
        ``run_dir`` and ``name``; ``eval_*`` of the last evaluation; ``metric_*`` of the last epoch
        and ``metric_*_best`` of the best one; ``flag_*``; ``samples``, ``validation_samples``,
        ``batch_size``, ``epochs``, ``epochs_completed``, ``metrics`` (the file), ``model``,
        ``loss_function``, ``optimizer``, ``learning_rate``, ``script``, ``start``, ``end``,
        ``status``, ``completed``, ``output`` (the file), ``error_message``, ``error_traceback``
        and ``source_code`` (the file and the folder), ``type``, ``tags``, ``parent``; last the
        properties that were set.

    Raises
    ------
    ValueError
        For a column that no run has.

    See Also
    --------
    best_run : The best run by a metric.

    References
    ----------
    ``tfruns::ls_runs``.

    Examples
    --------
    >>> import tempfile
    >>> from estimators.runs import ls_runs, start_run
    >>> folder = tempfile.mkdtemp()
    >>> for units, accuracy in [(8, 0.7), (16, 0.9), (32, 0.8)]:
    ...     with start_run(runs_dir=folder, flags={"units": units}) as run:
    ...         run.log_evaluation({"accuracy": accuracy})
    >>> found = ls_runs("flag_units > 8", order="eval_accuracy", runs_dir=folder)
    >>> found[["eval_accuracy", "flag_units", "status"]]
       eval_accuracy  flag_units     status
    0            0.9          16  completed
    1            0.8          32  completed
    """
    import pandas as pd

    folder = runs_folder(runs_dir)
    rows = list(_rows(folder))
    order = [order] if isinstance(order, str) else list(order)
    columns = _arranged([name for row in rows for name in row], order)
    frame = pd.DataFrame(rows, columns=columns)
    for name in ("start", "end"):
        frame[name] = pd.to_datetime(frame[name], format="ISO8601", utc=True)
    if rows:
        _check_columns(order, columns, folder)
        frame = frame.sort_values(order, ascending=not descending, na_position="last")
    wanted = [status] if isinstance(status, str) else status
    if wanted is not None:
        frame = frame[frame["status"].isin(list(wanted))]
    for tag in [tags] if isinstance(tags, str) else tags or ():
        frame = frame[[tag in own for own in frame["tags"]]]
    if where is not None and len(frame):
        frame = _filtered(frame, where)
    return frame.head(len(frame) if limit is None else limit).reset_index(drop=True)


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
    found = [(run.document["start"], run) for run in runs_in(runs_folder(runs_dir))]
    return max(found, key=lambda pair: (pair[0], pair[1].id), default=(None, None))[1]


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
    if mode not in ("auto", "max", "min"):
        raise ValueError(f"mode={mode!r} is none of 'auto', 'max' and 'min'.")
    frame = ls_runs(runs_dir=runs_dir)
    candidates = (metric, f"eval_{metric}", f"metric_{metric}_best")
    column = next((name for name in candidates if name in frame), None)
    if column is None or not frame[column].notna().any():
        raise ValueError(
            f"No run in {runs_folder(runs_dir)} has measured {metric!r}; "
            f"{_measured(frame.columns)}."
        )
    values = frame[column].astype(float)
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
    known = {name: value for name, value in row_of(found.dir).items() if value is not None}
    return known | {"model_summary": found.model.get("summary"), "environment": found.environment}


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
        if (path / "run.json").is_file():
            return Run(path)
    found = [path for path in folder.glob(f"{Path(run).name}*") if (path / "run.json").is_file()]
    if len(found) != 1:
        many = "none" if not found else f"{len(found)} of them"
        raise ValueError(f"run={str(run)!r} should be one run in {folder}; there is {many}.")
    return Run(found[0])


def runs_in(folder: Path) -> Iterator[Run]:
    """Yield the runs of a folder, in no order.

    Parameters
    ----------
    folder : pathlib.Path

    Yields
    ------
    Run
    """
    try:
        entries = list(os.scandir(folder))
    except (FileNotFoundError, NotADirectoryError):
        return
    for entry in entries:
        # A directory without the document is about to begin, or never did.
        if entry.name != ARCHIVE and os.path.exists(os.path.join(entry.path, "run.json")):
            yield Run(entry.path)


def _rows(folder: Path) -> Iterator[dict[str, Any]]:
    for run in runs_in(folder):
        row = row_of(run.dir)
        # It may have been moved away in this very moment.
        if row is not None:
            yield row


def _arranged(names: Iterable[str], order: Sequence[str]) -> list[str]:
    """Return the columns in the order that people read them in."""
    names = dict.fromkeys([*_ALWAYS, *names])
    groups = {
        prefix: sorted(name for name in names if name.startswith(prefix)) for prefix in _PREFIXES
    }
    grouped = [name for group in groups.values() for name in group]
    head = ["run_dir", "name", *(name for name in order if name in names)]
    rest = [name for name in names if name not in _ALWAYS and name not in grouped]
    return list(dict.fromkeys([*head, *grouped, *_ALWAYS, *rest]))


def _check_columns(wanted: Iterable[str], columns: Sequence[str], folder: Path) -> None:
    for name in wanted:
        if name not in columns:
            close = difflib.get_close_matches(name, columns, n=3)
            hint = f"did you mean {' or '.join(close)}" if close else _measured(columns)
            raise ValueError(f"order={name!r} is a column of no run in {folder}; {hint}.")


def _measured(columns: Iterable[str]) -> str:
    names = [name for name in columns if name.startswith(("eval_", "metric_"))]
    return f"measured are {', '.join(names)}" if names else "nothing was measured yet"


def _filtered(frame: pandas.DataFrame, where: Any) -> pandas.DataFrame:
    if callable(where):
        return frame[where(frame)]
    try:
        return frame.query(where)
    except Exception as error:
        raise ValueError(
            f"where={where!r} cannot be asked of the runs: {error}; write something like "
            f"'eval_accuracy > 0.8 and flag_units == 64'."
        ) from error


_PREFIXES = ("eval_", "metric_", "flag_")
_ALWAYS = (
    *("run_dir", "name"),
    *("samples", "validation_samples", "batch_size", "epochs", "epochs_completed", "metrics"),
    *("model", "loss_function", "optimizer", "learning_rate"),
    *("script", "start", "end", "status", "completed", "output"),
    *("error_message", "error_traceback", "source_code", "type", "tags", "parent"),
)
