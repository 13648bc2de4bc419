"""Rows as callers have them: checked, weighted, set aside for validation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from scipy.sparse import issparse
from sklearn.base import BaseEstimator
from sklearn.model_selection import train_test_split
from sklearn.utils import _safe_indexing, check_consistent_length
from sklearn.utils.validation import _check_sample_weight, _num_samples, validate_data

from estimators.base.groups import set_groups_aside
from feature_specs.columns.table import as_frame, holds_text_or_times, is_table


class CheckedRows(NamedTuple):
    """Columns, target, weight, perhaps group, and number among the rows given, of as many rows."""

    X: Any
    y: np.ndarray
    weight: np.ndarray
    groups: np.ndarray | None = None
    numbers: np.ndarray | None = None

    def taken(self, rows: np.ndarray) -> CheckedRows:
        """Return the rows of these numbers, itself where they are all of them."""
        if len(rows) == _num_samples(self.X) and (np.diff(rows) == 1).all():
            return self
        return CheckedRows(*(_safe_indexing(a, rows) if a is not None else None for a in self))

    def classes(self, *, stratify: bool) -> tuple[np.ndarray, np.ndarray]:
        """Return the classes, and the number of each row's; one class where none `stratify`."""
        if not stratify:
            return np.zeros(1, int), np.zeros(len(self.y), int)
        if self.y.ndim == 2:
            return np.arange(self.y.shape[1]), self.y.argmax(axis=1)
        return np.unique(self.y, return_inverse=True)

    def split(
        self, fraction: float, seed: int, *, stratify: bool
    ) -> tuple[CheckedRows, CheckedRows]:
        """Return training and validation rows, about as many of every class where they `stratify`.

        Rows of one group stay together; the share is then as near to `fraction` as they allow.

        Raises
        ------
        ValueError
            Where one of the two would be empty.
        """
        count = len(self.y)
        aside = int(np.ceil(count * fraction))
        if aside >= count:
            raise ValueError(
                f"validation_fraction={fraction} of {count} rows leaves no row to train on; take a "
                "smaller fraction or more rows."
            )
        if self.groups is not None:
            _, classes = self.classes(stratify=stratify)
            is_aside = set_groups_aside(self.groups, classes, fraction, seed)
            return self.taken(np.flatnonzero(~is_aside)), self.taken(np.flatnonzero(is_aside))
        training, validation = train_test_split(
            np.arange(count),
            test_size=aside,
            random_state=seed,
            stratify=self.y if stratify and _can_stratify(self.y, aside) else None,
        )
        return self.taken(training), self.taken(validation)


def check_X(estimator: BaseEstimator, X: Any, *, reset: bool) -> Any:
    """Return `X` with its columns checked against the fit: a table as it is, else a 2-D array.

    Sparse matrices of any kind become compressed rows.
    """
    if is_table(X):
        if not hasattr(X, "columns"):
            X = as_frame(X)
        if reset or not _has_columns_of_fit(estimator, X):
            validate_data(estimator, X, reset=reset, skip_check_array=True)
        return X
    if not reset and _is_like_fit(estimator, X):
        return X
    if isinstance(X, list | tuple) and X and isinstance(X[0], Mapping):
        raise ValueError(
            "X is a list of dictionaries; make a table of it, pandas.DataFrame(X), or ask "
            "model.serving_function() for answers to records."
        )
    if issparse(X):
        return validate_data(
            estimator, X, reset=reset, accept_sparse="csr", ensure_all_finite=False
        )
    if hasattr(X, "shape") and len(X.shape) > 2:
        X = np.asarray(X).reshape(len(X), -1)
    if not hasattr(X, "dtype") and not hasattr(X, "__array__"):
        X = np.asarray(X)
    if holds_text_or_times(X):
        validate_data(estimator, X, reset=reset, dtype=None, ensure_all_finite=False)
        return X
    # The spec tells of infinity in the columns that it reads.
    return validate_data(estimator, X, reset=reset, ensure_all_finite=False)


# What scikit-learn's checks would find nothing in is told from the rest here, in a twentieth of the
# time that they take of a row.


def _has_columns_of_fit(estimator: BaseEstimator, frame: Any) -> bool:
    names = getattr(estimator, "feature_names_in_", None)
    is_named = names is not None and type(frame) is pd.DataFrame
    return is_named and frame.columns.tolist() == names.tolist()


def _is_like_fit(estimator: BaseEstimator, X: Any) -> bool:
    """Return whether `X` is an array of rows of numbers, as many as at the fit."""
    return (
        type(X) is np.ndarray
        and X.ndim == 2
        and X.dtype.kind in "fiub"
        and len(X) > 0
        and X.shape[1] == estimator.n_features_in_
        and not hasattr(estimator, "feature_names_in_")
    )


def check_weight(sample_weight: Any, X: Any, y: np.ndarray | None = None) -> np.ndarray:
    """Return a float64 weight for every row, 1 by default."""
    if y is not None:
        check_consistent_length(X, y)
    weight = _check_sample_weight(
        sample_weight, np.empty((_num_samples(X), 1)), dtype=np.float64, ensure_non_negative=True
    )
    if not weight.any():
        raise ValueError("sample_weight is 0 for every row; at least one row needs a weight.")
    return weight


def _can_stratify(y: np.ndarray, aside: int) -> bool:
    _, counts = np.unique(y, return_counts=True, axis=0 if y.ndim == 2 else None)
    return counts.min() >= 2 and len(counts) <= min(aside, len(y) - aside)
