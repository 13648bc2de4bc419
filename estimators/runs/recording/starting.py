"""Starting a run in this process, in a script or a notebook."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from estimators.runs.directory.documents import write_json
from estimators.runs.directory.new_run import new_run, reopened_run
from estimators.runs.directory.run import Run
from estimators.runs.recording.active_run import ActiveRun
from estimators.runs.recording.environment import (
    describe_environment,
    folder_of,
    keep_patch,
)
from estimators.runs.recording.run_stack import outer_run
from estimators.runs.recording.search_recording import record_searches
from estimators.runs.recording.source import keep_script, running_script

__all__ = ["describe", "open_run", "start_run"]


def start_run(
    name: str | None = None,
    *,
    flags: Mapping[str, Any] | None = None,
    tags: Iterable[str] = (),
    properties: Mapping[str, Any] | None = None,
    parent: Run | str | os.PathLike[str] | None = "current",
    runs_dir: str | os.PathLike[str] | None = None,
    resume: Run | str | os.PathLike[str] | None = None,
    capture: bool = True,
    record_patch: bool = False,
) -> Run:
    """Start a run in this process; a ``with`` block ends it.

    Until it ends, every fit and evaluation of this library's estimators and of Keras networks is
    recorded in it, in this process; and with `capture` what is printed, the figures that are open
    at the end, the script with the project's modules, and the environment.

    Parameters
    ----------
    name : str, default=None
        What people call it; need not be unique.
    flags : mapping of str to value, default=None
        Come before all other values that `flags` finds for them.
    tags : iterable of str, default=()
    properties : mapping of str to value, default=None
        Each becomes a column of `ls_runs`.
    parent : Run, path-like, "current" or None, default="current"
        The run that this one is kept in. "current" is the active run, where there is one.
    runs_dir : str or path-like, default=None
        None stands for ``runs`` inside the parent, or else for the environment variable
        ``KERAS_ESTIMATORS_RUNS`` or the folder ``runs``.
    resume : Run, str or path-like, default=None
        A run that is over, to go on with; the parameters above then add to what it has.
    capture : bool, default=True
        Whether to keep output, figures, source and environment. A run inside another one leaves
        source and environment to that one.
    record_patch : bool, default=False
        Whether to keep the uncommitted changes of the script's git repository, in ``git.patch`` and
        on the run's page. They may hold passwords and whatever else was never meant to leave this
        machine, so they are kept only when asked for.

    Returns
    -------
    Run
        Which ends with the ``with`` block, by ``end()``, or with the process.

    Raises
    ------
    ValueError
        Where the run to go on with is still running.

    Examples
    --------
    >>> import tempfile
    >>> from estimators.runs import current_run, start_run
    >>> with start_run("a try", runs_dir=tempfile.mkdtemp(), tags=["small"]) as run:
    ...     run.log_metrics({"loss": 0.5})
    ...     current_run() == run
    True
    >>> run.status
    'completed'
    """
    script = running_script()
    outer = outer_run(parent)
    what = {"flags": flags, "tags": tags, "properties": properties}
    if resume is not None:
        run, descriptor = reopened_run(Run(resume), name, **what)
    else:
        run, descriptor = new_run(
            name, **what, parent=outer, runs_dir=runs_dir, script=script, args=sys.argv[1:]
        )
    is_whole = capture and outer is None
    if is_whole and resume is None:
        describe(run, script)
    if record_patch:
        keep_patch(run.dir, script)
    return open_run(
        run.dir,
        descriptor,
        script=script,
        keeps_source=is_whole,
        keeps_figures=capture,
        copies_output=capture,
        given=flags,
    )


def open_run(path: str | os.PathLike[str], descriptor: int, **how: Any) -> ActiveRun:
    """Make a run the current one, and let all that this process does be recorded in it.

    Parameters
    ----------
    path : str or path-like
        The run directory.
    descriptor : int
        Of the lock that is held.
    **how : object
        Of `ActiveRun`.

    Returns
    -------
    ActiveRun
    """
    record_searches()
    return ActiveRun(path, descriptor, **how)


def describe(run: Run, script: Path | None) -> None:
    """Write environment and script into a run that begins.

    Parameters
    ----------
    run : Run
    script : pathlib.Path or None
    """
    keep_script(run.dir, script)
    write_json(run.dir / "environment.json", describe_environment(folder_of(script)))
