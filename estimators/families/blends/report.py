"""What a fitted blend tells of itself: of every column, of every estimator, of their training."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd
from sklearn.utils.validation import check_is_fitted

from estimators.families.blends.column_importance import column_importances
from estimators.families.blends.held_out_scores import held_out_scores
from estimators.families.blends.report_display import TabularReportDisplay
from feature_specs.described_columns import LEFT_OUT, described_columns

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from estimators.base.estimator import KerasEstimator
    from estimators.engine.history import History

_MOST_LINES = 60


@dataclass(frozen=True, eq=False, repr=False)
class TabularReport:
    """What a fitted `TabularClassifier` or `TabularRegressor` tells of itself.

    Its ``report`` method returns one; it prints as two tables, which are DataFrames.

    Parameters
    ----------
    columns : DataFrame
        A row for each raw column of the fit, the most important first where rows were given to
        measure that by. ``kind`` is what the column is taken for, ``"left out"`` where it is not
        read; ``step`` the sentence of a feature spec that asks for it; ``encoding`` how values
        become numbers, or why they do not; ``features`` how many numbers the spec's ``transform``
        makes of it, ``categories`` how many values or words are known, ``least`` and ``largest``
        the ends of the learnt quantiles. ``importance`` is the mean decrease of the score where
        the column's values are dealt anew among the rows, over five times, and
        ``importance_std`` their standard deviation.
    scores : DataFrame
        A row for each estimator, their blend, and the constant that gives every row the mean or
        the shares of the classes; by rows that members held out, weighed as in the fit.
        ``weight`` is that in the blend, ``loss`` the one of training in the target's units, as in
        histories, then R² or accuracy, for classes the area under the ROC curve (the mean over
        classes, each against the rest, or over labels) and the Brier score as scikit-learn scales
        it; ``epochs`` those of each member.
    histories : mapping of str to History
        What every epoch measured, by the names of the estimators.

    References
    ----------
    Breiman, Random forests, 2001, section 10 (importance by permutation);
    ``sklearn.inspection.permutation_importance``.

    Examples
    --------
    >>> from estimators import TabularClassifier
    >>> from sklearn.datasets import load_iris
    >>> X, y = load_iris(return_X_y=True, as_frame=True)
    >>> model = TabularClassifier(quality="fast", members=2, random_state=0).fit(X, y)
    >>> report = model.report(X, y, random_state=0)
    >>> report.columns.index[:2].sort_values().tolist()
    ['petal length (cm)', 'petal width (cm)']
    >>> bool(report.scores.loc["blend", "accuracy"] > report.scores.loc["constant", "accuracy"])
    True
    """

    columns: pd.DataFrame
    scores: pd.DataFrame
    histories: Mapping[str, History]

    def plot(self, *, top: int = 15) -> TabularReportDisplay:
        """Draw scores, weights, curves of validation and, where measured, importances.

        Parameters
        ----------
        top : int, default=15
            Most columns to draw, of the most important ones.

        Returns
        -------
        TabularReportDisplay
            With ``figure_`` and ``axes_``, a dictionary of the panels.

        Raises
        ------
        ImportError
            Where matplotlib is missing.
        """
        return TabularReportDisplay(self.columns, self.scores, self.histories).plot(top=top)

    def curves(self, *, ax: Axes | None = None) -> Axes:
        """Draw what each member's loss on the rows it held out was after every epoch.

        A colour for each kind, a ring at the epoch whose weights a member kept. Epochs are on a
        logarithmic scale where the last comes ten times as late as one that is kept, or later.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Where to draw; a new figure by default.

        Returns
        -------
        matplotlib Axes
        """
        return TabularReportDisplay(self.columns, self.scores, self.histories).plot_curves(ax)

    def __str__(self) -> str:
        narrow = self.columns.drop(columns="step")
        return f"Columns\n{_as_text(narrow)}\n\nRows held out\n{_as_text(self.scores)}"

    __repr__ = __str__

    def _repr_html_(self) -> str:
        tables = (
            f"<h4>{title}</h4>{_shown(frame).to_html(max_rows=_MOST_LINES, na_rep='')}"
            for title, frame in (("Columns", self.columns), ("Rows held out", self.scores))
        )
        return f"<div>{''.join(tables)}</div>"


def _as_text(frame: pd.DataFrame) -> str:
    return _shown(frame).to_string(max_rows=_MOST_LINES, na_rep="")


def _shown(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a table as it is read: four digits, and nothing where there is nothing."""
    shown = frame.dropna(axis=1, how="all").astype(object)
    return shown.map(_cell).rename_axis(None)


def _cell(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(map(str, value))
    if value is None or value is pd.NA or value != value:
        return ""
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def report_of(model: KerasEstimator, X: Any, y: Any, random_state: Any) -> TabularReport:
    """Return the report of a fitted blend.

    Parameters
    ----------
    model : TabularClassifier or TabularRegressor
    X : DataFrame, or array or sparse matrix of shape (rows, columns), optional
        Rows to measure importances by.
    y : array of shape (rows,) or (rows, outputs), optional
    random_state : int, RandomState instance or None
    """
    check_is_fitted(model)
    if X is None and y is not None:
        raise ValueError("report was given y and no X; give both, or none.")
    columns = _columns_of(model)
    if X is not None:
        read = columns.index[columns["kind"] != LEFT_OUT]
        places = {name: place for place, name in enumerate(columns.index)}
        found = column_importances(model, X, y, {name: places[name] for name in read}, random_state)
        columns["importance"] = pd.Series({n: each.mean for n, each in found.items()}, dtype=float)
        columns["importance_std"] = pd.Series({n: i.std for n, i in found.items()}, dtype=float)
        columns = columns.sort_values("importance", ascending=False, kind="stable")
    histories = {name: each.history_ for name, each in model.estimators_.items()}
    return TabularReport(columns, held_out_scores(model), histories)


def _columns_of(model: KerasEstimator) -> pd.DataFrame:
    described = described_columns(model.feature_spec_)
    frame = pd.DataFrame(
        [vars(column) for column in described.values()], pd.Index(described, name="column")
    )
    return frame.astype({"categories": "Int64", "least": float, "largest": float})
