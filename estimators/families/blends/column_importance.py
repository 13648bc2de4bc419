"""How much a fitted model's score falls when a column's values are dealt anew among the rows.

Rows are encoded once: what a column alone becomes is dealt anew as it is. Where it takes part in
what others become as well (crosses, weights, transformers), the rows are encoded again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import numpy as np
import pandas as pd
from scipy.sparse import hstack, issparse
from sklearn.utils import _safe_indexing, check_consistent_length, check_random_state

from estimators.base.encoding import encode
from estimators.heads.held_out import score_of
from feature_specs.columns.column_warning import told_once
from feature_specs.columns.table import as_frame, is_table
from feature_specs.encoders.features import (
    categorical_encoders,
    key_of,
    numeric_encoders,
    numeric_sources,
    weight_key_of,
)
from feature_specs.encoders.numeric import ColumnsEncoder
from feature_specs.networks.inputs import NUMERIC
from feature_specs.scalers import Wrapped

if TYPE_CHECKING:
    from estimators.base.estimator import KerasEstimator
    from feature_specs import FeatureSpec

Inputs: TypeAlias = "Mapping[str, np.ndarray]"

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
    ``sklearn.inspection.permutation_importance``, which encodes and predicts once a repeat.
    """
    X, y = model._split_target(X, y)
    y = model._check_y(y, reset=False)
    X = model._check_X(X, reset=False)
    check_consistent_length(X, y)
    rng = check_random_state(random_state)
    if len(y) > MOST_ROWS:
        rows = np.sort(rng.choice(len(y), MOST_ROWS, replace=False))
        X, y = _safe_indexing(X, rows), y[rows]
    with told_once():
        found = dict(_scores(model, X, y, columns, rng))
    (whole,) = found[None]
    return {name: _importance(whole, found[name]) for name in columns}


def _importance(whole: float, scores: list[float]) -> Importance:
    decreases = whole - np.array(scores)
    return Importance(float(decreases.mean()), float(decreases.std()))


