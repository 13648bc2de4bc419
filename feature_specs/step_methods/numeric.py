"""Steps on numbers and moments, as methods of a spec."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

from feature_specs.step_methods.base import StepMethods
from feature_specs.steps import BucketizedColumn, DatetimeColumn, NumericColumn


class NumericStepMethods(StepMethods):
    """Adds steps on numbers and moments."""

    def step_numeric_column(
        self,
        columns: Any,
        *,
        normalizer: Any = None,
        default_value: float | str = "mean",
        add_indicator: bool | str = "auto",
        shape: int = 1,
        name: str | None = None,
    ) -> Self:
        """Take numbers as they are, or scaled.

        Parameters
        ----------
        columns : selector, str or list of str
        normalizer : str, scaler, scikit-learn transformer or callable, default=None
            ``"standard"``, ``"min_max"``, ``"robust"``, ``"max_abs"``, ``"log1p"``,
            ``"quantile"``, or an object that scales one column.
        default_value : float, "mean" or "median", default="mean"
            What stands for a missing value.
        add_indicator : bool or "auto", default="auto"
            Whether a 0/1 column marks missing values; "auto" where the training rows had any.
        shape : int, default=1
            Length of the vector in each cell.
        name : str, default=None
            Name of the step.

        Returns
        -------
        FeatureSpec
        """
        step = NumericColumn(
            columns,
            normalizer=normalizer,
            default_value=default_value,
            add_indicator=add_indicator,
            shape=shape,
        )
        return self._with(step, name)

    def step_bucketized_column(
        self,
        columns: Any,
        *,
        boundaries: Sequence[float] | None = None,
        num_bins: int = 10,
        name: str | None = None,
    ) -> Self:
        """Sort numbers into intervals; makes the feature ``bucketized_x`` of column x.

        Parameters
        ----------
        columns : selector, str or list of str
        boundaries : sequence of float, default=None
            Lower ends of all intervals but the first; quantiles of the training rows by default.
        num_bins : int, default=10
            Number of learnt intervals.
        name : str, default=None
            Name of the step.

        Returns
        -------
        FeatureSpec
        """
        step = BucketizedColumn(columns, boundaries=boundaries, num_bins=num_bins)
        return self._with(step, name)

    def step_datetime_column(
        self,
        columns: Any,
        *,
        parts: Sequence[str] = ("year", "month", "dayofweek"),
        cyclic: bool = True,
        datetime_format: str | None = None,
        unit: str | None = None,
        name: str | None = None,
    ) -> Self:
        """Take moments apart: dates, texts that tell dates, or numbers that count from 1970.

        The clock time counts as the table holds it; offsets and time zones are not applied. Years
        beyond those of the fit are clipped to the nearest, with a `ColumnWarning`.

        Parameters
        ----------
        columns : selector, str or list of str
        parts : sequence of str, default=("year", "month", "dayofweek")
            Of "year", "quarter", "month", "week" (of ISO 8601), "dayofyear", "day", "dayofweek",
            "hour", "minute", "second".
        cyclic : bool, default=True
            Whether parts other than the year become sine and cosine, so that December meets
            January.
        datetime_format : str, default=None
            Format of texts, such as ``"%d/%m/%Y"``, as `datetime.strptime` takes it, or
            ``"ISO8601"``; learnt from all rows of the fit by default. Of numbers without `unit`
            as well, such as 20200131.
        unit : {"D", "s", "ms", "us", "ns"}, default=None
            What numbers count from the beginning of 1970.
        name : str, default=None
            Name of the step.

        Returns
        -------
        FeatureSpec

        Raises
        ------
        ValueError
            At fit and ever after: for a text that does not follow the format, and at fit where
            several formats fit all rows, such as day-first and month-first for "01/02/2020".

        Examples
        --------
        >>> import pandas as pd
        >>> from feature_specs import FeatureSpec
        >>> table = pd.DataFrame({"day": ["31/12/2019", "01/02/2020"]})
        >>> spec = FeatureSpec().step_datetime_column("day", parts=["month"], cyclic=False)
        >>> (12 * spec.fit(table).transform(table)).round().tolist()
        [[11.0], [1.0]]
        """
        step = DatetimeColumn(
            columns, parts=parts, cyclic=cyclic, datetime_format=datetime_format, unit=unit
        )
        return self._with(step, name)
