"""A table encoded by several specs, which is read once where they were fitted on one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.sparse import issparse

from feature_specs.given_tables import table_of_fit

if TYPE_CHECKING:
    from feature_specs.feature_spec import FeatureSpec


def encode_by_each(specs: Mapping[str, FeatureSpec], X: Any) -> dict[str, dict[str, np.ndarray]]:
    """Return what each of the fitted specs encodes, as its `FeatureSpec.encode` does.

    Parameters
    ----------
    specs : mapping of str to FeatureSpec
    X : DataFrame, dict of columns, or array or sparse matrix of shape (rows, columns)

    Returns
    -------
    dict of str to dict
        The inputs by the name of the spec.
    """
    first, *others = specs.values()
    if not others or issparse(X) or not all(_read_alike(first, other) for other in others):
        return {name: spec.encode(X) for name, spec in specs.items()}
    table = table_of_fit(first, X).remembering()
    return {name: spec._encode_table(table) for name, spec in specs.items()}


def _read_alike(one: FeatureSpec, other: FeatureSpec) -> bool:
    return all(spec.formula is None and _columns(spec) == _columns(one) for spec in (one, other))


def _columns(spec: FeatureSpec) -> tuple[list[str], bool]:
    return spec.columns_, hasattr(spec, "feature_names_in_")
