"""Tables and arrays as callers give them, checked by scikit-learn against the fit of a spec."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from scipy.sparse import issparse
from sklearn.base import BaseEstimator
from sklearn.utils.validation import validate_data

from feature_specs.columns.sparse_table import table_of
from feature_specs.columns.table import (
    Table,
    as_frame,
    holds_text_or_times,
    is_table,
    match_columns,
)
from feature_specs.encoders.sparse import takes_sparse

# Numbers are looked at column by column, where the column can be named.
_AS_THEY_ARE = {"accept_sparse": "csr", "ensure_all_finite": False}


def table_at_fit(spec: BaseEstimator, X: Any) -> Table:
    """Return the columns that `spec` is fitted on, and note their names on it."""
    if not is_table(X) and not holds_text_or_times(X):
        return table_of(validate_data(spec, X, **_AS_THEY_ARE))
    if is_table(X):
        frame = as_frame(X)
        given = X if isinstance(X, pd.DataFrame) else frame
        validate_data(spec, given, skip_check_array=True)
    else:
        validate_data(spec, np.asarray(X), dtype=None, ensure_all_finite=False)
        frame = as_frame(X)
    return Table(_with_rows(frame))


def table_of_fit(spec: BaseEstimator, X: Any) -> Table:
    """Return the columns of the fit, found by name in tables and by place in arrays."""
    X, _ = spec.split_target(X)
    if not is_table(X) and not holds_text_or_times(X):
        X = validate_data(spec, X, reset=False, **_AS_THEY_ARE)
        if issparse(X) and not takes_sparse(spec.features_):
            X = X.toarray()
        return table_of(X, spec.columns_)
    if not is_table(X):
        X = validate_data(spec, np.asarray(X), reset=False, dtype=None, ensure_all_finite=False)
        return Table(as_frame(X).set_axis(spec.columns_, axis=1))
    frame = as_frame(X)
    if hasattr(spec, "feature_names_in_"):
        return Table(_with_rows(match_columns(frame, spec.feature_names_in_)))
    given = X if isinstance(X, pd.DataFrame) else frame
    validate_data(spec, given, reset=False, skip_check_array=True)
    return Table(_with_rows(frame.set_axis(spec.columns_, axis=1)))


def _with_rows(frame: pd.DataFrame) -> pd.DataFrame:
    if len(frame) == 0:
        raise ValueError("Found array with 0 sample(s): the table has no row.")
    return frame
