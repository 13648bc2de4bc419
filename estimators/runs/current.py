"""Which runs this process has open, and which of them is the current one."""

from __future__ import annotations

import os
import threading
from contextvars import ContextVar
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from estimators.runs.run import Run

__all__ = ["changing", "closed", "current_run", "open_runs", "opened", "run_dir"]

# The run of this thread or task; what it starts from where it has none is the main thread's.
_of_context: ContextVar[Run | None] = ContextVar("run", default=None)
_open: list[Run] = []
changing = threading.RLock()


def current_run() -> Run | None:
    """Return the run that is being recorded.

    Returns
    -------
    Run or None
        The innermost of the runs that this process has started and not ended.

    Examples
    --------
    >>> from estimators.runs import current_run
    >>> current_run() is None
    True
    """
    if not _open:
        return None
    run = _of_context.get()
    while run is not None and not run.is_open:
        run = run._outer
    if run is not None:
        return run
    return next((run for run in reversed(_open) if run._is_of_main_thread), None)


def run_dir() -> Path:
    """Return the directory of the current run, to write files of one's own to.

    Returns
    -------
    pathlib.Path

    Raises
    ------
    RuntimeError
        Where no run is active.

    Examples
    --------
    >>> import tempfile
    >>> from estimators.runs import run_dir, start_run
    >>> with start_run(runs_dir=tempfile.mkdtemp()) as run:
    ...     run_dir() == run.dir
    True
    """
    run = current_run()
    if run is None:
        raise RuntimeError(
            "No run is active; call run_dir() inside `with start_run():` or in a script that "
            "training_run() runs."
        )
    return run.dir


def open_runs() -> list[Run]:
    """Return the runs that this process has started and not ended, the oldest first.

    Returns
    -------
    list of Run
    """
    return list(_open)


def opened(run: Run) -> bool:
    """Make `run` the current one.

    Parameters
    ----------
    run : Run

    Returns
    -------
    bool
        Whether it is the first that this process has open.
    """
    run._outer = _of_context.get()
    run._is_of_main_thread = threading.current_thread() is threading.main_thread()
    with changing:
        _open.append(run)
        _of_context.set(run)
        return len(_open) == 1


def closed(run: Run) -> bool:
    """Take `run` out of the current ones.

    Parameters
    ----------
    run : Run

    Returns
    -------
    bool
        Whether none is open any more.
    """
    with changing:
        _open.remove(run)
        if _of_context.get() is run:
            _of_context.set(run._outer)
        return not _open


def _forget() -> None:
    """Let a forked child be outside: it must not hold the locks of its parent's runs."""
    for run in _open:
        run._lifetime.abandon()
    _open.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)
