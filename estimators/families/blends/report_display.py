"""The plot of a report: scores, weights, curves of validation, importances."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from os.path import commonprefix
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from estimators.engine.pyplot import pyplot
from estimators.families.blends.held_out_scores import BLEND, CONSTANT

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from estimators.engine.history import History

_MEASURES = {"accuracy": "accuracy", "r2": "R²"}
_BLEND_COLOR, _BAR_COLOR, _LINE_COLOR = "#1f3a5f", "#7d93b2", "0.35"
_RING = {"linestyle": "", "marker": "o", "markersize": 5, "markerfacecolor": "white", "zorder": 3}
_MOST_LETTERS = 30
# Last epochs beside those that are kept, from which on their axis is logarithmic.
_MANY_TIMES = 10


class TabularReportDisplay:
    """The plot of a report: scores, weights, curves of validation, importances.

    Parameters
    ----------
    columns : DataFrame
        As `TabularReport` has them.
    scores : DataFrame
    histories : mapping of str to History

    Attributes
    ----------
    figure_ : matplotlib Figure
    axes_ : dict of str to matplotlib Axes
        The panels: ``"scores"``, ``"weights"``, ``"curves"`` and, where they were measured,
        ``"importances"``.
    """

    def __init__(
        self, columns: pd.DataFrame, scores: pd.DataFrame, histories: Mapping[str, History]
    ) -> None:
        self.columns = columns
        self.scores = scores
        self.histories = histories

    def plot(self, *, top: int = 15) -> TabularReportDisplay:
        """Draw all panels on a new figure.

        Parameters
        ----------
        top : int, default=15
            Most columns to draw.

        Returns
        -------
        TabularReportDisplay
            Itself.
        """
        last = "importances" if "importance" in self.columns else "curves"
        bars = min(top, len(self.columns)) if last == "importances" else 0
        heights = [1.2 + 0.35 * len(self.scores), max(3.6, 1.2 + 0.26 * bars)]
        self.figure_ = pyplot().figure(figsize=(12, sum(heights)), layout="constrained")
        # Rows of their own, so that long names in one leave the other its width.
        above, below = self.figure_.subfigures(2, height_ratios=heights)
        self.axes_ = above.subplot_mosaic([["scores", "weights"]])
        self.axes_ |= below.subplot_mosaic([list(dict.fromkeys(["curves", last]))])
        self.plot_scores(self.axes_["scores"])
        self.plot_weights(self.axes_["weights"])
        self.plot_curves(self.axes_["curves"])
        if last == "importances":
            self.plot_importances(self.axes_["importances"], top=top)
        return self

    def plot_scores(self, ax: Axes | None = None) -> Axes:
        """Draw how far each estimator and the blend get beyond the constant.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Where to draw; a new figure by default.

        Returns
        -------
        matplotlib Axes
        """
        ax = _axes(ax)
        name = next(name for name in _MEASURES if name in self.scores)
        constant = self.scores.loc[CONSTANT, name]
        # What is far below the constant would leave the others no room.
        reached = self.scores[name].drop(CONSTANT)
        least = constant - max(reached.max() - constant, 1e-3)
        shown = reached.clip(lower=least)
        _bars(ax, reached.index, shown - constant, self._bar_colors(reached.index), left=constant)
        for place, (value, end) in enumerate(zip(reached, shown, strict=True)):
            _write_at(ax, f"{value:.3f}", end, place, is_right=end >= constant)
        ax.axvline(constant, color=_LINE_COLOR, linewidth=1, label=f"constant, {constant:.3f}")
        if "linear" in reached and reached["linear"] >= least:
            style = {"color": self._colors()["linear"], "linestyle": "--", "linewidth": 1.2}
            ax.axvline(reached["linear"], label="linear", zorder=3, **style)
        width = max(shown.max(), constant) - min(shown.min(), constant) or 1.0
        left = shown.min() - 0.25 * width if (shown < constant).any() else constant
        ax.set_xlim(left - 0.02 * width, max(shown.max(), constant) + 0.2 * width)
        ax.set(title="rows held out", xlabel=f"{_MEASURES[name]}, from that of the constant on")
        _add_legend(ax)
        return ax

    def plot_weights(self, ax: Axes | None = None) -> Axes:
        """Draw how much each estimator counts.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Where to draw; a new figure by default.

        Returns
        -------
        matplotlib Axes
        """
        ax = _axes(ax)
        weights = self.scores["weight"].drop([BLEND, CONSTANT])
        _bars(ax, weights.index, weights, self._bar_colors(weights.index))
        for place, value in enumerate(weights):
            _write_at(ax, f"{value:.3g}", value, place)
        ax.set_xlim(0, 1.12)
        ax.set(title="weights", xlabel="share in the blend")
        return ax

    def plot_curves(self, ax: Axes | None = None) -> Axes:
        """Draw the validation loss of every member, with a ring where its weights are from.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Where to draw; a new figure by default.

        Returns
        -------
        matplotlib Axes
        """
        ax = _axes(ax)
        colors, kept, places = self._colors(), [], []
        shown = dict(zip(self.histories, _shortened(list(self.histories)), strict=True))
        for name, history in self.histories.items():
            measure = "val_loss" if "val_loss" in history else "loss"
            for number, member in enumerate(history.members or [history]):
                epochs, values = np.array(member.epoch) + 1, np.array(member[measure])
                label = {"label": shown[name]} if number == 0 else {}
                ax.plot(epochs, values, color=colors[name], linewidth=1, alpha=0.7, **label)
                best = member.best_epoch
                place = member.epoch.index(best) if best in member.epoch else len(epochs) - 1
                ax.plot(epochs[place], values[place], color=colors[name], **_RING)
                kept.append((values[place], np.nanmax(values)))
                places.append((epochs[place], epochs[-1]))
        ax.plot([], [], color=_LINE_COLOR, label="epoch that is kept", **_RING)
        if max(last for _, last in places) >= _MANY_TIMES * min(own for own, _ in places):
            ax.set_xscale("log")
            ax.xaxis.set_major_formatter("{x:g}")
        _leave_out_the_first_steps(ax, np.array(kept))
        ax.set(title="members", xlabel="epoch", ylabel="loss on rows held out")
        ax.legend(fontsize="small", framealpha=0.8, edgecolor="none")
        return ax

    def plot_importances(self, ax: Axes | None = None, *, top: int = 15) -> Axes:
        """Draw how much the score falls without each column.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Where to draw; a new figure by default.
        top : int, default=15
            Most columns to draw.

        Returns
        -------
        matplotlib Axes
        """
        ax = _axes(ax)
        measured = self.columns.dropna(subset="importance")
        shown = measured.iloc[:top]
        _bars(ax, shown.index, shown["importance"], _BAR_COLOR, xerr=shown["importance_std"])
        name = next(_MEASURES[name] for name in _MEASURES if name in self.scores)
        more = len(measured) - len(shown)
        ax.set_title(f"columns, the first {len(shown)} of {len(measured)}" if more else "columns")
        ax.set_xlabel(f"decrease of {name} when shuffled")
        ax.axvline(0, color=_LINE_COLOR, linewidth=1)
        return ax

    def _colors(self) -> dict[str, Any]:
        return {name: f"C{number % 10}" for number, name in enumerate(self.histories)}

    def _bar_colors(self, names: Sequence[str]) -> list[Any]:
        colors = self._colors()
        return [colors.get(name, _BLEND_COLOR) for name in names]


def _axes(given: Axes | None) -> Axes:
    return pyplot().subplots(layout="constrained")[1] if given is None else given


def _bars(ax: Axes, names: Sequence[str], widths: Any, color: Any, **styles: Any) -> None:
    """Draw a bar for each name, the first on top."""
    names = list(names)
    places = np.arange(len(names))
    error = {"error_kw": {"ecolor": _LINE_COLOR, "elinewidth": 1}} if "xerr" in styles else {}
    ax.barh(places, widths, height=0.7, color=color, **styles, **error)
    ax.set_yticks(places, _shortened(names))
    ax.set_ylim(len(names) - 0.4, -0.6)
    ax.spines[["top", "right"]].set_visible(False)


def _write_at(ax: Axes, text: str, end: float, place: int, *, is_right: bool = True) -> None:
    """Write a bar's value beside its end."""
    ax.annotate(
        text,
        (end, place),
        xytext=(4 if is_right else -4, 0),
        textcoords="offset points",
        va="center",
        ha="left" if is_right else "right",
    )


