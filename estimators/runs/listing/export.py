"""Runs for other people's programs: TensorBoard and MLflow."""

from __future__ import annotations

import math
import os
import warnings
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from estimators.runs.directory.fields import is_measure, parse_time
from estimators.runs.directory.member_epochs import joined
from estimators.runs.directory.run import Run
from estimators.runs.directory.stored_run import StoredRun
from estimators.runs.listing.finding import find_run
from estimators.runs.listing.table_row import evaluation_prefix

__all__ = ["export_run"]


def export_run(
    run: Run | str | os.PathLike[str] | None = None,
    to: str = "tensorboard",
    *,
    path: str | os.PathLike[str] | None = None,
    runs_dir: str | os.PathLike[str] | None = None,
) -> str:
    """Write a run as TensorBoard or MLflow has it.

    Parameters
    ----------
    run : Run, str or path-like, default=None
        A run, its directory or its id; the latest one by default.
    to : {"tensorboard", "mlflow"}, default="tensorboard"
        TensorBoard gets event files with metrics, evaluations, flags and plots; MLflow a finished
        run with parameters, metrics, tags and artifacts.
    path : str or path-like, default=None
        Where to write: for TensorBoard a folder, by default ``logs`` inside the run; for MLflow a
        tracking URI, by default the one that MLflow is set to.
    runs_dir : str or path-like, default=None
        As in `ls_runs`.

    Returns
    -------
    str
        The folder for ``tensorboard --logdir``, or the id of MLflow's run.

    Raises
    ------
    ImportError
        Where the program is not installed.

    Examples
    --------
    >>> from estimators.runs import export_run
    >>> logs = export_run("2026-11-22T11-29-26Z", to="tensorboard")  # doctest: +SKIP
    """
    if to not in _EXPORTERS:
        raise ValueError(f"to={to!r} is none of {', '.join(map(repr, _EXPORTERS))}.")
    found = StoredRun(find_run(run, runs_dir=runs_dir).dir)
    if damage := found.damage:
        warnings.warn(
            f"The run {found.dir} is damaged, the rest of it is exported; {'; '.join(damage)}.",
            stacklevel=2,
        )
    return _EXPORTERS[to](found, path)


def _to_tensorboard(run: StoredRun, path: str | os.PathLike[str] | None) -> str:
    try:
        from tensorboard.compat.proto.event_pb2 import Event
        from tensorboard.compat.proto.summary_pb2 import Summary
        from tensorboard.plugins.hparams.summary_v2 import hparams_pb
        from tensorboard.summary.writer.event_file_writer import EventFileWriter
    except ImportError as error:
        raise ImportError(_missing("TensorBoard", "tensorboard")) from error
    folder = Path(path) if path is not None else run.dir / "logs"
    writer = EventFileWriter(str(folder))

    def write(summary: Any, step: int, seconds: float) -> None:
        writer.add_event(Event(summary=summary, step=step, wall_time=seconds))

    try:
        began = _began(run).timestamp()
        flags = {name: _parameter(value) for name, value in run.flags.items()}
        if flags:
            write(hparams_pb(flags, trial_id=run.id, start_time_secs=began), 0, began)
        for name, value, step, seconds in _measures(run):
            write(Summary(value=[Summary.Value(tag=name, simple_value=value)]), step, seconds)
        for plot in run.plots:
            if plot.suffix == ".png":
                image = Summary.Image(encoded_image_string=plot.read_bytes())
                write(Summary(value=[Summary.Value(tag=plot.stem, image=image)]), 0, began)
    finally:
        writer.close()
    return str(folder)


def _to_mlflow(run: StoredRun, path: str | os.PathLike[str] | None) -> str:
    try:
        from mlflow import MlflowClient
        from mlflow.entities import Metric, Param, RunTag
    except ImportError as error:
        raise ImportError(_missing("MLflow", "mlflow")) from error
    client = MlflowClient(tracking_uri=None if path is None else os.fspath(path))
    experiment = client.get_experiment_by_name(_EXPERIMENT)
    identifier = experiment.experiment_id if experiment else client.create_experiment(_EXPERIMENT)
    began = int(_began(run).timestamp() * 1000)
    made = client.create_run(identifier, start_time=began, run_name=run.name)
    target = made.info.run_id
    metrics = [
        Metric(name.replace("/", "_"), value, int(seconds * 1000), step)
        for name, value, step, seconds in _measures(run)
    ]
    tags = {"keras_estimators.run": run.id} | dict.fromkeys(run.tags, "true")
    # MLflow takes a thousand metrics at a time.
    for start in range(0, len(metrics), 1000):
        client.log_batch(target, metrics=metrics[start : start + 1000])
    client.log_batch(
        target,
        params=[Param(name, str(value)) for name, value in run.flags.items()],
        tags=[RunTag(name, value) for name, value in tags.items()],
    )
    for file in sorted(run.dir.iterdir()):
        if file.is_dir():
            client.log_artifacts(target, str(file), artifact_path=file.name)
        elif file.is_file() and file.name != ".lock":
            client.log_artifact(target, str(file))
    end = run.end
    client.set_terminated(
        target,
        status={"completed": "FINISHED", "running": "RUNNING"}.get(run.status, "FAILED"),
        end_time=None if end is None else int(end.timestamp() * 1000),
    )
    return target


def _measures(run: StoredRun) -> Iterator[tuple[str, float, int, float]]:
    """Yield every measure with its name, its step and its time in seconds.

    Of several members the means come under the plain names, those of each under ``member_1/``.
    """
    began = _began(run)
    records = joined(run.metrics)
    last = max((record.get("fit") or 0 for record in records), default=0)
    for place, record in enumerate(records):
        if (record.get("fit") or 0) != last:
            continue
        step = record.get("epoch", place)
        time = (parse_time(record.get("time")) or began).timestamp()
        members = record.get("members", {})
        named = {"": record["metrics"]} | {f"member_{m}/": members[m] for m in members}
        for prefix, metrics in named.items():
            for name, value in metrics.items():
                if not math.isnan(value):
                    yield f"{prefix}epoch_{name}", value, step, time
    seconds = (run.end or began).timestamp()
    evaluations = {line.get("name") or "unnamed": line["metrics"] for line in run.evaluations}
    for kind, found in evaluations.items():
        prefix = evaluation_prefix(kind)
        for name, value in found.items():
            yield f"{prefix}{name}", value, 0, seconds


def _began(run: StoredRun) -> datetime:
    """Return when a run began; of one that nobody can say it of, when its directory changed."""
    return run.start or datetime.fromtimestamp(run.dir.stat().st_mtime, UTC)


def _parameter(value: Any) -> Any:
    # TensorBoard holds numbers in 64 bits.
    is_held = isinstance(value, str) or is_measure(value) and not isinstance(value, list | None)
    return value if is_held else str(value)


def _missing(program: str, extra: str) -> str:
    return f"Exporting to {program} needs it installed: `pip install keras-estimators[{extra}]`."


_EXPERIMENT = "keras-estimators"
_EXPORTERS: dict[str, Callable[[StoredRun, Any], str]] = {
    "tensorboard": _to_tensorboard,
    "mlflow": _to_mlflow,
}
