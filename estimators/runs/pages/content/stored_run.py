"""What a run directory holds, read file by file; every file may be missing or half written."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

from estimators.runs.directory.documents import read_json
from estimators.runs.directory.folders import files_in, run_folders
from estimators.runs.directory.json_lines import read_lines
from estimators.runs.directory.json_values import from_plain
from estimators.runs.directory.status import status_of

_IMAGES = {".png", ".jpg", ".jpeg", ".gif", ".webp", ".svg"}
# What the pages themselves and the lock leave in a run directory is none of its results.
_OWN = {".lock", "view.html", "live.js"}


class StoredRun:
    """The files of one run as Python objects, each read when it is first asked for.

    Parameters
    ----------
    folder : Path or str
        A run directory.

    Attributes
    ----------
    dir : Path

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from estimators.runs.pages.content.stored_run import StoredRun
    >>> folder = Path(tempfile.mkdtemp()) / "2026-11-22T11-29-26Z"
    >>> folder.mkdir()
    >>> _ = (folder / "run.json").write_text('{"name": "smaller layers", "status": "completed"}')
    >>> run = StoredRun(folder)
    >>> run.id, run.name, run.status, run.flags
    ('2026-11-22T11-29-26Z', 'smaller layers', 'completed', {})
    """

    def __init__(self, folder: Path | str) -> None:
        self.dir = Path(folder)

    @property
    def id(self) -> str:
        return str(self.info.get("id") or self.dir.name)

    @property
    def name(self) -> str:
        """What the run is called: the name it was given, or else its id."""
        return str(self.info.get("name") or self.id)

    @cached_property
    def status(self) -> str:
        """What `Run.status` says."""
        return status_of(self.dir, self.info or {"status": "unknown"})

    @cached_property
    def info(self) -> dict[str, Any]:
        return _read_object(self.dir / "run.json")

    @property
    def tags(self) -> list[str]:
        return [str(tag) for tag in self.info.get("tags") or ()]

    @cached_property
    def flags(self) -> dict[str, Any]:
        return dict(self.flags_file.get("values") or {})

    @cached_property
    def flags_file(self) -> dict[str, Any]:
        return _read_object(self.dir / "flags.json")

    @cached_property
    def model(self) -> dict[str, Any]:
        return _read_object(self.dir / "model.json")

    @cached_property
    def environment(self) -> dict[str, Any]:
        return _read_object(self.dir / "environment.json")

    @cached_property
    def metrics(self) -> list[dict[str, Any]]:
        """The lines of metrics.jsonl, their measures as floats."""
        return _measured(self.dir / "metrics.jsonl")

    @cached_property
    def evaluations(self) -> list[dict[str, Any]]:
        """The lines of evaluation.jsonl, their measures as floats."""
        return _measured(self.dir / "evaluation.jsonl")

    @cached_property
    def sources(self) -> dict[str, Path]:
        """The files of source/ by their relative paths, the script first."""
        script = _read_object(self.dir / "source.json").get("script")
        found = {
            path.relative_to(self.dir / "source").as_posix(): path
            for path in files_in(self.dir / "source")
        }
        return dict(sorted(found.items(), key=lambda item: (item[0] != script, item[0])))

    @property
    def plots(self) -> list[Path]:
        return [path for path in files_in(self.dir / "plots") if path.suffix.lower() in _IMAGES]

    @property
    def files(self) -> list[Path]:
        """Everything the run left but its source and its child runs."""
        return [
            path
            for entry in _entries(self.dir)
            if entry.name not in {"source", "runs"} | _OWN
            for path in ([entry] if entry.is_file() else files_in(entry))
        ]

    @property
    def children(self) -> list[StoredRun]:
        return [StoredRun(path) for path in run_folders(self.dir / "runs")]

    def text(self, name: str, limit: int = 1_000_000) -> str:
        """Return the beginning of a text file, empty where there is none.

        Parameters
        ----------
        name : str
            Its path inside the run directory.
        limit : int, default=1_000_000
            So many bytes at most.

        Returns
        -------
        str
        """
        try:
            with (self.dir / name).open("rb") as file:
                return file.read(limit).decode("utf-8", "replace")
        except OSError:
            return ""


def as_number(value: Any) -> float:
    """Return a stored measure as a number: ``"NaN"``, null and what is no number are NaN.

    Parameters
    ----------
    value : Any

    Returns
    -------
    float or int
    """
    try:
        number = from_plain(value)
        return number if type(number) is int else float(number)
    except (TypeError, ValueError):
        return math.nan


def _read_object(path: Path) -> dict[str, Any]:
    # A page shows what can be read; what cannot is for `Run` to complain about.
    try:
        return read_json(path)
    except (OSError, ValueError):
        return {}


def _measured(path: Path) -> list[dict[str, Any]]:
    try:
        lines = read_lines(path)
    except OSError:
        return []
    return [line | {"metrics": _floats(line.get("metrics"))} for line in lines]


def _floats(metrics: Any) -> dict[str, float]:
    measured = metrics.items() if isinstance(metrics, Mapping) else ()
    return {str(name): as_number(value) for name, value in measured}


def _entries(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir())
    except OSError:
        return []
