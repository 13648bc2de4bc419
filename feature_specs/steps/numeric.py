"""Steps on numbers and moments."""

from __future__ import annotations

from collections.abc import Sequence
from numbers import Integral, Real
from typing import Any

import numpy as np
from sklearn.utils._param_validation import Interval, StrOptions

from feature_specs.columns.sparse_table import SparseTable
from feature_specs.columns.values.date_texts import DateFormat
from feature_specs.columns.values.moments import UNITS
from feature_specs.encoders.buckets import BucketEncoder
from feature_specs.encoders.dates import PART_SIZES, DateEncoder
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


class DatetimeColumn(Step):
    """Parts of moments: the year, the month, the week, the hour and others."""

    kind = "datetime"
    _parameter_constraints = {
        "parts": ["array-like"],
        "cyclic": ["boolean"],
        "datetime_format": [str, None],
        "unit": [StrOptions(set(UNITS)), None],
    }

    # Of steps that 0.1.0 saved.
    datetime_format: str | None = None
    unit: str | None = None

    def __init__(
        self,
        columns: Any,
        *,
        parts: Sequence[str] = ("year", "month", "dayofweek"),
        cyclic: bool = True,
        datetime_format: str | None = None,
        unit: str | None = None,
    ) -> None:
        self.columns = columns
        self.parts = parts
        self.cyclic = cyclic
        self.datetime_format = datetime_format
        self.unit = unit

    def fit_into(self, fitting: Fitting, name: str) -> None:
        """Add an encoder for each column."""
        unknown = [part for part in self.parts if part not in ("year", *PART_SIZES)]
        if unknown:
            known = ", ".join(map(repr, ("year", *PART_SIZES)))
            raise ValueError(f"Unknown part {unknown[0]!r}; parts are {known}.")
        if self.datetime_format is not None:
            DateFormat(self.datetime_format)
        for column in fitting.select(self.columns):
            encoder = DateEncoder(
                column, column, list(self.parts), self.cyclic, self.datetime_format, self.unit
            )
            fitting.add(encoder)
