"""Histories as curves: one with its measures, or several with one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import numpy as np

from estimators.engine.pyplot import pyplot

if TYPE_CHECKING:
    from matplotlib.axes import Axes


class History(Protocol):
    """What is drawn of a history: measures by name, and those of its members."""

    epoch: list[int]
    best_epoch: int | None
    members: Sequence[Any]

    def __getitem__(self, name: str) -> list[float]: ...

    def __iter__(self) -> Iterator[str]: ...

    def __contains__(self, name: object) -> bool: ...


_THIN = {"linewidth": 0.8, "alpha": 0.35}
_THICK = {"linewidth": 2.2}
# Of a mean over those members that have not stopped.
_FEWER = {"linewidth": 1.4, "linestyle": (0, (1, 1.6))}


def draw_history(history: History, ax: Axes | Sequence[Axes] | None) -> np.ndarray:
    """Draw training and validation of a history, one panel a measure; return the axes."""
    names = [name for name in history if not name.startswith("val_")]
    axes = _axes(ax, len(names))
    draw = _draw_members if history.members else _draw_alone
    for axis, name in zip(axes, names, strict=True):
        draw(axis, history, name)
        axis.set(xlabel="epoch", ylabel=name.replace("_", " "))
        axis.legend()
    return axes


def _draw_alone(axis: Axes, history: History, name: str) -> None:
    axis.plot(history.epoch, history[name], label="training")
    if f"val_{name}" in history:
        axis.plot(history.epoch, history[f"val_{name}"], label="validation")
    if history.best_epoch is not None:
        axis.axvline(history.best_epoch, color="0.6", linestyle=":", label="best epoch")


def _draw_members(axis: Axes, history: History, name: str) -> None:
    twins = {name: ("training", "C0"), f"val_{name}": ("validation", "C1")}
    twins = {measure: twin for measure, twin in twins.items() if measure in history}
    judged, (_, judged_color) = next(reversed(twins.items()))
    for measure, (label, color) in twins.items():
        for member in history.members:
            if measure in member:
                axis.plot(member.epoch, member[measure], color=color, **_THIN)
        for stretch in _stretches(history, measure):
            style = {"label": f"{label}, mean"} | _THICK if stretch.is_whole else _FEWER
            axis.plot(stretch.epochs, stretch.values, color=color, **style)
    bests = [
        (member.best_epoch, member[judged][member.epoch.index(member.best_epoch)])
        for member in history.members
        if member.best_epoch in member.epoch and judged in member
    ]
    if bests:
        axis.plot(
            *zip(*bests),
            **{"linestyle": "", "marker": "o", "markersize": 5, "color": judged_color},
            **{"markerfacecolor": "white", "label": "best epoch of a member", "zorder": 3},
        )
    axis.plot([], [], color="0.3", label="each member", **_THIN)
    if len(list(_stretches(history, name))) > 1:
        axis.plot([], [], color="0.3", label="mean of those still training", **_FEWER)


class _Stretch(NamedTuple):
    """Epochs in which the same members trained."""

    epochs: list[int]
    values: list[float]
    is_whole: bool


def _stretches(history: History, measure: str) -> Iterator[_Stretch]:
    """Yield the means of a measure, each over one and the same set of members.

    A later stretch begins with the last epoch of the one before, so that it shows the course of its
    members and not the step from one set of members to another.
    """
    if not history.members:
        yield _Stretch(history.epoch, history[measure], True)
        return
    found = [
        dict(zip(member.epoch, member[measure], strict=True))
        for member in history.members
        if measure in member
    ]
    epochs = sorted({epoch for values in found for epoch in values})
    before: list[int] = []
    for there, group in groupby(epochs, key=lambda epoch: [epoch in values for values in found]):
        members = [values for values, is_there in zip(found, there, strict=True) if is_there]
        own = list(group)
        joined = [epoch for epoch in before[-1:] if all(epoch in m for m in members)] + own
        means = [float(np.mean([values[epoch] for values in members])) for epoch in joined]
        yield _Stretch(joined, means, all(there))
        before = own


def draw_comparison(
    histories: Mapping[str, History],
    metric: str,
    bests: Mapping[str, tuple[float, float] | None],
    ax: Axes | None,
) -> Axes:
    """Draw a metric of several histories, each in a colour of its own; return the axes."""
    axis = _axes(ax, 1, width=8)[0]
    for color, (name, history) in zip(_colors(len(histories)), histories.items()):
        _draw(axis, history, metric, color)
        if bests[name] is not None:
            axis.plot(*bests[name], "o", color=color)
    axis.set(xlabel="epoch", ylabel=metric.replace("_", " "))
    axis.xaxis.get_major_locator().set_params(integer=True)
    _add_legend(axis, histories, metric)
    return axis


def _draw(axis: Axes, history: History, metric: str, color: Any) -> None:
    styles = {metric: {"linestyle": "--", "linewidth": 1}, f"val_{metric}": {"linestyle": "-"}}
    for measure, style in styles.items():
        if measure in history:
            for stretch in _stretches(history, measure):
                faint = {} if stretch.is_whole else {"alpha": 0.4}
                axis.plot(stretch.epochs, stretch.values, color=color, **style, **faint)


def _colors(count: int) -> list[Any]:
    """Return the usual colours, or as many different ones as they do not suffice for."""
    from matplotlib import colormaps

    return (
        [f"C{i}" for i in range(count)]
        if count <= 10
        else [*colormaps["turbo"].resampled(count)(range(count))]
    )


def _add_legend(axis: Axes, histories: Mapping[str, History], metric: str) -> None:
    """Name colours and styles once each, beside the curves and not on them."""
    from matplotlib.lines import Line2D

    handles = [
        Line2D([], [], color=color, label=name)
        for color, name in zip(_colors(len(histories)), histories)
    ]
    plain = {"color": "black"}
    measured = {name for history in histories.values() for name in history}
    if f"val_{metric}" in measured:
        handles.append(Line2D([], [], **plain, label="validation"))
    if metric in measured:
        handles.append(Line2D([], [], **plain, linestyle="--", linewidth=1, label="training"))
    if f"val_{metric}" in measured:
        handles.append(Line2D([], [], **plain, linestyle="", marker="o", label="best epoch"))
    axis.legend(handles=handles, loc="upper left", bbox_to_anchor=(1, 1), frameon=False)


def _axes(given: Axes | Sequence[Axes] | None, count: int, width: float = 5.5) -> np.ndarray:
    if given is not None:
        return np.atleast_1d(np.asarray(given, dtype=object))
    _, axes = pyplot().subplots(
        1, count, figsize=(width * count, 4), layout="constrained", squeeze=False
    )
    return axes[0]
