"""A table encoded by several specs, which is read once where they were fitted on one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.sparse import issparse

from feature_specs.columns.sparse_table import table_of
from feature_specs.columns.table import Table
from feature_specs.given_tables import table_of_fit

if TYPE_CHECKING:
    from feature_specs.feature_spec import FeatureSpec


def encode_by_each(
    specs: Mapping[str, FeatureSpec], X: Any, *, is_checked: bool = False
) -> dict[str, dict[str, np.ndarray]]:
    """Return what each of the fitted specs encodes, as its `FeatureSpec.encode` does.

    Parameters
    ----------
    specs : mapping of str to FeatureSpec
    X : Table, DataFrame, dict of columns, or array or sparse matrix of shape (rows, columns)
    is_checked : bool, default=False
        Whether `X` has come through ``validate_data`` of who was fitted on the same columns.

    Returns
    -------
    dict of str to dict
        The inputs by the name of the spec.
    """
    if isinstance(X, Table):
        return {name: spec._encode_table(X) for name, spec in specs.items()}
    first, *others = specs.values()
    is_array = is_checked and isinstance(X, np.ndarray) and X.dtype.kind in "fiub"
    # What reads images or texts has no formula at all.
    is_array = is_array and getattr(first, "formula", "") is None
    are_alike = all(_read_alike(first, other) for other in others)
    if issparse(X) or not (are_alike and (others or is_array)):
        return {name: spec.encode(X) for name, spec in specs.items()}
    # A look at an array takes as long as the rest of encoding a row.
    table = table_of(X, first.columns_) if is_array else table_of_fit(first, X)
    table = table.remembering() if others else table
    return {name: spec._encode_table(table) for name, spec in specs.items()}


def _read_alike(one: FeatureSpec, other: FeatureSpec) -> bool:
    return all(spec.formula is None and _columns(spec) == _columns(one) for spec in (one, other))


def _columns(spec: FeatureSpec) -> tuple[list[str], bool]:
    return spec.columns_, hasattr(spec, "feature_names_in_")
