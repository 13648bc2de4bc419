"""The epochs of a run as charts, tables and downloads need them."""

from __future__ import annotations

import math
from functools import cached_property
from typing import Any

from estimators.engine.history import is_rising
from estimators.runs.directory.stored_run import StoredRun

# A setting that is recorded with the measures has no best value.
SETTINGS = ("learning_rate", "lr")


class RunHistory:
    """Every epoch of a run: where it stands on the axis and what it measured.

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
    """

    def __init__(self, run: StoredRun) -> None:
        self.fits: list[int] = []
        self.epochs: list[int] = []
        self.positions: list[int] = []
        self.measures: dict[str, list[float]] = {}
        for line in run.metrics:
            self._append(line)

    def _append(self, line: dict[str, Any]) -> None:
        epoch = line.get("epoch")
        last = self.positions[-1] if self.positions else -1
        epoch = epoch if isinstance(epoch, int) else last + 1
        for name in line["metrics"]:
            if name not in self.measures:
                self.measures[name] = [math.nan] * len(self.epochs)
        self.fits.append(line["fit"] if isinstance(line.get("fit"), int) else 0)
        self.epochs.append(epoch)
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
        """
        if measure in SETTINGS or measure not in self.measures:
            return None
        values = self.measures[measure]
        places = [
            place
            for place, fit in enumerate(self.fits)
            if fit == self.fits[-1] and math.isfinite(values[place])
        ]
        better = max if is_rising(measure) else min
        return better(places, key=values.__getitem__, default=None)

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
        """
        rows = []
        for metric in self.metrics:
            for name in (metric, f"val_{metric}"):
                if name not in self.measures:
                    continue
                best = self.best(name)
                rows.append(
                    {
                        "name": name,
                        "last": self.measures[name][-1],
                        "best": None if best is None else self.measures[name][best],
                        "at": None if best is None else self.label(best),
                    }
                )
        return rows

    def as_data(self) -> dict[str, Any]:
        """Return the history for the page's script and its downloads.

        Returns
        -------
        dict
        """
        return {
            "fit": self.fits,
            "epoch": self.epochs,
            "position": self.positions,
            "metrics": self.measures,
        }
