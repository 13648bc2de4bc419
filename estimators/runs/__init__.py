"""Tracked training runs: start them, tune them, list, view and compare them.

A run is a directory of plain files, ``runs/2026-11-22T11-29-26Z``, named after the second in which
it began (``-01`` and so on where that was taken). There is no database and no server: a run may be
copied, sent and deleted like any folder.

``run.json``
    ``schema`` (1), ``id``, ``name``, ``tags``, ``parent`` (an id or null), ``status`` (running,
    completed, failed, interrupted), ``start``, ``end``, ``pid``, ``host``, ``script``, ``args``,
    ``exit_code``, ``error`` (``type``, ``message``) or null, ``properties``; at the end
    ``measured``: ``epochs_completed``, the ``last`` and the ``best`` of each measure of the last
    fit, as of so many ``bytes`` of metrics.
``flags.json``
    ``values`` by name; ``declared``: ``name``, ``type``, ``default``, ``help``, ``choices``;
    ``given``: the values that came with the run, before all others.
``model.json``
    The last fit: ``class``, ``parameters``, ``summary``, ``optimizer``, ``loss``, ``samples``,
    ``validation_samples``, ``batch_size``, ``epochs``, ``steps``.
``environment.json``, ``git.patch``
    ``python``, ``platform``, ``packages`` by version, ``git`` (``commit``, ``branch``, ``dirty``)
    or null, never the value of an environment variable; and what differs from the commit.
``metrics.jsonl``
    A line an epoch: ``epoch`` from 0, ``time``, ``fit`` from 0, ``metrics``.
``evaluation.jsonl``
    A line an evaluation: ``name``, ``time``, ``metrics``.
``output.log``, ``error.txt``
    What was printed, and the traceback of the error that ended the run.
``source.json``, ``source/``
    ``script`` and ``files`` (``path``, ``sha256``); the script and the project's modules that were
    imported, as plain files.
``plots/``, ``artifacts/``, ``logs/``
    Figures, other files that were kept, and room for TensorBoard.
``runs/``
    The runs inside this one, the same again.
``.lock``
    Held while the run lives.
``view.html``, ``live.js``
    The page of `view_run`, and what it is told while the run goes on.

Times are in UTC, as ISO 8601 has them. Documents (``.json``) are strict JSON and replaced as a
whole; lines (``.jsonl``) are appended, each by one write, and a reader skips a line that is torn. A
measure that is no finite number is the string ``"NaN"``, ``"Infinity"`` or ``"-Infinity"``.

A run whose ``status`` is running and whose lock nobody holds has *crashed*: its process was killed,
or the machine was. Files that a later version adds do no harm to an earlier one.
"""

from importlib import import_module
from typing import Any

from estimators.runs.current import current_run, run_dir
from estimators.runs.export import export_run
from estimators.runs.flag_types import flag_boolean, flag_integer, flag_numeric, flag_string
from estimators.runs.flag_values import Flags, flags
from estimators.runs.housekeeping import clean_runs, copy_run, copy_run_files, purge_runs
from estimators.runs.listing import best_run, find_run, latest_run, ls_runs, run_info
from estimators.runs.run import Run, RunFailedError
from estimators.runs.starting import start_run
from estimators.runs.training import training_run

# What needs pandas, Keras or scikit-learn is imported when it is asked for.
_LATER = {
    "RunCallback": "estimators.runs.keras_recording",
    "RunTracker": "estimators.runs.search_recording",
    "compare_runs": "estimators.runs.pages",
    "save_run_view": "estimators.runs.pages",
    "tuning_run": "estimators.runs.tuning",
    "view_run": "estimators.runs.pages",
    "view_runs": "estimators.runs.pages",
}

__all__ = [
    "Flags",
    "Run",
    "RunCallback",
    "RunFailedError",
    "RunTracker",
    "best_run",
    "clean_runs",
    "compare_runs",
    "copy_run",
    "copy_run_files",
    "current_run",
    "export_run",
    "find_run",
    "flag_boolean",
    "flag_integer",
    "flag_numeric",
    "flag_string",
    "flags",
    "latest_run",
    "ls_runs",
    "purge_runs",
    "run_dir",
    "run_info",
    "save_run_view",
    "start_run",
    "training_run",
    "tuning_run",
    "view_run",
    "view_runs",
]


def __getattr__(name: str) -> Any:
    if name not in _LATER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_LATER[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
