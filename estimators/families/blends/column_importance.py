"""How much a fitted model's score falls when a column's values are dealt anew among the rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd
from scipy.sparse import hstack, issparse
from sklearn.utils import _safe_indexing, check_consistent_length, check_random_state

from estimators.heads.held_out import score_of
from feature_specs.columns.column_warning import told_once
from feature_specs.columns.table import as_frame, is_table

if TYPE_CHECKING:
    from estimators.base.estimator import KerasEstimator

MOST_ROWS = 1_000
REPEATS = 5


class Importance(NamedTuple):
    """What shuffling a column costs.

    Attributes
    ----------
    mean, std : float
        Of the decrease of the score, over the repeats.
    """

    mean: float
    std: float


def column_importances(
    model: KerasEstimator, X: Any, y: Any, columns: Mapping[str, int], random_state: Any
) -> dict[str, Importance]:
    """Return how much the score falls without what each raw column says.

    Parameters
    ----------
    model : fitted estimator
    X : DataFrame, or array or sparse matrix of shape (rows, columns)
    y : array of shape (rows,) or (rows, outputs), optional
        None takes the column that the formula names.
    columns : mapping of str to int
        Raw columns, each with its place in an array; in a table they are found by name.
    random_state : int, RandomState instance or None
        Chooses rows, and deals values among them.

    References
    ----------
    ``sklearn.inspection.permutation_importance``, which encodes and predicts once a repeat where
    this does it once a column.
    """
    X, y = model._split_target(X, y)
    y = model._check_y(y, reset=False)
    X = model._check_X(X, reset=False)
    check_consistent_length(X, y)
    rng = check_random_state(random_state)
    if len(y) > MOST_ROWS:
        rows = np.sort(rng.choice(len(y), MOST_ROWS, replace=False))
        X, y = _safe_indexing(X, rows), y[rows]
    score = score_of(model.head_)

    def scored(X: Any) -> list[float]:
        predicted = model.head_.predict(model._outputs(X))
        return [score(y, of_one) for of_one in np.split(predicted, len(predicted) // len(y))]

    with told_once():
        (whole,) = scored(X)
        return {
            name: _importance(whole, scored(shuffled))
            for name, shuffled in _shuffled(X, len(y), columns, rng)
        }


def _importance(whole: float, scores: list[float]) -> Importance:
    decreases = whole - np.array(scores)
    return Importance(float(decreases.mean()), float(decreases.std()))


def _shuffled(
    X: Any, count: int, columns: Mapping[str, int], rng: np.random.RandomState
) -> Iterator[tuple[str, Any]]:
    """Yield each column and all repeats of the rows, in which this column is shuffled."""
    if is_table(X) and not isinstance(X, pd.DataFrame):
        X = as_frame(X)
    repeated = _safe_indexing(X, np.tile(np.arange(count), REPEATS))
    replaced = _replacing(repeated)
    places = {name: place for place, name in enumerate(map(str, getattr(X, "columns", ())))}
    for name, place in columns.items():
        order = np.concatenate([rng.permutation(count) for _ in range(REPEATS)])
        yield name, replaced(places.get(name, place), order)


def _replacing(X: Any) -> Callable[[int, np.ndarray], Any]:
    """Return what gives `X` with one column's rows in another order."""
    if isinstance(X, pd.DataFrame):

        def of_frame(place: int, order: np.ndarray) -> pd.DataFrame:
            frame = X.copy(deep=False)
            frame.isetitem(place, X.iloc[order, place].set_axis(X.index))
            return frame

        return of_frame
    if issparse(X):
        by_column = X.tocsc()

        def of_sparse(place: int, order: np.ndarray) -> Any:
            parts = [by_column[:, :place], by_column[:, [place]][order], by_column[:, place + 1 :]]
            return hstack(parts, format="csr")

        return of_sparse

    def of_array(place: int, order: np.ndarray) -> np.ndarray:
        array = X.copy()
        array[:, place] = X[order, place]
        return array

    return of_array
