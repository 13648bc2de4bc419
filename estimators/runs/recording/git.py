"""What git says of a folder; nothing that the repository configures is run for it.

A repository may come from anywhere, and its configuration names programs: for watching files,
converting them, comparing them, hooks, fetching what is missing. Reading its state runs none.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

__all__ = ["git_patch", "git_state"]

_SECONDS = 10
_QUIET = (
    *("--no-pager", "-c", "core.fsmonitor=false", "-c", f"core.hooksPath={os.devnull}"),
    *("-c", "core.pager=cat", "-c", "credential.helper="),
)
_ENVIRONMENT = {
    # Reading must not take the index lock from somebody's commit.
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_TERMINAL_PROMPT": "0",
    # Of a partial clone, objects are missing; fetching them would run what the remote names.
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_ALLOW_PROTOCOL": "none",
}
# A submodule has a configuration of its own.
_SUBMODULES = "--ignore-submodules=dirty"
_EMPTY = "KERAS_ESTIMATORS_EMPTY"


def git_state(folder: Path) -> dict[str, Any] | None:
    """Return commit and branch, and whether files that git knows differ from the commit.

    Parameters
    ----------
    folder : pathlib.Path

    Returns
    -------
    dict or None
        None where there is no git or no repository.
    """
    answer = _git(
        folder, "status", "--porcelain=v2", "--branch", "--untracked-files=no", _SUBMODULES
    )
    if answer is None:
        return None
    lines = answer.decode("utf-8", "replace").splitlines()
    heads = dict(line[2:].split(" ", 1) for line in lines if line.startswith("# branch."))
    return {
        "commit": heads.get("branch.oid"),
        "branch": heads.get("branch.head"),
        "dirty": any(not line.startswith("#") for line in lines),
    }


def git_patch(folder: Path) -> bytes | None:
    """Return how the files that git knows differ from the commit.

    Parameters
    ----------
    folder : pathlib.Path

    Returns
    -------
    bytes or None
        None where there is no git, no repository or no commit.
    """
    plain = ("--no-ext-diff", "--no-textconv", "--no-color", "--submodule=short", _SUBMODULES)
    return _git(folder, "diff", *plain, "HEAD")


def _git(folder: Path, *arguments: str) -> bytes | None:
    # Filters have no switch: each is overridden by its name. Code 1 says that there is none.
    question = ("config", "--null", "--name-only", "--get-regexp", r"^filter\.")
    names = _answer(folder, *question, codes=(0, 1))
    if names is None:
        return None
    filters = sorted({name.rpartition(b".")[0] for name in names.split(b"\0") if name})
    nothing = [
        f"--config-env={os.fsdecode(name)}.{program}={_EMPTY}"
        for name in filters
        for program in ("clean", "smudge", "process", "required")
    ]
    return _answer(folder, *nothing, *arguments)


def _answer(folder: Path, *arguments: str, codes: Sequence[int] = (0,)) -> bytes | None:
    try:
        answer = subprocess.run(
            ["git", "-C", str(folder), *_QUIET, *arguments],
            env=os.environ | _ENVIRONMENT | {_EMPTY: ""},
            capture_output=True,
            stdin=subprocess.DEVNULL,
            timeout=_SECONDS,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return answer.stdout if answer.returncode in codes else None