def _scores(
    model: KerasEstimator, X: Any, y: Any, columns: Mapping[str, int], rng: np.random.RandomState
) -> Iterator[tuple[str | None, list[float]]]:
    """Yield the score of the rows, under None, and of each column those of its repeats."""
    count, score = len(y), score_of(model.head_)
    specs = model._specs_that_count()
    rows = encode(specs, X)

    def outputs_of(inputs: Inputs) -> np.ndarray:
        return model.head_.average(model._encoded_outputs(inputs))

    known = outputs_of(rows)

    def scored(outputs: np.ndarray, places: np.ndarray) -> list[float]:
        predicted = model.head_.predict(np.concatenate([known, outputs]))
        return [score(y, predicted[of_one]) for of_one in np.split(places, len(places) // count)]

    yield None, scored(known[:0], np.arange(count))
    asked = _asked_of_columns(specs, X, rows, columns, rng)
    for group in _grouped(asked, REPEATS * count):
        together = {name: _stacked([each.inputs[name] for each in group]) for name in rows}
        ends = np.cumsum([each.count for each in group])
        outputs = outputs_of(together) if ends[-1] else known[:0]
        for each, of_one in zip(group, np.split(outputs, ends[:-1]), strict=True):
            yield each.column, scored(of_one, each.places)


class _Asked(NamedTuple):
    """Rows to predict for a column that is dealt anew.

    Attributes
    ----------
    column : str
    inputs : mapping of str to ndarray
    count : int
        Of the rows in `inputs`.
    places : ndarray of int
        Where the rows of all repeats stand, among those not shuffled with these behind them.
    is_alone : bool
        Whether its inputs may have other shapes than those of other columns.
    """

    column: str
    inputs: Inputs
    count: int
    places: np.ndarray
    is_alone: bool = False


def _grouped(asked: Iterable[_Asked], enough: int) -> Iterator[list[_Asked]]:
    """Yield together what is to be predicted in one call, of as many rows as are worth threads."""
    group: list[_Asked] = []
    for each in asked:
        if each.is_alone:
            yield [each]
            continue
        group.append(each)
        if sum(other.count for other in group) >= enough:
            yield group
            group = []
    if group:
        yield group


def _asked_of_columns(
    specs: Mapping[str, FeatureSpec],
    X: Any,
    rows: Inputs,
    columns: Mapping[str, int],
    rng: np.random.RandomState,
) -> Iterator[_Asked]:
    count = next(iter(rows.values())).shape[0]
    own = _own_features(specs, rows)
    replaced = None
    for name, place in columns.items():
        order = np.concatenate([rng.permutation(count) for _ in range(REPEATS)])
        if own.get(name) is not None:
            yield _of_features(name, rows, own[name], order)
            continue
        if replaced is None:
            replaced = _replacing(_repeated(X, count))
        places = {name: place for place, name in enumerate(map(str, getattr(X, "columns", ())))}
        inputs = encode(specs, replaced(places.get(name, place), order))
        yield _Asked(name, inputs, len(order), count + np.arange(len(order)), is_alone=True)


def _own_features(
    specs: Mapping[str, FeatureSpec], rows: Inputs
) -> dict[str, list[tuple[str, list[int] | None]] | None]:
    """Return where a column stands in the inputs, None where other columns decide as well.

    An input that it has for itself has no places.
    """
    found: dict[str, list[tuple[str, list[int] | None]]] = {}
    shared: set[str] = set()
    for side, spec in specs.items():
        numbers = rows.get(f"{side}{NUMERIC}")
        by_column: dict[str, list[int]] = {}
        for place, owners in enumerate(numeric_sources(spec.features_)):
            for owner in owners:
                by_column.setdefault(owner, []).append(place)
        for column, places in by_column.items():
            found.setdefault(column, []).append((f"{side}{NUMERIC}", places))
        if issparse(numbers):
            shared |= set(by_column)
        for encoder in numeric_encoders(spec.features_):
            # A transformer that is not ours may mix the columns.
            if isinstance(encoder, ColumnsEncoder) and isinstance(encoder.scaler_, Wrapped):
                shared |= set(encoder.columns)
            elif not isinstance(encoder, ColumnsEncoder) and len(encoder.sources) > 1:
                shared |= set(encoder.sources)
        for name, encoder in categorical_encoders(spec.features_).items():
            keys = [f"{side}{key}" for key in (key_of(name), weight_key_of(name))]
            keys = [key for key in keys if key in rows]
            if len(encoder.sources) > 1 or any(rows[key].dtype == object for key in keys):
                shared |= set(encoder.sources)
            for column in encoder.sources:
                found.setdefault(column, []).extend((key, None) for key in keys)
    return {name: None if name in shared else places for name, places in found.items()}


def _of_features(
    name: str, rows: Inputs, features: list[tuple[str, list[int] | None]], order: np.ndarray
) -> _Asked:
    """Return the rows in which features of one column are those of others, each row once."""
    count = next(iter(rows.values())).shape[0]
    alike = _numbers_of_alike(rows, features)
    _, first = np.unique(alike, return_index=True)
    places = np.tile(np.arange(count), len(order) // count)
    is_other = alike[order] != alike[places]
    pairs = places[is_other] * len(first) + alike[order][is_other]
    pairs, of_row = np.unique(pairs, return_inverse=True)
    takers, givers = pairs // len(first), first[pairs % len(first)]
    inputs = {key: values[takers] for key, values in rows.items()}
    for key, columns in features:
        if columns is None:
            inputs[key] = rows[key][givers]
        else:
            inputs[key][:, columns] = rows[key][givers][:, columns]
    places[is_other] = count + of_row.ravel()
    return _Asked(name, inputs, len(pairs), places)


def _numbers_of_alike(rows: Inputs, features: list[tuple[str, list[int] | None]]) -> np.ndarray:
    """Return a number for each row, the same for rows in which these features are the same."""
    alike = None
    for key, columns in features:
        values = rows[key] if columns is None else rows[key][:, columns]
        values = values.reshape(len(values), -1)
        numbers = np.unique(values, axis=0, return_inverse=True)[1].ravel()
        both = numbers if alike is None else alike * (numbers.max() + 1) + numbers
        alike = np.unique(both, return_inverse=True)[1].ravel()
    return alike


def _stacked(arrays: list[np.ndarray]) -> np.ndarray:
    return arrays[0] if len(arrays) == 1 else np.concatenate(arrays)


def _repeated(X: Any, count: int) -> Any:
    if is_table(X) and not isinstance(X, pd.DataFrame):
        X = as_frame(X)
    return _safe_indexing(X, np.tile(np.arange(count), REPEATS))


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
