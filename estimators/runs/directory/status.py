"""How a run stands, by its files; how it ended, by the error that ended it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from estimators.runs.directory.documents import read_json
from estimators.runs.directory.lock import is_held

__all__ = ["ENDS", "exit_code_by", "status_by", "status_of"]

ENDS = ("completed", "failed", "interrupted")


def status_of(folder: Path, document: Mapping[str, Any] | None = None) -> str:
    """Return the status of the run in `folder`, crashed where its process is gone.

    Parameters
    ----------
    folder : pathlib.Path
    document : mapping, default=None
        What ``run.json`` says, where it was read already.

    Returns
    -------
    str
    """
    status = (document or read_json(folder / "run.json")).get("status", "crashed")
    if status != "running" or is_held(folder):
        return status
    # It may have ended between the two looks.
    status = read_json(folder / "run.json").get("status", "crashed")
    return "crashed" if status == "running" else status


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
