"""Running a script as a training run."""

from __future__ import annotations

import os
import runpy
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from estimators.runs.directory.new_run import new_run
from estimators.runs.directory.run import Run
from estimators.runs.recording.environment import keep_patch
from estimators.runs.recording.output import silenced
from estimators.runs.recording.run_stack import outer_run
from estimators.runs.recording.starting import describe, open_run
from estimators.runs.scripts import process
from estimators.runs.scripts.flag_profiles import PROFILE_VARIABLE

__all__ = ["RunFailedError", "training_run"]


class RunFailedError(RuntimeError):
    """A training run ended with an error; it is kept.

    Parameters
    ----------
    message : str
    run : Run
        The run that failed.
    """

    def __init__(self, message: str, run: Run) -> None:
        super().__init__(message)
        self.run = run


def training_run(
    script: str | os.PathLike[str],
    *,
    flags: Mapping[str, Any] | None = None,
    profile: str | None = None,
    args: Iterable[str] = (),
    name: str | None = None,
    tags: Iterable[str] = (),
    properties: Mapping[str, Any] | None = None,
    runs_dir: str | os.PathLike[str] | None = None,
    run_dir: str | os.PathLike[str] | None = None,
    parent: Run | str | os.PathLike[str] | None = "current",
    artifacts: str | Iterable[str] = (),
    record_patch: bool = False,
    isolate: bool = True,
    echo: bool = True,
    view: bool = False,
    on_error: str = "raise",
) -> Run:
    """Run a script and keep its flags, metrics, output, plots, source and environment.

    Parameters
    ----------
    script : str or path-like
        A Python script; it runs in the working directory, as ``python script`` does.
    flags : mapping of str to value, default=None
        Values for the flags that the script declares with `flags`; they come before all others.
    profile : str, default=None
        The profile that the script's file of flags is read for.
    args : iterable of str, default=()
        The script's command line.
    name : str, default=None
        What people call the run.
    tags : iterable of str, default=()
    properties : mapping of str to value, default=None
        Each becomes a column of `ls_runs`.
    runs_dir : str or path-like, default=None
        The folder to create the run's directory in, as in `start_run`.
    run_dir : str or path-like, default=None
        The run's directory itself, which must not exist.
    parent : Run, path-like, "current" or None, default="current"
        The run that this one is kept in. "current" is the active run, where there is one.
    artifacts : str or iterable of str, default=()
        Patterns such as ``"*.csv"``: what the run writes to matching files in the working
        directory is copied into it at the end.
    record_patch : bool, default=False
        As in `start_run`.
    isolate : bool, default=True
        Whether the script gets a process of its own, with clean memory and an exit code.
    echo : bool, default=True
        Whether what it prints is shown as well.
    view : bool, default=False
        Whether to write the run's page, and open it where there is a screen; it follows the run.
    on_error : {"raise", "return"}, default="raise"
        What to do where the script fails; the run is kept either way.

    Returns
    -------
    Run

    Raises
    ------
    RunFailedError
        Where the script fails.
    FileNotFoundError
        Where there is no such script.

    See Also
    --------
    start_run : The same for a part of a script, or a notebook.
    tuning_run : One run for each of many combinations of flags.

    References
    ----------
    ``tfruns::training_run``.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from estimators.runs import training_run
    >>> folder = Path(tempfile.mkdtemp())
    >>> _ = (folder / "train.py").write_text('''
    ... from estimators.runs import current_run, flag_numeric, flags
    ... FLAGS = flags(flag_numeric("layer1", 256), flag_numeric("dropout", 0.2))
    ... current_run().log_evaluation({"accuracy": 0.7 + FLAGS.dropout})
    ... ''')
    >>> run = training_run(
    ...     folder / "train.py", flags={"dropout": 0.1}, runs_dir=folder / "runs", isolate=False
    ... )
    >>> run.status, run.flags, round(run.evaluation["accuracy"], 2)
    ('completed', {'layer1': 256, 'dropout': 0.1}, 0.8)
    """
    if on_error not in ("raise", "return"):
        raise ValueError(f"on_error={on_error!r} is neither 'raise' nor 'return'.")
    patterns = _checked_patterns(artifacts)
    path = Path(script)
    if not path.is_file():
        raise FileNotFoundError(f"script={str(script)!r} is no file in {Path.cwd()}.")
    run, descriptor = new_run(
        name,
        flags=flags,
        tags=tags,
        properties=properties,
        parent=outer_run(parent),
        runs_dir=runs_dir,
        script=path,
        args=args,
        run_dir=run_dir,
    )
    work = _Work(run, descriptor, path, list(args), dict(flags or {}), profile, echo)
    describe(run, path)
    if record_patch:
        keep_patch(run.dir, path)
    if view:
        from estimators.runs.pages.viewing import view_run

        view_run(run)
    began = _newest_change(run.dir)
    (_isolated if isolate else _in_this_process)(work)
    _keep_artifacts(run, patterns, began)
    if on_error == "raise" and run.status != "completed":
        error = run.error or {"message": "it ended without a word"}
        where = run.dir / ("error.txt" if (run.dir / "error.txt").exists() else "output.log")
        kind = f"{error['type']}: " if "type" in error else ""
        raise RunFailedError(f"{script} {run.status}: {kind}{error['message']} (see {where})", run)
    return run


