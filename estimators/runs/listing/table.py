"""All runs of a folder as a table."""

from __future__ import annotations

import difflib
import os
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from estimators.runs.directory.folders import run_folders, runs_folder
from estimators.runs.directory.stored_run import StoredRun
from estimators.runs.listing.table_row import PREFIXES, row_of

if TYPE_CHECKING:
    import pandas

__all__ = ["ls_runs", "measured_columns"]


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
        Only runs of this status: running, completed, failed, interrupted, crashed, damaged.
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
        properties that were set, as ``property_*`` where their name is one of these. Of a damaged
        run ``error_message`` says which of its files cannot be read; the other runs are listed as
        ever.

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
    found = (row_of(StoredRun(path)) for path in run_folders(folder))
    rows = [row for row in found if row is not None]
    order = [order] if isinstance(order, str) else list(order)
    columns = _arranged([name for row in rows for name in row], order)
    frame = pd.DataFrame(rows, columns=columns)
    for name in ("start", "end"):
        frame[name] = pd.to_datetime(frame[name], format="ISO8601", utc=True)
    if rows:
        _check_columns(order, columns, folder)
        frame = frame.sort_values(
            order, ascending=not descending, na_position="last", key=_sortable
        )
    wanted = [status] if isinstance(status, str) else status
    if wanted is not None:
        frame = frame[frame["status"].isin(list(wanted))]
    for tag in [tags] if isinstance(tags, str) else tags or ():
        frame = frame[[tag in own for own in frame["tags"]]]
    if where is not None and len(frame):
        frame = _filtered(frame, where)
    return frame.head(len(frame) if limit is None else limit).reset_index(drop=True)


def measured_columns(columns: Iterable[str]) -> str:
    """Return a sentence's end that says what the runs of a table have measured.

    Parameters
    ----------
    columns : iterable of str

    Returns
    -------
    str

    Examples
    --------
    >>> from estimators.runs.listing.table import measured_columns
    >>> measured_columns(["name", "eval_accuracy", "metric_loss"])
    'measured are eval_accuracy, metric_loss'
    """
    names = [name for name in columns if name.startswith(("eval_", "metric_"))]
    return f"measured are {', '.join(names)}" if names else "nothing was measured yet"


def _arranged(names: Iterable[str], order: Sequence[str]) -> list[str]:
    """Return the columns in the order that people read them in."""
    names = dict.fromkeys([*_ALWAYS, *names])
    groups = {
        prefix: sorted(name for name in names if name.startswith(prefix)) for prefix in PREFIXES
    }
    grouped = [name for group in groups.values() for name in group]
    head = ["run_dir", "name", *(name for name in order if name in names)]
    rest = [name for name in names if name not in _ALWAYS and name not in grouped]
    return list(dict.fromkeys([*head, *grouped, *_ALWAYS, *rest]))


def _check_columns(wanted: Iterable[str], columns: Sequence[str], folder: Path) -> None:
    for name in wanted:
        if name not in columns:
            close = difflib.get_close_matches(name, columns, n=3)
            hint = f"did you mean {' or '.join(close)}" if close else measured_columns(columns)
            raise ValueError(f"order={name!r} is a column of no run in {folder}; {hint}.")


def _sortable(values: pandas.Series) -> pandas.Series:
    """Return a column as it can be sorted: numbers come before texts, and these before the rest."""
    if values.dtype != object:
        return values
    import pandas as pd

    places = [_place(value) for value in values]
    ranks = {place: rank for rank, place in enumerate(sorted({*places} - {None}))}
    return pd.Series([ranks.get(place) for place in places], values.index, dtype=float)


def _place(value: Any) -> tuple[int, float, str] | None:
    if value is None or value != value:
        return None
    if isinstance(value, int | float):
        return 0, value, ""
    return (1, 0, value) if isinstance(value, str) else (2, 0, str(value))


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


_ALWAYS = (
    *("run_dir", "name"),
    *("samples", "validation_samples", "batch_size", "epochs", "epochs_completed", "metrics"),
    *("model", "loss_function", "optimizer", "learning_rate"),
    *("script", "start", "end", "status", "completed", "output"),
    *("error_message", "error_traceback", "source_code", "type", "tags", "parent"),
)
