"""One run for each of many combinations of flags."""

from __future__ import annotations

import hashlib
import inspect
import json
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack
from numbers import Integral
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from joblib import Parallel, delayed
from sklearn.model_selection import ParameterGrid, ParameterSampler
from sklearn.utils import check_random_state

from estimators.runs.directory.folders import runs_folder
from estimators.runs.directory.json_values import as_plain
from estimators.runs.directory.run import Run
from estimators.runs.listing.table import ls_runs
from estimators.runs.listing.table_row import PREFIXES
from estimators.runs.recording.output import silenced
from estimators.runs.recording.run_stack import current_run
from estimators.runs.recording.source import digest_of
from estimators.runs.recording.starting import start_run
from estimators.runs.scripts import process
from estimators.runs.scripts.training import training_run

if TYPE_CHECKING:
    import pandas

__all__ = ["tuning_run"]


def tuning_run(
    target: str | os.PathLike[str] | Callable[..., Any],
    flags: Mapping[str, Any] | pandas.DataFrame | Iterable[Mapping[str, Any]],
    *,
    sample: int | float | None = None,
    random_state: Any = None,
    n_jobs: int | None = None,
    resume: bool = True,
    on_error: str = "continue",
    tags: Iterable[str] = (),
    properties: Mapping[str, Any] | None = None,
    runs_dir: str | os.PathLike[str] | None = None,
    record_patch: bool = False,
    echo: bool | None = None,
    **options: Any,
) -> pandas.DataFrame:
    """Run a script or a function once for each combination of flags.

    Parameters
    ----------
    target : str, path-like or callable
        A script, as `training_run` takes it, in a process of its own each time; or a function that
        is called with the flags by name, and may return a mapping of metrics to be recorded.
    flags : mapping, DataFrame, ParameterGrid, ParameterSampler or iterable of mappings
        A mapping of names to lists of values stands for all combinations; a table, for its rows.
    sample : int or float, default=None
        Try only so many of the combinations, or such a share of them, drawn at random.
    random_state : int, RandomState instance or None, default=None
        Of that draw.
    n_jobs : int, default=None
        Number of runs at a time, as joblib understands it.
    resume : bool, default=True
        Whether combinations that completed before are left out: with the same target, unchanged
        since, in the same folder.
    on_error : {"continue", "raise"}, default="continue"
        Whether to go on after a run that failed; it is kept either way.
    tags : iterable of str, default=()
    properties : mapping of str to value, default=None
        Each becomes a column of `ls_runs`.
    runs_dir : str or path-like, default=None
        The folder to create the runs' directories in, as in `start_run`.
    record_patch : bool, default=False
        As in `start_run`.
    echo : bool, default=None
        Whether what the runs print is shown as well; by default where they run one by one.
    **options : object
        Of `training_run`, for a script.

    Returns
    -------
    pandas.DataFrame
        The rows of `ls_runs` in the order of the combinations, those included that had completed
        before; ``attrs["counts"]`` has the number of completed, failed and skipped ones.

    Raises
    ------
    ValueError
        For combinations or a sample that cannot be.

    See Also
    --------
    best_run : The best of the runs.

    References
    ----------
    ``tfruns::tuning_run``.

    Examples
    --------
    >>> import tempfile
    >>> from estimators.runs import tuning_run
    >>> def train(units, dropout):
    ...     return {"accuracy": 0.7 + units / 1000 - dropout}
    >>> folder = tempfile.mkdtemp()
    >>> grid = {"units": [16, 32], "dropout": [0.1, 0.2]}
    >>> found = tuning_run(train, grid, runs_dir=folder, echo=False)
    >>> found.attrs["counts"]
    {'completed': 4, 'failed': 0, 'skipped': 0}
    >>> found.sort_values("eval_accuracy")[["flag_dropout", "flag_units"]].tail(1)
       flag_dropout  flag_units
    1           0.1          32
    >>> again = tuning_run(train, grid, runs_dir=folder, echo=False)
    >>> again.attrs["counts"]["skipped"]
    4
    """
    if on_error not in ("continue", "raise"):
        raise ValueError(f"on_error={on_error!r} is neither 'continue' nor 'raise'.")
    if callable(target) and options:
        raise TypeError(
            f"{', '.join(options)} says how a script is run; {_name(target)} is a function."
        )
    combinations = _drawn(_combinations(flags), sample, random_state)
    parent = current_run()
    folder = Path(parent.dir / "runs") if parent and runs_dir is None else runs_folder(runs_dir)
    identity = _identity(target)
    finished = _finished(folder, identity) if resume else {}
    missing = [one for one in combinations if _key(one) not in finished]
    work = {
        "tags": list(tags),
        "properties": dict(properties or {}) | {"tuning": identity},
        "runs_dir": str(folder.absolute()),
        "parent": parent and str(parent.dir.absolute()),
        "record_patch": record_patch,
        "echo": n_jobs in (None, 1) if echo is None else echo,
        "on_error": on_error,
    }
    run_one = _call if callable(target) else _run_script
    parallel = Parallel(n_jobs=n_jobs, prefer=None if callable(target) else "threads")
    try:
        new = parallel(delayed(run_one)(target, flags=one, **work, **options) for one in missing)
    except BaseException:
        process.interrupt_all()
        raise
    found = finished | {_key(one): path for one, path in zip(missing, new)}
    rows = _rows(folder, [found[_key(one)] for one in combinations])
    failed = int((rows["status"] != "completed").sum())
    rows.attrs["counts"] = {
        "completed": len(missing) - failed,
        "failed": failed,
        "skipped": len(combinations) - len(missing),
    }
    return rows


