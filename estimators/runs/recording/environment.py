"""What a run was run with: Python, packages, the state of the repository. No variable's value."""

from __future__ import annotations

import os
import platform
import subprocess
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any

__all__ = ["describe_environment", "write_environment"]

_SECONDS_FOR_GIT = 10
_LARGEST_PATCH = 5_000_000


def describe_environment(folder: Path) -> dict[str, Any]:
    """Return Python, platform, packages by name and version, and git's commit and branch.

    Parameters
    ----------
    folder : pathlib.Path
        Where the script is; git is asked about this folder.

    Returns
    -------
    dict
        Without the value of any environment variable.

    Examples
    --------
    >>> from pathlib import Path
    >>> from estimators.runs.recording.environment import describe_environment
    >>> sorted(describe_environment(Path.cwd()))
    ['git', 'packages', 'platform', 'python']
    """
    return {
        "python": platform.python_version(),
        "platform": platform.platform(),
        "packages": _packages(),
        "git": _git_state(folder),
    }


def write_environment(run_dir: Path, folder: Path) -> dict[str, Any]:
    """Write ``git.patch``, where something differs from the commit, and return the environment.

    Parameters
    ----------
    run_dir : pathlib.Path
    folder : pathlib.Path
        Where the script is.

    Returns
    -------
    dict
    """
    environment = describe_environment(folder)
    if environment["git"] and environment["git"]["dirty"]:
        patch = _git(folder, "diff", "HEAD", "--no-ext-diff", "--no-textconv")
        if patch and len(patch) <= _LARGEST_PATCH:
            (run_dir / "git.patch").write_bytes(patch)
    return environment


@cache
def _packages() -> dict[str, str]:
    # A broken installation may leave metadata without a name.
    found = {
        distribution.metadata["Name"]: distribution.version
        for distribution in metadata.distributions()
        if distribution.metadata["Name"]
    }
    return dict(sorted(found.items(), key=lambda item: item[0].lower()))


def _git_state(folder: Path) -> dict[str, Any] | None:
    answer = _git(folder, "status", "--porcelain=v2", "--branch", "--untracked-files=no")
    if answer is None:
        return None
    lines = answer.decode("utf-8", "replace").splitlines()
    heads = dict(line[2:].split(" ", 1) for line in lines if line.startswith("# branch."))
    return {
        "commit": heads.get("branch.oid"),
        "branch": heads.get("branch.head"),
        "dirty": any(not line.startswith("#") for line in lines),
    }


def _git(folder: Path, *arguments: str) -> bytes | None:
    """Return what git answers, None where there is no git or no repository."""
    # Reading must not take the index lock from somebody's commit.
    environment = os.environ | {"GIT_OPTIONAL_LOCKS": "0"}
    try:
        answer = subprocess.run(
            ["git", "-C", str(folder), *arguments],
            env=environment,
            capture_output=True,
            stdin=subprocess.DEVNULL,
            timeout=_SECONDS_FOR_GIT,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return answer.stdout if answer.returncode == 0 else None
