"""How a run ended, by the error that ended it; and room on the disk for saying so."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from estimators.runs.directory.documents import update_json
from estimators.runs.directory.json_values import now
from estimators.runs.directory.metric_summary import summary_of_run

__all__ = ["ENDS", "RESERVE", "exit_code_by", "reserve_end", "status_by", "write_end"]

ENDS = ("completed", "failed", "interrupted")
RESERVE = ".reserve"
_RESERVED_BYTES = 65_536


def reserve_end(run_dir: Path) -> None:
    """Take the room that the end of a run needs on the disk, which may be full by then.

    Parameters
    ----------
    run_dir : pathlib.Path
    """
    # Bytes that no file system can make fewer of.
    (run_dir / RESERVE).write_bytes(os.urandom(_RESERVED_BYTES))


def write_end(
    run_dir: Path, status: str, *, exit_code: int, error: Mapping[str, str] | None
) -> None:
    """Write into ``run.json`` how a run ended, and what its epochs came to.

    Parameters
    ----------
    run_dir : pathlib.Path
    status : str
    exit_code : int
    error : mapping or None
        Type and message.
    """
    end = {"status": status, "end": now(), "exit_code": exit_code, "error": error}
    (run_dir / RESERVE).unlink(missing_ok=True)
    update_json(run_dir / "run.json", end | {"measured": summary_of_run(run_dir)})


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
