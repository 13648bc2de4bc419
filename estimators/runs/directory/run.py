"""A run: what its directory holds, and what may be added to it while it goes on."""

from __future__ import annotations

import os
import re
import shutil
import warnings
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from estimators.runs.directory.documents import update_json
from estimators.runs.directory.fields import is_measure
from estimators.runs.directory.folders import files_in
from estimators.runs.directory.json_lines import append_line, read_last
from estimators.runs.directory.json_values import as_plain, now
from estimators.runs.directory.stored_run import StoredRun

if TYPE_CHECKING:
    import pandas
    from matplotlib.figure import Figure

__all__ = ["Run", "measures"]


class Run:
    """One training run, by its directory.

    Nothing is kept in memory: every attribute is read from the directory when it is asked for, so
    that it tells of a run that goes on elsewhere as well.

    Parameters
    ----------
    path : str or path-like
        The run directory.

    Examples
    --------
    >>> import tempfile
    >>> from estimators.runs import start_run
    >>> with start_run("first", runs_dir=tempfile.mkdtemp(), flags={"units": 8}) as run:
    ...     run.log_metrics({"loss": 0.7})
    ...     run.log_metrics({"loss": 0.5})
    ...     run.log_evaluation({"accuracy": 0.8})
    >>> run.status, run.flags, run.evaluation
    ('completed', {'units': 8}, {'accuracy': 0.8})
    >>> run.metrics[["epoch", "loss"]]
       epoch  loss
    0      0   0.7
    1      1   0.5
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.dir = Path(path)

    def __fspath__(self) -> str:
        return str(self.dir)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Run) and self.dir.absolute() == other.dir.absolute()

    def __hash__(self) -> int:
        return hash(self.dir.absolute())

    def __repr__(self) -> str:
        stored = StoredRun(self.dir)
        name = f" {stored.name!r}" if stored.name != stored.id else ""
        return f"Run({str(self.dir)!r}{name}: {stored.status})"

    def __reduce__(self):
        return Run, (str(self.dir.absolute()),)

    def __enter__(self) -> Run:
        raise RuntimeError(f"{self!r} is over; start_run(resume=...) opens it again.")

    def __exit__(self, kind: Any, error: BaseException | None, traceback: Any) -> None:
        """Never comes, because no run that is over is entered."""

    @property
    def id(self) -> str:
        """The name of its directory."""
        return StoredRun(self.dir).id

    @property
    def document(self) -> dict[str, Any]:
        """What ``run.json`` says: name, tags, parent, times, process, error."""
        return self._said("info")

    @property
    def name(self) -> str | None:
        """The name it was given."""
        return self.document.get("name")

    @property
    def tags(self) -> list[str]:
        """The tags it was given."""
        return self._said("tags")

    @property
    def parent(self) -> str | None:
        """The id of the run that it is a part of."""
        return self.document.get("parent")

    @property
    def status(self) -> str:
        """One of running, completed, failed, interrupted; crashed: gone without a word; damaged."""
        return StoredRun(self.dir).status

    @property
    def damage(self) -> list[str]:
        """What of its files cannot be read, a sentence each; it counts as never written."""
        return StoredRun(self.dir).damage

    @property
    def is_open(self) -> bool:
        """Whether this very process has started the run and not ended it."""
        return False

    @property
    def start(self) -> datetime | None:
        """When it began, in UTC; None where that is damaged."""
        return self._said("start")

    @property
    def end_time(self) -> datetime | None:
        """When it ended, in UTC; None while it runs, or where it crashed."""
        return self._said("end")

    @property
    def error(self) -> dict[str, str] | None:
        """The type and the message of the error that it ended with."""
        return self.document.get("error")

    @property
    def properties(self) -> dict[str, Any]:
        """What `set` was given."""
        return self.document.get("properties") or {}

    @property
    def flags(self) -> dict[str, Any]:
        """The values of its flags by name."""
        return self._said("flags")

    @property
    def given_flags(self) -> dict[str, Any]:
        """Those of its flags that it was started with."""
        return self._said("flags_file").get("given") or {}

    @property
    def model(self) -> dict[str, Any]:
        """What the last fit trained: class, parameters, optimizer, loss, samples, epochs."""
        return self._said("model")

    @property
    def environment(self) -> dict[str, Any]:
        """Python, packages and git as they were when it began."""
        return self._said("environment")

    @property
    def metrics(self) -> pandas.DataFrame:
        """One row an epoch: fit, epoch, time and what it measured.

        Where an estimator of several members was fitted, ``member`` counts them from 1, and each
        has rows of its own: ``metrics.groupby(["fit", "epoch"]).mean("numeric_only")``.
        """
        import pandas as pd

        rows = [
            {"fit": line.get("fit", 0), "member": line.get("member")}
            | {"epoch": line.get("epoch", place), "time": line.get("time"), **line["metrics"]}
            for place, line in enumerate(self._said("metrics"))
        ]
        frame = pd.DataFrame(rows, columns=None if rows else ["fit", "member", "epoch", "time"])
        is_of_members = frame["member"].notna().any()
        frame = frame.astype({"member": "Int64"}) if is_of_members else frame.drop(columns="member")
        return frame.assign(time=pd.to_datetime(frame["time"], format="ISO8601", utc=True))

    @property
    def evaluation(self) -> dict[str, float]:
        """The last evaluation by the name of test, or else the last one of all."""
        found = self.evaluations
        return found.get("test", next(reversed(found.values()), {}))

    @property
    def evaluations(self) -> dict[str, dict[str, float]]:
        """The last evaluation of each name."""
        return {line.get("name") or "": line["metrics"] for line in self._said("evaluations")}

    @property
    def output(self) -> str:
        """What it printed so far."""
        path = self.dir / "output.log"
        return path.read_text(encoding="utf-8", errors="replace") if path.is_file() else ""

    @property
    def artifacts(self) -> list[Path]:
        """The files that it kept."""
        return files_in(self.dir / "artifacts")

    @property
    def plots(self) -> list[Path]:
        """The figures that it drew."""
        return files_in(self.dir / "plots")

    @property
    def source(self) -> list[Path]:
        """The script and the project's modules that it ran."""
        return files_in(self.dir / "source")

    @property
    def children(self) -> list[Run]:
        """The runs inside this one, the oldest first."""
        found = StoredRun(self.dir).children
        return [Run(run.dir) for run in sorted(found, key=StoredRun.began)]

    def log_metrics(
        self, values: Mapping[str, float], step: int | None = None, *, fit: int = 0
    ) -> None:
        """Add what an epoch measured.

        Parameters
        ----------
        values : mapping of str to float
        step : int, default=None
            Number of the epoch, from 0; one more than the last by default.
        fit : int, default=0
            Which fit of the run, from 0.

        Raises
        ------
        TypeError
            For a value that is no number.
        """
        path, values = self.dir / "metrics.jsonl", measures(values)
        if step is None:
            last = read_last(path) or {}
            step = last.get("epoch", -1) + 1
        append_line(path, {"epoch": step, "time": now(), "fit": fit, "metrics": values})

    def log_evaluation(self, values: Mapping[str, float], name: str = "test") -> None:
        """Add an evaluation.

        Parameters
        ----------
        values : mapping of str to float
        name : str, default="test"
            What it was measured on.

        Raises
        ------
        TypeError
            For a value that is no number.
        """
        record = {"name": str(name), "time": now(), "metrics": measures(values)}
        append_line(self.dir / "evaluation.jsonl", record)

    def set(self, **properties: Any) -> None:
        """Set properties: anything worth a column in `ls_runs`.

        Parameters
        ----------
        **properties : object
            Added to those that it has.
        """
        changed = {"properties": self.properties | as_plain(properties)}
        update_json(self.dir / "run.json", changed)

    def log_artifact(self, path: str | os.PathLike[str], name: str | None = None) -> Path:
        """Keep a copy of a file or a folder.

        Parameters
        ----------
        path : str or path-like
        name : str, default=None
            Its name in the run; the same by default.

        Returns
        -------
        pathlib.Path
            The copy.
        """
        path = Path(path)
        target = _inside(self.dir / "artifacts", name or os.path.basename(os.path.abspath(path)))
        if target.resolve().is_relative_to(path.resolve()):
            raise ValueError(f"path={str(path)!r} holds this very run; give a folder without it.")
        target.parent.mkdir(parents=True, exist_ok=True)
        if path.is_dir():
            return Path(shutil.copytree(path, target, dirs_exist_ok=True))
        return Path(shutil.copy2(path, target))

    def log_figure(self, figure: Figure, name: str | None = None) -> Path:
        """Keep a figure as an image.

        Parameters
        ----------
        figure : matplotlib.figure.Figure
        name : str, default=None
            Of the file, without suffix; that of the figure's window, or a number by default.

        Returns
        -------
        pathlib.Path
            The image.
        """
        folder = self.dir / "plots"
        folder.mkdir(exist_ok=True)
        label = name or figure.get_label() or f"plot{len(files_in(folder)) + 1:03}"
        path = _inside(folder, re.sub(r"[^\w.-]+", "_", str(label)).strip("_") + ".png")
        figure.savefig(path, dpi=120)
        return path

    def end(self, status: str | None = None) -> None:
        """End the run, where no ``with`` block does.

        Parameters
        ----------
        status : {"completed", "failed", "interrupted"}, default=None
            None stands for completed.
        """
        raise RuntimeError(f"{self!r} is over, or was started elsewhere; it cannot be ended.")

    def _said(self, what: str) -> Any:
        """Return what the files say, and warn where a part of them cannot be used."""
        stored = StoredRun(self.dir)
        found = getattr(stored, what)
        for reason in stored.damage_seen:
            warnings.warn(f"The run {self.dir} is damaged; {reason}.", stacklevel=3)
        return found


def measures(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return measures as they are written, or raise where one is no number.

    Parameters
    ----------
    values : mapping of str to number

    Returns
    -------
    dict
    """
    plain = {str(name): as_plain(value) for name, value in values.items()}
    for name, value in plain.items():
        if not is_measure(value):
            raise TypeError(f"The metric {name!r} is {value!r}; give a number.")
    return plain


def _inside(folder: Path, name: str) -> Path:
    """Return a path in `folder`, or raise where the name leads out of it."""
    path = folder / name
    if folder.resolve() not in path.resolve().parents:
        raise ValueError(f"name={name!r} leads out of {folder}; give a relative name.")
    return path
