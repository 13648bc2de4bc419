"""Write the pages of runs and show them."""

from __future__ import annotations

import builtins
import hashlib
import importlib
import os
import sys
import webbrowser
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

from estimators.runs.directory.documents import write_text
from estimators.runs.directory.folders import runs_folder
from estimators.runs.directory.stored_run import StoredRun
from estimators.runs.listing.finding import find_run
from estimators.runs.pages.live import write_live

Open = bool | Literal["auto"]


def view_run(run: Any = None, *, open: Open = "auto") -> Path:
    """Write a page about a run into its directory, and show it.

    The page is a single file that needs neither a server nor a network. While the run goes, the
    page follows it.

    Parameters
    ----------
    run : Run, Path or str, default=None
        A run, its directory or its id; the latest run by default.
    open : bool or 'auto', default='auto'
        Whether a browser opens it; with ``'auto'`` in an interactive session with a display.

    Returns
    -------
    Path
        Of ``view.html``.

    Raises
    ------
    ValueError
        Where there is no such run.
    ImportError
        Where Jinja2 or Pygments is missing.

    See Also
    --------
    compare_runs : A page about the differences of runs.
    save_run_view : The same page in another place.

    Examples
    --------
    >>> import tempfile
    >>> from estimators.runs import start_run, view_run
    >>> with start_run("first", runs_dir=tempfile.mkdtemp()) as run:
    ...     run.log_metrics({"loss": 0.7})
    >>> view_run(run, open=False).name
    'view.html'
    """
    _check_libraries()
    from estimators.runs.pages.run_page import run_page

    folder = _folder(run)
    path = write_text(folder / "view.html", run_page(folder))
    if StoredRun(folder).status == "running":
        write_live(folder, now=True)
    return _shown(path, open)


def save_run_view(run: Any, path: Path | str) -> Path:
    """Write a page about a run to any place, without links to the files of the run.

    Parameters
    ----------
    run : Run, Path or str
        A run, its directory or its id; None for the latest run.
    path : Path or str
        Of an HTML file; its folder must exist.

    Returns
    -------
    Path
        Of the file.

    Raises
    ------
    ValueError
        Where there is no such run.
    FileNotFoundError
        Where there is no such folder.
    ImportError
        Where Jinja2 or Pygments is missing.

    See Also
    --------
    view_run : The page inside the run's directory, with links and live.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from estimators.runs import save_run_view, start_run
    >>> with start_run("first", runs_dir=tempfile.mkdtemp()) as run:
    ...     run.log_metrics({"loss": 0.7})
    >>> save_run_view(run, Path(tempfile.mkdtemp()) / "first.html").name
    'first.html'
    """
    _check_libraries()
    from estimators.runs.pages.run_page import run_page

    folder = _folder(run)
    path = Path(path).resolve()
    if not path.parent.is_dir():
        raise FileNotFoundError(f"There is no folder {path.parent}; make it first.")
    return write_text(path, run_page(folder, is_linked=False))


def compare_runs(runs: Sequence[Any], *, open: Open = "auto") -> Path:
    """Write a page about the differences of runs beside the first of them, and show it.

    Parameters
    ----------
    runs : sequence of Run, Path or str
        Two or more; the others are compared with the first.
    open : bool or 'auto', default='auto'
        Whether a browser opens it; with ``'auto'`` in an interactive session with a display.

    Returns
    -------
    Path
        The same for the same runs.

    Raises
    ------
    TypeError
        Where `runs` is a single run.
    ValueError
        Where there are fewer than two different runs, or one does not exist.
    ImportError
        Where Jinja2 or Pygments is missing.

    See Also
    --------
    view_run : A page about one run.

    Examples
    --------
    >>> import tempfile
    >>> from estimators.runs import compare_runs, start_run
    >>> folder, runs = tempfile.mkdtemp(), []
    >>> for units in (8, 16):
    ...     with start_run(runs_dir=folder, flags={"units": units}) as run:
    ...         run.log_metrics({"loss": 1 / units})
    ...     runs.append(run)
    >>> compare_runs(runs, open=False).suffix
    '.html'
    """
    _check_libraries()
    from estimators.runs.pages.comparison_page import comparison_page

    if isinstance(runs, (str, Path)):
        raise TypeError(f"runs is one run, {str(runs)!r}; give a list of two or more.")
    folders = list(dict.fromkeys(_folder(run) for run in runs))
    if len(folders) < 2:
        raise ValueError(
            f"A comparison needs two or more different runs; runs holds {len(folders)}."
        )
    digest = hashlib.sha256("\n".join(map(str, folders)).encode()).hexdigest()[:8]
    path = folders[0].parent / f"compare-{digest}.html"
    return _shown(write_text(path, comparison_page(folders)), open)


def view_runs(runs_dir: Path | str | None = None, *, open: Open = "auto") -> Path:
    """Write an index of all runs into their folder, and show it.

    Parameters
    ----------
    runs_dir : Path or str, default=None
        As in `ls_runs`.
    open : bool or 'auto', default='auto'
        Whether a browser opens it; with ``'auto'`` in an interactive session with a display.

    Returns
    -------
    Path
        Of ``index.html``.

    Raises
    ------
    FileNotFoundError
        Where there is no such folder.
    ImportError
        Where Jinja2 or Pygments is missing.

    See Also
    --------
    view_run : A page about one run.

    Examples
    --------
    >>> import tempfile
    >>> from estimators.runs import start_run, view_runs
    >>> folder = tempfile.mkdtemp()
    >>> with start_run("first", runs_dir=folder) as run:
    ...     run.log_metrics({"loss": 0.7})
    >>> view_runs(folder, open=False).name
    'index.html'
    """
    _check_libraries()
    from estimators.runs.pages.index_page import index_page

    folder = runs_folder(runs_dir).resolve()
    if not folder.is_dir():
        raise FileNotFoundError(f"There is no folder of runs {folder}; give its path as runs_dir.")
    return _shown(write_text(folder / "index.html", index_page(folder)), open)


def _check_libraries() -> None:
    """Raise where a library is missing that pages are made with."""
    for name in ("jinja2", "pygments"):
        try:
            importlib.import_module(name)
        except ImportError as error:
            raise ImportError(
                f"Pages of runs need Jinja2 and Pygments; {error.name or name} is missing: "
                "install them with `pip install keras-estimators[runs]`."
            ) from error


def _folder(run: Any) -> Path:
    return find_run(getattr(run, "dir", run)).dir.resolve()


def _shown(path: Path, open: Open) -> Path:
    if open is True or (open == "auto" and _is_interactive() and _has_display()):
        webbrowser.open(path.as_uri())
    return path


def _is_interactive() -> bool:
    return hasattr(sys, "ps1") or hasattr(builtins, "get_ipython")


def _has_display() -> bool:
    if sys.platform in {"win32", "darwin"}:
        return True
    return any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY"))
