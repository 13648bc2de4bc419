"""The directory of a run that begins, or begins again: its documents, and its lock in our hands."""

from __future__ import annotations

import os
import re
import shutil
import socket
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from estimators.runs.directory.documents import update_json, write_json
from estimators.runs.directory.folders import checked_name, is_run, new_folder, runs_folder
from estimators.runs.directory.json_lines import end_torn_line
from estimators.runs.directory.json_values import now
from estimators.runs.directory.lock import hold
from estimators.runs.directory.run import Run
from estimators.runs.directory.status import reserve_end
from estimators.runs.directory.stored_run import StoredRun

__all__ = ["SCHEMA", "new_run", "reopened_run", "without_secrets"]

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
        checked_name(os.path.basename(os.path.abspath(folder)), "run_dir")
        folder.mkdir(parents=True)
    elif parent is not None and runs_dir is None:
        folder = new_folder(Path(parent) / "runs")
    else:
        folder = new_folder(runs_folder(runs_dir))
    # Before run.json: who finds that finds the lock held as well.
    descriptor = hold(folder)
    with _let_go_after_an_error(descriptor, folder):
        reserve_end(folder)
        if flags:
            write_json(folder / "flags.json", {"values": flags, "declared": [], "given": flags})
        write_json(
            folder / "run.json",
            {
                "schema": SCHEMA,
                "id": folder.name,
                "name": None if name is None else str(name),
                "tags": _checked_tags(tags),
                "parent": parent and parent.id,
                "status": "running",
                "start": now(),
                "end": None,
                "pid": os.getpid(),
                "host": socket.gethostname(),
                "script": script and _shown(script),
                "args": without_secrets(args),
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
    stored = StoredRun(run.dir)
    if not is_run(run.dir):
        raise ValueError(f"resume={str(run.dir)!r} is no run directory; it has no run.json.")
    descriptor = hold(run.dir, wait=False)
    if descriptor is None:
        raise ValueError(f"{run!r} is still running; wait for it, or start a run of its own.")
    with _let_go_after_an_error(descriptor):
        if damage := stored.damage:
            raise ValueError(
                f"{run!r} cannot go on: {'; '.join(damage)}; mend it, or start a run of its own."
            )
        reserve_end(run.dir)
        for lines in ("metrics.jsonl", "evaluation.jsonl"):
            end_torn_line(run.dir / lines)
        changes = {
            **{"status": "running", "end": None, "exit_code": None, "error": None},
            **{"pid": os.getpid(), "host": socket.gethostname(), "measured": None},
            "name": stored.info.get("name") if name is None else str(name),
            "tags": list(dict.fromkeys([*stored.tags, *_checked_tags(tags)])),
            "properties": (stored.info.get("properties") or {}) | dict(properties or {}),
        }
        if flags:
            values = stored.flags | dict(flags)
            write_json(run.dir / "flags.json", {"values": values, "declared": [], "given": flags})
        update_json(run.dir / "run.json", changes)
    return run, descriptor


@contextmanager
def _let_go_after_an_error(descriptor: int, new: Path | None = None) -> Iterator[None]:
    try:
        yield
    except BaseException:
        os.close(descriptor)
        if new is not None:
            shutil.rmtree(new, ignore_errors=True)
        raise


def _checked_tags(tags: Iterable[str]) -> list[str]:
    if isinstance(tags, str):
        raise TypeError(f"tags={tags!r} is one text; give a list of them, tags=[{tags!r}].")
    return [str(tag) for tag in tags]


def without_secrets(args: Iterable[Any]) -> list[str]:
    """Return a command line without the values of options that are called like secrets.

    Parameters
    ----------
    args : iterable

    Returns
    -------
    list of str

    Examples
    --------
    >>> from estimators.runs.directory.new_run import without_secrets
    >>> without_secrets(["--units", "8", "--db-password", "1234", "--api_key=1234"])
    ['--units', '8', '--db-password', '(not recorded)', '--api_key=(not recorded)']
    """
    shown: list[str] = []
    follows = False
    for arg in map(str, args):
        option, is_given, _ = arg.partition("=")
        is_secret = _SECRET.search(option) is not None
        if follows and not arg.startswith("-"):
            shown.append(_HIDDEN)
        else:
            shown.append(f"{option}={_HIDDEN}" if is_secret and is_given else arg)
        follows = is_secret and not is_given
    return shown


def _shown(script: Path) -> str:
    """Return the path as people would type it here."""
    path, here = script.resolve(), Path.cwd().resolve()
    return path.relative_to(here).as_posix() if path.is_relative_to(here) else str(path)


_HIDDEN = "(not recorded)"
_SECRET = re.compile(
    r"^-.*(password|passwd|passphrase|secret|token|credentials?|(api|access|private)[-_]?key)$",
    re.IGNORECASE,
)