def _shortened(names: Sequence[str]) -> list[str]:
    """Return names that fit beside bars: of a long one both ends, and what tells it from others."""
    by_ends: dict[str, list[str]] = {}
    for name in names:
        by_ends.setdefault(_ends(name, _MOST_LETTERS), []).append(name)
    short: dict[str, str] = {}
    for ends, alike in by_ends.items():
        if len(alike) == 1:
            short[alike[0]] = ends
            continue
        start = len(commonprefix(alike))
        end = len(commonprefix([name[start:][::-1] for name in alike]))
        own = [name[start : len(name) - end] for name in alike]
        half = max(4, (_MOST_LETTERS - 2 - max(map(len, own))) // 2)
        found = [f"{n[:half]}…{o}…{n[-half:]}" for n, o in zip(alike, own, strict=True)]
        fit = max(map(len, found)) <= _MOST_LETTERS + 8
        short |= zip(alike, found if fit else alike, strict=True)
    return [short[name] for name in names]


def _ends(name: str, most: int) -> str:
    half = (most - 1) // 2
    return name if len(name) <= most else f"{name[:half]}…{name[-half:]}"


def _leave_out_the_first_steps(ax: Axes, kept: np.ndarray) -> None:
    """Let the losses that are kept have most of the room, where the first are far above."""
    best, worst = np.nanmin(kept[:, 0]), np.nanmax(kept[:, 0])
    room = max(worst - best, 0.1 * abs(worst))
    if np.nanmax(kept[:, 1]) > worst + 3 * room:
        ax.set_ylim(best - 0.5 * room, worst + 3 * room)


def _add_legend(ax: Axes) -> None:
    ax.legend(frameon=False, loc="upper left", bbox_to_anchor=(0, -0.2), ncols=2)
