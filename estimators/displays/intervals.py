"""Intervals of predictions, and whether the true values lie inside."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.utils import check_consistent_length, check_random_state, column_or_1d

from estimators.displays.pyplot import RIGHT, WRONG, pyplot

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["IntervalDisplay"]

_KINDS = ("sorted_by_prediction", "actual_vs_predicted")
_INTERVAL, _PREDICTION = "#b8c4d6", "#1f3a5f"


class IntervalDisplay:
    """Intervals of predictions, and whether the true values lie inside.

    Parameters
    ----------
    y_true : ndarray of shape (rows,)
    y_pred : ndarray of shape (rows,)
    y_interval : ndarray of shape (rows, 2)
        Lower and upper end.
    coverage : float, default=None
        Share of rows that was asked for.

    Attributes
    ----------
    coverage_ : float
        Share of rows whose true value lies in its interval.
    width_ : float
        Median width of the intervals.
    figure_ : matplotlib Figure
    ax_ : matplotlib Axes

    See Also
    --------
    sklearn.metrics.PredictionErrorDisplay : True values against predictions, without intervals.

    Examples
    --------
    >>> from estimators.displays import IntervalDisplay
    >>> display = IntervalDisplay.from_predictions(
    ...     [1.0, 2.0, 5.0], [1.5, 2.5, 3.0], [[0, 3], [1, 4], [1.5, 4.5]], coverage=0.9
    ... )
    >>> print(display.ax_.get_title())
    66.7 % of 3 rows inside, 90 % asked
    median width 3
    """

    def __init__(
        self,
        y_true: np.ndarray,
        y_pred: np.ndarray,
        y_interval: np.ndarray,
        coverage: float | None = None,
    ) -> None:
        self.y_true = y_true
        self.y_pred = y_pred
        self.y_interval = y_interval
        self.coverage = coverage

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        X: Any,
        y: Any,
        *,
        coverage: float = 0.9,
        kind: str = "sorted_by_prediction",
        subsample: int | None = 1000,
        random_state: Any = 0,
        ax: Axes | None = None,
    ) -> IntervalDisplay:
        """Plot what a fitted regressor predicts for rows whose target is known.

        Parameters
        ----------
        estimator : fitted regressor with ``predict_interval``
        X : DataFrame, or array or sparse matrix of shape (rows, columns)
            Rows that the fit did not see.
        y : array of shape (rows,)
            True values.
        coverage : float, default=0.9
            Share of rows whose true value shall lie in its interval.
        kind : {'sorted_by_prediction', 'actual_vs_predicted'}, default='sorted_by_prediction'
            Rows side by side from the least prediction on, or true values over predictions.
        subsample : int, default=1000
            Most rows to draw; None draws all. Coverage and width are those of all rows.
        random_state : int, RandomState instance or None, default=0
            Decides which rows are drawn.
        ax : matplotlib Axes, default=None
            Where to draw; a new figure by default.

        Returns
        -------
        IntervalDisplay
        """
        return cls.from_predictions(
            y,
            estimator.predict(X),
            estimator.predict_interval(X, coverage=coverage),
            coverage=coverage,
            kind=kind,
            subsample=subsample,
            random_state=random_state,
            ax=ax,
        )

    @classmethod
    def from_predictions(
        cls,
        y_true: Any,
        y_pred: Any,
        y_interval: Any,
        *,
        coverage: float | None = None,
        kind: str = "sorted_by_prediction",
        subsample: int | None = 1000,
        random_state: Any = 0,
        ax: Axes | None = None,
    ) -> IntervalDisplay:
        """Plot intervals that have been predicted.

        Parameters
        ----------
        y_true : array of shape (rows,)
        y_pred : array of shape (rows,)
        y_interval : array of shape (rows, 2)
            Lower and upper end.
        coverage : float, default=None
            Share of rows that was asked for.
        kind : {'sorted_by_prediction', 'actual_vs_predicted'}, default='sorted_by_prediction'
            Rows side by side from the least prediction on, or true values over predictions.
        subsample : int, default=1000
            Most rows to draw; None draws all. Coverage and width are those of all rows.
        random_state : int, RandomState instance or None, default=0
            Decides which rows are drawn.
        ax : matplotlib Axes, default=None
            Where to draw; a new figure by default.

        Returns
        -------
        IntervalDisplay

        Raises
        ------
        ValueError
            For several outputs, ends that are not two, or lengths that differ.
        """
        y_interval = np.asarray(y_interval, dtype=np.float64)
        if y_interval.ndim != 2 or y_interval.shape[1] != 2:
            raise ValueError(
                f"y_interval has shape {y_interval.shape}, which is not (rows, 2); of several "
                "outputs give one, such as y_interval[:, 0]."
            )
        y_true, y_pred = column_or_1d(y_true), column_or_1d(y_pred)
        check_consistent_length(y_true, y_pred, y_interval)
        display = cls(y_true, y_pred, y_interval, coverage)
        return display.plot(kind=kind, subsample=subsample, random_state=random_state, ax=ax)

    def plot(
        self,
        *,
        kind: str = "sorted_by_prediction",
        subsample: int | None = 1000,
        random_state: Any = 0,
        ax: Axes | None = None,
    ) -> IntervalDisplay:
        """Draw the intervals, and the true values in two colours.

        Parameters
        ----------
        kind : {'sorted_by_prediction', 'actual_vs_predicted'}, default='sorted_by_prediction'
            Rows side by side from the least prediction on, or true values over predictions.
        subsample : int, default=1000
            Most rows to draw; None draws all. Coverage and width are those of all rows.
        random_state : int, RandomState instance or None, default=0
            Decides which rows are drawn.
        ax : matplotlib Axes, default=None
            Where to draw; a new figure by default.

        Returns
        -------
        IntervalDisplay
            Itself.
        """
        if kind not in _KINDS:
            raise ValueError(f"kind must be one of {', '.join(map(repr, _KINDS))}, got {kind!r}.")
        if ax is None:
            _, ax = pyplot().subplots(layout="constrained")
        lower, upper = self.y_interval.T
        is_inside = (lower <= self.y_true) & (self.y_true <= upper)
        self.coverage_ = float(is_inside.mean())
        self.width_ = float(np.median(upper - lower))
        rows = self._drawn(subsample, random_state)
        if kind == "sorted_by_prediction":
            places = np.arange(len(rows))
            ax.set(xlabel="row, by its prediction", ylabel="value")
        else:
            places = self.y_pred[rows]
            ax.set(xlabel="predicted value", ylabel="true value")
        ax.vlines(places, lower[rows], upper[rows], color=_INTERVAL, linewidth=1, zorder=1)
        ax.plot(places, self.y_pred[rows], color=_PREDICTION, linewidth=1, label="predicted")
        for label, color, shown in (("inside", RIGHT, True), ("outside", WRONG, False)):
            own = is_inside[rows] == shown
            ax.scatter(places[own], self.y_true[rows][own], s=9, color=color, label=label, zorder=3)
        ax.set_title(self._title())
        ax.legend(loc="upper left")
        self.ax_, self.figure_ = ax, ax.figure
        return self

    def _drawn(self, subsample: int | None, random_state: Any) -> np.ndarray:
        rows = np.arange(len(self.y_true))
        if subsample is not None and subsample < len(rows):
            rows = check_random_state(random_state).choice(rows, subsample, replace=False)
        return rows[np.argsort(self.y_pred[rows], kind="stable")]

    def _title(self) -> str:
        asked = "" if self.coverage is None else f", {100 * self.coverage:g} % asked"
        inside = f"{100 * self.coverage_:.1f} % of {len(self.y_true):,} rows inside{asked}"
        width = f"{self.width_:,.0f}" if self.width_ >= 1000 else f"{self.width_:.4g}"
        return f"{inside}\nmedian width {width}"
