"""The source that ran: the script, and the modules of the project that it imported."""

from __future__ import annotations

import hashlib
import os
import shutil
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path

from estimators.runs.directory.documents import write_json
from estimators.runs.directory.stored_run import StoredRun

__all__ = ["digest_of", "keep_modules", "keep_script", "running_script"]

# This library is in environment.json, by its version.
_OURS = ("estimators", "feature_specs")
_NOT_OF_A_PROJECT = {"site-packages", "dist-packages", ".venv", "venv", ".tox", ".nox"}


def running_script() -> Path | None:
    """Return the script that this process runs.

    Returns
    -------
    pathlib.Path or None
        None in a notebook or a prompt.
    """
    file = getattr(sys.modules.get("__main__"), "__file__", None)
    in_notebook = "ipykernel" in sys.modules and file and "ipykernel" in file
    return Path(file) if file and not in_notebook else None


def keep_script(run_dir: Path, script: Path | None) -> None:
    """Copy the script into the run as it is now, before it runs.

    Parameters
    ----------
    run_dir : pathlib.Path
    script : pathlib.Path, default=None
        None where the run goes on in a notebook or a prompt.
    """
    if script is not None and script.is_file():
        _keep(run_dir, script, {_relative(script, script.parent): script})


def keep_modules(run_dir: Path, script: Path | None) -> None:
    """Copy the modules that this process imported from the script's folder or the working one.

    Parameters
    ----------
    run_dir : pathlib.Path
    script : pathlib.Path, default=None
    """
    roots = [script.resolve().parent] if script is not None else []
    found = {_relative(path, *roots): path for path in _modules(roots)}
    if found:
        _keep(run_dir, script, found)


def digest_of(path: Path) -> str:
    """Return the SHA-256 of a file.

    Parameters
    ----------
    path : pathlib.Path

    Returns
    -------
    str
        In hexadecimal digits.
    """
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _keep(run_dir: Path, script: Path | None, files: dict[str, Path]) -> None:
    listed = StoredRun(run_dir).source_file.get("files") or []
    known = {entry.get("path") for entry in listed}
    for name, path in sorted(files.items()):
        if name in known:
            continue
        target = run_dir / "source" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)
        listed.append({"path": name, "sha256": digest_of(target)})
    document = {"script": script and _relative(script, script.parent), "files": listed}
    write_json(run_dir / "source.json", document)


def _modules(roots: list[Path]) -> Iterator[Path]:
    """Yield the files of imported modules that are the project's."""
    elsewhere = [Path(sysconfig.get_paths()[name]).resolve() for name in ("stdlib", "platstdlib")]
    here = [*roots, Path.cwd().resolve()]
    # Thousands of modules are imported beside TensorFlow; only a few need a closer look.
    starts = tuple({str(folder) for folder in (*here, Path.cwd())})
    for name, module in list(sys.modules.items()):
        # Not getattr, by which a module that is loaded lazily would begin to load.
        file = getattr(module, "__dict__", {}).get("__file__")
        if not file or name == "__main__" or name.partition(".")[0] in _OURS:
            continue
        if os.path.isabs(file) and not file.startswith(starts):
            continue
        path = Path(file).resolve()
        if (
            path.suffix == ".py"
            and path.is_file()
            and any(path.is_relative_to(root) for root in here)
            and not any(path.is_relative_to(folder) for folder in elsewhere)
            and _NOT_OF_A_PROJECT.isdisjoint(path.parts)
        ):
            yield path


def _relative(path: Path, *roots: Path) -> str:
    """Return the path from the working directory, or else from a root; plain where neither."""
    path = path.resolve()
    for root in (Path.cwd().resolve(), *(root.resolve() for root in roots)):
        if path.is_relative_to(root):
            return path.relative_to(root).as_posix()
    return path.name
