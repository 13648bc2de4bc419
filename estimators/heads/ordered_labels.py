"""Labels of an ordered dtype, whose order `classes_` cannot follow."""

from __future__ import annotations

from typing import Any

import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd

from feature_specs.columns.column_warning import some_of, warn_of_column


def tell_of_lost_order(y: Any, checked: np.ndarray) -> None:
    """Warn where labels have an order that is not the sorted one.

    scikit-learn's measures sort the labels by themselves: with `classes_` in another order its
    ``log_loss(y, model.predict_proba(X))`` and its area under the ROC curve would be wrong without
    a word.

    Parameters
    ----------
    y : Series or one column of any library, array
    checked : ndarray
        The same as an array.
    """
    series = _as_series(y)
    if not isinstance(getattr(series, "dtype", None), nw.Enum):
        return
    labels = np.unique(checked).tolist()
    order = [label for label in series.cat.get_categories().to_list() if label in labels]
    if order != labels:
        warn_of_column(
            f"The target is ordered, {some_of(order)}, and classes_ is not: the measures of "
            f"scikit-learn want sorted labels, {some_of(labels)}; classes_ names the columns of "
            "predict_proba."
        )


def _as_series(y: Any) -> Any:
    """Return labels as a narwhals series where they may have an ordered dtype, else as they are."""
    if isinstance(y, pd.Categorical):
        y = pd.Series(y)
    elif isinstance(y, pd.DataFrame) and y.shape[1] == 1:
        y = y.iloc[:, 0]
    elif getattr(getattr(y, "type", None), "ordered", False):
        # An Arrow dictionary; only pandas keeps its order.
        y = pd.Series(y.to_pandas())
    return nw.from_native(y, series_only=True, pass_through=True)
