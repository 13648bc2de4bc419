"""Where the directories of runs are, and what a new one is called."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

__all__ = ["ARCHIVE", "RUNS_VARIABLE", "files_in", "new_folder", "run_folders", "runs_folder"]

RUNS_VARIABLE = "KERAS_ESTIMATORS_RUNS"
# Among the runs, and listed with none of them.
ARCHIVE = "archive"


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
    # A directory without the document is about to begin, or never did.
    found = [
        entry.path
        for entry in entries
        if entry.name != ARCHIVE and os.path.exists(os.path.join(entry.path, "run.json"))
    ]
    return [Path(path) for path in sorted(found)]


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
