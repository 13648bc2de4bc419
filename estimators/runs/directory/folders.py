"""Where the directories of runs are, and what a new one is called."""

from __future__ import annotations

import os
import re
from datetime import UTC, datetime
from pathlib import Path

__all__ = [
    *("ARCHIVE", "RUNS_VARIABLE", "checked_name", "files_in", "is_run", "new_folder"),
    *("run_folders", "runs_folder"),
]

RUNS_VARIABLE = "KERAS_ESTIMATORS_RUNS"
# Among the runs, and listed with none of them.
ARCHIVE = "archive"
# The first tells how a run stands; where that is lost the others tell that there was one.
_LEFT_BY_RUNS = ("run.json", "metrics.jsonl", "evaluation.jsonl", "source.json")
_NOT_IN_NAMES = re.compile(r'[<>:"/\\|?*\x00-\x1f\x7f\ud800-\udfff]')
_OF_WINDOWS = re.compile(r"con|prn|aux|nul|(com|lpt)[0-9¹²³]")
_LONGEST_NAME = 200


def runs_folder(runs_dir: str | os.PathLike[str] | None = None) -> Path:
    """Return the folder that run directories are in.

    Parameters
    ----------
    runs_dir : str or path-like, default=None
        None takes the environment variable ``KERAS_ESTIMATORS_RUNS``, or else ``runs`` in the
        working directory.

    Returns
    -------
    pathlib.Path
        As it was given; it need not exist.

    Examples
    --------
    >>> from estimators.runs.directory.folders import runs_folder
    >>> runs_folder("experiments").name
    'experiments'
    """
    return Path(runs_dir or os.environ.get(RUNS_VARIABLE) or "runs").expanduser()


def new_folder(folder: Path) -> Path:
    """Create a run directory named after this second, and a number where that name is taken.

    Parameters
    ----------
    folder : pathlib.Path
        Where run directories are; created where it is missing.

    Returns
    -------
    pathlib.Path
        An empty directory that no other process was given.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from estimators.runs.directory.folders import new_folder
    >>> folder = Path(tempfile.mkdtemp())
    >>> new_folder(folder) != new_folder(folder)
    True
    """
    folder.mkdir(parents=True, exist_ok=True)
    second = datetime.now(UTC).strftime("%Y-%m-%dT%H-%M-%SZ")
    number = 0
    while True:
        path = folder / (f"{second}-{number:02}" if number else second)
        try:
            path.mkdir()
            return path
        except FileExistsError:
            number += 1


def run_folders(folder: Path) -> list[Path]:
    """Return the run directories in a folder, the oldest first.

    Parameters
    ----------
    folder : pathlib.Path

    Returns
    -------
    list of pathlib.Path
        Empty where there is no such folder.
    """
    try:
        entries = list(os.scandir(folder))
    except (FileNotFoundError, NotADirectoryError):
        return []
    found = [
        entry.path
        for entry in entries
        if entry.name != ARCHIVE and not entry.name.startswith(".") and is_run(entry.path)
    ]
    return [Path(path) for path in sorted(found)]


def is_run(path: str | os.PathLike[str]) -> bool:
    """Return whether a directory is that of a run, be it damaged.

    Parameters
    ----------
    path : str or path-like

    Returns
    -------
    bool
        False for one that is about to begin, or never did.
    """
    return any(os.path.lexists(os.path.join(path, name)) for name in _LEFT_BY_RUNS)


def checked_name(name: str, parameter: str) -> str:
    """Return the name of a run directory, or raise where some system or these runs cannot have it.

    Parameters
    ----------
    name : str
    parameter : str
        What gives the name.

    Returns
    -------
    str

    Raises
    ------
    ValueError

    Examples
    --------
    >>> from estimators.runs.directory.folders import checked_name
    >>> checked_name("best", "rename")
    'best'
    >>> checked_name("../best", "rename")
    Traceback (most recent call last):
    ValueError: rename='../best' is no name of a folder: it holds '/'; give a plain name.
    """
    if not isinstance(name, str):
        raise TypeError(f"{parameter}={name!r} is no text; give the name of a folder.")
    stem = name.partition(".")[0].rstrip().lower()
    wrong = _NOT_IN_NAMES.search(name)
    reason = (
        "it is empty"
        if not name
        else f"it holds {wrong[0]!r}"
        if wrong
        else "it begins with a dot"
        if name.startswith(".")
        else "it ends with a dot or a space"
        if name[-1] in ". "
        else "runs have it for themselves"
        if name.lower() in (ARCHIVE, "index.html")
        else "Windows has it for itself"
        if _OF_WINDOWS.fullmatch(stem)
        else "it is too long"
        if len(name.encode(errors="replace")) > _LONGEST_NAME
        else ""
    )
    if reason:
        raise ValueError(
            f"{parameter}={name!r} is no name of a folder: {reason}; give a plain name."
        )
    return name


def files_in(folder: Path) -> list[Path]:
    """Return all files in a folder and in the folders inside it, by their paths.

    Parameters
    ----------
    folder : pathlib.Path

    Returns
    -------
    list of pathlib.Path
        Empty where there is no such folder.
    """
    return sorted(path for path in folder.rglob("*") if path.is_file())
