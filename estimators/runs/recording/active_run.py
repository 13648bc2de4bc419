"""What a process does for a run while it is open: hold its lock, copy the output, tell the end."""

from __future__ import annotations

import atexit
import os
import sys
import threading
import traceback as tracebacks
import weakref
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

from estimators.runs.directory.run import Run
from estimators.runs.directory.status import ENDS, exit_code_by, status_by, write_end
from estimators.runs.pages.live import write_live
from estimators.runs.recording import autologging, run_stack
from estimators.runs.recording.output import Copying
from estimators.runs.recording.source import keep_modules

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["ActiveRun"]


class ActiveRun(Run):
    """A run that this process has started; the current one until it ends.

    Parameters
    ----------
    path : str or path-like
        The run directory.
    descriptor : int
        Of the lock that is held.
    script : pathlib.Path, default=None
        Whose modules are kept at the end.
    keeps_source, keeps_figures : bool
        Whether modules and figures are kept at the end.
    closes_figures : bool
        Whether the figures that are kept at the end are closed.
    copies_output : bool
        Whether what is printed is written to ``output.log``.
    given : dict
        Values of flags that come before all others.

    Attributes
    ----------
    has_read_flags : bool
        Whether the script has asked for its flags.
    drawn : WeakSet
        Figures that are kept already, or were there before the run.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        descriptor: int,
        *,
        script: Path | None = None,
        keeps_source: bool = True,
        keeps_figures: bool = True,
        closes_figures: bool = False,
        copies_output: bool = True,
        given: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(path)
        self.script, self.given = script, dict(given or {})
        self.has_read_flags = False
        self.drawn: weakref.WeakSet = weakref.WeakSet(_figures() if keeps_figures else ())
        self._is_open = True
        self._descriptor = descriptor
        self._keeps_source = keeps_source
        self._keeps_figures, self._closes_figures = keeps_figures, closes_figures
        self._output = Copying(self.dir / "output.log") if copies_output else None
        with run_stack.changing:
            if run_stack.push(self):
                autologging.watch()

    def __enter__(self) -> ActiveRun:
        return self if self._is_open else super().__enter__()

    def __exit__(self, kind: Any, error: BaseException | None, traceback: Any) -> None:
        self.close(error)

    @property
    def is_open(self) -> bool:
        """Whether it has not ended."""
        return self._is_open

    def log_figure(self, figure: Figure, name: str | None = None) -> Path:
        """Keep a figure as an image, once.

        Parameters
        ----------
        figure : matplotlib.figure.Figure
        name : str, default=None
            As in `Run.log_figure`.

        Returns
        -------
        pathlib.Path
            The image.
        """
        path = super().log_figure(figure, name)
        self.drawn.add(figure)
        return path

    def end(self, status: str | None = None) -> None:
        """End the run, where no ``with`` block does.

        Parameters
        ----------
        status : {"completed", "failed", "interrupted"}, default=None
            None stands for completed.
        """
        if not self._is_open:
            super().end(status)
        if status not in (None, *ENDS):
            raise ValueError(f"status={status!r} is none of {', '.join(ENDS)}.")
        self.close(status=status)

    def close(self, error: BaseException | None = None, *, status: str | None = None) -> None:
        """End the run, unless it has ended: keep what is left to keep and tell how it went.

        Parameters
        ----------
        error : BaseException, default=None
        status : str, default=None
            None finds it by the error.
        """
        with _ending:
            if not self._is_open:
                return
            self._is_open = False
        with ExitStack() as steps:
            # The page is made from what the other steps leave.
            steps.callback(write_live, self.dir, now=True)
            steps.callback(self._let_go)
            try:
                self._keep(error, status)
            except BaseException as trouble:
                # On a full disk, say: what could not be kept is a failure of the run.
                if error is None:
                    self._tell(
                        status_by(trouble) if status in (None, "completed") else status, trouble
                    )
                    raise
                error.add_note(f"What was left of {self.dir} could not be kept: {trouble}")
            self._tell(status or status_by(error), error)

    def warn_of_unread_flags(self) -> None:
        """Say that a script which came to its end was given flags that it never asked for."""
        if self.given and not self.has_read_flags:
            names = ", ".join(self.given)
            text = f"The run was given the flags {names}, but {self.script} never calls flags()."
            print(text, file=sys.stderr)

    def abandon(self) -> None:
        """Let go of the run in a forked child; the parent goes on with it."""
        self._is_open = False
        os.close(self._descriptor)
        if self._output:
            self._output.stop()

    def _keep(self, error: BaseException | None, status: str | None) -> None:
        """End the runs inside this one, and keep what is left to keep."""
        with ExitStack() as steps:
            if self._output:
                steps.callback(self._output.stop)
            if self._keeps_source:
                steps.callback(keep_modules, self.dir, self.script)
            if self._keeps_figures:
                steps.callback(self._keep_figures)
            for inner in run_stack.runs_inside(self):
                steps.callback(inner.close, error, status=status)

    def _tell(self, status: str, error: BaseException | None) -> None:
        told = error is not None and status != "completed"
        write_end(
            self.dir,
            status,
            exit_code=exit_code_by(error),
            error={"type": type(error).__name__, "message": str(error)} if told else None,
        )
        if status == "failed" and error is not None:
            text = "".join(tracebacks.format_exception(error))
            (self.dir / "error.txt").write_text(text, encoding="utf-8", errors="backslashreplace")

    def _let_go(self) -> None:
        """Give up the lock: who finds it free and no end in run.json knows that there was none."""
        os.close(self._descriptor)
        with run_stack.changing:
            if run_stack.pop(self):
                autologging.unwatch()

    def _keep_figures(self) -> None:
        for figure in _figures():
            if figure not in self.drawn:
                self.log_figure(figure)
                if self._closes_figures:
                    sys.modules["matplotlib.pyplot"].close(figure)


_ending = threading.RLock()


def _figures() -> list[Any]:
    """Return the figures of pyplot that are open, where it was imported."""
    pyplot = sys.modules.get("matplotlib.pyplot")
    # A program that is still importing it has drawn nothing.
    numbers = getattr(pyplot, "get_fignums", list)()
    if not numbers:
        return []
    active = pyplot.gcf()
    figures = [pyplot.figure(number) for number in numbers]
    pyplot.figure(active)
    return figures


@atexit.register
def _end_all() -> None:
    """End what nobody ended: a run without ``with`` fails with the script that forgot it."""
    error = None if hasattr(sys, "ps1") else getattr(sys, "last_value", None)
    with ExitStack() as steps:
        for run in run_stack.open_runs():
            steps.callback(run.close, error)


def _forget() -> None:
    """Let a forked child be outside: it must not hold the locks of its parent's runs."""
    for run in run_stack.open_runs():
        run.abandon()
    run_stack.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)
