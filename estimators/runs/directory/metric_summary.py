"""What the epochs of a run come to: the last and the best value of each measure.

It is written into ``run.json`` when the run ends, so that a table of thousands of runs need not
read every epoch of each; the length of ``metrics.jsonl`` tells whether it is still true.
"""

from __future__ import annotations

import math
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from estimators.engine.history import is_rising
from estimators.runs.directory.json_lines import read_lines
from estimators.runs.directory.json_values import from_plain

__all__ = ["is_up_to_date", "summary_of", "summary_of_run"]


def summary_of_run(folder: Path) -> dict[str, Any]:
    """Return what the epochs of the run in `folder` come to, to be kept in its ``run.json``.

    Parameters
    ----------
    folder : pathlib.Path

    Returns
    -------
    dict
    """
    return summary_of(read_lines(folder / "metrics.jsonl")) | {"bytes": _length(folder)}


def is_up_to_date(summary: Mapping[str, Any] | None, folder: Path) -> bool:
    """Return whether what ``run.json`` says of the epochs is all that was measured.

    Parameters
    ----------
    summary : mapping or None
    folder : pathlib.Path

    Returns
    -------
    bool
    """
    return summary is not None and summary.get("bytes", 0) == _length(folder)


def summary_of(lines: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the last and the best value of what the last fit measured.

    Parameters
    ----------
    lines : sequence of mapping
        Of ``metrics.jsonl``.

    Returns
    -------
    dict
        ``epochs_completed``, ``last`` and ``best``.

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
    epochs = [line["metrics"] for line in lines if line.get("fit", 0) == fit]
    last: dict[str, Any] = {}
    best: dict[str, Any] = {}
    for name in dict.fromkeys(name for epoch in epochs[:1] + epochs[-1:] for name in epoch):
        values = [epoch[name] for epoch in epochs if name in epoch]
        # What is no finite number is a string or null.
        finite = [value for value in values if type(value) in (float, int)]
        better = max if is_rising(name) else min
        last[name], best[name] = from_plain(values[-1]), better(finite, default=math.nan)
    return {"epochs_completed": lines[-1]["epoch"] + 1, "last": last, "best": best}


def _length(folder: Path) -> int:
    try:
        return os.path.getsize(os.path.join(folder, "metrics.jsonl"))
    except OSError:
        return 0
