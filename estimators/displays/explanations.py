"""What every column adds: to the prediction of one row, and to those of all."""

from __future__ import annotations

from numbers import Integral
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from estimators.displays.pyplot import pyplot

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from estimators.explanations.explanation import Explanation

__all__ = ["ExplanationDisplay"]

_KINDS = ("beeswarm", "bar")
_MORE, _LESS, _LINE, _NO_NUMBER = "#1f3a5f", "#c98a4b", "0.35", "0.6"
# Of a column's row of points, as a share of the way to the next one.
_SPREAD = 0.38
_BINS = 80
_MOST_LETTERS = 28


class ExplanationDisplay:
    """What every column adds: to the prediction of one row, and to those of all.

    Parameters
    ----------
    explanation : Explanation
        As ``explain`` of an estimator returns it.

    Attributes
    ----------
    figure_ : matplotlib Figure
    ax_ : matplotlib Axes

    See Also
    --------
    sklearn.inspection.PartialDependenceDisplay : Predictions on the mean as one column changes.

    Examples
    --------
    >>> from estimators import LinearRegressor
    >>> from estimators.displays import ExplanationDisplay
    >>> from sklearn.datasets import load_diabetes
    >>> X, y = load_diabetes(return_X_y=True, as_frame=True)
    >>> model = LinearRegressor(epochs=5, random_state=0).fit(X, y)
    >>> display = ExplanationDisplay.from_estimator(model, X, max_columns=3)
    >>> [label.get_text() for label in display.ax_.get_yticklabels()]
    ['bmi', 's5', 'bp']
    """

    def __init__(self, explanation: Explanation) -> None:
        self.explanation = explanation

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        X: Any,
        *,
        background: Any = None,
        kind: str = "beeswarm",
        row: int = 0,
        output: int | str | None = None,
        max_columns: int = 10,
        ax: Axes | None = None,
    ) -> ExplanationDisplay:
        """Explain predictions of a fitted estimator, and plot that.

        Parameters
        ----------
        estimator : fitted estimator with ``explain``
        X : DataFrame, or array or sparse matrix of shape (rows, columns)
            Rows to explain.
        background : DataFrame, or array or sparse matrix, default=None
            Rows whose mean is the baseline; zeros by default.
        kind : {'beeswarm', 'bar'}, default='beeswarm'
            A point for every row, or bars of one row.
        row : int, default=0
            Which row has bars.
        output : int or str, default=None
            Which of several outputs, by its place or its name.
        max_columns : int, default=10
            Most columns to draw; bars have one more for the sum of the others.
        ax : matplotlib Axes, default=None
            Where to draw; a new figure by default.

        Returns
        -------
        ExplanationDisplay
        """
        explanation = estimator.explain(X, background)
        return cls.from_explanation(
            explanation, kind=kind, row=row, output=output, max_columns=max_columns, ax=ax
        )

    @classmethod
    def from_explanation(
        cls,
        explanation: Explanation,
        *,
        kind: str = "beeswarm",
        row: int = 0,
        output: int | str | None = None,
        max_columns: int = 10,
        ax: Axes | None = None,
    ) -> ExplanationDisplay:
        """Plot what ``explain`` returned.

        Parameters
        ----------
        explanation : Explanation
        kind : {'beeswarm', 'bar'}, default='beeswarm'
            A point for every row, or bars of one row.
        row : int, default=0
            Which row has bars.
        output : int or str, default=None
            Which of several outputs, by its place or its name.
        max_columns : int, default=10
            Most columns to draw; bars have one more for the sum of the others.
        ax : matplotlib Axes, default=None
            Where to draw; a new figure by default.

        Returns
        -------
        ExplanationDisplay

        Raises
        ------
        ValueError
            For a kind, a row or an output that there is not, or for several outputs of which none
            is named.
        """
        display = cls(explanation)
        return display.plot(kind=kind, row=row, output=output, max_columns=max_columns, ax=ax)

    def plot(
        self,
        *,
        kind: str = "beeswarm",
        row: int = 0,
        output: int | str | None = None,
        max_columns: int = 10,
        ax: Axes | None = None,
    ) -> ExplanationDisplay:
        """Draw the columns that add most, the first on top.

        In a beeswarm a point is a row, at what the column adds, in a colour for the rank of its
        cell among the numbers of the column, grey where it is none.

        Parameters
        ----------
        kind : {'beeswarm', 'bar'}, default='beeswarm'
            A point for every row, or bars of one row.
        row : int, default=0
            Which row has bars.
        output : int or str, default=None
            Which of several outputs, by its place or its name.
        max_columns : int, default=10
            Most columns to draw; bars have one more for the sum of the others.
        ax : matplotlib Axes, default=None
            Where to draw; a new figure by default.

        Returns
        -------
        ExplanationDisplay
            Itself.
        """
        if kind not in _KINDS:
            raise ValueError(f"kind must be one of {', '.join(map(repr, _KINDS))}, got {kind!r}.")
        values, base, name = self._of_output(output)
        if not -len(values) <= row < len(values):
            raise ValueError(f"row={row} is none of the {len(values)} rows that were explained.")
        if ax is None:
            height = 1.6 + 0.34 * min(max_columns + 1, values.shape[1])
            _, ax = pyplot().subplots(figsize=(7.5, height), layout="constrained")
        if kind == "bar":
            self._draw_bars(ax, values[row], base[row], row, max_columns)
        else:
            self._draw_points(ax, values, max_columns)
        ax.axvline(0, color=_LINE, linewidth=1, zorder=0)
        ax.spines[["top", "right", "left"]].set_visible(False)
        ax.tick_params(axis="y", length=0)
        ax.set_xlabel(f"added to the {self.explanation.scale}{name}")
        self.ax_, self.figure_ = ax, ax.figure
        return self

    def _of_output(self, output: int | str | None) -> tuple[np.ndarray, np.ndarray, str]:
        """Return values and bases of one output, and what the axis says of it."""
        values, base = self.explanation.values, self.explanation.base_values
        if values.ndim == 2:
            return values, base, ""
        names = self.explanation.output_names or list(map(str, range(values.shape[2])))
        is_place = isinstance(output, Integral) and -len(names) <= output < len(names)
        if not is_place and output not in names:
            raise ValueError(
                f"output={output!r} is none of the {len(names)} outputs; give one of "
                f"{', '.join(map(repr, names))}, or its place."
            )
        place = int(output) if is_place else names.index(output)
        return values[..., place], base[:, place], f" of {names[place]}"

    def _draw_bars(
        self, ax: Axes, values: np.ndarray, base: float, row: int, max_columns: int
    ) -> None:
        order = np.argsort(-np.abs(values), kind="stable")
        shown, others = order[:max_columns], order[max_columns:]
        names, cells = self.explanation.feature_names, self.explanation.data[row]
        labels = [f"{_shortened(names[i])} = {_shortened(_as_text(cells[i]))}" for i in shown]
        widths = values[shown]
        if len(others):
            what = "other columns" if len(others) > 1 else "other column"
            labels.append(f"{len(others):,} {what}")
            widths = np.append(widths, values[others].sum())
        colors = [_MORE if width >= 0 else _LESS for width in widths]
        ax.barh(np.arange(len(widths)), widths, height=0.7, color=colors)
        for place, width in enumerate(widths):
            is_right = width >= 0
            ax.annotate(
                _number(width, "+"),
                (width, place),
                xytext=(4 if is_right else -4, 0),
                textcoords="offset points",
                va="center",
                ha="left" if is_right else "right",
            )
        ax.set_yticks(np.arange(len(labels)), labels)
        ax.set_ylim(len(labels) - 0.4, -0.6)
        # Room for the numbers beside the bars.
        ax.margins(x=0.18)
        whole = base + values.sum()
        ax.set_title(
            f"row {row}: {_number(base)} at the baseline, {_number(whole)} with its columns"
        )

    def _draw_points(self, ax: Axes, values: np.ndarray, max_columns: int) -> None:
        order = np.argsort(-np.abs(values).mean(axis=0), kind="stable")[:max_columns]
        ends = values[:, order].min(initial=0), values[:, order].max(initial=0)
        colors = pyplot().get_cmap("coolwarm")
        points = None
        for place, column in enumerate(order):
            added, ranks = values[:, column], _ranks(self.explanation.data[:, column])
            heights = place + _SPREAD * _spread(added, ends)
            is_number = np.isfinite(ranks)
            style = {"s": 9, "linewidths": 0}
            if not is_number.all():
                ax.scatter(added[~is_number], heights[~is_number], color=_NO_NUMBER, **style)
            if is_number.any():
                points = ax.scatter(
                    added[is_number], heights[is_number], c=ranks[is_number], cmap=colors,
                    vmin=0, vmax=1, **style,
                )  # fmt: skip
        if points is not None:
            bar = ax.figure.colorbar(points, ax=ax, ticks=[0, 1], aspect=30, pad=0.02)
            bar.ax.set_yticklabels(["least", "largest"])
            bar.set_label("cell of the column", labelpad=-24)
            bar.outline.set_visible(False)
        names = self.explanation.feature_names
        ax.set_yticks(np.arange(len(order)), [_shortened(names[i]) for i in order])
        ax.set_ylim(len(order) - 0.4, -0.6)
        more = "" if len(order) == len(names) else f", {len(order)} of {len(names)} columns"
        ax.set_title(f"{_counted_rows(len(values))}{more}")


