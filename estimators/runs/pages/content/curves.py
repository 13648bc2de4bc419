"""Curves of a measure: of a network alone, or of several members and their mean."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from statistics import fmean

from estimators.runs.pages.content.history import RunHistory


@dataclass(frozen=True)
class Curve:
    """One curve of a chart.

    Attributes
    ----------
    label : str
    color : str
        The name of a colour of the page's style.
    is_dashed : bool
    values : list of float
        One for each position of the chart, NaN where there is none.
    last : int
        The place of the run's last epoch.
    best : int or None
        The place of the best epoch, where it is marked.
    group : str
        The entry of the legend that shows and hides it; its label by default.
    is_thin : bool
        Whether it is one of many that are drawn pale behind the others.
    is_listed : bool
        Whether the table has a column for it.
    """

    label: str
    color: str
    is_dashed: bool
    values: list[float]
    last: int
    best: int | None = None
    group: str = ""
    is_thin: bool = False
    is_listed: bool = True


def mean_curves(
    history: RunHistory, measure: str, label: str, *, color: str, is_dashed: bool, best: int | None
) -> list[Curve]:
    """Return the curve of a measure, of several members that of their mean.

    Where members of a fit have stopped, the mean of the others goes on in a curve of its own, which
    begins anew with each that stops: a mean over fewer members is none that rose or fell.

    Parameters
    ----------
    history : RunHistory
    measure, label, color : str
    is_dashed : bool
    best : int or None
        The place of the best epoch, where it is to be marked.

    Returns
    -------
    list of Curve
        The first is the mean of all members.
    """
    last = len(history.epochs) - 1
    values = history.measures[measure]
    curve = Curve(label, color, is_dashed, values, last, best)
    fewer = list(_fewer(history, measure))
    if not fewer:
        return [curve]
    gone = {place for places, _ in fewer for place in places}
    whole = [math.nan if place in gone else value for place, value in enumerate(values)]
    curves = [replace(curve, values=whole, last=max({*range(last + 1)} - gone), group=label)]
    for places, members in fewer:
        means = [math.nan] * len(values)
        # From the epoch before, so that the course of these members is seen.
        for place in (places[0] - 1, *places):
            measured = [history.members[place].get(m, {}).get(measure) for m in members]
            if None not in measured:
                means[place] = fmean(measured)
        named = f"{label}, mean of {len(members)}"
        rest = Curve(named, color, is_dashed, means, places[-1], group=label, is_listed=False)
        curves.append(rest)
    return curves


def _fewer(history: RunHistory, measure: str) -> Iterator[tuple[list[int], list[int]]]:
    """Yield stretches of places where not all members of the fit measured, and who did."""
    all_members: dict[int, set[int]] = {}
    for fit, there in zip(history.fits, history.members):
        all_members.setdefault(fit, set()).update(there)

    def who(place: int) -> tuple[int, list[int]]:
        there = history.members[place]
        return history.fits[place], sorted(m for m in there if measure in there[m])

    for (fit, members), places in groupby(range(len(history.fits)), key=who):
        if members and len(members) < len(all_members[fit]):
            yield list(places), members


def curves_of_members(
    history: RunHistory, measure: str, label: str, *, color: str, is_dashed: bool
) -> list[Curve]:
    """Return the curve of each member, each with its best epoch unless it is dashed.

    Parameters
    ----------
    history : RunHistory
    measure, label, color : str
    is_dashed : bool

    Returns
    -------
    list of Curve
    """
    curves = []
    for member in history.member_numbers:
        values = history.values_of_member(measure, member)
        there = [place for place, value in enumerate(values) if not math.isnan(value)]
        if there:
            best = None if is_dashed else history.best_of_member(measure, member)
            named = f"member {member}, {label}"
            curve = Curve(named, color, is_dashed, values, there[-1], best, "members", True)
            curves.append(curve)
    return curves


def moved(curve: Curve, places: Sequence[int], count: int) -> Curve:
    """Return a curve on another axis.

    Parameters
    ----------
    curve : Curve
    places : sequence of int
        Where its values stand there.
    count : int
        The number of positions of that axis.

    Returns
    -------
    Curve
    """
    values = [math.nan] * count
    for place, value in zip(places, curve.values):
        values[place] = value
    best = None if curve.best is None else places[curve.best]
    return replace(curve, values=values, last=places[curve.last], best=best)
