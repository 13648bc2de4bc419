"""The epochs of a run as charts, tables and downloads need them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import cached_property
from statistics import fmean
from typing import Any

from estimators.engine.history import is_rising
from estimators.runs.directory.member_epochs import joined
from estimators.runs.directory.stored_run import StoredRun

# A setting that is recorded with the measures has no best value.
SETTINGS = ("learning_rate", "lr")


class RunHistory:
    """Every epoch of a run: where it stands on the axis and what it measured.

    Of several members their means, over those that trained in an epoch.

    Parameters
    ----------
    run : StoredRun

    Attributes
    ----------
    fits, epochs : list of int
        As the run recorded them.
    positions : list of int
        The epochs, counted on where a further fit starts again at 0.
    measures : dict of str to list of float
        NaN where an epoch lacks a measure.
    members : list of dict of int to dict of str to float
        For each epoch what each member measured, by its number; empty for a network alone.
    """

    def __init__(self, run: StoredRun) -> None:
        self.fits: list[int] = []
        self.epochs: list[int] = []
        self.positions: list[int] = []
        self.measures: dict[str, list[float]] = {}
        self.members: list[dict[int, dict[str, float]]] = []
        self._lines = run.metrics
        for record in joined(self._lines):
            self._append(record)

    def _append(self, line: Mapping[str, Any]) -> None:
        epoch = line.get("epoch")
        last = self.positions[-1] if self.positions else -1
        epoch = epoch if isinstance(epoch, int) else last + 1
        for name in line["metrics"]:
            if name not in self.measures:
                self.measures[name] = [math.nan] * len(self.epochs)
        self.fits.append(line["fit"] if isinstance(line.get("fit"), int) else 0)
        self.epochs.append(epoch)
        self.members.append(line.get("members") or {})
        self.positions.append(max(epoch, last + 1))
        for name, values in self.measures.items():
            values.append(line["metrics"].get(name, math.nan))

    @property
    def metrics(self) -> list[str]:
        """The measures without their ``val_`` twins, the loss first."""
        names = dict.fromkeys(name.removeprefix("val_") for name in self.measures)
        return sorted(names, key=lambda name: (name in SETTINGS, name != "loss"))

    def best(self, measure: str) -> int | None:
        """Return the place of a measure's best value in the last fit, None where it has none.

        Parameters
        ----------
        measure : str

        Returns
        -------
        int or None
            None as well for several members, each of which has its own.
        """
        if measure not in self.measures or self.last_members:
            return None
        return self._best_of(measure, self.measures[measure])

    def best_of_member(self, measure: str, member: int) -> int | None:
        """Return the place of a member's best value in the last fit, None where it has none.

        Parameters
        ----------
        measure : str
        member : int

        Returns
        -------
        int or None
        """
        return self._best_of(measure, self.values_of_member(measure, member))

    def _best_of(self, measure: str, values: Sequence[float]) -> int | None:
        if measure in SETTINGS:
            return None
        places = [
            place
            for place, fit in enumerate(self.fits)
            if fit == self.fits[-1] and math.isfinite(values[place])
        ]
        better = max if is_rising(measure) else min
        return better(places, key=values.__getitem__, default=None)

    @cached_property
    def member_numbers(self) -> list[int]:
        """The members of any fit."""
        return sorted({number for there in self.members for number in there})

    @cached_property
    def last_members(self) -> list[int]:
        """The members of the last fit, empty where that trained a network alone."""
        last = zip(self.fits, self.members)
        return sorted({number for fit, there in last if fit == self.fits[-1] for number in there})

    def values_of_member(self, measure: str, member: int) -> list[float]:
        """Return what a member measured, one value a place, NaN where it measured nothing.

        Parameters
        ----------
        measure : str
        member : int

        Returns
        -------
        list of float
        """
        return [there.get(member, {}).get(measure, math.nan) for there in self.members]

    def judged(self, metric: str) -> str:
        """Return the measure by which a metric's best epoch is judged: validation if there is one.

        Parameters
        ----------
        metric : str

        Returns
        -------
        str
        """
        return f"val_{metric}" if f"val_{metric}" in self.measures else metric

    def label(self, place: int) -> str:
        """Return how an epoch is called.

        Parameters
        ----------
        place : int

        Returns
        -------
        str
        """
        epoch = f"epoch {self.epochs[place]}"
        return f"fit {self.fits[place]}, {epoch}" if self.has_several_fits else epoch

    @cached_property
    def has_several_fits(self) -> bool:
        return len(set(self.fits)) > 1

    def rows(self) -> list[dict[str, Any]]:
        """Return each measure's last and best value and where the best one was.

        Returns
        -------
        list of dict
            Of several members the means of their last and of their best values.
        """
        rows = []
        for metric in self.metrics:
            for name in (metric, f"val_{metric}"):
                if name not in self.measures:
                    continue
                rows.append({"name": name} | self._row(name))
        return rows

    def _row(self, name: str) -> dict[str, Any]:
        if not self.last_members:
            best = self.best(name)
            return {
                "last": self.measures[name][-1],
                "best": None if best is None else self.measures[name][best],
                "at": None if best is None else self.label(best),
            }
        own = [self.values_of_member(name, member) for member in self.last_members]
        bests = [self._best_of(name, values) for values in own]
        found = sorted(best for best in bests if best is not None)
        ends = [values[self._last_place(member)] for member, values in zip(self.last_members, own)]
        return {
            "last": fmean(ends),
            "best": fmean(v[b] for v, b in zip(own, bests) if b is not None) if found else None,
            "at": self._span(found[0], found[-1]) if found else None,
        }

    def _last_place(self, member: int) -> int:
        return max(place for place, there in enumerate(self.members) if member in there)

    def _span(self, first: int, last: int) -> str:
        return self.label(first) + ("" if first == last else f" to {self.epochs[last]}")

    def as_data(self) -> dict[str, Any]:
        """Return the history for the page's downloads.

        Returns
        -------
        dict
            Of several members what each measured and not the means.
        """
        if not self.member_numbers:
            return {
                "fit": self.fits,
                "epoch": self.epochs,
                "position": self.positions,
                "metrics": self.measures,
            }
        lines = self._lines
        names = dict.fromkeys(name for line in lines for name in line["metrics"])
        return {
            "fit": [line.get("fit") or 0 for line in lines],
            "member": [line.get("member") for line in lines],
            "epoch": [line.get("epoch") for line in lines],
            "metrics": {n: [line["metrics"].get(n, math.nan) for line in lines] for n in names},
        }
