"""The directory of a run that begins, or begins again: its documents, and its lock in our hands."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from estimators.runs.directory.documents import update_json, write_json
from estimators.runs.directory.folders import new_folder, runs_folder
from estimators.runs.directory.json_lines import end_torn_line
from estimators.runs.directory.json_values import now
from estimators.runs.directory.lock import hold
from estimators.runs.directory.run import Run

__all__ = ["SCHEMA", "new_run", "reopened_run"]

# Of ``run.json``, which a later version may add to.
SCHEMA = 1


def new_run(
    name: str | None,
    *,
    flags: Mapping[str, Any] | None = None,
    tags: Iterable[str] = (),
    properties: Mapping[str, Any] | None = None,
    parent: Run | None = None,
    runs_dir: str | os.PathLike[str] | None = None,
    script: Path | None = None,
    args: Iterable[str] = (),
    run_dir: str | os.PathLike[str] | None = None,
) -> tuple[Run, int]:
    """Create a run directory and take its lock.

    Parameters
    ----------
    name, flags, tags, properties
        As `start_run` takes them.
    parent : Run, default=None
    runs_dir : str or path-like, default=None
    script : pathlib.Path, default=None
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


def reopened_run(
    run: Run,
    name: str | None,
    *,
    flags: Mapping[str, Any] | None,
    tags: Iterable[str],
    properties: Mapping[str, Any] | None,
) -> tuple[Run, int]:
    """Take the lock of a run that is over, and say that it goes on.

    Parameters
    ----------
    run : Run
    name, flags, tags, properties
        As `start_run` takes them; they add to what the run has.

    Returns
    -------
    run : Run
    descriptor : int
        Of the lock, to be closed at the end.

    Raises
    ------
    ValueError
        Where it is no run, or still running.
    """
    document = run.document
    if not document:
        raise ValueError(f"resume={str(run.dir)!r} is no run directory; it has no run.json.")
    descriptor = hold(run.dir, wait=False)
    if descriptor is None:
        raise ValueError(f"{run!r} is still running; wait for it, or start a run of its own.")
    for lines in ("metrics.jsonl", "evaluation.jsonl"):
        end_torn_line(run.dir / lines)
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


def _checked_tags(tags: Iterable[str]) -> list[str]:
    if isinstance(tags, str):
        raise TypeError(f"tags={tags!r} is one text; give a list of them, tags=[{tags!r}].")
    return [str(tag) for tag in tags]


def _shown(script: Path) -> str:
    """Return the path as people would type it here."""
    path, here = script.resolve(), Path.cwd().resolve()
    return path.relative_to(here).as_posix() if path.is_relative_to(here) else str(path)