def _spread(added: np.ndarray, ends: tuple[float, float]) -> np.ndarray:
    """Return how far from the middle, -1 to 1, each point is drawn: far where there are many."""
    edges = np.linspace(*ends, _BINS + 1) if ends[1] > ends[0] else np.zeros(2)
    bins = np.searchsorted(edges, added)
    order = np.argsort(bins, kind="stable")
    _, starts, counts = np.unique(bins[order], return_index=True, return_counts=True)
    number = np.arange(len(added)) - np.repeat(starts, counts)
    sides = np.where(number % 2, -1, 1) * ((number + 1) // 2)
    spread = np.empty(len(added))
    spread[order] = sides / max(1, counts.max(initial=0) // 2)
    return spread


def _ranks(cells: np.ndarray) -> np.ndarray:
    """Return the ranks of numbers from 0 to 1, NaN for what is none."""
    numbers = pd.to_numeric(pd.Series(cells, dtype=object), errors="coerce").astype(float)
    ranks = numbers.rank(method="average")
    most = ranks.max()
    return ((ranks - 1) / max(1.0, most - 1)).to_numpy()


def _number(value: float, sign: str = "") -> str:
    return f"{value:{sign},.0f}" if abs(value) >= 1000 else f"{value:{sign}.3g}"


def _as_text(cell: Any) -> str:
    if np.ndim(cell) == 0 and pd.isna(cell):
        return "missing"
    return f"{cell:.4g}" if isinstance(cell, float | np.floating) else str(cell)


def _shortened(text: str) -> str:
    text = str(text)
    return text if len(text) <= _MOST_LETTERS else f"{text[: _MOST_LETTERS - 1]}…"


def _counted_rows(count: int) -> str:
    return f"{count:,} row" if count == 1 else f"{count:,} rows"
