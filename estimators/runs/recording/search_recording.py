"""The candidates and splits of scikit-learn's searches, each a run inside the current one."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from types import ModuleType
from typing import Any

import numpy as np

from estimators.runs.directory.documents import update_json, write_json
from estimators.runs.directory.json_values import as_plain
from estimators.runs.directory.new_run import new_run
from estimators.runs.directory.run import Run
from estimators.runs.recording.active_run import ActiveRun
from estimators.runs.recording.autologging import record_method
from estimators.runs.recording.run_stack import current_run
from estimators.runs.recording.source import running_script

__all__ = ["RunTracker", "record_searches", "recorded_search"]

_SEARCH = "sklearn.model_selection._search"
_EVALUATION = "candidate-split-evaluation"


class RunTracker:
    """Records every candidate and split of a search as a run inside another one.

    A callback of scikit-learn's, for ``search.set_callbacks(RunTracker())``. Inside a run every
    search gets one by itself, in versions of scikit-learn that have callbacks. It works from worker
    processes too: what is fitted there is recorded there.

    Parameters
    ----------
    run : Run, default=None
        None stands for the one that is current when the search begins; without any, nothing is
        recorded.

    Examples
    --------
    >>> import tempfile
    >>> import numpy as np
    >>> from sklearn.linear_model import Ridge
    >>> from sklearn.model_selection import GridSearchCV
    >>> from estimators.runs import ls_runs, start_run
    >>> X = np.arange(24.0).reshape(12, 2)
    >>> with start_run(runs_dir=tempfile.mkdtemp()) as run:
    ...     _ = GridSearchCV(Ridge(), {"alpha": [0.1, 1.0]}, cv=3).fit(X, X[:, 0])
    >>> found = ls_runs(order=["candidate", "split"], descending=False, runs_dir=run.dir / "runs")
    >>> found[["candidate", "split", "flag_alpha"]].head(4)
       candidate  split  flag_alpha
    0          0      0         0.1
    1          0      1         0.1
    2          0      2         0.1
    3          1      0         1.0
    """

    def __init__(self, run: Run | None = None) -> None:
        self.run = run
        self._parent: Run | None = None
        self._open: dict[tuple[int, ...], ActiveRun] = {}

    def __getstate__(self) -> dict[str, Any]:
        return {"run": self.run, "_parent": self._parent, "_open": {}}

    def setup(self, estimator: Any, context: Any) -> None:
        """Find the run that the search belongs to.

        Parameters
        ----------
        estimator : estimator
            The search.
        context : sklearn.callback.CallbackContext
            Of the task.
        """
        self._parent = self.run or current_run()

    def on_fit_task_begin(self, estimator: Any, context: Any) -> None:
        """Start a run for a split of a candidate.

        Parameters
        ----------
        estimator : estimator
            The search.
        context : sklearn.callback.CallbackContext
            Of the task.
        """
        if self._parent is None or context.task_name != _EVALUATION:
            return
        candidate, split = divmod(context.task_id, estimator.n_splits_)
        place = {"candidate": candidate, "split": split}
        # Successive halving searches again and again, with fewer candidates each time.
        if context.parent.parent.parent is not None:
            place = {"iteration": context.parent.task_id} | place
        self._open[_path(context)] = _open_child(
            self._parent,
            ", ".join(f"{name} {number}" for name, number in place.items()),
            place | {"search": str(context.root_uuid)},
        )

    def on_fit_task_end(self, estimator: Any, context: Any) -> None:
        """End the run of a split, or tell those of a finished search what they came to.

        Parameters
        ----------
        estimator : estimator
            The search.
        context : sklearn.callback.CallbackContext
            Of the task.
        """
        run = self._open.pop(_path(context), None)
        if run is not None:
            # scikit-learn calls this while an error passes that it was told to raise.
            run.close(sys.exc_info()[1])
        elif self._parent is not None and context.parent is None:
            self._tell(estimator, str(context.root_uuid))

    def teardown(self, estimator: Any, context: Any) -> None:
        """Forget the run.

        Parameters
        ----------
        estimator : estimator
            The search.
        context : sklearn.callback.CallbackContext
            Of the task.
        """
        self._parent = None

    def _tell(self, search: Any, identifier: str) -> None:
        results = search.cv_results_
        for run in self._parent.children:
            place = run.properties
            if place.get("search") == identifier:
                _tell_child(run, results, _row(results, place), place["split"])
        if hasattr(search, "best_params_"):
            best = {"best_params": search.best_params_}
            score = getattr(search, "best_score_", None)
            self._parent.set(**best, **({} if score is None else {"best_score": score}))


def record_searches() -> None:
    """Give every search a `RunTracker` while a run is active."""
    record_method(_SEARCH, _search, "fit", recorded_search)


def recorded_search(run: Run, fit: Callable, search: Any, *args: Any, **kwargs: Any) -> Any:
    """Call the ``fit`` of a search with a `RunTracker`.

    Parameters
    ----------
    run : Run
    fit : callable
        The method as it was.
    search : estimator
    *args, **kwargs : object
        Of the method.

    Returns
    -------
    estimator
        The search.
    """
    given = list(getattr(search, "_skl_callbacks", ()))
    if any(isinstance(callback, RunTracker) for callback in given):
        return fit(search, *args, **kwargs)
    search.set_callbacks(*given, RunTracker(run))
    try:
        return fit(search, *args, **kwargs)
    finally:
        search.set_callbacks(*given)


def _open_child(parent: Run, name: str, properties: Mapping[str, Any]) -> ActiveRun:
    """Start a run inside another one; what is printed and drawn is that one's."""
    # A worker process has begun no run before.
    record_searches()
    script = running_script()
    run, descriptor = new_run(
        name, properties=properties, parent=parent, script=script, args=sys.argv[1:]
    )
    return ActiveRun(
        run.dir,
        descriptor,
        script=script,
        keeps_source=False,
        keeps_figures=False,
        copies_output=False,
    )


def _search(module: ModuleType) -> type | None:
    """Return the class of all searches, where this scikit-learn has callbacks for them."""
    kind = getattr(module, "BaseSearchCV", None)
    return kind if hasattr(kind, "set_callbacks") else None


def _path(context: Any) -> tuple[int, ...]:
    return () if context is None else (*_path(context.parent), context.task_id)


def _row(results: Mapping[str, Any], place: Mapping[str, int]) -> int:
    """Return the row of a candidate in ``cv_results_``, where iterations follow each other."""
    if "iteration" not in place:
        return place["candidate"]
    return int(np.flatnonzero(results["iter"] == place["iteration"])[place["candidate"]])


def _tell_child(run: Run, results: Mapping[str, Any], row: int, split: int) -> None:
    flags = as_plain(results["params"][row])
    write_json(run.dir / "flags.json", {"values": flags, "declared": [], "given": flags})
    for part in ("test", "train"):
        scores = dict(_scores(results, row, f"split{split}_{part}_"))
        if scores:
            run.log_evaluation(scores, part)
        if part == "test" and any(map(np.isnan, scores.values())) and run.status == "completed":
            message = "The fit or its score failed; scikit-learn warned of the error."
            error = {"type": "FitFailedWarning", "message": message}
            update_json(run.dir / "run.json", {"status": "failed", "error": error})


def _scores(results: Mapping[str, Any], row: int, prefix: str) -> Iterator[tuple[str, float]]:
    for name, values in results.items():
        if name.startswith(prefix):
            yield name.removeprefix(prefix), float(values[row])
