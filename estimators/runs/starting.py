"""Starting a run in this process, in a script or a notebook."""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from estimators.runs.current import current_run
from estimators.runs.environment import write_environment
from estimators.runs.lifetime import Lifetime
from estimators.runs.lock import hold
from estimators.runs.run import Run
from estimators.runs.source import keep_script
from estimators.runs.store import SCHEMA, new_folder, now, runs_folder, update_json, write_json

__all__ = ["new_run", "start_run"]


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
    script = _script()
    is_current = isinstance(parent, str) and parent == "current"
    outer = current_run() if is_current else parent and Run(parent)
    what = {"flags": flags, "tags": tags, "properties": properties}
    if resume is not None:
        run, descriptor = _reopen(Run(resume), name, **what)
    else:
        run, descriptor = new_run(
            name, **what, parent=outer, runs_dir=runs_dir, script=script, args=sys.argv[1:]
        )
    is_whole = capture and outer is None
    if is_whole and resume is None:
        describe(run, script)
    Lifetime(
        run,
        descriptor,
        script=script,
        keeps_source=is_whole,
        keeps_figures=capture,
        copies_output=capture,
        given=dict(flags or {}),
    )
    return run


def new_run(
    name: str | None,
    *,
    flags: Mapping[str, Any] | None,
    tags: Iterable[str],
    properties: Mapping[str, Any] | None,
    parent: Run | None,
    runs_dir: str | os.PathLike[str] | None,
    script: Path | None,
    args: Iterable[str] = (),
    run_dir: str | os.PathLike[str] | None = None,
) -> tuple[Run, int]:
    """Create a run directory and take its lock.

    Parameters
    ----------
    name, flags, tags, properties
        As `start_run` takes them.
    parent : Run or None
    runs_dir : str or path-like, or None
    script : pathlib.Path or None
    args : iterable of str, default=()
        The script's arguments.
    run_dir : str or path-like, default=None
        The directory itself, instead of one of `runs_dir`.

    Returns
    -------
    run : Run
    descriptor : int
        Of the lock, to be closed at the end.
    """
    if run_dir is not None:
        folder = Path(run_dir)
        folder.mkdir(parents=True)
    elif parent is not None and runs_dir is None:
        folder = new_folder(Path(parent) / "runs")
    else:
        folder = new_folder(runs_folder(runs_dir))
    # Before run.json: who finds that finds the lock held as well.
    descriptor = hold(folder)
    if flags:
        write_json(folder / "flags.json", {"values": flags, "declared": [], "given": flags})
    write_json(
        folder / "run.json",
        {
            "schema": SCHEMA,
            "id": folder.name,
            "name": name,
            "tags": _checked_tags(tags),
            "parent": parent and parent.id,
            "status": "running",
            "start": now(),
            "end": None,
            "pid": os.getpid(),
            "host": socket.gethostname(),
            "script": script and _shown(script),
            "args": list(args),
            "exit_code": None,
            "error": None,
            "properties": properties or {},
        },
    )
    return Run(folder), descriptor


def describe(run: Run, script: Path | None) -> None:
    """Write environment and script into a run that begins.

    Parameters
    ----------
    run : Run
    script : pathlib.Path or None
    """
    keep_script(run.dir, script)
    folder = script.resolve().parent if script else Path.cwd()
    write_json(run.dir / "environment.json", write_environment(run.dir, folder))


def _reopen(
    run: Run,
    name: str | None,
    *,
    flags: Mapping[str, Any] | None,
    tags: Iterable[str],
    properties: Mapping[str, Any] | None,
) -> tuple[Run, int]:
    document = run.document
    if not document:
        raise ValueError(f"resume={str(run.dir)!r} is no run directory; it has no run.json.")
    descriptor = hold(run.dir, wait=False)
    if descriptor is None:
        raise ValueError(f"{run!r} is still running; wait for it, or start a run of its own.")
    for lines in ("metrics.jsonl", "evaluation.jsonl"):
        _end_line(run.dir / lines)
    changes = {
        **{"status": "running", "end": None, "exit_code": None, "error": None},
        **{"pid": os.getpid(), "host": socket.gethostname()},
        "name": document["name"] if name is None else name,
        "tags": list(dict.fromkeys([*document["tags"], *_checked_tags(tags)])),
        "properties": document["properties"] | dict(properties or {}),
    }
    if flags:
        values = run.flags | dict(flags)
        write_json(run.dir / "flags.json", {"values": values, "declared": [], "given": flags})
    update_json(run.dir / "run.json", changes)
    return run, descriptor


def _end_line(path: Path) -> None:
    """End a line that was torn, so that the next one does not join it."""
    if path.exists() and not path.read_bytes().endswith(b"\n"):
        with path.open("ab") as file:
            file.write(b"\n")


def _checked_tags(tags: Iterable[str]) -> list[str]:
    if isinstance(tags, str):
        raise TypeError(f"tags={tags!r} is one text; give a list of them, tags=[{tags!r}].")
    return [str(tag) for tag in tags]


def _script() -> Path | None:
    """Return the script that this process runs, None in a notebook or a prompt."""
    file = getattr(sys.modules.get("__main__"), "__file__", None)
    in_notebook = "ipykernel" in sys.modules and file and "ipykernel" in file
    return Path(file) if file and not in_notebook else None


def _shown(script: Path) -> str:
    """Return the path as people would type it here."""
    path, here = script.resolve(), Path.cwd().resolve()
    return path.relative_to(here).as_posix() if path.is_relative_to(here) else str(path)
