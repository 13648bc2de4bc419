"""What a run directory holds, read file by file; every file may be missing, torn or damaged."""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from estimators.runs.directory.documents import read_json
from estimators.runs.directory.fields import FIELDS, REQUIRED, checked, parse_time
from estimators.runs.directory.folders import files_in, run_folders
from estimators.runs.directory.json_lines import read_lines
from estimators.runs.directory.json_values import as_number
from estimators.runs.directory.lock import is_held
from estimators.runs.directory.metric_summary import length_of, summary_of
from estimators.runs.directory.status import RESERVE

__all__ = ["StoredRun"]

_IMAGES = {".png", ".jpg", ".jpeg", ".gif", ".webp", ".svg"}
# What the pages themselves and the lock leave in a run directory is none of its results.
_OWN = {".lock", RESERVE, "view.html", "live.js"}
_LONG_AGO = datetime.min.replace(tzinfo=UTC)


class StoredRun:
    """The files of one run as Python objects, each read and checked when it is first asked for.

    Nothing here raises because of what stands in a file: what cannot be used is left out, and
    `damage` tells it.

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
    >>> from estimators.runs.directory.stored_run import StoredRun
    >>> folder = Path(tempfile.mkdtemp()) / "2026-11-22T11-29-26Z"
    >>> folder.mkdir()
    >>> _ = (folder / "run.json").write_text('{"name": "smaller layers", "tags": ["a", 3]}')
    >>> run = StoredRun(folder)
    >>> run.id, run.name, run.status, run.tags
    ('2026-11-22T11-29-26Z', 'smaller layers', 'damaged', ['a'])
    >>> run.damage
    ['run.json: tags[1] is 3 where a text should be']
    """

    def __init__(self, folder: Path | str) -> None:
        self.dir = Path(folder)
        self._problems: dict[str, list[str]] = {}

    @property
    def id(self) -> str:
        """The name of its directory."""
        return os.path.basename(os.path.abspath(self.dir))

    @property
    def name(self) -> str:
        """What the run is called: the name it was given, or else its id."""
        return self.info.get("name") or self.id

    @cached_property
    def status(self) -> str:
        """What `Run.status` says."""
        status = self.info.get("status")
        if status == "running":
            status = self._status_by_lock()
        return "damaged" if status != "running" and self.damage else status

    @property
    def damage(self) -> list[str]:
        """What of its files cannot be used, and why: a sentence for each file that has a part."""
        # Not the epochs themselves: most runs have them summed up.
        for part in ("info", "flags_file", "model", "environment", "source_file", "evaluations"):
            getattr(self, part)
        _ = self.measured
        return self.damage_seen

    @property
    def damage_seen(self) -> list[str]:
        """The `damage` of those files that were read until now."""
        return [
            f"{name}: {found[0]}{f', and {len(found) - 1} more' if found[1:] else ''}"
            for name, found in self._problems.items()
        ]

    @cached_property
    def info(self) -> dict[str, Any]:
        found = self._document("run.json")
        if not found and "run.json" not in self._problems:
            self._note("run.json", ["it is missing or empty"])
        elif "run.json" not in self._problems:
            missing = [name for name in REQUIRED if found.get(name) is None]
            self._note("run.json", [f"{name} is missing" for name in missing])
        return found

    @property
    def start(self) -> datetime | None:
        """When it began; None where nobody can say."""
        return parse_time(self.info.get("start"))

    def began(self) -> tuple[datetime, str]:
        """Return what runs are sorted by; where nobody knows when, it was before all others."""
        return self.start or _LONG_AGO, self.id

    @property
    def end(self) -> datetime | None:
        """When it ended; None while it runs, or where it crashed."""
        return parse_time(self.info.get("end"))

    @property
    def tags(self) -> list[str]:
        return self.info.get("tags") or []

    @property
    def flags(self) -> dict[str, Any]:
        return self.flags_file.get("values") or {}

    @cached_property
    def flags_file(self) -> dict[str, Any]:
        return self._document("flags.json")

    @cached_property
    def model(self) -> dict[str, Any]:
        return self._document("model.json")

    @cached_property
    def environment(self) -> dict[str, Any]:
        return self._document("environment.json")

    @cached_property
    def source_file(self) -> dict[str, Any]:
        return self._document("source.json")

    @cached_property
    def metrics(self) -> list[dict[str, Any]]:
        """The lines of metrics.jsonl, their measures as floats."""
        return self._lines("metrics.jsonl")

    @cached_property
    def measured(self) -> dict[str, Any]:
        """What the epochs came to, as `summary_of` has it: by run.json, while that is true."""
        known = self.info.get("measured") or {}
        length = length_of(self.dir)
        is_whole = all(known.get(part) is not None for part in summary_of([]))
        if is_whole and known.get("bytes") == length:
            return known
        found = summary_of(self.metrics)
        if length < (known.get("bytes") or 0):
            self._note("metrics.jsonl", ["it is shorter than it was at the end of the run"])
        return found

    @cached_property
    def evaluations(self) -> list[dict[str, Any]]:
        """The lines of evaluation.jsonl, their measures as floats."""
        return self._lines("evaluation.jsonl")

    @cached_property
    def sources(self) -> dict[str, Path]:
        """The files of source/ by their relative paths, the script first."""
        script = self.source_file.get("script")
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

    def _document(self, name: str) -> dict[str, Any]:
        problems: list[str] = []
        try:
            found = read_json(self.dir / name)
        except ValueError as error:
            # The path is said by whoever speaks of the run.
            reason = str(error).removeprefix(f"{self.dir / name} ").removesuffix(".")
            problems.append(f"it {reason}")
            found = {}
        found = checked(found, FIELDS[name], "", problems)
        self._note(name, problems)
        return found

    def _lines(self, name: str) -> list[dict[str, Any]]:
        problems: list[str] = []
        lines = read_lines(self.dir / name, problems)
        self._note(name, problems)
        return [line | {"metrics": _floats(line.get("metrics"))} for line in lines]

    def _note(self, name: str, problems: list[str]) -> None:
        if problems:
            self._problems.setdefault(name, []).extend(problems)

    def _status_by_lock(self) -> str:
        if is_held(self.dir):
            return "running"
        # It may have ended between the two looks.
        status = StoredRun(self.dir).info.get("status")
        return "crashed" if status == "running" else status


def _floats(metrics: Mapping[str, Any] | None) -> dict[str, float]:
    return {name: as_number(value) for name, value in (metrics or {}).items()}


def _entries(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir())
    except OSError:
        return []
