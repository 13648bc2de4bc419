"""Charts of one run or of several, as the page's script draws them and its tables list them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from estimators.runs.pages.content.curves import Curve, curves_of_members, mean_curves, moved
from estimators.runs.pages.content.formats import measure
from estimators.runs.pages.content.history import SETTINGS, RunHistory

_MOST_ROWS = 1_000
# More than any screen has columns for.
_MOST_DRAWN = 4_000


@dataclass
class Chart:
    """All curves of one metric.

    Attributes
    ----------
    title : str
    positions : list of int
        Where the epochs stand on the axis.
    labels : list of str
        What the epochs are called.
    curves : list of Curve
    notes : list of str
        What the curves cannot show.
    """

    title: str
    positions: list[int]
    labels: list[str]
    curves: list[Curve]
    notes: list[str] = field(default_factory=list)

    @property
    def listed(self) -> list[Curve]:
        """The curves that the table has."""
        return [curve for curve in self.curves if curve.is_listed]

    @property
    def description(self) -> str:
        """The chart in a sentence, for those who do not see it."""
        parts = [
            f"best {curve.label} {measure(curve.values[curve.best])} at {self.labels[curve.best]}"
            for curve in self.curves
            if curve.best is not None
        ]
        return "; ".join([f"{self.title} over {len(self.positions)} epochs", *parts])

    @property
    def rows(self) -> list[dict[str, Any]]:
        """The table beside the chart, of many epochs only the last ones."""
        first = max(0, len(self.positions) - _MOST_ROWS)
        return [
            {
                "label": self.labels[place],
                "cells": [
                    {"text": measure(curve.values[place]), "is_best": place == curve.best}
                    for curve in self.listed
                ],
            }
            for place in range(first, len(self.positions))
        ]

    @cached_property
    def drawn(self) -> list[int]:
        """The places that are drawn, in order: of many epochs those that shape the curves.

        Each stretch of epochs keeps the lowest and the highest value of every curve, and a gap;
        the ends of the curves and their best epochs are kept too.
        """
        count = len(self.positions)
        if count <= _MOST_DRAWN:
            return list(range(count))
        kept = {0, count - 1}
        stretches = max(1, _MOST_DRAWN // (3 * len(self.curves)))
        for curve in self.curves:
            kept |= {curve.last} | ({curve.best} - {None}) | _extremes(curve.values, stretches)
        return sorted(kept)

    def as_data(self) -> dict[str, Any]:
        """Return the chart for the page's script.

        Returns
        -------
        dict
        """
        place_of = {place: index for index, place in enumerate(self.drawn)}
        return {
            "title": self.title,
            "x": [self.positions[place] for place in self.drawn],
            "labels": [self.labels[place] for place in self.drawn],
            "series": [
                {
                    "label": curve.label,
                    "color": curve.color,
                    "dashed": curve.is_dashed,
                    "group": curve.group or curve.label,
                    "thin": curve.is_thin,
                    "dotted": not curve.is_listed,
                    "last": place_of[curve.last],
                    "best": place_of.get(curve.best),
                    "values": [_short(curve.values[place]) for place in self.drawn],
                }
                for curve in self.curves
            ],
        }


def run_charts(history: RunHistory) -> list[Chart]:
    """Return a chart for every metric of a run, training and validation together.

    Parameters
    ----------
    history : RunHistory

    Returns
    -------
    list of Chart
    """
    labels = [history.label(place) for place in range(len(history.epochs))]
    charts = []
    for metric in history.metrics:
        judged = history.judged(metric)
        twins = {metric: "training", f"val_{metric}": "validation"}
        measured = [name for name in twins if name in history.measures]
        curves = []
        for name in measured:
            label = name if name in SETTINGS else twins[name]
            label += ", mean" if history.member_numbers else ""
            style = {"color": twins[name], "is_dashed": name != judged}
            best = history.best(name) if name == judged else None
            curves += mean_curves(history, name, label, best=best, **style)
        for name in measured if metric not in SETTINGS else ():
            style = {"color": twins[name], "is_dashed": name != judged}
            curves += curves_of_members(history, name, twins[name], **style)
        notes = [_note(name, history.measures[name], labels) for name in measured]
        charts.append(Chart(metric, history.positions, labels, curves, list(filter(None, notes))))
    return charts


def comparison_charts(names: Sequence[str], histories: Sequence[RunHistory]) -> list[Chart]:
    """Return a chart for every metric of some run, each run in its colour.

    Validation is drawn solid and training dashed; a run without validation is drawn solid.

    Parameters
    ----------
    names : sequence of str
    histories : sequence of RunHistory

    Returns
    -------
    list of Chart
    """
    positions = sorted({position for history in histories for position in history.positions})
    place = {position: index for index, position in enumerate(positions)}
    labels = [f"epoch {position}" for position in positions]
    metrics = dict.fromkeys(metric for history in histories for metric in history.metrics)
    charts = []
    for metric in metrics:
        curves = []
        for number, (name, history) in enumerate(zip(names, histories)):
            judged = history.judged(metric)
            for measured in dict.fromkeys((judged, metric)):
                if measured not in history.measures:
                    continue
                own = mean_curves(
                    history,
                    measured,
                    label=name if measured == judged else f"{name}, training",
                    color=run_color(number),
                    is_dashed=measured != judged,
                    best=history.best(measured) if measured == judged else None,
                )
                places = [place[position] for position in history.positions]
                curves += [moved(curve, places, len(positions)) for curve in own]
        charts.append(Chart(metric, positions, labels, curves))
    return charts


def run_color(number: int) -> str:
    """Return the name of the colour of a run in a comparison; there are eight.

    Parameters
    ----------
    number : int
        The run's place, from 0.

    Returns
    -------
    str

    Examples
    --------
    >>> from estimators.runs.pages.content.charts import run_color
    >>> run_color(0), run_color(8)
    ('run-1', 'run-1')
    """
    return f"run-{number % 8 + 1}"


def sparkline(values: Sequence[float], points: int = 24) -> list[int]:
    """Return the course of a measure as a few numbers from 0, its lowest, to 99.

    Parameters
    ----------
    values : sequence of float
    points : int, default=24

    Returns
    -------
    list of int
        Empty where there are fewer than two finite values.

    Examples
    --------
    >>> from estimators.runs.pages.content.charts import sparkline
    >>> sparkline([3, 2, float("nan"), 0])
    [99, 66, 0]
    """
    finite = [value for value in values if math.isfinite(value)]
    if len(finite) < 2:
        return []
    step = max(1.0, (len(finite) - 1) / (points - 1))
    chosen = [finite[round(index * step)] for index in range(int((len(finite) - 1) / step) + 1)]
    low, high = min(chosen), max(chosen)
    return [round(99 * (value - low) / ((high - low) or 1)) for value in chosen]


def _note(name: str, values: Sequence[float], labels: Sequence[str]) -> str:
    missing = [place for place, value in enumerate(values) if not math.isfinite(value)]
    if not missing:
        return ""
    where = ", ".join(labels[place] for place in missing[:3])
    more = f" and {len(missing) - 3} more" if len(missing) > 3 else ""
    return f"{name} is not finite at {where}{more}."


def _extremes(values: Sequence[float], stretches: int) -> set[int]:
    """Return the places of lowest, highest and one missing value in stretches of equal length."""
    length = math.ceil(len(values) / stretches)
    found = np.full((math.ceil(len(values) / length), length), np.inf)
    found.flat[: len(values)] = values
    gaps = ~np.isfinite(found)
    starts = np.arange(len(found)) * length
    lowest = np.where(gaps, np.inf, found).argmin(axis=1)
    highest = np.where(gaps, -np.inf, found).argmax(axis=1)
    places = np.concatenate([starts + lowest, starts + highest, starts + gaps.argmax(axis=1)])
    return set(places[places < len(values)].tolist())


def _short(value: float) -> float | None:
    return float(f"{value:.7g}") if math.isfinite(value) else None
