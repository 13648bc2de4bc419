"""Steps on numbers, as methods of a spec."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

from feature_specs.step_methods.base import StepMethods
from feature_specs.steps import BucketizedColumn, NumericColumn


class NumericStepMethods(StepMethods):
    """Adds steps on numbers."""

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
        """Take numbers as they are, or scaled; durations are numbers of seconds.

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
