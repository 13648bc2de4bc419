"""What a process does for a run while it is open: hold its lock, copy the output, tell the end."""

from __future__ import annotations

import atexit
import os
import sys
import threading
import traceback as tracebacks
import weakref
from pathlib import Path
from typing import Any

from estimators.runs import current, recording
from estimators.runs.measured import measured_in
from estimators.runs.output import Copying
from estimators.runs.run import Run
from estimators.runs.source import keep_modules
from estimators.runs.store import now, update_json

__all__ = ["Lifetime"]


class Lifetime:
    """The time between the start and the end of a run in this process.

    Parameters
    ----------
    run : Run
        Becomes the current run.
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
        run: Run,
        descriptor: int,
        *,
        script: Path | None = None,
        keeps_source: bool = True,
        keeps_figures: bool = True,
        closes_figures: bool = False,
        copies_output: bool = True,
        given: dict[str, Any] | None = None,
    ) -> None:
        self.run, self.given, self.script = run, given or {}, script
        self.is_open, self.has_read_flags = True, False
        self.drawn: weakref.WeakSet = weakref.WeakSet(_figures() if keeps_figures else ())
        self._descriptor = descriptor
        self._keeps_source = keeps_source
        self._keeps_figures, self._closes_figures = keeps_figures, closes_figures
        self._output = Copying(run.dir / "output.log") if copies_output else None
        run._lifetime = self
        with current.changing:
            if current.opened(run):
                recording.watch()

    def end(
        self,
        *,
        status: str | None = None,
        error: BaseException | None = None,
        exit_code: int | None = None,
    ) -> None:
        """End the run: keep what is left to keep and tell how it went.

        Parameters
        ----------
        status : str, default=None
            None finds it by the error.
        error : BaseException, default=None
        exit_code : int, default=None
            None finds it by the error.
        """
        with _ending:
            if not self.is_open:
                return
            self.is_open = False
        for inner in reversed(current.open_runs()):
            if inner._outer is self.run and inner.is_open:
                inner._lifetime.end(status=status, error=error)
        try:
            if self._keeps_figures:
                self._keep_figures()
            if self._keeps_source:
                keep_modules(self.run.dir, self.script)
        finally:
            if self._output:
                self._output.stop()
            self._tell(status or status_by(error), error, exit_code)

    def warn_of_unread_flags(self) -> None:
        """Say that a script which came to its end was given flags that it never asked for."""
        if self.given and not self.has_read_flags:
            names = ", ".join(self.given)
            text = f"The run was given the flags {names}, but {self.script} never calls flags()."
            print(text, file=sys.stderr)

    def abandon(self) -> None:
        """Let go of the run in a forked child; the parent goes on with it."""
        self.is_open = False
        os.close(self._descriptor)
        if self._output:
            self._output.stop()

    def _tell(self, status: str, error: BaseException | None, exit_code: int | None) -> None:
        if status == "failed" and error is not None:
            text = "".join(tracebacks.format_exception(error))
            (self.run.dir / "error.txt").write_text(text, encoding="utf-8")
        told = error is not None and status != "completed"
        update_json(
            self.run.dir / "run.json",
            {
                "status": status,
                "end": now(),
                "exit_code": exit_code_by(error) if exit_code is None else exit_code,
                "error": {"type": type(error).__name__, "message": str(error)} if told else None,
                "measured": measured_in(self.run.dir),
            },
        )
        os.close(self._descriptor)
        with current.changing:
            if current.closed(self.run):
                recording.unwatch()
        tell_page(self.run.dir, at_end=True)

    def _keep_figures(self) -> None:
        for figure in _figures():
            if figure not in self.drawn:
                self.run.log_figure(figure)
                if self._closes_figures:
                    sys.modules["matplotlib.pyplot"].close(figure)


def status_by(error: BaseException | None) -> str:
    """Return completed, interrupted or failed, by the error that a run ended with.

    Parameters
    ----------
    error : BaseException or None

    Returns
    -------
    str
    """
    if isinstance(error, KeyboardInterrupt | GeneratorExit):
        return "interrupted"
    return "failed" if exit_code_by(error) else "completed"


def exit_code_by(error: BaseException | None) -> int:
    """Return the exit code that a process ends with after `error`.

    Parameters
    ----------
    error : BaseException or None

    Returns
    -------
    int
    """
    if error is None:
        return 0
    if isinstance(error, KeyboardInterrupt):
        return 130
    if isinstance(error, SystemExit):
        return error.code if isinstance(error.code, int) else int(error.code is not None)
    return 1


def tell_page(run_dir: Path, *, at_end: bool = False) -> None:
    """Let the page of a run know that there is something new, where somebody has opened one.

    Parameters
    ----------
    run_dir : pathlib.Path
    at_end : bool, default=False
    """
    if os.path.exists(os.path.join(run_dir, "view.html")):
        from estimators.runs.pages import write_live

        write_live(run_dir, now=at_end)


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
    for run in reversed(current.open_runs()):
        run._lifetime.end(error=error)
