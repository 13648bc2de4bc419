"""Rows as a network takes them: encoded by fitted specs, then copied to the device."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import joblib
import numpy as np
from sklearn.base import clone
from sklearn.frozen import FrozenEstimator

from estimators.base.rows import CheckedRows
from feature_specs import FeatureSpec
from feature_specs.columns.column_warning import told_once
from feature_specs.several_specs import encode_by_each

if TYPE_CHECKING:
    from estimators.engine.device_rows import Rows
    from estimators.heads.head import Head


@dataclass(frozen=True)
class EncodedRows:
    """Rows after the specs, on the host.

    Attributes
    ----------
    inputs : dict of str to ndarray
        By the names of the network's inputs.
    y : ndarray
        Target in the caller's labels or units.
    weight : ndarray of shape (rows,)
    numbers : ndarray of shape (rows,)
        Places of the rows among those given to the fit.
    places : ndarray of shape (rows,), optional
        Places of the rows in `inputs`, where others are there as well.
    groups : ndarray of shape (rows,), optional
        What belongs together.
    """

    inputs: Mapping[str, np.ndarray]
    y: np.ndarray
    weight: np.ndarray
    numbers: np.ndarray
    places: np.ndarray | None = None
    groups: np.ndarray | None = None

    def __len__(self) -> int:
        return len(self.y)

    def taken(self, places: np.ndarray) -> EncodedRows:
        """Return chosen rows; their inputs are copied when they are asked for."""
        return EncodedRows(
            self.inputs,
            self.y[places],
            self.weight[places],
            self.numbers[places],
            places if self.places is None else self.places[places],
            None if self.groups is None else self.groups[places],
        )

    def arrays(self) -> dict[str, np.ndarray]:
        """Return the inputs of these rows alone."""
        if self.places is None:
            return dict(self.inputs)
        return {name: array[self.places] for name, array in self.inputs.items()}

    def digest(self) -> str:
        """Return what tells these rows from others."""
        return joblib.hash([self.arrays(), self.y, self.weight])

    def placed(
        self, head: Head, batch_size: int, room: int = 0, *, is_measured: bool = False
    ) -> Rows:
        """Copy the rows to the device for batches, their weights scaled to a mean of 1.

        There they are padded as if they were `room` at least, for batches or to be measured.
        """
        from estimators.engine.device_rows import place_rows

        weight = self.weight * (len(self.weight) / self.weight.sum())
        return place_rows(
            self.arrays(),
            head.encode(self.y),
            weight.astype("float32"),
            head.constants,
            batch_size,
            room,
            is_measured=is_measured,
        )


def fit_specs(specs: Mapping[str, FeatureSpec | None], rows: CheckedRows) -> dict[str, FeatureSpec]:
    """Return each spec fitted on `rows`, or as it is where it has been fitted before."""
    with told_once():
        return {
            side: _fit_spec(FeatureSpec() if spec is None else spec, rows)
            for side, spec in specs.items()
        }


def _fit_spec(spec: FeatureSpec, rows: CheckedRows) -> FeatureSpec:
    if isinstance(spec, FrozenEstimator):
        return spec.estimator
    if spec.__sklearn_is_fitted__():
        return spec
    return clone(spec).fit(rows.X, rows.y, sample_weight=rows.weight)


def encode(specs: Mapping[str, FeatureSpec], X: Any) -> dict[str, np.ndarray]:
    """Return what all specs encode, by the names of the network's inputs; `X` is checked."""
    with told_once():
        return {
            f"{side}{name}": array
            for side, encoded in encode_by_each(specs, X, is_checked=True).items()
            for name, array in encoded.items()
        }


def encode_rows(specs: Mapping[str, FeatureSpec], rows: CheckedRows) -> EncodedRows:
    """Return `rows` encoded by all specs."""
    inputs = encode(specs, rows.X)
    return EncodedRows(inputs, rows.y, rows.weight, rows.numbers, groups=rows.groups)
