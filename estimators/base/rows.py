"""Rows on their way into training: checked, weighted, split, put on the device."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import joblib
import numpy as np
from sklearn.base import BaseEstimator, clone
from sklearn.frozen import FrozenEstimator
from sklearn.model_selection import train_test_split
from sklearn.utils import _safe_indexing, check_consistent_length
from sklearn.utils.validation import _check_sample_weight, _num_samples, validate_data

from estimators.engine.rows import Rows, coarse, place_rows
from estimators.heads.heads import Head
from feature_specs import FeatureSpec
from feature_specs.columns.table import as_frame, holds_text, is_table


class Prepared(NamedTuple):
    """Checked rows with target and weight."""

    X: Any
    y: np.ndarray
    weight: np.ndarray

    def split(self, fraction: float, seed: int, *, stratify: bool) -> tuple[Prepared, Prepared]:
        """Return training and validation rows.

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
        training, validation = train_test_split(
            np.arange(count),
            test_size=aside,
            random_state=seed,
            stratify=self.y if stratify and _can_stratify(self.y, aside) else None,
        )
        return (
            Prepared(*split_rows(self, training)),
            Prepared(*split_rows(self, validation)),
        )


def check_X(estimator: BaseEstimator, X: Any, *, reset: bool) -> Any:
    """Return `X` with its columns checked against the fit: a table as it is, else a 2-D array."""
    if is_table(X):
        if not hasattr(X, "columns"):
            X = as_frame(X)
        validate_data(estimator, X, reset=reset, skip_check_array=True)
        return X
    if hasattr(X, "shape") and len(X.shape) > 2:
        X = np.asarray(X).reshape(len(X), -1)
    if not hasattr(X, "dtype") and not hasattr(X, "__array__"):
        X = np.asarray(X)
    if holds_text(X):
        validate_data(estimator, X, reset=reset, dtype=None, ensure_all_finite=False)
        return X
    return validate_data(estimator, X, reset=reset, ensure_all_finite="allow-nan")


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


def split_rows(arrays: Sequence[Any], rows: np.ndarray) -> list[Any]:
    """Return the chosen rows of each of `arrays`, themselves where all rows are chosen."""
    if len(rows) == _num_samples(arrays[0]) and (np.diff(rows) == 1).all():
        return list(arrays)
    return [_safe_indexing(array, rows) for array in arrays]


def fit_specs(specs: Mapping[str, FeatureSpec | None], rows: Prepared) -> dict[str, FeatureSpec]:
    """Return each spec fitted on `rows`, or as it is where it has been fitted before."""
    return {
        side: _fit_spec(FeatureSpec() if spec is None else spec, rows)
        for side, spec in specs.items()
    }


def _fit_spec(spec: FeatureSpec, rows: Prepared) -> FeatureSpec:
    if isinstance(spec, FrozenEstimator):
        return spec.estimator
    if spec.__sklearn_is_fitted__():
        return spec
    return clone(spec).fit(rows.X, rows.y, sample_weight=rows.weight)


def encode(specs: Mapping[str, FeatureSpec], X: Any) -> dict[str, np.ndarray]:
    """Return what all specs encode, by the names of the network's inputs."""
    return {
        f"{side}{name}": array
        for side, spec in specs.items()
        for name, array in spec.encode(X).items()
    }


def batch_size_for(row_count: int, given: int | str) -> int:
    """Return the number of rows a step, chosen by the number of rows where it is "auto"."""
    if given == "auto":
        given = next(size for size, rows in _BATCH_SIZES if row_count >= rows)
    # A batch beyond the table would only be filled up with rows of weight 0.
    return min(given, coarse(row_count))


_BATCH_SIZES = ((256, 16_384), (128, 4_096), (64, 1_025), (32, 0))


def digest_of(inputs: Mapping[str, np.ndarray], rows: Prepared) -> str:
    """Return a digest of encoded rows with their targets and weights."""
    return joblib.hash([dict(inputs), rows.y, rows.weight])


def place(head: Head, inputs: Mapping[str, np.ndarray], rows: Prepared) -> Rows:
    """Copy encoded rows to the device, their weights scaled to a mean of 1."""
    weight = rows.weight * (len(rows.weight) / rows.weight.sum())
    return place_rows(inputs, head.encode(rows.y), weight.astype("float32"), head.constants)


def _can_stratify(y: np.ndarray, aside: int) -> bool:
    _, counts = np.unique(y, return_counts=True)
    return counts.min() >= 2 and len(counts) <= min(aside, len(y) - aside)