def _combinations(flags: Any) -> list[dict[str, Any]]:
    """Return the combinations one by one, without repetition."""
    if hasattr(flags, "to_dict") and hasattr(flags, "columns"):
        found = flags.to_dict("records")
    elif isinstance(flags, Mapping):
        found = list(ParameterGrid({name: _listed(values) for name, values in flags.items()}))
    elif isinstance(flags, ParameterGrid | ParameterSampler) or _holds_mappings(flags):
        found = [dict(one) for one in flags]
    else:
        raise TypeError(
            f"flags is a {type(flags).__name__}; give a mapping of names to lists of values, a "
            "DataFrame, a ParameterGrid or a ParameterSampler."
        )
    if not found:
        raise ValueError("flags holds no combination; give at least one value for each flag.")
    return list({_key(one): one for one in found}.values())


def _listed(values: Any) -> Sequence[Any]:
    if isinstance(values, str) or not hasattr(values, "__iter__"):
        return [values]
    return list(values)


def _holds_mappings(flags: Any) -> bool:
    return isinstance(flags, Sequence) and all(isinstance(one, Mapping) for one in flags)


def _drawn(
    combinations: list[dict[str, Any]], sample: int | float | None, random_state: Any
) -> list[dict[str, Any]]:
    """Return a sample of the combinations, in their order."""
    if sample is None:
        return combinations
    is_count = isinstance(sample, Integral) and not isinstance(sample, bool) and sample >= 1
    if not is_count and not (isinstance(sample, float) and 0 < sample <= 1):
        raise ValueError(
            f"sample={sample!r} is neither a number of combinations nor a share between 0 and 1."
        )
    count = int(sample) if is_count else max(1, round(sample * len(combinations)))
    if count >= len(combinations):
        return combinations
    drawn = check_random_state(random_state).choice(len(combinations), count, replace=False)
    return [combinations[i] for i in np.sort(drawn)]


def _run_script(target: Any, *, flags: dict[str, Any], on_error: str, **how: Any) -> str:
    how |= {"flags": flags, "on_error": "raise" if on_error == "raise" else "return"}
    return str(training_run(target, **how).dir)


def _call(
    target: Callable[..., Any],
    *,
    flags: dict[str, Any],
    on_error: str,
    echo: bool,
    **how: Any,
) -> str:
    with ExitStack() as stack:
        if not echo:
            stack.enter_context(silenced())
        run = start_run(flags=flags, **how)
        try:
            with run:
                result = target(**flags)
                if isinstance(result, Mapping):
                    run.log_evaluation(result)
        except Exception:
            if on_error == "raise":
                raise
    return str(run.dir)


def _rows(folder: Path, paths: Sequence[str]) -> pandas.DataFrame:
    """Return the rows of some runs, without the columns that only other runs have."""
    frame = ls_runs(runs_dir=folder)
    names = [Path(path).name for path in paths]
    frame = frame.set_index(frame["run_dir"].map(lambda path: Path(path).name)).loc[names]
    others = [name for name in frame if name.startswith(PREFIXES)]
    empty = [name for name in others if frame[name].isna().all()]
    return frame.drop(columns=[*empty, "tuning"]).reset_index(drop=True)


def _finished(folder: Path, identity: str) -> dict[str, str]:
    """Return the runs of the same target that completed, by their combination."""
    frame = ls_runs(runs_dir=folder)
    if "tuning" not in frame:
        return {}
    frame = frame[(frame["tuning"] == identity) & (frame["status"] == "completed")]
    # From the oldest to the newest: the newest counts.
    paths = frame["run_dir"].tolist()[::-1]
    return {_key(Run(path).given_flags): path for path in paths}


def _key(combination: Mapping[str, Any]) -> str:
    return json.dumps(as_plain(combination), sort_keys=True)


def _identity(target: Any) -> str:
    """Return the target's name and the beginning of a digest of its source."""
    if not callable(target):
        path = Path(target)
        if not path.is_file():
            raise FileNotFoundError(f"target={str(target)!r} is no file in {Path.cwd()}.")
        return f"{path.name} {digest_of(path)[:12]}"
    try:
        source = inspect.getsource(target)
    except (OSError, TypeError):
        # Without its source a function is known by its code alone.
        source = repr(getattr(getattr(target, "__code__", None), "co_code", ""))
    return f"{_name(target)} {hashlib.sha256(source.encode()).hexdigest()[:12]}"


def _name(target: Callable[..., Any]) -> str:
    return getattr(target, "__qualname__", type(target).__qualname__)
