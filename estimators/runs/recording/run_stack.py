"""Which runs this process has open, and which of them is the current one."""

from __future__ import annotations

import os
import threading
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path

from estimators.runs.directory.run import Run

__all__ = [
    "changing",
    "clear",
    "current_run",
    "open_runs",
    "outer_run",
    "pop",
    "push",
    "run_dir",
    "runs_inside",
]


@dataclass(frozen=True, eq=False)
class _Place:
    """A run and the one that was the current one before it."""

    run: Run
    outer: _Place | None
    is_of_main_thread: bool


# The run of this thread or task; what it starts from where it has none is the main thread's.
_of_context: ContextVar[_Place | None] = ContextVar("run", default=None)
_open: list[_Place] = []
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
    place = _of_context.get()
    while place is not None and not place.run.is_open:
        place = place.outer
    if place is not None:
        return place.run
    return next((place.run for place in reversed(_open) if place.is_of_main_thread), None)


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


def outer_run(parent: Run | str | os.PathLike[str] | None) -> Run | None:
    """Return the run that a new one is kept in.

    Parameters
    ----------
    parent : Run, path-like, "current" or None
        As `start_run` takes it.

    Returns
    -------
    Run or None
    """
    is_current = isinstance(parent, str) and parent == "current"
    return current_run() if is_current else parent and Run(parent)


def open_runs() -> list[Run]:
    """Return the runs that this process has started and not ended, the oldest first.

    Returns
    -------
    list of Run
    """
    return [place.run for place in _open]


def runs_inside(run: Run) -> list[Run]:
    """Return the open runs that began while `run` was the current one, the oldest first.

    Parameters
    ----------
    run : Run

    Returns
    -------
    list of Run
    """
    return [place.run for place in _open if place.outer and place.outer.run is run]


def push(run: Run) -> bool:
    """Make `run` the current one.

    Parameters
    ----------
    run : Run

    Returns
    -------
    bool
        Whether it is the first that this process has open.
    """
    is_of_main_thread = threading.current_thread() is threading.main_thread()
    place = _Place(run, _of_context.get(), is_of_main_thread)
    with changing:
        _open.append(place)
        _of_context.set(place)
        return len(_open) == 1


def pop(run: Run) -> bool:
    """Take `run` out of the open ones; whether none is left."""
    with changing:
        _open[:] = [place for place in _open if place.run is not run]
        current = _of_context.get()
        if current is not None and current.run is run:
            _of_context.set(current.outer)
        return not _open


def clear() -> None:
    """Forget all open runs, in a forked child: they are its parent's."""
    _open.clear()
