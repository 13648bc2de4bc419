"""Steps on numbers."""

from __future__ import annotations

from collections.abc import Sequence
from numbers import Integral, Real
from typing import Any

import numpy as np
from sklearn.utils._param_validation import Interval, StrOptions

from feature_specs.columns.sparse_table import SparseTable
from feature_specs.encoders.buckets import BucketEncoder
from feature_specs.encoders.numeric import ColumnsEncoder, VectorEncoder
from feature_specs.encoders.sparse import SparseEncoder
from feature_specs.steps.fitting import Fitting
from feature_specs.steps.step import Step

_AT_LEAST_ONE = Interval(Integral, 1, None, closed="left")


class NumericColumn(Step):
    """Numbers as they are, or scaled."""

    kind = "numeric"
    _parameter_constraints = {
        "default_value": [Real, StrOptions({"mean", "median"})],
        "add_indicator": ["boolean", StrOptions({"auto"})],
        "shape": [_AT_LEAST_ONE],
    }

    def __init__(
        self,
        columns: Any,
        *,
        normalizer: Any = None,
        default_value: float | str = "mean",
        add_indicator: bool | str = "auto",
        shape: int = 1,
    ) -> None:
        self.columns = columns
        self.normalizer = normalizer
        self.default_value = default_value
        self.add_indicator = add_indicator
        self.shape = shape

    def fit_into(self, fitting: Fitting, name: str) -> None:
        """Add one encoder for all columns, or one for each column of vectors."""
        places = fitting.select_all(self.columns)
        columns = [name for name in places if not fitting.says_nothing(name)]
        if self.shape > 1:
            for column in columns:
                fitting.add(VectorEncoder(column, column, self.shape, self.normalizer))
        elif columns:
            kind = SparseEncoder if isinstance(fitting.table, SparseTable) else ColumnsEncoder
            encoder = kind(name, columns, self.normalizer, self.default_value, self.add_indicator)
            encoder.places = places
            fitting.add(encoder)


class BucketizedColumn(Step):
    """Numbers by the interval they fall into."""

    kind = "bucketized"
    _parameter_constraints = {
        "boundaries": ["array-like", None],
        "num_bins": [Interval(Integral, 2, None, closed="left")],
    }

    def __init__(
        self,
        columns: Any,
        *,
        boundaries: Sequence[float] | None = None,
        num_bins: int = 10,
    ) -> None:
        self.columns = columns
        self.boundaries = boundaries
        self.num_bins = num_bins

    def fit_into(self, fitting: Fitting, name: str) -> None:
        """Add ``bucketized_x`` for each column x."""
        for column in fitting.select_all(self.columns):
            if fitting.says_nothing(column):
                fitting.leave_out(f"bucketized_{column}")
                continue
            boundaries = self.boundaries
            if boundaries is None:
                values = fitting.table.numbers([column])[:, 0].astype(np.float64)
                shares = np.arange(1, self.num_bins) / self.num_bins
                boundaries = np.unique(np.float32(np.nanquantile(values, shares)))
            elif not len(boundaries) or list(boundaries) != sorted(set(boundaries)):
                raise ValueError(
                    f"The boundaries of column {column!r} must increase, got {list(boundaries)}."
                )
            fitting.add(BucketEncoder(f"bucketized_{column}", column, list(boundaries)))