@dataclass(frozen=True)
class _Work:
    """A run that has its directory and its lock, and the script that is to run in it."""

    run: Run
    descriptor: int
    script: Path
    args: list[str]
    flags: dict[str, Any]
    profile: str | None
    echo: bool


def _isolated(work: _Work) -> None:
    try:
        process.run_script(
            work.run,
            work.descriptor,
            [os.fspath(work.script), *work.args],
            profile=work.profile,
            echo=work.echo,
        )
    finally:
        os.close(work.descriptor)


def _in_this_process(work: _Work) -> None:
    with ExitStack() as stack:
        if not work.echo:
            stack.enter_context(silenced())
        stack.enter_context(_as_program(work))
        run = open_run(
            work.run.dir,
            work.descriptor,
            script=work.script,
            closes_figures=True,
            given=work.flags,
        )
        try:
            runpy.run_path(os.fspath(work.script), run_name="__main__")
            run.warn_of_unread_flags()
        except (Exception, SystemExit) as error:
            run.close(error)
        except BaseException as error:
            run.close(error)
            raise
        else:
            run.close()


@contextmanager
def _as_program(work: _Work) -> Iterator[None]:
    """Let the script find itself what ``python script`` would let it find."""
    argv, path, profile = sys.argv, list(sys.path), os.environ.get(PROFILE_VARIABLE)
    sys.argv = [os.fspath(work.script), *work.args]
    sys.path.insert(0, os.fspath(work.script.resolve().parent))
    if work.profile:
        os.environ[PROFILE_VARIABLE] = work.profile
    try:
        yield
    finally:
        sys.argv, sys.path[:] = argv, path
        if work.profile and profile is None:
            del os.environ[PROFILE_VARIABLE]
        elif work.profile:
            os.environ[PROFILE_VARIABLE] = profile


def _newest_change(folder: Path) -> float:
    """Return the time as the file system has it, whose clock need not be ours."""
    return (folder / "run.json").stat().st_mtime


def _checked_patterns(artifacts: str | Iterable[str]) -> list[str]:
    """Return the patterns, or raise before the script has run for hours."""
    patterns = [artifacts] if isinstance(artifacts, str) else list(artifacts)
    for pattern in patterns:
        path = Path(pattern)
        if not path.parts or path.is_absolute() or ".." in path.parts:
            raise ValueError(
                f"artifacts={pattern!r} names nothing inside {Path.cwd()}; give a pattern such as "
                "'*.csv' or 'tables/*.csv'."
            )
    return patterns


def _keep_artifacts(run: Run, patterns: Iterable[str], began: float) -> None:
    here = Path.cwd()
    for pattern in patterns:
        for path in sorted(here.glob(pattern)):
            inside_a_run = path.resolve().is_relative_to(run.dir.resolve())
            if path.is_file() and not inside_a_run and path.stat().st_mtime >= began:
                run.log_artifact(path, path.relative_to(here).as_posix())
