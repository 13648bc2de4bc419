"""The epochs of a run, those of several members joined: one record an epoch, with their means.

Members of a fit are trained one after another, so that ``metrics.jsonl`` holds the epochs of the
first, then those of the second. Lines without ``member`` are of networks alone, and stay as they
are.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from statistics import fmean
from typing import Any

__all__ = ["by_member", "joined"]


def joined(lines: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Return one record an epoch.

    Parameters
    ----------
    lines : iterable of mapping
        Of ``metrics.jsonl``, with measures as floats.

    Returns
    -------
    list of mapping
        A record of several members has their means as ``metrics``, of those that trained in that
        epoch, the latest ``time``, and in ``members`` the measures of each by its number.

    Examples
    --------
    >>> from estimators.runs.directory.member_epochs import joined
    >>> losses = [(1, 0, 0.5), (1, 1, 0.25), (2, 0, 1.5)]
    >>> lines = [{"fit": 0, "member": m, "epoch": e, "metrics": {"loss": x}} for m, e, x in losses]
    >>> [(record["metrics"], list(record["members"])) for record in joined(lines)]
    [({'loss': 1.0}, [1, 2]), ({'loss': 0.25}, [1])]
    """
    records: list[Mapping[str, Any]] = []
    for (_, is_of_member), group in groupby(lines, key=_fit_and_kind):
        own = list(group)
        records += _of_members(own) if is_of_member else own
    return records


def by_member(lines: Iterable[Mapping[str, Any]]) -> list[list[Mapping[str, Any]]]:
    """Return the lines of each member of a fit; all together where there is one network alone.

    Parameters
    ----------
    lines : iterable of mapping
        Of one fit.

    Returns
    -------
    list of list of mapping
    """
    found: dict[Any, list[Mapping[str, Any]]] = {}
    for line in lines:
        found.setdefault(line.get("member"), []).append(line)
    return list(found.values())


def _fit_and_kind(line: Mapping[str, Any]) -> tuple[int, bool]:
    return line.get("fit") or 0, line.get("member") is not None


def _of_members(lines: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    epochs: dict[int, dict[str, Any]] = {}
    for own in by_member(lines):
        for place, line in enumerate(own):
            epoch = place if line.get("epoch") is None else line["epoch"]
            record = epochs.setdefault(epoch, {**line, "epoch": epoch, "members": {}})
            record["members"][line["member"]] = line["metrics"]
            record["time"] = line.get("time")
    for record in epochs.values():
        del record["member"]
        record["metrics"] = _means(list(record["members"].values()))
    return [epochs[epoch] for epoch in sorted(epochs)]


def _means(measured: Sequence[Mapping[str, float]]) -> dict[str, float]:
    names = dict.fromkeys(name for metrics in measured for name in metrics)
    return {name: fmean(m[name] for m in measured if name in m) for name in names}
