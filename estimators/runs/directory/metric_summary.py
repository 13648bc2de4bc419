"""What the epochs of a run come to: the last and the best value of each measure.

It is written into ``run.json`` when the run ends, so that a table of thousands of runs need not
read every epoch of each; the length of ``metrics.jsonl`` tells whether it is still true.
"""

from __future__ import annotations

import math
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import fmean
from typing import Any

from estimators.runs.directory.json_lines import read_lines
from estimators.runs.directory.json_values import from_plain
from estimators.runs.directory.member_epochs import by_member

__all__ = ["length_of", "summary_of", "summary_of_run"]


def summary_of_run(folder: Path) -> dict[str, Any]:
    """Return what the epochs of the run in `folder` come to, to be kept in its ``run.json``.

    Parameters
    ----------
    folder : pathlib.Path

    Returns
    -------
    dict
    """
    return summary_of(read_lines(folder / "metrics.jsonl")) | {"bytes": length_of(folder)}


def summary_of(lines: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the last and the best value of what the last fit measured.

    Parameters
    ----------
    lines : sequence of mapping
        Of ``metrics.jsonl``.

    Returns
    -------
    dict
        ``epochs_completed``, ``last`` and ``best``. Of several members the means of what is the
        last and the best of each, and the most epochs of any.

    Examples
    --------
    >>> from estimators.runs.directory.metric_summary import summary_of
    >>> losses = [0.5, 0.3, 0.4]
    >>> summary_of([{"epoch": i, "metrics": {"loss": x}} for i, x in enumerate(losses)])
    {'epochs_completed': 3, 'last': {'loss': 0.4}, 'best': {'loss': 0.3}}
    """
    if not lines:
        return {"epochs_completed": 0, "last": {}, "best": {}}
    fit = lines[-1].get("fit", 0)
    found = [_of_one(own) for own in by_member(x for x in lines if x.get("fit", 0) == fit)]
    if len(found) == 1:
        return found[0]
    return {
        "epochs_completed": max(one["epochs_completed"] for one in found),
        "last": _means([one["last"] for one in found]),
        "best": _means([one["best"] for one in found]),
    }


def _of_one(lines: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    # NumPy comes with it, which the completion of a command can do without.
    from estimators.engine.history import is_rising

    epochs = [line.get("metrics") or {} for line in lines]
    last: dict[str, Any] = {}
    best: dict[str, Any] = {}
    for name in dict.fromkeys(name for epoch in epochs[:1] + epochs[-1:] for name in epoch):
        values = [epoch[name] for epoch in epochs if name in epoch]
        # What is no finite number may be a string or null.
        numbers = (value for value in values if type(value) in (float, int))
        finite = [value for value in numbers if math.isfinite(value)]
        better = max if is_rising(name) else min
        last[name], best[name] = from_plain(values[-1]), better(finite, default=math.nan)
    number = lines[-1].get("epoch")
    completed = len(epochs) if number is None else number + 1
    return {"epochs_completed": completed, "last": last, "best": best}


def _means(found: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the means of numbers by name; what is no number in one of them is NaN."""
    names = dict.fromkeys(name for values in found for name in values)
    columns = {name: [values[name] for values in found if name in values] for name in names}
    return {
        name: fmean(column) if all(type(x) in (float, int) for x in column) else math.nan
        for name, column in columns.items()
    }


def length_of(folder: Path) -> int:
    """Return the length of the metrics of the run in `folder`, 0 where there are none.

    Parameters
    ----------
    folder : pathlib.Path

    Returns
    -------
    int
    """
    try:
        return os.path.getsize(os.path.join(folder, "metrics.jsonl"))
    except OSError:
        return 0
