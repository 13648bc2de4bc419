"""What a run was run with: Python, packages, the state of the repository. No variable's value."""

from __future__ import annotations

import platform
import warnings
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any

from estimators.runs.recording.git import git_patch, git_state

__all__ = ["describe_environment", "folder_of", "keep_patch"]

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
        "git": git_state(folder),
    }


def folder_of(script: Path | None) -> Path:
    """Return the folder that git is asked about.

    Parameters
    ----------
    script : pathlib.Path or None
        None in a notebook or a prompt.

    Returns
    -------
    pathlib.Path
    """
    return script.resolve().parent if script else Path.cwd()


def keep_patch(run_dir: Path, script: Path | None) -> None:
    """Write what differs from the commit to ``git.patch``, or warn of why there is none.

    Parameters
    ----------
    run_dir : pathlib.Path
    script : pathlib.Path or None
    """
    folder = folder_of(script)
    patch = git_patch(folder)
    if patch is None:
        reason = f"git finds no commit for {folder.absolute()}"
    elif len(patch) > _LARGEST_PATCH:
        reason = f"the changes come to more than {_LARGEST_PATCH // 10**6} MB"
    else:
        (run_dir / "git.patch").write_bytes(patch)
        return
    warnings.warn(f"record_patch=True keeps no patch: {reason}.", stacklevel=3)


@cache
def _packages() -> dict[str, str]:
    # A broken installation may leave metadata without a name.
    found = {
        distribution.metadata["Name"]: distribution.version
        for distribution in metadata.distributions()
        if distribution.metadata["Name"]
    }
    return dict(sorted(found.items(), key=lambda item: item[0].lower()))
